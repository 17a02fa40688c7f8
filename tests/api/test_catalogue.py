"""What may be ordered, as each reads it."""

import pytest
from sqlalchemy import Engine, delete

from policies.in_force import CATALOGUE
from store.engine import writing
from store.tables import policies
from tests.api.town import ANSWERS, Api, Json, problem


async def _offered(api: Api, by: str) -> dict[str, Json]:
    answer = await api.get(by, "/catalogue")
    assert answer.status_code == 200, answer.text
    return {item["key"]: item for item in answer.json()["items"]}


async def test_everybody_is_offered_what_they_may_order(alone: Api) -> None:
    rosas, lenas = await _offered(alone, "rosa"), await _offered(alone, "lena")

    assert set(ANSWERS) <= set(rosas)
    assert set(lenas) - set(rosas) == {"new-starter"}


async def test_an_item_says_all_that_is_needed_to_order_it(alone: Api) -> None:
    laptop = (await _offered(alone, "rosa"))["new-laptop"]

    assert set(laptop) == {
        "key", "title", "description", "form", "price", "approvals", "tasks", "target",
    }  # fmt: skip
    assert laptop["price"] == CATALOGUE["new-laptop"].price
    assert laptop["form"]["properties"]["needed_by"]["format"] == "date"
    assert laptop["approvals"] == [
        "line manager: the manager of whom it is for",
        "budget: anybody of finance",
    ]
    assert "set-up: Set up the laptop, by workplace-2, after order" in laptop["tasks"]
    assert laptop["target"]["length"].startswith("P")
    assert (await alone.get("rosa", "/catalogue/new-laptop")).json() == laptop


async def test_several_approvers_are_said_in_words(alone: Api) -> None:
    items = await _offered(alone, "lena")

    assert items["application-access"]["approvals"] == [
        "access: all of the manager of whom it is for; anybody of security-2"
    ]
    (hiring,) = items["new-starter"]["approvals"]
    assert hiring.startswith("hiring: 2 of ")
    assert "anybody with the role process_owner" in hiring


async def test_an_unknown_item_is_answered_with_those_there_are(alone: Api) -> None:
    body = problem(await alone.get("rosa", "/catalogue/spaceship"), 404, "not-found")
    assert "new-laptop" in body["detail"]
    assert "new-starter" not in body["detail"]


async def test_an_item_for_other_roles_says_which(alone: Api) -> None:
    body = problem(await alone.get("rosa", "/catalogue/new-starter"), 403, "not-permitted")
    assert "lead" in body["detail"]


@pytest.mark.parametrize("path", ["/catalogue", "/catalogue/new-laptop"])
async def test_before_a_worker_told_the_rules_nothing_is_offered(
    own: Api, sqlite_engine: Engine, path: str
) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(delete(policies))
    problem(await own.get("rosa", path), 503, "unavailable")
    sent = {"item": "guest-wifi", "answers": ANSWERS["guest-wifi"]}
    problem(await own.post("rosa", "/requests", sent), 503, "unavailable")
