"""The command line: measure, keep the results, write the page; or only write it from what is kept."""
import argparse
import copy
import json
import sys
import tempfile
from pathlib import Path

from harness import machine
from harness.capacity import page
from harness.capacity.sweeps import Bench, sweeps
from harness.cli import ROOT, SOURCE
from harness.cluster import MusterCluster
from harness.runner import Runner, say
from harness.servers import STOP_SECONDS, Failed

KEPT = SOURCE / "kept/capacity.json"
PAGE = ROOT / "docs/capacity.md"


def parse(argv):
    parser = argparse.ArgumentParser(prog="./dev capacity", description="Measure what things cost and write docs/capacity.md.")
    parser.add_argument("--rounds", type=int, default=2, help="how often each point is measured (default: 2)")
    parser.add_argument("--quick", action="store_true", help="one round of shorter ones, not kept: does it work?")
    parser.add_argument("--only", default="", metavar="SWEEP,…", help="only these sweeps, not kept")
    parser.add_argument("--muster", type=Path, default=ROOT / "build/release/muster", help="the program under test")
    parser.add_argument("--page", action="store_true", help="measure nothing: write the page from the results that are kept")
    parser.add_argument("--check", action="store_true", help="measure nothing: is the page what would be written?")
    options = parser.parse_args(argv)
    options.muster = options.muster.resolve()
    options.loadgen = options.muster.parent / "tests/bench/muster-loadgen"
    options.source_dir = SOURCE
    options.stop_seconds = STOP_SECONDS
    options.muster_environment = {}
    options.idle_seconds = 60
    return options


def measure(options):
    missing = MusterCluster(copy.copy(options)).missing()
    if missing:
        raise SystemExit(f"capacity: {missing}")
    results = {"date": machine.today(), "machine": machine.describe(), "commit": machine.commit(ROOT),
               "quick": options.quick, "runs": []}
    wanted = [one for one in sweeps(options.quick) if one.name in (options.only.split(",") if options.only else [one.name])]
    with tempfile.TemporaryDirectory(prefix="muster-capacity-") as scratch:
        bench = Bench(options, Runner(options, {}), Path(scratch))
        for number in range(1 if options.quick else options.rounds):
            for sweep in wanted:
                for point in sweep.points[:: -1 if number % 2 else 1]:
                    run = bench.run(sweep, point)
                    results["runs"].append(run)
                    say(f"{sweep.name} {point}: {run['server_cpu_s']:.2f} s of CPU in {run['wall_s']:.1f} s")
    return results


def main(argv=None):
    options = parse(argv)
    if options.check:
        return 0 if PAGE.read_text() == page.write(json.loads(KEPT.read_text())) else 1
    if not options.page:
        machine.raise_file_limit()
        try:
            results = measure(options)
        except Failed as failure:
            raise SystemExit(f"capacity: {failure}") from failure
        if options.quick or options.only:
            json.dump(results, sys.stdout, indent=1)
            return 0
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page.write(json.loads(KEPT.read_text())))
    return 0
