"""What is measured: for each sweep a server, what the generator does to it, and of what there is more from point to point."""
import base64
import copy
import hashlib
import hmac
import json
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass

from harness.cluster import MusterCluster
from harness.figures import Variant
from harness.muster import Crowd, Muster, Workspace

PEOPLE = 50  # where nothing else is said
# Counters of /metrics that say what a hub did meanwhile.
METRICS = ("commits_total", "events_total", "bus_published_total", "frames_sent_total", "sent_bytes_total", "writes_total")
TOKEN_SECONDS = 8 * 3600


def metrics_of(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {name: float(re.search(rf"^muster_{name} (\S+)$", text, re.M).group(1)) for name in METRICS}


class One(Muster):
    """A node by itself, with its log in SQLite."""

    def counters(self):
        return metrics_of(self.port)


class Two(MusterCluster):
    """Two nodes; changes are made at the first. All of Redis' and PostgreSQL's counters are this run's own."""

    def counters(self):
        first, second = (metrics_of(node.port) for node in self.nodes)
        return {**first, **{f"b_{name}": value for name, value in second.items()}, **self.redis_counters(), **self.postgres_counters()}

    def redis_counters(self):
        text = subprocess.run(["redis-cli", "-p", self.redis.noted(), "info"], capture_output=True, text=True, check=True).stdout
        wanted = {"redis_in_bytes": "total_net_input_bytes", "redis_out_bytes": "total_net_output_bytes"}
        return {name: float(re.search(rf"^{field}:(\d+)", text, re.M).group(1)) for name, field in wanted.items()}

    def postgres_counters(self):
        asked = subprocess.run(["psql", "-X", "-A", "-t", self.postgres.url(), "-c", "SELECT pg_current_wal_lsn() - '0/0'"],
                               capture_output=True, text=True, check=True)
        return {"wal_bytes": float(asked.stdout)}


class Workspaces(Workspace):
    """Many of them, with an owner each, who signs in by a token made here."""

    def __init__(self, program, directory, count):
        super().__init__(program, directory, 0)
        self.count = count

    def make(self):
        self.directory.mkdir(parents=True)
        tokens = [self.make_one(f"w{number}") for number in range(self.count)]
        (self.directory.parent / f"{self.directory.name}.tokens").write_text("\n".join(tokens) + "\n")

    def make_one(self, name):
        where = ["--data", str(self.directory), "--workspace", name]
        owner = json.loads(self.call("init", *where, "--name", name, "--owner-email", f"o@{name}.test", "--owner-name", "Owner"))
        return token(name, owner["owner"], json.loads(self.call("key", "create", *where, "--alg", "HS256")))


def token(workspace, user, key):
    def coded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    now = int(time.time())
    claims = {"iss": workspace, "sub": user, "aud": "muster", "iat": now, "exp": now + TOKEN_SECONDS}
    text = ".".join(coded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT", "kid": key["kid"]}, claims))
    secret = base64.urlsafe_b64decode(key["secret"] + "=" * (-len(key["secret"]) % 4))
    return f"{text}.{coded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


class Many(One):
    """A node with a session in each of many workspaces."""

    def generator_arguments(self, figure):
        return ["--watch", "all", "--tokens", f"{self.workspace.directory}.tokens"]


@dataclass(frozen=True)
class Sweep:
    name: str
    server: type
    mode: str
    points: tuple  # of dicts: options of the generator, `people` and `workspaces`
    arguments: tuple = ()
    ping_seconds: int = 20
    # What else a figure of the bench has.
    id: str = "capacity"
    payload: str = ""


def grid(**values):
    """Each with each."""
    points = [{}]
    for name, options in values.items():
        points = [{**point, name: option} for point in points for option in options]
    return tuple(points)


def sweeps(quick):
    """The whole of them; quick: the same with shorter times."""
    seconds, warmup = ("2", "0.5") if quick else ("8", "2")
    paced = ("--seconds", seconds, "--warmup-seconds", warmup)
    warm = ("--warmup-sessions", "500")
    changes = grid(sessions=(500, 1000, 2000), rate=(5, 10, 20))
    return (
        Sweep("sessions", One, "memory", grid(sessions=(2000, 4000, 6000, 8000)), warm),
        Sweep("people", One, "memory", grid(sessions=(1000,), people=(50, 200, 800)), warm),
        Sweep("workspaces", Many, "memory", grid(workspaces=(50, 100, 200))),
        Sweep("pings", One, "idle", grid(sessions=(2000, 4000, 6000, 8000)), ("--seconds", "8" if quick else "20"), 4),
        Sweep("messages", One, "fanout", grid(sessions=(250, 500, 1000, 2000)), paced),
        Sweep("changes", One, "toggle", changes, paced),
        Sweep("changes of two", Two, "toggle", changes, paced),
        Sweep("many changes", Two, "toggle", grid(sessions=(100,), rate=(50, 100, 200, 400)), paced),
        Sweep("sessions of two", Two, "memory", grid(sessions=(2000, 4000, 6000, 8000)), warm),
    )


def options_of(point):
    """Of the generator."""
    sessions = point.get("sessions", point.get("workspaces"))
    words = ["--sessions", sessions, "--users", point.get("people", PEOPLE)]
    if "rate" in point:
        words += ["--rate", point["rate"]]
    return tuple(map(str, words))


class Bench:
    """Plays sweeps: a fresh server for every point."""

    def __init__(self, options, runner, scratch):
        self.options = options
        self.runner = runner
        self.scratch = scratch
        self.places = {}

    def workspace(self, point):
        """Made once for each number of people or workspaces."""
        people, count = point.get("people", PEOPLE), point.get("workspaces")
        if (people, count) not in self.places:
            where = self.scratch / f"data-{people}-{count}"
            made = Workspaces(self.options.muster, where, count) if count else Crowd(self.options.muster, where, people)
            made.make()
            self.places[people, count] = made
        return self.places[people, count]

    def run(self, sweep, point):
        settings = copy.copy(self.options)
        settings.users = point.get("people", PEOPLE)
        if issubclass(sweep.server, One):
            settings.workspace = self.workspace(point)
        server = sweep.server(settings)
        variant = Variant(sweep.name, (*options_of(point), *sweep.arguments))
        try:
            server.start(sweep.id, self.runner.sizes, sweep.ping_seconds)
            before = server.counters()
            result = self.runner.generate(sweep, variant, server)
            after = server.counters()
        finally:
            server.stop()
        return {"sweep": sweep.name, **point, **result, **{name: after[name] - before[name] for name in before}}
