"""Who decides on a request: the approvers that the rules name, as the people there are now."""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from desk.approving import order_of
from desk.catalogue import Approval, Approver, ByGroup, ByManager, ByPerson, ByRole, Item
from desk.errors import InvalidFact
from desk.order import NEVER, Slot, decision_of, slot_of, with_decision
from desk.people import Role
from store.organisation import Organisation, Person

LAST_RESORT = ByRole(role=Role.MANAGER)


@dataclass(frozen=True)
class Deciding:
    """Finds approvers among the people of `organisation`; `wanted_for` is a person's id.

    `requester` is who asked for it, and `ordered_by` an agent who chose it for them: none of
    them decides, unless a stage's `own` says so.
    """

    organisation: Organisation
    requester: str
    wanted_for: str
    ordered_by: str | None = None

    def resolve(self, item: Item) -> Item:
        """The item with people as ids, and none among its approvers who cannot decide.

        Raises:
            InvalidFact: a stage would never be approved, whoever decides.
        """
        stages = tuple(self._stage(stage) for stage in item.approvals)
        resolved = item.model_copy(update={"approvals": stages})
        for stage in stages:
            self._check_possible(resolved, stage)
        return resolved

    def _check_possible(self, item: Item, stage: Approval) -> None:
        found = self._voices(item, stage)
        if found >= stage.needs:
            return
        many = f"only {found} may decide" if found else "nobody may decide"
        raise InvalidFact(
            "item",
            f"it could never be approved ({stage.key}): {stage.needs} of those who are asked have "
            f"to approve it, and {many}, for nobody does on what they want themselves, or twice. "
            "Have a manager entered for whom it is for, or the process owner name another approver",
        )

    def _voices(self, item: Item, stage: Approval) -> int:
        """How many could approve at the most, each of them once."""
        escalates = stage.on_time_out == "escalate"
        facts = {
            "stage": stage.key,
            "needs": stage.needs,
            "own": stage.own,
            "ordered_by": self.ordered_by,
            "escalated_to": stage.escalate_to if escalates else None,
            "slots": tuple(Slot(approver=approver) for approver in stage.approvers),
        }
        order = order_of(item, {}, self.wanted_for).model_copy(update=facts)
        said = {"at": NEVER, "verdict": "approved"}
        for person in self._candidates(stage):
            actor = self.organisation.actor(person)
            if slot_of(actor, order, self.requester) is not None:
                decided = decision_of(actor, order, self.requester, said)
                order = order.model_copy(update={"slots": with_decision(order.slots, decided)})
        return len(order.decisions)

    def _candidates(self, stage: Approval) -> dict[str, None]:
        found: dict[str, None] = {}
        for named in (*stage.approvers, stage.escalate_to):
            match named:
                case ByPerson(person=person):
                    found[person] = None
                case ByGroup() | ByRole():
                    found.update(dict.fromkeys(one.id for one in self._people(named)))
        return found

    def _stage(self, stage: Approval) -> Approval:
        people = (self.requester, self.wanted_for, self.ordered_by)
        barred = set() if stage.own else {one for one in people if one is not None}
        found = self._able(stage.escalate_to, barred) or LAST_RESORT
        approvers: list[Approver] = []
        for named in stage.approvers:
            # Nobody decides twice: who is asked already gives way as if they had left.
            asked = barred | {a.person for a in approvers if isinstance(a, ByPerson)}
            other = self._able(named, asked) or self._able(stage.escalate_to, asked)
            approvers.append(other or LAST_RESORT)
        return stage.model_copy(update={"approvers": tuple(approvers), "escalate_to": found})

    def _able(self, approver: Approver, barred: Set[str]) -> Approver | None:
        """The same, or who stands in for them; None when nobody can decide."""
        match approver:
            case ByPerson(person=email):
                named = self.organisation.person_by_email(email)
                return self._in_line(named, barred)
            case ByManager():
                manager = self.organisation.manager_of(self.wanted_for)
                return self._in_line(manager, barred)
            case _:
                people = self._people(approver)
                return approver if any(person.id not in barred for person in people) else None

    def _in_line(self, person: Person | None, barred: Set[str]) -> ByPerson | None:
        """The person, or the first of their managers who can decide."""
        passed: set[str] = set()
        while person is not None and person.id not in passed:
            if person.active and person.id not in barred:
                return ByPerson(person=person.id)
            passed.add(person.id)
            person = self.organisation.manager_of(person.id)
        return None

    def _people(self, approver: ByRole | ByGroup) -> Iterator[Person]:
        if isinstance(approver, ByGroup):
            yield from self.organisation.members(approver.group)
            return
        for person in self.organisation.people.values():
            if person.active and approver.role in person.roles:
                yield person
