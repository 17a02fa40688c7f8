"""What the queries of several lists have in common."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from desk.model import Frozen

Cursor = Annotated[str, Field(max_length=1000)]


class Asking(Frozen):
    """A query in which an empty value is none: `?status=&q=`."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: dict[str, Any]) -> dict[str, Any]:
        lists = {n: [v for v in g if v != ""] for n, g in given.items() if isinstance(g, list)}
        return {name: value for name, value in (given | lists).items() if value not in ("", [])}
