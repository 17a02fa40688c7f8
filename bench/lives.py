"""Whole lives of incidents, beside bare workflows with as many updates; and what one life costs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from bench.callers import TEXT, bare_life, rate
from bench.stand import Stand, standing
from bench.table import Row, at_least
from bench.web import Web
from store.engine import make_engine, reading
from store.messages import messages_of

CALLERS = 8
UPDATES = 7
LEAST = 0.7
MOST_EVENTS = 110
# What Temporal Cloud bills as an action: its documentation, "Actions" (a workflow's start, timer,
# signal, update, query and search attribute upsert; an activity's start and each retry; all local
# activities of one workflow task together).
BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "start",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "update",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signal",
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activity",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "search attributes",
}
COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
MARKER = EventType.EVENT_TYPE_MARKER_RECORDED


async def measure(quick: bool) -> AsyncIterator[Row]:
    """Lives a second with both settings of the server's file, then one life in numbers."""
    for synchronous in ("full", "normal"):
        async with standing(synchronous) as stand:
            desk, bare = await _rounds(stand, rounds=2 if quick else 6)
            yield at_least(f"lives of {CALLERS} callers ({synchronous})", desk, bare, LEAST)
            if synchronous == "normal":
                for row in await _one_life(stand):
                    yield row


async def _rounds(stand: Stand, rounds: int) -> tuple[list[float], list[float]]:
    desk, bare = [], []
    async with AsyncExitStack() as stack:
        pairs = [
            (
                await stack.enter_async_context(stand.web("rosa")),
                await stack.enter_async_context(stand.web("finn")),
            )
            for _ in range(CALLERS)
        ]
        lives = [lambda pair=pair: live(*pair) for pair in pairs]
        bares = [lambda: bare_life(stand.client, UPDATES)] * CALLERS
        await rate(lives, 2)
        await rate(bares, 2)
        for _ in range(rounds):
            desk.append(await rate(lives, 5))
            bare.append(await rate(bares, 5))
    return desk, bare


async def live(rosa: Web, finn: Web) -> str:
    """Report, classify, assign, accept, comment, resolve, confirm: seven updates; the number."""
    number = await rosa.report(category="network")
    await finn.step(number, "classify", category="network", impact="medium", urgency="high")
    await finn.step(number, "assign", assignee="finn@example.org")
    await finn.step(number, "accept")
    await finn.step(number, "comment", text=TEXT)
    await finn.step(number, "resolve", code="fixed", text=TEXT)
    await rosa.step(number, "confirm", rating=5)
    return number


async def _one_life(stand: Stand) -> list[Row]:
    async with stand.web("rosa") as rosa, stand.web("finn") as finn:
        number = await live(rosa, finn)
    messages = await _delivered(stand, number)
    history = await stand.client.get_workflow_handle(number).fetch_history()
    events = len(history.events)
    actions = billable(history)
    said = ", ".join(f"{count} {what}" for what, count in actions.most_common())
    kept = events <= MOST_EVENTS
    return [
        Row("events of a life", f"{events}", "", "", f"<= {MOST_EVENTS}", kept),
        Row("messages of a life", f"{messages}"),
        Row("billable actions of a life", f"{actions.total()} ({said})"),
    ]


async def _delivered(stand: Stand, number: str) -> int:
    """How many messages the ticket made, once all of them are delivered."""
    engine = make_engine(stand.settings.database)
    try:
        async with asyncio.timeout(30):
            while True:
                with reading(engine) as connection:
                    found = messages_of(connection, number)
                if all(message.state in ("sent", "nobody") for message in found):
                    # The engine hears of the last delivery a moment after the store.
                    await asyncio.sleep(1)
                    return len(found)
                await asyncio.sleep(0.1)
    finally:
        engine.dispose()


def billable(history: WorkflowHistory) -> Counter[str]:
    """How many actions of each sort are in a history."""
    found: Counter[str] = Counter()
    marked = False
    for event in history.events:
        if what := BILLED.get(event.event_type):
            found[what] += 1
        if event.event_type == COMPLETED:
            marked = False
        if event.event_type == MARKER and not marked:
            marked = True
            found["local activities of one task"] += 1
    return found
