"""Watching from the command line: `muster tail` and `muster top`, and the client that both are built on."""

import json
import os
import pathlib
import re
import signal
import ssl
import subprocess
import time

import pytest

from client import TIMEOUT
from fake_hub import SESSION, FakeHub, person
from program import Program, Terminal


@pytest.fixture
def home(make_hub):
    """Where programs of a test that needs no real hub leave their reports."""
    return make_hub(start=False)


@pytest.fixture
def run(tmp_path):
    """run(hub, "tail", …): a program that goes on running, to the end of the test at most."""
    programs = []

    def start(hub, *words, kind=Program, env=None, **options):
        one = kind(words, hub.environment(env), tmp_path / f"program{len(programs)}", **options)
        programs.append(one)
        return one

    yield start
    for one in programs:
        one.finish()


@pytest.fixture
def fake():
    one = FakeHub()
    yield one
    one.finish()


def url(hub):
    return f"http://127.0.0.1:{hub.port}"


def start_tail(run, hub, *words, user="adm", **options):
    """tail on a real hub, with its session open."""
    before = hub.metric("muster_sessions")
    tail = run(hub, "tail", "--url", url(hub), "--token", hub.token(user), *words, **options)
    wait_metric(hub, "muster_sessions", before + 1)
    return tail


def wait_metric(hub, name, value):
    """Until it has this value. The hub tells nobody when a session opens that is nobody's presence, so it is asked."""
    deadline = time.monotonic() + TIMEOUT
    while hub.metric(name) != value:
        assert time.monotonic() < deadline, f"{name} is {hub.metric(name)}, not {value}; {hub.log.tail()}"


def json_lines(program, prefix="x."):
    return [event for event in map(json.loads, program.out.lines) if event["type"].startswith(prefix)]


# ---- usage ----

USAGE = [
    (["tail"], "--url"),
    (["top"], "--url"),
    (["tail", "--url"], "--url"),
    (["tail", "--url", "http://127.0.0.1:1"], "token"),
    (["tail", "--url", "127.0.0.1:1", "--token", "t"], "http://"),
    (["tail", "--url", "http://ann:pw@127.0.0.1:1", "--token", "t"], "user name"),
    (["tail", "--url", "http://127.0.0.1:1/?token=t", "--token", "t"], "query"),
    (["tail", "--url", "http://127.0.0.1:1", "--token", "t", "--fly"], "--fly"),
    (["tail", "--url", "http://127.0.0.1:1", "--token", "t", "stray"], "stray"),
    (["tail", "--url", "http://127.0.0.1:1", "--token-stdin"], "standard input"),
    (["top", "--url", "http://127.0.0.1:1", "--token", "t", "--team"], "--team"),
    (["top", "--url", "http://127.0.0.1:1", "--token", "t", "--json"], "--json"),
]


