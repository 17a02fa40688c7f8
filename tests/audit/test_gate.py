"""The gate: what makes it red, what it says then, and that its lives are what they are called."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from audit import gate
from audit.evidence import Evidence
from audit.fingerprints import HISTORIES, cases, fingerprint, release_of_checkout
from audit.replay import Lived, replayed
from audit.where import exact, reason, where
from desk.events import Event, WaitOver
from tests.audit.test_replay import other_digest

RELEASE = release_of_checkout()
WENT = {
    "plain": {"opened", "step", "retired"},
    "three_lines_by_people": {"handed_off", "retired"},
    "three_lines_by_rungs": {"breached", "rung_fired", "handed_off", "retired"},
    "wait_answered": {"wait_over because answer"},
    "wait_until_a_date": {"wait_over because date"},
    "wait_ended_by_hand_off": {"wait_over because hand_off"},
    "reopened": {"retired"},
    "cancelled": {"step"},
    "closed_by_silence": {"confirmation_asked", "closed_by_silence", "retired"},
    "other_priority": {"prioritised"},
    "adopted": {"adopted"},
    "given_clock": {"breached", "rung_fired", "retired"},
    "given_clock_refused": {"closed_by_silence", "retired"},
    "told_by_a_machine": {"refused", "retired"},
    "record_behind": {"handed_off", "retired"},
    "several_runs": {"wait_over because date", "handed_off", "retired"},
    "in_its_second_run": {"retired"},
    "order_by_itself": {"ordered", "task_opened", "task_ended", "fulfilled", "retired"},
    "order_of_many_groups": {"approval_asked", "approval_ended", "task_ended", "retired"},
    "order_taken_back": {"approval_ended", "task_opened", "task_ended"},
    "order_withdrawn": {"approval_ended", "task_ended"},
    "order_refused_by_a_machine": {"task_ended", "fulfilled", "retired"},
    "order_rejected": {"approval_asked", "approval_ended"},
    "order_timed_out": {"breached", "approval_ended"},
    "order_escalated": {"breached", "rung_fired", "fulfilled", "retired"},
    "merged_and_resolved": {"merged", "resolved_with", "retired"},
    "merged_into_it": {"absorbed", "heard", "retired"},
    "split_by_hand": {"merged", "split_off", "retired"},
    "split_as_the_other_was_cancelled": {"merged", "split_off", "retired"},
    "split_as_the_other_has_ended": {"unheard", "split_off", "retired"},
    "refused_by_the_other": {"merged", "split_off", "retired"},
    "parent_of_two": {"linked", "retired"},
    "child_of_one": {"resolved_with", "heard", "retired"},
    "order_asked_and_amended": {"wait_over because answer", "ordered", "fulfilled"},
    "vendor_answered": {"with_vendor", "rung_fired", "vendor_ended", "wait_over because vendor"},
    "vendor_recalled": {"with_vendor", "vendor_ended", "prioritised", "retired"},
    "vendor_gave_no_answer": {"breached", "rung_fired", "vendor_ended", "wait_over because vendor"},
    "vendor_by_webhook": {"with_vendor", "vendor_ended", "retired"},
    "order_with_a_vendor": {"with_vendor", "vendor_ended", "task_ended"},
    "order_decided_by_a_deputy": {"approval_ended", "task_ended"},
    "order_left_unanswered": {"unanswered", "wait_over because silence", "approval_ended"},
    "incident_became_an_order": {"became", "ordered", "fulfilled", "retired"},
    "order_became_an_incident": {"became", "approval_ended", "retired"},
    "there_and_back_again": {"became", "ordered", "fulfilled", "retired"},
    "complaint_upheld": {"wait_over because answer", "retired"},
    "complaint_withdrawn": {"breached", "rung_fired", "step"},
    "complaint_closed_by_silence": {"breached", "rung_fired", "closed_by_silence", "retired"},
}
"""What happened on the path of a case, besides what happens on every path."""
RUNS = {
    "several_runs": 2,
    "in_its_second_run": 2,
    "incident_became_an_order": 2,
    "order_became_an_incident": 2,
    "there_and_back_again": 3,
}
NO_TICKETS = {"archive", "archive_sweep", "replays", "number_taken"}


@pytest.fixture(scope="module")
def lives() -> dict[str, Evidence]:
    return {evidence.number: evidence for evidence in cases(RELEASE)}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The gate looks at copies: of two short lives, and of their fingerprints."""
    folder = tmp_path / "histories" / RELEASE
    folder.mkdir(parents=True)
    for name in ("cancelled", "archive"):
        shutil.copy(HISTORIES / RELEASE / f"{name}.1.json", folder)
    monkeypatch.setattr("audit.fingerprints.ROOT", tmp_path)
    monkeypatch.setattr("audit.fingerprints.HISTORIES", folder.parent)
    monkeypatch.setattr("audit.gate.release_of_checkout", lambda: RELEASE)
    monkeypatch.setattr("audit.gate.FINGERPRINTS", tmp_path / "fingerprints.json")
    return folder


def kinds(events: list[Event]) -> set[str]:
    """What happened; of a wait that is over also why."""
    return {event.what.event for event in events} | {
        f"wait_over because {event.what.because}"
        for event in events
        if isinstance(event.what, WaitOver)
    }


