"""The command line: which servers, which figures, how often, and where the results go."""
import argparse
import filecmp
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import chart, machine, readme, report, summary
from harness.cluster import PEER_CLUSTERS, MusterCluster, MusterPostgres
from harness.figures import CROWDS
from harness.figures import figures as all_figures
from harness.muster import (
    CROWD_FIGURES,
    FLOOR_FIGURES,
    Crowd,
    Floor,
    Muster,
    MusterEdDsa,
    MusterLoaded,
    MusterMobile,
    StoreBatch,
    StoreSingle,
    Workspace,
)
from harness.runner import Runner, say
from harness.servers import PEERS, STOP_SECONDS, Failed, SocketIoRecovery

SOURCE = Path(__file__).resolve().parent.parent
ROOT = SOURCE.parent.parent
PEER_FILES = ("package.json", "package-lock.json", ".npmrc")


def parse(argv):
    names = ["muster", *(peer.name for peer in (*PEERS, SocketIoRecovery, *PEER_CLUSTERS))]
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure Muster against its peers on this machine.")
    parser.add_argument("--only", default="", metavar="P1,P3", help="only these figures")
    parser.add_argument("--peers", default=",".join(names), help=f"only these servers, of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds (default: 5)")
    parser.add_argument("--quick", action="store_true", help="one round, smaller numbers: does it work?")
    parser.add_argument("--users", type=int, default=50, help="people whom the sessions belong to (default: 50)")
    parser.add_argument("--watchers", type=int, default=5000, help="watchers of P3 and P4 (default: 5000)")
    parser.add_argument("--idle-seconds", type=float, default=60, help="how long P9 looks (default: 60)")
    parser.add_argument("--muster", type=Path, default=ROOT / "build/release/muster", help="the program under test")
    parser.add_argument("--muster-set", action="append", default=[], metavar="NAME=VALUE",
                        help="an option of Muster, as presence_tick_ms=10; may be given again")
    parser.add_argument("--loadgen", type=Path, help="the load generator (default: beside the program's build)")
    parser.add_argument("--keep", action="store_true",
                        help="keep these results in tests/bench/kept, in place of former ones of the same figures")
    parser.add_argument("--readme", action="store_true", help="only write the table of README.md and its charts, from the kept results")
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench", help="where the results go")
    options = parser.parse_args(argv)
    options.rounds = 1 if options.quick else max(1, options.rounds)
    options.muster = options.muster.resolve()
    options.loadgen = (options.loadgen or options.muster.parent / "tests/bench/muster-loadgen").resolve()
    options.out = options.out.resolve()
    options.source_dir = SOURCE
    options.peers_dir = options.out / "peers"
    options.stop_seconds = STOP_SECONDS
    options.muster_environment = {"MUSTER_" + name.upper(): value
                                  for name, _, value in (item.partition("=") for item in options.muster_set)}
    return options


def chosen(text, known, what):
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"bench: no such {what}: {', '.join(unknown)}; there are {', '.join(known)}")
    return names or list(known)


def install_peers(options):
    """Copies the peers' servers to the build folder and installs their packages there, if they changed."""
    if not shutil.which("npm"):
        return
    lock = options.peers_dir / "package-lock.json"
    fresh = (options.peers_dir / "node_modules").exists() and lock.exists() and filecmp.cmp(
        lock, SOURCE / "peers/package-lock.json", shallow=False)
    options.peers_dir.mkdir(parents=True, exist_ok=True)
    for path in [*(SOURCE / "peers").glob("*.mjs"), *(SOURCE / "peers" / name for name in PEER_FILES)]:
        shutil.copy(path, options.peers_dir)
    if not fresh:
        say("installing the peers' packages")
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=options.peers_dir, check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: the peers' packages can't be installed:\n{done.stderr[-2000:]}")


def choose_servers(options):
    """The servers to measure, Muster first, and why others are missing."""
    known = {server.name: server for server in (Muster, *PEERS, SocketIoRecovery, *PEER_CLUSTERS, MusterCluster, MusterPostgres)}
    servers, absent = {}, {}
    names = chosen(options.peers, list(known), "server")
    for name in [*names, *(["muster-cluster", "muster-postgres"] if "muster" in names else [])]:
        server = known[name](options)
        why = server.missing()
        if why:
            absent[server.title] = why
            say(f"not measured: {server.title}: {why}")
        else:
            servers[name] = server
    if "muster" in servers:
        ours = [kind(options) for kind in (MusterEdDsa, MusterMobile, MusterLoaded, StoreSingle, StoreBatch)]
        servers = {"muster": servers["muster"], **{one.name: one for one in ours}, **servers}
    return servers, absent


def write(options, results):
    titles = {name: server["title"] for name, server in results["servers"].items()}
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.out / "results.md").write_text(report.markdown(results))
    for key, figure in results["figures"].items():
        chart.draw(options.out, key, figure, titles, results)


def measure(options, servers, absent):
    known = {figure.id: figure for figure in all_figures(options)}
    taken = [known[name] for name in chosen(options.only, list(known), "figure")]
    if any(figure.id.startswith("P8") for figure in taken) and machine.temporary_files() == "tmpfs":
        raise SystemExit("bench: P8 is about what is durable, and temporary files are kept in memory here; set TMPDIR")
    runner = Runner(options, servers)
    results = {
        "date": machine.today(), "machine": machine.describe(), "commit": machine.commit(ROOT), "rounds": options.rounds,
        "quick": options.quick, "users": options.users, "muster_settings": options.muster_environment,
        "servers": {name: {"title": server.title, "version": server.version()} for name, server in servers.items()},
        "absent": absent, "sizes": runner.sizes, "figures": {},
    }
    runner.calibrate(taken)
    for figure in taken:
        results["figures"][figure.id] = summary.summarize(figure, *runner.run(figure))
        write(options, results)


def main(argv=None):
    options = parse(argv)
    if options.readme:
        return readme.write(ROOT)
    if options.keep and options.quick:
        raise SystemExit("bench: results of a quick run are not kept")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not options.loadgen.exists():
        raise SystemExit("bench: the load generator is not built (./dev build)")
    machine.raise_file_limit()
    install_peers(options)
    servers, absent = choose_servers(options)
    if not servers:
        raise SystemExit("bench: there is no server to measure")
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as scratch:
        try:
            if "muster" in servers:
                options.workspace = Workspace(options.muster, Path(scratch, "data"), options.users)
                options.workspace.make()
                options.loaded = Path(scratch, "loaded")
                options.floor = Floor(options.muster, Path(scratch, "floor"))
                options.crowd = Crowd(options.muster, Path(scratch, "crowd"), max(CROWDS))
                for workspace, figures in ((options.floor, FLOOR_FIGURES), (options.crowd, CROWD_FIGURES)):
                    if not options.only or set(figures) & set(options.only.split(",")):
                        workspace.make()
            measure(options, servers, absent)
        except Failed as failure:
            raise SystemExit(f"bench: {failure}") from failure
    print(f"results in {options.out}: results.md, results.json and a chart per figure")
    if options.keep:
        readme.keep(ROOT, options.out)
        return readme.write(ROOT)
    return 0
