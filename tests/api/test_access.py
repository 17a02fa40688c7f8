"""Every route times every role: who gets an answer, who is refused, and that none is forgotten."""

import pytest
from fastapi.routing import APIRoute

from api.app import routed
from api.documents import document
from desk.access import OF_KIND
from desk.steps import STEP_NAMES
from desk.ticket import Kind
from desk.vendor_steps import VENDOR_STEPS
from tests.api.town import ANSWERS, Api, Json, token

pytestmark = pytest.mark.temporal

EVERYBODY = ("rosa", "omar", "finn", "lena", "max", "pia", "aude", "adam")
SEE_IT = ("rosa", "finn", "lena", "max", "pia", "aude")
READS = {
    "/tickets": EVERYBODY,
    "/tasks": EVERYBODY,
    "/policy": EVERYBODY,
    "/catalogue": EVERYBODY,
    "/catalogue/{key}": EVERYBODY,
    "/openapi.json": EVERYBODY,
    "/tickets/{number}": SEE_IT,
    "/tickets/{number}/timeline": SEE_IT,
    "/tickets/{number}/clocks": SEE_IT,
}
AUDITS = ("/audit/accesses",)
EVIDENCE = (
    "/audit/tickets/{number}", "/audit/replays", "/audit/replays/{id}", "/audit/checkpoint",
)  # fmt: skip
REPORTS = ("/reports/complaints",)
OF_STAFF = ("/vendors",)
# A signature says whose it is, and no token does: tests/api/test_vendors.py.
SIGNED = ("/vendors/{vendor}/replies",)
# Of rosa: tests/api/test_absences.py. A link says itself whose it is: tests/api/test_decisions.py.
OF_PEOPLE = ("/people/{email}/absence", "/people/{email}/absences")
LINKS = ("/decide/{token}",)
WRITES = ("/incidents", "/requests", "/complaints", "/tickets/{number}/steps")
PUBLIC = ("/health/live", "/health/ready", "/errors/{kind}")
OF_AGENTS = OF_KIND[Kind.INCIDENT] - {"confirm", "adopt"}
MAY: dict[str, frozenset[str]] = {
    "rosa": frozenset({"comment", "confirm", "reopen", "cancel"}),
    "finn": OF_AGENTS,
    "lena": OF_AGENTS,
    "max": frozenset(),
    "pia": frozenset({"adopt"}),
    "aude": frozenset(),
}
# Of a request of rosa's which her manager mona, or anybody of the service desk, may approve.
DECIDE = frozenset({"approve", "reject", "ask", "delegate"})
SERVE = frozenset(
    {*VENDOR_STEPS, "become", "comment", "wait", "resume", "reopen", "link", "unlink"}
)
MAY_OF_REQUEST: dict[str, frozenset[str]] = {
    "rosa": frozenset({"comment", "confirm", "reopen", "amend", "withdraw"}),
    "mona": DECIDE,
    "finn": DECIDE | SERVE,
    "sena": SERVE,
    "max": frozenset(),
    "pia": frozenset(),
    "aude": frozenset(),
}
BODIES: dict[str, Json] = {
    "classify": {"category": "network", "impact": "low", "urgency": "low"},
    "assign": {"assignee": "finn@example.org"},
    "comment": {"text": "x"},
    "hand_off": {"line": 2, "reason": "x"},
    "wait": {"for": "vendor", "reason": "x"},
    "workaround": {"text": "x"},
    "resolve": {"code": "fixed", "text": "x"},
    "reopen": {"reason": "x"},
    "cancel": {"reason": "x"},
    "link": {"kind": "related", "ticket": "INC-00000000"},
    "unlink": {"kind": "related", "ticket": "INC-00000000"},
    "merge": {"into": "INC-00000000"},
    "become": {"kind": "service_request", "item": "nothing", "reason": "x"},
    "hand_to_vendor": {"vendor": "nobody", "text": "x"},
    "tell_vendor": {"vendor": "nobody", "text": "x"},
    "vendor_reply": {"vendor": "nobody", "text": "x"},
    "recall": {"vendor": "nobody", "reason": "x"},
    "split": {"reason": "x"},
    "reject": {"reason": "x"},
    "ask": {"text": "x"},
    "delegate": {"to": "max@example.org"},
    "amend": {"answers": ANSWERS["guest-wifi"]},
    "complete": {"task": "code"},
    "fail": {"task": "code", "reason": "x"},
}


def test_the_tables_here_name_every_route() -> None:
    paths = {"/openapi.json", *document(routed())["paths"]}
    told = {*READS, *AUDITS, *EVIDENCE, *REPORTS, *OF_PEOPLE, *LINKS, *WRITES, *PUBLIC}
    assert paths == told | {*OF_STAFF, *SIGNED}


def test_no_route_is_longer_than_fifteen_lines() -> None:
    import inspect

    for route in _routes():
        source = inspect.getsource(route.endpoint)
        body = source[source.index('"""') :]
        assert len(body.splitlines()) <= 15, route.path


def _routes() -> list[APIRoute]:
    from api.app import ROUTERS

    return [r for module in ROUTERS for r in module.router.routes if isinstance(r, APIRoute)]


