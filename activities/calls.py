"""Activities that a rung may call by name: register one here, name it in `policies/escalation.py`.

Each is idempotent by its event: the far end is told the event's id and may hear it twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from temporalio import activity

from activities.shapes import CallAnswer, CallOf
from desk.errors import PolicyError
from desk.ladder import Call, Ladder
from settings import Settings

TIMEOUT_SECONDS = 10
POST_TO_WEBHOOK = "post_to_webhook"


class CallDelayed(Exception):
    """The far end could not be told now; the same call may succeed later."""


@dataclass(frozen=True)
class Calls:
    """The registered calls, with the settings that they need."""

    settings: Settings

    @activity.defn(name=POST_TO_WEBHOOK)
    async def post_to_webhook(self, what: CallOf) -> CallAnswer:
        """POST the ticket's number and the event to FIRSTLINE_WEBHOOK_URL, a chat or a pager.

        An answer of 5xx or none at all is raised, to be repeated; 4xx is the final word.
        """
        if self.settings.webhook_url is None:
            return CallAnswer(done=False, note="FIRSTLINE_WEBHOOK_URL is not set")
        body = {"ticket": what.ticket, "event": what.event, "address": self._address(what.ticket)}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.post(
                    self.settings.webhook_url.get_secret_value(),
                    json=body,
                    headers={"Idempotency-Key": what.event},
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Without its text and cause: both repeat the address, which is a secret.
            raise CallDelayed(f"the webhook did not answer: {type(error).__name__}") from None
        if answer.is_server_error:
            raise CallDelayed(f"the webhook answered {answer.status_code}")
        return CallAnswer(done=answer.is_success, note=f"answered {answer.status_code}")

    def _address(self, ticket: str) -> str:
        return f"{self.settings.address}/tickets/{ticket}"

    def registered(self) -> dict[str, Callable[..., object]]:
        """The calls by the name that a rung knows them by."""
        return {POST_TO_WEBHOOK: self.post_to_webhook}


def check_calls(
    ladders: Mapping[str, Ladder], registered: Mapping[str, Callable[..., object]]
) -> None:
    """Refuse rules that call what nobody registered.

    Raises:
        PolicyError: naming the ladder, the call and what there is.
    """
    for ladder in ladders.values():
        for rung in ladder.rungs:
            firings = [rung.actions, *(repeat.actions for repeat in rung.then)]
            names = {a.name for actions in firings for a in actions if isinstance(a, Call)}
            for name in sorted(names - registered.keys()):
                known = ", ".join(sorted(registered))
                raise PolicyError(
                    f"ladder {ladder.name!r} calls {name!r}, which activities/calls.py does not "
                    f"register; it registers {known}"
                )
