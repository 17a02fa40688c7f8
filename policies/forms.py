"""The forms of the catalogue: what is asked for each item, and which answers there may be.

Each class is a form, each line a question: its kind, and the words that people read. A question
with a default need not be answered.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from desk.model import Frozen, Name

Short = Annotated[Name, Field(json_schema_extra={"format": "single-line"})]
Ahead = Annotated[date, Field(json_schema_extra={"notBefore": "today"})]
"""A date that an order cannot come too late for."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Address = Annotated[
    str, StringConstraints(max_length=254), Field(json_schema_extra={"format": "email"})
]


class NewLaptop(Frozen):
    """A laptop with everything that is needed to work on it."""

    model: Literal["light, 13 inch", "standard, 14 inch", "large, 16 inch"] = Field(title="Model")
    keyboard: Literal["English", "German", "Spanish"] = Field(title="Keyboard")
    docking_station: bool = Field(
        default=False, title="With a docking station", description="For a desk with a screen."
    )
    needed_by: Ahead = Field(title="Needed by", description="The first day it is used.")
    why: Words = Field(title="Why", description="Whoever approves it reads this.")


class ApplicationAccess(Frozen):
    """Access to an application that is there already."""

    application: Literal["ERP", "CRM", "Freight tracking", "Payroll"] = Field(title="Application")
    rights: Literal["read", "read and write", "administer"] = Field(title="Rights")
    until: Ahead = Field(
        title="Until", description="When it ends; it can be asked for again before that."
    )
    why: Words = Field(title="Why", description="What it is needed for, for those who approve it.")


class NewStarter(Frozen):
    """Everything that somebody new needs on their first day."""

    full_name: Short = Field(title="Full name", description="As it is to be written everywhere.")
    starts_on: date = Field(title="First day")
    job: Short = Field(title="Job")
    team: Short = Field(title="Team")
    place: Literal["Berlin", "Madrid", "New York", "from home"] = Field(title="Place of work")
    laptop: Literal["light, 13 inch", "standard, 14 inch", "large, 16 inch"] = Field(
        default="standard, 14 inch", title="Laptop"
    )
    phone: bool = Field(default=False, title="With a phone")


class PasswordReset(Frozen):
    """A new password where the old one is forgotten or locked."""

    account: Literal["Windows and e-mail", "ERP", "VPN"] = Field(title="Account")
    locked: bool = Field(
        default=False, title="The account is locked", description="After too many attempts."
    )


class SoftwareLicence(Frozen):
    """A seat of a program that is paid for by the seat."""

    program: Literal["Visio", "Project", "Acrobat", "Photoshop"] = Field(title="Program")
    computer: Short = Field(
        title="Computer", description="Its name is on the sticker below: for example NB-4711."
    )
    why: Words = Field(title="Why", description="What it is needed for, for those who approve it.")


class GuestWifi(Frozen):
    """Wireless network for a visitor."""

    guest: Short = Field(title="Name of the guest")
    company: Short = Field(title="Company")
    e_mail: Address = Field(title="E-mail", description="The code is sent there.")
    day: date = Field(title="First day")
    days: int = Field(default=1, ge=1, le=14, title="How many days")