@pytest.mark.parametrize("words, named", USAGE, ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_wrong_usage_is_2_and_named(home, words, named):
    done = home.cli(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["top", "tail"])
def test_help_tells_every_option(home, command):
    text = home.cli_ok(command, "--help")
    for option in ("--url", "--token", "--token-stdin", "MUSTER_TOKEN", "--once" if command == "top" else "--json"):
        assert option in text


# ---- tail: what it prints ----


def test_lines_for_people(hub, run):
    tail = start_tail(run, hub, "--text")
    hub.publish("x.greeting", {"everyone": True}, {"n": 1, "word": "hi", "text": "two words", "list": [1, None], "none": None, "empty": ""})
    line = tail.out.wait(lambda line: "x.greeting" in line)
    assert re.fullmatch(
        r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  x\.greeting +key:\S+  n=1 word=hi text="two words" list=\[1,null\] empty=""', line
    )


def test_a_person_who_acts_is_named(hub, run):
    tail = start_tail(run, hub, "--text")
    adm = hub.sign_in("adm")
    adm.call("team.create", {"id": "night", "name": "Night"})
    assert re.search(r"Z  team\.created +adm  .*\b(?:team|id)=night\b", tail.out.wait(lambda line: "team.created" in line))


def test_objects_for_programs(hub, run):
    tail = start_tail(run, hub, "--json")
    ann = hub.sign_in("ann")
    hub.publish("x.greeting", {"everyone": True}, {"text": "“zwei Wörter”", "deep": {"a": [{}]}})
    event = ann.expect("x.greeting")
    assert json.loads(tail.out.wait(lambda line: "x.greeting" in line)) == event


def test_programs_are_those_that_read_from_a_pipe(hub, run):
    """On a terminal the lines are for people, whatever is not a terminal gets objects."""
    piped = start_tail(run, hub)
    shown = start_tail(run, hub, kind=Terminal)
    hub.publish("x.greeting", {"everyone": True}, {"n": 1})
    assert json.loads(piped.out.wait(lambda line: "x.greeting" in line))["data"] == {"n": 1}
    shown.wait_text(" n=1\r\n")


def test_presence_only_when_asked_for(hub, run):
    without, told = start_tail(run, hub, "--text"), start_tail(run, hub, "--text", "--presence")
    ann = hub.sign_in("ann")
    ann.call("presence.set", {"status": "away", "note": "gone fishing"})
    told.out.wait(lambda line: "presence.diff" in line and 'ann=away "gone fishing"' in line)
    hub.publish("x.done", {"everyone": True})
    without.out.wait(lambda line: "x.done" in line)
    assert not any("presence" in line for line in without.out.lines)


@pytest.mark.parametrize("mode", ["--text", "--json"])
def test_what_people_write_is_no_command_to_the_terminal(hub, run, mode):
    tail = start_tail(run, hub, mode)
    text = "a\x1b[2J\u009b2J\x7f\nb"
    hub.publish("x.evil", {"everyone": True}, {"text": text, text: 1})
    line = tail.out.wait(lambda line: "x.evil" in line)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line)
    assert all(escape in line.lower() for escape in (r"\u001b[2j", r"\u009b2j", r"\u007f"))
    if mode == "--json":
        assert json.loads(line)["data"] == {"text": text, text: 1}


# ---- tail: the token ----


def test_the_token_may_come_in_three_ways(hub, run):
    token = hub.token("adm")
    by_flag = start_tail(run, hub)
    by_env = run(hub, "tail", "--url", url(hub), env={"MUSTER_TOKEN": token})
    by_stdin = run(hub, "tail", "--token-stdin", env={"MUSTER_URL": url(hub)}, input=token + "\n")
    wait_metric(hub, "muster_sessions", 3)
    hub.publish("x.hello", {"everyone": True})
    for tail in (by_flag, by_env, by_stdin):
        tail.out.wait(lambda line: "x.hello" in line)
        arguments = pathlib.Path(f"/proc/{tail.process.pid}/cmdline").read_bytes().decode()
        assert "tail" in arguments and token not in arguments


def test_the_other_commands_pass_over_what_top_and_tail_need(home):
    ours = {"MUSTER_URL": "http://127.0.0.1:1", "MUSTER_TOKEN": "t"}
    done = home.cli("user", "list", "--data", home.data, "--workspace", "acme", env=ours)
    assert done.returncode == 0, done.stderr


def test_an_api_key_will_do(hub, run):
    tail = run(hub, "tail", "--url", url(hub), "--token", hub.secrets["acme"]["key"])
    wait_metric(hub, "muster_sessions", 1)
    assert tail.process.poll() is None


def test_the_token_travels_in_the_message_only(fake, home, run):
    run(home, "tail", "--url", fake.url(), "--token", "secret-token")
    connection = fake.accept()
    opening = connection.called("session.open")
    assert opening["token"] == "secret-token" and opening["device"]["kind"] == "api" and opening["watch"] == {"presence": "none"}
    assert connection.path == "/v1/ws"
    assert connection.ws.subprotocol == "muster.v1"
    assert "secret-token" not in str(connection.headers)


# ---- tail: ends ----


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_interrupted_it_says_goodbye_and_gives_0(hub, run, number):
    tail = start_tail(run, hub)
    tail.signal(number)
    assert tail.wait_exit() == 0
    assert tail.err.lines == []
    wait_metric(hub, "muster_sessions", 0)


