"""What a vendor writes when nobody waits for it: it changes nothing, and is not lost."""

import pytest

from desk.apply import note_refusal
from desk.events import Refused
from desk.ladder import Whom
from desk.vendor_answer import taken_from_vendor
from desk.vendor_steps import VendorReply
from tests.desk.lives import at
from tests.desk.test_vendors import with_acme


@pytest.mark.parametrize(("final", "told"), [(True, 1), (False, 0)])
def test_what_a_vendor_says_when_nobody_waits_is_kept_and_a_person_is_told(
    final: bool, told: int
) -> None:
    life = with_acme().take("03-02 11:00", "recall")
    step = VendorReply(step="vendor_reply", vendor="acme", text="The cable.", final=final)
    taken = taken_from_vendor(life.ticket.number, step, key="k", via="mail", correlation="c")
    outcome = note_refusal(life.ticket, life.rules, taken, "you see no ticket", at("03-02 12:00"))
    event = outcome.events[0]
    assert event.what == Refused(
        step="vendor_reply",
        reason="it is over for this vendor: nobody waits for an answer any more",
        vendor="acme",
        said="The cable.",
    )
    assert (event.via, event.internal, outcome.ticket.version) == (
        "mail",
        True,
        life.ticket.version,
    )
    letters = [note.whom for note in outcome.notices if note.template == "vendor_late"]
    assert letters == [Whom.ASSIGNEE, Whom.LEAD][: 2 * told]


def test_an_answer_of_a_vendor_at_work_is_refused_for_its_own_reason() -> None:
    life = with_acme()
    step = VendorReply(step="vendor_reply", vendor="acme", text="Once more.")
    taken = taken_from_vendor(life.ticket.number, step, key="k", via="mail", correlation="c")
    outcome = note_refusal(life.ticket, life.rules, taken, "the key was used", at("03-02 12:00"))
    assert isinstance(outcome.events[0].what, Refused)
    assert outcome.events[0].what.reason == "the key was used"
