"""The rules of the desk, owned by the process owner: plain Python, read aloud, checked."""
