"""Why a ticket follows another: what a person did there, or why both cannot go together."""

from desk.events import Event
from desk.grounds import Grounds, Known, Texts
from desk.reason import Why, dues, reason_of
from desk.related_events import (
    Absorbed,
    Heard,
    Linked,
    Released,
    ResolvedWith,
    SplitOff,
    Unheard,
    Unlinked,
)
from desk.related_events import Why as Because

BECAUSE: dict[Because, str] = {
    "merged": "it is merged into another itself",
    "over": "it is resolved or over",
    "kind": "it is no incident",
    "customer": "it is of another customer",
    "confidential": "one of both is confidential, the other is not",
    "full": "it has as many links as it may have",
    "given": "it is moved in from elsewhere",
    "ring": "one would be above and below the other",
    "parent": "it has a parent already",
    "not_tied": "it does not go with that one, or not any more",
    "gone": "it has ended for good, or there is none",
}
WORDS = {
    "tied": ("link", "a person linked it"),
    "merged": ("merge", "a person merged it into this one"),
    "resolved": ("resolve", "it was resolved, and what goes with it"),
    "reopened": ("reopen", "it was reopened"),
    "wrote": ("comment", "its requester wrote there"),
    "below": ("link", "a ticket came below this one"),
}


def why_related(event: Event, known: Known, grounds: Grounds) -> Why | None:
    """The reason of what another ticket brought about here; None for anything else."""
    match event.what:
        case Linked(kind=kind, other=other):
            facts = {"other": other, "kind": kind.value}
            return reason_of(known, "step.link", facts, f"a person linked {other}, there")
        case Unlinked() as what:
            return _unlinked(what, known)
        case Absorbed(other=other):
            words = f"a person merged {other} into this one"
            return reason_of(known, "step.merge", {"other": other}, words)
        case Released(other=other):
            return reason_of(known, "step.split", {"other": other}, f"{other} goes on by itself")
        case ResolvedWith(other=other, code=code):
            words = f"{other}, which it goes with, was resolved"
            return reason_of(known, "step.resolve", {"other": other, "code": code}, words)
        case SplitOff() as what:
            return _split_off(event, what, known, grounds)
        case Heard() as what:
            return _heard(what, known)
        case Unheard(other=other, word=word):
            facts = {"other": other, "word": word}
            return reason_of(known, "step.link", facts, f"{other}: {BECAUSE['gone']}")
        case _:
            return None


def _unlinked(what: Unlinked, known: Known) -> Why:
    facts = {"other": what.other, "kind": what.kind.value}
    if what.refused is None:
        return reason_of(known, "step.unlink", facts, f"a person took the link off {what.other}")
    words = f"{what.other} cannot have the link: {BECAUSE[what.refused]}"
    return reason_of(known, "step.link", {**facts, "because": what.refused}, words)


def _split_off(event: Event, what: SplitOff, known: Known, grounds: Grounds) -> Why:
    promises = grounds.promises(event.at)
    facts: Texts = {"other": what.other, "because": what.because, **promises}
    match what.because:
        case "person":
            words = f"a person split it off {what.other}"
        case "ended":
            words = f"{what.other} came to no result"
        case because:
            words = f"{what.other} cannot take it along: {BECAUSE[because]}"
    return reason_of(known, "step.split", facts, words + dues(promises))


def _heard(what: Heard, known: Known) -> Why:
    step, told = WORDS[what.word]
    facts = {"other": what.other, "word": what.word}
    words = f"news of {what.other}: {told}"
    if what.because is not None:
        facts["because"] = what.because
        words += f"; not here: {BECAUSE[what.because]}"
    return reason_of(known, f"step.{step}", facts, words)
