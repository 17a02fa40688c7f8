"""Complaints on the real engine: told to the right people, late, answered, closed by silence."""

from datetime import timedelta
from email import message_from_string, policy

import pytest
from temporalio.client import WorkflowUpdateFailedError

from desk.access import sight
from desk.record import Task
from desk.ticket import Status
from store.engine import reading
from store.tasks import open_tasks
from store.tickets import Filters, list_tickets
from tests.patience import eventually
from tests.replay.cases import events_of
from tests.replay.complaints import complain
from tests.running import Desk, mails


def told(desk: Desk) -> list[tuple[str, str]]:
    """To whom each mail went, and what it is about."""
    read = [message_from_string(text, policy=policy.default) for text in mails(desk.home)]
    return [(str(mail["To"]), str(mail["Subject"])) for mail in read]


async def test_it_is_told_late_and_answered_without_whom_it_is_about(desk: Desk) -> None:
    about = {"person": desk.actor("max").person}
    handle = await complain(desk, "rosa", about, "max")

    async def everybody_is_told() -> bool:
        return len(told(desk)) == 2

    await eventually(everybody_is_told)
    assert sorted(who.partition("@")[0].rpartition("<")[2] for who, _ in told(desk)) == [
        "pia",
        "rosa",
    ]
    with reading(desk.engine) as connection:
        for name, tasks, numbers in (("pia", [Task.ACCEPT], {handle.id}), ("max", [], set())):
            seen = sight(desk.actor(name))
            assert [task.task for task in open_tasks(connection, seen)] == tasks
            found = list_tickets(connection, seen, Filters()).items
            assert {view.number for view in found} == numbers
    with pytest.raises(WorkflowUpdateFailedError):
        await desk.take(handle, "max", "comment", text="It was not so.")
    await desk.pass_time(handle, timedelta(days=4))

    async def breached() -> bool:
        return "breached" in {event.what.event for event in events_of(desk, handle.id)}

    await eventually(breached)
    await desk.take(handle, "pia", "resolve", code="upheld", text="He has said sorry to you.")
    await desk.pass_time(handle, timedelta(days=10))

    async def closed() -> bool:
        return desk.stored(handle.id)[0].status is Status.CLOSED

    await eventually(closed)
    await desk.pass_time(handle, timedelta(days=15))
    assert await handle.result() == Status.CLOSED
    assert not [who for who, _ in told(desk) if "max@" in who]
    assert [subject for _, subject in told(desk) if "Our answer" in subject]
