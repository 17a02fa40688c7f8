"""What a vendor is told: by mail in its language, by webhook as JSON, and never more than it."""

import json
from datetime import datetime
from typing import Any

import pytest

from activities.vendor_letters import vendor_letters
from activities.vendors import about_vendor, name_of
from activities.wording import language
from desk.ticket import Level
from store.messages import NewMessage
from store.organisation import Organisation
from store.vendors import Vendor
from tests.activities.third_line import handed_over
from tests.activities.town import SUMMARY, URL, Life, make_organisation, only
from tests.builders import NOW, NUMBER

TEXT = "Model 12.\n.\nFrom here"
SECRETS = ("osa", "Finn", "internal", "northwind", "Northwind", "service-desk", "Service Desk")


def town(**changes: Any) -> Organisation:
    fields = {"id": "acme", "name": "Acme Printers", "email": "help@acme.example", **changes}
    return make_organisation(vendors={"acme": Vendor.model_validate(fields)})


def asked() -> Life:
    life = Life(by="p-finn", summary=SUMMARY, impact=Level.HIGH)
    life.step("p-finn", "comment", text="An internal note.", internal=True)
    return handed_over(life, TEXT)


def recalled() -> Life:
    return asked().step("p-finn", "recall", vendor="acme", reason=TEXT)


def over() -> Life:
    reply = {"vendor": "acme", "text": "x", "reference": "A-7", "final": False}
    life = asked().step("p-finn", "vendor_reply", **reply)
    return life.step("p-finn", "resolve", code="fixed", text="An internal fix.")


def chased() -> Life:
    return asked().wait(NOW.replace(day=5))


def told() -> Life:
    return asked().step("p-finn", "tell_vendor", vendor="acme", text=TEXT)


def retargeted() -> Life:
    less = {"category": "hardware", "impact": "low", "urgency": "low"}
    return asked().step("p-finn", "classify", **less)


LIVES = {
    "asked": asked, "told": told, "chased": chased, "retargeted": retargeted,
    "recalled": recalled, "over": over,
}  # fmt: skip


def letters(life: Life, organisation: Organisation) -> tuple[NewMessage, ...]:
    return vendor_letters(life.record, organisation, URL)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", LIVES)
def test_each_letter_is_whole_and_tells_nothing_of_the_desk(
    name: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = letters(LIVES[name](), town(language=language))
    assert found
    for letter in found:
        assert letter.template == f"vendor_{name}"
        assert (letter.person, letter.vendor, letter.address) == (
            None, "acme", "help@acme.example",
        )  # fmt: skip
        assert letter.subject.startswith(f"[{NUMBER}] ")
        assert letter.subject.endswith(SUMMARY)
        assert "Acme Printers" in letter.body
        assert NUMBER in letter.body
        assert not any(word in letter.body + letter.subject for word in (*SECRETS, "None"))
        assert letter.key.endswith("/vendor:acme/acme")
    assert "template_broken" not in capsys.readouterr().out


def test_the_words_of_the_agent_come_through_as_they_were_written() -> None:
    for life in (asked(), told(), recalled()):
        letter = only(letters(life, town()))
        assert all(f"> {line}" in letter.body.splitlines() for line in TEXT.splitlines())


def test_each_firing_of_the_ladder_is_a_letter_of_its_own() -> None:
    keys = [letter.key for letter in letters(chased(), town())]
    assert len(set(keys)) == len(keys) > 1


def test_a_webhook_gets_the_same_as_json_and_its_reference_also_at_the_end() -> None:
    organisation = town(webhook="https://acme.example/in")
    letter = only(letters(asked(), organisation))
    assert letter.address == "https://acme.example/in"
    body = json.loads(letter.body)
    assert (body["type"], body["ticket"], body["summary"]) == ("asked", NUMBER, SUMMARY)
    assert (body["text"], body["priority"], body["reference"]) == (TEXT, "P2", None)
    assert body["due"].startswith("2026-03-0")
    assert datetime.fromisoformat(body["at"]) == asked().record.events[0].at
    end = json.loads(only(letters(over(), organisation)).body)
    assert (end["type"], end["reference"], end["text"], end["due"]) == ("over", "A-7", None, None)


def test_a_vendor_that_is_not_known_any_more_is_a_message_to_nobody() -> None:
    letter = only(letters(asked(), make_organisation()))
    assert (letter.state, letter.vendor, letter.address) == ("nobody", "acme", None)


def test_names_of_vendors_are_looked_up_and_else_are_their_ids() -> None:
    assert name_of(town(), "vendor:acme") == "Acme Printers"
    assert name_of(make_organisation(), "vendor:acme") == "acme"
    assert name_of(town(), "p-finn") is None
    words, when = language("en").words, str
    life = recalled()
    found = about_vendor(life.record, make_organisation(), life.record.events, words, when)
    assert found == {"vendor": "acme", "heard": None}
    assert about_vendor(life.record, town(), Life().record.events, words, when) == {}
