"""The processes as a user starts them."""
