"""The tables of the archive: the chain, the histories that are kept here, and what was signed."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from store.schema import Instant, metadata

# One row for each run of a ticket that has ended: a chain, and where each history is kept.
archive = Table(
    "archive",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("number", String, nullable=False),
    Column("run", Integer, nullable=False),
    Column("run_id", String, nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("status", String, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("events", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("code_version", String, nullable=False),
    Column("policy_version", String),
    Column("archived_at", Instant, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("place", String, nullable=False),
)

archive_bodies = Table(
    "archive_bodies",
    metadata,
    Column("run_id", ForeignKey("archive.run_id"), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# The signed hash of each record of the archive.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("seq", ForeignKey("archive.seq"), primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("key_id", String, nullable=False),
    Column("signature", String, nullable=False),
)

Index(None, archive.c.number, archive.c.seq)
