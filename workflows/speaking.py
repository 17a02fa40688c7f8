"""Words between tickets: said by a signal for as long as it takes, and taken in once."""

from collections.abc import Callable, Coroutine
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import FailureError

from desk.change import Outcome
from desk.hearing import unheard
from desk.words import Addressed, Word
from workflows.shapes import State

HEAR = "hear"
HEARD_KEPT = 200
AT_ONCE = 8
"""Tickets told at once: a task of a workflow with more of the longest texts would be refused."""
Run = Callable[[Coroutine[None, None, None]], None]
Take = Callable[[Callable[[State, datetime], Outcome]], Coroutine[None, None, None]]


class Speaking:
    """Says each pending word; those for one ticket one after the other, in their order.

    `run` starts a supervised coroutine; `take_in` brings news back into the ticket.
    """

    def __init__(self, run: Run, take_in: Take) -> None:
        self._run = run
        self._take_in = take_in
        self._at: set[str] = set()

    def start(self, state: State) -> None:
        """Begin with tickets for which there are words, and which are not told any yet."""
        for to in dict.fromkeys(told.to for told in state.words):
            if to not in self._at and len(self._at) < AT_ONCE:
                self._at.add(to)
                self._run(self._tell(state, to))

    async def _tell(self, state: State, to: str) -> None:
        while told := next((told for told in state.words if told.to == to), None):
            reached = await _said(told)
            state.words.remove(told)
            if not reached:
                await self._missed(told)
        self._at.discard(to)
        self.start(state)

    async def _missed(self, told: Addressed) -> None:
        await self._take_in(lambda now, at: unheard(now.ticket, now.terms, told, at))


async def _said(told: Addressed) -> bool:
    """Whether there is such a ticket, and it had not ended; then it will hear."""
    try:
        await workflow.get_external_workflow_handle(told.to).signal(HEAR, told.word)
    except FailureError:
        return False
    return True


def is_new(state: State, word: Word) -> bool:
    """Whether the word was not heard before; it is kept in mind."""
    if word.key in state.heard:
        return False
    state.heard = [*state.heard, word.key][-HEARD_KEPT:]
    return True
