"""A hub of one's own: the program under test on a free port and a data directory that nobody else has.

MUSTER_PROGRAM names the program; the default is the build with address and undefined-behaviour sanitizers, whose reports
are collected in a directory and looked at when the hub has ended.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import selectors
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import client
import tokens

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MUSTER_PROGRAM", str(ROOT / "build/asan-ubsan/muster"))
TIMEOUT = client.TIMEOUT
PASSWORD = "copper lantern 9317"

# Short enough that no test waits long, long enough that a slow machine doesn't see them pass by accident.
QUICK = {"presence_tick_ms": 10, "reload_grace_ms": 150, "linger_ms": 300, "background_ms": 400}


class Log:
    """What the hub writes on standard error: kept in a file for people, line by line for tests."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        self.changed = threading.Condition()

    def follow(self, stream):
        self.thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.thread.start()

    def _read(self, stream):
        with open(self.path, "ab") as file, stream:
            for line in stream:
                file.write(line)
                file.flush()
                with self.changed:
                    self.lines.append(line.decode(errors="replace").rstrip("\n"))
                    self.changed.notify_all()

    def wait(self, fits, timeout=TIMEOUT):
        """Until there is a line that fits; that line."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for line in self.lines:
                    if fits(line):
                        return line
                left = deadline - time.monotonic()
                assert left > 0, f"no such line; {self.tail()}"
                self.changed.wait(left)

    def tail(self, n=60):
        return "hub log:\n" + "\n".join(self.lines[-n:])


class Answer:
    """What came back over HTTP."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def type(self):
        return self.headers.get("content-type", "").split(";")[0]

    @property
    def json(self):
        return json.loads(self.body)


class Hub:
    def __init__(self, data, reports, secrets, options=None):
        self.data = pathlib.Path(data)
        self.reports = pathlib.Path(reports)
        self.reports.mkdir(parents=True, exist_ok=True)
        self.secrets = secrets  # workspace → {"key": an API key, "HS256": a signing key, "EdDSA": another}
        self.options = {**QUICK, **(options or {})}
        self.log = Log(self.reports.parent / "hub.log")
        self.process = None
        self.port = 0
        self.clients = []

    # ---- the process ----

    def environment(self, extra=None):
        log = f"log_path={self.reports}/report"
        mine = {k: v for k, v in os.environ.items() if not k.startswith("MUSTER_")}
        mine["ASAN_OPTIONS"] = f"{log}:exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1"
        mine["UBSAN_OPTIONS"] = f"{log}:print_stacktrace=1"
        mine["TSAN_OPTIONS"] = f"{log}:exitcode=99:second_deadlock_stack=1"
        return {**mine, **(extra or {})}

    def serve_command(self):
        words = [PROGRAM, "serve", "--data", str(self.data)]
        for name, value in {"listen": f"127.0.0.1:{self.port}", **self.options}.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        return words

    def start(self, env=None):
        """Start and wait for the line that says where it listens. A second start uses the same port again."""
        self.process = subprocess.Popen(
            self.serve_command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(env),
        )
        self.log.follow(self.process.stderr)
        self.ready_line = self._read_line()
        found = re.search(r"127\.0\.0\.1:(\d+)", self.ready_line)
        assert found, f"no address in {self.ready_line!r}; {self.log.tail()}"
        self.port = int(found.group(1))
        return self

    def _read_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(TIMEOUT), f"serve printed nothing within {TIMEOUT} s; {self.log.tail()}"
        return self.process.stdout.readline().decode()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait_exit(self):
        code = self.process.wait(TIMEOUT)
        self.process.stdout.close()
        self.log.thread.join(TIMEOUT)
        return code

    def kill(self):
        """As a power cut would end it."""
        self.signal(signal.SIGKILL)
        self.wait_exit()

    def restart(self):
        """Again, on the same port and data; after kill() or a clean end."""
        if self.alive():
            self.signal(signal.SIGTERM)
            assert self.wait_exit() == 0
        return self.start()

    def finish(self):
        """End it and look at what the sanitizers had to say."""
        for one in self.clients:
            one.drop()
        if self.alive():
            self.signal(signal.SIGTERM)
            try:
                code = self.wait_exit()
            except subprocess.TimeoutExpired:
                self.kill()
                code = f"none within {TIMEOUT} s of SIGTERM"
            assert code == 0, f"exit code {code}; {self.sanitizer_reports()}{self.log.tail()}"
        assert not self.sanitizer_reports(), self.sanitizer_reports()

    def sanitizer_reports(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.reports.iterdir()))

    # ---- the command line ----

    def cli(self, *words, input="", env=None):
        return subprocess.run(
            [PROGRAM, *map(str, words)],
            input=input,
            capture_output=True,
            text=True,
            timeout=TIMEOUT * 3,
            env=self.environment(env),
        )

    def cli_ok(self, *words, input=""):
        """Standard output of a command that has to succeed."""
        done = self.cli(*words, input=input)
        assert done.returncode == 0, f"{words}: {done.returncode} {done.stderr}"
        return done.stdout

    def operate(self, method, params, workspace="acme"):
        """As the operator, through the hub's control socket; the result."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(TIMEOUT)
            sock.connect(str(self.data / "muster.sock"))
            sock.sendall(json.dumps({"method": method, "workspace": workspace, "params": params}).encode() + b"\n")
            answer = json.loads(sock.makefile().readline())
        assert "result" in answer, answer
        return answer["result"]

    # ---- HTTP ----

    def http(self, method, path, body=None, *, token=None, headers=None, raw=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        all_headers = dict(headers or {})
        if token:
            all_headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            raw = json.dumps(body, ensure_ascii=False).encode()
            all_headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=raw, headers=all_headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def api(self, method, path, body=None, *, workspace="acme"):
        """As the platform, by its API key; the result."""
        answer = self.http(method, path, body, token=self.secrets[workspace]["key"])
        assert answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.body}"
        return answer.json

    def raw(self, data):
        """Send bytes and read until the hub closes; what it sent."""
        with socket.create_connection(("127.0.0.1", self.port), TIMEOUT) as sock:
            sock.sendall(data)
            received = b""
            while chunk := sock.recv(65536):
                received += chunk
        return received

    def metric(self, name):
        """One value of /metrics, by its name with labels; without them the sum of all that bear the name."""
        text = self.http("GET", "/metrics").body.decode()
        labels = "" if "{" in name else r"(?:\{[^}]*\})?"
        found = re.findall(rf"^{re.escape(name)}{labels} (\S+)$", text, re.M)
        assert found, f"no {name} in {text}"
        return sum(map(float, found))

    # ---- people ----

    def token(self, user, workspace="acme", *, alg="HS256", **claims):
        return tokens.mint(self.secrets[workspace][alg], workspace, user, **claims)

    def connect(self, **options):
        """A connection that has not opened its session yet."""
        return self.connect_to(f"ws://127.0.0.1:{self.port}/v1/ws", **options)

    def connect_to(self, url, **options):
        one = client.Client(url, **options)
        self.clients.append(one)
        return one

    def sign_in(self, user, workspace="acme", *, sock=None, **options):
        """A connection with an open session of this person."""
        one = self.connect(sock=sock)
        one.open(self.token(user, workspace), **options)
        return one

    def publish(self, type, audience, data=None, *, durable=True, workspace="acme"):
        return self.api(
            "POST", "/v1/events", {"type": type, "audience": audience, "data": data or {}, "durable": durable}, workspace=workspace
        )

    def fence(self, *clients, workspace="acme"):
        """Make sure that everything the hub had to say to these clients has arrived: it sends in order."""
        mark = f"fence-{time.monotonic_ns()}"
        self.publish("x.fence", {"everyone": True}, {"mark": mark}, durable=False, workspace=workspace)
        for one in clients:
            one.expect("x.fence", lambda event: event["data"]["mark"] == mark)

    def transitions(self, user, workspace="acme"):
        """The changes of a person's visible status as the log has them, after everything that was told so far."""
        self.publish("x.mark", {"everyone": True}, workspace=workspace)
        rows = """SELECT payload FROM event JOIN workspace ON workspace.key = event.workspace
            WHERE workspace.id = ? AND type = 'presence.changed' ORDER BY event.seq"""
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/muster.db?mode=ro", uri=True)) as log:
            changes = [json.loads(payload) for (payload,) in log.execute(rows, (workspace,))]
        return [change for change in changes if change["user"] == user]

    def check_well(self):
        """Still there, still serving."""
        assert self.alive(), self.log.tail()
        assert self.http("GET", "/healthz").status == 200
        one = self.sign_in("ann", device={"kind": "api", "id": "well"}, watch="none")
        assert one.session["user"]["id"] == "ann"
        one.close()


