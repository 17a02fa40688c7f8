"""Histories of real runs, one for each path through each process, kept for every release."""
