"""Whom a complaint is about: people who never see it, whatever their role."""

from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint, String, Table

from store.schema import metadata

# By person first: a list asks once what its reader is barred from, which mostly is nothing.
barred = Table(
    "barred",
    metadata,
    Column("person", String, nullable=False),
    Column("ticket", ForeignKey("tickets.number"), nullable=False),
    PrimaryKeyConstraint("person", "ticket"),
)
