"""All the processes of a run: PostgreSQL, Redis, one or two hubs, a load balancer, and proxies on the ways between them.

    clients → (balancer) → proxy "client-a" → hub a → proxies "store-a" and "bus-a" → PostgreSQL and Redis
"""

import contextlib
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import cluster
import evidence
import hub as hubs
import proxy

WORKSPACES = ("acme", "globex")
TIMES = {
    "presence_tick_ms": 10,
    "reload_grace_ms": 500,
    "linger_ms": 3000,
    "ping_interval_ms": 1000,
    "pong_timeout_ms": 900,
    "drain_ms": 10_000,
    "drain_spread_ms": 500,
}
OPTIONS = {
    **TIMES,
    "commands_per_second": 1_000_000,
    "commands_burst": 1_000_000,
    "key_commands_per_second": 1_000_000,
    "key_commands_burst": 1_000_000,
    "max_connections_per_address": 0,
    "replay_limit": 1_000_000,
    "replay_bytes": 256 << 20,
    "send_budget_bytes": 64 << 20,
}

# The last section of the balancer's file is that of the hubs: it also tells clients which one they have got.
WHICH_HUB = "    http-response set-header X-Node %s\n"

# What each hub writes, and when it was given up, as the database sees it: its connections are named after the hub.
WITNESS = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.act (at bigserial, by text, event bigint, workspace bigint, seat text, epoch bigint);
CREATE FUNCTION chaos.note_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.act (by, event, workspace) VALUES (current_setting('application_name'), NEW.seq, NEW.workspace);
    RETURN NULL; END $$;
CREATE TRIGGER note_write AFTER INSERT ON muster.event FOR EACH ROW EXECUTE FUNCTION chaos.note_write();
CREATE FUNCTION chaos.note_seat() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.act (by, seat, epoch)
        VALUES (current_setting('application_name'), coalesce(NEW.id, OLD.id), NEW.epoch);
    RETURN NULL; END $$;
