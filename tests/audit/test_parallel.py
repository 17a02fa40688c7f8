"""Replay in processes: each ticket gets one verdict, whatever becomes of a process."""

import multiprocessing
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from audit import parallel
from audit.evidence import Evidence
from audit.fingerprints import cases, release_of_checkout
from audit.parallel import Bundle, Verdict, verdicts
from tests.patience import until

DEADLY = "INC-DEADLY"


def replay_or_die(bundles: list[Bundle]) -> list[Verdict]:
    """Replays in earnest, in a process that one of the tickets ends."""
    if any(number == DEADLY for number, _ in bundles):
        os._exit(9)
    return parallel._replay(bundles)


async def named(*numbers: str) -> AsyncIterator[Evidence]:
    """The same short life under several numbers."""
    (life,) = [one for one in cases(release_of_checkout()) if one.number == "cancelled"]
    for number in numbers:
        yield life._replace(number=number)


async def test_each_ticket_gets_its_verdict_though_one_ends_its_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("audit.parallel.CHUNK", 1)
    monkeypatch.setattr("audit.parallel._replay", replay_or_die)
    numbers = ["INC-1", "INC-2", DEADLY, *(f"INC-{n}" for n in range(3, 12))]
    found = [verdict async for verdict in verdicts(named(*numbers), 2)]
    assert sorted(verdict.number for verdict in found) == sorted(numbers)
    wrong = {verdict.number: verdict.differs for verdict in found if verdict.differs}
    assert wrong == {DEADLY: ("its replay ended the process",)}
    assert {verdict.events for verdict in found} == {0, 30}


async def test_no_ticket_is_no_verdict() -> None:
    assert [verdict async for verdict in verdicts(named(), 2)] == []


def replay_for_long(bundles: list[Bundle]) -> list[Verdict]:
    """Answers for the first at once, and for others when the test is long over."""
    if not any(number == "INC-1" for number, _ in bundles):
        time.sleep(300)
    return parallel._replay(bundles)


async def test_who_asks_no_more_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.parallel.CHUNK", 1)
    monkeypatch.setattr("audit.parallel._replay", replay_for_long)
    before = set(multiprocessing.active_children())
    asked = verdicts(named("INC-1", "INC-2", "INC-3"), 2)
    assert isinstance(asked, AsyncGenerator)
    assert (await anext(asked)).number == "INC-1"
    await asked.aclose()
    until(lambda: not set(multiprocessing.active_children()) - before, 10)
