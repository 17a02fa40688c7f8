"""A small organisation in a database, and its people as callers of the api."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, insert

import tokens
from desk.ticket import Kind
from policies.in_force import CATALOGUE, IN_FORCE, terms_for
from settings import Settings
from store.engine import writing
from store.policy import put_policy
from store.tables import customers, groups, memberships, people, services
from store.tokens import lock_organisation, organisation_changed

SECRET = "a secret of the tests, long enough"
ROLES = {
    "rosa": "requester",
    "omar": "requester",
    "finn": "agent",
    "fay": "agent",
    "sena": "agent",
    "theo": "agent",
    "lena": "lead",
    "max": "manager",
    "pia": "process_owner",
    "aude": "auditor",
    "adam": "admin,import",
    "busy": "requester",
    "mona": "requester",
    "fred": "requester",
    "gone": "agent",
}
MEMBERS = {
    "service-desk": ("finn", "fay", "lena"),
    "workplace-2": ("sena",),
    "network-2": ("sena",),
    "security-2": ("sena",),
    "finance": ("fred",),
    "complaints": ("max", "pia"),
    "engineering-3": ("theo",),
    "network-3": ("theo",),
    "security-3": ("theo",),
}
ANSWERS: dict[str, dict[str, Any]] = {
    "guest-wifi": {
        "guest": "Vera",
        "company": "Visitors",
        "e_mail": "v@visit.org",
        "day": "2026-03-02",
    },
    "password-reset": {"account": "VPN"},
    "software-licence": {"program": "Visio", "computer": "NB-4711", "why": "Floor plans."},
    "new-laptop": {
        "model": "light, 13 inch",
        "keyboard": "German",
        "needed_by": (datetime.now(UTC) + timedelta(days=7)).date().isoformat(),
        "why": "The old one is broken.",
    },
}
LINES = {"service-desk": 1, "complaints": 1, "finance": 2}
MANAGERS = {"rosa": "p-mona"}
Json = dict[str, Any]


def found_town(engine: Engine) -> None:
    """Put the organisation and the rules in force into an empty database."""
    with writing(engine) as connection:
        lock_organisation(connection)
        for name in ("northwind", "contoso"):
            connection.execute(insert(customers).values(id=name, name=name, calendar=None))
        # Who is somebody's manager has to be there first.
        for name, roles in sorted(ROLES.items(), key=lambda pair: pair[0] in MANAGERS):
            connection.execute(insert(people).values(**_person(name, roles)))
        for group, members in MEMBERS.items():
            line = LINES.get(group) or int(group[-1])
            fields = {"id": group, "name": group, "line": line, "lead": "p-lena", "duty": None}
            connection.execute(insert(groups).values(**fields, calendar=None))
            for member in members:
                connection.execute(insert(memberships).values(group=group, person=f"p-{member}"))
        for name, customer in (("mail", None), ("shop", "contoso")):
            fields = {"id": name, "name": name, "customer": customer, "calendar": None}
            connection.execute(insert(services).values(**fields))
        organisation_changed(connection)
        complaints = terms_for(kind=Kind.COMPLAINT)
        put_policy(connection, IN_FORCE, CATALOGUE, datetime.now(UTC), complaints)


def _person(name: str, roles: str) -> Json:
    return {
        "id": f"p-{name}",
        "email": f"{name}@example.org",
        "name": name.capitalize(),
        "language": "en",
        "zone": "Europe/Berlin",
        "roles": roles,
        "customer": "contoso" if name == "omar" else "northwind",
        "manager": MANAGERS.get(name),
        "active": name != "gone",
    }


def make_settings(engine: Engine, home: Path, **changes: Any) -> Settings:
    """Settings of an api on this database."""
    url = engine.url.render_as_string(hide_password=False)
    return Settings.model_validate(
        {"home": home, "database_url": url, "secret": SECRET, "port": 8000, **changes}
    )


def token(name: str, days: int = 1, now: datetime | None = None) -> str:
    """A token of somebody of the town."""
    return tokens.sign(SECRET.encode(), f"p-{name}", days, now or datetime.now(UTC))


class Api:
    """The api as the people of the town call it."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        transport = httpx.ASGITransport(app=app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://desk")

    async def get(self, by: str, path: str, **query: Any) -> httpx.Response:
        """Ask as somebody."""
        headers = {"Authorization": f"Bearer {token(by)}"}
        return await self.client.get(path, params=query, headers=headers)

    async def post(self, by: str, path: str, body: Any, **headers: str) -> httpx.Response:
        """Send as somebody; headers are named with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {token(by)}"
        return await self.client.post(path, json=body, headers=sent)

    async def until_ready(self, seconds: float = 20) -> None:
        """Wait until database, engine and worker are there."""
        deadline = time.monotonic() + seconds
        while (answer := await self.client.get("/health/ready")).status_code != 200:
            assert time.monotonic() < deadline, answer.text
            await asyncio.sleep(0.05)

    async def open(self, by: str = "rosa", **fields: Any) -> Json:
        """Report an incident that is fit to be reported."""
        report = {"summary": "No connection since nine", "category": "network", **fields}
        answer = await self.post(by, "/incidents", report)
        assert answer.status_code == 201, answer.text
        opened: Json = answer.json()
        return opened

    async def order(self, by: str = "rosa", item: str = "guest-wifi", **fields: Any) -> Json:
        """Order something that is fit to be ordered."""
        answers = fields.pop("answers", ANSWERS.get(item))
        answer = await self.post(by, "/requests", {"item": item, "answers": answers, **fields})
        assert answer.status_code == 201, answer.text
        opened: Json = answer.json()
        return opened

    async def step(self, by: str, number: str, step: str, **fields: Any) -> httpx.Response:
        """Take a step."""
        return await self.post(by, f"/tickets/{number}/steps", {"step": step, **fields})

    async def took(self, by: str, number: str, step: str, **fields: Any) -> Json:
        """Take a step that is possible."""
        answer = await self.step(by, number, step, **fields)
        assert answer.status_code == 200, answer.text
        ticket: Json = answer.json()
        return ticket


def problem(answer: httpx.Response, status: int, kind: str) -> Json:
    """The refusal in an answer, checked for what every refusal has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert body["type"] == f"/errors/{kind}"
    assert body["status"] == status
    assert body["instance"] == answer.request.url.path
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    assert "Traceback" not in answer.text
    return body


def fields_of(body: Json) -> list[str]:
    """The fields that a refusal names."""
    return [error["field"] for error in body["errors"]]