CREATE TRIGGER note_seat AFTER INSERT OR UPDATE OR DELETE ON muster.node FOR EACH ROW EXECUTE FUNCTION chaos.note_seat();
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Proxies:
    """The proxies' process."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, proxy.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, do, name, **more):
        self.process.stdin.write(json.dumps({"do": do, "name": name, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def finish(self):
        self.process.stdin.close()
        self.process.wait(hubs.TIMEOUT)
        self.process.stdout.close()


class Rig:
    def __init__(self, directory, nodes, *, client_proxies=True, witness=False):
        self.directory = pathlib.Path(directory)
        self.names = "abcdefgh"[:nodes]
        self.client_proxies = client_proxies
        self.witness = witness
        self.secrets = {}
        self.nodes = {}
        self.balancer = None
        self.cleanup = contextlib.ExitStack()

    # ---- starting ----

    def start(self):
        # The path of a unix socket must be short.
        self.sockets = pathlib.Path(self.cleanup.enter_context(tempfile.TemporaryDirectory(prefix="muster-chaos-")))
        self.postgres = cluster.Postgres(self.directory)
        self.cleanup.callback(self.postgres.does, "stop")
        if len(self.names) > 1:
            self.redis = cluster.Redis(self.directory)
            self.cleanup.callback(self.redis.does, "stop")
            self.key = self.directory / "cluster.key"
            self.key.write_text(secrets.token_hex(32))
        self.proxies = Proxies()
        self.cleanup.callback(self.proxies.finish)
        self._make_workspaces()
        for name in self.names:
            self._add(name)
        self.port = self._start_balancer() if len(self.names) > 1 else self.doors["a"]

    def _make_workspaces(self):
        home = self.directory / "first"
        home.mkdir()
        one = hubs.Hub(home / "data", home / "reports", self.secrets, {"store": self.postgres.url()})
        place = ["--data", one.data, "--store", self.postgres.url()]
        for workspace in WORKSPACES:
            made = one.cli_ok(
                "init", *place, "--workspace", workspace, "--name", workspace, "--owner-email", f"olga@{workspace}.test",
                "--owner-name", "Olga",
            )  # fmt: skip
            key = one.cli_ok("key", "create", *place, "--workspace", workspace, "--alg", "HS256")
            self.secrets[workspace] = {"key": json.loads(made)["key"], "HS256": json.loads(key)}
        self.tool = one
        self.doors = {}
        if self.witness:
            self.postgres.sql(WITNESS)

    def _add(self, name):
        home = self.directory / f"node-{name}"
        home.mkdir()
        options = {**OPTIONS, "node": name, "store": self._way_to_store(name)}
        if len(self.names) > 1:
            bus = self.proxies.tell("make", f"bus-{name}", listen=None, to=["127.0.0.1", int(self.redis.noted())])
            options |= {"bus": f"redis://127.0.0.1:{bus}", "cluster_key_file": self.key}
        node = self.nodes[name] = hubs.Hub(home / "data", home / "reports", self.secrets, options)
        node.start()
        self.doors[name] = node.port
        if self.client_proxies:
            self.doors[name] = self.proxies.tell("make", f"client-{name}", listen=None, to=["127.0.0.1", node.port])

    def _way_to_store(self, name):
        here = self.sockets / name
        here.mkdir()
        self.proxies.tell("make", f"store-{name}", listen=f"{here}/.s.PGSQL.5432", to=f"{self.postgres.noted()}/.s.PGSQL.5432")
        return f"postgres://muster@/muster?host={here}&application_name={name}"

    def _start_balancer(self):
        """The one that is shipped."""
        port = free_port()
        path = self.directory / "haproxy.cfg"
        path.write_text((hubs.ROOT / "docker/haproxy.cfg").read_text() + WHICH_HUB)
        places = {f"MUSTER_{name.upper()}": f"127.0.0.1:{door}" for name, door in self.doors.items()}
        with open(self.directory / "haproxy.log", "wb") as log:
            self.balancer = subprocess.Popen(
                ["haproxy", "-db", "-f", path], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, **places, "MUSTER_BIND": f"127.0.0.1:{port}"},
            )  # fmt: skip
        self.cleanup.callback(self._stop_balancer)
        self.wait_until(lambda: self._answers(port), "the balancer")
        return port

    def _stop_balancer(self):
        self.balancer.kill()
        self.balancer.wait(hubs.TIMEOUT)

    @staticmethod
    def _answers(port):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return answer.status == 200
        return False

    @staticmethod
    def wait_until(ready, what, seconds=hubs.TIMEOUT):
        deadline = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < deadline, f"{what} isn't ready within {seconds} s"
            time.sleep(0.02)

    # ---- breaking and mending ----

    def kill(self, name):
        self.nodes[name].kill()

    def again(self, name):
        """Start a hub that has ended, until it is ready."""
        self.nodes[name].start()
        self.wait_until(lambda: self._answers(self.nodes[name].port), f"node {name}")

    def drain(self, name):
        """End a hub as its operator would; its exit code."""
        self.nodes[name].signal(signal.SIGTERM)
        return self.nodes[name].wait_exit()

    def freeze(self, name):
        self.nodes[name].signal(signal.SIGSTOP)

    def thaw(self, name):
        self.nodes[name].signal(signal.SIGCONT)

    def proxy(self, do, kind, name, **how):
        self.proxies.tell(do, f"{kind}-{name}", **how)

    def proxy_all(self, do, kind, **how):
        for name in self.names:
            self.proxy(do, kind, name, **how)

    def hold_table(self):
        """Lock the table of events as a careless operator might; what ends it."""
        held = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", self.postgres.url()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        held.stdin.write("BEGIN; LOCK TABLE muster.event IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n")
        held.stdin.flush()
        assert held.stdout.readline().strip() == "held"

        def let_go():
            held.communicate("ROLLBACK;\n", timeout=hubs.TIMEOUT)

        return let_go

    def fill_disk(self):
        """Every insert fails as it does on a full disk."""
        self.postgres.sql(
            "CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;"
            " CREATE TRIGGER disk_full BEFORE INSERT ON muster.event EXECUTE FUNCTION public.full()"
        )

    def empty_disk(self):
        self.postgres.sql("DROP TRIGGER disk_full ON muster.event; DROP FUNCTION public.full()")

    # ---- the end ----

    def stop_nodes(self):
        """As operators do; exit codes and sanitizer reports are looked at. What went wrong, as texts."""
        wrong = []
        for name, node in self.nodes.items():
            try:
                node.finish()
            except AssertionError as error:
                wrong.append(f"node {name}: {error}")
        return wrong

    def verify_chain(self):
        """What `muster audit verify` complains about, or nothing."""
        done = self.tool.cli("audit", "verify", "--data", self.tool.data, "--store", self.postgres.url())
        holds = all(f"{workspace}: the chain holds" in done.stdout for workspace in WORKSPACES)
        return [] if done.returncode == 0 and holds else [f"audit verify: {done.stdout} {done.stderr}"]

    def logs(self):
        return {workspace: evidence.read_log(self.postgres, workspace) for workspace in WORKSPACES}

    def acts(self):
        """What the witness has noted: who wrote what, who took a seat and whose was taken away."""
        if not self.witness:
            return []
        return [json.loads(line) for line in self.postgres.sql("SELECT row_to_json(act) FROM chaos.act ORDER BY at")]

    def finish(self):
        for node in self.nodes.values():
            if node.alive():
                node.signal(signal.SIGCONT)
                node.kill()
        self.cleanup.close()
