"""What may be ordered, and whom an order waits for: a role, and a stage or a task of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("policies", sa.Column("catalogue", sa.Text(), nullable=True))
    op.add_column("human_tasks", sa.Column("role", sa.String(), nullable=True))
    op.add_column("human_tasks", sa.Column("of", sa.String(), nullable=True))
    op.add_column("tickets", sa.Column("wanted_for", sa.String(), nullable=True))
    op.create_index(
        op.f("ix_tickets_wanted_for_opened_at_number"),
        "tickets",
        ["wanted_for", "opened_at", "number"],
        unique=False,
    )
    op.create_index(op.f("ix_human_tasks_role_due"), "human_tasks", ["role", "due"], unique=False)
