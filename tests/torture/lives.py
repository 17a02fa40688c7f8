"""Random lives: legal steps, illegal ones, repeats, stale versions and several people at once."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.torture.beside import beside
from tests.torture.callers import GONE, Callers, Json, Sent, name_of

LEVELS = ("high", "medium", "low")
CATEGORIES = ("hardware", "software", "network", "access", "security")
GROUPS = ("service-desk", "workplace-2", "network-2", "security-2", "network-3", "no-such-group")
AGENTS = ("finn", "sena", "theo", "lena")
BESIDE = 0.25
TEXT = "Something was seen at the socket; zażółć gęślą jaźń."


@dataclass
class Life:
    """One ticket's life: what was sent, in that order, and what was answered wrongly."""

    index: int
    opening: Sent
    sent: list[Sent] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def number(self) -> str | None:
        return self.opening.number


class Living:
    """Lives one life with dice of its own, which come of the campaign's seed."""

    def __init__(self, callers: Callers, seed: int, index: int, others: list[str]) -> None:
        self._callers = callers
        self._others = others
        self._dice = random.Random(f"{seed}/{index}")
        self._owner = self._dice.choice(("rosa", "rosa", "omar"))
        self.life = Life(index, self._first())

    async def live(self) -> Life:
        """Open the ticket, do things to it, and end it or leave it."""
        opening = await self._callers.send(self.life.opening)
        if opening.done:
            self._others.append(str(opening.number))
            for _ in range(self._dice.randint(2, 12)):
                await self._something()
                await asyncio.sleep(self._dice.uniform(0, 0.4))
            await self._end()
        return self.life

    def _first(self) -> Sent:
        return self._request(self._reporter(), "/incidents", self._report())

    def _reporter(self) -> str:
        return self._dice.choice((self._owner, self._owner, "finn"))

    def _report(self) -> Json:
        body: Json = {
            "summary": f"No connection ({self._dice.random():.6f})",
            "category": self._dice.choice(CATEGORIES),
            "impact": self._dice.choice(LEVELS),
            "urgency": self._dice.choice(LEVELS),
            "confidential": self._dice.random() < 0.1,
            "requester": f"{self._owner}@example.org",
        }
        if self._dice.random() < 0.1:
            body["impact"] = "enormous"
        return body

    def _request(self, by: str, path: str, body: Json) -> Sent:
        key, correlation = (name_of(self._dice.getrandbits(128)) for _ in range(2))
        return Sent(by, path, body, key, correlation)

    async def _something(self) -> None:
        kind = self._dice.random()
        taken = [sent for sent in self.life.sent if sent.done]
        if kind < 0.08 and taken:
            await self._again(self._dice.choice(taken))
        elif kind < 0.12 and taken:
            await self._with_a_used_key(self._dice.choice(taken))
        elif kind < 0.25:
            await asyncio.gather(*(self._step() for _ in range(self._dice.randint(2, 4))))
        elif kind < 0.32:
            await self._step(version=self._dice.randint(1, 5))
        else:
            await self._step()

    async def _again(self, before: Sent) -> None:
        """The same request once more: it is answered, and nothing happens."""
        correlation = name_of(self._dice.getrandbits(128))
        again = Sent(before.by, before.path, before.body, before.key, correlation)
        await self._send(again)
        if again.status not in (200, None, *GONE):
            self.life.wrong.append(f"the repeat of {before.body} was answered {again.answer}")

    async def _with_a_used_key(self, before: Sent) -> None:
        other = self._request(before.by, before.path, {"step": "comment", "text": "another body"})
        other.key = before.key
        await self._send(other)
        if other.status not in (422, None, *GONE):
            self.life.wrong.append(f"the key of {before.body} was taken again: {other.answer}")

    async def _step(self, version: int | None = None) -> None:
        by, body = self._choice()
        await self._send(self._request(by, f"/tickets/{self.life.number}/steps", body), version)

    async def _send(self, sent: Sent, version: int | None = None) -> None:
        self.life.sent.append(sent)
        impatient = self._dice.random() < 0.1
        await self._callers.send(sent, version, once=impatient)

    async def _end(self) -> None:
        """Resolved and confirmed, resolved, cancelled, or left as it is."""
        end = self._dice.random()
        path = f"/tickets/{self.life.number}/steps"
        resolve = {"step": "resolve", "code": "fixed", "text": TEXT}
        if end < 0.6:
            await self._send(self._request("lena", path, resolve))
        if end < 0.4:
            await self._send(self._request(self._owner, path, {"step": "confirm", "rating": 4}))
        if 0.6 <= end < 0.75:
            cancel = {"step": "cancel", "reason": "it works again"}
            await self._send(self._request(self._owner, path, cancel))

    def _choice(self) -> tuple[str, Json]:
        if self._dice.random() < BESIDE:
            agent = self._dice.choice(AGENTS)
            return agent, beside(self._dice, self._others, f"{self._owner}@example.org")
        dice, agent = self._dice, self._dice.choice(AGENTS)
        anybody = dice.choice((*AGENTS, self._owner, "max", "pia"))
        step: tuple[str, Json] = dice.choice(
            (
                (agent, {"step": "classify", **self._found()}),
                (agent, {"step": "assign", "assignee": f"{dice.choice(AGENTS)}@example.org"}),
                (agent, {"step": "assign", "group": dice.choice(GROUPS)}),
                (agent, {"step": "accept"}),
                (agent, {"step": "accept"}),
                (anybody, {"step": "comment", "text": TEXT, "internal": dice.random() < 0.3}),
                (self._owner, {"step": "comment", "text": TEXT}),
                (agent, {"step": "hand_off", "line": dice.randint(1, 3), "reason": "not ours"}),
                (agent, self._wait()),
                (anybody, {"step": "resume"}),
                (agent, {"step": "workaround", "text": TEXT}),
                (agent, {"step": "resolve", "code": dice.choice(("fixed", "no")), "text": TEXT}),
                (self._owner, {"step": "confirm", "rating": dice.randint(1, 6)}),
                (self._owner, {"step": "reopen", "reason": "it is dark again"}),
                ("omar" if self._owner == "rosa" else "rosa", {"step": "comment", "text": TEXT}),
                ("pia", {"step": "adopt"}),
                (anybody, {"step": "explode"}),
            )
        )
        return step

    def _found(self) -> Json:
        dice = self._dice
        return {
            "category": dice.choice((*CATEGORIES, "weather")),
            "impact": dice.choice(LEVELS),
            "urgency": dice.choice(LEVELS),
        }

    def _wait(self) -> dict[str, Any]:
        whom = self._dice.choice(("requester", "vendor", "change"))
        body: Json = {"step": "wait", "for": whom, "reason": "nothing to be done until then"}
        if self._dice.random() < 0.5:
            until = datetime.now(UTC) + timedelta(seconds=self._dice.randint(2, 20))
            body["until"] = until.isoformat()
        return body
