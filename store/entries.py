"""The shapes of the archive's chain: a record of it, and what was signed of one."""

from desk.model import Frozen, Instant


class Entry(Frozen):
    """The history of one run of a ticket, as it was archived.

    `run` counts the runs of the ticket from 1. `size` and `sha256` are of the exact protobuf JSON.
    `policy_version` is that which the run ended under; `code_version` too, where workers have
    versions, and otherwise that of the desk which archived it. `previous` is the hash of the entry
    before.
    """

    seq: int
    number: str
    run: int
    run_id: str
    type: str
    status: str
    started_at: Instant
    closed_at: Instant
    events: int
    size: int
    sha256: str
    code_version: str
    policy_version: str | None
    archived_at: Instant
    previous: str


class Checkpoint(Frozen):
    """The hash of an entry, signed: everything up to it is as it was at that instant."""

    seq: int
    hash: str
    at: Instant
    key_id: str
    signature: str
