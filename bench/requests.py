"""What a service request costs, by its shape: latency over HTTP, events, billable actions."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from bench.lives import billable
from bench.stand import Stand, standing
from bench.table import Row
from bench.web import Web
from tests.automation import far_end
from tests.replay.orders import LICENCE, STARTER

TIMES = 12
PEOPLE = ("rosa", "lena", "finn", "sena", "nora", "max", "pia")


class Shape(NamedTuple):
    """An item, who orders it with which answers, who approves, and who does what by hand."""

    name: str
    item: str
    by: str
    answers: dict[str, Any]
    approvers: tuple[str, ...] = ()
    tasks: tuple[tuple[str, str], ...] = ()


SHAPES = (
    Shape("no approval, 1 automatic task", "password-reset", "rosa", {"account": "ERP"}),
    Shape(
        "1 approval, 2 tasks, 1 of them automatic",
        "software-licence",
        "rosa",
        LICENCE,
        ("nora",),
        (("sena", "install"),),
    ),
    Shape(
        "2 approvals of 3, 8 tasks, 3 of them automatic",
        "new-starter",
        "lena",
        STARTER,
        ("max", "pia"),
        (
            *(("sena", task) for task in ("badge", "laptop", "desk", "set-up")),
            ("finn", "welcome"),
        ),
    ),
)


async def measure(quick: bool) -> AsyncIterator[Row]:
    """Each shape some times, one after the other, on a desk that does nothing else."""
    with far_end() as end:
        async with standing("normal", FIRSTLINE_AUTOMATION_URL=end.url) as stand:
            for shape in SHAPES:
                for row in await _measured(stand, shape, 3 if quick else TIMES):
                    yield row


async def _measured(stand: Stand, shape: Shape, times: int) -> list[Row]:
    orders, decisions, numbers = [], [], []
    async with AsyncExitStack() as stack:
        web = {name: await stack.enter_async_context(stand.web(name)) for name in PEOPLE}
        for _ in range(times):
            begun = time.perf_counter()
            body = {"item": shape.item, "answers": shape.answers}
            number = str((await web[shape.by].post("/requests", body))["number"])
            orders.append(time.perf_counter() - begun)
            for approver in shape.approvers:
                begun = time.perf_counter()
                await web[approver].step(number, "approve")
                decisions.append(time.perf_counter() - begun)
            await _fulfilled(web, shape, number)
            numbers.append(number)
    history = await stand.client.get_workflow_handle(numbers[-1]).fetch_history()
    actions = billable(history)
    said = ", ".join(f"{count} {what}" for what, count in actions.most_common())
    of = f"request ({shape.name})"
    rows = [Row(f"{of}: order, p50", f"{statistics.median(orders) * 1000:.1f} ms")]
    if decisions:
        rows.append(Row(f"{of}: approve, p50", f"{statistics.median(decisions) * 1000:.1f} ms"))
    return [
        *rows,
        Row(f"{of}: events", f"{len(history.events)}"),
        Row(f"{of}: billable actions", f"{actions.total()} ({said})"),
    ]


async def _fulfilled(web: dict[str, Web], shape: Shape, number: str) -> None:
    """Do the tasks as they come up, and confirm: what is automatic is waited for."""
    left = list(shape.tasks)
    async with asyncio.timeout(60):
        while (ticket := await _ticket(web[shape.by], number))["status"] != "resolved":
            is_open = {task["key"] for task in ticket["order"]["tasks"] if task["state"] == "open"}
            for agent, task in [one for one in left if one[1] in is_open]:
                await web[agent].step(number, "complete", task=task)
                left.remove((agent, task))
            await asyncio.sleep(0.02)
    await web[shape.by].step(number, "confirm", rating=5)
    # The last mails are on their way: their events belong to the life.
    await asyncio.sleep(0.5)


async def _ticket(web: Web, number: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await web.get(f"/tickets/{number}"))
    return found
