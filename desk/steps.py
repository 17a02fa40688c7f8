"""What people do to a ticket: one tagged union, the body of the API and a row of the timeline."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from desk.model import Frozen, Instant, Name, Reason, Text, absent
from desk.order import Answers
from desk.people import Actor
from desk.related_steps import Merge, Split, Unlink
from desk.ticket import Kind, Level, LinkKind, WaitFor
from desk.vendor_steps import HandToVendor, Recall, TellVendor, VendorReply


def wrong_fields(why: str, *fields: str) -> PydanticCustomError:
    """What a validator of several fields raises, so that the answer can name each of them."""
    return PydanticCustomError("wrong_fields", "{why}", {"why": why, "fields": fields})


class Classify(Frozen):
    """Initial assessment, or a better one: what was found, beside what was reported."""

    step: Literal["classify"]
    category: Name
    impact: Level
    urgency: Level
    service: Name | None = None


class Assign(Frozen):
    """Give the ticket to a group, to a person, or to a person of another group."""

    step: Literal["assign"]
    group: Name | None = None
    assignee: Name | None = None

    @model_validator(mode="after")
    def _says_to_whom(self) -> "Assign":
        if self.group is None and self.assignee is None:
            raise wrong_fields("assign needs a group, an assignee, or both", "group", "assignee")
        return self


class Accept(Frozen):
    """Take the ticket on: the actor becomes its assignee and the work is in progress."""

    step: Literal["accept"]


class Comment(Frozen):
    """Say something to everybody on the ticket, or (internal) to the desk alone."""

    step: Literal["comment"]
    text: Text
    internal: bool = False


class HandOff(Frozen):
    """Functional escalation: to a group, or to whoever of a line had it last."""

    step: Literal["hand_off"]
    group: Name | None = None
    line: Annotated[int, Field(ge=1, le=3)] | None = None
    reason: Reason

    @model_validator(mode="after")
    def _says_to_whom(self) -> "HandOff":
        if (self.group is None) == (self.line is None):
            raise wrong_fields("hand_off needs either a group or a line", "group", "line")
        return self


class Wait(Frozen):
    """Nothing can be done until somebody answers, or until an instant."""

    step: Literal["wait"]
    waiting_for: WaitFor = Field(alias="for")
    reason: Reason
    until: Instant | None = None


class Resume(Frozen):
    """The wait is over."""

    step: Literal["resume"]


class Workaround(Frozen):
    """How the requester can work until the incident is resolved."""

    step: Literal["workaround"]
    text: Text


class Resolve(Frozen):
    """Service is restored; the requester is asked to confirm; `children`: so are its children."""

    step: Literal["resolve"]
    code: Name
    text: Text
    children: Annotated[bool, Field(strict=True)] | None = Field(default=None, exclude_if=absent)


class Confirm(Frozen):
    """The requester agrees, which closes the ticket."""

    step: Literal["confirm"]
    rating: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    text: Text | None = None


class Reopen(Frozen):
    """It is not resolved after all."""

    step: Literal["reopen"]
    reason: Reason


class Cancel(Frozen):
    """There is nothing to do."""

    step: Literal["cancel"]
    reason: Reason


class Adopt(Frozen):
    """Move a running ticket to the rules in force now."""

    step: Literal["adopt"]


class TieTo(Frozen):
    """Link this ticket to another one."""

    step: Literal["link"]
    kind: LinkKind
    ticket: Name


Form = Annotated[int, Field(ge=1, strict=True)]


class Approve(Frozen):
    """Agree to what is ordered: to the answers of that `form`, once they were changed."""

    step: Literal["approve"]
    reason: Reason | None = None
    form: Form | None = Field(default=None, exclude_if=absent)


class Reject(Frozen):
    """Refuse what is ordered; the requester reads why."""

    step: Literal["reject"]
    reason: Reason
    form: Form | None = Field(default=None, exclude_if=absent)


class Ask(Frozen):
    """A question of an approver to the requester."""

    step: Literal["ask"]
    text: Text


class Delegate(Frozen):
    """Let somebody else decide in the approver's place."""

    step: Literal["delegate"]
    to: Name


class Amend(Frozen):
    """Other answers than those that were sent; every approval of them is asked for again."""

    step: Literal["amend"]
    answers: Answers


class Complete(Frozen):
    """A task of the fulfilment is done."""

    step: Literal["complete"]
    task: Name
    result: Text | None = None


class Fail(Frozen):
    """A task of the fulfilment cannot be done; what was done is taken back."""

    step: Literal["fail"]
    task: Name
    reason: Reason


class Become(Frozen):
    """It turns out to be of another kind; a request needs the item and its answers."""

    step: Literal["become"]
    kind: Literal[Kind.INCIDENT, Kind.REQUEST]
    reason: Reason
    item: Name | None = None
    answers: Answers | None = None
    wanted_for: Name | None = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _orders_an_item(self) -> "Become":
        if self.kind is Kind.REQUEST and self.item is None:
            raise wrong_fields("a service request needs an item of the catalogue", "item")
        given = {"item": self.item, "answers": self.answers, "for": self.wanted_for}
        if self.kind is Kind.INCIDENT and (names := [n for n, v in given.items() if v is not None]):
            raise wrong_fields("an incident orders nothing: leave it out", *names)
        return self


class Withdraw(Frozen):
    """It is not wanted any more; what was done is taken back."""

    step: Literal["withdraw"]
    reason: Reason | None = None


Step = Annotated[
    Classify
    | Assign
    | Accept
    | Comment
    | HandOff
    | Wait
    | Resume
    | Workaround
    | Resolve
    | Confirm
    | Reopen
    | Cancel
    | Adopt
    | TieTo
    | Unlink
    | Merge
    | Split
    | Approve
    | Reject
    | Ask
    | Delegate
    | Amend
    | Complete
    | Fail
    | Become
    | HandToVendor
    | TellVendor
    | VendorReply
    | Recall
    | Withdraw,
    Field(discriminator="step"),
]

STEP_NAMES = (
    "classify", "assign", "accept", "comment", "hand_off", "wait", "resume", "workaround",
    "resolve", "confirm", "reopen", "cancel", "adopt", "link",
    "unlink", "merge", "split", "approve", "reject", "ask",
    "delegate", "amend", "complete", "fail", "become",
    "hand_to_vendor", "tell_vendor", "vendor_reply", "recall", "withdraw",
)  # fmt: skip


class Taken(Frozen):
    """A step as it was taken: by whom, as what, through which door, and under which key.

    `id` is the update's id. Looked up when the step was sent: `group_line` is the line of the
    group that the step names, `service_customer` whose service it names (None: everybody's),
    `assignee_groups` the groups of the assignee that it names, `passed_to` whom a decision is
    passed on to, as what they are. `expected_version` refuses a stale
    caller; `at` is the instant of the step on a ticket with a given clock.
    """

    id: str
    step: Step
    actor: Actor
    via: str = "api"
    correlation: str = ""
    key: str | None = None
    body_hash: str = ""
    expected_version: int | None = None
    at: Instant | None = None
    group_line: int | None = None
    service_customer: str | None = None
    assignee_groups: tuple[str, ...] | None = None
    passed_to: Actor | None = Field(default=None, exclude_if=absent)
