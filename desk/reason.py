"""A reason: the rule of which policy version a machine decided by, and from what facts."""

from desk.grounds import Known, Texts, told
from desk.model import Frozen

YES, NO = "yes", "no"


class Why(Frozen):
    """The reason of an event, with people as ids and never by name.

    `rule` is a path into the rules of `policy_version` as `GET /policy` shows them; where it
    begins with `step` or `organisation`, what a person said or who is on duty decided.
    """

    rule: str
    policy_version: str
    facts: dict[str, str]
    words: str


def reason_of(known: Known, rule: str, facts: Texts, words: str, version: str | None = None) -> Why:
    """A reason by the rules that were in force, unless another version is named."""
    return Why(rule=rule, policy_version=version or known.version, facts=facts, words=words)


def dues(promises: Texts) -> str:
    """The promises in words, each behind a semicolon."""
    due = [(n.removesuffix("_due"), t) for n, t in promises.items() if n.endswith("_due")]
    return "".join(
        f"; {name} is {'paused' if text == 'paused' else f'due {told(text)} ({promises[name]})'}"
        for name, text in due
    )
