"""Muster under test: one workspace with a few dozen people, made once per bench and copied for every measurement. Figures of
assignments have a workspace of their own, with teams.
"""
import contextlib
import http.client
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from harness import machine
from harness.machine import output_of
from harness.servers import LOADGEN_CORE, SERVER_CORE, START_SECONDS, Failed, Server, free_port

WORKSPACE = "bench"
USER_PREFIX = "u"
# May see everybody, which is what a watcher of the benches does.
ROLE = "supervisor"

# A floor of people: one dispatcher per team, who also puts conversations, and agents with room for all that comes.
FLOOR_TEAMS = 8
FLOOR_USERS = 200
FLOOR_ROLES = {
    "dispatcher": ("conversations.view:team", "conversations.reply", "conversations.assign_others", "conversations.write"),
    "clerk": ("conversations.view:own", "conversations.reply", "presence.self"),
}
FLOOR_FIGURES = ("P8", "P8-rate", "P8-hub")
CROWD_FIGURES = ("P7",)

START_WORKSPACES = 1000
START_EVENTS = 1_000_000

# What differs from the usual for one figure: in R6 what a reader may leave unread is less, so that a run needn't take
# minutes to reach it.
SETTINGS = {
    "R6": {"MUSTER_SEND_BUDGET_BYTES": "65536", "MUSTER_SEND_BURST_BYTES": "262144", "MUSTER_SEND_BURST_MS": "5000"},
}

# Ten thousand sessions of fifty people from eight addresses, and one publisher without a pause, are no attack here.
LIMITS = {
    "MUSTER_MAX_CONNECTIONS_PER_ADDRESS": "0",
    "MUSTER_MAX_CONNECTIONS_PER_USER": "0",
    "MUSTER_COMMANDS_PER_SECOND": "1000000",
    "MUSTER_COMMANDS_BURST": "1000000",
    "MUSTER_DRAIN_MS": "0",
    "MUSTER_DRAIN_SPREAD_MS": "0",
}


def operate(data, workspace, method, params):
    """As the operator, through the control socket of the hub that runs on a directory."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(data / "muster.sock"))
        control.sendall(json.dumps({"method": method, "workspace": workspace, "params": params}).encode() + b"\n")
        answer = json.loads(control.makefile().readline())
    if "result" not in answer:
        raise Failed(f"{method}: {answer}")
    return answer["result"]


class Workspace:
    """The data directory that every measurement starts from, and the keys to it."""

    def __init__(self, program, directory, users):
        self.program = str(program)
        self.directory = directory
        self.users = users
        self.owner_key = None
        self.signing_keys = {}

    def call(self, *arguments, text=None):
        done = subprocess.run([self.program, *arguments], input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"muster {' '.join(arguments[:2])}: {done.stderr.strip()}")
        return done.stdout

    @property
    def where(self):
        return ["--data", str(self.directory), "--workspace", WORKSPACE]

    def make(self):
        """Creates the workspace, its people, and one signing key per algorithm."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        made = json.loads(self.call("init", *self.where, "--name", "Bench", "--owner-email", "o@bench.test", "--owner-name",
                                    "Owner", "--owner-password-stdin", text="a long enough passphrase\n"))
        self.owner_key = made["key"]
        self.make_people()
        for algorithm in ("HS256", "EdDSA"):
            self.signing_keys[algorithm] = json.loads(self.call("key", "create", *self.where, "--alg", algorithm))

    def make_people(self):
        for number in range(self.users):
            self.add_user(number, "--role", ROLE)

    def add_user(self, number, *more):
        self.call("user", "add", *self.where, "--id", f"{USER_PREFIX}{number}", "--name", f"Person {number}", "--email",
                  f"{USER_PREFIX}{number}@bench.test", *more)


