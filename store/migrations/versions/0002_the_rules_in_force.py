"""The rules in force, so that the api can show them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("version", sa.String(length=120), nullable=False),
        sa.Column("in_force_since", Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policies")),
    )
