"""Inserts that leave alone what is there already, in the words of each database."""

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from store.tables import barred, messages, replay_results, replays, terms, tickets

Insert = sqlite.Insert | postgresql.Insert


@cache
def add_ticket_once(dialect: str) -> Insert:
    """A ticket, unless its number is there; the row count says which."""
    adding = _insert(dialect, tickets).on_conflict_do_nothing(index_elements=["number"])
    return adding.execution_options(preserve_rowcount=True)


@cache
def add_terms_once(dialect: str) -> Insert:
    """Terms, unless their digest is there."""
    return _insert(dialect, terms).on_conflict_do_nothing(index_elements=["digest"])


@cache
def add_messages_once(dialect: str) -> Insert:
    """A message; one that was sent for an untrue event, and is true after all, is kept."""
    adding = _insert(dialect, messages)
    return adding.on_conflict_do_update(
        index_elements=["key"],
        set_={"orphaned": False, "events": adding.excluded.events},
    )


@cache
def add_replay_once(dialect: str) -> Insert:
    """A replay, unless its id is there."""
    return _insert(dialect, replays).on_conflict_do_nothing(index_elements=["id"])


@cache
def add_result_once(dialect: str) -> Insert:
    """A ticket of a replay, unless it is there."""
    adding = _insert(dialect, replay_results)
    return adding.on_conflict_do_nothing(index_elements=["replay", "number"])


@cache
def add_barred_once(dialect: str) -> Insert:
    """Somebody whom a ticket is kept from, unless that is known."""
    adding = _insert(dialect, barred)
    return adding.on_conflict_do_nothing(index_elements=["person", "ticket"])


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
