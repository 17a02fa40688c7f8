"""An approval by mail on a desk that runs: the link is in the mail, and its page decides."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests import plain
from tests.embedded.whole_desk import Desk, running_desk
from tests.patience import until
from tests.replay.orders import WIFI

pytestmark = [pytest.mark.e2e, pytest.mark.temporal, pytest.mark.timeout(300)]


def link_in_mail(folder: Path, to: str, number: str) -> str | None:
    """The link that somebody got for a ticket, once the mail is there."""
    for path in folder.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        lines = str(mail.get_content()).split()
        if mail["To"] == to and mail["X-Firstline-Ticket"] == number:
            return next((line for line in lines if "/decide/" in line), None)
    return None


def test_an_approver_decides_from_the_mail_and_opening_it_decides_nothing(tmp_path: Path) -> None:
    with running_desk(tmp_path) as desk, desk.web("rosa") as rosa, desk.web("nora") as nora:
        answer = rosa.post("/requests", json={"item": "guest-wifi", "answers": WIFI})
        number = answer.json()["number"]
        mails = desk.home / "var" / "mail"
        link = until(lambda: link_in_mail(mails, "nora@example.org", number), 60)
        assert link is not None
        assert link.startswith(desk.url)
        for _ in range(3):
            page = plain.get(link)
            assert page.status_code == 200
            assert "Carl Gauss" in page.text
        assert rosa.get(f"/tickets/{number}").json()["status"] == "approving"

        done = plain.post(link, data={"verdict": "approve", "reason": ""})
        assert (done.status_code, "You have approved it" in done.text) == (200, True)
        assert nora.get(f"/tickets/{number}").status_code == 200
        again = nora.post(f"/tickets/{number}/steps", json={"step": "approve"})
        assert (again.status_code, "you approved it already" in again.text) == (409, True)
        assert rosa.get(f"/tickets/{number}").json()["status"] in ("in_progress", "resolved")
        assert "You have approved it" in plain.get(link).text
        _kept_nowhere(desk, link, rosa.get(f"/tickets/{number}/timeline").text)


def _kept_nowhere(desk: Desk, link: str, timeline: str) -> None:
    secret = link.rpartition("/")[2]
    logs = (desk.home / "stdout").read_text() + (desk.home / "stderr").read_text()
    assert secret not in timeline + logs
    for path in (desk.home / "var").rglob("*.sqlite3*"):
        assert secret.encode() not in path.read_bytes(), path.name
