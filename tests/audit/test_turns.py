"""Evidence of tickets that moved to other terms, or became of another kind: what is said stays."""

from datetime import timedelta

import pytest

from audit.account import derive
from audit.evidence import Evidence
from audit.replay import Lived, replay
from tests.replay.becoming import BECOMING

TURNED = ["adopted", *(life.__name__ for life in BECOMING)]


@pytest.mark.parametrize("life", TURNED)
async def test_why_something_happened_is_not_told_otherwise_later(
    lives: dict[str, Evidence], life: str
) -> None:
    lived = await replay(lives[life])
    assert lived.wrong == []
    end = lived.events[-1].at + timedelta(days=1)
    whole = derive(lived, end).timeline
    turns = [n for n, moment in enumerate(lived.moments) if moment.terms is not lived.terms[-1]]
    assert turns
    for last in turns:
        then = derive(Lived(life, lived.moments[: last + 1]), end).timeline
        assert then == whole[: len(then)]
