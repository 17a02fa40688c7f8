"""What is told of a complaint, to whom, and how it reads in every language."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from activities.messages import messages_for
from activities.people import may_be_told, resolve
from activities.promise import Promise
from activities.shapes import TermsFor
from activities.wording import FOLDER
from desk.about import About
from desk.ladder import Whom
from desk.people import Role
from desk.ticket import Kind
from policies.in_force import IN_FORCE, terms_for
from store.import_organisation import import_organisation
from store.messages import NewMessage
from store.organisation import Directory, Group, Organisation
from tests.activities.town import (
    GROUPS,
    MEMBERS,
    PEOPLE,
    URL,
    Life,
    make_organisation,
    make_person,
)
from tests.builders import NOW, NUMBER

OWN = sorted(path.stem for path in (FOLDER / "en" / "complaint").glob("[!_]*.txt"))
PIA = make_person("p-pia", Role.PROCESS_OWNER)
COMPLAINTS = Group(id="complaints", name="Complaints", line=1, lead="p-max")
DEMONSTRATION = Path(__file__).parents[2] / "examples" / "organisation.yaml"
WORDS = "We looked into it.\n\nIt was so."


def town(*members: str, language: str = "en") -> Organisation:
    """The town, with those who answer complaints."""
    members_of = {**MEMBERS, "complaints": members or ("p-max", "p-pia")}
    people = [p.model_copy(update={"language": language}) for p in (*PEOPLE, PIA)]
    return make_organisation(*people, *GROUPS, COMPLAINTS, members_of=members_of)


def complaint(*barred: str, by: str = "p-rosa", **changes: Any) -> Life:
    """Rosa complains about finn."""
    fields = {
        "kind": Kind.COMPLAINT,
        "confidential": True,
        "description": "He was rude",
        "about": About(person="p-finn"),
        "barred": barred or ("p-finn",),
    }
    return Life(by=by, **{**fields, **changes})


def told(life: Life, organisation: Organisation) -> set[tuple[str | None, str]]:
    messages = messages_for(life.record, organisation, URL)
    return {(message.person, message.template) for message in messages}


def test_the_group_and_the_manager_of_whom_it_is_about_are_told_once() -> None:
    acknowledged = ("p-rosa", "acknowledged")
    assert told(complaint(), town()) == {
        acknowledged,
        ("p-max", "complaint_opened"),
        ("p-pia", "complaint_opened"),
    }
    # Of a ticket, the manager of the lead of the group that had it.
    about = About(ticket="INC-7K3M9Q2M", group="workplace-2")
    assert told(complaint("p-sena", about=about), town("p-pia")) == {
        acknowledged,
        ("p-pia", "complaint_opened"),
        ("p-maya", "complaint_opened"),
    }
    # Of a service, the manager around the group that answers.
    about = About(service="print")
    assert ("p-pia", "complaint_opened") in told(complaint("p-x", about=about), town())


def test_a_boss_without_the_role_is_not_told_but_a_manager_is() -> None:
    organisation = town("p-pia")
    finn = organisation.people["p-finn"].model_copy(update={"manager": "p-boss"})
    people = {**organisation.people, "p-finn": finn}
    found = told(complaint(), replace(organisation, people=people))
    assert {person for person, template in found if template == "complaint_opened"} == {
        "p-pia", "p-max", "p-maya",
    }  # fmt: skip


def test_nobody_whom_it_is_about_is_told_anything_at_any_time() -> None:
    organisation = town()
    life = complaint("p-max", "p-finn", about=About(person="p-max"))
    ticket = life.ticket
    assert told(life, organisation) == {
        ("p-rosa", "acknowledged"),
        ("p-pia", "complaint_opened"),
        ("p-maya", "complaint_opened"),
    }
    for whom in Whom:
        assert "p-max" not in {person.id for person in resolve(organisation, ticket, whom)}
    assert not may_be_told(organisation, ticket, organisation.people["p-max"])
    assigned = ticket.model_copy(update={"assignee": "p-max", "duty": "p-max"})
    assert not {p.id for p in resolve(organisation, assigned, Whom.ASSIGNEE)} & {"p-max"}


def test_managers_are_told_when_it_is_about_everybody_of_the_group() -> None:
    organisation = town()
    everybody = complaint("p-max", "p-pia", about=About(service="print"))
    assert told(everybody, organisation) == {
        ("p-rosa", "acknowledged"),
        ("p-maya", "complaint_opened"),
    }
    for whom in (Whom.GROUP, Whom.LEAD, Whom.MANAGER, Whom.ASSIGNEE):
        found = resolve(organisation, everybody.ticket, whom)
        assert [person.id for person in found] == ["p-maya"]
    nobody = complaint("p-max", "p-pia", "p-maya", about=About(service="print"))
    assert told(nobody, organisation) == {
        ("p-rosa", "acknowledged"),
        (None, "complaint_opened"),
    }


def test_a_complainant_of_the_desk_is_told_nothing_of_how_it_is_handled() -> None:
    life = complaint(by="p-pia", requester="p-pia")
    assert told(life, town()) == {
        ("p-pia", "acknowledged"),
        ("p-max", "complaint_opened"),
    }
    only_theirs = resolve(town("p-pia"), life.ticket, Whom.GROUP)
    assert [person.id for person in only_theirs] == ["p-max", "p-maya"]


def answered() -> Life:
    return complaint().step("p-pia", "resolve", code="upheld", text=WORDS)


LIVES: dict[str, Callable[[], Life]] = {
    "acknowledged": complaint,
    "complaint_opened": complaint,
    "resolved": answered,
    "confirm_reminder": lambda: answered().wait(NOW.replace(day=5)),
    "closed": lambda: answered().wait(NOW.replace(day=5)).wait(NOW.replace(day=10)),
    "complaint_withdrawn": lambda: (
        complaint().step("p-pia", "accept").step("p-rosa", "withdraw", reason=WORDS)
    ),
    # As of any other ticket.
    "comment": lambda: complaint().step("p-pia", "comment", text=WORDS),
    "waiting": lambda: complaint().step("p-pia", "wait", **{"for": "requester"}, reason=WORDS),
    "reopened": lambda: answered().step("p-rosa", "reopen", reason=WORDS),
    "escalation": lambda: complaint().wait(NOW.replace(day=20)),
}


def texts(template: str, language: str) -> list[NewMessage]:
    organisation = town(language=language)
    record = LIVES[template]().record
    return [m for m in messages_for(record, organisation, URL) if m.template == template]


def test_every_text_of_complaints_is_there_in_each_language_and_is_told() -> None:
    assert set(OWN) < set(LIVES)
    folders = [path.parent / "complaint" for path in FOLDER.glob("*/words.toml")]
    names = {tuple(sorted(Path(path).name for path in folder.iterdir())) for folder in folders}
    assert len(folders) > 1
    assert len(names) == 1


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("template", LIVES)
def test_every_text_is_whole_and_names_nobody_whom_it_is_about(
    template: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = texts(template, language)
    assert messages
    for message in messages:
        assert message.subject.startswith(f"[{NUMBER}] ")
        assert not re.search(r"None|\n\n\n|^\s|\s$|[ \t]\n", message.body), message.body
        assert f"/tickets/{NUMBER}" in message.body
        said = f"{message.subject}\n{message.body}"
        assert "Finn" not in said
        assert not re.search(r"\b(solved|solution|gelöst|Lösung|P3)\b", said), said
    assert "template_broken" not in capsys.readouterr().out


def test_the_answer_reads_like_an_answer() -> None:
    [message] = texts("resolved", "en")
    assert message.subject.startswith(f"[{NUMBER}] Our answer to your complaint: ")
    assert "Do you accept this answer?" in message.body
    assert "> We looked into it." in message.body
    [message] = texts("resolved", "de")
    assert "Sind Sie damit einverstanden?" in message.body
    late = " ".join(message.body for message in texts("escalation", "en"))
    assert "the answer to the complaint" in late


@pytest.mark.parametrize(
    ("language", "person", "ticket"),
    [("en", "About:        a person; the ticket says who", "About:        INC-7K3M9Q2M"),
     ("de", "Betrifft:      eine Person; wen, steht im Ticket", "Betrifft:      INC-7K3M9Q2M")],
)  # fmt: skip
def test_who_answers_reads_what_it_is_about_but_for_the_name_of_a_person(
    language: str, person: str, ticket: str
) -> None:
    organisation = town(language=language)
    about = About(ticket="INC-7K3M9Q2M", group="workplace-2")
    for life, line in ((complaint(), person), (complaint(about=about), ticket)):
        messages = messages_for(life.record, organisation, URL)
        opened = next(m for m in messages if m.template == "complaint_opened")
        assert f"\n{line}\n" in opened.body
        acknowledged = next(m for m in messages if m.template == "acknowledged")
        assert line not in acknowledged.body


def test_the_complainant_reads_all_that_was_taken_down_and_nobody_else_in_a_mail() -> None:
    whole = f"I was promised a call {'and another ' * 20}on Monday"
    messages = messages_for(complaint(description=whole).record, town(), URL)
    told = {message.template: message.body for message in messages}
    assert whole in " ".join(told["acknowledged"].replace(">", "").split())
    assert "on Monday" not in told["complaint_opened"]


@pytest.mark.parametrize(
    ("code", "language", "result"),
    [
        ("upheld", "en", "Result: upheld"),
        ("partly_upheld", "en", "Result: partly upheld"),
        ("not_upheld", "de", "Ergebnis: nicht berechtigt"),
        ("apologised", "de", "Ergebnis: apologised"),
    ],
)
def test_the_answer_says_with_which_result(code: str, language: str, result: str) -> None:
    life = complaint().step("p-pia", "resolve", code=code, text=WORDS)
    messages = messages_for(life.record, town(language=language), URL)
    life.wait(NOW.replace(day=5))
    messages += messages_for(life.record, town(language=language), URL)
    assert [m.template for m in messages] == ["resolved", "confirm_reminder"]
    assert all(f"\n\n{result}\n\n" in message.body for message in messages)


@pytest.mark.parametrize("reason", [None, WORDS])
def test_a_withdrawal_says_why_if_the_complainant_does(reason: str | None) -> None:
    life = complaint().step("p-pia", "accept").step("p-rosa", "withdraw", reason=reason)
    (message,) = messages_for(life.record, town(), URL)
    assert ("> We looked into it." in message.body) is (reason is not None)
    assert not re.search(r"None|\n\n\n", message.body)


def test_a_complaint_has_the_promise_of_complaints(sqlite_engine: Engine) -> None:
    import_organisation(sqlite_engine, DEMONSTRATION.read_text("utf-8"), DEMONSTRATION.name)
    whose = TermsFor(customer="northwind", service=None, kind=Kind.COMPLAINT)
    promise = Promise(Directory(sqlite_engine))
    terms = promise.resolve_terms(whose)
    assert terms == terms_for(kind=Kind.COMPLAINT)
    assert terms.policy_version == IN_FORCE.policy_version
    assert terms.closure.codes == ("upheld", "partly_upheld", "not_upheld")
    assert [group.id for group in terms.routing.default] == ["complaints"]
    assert promise.resolve_terms(whose.model_copy(update={"kind": None})) == IN_FORCE
