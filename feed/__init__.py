"""Moves another desk's incident log into the running desk, over its API, as any client would."""
