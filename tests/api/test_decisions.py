"""Deciding by the link in a mail: reading it changes nothing, its form decides once."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.asking import Visit, judged
from api.dependencies import Call
from api.lookup import row_of_ticket
from desk.wish import wish_of
from store.engine import writing
from store.tables import people
from store.tokens import organisation_changed
from tests.api.town import ANSWERS, SECRET, Api, token
from tests.patience import eventually
from tokens import Question, read_question, sign_question

pytestmark = pytest.mark.temporal
STAGE = "visit"


def link(number: str, by: str = "mona", **changes: Any) -> str:
    """The address that a mail to somebody has."""
    facts = {
        "person": f"p-{by}",
        "ticket": number,
        "stage": STAGE,
        "form": 1,
        "wish": wish_of("guest-wifi", ANSWERS["guest-wifi"], "p-rosa"),
        "expires": datetime.now(UTC) + timedelta(days=7),
    }
    return f"/decide/{sign_question(SECRET.encode(), Question(**{**facts, **changes}))}"


async def decide(
    api: Api, address: str, verdict: str | None = "approve", reason: str = "", **headers: str
) -> httpx.Response:
    """Send the form of the page."""
    fields = {"reason": reason, **({"verdict": verdict} if verdict else {})}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.client.post(address, data=fields, headers=sent)


async def stands(api: Api, number: str) -> dict[str, Any]:
    """The ticket as a manager of the desk reads it."""
    ticket: dict[str, Any] = (await api.get("max", f"/tickets/{number}")).json()
    return ticket


@pytest.fixture
async def number(api: Api) -> str:
    """Rosa's order, which her manager mona may approve."""
    found: str = (await api.order("rosa"))["number"]
    return found


async def test_the_page_says_what_is_asked_and_changes_nothing_however_often(
    api: Api, number: str
) -> None:
    before = await stands(api, number)
    for method in ("GET", "HEAD", "GET"):
        page = await api.client.request(method, link(number))
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
    for words in ("Hello Mona, Rosa (northwind) asks for this", "Guest wifi", "Vera", "Approve"):
        assert words in page.text
    assert await stands(api, number) == before


async def test_the_page_is_kept_by_nobody_and_lets_nothing_run(api: Api, number: str) -> None:
    page = await api.client.get(link(number))
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "<script" not in page.text
    assert "/decide/" not in page.text
    assert not re.search(r"(src|href|action)=", page.text)


async def test_the_form_approves_once_and_says_how_it_was_decided(api: Api, number: str) -> None:
    address = link(number)
    page = await decide(api, address, reason="She is expected.")
    assert page.status_code == 200, page.text
    assert "You have approved it" in page.text
    for again in (await decide(api, address), await api.client.get(address)):
        assert again.status_code == 200
        assert "You have approved it" in again.text
    other = await decide(api, address, "reject", "On second thoughts")
    assert other.status_code == 409
    assert "You have approved it" in other.text
    after = await stands(api, number)
    (decision,) = after["order"]["decisions"]
    assert (decision["person"], decision["reason"]) == ("mona@example.org", "She is expected.")


async def test_the_timeline_says_through_which_door_it_came(api: Api, number: str) -> None:
    await decide(api, link(number), "reject", "Not this week")

    async def told() -> bool:
        items = (await api.get("max", f"/tickets/{number}/timeline")).json()["items"]
        steps = [item for item in items if item["event"] == "step"]
        return [(s["actor"], s["via"]) for s in steps] == [("mona@example.org", "mail-link")]

    await eventually(told)
    (decision,) = (await stands(api, number))["order"]["decisions"]
    assert (decision["verdict"], decision["reason"]) == ("rejected", "Not this week")


@pytest.mark.parametrize(
    ("verdict", "reason", "words"),
    [
        ("reject", "  ", "Please say why you reject it."),
        (None, "Yes", "Please choose: approve or reject."),
        ("maybe", "Yes", "Please choose: approve or reject."),
        ("reject", "x" * 2_001, "please shorten it"),
        ("approve", "<b>&" + "x" * 2_000, "please shorten it"),
    ],
)
async def test_a_form_that_says_too_little_or_too_much_is_shown_again(
    api: Api, number: str, verdict: str | None, reason: str, words: str
) -> None:
    page = await decide(api, link(number), verdict, reason)
    assert page.status_code == 422
    assert words in page.text
    assert "<b>" not in page.text
    assert (await stands(api, number))["status"] == "approving"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"verdict": "approve"}', "application/json"),
        (b"verdict=approve", "text/plain"),
        (b"verdict=approve&reason=%FF", "application/x-www-form-urlencoded"),
        (b"verdict", "application/x-www-form-urlencoded"),
        ("verdict=ä".encode(), "application/x-www-form-urlencoded"),
        (b"verdict=approve&" + b"a=b&" * 20 + b"c=d", "application/x-www-form-urlencoded"),
        (b"verdict=approve&reason=%00", "application/x-www-form-urlencoded"),
        (b"reason=" + b"x" * 40_000, "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_of_the_page_is_not_read(
    api: Api, number: str, body: bytes, kind: str
) -> None:
    page = await api.client.post(link(number), content=body, headers={"Content-Type": kind})
    assert page.status_code == 400, page.text
    assert (await stands(api, number))["status"] == "approving"


