"""Who may see and do what: the one table, used by the steps, the store and the API."""

from dataclasses import dataclass

from desk.people import Actor, Role
from desk.steps import STEP_NAMES
from desk.ticket import Facts

AGENTS = frozenset({Role.AGENT, Role.LEAD})
STAFF = AGENTS | {Role.MANAGER, Role.PROCESS_OWNER, Role.AUDITOR}
CONFIDENTIAL = frozenset({Role.MANAGER, Role.AUDITOR})
OWN = Role.REQUESTER

STEPS: dict[str, frozenset[Role]] = {
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
}
OPEN_FOR_OTHERS = AGENTS
GIVE_TIME = frozenset({Role.IMPORT})
AUDIT = frozenset({Role.AUDITOR})
READ_POLICY = STAFF | {OWN, Role.ADMIN, Role.IMPORT}


@dataclass(frozen=True)
class Sight:
    """Which tickets an actor sees, as plain facts that a query can be made of.

    A ticket is seen when it is the actor's own; or `all` and not confidential; or
    `confidential` too; or it is with one of `groups` or assigned to the person (`handled`);
    or `given` and its clock is given.
    """

    person: str
    all: bool
    confidential: bool
    handled: bool
    groups: tuple[str, ...]
    given: bool


def sight(actor: Actor) -> Sight:
    """What the actor may see."""
    return Sight(
        person=actor.person,
        all=actor.has(*STAFF),
        confidential=actor.has(*CONFIDENTIAL),
        handled=actor.has(*AGENTS),
        groups=actor.groups if actor.has(*AGENTS) else (),
        given=actor.has(*GIVE_TIME),
    )


def may_see(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor may see the ticket at all; the store's predicate says the same."""
    seen = sight(actor)
    if ticket.requester == seen.person or (seen.given and ticket.clock == "given"):
        return True
    if seen.handled and (ticket.group in seen.groups or ticket.assignee == seen.person):
        return True
    return seen.all and (seen.confidential or not ticket.confidential)


def sees_internal(actor: Actor, ticket: Facts) -> bool:
    """Whether the actor may see internal notes and events of a ticket that they see."""
    return actor.has(*STAFF) or (ticket.clock == "given" and actor.has(*GIVE_TIME))


def reading_is_noted(actor: Actor, ticket: Facts) -> bool:
    """Whether it is written down that the actor read this ticket, which they see."""
    return ticket.confidential and actor.person != ticket.requester


def permitted(actor: Actor, step: str, ticket: Facts) -> bool:
    """Whether the actor may ever take the step on this ticket, whatever its state."""
    if ticket.clock == "given":
        return actor.has(*GIVE_TIME) and step in STEP_NAMES
    allowed = STEPS.get(step, frozenset())
    return actor.has(*(allowed - {OWN})) or (OWN in allowed and ticket.requester == actor.person)
