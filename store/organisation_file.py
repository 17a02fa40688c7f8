"""What an organisation file says, entry by entry, and what is wrong with single fields."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from desk.calendar import Calendar
from desk.model import Frozen, Line
from desk.people import Role
from store.fields import Email, Language, Slug, Zone
from store.located import Located, Path, Problem, read
from store.vendor_file import VendorEntry

_SECTIONS = ("calendars", "customers", "people", "groups", "services", "vendors")


class CalendarEntry(Calendar):
    """A service calendar, as `desk.calendar` has it."""

    name: Slug = Field(alias="id")


class CustomerEntry(Frozen):
    """Who pays; without a calendar the usual hours are promised."""

    id: Slug
    name: Line
    calendar: Slug | None = None


class PersonEntry(Frozen):
    """Somebody, known by their address; `active: false` deactivates."""

    email: Email
    name: Line
    customer: Slug
    roles: tuple[Role, ...] = (Role.REQUESTER,)
    manager: Email | None = None
    language: Language = "en"
    zone: Zone = "UTC"
    active: Annotated[bool, Field(strict=True)] = True

    @field_validator("roles")
    @classmethod
    def _each_once(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        return tuple(sorted(set(roles)))


class GroupEntry(Frozen):
    """A support group; `members` are all of its members."""

    id: Slug
    name: Line
    line: Literal[1, 2, 3]
    lead: Email
    duty: Email | None = None
    calendar: Slug | None = None
    members: Annotated[tuple[Email, ...], Field(min_length=1)]


class ServiceEntry(Frozen):
    """What is served, to one customer or to all."""

    id: Slug
    name: Line
    customer: Slug | None = None
    calendar: Slug | None = None


class OrganisationFile(Frozen):
    """The whole file; a section that is not there changes nothing."""

    calendars: tuple[CalendarEntry, ...] = ()
    customers: tuple[CustomerEntry, ...] = ()
    people: tuple[PersonEntry, ...] = ()
    groups: tuple[GroupEntry, ...] = ()
    services: tuple[ServiceEntry, ...] = ()
    vendors: tuple[VendorEntry, ...] = ()


def parse(text: str) -> tuple[OrganisationFile | None, Located, list[Problem]]:
    """The file, where its parts stand, and what is wrong with its fields.

    There is no file where a field is wrong.
    """
    located = read(text)
    problems = list(located.problems)
    if located.value is None or not isinstance(located.value, dict):
        if not problems:
            message = f"an organisation has sections: {', '.join(_SECTIONS)}"
            problems.append(Problem(1, message))
        return None, located, problems
    # An empty section is written by leaving its entries out.
    given = {key: () if value is None else value for key, value in located.value.items()}
    try:
        return OrganisationFile.model_validate(given), located, problems
    except ValidationError as wrong:
        problems += [_problem(error, located) for error in wrong.errors(include_url=False)]
        return None, located, problems


def _problem(error: Any, located: Located) -> Problem:
    path: Path = tuple(error["loc"])
    where = _where(path, located)
    if error["type"] == "missing":
        return Problem(located.line(path[:-1]), f"{_where(path[:-1], located)} lacks `{path[-1]}`")
    return Problem(located.line(path), f"{where}: {_what(error)}")


def _what(error: Any) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return "there is no such key: check its spelling"
        case "value_error":
            return str(context["error"])
        case "literal_error" | "enum":
            return f"{error['input']!r} is not among {context['expected']}"
        case "tuple_type":
            return "has to be a list: begin each entry with a dash"
        case "model_type" | "model_attributes_type":
            return "has to be an entry with keys"
        case "string_type":
            return "has to be text: put it in quotes if it is"
        case "bool_type":
            return "write true or false"
        case "too_short":
            return "at least one is needed"
        case kind if kind.startswith("date_"):
            return "write a date like 2026-12-31"
        case "greater_than":
            return f"has to be more than {context['gt']}"
        case kind if kind.startswith("time_delta_"):
            return "write a duration like PT4H"
    return str(error["msg"])


def _where(path: Path, located: Located) -> str:
    """The section and the entry's name, then the field."""
    path = tuple(part for part in path if part != "[key]")
    entry: Any = located.value
    for part in path[:2]:
        inside = isinstance(entry, list) and isinstance(part, int) and part < len(entry)
        known = isinstance(entry, dict) and part in entry
        entry = entry[part] if inside or known else None
    name = entry.get("id") or entry.get("email") if isinstance(entry, dict) else None
    if name is None or len(path) < 2:
        return " ".join(f"entry {part + 1}" if isinstance(part, int) else part for part in path)
    rest = " ".join(f"entry {part + 1}" if isinstance(part, int) else part for part in path[2:])
    return f"{path[0]} {name} {rest}".strip()