def make_template(directory, **options):
    """A data directory with two workspaces, made once per test run and copied for each hub; (path, secrets)."""
    hub = Hub(directory / "data", directory / "reports", {}, options)
    store = ["--store", options["store"]] if "store" in options else []
    for workspace in ("acme", "globex"):
        made = json.loads(
            hub.cli_ok(
                "init", "--data", hub.data, *store, "--workspace", workspace, "--name", workspace.title(),
                "--owner-email", f"olga@{workspace}.test", "--owner-name", "Olga Owner", "--owner-password-stdin",
                input=PASSWORD,
            )
        )
        hub.secrets[workspace] = {"key": made["key"], "owner": made["owner"]}
        for alg in ("HS256", "EdDSA"):
            key = json.loads(hub.cli_ok("key", "create", "--data", hub.data, *store, "--workspace", workspace, "--alg", alg))
            hub.secrets[workspace][alg] = key
    hub.start()
    for team in ("support", "sales"):
        hub.api("POST", "/v1/teams", {"id": team, "name": team.title()})
    for user, role, teams in PEOPLE:
        hub.api(
            "POST", "/v1/users",
            {"id": user, "name": user.title(), "email": f"{user}@acme.test", "roles": [role], "teams": teams},
        )  # fmt: skip
    hub.api("POST", "/v1/users", {"id": "zoe", "name": "Zoe", "email": "zoe@globex.test", "roles": ["agent"]}, workspace="globex")
    hub.finish()
    return hub.data, hub.secrets


# user, role, teams: in the workspace acme
PEOPLE = [
    ("ann", "agent", ["support"]),
    ("bob", "agent", ["support"]),
    ("cat", "agent", ["sales"]),
    ("sue", "supervisor", ["support"]),
    ("adm", "admin", []),
]


def copy_template(template, directory):
    shutil.copytree(template, directory)
    return directory
