"""Vendors on the real engine: asked, chased and given up in virtual time, told each thing once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from desk.vendor_answer import taken_from_vendor
from desk.vendor_steps import VendorReply
from desk.webhook import secret_of
from store.engine import reading, writing
from store.import_organisation import import_organisation
from store.messages import messages_of
from store.tables import messages
from tests.patience import eventually
from tests.replay.vendors import HAND_OVER, PRINTER, asked, let_go
from tests.running import Desk, mails, running_desk
from tests.vendors import FarVendor, far_vendor
from tests.workflows.conftest import ORGANISATION
from workflows.incident import Incident

SECRET = "a secret of the tests, long enough"


def events(desk: Desk, number: str) -> str:
    return "\n".join(row["body"] for row in desk.stored(number)[1])


def states(desk: Desk, number: str) -> list[tuple[str, str | None, str]]:
    """Of each message to a vendor: what, to which, and whether it was sent."""
    with reading(desk.engine) as connection:
        found = [m for m in messages_of(connection, number) if m.vendor]
    return [(m.template, m.vendor, m.state) for m in found]


async def refusal(desk: Desk, handle: Any, **fields: Any) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await desk.take(handle, "finn", "hand_to_vendor", **fields)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "InvalidFact"
    return cause.message


async def heard(end: FarVendor, *types: str) -> None:
    """Wait until the vendor was called so often, and of that."""

    async def so() -> bool:
        return [one.body["type"] for one in end.heard] == [*types]

    await eventually(so)


async def test_a_vendor_is_asked_by_mail_chased_and_given_up_and_the_ticket_goes_on(
    desk: Desk,
) -> None:
    handle = await asked(desk)
    ticket, _ = desk.stored(handle.id)
    assert (ticket.status, ticket.waiting_for) == ("waiting", "vendor")
    await desk.pass_time(handle, timedelta(days=12))
    await let_go(desk, handle, "gave_up")
    ticket, rows = desk.stored(handle.id)
    assert (ticket.status, ticket.vendors) == ("in_progress", ())

    async def all_sent() -> bool:
        return {state for *_, state in states(desk, handle.id)} == {"sent"}

    await eventually(all_sent)
    told = [template for template, *_ in states(desk, handle.id)]
    chased = sum('"event":"rung_fired"' in row["body"] and "uc_" in row["body"] for row in rows)
    assert told == ["vendor_asked", *["vendor_chased"] * chased, "vendor_over"]
    letters = [mail for mail in mails(desk.home) if "support@meridian.example" in mail]
    assert len(letters) == len(told)
    assert not any("osa" in mail or "finn@" in mail for mail in letters)
    assert any(HAND_OVER["text"] in mail for mail in letters)


async def test_without_a_contract_in_force_it_says_until_when_it_ran(
    desk: Desk, sqlite_engine: Engine
) -> None:
    handle = await desk.open()
    assert "service" in await refusal(desk, handle, **PRINTER)
    assert "no such vendor" in await refusal(desk, handle, vendor="nobody", text="Help.")
    over = ORGANISATION.replace("until: 2029-12-31", "until: 2026-01-31")
    import_organisation(sqlite_engine, over, "organisation.yaml")
    desk.directory.refresh()
    assert "ran until 2026-01-31: renew it" in await refusal(desk, handle, **HAND_OVER)
    begins = ORGANISATION.replace(
        "until: 2029-12-31", "until: 2029-12-31\n        from: 2029-01-01"
    )
    import_organisation(sqlite_engine, begins, "organisation.yaml")
    desk.directory.refresh()
    assert "begins on 2029-01-01" in await refusal(desk, handle, **HAND_OVER)
    assert desk.stored(handle.id)[0].vendors == ()


async def test_a_vendor_is_told_by_its_webhook_once_for_each_id_and_over_again_after_a_5xx(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    with far_vendor() as end:
        end.secret = secret_of(SECRET.encode(), "druckwerk", 1)
        end.answers = [503, 200]
        here = ORGANISATION.replace("http://127.0.0.1:8790/tickets", end.url)
        import_organisation(sqlite_engine, here, "organisation.yaml")
        async with running_desk(temporal, sqlite_engine, tmp_path, secret=SECRET) as desk:
            handle = await desk.open(service="workplace", summary="Blank pages")
            await desk.take(handle, "finn", "comment", text="Internal note.", internal=True)
            await desk.take(handle, "finn", "hand_to_vendor", **PRINTER)

            await heard(end, "asked", "asked")
            more = {"vendor": "druckwerk", "text": "Nur bei Farbe."}
            await desk.take(handle, "finn", "tell_vendor", **more)
            facts = {"category": "hardware", "impact": "low", "urgency": "low"}
            await desk.take(handle, "finn", "classify", **facts)
            await heard(end, "asked", "asked", "told", "retargeted")
            await desk.take(handle, "finn", "recall", vendor="druckwerk", reason="Geht wieder.")
            await heard(end, "asked", "asked", "told", "retargeted", "recalled")
    assert end.wrong == []
    assert end.heard[0] == end.heard[1]
    body, told, moved = (end.heard[nth].body for nth in (0, 2, 3))
    assert (told["text"], told["due"]) == ("Nur bei Farbe.", body["due"])
    assert (moved["text"], moved["priority"]) == (None, "P4")
    assert moved["due"] > body["due"]
    assert set(body) == {
        "type", "at", "ticket", "priority", "summary", "text", "due", "reference",
    }  # fmt: skip
    assert (body["ticket"], body["summary"], body["text"]) == (
        handle.id, "Blank pages", PRINTER["text"],
    )  # fmt: skip
    assert body["due"] is not None


async def test_a_vendor_hears_that_it_was_asked_before_it_hears_that_it_was_recalled(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    with far_vendor() as end:
        # The first call is repeated a second later: the second one is ready long before that.
        end.answers = [503, 503]
        here = ORGANISATION.replace("http://127.0.0.1:8790/tickets", end.url)
        import_organisation(sqlite_engine, here, "organisation.yaml")
        async with running_desk(temporal, sqlite_engine, tmp_path, secret=SECRET) as desk:
            handle = await desk.open(service="workplace")
            await desk.take(handle, "finn", "hand_to_vendor", **PRINTER)
            await desk.take(handle, "finn", "recall", vendor="druckwerk", reason="Geht wieder.")
            await desk.take(handle, "finn", "hand_to_vendor", **PRINTER)

            async def sent() -> bool:
                found = states(desk, handle.id)
                return len(found) == 3 and {state for *_, state in found} == {"sent"}

            await eventually(sent)
    assert [one.body["type"] for one in end.heard] == ["asked"] * 3 + ["recalled", "asked"]
    instants = [one.body["at"] for one in end.heard]
    assert instants == sorted(instants)


@pytest.mark.parametrize("status", [404, 302])
async def test_a_vendor_that_refuses_for_good_is_news_to_the_assignee_and_the_lead(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path, status: int
) -> None:
    with far_vendor() as end:
        end.answers = [status]
        here = ORGANISATION.replace("http://127.0.0.1:8790/tickets", end.url)
        import_organisation(sqlite_engine, here, "organisation.yaml")
        async with running_desk(temporal, sqlite_engine, tmp_path, secret=SECRET) as desk:
            handle = await desk.open(service="workplace")
            await desk.take(handle, "finn", "accept")
            await desk.take(handle, "finn", "hand_to_vendor", **PRINTER)

            async def noted() -> bool:
                return "vendor_unreached" in events(desk, handle.id) and told() == 2

            def told() -> int:
                return sum(
                    "could not be told" in m or "nicht erreichbar" in m for m in mails(desk.home)
                )

            await eventually(noted)
    ticket, rows = desk.stored(handle.id)
    assert (ticket.vendors, ticket.waiting_for) == ((), None)
    assert sum('"how":"unreached"' in row["body"] for row in rows) == 1
    assert states(desk, handle.id) == [("vendor_asked", "druckwerk", "failed")]
    assert f"answered {status}" in events(desk, handle.id)
    assert len(end.heard) == 1


async def test_a_vendor_that_has_not_answered_for_three_days_holds_up_nothing_any_more(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    with far_vendor() as end:
        end.answers = [503] * 2
        here = ORGANISATION.replace("http://127.0.0.1:8790/tickets", end.url)
        import_organisation(sqlite_engine, here, "organisation.yaml")
        async with running_desk(temporal, sqlite_engine, tmp_path, secret=SECRET) as desk:
            handle = await desk.open(service="workplace")
            await desk.take(handle, "finn", "hand_to_vendor", **PRINTER)

            async def failing() -> bool:
                return [state for *_, state in states(desk, handle.id)] == ["failed"]

            await eventually(failing)
            with writing(sqlite_engine) as connection:
                since = {"failing_since": datetime.now(UTC) - timedelta(days=3), "attempts": 10}
                asked = messages.update().where(messages.c.vendor == "druckwerk")
                connection.execute(asked.values(**since))
            await desk.take(handle, "finn", "recall", vendor="druckwerk", reason="Geht wieder.")

            async def went_on() -> bool:
                return "recalled" in end.types and "vendor_unreached" in events(desk, handle.id)

            await eventually(went_on)
    assert [state for *_, state in states(desk, handle.id)] == ["failed", "sent"]
    assert [one.body["type"] for one in end.heard] == ["asked", "asked", "recalled"]
    assert "answered 503; it was tried for 3 days" in events(desk, handle.id)


async def test_a_vendor_that_was_let_go_is_not_told_what_was_meant_for_its_work(
    temporal: Client, sqlite_engine: Engine, tmp_path: Path
) -> None:
    with far_vendor() as end:
        end.answers = [503, 404]
        here = ORGANISATION.replace("http://127.0.0.1:8790/tickets", end.url)
        import_organisation(sqlite_engine, here, "organisation.yaml")
        async with running_desk(temporal, sqlite_engine, tmp_path, secret=SECRET) as desk:
            handle = await desk.open(service="workplace")
            await desk.take(handle, "finn", "hand_to_vendor", **PRINTER)
            await desk.take(handle, "finn", "tell_vendor", **PRINTER)

            async def settled() -> bool:
                state = (await handle.query(Incident.stands)).vendors
                return state == () and len(states(desk, handle.id)) == 2

            await eventually(settled)
            await desk.take(handle, "finn", "cancel", reason="Never mind.")
            assert await handle.result() == "cancelled"
    assert end.types == ["asked"]
    assert [state for *_, state in states(desk, handle.id)] == ["failed", "failed"]


async def test_what_a_vendor_says_too_late_is_noted_once_and_taken_when_it_is_asked_again(
    desk: Desk,
) -> None:
    handle = await asked(desk)
    await desk.take(handle, "finn", "recall", vendor="meridian", reason="It works.")
    step = VendorReply(step="vendor_reply", vendor="meridian", text="The cable.")
    late = taken_from_vendor(handle.id, step, key="m", via="mail", correlation="c")
    for _ in range(2):
        await handle.signal(Incident.send, late)

    async def refused() -> bool:
        return '"said":"The cable."' in events(desk, handle.id)

    await eventually(refused)
    await desk.take(handle, "finn", "hand_to_vendor", **HAND_OVER)
    await handle.signal(Incident.send, late)

    async def taken() -> bool:
        return '"how":"answered"' in events(desk, handle.id)

    await eventually(taken)
    assert events(desk, handle.id).count('"event":"refused"') == 1
