"""What an organisation file says of vendors, and what is wrong with single fields."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from desk.model import Frozen, Line
from desk.ticket import Priority
from store.fields import Email, Language, Slug, Zone

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LONGEST_URL = 500
Duration = Annotated[timedelta, Field(gt=timedelta(), le=timedelta(days=365))]

Targets = dict[Priority | Literal["default"], Duration]


def _url(text: str) -> str:
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not (safe and parts.hostname and text.isascii() and text.isprintable()) or "@" in text:
        raise ValueError("give an https:// address without a login; http:// only to this machine")
    return text


class ContractEntry(Frozen):
    """A contract; `targets` are durations like PT4H for P1 to P4, or `default` for the others."""

    id: Slug
    starts: date | None = Field(default=None, alias="from")
    until: date
    calendar: Slug
    targets: Targets
    gives_up_after: Duration | None = None
    pauses: Annotated[bool, Field(strict=True)] = False
    services: tuple[Slug, ...] = ()

    @field_validator("targets")
    @classmethod
    def _all_four(cls, targets: Targets) -> Targets:
        missing = [p.value for p in Priority if p not in targets and "default" not in targets]
        if missing:
            raise ValueError(f"lacks {', '.join(missing)}: give them, or a `default`")
        return {p: targets[p] if p in targets else targets["default"] for p in Priority}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        longest = max(self.targets.values())
        if self.gives_up_after is not None and self.gives_up_after <= longest:
            raise ValueError("gives_up_after has to be longer than the longest of the targets")
        if self.starts is not None and self.starts > self.until:
            raise ValueError("it ends before it begins: correct `from` or `until`")
        return self


class VendorEntry(Frozen):
    """A vendor; raise `generation` to give it another secret."""

    id: Slug
    name: Line
    email: Email | None = None
    webhook: Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_url)] | None = None
    language: Language = "en"
    zone: Zone = "UTC"
    generation: Annotated[int, Field(ge=1, le=1000, strict=True)] = 1
    contracts: tuple[ContractEntry, ...] = ()

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.email is None and self.webhook is None:
            raise ValueError("give an email or a webhook: else nobody can tell them anything")
        ids = [contract.id for contract in self.contracts]
        if len(set(ids)) < len(ids):
            raise ValueError("two of its contracts have the same id")
        return self
