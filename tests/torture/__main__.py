"""`python -m tests.torture [--lives N] [--seed S] [--minutes M]`: a campaign until all is lived."""

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from embedded.finish import finish
from tests.torture.campaign import Plan, torture


def main() -> None:
    """Run one campaign; exit code 1 when anything was lost, made up or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--lives", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--minutes", type=float, default=60, help="begin no new life after that")
    parser.add_argument("--kills", nargs="*", metavar="FAULT", help="these alone, in this order")
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="a folder for histories of what is wrong")
    options = parser.parse_args()
    kills = None if options.kills is None else tuple(options.kills)
    sizes = (options.lives, options.seed, options.minutes)
    plan = Plan(*sizes, kills, options.callers, options.keep)
    print(f"{plan}", flush=True)
    with tempfile.TemporaryDirectory(prefix="firstline-torture-") as folder:
        wrong = asyncio.run(torture(Path(folder), plan))
    for line in wrong:
        print(line)
    print(f"seed {plan.seed}: {'nothing lost' if not wrong else f'{len(wrong)} wrong'}")
    sys.stdout.flush()
    finish(1 if wrong else 0)


if __name__ == "__main__":
    main()
