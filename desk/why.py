"""Why a machine decided as it did: the rule of which policy version, and from what facts.

Nothing of this is kept: it follows from the events, the ticket's clocks and the rules.
"""

from collections.abc import Iterable
from datetime import timedelta

from desk.events import (
    Adopted,
    Breached,
    Called,
    ClosedBySilence,
    ConfirmationAsked,
    Event,
    HandedOff,
    Prioritised,
    Refused,
    Retired,
    Routed,
    RungFired,
    StepTaken,
    WaitOver,
)
from desk.explain import duration
from desk.grounds import Grounds, Known, Texts, said, told
from desk.ladder import Action, Call, Tell
from desk.reason import NO, YES, dues, reason_of
from desk.reason import Why as Why
from desk.related_steps import Merge
from desk.steps import Amend, Ask, HandOff, Step
from desk.vendor import actor_of, of_clock
from desk.vendor_steps import HandToVendor
from desk.why_orders import rule_of, timed_out, why_ordered
from desk.why_relations import why_related
from desk.why_vendors import rule_of_contract, why_vendor


def why(event: Event, before: Iterable[Event], grounds: Grounds) -> Why | None:
    """Why the event happened, `before` being all earlier ones; None where no machine decided.

    Clocks are told as they stood at the end of the event's instant.
    """
    return _why(event, Known(before), grounds.when(event))


def whys(events: Iterable[Event], before: Iterable[Event], grounds: Grounds) -> list[Why | None]:
    """The same for events that follow each other, and `before` them."""
    known, found = Known(before), []
    for event in events:
        found.append(_why(event, known, grounds.when(event)))
        known.learn(event)
    return found


def _why(event: Event, known: Known, grounds: Grounds) -> Why | None:
    match event.what:
        case StepTaken(step=step):
            return _step(event, step, known, grounds)
        case Prioritised() as what:
            return _prioritised(event, what, known, grounds)
        case Routed() as what:
            return why_ordered(event, known, grounds) or _routed(what, known, grounds)
        case Breached() as what:
            return _breached(event, what, known, grounds)
        case RungFired() as what:
            return _fired(what)
        case Adopted() as what:
            return _adopted(event, what, known, grounds)
        case WaitOver() as what:
            return _wait_over(event, what, known, grounds)
        case _:
            found = _outside(event, known) or _ended(event, known, grounds)
            found = found or why_related(event, known, grounds)
            found = found or why_vendor(event, known)
            return found or why_ordered(event, known, grounds)


def _outside(event: Event, known: Known) -> Why | None:
    match event.what:
        case HandedOff(group=group, duty=duty):
            facts = {"group": group, "on_duty": YES if duty else NO}
            who = "whoever is on duty there was told" if duty else "nobody is on duty: all were"
            return reason_of(
                known, "organisation.duty", facts, f"the ticket came to {group}; {who}"
            )
        case Called(name=name, done=done):
            # Its id is that of the rung's event, and the name.
            rung = known.rungs.get(event.id.rpartition(f"-{name}")[0])
            facts = {"name": name, "done": YES if done else NO, **_rung_facts(rung)}
            words = f"{name} was called by {_rung_words(rung)}"
            return reason_of(
                known, _rung_rule(rung), facts, words, rung.policy_version if rung else None
            )
        case Refused(step=step, reason=reason, vendor=vendor):
            facts = {"step": step, "reason": reason}
            words = f"{vendor or 'a machine'} sent {step}: {reason}"
            return reason_of(known, f"step.{step}", facts, words)
        case _:
            return None


