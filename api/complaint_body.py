"""A complaint as it is sent, and as it is answered what it is about."""

from typing import Self

from pydantic import TypeAdapter, ValidationError, model_validator

from api.bodies import Channel, JsonObject, checked, refuse, wrong
from api.people import address
from desk import about
from desk.model import Frozen, Line, Name, Text
from desk.steps import wrong_fields
from store.organisation import Organisation

SUBJECTS = ("ticket", "person", "service")


class About(Frozen):
    """Exactly one of them: a ticket by number, a person by e-mail address, a service by name."""

    ticket: Name | None = None
    person: Name | None = None
    service: Name | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "About":
        if len([name for name in SUBJECTS if getattr(self, name) is not None]) != 1:
            why = "give one of ticket, person and service"
            raise wrong_fields(why, *(f"about.{name}" for name in SUBJECTS))
        return self

    @classmethod
    def shown(cls, what: about.About | None, organisation: Organisation) -> Self | None:
        """What a complaint is about, as whoever may see the complaint reads it."""
        if what is None:
            return None
        person = address(organisation, what.person)
        return cls(ticket=what.ticket, person=person, service=what.service)


class Complaint(Frozen):
    """What somebody is not content with; `summary` is how the text begins, unless said.

    An agent who is told of it on the phone gives the `requester`, who complains.
    """

    text: Text
    about: About
    summary: Line | None = None
    channel: Channel | None = None
    requester: Name | None = None


COMPLAINT: TypeAdapter[Complaint] = TypeAdapter(Complaint)


def complaint_in(fields: JsonObject) -> Complaint:
    """The complaint in a body."""
    try:
        return checked(COMPLAINT, fields)
    except ValidationError as error:
        refuse(wrong(error))
