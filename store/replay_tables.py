"""The tables of replays: what an auditor asked for, and what was found of each ticket."""

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table, Text

from store.schema import Instant, metadata

# `scope` is what was asked for, as JSON; `total` is unknown until the tickets are listed.
replays = Table(
    "replays",
    metadata,
    Column("id", String, primary_key=True),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("scope", Text, nullable=False),
    Column("code_version", String, nullable=False),
    Column("total", Integer),
)

# `differs` is JSON: a list of sentences, empty when all was identical; NULL while it is pending.
replay_results = Table(
    "replay_results",
    metadata,
    Column("replay", ForeignKey("replays.id"), nullable=False),
    Column("number", String, nullable=False),
    Column("events", Integer, nullable=False),
    Column("differs", Text),
    PrimaryKeyConstraint("replay", "number"),
)
