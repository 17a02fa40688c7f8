"""The commands of time travel: a ticket as it stood, and what changed between two instants."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from uuid import uuid4

from audit.command_answers import asked
from audit.command_exits import DONE, FOUND, number_in
from audit.comparing import difference
from audit.desk import AuditDesk, operator
from audit.replay import Lived, replay
from audit.showing import as_text, at
from audit.telling import People
from audit.travel import stood
from desk.errors import InvalidFact
from store.accesses import note_access
from store.engine import reading
from store.organisation import load


async def _show(desk: AuditDesk, options: argparse.Namespace) -> int:
    """A ticket as of an instant."""
    lived = await _lived(desk, options)
    people = await asyncio.to_thread(_people, desk)
    print(people.in_text(as_text(stood(lived, options.at))))
    return _told(lived)


async def _diff(desk: AuditDesk, options: argparse.Namespace) -> int:
    """What changed between two instants."""
    lived = await _lived(desk, options)
    before, after = stood(lived, options.before), stood(lived, options.after)
    if before.at > after.at or _place(before.last) > _place(after.last):
        raise InvalidFact(
            "--from", f"--from ({at(before.at)}) is later than --to ({at(after.at)}): swap them"
        )
    people = await asyncio.to_thread(_people, desk)
    found = difference(before, after)
    for one in found:
        changed = f"{one.before or 'nothing'} -> {one.after or 'nothing'}"
        print(people.in_text(f"{one.fact}: {changed}"))
    if not found:
        print(f"nothing changed between {at(before.at)} and {at(after.at)}")
    return _told(lived)


def _place(last: str) -> tuple[int, ...]:
    return tuple(int(part) for part in last.split("."))


async def _lived(desk: AuditDesk, options: argparse.Namespace) -> Lived:
    """What happened to a ticket; that a confidential one is read is written down first."""
    lived = await replay(await desk.sources.of(number_in(options.number)))
    if any(moment.ticket.confidential for moment in lived.moments):
        who, correlation, now = operator(), uuid4().hex, datetime.now(UTC)
        note_access(desk.engine, who, "read", lived.number, correlation, now)
    return lived


def _people(desk: AuditDesk) -> People:
    with reading(desk.engine) as connection:
        return People({one.id: one.name for one in load(connection).people.values()})


def _told(lived: Lived) -> int:
    for words in lived.wrong:
        print(f"firstline: beware: {words}", file=sys.stderr)
    if lived.cut:
        print(f"firstline: beware: what followed event {lived.cut} is not shown", file=sys.stderr)
    return FOUND if lived.wrong else DONE


show = asked(_show)
diff = asked(_diff)