async def test_every_life_plays_and_went_the_way_that_its_name_says(
    lives: dict[str, Evidence],
) -> None:
    assert set(lives) == set(WENT) | NO_TICKETS
    found: dict[str, Lived] = {}

    async def each() -> AsyncIterator[Evidence]:
        for evidence in lives.values():
            yield evidence

    async for lived in replayed(each()):
        found[lived.number] = lived
    assert {name: lived.wrong for name, lived in found.items() if lived.wrong} == {}
    missing = {name: went - kinds(found[name].events) for name, went in WENT.items()}
    assert {name: kinds for name, kinds in missing.items() if kinds} == {}
    for name, evidence in lives.items():
        assert len(evidence.histories) == RUNS.get(name, 1)
    assert "record_ticket" in "; ".join(fingerprint(lives["record_behind"]).commands).split("; ")
    assert fingerprint(lives["number_taken"]).commands[-1].endswith("fail")


def test_no_life_tells_of_the_machine_that_it_was_lived_on() -> None:
    for path in (HISTORIES / RELEASE).glob("*.json"):
        told = json.loads(path.read_text())
        assert told["events"]
        known = {name.partition("-")[0] for name in _identities(told)}
        # The engine's own history service brings what one ticket tells another.
        assert known <= {"demonstration", "history"}, path.name


def _identities(told: object) -> Iterator[str]:
    if isinstance(told, dict):
        if isinstance(told.get("identity"), str):
            yield told["identity"]
        for part in told.values():
            yield from _identities(part)
    elif isinstance(told, list):
        for part in told:
            yield from _identities(part)


async def test_runs_of_another_length_break_tickets(
    lives: dict[str, Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.ticket.STEPS_A_RUN", 200)
    [said] = await gate.broken({"in_its_second_run": lives["in_its_second_run"]})
    assert said.startswith("in_its_second_run: task 20")
    assert "of run 1 asked for [accept take; " in said
    assert "and now does not (other commands at " in said


async def test_another_state_breaks_tickets(lives: dict[str, Evidence]) -> None:
    life = lives["cancelled"]
    text = other_digest(life.histories[0])
    altered = Evidence("cancelled", (type(life.histories[0]).from_json("cancelled", text),))
    [said] = await gate.broken({"cancelled": altered})
    assert said == (
        "cancelled: another state at version 1, after 1.0 opened, 1.1 prioritised, 1.2 routed"
    )
    words = gate.difference(fingerprint(life), fingerprint(altered))
    assert words is not None
    assert words.startswith("record 1 is of another state: x")


def test_a_life_that_is_edited_lost_or_new_is_out_of_step(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate.check(write=True) == 0
    assert f"2 lives of {RELEASE} play as they were lived" in capsys.readouterr().out
    shutil.copy(HISTORIES / RELEASE / "number_taken.1.json", copied)
    (copied / "archive.1.json").rename(copied / "plain.1.json")
    assert gate.check(write=False) == 1
    said = capsys.readouterr().err
    assert f"{RELEASE}/archive: its history is gone" in said
    assert f"{RELEASE}/number_taken: it has no fingerprint" in said
    assert "python -m audit.gate --write" in said
    assert gate.check(write=True) == 0
    (copied / "plain.1.json").write_text((copied / "cancelled.1.json").read_text())
    assert gate.check(write=False) == 1
    assert "/plain: task 1 asks for [accept opened; " in capsys.readouterr().err


def test_a_release_without_lives_is_told_how_to_get_them(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(copied)
    assert gate.check(write=False) == 1
    assert "python -m tests.replay.make" in capsys.readouterr().err


def test_a_file_that_is_no_history_is_named(copied: Path) -> None:
    (copied / "cancelled.1.json").write_text('{"events": [{"eventId": "one"}]}')
    with pytest.raises(ValueError, match=r"cancelled\.1\.json is no history"):
        gate.check(write=False)


def test_each_way_of_the_engine_to_name_an_event_is_understood(lives: dict[str, Evidence]) -> None:
    short = "Nondeterminism error: No command scheduled for event HistoryEvent(id: 8, TimerStarted)"
    full = (
        "[TMPRL1100] Nondeterminism error: Child workflow machine does not handle this event: "
        "HistoryEvent { event_id: 8, event_time: Some(Timestamp {}), event_type: TimerStarted"
    )
    put = "run 1: other commands: event 8 of the history, TimerStarted, does not follow: So."
    assert reason(short) == "other commands at TimerStarted: No command scheduled for event"
    assert reason(full).endswith("TimerStarted: Child workflow machine does not handle this event")
    assert reason(put) == "other commands at TimerStarted: So."
    for words in (short, full, put):
        assert where(lives["cancelled"], words).startswith("task 1 asked for [accept opened; ")
    state = "run 2: another state at version 12, after 12.0 step"
    assert reason(state) == "another state at a version, after step"
    bare = "[TMPRL1100] Nondeterminism error: Missing associated machine for LocalActivity(6)"
    machine = "other commands: Missing associated machine for LocalActivity"
    assert reason(bare) == machine
    assert exact(bare) == exact(f"run 3: {bare}") == f"{machine}(6)"
    assert exact(put) == reason(put)
    assert where(lives["cancelled"], bare) == f"{machine}(6)"


def test_a_replay_that_never_ends_is_told(
    lives: dict[str, Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.gate.AT_MOST", 0)
    said = asyncio.run(gate.broken({"cancelled": lives["cancelled"]}))
    assert said == ["a replay does not come to an end within 0 s"]
