"""Orders over HTTP on a desk that runs, through the death of its worker between two tasks."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.automation import FarEnd, far_end
from tests.embedded.whole_desk import Desk, running_desk
from tests.patience import until
from tests.replay.orders import LAPTOP, LICENCE, STARTER, WIFI

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300)]
SOON = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
ACCESS = {"application": "ERP", "rights": "read", "until": SOON, "why": "Month end."}
TASKS = ("order", "set-up", "hand-over", "try", "badge", "laptop", "desk", "welcome", "install")
Web = dict[str, httpx.Client]
# Who orders it, and who has to approve it.
ITEMS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "new-laptop": ("rosa", {**LAPTOP, "needed_by": SOON}, ("nora", "frida")),
    "application-access": ("omar", ACCESS, ("hugo", "sena")),
    "new-starter": ("lena", STARTER, ("max", "pia")),
    "password-reset": ("rosa", {"account": "ERP"}, ()),
    "software-licence": ("finn", LICENCE, ("max",)),
    "guest-wifi": ("rosa", WIFI, ("nora",)),
}


@pytest.fixture(scope="module")
def end() -> Iterator[FarEnd]:
    with far_end() as end:
        yield end


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, end: FarEnd) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("desk")
    with running_desk(home, automation_url=end.url) as running:
        yield running


@pytest.fixture(scope="module")
def web(desk: Desk) -> Iterator[Web]:
    names = ("rosa", "omar", "finn", "lena", "sena", "nora", "hugo", "frida", "max", "pia")
    people = {name: desk.web(name) for name in names}
    yield people
    for person in people.values():
        person.close()


def ordered(web: Web, item: str) -> str:
    """Order it as who it is for, and have it approved; its number."""
    by, answers, approvers = ITEMS[item]
    answer = web[by].post("/requests", json={"item": item, "answers": answers})
    assert answer.status_code == 201, answer.text
    number = str(answer.json()["number"])
    for approver in approvers:
        assert number in waiting(web[approver], "approve")
        take(web[approver], number, {"step": "approve"})
    return number


def take(person: httpx.Client, number: str, step: dict[str, Any]) -> dict[str, Any]:
    answer = person.post(f"/tickets/{number}/steps", json=step)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def waiting(person: httpx.Client, task: str) -> dict[str, list[str]]:
    """What the person is waited for: of each ticket the stages or tasks."""
    found: dict[str, list[str]] = {}
    for one in person.get("/tasks").json()["items"]:
        if one["task"] == task:
            found.setdefault(one["ticket"], []).append(one["of"])
    return found


def ticket(person: httpx.Client, number: str) -> dict[str, Any]:
    return dict(person.get(f"/tickets/{number}").json())


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_is_ordered_approved_fulfilled_and_confirmed(web: Web, item: str) -> None:
    number = ordered(web, item)
    by = web[ITEMS[item][0]]

    def fulfilled() -> bool:
        for agent in ("sena", "finn"):
            for task in waiting(web[agent], "fulfil").get(number, ()):
                take(web[agent], number, {"step": "complete", "task": task})
        return bool(ticket(by, number)["status"] == "resolved")

    until(fulfilled, 60)
    assert number in waiting(by, "confirm")
    assert take(by, number, {"step": "confirm", "rating": 5})["status"] == "closed"
    assert {task["state"] for task in ticket(by, number)["order"]["tasks"]} == {"done"}


def test_nothing_is_taken_back_twice_when_the_worker_dies_in_between(
    desk: Desk, web: Web, end: FarEnd
) -> None:
    number = ordered(web, "new-starter")

    def states() -> dict[str, str]:
        tasks = ticket(web["lena"], number)["order"]["tasks"]
        return {task["key"]: task["state"] for task in tasks}

    until(lambda: Counter(states().values())["done"] == 3, 60)
    end.asked.clear()
    # Whichever comes second is not done before the worker has died.
    end.answers = {name: [200] for name in ("revoke_access", "release_licence", "remove_account")}
    end.answers["remove_account"] = [503] * 2
    take(web["sena"], number, {"step": "fail", "task": "laptop", "reason": "None to be had."})
    until(lambda: any(asked.name == "remove_account" for asked in end.asked), 60)
    desk.child("-m worker").kill()
    until(lambda: ticket(web["lena"], number)["status"] == "unfulfilled", 120)
    assert Counter(end.names) == {"revoke_access": 1, "release_licence": 1, "remove_account": 1}
    assert end.names[-1] == "remove_account"
    assert {states()[key] for key in ("account", "access", "licence")} == {"undone"}
    events = web["lena"].get(f"/tickets/{number}/timeline").json()["items"]
    ended = [event["task"] for event in events if event.get("how") == "undone"]
    assert Counter(ended) == {"access": 1, "licence": 1, "account": 1}
