"""When things happen: each ticket is one durable workflow, its steps are updates."""

from desk.ticket import Kind
from workflows.archiving import Archive, ArchiveSweep
from workflows.incident import Incident
from workflows.replaying import Replays
from workflows.service_request import ServiceRequest

PROCESSES: dict[Kind, type[Incident | ServiceRequest]] = {
    Kind.INCIDENT: Incident,
    Kind.REQUEST: ServiceRequest,
}
WORKFLOWS = [*PROCESSES.values(), Archive, ArchiveSweep, Replays]

__all__ = ["PROCESSES", "WORKFLOWS", "Archive", "ArchiveSweep", "Incident", "Replays"]
