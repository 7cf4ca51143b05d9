"""The client of the program's own commands, by `muster tail`: how it connects, when it gives up, and how it comes back."""

import json
import signal
import ssl
import subprocess

import pytest

from fake_hub import SESSION, FakeHub
from program import start_tail, url


def json_lines(program, prefix="x."):
    return [event for event in map(json.loads, program.out.lines) if event["type"].startswith(prefix)]


# ---- manners ----


def test_the_token_travels_in_the_message_only(fake, home, run):
    run(home, "tail", "--url", fake.url(), "--token", "secret-token")
    connection = fake.accept()
    opening = connection.called("session.open")
    assert opening["token"] == "secret-token" and opening["device"]["kind"] == "api" and opening["watch"] == {"presence": "none"}
    assert connection.path == "/v1/ws"
    assert connection.ws.subprotocol == "muster.v1"
    assert "secret-token" not in str(connection.headers)


def test_goodbye_is_a_close_frame(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.open()
    connection.event("x.one")
    tail.out.wait(lambda line: "x.one" in line)
    tail.signal(signal.SIGTERM)
    assert connection.expect_close() == 1000
    assert tail.wait_exit() == 0


# ---- giving up ----


@pytest.mark.parametrize(
    "code, said",
    {
        4000: "Bad request", 4001: "in time", 4002: "invalid or expired", 4003: "revoked", 4004: "deactivated",
        4005: "protocol", 4006: "Too many", 4042: "4042", 1009: "too large",
    }.items(),
)  # fmt: skip
def test_a_close_that_says_never_again_ends_it(fake, home, run, code, said):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.open()
    connection.close(code, {"kind": "whatever", "retry_after_ms": 1})
    line = tail.fails()
    assert said in line and "; " in line, "what is wrong and what to do"


def test_a_token_that_is_refused_is_told_in_the_words_of_the_hub(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.called("session.open")
    connection.refuse(1001, "This token is from yesterday", kind="unauthenticated", temporary=False)
    connection.close(4002, {"kind": "token_invalid"})
    line = tail.fails()
    assert "This token is from yesterday" in line and "muster token" in line


def test_a_hub_that_never_was_there_is_not_waited_for(home, run):
    assert "127.0.0.1:1" in run(home, "tail", "--url", "http://127.0.0.1:1", "--token", "t").fails()


def test_what_is_no_hub_is_said_to_be_none(hub, home, run):
    words = ["--token", "t", "--url"]
    assert "HTTP 4" in run(home, "tail", *words, url(hub) + "/elsewhere").fails()
    assert "TLS" in run(home, "tail", *words, f"https://127.0.0.1:{hub.port}").fails()
    assert "no-such-host.invalid" in run(home, "tail", *words, "http://no-such-host.invalid").fails()


# ---- coming back ----


def test_events_while_it_was_away_come_in_order_and_once(hub, run):
    tail = start_tail(run, hub)
    hub.publish("x.n", {"everyone": True}, {"n": 1})
    tail.out.wait(lambda line: '"n":1' in line)
    hub.kill()
    tail.err.wait(lambda line: "coming back" in line)
    hub.start()
    for n in range(2, 12):
        hub.publish("x.n", {"everyone": True}, {"n": n})
    tail.err.wait(lambda line: "connected; nothing was missed" in line)
    hub.publish("x.n", {"everyone": True}, {"n": 12})
    tail.out.wait(lambda line: '"n":12' in line)
    assert [event["data"]["n"] for event in json_lines(tail)] == list(range(1, 13))


def test_a_drain_is_followed_as_advised(make_hub, run):
    hub = make_hub(drain_spread_ms=200)
    tail = start_tail(run, hub)
    hub.restart()
    tail.err.wait(lambda line: "draining" in line)
    tail.err.wait(lambda line: "connected" in line)
    hub.publish("x.back", {"everyone": True})
    tail.out.wait(lambda line: "x.back" in line)


def test_advice_is_not_undercut_and_it_resumes_as_the_same_device(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    first = fake.accept()
    before = first.open(cursor="acme:0:5")
    assert "resume" not in before
    first.event("x.six", seq=6)
    tail.out.wait(lambda line: "x.six" in line)
    closed = first.close(4100, {"kind": "overloaded", "retry_after_ms": 700})
    second = fake.accept()
    assert second.came - closed >= 0.7
    after = second.open(resumed=True, cursor="acme:0:6")
    assert after["resume"] == {"cursor": "acme:0:6"}
    assert after["device"] == before["device"]
    tail.err.wait(lambda line: "nothing was missed" in line)
    second.close(4200, {"kind": "draining", "retry_after_ms": 0})
    third = fake.accept()
    assert third.open(resumed=False)["resume"] == {"cursor": "acme:0:6"}
    tail.err.wait(lambda line: "some events were missed" in line)


def test_a_replay_that_is_cut_off_is_taken_up_where_it_was(fake, home, run):
    """The cursor of the answer lies behind what is about to be replayed: it counts only once that has come."""
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    first = fake.accept()
    first.open(cursor="acme:0:3")
    first.close(4200)
    second = fake.accept()
    assert second.called("session.open")["resume"] == {"cursor": "acme:0:3"}
    second.answer({**SESSION, "cursor": "acme:0:9", "resumed": True, "replayed": 2})
    second.event("x.five", seq=5)
    tail.out.wait(lambda line: "x.five" in line)
    second.cut()
    assert fake.accept().open()["resume"] == {"cursor": "acme:0:5"}


def test_a_hub_that_asks_for_patience_is_waited_for_from_the_start(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    first = fake.accept()
    first.called("session.open")
    first.refuse(1053, "The store is away", kind="unavailable", temporary=True, retry_after_ms=100)
    first.close(4101, {"kind": "store_unavailable"})
    second = fake.accept()
    assert second.came - first.came >= 0.1
    second.cut()
    third = fake.accept()
    third.open()
    tail.err.wait(lambda line: line == "muster: connected")
    third.event("x.here")
    tail.out.wait(lambda line: "x.here" in line)


NONSENSE = {
    "no JSON": "hello",
    "a number": "42",
    "a batch": "[]",
    "half a message": '{"jsonrpc":"2.0","method":"event"',
    "binary": b"{}",
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_from_the_hub_ends_the_connection_not_the_program(fake, home, run, nonsense):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    first = fake.accept()
    first.open()
    first.send(nonsense)
    tail.err.wait(lambda line: "the hub sent something" in line and "coming back" in line)
    second = fake.accept()
    second.open()
    second.event("x.fine")
    tail.out.wait(lambda line: "x.fine" in line)


HARMLESS = [
    {"jsonrpc": "2.0", "method": "ping"},
    {"jsonrpc": "2.0", "method": "something.new", "params": {}},
    {"jsonrpc": "2.0", "id": 999, "result": {}},
    {"jsonrpc": "2.0", "id": "other", "error": {}},
    {"jsonrpc": "2.0", "method": "event"},
    {"jsonrpc": "2.0", "method": "event", "params": {"type": 7, "data": [], "actor": "x"}},
    {},
]


@pytest.mark.parametrize("mode", ["--text", "--json"])
def test_what_a_later_hub_may_say_does_no_harm(fake, home, run, mode):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t", mode)
    connection = fake.accept()
    connection.open(permissions=None, workspace=None, ping_interval_ms="soon", presence=7)
    for message in HARMLESS:
        connection.send(message)
    connection.event("x.fine")
    tail.out.wait(lambda line: "x.fine" in line)
    assert tail.err.lines == []


def test_large_and_fragmented_messages(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.open()
    text = json.dumps({"jsonrpc": "2.0", "method": "event", "params": {"type": "x.large", "data": {"text": "ö" * 1_500_000}}})
    connection.send([text[at : at + 100_000] for at in range(0, len(text), 100_000)])
    connection.send(text)
    connection.event("x.end")
    tail.out.wait(lambda line: "x.end" in line)
    assert [len(event["data"]["text"]) for event in json_lines(tail, "x.large")] == [1_500_000] * 2


def test_a_hub_that_falls_silent_is_left(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    first = fake.accept()
    first.open(ping_interval_ms=100)
    tail.err.wait(lambda line: "silent" in line)
    fake.accept().open()


def test_a_proxy_of_the_environment_is_not_asked(fake, home, run):
    proxies = {name: "http://127.0.0.1:1" for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY")}
    run(home, "tail", "--url", fake.url(), "--token", "t", env=proxies)
    fake.accept().open()


def test_a_path_before_the_hub(fake, home, run):
    run(home, "tail", "--url", fake.url("localhost") + "/muster/", "--token", "t")
    connection = fake.accept()
    assert connection.path == "/muster/v1/ws"
    assert connection.headers["Host"] == f"localhost:{fake.port}"


# ---- TLS ----


@pytest.fixture
def make_tls(tmp_path):
    """make_tls(names): a hub with a certificate for these names, and the environment that trusts it."""
    made = []

    def make(names):
        cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hub",
             "-addext", f"subjectAltName={names}", "-out", cert, "-keyout", key],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        made.append(FakeHub(context))
        return made[-1], {"SSL_CERT_FILE": str(cert)}

    yield make
    for one in made:
        one.finish()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_tls_with_an_authority_of_the_system(make_tls, home, run, host):
    fake, trust = make_tls("DNS:localhost,IP:127.0.0.1")
    tail = run(home, "tail", "--url", fake.url(host), "--token", "t", env=trust)
    first = fake.accept()
    first.open()
    first.event("x.safe")
    tail.out.wait(lambda line: "x.safe" in line)
    first.cut()
    fake.accept().open()
    tail.signal(signal.SIGTERM)
    assert tail.wait_exit() == 0


def test_an_untrusted_certificate_is_refused(make_tls, home, run):
    fake, _ = make_tls("DNS:localhost")
    assert "certificate is not trusted" in run(home, "tail", "--url", fake.url("localhost"), "--token", "t").fails()


def test_a_certificate_of_somebody_else_is_refused(make_tls, home, run):
    fake, trust = make_tls("DNS:hub.example")
    for host in ("localhost", "127.0.0.1"):
        tail = run(home, "tail", "--url", fake.url(host), "--token", "t", env=trust)
        assert "certificate is not trusted" in tail.fails()
