"""The main job over HTTP: from a report to confirmed closure."""

import pytest

from tests.api.town import Api

pytestmark = pytest.mark.temporal


async def test_an_incident_goes_from_report_to_confirmed_closure(api: Api) -> None:
    answer = await api.post(
        "rosa", "/incidents", {"summary": "Printer", "category": "hardware", "impact": "high"}
    )

    assert answer.status_code == 201, answer.text
    ticket = answer.json()
    number = ticket["number"]
    assert answer.headers["location"] == f"/tickets/{number}"
    assert answer.headers["etag"] == f'"{ticket["version"]}"'
    assert ticket["status"] == "new"
    assert ticket["requester"] == "rosa@example.org"
    assert ticket["channel"] == "web"
    classified = {"category": "hardware", "impact": "high", "urgency": "high"}
    assert (await api.took("finn", number, "classify", **classified))["priority"] == "P1"
    accepted = await api.took("finn", number, "accept")
    assert (accepted["status"], accepted["assignee"]) == ("in_progress", "finn@example.org")
    await api.took("finn", number, "comment", text="On my way.")
    resolved = await api.took("finn", number, "resolve", code="fixed", text="New toner.")
    assert resolved["resolution"] == {"code": "fixed", "text": "New toner."}
    closed = await api.took("rosa", number, "confirm", rating=5)
    assert (closed["status"], closed["rating"]) == ("closed", 5)
    assert closed["allowed_steps"] == ["reopen"]
    read = await api.get("rosa", f"/tickets/{number}")
    assert read.json() == closed
    assert read.headers["etag"] == f'"{closed["version"]}"'
