"""Who may see and do what: the one table, used by the steps, the store and the API."""

from dataclasses import dataclass
from enum import StrEnum

from desk import complaints
from desk.asked import reads_on, was_asked
from desk.order import slot_of, works_for
from desk.people import Actor, Role
from desk.steps import STEP_NAMES
from desk.ticket import Facts, Kind
from desk.vendor import of_actor
from desk.vendor_steps import VENDOR_STEPS

AGENTS = frozenset({Role.AGENT, Role.LEAD})
STAFF = AGENTS | {Role.MANAGER, Role.PROCESS_OWNER, Role.AUDITOR}
CONFIDENTIAL = frozenset({Role.MANAGER, Role.AUDITOR})
OWN = Role.REQUESTER


class Part(StrEnum):
    """Whom a ticket itself makes somebody of: who may approve its order, has a task of it, or is
    a vendor that it is with."""

    APPROVER = "approver"
    FULFILLER = "fulfiller"
    VENDOR = "vendor"


STEPS: dict[str, frozenset[Role | Part]] = {
    "classify": AGENTS,
    "assign": AGENTS,
    "accept": AGENTS,
    "comment": AGENTS | {OWN},
    "hand_off": AGENTS,
    "wait": AGENTS,
    "resume": AGENTS,
    "workaround": AGENTS,
    "resolve": AGENTS,
    "confirm": frozenset({OWN}),
    "reopen": AGENTS | {OWN},
    "cancel": AGENTS | {OWN},
    "adopt": frozenset({Role.PROCESS_OWNER}),
    "link": AGENTS,
    "unlink": AGENTS,
    "merge": AGENTS,
    "split": AGENTS,
    "approve": frozenset({Part.APPROVER}),
    "reject": frozenset({Part.APPROVER}),
    "ask": frozenset({Part.APPROVER}),
    "delegate": frozenset({Part.APPROVER}),
    "amend": frozenset({OWN}),
    "complete": frozenset({Part.FULFILLER}),
    "fail": frozenset({Part.FULFILLER}),
    "become": AGENTS,
    "hand_to_vendor": AGENTS,
    "tell_vendor": AGENTS,
    "vendor_reply": AGENTS | {Part.VENDOR},
    "recall": AGENTS,
    "withdraw": frozenset({OWN}),
}
OF_BOTH = frozenset(VENDOR_STEPS) | {
    "comment", "wait", "resume", "confirm", "reopen", "link", "unlink", "become",
}  # fmt: skip
OF_REQUESTS = OF_BOTH | {
    "approve", "reject", "ask", "delegate", "amend", "complete", "fail", "withdraw",
}  # fmt: skip
OF_KIND = {
    Kind.INCIDENT: frozenset(STEP_NAMES) - (OF_REQUESTS - OF_BOTH),
    Kind.REQUEST: OF_REQUESTS,
    Kind.COMPLAINT: complaints.STEPS,
}
OPEN_FOR_OTHERS = AGENTS
GIVE_TIME = frozenset({Role.IMPORT})
NOTE_ABSENCE = frozenset({Role.ADMIN})
AUDIT = frozenset({Role.AUDITOR})
READ_POLICY = STAFF | {OWN, Role.ADMIN, Role.IMPORT}


@dataclass(frozen=True)
class Sight:
    """Which tickets an actor sees, as plain facts that a query can be made of.

    A ticket is seen when it is the actor's own (asked for, or wanted for them); or `all` and not
    confidential; or `confidential` too; or it is with one of `groups` or assigned to the person
    (`handled`); or `given` and its clock is given. `roles` and `member_of` are all that the actor
    has: whom an order waits for is told by them.
    """

    person: str
    all: bool
    confidential: bool
    handled: bool
    groups: tuple[str, ...]
    given: bool
    roles: tuple[Role, ...] = ()
    member_of: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = ()

    @property
    def actor(self) -> Actor:
        """Whoever sees, as far as orders are told by it who they wait for."""
        return Actor(
            person=self.person,
            roles=self.roles,
            groups=self.member_of,
            stands_for=self.stands_for,
        )


