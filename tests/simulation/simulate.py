#!/usr/bin/env python3
"""Play a working day through a real hub and prove from its log that it went as it must: ./dev simulate [options].

The seed is printed first: with the same seed and numbers the same people meet the same day again.
"""

import argparse
import os
import pathlib
import random
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "integration")]


def main():
    parser = argparse.ArgumentParser(prog="./dev simulate", description="Play a working day and check what came of it.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=36, help="how long conversations keep coming (default: 36)")
    parser.add_argument("--kills", type=int, default=3, help="how often the hub is killed (default: 3)")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/asan-ubsan/muster", help="the program under test")
    parser.add_argument("--keep", type=pathlib.Path, help="a new directory to keep the data, the log and the journals in")
    parser.add_argument("--check", type=pathlib.Path, help="only check what an earlier run has kept in this directory")
    options = parser.parse_args()
    os.environ["MUSTER_PROGRAM"] = str(options.program.resolve())
    sys.stdout.reconfigure(line_buffering=True)

    from day import examine, run  # takes the program from the environment
    from plan import Plan

    plan = Plan(options.seed, options.agents, options.conversations, options.seconds, options.kills)
    if options.check:
        verdict = examine(options.check)
    elif options.keep:
        options.keep.mkdir(parents=True)
        verdict = run(plan, options.keep)
    else:
        with tempfile.TemporaryDirectory(prefix="muster-day-") as directory:
            verdict = run(plan, directory)
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