@pytest.mark.parametrize("path", READS)
async def test_who_may_read_reads_and_others_find_nothing(api: Api, path: str) -> None:
    number = (await api.open("rosa"))["number"]
    for name in EVERYBODY:
        answer = await api.get(name, path.format(number=number, key="guest-wifi"))
        assert answer.status_code == (200 if name in READS[path] else 404), (name, path)


@pytest.mark.parametrize("path", REPORTS)
async def test_reports_are_for_those_who_answer_for_the_desk(api: Api, path: str) -> None:
    for name in EVERYBODY:
        answer = await api.get(name, path)
        expected = 200 if name in ("max", "pia", "aude") else 403
        assert answer.status_code == expected, (name, path)


@pytest.mark.parametrize("path", OF_STAFF)
async def test_contracts_are_for_the_desks_own_people(api: Api, path: str) -> None:
    for name in EVERYBODY:
        answer = await api.get(name, path)
        assert answer.status_code == (200 if name in SEE_IT[1:] else 403), (name, path)


@pytest.mark.parametrize("name", EVERYBODY)
async def test_no_role_answers_for_a_vendor(api: Api, name: str) -> None:
    answer = await api.post(name, "/vendors/acme/replies", {"ticket": "x", "text": "x"})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", OF_PEOPLE)
async def test_an_absence_is_for_the_person_their_manager_and_an_admin(api: Api, path: str) -> None:
    # Who decided for whom, and when, is an auditor's to read as well.
    past = path.endswith("absences")
    may = {"rosa", "mona", "adam"} | ({"aude"} if past else set())
    for name in (*EVERYBODY, "mona"):
        answer = await api.get(name, path.format(email="rosa@example.org"))
        assert answer.status_code == ((200 if past else 404) if name in may else 403), name


@pytest.mark.parametrize("path", LINKS)
async def test_no_role_opens_a_link_that_is_not_ones_own(api: Api, path: str) -> None:
    for name in EVERYBODY:
        answer = await api.get(name, path.format(token=token(name)))
        assert answer.status_code == 404, name


@pytest.mark.parametrize("path", AUDITS)
async def test_evidence_is_for_auditors_and_others_are_refused(api: Api, path: str) -> None:
    for name in EVERYBODY:
        answer = await api.get(name, path)
        assert answer.status_code == (200 if name == "aude" else 403), (name, path)


@pytest.mark.parametrize("name", EVERYBODY)
async def test_everybody_reports_for_themselves(api: Api, name: str) -> None:
    ticket = await api.open(name)
    assert ticket["requester"] == f"{name}@example.org"
    assert {"comment", "cancel"} <= set(ticket["allowed_steps"])


@pytest.mark.parametrize("name", EVERYBODY)
async def test_each_takes_the_steps_of_their_roles_and_no_other(api: Api, name: str) -> None:
    ticket = await api.open("rosa")
    number = ticket["number"]
    mine = MAY.get(name)
    for step in sorted(STEP_NAMES, key=lambda step: step in (mine or ())):
        answer = await api.step(name, number, step, **BODIES.get(step, {}))
        if mine is None:
            assert answer.status_code == 404, (name, step, answer.text)
        elif step in mine:
            assert answer.status_code in (200, 409, 422), (name, step, answer.text)
        else:
            assert answer.status_code == 403, (name, step, answer.text)
    if mine is not None:
        shown = (await api.get(name, f"/tickets/{number}")).json()["allowed_steps"]
        assert set(shown) <= mine


@pytest.mark.parametrize("path", [path for path in READS if "{number}" in path])
async def test_a_request_is_also_read_by_whom_it_waits_for(api: Api, path: str) -> None:
    number = (await api.order("rosa"))["number"]
    for name in ("fred", *EVERYBODY, "mona"):
        answer = await api.get(name, path.format(number=number))
        expected = 200 if name in (*SEE_IT, "mona") else 404
        assert answer.status_code == expected, (name, path)


@pytest.mark.parametrize("name", ["fred", "omar", "adam", *MAY_OF_REQUEST])
async def test_each_takes_their_steps_on_a_request_and_no_other(api: Api, name: str) -> None:
    number = (await api.order("rosa"))["number"]
    mine = MAY_OF_REQUEST.get(name)
    # Those that are refused first, on one; then each of the others on one of its own.
    for step in sorted(STEP_NAMES, key=lambda step: step in (mine or ())):
        if mine is not None and step in mine:
            number = (await api.order("rosa"))["number"]
        answer = await api.step(name, number, step, **BODIES.get(step, {}))
        if mine is None:
            assert answer.status_code == 404, (name, step, answer.text)
        elif step in mine:
            assert answer.status_code in (200, 409, 422), (name, step, answer.text)
        else:
            assert answer.status_code == 403, (name, step, answer.text)
    if mine is not None:
        number = (await api.order("rosa"))["number"]
        shown = (await api.get(name, f"/tickets/{number}")).json()["allowed_steps"]
        assert set(shown) <= mine


async def test_an_agent_is_the_requester_of_their_own_ticket(api: Api) -> None:
    number = (await api.open("finn"))["number"]
    await api.took("fay", number, "resolve", code="fixed", text="x")
    assert (await api.took("finn", number, "confirm"))["status"] == "closed"


@pytest.mark.parametrize("path", PUBLIC)
async def test_health_and_help_need_no_token(api: Api, path: str) -> None:
    answer = await api.client.get(path.format(kind="step-refused"))
    assert answer.status_code == 200
