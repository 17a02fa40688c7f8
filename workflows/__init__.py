"""When things happen: each ticket is one durable workflow, its steps are updates."""

from workflows.archiving import Archive, ArchiveSweep
from workflows.incident import Incident
from workflows.replaying import Replays

WORKFLOWS = [Incident, Archive, ArchiveSweep, Replays]

__all__ = ["WORKFLOWS", "Archive", "ArchiveSweep", "Incident", "Replays"]
