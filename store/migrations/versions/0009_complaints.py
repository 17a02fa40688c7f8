"""Whom a complaint is about: people who never see it; and complaints by when they came."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("policies", sa.Column("complaints", sa.Text(), nullable=True))
    op.create_table(
        "barred",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f("fk_barred_ticket")),
        sa.PrimaryKeyConstraint("person", "ticket", name=op.f("pk_barred")),
    )
    op.create_index(
        "ix_tickets_complaints",
        "tickets",
        ["opened_at"],
        unique=False,
        sqlite_where=sa.text("kind = 'complaint'"),
        postgresql_where=sa.text("kind = 'complaint'"),
    )
