"""What every process of the desk shares: taking steps, recording, the clockwork, going on."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from desk.adoption import same_promise
from desk.apply import apply, needs_terms, note_refusal
from desk.change import Outcome
from desk.errors import DeskError, KeyReused, NumberTaken
from desk.events import Event
from desk.hearing import heard, is_deaf
from desk.opening import open_ticket
from desk.record import terms_digest
from desk.steps import Taken
from desk.terms import Terms
from desk.ticket import Ticket
from desk.vendors import with_contracts
from desk.view import View
from desk.words import Word
from workflows.attributes import Shown
from workflows.background import Background
from workflows.contracting import contracted
from workflows.keys import is_first_refusal, known, remember, use_of
from workflows.outside import News, Outside
from workflows.promise import after, at_opening, promised
from workflows.recorder import Recorder
from workflows.refusals import answer, refusals
from workflows.shapes import KeyUse, OpenedCheck, Start, State
from workflows.speaking import is_new
from workflows.standing import Standing

STEPS_A_RUN = 300
A_MOMENT = timedelta(milliseconds=1)


class TicketProcess(Standing):
    """The base of each ticket's workflow; a process adds its `run`; `watch` is told of all."""

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._recorder = Recorder()
        self._background = Background()
        self._outside = Outside(self._background.run, self._take_in)
        self._refused: ApplicationError | None = None
        self._steps = 0
        self._catching_up = False
        self._shown = Shown(start.carried.ticket if start.carried else None)
        self.watch: Callable[[State, tuple[Event, ...]], None] | None = None

    @workflow.update
    async def opened(self, which: OpenedCheck) -> View:
        """The ticket, once it is open and recorded: the same for each repeat of its opening."""
        await workflow.wait_condition(lambda: self.state is not None or self._refused is not None)
        if self._refused is not None:
            raise self._refused
        await self._recorded()
        return self._view()

    @opened.validator
    def _check_opening(self, which: OpenedCheck) -> None:
        with refusals():
            if which.opening_id != self.opening.opening_id:
                raise NumberTaken(f"{self.opening.number} belongs to another opening")
            if which.body_hash != self.opening.body_hash:
                raise KeyReused

    @workflow.update
    async def take(self, taken: Taken) -> View:
        """Take a step; a known key with the same body changes nothing."""
        try:
            with refusals():
                await self._take(taken)
        finally:
            # Also after a refusal: the time that passed before the step has left its events.
            await self._recorded()
        return self._view()

    @take.validator
    def _check_step(self, taken: Taken) -> None:
        with refusals():
            if not known(self._state, taken):
                self._check_as_of(taken)

    @workflow.signal
    async def send(self, taken: Taken) -> None:
        """Take a step for a machine that waits for no answer; a refusal becomes an event."""
        await workflow.wait_condition(lambda: self.state is not None)
        self._shown.forget()
        try:
            await self._take(taken)
        except DeskError as error:
            at = max(self._instant(taken), self.ticket.last_at)
            if is_first_refusal(self._state, taken):
                self._remember(note_refusal(self.ticket, self._state.terms, taken, error.why, at))
        await self._recorded()

    @workflow.signal
    async def hear(self, word: Word) -> None:
        """Take in what another ticket says, once, and see to it that an answer is said."""
        await workflow.wait_condition(lambda: self.state is not None)
        if is_deaf(self.ticket):
            self._remember(heard(self.ticket, self._state.terms, word, self.ticket.last_at))
            self._outside.start(self._state)
        elif is_new(self._state, word):
            await self._take_in(lambda now, at: heard(now.ticket, now.terms, word, at))
        await workflow.wait_condition(lambda: self._background.failed or not self._state.words)

    @workflow.signal
    async def restate(self) -> None:
        """Record how the ticket stands, so that the store keeps nothing that never was."""
        await workflow.wait_condition(lambda: self.state is not None)
        self._shown.forget()
        self._recorder.owes = True
        await self._recorded()

    @workflow.update
    async def asked(self, about: Taken | None) -> None:
        """Never carried out: its validator answers by a refusal, so that asking leaves no event."""

    @asked.validator
    def _answer(self, about: Taken | None) -> None:
        if about is None or self.state is None:
            raise answer(self.state.ticket if self.state else None)
        raise answer(use_of(self.state, about))

    @workflow.query
    def stands(self) -> Ticket:
        """The ticket as it stands: of one that has ended, and for debugging (decision 0016)."""
        return self.ticket

    @workflow.query
    def used(self, taken: Taken) -> KeyUse:
        """What the step's key was used for: also a ticket that has ended knows its keys."""
        return use_of(self._state, taken)

    async def open(self) -> None:
        """Open the ticket on the terms that its customer and service have now; once a chain."""
        if self.state is not None:
            self._outside.start(self.state)
            return
        try:
            with refusals():
                self._open(await promised(at_opening(self.opening)))
            await self._recorded()
        except ApplicationError as refused:
            self._refused = refused
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise

    def _open(self, terms: Terms) -> None:
        at = self.opening.at or workflow.info().start_time
        outcome = open_ticket(self.opening, terms, at)
        self.state = State(ticket=outcome.ticket, terms=terms, terms_digest=terms_digest(terms))
        self._remember(outcome)
        self._pass_time(self.opening.at or workflow.now())

    async def until(self, reached: Callable[[], bool]) -> None:
        """Let time and people work on the ticket until it is so."""
        while not reached():
            self._background.raise_fault()
            await self._go_on_if_long()
            due = self._next_due()
            if due is not None and due <= workflow.now():
                self._shown.forget()
                self._pass_time(workflow.now())
                await self._recorded()
            else:
                await self._wait(due, reached)

    async def settle(self) -> None:
        """Wait until everything is recorded, told and carried out."""
        await self._recorded()
        await workflow.wait_condition(lambda: self._background.failed or self._state.settled)
        self._background.raise_fault()
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _take(self, taken: Taken) -> None:
        if known(self._state, taken):
            return
        adopted = await self._adopted(taken)
        contract = await contracted(self.ticket, taken.step, self._instant(taken))
        if known(self._state, taken):
            return
        state, at, version = self._state, self._instant(taken), self.ticket.version
        self._pass_time(at)
        self._check(taken, state.ticket, version)
        ticket, terms = state.ticket, state.terms
        if contract is not None:
            ticket, terms = self._move_to(with_contracts(terms, (contract,)))
        if adopted is not None:
            ticket, adopted = self._move_to(adopted)
        outcome = apply(ticket, terms, taken, at, adopted)
        self._steps += 1
        remember(self._state, taken)
        self._remember(outcome)
        self._pass_time(at)

    async def _adopted(self, taken: Taken) -> Terms | None:
        while needs_terms(self.ticket, taken):
            whose = after(self.ticket, taken.step, taken.actor.person)
            terms = with_contracts(await promised(whose), self._state.terms.contracts)
            # Another step may have changed the service meanwhile.
            if whose == after(self.ticket, taken.step, taken.actor.person):
                return None if same_promise(self._state.terms, terms) else terms
        return None

    def _pass_time(self, to: datetime) -> None:
        self._remember(self._passed(to))

    async def _wait(self, due: datetime | None, reached: Callable[[], bool]) -> None:
        def turned() -> bool:
            turning = reached() or self._background.failed or self._is_long
            return turning or self._next_due() != due

        left = due - workflow.now() if due is not None else None
        with suppress(TimeoutError):
            await workflow.wait_condition(turned, timeout=left, timeout_summary="next due instant")

    def _remember(self, outcome: Outcome) -> None:
        state = self._state
        if outcome.events:
            self._clockwork.heard()
        state.ticket = outcome.ticket
        state.unrecorded += outcome.events
        state.untold += outcome.notices
        state.words += outcome.words
        self._outside.note(state, outcome.events)
        if self.watch is not None:
            self.watch(state, outcome.events)

    async def _take_in(self, news: News) -> None:
        self._shown.forget()
        at = max(workflow.now(), self.ticket.last_at)
        self._pass_time(at)
        self._remember(news(self._state, at))
        await self._recorded()

    async def _recorded(self) -> None:
        state = self._state
        self._shown.show(state.ticket)
        try:
            await self._recorder.record(state)
        except ApplicationError as taken:
            self._refused = taken
        if self._refused is not None:
            raise self._refused
        if self._recorder.fell_behind and not self._catching_up:
            self._catching_up = True
            self._background.run(self._catch_up(state))
        self._outside.start(state)

    async def _catch_up(self, state: State) -> None:
        await self._recorder.catch_up(state)
        self._catching_up = False
        self._outside.start(state)

    @property
    def _is_another(self) -> bool:
        """The ticket is of another kind than this process: its next run is of the other."""
        return workflow.info().workflow_type != self.ticket.kind

    @property
    def _is_long(self) -> bool:
        # A run whose records are behind does not end: its clock must not wait for the store.
        if self._recorder.fell_behind:
            return False
        must = self._steps >= 2 * STEPS_A_RUN or workflow.info().is_continue_as_new_suggested()
        may = self._is_another or self._steps >= STEPS_A_RUN
        return must or (may and self._state.settled)

    @property
    def _idle(self) -> bool:
        busy = self._recorder.busy or self._state.words
        return workflow.all_handlers_finished() and not busy

    async def _go_on_if_long(self) -> None:
        if not self._is_long:
            return
        await workflow.wait_condition(lambda: self._idle or not self._is_long)
        if self._steps < 2 * STEPS_A_RUN:
            # In a task of its own: if news of the run arrives, the engine refuses the whole task.
            await workflow.sleep(A_MOMENT)
        # What arrived in the same task is taken in first: after the end of a run it is lost.
        await workflow.wait_condition(lambda: True)
        if self._idle and self._is_long:
            carried = self._state.model_copy(update={"run": self._state.run + 1})
            start = Start(opening=self.opening, carried=carried)
            workflow.continue_as_new(workflow=self.ticket.kind.value, args=[start])
