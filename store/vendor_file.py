"""What an organisation file says of vendors, and what is wrong with single fields."""

import re
from datetime import date, timedelta
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from desk.model import Frozen, Line
from store.fields import Email, Language, Slug, Zone

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LONGEST_URL = 500
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBERS = re.compile(r"(?:.*\.)?[0-9]+")
Duration = Annotated[timedelta, Field(gt=timedelta(), le=timedelta(days=365))]

Targets = dict[Literal["P1", "P2", "P3", "P4", "default"], Duration]

ALL_FOUR: tuple[Literal["P1", "P2", "P3", "P4"], ...] = ("P1", "P2", "P3", "P4")


def _url(text: str) -> str:
    host, port = _place(text)
    safe = text.startswith("https://") or (text.startswith("http://") and host in LOOPBACK)
    if not (safe and host and text.isascii() and text.isprintable()) or "@" in text:
        raise ValueError("give an https:// address without a login; http:// only to this machine")
    if not _is_host(host):
        raise ValueError("its host is no name that can be called: correct what follows https://")
    if port == 0:
        raise ValueError("its port has to be one from 1 to 65535")
    return text


def _place(text: str) -> tuple[str, int | None]:
    """The host and the port; neither has to make sense."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return "", None
    try:
        return host, parts.port
    except ValueError:
        return host, 0


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return not _NUMBERS.fullmatch(host) and all(map(_is_label, host.split(".")))
    return True


def _is_label(label: str) -> bool:
    """Whether it is a part of a name: one in another script has to be readable in that."""
    try:
        label.encode().decode("idna")
    except UnicodeError:
        return False
    return _LABEL.fullmatch(label) is not None


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
        missing = [name for name in ALL_FOUR if name not in targets and "default" not in targets]
        if missing:
            raise ValueError(f"lacks {', '.join(missing)}: give them, or a `default`")
        return {name: targets[name] if name in targets else targets["default"] for name in ALL_FOUR}

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