def test_goodbye_is_a_close_frame(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.open()
    connection.event("x.one")
    tail.out.wait(lambda line: "x.one" in line)
    tail.signal(signal.SIGTERM)
    assert connection.expect_close() == 1000
    assert tail.wait_exit() == 0


def test_a_reader_that_has_read_enough_ends_it(hub, run):
    with subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as head:
        tail = start_tail(run, hub, stdout=head.stdin)
        head.stdin.close()
        hub.publish("x.one", {"everyone": True})
        assert "x.one" in head.stdout.readline()
    hub.publish("x.two", {"everyone": True})
    assert tail.wait_exit() == 0
    assert tail.err.lines == []


def test_a_full_disk_ends_it(hub, run):
    with open("/dev/full", "wb") as full:
        tail = start_tail(run, hub, stdout=full)
        hub.publish("x.one", {"everyone": True})
        assert "standard output" in tail.fails()


def test_a_revoked_session_ends_it(hub, run):
    tail = start_tail(run, hub, user="ann")
    hub.sign_in("adm").call("session.revoke", {"user": "ann"})
    assert "revoked" in tail.fails()


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


# ---- top: once ----


def test_once_prints_the_board_as_text(hub):
    ann = hub.sign_in("ann", device={"id": "d-phone", "kind": "mobile"})
    ann.call("presence.set", {"status": "busy", "note": "with a customer"})
    bob = hub.sign_in("bob")
    bob.expect_status("ann", "busy")
    text = hub.cli_ok("top", "--url", url(hub), "--token", hub.token("adm"))
    lines = text.splitlines()
    assert lines[0] == "Acme: 1 available  0 away  1 busy  4 offline"
    assert lines[2].split() == ["NAME", "STATUS", "SINCE", "DEVICES", "NOTE"]
    assert re.fullmatch(r"Bob +available +0:\d\d +web", lines[3])
    assert re.fullmatch(r"Ann +busy +0:\d\d +mobile +with a customer", lines[4])
    assert [line.split()[0] for line in lines[5:]] == ["Adm", "Cat", "Olga", "Sue"]
    assert "\x1b" not in text


def test_once_for_a_team(hub):
    text = hub.cli_ok("top", "--url", url(hub), "--token", hub.token("adm"), "--team", "support")
    assert [line.split()[0] for line in text.splitlines()[3:]] == ["Ann", "Bob", "Sue"]
    assert text.startswith("Acme, team support: ")


def test_once_on_a_terminal_stays_on_its_page(hub, run):
    top = run(hub, "top", "--url", url(hub), "--token", hub.token("adm"), "--once", kind=Terminal)
    assert top.wait_exit() == 0
    top.wait_text("Olga Owner")
    assert "\x1b[?1049h" not in top.text and top.settings_kept


def test_one_sees_whom_one_may_see(hub):
    """An agent sees the own team, whoever may see nobody only themselves."""
    text = hub.cli_ok("top", "--url", url(hub), "--token", hub.token("cat"))
    assert [line.split()[0] for line in text.splitlines()[3:]] == ["Cat"]


def test_a_team_that_is_not_there(hub):
    done = hub.cli("top", "--url", url(hub), "--token", hub.token("adm"), "--team", "nowhere")
    assert done.returncode == 1 and "no such team" in done.stderr and done.stdout == ""


def test_once_does_not_wait_for_a_hub_that_asks_for_patience(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.called("session.open")
    connection.close(4101, {"kind": "store_unavailable", "retry_after_ms": 3000})
    assert "try again in" in top.fails()


# ---- top: the screen ----


def start_top(run, hub, *words, user="adm", **options):
    top = run(hub, "top", "--url", url(hub), "--token", hub.token(user), *words, kind=Terminal, **options)
    top.wait_line("^Acme.* ● live ")
    return top


def test_the_screen_follows_what_happens(hub, run):
    top = start_top(run, hub)
    top.wait_line("^0 available  0 away  0 busy  6 offline$")
    ann = hub.sign_in("ann")
    top.wait_line(r"^Ann +available +\d+:\d\d +web$")
    ann.call("presence.set", {"status": "away", "note": "gone fishing"})
    top.wait_line(r"^Ann +away +\d+:\d\d +web +gone fishing$")
    top.wait_line("^0 available  1 away  0 busy  5 offline$")
    ann.call("session.close")
    top.wait_line(r"^Ann +offline +\d+:\d\d")


def test_time_in_status_ticks(hub, run):
    hub.sign_in("ann")
    top = start_top(run, hub)
    first = top.wait_line(r"^Ann +available +(\d+:\d\d) ")[1]
    top.wait_line(rf"^Ann +available +(?!{first})(\d+:\d\d) ")


def test_people_are_sorted_and_coloured_by_status(hub, run):
    sessions = {user: hub.sign_in(user) for user in ("ann", "bob", "cat")}
    sessions["ann"].call("presence.set", {"status": "busy"})
    sessions["bob"].call("presence.set", {"status": "away"})
    top = start_top(run, hub)
    lines = top.wait(lambda lines: len(lines) > 6 and lines[6].startswith("Ann"), "Ann behind the others")
    assert [line.split()[:2] for line in lines[4:8]] == [["Cat", "available"], ["Bob", "away"], ["Ann", "busy"], ["Adm", "offline"]]
    for status, colour in {"available": 32, "away": 33, "busy": 31, "offline": 2}.items():
        assert f"\x1b[{colour}m{status}" in top.text


def test_no_colours_if_not_wanted(hub, run):
    top = start_top(run, hub, env={"NO_COLOR": "1"})
    top.wait_line("^Olga Owner +offline")
    assert not re.search(r"\x1b\[\d+m", top.text)


def test_q_leaves_the_terminal_as_it_was(hub, run):
    top = start_top(run, hub)
    assert "\x1b[?1049h" in top.text and not top.restored
    top.press("q")
    assert top.wait_exit() == 0
    assert top.restored and top.err.lines == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_so_does_every_signal(hub, run, number):
    top = start_top(run, hub)
    top.signal(number)
    assert top.wait_exit() == 0
    assert top.restored


def test_ctrl_c_is_a_signal_too(hub, run):
    top = start_top(run, hub)
    top.press("\x03")
    assert top.wait_exit() == 0
    assert top.restored


def test_ctrl_z_gives_the_terminal_back_for_a_while(hub, run):
    top = start_top(run, hub)
    top.press("\x1a")
    os.waitid(os.P_PID, top.process.pid, os.WSTOPPED)
    top.wait_text("\x1b[?1049l")
    assert top.restored
    top.signal(signal.SIGCONT)
    top.wait(lambda _: top.text.count("\x1b[?1049h") == 2, "screen again")
    hub.sign_in("ann")
    top.wait_line("^Ann +available")
    top.press("q")
    assert top.wait_exit() == 0 and top.restored


def test_a_refusal_is_said_on_the_page_of_before(hub, run):
    top = start_top(run, hub, user="ann")
    hub.sign_in("adm").call("session.revoke", {"user": "ann"})
    assert "revoked" in top.fails()
    assert top.restored


def test_a_name_is_found(hub, run):
    top = start_top(run, hub)
    top.press("/")
    top.press("oWN")
    top.wait(lambda lines: "Name: oWN_" in lines and lines[4].startswith("Olga Owner") and not lines[5], "Olga only")
    top.press("\x7f\x7f\x7fq")
    top.wait_line("^Nobody has such a name.$")
    top.press("\x7fc\r")
    top.wait(lambda lines: lines[4].startswith("Cat") and not lines[5], "Cat only")
    top.wait_line("^Name: c   ")
    top.press("\x1b")
    top.wait(lambda lines: lines[4].startswith("Adm") and not lines[2], "everybody")
    top.press("q")
    assert top.wait_exit() == 0


def test_a_small_window_scrolls(hub, run):
    top = start_top(run, hub, width=60, height=7)

    def shows(*names):
        top.wait(lambda lines: [line.split()[0] for line in lines[4:6]] == list(names), f"{names}")

    shows("Adm", "Ann")
    top.wait_line("1–2 of 6$")
    top.press("\x1b[B")
    shows("Ann", "Bob")
    top.press("\x1b[6~")
    shows("Cat", "Olga")
    top.press("\x1b[6~\x1b[6~\x1b[B")
    shows("Olga", "Sue")
    top.wait_line("5–6 of 6$")
    top.press("\x1b[6~\x1b[B\x1b[A")  # what goes beyond the end doesn't count
    shows("Cat", "Olga")
    top.press("\x1b[H")
    shows("Adm", "Ann")
    top.press("\x1b[F")
    shows("Olga", "Sue")


def test_the_window_may_change(hub, run):
    top = start_top(run, hub, width=60, height=7)
    top.wait_line("1–2 of 6$")
    top.resize(90, 20)
    top.wait(lambda lines: len(lines) == 20 and lines[-1].endswith("1–6 of 6"), "20 lines")
    assert len(top.lines[-1]) == 90
    top.resize(9, 3)
    top.wait(lambda lines: len(lines) == 1, "one line")


def test_a_hub_that_restarts_is_waited_for(hub, run):
    hub.sign_in("ann")
    top = start_top(run, hub)
    top.wait_line("^Ann +available")
    hub.kill()
    top.wait_line("^Acme.* ○ reconnecting: ")
    top.wait_line("^Ann +available")  # as last known
    hub.start()
    top.wait_line("^Acme.* ● live ")
    hub.sign_in("bob")
    top.wait_line("^Bob +available")


def diff(connection, before, after, up=(), down=()):
    connection.event("presence.diff", {"from": before, "version": after, "up": list(up), "down": list(down)})


def test_a_gap_between_versions_takes_a_snapshot(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    hub = fake.accept()
    assert hub.open(presence={"version": "n:1", "users": [person("ann")]})["watch"] == {"presence": "all"}
    top.wait_line("^Ann +available")
    diff(hub, "n:1", "n:2", up=[person("bob", "busy")])
    top.wait_line("^Bob +busy")
    diff(hub, "n:7", "n:8", up=[person("cat", "away")])
    hub.called("presence.get")
    diff(hub, "n:8", "n:9", up=[person("dan")])  # lies before the snapshot
    hub.answer({"version": "n:9", "users": [person("cat", "away"), person("dan")]})
    diff(hub, "n:9", "n:10", up=[person("eve")], down=["dan"])
    lines = top.wait(lambda lines: any(line.startswith("Eve") for line in lines), "Eve")
    assert [line.split()[0] for line in lines[4:] if line and not line.startswith("q ")] == ["Eve", "Cat"]


def test_a_snapshot_that_is_refused_is_asked_for_again(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    hub = fake.accept()
    hub.open()
    diff(hub, "", "n:5")
    hub.called("presence.get")
    hub.refuse(1029, "Slow down", kind="rate_limited", temporary=True, retry_after_ms=10)
    hub.called("presence.get")
    hub.answer({"version": "n:5", "users": [person("ann")]})
    top.wait_line("^Ann +available")


def test_a_connection_lost_during_the_question_is_made_good_by_the_next(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    hub = fake.accept()
    hub.open()
    diff(hub, "n:4", "n:5")
    hub.called("presence.get")
    hub.cut()
    fake.accept().open(presence={"version": "n:9", "users": [person("ann")]})
    top.wait_line("^Ann +available")


def test_names_are_no_commands_to_the_terminal(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    evil = {**person("ann"), "name": "A\x1b[2J\u009b2J", "note": "\u202ex\ny", "status": "on\x07"}
    fake.accept().open(workspace={"id": "acme", "name": "Ac\x1bme"}, presence={"version": "n:1", "users": [evil]})
    top.wait_line(r"^Ac\?me  ● live")
    top.wait_line(r"^A\?\[2J\?2J +on\? .*x\?y$")
