"""Notices made into messages: who is told what, once, in their own language and time zone."""

from datetime import timedelta

import pytest

from activities.messages import messages_for
from desk.ladder import Whom
from desk.people import Role
from desk.record import Record
from desk.ticket import Level
from store.messages import NewMessage
from store.organisation import Organisation
from tests.activities.town import PEOPLE, SUMMARY, URL, Life, make_organisation, make_person, only
from tests.builders import NOW, NUMBER, make_notice

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def told(life: Life, town: Organisation | None = None) -> tuple[NewMessage, ...]:
    return messages_for(life.record, town or life.town, URL)


def to(messages: tuple[NewMessage, ...]) -> list[str]:
    return sorted(message.address for message in messages if message.address)


def noticed(life: Life, template: str, **changes: object) -> Record:
    """The record of the life with one notice about its first event instead of its own."""
    fields = {"template": template, "person": None, "group": life.ticket.group}
    notice = make_notice(life.record.events[0], **{**fields, **changes})
    return life.record.model_copy(update={"notices": (notice,)})


def test_the_requester_is_told_the_number_and_when_to_expect_what() -> None:
    message = only(told(Life(impact=Level.HIGH)))

    assert message.subject == f"[{NUMBER}] We have your report: {SUMMARY}"
    assert "Hello Rosa Muster," in message.body
    assert "We treat it as urgent (P2)." in message.body
    assert "You hear from us by Mon 2 Mar 2026, 10:30 (Europe/Berlin)." in message.body
    assert "solved by Mon 2 Mar 2026, 18:00 (Europe/Berlin)." in message.body
    assert f"{URL}/tickets/{NUMBER}" in message.body
    assert (message.address, message.state) == ("rosa@example.org", "queued")


def test_a_message_is_known_by_notice_and_person_and_dated_by_its_event() -> None:
    life = Life()
    message = only(told(life))

    assert message.key == f"{life.record.notices[0].key}/p-rosa"
    assert message.events == life.record.notices[0].events
    assert message.created_at == NOW
    assert message.correlation == "c-1"
    assert message.message_id.startswith(f"<{NUMBER}.")
    assert message.message_id.endswith("@desk.example.org>")
    assert told(life) == (message,)


def test_a_german_elsewhere_reads_german_and_their_own_time() -> None:
    town = make_organisation(make_person("p-rosa", language="de-AT", zone="America/New_York"))
    message = only(told(Life(impact=Level.HIGH), town))

    assert message.language == "de"
    assert message.subject == f"[{NUMBER}] Ihre Meldung ist da: {SUMMARY}"
    assert "Guten Tag Rosa Muster," in message.body
    assert "bis Mo., 2. März 2026, 04:30 Uhr (America/New_York)." in message.body


def test_a_language_without_texts_is_english() -> None:
    town = make_organisation(make_person("p-rosa", language="fr"))
    assert only(told(Life(), town)).language == "en"


def test_a_report_taken_by_an_agent_names_the_agent() -> None:
    assert "Finn Muster has reported this to us for you." in only(told(Life(by="p-finn"))).body


def test_a_public_comment_is_quoted_to_the_requester() -> None:
    life = Life().step("p-finn", "comment", text="Which floor?\n\nAnd <b>which</b> one?")
    message = only(told(life))

    assert message.subject == f"[{NUMBER}] Finn Muster has written to you: {SUMMARY}"
    assert "> Which floor?\n>\n> And <b>which</b> one?" in message.body
    assert "Mon 2 Mar 2026, 10:01 (Europe/Berlin)" in message.body


def test_an_internal_comment_is_told_to_no_requester() -> None:
    life = Life().step("p-finn", "comment", text="He is VIP, careful", internal=True)

    assert told(life) == ()
    assert messages_for(noticed(life, "comment", whom=Whom.REQUESTER), life.town, URL) == ()
    assert messages_for(noticed(life, "comment", person="p-rosa"), life.town, URL) == ()
    agent = only(messages_for(noticed(life, "comment", person="p-fay"), life.town, URL))
    assert "He is VIP, careful" in agent.body


def test_an_agent_who_reported_as_a_requester_is_told_as_one() -> None:
    life = Life(by="p-fay", requester="p-fay").step("p-finn", "comment", text="x", internal=True)

    assert messages_for(noticed(life, "comment", whom=Whom.REQUESTER), life.town, URL) == ()


def test_the_requesters_answer_goes_to_the_assignee() -> None:
    life = Life().step("p-fay", "accept").step("p-rosa", "comment", text="Third floor")
    message = only(told(life))

    assert message.person == "p-fay"
    assert message.language == "de"
    assert "> Third floor" in message.body
    assert "Von:           Rosa Muster (Northwind)" in message.body


@pytest.mark.parametrize("step", ["accept", "comment"])
def test_nobody_is_told_of_their_own_step(step: str) -> None:
    life = Life().step("p-fay", "accept")
    life.step("p-fay", "comment", text="done soon")

    assert messages_for(noticed(life, step, person="p-fay"), life.town, URL) == ()
    assert to(messages_for(noticed(life, "comment", whom=Whom.GROUP), life.town, URL)) == [
        "finn@example.org"
    ]


