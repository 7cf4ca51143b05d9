"""Attacks on the edge, each as it was seen to hurt servers built on the same library: spinning threads, connections without a
deadline, answers given twice, parsers that disagree. Every test makes the attack with bare sockets and then looks at what it is
really about: the thread that was attacked still answers, at once, and burns no processor time.

All hubs here have one edge, so the attack and the look meet the same thread.
"""

import os
import re
import select
import socket
import struct
import time

import pytest

from client import TIMEOUT

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = (
    b"GET /v1/ws HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\nSec-WebSocket-Protocol: muster.v1\r\n"
)


@pytest.fixture
def hub(make_hub):
    return make_hub(edges=1, request_timeout_ms=400, ping_interval_ms=400, pong_timeout_ms=200)


class Raw:
    """A socket that says what it is told and reads answers one by one."""

    def __init__(self, hub):
        self.sock = socket.create_connection(("127.0.0.1", hub.port), TIMEOUT)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def say(self, data):
        self.sock.sendall(data)
        return self

    def more(self):
        """Some more bytes; False at the end."""
        try:
            chunk = self.sock.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += chunk
        return bool(chunk)

    def take(self, n):
        while len(self.buffer) < n:
            assert self.more(), f"closed after {self.buffer!r}"
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def answer(self):
        """One HTTP answer: (status, headers, body)."""
        while b"\r\n\r\n" not in self.buffer:
            assert self.more(), f"closed after {self.buffer!r}"
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        return int(lines[0].split(" ")[1]), headers, self.take(int(headers.get("content-length", 0)))

    def frame(self):
        """One WebSocket frame: (first byte, payload)."""
        first, length = self.take(2)
        assert not length & 0x80, "servers do not mask"
        if length == 126:
            (length,) = struct.unpack("!H", self.take(2))
        return first, self.take(length)

    def close_code(self):
        """What comes until the Close frame is skipped; its code."""
        while True:
            first, payload = self.frame()
            if first == 0x88:
                return struct.unpack("!H", payload[:2])[0] if payload else 1005

    def ended(self):
        """Read until the other side closes; what came."""
        while self.more():
            pass
        return self.buffer


def upgraded(hub, more=b""):
    raw = Raw(hub).say(UPGRADE + more + b"\r\n")
    assert raw.answer()[0] == 101
    return raw


def masked(first, payload, mask=b"\x01\x02\x03\x04"):
    length = struct.pack("!BB", first, 0x80 | len(payload)) if len(payload) < 126 else struct.pack("!BBH", first, 0xFE, len(payload))
    return length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def request(method, path, token, body=b"", more=b""):
    head = f"{method} {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n".encode() + more
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode()
    return head + b"\r\n" + body


