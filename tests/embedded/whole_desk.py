"""The whole desk as a user starts it: `firstline up` in a folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from sqlalchemy import Engine

import tokens
from settings import Settings, desk_secret
from store.engine import make_engine, reading
from store.organisation import Organisation, load
from tests import plain
from tests.patience import until
from tests.ports import free_port, free_temporal_port

ROOT = Path(__file__).parents[2]


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process whose coverage is nobody's business."""
    return {name: value for name, value in environment.items() if not name.startswith("COV")}


class Desk:
    """A data folder with ports, and the process that runs on it, if any."""

    measured = False
    """Whether the coverage of its processes counts. It is told at the end, so only by a desk that
    is stopped and not killed; and each start and each step takes half as long again."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.settings = {f"FIRSTLINE_{name.upper()}": value for name, value in settings.items()}
        self.port, self.temporal_port = free_port(), free_temporal_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        told = {name: value for name, value in os.environ.items() if "TEMPORAL" not in name}
        return told | {
            "FIRSTLINE_HOME": str(self.home / "var"),
            "FIRSTLINE_PORT": str(self.port),
            "FIRSTLINE_TEMPORAL_PORT": str(self.temporal_port),
            "FIRSTLINE_TEMPORAL_SYNCHRONOUS": "normal",
            **self.settings,
        }

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        with (self.home / "stdout").open("ab") as out, (self.home / "stderr").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "firstline", "up"],
                cwd=ROOT,
                env=self.environment if self.measured else unmeasured(self.environment),
                stdout=out,
                stderr=err,
            )
        seen = self.printed().count("is ready")
        until(lambda: self.printed().count("is ready") > seen or self._ended(), 100)

    def _ended(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        return False

    def printed(self) -> str:
        return (self.home / "stdout").read_text()

    def said(self) -> str:
        return (self.home / "stderr").read_text()

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        """The child whose command line has the word in it."""
        return next(one for one in self.children() if word in " ".join(one.cmdline()))

    def kill(self) -> None:
        """End supervisor and children at once, as a crash would."""
        assert self.process is not None
        for one in [psutil.Process(self.process.pid), *self.children()]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """Ask it to end; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def run(self, *words: str, measured: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command of `firstline` on this desk."""
        command = [sys.executable, "-m", "firstline", *words]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment if measured else unmeasured(self.environment),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def token(self, name: str) -> str:
        """What `firstline token` makes for somebody."""
        made = self.run("token", f"{name}@example.org")
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def proof(self, name: str) -> dict[str, str]:
        """The header of somebody, with such a token made here: the command takes seconds."""
        secret = desk_secret(Settings(home=self.home / "var"))
        person = self.organisation().person_by_email(f"{name}@example.org")
        assert person is not None, name
        signed = tokens.sign(secret, person.id, 1, datetime.now(UTC))
        return {"Authorization": f"Bearer {signed}"}

    def engine(self) -> Engine:
        """The desk's database, to be looked at."""
        return make_engine(f"sqlite:///{self.home / 'var' / 'desk.sqlite3'}")

    def organisation(self) -> Organisation:
        """Who there is."""
        engine = self.engine()
        try:
            with reading(engine) as connection:
                return load(connection)
        finally:
            engine.dispose()

    def web(self, name: str) -> httpx.Client:
        """A connection of somebody to the desk."""
        return plain.client(self.url, headers=self.proof(name))

    def report(self, summary: str, name: str = "rosa") -> str:
        """Report an incident; its number."""
        told = {"summary": summary}
        answer = plain.post(f"{self.url}/incidents", headers=self.proof(name), json=told)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])


@contextmanager
def running_desk(home: Path, **settings: str) -> Iterator[Desk]:
    """A desk that runs; killed at the end if it was not stopped before."""
    desk = Desk(home, **settings)
    try:
        desk.start()
        yield desk
    finally:
        if desk.process is not None and desk.process.poll() is None:
            desk.kill()
