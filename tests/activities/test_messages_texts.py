"""Every text in every language: whole, one line of subject, and safe with whatever people write."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from activities import wording
from activities.messages import messages_for
from activities.wording import FOLDER, Language, dates, duration, languages
from desk.ladder import Whom
from desk.record import Notice, Record
from desk.ticket import Level
from desk.words import MergedInto, RequesterWrote
from store.messages import NewMessage
from store.organisation import Organisation
from tests.activities.third_line import OUTSIDE, third_line
from tests.activities.town import (
    LAPTOP,
    LICENCE,
    PEOPLE,
    SUMMARY,
    URL,
    Life,
    make_organisation,
    make_person,
    only,
    order,
)
from tests.builders import NOW, NUMBER

LANGUAGES = sorted(path.parent.name for path in FOLDER.glob("*/words.toml"))
TEMPLATES = sorted({path.stem for path in (FOLDER / "en").glob("[!_]*.txt")} - OUTSIDE)
NASTY = "<script>&amp;{{ 7*7 }}{% raw %} שלום عالم 🧑🏽‍🚒 \\r\\nBcc: eve@example.org"
WORDS = f"{NASTY}\n.\nFrom here\n\n\n\n-- \nend"
LONG = 3 * 24 * 60


def lives(summary: str = SUMMARY, words: str = WORDS) -> dict[str, Callable[[], Life]]:
    """For each text a life whose last record is told with it; everything is filled."""

    def fresh() -> Life:
        return Life(
            by="p-finn", summary=summary, service="print", category="hardware", impact=Level.HIGH
        )

    def resolved() -> Life:
        return fresh().step("p-finn", "resolve", code="fixed", text=words)

    def stepped(by: str, step: str, **body: Any) -> Life:
        return fresh().step(by, step, **body)

    wait = {"for": "requester", "reason": words, "until": NOW.replace(day=6)}
    return {
        "acknowledged": fresh,
        "assigned": lambda: stepped("p-lena", "assign", assignee="p-finn"),
        "handed_off": lambda: stepped("p-finn", "hand_off", line=2, reason=words).hand_off(None),
        "comment": lambda: stepped("p-finn", "comment", text=words),
        "waiting": lambda: stepped("p-finn", "wait", **wait),
        "workaround": lambda: stepped("p-finn", "workaround", text=words),
        "resolved": resolved,
        "confirm_reminder": lambda: resolved().wait(NOW.replace(day=5)),
        "closed": lambda: resolved().wait(NOW.replace(day=5)).wait(NOW.replace(day=10)),
        "reopened": lambda: resolved().step("p-rosa", "reopen", reason=words),
        "cancelled": lambda: stepped("p-finn", "cancel", reason=words),
        "escalation": lambda: fresh().wait(NOW.replace(day=4)),
        "wait_over": lambda: stepped("p-finn", "wait", **wait).wait(NOW.replace(day=6)),
        "nobody": lambda: stepped("p-lena", "assign", assignee="p-gone"),
        **third_line(fresh, words),
        **relations(fresh, words),
        **orders(summary, words),
    }


def relations(fresh: Callable[[], Life], words: str) -> dict[str, Callable[[], Life]]:
    """The same for the texts about two incidents, or one that turns out to be an order."""

    def merged() -> Life:
        return fresh().step("p-finn", "merge", into="INC-00000012", reason=words)

    def with_another() -> Life:
        return fresh().hear(MergedInto(customer="northwind", confidential=False), "p-finn")

    wish = {"kind": "service_request", "item": "new-laptop", "reason": words}
    answers = {**LAPTOP, "why": words}
    return {
        "became": lambda: fresh().become("p-finn", **wish, answers=answers),
        "merged": merged,
        "split": lambda: merged().step("p-finn", "split", reason=words),
        "other_wrote": lambda: with_another().hear(RequesterWrote(), "p-rosa"),
    }


def orders(summary: str, words: str) -> dict[str, Callable[[], Life]]:
    """The same for the texts that only requests have."""

    def ordered(item: str = "new-laptop") -> Life:
        answers = LAPTOP if item == "new-laptop" else LICENCE
        return order(item, summary=summary, answers={**answers, "why": words})

    def working() -> Life:
        return ordered("software-licence").step("p-boss", "approve", reason=words)

    def asked() -> Life:
        return ordered().step("p-boss", "ask", text=words)

    def seated() -> Life:
        return working().machine("seat", done=True, note="seat 12")

    return {
        "approval_asked": lambda: ordered().step("p-boss", "approve", reason=words),
        "answer_reminder": lambda: asked().wait(NOW.replace(day=5)),
        "unanswered": lambda: asked().wait(NOW.replace(day=20)),
        "answered": lambda: asked().step("p-rosa", "comment", text=words),
        "approved": working,
        "rejected": lambda: ordered().step("p-boss", "reject", reason=words),
        "task_opened": seated,
        "task_failed": lambda: working().machine("seat", done=False, note=words),
        "fulfilled": lambda: seated().step("p-sena", "complete", task="install"),
        "unfulfilled": lambda: (
            working()
            .machine("seat", done=False, note="x")
            .step("p-sena", "fail", task="seat", reason=words)
        ),
        "withdrawn": lambda: (
            seated().step("p-rosa", "withdraw").machine("seat", done=True, note="free again")
        ),
        "task_dropped": lambda: seated().step("p-rosa", "withdraw"),
        # The manager, who may see it also when it is over.
        "approval_over": lambda: order(
            summary=summary, answers={**LAPTOP, "why": words}, wanted_for="p-fay"
        ).step("p-rosa", "withdraw"),
    }


def speaking(language: str) -> Organisation:
    """The town, where all speak one language."""
    return make_organisation(*[p.model_copy(update={"language": language}) for p in PEOPLE])


def to_whom(record: Record, whom: Whom) -> Record:
    """The same news, told to that role."""
    notices = [n.model_copy(update={"whom": whom, "person": None}) for n in record.notices]
    return record.model_copy(update={"notices": tuple(notices)})


def about(record: Record, template: str) -> Record:
    """Only the news that are told with the text."""
    known = template if template != "nobody" else "assigned"
    notices = tuple(notice for notice in record.notices if notice.template == known)
    return record.model_copy(update={"notices": notices})


def every_message(language: str, template: str, **texts: str) -> list[NewMessage]:
    """As it is meant, and as requester, manager and group would get it."""
    record = about(lives(**texts)[template]().record, template)
    records = [record, *(to_whom(record, w) for w in (Whom.REQUESTER, Whom.MANAGER, Whom.GROUP))]
    town = speaking(language)
    return [message for one in records for message in messages_for(one, town, URL)]


def test_every_language_has_every_text() -> None:
    assert {"en", "de"} <= set(LANGUAGES)
    for code in LANGUAGES:
        texts = sorted(path.name for path in (FOLDER / code).iterdir())
        assert texts == sorted(path.name for path in (FOLDER / "en").iterdir())


def test_every_text_there_is_has_a_life_that_tells_it() -> None:
    assert sorted(lives()) == TEMPLATES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("summary", [SUMMARY, NASTY])
def test_every_text_is_whole(
    language: str, template: str, summary: str, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = every_message(language, template, summary=summary)

    assert messages
    for message in messages:
        assert message.subject.startswith(f"[{NUMBER}] ")
        assert message.subject.endswith(summary)
        assert len(message.subject.splitlines()) == 1
        assert message.body
        assert not re.search(r"None|\n\n\n|^\s|\s$|[ \t]\n", message.body), message.body
        if message.person is not None:
            assert f"/tickets/{NUMBER}" in message.body
            assert f"{message.person.removeprefix('p-').capitalize()} Muster" in message.body
            assert (message.template, message.language) == (
                template if template != "nobody" else "assigned",
                language,
            )
    assert "template_broken" not in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_write_comes_through_as_they_wrote_it(language: str) -> None:
    record = lives(words=WORDS)["comment"]().record
    message = only(messages_for(record, speaking(language), URL))

    for line in WORDS.splitlines():
        assert f"> {line}".rstrip() in message.body.splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_no_text_to_a_requester_names_the_group_or_says_how_the_desk_works(
    language: str, template: str
) -> None:
    record = to_whom(about(lives()[template]().record, template), Whom.REQUESTER)
    for message in messages_for(record, speaking(language), URL):
        assert "Workplace" not in message.body
        assert not re.search(r"\b(rung|ladder|ticket|SLA|OLA)\b", message.body, re.IGNORECASE)


def test_a_line_break_in_a_summary_or_name_stays_out_of_the_subject() -> None:
    life = Life()
    broken = life.ticket.model_copy(update={"summary": "x\r\nBcc: eve@example.org\u2028y"})
    record = life.record.model_copy(update={"ticket": broken})
    message = only(messages_for(record, life.town, URL))

    assert message.subject == f"[{NUMBER}] We have your report: x Bcc: eve@example.org y"

    town = make_organisation(make_person("p-finn", name="Finn\u2028Bcc:\r eve"))
    said = only(messages_for(life.step("p-finn", "comment", text="x").record, town, URL))
    assert said.subject == f"[{NUMBER}] Finn Bcc: eve has written to you: {SUMMARY}"


def test_a_broken_text_still_tells_the_number_and_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acknowledged.txt").write_text("[{{ number }}] {{ sumary }}\n\nHello")
    english = languages()["en"]
    templates = Environment(  # noqa: S701
        loader=FileSystemLoader(tmp_path), undefined=StrictUndefined
    )
    broken = {"en": Language("en", english.words, templates)}
    monkeypatch.setattr(wording, "languages", lambda: broken)
    message = only(messages_for(Life().record, make_organisation(), URL))

    assert message.subject == f"[{NUMBER}] {SUMMARY}"
    assert message.body == f"{URL}/tickets/{NUMBER}"


def test_a_notice_about_events_of_an_earlier_record_is_still_told() -> None:
    life = Life()
    notice = Notice(
        key="k", template="acknowledged", person="p-rosa", group="service-desk", events=("gone",)
    )
    record = life.record.model_copy(update={"notices": (notice,)})
    message = only(messages_for(record, life.town, URL))

    assert message.created_at == life.ticket.last_at
    assert message.correlation == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "template",
    ["approval_asked", "approved", "rejected", "task_opened", "task_failed", "fulfilled",
     "unfulfilled", "withdrawn", "task_dropped", "approval_over"],
)  # fmt: skip
def test_a_request_is_told_of_without_the_events_of_an_earlier_record(
    language: str, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = about(lives()[template]().record, template)
    late = [n.model_copy(update={"events": ("gone",)}) for n in record.notices]
    messages = messages_for(
        record.model_copy(update={"notices": tuple(late)}), speaking(language), URL
    )
    assert messages
    assert "template_broken" not in capsys.readouterr().out


def test_ids_of_what_is_not_known_are_shown_as_they_are() -> None:
    life = Life(customer="initech", service="mail", category="hardware", impact=Level.HIGH)
    life.step("p-lena", "assign", assignee="p-finn")
    body = only(messages_for(life.record, life.town, URL)).body

    assert "(initech)" in body
    assert "hardware, mail" in body


def test_a_message_from_a_desk_on_an_ip_address_has_a_valid_message_id() -> None:
    for url, host in (("http://127.0.0.1:8000", "127.0.0.1"), ("http://[::1]:8000", "[::1]")):
        message = only(messages_for(Life().record, make_organisation(), url))
        assert re.fullmatch(rf"<{NUMBER}\.[0-9a-f]{{24}}@{re.escape(host)}>", message.message_id)


@pytest.mark.parametrize(
    ("instant", "zone", "text"),
    [
        ("2026-11-24T13:30:00+00:00", "Europe/Berlin", "Tue 24 Nov 2026, 14:30 (Europe/Berlin)"),
        ("2026-10-25T00:30:00+00:00", "Europe/Berlin",
         "Sun 25 Oct 2026, 02:30 (Europe/Berlin, UTC+0200)"),
        ("2026-10-25T01:30:00+00:00", "Europe/Berlin",
         "Sun 25 Oct 2026, 02:30 (Europe/Berlin, UTC+0100)"),
        ("2026-03-29T01:00:00+00:00", "Europe/Berlin", "Sun 29 Mar 2026, 03:00 (Europe/Berlin)"),
    ],
)  # fmt: skip
def test_an_instant_is_read_in_ones_own_zone(instant: str, zone: str, text: str) -> None:
    when = dates(languages()["en"].words, zone)
    assert when(NOW.fromisoformat(instant)) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, None), (0.9, None), (1, "1 minute"), (60, "1 hour"), (61, "1 hour 1 minute"),
        (LONG + 125, "3 days 2 hours"), (1440 + 2, "1 day 2 minutes"),
    ],
)  # fmt: skip
def test_a_duration_is_said_by_its_two_largest_units(minutes: float, text: str | None) -> None:
    late = (NOW.replace(day=3) - NOW) / 1440 * minutes
    assert duration(languages()["en"].words, late) == text


def test_a_person_in_another_zone_reads_no_due_time_of_ours() -> None:
    town = make_organisation(make_person("p-rosa", zone="Asia/Tokyo"))
    body = only(messages_for(Life().record, town, URL)).body
    assert "(Asia/Tokyo)" in body
    assert "Berlin" not in body
