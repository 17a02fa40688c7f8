"""A running ticket moves to other rules, on the real engine: what was measured stays measured."""

from tests.running import Desk
from tests.workflows.test_incident import kinds, refusal


async def test_adopt_changes_nothing_while_the_rules_are_the_same(desk: Desk) -> None:
    handle = await desk.open()
    view = await desk.take(handle, "pia", "adopt")
    assert kinds(desk.stored(handle.id)[1])[3:] == ["step"]
    assert view.version == 2
    assert (await refusal(desk, handle, "finn", "adopt")).type == "NotPermitted"


async def test_a_change_of_service_moves_the_ticket_to_the_calendar_of_that_service(
    desk: Desk,
) -> None:
    handle = await desk.open(impact="low", urgency="low")
    service = next(s for s in desk.directory.current.services.values() if s.calendar)
    classify = {"category": "network", "impact": "low", "urgency": "low"}
    view = await desk.take(handle, "finn", "classify", **classify, service=service.id)
    ticket, events = desk.stored(handle.id)
    assert view.service == service.id
    assert kinds(events)[3:5] == ["step", "adopted"]
    used = {mark.calendar for clock in ticket.clocks for mark in clock.marks if mark.calendar}
    assert used == {"office", f"office@{ticket.policy_version}"}
    again = await desk.take(handle, "finn", "classify", **classify, service=service.id)
    assert kinds(desk.stored(handle.id)[1])[5:] == ["step"]
    assert again.version == view.version + 1
