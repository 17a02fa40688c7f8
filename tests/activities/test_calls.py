"""A rung's call to a webhook: told once more when it may help, and nobody reads its address."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from activities.calls import CallDelayed, Calls
from activities.shapes import CallOf
from settings import Settings
from tests.ports import free_port

WHAT = CallOf(ticket="INC-7K3M9Q2M", event="e-1.0")


class Webhook(ThreadingHTTPServer):
    """A far end that answers with `status` and keeps what it was told."""

    status = 204

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.told: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """Its address, part of which is a secret."""
        return f"http://127.0.0.1:{self.server_port}/hook/s3cret"


class _Answer(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.headers["Idempotency-Key"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def calls(tmp_path: Path, url: str) -> Calls:
    return Calls(Settings.model_validate({"home": tmp_path, "webhook_url": url}))


async def test_it_is_told_the_ticket_under_the_key_of_the_event(
    webhook: Webhook, tmp_path: Path
) -> None:
    answer = await calls(tmp_path, webhook.url).post_to_webhook(WHAT)
    assert (answer.done, answer.note) == (True, "answered 204")
    [(key, body)] = webhook.told
    assert key == "e-1.0"
    assert body["ticket"] == "INC-7K3M9Q2M"
    assert body["address"].endswith("/tickets/INC-7K3M9Q2M")


async def test_a_refusal_is_the_final_word(webhook: Webhook, tmp_path: Path) -> None:
    webhook.status = 404
    answer = await calls(tmp_path, webhook.url).post_to_webhook(WHAT)
    assert (answer.done, answer.note) == (False, "answered 404")


async def test_what_may_pass_is_raised_without_the_address(
    webhook: Webhook, tmp_path: Path
) -> None:
    webhook.status = 503
    with pytest.raises(CallDelayed, match="answered 503") as delayed:
        await calls(tmp_path, webhook.url).post_to_webhook(WHAT)
    assert "s3cret" not in repr(delayed.getrepr(chain=True))


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/s3cret", "gopher://s3cret"])
async def test_an_end_that_is_not_there_is_not_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(CallDelayed, match="did not answer") as delayed:
        await calls(tmp_path, url.format(port=free_port())).post_to_webhook(WHAT)
    assert "s3cret" not in str(delayed.value)
    assert delayed.value.__cause__ is None


async def test_without_an_address_nothing_is_called(tmp_path: Path) -> None:
    answer = await Calls(Settings(home=tmp_path)).post_to_webhook(WHAT)
    assert (answer.done, answer.note) == (False, "FIRSTLINE_WEBHOOK_URL is not set")
