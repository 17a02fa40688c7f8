"""Automatic tasks of requests: what `does` and `undoes` in `policies/catalogue.py` may name.

The far end, at FIRSTLINE_AUTOMATION_URL, is told each task under a key of its own and may hear it
twice. A name stays here as long as a request is open that was ordered with it.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import httpx
from temporalio import activity

from activities.promise import known
from activities.shapes import CallAnswer, WorkOf
from desk.catalogue import Item
from desk.errors import PolicyError
from settings import Settings
from store.organisation import Directory, Organisation

TIMEOUT_SECONDS = 10
LONGEST_ANSWER = 16_384
LONGEST_NOTE = 200
LATER = (408, 425, 429)
"""Refusals that say to come again."""

AUTOMATIONS = (
    "create_account",
    "remove_account",
    "grant_access",
    "revoke_access",
    "reset_password",
    "reserve_licence",
    "release_licence",
    "issue_guest_code",
)


class AutomationDelayed(Exception):
    """The far end could not do it now; the same task may succeed later."""


@dataclass(frozen=True)
class Automation:
    """The automatic tasks, with the settings and the people that they need."""

    settings: Settings
    directory: Directory

    def registered(self) -> dict[str, Callable[..., object]]:
        """An activity for each automatic task, by the name that a task knows it by."""
        return {name: self._activity(name) for name in AUTOMATIONS}

    def _activity(self, name: str) -> Callable[..., object]:
        @activity.defn(name=name)
        async def carry_out(what: WorkOf) -> CallAnswer:
            try:
                return await self.carry_out(name, what)
            except AutomationDelayed as delayed:
                # Whoever does it by hand in the end reads how often it was tried.
                tried = f"{delayed} (attempt {activity.info().attempt})"
                raise AutomationDelayed(tried) from None

        return carry_out

    async def carry_out(self, name: str, what: WorkOf) -> CallAnswer:
        """POST the task to the far end.

        An answer of 5xx or none at all is raised, to be repeated, and so is one that says to
        come again; any other 4xx is the final word. The `note` of a JSON answer is what people
        read.
        """
        if self.settings.automation_url is None:
            note = "FIRSTLINE_AUTOMATION_URL is not set: do it by hand"
            return CallAnswer(done=False, note=note)
        base = self.settings.automation_url.get_secret_value().rstrip("/")
        organisation = await asyncio.to_thread(known, self.directory)
        try:
            status, body = await _posted(f"{base}/{name}", _told(organisation, what), what.key)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Without its text and cause: both repeat the address, which is a secret.
            reason = type(error).__name__
            raise AutomationDelayed(f"{name}: the far end did not answer: {reason}") from None
        if status >= 500 or status in LATER:
            raise AutomationDelayed(f"{name}: the far end answered {status}")
        return _answer(status, _note(body))


def check_automation(catalogue: Mapping[str, Item], registered: Iterable[str]) -> None:
    """Refuse a task that names an activity which nobody registered.

    Raises:
        PolicyError: naming the item, the task, the activity and what there is.
    """
    names = sorted(registered)
    for item in catalogue.values():
        for task in item.tasks:
            for does in (task.does, task.undoes):
                if does is not None and does not in names:
                    raise PolicyError(
                        f"item {item.key}: task {task.key} names {does!r}, which "
                        f"activities/automation.py does not register; it has {', '.join(names)}"
                    )


def _told(organisation: Organisation, what: WorkOf) -> dict[str, object]:
    def address(id: str) -> str | None:
        person = organisation.person(id)
        return person.email if person is not None else None

    return {
        "ticket": what.ticket,
        "task": what.task,
        "item": what.item,
        "answers": what.answers,
        "requester": address(what.requester),
        "wanted_for": address(what.wanted_for),
    }


async def _posted(url: str, body: dict[str, object], key: str) -> tuple[int, bytes]:
    """The status, and the beginning of the answer: nobody reads more of it."""
    headers = {"Idempotency-Key": key, "Accept-Encoding": "identity"}
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
        client.stream("POST", url, json=body, headers=headers) as answer,
    ):
        read = b""
        async for part in answer.aiter_raw():
            read += part
            if len(read) > LONGEST_ANSWER:
                break
        return answer.status_code, read


def _note(body: bytes) -> str | None:
    """What the far end says of it: one line that can be printed, and not a long one."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    note = answer.get("note") if isinstance(answer, dict) else None
    if not isinstance(note, str):
        return None
    printable = "".join(letter if letter.isprintable() else " " for letter in note)
    line = " ".join(printable.split())
    return line if len(line) <= LONGEST_NOTE else f"{line[: LONGEST_NOTE - 1]}…"


def _answer(status: int, note: str | None) -> CallAnswer:
    done = 200 <= status < 300
    if done and note:
        return CallAnswer(done=True, note=note)
    return CallAnswer(done=done, note=f"answered {status}" + (f": {note}" if note else ""))
