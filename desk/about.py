"""What a complaint is about: a ticket, a person or a service."""

from pydantic import Field, model_validator

from desk.model import Frozen, Name, absent

MOST_BARRED = 500
"""People whom one complaint may be about: a snapshot of a ticket stays small."""


class About(Frozen):
    """Exactly one of `ticket`, `person` (by id) and `service`.

    `group` had the ticket when the complaint came in.
    """

    ticket: Name | None = Field(default=None, exclude_if=absent)
    group: Name | None = Field(default=None, exclude_if=absent)
    person: Name | None = Field(default=None, exclude_if=absent)
    service: Name | None = Field(default=None, exclude_if=absent)

    @model_validator(mode="after")
    def _one_of_them(self) -> "About":
        if len([name for name in ("ticket", "person", "service") if getattr(self, name)]) != 1:
            raise ValueError("a complaint is about a ticket, a person or a service: one of them")
        return self
