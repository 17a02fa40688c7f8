"""What people read of a ticket that turns out to be of another kind."""

from activities.messages import messages_for
from store.messages import NewMessage
from tests.activities.town import LAPTOP, URL, Life, order

NO_FAULT = {"kind": "service_request", "item": "new-laptop", "answers": LAPTOP, "reason": "Old."}
A_FAULT = {"kind": "incident", "reason": "It is broken."}


def told(life: Life) -> dict[str, NewMessage]:
    """What people are told of the last step, by the name of the text."""
    return {one.template: one for one in messages_for(life.record, life.town, URL)}


def test_the_requester_reads_what_was_ordered_for_them() -> None:
    message = told(Life().become("p-finn", **NO_FAULT))["became"]
    assert message.person == "p-rosa"
    assert "We have made an order of it" in message.subject
    assert "- Why: " in message.body
    assert "It has to be approved first" in message.body
    assert "Finn Muster wrote:\n\n> Old.\n" in message.body


def test_the_requester_reads_that_nothing_is_ordered_any_more() -> None:
    messages = told(order().become("p-finn", **A_FAULT))
    assert "We look into it as a fault" in messages["became"].subject
    assert "nothing is on order any more" in messages["became"].body
    assert "does not work" not in messages["became"].body, "nobody knows whether it was there"
    assert "Finn Muster wrote:\n\n> It is broken.\n" in messages["became"].body
    assert "there is nothing to decide" in messages["approval_over"].body


def test_a_group_that_had_begun_reads_that_there_is_nothing_to_do() -> None:
    life = order("new-laptop").step("p-boss", "approve").step("p-frida", "approve")
    message = told(life.become("p-finn", **A_FAULT))["task_dropped"]
    assert message.subject.endswith("Nothing more to do: New laptop")
    assert "nothing more to do for your group" in message.body
