"""Who is away and decides through whom, and which question a message gives a link to answer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.schema import Instant

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("begins", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("deputy", sa.String(length=40), nullable=False),
        sa.Column("noted_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["deputy"], ["people.id"], name=op.f("fk_absences_deputy_people")),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["people.id"], name=op.f("fk_absences_noted_by_people")
        ),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_absences_person_people")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_absences")),
    )
    op.add_column("messages", sa.Column("decides", sa.Text(), nullable=True))
