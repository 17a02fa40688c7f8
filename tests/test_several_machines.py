"""The desk on PostgreSQL with several api and worker processes, run as docker-compose.yml says."""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from tests import plain
from tests.activities.smtp import Inbox, smtp_server
from tests.machines import Machines, Process, all_ready, healthy
from tests.patience import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.postgres,
    pytest.mark.temporal,
    pytest.mark.timeout(300),
]
Json = dict[str, Any]
STEPS = ["classify", "accept", "comment", "resolve", "confirm"]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Database and engine with everything that the jobs of compose do."""
    with Machines(tmp_path_factory.mktemp("machines")) as found:
        found.script("temporal-namespace", "deploy/temporal/namespace.sh")
        found.job("migrate")
        found.job("import")
        yield found


@pytest.fixture
def inbox(machines: Machines) -> Iterator[Inbox]:
    inbox = Inbox()
    with smtp_server(inbox, machines.mail_port):
        yield inbox


class Door:
    """The desk as its callers see it: what one api does not answer is sent to another."""

    def __init__(self, apis: Sequence[Process], tokens: dict[str, str]) -> None:
        self.apis = list(apis)
        self._tokens = tokens

    def post(self, who: str, path: str, body: Json) -> Json:
        """Send it, with one key, until it is known to be done."""
        headers = {
            "Authorization": f"Bearer {self._tokens[who]}",
            "Idempotency-Key": uuid.uuid4().hex,
        }

        def sent() -> httpx.Response | None:
            api = self.apis[0]
            self.apis = [*self.apis[1:], api]
            try:
                answer = plain.post(api.url + path, json=body, headers=headers)
            except httpx.TransportError:
                return None
            return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

        answer = until(sent, 90)
        assert answer is not None
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def step(self, who: str, number: str, step: str, **fields: object) -> Json:
        return self.post(who, f"/tickets/{number}/steps", {"step": step, **fields})

    def seen(self, who: str, path: str) -> list[Json]:
        """What each api answers to a question."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        answers = [plain.get(api.url + path, headers=headers) for api in self.apis]
        return [answer.raise_for_status().json() for answer in answers]


def tokens(machines: Machines, api: Process, *names: str) -> dict[str, str]:
    """Tokens as an operator makes them in a running container."""
    made = {
        name: machines.inside(api, "firstline", "token", f"{name}@example.org") for name in names
    }
    return {name: done.stdout.strip() for name, done in made.items()}


def rows(machines: Machines, statement: str) -> list[Json]:
    """What the desk's own user reads in the desk's database."""
    text = f"SELECT row_to_json(found) FROM ({statement}) AS found"  # noqa: S608
    return [json.loads(line) for line in machines.sql(text, "firstline", "firstline")]


def all_sent(machines: Machines, number: str) -> bool:
    """Whether no message of the ticket waits to be sent any more."""
    found = rows(machines, f"SELECT state FROM messages WHERE ticket = '{number}'")  # noqa: S608
    return {row["state"] for row in found} <= {"sent", "nobody"}


def test_the_jobs_may_be_repeated(machines: Machines) -> None:
    before = rows(machines, "SELECT id, email FROM people ORDER BY id")
    assert "histories are kept for 90 days" in machines.script(
        "temporal-namespace", "deploy/temporal/namespace.sh"
    )
    machines.job("migrate")
    machines.job("import")
    assert rows(machines, "SELECT id, email FROM people ORDER BY id") == before != []


@pytest.mark.parametrize(
    ("user", "database"),
    [("firstline", "temporal"), ("firstline", "temporal_visibility"), ("temporal", "firstline")],
)
def test_each_user_reaches_its_own_databases_alone(
    user: str, database: str, machines: Machines
) -> None:
    with pytest.raises(AssertionError, match="permission denied for database"):
        machines.sql("SELECT 1", user, database)


def test_temporal_may_make_its_tables(machines: Machines) -> None:
    for database in ("temporal", "temporal_visibility"):
        machines.sql("CREATE TABLE tried (id INT); DROP TABLE tried", "temporal", database)


def test_a_worker_that_is_not_there_is_not_well(machines: Machines) -> None:
    api = machines.start("api")
    until(lambda: healthy(machines, api, "api"), 60)
    asked = machines.inside(api, "python", "-m", "deploy.health", "worker")
    assert asked.returncode == 1
    assert "has asked Temporal for work on the queue 'desk' lately" in asked.stderr
    assert not api.answers("/health/ready")
    assert api.stop(20) == 0
    assert not healthy(machines, api, "api")


def test_a_ticket_outlives_its_workers_and_apis(machines: Machines, inbox: Inbox) -> None:
    workers = [machines.start("worker") for _ in range(2)]
    apis = [machines.start("api") for _ in range(2)]
    all_ready(apis, workers)
    until(lambda: healthy(machines, workers[0], "worker"), 60)
    door = Door(apis, tokens(machines, apis[0], "rosa", "finn"))

    report = {"summary": "No network on the third floor", "category": "network"}
    number = door.post("rosa", "/incidents", report)["number"]
    facts = {"category": "network", "impact": "high", "urgency": "high"}
    assert door.step("finn", number, "classify", **facts)["priority"] == "P1"
    assert door.step("finn", number, "accept")["status"] == "in_progress"

    workers[0].kill()
    apis[0].kill()
    door.step("finn", number, "comment", text="The switch is dead.")
    workers.append(machines.start("worker"))
    apis[0] = machines.start("api")
    all_ready(apis, workers[1:])
    door.apis = list(apis)
    # Whichever worker had the ticket in memory has been killed by then.
    workers[1].kill()
    assert door.step("finn", number, "resolve", code="fixed", text="New switch.")["resolution"]
    closed = door.step("rosa", number, "confirm", rating=5)
    assert (closed["status"], closed["rating"]) == ("closed", 5)

    assert door.seen("rosa", f"/tickets/{number}") == [closed, closed]
    timelines = door.seen("finn", f"/tickets/{number}/timeline")
    assert timelines[0]["items"] == timelines[1]["items"] != []
    until(lambda: all_sent(machines, number), 90)
    assert [one.stop(20) for one in apis] == [0, 0]
    assert workers[2].stop(45) == 0
    as_expected(machines, number, closed, inbox)


def as_expected(machines: Machines, number: str, closed: Json, inbox: Inbox) -> None:
    """The rows in PostgreSQL tell the story once, and every message of it has been sent."""
    (ticket,) = rows(machines, f"SELECT * FROM tickets WHERE number = '{number}'")  # noqa: S608
    assert (ticket["status"], ticket["version"]) == ("closed", closed["version"])
    step = "body::json->'what'->'step'->>'step' AS step"
    told = rows(
        machines,
        f"SELECT version, {step} FROM events WHERE ticket = '{number}' ORDER BY version, index",  # noqa: S608
    )
    assert sorted({row["version"] for row in told}) == list(range(1, closed["version"] + 1))
    assert [row["step"] for row in told if row["step"]] == STEPS
    assert rows(machines, f"SELECT * FROM human_tasks WHERE ticket = '{number}'") == []  # noqa: S608
    sent = rows(machines, "SELECT message_id FROM messages WHERE state = 'sent'")
    assert (
        {row["message_id"] for row in sent} == {mail["Message-ID"] for mail in inbox.mails} != set()
    )
    assert list(machines.home.iterdir()) == []
