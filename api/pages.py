"""A page for each problem type: what it means and what to do about it."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from api.errors import KINDS, Problem

router = APIRouter(prefix="/errors", tags=["errors"])


@router.get("/{kind}", response_class=PlainTextResponse)
def explain(kind: str) -> PlainTextResponse:
    """What a problem type means; needs no token."""
    if kind not in KINDS:
        raise Problem("not-found", "there is no such type of problem")
    known = KINDS[kind]
    return PlainTextResponse(f"{known.status} {known.title}\n\n{known.advice}\n")