class Crowd(Workspace):
    """Very many people, who come from a list as a platform sends it."""

    AT_A_TIME = 100

    def make_people(self):
        people = [{"id": f"{USER_PREFIX}{number}", "name": f"Person {number}", "email": f"{USER_PREFIX}{number}@bench.test",
                   "roles": [ROLE]} for number in range(self.users)]
        hub = subprocess.Popen([self.program, "serve", "--data", str(self.directory), "--listen", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            hub.stdout.readline()
            for first in range(0, self.users, self.AT_A_TIME):
                operate(self.directory, WORKSPACE, "directory.sync",
                        {"users": people[first:first + self.AT_A_TIME], "remove_missing": False})
        finally:
            hub.terminate()
            hub.wait()
            hub.stdout.close()


class Floor(Workspace):
    """The workspace of the figures of assignments: user i is of team i modulo FLOOR_TEAMS, the first of each dispatches."""

    def __init__(self, program, directory):
        super().__init__(program, directory, FLOOR_USERS)

    def make_people(self):
        for role, permissions in FLOOR_ROLES.items():
            words = [word for permission in permissions for word in ("--permission", permission)]
            self.call("role", "add", *self.where, "--id", role, "--name", role.title(), *words)
        for team in range(FLOOR_TEAMS):
            self.call("team", "add", *self.where, "--id", f"t{team}", "--name", f"Team {team}")
        for number in range(self.users):
            role, capacity = ("dispatcher", "0") if number < FLOOR_TEAMS else ("clerk", "1000")
            self.add_user(number, "--role", role, "--team", f"t{number % FLOOR_TEAMS}", "--capacity", capacity)


class Muster(Server):
    name, title, target = "muster", "Muster", "muster"
    peer = False
    ours = True
    algorithm = "HS256"
    assignments_per_s = 10_000  # half of what it is to take

    def missing(self):
        return None if self.settings.muster.exists() else "it is not built (./dev build)"

    def version(self):
        return output_of(str(self.settings.muster), "--version") or "unknown"

    @property
    def workspace(self):
        if self.figure in CROWD_FIGURES:
            return self.settings.crowd
        return self.settings.floor if self.figure in FLOOR_FIGURES else self.settings.workspace

    def prepare(self):
        shutil.copytree(self.workspace.directory, self.directory / "data")

    def afterwards(self):
        """How large the log's entries of assignments are."""
        if self.figure not in FLOOR_FIGURES:
            return {}
        query = "SELECT avg(length(payload)) FROM event WHERE type IN ('conversation.assigned', 'conversation.reassigned')"
        with contextlib.closing(sqlite3.connect(f"file:{self.directory}/data/muster.db?mode=ro", uri=True)) as log:
            return {"event_bytes": log.execute(query).fetchone()[0]}

    def command(self):
        environment = {**LIMITS, **self.pings(), **SETTINGS.get(self.figure, {}), **self.settings.muster_environment}
        return [str(self.settings.muster), "serve", "--data", str(self.directory / "data"), "--listen",
                f"127.0.0.1:{self.port}", "--edges", "1"], environment

    def pings(self):
        """As often as those of the others; R4 is about those that Muster has by itself."""
        if self.figure == "R4":
            return {}
        return {"MUSTER_PING_INTERVAL_MS": str(int(self.ping_seconds * 1000)),
                "MUSTER_PONG_TIMEOUT_MS": str(int(self.ping_seconds * 500))}

    def generator_arguments(self, figure):
        key = self.workspace.signing_keys[self.algorithm]
        watch = "none" if figure in ("P1", "R4", "R6", *FLOOR_FIGURES) else "all"
        rate = ["--rate", str(self.assignments_per_s)] if figure == "P8-rate" else []
        return [*rate, "--watch", watch, "--publisher-token", self.workspace.owner_key, "--jwt-issuer",
                WORKSPACE, "--user-prefix", USER_PREFIX, "--jwt-alg", self.algorithm, "--jwt-kid", key["kid"],
                "--jwt-secret", key["private" if self.algorithm == "EdDSA" else "secret"]]


class MusterEdDsa(Muster):
    """The same, signing in with EdDSA tokens; measured only where signing in is."""

    name, title, algorithm = "muster-eddsa", "Muster, EdDSA", "EdDSA"


class MusterMobile(Muster):
    """The same, with phones instead of tabs; measured only where that makes a difference."""

    name, title = "muster-mobile", "Muster, phones"

    def generator_arguments(self, figure):
        return [*super().generator_arguments(figure), "--device-kind", "mobile"]


class MusterLoaded(Muster):
    """Muster on a log of many workspaces and very many events, made once for all rounds: starting changes nothing of it."""

    name = "muster-loaded"

    def prepare(self):
        if self.settings.loaded.exists():
            return
        self.settings.loaded.mkdir()
        shutil.copy(self.workspace.directory / "muster.db", self.settings.loaded)
        fill = self.settings.loadgen.parent / "muster-store-fill"
        subprocess.run([str(fill), str(self.workspace.directory), WORKSPACE, str(self.settings.loaded), str(START_WORKSPACES),
                        str(START_EVENTS)], check=True)

    def command(self):
        arguments, environment = super().command()
        return [str(self.settings.loaded) if word == str(self.directory / "data") else word for word in arguments], environment

    def start(self, figure, sizes, ping_seconds):
        """It is started by what measures that."""
        self.figure, self.sizes, self.ping_seconds = figure, sizes, ping_seconds
        self.directory = Path(tempfile.mkdtemp(prefix="muster-bench-"))
        self.port = free_port()
        self.prepare()

    def ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def measure_start(self):
        """From the process's start to its readiness; then the first answer of each workspace, one after the other."""
        arguments, environment = self.command()
        log = open(self.directory / "server.log", "w")
        cores = [machine.core_ticks(core) for core in (LOADGEN_CORE, SERVER_CORE)]
        began, own = time.monotonic(), time.process_time()
        with log:
            self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *arguments], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env={**os.environ, **environment}, start_new_session=True)
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise Failed(f"{self.name} does not become ready:\n{self.log_tail()}")
            time.sleep(0.002)
        ready = time.monotonic() - began
        answers = [self.first_answer(f"w{number}") for number in range(START_WORKSPACES)]
        wall, own = time.monotonic() - began, time.process_time() - own
        busy = [machine.busy_share(before, machine.core_ticks(core))
                for before, core in zip(cores, (LOADGEN_CORE, SERVER_CORE))]
        cpu = machine.cpu_seconds(self.process.pid)
        steps = quantiles(answers, n=100)
        return {"ready_s": ready, "first_answer_p50_ms": steps[49] * 1000, "first_answer_p99_ms": steps[98] * 1000,
                "all_answered_s": wall - ready, "rss_bytes": machine.rss_bytes(self.process.pid), "wall_s": wall,
                "server_cpu_s": cpu, "loadgen_cpu_s": own, "loadgen_core_busy": busy[0], "server_core_busy": busy[1],
                "foreign_share": max(0.0, (sum(busy) - (cpu + own) / wall) / 2)}

    def first_answer(self, workspace):
        began = time.monotonic()
        operate(self.settings.loaded, workspace, "user.list", {"limit": 1})
        return time.monotonic() - began


class Store(Server):
    """Muster's store without Muster: how fast it appends the same events, so many in each durable commit."""

    peer = False
    ours = True

    def missing(self):
        return None if self.program().exists() else "it is not built (./dev build)"

    def program(self):
        return self.settings.loadgen.parent / "muster-store-rate"

    def version(self):
        return "this build's"

    def batch(self):
        raise NotImplementedError

    def start(self, figure, sizes, ping_seconds):
        self.sizes = sizes
        self.directory = Path(tempfile.mkdtemp(prefix="muster-bench-"))

    def measure_command(self, figure, variant):
        seconds = variant.arguments[variant.arguments.index("--seconds") + 1]
        return ["taskset", "-c", str(SERVER_CORE), str(self.program()), str(self.directory), str(self.batch()),
                str(self.sizes["event"]), seconds]

    def log_tail(self):
        return ""


class StoreSingle(Store):
    name, title = "store-single", "its store, one by one"

    def batch(self):
        return 1


class StoreBatch(Store):
    """As many in a commit as Muster's group commit had."""

    name, title = "store-batch", "its store, in batches"

    def batch(self):
        return self.sizes["batch"]
