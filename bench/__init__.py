"""What is measured: the desk beside a bare workflow on the same server, as ratios."""
