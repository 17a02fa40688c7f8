"""Proves what happened: evidence archived, replayed, shown as of any instant, and compared."""