def test_who_is_assigned_by_another_is_told() -> None:
    life = Life().step("p-lena", "assign", assignee="p-finn")
    assert only(told(life)).subject == f"[{NUMBER}] For you: {SUMMARY}"
    assert told(Life().step("p-finn", "assign", assignee="p-finn")) == ()


def test_a_hand_off_goes_to_whoever_is_on_duty() -> None:
    life = Life().step("p-finn", "hand_off", line=2, reason="Needs the workshop")
    message = only(told(life.hand_off("p-sena")))

    assert message.person == "p-sena"
    assert "This ticket has come to Workplace from Service Desk." in message.body


def test_a_hand_off_without_a_duty_person_goes_to_the_whole_group() -> None:
    life = Life().step("p-finn", "hand_off", line=2, reason="x")
    life.step("p-sena", "hand_off", group="service-desk", reason="Not ours: it prints").hand_off(
        None
    )

    assert to(told(life)) == ["fay@example.org", "finn@example.org"]


def test_who_handed_a_ticket_off_and_why_is_told() -> None:
    life = Life().step("p-finn", "hand_off", line=2, reason="Needs the workshop")
    life.hand_off("p-sena", by="p-finn", reason="Needs the workshop")

    body = only(messages_for(life.record, life.town, URL)).body
    assert "Finn Muster wrote:\n\n> Needs the workshop" in body


def test_a_wait_for_the_requester_says_what_is_needed_and_until_when() -> None:
    wait = {"for": "requester", "reason": "Which printer?", "until": NOW + 3 * DAY}
    message = only(told(Life().step("p-finn", "wait", **wait)))

    assert message.subject.startswith(f"[{NUMBER}] We need your answer")
    assert "> Which printer?" in message.body
    assert "again on Thu 5 Mar 2026, 10:00 (Europe/Berlin)." in message.body


def test_a_resolution_asks_to_confirm_and_says_when_it_closes_by_itself() -> None:
    life = Life().step("p-finn", "resolve", code="fixed", text="A new drum")
    body = only(told(life)).body

    assert "> A new drum" in body
    assert '"confirm"' in body
    assert '"reopen"' in body
    assert "close it on Mon 9 Mar 2026, 10:01 (Europe/Berlin)." in body


def test_silence_brings_a_reminder_and_then_a_closed_ticket() -> None:
    life = Life().step("p-finn", "resolve", code="fixed", text="A new drum")
    reminder = only(told(life.wait(NOW + 3 * DAY)))
    closed = only(told(life.wait(NOW + 8 * DAY)))

    assert reminder.template == "confirm_reminder"
    assert "> A new drum" in reminder.body
    assert "nothing for 5 working days" in closed.body
    assert "Until Mon 23 Mar 2026, 10:01 (Europe/Berlin)" in closed.body


def test_a_time_that_is_over_is_not_promised_again() -> None:
    life = Life(impact=Level.HIGH)
    in_time = only(told(life.step("p-finn", "workaround", text="Use floor 2")))
    life.wait(NOW + 2 * DAY)
    too_late = only(told(life.step("p-finn", "workaround", text="Use floor 2")))

    assert "We expect to have it by\nMon 2 Mar 2026, 18:00 (Europe/Berlin)." in in_time.body
    assert "We expect to have it" not in too_late.body


def test_a_reopened_ticket_is_told_to_its_assignee() -> None:
    life = Life().step("p-finn", "accept")
    life.step("p-finn", "resolve", code="fixed", text="x").step("p-rosa", "reopen", reason="Blank!")

    assert only(told(life)).person == "p-finn"
    assert "Rosa Muster has reopened this:\n\n> Blank!" in only(told(life)).body


def test_who_has_a_ticket_is_told_that_its_wait_is_over() -> None:
    life = Life().step("p-finn", "accept")
    life.step("p-finn", "wait", **{"for": "vendor", "reason": "x", "until": NOW + DAY})
    life.wait(NOW + DAY)
    over = tuple(message for message in told(life) if message.template == "wait_over")

    assert only(over).person == "p-finn"
    assert "Please look at it again." in only(over).body


def test_a_resolution_is_told_with_its_words_though_it_was_reopened_before_the_record() -> None:
    life = Life().step("p-finn", "resolve", code="fixed", text="A new drum")
    resolved = life.record
    life.step("p-rosa", "reopen", reason="Blank!")
    late = life.record.model_copy(update={"events": resolved.events, "notices": resolved.notices})

    assert "> A new drum" in only(messages_for(late, life.town, URL)).body


def test_a_cancelled_ticket_is_told_to_the_other_side() -> None:
    by_agent = Life().step("p-finn", "cancel", reason="Twice reported")
    by_requester = Life().step("p-finn", "accept").step("p-rosa", "cancel", reason="Works")

    assert only(told(by_agent)).person == "p-rosa"
    assert only(told(by_requester)).person == "p-finn"


