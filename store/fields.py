"""Fields that several sections of an organisation file have."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from desk.errors import PolicyError
from desk.zone import zone

LANGUAGES = ("de", "en")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise ValueError(f"{text!r}: use lower-case letters, digits and single - _ . in between")
    return text


def _email(text: str) -> str:
    text = text.strip().lower()
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{text!r} is no e-mail address: write it like rosa@example.org")
    return text


def _zone(name: str) -> str:
    try:
        zone(name)
    except PolicyError as unknown:
        raise ValueError(str(unknown)) from unknown
    return name


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"{code!r}: the desk writes in {' and '.join(LANGUAGES)}")
    return code


Slug = Annotated[str, Field(max_length=60), AfterValidator(_slug)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Zone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
