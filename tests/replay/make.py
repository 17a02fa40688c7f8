"""`python -m tests.replay.make [CASE ...]`: lives every case anew and keeps its histories.

They go into the folder of the version in pyproject.toml; no other release's folder is touched.
"""

import argparse
import asyncio
import base64
import json
import logging
import re
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
import zstandard
from temporalio.client import Client, WorkflowHistory
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.testing import WorkflowEnvironment

from audit.evidence import Evidence, fetch
from audit.fingerprints import HISTORIES, cases, file_of, release_of_checkout
from audit.gate import broken
from embedded.finish import finish
from store.engine import make_engine
from store.import_organisation import import_organisation
from store.migrate import migrate
from tests.automation import far_end
from tests.replay.cases import ALONE, LIVES, OFTEN_NEW_RUNS, Life
from tests.replay.rest import at_rest
from tests.running import VIRTUAL_TIME, Desk, running_desk, temporal_binary
from workflows.attributes import ALL
from workflows.converter import CONVERTER

ROOT = Path(__file__).parents[2]
ORGANISATION = ROOT / "examples" / "organisation.yaml"
EARLY = ["--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60"]
PATCH_FIRST = """Nothing was made: this code does not play the lives of {release} that there are.
Patch what you changed (docs/changing-a-process.md, 3), or raise the version. Only if {release}
was never run anywhere: python -m tests.replay.make --anew"""
WORKER = re.compile(rf"\d+@{re.escape(socket.gethostname())}")
"""A process as the engine knows it."""
MADE_BY = "demonstration-desk"
READABLE = 300_000
"""Characters of a history that a person might read; a longer one is kept compressed."""
PAYLOAD = re.compile(r'"data": ?"([A-Za-z0-9+/=]+)"')


def scrubbed(history: WorkflowHistory) -> str:
    """The history as JSON, an event a line, without a word about the machine it was made on."""
    events = _scrubbed(json.loads(history.to_json())["events"])
    lines = ",\n".join(json.dumps(event, ensure_ascii=False) for event in events)
    text = f'{{"events": [\n{lines}\n]}}\n'
    _check_scrubbed(text)
    return text


def _scrubbed(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _scrubbed(part) for name, part in told.items() if name != "stackTrace"}
    if isinstance(told, list):
        return [_scrubbed(part) for part in told]
    return WORKER.sub(MADE_BY, told) if isinstance(told, str) else told


def _check_scrubbed(text: str) -> None:
    inside = [base64.b64decode(data).decode(errors="ignore") for data in PAYLOAD.findall(text)]
    for word in (str(ROOT), tempfile.gettempdir() + "/", f"@{socket.gethostname()}"):
        assert not any(word in part for part in (text, *inside)), f"a history tells of {word}"


@asynccontextmanager
async def _engine(*more: str) -> AsyncIterator[Client]:
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(),
        data_converter=CONVERTER,
        search_attributes=ALL,
        dev_server_extra_args=[*VIRTUAL_TIME, *more],
        dev_server_log_level="error",
    )
    async with environment:
        yield environment.client


@asynccontextmanager
async def _desk(client: Client) -> AsyncIterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/firstline.sqlite")
        migrate(engine)
        import_organisation(engine, ORGANISATION.read_text(), ORGANISATION.name)
        with far_end() as end:
            url = end.url
            async with running_desk(client, engine, Path(folder), automation_url=url) as desk:
                yield desk
        engine.dispose()


async def live(lives: Sequence[Life]) -> dict[str, Evidence]:
    """The evidence of each life, by its name."""
    found: dict[str, Evidence] = {}
    for some, settings in ((LIVES, ()), (ALONE, ()), (OFTEN_NEW_RUNS, EARLY)):
        wanted = [life for life in some if life in lives]
        if not wanted:
            continue
        async with _engine(*settings) as client, _desk(client) as desk:
            for life, evidence in zip(wanted, await _lived(desk, wanted), strict=True):
                found[life.__name__] = evidence
    return found


async def _lived(desk: Desk, lives: Sequence[Life]) -> list[Evidence]:
    return await asyncio.gather(*(_one(desk, life) for life in lives))


async def _one(desk: Desk, life: Life) -> Evidence:
    print(f"{life.__name__} ...", file=sys.stderr)
    handle = await life(desk)
    await at_rest(desk.client.get_workflow_handle(handle.id))
    return await fetch(desk.client, handle.id)


def keep(folder: Path, name: str, evidence: Evidence) -> None:
    """Write the histories of a case, a file for each run, in place of those of before."""
    for old in folder.glob(f"{name}.*.json*"):
        old.unlink()
    for run, history in enumerate(evidence.histories, start=1):
        path, text = folder / file_of(name, run), scrubbed(history)
        if len(text) <= READABLE:
            path.write_text(text)
        else:
            path.with_name(f"{path.name}.zst").write_bytes(zstandard.compress(text.encode(), 19))


def _quiet() -> None:
    """Some lives go wrong on purpose: that is no news."""
    logging.disable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    quiet = LoggingConfig(filter="off")
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=quiet)))


def main() -> int:
    """Live the cases that are named, or all of them."""
    lives = {life.__name__: life for life in (*LIVES, *ALONE, *OFTEN_NEW_RUNS)}
    parser = argparse.ArgumentParser(prog="tests.replay.make", description=__doc__)
    parser.add_argument("case", nargs="*", choices=[*lives, []], metavar="CASE")
    parser.add_argument("--anew", action="store_true", help="also if this code does not play them")
    options = parser.parse_args()
    names = options.case or list(lives)
    _quiet()
    release = release_of_checkout()
    kept = {evidence.number: evidence for evidence in cases(release)}
    if not options.anew and asyncio.run(broken(kept)):
        print(PATCH_FIRST.format(release=release), file=sys.stderr)
        return 1
    folder = HISTORIES / release
    folder.mkdir(parents=True, exist_ok=True)
    for name, evidence in asyncio.run(live([lives[name] for name in names])).items():
        keep(folder, name, evidence)
    print(f"{len(names)} cases are in {folder.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    finish(main())