def test_all_rungs_passed_in_one_jump_are_one_message_a_person() -> None:
    life = Life(impact=Level.HIGH).wait(NOW + 3 * HOUR)
    messages = told(life)

    names = ("fay", "finn", "lena", "max", "sena")
    assert to(messages) == [f"{name}@example.org" for name in names]
    lena, sena = (next(m for m in messages if m.person == p) for p in ("p-lena", "p-sena"))
    assert lena.template == "escalation"
    assert lena.subject == f"[{NUMBER}] The time for the first answer is over: {SUMMARY}"
    assert "- 75 % of the time for the first answer was used." in lena.body
    assert "It has been handed on to Workplace." in lena.body
    assert "This notice comes 2 hours 37 minutes late." in lena.body
    assert sena.subject == f"[{NUMBER}] The time for the first answer is over: {SUMMARY}"
    first, second = sena.body.index("(reminder 1)"), sena.body.index("(reminder 2)")
    assert first < second
    assert len(sena.events) == 2


def test_a_later_record_with_one_more_escalation_makes_another_message() -> None:
    life = Life(impact=Level.HIGH).wait(NOW + 2 * HOUR)
    before = {message.key for message in told(life) if message.person == "p-sena"}
    events, notices = life.record.events, life.record.notices
    life.wait(NOW + 3 * HOUR)
    both = life.record.model_copy(
        update={
            "events": (*events, *life.record.events),
            "notices": (*notices, *life.record.notices),
        }
    )
    after = {m.key for m in messages_for(both, life.town, URL) if m.person == "p-sena"}

    assert len(before) == len(after) == 1
    assert not before & after


def test_less_than_a_minute_late_is_not_late() -> None:
    life = Life(impact=Level.HIGH).wait(NOW + 15 * MINUTE + timedelta(seconds=59))
    messages = told(life)

    assert {"late" in message.body for message in messages} == {False}
    half = "50 % of the time for the first answer is used"
    assert {message.subject for message in messages if message.language == "en"} == {
        f"[{NUMBER}] {half}: {SUMMARY}"
    }
    assert f"- {half}.\n  It is due Mon 2 Mar 2026, 10:30 (Europe/Berlin)." in messages[-1].body


def test_no_mail_of_the_desk_speaks_of_ladders_and_rungs() -> None:
    for message in told(Life(impact=Level.HIGH).wait(NOW + 3 * DAY)):
        assert not {"ladder", "rung"} & set(message.body.lower().split())


def test_an_escalation_to_the_requester_shows_nothing_of_the_desk() -> None:
    life = Life(impact=Level.HIGH).wait(NOW + 15 * MINUTE)
    record = noticed(life, "escalation", whom=Whom.REQUESTER)
    message = only(messages_for(record, life.town, URL))

    assert message.person == "p-rosa"
    assert "Service Desk" not in message.body
    assert "50 % of the time for the first answer is used." in message.body


def test_a_requester_is_told_of_each_missed_target_once_and_not_of_our_reminders() -> None:
    life = Life(impact=Level.HIGH).wait(NOW + 2 * DAY)
    asked = [n.model_copy(update={"whom": Whom.REQUESTER}) for n in life.record.notices]
    record = life.record.model_copy(update={"notices": tuple(asked)})
    message = only(messages_for(record, life.town, URL))

    assert message.subject == f"[{NUMBER}] We are late: {SUMMARY}"
    assert message.body.count("The time for the first answer is over.") == 1
    assert message.body.count("The time for the solution is over.") == 1
    assert "reminder" not in message.body


def test_a_notice_that_nobody_can_get_says_so() -> None:
    life = Life().step("p-finn", "hand_off", line=2, reason="x")
    nobody = make_organisation(*[p.model_copy(update={"active": False}) for p in PEOPLE])
    message = only(told(life.hand_off(None), nobody))

    assert (message.state, message.person, message.address) == ("nobody", None, None)
    assert message.key == f"{life.record.notices[0].key}/-"
    assert "the person on duty (Workplace)" in message.body


def test_a_confidential_ticket_is_told_only_to_who_may_see_it() -> None:
    life = Life(impact=Level.HIGH, confidential=True).wait(NOW + 3 * HOUR)
    keys = {(m.person, m.state) for m in told(life)}

    assert ("p-lena", "queued") not in keys
    assert ("p-max", "queued") in keys
    assert (None, "nobody") in keys


def test_a_person_who_is_gone_is_told_nothing_by_name() -> None:
    life = Life().step("p-lena", "assign", assignee="p-gone")
    assert only(told(life)).state == "nobody"


def test_the_same_person_as_lead_and_manager_gets_one_message() -> None:
    town = make_organisation(make_person("p-lena", Role.LEAD, manager="p-lena"))
    messages = told(Life(impact=Level.HIGH).wait(NOW + 31 * MINUTE), town)

    assert [message.person for message in messages].count("p-lena") == 1
