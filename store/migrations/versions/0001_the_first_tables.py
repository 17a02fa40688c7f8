"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _calendars()
    _organisation()
    _revoked_tokens()
    _terms()
    _customers()
    _tickets()
    _events()
    _human_tasks()
    _messages()
    _people()
    _services()
    _snapshots()
    _groups()
    _memberships()
    op.execute("INSERT INTO organisation (id, revision) VALUES (1, 0)")


def _calendars() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )


def _revoked_tokens() -> None:
    op.create_table(
        "revoked_tokens",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revoked_tokens")),
    )


def _terms() -> None:
    op.create_table(
        "terms",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_terms")),
    )


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("calendar", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.id"], name=op.f("fk_customers_calendar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("requester", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_index", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("opening_id", sa.String(), nullable=False),
        sa.Column("terms_digest", sa.String(length=64), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["terms_digest"], ["terms.digest"], name=op.f("fk_tickets_terms_digest")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tickets")),
    )
    _ticket_indexes()


def _ticket_indexes() -> None:
    op.create_index(
        op.f("ix_tickets_assignee_due_number"), "tickets", ["assignee", "due", "number"]
    )
    op.create_index(op.f("ix_tickets_due_number"), "tickets", ["due", "number"])
    op.create_index(op.f("ix_tickets_group_due_number"), "tickets", ["group", "due", "number"])
    op.create_index(
        op.f("ix_tickets_group_opened_at_number"), "tickets", ["group", "opened_at", "number"]
    )
    op.create_index(
        op.f("ix_tickets_group_priority_opened_at_number"),
        "tickets",
        ["group", "priority", "opened_at", "number"],
    )
    op.create_index(op.f("ix_tickets_opened_at_number"), "tickets", ["opened_at", "number"])
    op.create_index(
        op.f("ix_tickets_priority_opened_at_number"), "tickets", ["priority", "opened_at", "number"]
    )
    op.create_index(
        op.f("ix_tickets_requester_opened_at_number"),
        "tickets",
        ["requester", "opened_at", "number"],
    )
    op.create_index(op.f("ix_tickets_status_due_number"), "tickets", ["status", "due", "number"])
    op.create_index(
        op.f("ix_tickets_status_opened_at_number"), "tickets", ["status", "opened_at", "number"]
    )
    op.create_index(
        op.f("ix_tickets_status_priority_opened_at_number"),
        "tickets",
        ["status", "priority", "opened_at", "number"],
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f("fk_events_ticket")),
        sa.PrimaryKeyConstraint("ticket", "version", "index", name=op.f("pk_events")),
    )
    op.create_index(
        "ix_events_said",
        "events",
        ["ticket"],
        sqlite_where=sa.text("search IS NOT NULL"),
        postgresql_where=sa.text("search IS NOT NULL"),
    )


def _human_tasks() -> None:
    op.create_table(
        "human_tasks",
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("due", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f("fk_human_tasks_ticket")),
        sa.PrimaryKeyConstraint("ticket", "position", name=op.f("pk_human_tasks")),
    )
    op.create_index(op.f("ix_human_tasks_group_due"), "human_tasks", ["group", "due"])
    op.create_index(op.f("ix_human_tasks_person_due"), "human_tasks", ["person", "due"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("correlation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("orphaned", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name=op.f("fk_messages_ticket")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_ticket"), "messages", ["ticket"])
    op.create_index(
        "ix_messages_undelivered",
        "messages",
        ["created_at"],
        sqlite_where=sa.text("state IN ('queued', 'failed')"),
        postgresql_where=sa.text("state IN ('queued', 'failed')"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("customer", sa.String(length=120), nullable=False),
        sa.Column("manager", sa.String(length=40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_people_customer")),
        sa.ForeignKeyConstraint(["manager"], ["people.id"], name=op.f("fk_people_manager")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )


def _services() -> None:
    op.create_table(
        "services",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("customer", sa.String(length=120), nullable=True),
        sa.Column("calendar", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.id"], name=op.f("fk_services_calendar")),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], name=op.f("fk_services_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("inner", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["tickets.number"], name=op.f("fk_snapshots_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_snapshots")),
    )


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("lead", sa.String(length=40), nullable=False),
        sa.Column("duty", sa.String(length=40), nullable=True),
        sa.Column("calendar", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.id"], name=op.f("fk_groups_calendar")),
        sa.ForeignKeyConstraint(["duty"], ["people.id"], name=op.f("fk_groups_duty")),
        sa.ForeignKeyConstraint(["lead"], ["people.id"], name=op.f("fk_groups_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("group", sa.String(length=120), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["group"], ["groups.id"], name=op.f("fk_memberships_group")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_memberships_person")),
        sa.PrimaryKeyConstraint("group", "person", name=op.f("pk_memberships")),
    )
