"""`python -m bench [NAME ...] [--quick]`: measures, and prints one table."""

import argparse
import importlib
import sys
from collections.abc import AsyncIterator, Callable

import uvloop

from bench.table import Row, as_text
from embedded.finish import finish

NAMES = ("core", "steps", "openings", "lives", "pages", "rungs", "memory", "evidence", "requests")
Measure = Callable[[bool], AsyncIterator[Row]]


async def measure(names: list[str], quick: bool) -> list[Row]:
    """Run the measurements one after the other, and say each row as soon as it is known."""
    rows = []
    for name in names:
        run: Measure = importlib.import_module(f"bench.{name}").measure
        async for row in run(quick):
            rows.append(row)
            print("  ".join(filter(None, _said(row))), flush=True)
    return rows


def _said(row: Row) -> tuple[str, ...]:
    return (row.name, row.desk, row.bare, row.ratio, row.bound, row.verdict)


def main() -> None:
    """Measure what the command line names, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="a smoke run: trust no figure of it")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no measurement {', '.join(sorted(unknown))}: one of {', '.join(NAMES)}")
    rows = uvloop.run(measure(options.names or list(NAMES), options.quick))
    print(f"\n{as_text(rows)}")
    sys.stdout.flush()
    finish(0)


if __name__ == "__main__":
    main()
