"""Words between tickets on a desk whose worker dies while they are on their way."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.embedded.whole_desk import Desk, running_desk
from tests.patience import until

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300)]
CHILDREN = 6


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture(scope="module")
def finn(desk: Desk) -> Iterator[httpx.Client]:
    with desk.web("finn") as person:
        yield person


def report(person: httpx.Client, summary: str) -> str:
    answer = person.post("/incidents", json={"summary": summary})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def take(person: httpx.Client, number: str, **step: Any) -> httpx.Response:
    headers = {"Idempotency-Key": f"{step['step']}-{number}"}
    return person.post(f"/tickets/{number}/steps", json=step, headers=headers)


def happened(person: httpx.Client, number: str) -> Counter[str]:
    items = person.get(f"/tickets/{number}/timeline").json()["items"]
    return Counter(event["event"] for event in items)


def test_each_child_is_resolved_once_when_the_worker_dies_between_the_tickets(
    desk: Desk, finn: httpx.Client
) -> None:
    parent, *children = (report(finn, f"No connection, {n}") for n in range(CHILDREN + 1))
    for child in children:
        assert take(finn, child, step="link", kind="parent", ticket=parent).status_code == 200
    until(lambda: happened(finn, parent)["linked"] == CHILDREN, 60)
    worker = desk.child("-m worker")
    step = {"step": "resolve", "code": "fixed", "text": "A new switch.", "children": True}
    with ThreadPoolExecutor() as sender:
        first = sender.submit(take, finn, parent, **step)
        # As soon as one child is told, the others are on their way.
        until(lambda: first.done() or happened(finn, children[0])["resolved_with"], 60)
        worker.kill()
        assert first.result().status_code in (200, 503)
    until(lambda: take(finn, parent, **step).status_code == 200, 120)
    for child in children:
        until(lambda child=child: happened(finn, child)["resolved_with"], 120)  # type: ignore[misc]
    assert [happened(finn, child)["resolved_with"] for child in children] == [1] * CHILDREN
    assert finn.get(f"/tickets/{parent}").json()["status"] == "resolved"


def test_a_merge_that_the_worker_did_not_survive_is_heard_once(
    desk: Desk, finn: httpx.Client
) -> None:
    one, other = report(finn, "No connection"), report(finn, "No connection either")
    with ThreadPoolExecutor() as sender:
        first = sender.submit(take, finn, one, step="merge", into=other)
        until(lambda: first.done() or happened(finn, one)["merged"], 60)
        desk.child("-m worker").kill()
        assert first.result().status_code in (200, 503)
    until(lambda: take(finn, one, step="merge", into=other).status_code == 200, 120)
    until(lambda: happened(finn, other)["absorbed"], 120)
    assert (happened(finn, one)["merged"], happened(finn, other)["absorbed"]) == (1, 1)
    assert finn.get(f"/tickets/{one}").json()["merged_into"] == other
