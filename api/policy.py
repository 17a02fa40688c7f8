"""The rules in force, as data."""

from fastapi import APIRouter, Response

from api.dependencies import Caller, StateOfDesk
from api.errors import unavailable
from api.view import as_json
from desk.access import READ_POLICY
from desk.calendar import Calendar
from desk.errors import NotPermitted
from desk.ladder import Ladder
from desk.model import Frozen, Instant, Name
from desk.terms import Closure, Matrix, Routing, Target
from desk.ticket import Level, Priority, WaitFor
from store.engine import reading
from store.policy import Policy, get_policy

router = APIRouter(prefix="/policy", tags=["policy"])


class Rules(Frozen):
    """What a new ticket is promised; a customer's or service's own calendar comes on top.

    `matrix` is impact, then urgency. `targets` is priority, then target. Lengths are ISO 8601.
    """

    version: str
    in_force_since: Instant
    matrix: Matrix
    default_impact: Level
    default_urgency: Level
    targets: dict[Priority, dict[Name, Target]]
    calendars: dict[Name, Calendar]
    ladders: dict[Name, Ladder]
    routing: Routing
    closure: Closure
    pausing: tuple[WaitFor, ...]


@router.get("", response_model=Rules)
def read_policy(state: StateOfDesk, actor: Caller) -> Response:
    """The rules in force."""
    if not actor.has(*READ_POLICY):
        raise NotPermitted("your roles do not let you read the rules")
    with reading(state.engine) as connection:
        policy = get_policy(connection)
    if policy is None:
        raise unavailable("the rules are not known yet: a worker tells them when it starts")
    return as_json(_shown(policy))


def _shown(policy: Policy) -> Rules:
    terms = policy.terms
    same = {name: getattr(terms, name) for name in Rules.model_fields if hasattr(terms, name)}
    return Rules.model_construct(
        **same,
        version=terms.policy_version,
        in_force_since=policy.in_force_since,
    )
