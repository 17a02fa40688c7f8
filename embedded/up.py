"""`firstline up`: the whole desk on this machine, from an empty data folder to a served address."""

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from embedded import temporal_server
from embedded.address import local_url
from embedded.first_start import prepare
from embedded.lock import hold
from embedded.ports import Port, refuse_taken
from embedded.processes import Program, Say
from embedded.supervisor import Supervisor, supervise
from embedded.welcome import welcome
from settings import Settings, desk_secret, signing_seed, temporal_address_given

ROOT = Path(__file__).parent.parent
_ASK_AGAIN = 0.2
_SAY_AFTER = timedelta(seconds=30)
# Longer than worker (30 s) and API (15 s) drain by themselves: so they have the last word.
_GRACE = {
    "temporal": timedelta(seconds=10),
    "worker": timedelta(seconds=35),
    "api": timedelta(seconds=20),
}


def up(settings: Settings, say: Say) -> int:
    """Run the desk until somebody ends it; the exit code.

    Raises:
        CannotStart: when something is in the way; then nothing is left running.
    """
    own_temporal = not temporal_address_given()
    with hold(settings.home):
        refuse_taken(_ports(settings, own_temporal))
        desk_secret(settings)
        signing_seed(settings)
        organisation = prepare(settings, say)
        greeting = welcome(settings, own_temporal, organisation.people.values())
        desk = _Desk(settings, own_temporal, greeting)
        return asyncio.run(supervise(desk.start, say))


def _ports(settings: Settings, own_temporal: bool) -> list[Port]:
    ports = [Port(settings.host, settings.port, "the desk", "FIRSTLINE_PORT")]
    if own_temporal:
        host, setting = temporal_server.HOST, "FIRSTLINE_TEMPORAL_PORT"
        ports += [
            Port(host, settings.temporal_port, "Temporal", setting),
            Port(host, settings.temporal_ui_port, f"Temporal's web UI ({setting} + 1000)", setting),
        ]
    return ports


class _Desk:
    """What is started, in which order, and what each is waited for."""

    def __init__(self, settings: Settings, own_temporal: bool, greeting: str) -> None:
        self._settings = settings
        self._greeting = greeting
        self._own_temporal = own_temporal
        self._environment = environment(settings, own_temporal)

    async def start(self, supervisor: Supervisor) -> None:
        """Start everything, each when what it needs is there, and say where the desk is."""
        if self._own_temporal:
            supervisor.start(self._temporal())
        keep = timedelta(days=self._settings.retention_days) if self._own_temporal else None
        await temporal_server.ready_for_tickets(self._connect, keep)
        supervisor.start(self._python("worker"))
        supervisor.start(self._python("api"))
        await _ready(self._settings, supervisor.say)
        sys.stdout.write(self._greeting)
        sys.stdout.flush()

    async def _connect(self) -> Client:
        if self._own_temporal:
            return await Client.connect(self._environment["TEMPORAL_ADDRESS"])
        return await Client.connect(**ClientConfig.load_client_connect_config())

    def _temporal(self) -> Program:
        settings = self._settings
        command = temporal_server.command(
            settings.home / "temporal.sqlite3",
            settings.temporal_port,
            settings.temporal_ui_port,
            settings.temporal_synchronous,
        )
        return self._program("temporal", command)

    def _python(self, module: str) -> Program:
        return self._program(module, (sys.executable, "-m", module))

    def _program(self, name: str, command: tuple[str, ...]) -> Program:
        return Program(
            name=name,
            command=command,
            environment=self._environment,
            folder=ROOT,
            log=self._settings.home / "logs" / f"{name}.log",
            grace=_GRACE[name],
        )


def environment(settings: Settings, own_temporal: bool) -> Mapping[str, str]:
    """What worker and API are told.

    With a server of our own, how some other Temporal is reached is kept from them: a namespace
    or a key of the user's profile would be wrong here.
    """
    told = {**os.environ, "FIRSTLINE_HOME": str(settings.home), "PYTHONUNBUFFERED": "1"}
    if not own_temporal:
        return told
    return {name: value for name, value in told.items() if not name.startswith("TEMPORAL_")} | {
        "TEMPORAL_ADDRESS": f"{temporal_server.HOST}:{settings.temporal_port}",
        "TEMPORAL_CONFIG_FILE": os.devnull,
    }


async def _ready(settings: Settings, say: Say) -> None:
    """Wait until the desk says that it can work; say what is waited for when that takes long."""
    url = f"{local_url(settings)}/health/ready"
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        try:
            async with asyncio.timeout(_SAY_AFTER.total_seconds()):
                await _answered(client, url)
        except TimeoutError:
            say(f"not ready yet; the reasons are in {settings.home / 'logs'}")
            await _answered(client, url)


async def _answered(client: httpx.AsyncClient, url: str) -> None:
    while True:
        try:
            if (await client.get(url)).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(_ASK_AGAIN)
