"""Replays that auditors ask for, and what was found."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_table(
        "replay_results",
        sa.Column("replay", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("differs", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["replay"], ["replays.id"], name=op.f("fk_replay_results_replay_replays")
        ),
        sa.PrimaryKeyConstraint("replay", "number", name=op.f("pk_replay_results")),
    )