def cpu_seconds(hub):
    with open(f"/proc/{hub.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def check_calm(hub):
    """The edge answers, and over a few of its own heartbeats it is all but idle: a thread that spins would use all of that time."""
    hub.check_well()
    watcher = hub.sign_in("bob", watch="none")
    watcher.wait(lambda: watcher.pings >= 1, "heartbeat")
    started, used = time.monotonic(), cpu_seconds(hub)
    watcher.wait(lambda: watcher.pings >= 4, "heartbeats")
    share = (cpu_seconds(hub) - used) / (time.monotonic() - started)
    assert share < 0.5, f"{share:.0%} of a core with nothing to do"


# ---- 1: requests one behind the other ----


def test_a_request_with_a_body_behind_another(hub):
    token = hub.token("ann")
    put = request("PUT", "/v1/me/presence", token, b'{"status":"busy"}')
    with Raw(hub).say(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n" + put + b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n" + put) as raw:
        assert [raw.answer()[0] for _ in range(4)] == [200, 200, 200, 200]
    check_calm(hub)


def test_a_request_with_a_body_behind_another_cut_anywhere(hub):
    put = request("PUT", "/v1/me/presence", hub.token("ann"), b'{"status":"busy"}')
    both = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n" + put
    for cut in range(1, len(both), 7):
        with Raw(hub) as raw:
            raw.say(both[:cut]).say(both[cut:])
            assert [raw.answer()[0], raw.answer()[0]] == [200, 200], cut
    check_calm(hub)


@pytest.mark.parametrize(
    "second",
    [
        b"GET /healthz HTTP/1.1\r\nHost: hub\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nContent-Length: 99999999\r\n\r\nhello",
    ],
    ids=["GET with a body", "chunks", "huge"],
)
def test_a_bad_second_request_ends_the_connection(hub, second):
    with Raw(hub).say(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n" + second) as raw:
        assert raw.answer()[0] == 200
        status, headers, _ = raw.answer()
        assert status in (400, 411, 413) and headers["connection"] == "close"
        assert raw.ended() == b""
    check_calm(hub)


def test_no_request_hides_in_anothers_body(hub):
    """Two lengths, a length and chunks, an obsolete fold: nobody in front of the hub can read another request out of it than it does."""
    hidden = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"
    for trick in (
        b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(hidden),
        b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"Content-Length : 0\r\n",
        b"Content-Length: +0\r\n",
        b"X: y\nContent-Length: 0\r\n",
    ):
        with Raw(hub).say(b"POST /v1/login HTTP/1.1\r\nHost: hub\r\n" + trick + b"\r\n" + hidden) as raw:
            status, headers, _ = raw.answer()
            assert status == 400 and headers["connection"] == "close", trick
            assert raw.ended() == b"", "and nothing after it is looked at"
    check_calm(hub)


# ---- 2: bytes behind a body whose answer is still to come ----


def test_bytes_behind_a_body_do_not_run_it_twice(hub):
    watcher = hub.sign_in("bob", watch="none")
    body = b'{"type":"x.once","audience":{"everyone":true},"data":{},"durable":true}'
    for tail in (b"x", b"x" * 5000, body, b"\r\n\r\n" * 100):
        with Raw(hub).say(request("POST", "/v1/events", hub.secrets["acme"]["key"], body) + tail) as raw:
            assert raw.answer()[0] == 200
            rest = raw.ended()
            assert rest.count(b"HTTP/1.1 200") == 0 and rest.count(b"HTTP/1.1 4") <= 1
    hub.fence(watcher)
    assert len([event for event in watcher.events if event["type"] == "x.once"]) == 4
    check_calm(hub)


def test_bytes_that_come_while_the_hub_thinks(hub):
    with Raw(hub) as raw:
        raw.say(request("POST", "/v1/login", "none", b'{"workspace":"acme","email":"olga@acme.test","password":"wrong one"}'))
        for _ in range(200):  # hashing takes a while: these come in the middle of it
            raw.say(b"\r\n")
        assert raw.answer()[0] == 401
        rest = raw.ended()
        assert rest.count(b"HTTP/1.1 ") <= 1 and b"HTTP/1.1 2" not in rest
    check_calm(hub)


# ---- 3, 4: ways out of HTTP/1.1 ----


@pytest.mark.parametrize("target", ["evil.test:443", "127.0.0.1:22", "/", "*"])
def test_connect_makes_no_tunnel(hub, target):
    with Raw(hub).say(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()) as raw:
        status, headers, _ = raw.answer()
        assert status == 501 and headers["connection"] == "close"
        assert raw.ended() == b"", "it does not stay open either"
    check_calm(hub)


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/users", "/v1/ws"])
@pytest.mark.parametrize("protocol", ["h2c", "h2c, websocket", "WebSocket/13", "TLS/1.0", "raw"])
def test_nothing_but_a_websocket_is_upgraded_to(hub, path, protocol):
    head = f"GET {path} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\n"
    with Raw(hub).say(head.encode() + b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n") as raw:
        status, headers, _ = raw.answer()
        assert status == 400 and headers["connection"] == "close"
        assert raw.ended() == b""
    hub.check_well()


def test_http2_without_asking(hub):
    with Raw(hub).say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0" * 50) as raw:
        assert raw.answer()[0] == 505
        assert raw.ended() == b""
    check_calm(hub)


# ---- 5: requests that never end ----


def trickle(hub, start, piece):
    """Send a piece whenever the hub is silent for a moment, until it ends the connection; how long that took."""
    with Raw(hub).say(start) as raw:
        started = time.monotonic()
        while time.monotonic() - started < TIMEOUT:
            readable, _, _ = select.select([raw.sock], [], [], 0.02)
            if readable:
                raw.ended()
                return time.monotonic() - started
            raw.say(piece)
    raise AssertionError(f"still open after {TIMEOUT} s")


def test_a_body_that_trickles_in_has_a_deadline_all_the_same(hub):
    start = b"PUT /v1/me/presence HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
    assert trickle(hub, start, b" ") < 5
    hub.check_well()


def test_a_head_that_trickles_in_has_a_deadline_all_the_same(hub):
    assert trickle(hub, b"GET /healthz HTTP/1.1\r\nHost: hub\r\n", b"A: b\r\n") < 5
    hub.check_well()


def test_many_slow_heads_do_not_keep_others_out(hub):
    slow = [Raw(hub).say(b"GET /healthz HTTP/1.1\r\nHost: hub\r\nX-Slow: ") for _ in range(300)]
    hub.check_well()  # at once, and not after they timed out
    for raw in slow:
        assert raw.ended() == b"" or raw.buffer.startswith(b"HTTP/1.1 408")
        raw.sock.close()
    check_calm(hub)


def test_a_silent_connection_is_ended(hub):
    with Raw(hub) as raw:
        assert raw.ended() == b""


# ---- 6: WebSocket frames ----


@pytest.mark.parametrize(
    "name, data, code",
    [
        ("not masked", b"\x81\x02{}", 1002),
        ("not masked and empty", b"\x81\x00", 1002),
        ("a ping that is not masked", b"\x89\x01x", 1002),
        ("not UTF-8", masked(0x81, b"\xff\xff"), 1007),
        ("UTF-8 cut between two fragments and never completed", masked(0x01, b"\xe2\x82") + masked(0x80, b""), 1007),
        ("2^62 bytes announced", b"\x81\xff" + struct.pack("!Q", 1 << 62) + b"\1\2\3\4", 1009),
        ("2^63 bytes announced", b"\x81\xff" + struct.pack("!Q", 1 << 63) + b"\1\2\3\4", 1002),
        ("a large first fragment", b"\x01\xff" + struct.pack("!Q", 1 << 40) + b"\1\2\3\4", 1009),
        ("binary", masked(0x82, b"x"), 1003),
        ("reserved bit", masked(0xC1, b"{}"), 1002),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_frames(hub, name, data, code):
    with upgraded(hub) as raw:
        raw.say(data)
        assert raw.close_code() == code, name
        raw.say(masked(0x88, struct.pack("!H", code)))
        assert raw.ended() == b""
    hub.check_well()


def test_frames_right_behind_the_handshake_are_read(hub):
    open_it = b'{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"watch":{"presence":"none"}}}'
    bearer = b"Authorization: Bearer " + hub.token("ann").encode() + b"\r\n"
    with Raw(hub).say(UPGRADE + bearer + b"\r\n" + masked(0x81, open_it)) as raw:
        assert raw.answer()[0] == 101
        first, payload = raw.frame()
        assert first == 0x81 and b'"session"' in payload
    with Raw(hub).say(UPGRADE + b"\r\n\x81\x02{}") as raw:
        assert raw.answer()[0] == 101
        assert raw.close_code() == 1002


def test_a_message_without_end_is_cut_off(make_hub):
    hub = make_hub(edges=1, max_message_bytes=4096)
    with upgraded(hub) as raw:
        raw.say(masked(0x01, b"x" * 100))
        for _ in range(40):
            raw.say(masked(0x00, b"x" * 100))
        assert raw.close_code() == 1009
    hub.check_well()


# ---- 7: liveness ----


def open_raw(hub, user="ann"):
    raw = upgraded(hub, b"Authorization: Bearer " + hub.token(user).encode() + b"\r\n")
    raw.say(masked(0x81, b'{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"watch":{"presence":"none"}}}'))
    assert raw.frame()[0] == 0x81
    return raw


def test_pings_have_a_payload_and_empty_pongs_count(hub):
    with open_raw(hub) as raw:
        pings = 0
        while pings < 5:
            first, payload = raw.frame()
            if first == 0x89:
                assert len(payload) == 8
                pings += 1
                raw.say(masked(0x8A, b""))  # not what was asked for, but a sign of life
    hub.check_well()


def test_who_never_answers_is_dropped_without_a_goodbye(hub):
    with open_raw(hub) as raw:
        frames = []
        while raw.more():
            pass
        while raw.buffer:
            frames.append(raw.frame()[0])
        assert 0x89 in frames and 0x88 not in frames, "a lost connection gets no Close frame"
    hub.check_well()


def test_a_flood_of_pings_is_answered_within_reason(hub):
    with open_raw(hub) as raw:
        raw.say(masked(0x89, b"flood") * 20000)
        raw.say(masked(0x81, b'{"jsonrpc":"2.0","id":2,"method":"nope"}'))
        pongs = 0
        while True:
            first, payload = raw.frame()
            if first == 0x8A:
                assert payload == b"flood"
                pongs += 1
            elif first != 0x89:
                break  # the answer, or the goodbye
        assert pongs < 2000
    check_calm(hub)


# ---- 8: what the library's own server would have let through ----


def test_links_lead_nowhere(make_hub, tmp_path):
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<title>console</title>")
    (tmp_path / "secret.txt").write_text("secret")
    (web / "file.txt").symlink_to(tmp_path / "secret.txt")
    (web / "up").symlink_to(tmp_path)
    (web / "assets" / "etc").symlink_to("/etc")
    hub = make_hub(edges=1, web=web)
    for path in ("/file.txt", "/up/secret.txt", "/assets/etc/passwd", "/assets/etc/hostname.txt", "/up/../up/secret.txt"):
        answer = hub.http("GET", path, headers={"Accept": "text/html"})
        assert b"secret" not in answer.body and b"root:" not in answer.body, path
    (web / "later.txt").symlink_to(tmp_path / "secret.txt")  # nor does one that is made later
    assert hub.http("GET", "/later.txt").status == 404


def test_forms_and_uploads_are_not_read(hub):
    boundary = "x" * 2000  # longer than a parser's buffer may be
    body = f"--{boundary}\r\nContent-Disposition: form-data; name=\"{'n' * 3000}\"\r\n\r\nv\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    assert hub.http("POST", "/v1/events", raw=body, headers=headers, token=hub.secrets["acme"]["key"]).status == 415
    assert hub.http("POST", "/", raw=body, headers=headers).status == 405
    check_calm(hub)


@pytest.mark.parametrize("length", ["-1", "-9223372036854775808", "18446744073709551615", "1e3", "0x10", " ", "5 5", "५"])
def test_lengths_that_are_none(hub, length):
    head = f"PUT /v1/me/presence HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    with Raw(hub).say(head.encode() + b"{}") as raw:
        assert raw.answer()[0] == 400
        assert raw.ended() == b""
    hub.check_well()


@pytest.mark.parametrize("name", ["X-Real", "X-Forwarded", "Auth", "A", "Content", "Sec-WebSocket", "H", "Host-", "Authorization-X"])
def test_a_header_that_begins_like_another_hides_nothing(hub, name):
    """The header behind it is seen, and its value is not the other's."""
    token = hub.token("ann").encode()
    head = b"GET /v1/presence HTTP/1.1\r\n" + name.encode() + b": 1.2.3.4\r\nAuthorization: Bearer " + token + b"\r\n"
    with Raw(hub).say(head + name.encode() + b": x\r\nHost: hub\r\n\r\n") as raw:
        assert raw.answer()[0] == 200
    evil = UPGRADE + name.encode() + b": x\r\nOrigin: https://evil.test\r\n\r\n"
    with Raw(hub).say(evil) as raw:
        assert raw.answer()[0] == 403


# ---- 9: the log ----


def test_strangers_cannot_fill_the_log(hub):
    before = len(hub.log.lines)
    nonsense = (b"\x16\x03\x01" * 50 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", UPGRADE + b"\r\n\x81\x00", b"\0" * 9000)
    for n in range(400):
        with Raw(hub).say(nonsense[n % len(nonsense)]) as raw:
            raw.more()
    hub.check_well()
    new = hub.log.lines[before:]
    assert len(new) < 50, "\n".join(new[:60])
    assert not [line for line in new if re.search(r"\\x16|evil", line)]


# ---- connections ----


def test_keep_alive_is_ended_when_nobody_asks_any_more(hub):
    with Raw(hub) as raw:
        for _ in range(20):
            assert raw.say(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n").answer()[1]["connection"] == "keep-alive"
        status, headers, _ = raw.say(b"GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n").answer()
        assert status == 200 and headers["connection"] == "close"
        assert raw.ended() == b""


def test_an_answer_nobody_reads_holds_nothing_up(make_hub, tmp_path):
    web = tmp_path / "web"
    web.mkdir()
    (web / "index.html").write_text("x")
    (web / "large.txt").write_bytes(b"x" * 8_000_000)
    hub = make_hub(edges=1, web=web, ping_interval_ms=400, pong_timeout_ms=200)
    ask = b"GET /large.txt HTTP/1.1\r\nHost: hub\r\n\r\n"
    deaf = [Raw(hub).say(ask * 50) for _ in range(20)]
    check_calm(hub)
    with Raw(hub).say(ask) as raw:
        status, _, body = raw.answer()
        assert status == 200 and body == b"x" * 8_000_000
    for raw in deaf:
        raw.sock.close()
    hub.check_well()


def deafen(raw, say):
    """Talk without reading, until the hub takes no more."""
    raw.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.sock.setblocking(False)
    while select.select([], [raw.sock], [], 0.5)[1]:
        try:
            raw.sock.send(say)
        except BlockingIOError:
            return


def test_a_session_that_reads_nothing_but_talks_does_not_spin_the_edge(make_hub):
    """The library wakes for input that it won't read while it holds the rest of a write; so nobody may ask it for input then."""
    hub = make_hub(edges=1, request_timeout_ms=400, commands_per_second=100000, commands_burst=100000, send_budget_bytes=64 << 20)
    with open_raw(hub) as raw:
        deafen(raw, masked(0x81, b'{"jsonrpc":"2.0","id":"' + b"x" * 200 + b'","method":"nope"}') * 50)
        started, used = time.monotonic(), cpu_seconds(hub)
        for _ in range(4):  # a silent connection is a clock: the hub ends it after 400 ms
            with Raw(hub) as clock:
                clock.ended()
        share = (cpu_seconds(hub) - used) / (time.monotonic() - started)
        assert share < 0.2, f"{share:.0%} of a core with nothing to do"
    hub.check_well()


def test_a_client_that_reads_nothing_but_talks_does_not_spin_the_edge(make_hub):
    """What it says is not read while its answers wait; the socket stays readable all the while, and nobody may be woken for that."""
    hub = make_hub(edges=1, ping_interval_ms="400ms", pong_timeout_ms="300ms", commands_per_second=100000, commands_burst=100000)
    with Raw(hub) as raw:
        deafen(raw, b"GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n" * 100)
        check_calm(hub)
