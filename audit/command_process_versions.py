"""The commands of the worker's versions: list them, promote, ramp, pin and unpin."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from audit.command_exits import DONE, REFUSALS, number_in, refuse
from audit.reaching import connect
from audit.versions import Version, VersionRefused, Versions
from settings import Settings

COLUMNS = ("version", "status", "tickets", "pinned", "workers")
Answer = Callable[[Versions, argparse.Namespace], Awaitable[str]]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add(processes: Commands) -> None:
    """Add `versions`, `promote`, `ramp`, `pin` and `unpin` to `firstline process`."""
    says = "which versions of the worker there are, and how many open tickets run on each"
    _command(processes, "versions", says, _versions)

    says = "let every ticket that is not pinned run on a version; `unversioned`: on workers without"
    _forcible(_command(processes, "promote", says, _promote))

    says = "let so many of a hundred tickets run on a version, to try it; 0 takes them back"
    ramp = _forcible(_command(processes, "ramp", says, _ramp))
    ramp.add_argument("percent", type=float, metavar="PERCENT", help="0 to 100")

    says = "let one ticket run on a version, whatever is promoted"
    pin = _command(processes, "pin", says, _pin)
    pin.add_argument("number", metavar="NUMBER", help="the ticket, such as INC-7K3M9Q2M")
    _forcible(pin)

    says = "let a ticket that was pinned run on the version that is promoted"
    unpin = _command(processes, "unpin", says, _unpin)
    unpin.add_argument("number", metavar="NUMBER", help="the ticket, such as INC-7K3M9Q2M")


def _command(processes: Commands, name: str, says: str, answer: Answer) -> argparse.ArgumentParser:
    command = processes.add_parser(name, help=says, description=says)
    command.set_defaults(command=_asked(answer))
    return command


def _forcible(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("version", metavar="VERSION", help="see `firstline process versions`")
    says = "also if no worker of that version is running: its tickets stand still until one is"
    command.add_argument("--force", action="store_true", help=says)
    return command


def _asked(answer: Answer) -> Callable[[Settings, argparse.Namespace], int]:
    def run(settings: Settings, options: argparse.Namespace) -> int:
        try:
            print(asyncio.run(_answered(settings, options, answer)))
        except (*REFUSALS, VersionRefused) as error:
            return refuse(error)
        return DONE

    return run


async def _answered(settings: Settings, options: argparse.Namespace, answer: Answer) -> str:
    return await answer(Versions(await connect(settings), settings.task_queue), options)


async def _versions(versions: Versions, _: argparse.Namespace) -> str:
    return table(await versions.listed())


def table(versions: Iterable[Version]) -> str:
    """The versions, a line each, below a line of names."""
    rows = [COLUMNS, *(_row(version) for version in versions)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (zip(row, widths, strict=True) for row in rows)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in line).rstrip() for line in lines
    )


def _row(version: Version) -> tuple[str, ...]:
    ramp = "" if version.percent is None else f" {version.percent:g} %"
    counts = (version.tickets, version.pinned, version.workers)
    return (version.name, f"{version.status}{ramp}", *(f"{count:,}" for count in counts))


async def _promote(versions: Versions, options: argparse.Namespace) -> str:
    await versions.promote(options.version, force=options.force)
    return f"{options.version} is current: tickets that are not pinned move to it as they go on"


async def _ramp(versions: Versions, options: argparse.Namespace) -> str:
    await versions.ramp(options.version, options.percent, force=options.force)
    return f"{options.percent:g} % of the tickets that are not pinned run on {options.version}"


async def _pin(versions: Versions, options: argparse.Namespace) -> str:
    number = number_in(options.number)
    await versions.pin(number, options.version, force=options.force)
    return f"{number} runs on {options.version} until it is unpinned"


async def _unpin(versions: Versions, options: argparse.Namespace) -> str:
    number = number_in(options.number)
    await versions.unpin(number)
    return f"{number} runs on the version that is promoted"
