"""`python -m audit.gate`: does this code still play every life that a released version lived?

It replays the committed histories, and says what to do when one comes out otherwise.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator
from itertools import zip_longest

from audit.evidence import Evidence
from audit.fingerprints import (
    FINGERPRINTS,
    ROOT,
    Fingerprint,
    Fingerprints,
    cases,
    fingerprint,
    release_of_checkout,
    releases,
)
from audit.replay import replayed
from audit.where import where

SHOWN = 5
AT_MOST = 120
"""Seconds for the replay of all there is."""
GUIDE = "docs/changing-a-process.md"
BROKEN = f"""
What to do. Tickets that run now lived like this, and would break. Give the old way back to them,
and the new one to those that come to this place later, in workflows/:

    if workflow.patched("what-you-change"):
        ...  # the new way
    else:
        ...  # the way it was: nothing in it may change

Something that desk/ works out otherwise needs the same, where workflows/ asks for it. Rules in
policies/ travel with each ticket: when you changed only those, this is not their fault.
{GUIDE} shows it step by step."""
NO_HISTORIES = f"""
What to do. Keep the lives of this version, beside those of the others:

    python -m tests.replay.make
    python -m audit.gate --write

and commit both. {GUIDE} says more."""
OUT_OF_STEP = f"""
What to do. Never edit a history, nor make those of a released version anew: they are what
{FINGERPRINTS.relative_to(ROOT)} says. When you made those of the coming version anew on purpose:

    python -m audit.gate --write

and name in the commit what became other, and by which patch. {GUIDE} says more."""


async def broken(evidences: dict[str, Evidence]) -> list[str]:
    """Which of these lives come out otherwise with this code, and where first, in words."""

    async def each() -> AsyncIterator[Evidence]:
        for name, evidence in evidences.items():
            yield evidence._replace(number=name)

    wrong: list[str] = []
    try:
        async with asyncio.timeout(AT_MOST):
            async for lived in replayed(each()):
                life = evidences[lived.number]
                wrong += [f"{lived.number}: {where(life, words)}" for words in lived.wrong[:1]]
    except TimeoutError:
        wrong.append(f"a replay does not come to an end within {AT_MOST} s")
    return wrong


def out_of_step(known: Fingerprints, found: Fingerprints) -> list[str]:
    """Where the histories are not those of the fingerprints, in words."""
    wrong: list[str] = []
    for release in sorted({*known, *found}):
        before, now = known.get(release, {}), found.get(release, {})
        for case in sorted({*before, *now}):
            name = f"{release}/{case}"
            if case not in now:
                wrong.append(f"{name}: its history is gone")
            elif case not in before:
                wrong.append(f"{name}: it has no fingerprint")
            elif words := difference(before[case], now[case]):
                wrong.append(f"{name}: {words}")
    return wrong


def difference(known: Fingerprint, found: Fingerprint) -> str | None:
    """The first task, or else the first state, in which two lives of a case differ."""
    for nth, (was, now) in enumerate(zip_longest(known.commands, found.commands), start=1):
        if was != now:
            return f"task {nth} asks for [{now or 'nothing'}], and did for [{was or 'nothing'}]"
    for nth, (was, now) in enumerate(zip_longest(known.states, found.states), start=1):
        if was != now:
            return f"record {nth} is of another state: {now or 'none'}, and was {was or 'none'}"
    return None


def read_fingerprints() -> Fingerprints:
    """What is committed; nothing when there is no file yet."""
    if not FINGERPRINTS.exists():
        return {}
    told = json.loads(FINGERPRINTS.read_text())
    return {
        release: {case: Fingerprint.model_validate(one) for case, one in of_release.items()}
        for release, of_release in told.items()
    }


def write_fingerprints(found: Fingerprints) -> None:
    """Put down what the histories tell now."""
    told = {
        release: {case: one.model_dump(mode="json") for case, one in of_release.items()}
        for release, of_release in found.items()
    }
    FINGERPRINTS.write_text(json.dumps(told, indent=1) + "\n")


def _report(wrong: list[str], what: str, advice: str) -> int:
    print(f"{len(wrong)} {what}. The first:", file=sys.stderr)
    for words in wrong[:SHOWN]:
        print(f"  {words}", file=sys.stderr)
    if len(wrong) > SHOWN:
        print(f"  ... and {len(wrong) - SHOWN} more", file=sys.stderr)
    print(advice, file=sys.stderr)
    return 1


def check(write: bool) -> int:
    """0 when all is well; else says what is not, and what to do."""
    evidences = {
        release: {evidence.number: evidence for evidence in cases(release)}
        for release in releases()
    }
    found = {
        release: {case: fingerprint(evidence) for case, evidence in of_release.items()}
        for release, of_release in evidences.items()
    }
    coming = release_of_checkout()
    if coming not in found:
        missing = [f"tests/replay/histories/{coming}/ is empty"]
        return _report(missing, "release has no histories", NO_HISTORIES)
    lives = {
        f"{release}/{case}": evidence
        for release, of_release in evidences.items()
        for case, evidence in of_release.items()
    }
    if wrong := asyncio.run(broken(lives)):
        return _report(wrong, f"of {len(lives)} lives come out otherwise with this code", BROKEN)
    if write:
        write_fingerprints(found)
    if wrong := out_of_step(read_fingerprints(), found):
        return _report(wrong, "histories are not those of the fingerprints", OUT_OF_STEP)
    print(f"tests/replay/: {len(lives)} lives of {', '.join(found)} play as they were lived")
    return 0


def _silence() -> None:
    """What is logged of a replay that fails is said here in words."""
    logging.disable()


def main() -> int:
    """Check, and with --write put down the fingerprints first."""
    parser = argparse.ArgumentParser(prog="audit.gate", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put down the fingerprints anew")
    _silence()
    try:
        return check(parser.parse_args().write)
    except ValueError as error:
        print(f"tests/replay/: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    from embedded.finish import finish

    finish(main())
