"""Two nodes of a server that are one through Redis, measured as one server: everything but the generator on the server core.

Changes are made at the first node; half of the watchers are at the second. What Redis and PostgreSQL use is told of apart.
"""
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.error
from pathlib import Path

from harness.machine import npm_version, output_of
from harness.muster import Floor, Muster, Workspace
from harness.servers import SERVER_CORE, START_SECONDS, Centrifugo, Failed, Nchan, Server, SocketIo

TOOLS = Path(__file__).resolve().parents[2] / "tools"
NODES = ("a", "b")


class Helper:
    """A database of this measurement's own, looked after by a script of tests/tools."""

    def __init__(self, kind, directory):
        self.kind = kind
        self.note = directory / kind

    def does(self, what):
        done = subprocess.run(["taskset", "-c", str(SERVER_CORE), str(TOOLS / f"{self.kind}.sh"), what, str(self.note)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{self.kind}: {done.stderr.strip()}")

    def noted(self):
        return self.note.read_text().strip()

    def stop(self):
        if self.note.exists():
            self.does("stop")


class Redis(Helper):
    def __init__(self, directory):
        super().__init__("redis", directory)

    def url(self):
        return f"redis://127.0.0.1:{self.noted()}"

    def pid(self):
        return int(Path(f"{self.note}.d", "pid").read_text())


class Postgres(Helper):
    def __init__(self, directory):
        super().__init__("postgres", directory)

    def url(self):
        return f"postgres://muster@/muster?host={self.noted()}"

    def pid(self):
        return int(Path(self.noted(), "data/postmaster.pid").read_text().split()[0])


def postgres_missing():
    if not shutil.which("psql") or not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return "PostgreSQL is not installed"
    return None


def postgres_version():
    return f"PostgreSQL {output_of('psql', '--version').split()[2]}"


class InPostgres:
    """A workspace whose log is in PostgreSQL."""

    def __init__(self, store, *arguments):
        super().__init__(*arguments)
        self.store = store

    @property
    def where(self):
        return [*super().where, "--store", self.store]


class ClusterWorkspace(InPostgres, Workspace):
    """The people of the bench."""


class PostgresFloor(InPostgres, Floor):
    """The workspace of the figures of assignments."""


class MusterPostgres(Muster):
    """One hub, whose log is in a PostgreSQL of its own on the same core."""

    name, title = "muster-postgres", "Muster on PostgreSQL"
    assignments_per_s = 2500
    postgres = None
    own = None

    def missing(self):
        return postgres_missing() or super().missing()

    def version(self):
        return f"{super().version()}, {postgres_version()}"

    @property
    def workspace(self):
        return self.own

    def prepare(self):
        self.postgres = Postgres(self.directory)
        self.postgres.does("start")
        self.own = PostgresFloor(self.postgres.url(), self.settings.muster, self.directory / "data")
        self.own.make()

    def command(self):
        arguments, environment = super().command()
        return arguments, {**environment, "MUSTER_STORE": self.postgres.url()}

    def measure_command(self, figure, variant):
        return [*super().measure_command(figure, variant), "--postgres-pid", str(self.postgres.pid())]

    def afterwards(self):
        return {}

    def stop(self):
        """The hub before its database, and the directory with the database's note last."""
        self.end_process()
        if self.postgres:
            self.postgres.stop()
        self.postgres = None
        super().stop()


class InCluster:
    """One of two nodes; `cluster` knows what they share."""

    def __init__(self, settings, cluster, name):
        super().__init__(settings)
        self.cluster = cluster
        self.node = name


class MusterNode(InCluster, Muster):
    """A hub."""

    @property
    def workspace(self):
        return self.cluster.workspace

    def prepare(self):
        """Nothing to copy: the log is in PostgreSQL."""

    def command(self):
        arguments, environment = super().command()
        shared = {"MUSTER_STORE": self.workspace.store, "MUSTER_BUS": self.cluster.redis.url(), "MUSTER_NODE": self.node,
                  "MUSTER_CLUSTER_KEY_FILE": str(self.cluster.directory / "cluster.key")}
        return arguments, {**environment, **shared}


class SocketIoNode(InCluster, SocketIo):
    def version(self):
        return f"{super().version()}, its Redis adapter {npm_version(self.settings.peers_dir, '@socket.io/redis-adapter')}"

    def command(self):
        arguments, environment = super().command()
        return arguments, {**environment, "BENCH_REDIS": self.cluster.redis.url()}


class NchanNode(InCluster, Nchan):
    def store_snapshot(self):
        """It refuses until it is connected to Redis."""
        limit = time.monotonic() + START_SECONDS
        while True:
            try:
                return super().store_snapshot()
            except urllib.error.HTTPError as refused:
                if refused.code != 503 or time.monotonic() > limit:
                    raise Failed(f"nchan refuses a message: {refused}\n{self.log_tail()}") from refused
            time.sleep(0.02)

    def redis_lines(self):
        return f"nchan_redis_url {self.cluster.redis.url()}; nchan_use_redis on;"


class CentrifugoNode(InCluster, Centrifugo):
    def engine(self):
        return {"engine": {"type": "redis", "redis": {"address": self.cluster.redis.url()}}}


class Cluster(Server):
    """Two nodes and the Redis between them."""

    peer = False
    node = None

    def __init__(self, settings):
        super().__init__(settings)
        self.redis = None
        self.nodes = []

    def make(self, name):
        return self.node(self.settings, self, name)

    def missing(self):
        if not shutil.which("redis-server"):
            return "redis-server is not installed"
        return self.make(NODES[0]).missing()

    def version(self):
        redis = re.search(r"v=(\S+)", output_of("redis-server", "--version"))
        return f"{self.make(NODES[0]).version()}, Redis {redis.group(1)}"

    def helpers(self):
        return [self.redis]

    def prepare(self):
        """Called with Redis there, before the nodes start."""

    def start(self, figure, sizes, ping_seconds):
        self.directory = Path(tempfile.mkdtemp(prefix="muster-bench-"))
        self.redis = Redis(self.directory)
        self.redis.does("start")
        self.prepare()
        for name in NODES:
            self.nodes.append(self.make(name))
            self.nodes[-1].start(figure, sizes, ping_seconds)

    def measure_command(self, figure, variant):
        first, second = self.nodes
        more = ["--port-b", str(second.port), "--server-pid-b", str(second.process.pid)]
        for helper in self.helpers():
            more += [f"--{helper.kind}-pid", str(helper.pid())]
        return first.measure_command(figure, variant) + more

    def log_tail(self):
        return "\n".join(node.log_tail() for node in self.nodes if node.directory)

    def stop(self):
        for node in self.nodes:
            node.stop()
        self.nodes = []
        for helper in self.helpers():
            if helper:
                helper.stop()
        super().stop()


class MusterCluster(Cluster):
    name, title, node = "muster-cluster", "Muster, two nodes", MusterNode
    ours = True
    postgres = None
    workspace = None

    def missing(self):
        return postgres_missing() or super().missing()

    def version(self):
        return f"{super().version()}, {postgres_version()}"

    def helpers(self):
        return [self.redis, self.postgres]

    def prepare(self):
        self.postgres = Postgres(self.directory)
        self.postgres.does("start")
        key = os.open(self.directory / "cluster.key", os.O_WRONLY | os.O_CREAT, 0o600)
        with open(key, "w") as file:
            file.write(secrets.token_hex(32))
        self.workspace = ClusterWorkspace(self.postgres.url(), self.settings.muster, self.directory / "init", self.settings.users)
        self.workspace.make()

    def start(self, figure, sizes, ping_seconds):
        super().start(figure, sizes, ping_seconds)
        limit = time.monotonic() + START_SECONDS
        while not all("a node is there" in (node.directory / "server.log").read_text() for node in self.nodes):
            if time.monotonic() > limit:
                raise Failed(f"the hubs don't see each other:\n{self.log_tail()}")
            time.sleep(0.02)


class SocketIoCluster(Cluster):
    name, title, node = "socketio-cluster", "Socket.IO, two nodes", SocketIoNode


class NchanCluster(Cluster):
    name, title, node = "nchan-cluster", "nchan, two nodes", NchanNode


class CentrifugoCluster(Cluster):
    name, title, node = "centrifugo-cluster", "Centrifugo, two nodes", CentrifugoNode


PEER_CLUSTERS = (SocketIoCluster, CentrifugoCluster, NchanCluster)
