"""What the desk remembers, in SQLite or PostgreSQL: a projection of the tickets' histories."""