def _ended(event: Event, known: Known, grounds: Grounds) -> Why | None:
    terms = grounds.of(known.version)
    closure = terms.closure if terms else None
    facts = {"silent_since": said(known.silent_since)} if known.silent_since else {}
    if closure is not None:
        facts["calendar"] = closure.calendar
    match event.what:
        case ConfirmationAsked(nth=nth):
            days = str(closure.remind_after_working_days) if closure else "the"
            rule = "closure.remind_after_working_days"
            facts |= {"nth": str(nth), "working_days": days} if closure else {"nth": str(nth)}
            return reason_of(known, rule, facts, f"{days} working days passed without a word")
        case ClosedBySilence(working_days=days, policy_version=version):
            facts["working_days"] = str(days)
            words = f"{days} working days passed without a word, so it closed"
            return reason_of(known, "closure.close_after_working_days", facts, words, version)
        case Retired():
            facts = {"closed_at": said(known.closed_at)} if known.closed_at else {}
            facts |= {"reopen_for": duration(closure.reopen_for)} if closure else {}
            return reason_of(known, "closure.reopen_for", facts, "the time to reopen it has passed")
        case _:
            return None


def _step(event: Event, step: Step, known: Known, grounds: Grounds) -> Why | None:
    """What the step did to the clocks, if anything."""
    moved = grounds.moved(event.at, step)
    if not moved:
        return None
    paused = "pause" in moved.values() and not isinstance(step, Ask | Merge | HandToVendor)
    told = (f"{name.removesuffix('_clock')}: {kind}" for name, kind in moved.items())
    words = f"{step.step} moved the clocks: {', '.join(told)}"
    rule = "pausing" if paused else f"step.{step.step}"
    return reason_of(known, rule, {**moved, **grounds.promises(event.at)}, words)


def _prioritised(event: Event, what: Prioritised, known: Known, grounds: Grounds) -> Why:
    opening = what.before is None
    facts = {"impact": what.impact.value, "urgency": what.urgency.value}
    facts["priority"] = what.priority.value
    if what.before is not None:
        facts["before"] = what.before.value
    for name in ("impact", "urgency"):
        if opening and getattr(known.reported, name) is None:
            facts[f"{name}_from"] = f"default_{name}"
    promises = grounds.promises(event.at, opening=opening)
    words = f"impact {what.impact} and urgency {what.urgency} make it {what.priority}"
    rule = f"matrix.{what.impact}.{what.urgency}"
    return reason_of(known, rule, facts | promises, words + dues(promises), what.policy_version)


def _routed(what: Routed, known: Known, grounds: Grounds) -> Why:
    group, line = what.group.id, what.group.line
    facts = {"group": group, "line": str(line), "category": known.category or "none"}
    if what.before is not None:
        facts["before"] = what.before.id
    target = grounds.target(known.version, known.priority, f"ola_{line}")
    if target is not None:
        facts[f"ola_{line}"] = f"{duration(target.length)} in {target.calendar}"
    what_for = f"for category {known.category}" if known.category else "where no category is named"
    takes = f"{group} is the group of line {line} {what_for}"
    if what.by == "rung":
        words = f"{_rung_words(known.rung)} handed it to the next line; {takes}"
        return reason_of(known, _rung_rule(known.rung), facts | _rung_facts(known.rung), words)
    if what.by == "routing":
        return reason_of(known, _routing_rule(known, grounds), facts, takes)
    if isinstance(known.step, HandOff) and known.step.line is not None:
        if not what.bounced:
            return reason_of(
                known, _routing_rule(known, grounds), facts, f"handed to line; {takes}"
            )
        words = f"handed to line {line}; {group} had it last of that line"
        return reason_of(known, "step.hand_off", facts, words)
    name = known.step.step if known.step else "assign"
    return reason_of(known, f"step.{name}", facts, f"a person named {group}")


def _routing_rule(known: Known, grounds: Grounds) -> str:
    terms = grounds.of(known.version)
    if known.category and (terms is None or known.category in terms.routing.categories):
        return f"routing.categories.{known.category}"
    return "routing.default"


