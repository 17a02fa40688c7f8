"""Random lives of requests: ordered, decided on by anybody, fulfilled, taken back."""

from tests.torture.beside import beside
from tests.torture.callers import Json, Sent
from tests.torture.lives import AGENTS, TEXT, Living

RARELY = 0.1
DECIDING = ("nora", "hugo", "frida", "max", "pia")
ITEMS: dict[str, Json] = {
    "password-reset": {"account": "VPN"},
    "software-licence": {"program": "Visio", "computer": "NB-4711", "why": TEXT},
    "guest-wifi": {
        "guest": "Carl Gauss",
        "company": "Curves",
        "e_mail": "carl@example.org",
        "day": "2026-12-01",
    },
    "new-starter": {
        "full_name": "Ada Byron",
        "starts_on": "2026-12-01",
        "job": "Planner",
        "team": "Freight",
        "place": "Madrid",
    },
}
TASKS = {
    "password-reset": ("reset",),
    "software-licence": ("seat", "install"),
    "guest-wifi": ("code",),
    "new-starter": (
        "account", "badge", "access", "laptop", "licence", "set-up", "desk", "welcome",
    ),
}  # fmt: skip


class Ordering(Living):
    """Lives the life of one request."""

    def _first(self) -> Sent:
        self._item = self._dice.choice(tuple(ITEMS))
        if self._item == "new-starter":
            self._owner = "lena"
        body: Json = {"item": self._item, "answers": ITEMS[self._item]}
        if self._dice.random() < 0.1:
            body["answers"] = {}
        return self._request(self._owner, "/requests", body)

    def _choice(self) -> tuple[str, Json]:
        dice = self._dice
        if dice.random() < RARELY:
            return dice.choice(AGENTS), beside(dice, self._others, f"{self._owner}@example.org")
        decides, works = dice.choice(DECIDING), dice.choice(AGENTS)
        task = dice.choice(TASKS[self._item])
        anybody = dice.choice((*DECIDING, *AGENTS, self._owner))
        onward: tuple[tuple[str, Json], ...] = (
            (decides, {"step": "approve", "form": 1}),
            (decides, {"step": "approve"}),
            (works, {"step": "complete", "task": task, "result": TEXT}),
            (works, {"step": "complete", "task": task}),
        )
        return dice.choice((*onward, *onward, *onward, *self._aside(decides, works, task, anybody)))

    def _aside(
        self, decides: str, works: str, task: str, anybody: str
    ) -> tuple[tuple[str, Json], ...]:
        """What is rarer, or goes wrong."""
        dice = self._dice
        whom = f"{dice.choice(DECIDING)}@example.org"
        answers = {**ITEMS[self._item], **({"why": "Else."} if dice.random() < 0.5 else {})}
        return (
            (decides, {"step": "reject", "reason": "Not this year."}),
            (decides, {"step": "ask", "text": "What for?"}),
            (decides, {"step": "delegate", "to": whom}),
            (self._owner, {"step": "comment", "text": TEXT}),
            (self._owner, {"step": "amend", "answers": answers}),
            (self._owner, {"step": "reopen", "reason": "it is not right"}),
            (self._owner, {"step": "confirm", "rating": 4}),
            (works, {"step": "fail", "task": task, "reason": "none to be had"}),
            (works, self._wait()),
            (anybody, {"step": "resume"}),
            (anybody, {"step": "approve"}),
            (anybody, {"step": "withdraw"}),
        )

    async def _end(self) -> None:
        """Withdrawn, confirmed, or left as it is."""
        path, end = f"/tickets/{self.life.number}/steps", self._dice.random()
        if end < 0.3:
            await self._send(self._request(self._owner, path, {"step": "withdraw"}))
        elif end < 0.7:
            await self._send(self._request(self._owner, path, {"step": "confirm", "rating": 4}))
