"""The desk under torture: started as a user does, on a folder of its own, and hurt from outside."""

import base64
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from sqlalchemy import Engine

import tokens
from embedded import child
from store.engine import make_engine
from tests import plain
from tests.embedded.whole_desk import Desk, unmeasured
from tests.patience import until
from tests.torture.quick_rules import copy_desk

PEOPLE = ("rosa", "omar", "finn", "sena", "theo", "lena", "max", "pia", "nora", "hugo", "frida")
PARTS = {"worker": "-m worker", "api": "-m api", "temporal": "start-dev"}
READY_WITHIN = 120.0


class TorturedDesk(Desk):
    """The whole desk with quick rules; `database_url` when it is not the file in its folder."""

    def __init__(
        self, home: Path, database_url: str | None = None, automation_url: str | None = None
    ) -> None:
        super().__init__(home)
        self.root = copy_desk(home)
        self._database_url = database_url
        self._automation_url = automation_url
        self._secret = "a secret of the torture chamber, long enough"

    @property
    def environment(self) -> dict[str, str]:
        told = unmeasured(super().environment)
        told |= {"FIRSTLINE_RATE_PER_MINUTE": "1000000", "FIRSTLINE_SECRET": self._secret}
        if self._automation_url:
            told["FIRSTLINE_AUTOMATION_URL"] = self._automation_url
        if self._database_url:
            told["FIRSTLINE_DATABASE_URL"] = self._database_url
            told["FIRSTLINE_SIGNING_KEY"] = base64.b64encode(b"torture" * 4 + b"desk").decode()
        return told

    @property
    def database_url(self) -> str:
        return self._database_url or f"sqlite:///{self.home / 'var' / 'desk.sqlite3'}"

    def start(self) -> None:
        """Start the supervisor, and wait until the desk is ready."""
        self.launch()
        until(self.is_ready, READY_WITHIN)

    def launch(self) -> None:
        """Start the supervisor, to end when this process does, and wait for nothing."""
        shim = [sys.executable, "-I", "-S", child.__file__, str(os.getpid())]
        with (self.home / "stdout").open("ab") as out, (self.home / "stderr").open("ab") as err:
            self.process = subprocess.Popen(
                [*shim, sys.executable, "-m", "firstline", "up"],
                cwd=self.root,
                env=self.environment,
                stdout=out,
                stderr=err,
            )

    def is_ready(self) -> bool:
        """Whether the desk says that it is ready; fails when its supervisor has ended."""
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        try:
            return plain.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def part(self, name: str) -> psutil.Process | None:
        """The process of a part, if it lives now."""
        with suppress(psutil.Error):
            for one in self.children():
                with suppress(psutil.Error):
                    if PARTS[name] in " ".join(one.cmdline()):
                        return one
        return None

    def kill_part(self, name: str) -> bool:
        """Kill a part as the kernel would; whether it lived."""
        found = self.part(name)
        if found is None:
            return False
        with suppress(psutil.NoSuchProcess):
            found.kill()
        return True

    def kill_supervisor(self) -> None:
        """Kill the supervisor alone, see that all its processes end with it, and start anew."""
        assert self.process is not None
        children = self.children()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, f"left behind by the supervisor: {alive}"
        self.launch()

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """A part that does not get any time, as on a machine that swaps."""
        found = self.part(name)
        with suppress(psutil.NoSuchProcess):
            if found is not None:
                found.suspend()
        yield
        with suppress(psutil.NoSuchProcess):
            if found is not None:
                found.resume()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The file of the database cannot be written by anybody else."""
        connection = sqlite3.connect(self.home / "var" / "desk.sqlite3", timeout=30)
        connection.isolation_level = None
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    def log_of(self, correlation: str) -> list[str]:
        """What the processes logged under a correlation id."""
        logs = [self.home / "stderr", *sorted((self.home / "var" / "logs").iterdir())]
        logged = [path.read_text(errors="replace") for path in logs]
        return [line for text in logged for line in text.splitlines() if correlation in line]

    def left_behind(self) -> list[str]:
        """Processes that still run on this desk's folder."""
        found = []
        for one in psutil.process_iter():
            with suppress(psutil.Error):
                if one.environ().get("FIRSTLINE_HOME") == str(self.home / "var"):
                    found.append(" ".join(one.cmdline()))
        return found

    def engine(self) -> Engine:
        """The desk's database, to be looked at."""
        return make_engine(self.database_url)

    def tokens(self) -> dict[str, str]:
        """A token for each of the people."""
        organisation, made = self.organisation(), {}
        for name in PEOPLE:
            person = organisation.person_by_email(f"{name}@example.org")
            assert person is not None
            made[name] = tokens.sign(self._secret.encode(), person.id, 1, datetime.now(UTC))
        return made
