"""Why an order took its course: which part of the catalogue asked, began, ended or timed out."""

from desk.catalogue import (
    Approval,
    Approver,
    ByGroup,
    ByPerson,
    ByRole,
    Item,
    approval_clock,
    task_clock,
)
from desk.events import (
    AnswerAsked,
    ApprovalAsked,
    ApprovalEnded,
    Event,
    Fulfilled,
    OrderEnded,
    Routed,
    TaskEnded,
    TaskOpened,
    Unanswered,
)
from desk.explain import duration
from desk.grounds import Grounds, Known, Texts
from desk.reason import NO, YES, Why, dues, reason_of
from desk.target import Target
from desk.terms import Terms

NOT_ASKED = {
    "withdraw": "what is not wanted any more needs no approval",
    "become": "what is not ordered any more needs no approval",
}


def why_ordered(event: Event, known: Known, grounds: Grounds) -> Why | None:
    """The reason of what happened to an order; None where no machine decided."""
    if isinstance(event.what, ApprovalEnded) and event.what.how == "withdrawn":
        return _withdrawn(event.what, known)
    terms, item = grounds.terms, grounds.item
    if terms is None or item is None or not _has(item, event):
        return None
    match event.what:
        case Routed(by="routing", group=group):
            facts = {"group": group.id, "line": str(group.line), "item": item.key}
            words = f"{group.id} is the group of item {item.key}"
            return reason_of(known, f"catalogue.{item.key}.group", facts, words)
        case ApprovalAsked() as what:
            return _asked(event, what, item, known, grounds)
        case ApprovalEnded() as what:
            return _ended(event, what, item, known, grounds)
        case TaskOpened() as what:
            return _opened(what, item, known)
        case TaskEnded(how="kept") as what:
            return _kept(what, item, known)
        case TaskEnded() as what if event.actor is None:
            return _machine(what, item, known)
        case OrderEnded(how=how):
            rule = {"withdrawn": "step.withdraw", "unfulfilled": "step.fail"}[how]
            words = f"{how}, and nothing that was done for it is left to be taken back"
            return reason_of(known, rule, {"how": how}, words)
        case AnswerAsked() | Unanswered() as what:
            return _silence(what, known, terms)
        case Fulfilled():
            facts = {"item": item.key, "tasks": str(len(item.tasks))}
            words = f"all of its tasks are done: {', '.join(task.key for task in item.tasks)}"
            return reason_of(known, f"catalogue.{item.key}.tasks", facts, words)
        case _:
            return None


def _has(item: Item, event: Event) -> bool:
    """Whether the stage or the task that happened is one of the item."""
    match event.what:
        case ApprovalAsked(stage=key) | ApprovalEnded(stage=key):
            return key in {stage.key for stage in item.approvals}
        case TaskOpened(task=key) | TaskEnded(task=key):
            return key in {task.key for task in item.tasks}
        case _:
            return True


def rule_of(item: Item, target: str) -> str | None:
    """The part of the catalogue that a clock is of; None for a clock that is not of the item."""
    where = f"catalogue.{item.key}"
    rules = {approval_clock(s.key): f"{where}.approvals.{s.key}" for s in item.approvals}
    rules |= {task_clock(t.key): f"{where}.tasks.{t.key}" for t in item.tasks}
    return {**rules, "resolution": f"{where}.target"}.get(target)


def timed_out(item: Item, target: str) -> tuple[Texts, str]:
    """What the end of a clock's time brings about by itself, as facts and in words."""
    stage = next((s for s in item.approvals if approval_clock(s.key) == target), None)
    if stage is None:
        return {}, ""
    if stage.on_time_out == "reject":
        return {"on_time_out": "reject"}, "; nobody decided in time, so it is rejected"
    to = _approver(stage.escalate_to)
    facts = {"on_time_out": "escalate", "escalate_to": to}
    return facts, f"; nobody decided in time, so {to} may decide as well"


def _asked(event: Event, what: ApprovalAsked, item: Item, known: Known, grounds: Grounds) -> Why:
    stage = item.approval(what.stage)
    promises = grounds.promises(event.at)
    facts = {**_counted(stage), "approvers": ", ".join(map(_approver, stage.approvers))}
    facts["form"] = str(known.form)
    words = f"stage {what.stage} of {item.key} needs {what.needs} of {what.of}: "
    words += facts["approvers"] + dues(promises)
    return reason_of(known, _stage_rule(item, what.stage), {**facts, **promises}, words)


