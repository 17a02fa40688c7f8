"""How things outside are done: one module per thing, each activity idempotent."""
