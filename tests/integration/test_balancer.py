"""HAProxy in front of two hubs, as docker/haproxy.cfg has it: who gets whom, when one is gone or going."""

import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

import hub as hubs

CONFIGURATION = hubs.ROOT / "docker/haproxy.cfg"


class Balancer:
    """HAProxy in front of two hubs, on a socket that listens before it runs."""

    def __init__(self, nodes, directory):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.log = hubs.Log(directory / "haproxy.log")
        places = {f"MUSTER_{name}": f"127.0.0.1:{node.port}" for name, node in zip("AB", nodes, strict=True)}
        self.process = subprocess.Popen(
            ["haproxy", "-db", "-f", CONFIGURATION],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MUSTER_BIND": f"fd@{self.socket.fileno()}", **places},
            pass_fds=[self.socket.fileno()],
        )
        self.log.follow(self.process.stdout)

    def sign_in(self, hub, **options):
        """Through it, with a token that either hub takes; the client is `hub`'s to end."""
        one = hub.connect_to(f"ws://127.0.0.1:{self.port}/v1/ws")
        one.open(hub.token("ann"), **options)
        return one

    def request(self, method, path, body, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=hubs.TIMEOUT)
        connection.request(method, path, body, {"Content-Type": "application/json", **dict(headers)})
        return connection.getresponse()

    def finish(self):
        self.process.kill()
        self.process.wait(hubs.TIMEOUT)
        self.socket.close()


@pytest.fixture
def stand(make_hub, tmp_path):
    """stand(**options): two hubs and HAProxy in front of them."""
    made = []

    def make(**options):
        nodes = [make_hub(**options) for _ in range(2)]
        made.append(Balancer(nodes, tmp_path))
        return nodes, made[-1]

    yield make
    for one in made:
        one.finish()


def sessions(hub):
    return hub.metric("muster_sessions")


def test_connections_go_to_both_in_turn(stand):
    nodes, balancer = stand()
    for _ in range(6):
        balancer.sign_in(nodes[0])
    assert [sessions(node) for node in nodes] == [3, 3]


def test_a_dead_node_is_passed_over_at_once(stand):
    nodes, balancer = stand()
    nodes[0].kill()
    for _ in range(4):
        balancer.sign_in(nodes[1])
    assert sessions(nodes[1]) == 4


def test_whom_a_draining_node_sends_away_comes_to_the_other(stand):
    (drained, other), balancer = stand(drain_ms="30s", drain_spread_ms="30s")
    first = [balancer.sign_in(drained, device={"kind": "web", "id": f"d{n}"}) for n in range(4)]
    drained.signal(signal.SIGTERM)
    for one in first[::2]:
        one.expect_close(4200)
        balancer.sign_in(drained)
    assert sessions(other) == 4


class Mute(http.server.BaseHTTPRequestHandler):
    """A node that is ready and falls over at every question."""

    def do_GET(self):
        if self.path == "/readyz":
            self.send_response(200)
            self.end_headers()
        else:
            self.server.heard.append(self.command)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def mute():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mute) as server:
        server.port, server.heard = server.server_port, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join(hubs.TIMEOUT)


def answer_to_heard(mute, balancer, *request):
    """What came of the next such request that the mute node heard. HAProxy leaves it out while it is slow to be ready."""
    deadline = time.monotonic() + hubs.TIMEOUT
    before = len(mute.heard)
    while len(mute.heard) == before:
        assert time.monotonic() < deadline, f"the mute node isn't asked any more: {mute.heard}"
        status = balancer.request(*request).status
    return status


def test_a_question_is_asked_again_elsewhere_and_a_command_is_not(mute, hub, tmp_path):
    balancer = Balancer([mute, hub], tmp_path)
    try:
        for _ in range(2):
            balancer.sign_in(hub)
        assert sessions(hub) == 2
        assert answer_to_heard(mute, balancer, "GET", "/healthz", None) == 200
        assert answer_to_heard(mute, balancer, "POST", "/v1/login", "{}") == 502
        assert mute.heard.count("POST") == 1
    finally:
        balancer.finish()


def test_nobody_can_say_where_they_come_from(stand):
    nodes, balancer = stand(trusted_proxies="127.0.0.1")
    headers = {"Authorization": f"Bearer {nodes[0].token('owner')}", "X-Forwarded-For": "203.0.113.7"}
    assert balancer.request("PATCH", "/v1/users/ann", json.dumps({"name": "Ann B"}), headers).status == 200
    rows = [row for node in nodes for row in node.api("GET", "/v1/audit?action=user.updated")["items"]]
    assert [row["origin"]["address"] for row in rows] == ["127.0.0.1"]
