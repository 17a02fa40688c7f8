"""What comes before and after each route: who asks, how often, and what every answer carries."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

import tokens
from store.engine import writing
from store.tables import people
from store.tokens import organisation_changed, revoke
from tests.api.town import SECRET, Api, problem, token

ROSA = {"Authorization": f"Bearer {token('rosa')}"}
LONG_AGO = datetime.now(UTC) - timedelta(days=2)
FORGED = tokens.sign(b"another secret, which is as long as that", "p-rosa", 1, datetime.now(UTC))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer x.y.z",
        "Basic cm9zYTpyb3Nh",
        f"Bearer {FORGED}",
        f"Bearer {token('rosa', now=LONG_AGO)}",
        f"Bearer {token('nobody')}",
        f"Bearer {token('gone')}",
        "Bearer \xff\xfe",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/tickets"),
        ("DELETE", "/tickets"),
        ("GET", "/nowhere"),
        ("POST", "/incidents"),
        ("POST", "/tickets/nonsense/steps"),
        ("GET", "/openapi.json"),
    ],
)
async def test_nothing_is_looked_at_before_the_token(
    alone: Api, method: str, path: str, header: str | None
) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    answer = await alone.client.request(method, path, content=b"a" * 300_000, headers=headers)
    problem(answer, 401, "not-authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert header is None or len(header) < 20 or header.split()[-1] not in answer.text


async def test_a_revoked_token_is_refused(own: Api, sqlite_engine: Engine) -> None:
    held = {"Authorization": f"Bearer {token('rosa')}"}
    assert (await own.client.get("/tickets", headers=held)).status_code == 200
    claims = tokens.verify(SECRET.encode(), held["Authorization"][7:], datetime.now(UTC))
    with writing(sqlite_engine) as connection:
        revoke(connection, claims.id, expires_at=claims.expires, now=datetime.now(UTC))
    own.app.state.desk.directory.refresh()
    problem(await own.client.get("/tickets", headers=held), 401, "not-authenticated")
    assert (await own.get("rosa", "/tickets")).status_code == 200


async def test_who_leaves_is_refused_at_once(own: Api, sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(update(people).where(people.c.id == "p-rosa").values(active=False))
        organisation_changed(connection)
    own.app.state.desk.directory.refresh()
    problem(await own.get("rosa", "/tickets"), 401, "not-authenticated")


async def test_unknown_addresses_and_methods_are_problems_too(alone: Api) -> None:
    problem(await alone.get("rosa", "/nowhere"), 404, "not-found")
    problem(await alone.get("rosa", "/tickets/"), 404, "not-found")
    answer = await alone.post("rosa", "/tickets", {})
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


async def test_where_there_is_something_to_get_there_is_its_head(alone: Api) -> None:
    assert (await alone.client.head("/health/live")).status_code == 200
    assert (await alone.client.head("/tickets")).status_code == 401
    assert (await alone.client.head("/incidents", headers=ROSA)).status_code == 405


async def test_a_correlation_id_travels_and_a_bad_one_is_replaced(alone: Api) -> None:
    mine = {"X-Correlation-ID": "call-7.a_b"}
    answer = await alone.client.get("/health/live", headers=mine)
    assert answer.headers["x-correlation-id"] == "call-7.a_b"
    for bad in ("", "a" * 65, "two words", "{}"):
        answer = await alone.client.get("/health/live", headers={"X-Correlation-ID": bad})
        assert answer.headers["x-correlation-id"] not in ("", bad)


async def test_every_answer_is_neither_sniffed_nor_stored(alone: Api) -> None:
    for answer in (
        await alone.client.get("/health/live"),
        await alone.client.get("/tickets"),
        await alone.get("rosa", "/tickets"),
        await alone.get("rosa", "/nowhere"),
        await alone.client.get("/errors/step-refused"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_too_many_requests_of_one_person_wait_and_others_do_not(own: Api) -> None:
    answers = [await own.get("busy", "/nowhere") for _ in range(41)]
    assert {answer.status_code for answer in answers[:39]} == {404}
    problem(answers[-1], 429, "too-many-requests")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert (await own.get("rosa", "/nowhere")).status_code == 404
    assert {(await own.get("adam", "/nowhere")).status_code for _ in range(50)} == {404}


async def test_a_bug_tells_nothing_but_its_correlation_id(
    alone: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object) -> None:
        raise KeyError("a secret of the code")

    monkeypatch.setattr("store.organisation.Organisation.groups_of", broken)
    answer = await alone.get("rosa", "/tickets")
    body = problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "KeyError" not in answer.text
    assert body["correlation_id"]


async def test_each_type_of_problem_has_a_page_that_says_what_to_do(alone: Api) -> None:
    page = await alone.client.get("/errors/step-refused")
    assert page.status_code == 200
    assert "allowed_steps" in page.text
    problem(await alone.client.get("/errors/nothing"), 404, "not-found")
