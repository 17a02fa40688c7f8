"""Tests of the embedded run and of the command."""
