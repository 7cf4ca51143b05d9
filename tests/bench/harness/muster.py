"""Muster under test: one workspace with a few dozen people, made once per bench and copied for every measurement."""
import json
import shutil
import subprocess

from harness.machine import output_of
from harness.servers import Failed, Server

WORKSPACE = "bench"
USER_PREFIX = "u"
# May see everybody, which is what a watcher of the benches does.
ROLE = "supervisor"

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

    def make(self):
        """Creates the workspace, its people, and one signing key per algorithm."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        where = ["--data", str(self.directory), "--workspace", WORKSPACE]
        made = json.loads(self.call("init", *where, "--name", "Bench", "--owner-email", "o@bench.test", "--owner-name",
                                    "Owner", "--owner-password-stdin", text="a long enough passphrase\n"))
        self.owner_key = made["key"]
        for number in range(self.users):
            self.call("user", "add", *where, "--id", f"{USER_PREFIX}{number}", "--name", f"Person {number}", "--email",
                      f"{USER_PREFIX}{number}@bench.test", "--role", ROLE)
        for algorithm in ("HS256", "EdDSA"):
            self.signing_keys[algorithm] = json.loads(self.call("key", "create", *where, "--alg", algorithm))


class Muster(Server):
    name, title, target = "muster", "Muster", "muster"
    algorithm = "HS256"

    def missing(self):
        return None if self.settings.muster.exists() else "it is not built (./dev build)"

    def version(self):
        return output_of(str(self.settings.muster), "--version") or "unknown"

    def prepare(self):
        shutil.copytree(self.settings.workspace.directory, self.directory / "data")

    def command(self):
        environment = {**LIMITS, "MUSTER_PING_INTERVAL_MS": str(int(self.ping_seconds * 1000)),
                       "MUSTER_PONG_TIMEOUT_MS": str(int(self.ping_seconds * 500)), **self.settings.muster_environment}
        return [str(self.settings.muster), "serve", "--data", str(self.directory / "data"), "--listen",
                f"127.0.0.1:{self.port}", "--edges", "1"], environment

    def generator_arguments(self, figure):
        workspace = self.settings.workspace
        key = workspace.signing_keys[self.algorithm]
        return ["--watch", "none" if figure == "P1" else "all", "--publisher-token", workspace.owner_key, "--jwt-issuer",
                WORKSPACE, "--user-prefix", USER_PREFIX, "--jwt-alg", self.algorithm, "--jwt-kid", key["kid"],
                "--jwt-secret", key["private" if self.algorithm == "EdDSA" else "secret"]]


class MusterEdDsa(Muster):
    """The same, signing in with EdDSA tokens; measured only where signing in is."""

    name, title, algorithm = "muster-eddsa", "Muster, EdDSA", "EdDSA"
