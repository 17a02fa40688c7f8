"""Whatever was recorded on the way, in the end the store has what the history has."""

from itertools import count
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from desk.events import Event
from desk.record import Record, canonical
from store.engine import reading, writing
from store.recording import record
from store.tables import events, human_tasks, messages, snapshots
from tests.builders import make_comment, make_event, make_message, make_record, make_ticket

NUMBERS = (f"INC-{number:08d}" for number in count())


class Turn(NamedTuple):
    """One task of the process: what it did, and what became of it.

    `lost`: recorded, but never accepted by the engine. `forgotten`: accepted, but that it was
    recorded was not, so that the next turn records its events again. `repeats`: how often an
    older record comes in between. `waits`: how much longer the history is before the next turn.
    """

    events: int
    lost: bool
    forgotten: bool
    again: bool
    repeats: int
    waits: int
    new_run: bool


TURNS = st.builds(
    Turn,
    events=st.integers(1, 3),
    lost=st.booleans(),
    forgotten=st.booleans(),
    again=st.booleans(),
    repeats=st.integers(0, 2),
    waits=st.integers(0, 3),
    new_run=st.booleans(),
)


def write(engine: Engine, given_record: Record) -> None:
    told = [make_message(event, key=f"{event.id}:told") for event in given_record.events]
    with writing(engine) as connection:
        record(connection, given_record, told)


def play(engine: Engine, turns: list[Turn]) -> tuple[str, list[Event], Record]:
    """Record what the turns say; the number, the true events and the last true record."""
    number, words = next(NUMBERS), count()
    ticket = make_ticket(number=number, opening_id=number)
    truth = [make_event(id=f"{number}:0")]
    unconfirmed: list[Event] = []
    written: list[Record] = []
    last = make_record(ticket, *truth)
    write(engine, last)
    run, length = last.run, last.length
    for turn in turns:
        version = truth[-1].version
        happened = [
            make_comment(f"Word {next(words)}", version + n, id=f"{number}:{next(words)}")
            for n in range(1, turn.events + 1)
        ]
        tail = (*unconfirmed, *happened)
        now = make_record(ticket, *tail, terms=last.terms, run=run, length=length + 1)
        for _ in range(1 + turn.again):
            write(engine, now)
        for old in written[: turn.repeats]:
            write(engine, old)
        if not turn.lost:
            truth += happened
            unconfirmed = list(tail) if turn.forgotten else []
            written.append(last)
            last, length = now, length + 1
        length += turn.waits
        if turn.new_run and not turn.lost:
            run, length = run + 1, 3
    final = make_record(ticket, *(unconfirmed or truth[-1:]), run=run + 1, length=1)
    write(engine, final)
    return number, truth, final


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(turns=st.lists(TURNS, max_size=6))
def test_lost_late_and_repeated_records_leave_what_the_history_has(
    engine: Engine, turns: list[Turn]
) -> None:
    number, truth, final = play(engine, turns)
    with reading(engine) as connection:
        order = (events.c.version, events.c.index)
        bodies = select(events.c.body).where(events.c.ticket == number).order_by(*order)
        kept = list(connection.execute(bodies).scalars())
        told = set(
            connection.execute(select(messages.c.key).where(messages.c.ticket == number)).scalars()
        )
        inner = select(snapshots.c.inner).where(snapshots.c.number == number)
        state = connection.execute(inner).scalar_one()
        tasks = connection.execute(
            select(human_tasks.c.task).where(human_tasks.c.ticket == number)
        ).all()
    assert kept == [canonical(event).decode() for event in truth]
    assert told == {f"{event.id}:told" for event in truth}
    assert state.encode() == canonical(final.ticket)
    assert len(tasks) == len(final.tasks)
