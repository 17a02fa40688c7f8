"""What the feed does when the desk is busy, away, or will not have it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from feed.sending import Answer, DeskAway, NotAdmitted, Sender, Stopped
from tests.feed.deaf_desk import DeafDesk, Scripted, deaf_desk
from tests.ports import free_port


@asynccontextmanager
async def sending(
    *script: Scripted, patience: float = 20
) -> AsyncIterator[tuple[DeafDesk, Sender, asyncio.Event]]:
    stop = asyncio.Event()
    async with deaf_desk(*script) as desk:
        sender = Sender(desk.url, "token", 1, stop, patience)
        try:
            yield desk, sender, stop
        finally:
            await sender.close()


async def post(sender: Sender) -> Answer:
    return await sender.post("/incidents", {"summary": "s"}, "key-1", "feed-1")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_desk_is_asked_again_with_the_same_key(status: int) -> None:
    async with sending((status, {}), (status, {})) as (desk, sender, _):
        assert (await post(sender)).ok
        assert [told["idempotency-key"] for told in desk.heard] == ["key-1"] * 3
        assert {told["x-correlation-id"] for told in desk.heard} == {"feed-1"}
        assert sender.sent == 1


async def test_retry_after_is_obeyed() -> None:
    async with sending((503, {"Retry-After": "1"})) as (_, sender, _stop):
        begun = time.monotonic()
        await post(sender)
        assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("told", ["soon", "nan", "-3", ""])
async def test_a_retry_after_that_says_nothing_is_no_trouble(told: str) -> None:
    async with sending((503, {"Retry-After": told})) as (_, sender, _stop):
        assert (await post(sender)).ok


@pytest.mark.parametrize("status", [403, 404, 409, 412, 422])
async def test_a_refusal_is_an_answer(status: int) -> None:
    async with sending((status, {})) as (desk, sender, _):
        answer = await post(sender)
        assert (answer.ok, answer.status, answer.problem) == (False, status, f"of-{status}")
        assert len(desk.heard) == 1


async def test_a_fault_inside_the_desk_is_tried_three_times_and_then_is_an_answer() -> None:
    async with sending(*[(500, {})] * 3) as (desk, sender, _):
        assert (await post(sender)).status == 500
        assert len(desk.heard) == 3


async def test_a_token_that_is_not_taken_ends_the_feed() -> None:
    async with sending((401, {})) as (_, sender, _stop):
        with pytest.raises(NotAdmitted, match="as told"):
            await post(sender)


async def test_patience_with_a_desk_that_is_away_has_an_end() -> None:
    sender = Sender(f"http://127.0.0.1:{free_port()}", "token", 1, asyncio.Event(), 1)
    with pytest.raises(DeskAway, match="ConnectError"):
        await post(sender)
    await sender.close()


async def test_patience_with_a_busy_desk_has_an_end() -> None:
    async with sending(*[(503, {"Retry-After": "30"})] * 2, patience=5) as (desk, sender, _):
        with pytest.raises(DeskAway, match="answers 503"):
            await post(sender)
        assert len(desk.heard) == 1


async def test_a_wait_ends_when_the_feed_is_to_end() -> None:
    async with sending((503, {"Retry-After": "20"}), patience=60) as (_, sender, stop):
        asked = asyncio.create_task(post(sender))
        asyncio.get_running_loop().call_later(0.2, stop.set)
        with pytest.raises(Stopped):
            await asyncio.wait_for(asked, 10)
