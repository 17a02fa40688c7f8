"""Any order of any plan, whatever its people, machines and time do: what always holds."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from desk import clock as clocks
from desk.catalogue import Approval, Approver, ByGroup, ByPerson, ByRole, Item, Task, task_clock
from desk.change import Outcome
from desk.deadlines import next_due
from desk.events import ApprovalAsked, Event, Fulfilled, Ordered, StepTaken, TaskEnded, TaskOpened
from desk.order import WITH_PEOPLE, Order, Phase, works_for
from desk.people import Actor, Role
from desk.record import canonical, digest
from desk.rules import allowed_steps
from desk.tasks import human_tasks
from desk.ticket import OPEN, OVER, Status, Ticket
from desk.vendor import clock_of, of_clock
from tests.desk.lives import DAY, FINN, HOUR, MINUTE, ROSA
from tests.desk.orders import DORA, FAY, MAX, PAUL, THEO, WERA, Request, make_item, stage, task
from tests.desk.test_life_property import FEW

# Whom it is for is of the group that approves, and a manager: four eyes are needed.
OMAR = Actor(person="p-omar", roles=(Role.REQUESTER, Role.MANAGER), groups=("finance",))
PEOPLE = (ROSA, OMAR, MAX, FAY, THEO, FINN, PAUL, WERA, DORA)
OF_GROUP = {who.groups[0]: who for who in (PAUL, WERA, DORA)}
FOR_THEMSELVES = {ROSA.person, OMAR.person}
APPROVERS: tuple[Approver, ...] = (
    ByPerson(person=MAX.person),
    ByPerson(person=THEO.person),
    ByPerson(person=ROSA.person),
    ByGroup(group="finance"),
    ByRole(role=Role.MANAGER),
)
STATUSES = {
    Phase.APPROVAL: {Status.APPROVING, Status.WAITING},
    Phase.FULFILMENT: {Status.IN_PROGRESS, Status.WAITING},
    Phase.UNDOING: {Status.IN_PROGRESS},
    Phase.DONE: {Status.RESOLVED, Status.CLOSED},
    Phase.ENDED: {Status.CANCELLED, Status.REJECTED, Status.UNFULFILLED},
}


@st.composite
def stages(draw: st.DrawFn, key: str) -> Approval:
    """A stage of some approvers, of whom some are needed."""
    asked = draw(st.lists(st.sampled_from(APPROVERS), min_size=1, max_size=3))
    needs = draw(st.integers(1, len(asked)))
    late = draw(st.sampled_from(["escalate", "reject"]))
    return stage(key, needs, *asked, on_time_out=late, own=draw(st.booleans()))


@st.composite
def plans(draw: st.DrawFn) -> Item:
    """Up to two stages, and a graph of up to five tasks, in any order."""
    approvals = tuple(
        draw(stages(key)) for key in ("first", "second")[: draw(st.sampled_from([0, 0, 1, 2]))]
    )
    tasks: list[Task] = []
    for key in "abcde"[: draw(st.integers(1, 5))]:
        earlier = [before.key for before in tasks]
        after = draw(st.sets(st.sampled_from(earlier))) if earlier else set()
        tasks.append(
            task(
                key,
                draw(st.sampled_from(sorted(OF_GROUP))),
                *sorted(after),
                does=draw(st.sampled_from([None, "do_it"])),
                undoes=draw(st.sampled_from([None, "undo_it"])),
            )
        )
    return make_item(approvals=approvals, tasks=tuple(draw(st.permutations(tasks))))


ONWARD = ("approve", "complete", "reopen")
RARE = ("reject", "withdraw", "fail", "amend", "comment", "link", "wait", "confirm")


class Choice(NamedTuple):
    """After so much time, one of all that can be done, and how it comes out."""

    gap: timedelta
    which: int
    how: int


CHOICES = st.lists(
    st.builds(
        Choice,
        st.sampled_from([timedelta(), MINUTE, HOUR, DAY, 6 * DAY]),
        st.integers(0, 59),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=25,
)


MANY = settings(max_examples=settings().max_examples * 2)
"""A request is cheap, and has many ways to go."""


class Watched(Request):
    """A request in which everything is looked at after each change."""

    def take_in(self, outcome: Outcome) -> None:
        before: Ticket | None = getattr(self, "ticket", None)
        super().take_in(outcome)
        if before is not None and not outcome.events:
            assert outcome.ticket is before
            return
        assert outcome.ticket.version == (before.version if before else 0) + 1
        assert Ticket.model_validate_json(canonical(self.ticket)) == self.ticket
        for one in outcome.events:
            assert Event.model_validate_json(canonical(one)) == one
        stands_well(self.ticket)
        goes_on(self)
        if before is not None and before.order is not None:
            begins_in_turn(before.order, self)


def stands_well(ticket: Ticket) -> None:
    """The facts of a request fit its phase."""
    order = ticket.order
    assert order is not None
    assert ticket.status in STATUSES[order.phase]
    assert (ticket.closed_at is not None) == (ticket.status in OVER)
    assert (ticket.waiting_for is not None) == (ticket.status is Status.WAITING)
    assert (order.stage is not None) or order.phase is not Phase.APPROVAL
    running = [clock.target for clock in ticket.clocks if clocks.running(clock)]
    asked = [clock_of(at.vendor) for at in ticket.vendors]
    assert [target for target in running if of_clock(target)] == asked
    running = [target for target in running if of_clock(target) is None]
    moves = order.phase in (Phase.APPROVAL, Phase.FULFILMENT)
    undoing = [task_clock(work.task) for work in order.works if work.state == "undo_failed"]
    assert moves or running == undoing
    assert not running or ticket.waiting_for not in ("requester", "vendor")
    states = [work.state for work in order.works]
    assert states.count("undo") + states.count("undo_failed") <= 1
    if order.phase is Phase.DONE:
        assert set(states) == {"done"}


def goes_on(life: Request) -> None:
    """A request that is not over waits for somebody, or a machine is at it."""
    order = life.order
    at_work = bool(order.at_machines)
    if life.ticket.status in OPEN:
        assert at_work or human_tasks(life.ticket, life.rules)
    else:
        assert not at_work
    asked = {(one.task, one.of) for one in life.waits_for() if one.of in life.works()}
    with_people = {
        ("take_back" if work.state == "undo_failed" else "fulfil", work.task)
        for work in order.works
        if work.state in WITH_PEOPLE
    }
    assert asked == (with_people if life.ticket.status in OPEN else set())


def begins_in_turn(before: Order, life: Request) -> None:
    """A task begins once everything is approved and all before it is done."""
    done = {work.task for work in life.order.works if work.state == "done"}
    for old, new in zip(before.works, life.order.works, strict=True):
        assert old.state == "later" or new.state != "later"
        if old.state == "later" and new.state in ("open", "machine"):
            assert done.issuperset(plan(life).task(new.task).after)
            is_approved(life)


def is_approved(life: Request) -> None:
    """As many as are needed have approved each stage of these answers, nobody for themselves."""
    said: dict[str, set[str]] = {}
    now = ""
    for one in life.events:
        match one.what:
            case Ordered():
                said = {}
            case ApprovalAsked(stage=key):
                now = key
                said[now] = set()
            case StepTaken(step=step) if step.step == "approve" and one.actor:
                said[now].add(one.actor)
            case _:
                continue
    for wanted in plan(life).approvals:
        assert len(said[wanted.key]) >= wanted.needs
        assert wanted.own or not said[wanted.key] & FOR_THEMSELVES


def plan(life: Request) -> Item:
    """What was ordered, by its rules."""
    assert life.rules.item is not None
    return life.rules.item


def possible(life: Request, how: int) -> Iterator[tuple[Actor, str] | str]:
    """Each machine that is at work, and each step of each person; ends and talk are rarer."""
    for work in life.order.at_machines:
        yield from [work.task] * 4
    for who in PEOPLE:
        for step in allowed_steps(who, life.ticket):
            if step == "hand_to_vendor" and life.ticket.vendors:
                continue
            if step == "unlink" and not life.ticket.links:
                continue
            if step == "become" or (step == "delegate" and not others(life, who)):
                continue
            if step in ONWARD:
                yield from [(who, step)] * 4
            elif how >= 8 or step not in RARE:
                yield who, step


def others(life: Request, who: Actor) -> list[str]:
    """Who has no place in the stage, and so may be passed one."""
    slots = life.order.slots
    named = {slot.approver.person for slot in slots if isinstance(slot.approver, ByPerson)}
    decided = {slot.decided.person for slot in slots if slot.decided}
    passed = {slot.delegate for slot in slots}
    have = {who.person, *FOR_THEMSELVES} | named | decided | passed
    return [person.person for person in PEOPLE if person.person not in have]


def fields_of(life: Request, who: Actor, step: str, how: int) -> dict[str, Any]:
    """What the step says."""
    if step in ("complete", "fail"):
        works = works_for(who, life.order)
        return {"task": works[how % len(works)].task}
    if step == "delegate":
        free = others(life, who)
        return {"to": free[how % len(free)]}
    if step in ("approve", "reject"):
        return {"form": life.order.form}
    if step == "link":
        return {"ticket": f"INC-{life.ticket.version:08}"}
    if step == "unlink":
        return life.ticket.links[how % len(life.ticket.links)].model_dump()
    if step == "wait":
        return {"wait_for": ("requester", "vendor", "change")[how % 3]}
    return {"answers": {"model": f"{life.order.form}, {how}"}} if step == "amend" else {}


def live(item: Item, choices: list[Choice]) -> Request:
    """What is possible is done, one after the other; nothing of it may be refused."""
    life = Watched("03-02 09:00", item, wanted_for=OMAR.person)
    now = life.ticket.opened_at
    for gap, which, how in choices:
        now += gap
        life.pass_until(now)
        options = list(possible(life, how))
        if not options:
            break
        match options[which % len(options)]:
            case str() as key:
                life.answer(now, key, done=how < 7, sure=how < 9)
            case (who, step):
                life.take(now, step, who, **fields_of(life, who, step, how))
    return life


def drain(life: Request, machines_work: bool, wanted: bool) -> Request:
    """Nobody wants anything new, or nothing at all: each machine and each group does its tasks."""
    for step in ("reopen", "withdraw"):
        if not wanted and step in allowed_steps(ROSA, life.ticket):
            life.take(life.ticket.last_at + MINUTE, step, ROSA)
    for _ in range(8 * len(life.order.works) + 2):
        now = life.ticket.last_at + MINUTE
        works = life.order.at_machines
        peoples = [work for work in life.order.works if work.state in WITH_PEOPLE]
        if life.ticket.status not in OPEN:
            break
        if works:
            life.answer(now, works[0].task, done=machines_work)
        elif peoples:
            work = peoples[-1]
            life.take(now, "complete", OF_GROUP[work.group], task=work.task)
        else:
            life.take(now, "withdraw", ROSA)
    return life


def taken_back(life: Request) -> None:
    """What a machine can take back was, the last one first; the rest stays as it is."""
    undoable = {task.key for task in plan(life).tasks if task.undoes}
    turns = {work.task: work.turn for work in life.order.works}
    done: set[str] = set()
    undone: list[int] = []
    for one in life.events:
        match one.what:
            case TaskEnded(task=key, how="done"):
                done.add(key)
            case TaskEnded(task=key, how="undone"):
                done.discard(key)
                undone.append(turns[key])
            case _:
                continue
    assert undone == sorted(undone, reverse=True)
    ended = life.order.phase is Phase.ENDED
    perhaps = {work.task for work in life.order.works if work.unsure and work.state != "undone"}
    assert not ended or not undoable & (done | perhaps)
    assert ended or not undone
    left = {work.state for work in life.order.works}
    assert not ended or left <= {"later", "done", "undone", "dropped", "impossible"}
    kept = [what.task for what in life.happened(TaskEnded) if what.how == "kept"]
    assert len(kept) == len(set(kept))
    assert not undoable & set(kept)
    stays = {work.task for work in life.order.works if work.state == "done"}
    assert not ended or stays <= set(kept)


def each_once(life: Request) -> None:
    """Between two openings of a task it ends at most once, and it is fulfilled when all are."""
    begun: set[str] = set()
    done: set[str] = set()
    for one in life.events:
        match one.what:
            case TaskOpened(task=key):
                assert key not in begun
                begun.add(key)
                done.discard(key)
            case TaskEnded(task=key, how="done"):
                begun.remove(key)
                done.add(key)
            case Fulfilled():
                is_approved(life)
                assert done == {task.key for task in plan(life).tasks}
            case _:
                continue


@MANY
@given(plans(), CHOICES, st.booleans(), st.booleans())
def test_any_order_of_steps_on_any_plan_ends_and_does_each_task_once(
    item: Item, choices: list[Choice], machines_work: bool, wanted: bool
) -> None:
    life = live(item, choices)
    event(f"before the end: {life.order.phase}")
    drain(life, machines_work, wanted)
    life.pass_until(life.ticket.last_at + 60 * DAY)
    event(f"at the end: {life.ticket.status}")
    assert life.ticket.status in OVER
    assert next_due(life.ticket, life.rules) is None
    assert life.waits_for() == []
    each_once(life)
    taken_back(life)
    assert len({one.id for one in life.events}) == len(life.events)
    assert len({note.key for note in life.notices}) == len(life.notices)
    assert all({*note.events} <= {one.id for one in life.events} for note in life.notices)


@FEW
@given(plans(), CHOICES)
def test_the_same_choices_make_the_same_request(item: Item, choices: list[Choice]) -> None:
    one, other = live(item, choices), live(item, choices)
    assert digest(one.ticket, tuple(one.events)) == digest(other.ticket, tuple(other.events))
