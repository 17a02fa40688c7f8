"""What people of the desk read of a vendor: what it said, what it was not told, and its name."""

import dataclasses
from datetime import date, timedelta

import pytest

from activities.messages import messages_for
from activities.vendor_letters import vendor_letters
from activities.wording import day, language
from desk.vendor_events import Cause
from store.messages import NewMessage
from store.organisation import Organisation
from tests.activities.test_messages_deciding import wifi
from tests.activities.test_messages_requests import HOUR, told
from tests.activities.test_vendor_letters import asked, recalled, town
from tests.activities.third_line import handed_over, not_told
from tests.activities.town import URL, Life, only
from tests.builders import NOW

MONTH = timedelta(days=30)


def speaking(code: str) -> Organisation:
    """A town in which everybody speaks it, and the lead of the service desk is there."""
    here = town()
    people = {id: one.model_copy(update={"language": code}) for id, one in here.people.items()}
    return dataclasses.replace(here, people=people)


def read(life: Life, template: str, code: str = "en") -> NewMessage:
    """What the first of those reads who are told with that template."""
    messages = messages_for(life.record, speaking(code), URL)
    return next(one for one in messages if one.template == template)


def replied(**fields: object) -> Life:
    return asked().step("vendor:acme", "vendor_reply", vendor="acme", text="On it.", **fields)


def test_a_reply_says_whether_the_vendor_goes_on_and_what_it_calls_the_ticket() -> None:
    so_far = read(replied(final=False, reference="A-7"), "vendor_replied")
    assert "Acme Printers has written:" in so_far.subject
    assert "whose work on it goes on" in so_far.body
    assert "Their reference: A-7" in so_far.body
    last = read(
        replied(final=False, reference="A-7").step(
            "vendor:acme", "vendor_reply", vendor="acme", text="Done."
        ),
        "vendor_replied",
    )
    assert "Acme Printers has answered" in last.subject
    assert "whose work on it has ended" in last.body
    assert "Their reference: A-7" in last.body
    assert "reference" not in read(replied(), "vendor_replied").body
    assert "Arbeit dort geht weiter" in read(replied(final=False), "vendor_replied", "de").body


@pytest.mark.parametrize(
    ("code", "thanks", "silent"),
    [("en", "your last message about", "we have not heard from you"),
     ("de", "Ihre letzte Nachricht zu", "haben wir noch nichts von Ihnen gehört")],
)  # fmt: skip
def test_a_vendor_that_wrote_is_not_told_that_nothing_was_heard(
    code: str, thanks: str, silent: str
) -> None:
    def chased(life: Life) -> str:
        return vendor_letters(life.wait(NOW.replace(day=5)).record, town(language=code), URL)[
            0
        ].body

    heard, nothing = chased(replied(final=False, reference="A-7")), chased(asked())
    assert thanks in heard
    assert "A-7" in heard
    assert silent not in heard
    assert silent in nothing
    assert "ist sie" not in nothing


def assigned() -> Life:
    return handed_over(Life(by="p-finn").step("p-finn", "accept"), "Model 12.")


@pytest.mark.parametrize(
    ("code", "late", "never"),
    [("en", "but no last word", "has not answered"),
     ("de", "aber keine abschließende Antwort", "hat in der Zeit des Vertrags nicht geantwortet")],
)  # fmt: skip
def test_when_nobody_waits_any_more_it_says_whether_anything_was_heard(
    code: str, late: str, never: str
) -> None:
    step = {"vendor": "acme", "text": "On it.", "final": False}
    heard, silent = assigned().step("vendor:acme", "vendor_reply", **step), assigned()
    lead = read(heard.wait(heard.at + MONTH), "vendor_gave_up", code)
    assert late in lead.body
    assert never not in lead.body
    assert never in read(silent.wait(silent.at + MONTH), "vendor_gave_up", code).body


@pytest.mark.parametrize(
    ("message", "cause", "code", "english", "german"),
    [
        ("told", "answered", 404, "their webhook answered 404", "Webhook hat mit 404 geantwortet"),
        ("recalled", "refused", 550, "refused it (550)", "hat sie abgewiesen (550)"),
        ("asked", "silent", None, "did not answer for days", "tagelang nicht geantwortet"),
        ("over", "address", None, "their address is wrong", "die Adresse ist falsch"),
    ],
)
def test_what_did_not_arrive_and_why_is_said_in_the_readers_language(
    message: str, cause: Cause, code: int | None, english: str, german: str
) -> None:
    for tongue, why in (("en", english), ("de", german)):
        body = read(not_told(asked(), message, cause, code), "vendor_unreached", tongue).body
        assert language(tongue).words.vendor_messages[message] in body
        assert why in body
        assert "Because" not in body


def test_nobody_is_advised_to_recall_what_is_recalled_or_was_never_asked() -> None:
    at_work = read(not_told(asked()), "vendor_unreached").body
    assert "or recall the ticket" in at_work
    after = read(not_told(recalled(), "recalled"), "vendor_unreached").body
    assert "Please tell them in another way." in after
    never = read(not_told(asked(), "asked"), "vendor_unreached").body
    assert "the ticket waits for them no more" in never
    assert "or recall" not in after + never


def test_an_escalation_calls_the_vendor_by_its_name() -> None:
    life = asked()
    bodies = [m.body for m in messages_for(life.wait(life.at + MONTH).record, speaking("en"), URL)]
    named = [body for body in bodies if "the answer of the vendor" in body]
    assert named
    assert all("the vendor Acme Printers" in body and "vendor acme" not in body for body in named)


def test_the_day_on_which_a_contract_ends_is_read_as_people_say_it() -> None:
    assert day(language("de").words, date(2029, 6, 30)) == "30. Juni 2029"
    assert day(language("en").words, date(2029, 6, 30)) == "30 Jun 2029"


def test_the_only_stage_of_an_approval_has_no_name_in_a_mail() -> None:
    asking = only(told(wifi(), "approval_asked")[:1])
    assert "(visit)" not in asking.body
    assert "it needs an approval:" in asking.body
    reminder = told(wifi().wait(NOW + 8 * HOUR), "escalation")
    assert reminder
    assert not any("visit)" in one.subject + one.body for one in reminder)
