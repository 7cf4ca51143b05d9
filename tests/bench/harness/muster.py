"""Muster under test: one workspace with a few dozen people, made once per bench and copied for every measurement. Figures of
assignments have a workspace of their own, with teams.
"""
import contextlib
import json
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from harness.machine import output_of
from harness.servers import SERVER_CORE, Failed, Server

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
FLOOR_FIGURES = ("P8", "P8-hub")

# Ten thousand sessions of fifty people from eight addresses, and one publisher without a pause, are no attack here.
LIMITS = {
    "MUSTER_MAX_CONNECTIONS_PER_ADDRESS": "0",
    "MUSTER_MAX_CONNECTIONS_PER_USER": "0",
    "MUSTER_COMMANDS_PER_SECOND": "1000000",
    "MUSTER_COMMANDS_BURST": "1000000",
    "MUSTER_DRAIN_MS": "0",
    "MUSTER_DRAIN_SPREAD_MS": "0",
}


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
    algorithm = "HS256"

    def missing(self):
        return None if self.settings.muster.exists() else "it is not built (./dev build)"

    def version(self):
        return output_of(str(self.settings.muster), "--version") or "unknown"

    @property
    def workspace(self):
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
        environment = {**LIMITS, "MUSTER_PING_INTERVAL_MS": str(int(self.ping_seconds * 1000)),
                       "MUSTER_PONG_TIMEOUT_MS": str(int(self.ping_seconds * 500)), **self.settings.muster_environment}
        return [str(self.settings.muster), "serve", "--data", str(self.directory / "data"), "--listen",
                f"127.0.0.1:{self.port}", "--edges", "1"], environment

    def generator_arguments(self, figure):
        key = self.workspace.signing_keys[self.algorithm]
        watch = "none" if figure in ("P1", *FLOOR_FIGURES) else "all"
        return ["--watch", watch, "--publisher-token", self.workspace.owner_key, "--jwt-issuer",
                WORKSPACE, "--user-prefix", USER_PREFIX, "--jwt-alg", self.algorithm, "--jwt-kid", key["kid"],
                "--jwt-secret", key["private" if self.algorithm == "EdDSA" else "secret"]]


class MusterEdDsa(Muster):
    """The same, signing in with EdDSA tokens; measured only where signing in is."""

    name, title, algorithm = "muster-eddsa", "Muster, EdDSA", "EdDSA"


class Store(Server):
    """Muster's store without Muster: how fast it appends the same events, so many in each durable commit."""

    peer = False

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
