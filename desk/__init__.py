"""What a ticket is: pure values and functions; no I/O, no clock, no engine."""