def sight(actor: Actor) -> Sight:
    """What the actor may see."""
    return Sight(
        person=actor.person,
        all=actor.has(*STAFF),
        confidential=actor.has(*CONFIDENTIAL),
        handled=actor.has(*AGENTS),
        groups=actor.groups if actor.has(*AGENTS) else (),
        given=actor.has(*GIVE_TIME),
        roles=actor.roles,
        member_of=actor.groups,
        stands_for=actor.stands_for,
    )


def may_see(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor may see the ticket at all."""
    return sees(sight(actor), ticket)


def sees(seen: Sight, ticket: Facts) -> bool:
    """Whether a ticket that is asked for by its number is shown.

    Those of a list are shown by the store's predicate, which says the same but for this: somebody
    who does a part of an order may read it meanwhile, and who was asked by name to decide on it
    ever after.
    """
    if complaints.barred_from(seen.person, ticket):
        return False
    if complaints.with_its_group(seen.member_of, ticket):
        return True
    if seen.all and (seen.confidential or not ticket.confidential):
        return True
    if owns(seen.person, ticket) or (seen.given and ticket.clock == "given"):
        return True
    if seen.handled and (ticket.group in seen.groups or ticket.assignee == seen.person):
        return True
    if ticket.order is None and not ticket.vendors:
        return False
    actor = seen.actor
    return reads_as_asked(actor, ticket) or any(plays(actor, part, ticket) for part in Part)


def reads_as_asked(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor reads what those who decide on the ticket's order read."""
    return ticket.order is not None and reads_on(actor, ticket.order, ticket.requester)


def asked_of(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor has decided on the ticket's order, or was asked to, also for others."""
    return ticket.order is not None and was_asked(actor, ticket.order, ticket.requester)


def sees_internal(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor may see internal notes and events of a ticket that they see."""
    if ticket.kind is Kind.COMPLAINT:
        return complaints.inside(actor, ticket)
    return actor.has(*STAFF) or (ticket.clock == "given" and actor.has(*GIVE_TIME))


def reading_is_noted(actor: Actor, ticket: Facts) -> bool:
    """Whether it is written down that the actor read this ticket, which they see."""
    return ticket.confidential and not owns(actor.person, ticket)


def owns(person: str, ticket: Facts) -> bool:
    """Whether the ticket is the person's own: they asked for it, or it is for them."""
    wanted_for = ticket.order.wanted_for if ticket.order is not None else None
    return person in (ticket.requester, wanted_for)


def plays(actor: Actor, part: Part, ticket: Facts) -> bool:
    """Whether the ticket as it stands gives the actor this part."""
    if part is Part.VENDOR:
        return any(at.vendor == of_actor(actor.person) for at in ticket.vendors)
    if ticket.order is None:
        return False
    if part is Part.APPROVER:
        return slot_of(actor, ticket.order, ticket.requester) is not None
    return bool(works_for(actor, ticket.order))


def permitted(actor: Actor, step: str, ticket: Facts) -> bool:
    """Whether the actor may ever take the step on this ticket, whatever its state."""
    if step not in OF_KIND[ticket.kind]:
        return False
    if ticket.kind is Kind.COMPLAINT:
        return complaints.permitted(actor, step, ticket)
    if ticket.clock == "given":
        parts = [may for may in STEPS[step] if isinstance(may, Part)]
        fits = len(parts) < len(STEPS[step]) or all(plays(actor, part, ticket) for part in parts)
        return actor.has(*GIVE_TIME) and fits
    for may in STEPS[step]:
        if isinstance(may, Part):
            allowed = plays(actor, may, ticket)
        elif may is OWN:
            allowed = owns(actor.person, ticket)
        else:
            allowed = actor.has(may)
        if allowed:
            return True
    return False


def may_note_absence(actor: Actor, person: str | None, manager: str | None) -> bool:
    """Whether the actor may say when the person is away, and who decides meanwhile."""
    own = person is not None and actor.person in (person, manager)
    return own or actor.has(*NOTE_ABSENCE)
