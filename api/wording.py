"""What would do instead of what a validator found, in words for whoever wrote the body."""

import re
from collections.abc import Mapping
from typing import Any

from desk.steps import STEP_NAMES

SHAPES = {
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "dict_type": "must be an object: {...}",
    "model_type": "must be an object: {...}",
    "model_attributes_type": "must be an object: {...}",
    "list_type": "must be a list: [...]",
    "tuple_type": "must be a list: [...]",
    "missing": "is needed",
    "extra_forbidden": "there is no such field here: check its spelling or leave it out",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
# Without a "+", which an address would take for a space.
INSTANT = "must be an instant with its zone, like 2026-03-02T09:30:00Z"
MEMBER = re.compile(r"<[\w.]+: |[>']")
"""What pydantic writes around what may be given: quotes, and of a member of an enum its name."""


def words(found: Mapping[str, Any]) -> str:
    """What would do instead of what pydantic found."""
    kind, facts = found["type"], found.get("ctx") or {}
    if kind in SHAPES:
        return SHAPES[kind]
    match kind:
        case "union_tag_invalid" | "union_tag_not_found":
            return f"one of {', '.join(STEP_NAMES)}"
        case "string_too_long" | "too_long":
            return f"may have at most {facts['max_length']} characters"
        case "enum" | "literal_error":
            return f"must be {MEMBER.sub('', facts['expected'])}"
        case "greater_than_equal":
            return f"must be at least {facts['ge']}"
        case "less_than_equal":
            return f"must be at most {facts['le']}"
        case "string_pattern_mismatch":
            return f"must be like {facts['pattern']}"
        case "timezone_aware" | "datetime_type" | "datetime_parsing" | "datetime_from_date_parsing":
            return INSTANT
        case _:
            return str(found["msg"]).removeprefix("Value error, ")
