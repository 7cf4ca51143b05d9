"""The servers under test: each knows how it is started, where, and how the generator talks to it.

A server lives for one measurement: a fresh process in a fresh directory, pinned on the server core. `start` returns when it
accepts connections; `stop` ends exactly the process that `start` made.
"""
import base64
import contextlib
import hmac
import json
import os
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from harness.machine import nchan_version, npm_version, output_of

START_SECONDS = 30
STOP_SECONDS = 15
PING_SECONDS = 20
LOADGEN_CORE = 0
SERVER_CORE = 1


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Failed(Exception):
    """A server or a run went wrong; the text says how."""


def free_port():
    """One that no client is given for its own end: thousands that try to come back while a server is away would take it."""
    first_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(1024, max(first_of_clients, 2048))))
            return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One way to serve. Class attributes describe it to the harness, methods run it."""

    name = ""
    title = ""
    target = "raw"
    peer = True  # a server of somebody else's, measured wherever there is something alike; else where a figure names it
    ours = False  # one that must not fail
    collects_garbage = False

    def __init__(self, settings):
        self.settings = settings
        self.process = None
        self.directory = None
        self.port = None
        self.figure = None

    def missing(self):
        """Why this server cannot be measured here, or None."""
        return None

    def version(self):
        raise NotImplementedError

    def command(self):
        """(argument list, extra environment) that serves self.port out of self.directory."""
        raise NotImplementedError

    def prepare(self):
        """Called once the directory and the port are known, before the process starts."""

    def generator_arguments(self, figure):
        """What the generator must know to talk to this server; `figure` is the id of what is measured."""
        del figure
        return ["--gc-signal"] if self.collects_garbage else []

    def measure_command(self, figure, variant):
        """The program that puts the load on this server and prints the result."""
        return ["taskset", "-c", str(LOADGEN_CORE), str(self.settings.loadgen), figure.mode, "--target", self.target, "--port",
                str(self.port), "--server-pid", str(self.process.pid), *self.filled(variant.arguments),
                *self.generator_arguments(figure.id)]

    def filled(self, arguments):
        """With the line that starts this server again where that is asked for; its environment is the generator's."""
        line = shlex.join(["exec", "taskset", "-c", str(SERVER_CORE), *self.command()[0]])
        return [line if before == "--restart" else word for before, word in zip(("", *arguments), arguments)]

    def afterwards(self):
        """More of a result, looked up while the server still runs."""
        return {}

    def start(self, figure, sizes, ping_seconds):
        """For this figure (its id); `sizes` are those of Muster's messages."""
        self.figure = figure
        self.sizes = sizes
        self.ping_seconds = ping_seconds
        self.directory = Path(tempfile.mkdtemp(prefix="muster-bench-"))
        self.port = free_port()
        self.prepare()
        arguments, environment = self.command()
        log = open(self.directory / "server.log", "w")
        with log:
            self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *arguments], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env={**os.environ, **environment},
                                            start_new_session=True)
        self.wait_until_ready()

    def wait_until_ready(self):
        limit = time.monotonic() + START_SECONDS
        while not accepts(self.port):
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended with status {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > limit:
                raise Failed(f"{self.name} does not accept connections:\n{self.log_tail()}")
            time.sleep(0.02)

    def log_tail(self):
        return (self.directory / "server.log").read_text(errors="replace")[-2000:]

    def end_process(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(self.settings.stop_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def stop(self):
        self.end_process()
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)
        self.directory = None


class NodeServer(Server):
    """A peer that runs in Node.js, out of the folder that the packages were installed in."""

    script = ""
    package = ""
    collects_garbage = True

    def missing(self):
        if not shutil.which("node"):
            return "Node.js is not installed"
        if not (self.settings.peers_dir / "node_modules" / self.package).exists():
            return f"the package {self.package} is not installed"
        return None

    def version(self):
        return f"{npm_version(self.settings.peers_dir, self.package)} in Node.js {output_of('node', '--version')}"

    def command(self):
        environment = {
            "BENCH_PORT": str(self.port),
            "BENCH_SNAPSHOT_BYTES": str(self.sizes["snapshot"]),
            "BENCH_PING_SECONDS": str(self.ping_seconds),
            "NODE_ENV": "production",
        }
        return ["node", "--expose-gc", str(self.settings.peers_dir / self.script)], environment


class Ws(NodeServer):
    name, title, script, package = "ws", "Node ws", "ws-server.mjs", "ws"


class Uws(NodeServer):
    name, title, script = "uws", "uWebSockets.js (unofficial build)", "uws-server.mjs"
    package = "@trufflesuite/uws-js-unofficial"


class SocketIo(NodeServer):
    name, title, script, package = "socketio", "Socket.IO", "socketio-server.mjs", "socket.io"
    target = "socketio"


class SocketIoRecovery(SocketIo):
    """With what it has for connections that were lost for a moment; measured only where that is the question."""

    name, title, peer = "socketio-recovery", "Socket.IO, connection state recovery", False

    def command(self):
        arguments, environment = super().command()
        return arguments, {**environment, "BENCH_RECOVERY": "1"}


class Nchan(Server):
    name, title, target = "nchan", "nchan", "nchan"

    def modules(self):
        found = subprocess.run(["nginx", "-V"], stderr=subprocess.PIPE, text=True, check=True).stderr
        return re.search(r"--modules-path=(\S+)", found).group(1)

    def missing(self):
        if not shutil.which("nginx"):
            return "nginx is not installed"
        if not Path(self.modules(), "ngx_nchan_module.so").exists():
            return "nginx has no nchan module"
        return None

    def version(self):
        return nchan_version()

    def redis_lines(self):
        """What the configuration says of a Redis between several of them."""
        return ""

    def prepare(self):
        values = {
            "DIR": self.directory,
            "MODULES": self.modules(),
            "USER": "user root;" if os.geteuid() == 0 else "",
            "PORT": self.port,
            "PING_SECONDS": self.ping_seconds,
            "REDIS": self.redis_lines(),
        }
        text = (self.settings.source_dir / "peers" / "nchan.conf.in").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        (self.directory / "nginx.conf").write_text(text)

    def command(self):
        return ["nginx", "-c", str(self.directory / "nginx.conf"), "-e", str(self.directory / "error.log")], {}

    def start(self, figure, sizes, ping_seconds):
        super().start(figure, sizes, ping_seconds)
        self.store_snapshot()

    def store_snapshot(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/snapshot", data=b"x" * self.sizes["snapshot"])
        urllib.request.urlopen(request, timeout=10).close()

    def generator_arguments(self, figure):
        if figure == "P5":
            return ["--path", "/signin?token=bench", "--expect-snapshot"]
        return []


class Centrifugo(Server):
    """Where its program is on the PATH. People sign in with tokens that it checks, as they do at Muster."""

    name, title, target = "centrifugo", "Centrifugo", "centrifugo"
    api_key = "bench"
    secret = b"a secret of thirty-two characters"
    # What it keeps of the channel: the last message as the snapshot, or enough for those who come back.
    kept = {
        "P5": {"history_size": 1, "history_ttl": "1h", "force_recovery": True, "force_recovery_mode": "cache"},
        **dict.fromkeys(("P6", "P6-restart"), {"history_size": 1000, "history_ttl": "1h", "force_recovery": True}),
    }

    def missing(self):
        return None if shutil.which("centrifugo") else "there is no centrifugo on the PATH"

    def version(self):
        return output_of("centrifugo", "version")

    def engine(self):
        """What the configuration says of a Redis between several of them."""
        return {}

    def channel(self):
        may = {"allow_subscribe_for_client": True, "allow_publish_for_client": True, "allow_history_for_subscriber": True}
        return {**may, **self.kept.get(self.figure, {})}

    def prepare(self):
        (self.directory / "centrifugo.json").write_text(json.dumps({
            "http_server": {"address": "127.0.0.1", "port": str(self.port)},
            "http_api": {"key": self.api_key},
            "client": {"token": {"hmac_secret_key": self.secret.decode()}, "ping_interval": f"{self.ping_seconds}s",
                       "pong_timeout": f"{self.ping_seconds / 2}s"},
            "channel": {"without_namespace": self.channel()},
            "log": {"level": "error"},
            **self.engine(),
        }))

    def command(self):
        return [shutil.which("centrifugo"), "-c", str(self.directory / "centrifugo.json")], {}

    def start(self, figure, sizes, ping_seconds):
        super().start(figure, sizes, ping_seconds)
        if figure == "P5":
            body = json.dumps({"channel": "bench", "data": "x" * sizes["snapshot"]}).encode()
            headers = {"X-API-Key": self.api_key, "Content-Type": "application/json"}
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/publish", body, headers)
            urllib.request.urlopen(request, timeout=10).close()

    def generator_arguments(self, figure):
        return ["--jwt-alg", "HS256", "--jwt-kid", "bench", "--jwt-issuer", "bench", "--user-prefix", "u", "--jwt-secret",
                base64url(self.secret), "--publisher-token", self.token("publisher"),
                *(["--expect-snapshot"] if figure == "P5" else [])]

    def token(self, user):
        parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": user, "exp": int(time.time()) + 3600})
        text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        return f"{text}.{base64url(hmac.digest(self.secret, text.encode(), 'sha256'))}"


PEERS = (Uws, Ws, SocketIo, Centrifugo, Nchan)
