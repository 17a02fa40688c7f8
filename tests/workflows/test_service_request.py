"""Service requests on the real engine: from the order to what was ordered, or to nothing at all."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from desk.order import Order
from store.import_organisation import import_organisation
from tests.automation import FarEnd, far_end
from tests.patience import eventually
from tests.replay.orders import LICENCE, STARTER, WIFI, stands
from tests.running import Desk, mails, running_desk
from tests.workflows.conftest import ORGANISATION
from workflows.service_request import ServiceRequest

Handle = WorkflowHandle[Any, Any]


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as end:
        yield end


@pytest.fixture
async def desk(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path, end: FarEnd
) -> AsyncIterator[Desk]:
    """A desk whose automatic tasks have a far end."""
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    async with running_desk(temporal, sqlite_engine, tmp_path, automation_url=end.url) as desk:
        yield desk


async def order_of(desk: Desk, handle: Handle) -> Order:
    ticket, _ = desk.stored(handle.id)
    assert ticket.order is not None
    return ticket.order


async def status(desk: Desk, handle: Handle, wanted: str) -> None:
    async def so() -> bool:
        return desk.stored(handle.id)[0].status == wanted

    await eventually(so)


def told(desk: Desk) -> str:
    return "\n".join(mails(desk.home))


async def test_an_item_without_approval_is_fulfilled_by_the_desk_itself(
    desk: Desk, end: FarEnd
) -> None:
    handle = await desk.order("rosa", "password-reset", {"account": "VPN", "locked": False})
    await status(desk, handle, "resolved")
    assert end.names == ["reset_password"]
    assert end.asked[0].body["wanted_for"] == "rosa@example.org"
    await desk.take(handle, "rosa", "confirm", rating=5)
    await desk.pass_time(handle, timedelta(days=15))
    assert await handle.result() == "closed"


async def test_a_new_starter_takes_two_approvals_and_eight_tasks_of_four_groups(
    desk: Desk, end: FarEnd
) -> None:
    handle = await desk.order("lena", "new-starter", STARTER)
    assert desk.stored(handle.id)[0].status == "approving"
    await desk.take(handle, "max", "approve", reason="We need a planner.")
    assert desk.stored(handle.id)[0].status == "approving"
    await desk.take(handle, "frida", "approve")
    await stands(desk, handle.id, account="done", access="done", licence="done", set_up="later")
    for task in ("badge", "laptop", "set-up", "desk"):
        await desk.take(handle, "sena", "complete", task=task)
    await stands(desk, handle.id, welcome="open")
    await desk.take(handle, "finn", "complete", task="welcome", result="She is here.")
    assert desk.stored(handle.id)[0].status == "resolved"
    groups = {work.group for work in (await order_of(desk, handle)).works}
    assert groups == {"security-2", "workplace-2", "network-2", "service-desk"}
    assert Counter(end.names) == {"create_account": 1, "grant_access": 1, "reserve_licence": 1}


async def test_what_was_done_is_taken_back_in_reverse_when_a_task_cannot_be_done(
    desk: Desk, end: FarEnd
) -> None:
    handle = await desk.order("lena", "new-starter", STARTER)
    await desk.take(handle, "max", "approve")
    await desk.take(handle, "pia", "approve")
    await stands(desk, handle.id, account="done", access="done", licence="done")
    done = list(end.names)
    await desk.take(handle, "sena", "fail", task="laptop", reason="There are none to be had.")
    assert await handle.result() == "unfulfilled"
    turns = {w.task: w.turn for w in (await order_of(desk, handle)).works if w.state == "undone"}
    assert sorted(turns) == ["access", "account", "licence"]
    assert end.names[: len(done)] == done
    by_task = {"account": "remove_account", "access": "revoke_access", "licence": "release_licence"}
    assert end.names[len(done) :] == [
        by_task[task] for task in sorted(turns, key=lambda task: -turns[task])
    ]
    assert "There are none to be had." in told(desk)


async def test_a_refusal_of_the_far_end_makes_the_task_a_persons(desk: Desk, end: FarEnd) -> None:
    end.answers["reserve_licence"] = [409]
    handle = await desk.order("finn", "software-licence", LICENCE)
    await desk.take(handle, "max", "approve")
    await stands(desk, handle.id, seat="failed", install="later")
    work = (await order_of(desk, handle)).work("seat")
    assert work is not None
    assert work.note == "answered 409: reserve_licence: 409"
    await desk.take(handle, "sena", "complete", task="seat", result="Bought one more.")
    await desk.take(handle, "sena", "complete", task="install")
    assert desk.stored(handle.id)[0].status == "resolved"
    assert end.names == ["reserve_licence"]


async def test_a_far_end_that_answers_later_is_asked_again_under_the_same_key(
    desk: Desk, end: FarEnd
) -> None:
    end.answers["reset_password"] = [503, 500]
    handle = await desk.order("rosa", "password-reset", {"account": "ERP"})
    await status(desk, handle, "resolved")
    assert len(end.asked) == 3
    assert len({asked.key for asked in end.asked}) == 1


async def test_what_a_far_end_never_answered_for_is_a_persons_and_taken_back_all_the_same(
    desk: Desk, end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.machines.GIVES_UP", timedelta(seconds=2))
    end.answers["reserve_licence"] = [503] * 9
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "nora", "approve")
    await stands(desk, handle.id, seat="failed")
    work = (await order_of(desk, handle)).work("seat")
    assert work is not None
    assert work.note is not None
    tried = r"given up after \d+ s: reserve_licence: the far end answered 503 \(attempt \d+\)"
    assert re.fullmatch(tried, work.note)
    await desk.take(handle, "rosa", "withdraw")
    assert await handle.result() == "cancelled"
    assert end.names == ["reserve_licence", "release_licence"]


async def test_a_rejection_ends_it_and_nothing_is_done(desk: Desk, end: FarEnd) -> None:
    handle = await desk.order("finn", "software-licence", LICENCE)
    await desk.take(handle, "max", "reject", reason="Use what we have.")
    assert await handle.result() == "rejected"
    assert end.asked == []
    assert "Use what we have." in told(desk)


async def test_silence_of_the_approvers_rejects_where_the_rules_say_so(desk: Desk) -> None:
    handle = await desk.order("rosa", "guest-wifi", WIFI)
    await desk.pass_time(handle, timedelta(days=5))
    assert await handle.result() == "rejected"


async def test_silence_of_the_approvers_lets_others_decide_where_the_rules_say_so(
    desk: Desk,
) -> None:
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.pass_time(handle, timedelta(days=5))

    async def escalated() -> bool:
        return (await order_of(desk, handle)).escalated_to is not None

    await eventually(escalated)
    await desk.take(handle, "max", "approve", reason="Nora is away.")
    await stands(desk, handle.id, seat="done", install="open")


async def test_a_question_stops_the_clock_until_it_is_answered(desk: Desk) -> None:
    handle = await desk.order("rosa", "guest-wifi", WIFI)
    await desk.take(handle, "nora", "ask", text="Who is that?")
    assert desk.stored(handle.id)[0].status == "waiting"
    # Whatever day it is today, this is less than the working days after which nobody waits.
    await desk.pass_time(handle, timedelta(days=7))
    assert desk.stored(handle.id)[0].status == "waiting"
    await desk.take(handle, "rosa", "comment", text="A surveyor.")
    assert desk.stored(handle.id)[0].status == "approving"
    await desk.take(handle, "nora", "approve")
    await status(desk, handle, "resolved")


async def test_what_a_machine_is_at_is_waited_for_and_taken_back_when_it_is_withdrawn(
    desk: Desk, end: FarEnd
) -> None:
    end.answers["reserve_licence"] = [503, 503, 200]
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "nora", "approve")
    await desk.take(handle, "rosa", "withdraw", reason="The project is off.")
    assert await handle.result() == "cancelled"
    assert end.names == ["reserve_licence", "release_licence"]
    assert {work.state for work in (await order_of(desk, handle)).works} == {"undone", "dropped"}


async def test_nothing_is_done_twice_when_a_run_ends_in_between(
    desk: Desk, end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 2)
    handle = await desk.order("lena", "new-starter", STARTER)
    first = (await handle.describe()).run_id

    async def take(by: str, step: str, **fields: Any) -> None:
        """As the API does: a step that meets the end of a run is repeated under its id."""
        taken = desk.taken(by, step, **fields)

        async def done() -> bool:
            try:
                await handle.execute_update(ServiceRequest.take, taken, id=taken.id)
            except RPCError:
                return False
            return True

        await eventually(done)

    await take("max", "approve")
    await take("frida", "approve")
    for task in ("badge", "laptop", "desk"):
        await take("sena", "complete", task=task)
    await stands(desk, handle.id, set_up="open")
    await take("sena", "complete", task="set-up")
    await take("finn", "complete", task="welcome")

    async def goes_on() -> bool:
        return (await handle.describe()).run_id != first

    await eventually(goes_on)
    assert desk.stored(handle.id)[0].status == "resolved"
    assert Counter(end.names) == {"create_account": 1, "grant_access": 1, "reserve_licence": 1}