async def test_an_expired_link_is_gone(api: Api, number: str) -> None:
    address = link(number, expires=datetime.now(UTC) - timedelta(seconds=1))
    for page in (await api.client.get(address), await decide(api, address)):
        assert page.status_code == 410
        assert "This link has expired" in page.text
        assert "new mail" not in page.text
    assert (await stands(api, number))["status"] == "approving"


async def test_a_forged_link_does_not_exist(api: Api, number: str) -> None:
    good = link(number)
    foreign = Question("p-mona", number, STAGE, 1, "w", datetime.now(UTC) + timedelta(days=1))
    forged = [
        good[:-3] + ("AAA" if good[-3:] != "AAA" else "BBB"),
        f"/decide/{sign_question(b'another secret', foreign)}",
        f"/decide/{token('mona')}",
        "/decide/x",
        link("REQ-00000000"),
    ]
    for address in forged:
        for page in (await api.client.get(address), await decide(api, address)):
            assert page.status_code == 404, address
            assert "There is no such link" in page.text


async def test_a_link_is_no_token(api: Api, number: str) -> None:
    secret = link(number).rpartition("/")[2]
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await api.client.get("/tickets", headers=headers)).status_code == 401


async def test_a_link_of_former_answers_decides_nothing(api: Api, number: str) -> None:
    address = link(number)
    answers: dict[str, Any] = {
        "guest": "Carl",
        "company": "C",
        "e_mail": "c@visit.org",
        "day": "2030-03-02",
    }
    await api.took("rosa", number, "amend", answers=answers)
    for page in (await decide(api, address), await api.client.get(address)):
        assert page.status_code == 409
        assert "The answers were changed" in page.text
    other = await decide(api, link(number, form=2))
    assert (other.status_code, "The answers were changed" in other.text) == (409, True)
    wish = wish_of("guest-wifi", answers, "p-rosa")
    assert (await decide(api, link(number, form=2, wish=wish))).status_code == 200


@pytest.mark.parametrize("verdict", [None, "reject"])
async def test_whoever_reads_a_confidential_order_as_it_is_shown_again_is_noted(
    api: Api, verdict: str | None
) -> None:
    number = (await api.order("rosa", confidential=True))["number"]
    page = await decide(api, link(number), verdict)
    assert (page.status_code, "Vera" in page.text) == (422, True)
    noted = (await api.get("aude", "/audit/accesses", ticket=number)).json()["items"]
    assert [(one["person"], one["kind"]) for one in noted] == [("mona@example.org", "read")]


async def test_after_a_withdrawal_there_is_nothing_to_decide(api: Api, number: str) -> None:
    await api.took("rosa", number, "withdraw")
    page = await decide(api, link(number))
    assert page.status_code == 410
    assert "Nothing to decide any more" in page.text
    assert "The request was withdrawn." in page.text


async def test_a_link_of_another_stage_or_of_somebody_not_asked_decides_nothing(
    api: Api, number: str
) -> None:
    for address in (link(number, stage="budget"), link(number, "fred"), link(number, "rosa")):
        page = await decide(api, address)
        assert page.status_code == 409
        assert "Your decision is not needed now" in page.text
    assert (await stands(api, number))["order"]["decisions"] == []


async def test_who_is_signed_in_as_somebody_else_is_sent_away(api: Api, number: str) -> None:
    for wrong in (token("finn"), "rubbish"):
        page = await decide(api, link(number), authorization=f"Bearer {wrong}")
        assert page.status_code == 403
        assert "This link is somebody else" in page.text
    page = await decide(api, link(number), authorization=f"Bearer {token('mona')}")
    assert page.status_code == 200


async def test_who_has_left_decides_nothing(api: Api, number: str) -> None:
    page = await decide(api, link(number, "gone"))
    assert page.status_code == 403
    assert "Your account at the service desk is closed." in page.text


async def test_requests_by_link_are_counted_for_whom_it_is_of(own: Api) -> None:
    pages = [await own.client.get(link("REQ-00000000")) for _ in range(41)]
    assert pages[-1].status_code == 429
    assert pages[-1].headers["retry-after"] == "60"
    assert "Too many requests" in pages[-1].text


