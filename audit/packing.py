"""Sealing: everything that is known of one ticket goes into a package, signed by the desk."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from audit.account import Chain, Derived, Vouched, as_json, derive
from audit.chain import Checkpoint
from audit.code import code_version
from audit.evidence import Evidence, was_refused
from audit.keys import key_id, public_text
from audit.package import (
    CHAIN,
    FORMAT,
    PARTS,
    REPORT,
    VERSION,
    Manifest,
    Run,
    file_of,
    history_name,
    sealed,
)
from audit.replay import Lived, replay
from audit.report import report
from audit.sealing import Damaged, as_bytes, has_ended, unseal
from audit.targets import Bodies
from desk.errors import TicketNotFound
from store.archive import Link, links_of, newest_checkpoint
from store.engine import reading
from store.organisation import load
from store.reads import Engine


class NotSealed(Exception):
    """The evidence is not fit to be sealed; the message says why."""


class _History(NamedTuple):
    exact: bytes
    history: WorkflowHistory
    link: Link | None


class Sealer(NamedTuple):
    """Where evidence is found, and what it is sealed with."""

    client: Client
    engine: Engine
    bodies: Bodies
    key: Ed25519PrivateKey

    async def seal(self, number: str, made_by: str, now: datetime) -> tuple[Manifest, bytes]:
        """The package of a ticket as it is now, and its manifest.

        Raises:
            TicketNotFound: neither the engine nor the archive has it.
            NotSealed: the archive holds something else than it archived, or the histories do not
                tell of a ticket.
            TargetAway: the archive does not answer.
            NotWhole: it is larger than a package may be.
        """
        links, newest = await asyncio.to_thread(self._links, number)
        histories = await asyncio.to_thread(self._archived, number, links)
        histories += await self._not_archived(number, {link.entry.run_id for link in links})
        histories = [one for one in histories if not was_refused(one.history)]
        if not histories:
            raise TicketNotFound(f"neither the engine nor the archive has a history of {number}")
        lived = await replay(Evidence(number, tuple(one.history for one in histories)))
        if not lived.moments:
            raise NotSealed(f"{number} cannot be replayed: {'; '.join(lived.wrong)}")
        derived = derive(lived, now)
        records = tuple(_vouched(one.link) for one in histories if one.link is not None)
        chain = Chain(records=records, newest=newest)
        files = {
            **derived.files(),
            CHAIN: as_json(chain),
            **{history_name(n): one.exact for n, one in enumerate(histories, start=1)},
        }
        bare = self._manifest(number, made_by, now, histories, lived)
        people = await asyncio.to_thread(self._people, derived)
        known = tuple(file_of(name, data) for name, data in files.items())
        files[REPORT] = report(bare.model_copy(update={"files": known}), derived, chain, people)
        ordered = {name: files[name] for name in (*PARTS, *(run.file for run in bare.runs))}
        listed = tuple(file_of(name, data) for name, data in ordered.items())
        manifest = bare.model_copy(update={"files": listed})
        return manifest, sealed(manifest, ordered, self.key)

    def _links(self, number: str) -> tuple[list[Link], Checkpoint | None]:
        with reading(self.engine) as connection:
            return links_of(connection, number), newest_checkpoint(connection)

    def _archived(self, number: str, links: Sequence[Link]) -> list[_History]:
        found = []
        for link in links:
            body = self.bodies.get(link)
            try:
                exact = unseal(link.entry, body) if body is not None else None
            except Damaged as error:
                raise _broken(link, f"its history was altered: {error}") from error
            if exact is None:
                raise _broken(link, f"its history is not in {link.place}")
            history = WorkflowHistory.from_json(number, exact.decode())
            found.append(_History(exact, history, link))
        return found

    async def _not_archived(self, number: str, archived: set[str]) -> list[_History]:
        """What only the engine has yet: back from the newest run to one that is archived."""
        found: list[_History] = []
        run: str | None = None
        while run != "":
            if run in archived:
                break
            try:
                history = await self.client.get_workflow_handle(number, run_id=run).fetch_history()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                break
            if history.run_id in archived:
                break
            found.insert(0, _History(as_bytes(history), history, None))
            started = history.events[0].workflow_execution_started_event_attributes
            run = started.continued_execution_run_id
        return found

    def _people(self, derived: Derived) -> dict[str, str]:
        """What everybody is called whom the ticket names."""
        text = b"".join(derived.files().values()).decode()
        with reading(self.engine) as connection:
            people = load(connection).people.values()
        return {person.id: person.name for person in people if person.id in text}

    def _manifest(
        self,
        number: str,
        made_by: str,
        now: datetime,
        histories: Sequence[_History],
        lived: Lived,
    ) -> Manifest:
        public = self.key.public_key()
        return Manifest(
            format=FORMAT,
            version=VERSION,
            number=number,
            made_at=now,
            made_by=made_by,
            code_version=code_version(),
            policy_versions=tuple(dict.fromkeys(m.terms.policy_version for m in lived.moments)),
            public_key=public_text(public),
            key_id=key_id(public),
            runs=tuple(_run(place, one) for place, one in enumerate(histories, start=1)),
            differs=tuple(lived.wrong),
            files=(),
        )


def _run(place: int, one: _History) -> Run:
    return Run(
        file=history_name(place),
        run_id=one.history.run_id,
        events=len(one.history.events),
        ended=has_ended(one.history),
        archived=one.link is not None,
    )


def _vouched(link: Link) -> Vouched:
    if link.checkpoint is None:
        raise _broken(link, "it has lost its checkpoint")
    return Vouched(entry=link.entry, checkpoint=link.checkpoint)


def _broken(link: Link, words: str) -> NotSealed:
    entry = link.entry
    return NotSealed(
        f"record {entry.seq} of the archive ({entry.number}, run {entry.run}) cannot be sealed:"
        f" {words}. See `firstline audit verify`"
    )
