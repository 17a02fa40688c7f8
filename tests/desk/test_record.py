"""What the store is handed: canonical JSON, digests that prove it, and the view of a ticket."""

import hashlib
import json
from datetime import timedelta
from typing import get_args

import pytest

from desk.apply import note_refusal
from desk.change import Change
from desk.events import Event, HandedOff, Opened, Refused, What
from desk.record import canonical, digest, terms_digest
from desk.ticket import Facts, Ticket
from desk.view import View, view
from tests.desk.lives import (
    FINN,
    LINKED,
    OF_INCIDENTS,
    PIA,
    ROSA,
    RULES,
    Life,
    at,
    make_rules,
    make_step,
)


def eventful() -> Life:
    """A life with nearly every kind of event."""
    life = Life("03-02 09:00").take("03-02 09:10", "comment").take("03-02 09:20", "comment", ROSA)
    life.take("03-02 09:30", "classify", impact="high", urgency="medium")
    life.take("03-02 09:40", "wait", until=at("03-03 09:00")).live_until("03-05 12:00")
    life.take("03-05 12:00", "adopt", PIA, rules=make_rules(policy_version="v2"))
    life.take("03-05 13:00", "hand_off", line=1).take("03-05 13:10", "accept")
    life.take("03-05 13:20", "wait").take("03-05 13:30", "hand_off", line=3)
    life.take("03-05 14:00", "resolve").take("03-05 15:00", "comment", ROSA)
    return life.live_until("05-01 12:00")


def test_a_life_travels_as_json_without_change() -> None:
    life = eventful()
    assert Ticket.model_validate_json(canonical(life.ticket)) == life.ticket
    for event in life.events:
        assert Event.model_validate_json(canonical(event)) == event
        assert canonical(Event.model_validate_json(canonical(event))) == canonical(event)


def test_canonical_json_is_sorted_and_compact_and_keeps_every_language() -> None:
    life = Life("03-02 09:00", summary="Größe 😀")
    text = canonical(life.ticket).decode()
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert "Größe 😀" in text
    assert '": ' not in text
    assert '", "' not in text


def test_a_digest_is_over_the_ticket_and_each_event() -> None:
    life = Life("03-02 09:00")
    lines = [canonical(life.ticket), *map(canonical, life.events)]
    expected = hashlib.sha256(b"\n".join(lines)).hexdigest()
    assert digest(life.ticket, tuple(life.events)) == expected


def test_whatever_changes_the_digest_changes() -> None:
    life = Life("03-02 09:00")
    events = tuple(life.events)
    digests = {
        digest(life.ticket, events),
        digest(life.ticket, events[:-1]),
        digest(life.ticket, events[::-1]),
        digest(life.ticket.model_copy(update={"summary": "other"}), events),
        digest(life.ticket, (events[0].model_copy(update={"actor": "p-omar"}), *events[1:])),
    }
    assert len(digests) == 5


def test_terms_are_named_by_their_content() -> None:
    assert terms_digest(RULES) == terms_digest(make_rules())
    assert terms_digest(RULES) != terms_digest(make_rules(policy_version="v2"))


def test_the_view_has_every_fact_and_nothing_of_the_inside() -> None:
    life = Life("03-02 09:00")
    seen = view(life.ticket, RULES.calendars)
    assert set(View.model_fields) == {*Facts.model_fields, "clocks"}
    for name in Facts.model_fields:
        assert getattr(seen, name) == getattr(life.ticket, name)
    assert View.model_validate_json(seen.model_dump_json()) == seen


def test_the_view_shows_each_clock_and_when_it_is_due() -> None:
    life = Life("03-02 09:00").take("03-02 09:30", "accept").take("03-02 10:00", "wait")
    clocks = {clock.target: clock for clock in view(life.ticket, RULES.calendars).clocks}
    assert (clocks["response"].state, clocks["response"].due) == ("met", at("03-02 11:00"))
    assert (clocks["resolution"].state, clocks["resolution"].due) == ("paused", None)
    assert (clocks["ola_1"].group, clocks["ola_1"].length) == ("service-desk", timedelta(hours=4))


def test_the_view_shows_since_when_a_target_is_missed() -> None:
    life = Life("03-02 09:00").live_until("03-02 12:00")
    clocks = {clock.target: clock for clock in view(life.ticket, RULES.calendars).clocks}
    assert (clocks["response"].state, clocks["response"].breached_at) == (
        "breached", at("03-02 11:00"),
    )  # fmt: skip


def test_a_refused_step_of_a_machine_is_an_event_and_nothing_else() -> None:
    life = Life("03-02 09:00")
    taken = make_step("confirm", id="s1", via="monitoring", correlation="c-7")
    outcome = note_refusal(life.ticket, RULES, taken, "not possible now", at("03-02 09:30"))
    (event,) = outcome.events
    assert event.what == Refused(step="confirm", reason="not possible now")
    assert (event.version, event.index, event.internal, event.via) == (1, 3, True, "monitoring")
    changed = {"index": 4, "last_at": at("03-02 09:30")}
    assert outcome.ticket == life.ticket.model_copy(update=changed)
    assert outcome.notices == ()


def test_a_refusal_can_be_traced_to_what_caused_it() -> None:
    life = Life("03-02 09:00")
    taken = make_step("confirm", id="s1", correlation="c-7")
    outcome = note_refusal(life.ticket, RULES, taken, "not possible now", at("03-02 09:30"))
    assert outcome.events[0].correlation == "c-7"


def test_news_from_outside_stay_in_the_version_and_come_after_what_is_there() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "hand_off", group="network-2")
    news = Change(life.ticket, RULES, "u9-handed-off", at("03-02 09:11"), same_version=True)
    news.note(HandedOff(group="network-2", duty="p-sena"), internal=True)
    ticket, (event,), _, _ = news.outcome()
    assert (ticket.version, event.version, event.index) == (2, 2, 2)
    after = life.events[-1]
    assert (after.version, after.index) < (event.version, event.index)


def test_news_that_are_older_than_the_ticket_do_not_set_it_back() -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    news = Change(life.ticket, RULES, "u9", at("03-02 09:05"), same_version=True)
    news.note(HandedOff(group="service-desk", duty=None), internal=True)
    assert news.outcome().ticket.last_at == at("03-02 09:10")


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    kinds = get_args(get_args(What)[0])
    names = [kind.model_fields["event"].default for kind in kinds]
    assert len(set(names)) == len(kinds)
    assert Opened in kinds


@pytest.mark.parametrize("step", [step for step in OF_INCIDENTS if step != "become"])
def test_a_notice_names_the_event_that_it_tells_of(step: str) -> None:
    life = Life("03-02 09:00").take("03-02 09:10", "accept")
    earlier = {"resume": "wait", "confirm": "resolve", "reopen": "resolve", "split": "merge"}
    asked = dict.fromkeys(("tell_vendor", "vendor_reply", "recall"), "hand_to_vendor")
    before = {**earlier, **asked}.get(step)
    if before is not None:
        life.take("03-02 09:20", before)
    if step == "unlink":
        life.take("03-02 09:20", "link", ticket=LINKED.ticket)
    by = {"confirm": ROSA, "adopt": PIA, "accept": FINN}.get(step, FINN)
    if step == "accept":
        life.take("03-02 09:25", "assign")
    life.take("03-02 09:30", step, by)
    ids = {event.id for event in life.events}
    assert all(set(note.events) <= ids and note.events for note in life.notices)
    assert all((note.whom is None) != (note.person is None) for note in life.notices)
    assert len({note.key for note in life.notices}) == len(life.notices)
