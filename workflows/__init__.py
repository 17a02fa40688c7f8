"""When things happen: each ticket is one durable workflow, its steps are updates."""

from workflows.incident import Incident

WORKFLOWS = [Incident]

__all__ = ["WORKFLOWS", "Incident"]
