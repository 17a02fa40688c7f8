"""The desk and the bare worker on one server, as processes of their own, in a temporary folder."""

import asyncio
import base64
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

import tokens
from bench.web import Web
from embedded import child, temporal_server
from embedded.first_start import prepare
from settings import Settings
from store.organisation import Organisation
from tests.ports import free_port, free_temporal_port

ROOT = Path(__file__).parent.parent
PATIENCE = timedelta(seconds=60)


@dataclass
class Stand:
    """Everything that runs for a measurement."""

    settings: Settings
    organisation: Organisation
    environment: dict[str, str]
    client: Client = field(init=False)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        """Start a program that dies with the bench; its output goes to a log of that name."""
        shim = (sys.executable, "-I", "-S", child.__file__, str(os.getpid()))
        with (self.settings.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*shim, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def python(self, name: str, module: str | None = None) -> None:
        """Start a Python module."""
        self.start(name, sys.executable, "-m", module or name)

    def stop(self, name: str) -> None:
        """End one of them."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def process(self, name: str) -> psutil.Process:
        """One of them, to be asked what it used."""
        return psutil.Process(self.running[name].pid)

    def token(self, name: str) -> str:
        """A token of one of the demonstration organisation."""
        person = self.organisation.person_by_email(f"{name}@example.org")
        assert person is not None, f"{name} is not in the organisation"
        assert self.settings.secret is not None
        secret = self.settings.secret.get_secret_value().encode()
        return tokens.sign(secret, person.id, 1, datetime.now(UTC))

    def web(self, name: str) -> Web:
        """A connection to the desk as that person."""
        return Web(self.settings.port, self.token(name))

    async def ready(self) -> None:
        """Wait until the desk says that it is ready, and takes a report."""
        await self.answers("/health/ready")
        async with self.web("finn") as web:
            await web.report(category="network")

    async def answers(self, path: str) -> None:
        """Wait until the desk answers 200 there."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                try:
                    async with self.web("finn") as web:
                        if (await web.send("GET", path))[0] == 200:
                            return
                except OSError:
                    pass
                self._see_that_all_run()
                await asyncio.sleep(0.1)

    def _see_that_all_run(self) -> None:
        for name, process in self.running.items():
            if process.poll() is not None:
                log = (self.settings.home / f"{name}.log").read_text()
                raise RuntimeError(f"{name} has ended: {log[-2000:]}")


@asynccontextmanager
async def standing(
    synchronous: str = "full", worker: str = "worker", **told: str
) -> AsyncIterator[Stand]:
    """All of it runs: the server with that `synchronous`, the desk's worker and API, the bare."""
    with prepared(synchronous, **told) as stand:
        await _start(stand, worker)
        yield stand


@contextmanager
def prepared(synchronous: str = "full", **told: str) -> Iterator[Stand]:
    """A folder with a migrated database and the demonstration organisation; nothing runs yet."""
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder:
        stand = _prepared(Path(folder), synchronous, told)
        try:
            yield stand
        finally:
            for name in reversed(list(stand.running)):
                stand.stop(name)


def _prepared(home: Path, synchronous: str, told: dict[str, str]) -> Stand:
    port, temporal_port = free_port(), free_temporal_port()
    secret = secrets.token_hex(32)
    given = {
        "FIRSTLINE_HOME": str(home),
        "FIRSTLINE_PORT": str(port),
        "FIRSTLINE_TEMPORAL_PORT": str(temporal_port),
        "FIRSTLINE_TEMPORAL_SYNCHRONOUS": synchronous,
        "FIRSTLINE_SECRET": secret,
        "FIRSTLINE_SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "FIRSTLINE_RATE_PER_MINUTE": "100000000",
        "TEMPORAL_ADDRESS": f"{temporal_server.HOST}:{temporal_port}",
        "TEMPORAL_CONFIG_FILE": os.devnull,
        **told,
    }
    settings = Settings.model_validate(
        {
            "home": home,
            "port": port,
            "temporal_port": temporal_port,
            "temporal_synchronous": synchronous,
            "secret": secret,
            "database_url": told.get("FIRSTLINE_DATABASE_URL"),
        }
    )
    organisation = prepare(settings, lambda _: None)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TEMPORAL", "FIRSTLINE"))}
    return Stand(settings, organisation, {**kept, **given, "PYTHONUNBUFFERED": "1"})


async def _start(stand: Stand, worker: str) -> None:
    settings = stand.settings
    server = temporal_server.command(
        settings.home / "temporal.sqlite3",
        settings.temporal_port,
        settings.temporal_ui_port,
        settings.temporal_synchronous,
    )
    stand.start("temporal", *server)

    async def connect() -> Client:
        address = stand.environment["TEMPORAL_ADDRESS"]
        return await Client.connect(address, data_converter=pydantic_data_converter)

    stand.client = await temporal_server.ready_for_tickets(connect, None)
    stand.python("worker", worker)
    stand.python("api")
    stand.python("bare", "bench.bare_worker")
    await stand.ready()
