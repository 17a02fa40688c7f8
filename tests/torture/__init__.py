"""Lives of tickets while everything is killed at random, and then the books are compared."""
