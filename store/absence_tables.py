"""The tables of absences: who is away from when until when, who decides meanwhile, who said so."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from store.schema import Instant, metadata

absences = Table(
    "absences",
    metadata,
    Column("person", String(40), ForeignKey("people.id"), primary_key=True),
    Column("begins", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("deputy", String(40), ForeignKey("people.id"), nullable=False),
    Column("noted_by", String(40), ForeignKey("people.id")),
)

# Those that are over, and who ended them before their time. No reference to people: it is a record.
past_absences = Table(
    "past_absences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(40), nullable=False),
    Column("begins", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("deputy", String(40), nullable=False),
    Column("noted_by", String(40)),
    Column("ended_at", Instant),
    Column("ended_by", String(40)),
)
Index(None, past_absences.c.person, past_absences.c.id)
