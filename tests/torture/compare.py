"""Store and histories side by side: each ticket, each event, each message, each answer."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine, select

from desk.deadlines import next_due
from desk.events import Became, Event, RungFired, StepTaken
from desk.record import canonical
from desk.terms import Terms
from store.engine import reading
from store.messages import Message, messages_of
from store.rows import tasks_text, text_of
from store.tables import events, snapshots, terms, tickets
from tests.torture.callers import GONE, Sent
from tests.torture.lives import Life
from tests.torture.truth import Place, Truth


class Stored(NamedTuple):
    """A ticket as the store has it."""

    inner: str
    tasks: str
    terms: Terms
    events: dict[Place, str]
    messages: list[Message]


def stored_of(engine: Engine, number: str) -> Stored | None:
    """Read a ticket in one transaction."""
    with reading(engine) as connection:
        query = select(tickets.c.tasks, tickets.c.terms_digest, snapshots.c.inner)
        query = query.join(snapshots, snapshots.c.number == tickets.c.number)
        row = connection.execute(query.where(tickets.c.number == number)).one_or_none()
        if row is None:
            return None
        body = select(terms.c.body).where(terms.c.digest == row.terms_digest)
        promise = Terms.model_validate_json(connection.execute(body).scalar_one())
        told = select(events.c.version, events.c.index, events.c.body)
        rows = connection.execute(
            told.where(events.c.ticket == number).order_by(events.c.version, events.c.index)
        ).all()
        # By position: a row is a tuple, which has an `index` of its own.
        bodies = {(found[0], found[1]): found[2] for found in rows}
        return Stored(row.inner, row.tasks, promise, bodies, messages_of(connection, number))


def differences(truth: Truth, stored: Stored | None, now: datetime) -> list[str]:
    """What is not as the histories say; empty when all is well."""
    wrong = list(truth.wrong)
    if stored is None:
        return [*wrong, "the store does not know the ticket"] if truth.handed else wrong
    if truth.last is None:
        return [*wrong, "the store has a ticket that its history never recorded"]
    if stored.inner != text_of(truth.last.ticket):
        wrong.append("the ticket stands otherwise in the store")
    if stored.tasks != tasks_text(truth.last):
        wrong.append("other human tasks are open in the store")
    wrong += _events(truth.events(), stored.events)
    wrong += _rungs(truth.events())
    wrong += _messages(truth.messages(), stored.messages)
    due = next_due(truth.last.ticket, stored.terms)
    if due is not None and due < now:
        wrong.append(f"due since {now - due} and not done")
    return wrong


def _events(true: list[Event], stored: dict[Place, str]) -> Iterable[str]:
    places = [(event.version, event.index) for event in true]
    for place in sorted(set(places) - set(stored)):
        yield f"event {place} is missing in the store"
    for place in sorted(set(stored) - set(places)):
        yield f"event {place} of the store is a phantom"
    for place, event in zip(places, true, strict=True):
        if stored.get(place, canonical(event).decode()) != canonical(event).decode():
            yield f"event {place} is another one in the store"
    yield from _gaps(places)


def _gaps(places: list[tuple[int, int]]) -> Iterable[str]:
    expected = (1, 0)
    for version, index in places:
        if (version, index) not in (expected, (expected[0] + 1, 0)):
            yield f"a gap before event {(version, index)}"
        expected = (version, index + 1)


def _rungs(true: list[Event]) -> Iterable[str]:
    """Of the two targets whose clock runs once in a life of one kind, no rung fires twice."""
    if any(isinstance(event.what, Became) for event in true):
        return
    fired = Counter(
        (what.target, what.rung, what.nth)
        for what in (event.what for event in true)
        if isinstance(what, RungFired) and what.target in ("response", "resolution")
    )
    for rung, times in fired.items():
        if times > 1:
            yield f"rung {rung} fired {times} times"


def _messages(true: set[str], stored: list[Message]) -> Iterable[str]:
    good = [message for message in stored if not message.orphaned]
    keys = {message.key for message in good if message.state != "nobody"}
    for key in sorted(true - keys):
        yield f"message {key} is missing"
    for key in sorted(keys - true):
        yield f"message {key} is a phantom"
    for message in good:
        if message.state not in ("sent", "nobody"):
            yield f"message {message.key} is {message.state}"
    told = Counter((e, m.template, m.person) for m in good for e in m.events)
    for what, times in told.items():
        if times > 1:
            yield f"{what} was told {times} times"


def answers(life: Life, truth: Truth) -> list[str]:
    """Each request that was taken is in the history once, each refused one never."""
    steps = Counter(e.correlation for e in truth.events() if isinstance(e.what, StepTaken))
    first = {sent.key: sent.correlation for sent in reversed(life.sent)}
    wrong = list(life.wrong)
    for sent in life.sent:
        times = steps.pop(sent.correlation, 0)
        if not _fits(sent, times, again=first[sent.key] != sent.correlation):
            wrong.append(f"{sent.body} answered {sent.status} is in history {times} times")
    wrong += [f"nobody sent what is in history under {correlation}" for correlation in steps]
    return wrong


def _fits(sent: Sent, times: int, *, again: bool) -> bool:
    if again:
        # An earlier attempt under this key may only now be done, by whichever of the two.
        return times <= 1
    if sent.status is None or (sent.attempts > 1 and sent.status in GONE):
        return times <= 1
    return times == (1 if sent.done else 0)


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)
