"""When a part is away: 503 says so, names it, and has sent nothing."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.app import create_app
from tests.api.town import ANSWERS, Api, fields_of, make_settings, problem
from tests.running import Desk

REPORT = {"summary": "The shop is down"}


async def test_live_says_only_that_the_api_answers(alone: Api) -> None:
    assert (await alone.client.get("/health/live")).status_code == 200


async def test_ready_names_what_is_missing(alone: Api) -> None:
    answer = await alone.client.get("/health/ready")
    body = problem(answer, 503, "unavailable")
    assert fields_of(body) == ["temporal", "worker"]
    assert answer.headers["retry-after"]


async def test_without_an_engine_nothing_is_opened_and_reads_go_on(alone: Api) -> None:
    answer = await alone.post("rosa", "/incidents", REPORT)
    problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    problem(await alone.step("finn", "INC-00000000", "accept"), 503, "unavailable")
    assert (await alone.get("finn", "/tickets")).json() == {"items": [], "next": None}
    assert (await alone.get("finn", "/policy")).status_code == 200


@pytest.mark.temporal
async def test_without_a_worker_nothing_is_sent(
    desk: Desk, sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
    app = create_app(make_settings(desk.engine, tmp_path, task_queue="nobody-works-here"))
    async with app.router.lifespan_context(app):
        api = Api(app)
        answer = await api.post("rosa", "/incidents", REPORT)
        assert "nothing was sent" in problem(answer, 503, "unavailable")["detail"]
        ready = problem(await api.client.get("/health/ready"), 503, "unavailable")
        assert fields_of(ready) == ["worker"]


async def test_an_api_that_never_saw_its_database_knows_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    settings = make_settings(_nowhere(tmp_path), tmp_path)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        api = Api(app)
        problem(await api.get("rosa", "/tickets"), 503, "unavailable")
        body = problem(await api.client.get("/health/ready"), 503, "unavailable")
        assert fields_of(body)[0] == "database"


@pytest.mark.temporal
async def test_steps_go_on_while_the_database_is_away_and_reads_do_not(
    api: Api, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = (await api.open("rosa"))["number"]
    ordered = (await api.order("rosa", "new-laptop"))["number"]
    state = api.app.state.desk
    lost = _nowhere(tmp_path)
    monkeypatch.setattr(state.reader, "_engine", lost)
    object.__setattr__(state, "engine", lost)
    try:
        taken = await api.took("finn", number, "accept")
        assert taken["status"] == "in_progress"
        assert (await api.open("omar"))["status"] == "new"
        problem(await api.step("rosa", number, "accept"), 403, "not-permitted")
        problem(await api.step("omar", number, "comment", text="x"), 404, "ticket-not-found")
        problem(await api.get("finn", f"/tickets/{number}"), 503, "unavailable")
        problem(await api.get("finn", "/tickets"), 503, "unavailable")
        laptop = ANSWERS["new-laptop"]
        problem(await api.step("rosa", ordered, "amend", answers=laptop), 503, "unavailable")
        to_nobody = await api.step("mona", ordered, "delegate", to="omar@example.org")
        assert fields_of(problem(to_nobody, 422, "invalid-fact")) == ["to"]
        await api.took("mona", ordered, "delegate", to="fred@example.org")
        assert (await api.took("fred", ordered, "approve"))["order"]["given"] == 1
        assert (await api.order("rosa"))["status"] == "approving"
        link = {"kind": "related", "ticket": "INC-00000000"}
        problem(await api.step("finn", number, "link", **link), 503, "unavailable")
    finally:
        object.__setattr__(state, "engine", desk.engine)
        monkeypatch.undo()
        state.reader._rests_until = 0.0


def _nowhere(tmp_path: Path) -> Engine:
    from store.engine import make_engine

    return make_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'desk.sqlite3'}")
