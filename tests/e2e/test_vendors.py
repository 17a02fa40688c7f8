"""A vendor with a webhook, on a desk that runs and whose worker dies meanwhile."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk.webhook import signed
from tests.embedded.whole_desk import ROOT, Desk, running_desk
from tests.patience import until
from tests.vendors import FarVendor, far_vendor

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def far() -> Iterator[FarVendor]:
    with far_vendor() as far:
        yield far


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, far: FarVendor) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("desk")
    with running_desk(home) as running:
        file = home / "organisation.yaml"
        text = (ROOT / "examples" / "organisation.yaml").read_text()
        file.write_text(text.replace("http://127.0.0.1:8790/tickets", far.url))
        imported = running.run("import", str(file))
        assert imported.returncode == 0, imported.stderr
        far.secret = secret(running)
        yield running


def secret(desk: Desk) -> bytes:
    told = desk.run("vendor", "secret", "druckwerk")
    assert told.returncode == 0, told.stderr
    return base64.b64decode(told.stdout.strip().removeprefix("whsec_"))


def handed_over(desk: Desk, far: FarVendor) -> tuple[httpx.Client, str]:
    finn, heard = desk.web("finn"), len(far.heard)
    report = {"summary": "Blank pages", "service": "workplace"}
    with desk.web("rosa") as rosa:
        number = str(rosa.post("/incidents", json=report).json()["number"])
    step = {"step": "hand_to_vendor", "vendor": "druckwerk", "text": "Model 12, since nine."}

    def taken() -> bool:
        # Until the api has read the organisation anew.
        return finn.post(f"/tickets/{number}/steps", json=step).status_code == 200

    until(taken, 10)
    until(lambda: len(far.heard) > heard, 30)
    return finn, number


def answer(desk: Desk, far: FarVendor, key: str, **body: Any) -> httpx.Response:
    raw = json.dumps(body).encode()
    proof = signed(far.secret, key, datetime.now(UTC), raw)
    headers = {**proof, "Content-Type": "application/json"}
    url = f"{desk.url}/vendors/druckwerk/replies"
    return httpx.post(url, content=raw, headers=headers, timeout=60, trust_env=False)


def test_a_vendor_is_called_answers_signed_and_its_repeat_is_the_same_through_a_killed_worker(
    desk: Desk, far: FarVendor
) -> None:
    finn, number = handed_over(desk, far)
    assert far.heard[-1].body["text"] == "Model 12, since nine."
    assert "Rosa" not in json.dumps(far.heard[-1].body)

    desk.child("-m worker").kill()
    body = {"ticket": number, "text": "A new drum.", "reference": "D-9"}

    def taken() -> bool:
        return answer(desk, far, "msg_of_druckwerk_1", **body).status_code == 200

    until(taken, 60)
    again = answer(desk, far, "msg_of_druckwerk_1", **body)
    assert (again.status_code, again.json()) == (200, {"ticket": number, "taken": True})
    assert answer(desk, far, "msg_of_druckwerk_2", **body).status_code == 409

    events = finn.get(f"/tickets/{number}/timeline").json()["items"]
    names = [event["event"] for event in events]
    assert (names.count("with_vendor"), names.count("vendor_ended")) == (1, 1)
    by_vendor = [event for event in events if event["actor"] == "Druckwerk GmbH"]
    assert [event["step"]["text"] for event in by_vendor if event["event"] == "step"] == [
        "A new drum."
    ]
    assert far.wrong == []
    assert len({one.id for one in far.heard}) == 1
    finn.close()


def test_a_call_that_was_under_way_when_the_worker_died_is_made_again_under_the_same_id(
    desk: Desk, far: FarVendor
) -> None:
    far.answers = [503]
    finn, number = handed_over(desk, far)
    desk.child("-m worker").kill()

    def heard_again() -> bool:
        of_it = [one for one in far.heard if one.body["ticket"] == number]
        return len(of_it) >= 2 and len({one.id for one in of_it}) == 1

    until(heard_again, 90)
    reason = {"step": "recall", "vendor": "druckwerk", "reason": "It works again."}
    until(lambda: finn.post(f"/tickets/{number}/steps", json=reason).status_code == 200, 30)
    until(lambda: "recalled" in far.types, 30)
    finn.close()


def test_the_lines_of_the_guide_answer(desk: Desk, far: FarVendor) -> None:
    finn, number = handed_over(desk, far)
    guide = (ROOT / "docs" / "vendors.md").read_text()
    command = re.search(r"`firstline (vendor secret [a-z]+)` prints", guide)
    assert command is not None
    lines = guide.split("```sh\n")[1].split("```")[0]
    secret = desk.run(*command[1].split()).stdout.strip()
    given = {"SECRET": secret, "DESK": desk.url, "TICKET": number, "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        ["sh", "-c", lines],
        env={**desk.environment, **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {"ticket": number, "taken": True}
    assert finn.get(f"/tickets/{number}").json()["vendors"] == []
    finn.close()


def test_the_secret_is_told_to_whoever_runs_the_desk_and_is_nowhere_else(
    desk: Desk, far: FarVendor
) -> None:
    told = desk.run("vendor", "secret", "druckwerk").stdout.strip()
    assert desk.run("vendor", "secret", "nobody").returncode == 2
    kept = [path for path in Path(desk.home).rglob("*") if path.is_file()]
    for path in kept:
        content = path.read_bytes()
        assert told.removeprefix("whsec_").encode() not in content, path
        assert far.secret not in content, path
