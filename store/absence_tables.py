"""The table of absences: who is away from when until when, who decides meanwhile, who said so."""

from sqlalchemy import Column, ForeignKey, String, Table

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