async def test_without_an_engine_the_page_asks_for_patience(own: Api) -> None:
    page = await decide(own, link("REQ-00000000"))
    assert page.status_code == 503
    assert "cannot answer now" in page.text


async def test_everybody_reads_it_in_their_language(api: Api, number: str) -> None:
    engine = api.app.state.desk.engine
    for language, words in (("de-AT", "Bitte entscheiden Sie"), ("en", "Your decision, please")):
        with writing(engine) as connection:
            mona = update(people).where(people.c.id == "p-mona")
            connection.execute(mona.values(language=language))
            organisation_changed(connection)
        api.app.state.desk.directory.refresh()
        assert words in (await api.client.get(link(number))).text
    page = await api.client.get("/decide/x", headers={"Accept-Language": "de-DE,de;q=0.9"})
    assert "Diesen Link gibt es nicht" in page.text


async def test_reading_a_confidential_order_is_noted(api: Api) -> None:
    number = (await api.order("rosa", confidential=True))["number"]
    assert (await api.client.get(link(number))).status_code == 200
    noted = (await api.get("aude", "/audit/accesses", ticket=number)).json()["items"]
    assert ("mona@example.org", "read") in {(one["person"], one["kind"]) for one in noted}


async def test_two_forms_sent_at_once_decide_once(api: Api, number: str) -> None:
    address = link(number)
    pages = await asyncio.gather(*(decide(api, address) for _ in range(4)))
    assert {page.status_code for page in pages} == {200}
    assert len((await stands(api, number))["order"]["decisions"]) == 1


async def test_of_two_verdicts_sent_at_once_one_counts(api: Api, number: str) -> None:
    address = link(number)
    yes, no = await asyncio.gather(decide(api, address), decide(api, address, "reject", "No"))
    assert sorted((yes.status_code, no.status_code)) == [200, 409]
    (decision,) = (await stands(api, number))["order"]["decisions"]
    assert decision["verdict"] == ("approved" if yes.status_code == 200 else "rejected")


async def test_a_deputy_decides_by_a_link_of_their_own_and_reads_for_whom(
    api: Api, number: str
) -> None:
    headers = {"Authorization": f"Bearer {token('mona')}"}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    leave = {"until": until, "deputy": "fred@example.org"}
    path = "/people/mona@example.org/absence"
    noted = await api.client.put(path, json=leave, headers=headers)
    assert noted.status_code == 200, noted.text
    try:
        page = await api.client.get(link(number, "fred"))
        assert "You decide in the place of Mona, who is away." in page.text
        assert (await decide(api, link(number, "fred"))).status_code == 200
    finally:
        await api.client.delete(path, headers=headers)
    (decision,) = (await stands(api, number))["order"]["decisions"]
    assert decision["instead_of"] == "mona@example.org"


async def test_of_somebody_who_decided_twice_each_link_shows_its_own_decision(api: Api) -> None:
    number = (await api.order("rosa", item="new-laptop"))["number"]
    headers = {"Authorization": f"Bearer {token('mona')}"}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    path = "/people/mona@example.org/absence"
    leave = {"until": until, "deputy": "fred@example.org"}
    assert (await api.client.put(path, json=leave, headers=headers)).status_code == 200
    wish = wish_of("new-laptop", ANSWERS["new-laptop"], "p-rosa")
    stages = ("line manager", "budget")
    links = [link(number, "fred", stage=stage, wish=wish) for stage in stages]
    try:
        for address in links:
            assert "You have approved it" in (await decide(api, address)).text
    finally:
        await api.client.delete(path, headers=headers)
    state = api.app.state.desk
    row = await row_of_ticket(state, number)
    assert row is not None
    assert row.ticket.order is not None
    call = Call(state, state.organisation.actor("p-fred", datetime.now(UTC)), "-")
    for address, decided in zip(links, row.ticket.order.given, strict=True):
        secret = address.rpartition("/")[2]
        question = read_question(SECRET.encode(), secret)
        assert judged(Visit(call, state.organisation, question, secret), row.ticket) == decided


async def test_a_link_of_an_earlier_stage_does_not_show_what_was_decided_later(api: Api) -> None:
    number = (await api.order("rosa", item="new-laptop"))["number"]
    wish = wish_of("new-laptop", ANSWERS["new-laptop"], "p-rosa")
    await api.took("mona", number, "approve")
    await decide(api, link(number, "fred", stage="budget", wish=wish))
    page = await api.client.get(link(number, "fred", stage="line manager", wish=wish))
    assert "Nothing to decide any more" in page.text
    page = await api.client.get(link(number, "mona", stage="line manager", wish=wish))
    assert "You have approved it" in page.text
