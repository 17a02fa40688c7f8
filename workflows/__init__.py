"""When things happen: each ticket is one durable workflow, its steps are updates."""

from desk.ticket import Kind
from workflows.archiving import Archive, ArchiveSweep
from workflows.complaint import Complaint
from workflows.expiring import ContractEnds, ContractWatch
from workflows.incident import Incident
from workflows.mailbox import Mailbox
from workflows.replaying import Replays
from workflows.service_request import ServiceRequest

PROCESSES: dict[Kind, type[Incident | ServiceRequest | Complaint]] = {
    Kind.INCIDENT: Incident,
    Kind.REQUEST: ServiceRequest,
    Kind.COMPLAINT: Complaint,
}
WORKFLOWS = [
    *PROCESSES.values(),
    Archive,
    ArchiveSweep,
    Replays,
    ContractWatch,
    ContractEnds,
    Mailbox,
]

__all__ = ["PROCESSES", "WORKFLOWS", "Archive", "ArchiveSweep", "Incident", "Replays"]