def _ended(event: Event, what: ApprovalEnded, item: Item, known: Known, grounds: Grounds) -> Why:
    stage, rule = item.approval(what.stage), _stage_rule(item, what.stage)
    facts = {**_counted(stage), "how": what.how}
    if what.how == "timed_out":
        more, words = timed_out(item, approval_clock(what.stage))
        facts |= {**more, "target": _target(stage.target)}
        return reason_of(known, f"{rule}.on_time_out", facts, words.removeprefix("; "))
    if what.how == "rejected":
        words = f"too few are left of {facts['of']} for the {facts['needs']} that it needs"
        return reason_of(known, rule, facts, words)
    promises = grounds.promises(event.at)
    words = f"{facts['needs']} of {facts['of']} approved, as many as it needs{dues(promises)}"
    return reason_of(known, rule, {**facts, **promises}, words)


def _withdrawn(what: ApprovalEnded, known: Known) -> Why:
    step = known.step.step if known.step else "amend"
    words = NOT_ASKED.get(step, "other answers are for all to approve again")
    return reason_of(known, f"step.{step}", {"stage": what.stage, "how": what.how}, words)


def _opened(what: TaskOpened, item: Item, known: Known) -> Why:
    task = item.task(what.task)
    facts = {"task": what.task, "group": what.group, "machine": YES if what.machine else NO}
    facts["target"] = _target(task.target)
    if known.step is not None and known.step.step == "reopen":
        words = "it was reopened, and nothing comes after this task"
        return reason_of(known, "step.reopen", facts, words)
    if task.after:
        facts["after"] = ", ".join(task.after)
    words = f"done: {facts['after']}" if task.after else "it comes after nothing"
    who = f"{task.does} does it" if what.machine else f"{what.group} does it"
    return reason_of(known, f"catalogue.{item.key}.tasks.{what.task}", facts, f"{words}; {who}")


def _machine(what: TaskEnded, item: Item, known: Known) -> Why:
    task = item.task(what.task)
    activity = (task.undoes if what.task in known.done else task.does) or ""
    facts = {"task": what.task, "how": what.how, "activity": activity}
    ends = {"done": "has done it", "undone": "has taken it back", "failed": "gave it up"}
    words = f"{activity} {ends[what.how]}"
    return reason_of(known, f"catalogue.{item.key}.tasks.{what.task}", facts, words)


def _kept(what: TaskEnded, item: Item, known: Known) -> Why:
    facts = {"task": what.task, "group": item.task(what.task).group.id}
    words = f"no activity takes {what.task} back: {facts['group']} was told that it has ended"
    return reason_of(known, f"catalogue.{item.key}.tasks.{what.task}", facts, words)


def _silence(what: AnswerAsked | Unanswered, known: Known, terms: Terms) -> Why:
    closure = terms.closure
    days, most = closure.remind_after_working_days, closure.remind_of_questions
    facts = {"calendar": closure.calendar, "working_days": str(days), "reminders": str(most)}
    if isinstance(what, Unanswered):
        words = f"the requester was reminded {what.reminders} times and has not answered"
        return reason_of(known, "closure.remind_of_questions", facts, words)
    nth = what.nth
    words = f"{nth * days} working days passed without an answer to the question"
    facts["nth"] = str(nth)
    return reason_of(known, "closure.remind_after_working_days", facts, words)


def _stage_rule(item: Item, stage: str) -> str:
    return f"catalogue.{item.key}.approvals.{stage}"


def _counted(stage: Approval) -> Texts:
    return {"stage": stage.key, "needs": str(stage.needs), "of": str(len(stage.approvers))}


def _target(target: Target) -> str:
    return f"{duration(target.length)} in {target.calendar}"


def _approver(approver: Approver) -> str:
    match approver:
        case ByGroup(group=group):
            return f"group {group}"
        case ByRole(role=role):
            return f"role {role}"
        case ByPerson(person=person):
            return person
        case _:
            return "the manager of whom it is for"
