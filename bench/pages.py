"""A page of fifty out of a hundred thousand tickets, sorted by due time, over HTTP."""

import logging
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog
from sqlalchemy import event

from api.app import create_app
from bench import databases
from bench.seed import Rows, fill, made
from bench.stand import Stand, prepared
from bench.table import Row, percentile
from store.engine import make_engine

SLOWEST_MS = 30.0
PAGES = (
    ("finn", "/tickets?sort=due&limit=50"),
    ("finn", "/tickets?sort=due&limit=50&status=new&status=in_progress&status=waiting"),
    ("finn", "/tickets?sort=due&limit=50&group=service-desk&status=new"),
    ("finn", "/tickets?sort=due&limit=50&assignee=finn@example.org"),
    ("rosa", "/tickets?sort=due&limit=50"),
    ("max", "/tickets?sort=due&limit=50&priority=P1"),
)


async def measure(quick: bool) -> AsyncIterator[Row]:
    """On both databases: pages of several people and filters, and the queries behind a page."""
    count, times = (5_000, 20) if quick else (100_000, 200)
    rows: list[Rows] = []
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder:
        with prepared() as stand:
            rows = made(stand.organisation, count)
            async for row in _on(databases.SQLITE, stand, rows, times):
                yield row
        with databases.postgres(Path(folder)) as url, prepared(FIRSTLINE_DATABASE_URL=url) as stand:
            async for row in _on(databases.version_of(url), stand, rows, times):
                yield row


async def _on(database: str, stand: Stand, rows: list[Rows], times: int) -> AsyncIterator[Row]:
    engine = make_engine(stand.settings.database)
    fill(engine, rows)
    engine.dispose()
    stand.python("api")
    await stand.answers("/health/live")
    whole = [ms for who, page in PAGES for ms in await _durations(stand, who, page, times)]
    p95 = percentile(whole, 95)
    name = f"page of 50 out of {len(rows):,} by due, p95 ({database})"
    yield Row(name, f"{p95:.1f} ms", "", "", f"<= {SLOWEST_MS:g} ms", p95 <= SLOWEST_MS)
    ten, fifty = [await _queries(stand, limit) for limit in (10, 50)]
    name = f"queries of a page of 10 and of 50 ({database})"
    yield Row(name, f"{ten} and {fifty}", "", "", "the same", ten == fifty > 0)


async def _durations(stand: Stand, who: str, page: str, times: int) -> list[float]:
    """Each page asked for often: milliseconds, of the first page and the one after it in turn."""
    found = []
    async with stand.web(who) as web:
        await web.get(page)
        for _ in range(times):
            begun = time.perf_counter()
            await web.get(page)
            found.append((time.perf_counter() - begun) * 1000)
    return found


async def _queries(stand: Stand, limit: int) -> int:
    """How many queries one page takes, counted in the api itself."""
    app = create_app(stand.settings)
    headers = {"Authorization": f"Bearer {stand.token('finn')}"}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            with _counted(app.state.desk.engine) as queries:
                page = f"/tickets?sort=due&limit={limit}"
                answer = await client.get(page, headers=headers)
    assert len(answer.json()["items"]) == limit, answer.text
    return len(queries)


@contextmanager
def _counted(engine: Any) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        # The organisation is looked at every two seconds, whoever asks for what.
        if "tickets" in statement:
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)
