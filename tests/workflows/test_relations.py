"""Two tickets on the real engine: what one tells the other arrives once, whatever happens."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from desk.ticket import Link, LinkKind, Status, Ticket
from desk.words import IsReopened, Word
from tests.patience import eventually
from tests.replay.cases import events_of, happens
from tests.running import Desk, mails
from tests.workflows.test_faults import locked
from workflows.incident import Incident
from workflows.speaking import HEAR

Handle = WorkflowHandle[Any, Any]


def kinds(desk: Desk, handle: Handle) -> list[str]:
    """What happened, by the names of events."""
    return [event.what.event for event in events_of(desk, handle.id)]


async def until(desk: Desk, handle: Handle, **facts: Any) -> Ticket:
    """Wait until the ticket stands so."""

    async def so() -> bool:
        ticket, _ = desk.stored(handle.id)
        return all(getattr(ticket, name) == value for name, value in facts.items())

    await eventually(so)
    return desk.stored(handle.id)[0]


def link(kind: LinkKind, handle: Handle) -> Link:
    return Link(kind=kind, ticket=handle.id)


async def test_a_link_is_on_both_tickets_and_is_taken_off_both(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open()
    await desk.take(one, "finn", "link", kind="parent", ticket=two.id)
    await until(desk, two, links=(link(LinkKind.CHILD, one),))
    assert desk.stored(one.id)[0].links == (link(LinkKind.PARENT, two),)
    await desk.take(two, "sena", "unlink", kind="child", ticket=one.id)
    await until(desk, one, links=())
    assert kinds(desk, two)[-2:] == ["linked", "step"]
    assert kinds(desk, one)[-2:] == ["step", "unlinked"]


async def test_what_is_merged_is_resolved_with_the_other(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open()
    await desk.take(one, "finn", "merge", into=two.id)
    await until(desk, two, absorbed=(one.id,))
    assert desk.stored(one.id)[0].status is Status.MERGED
    await desk.take(two, "finn", "resolve", code="fixed", text="A new cable.")
    ticket = await until(desk, one, status=Status.RESOLVED)
    assert ticket.resolution is not None
    assert ticket.resolution.text == "A new cable."
    assert kinds(desk, one)[-3:] == ["step", "merged", "resolved_with"]


async def test_what_is_merged_goes_on_when_the_other_comes_to_no_result(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open()
    await desk.take(one, "finn", "accept")
    await desk.take(one, "finn", "merge", into=two.id, reason="The same switch.")
    await until(desk, two, absorbed=(one.id,))
    await desk.take(two, "finn", "cancel", reason="Reported by mistake.")
    assert await two.result() == "cancelled"
    ticket = await until(desk, one, status=Status.IN_PROGRESS)
    assert (ticket.links, ticket.merged_into) == ((), None)
    assert kinds(desk, one)[-1] == "split_off"


async def test_no_time_counts_while_it_is_merged(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open(impact="low", urgency="low")
    await desk.take(one, "finn", "merge", into=two.id)
    await desk.pass_time(one, timedelta(days=3))
    assert "breached" not in kinds(desk, one)
    await desk.take(one, "finn", "split", reason="Another switch.")
    await desk.pass_time(one, timedelta(hours=5))
    await happens(desk, one.id, "breached")
    await until(desk, two, absorbed=(), links=())


async def test_children_are_resolved_with_their_parent_in_the_language_of_each(desk: Desk) -> None:
    parent = await desk.open()
    children = [await desk.open("rosa"), await desk.open("omar")]
    for child in children:
        await desk.take(child, "finn", "link", kind="parent", ticket=parent.id)
        await until(desk, child, links=(link(LinkKind.PARENT, parent),))
    family = tuple(link(LinkKind.CHILD, child) for child in children)
    await until(desk, parent, links=family)
    await desk.take(parent, "finn", "resolve", code="fixed", text="A switch.", children=True)
    for child in children:
        ticket = await until(desk, child, status=Status.RESOLVED)
        assert ticket.resolution is not None
        assert ticket.resolution.text == "A switch."

    async def told() -> bool:
        return all(any(_is_of(mail, child) for mail in mails(desk.home)) for child in children)

    await eventually(told)


def _is_of(mail: str, ticket: Handle) -> bool:
    return "A switch." in mail and f"[{ticket.id}]" in mail


async def test_a_ticket_that_has_ended_cannot_be_told_and_that_is_written_down(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open()
    await desk.take(two, "finn", "cancel", reason="Reported by mistake.")
    await two.result()
    await desk.take(one, "finn", "link", kind="related", ticket=two.id)
    await happens(desk, one.id, "unheard")
    await desk.take(one, "finn", "merge", into=two.id)
    await happens(desk, one.id, "split_off")
    assert desk.stored(one.id)[0].status is Status.IN_PROGRESS


async def test_two_that_are_merged_into_each_other_at_once_both_go_on(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open()
    await asyncio.gather(
        desk.take(one, "finn", "merge", into=two.id), desk.take(two, "finn", "merge", into=one.id)
    )
    for handle in (one, two):
        await happens(desk, handle.id, "split_off")
        await until(desk, handle, status=Status.IN_PROGRESS, links=(), absorbed=())


async def test_the_second_of_two_merges_of_one_ticket_is_refused(desk: Desk) -> None:
    one, two, three = await desk.open(), await desk.open(), await desk.open()
    answers = await asyncio.gather(
        *(desk.take(one, "finn", "merge", into=other.id) for other in (two, three)),
        return_exceptions=True,
    )
    [refused] = [answer for answer in answers if isinstance(answer, WorkflowUpdateFailedError)]
    assert isinstance(refused.cause, ApplicationError)
    assert refused.cause.type == "StepRefused"
    into = desk.stored(one.id)[0].merged_into
    [chosen] = [other for other in (two, three) if other.id == into]
    await until(desk, chosen, absorbed=(one.id,))


async def test_a_word_that_comes_twice_is_taken_in_once(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open()
    word = Word(
        key="k", sender=one.id, what=IsReopened(), actor=desk.actor("finn").person, correlation=""
    )
    for _ in range(3):
        await two.signal(HEAR, word)
    await happens(desk, two.id, "heard")
    await desk.take(two, "finn", "accept")
    assert kinds(desk, two).count("heard") == 1


async def test_words_are_said_while_the_database_is_away(desk: Desk) -> None:
    one, two = await desk.open(), await desk.open()
    with locked(desk.engine):
        # The first finds out that the database is away, and the ticket goes on without it.
        await desk.take(one, "finn", "accept")
        await desk.take(one, "finn", "merge", into=two.id)

        async def heard() -> bool:
            ticket: Ticket = await two.query(Incident.stands)
            return ticket.absorbed == (one.id,)

        await eventually(heard, seconds=30)
        assert desk.stored(two.id)[0].absorbed == ()
    await until(desk, two, absorbed=(one.id,))


async def test_words_find_a_ticket_that_goes_on_in_new_runs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 1)
    two = await desk.open()
    others = [await desk.open() for _ in range(4)]
    first = (await two.describe()).run_id

    async def take(handle: Handle, step: str, **fields: Any) -> None:
        """As the API does: a step that meets the end of a run is repeated under its id."""
        taken = desk.taken("finn", step, **fields)

        async def done() -> bool:
            try:
                await handle.execute_update(Incident.take, taken, id=taken.id)
            except RPCError:
                return False
            return True

        await eventually(done)

    notes = [take(two, "comment", text=f"{n}", internal=True) for n in range(6)]
    await asyncio.gather(*notes, *(take(one, "merge", into=two.id) for one in others))

    async def all_heard() -> bool:
        return set(desk.stored(two.id)[0].absorbed) == {one.id for one in others}

    await eventually(all_heard)

    async def another_run() -> bool:
        return (await two.describe()).run_id != first

    await eventually(another_run)
    assert kinds(desk, two).count("absorbed") == 4


@pytest.mark.timeout(120)
async def test_many_children_are_told_the_longest_text(desk: Desk) -> None:
    # All of them in one task would be more than the engine takes.
    text, many = "\U0001f9ef" * 20_000, 60
    parent = await desk.open()
    children = await asyncio.gather(*(desk.open() for _ in range(many)))
    up = {"kind": "parent", "ticket": parent.id}
    await asyncio.gather(*(desk.take(child, "finn", "link", **up) for child in children))

    async def linked() -> bool:
        return len(desk.stored(parent.id)[0].links) == many

    await eventually(linked)
    await desk.take(parent, "finn", "resolve", code="fixed", text=text, children=True)

    async def resolved() -> bool:
        stood = [desk.stored(child.id)[0].status for child in children]
        return set(stood) == {Status.RESOLVED}

    await eventually(resolved, seconds=60)


async def test_a_ring_that_is_closed_from_three_sides_at_one_instant_does_not_stand(
    desk: Desk,
) -> None:
    ring = [await desk.open() for _ in range(3)]
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    await asyncio.gather(
        *(desk.take(one, "finn", "link", kind="parent", ticket=two.id) for one, two in pairs)
    )

    async def no_ring() -> bool:
        return not all(
            link(LinkKind.PARENT, two) in desk.stored(one.id)[0].links for one, two in pairs
        )

    await eventually(no_ring)
    for one, two in pairs:
        below = link(LinkKind.PARENT, two) in desk.stored(one.id)[0].links

        async def both_say_so(one: Handle = one, two: Handle = two, below: bool = below) -> bool:
            return (link(LinkKind.CHILD, one) in desk.stored(two.id)[0].links) is below

        await eventually(both_say_so)