def _breached(event: Event, what: Breached, known: Known, grounds: Grounds) -> Why:
    facts = {
        "target": what.target,
        "length": duration(what.length),
        "due": said(what.due),
        "late_by": duration(what.late_by),
    }
    if what.group is not None:
        facts["group"] = what.group
    # A vendor's clock is begun anew at each hand-over: only its calendar's name is sure to stay.
    vendor = of_clock(what.target)
    named = actor_of(vendor) if vendor is not None else None
    calendar = named or grounds.calendar(what.target, what.group, event.at)
    if calendar is not None:
        facts["calendar"] = calendar
    facts |= {"priority": known.priority.value} if known.priority else {}
    due = told(facts["due"])
    words = f"{facts['length']} of working time for {what.target} were used up at {due}"
    rule = f"targets.{facts.get('priority', 'any')}.{what.target}"
    words += _late(what.late_by)
    rule = rule_of_contract(known, what.target) or rule
    if grounds.item is not None:
        brought, more = timed_out(grounds.item, what.target)
        rule = rule_of(grounds.item, what.target) or rule
        facts, words = {**facts, **brought}, words + more
    return reason_of(known, rule, facts, words)


def _fired(what: RungFired) -> Why:
    facts = {
        **_rung_facts(what),
        "nth": str(what.nth),
        "due": said(what.due),
        "target_due": said(what.target_due) if what.target_due else "paused",
        "late_by": duration(what.late_by),
        "actions": ", ".join(_action(action) for action in what.actions),
    }
    again = f" and it fired again, the {what.nth}. time" if what.nth else ""
    words = f"{what.percent} % of {what.target} were used up{again}: due {told(facts['due'])}"
    return Why(
        rule=_rung_rule(what),
        policy_version=what.policy_version,
        facts=facts,
        words=words + _late(what.late_by),
    )


def _adopted(event: Event, what: Adopted, known: Known, grounds: Grounds) -> Why:
    promises = grounds.promises(event.at)
    facts = {"before": what.before, "after": what.policy_version, **promises}
    name = known.step.step if known.step else "adopt"
    turned = {"classify": "the service changed", "become": "it is of another kind now"}
    words = f"{turned.get(name, 'a person moved it')}: "
    if what.before == what.policy_version:
        words += f"to other terms of the rules {what.policy_version}"
    else:
        words += f"from the rules {what.before} to {what.policy_version}"
    words += dues(promises)
    return reason_of(known, f"step.{name}", facts, words, what.policy_version)


def _wait_over(event: Event, what: WaitOver, known: Known, grounds: Grounds) -> Why:
    promises = grounds.promises(event.at)
    facts: Texts = {"because": what.because, **promises}
    if known.wait is not None:
        facts["waited_for"] = known.wait.waiting_for.value
        if known.wait.until is not None:
            facts["until"] = said(known.wait.until)
    answer = "step.amend" if isinstance(known.step, Amend) else "step.comment"
    decided = known.step.step if known.step else "approve"
    reasons = {
        "date": ("step.wait", "the date until which it waited has come"),
        "answer": (answer, "it waited for the requester, who answered"),
        "hand_off": ("step.hand_off", "a ticket that is handed off waits no more"),
        "decision": (f"step.{decided}", "it was decided, so no answer is needed any more"),
        "vendor": (f"step.{decided}", "it waited for a vendor, who works on it no more"),
        "silence": ("closure.remind_of_questions", "nobody answered: it is decided without that"),
    }
    rule, words = reasons[what.because]
    if what.because == "hand_off" and not isinstance(known.step, HandOff):
        rule = _rung_rule(known.rung)
    return reason_of(known, rule, facts, words + dues(promises))


def _rung_rule(rung: RungFired | None) -> str:
    # A contract's ladder is called as its vendor acts.
    return f"ladders.{rung.ladder.partition(':')[0]}.{rung.rung}" if rung else "ladders"


def _rung_words(rung: RungFired | None) -> str:
    return f"rung {rung.rung} of ladder {rung.ladder}" if rung else "a rung"


def _rung_facts(rung: RungFired | None) -> Texts:
    if rung is None:
        return {}
    percent = str(rung.percent)
    return {"target": rung.target, "ladder": rung.ladder, "rung": rung.rung, "percent": percent}


def _action(action: Action) -> str:
    if isinstance(action, Tell):
        return f"tell {action.whom}"
    return f"call {action.name}" if isinstance(action, Call) else "hand to the next line"


def _late(late_by: timedelta) -> str:
    return f", noticed {duration(late_by)} later" if late_by else ""
