"""Tests of what the desk does outside."""
