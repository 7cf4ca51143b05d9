#!/usr/bin/env python3
"""Break things under load and prove from what is left that nothing was lost: ./dev chaos [SCENARIO…] [options].

The seed is printed first: with the same seed the same people do the same, and the same things break in the same order.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

import table

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "integration")]
EVIDENCE = "evidence.pickle"


def main():
    os.environ["MUSTER_PROGRAM"] = str(program())
    from scenarios import SCENARIOS

    parser = argparse.ArgumentParser(prog="./dev chaos", description="Break things under load and check what comes of it.")
    known = "; ".join(f"{name}: {one.help}" for name, one in SCENARIOS.items())
    parser.add_argument("scenarios", nargs="*", choices=[[], *SCENARIOS], metavar="SCENARIO", help=f"all, if none is named; {known}")
    parser.add_argument("--times", type=int, help="how often it is broken (default: as the scenario says)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--people", type=int, help="how many agents there are (default: as the scenario says)")
    parser.add_argument("--nodes", type=int, help="how many hubs there are (default: as the scenario says)")
    parser.add_argument("--short", action="store_true", help="as in ./dev test")
    parser.add_argument("--keep", type=pathlib.Path, help="a new directory to keep logs and evidence in")
    parser.add_argument("--check", type=pathlib.Path, help="only check what an earlier run has kept")
    parser.add_argument("--results", type=pathlib.Path, help="where figures go as JSON (default: those of full runs to results/)")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if options.check:
        return 1 if examine(options.check / EVIDENCE) else 0
    bad = 0
    for name in options.scenarios or SCENARIOS:
        scenario = SCENARIOS[name]
        bad += one_run(name, dataclasses.replace(scenario, nodes=options.nodes or scenario.nodes), options)
    return 1 if bad else 0


def program():
    """The release build, unless another one is asked for."""
    return pathlib.Path(os.environ.get("MUSTER_PROGRAM", ROOT / "build/release/muster")).resolve()


def one_run(name, scenario, options):
    times = options.times or (scenario.short_times if options.short else scenario.times)
    print(f"{name}, {times} times, seed {options.seed}")
    if options.keep:
        directory = options.keep / name
        directory.mkdir(parents=True)
        return play(name, scenario, times, options, directory)
    with tempfile.TemporaryDirectory(prefix="muster-chaos-") as directory:
        return play(name, scenario, times, options, pathlib.Path(directory))


def play(name, scenario, times, options, directory):
    import scenarios

    evidence = scenarios.run(scenario, directory, options.seed, times, short=options.short, agents=options.people)
    evidence.save(directory / EVIDENCE)
    verdict = scenarios.check(evidence)
    print(verdict)
    print(json.dumps(verdict.figures, indent=2))
    full = times >= scenario.times and not (options.short or options.people or options.nodes)
    if options.results or full:
        keep_figures(name, times, verdict, options.results or table.RESULTS)
    return bool(verdict.findings)


def commit():
    asked = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def keep_figures(name, times, verdict, directory):
    directory.mkdir(parents=True, exist_ok=True)
    when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    figures = {"scenario": name, "times": times, "when": when, "commit": commit(), **verdict.figures}
    (directory / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    if directory == table.RESULTS:
        table.write()


def examine(path):
    import scenarios
    from evidence import Evidence

    verdict = scenarios.check(Evidence.load(path))
    print(verdict)
    print(json.dumps(verdict.figures, indent=2))
    return bool(verdict.findings)


if __name__ == "__main__":
    sys.exit(main())
