"""Every limit shows in /metrics (F6, F7): one row for each, in number what clients saw."""

import contextlib
import http.client
import json
import resource
import select
import socket
import time

import pytest

from client import TIMEOUT
from hub import PASSWORD
from test_limits import refused_connect, refused_open
from test_slow_reader import publish_until, slow_sign_in

REFUSED = "muster_connections_refused_total"
LATE = "muster_connections_timed_out_total"
CLOSED = "muster_websockets_closed_total"
LIMITED = "muster_rate_limited_total"
FULL = "muster_queue_full_total"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def watched(make_hub):
    """A hub, and its metrics: a function of their name and label. They come from a port of their own, which no limit is for."""

    def make(**options):
        port = free_port()
        hub = make_hub(metrics_listen=f"127.0.0.1:{port}", edges=1, **options)

        def value(name, label=""):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
            with contextlib.closing(connection):
                connection.request("GET", "/metrics")
                text = connection.getresponse().read().decode()
            rows = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
            key, _, text = label.partition("=")
            return float(rows[f'{name}{{{key}="{text}"}}' if label else name])

        return hub, value

    return make


def until(ready):
    """What a hub counts it may count a moment after its client saw it."""
    deadline = time.monotonic() + TIMEOUT
    while not ready():
        assert time.monotonic() < deadline


def test_the_reference_has_them_all(hub):
    reference = hub.cli_ok("reference", "metrics").splitlines()
    told = {line.split(" (")[0] for line in reference}
    text = hub.http("GET", "/metrics").body.decode()
    rows = {line.rsplit(" ", 1)[0].split('{le="')[0] for line in text.splitlines() if not line.startswith("#")}
    histograms = {row.removesuffix("_bucket") for row in rows if row.endswith("_bucket")}
    parts = {name + suffix for name in histograms for suffix in ("_bucket", "_sum", "_count")}
    assert told == rows - parts | histograms
    assert all(len(line.split("): ", 1)[1]) > 5 for line in reference)


# ---- who is not let in ----


def test_refused_connections(watched):
    hub, value = watched(max_connections=3)
    taken = [hub.connect() for _ in range(3)]
    for _ in range(4):
        assert refused_connect(hub) == 503
    assert value(REFUSED, "limit=max_connections") == 4
    assert value(REFUSED, "limit=max_connections_per_address") == 0
    for one in taken:
        one.close()


def test_refused_connections_of_an_address(watched):
    hub, value = watched(max_connections_per_address=2)
    taken = [hub.connect() for _ in range(2)]
    for _ in range(3):
        assert refused_connect(hub) == 429
    assert value(REFUSED, "limit=max_connections_per_address") == 3
    assert value(REFUSED, "limit=max_connections") == 0
    assert value("muster_connections_total") == 5 + 3  # with those who looked at the metrics
    for one in taken:
        one.close()


def test_refused_sessions(watched):
    hub, value = watched(max_connections_per_user=1, max_connections_per_workspace=2)
    hub.sign_in("ann")
    refused_open(hub, "ann", device={"id": "other"})
    hub.sign_in("bob")
    for _ in range(2):
        refused_open(hub, "cat")
    assert value(REFUSED, "limit=max_connections_per_user") == 1
    assert value(REFUSED, "limit=max_connections_per_workspace") == 2
    assert value(CLOSED, "kind=too_many_connections") == 3
    assert value("muster_sessions") == 2


def test_no_files_for_more(watched):
    hub, value = watched()
    one = hub.sign_in("ann")
    pid = hub.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    monitor = http.client.HTTPConnection("127.0.0.1", int(hub.options["metrics_listen"].split(":")[1]), timeout=TIMEOUT)
    monitor.request("GET", "/healthz")
    monitor.getresponse().read()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
    with socket.create_connection(("127.0.0.1", hub.port), TIMEOUT):
        hub.log.wait(lambda line: "accepting paused" in line)
        monitor.request("GET", "/metrics")
        assert b"\nmuster_accept_pauses_total 0\n" not in monitor.getresponse().read()
        one.call("session.activity", {"state": "active"})  # who is there stays
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        monitor.close()
        hub.connect()
    assert value("muster_accept_pauses_total") >= 1


# ---- who is too late ----


