"""The command `firstline`: runs the desk, makes tokens, loads organisations, reads and steps."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import cli
import feed.command
from embedded.caller import WRONG, CommandError
from embedded.finish import finish
from settings import SettingsError, load

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command that the command line says, and end the process with its exit code."""
    finish(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command: 0 done; 1 the desk refused or was away; 2 the command was wrong."""
    try:
        options = parser(arguments).parse_args(arguments)
        code: int = options.command(load(), options)
    except SystemExit as told:
        return told.code if isinstance(told.code, int) else WRONG
    except (CommandError, SettingsError) as error:
        print(f"firstline: {error}", file=sys.stderr)
        return error.code if isinstance(error, CommandError) else WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return cli.DONE
    return code


def parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The command line, as `firstline --help` shows it, with all of the one that is asked."""
    top = argparse.ArgumentParser(
        prog="firstline",
        description="An ITIL service desk in which every ticket is a durable workflow.",
        epilog="Begin with `firstline up`. Settings are FIRSTLINE_... variables; "
        "data is kept in FIRSTLINE_HOME (./var).",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _own_commands(commands)
    _desk_commands(commands)
    feed.command.add(commands)
    _audit_commands(commands, [*arguments[:1]])
    return top


def _audit_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", asked: list[str]
) -> None:
    says = "prove what happened: archive, verify, replay, time travel"
    audit = commands.add_parser("audit", help=says, description=says)
    if asked == ["audit"]:
        # Only these commands need the engine's client, which takes long to load.
        from audit.command import add

        add(audit.add_subparsers(title="commands", metavar="COMMAND", required=True))

    says = "try a change on the tickets there are, and move them between versions of the worker"
    process = commands.add_parser("process", help=says, description=says)
    if asked == ["process"]:
        from audit import command_process, command_process_versions

        processes = process.add_subparsers(title="commands", metavar="COMMAND", required=True)
        command_process.add(processes)
        command_process_versions.add(processes)


def _own_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    says = "run the whole desk on this machine until Ctrl-C"
    up = commands.add_parser("up", help=says, description=says)
    up.set_defaults(command=cli.up)

    says = "print a token for a person, to send as `Authorization: Bearer TOKEN`"
    usage = "firstline token EMAIL [--days N]\n       firstline token revoke TOKEN"
    token = commands.add_parser("token", help=says, description=says, usage=usage)
    token.add_argument("who", metavar="EMAIL", help="whose token; or `revoke`")
    token.add_argument("token", nargs="?", metavar="TOKEN", help="the token to revoke")
    token.add_argument("--days", type=int, metavar="N", help="how long it is good (30)")
    token.set_defaults(command=cli.token)

    says = "print the secret that a vendor signs its webhooks with, and proves ours by"
    vendor = commands.add_parser("vendor", help=says, description=says)
    vendor.add_argument("what", choices=["secret"])
    vendor.add_argument("vendor", metavar="ID", help="the vendor, as the organisation file has it")
    vendor.set_defaults(command=cli.vendor)

    says = "bring the database to the schema of this version"
    commands.add_parser("migrate", help=says, description=says).set_defaults(command=cli.migrate)

    says = "load people, groups, customers, services and calendars from a YAML file"
    load_file = commands.add_parser("import", help=says, description=says)
    load_file.add_argument("file", type=Path, metavar="FILE")
    load_file.set_defaults(command=cli.load)


def _desk_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    says = "list tickets of the running desk"
    tickets = commands.add_parser("tickets", help=says, description=says)
    for name, meaning in cli.FILTERS.items():
        tickets.add_argument(f"--{name}", help=meaning, metavar=name.upper())
    tickets.set_defaults(command=cli.tickets)

    says = "take a step on a ticket of the running desk"
    step = commands.add_parser(
        "step",
        help=says,
        description=says,
        epilog="For example: firstline step INC-7K3M9Q2M resolve code=fixed text='new cable' "
        "--as finn@example.org",
    )
    step.add_argument("number", metavar="NUMBER", help="the ticket, such as INC-7K3M9Q2M")
    step.add_argument(
        "words", nargs="+", metavar="STEP", help="the step's name and field=value ..., or its JSON"
    )
    step.set_defaults(command=cli.step)
    for command in (tickets, step):
        command.add_argument("--as", dest="who", required=True, metavar="EMAIL", help="who asks")


if __name__ == "__main__":
    main()
