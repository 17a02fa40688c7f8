"""The tables, the same on SQLite and PostgreSQL: what they hold and what is found fast."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from store.absence_tables import absences as absences
from store.absence_tables import past_absences as past_absences
from store.archive_tables import archive as archive
from store.archive_tables import archive_bodies as archive_bodies
from store.archive_tables import checkpoints as checkpoints
from store.barred_tables import barred as barred
from store.replay_tables import replay_results as replay_results
from store.replay_tables import replays as replays
from store.schema import NEVER as NEVER
from store.schema import Instant as Instant
from store.schema import metadata as metadata

calendars = Table(
    "calendars",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("body", Text, nullable=False),
)

customers = Table(
    "customers",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("calendar", ForeignKey("calendars.id")),
)

people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("language", String(8), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("customer", ForeignKey("customers.id"), nullable=False),
    Column("manager", ForeignKey("people.id")),
    Column("active", Boolean, nullable=False),
)

groups = Table(
    "groups",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("line", Integer, nullable=False),
    Column("lead", ForeignKey("people.id"), nullable=False),
    Column("duty", ForeignKey("people.id")),
    Column("calendar", ForeignKey("calendars.id")),
)

memberships = Table(
    "memberships",
    metadata,
    Column("group", ForeignKey("groups.id"), nullable=False),
    Column("person", ForeignKey("people.id"), nullable=False),
    PrimaryKeyConstraint("group", "person"),
)

services = Table(
    "services",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("customer", ForeignKey("customers.id")),
    Column("calendar", ForeignKey("calendars.id")),
)

# How each is told, and the contracts with it, as JSON.
vendors = Table(
    "vendors",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("body", Text, nullable=False),
)

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("revoked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

# One row. It counts changes of everything above, so that a snapshot knows when it is stale, and
# whoever changes the organisation locks it first.
organisation = Table(
    "organisation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
)

# The rules as they were when a worker first ran under them; the newest row is in force.
policies = Table(
    "policies",
    metadata,
    Column("version", String(120), primary_key=True),
    Column("in_force_since", Instant, nullable=False),
    Column("body", Text, nullable=False),
    Column("catalogue", Text),
    Column("complaints", Text),
)

# What comes out of a history has no length here: a record must never be refused for good.
terms = Table(
    "terms",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("summary", String, nullable=False),
    Column("status", String, nullable=False),
    Column("group", String, nullable=False),
    Column("assignee", String),
    Column("requester", String, nullable=False),
    # Whom it was ordered for, where that is somebody else.
    Column("wanted_for", String),
    Column("customer", String, nullable=False),
    Column("priority", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("clock", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    # The next event's place in this version: nothing was recorded at or after it.
    Column("next_index", Integer, nullable=False),
    Column("run", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("opening_id", String, nullable=False),
    Column("terms_digest", ForeignKey("terms.digest"), nullable=False),
    Column("tasks", Text, nullable=False),
    # When the store was last told of the ticket, by the clock of the machine that told it.
    Column("recorded_at", Instant, nullable=False),
    Column("search", Text, nullable=False),
)

# The ticket as it is answered and as its process has it, apart from what lists are made of: a
# list that has to read many rows reads a tenth of the pages.
snapshots = Table(
    "snapshots",
    metadata,
    Column("number", ForeignKey("tickets.number"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("inner", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("ticket", ForeignKey("tickets.number"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("index", Integer, nullable=False),
    Column("id", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String),
    Column("internal", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("search", Text),
    PrimaryKeyConstraint("ticket", "version", "index"),
)

human_tasks = Table(
    "human_tasks",
    metadata,
    Column("ticket", ForeignKey("tickets.number"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("task", String, nullable=False),
    Column("group", String),
    Column("person", String),
    Column("due", Instant, nullable=False),
    Column("role", String),
    Column("of", String),
    PrimaryKeyConstraint("ticket", "position"),
)

messages = Table(
    "messages",
    metadata,
    Column("key", String, primary_key=True),
    Column("ticket", ForeignKey("tickets.number"), nullable=False),
    Column("events", Text, nullable=False),
    Column("template", String, nullable=False),
    Column("person", String),
    Column("vendor", String),
    Column("address", String),
    Column("language", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("message_id", String, nullable=False),
    Column("correlation", String, nullable=False),
    Column("state", String, nullable=False),
    Column("orphaned", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", String),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    # The stage and the form that its person may decide on by a link, as JSON.
    Column("decides", Text),
    Column("failing_since", Instant),
)

COMPLAINTS = text("kind = 'complaint'")
UNDELIVERED = text("state IN ('queued', 'failed')")

SORTS = {
    "due": (tickets.c.due, tickets.c.number),
    "-opened": (tickets.c.opened_at, tickets.c.number),
    "priority": (tickets.c.priority, tickets.c.opened_at, tickets.c.number),
}
# Lists read what they show and little more: each order has an index of its own, by status and by
# group too. What a person reports or works on is little enough to be sorted. Each index more is
# two pages more to write at every step that changes its columns.
for order in SORTS.values():
    Index(None, *order)
    Index(None, tickets.c.status, *order)
    Index(None, tickets.c.group, *order)
Index(None, tickets.c.assignee, *SORTS["due"])
Index(None, tickets.c.requester, *SORTS["-opened"])
Index(None, tickets.c.wanted_for, *SORTS["-opened"])
Index(
    "ix_tickets_complaints",
    tickets.c.opened_at,
    sqlite_where=COMPLAINTS,
    postgresql_where=COMPLAINTS,
)
Index(None, human_tasks.c.person, human_tasks.c.due)
Index(None, human_tasks.c.group, human_tasks.c.due)
Index(None, human_tasks.c.role, human_tasks.c.due)
Index(None, messages.c.ticket)
Index(
    "ix_messages_undelivered",
    messages.c.created_at,
    sqlite_where=UNDELIVERED,
    postgresql_where=UNDELIVERED,
)
Index(
    "ix_events_said",
    events.c.ticket,
    sqlite_where=text("search IS NOT NULL"),
    postgresql_where=text("search IS NOT NULL"),
)

# Who read a confidential ticket, or took evidence out. No reference to tickets: it outlives them.
accesses = Table(
    "accesses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("person", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("ticket", String),
    Column("correlation", String, nullable=False),
)
Index(None, accesses.c.ticket, accesses.c.id)
Index(None, accesses.c.person, accesses.c.id)
