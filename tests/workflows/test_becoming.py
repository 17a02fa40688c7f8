"""A ticket that turns out to be of another kind: its process goes on as that of the other kind."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session
from sqlalchemy import Engine
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from audit.evidence import Evidence, Sources, fetch
from audit.reconcile import Reconciler
from audit.replay import replay
from audit.targets import Bodies
from desk.ticket import Kind, Status
from store.import_organisation import import_organisation
from tests.activities.smtp import Inbox, smtp_server
from tests.automation import far_end
from tests.patience import eventually
from tests.ports import free_port
from tests.replay.becoming import (
    A_FAULT,
    NO_FAULT,
    goes_on_as,
    incident_became_an_order,
    order_became_an_incident,
    there_and_back_again,
)
from tests.replay.orders import LICENCE
from tests.replay.rest import at_rest
from tests.running import Desk, mails, running_desk
from tests.workflows.conftest import ORGANISATION
from workflows.incident import Incident

ORDER = {"item": "software-licence", "answers": LICENCE, **NO_FAULT}


@pytest.fixture
async def desk(temporal: Client, sqlite_engine: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose automatic tasks have a far end."""
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    with far_end() as end:
        async with running_desk(temporal, sqlite_engine, tmp_path, automation_url=end.url) as desk:
            yield desk


async def test_an_incident_is_approved_and_fulfilled_once_it_is_an_order(desk: Desk) -> None:
    handle = await incident_became_an_order(desk)
    ticket, events = desk.stored(handle.id)
    assert (ticket.kind, ticket.status) == (Kind.REQUEST, Status.CLOSED)
    assert handle.id.startswith("INC-")
    assert [(row["version"], row["index"]) for row in events] == sorted(
        (row["version"], row["index"]) for row in events
    )
    assert any(
        "is asked for your decision" in mail or "decision" in mail for mail in mails(desk.home)
    )


async def test_an_order_is_resolved_once_it_is_an_incident(desk: Desk) -> None:
    handle = await order_became_an_incident(desk)
    ticket, _ = desk.stored(handle.id)
    assert (ticket.kind, ticket.status) == (Kind.INCIDENT, Status.CLOSED)
    assert handle.id.startswith("REQ-")


async def test_what_went_there_and_back_is_replayed_reconciled_and_whole(desk: Desk) -> None:
    handle = await there_and_back_again(desk)
    evidence = await fetch(desk.client, handle.id)
    assert isinstance(evidence, Evidence)
    assert len(evidence.histories) == 3
    assert (await replay(evidence)).wrong == []
    sources = Sources(desk.client, desk.engine, Bodies(desk.engine, None))
    assert (await Reconciler(sources, desk.engine).check(handle.id)).words == []


async def test_a_repeat_is_known_to_the_process_of_the_other_kind(desk: Desk) -> None:
    handle = await desk.open()
    first = await desk.take(handle, "finn", "become", _key="k", _body_hash="a", **ORDER)
    await goes_on_as(handle, "service_request")
    again = await desk.take(handle, "finn", "become", _key="k", _body_hash="a", **ORDER)
    assert (again.version, again.kind) == (first.version, Kind.REQUEST)


async def test_of_two_who_say_the_same_the_second_is_told_that_it_is_so(desk: Desk) -> None:
    handle = await desk.open()
    await desk.take(handle, "finn", "become", **ORDER)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await desk.take(handle, "lena", "become", **ORDER)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "InvalidFact"


async def test_an_item_that_is_gone_changes_nothing(desk: Desk) -> None:
    handle = await desk.open()
    gone = {**ORDER, "item": "hover-car"}
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await desk.take(handle, "finn", "become", **gone)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "InvalidFact"
    assert desk.stored(handle.id)[0].kind is Kind.INCIDENT
    await desk.take(handle, "finn", "accept")


async def test_a_wish_of_a_ticket_that_became_an_incident_cannot_be_approved(desk: Desk) -> None:
    handle = await desk.order("rosa", "software-licence", LICENCE)
    await desk.take(handle, "finn", "become", **A_FAULT)
    with pytest.raises(WorkflowUpdateFailedError):
        await desk.take(handle, "nora", "approve")


async def test_a_machine_that_names_an_item_that_is_gone_breaks_nothing(desk: Desk) -> None:
    handle = await desk.open()
    gone = desk.taken("finn", "become", **{**ORDER, "item": "hover-car"})
    await handle.signal(Incident.send, gone)

    async def refused() -> bool:
        return '"event":"refused"' in "".join(row["body"] for row in desk.stored(handle.id)[1])

    await eventually(refused)
    await desk.take(handle, "finn", "accept")


class SlowInbox(Inbox):
    """Takes its time with each mail."""

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(1)
        return await super().handle_DATA(server, session, envelope)


async def test_no_mail_that_is_under_way_is_sent_again_by_the_process_of_the_other_kind(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    import_organisation(sqlite_engine, ORGANISATION, "organisation.yaml")
    inbox, port = SlowInbox(), free_port()
    to: dict[str, Any] = {"smtp_host": "localhost", "smtp_port": port, "smtp_starttls": False}
    with smtp_server(inbox, port):
        async with running_desk(temporal, sqlite_engine, tmp_path, **to) as desk:
            handle = await desk.open()
            await desk.take(handle, "finn", "become", **ORDER)
            await goes_on_as(handle, "service_request")
            await at_rest(handle)
    sent = [str(mail["Message-ID"]) for mail in inbox.mails]
    assert len(sent) == len(set(sent)) >= 3
