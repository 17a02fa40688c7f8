"""`firstline up` as a user runs it: real Temporal, worker and API on an empty folder."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from embedded import temporal_server
from tests import plain
from tests.embedded.test_supervisor import gone
from tests.embedded.whole_desk import Desk, running_desk
from tests.patience import until

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


def status(desk: Desk, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return plain.get(f"{desk.url}/tickets", headers=headers).status_code


def test_a_new_user_is_told_where_the_desk_is_and_how_to_be_somebody(desk: Desk) -> None:
    printed = desk.printed()
    assert desk.url in printed
    assert f"http://127.0.0.1:{desk.temporal_port + 1000}" in printed
    people = ("rosa", "omar", "finn", "sena", "theo", "lena", "max", "pia", "aude", "adam")
    assert [name for name in people if f"token {name}@example.org" not in printed] == []
    assert "curl" in printed


def test_temporal_worker_and_api_are_processes_that_say_their_name(desk: Desk) -> None:
    lines = [" ".join(child.cmdline()) for child in desk.children()]
    for words in ("temporal server start-dev", "-m worker", "-m api"):
        assert len([line for line in lines if words in line]) == 1


def test_the_web_pages_of_temporal_are_served(desk: Desk) -> None:
    url = f"http://127.0.0.1:{desk.temporal_port + 1000}"
    assert plain.get(url, follow_redirects=True).status_code == 200


async def test_histories_are_kept_for_ninety_days(desk: Desk) -> None:
    client = await Client.connect(f"127.0.0.1:{desk.temporal_port}")
    assert await temporal_server.keep_histories(client, timedelta(0)) == timedelta(days=90)


def test_the_secret_can_be_read_by_its_owner_alone(desk: Desk) -> None:
    assert (desk.home / "var" / "secret").stat().st_mode & 0o777 == 0o600
    assert (desk.home / "var").stat().st_mode & 0o777 == 0o700


def test_a_second_desk_on_the_same_folder_is_refused(desk: Desk) -> None:
    assert desk.process is not None
    second = desk.run("up")
    assert second.returncode == 2
    assert f"already running on the data folder {desk.home / 'var'}" in second.stderr
    assert f"(process {desk.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr


def test_an_incident_is_reported_listed_accepted_and_resolved(desk: Desk) -> None:
    number = desk.report("The printer is on fire")
    listed = desk.run("tickets", "--q", "printer", "--as", "finn@example.org")
    assert number in listed.stdout
    accepted = desk.run("step", number, "accept", "--as", "finn@example.org")
    assert accepted.returncode == 0, accepted.stderr
    assert "in_progress" in accepted.stdout
    words = ("resolve", "code=fixed", "text=water")
    resolved = desk.run("step", number, *words, "--as", "finn@example.org")
    assert resolved.returncode == 0, resolved.stderr
    confirmed = desk.run(
        "step", number, '{"step": "confirm", "rating": 5}', "--as", "rosa@example.org"
    )
    assert "closed" in confirmed.stdout
    gone_now = desk.run("tickets", "--status", "resolved", "--as", "finn@example.org")
    assert gone_now.stdout == "no tickets\n"


def test_a_refused_step_is_one_sentence_with_what_is_possible(desk: Desk) -> None:
    number = desk.report("The screen is dark")
    refused = desk.run("step", number, "reopen", "reason=no", "--as", "finn@example.org")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1
    assert "possible now: " in refused.stderr
    assert "accept" in refused.stderr


def test_a_revoked_token_is_refused_soon(desk: Desk) -> None:
    token = desk.token("finn")
    assert status(desk, token) == 200
    assert desk.run("token", "revoke", token).returncode == 0
    until(lambda: status(desk, token) == 401)


@pytest.mark.parametrize("program", ["-m worker", "-m api", "start-dev"])
def test_a_program_that_is_killed_comes_back_and_tickets_go_on(desk: Desk, program: str) -> None:
    number = desk.report("The keyboard sticks")
    killed = desk.child(program)
    killed.kill()

    def back() -> bool:
        lines = [" ".join(one.cmdline()) for one in desk.children() if one.pid != killed.pid]
        return any(program in line and "child.py" not in line for line in lines)

    until(back)
    ready = f"{desk.url}/health/ready"

    def answers() -> bool:
        try:
            return plain.get(ready, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    until(answers, 80)
    accepted = desk.run("step", number, "accept", "--as", "finn@example.org")
    assert accepted.returncode == 0, accepted.stderr
    assert "was ended by SIGKILL" in desk.said()


def test_a_killed_supervisor_takes_all_with_it_and_the_next_goes_on_where_it_stopped(
    tmp_path: Path,
) -> None:
    with running_desk(tmp_path) as desk:
        token = desk.token("finn")
        number = desk.report("The mouse is gone")
        children = [one.pid for one in desk.children()]
        assert len(children) == 3
        assert desk.process is not None
        desk.process.kill()
        desk.process.wait(10)
        until(lambda: gone(children), 5)
        desk.measured = True
        desk.start()
        assert status(desk, token) == 200
        accepted = desk.run("step", number, "accept", "--as", "finn@example.org")
        assert accepted.returncode == 0, accepted.stderr
        children = [one.pid for one in desk.children()]
        assert desk.stop() == 0
        assert gone(children)
        assert desk.said().count("loaded the demonstration organisation") == 1


def test_a_taken_port_is_said_with_its_setting_and_nothing_is_started(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", desk.temporal_port + 1000))
        taken.listen()
        refused = desk.run("up")
    assert refused.returncode == 2
    assert f"port {desk.temporal_port + 1000}" in refused.stderr
    assert "set FIRSTLINE_TEMPORAL_PORT" in refused.stderr
    assert sorted(os.listdir(tmp_path / "var")) == ["lock"]