def test_half_open_sessions(watched):
    hub, value = watched(ping_interval_ms=200, pong_timeout_ms=100)
    dead, alive = hub.sign_in("ann"), hub.sign_in("bob")
    dead.play_dead()
    until(lambda: value(LATE, "awaited=pong") == 1)
    assert value("muster_sessions_lost_total") == 1
    until(lambda: value("muster_sessions") == 1)
    alive.call("session.activity", {"state": "active"})


def test_sessions_that_end_without_a_word(watched):
    hub, value = watched()
    hub.sign_in("ann").drop()
    hub.sign_in("bob").close()
    until(lambda: value("muster_sessions") == 0)
    assert value("muster_sessions_lost_total") == 1
    assert value(LATE, "awaited=pong") == 0


def test_late_requests(watched):
    hub, value = watched(request_timeout_ms=300, open_timeout_ms=300)
    assert hub.raw(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n").startswith(b"HTTP/1.1 408 ")
    assert hub.raw(b"POST /v1/login HTTP/1.1\r\nHost: hub\r\nContent-Length: 9\r\n\r\n{").startswith(b"HTTP/1.1 408 ")
    assert hub.raw(b"") == b""
    assert value(LATE, "awaited=request") == 3
    hub.http("GET", "/healthz")
    assert value(LATE, "awaited=request") == 3
    hub.connect().expect_close(4001)
    assert value(CLOSED, "kind=auth_timeout") == 1


# ---- who reads slowly ----


def test_what_waits_for_slow_readers(watched):
    budget = 256 * 1024
    hub, value = watched(
        send_budget_bytes=budget, send_burst_bytes=budget, commands_per_second=100000, commands_burst=100000, ping_interval_ms="1h"
    )
    slow = slow_sign_in(hub, "ann", watch="none")
    writer = hub.connect()
    writer.open(hub.token("adm"), device={"kind": "api"}, watch="none")
    seen = []

    def behind():
        seen.append(value("muster_unsent_bytes"))
        return seen[-1] > budget / 2

    publish_until(hub, writer, behind)
    assert value("muster_connections_blocked") == 1
    assert value(CLOSED, "kind=slow_reader") == 0
    publish_until(hub, writer, lambda: value(CLOSED, "kind=slow_reader") == 1)
    assert max(seen) <= budget
    assert value("muster_unsent_bytes") < 16384  # the frame that was begun, and the goodbye
    slow.wake()
    slow.expect_close(4201)
    until(lambda: value("muster_connections_blocked") == 0)
    assert value("muster_unsent_bytes") == 0


def test_what_was_waiting_goes_with_the_connection(watched):
    hub, value = watched(commands_per_second=100000, commands_burst=100000)
    slow = slow_sign_in(hub, "ann", watch="none")
    writer = hub.connect()
    writer.open(hub.token("adm"), device={"kind": "api"}, watch="none")
    publish_until(hub, writer, lambda: value("muster_unsent_bytes") > 100000)
    slow.drop()
    until(lambda: value("muster_connections_blocked") == 0)
    assert value("muster_unsent_bytes") == 0
    assert value("muster_sessions_lost_total") == 1


# ---- who asks too much ----


def test_rate_limits_by_whose_they_are(watched):
    hub, value = watched(commands_per_second=1, commands_burst=3, key_commands_per_second=1, key_commands_burst=3, login_attempts=2)
    refused = {"user": hub.token("bob"), "key": hub.secrets["acme"]["key"], "address": None}
    for of, token in refused.items():
        statuses = [hub.http("GET", "/v1/permissions", token=token).status for _ in range(20)]
        assert statuses.count(429) == value(LIMITED, f"of={of}") > 10
    one = hub.sign_in("ann", watch="none")
    answers = [one.answer(one.request("session.activity", {"state": "active"})) for _ in range(20)]
    assert sum("error" in answer for answer in answers) == value(LIMITED, "of=connection") > 10
    assert value(LIMITED, "of=logins") == 0


def test_too_many_wrong_sign_ins(watched):
    hub, value = watched(login_attempts=2)
    login = {"workspace": "acme", "email": "olga@acme.test", "password": "wrong"}
    statuses = [hub.http("POST", "/v1/login", login).status for _ in range(5)]
    assert statuses == [401, 401, 429, 429, 429]
    assert value(LIMITED, "of=logins") == 3
    assert value("muster_login_failures_total") == 2


def test_too_many_at_once_on_a_connection(watched):
    hub, value = watched(commands_burst=100000, max_batch=1000)
    one = hub.sign_in("ann", watch="none")
    request = {"jsonrpc": "2.0", "method": "session.activity", "params": {"state": "active"}}
    one.send(json.dumps([{**request, "id": n} for n in range(1000, 1300)]))
    errors = [answer["error"] for n in range(1000, 1300) if "error" in (answer := one.answer(n))]
    assert len(errors) == 300 - 256
    assert {error["data"]["kind"] for error in errors} == {"rate_limited"}
    assert value(FULL, "queue=connection") == len(errors)


def test_too_many_passwords_at_once(watched):
    hub, value = watched(password_queue=1)
    login = {"workspace": "acme", "email": "olga@acme.test", "password": PASSWORD}
    lines = [http.client.HTTPConnection("127.0.0.1", hub.port, timeout=TIMEOUT) for _ in range(6)]
    for line in lines:
        line.request("POST", "/v1/login", json.dumps(login), {"Content-Type": "application/json"})
    statuses = [line.getresponse().status for line in lines]
    for line in lines:
        line.close()
    assert set(statuses) == {200, 503}
    assert value(FULL, "queue=passwords") == statuses.count(503)


def test_too_many_large_bodies_at_once(watched):
    hub, value = watched(max_message_bytes=1024, max_bulk_bytes=65536, request_timeout_ms="1m")
    head = b"POST /v1/directory/sync HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer no\r\nContent-Type: application/json\r\n"
    body = json.dumps({"users": []}).encode().ljust(65536)
    with contextlib.ExitStack() as stack:

        def begin():
            line = stack.enter_context(socket.create_connection(("127.0.0.1", hub.port), TIMEOUT))
            line.sendall(head + b"Content-Length: 65536\r\n\r\n" + body[:65000])
            return line

        lines = [begin() for _ in range(9)]
        (refused,), _, _ = select.select(lines, [], [], TIMEOUT)
        assert refused.recv(65536).startswith(b"HTTP/1.1 503 ")
        assert value(FULL, "queue=bodies") == 1
        assert hub.http("GET", "/v1/users", token=hub.secrets["acme"]["key"]).status == 200  # what is small goes on
    until(lambda: hub.http("POST", "/v1/directory/sync", raw=body, headers={"Content-Type": "application/json",
        "Authorization": "Bearer " + hub.secrets["acme"]["key"]}).status == 200)  # fmt: skip


# ---- storms ----


def test_sessions_that_wait_in_line(watched):
    hub, value = watched(recent_events=1, key_commands_burst=100000)
    one = hub.sign_in("ann", watch="none")
    cursor = one.cursor
    one.close()
    for n in range(20):
        hub.publish("x.n", {"everyone": True}, {"n": n})
    before = value("muster_session_wait_seconds_count")
    back = hub.sign_in("ann", watch="none", resume=cursor)
    assert back.session["resumed"] is True
    assert value("muster_session_wait_seconds_count") == before + 1
    assert value("muster_sessions_waiting") == 0
    assert value("muster_sessions_resumed_total") == 1


def test_storms_are_joined_and_shared(watched):
    hub, value = watched(max_batch=1000, commands_burst=100000)
    hub.sign_in("bob").expect_status("bob", "available")
    hub.sign_in("bob", device={"id": "second"})
    hub.fence(*hub.clients)
    snapshots = value("muster_presence_snapshots_total")
    crowd = [hub.sign_in("bob", device={"id": f"tab-{n}"}) for n in range(10)]
    assert value("muster_presence_snapshots_total") <= snapshots + len(crowd) / 2
    writer = hub.connect()
    writer.open(hub.token("adm"), device={"kind": "api"}, watch="none")
    casts, joined = value("muster_casts_total"), value("muster_casts_joined_total")
    params = {"type": "x.burst", "audience": {"everyone": True}, "data": {}, "durable": True}
    request = {"jsonrpc": "2.0", "method": "event.publish", "params": params}
    writer.send(json.dumps([{**request, "id": n} for n in range(100, 140)]))
    for n in range(100, 140):
        assert "result" in writer.answer(n)
    for one in crowd:
        one.wait(lambda one=one: len(one.durable("x.burst")) == 40 or None, "all of the burst")
    casts, joined = value("muster_casts_total") - casts, value("muster_casts_joined_total") - joined
    assert casts >= 40
    assert joined >= 30


