"""The command `firstline audit`: what an auditor asks, answered in lines of text."""

import argparse

from audit import command_answers, command_archive, command_package, command_travel

MOST_JOBS = 64


def add(audits: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add what an auditor can ask to the commands of `firstline audit`."""
    command_archive.add(audits)
    command_package.add(audits)
    _add_replay(audits)
    _add_travel(audits)


def _add_replay(audits: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    says = "run the histories of tickets through the code of this checkout"
    command = audits.add_parser("replay", help=says, description=says)
    _add_scope(command)
    command.add_argument("--jobs", type=_count, default=2, metavar="N", help="processes (2)")
    command.set_defaults(command=command_answers.replay_tickets)

    says = "hold the store against the histories"
    command = audits.add_parser("reconcile", help=says, description=says)
    _add_scope(command)
    command.add_argument("--repair", action="store_true", help="make the store as they tell")
    command.set_defaults(command=command_answers.reconcile)


def _add_scope(command: argparse.ArgumentParser) -> None:
    scope = command.add_mutually_exclusive_group(required=True)
    scope.add_argument("--all", action="store_true", help="every ticket, open or archived")
    scope.add_argument("--since", metavar="DATE", help="open, or ended since then")
    scope.add_argument("--number", nargs="+", metavar="NUMBER", help="these tickets")


def _add_travel(audits: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    says = "a ticket as it stood at an instant, worked out from its histories"
    when = "an instant such as 2026-03-02T09:30:00Z, or an event such as 4.1, or a version"
    command = audits.add_parser("show", help=says, description=says)
    command.add_argument("number", metavar="NUMBER")
    command.add_argument("--at", metavar="WHEN", help=f"{when}; without it: now")
    command.set_defaults(command=command_travel.show)

    says = "what changed on a ticket between two instants"
    command = audits.add_parser("diff", help=says, description=says)
    command.add_argument("number", metavar="NUMBER")
    command.add_argument("--from", dest="before", required=True, metavar="WHEN", help=when)
    command.add_argument("--to", dest="after", metavar="WHEN", help="the same; without it: now")
    command.set_defaults(command=command_travel.diff)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"give a number from 1 to {MOST_JOBS}")
    return int(text)
