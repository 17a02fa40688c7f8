"""Absences that are over, with who noted and who ended each; since when a message fails."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.schema import Instant

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "past_absences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("begins", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("deputy", sa.String(length=40), nullable=False),
        sa.Column("noted_by", sa.String(length=40), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_absences")),
    )
    op.create_index(op.f("ix_past_absences_person_id"), "past_absences", ["person", "id"])
    op.add_column("messages", sa.Column("failing_since", Instant(), nullable=True))
