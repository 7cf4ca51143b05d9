"""`muster tail`: events as lines, for people and for programs."""

import json
import pathlib
import re
import signal
import subprocess

import pytest

from program import Terminal, start_tail, url, wait_metric

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


# ---- what it prints ----


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
    assert not any(re.search(r"^\S+  presence\.", line) for line in without.out.lines)  # the audit log names it


@pytest.mark.parametrize("mode", ["--text", "--json"])
def test_what_people_write_is_no_command_to_the_terminal(hub, run, mode):
    tail = start_tail(run, hub, mode)
    text = "a\x1b[2J\u009b2J\x7f\nb\u202ec\u2066"
    hub.publish("x.evil", {"everyone": True}, {"text": text, text: 1})
    line = tail.out.wait(lambda line: "x.evil" in line)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)
    assert all(escape in line.lower() for escape in (r"\u001b[2j", r"\u009b2j", r"\u007f", r"\u202e", r"\u2066"))
    if mode == "--json":
        assert json.loads(line)["data"] == {"text": text, text: 1}


@pytest.mark.parametrize("command", [["tail"], ["top", "--once"]], ids=" ".join)
def test_nor_is_what_the_hub_says(fake, home, run, command):
    program = run(home, *command, "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.called("session.open")
    connection.refuse(-32001, "no\x1b]0;mine\x07 \u009b2J\u202eway; go", kind="forbidden")
    connection.close(4001, {"kind": "token_invalid"})
    said = program.fails()
    assert r"no\u001b]0;mine\u0007 \u009b2J\u202eway" in said
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)


def test_nor_is_what_it_says_while_tail_waits(fake, home, run):
    tail = run(home, "tail", "--url", fake.url(), "--token", "t")
    first = fake.accept()
    first.open()
    first.cut()
    second = fake.accept()
    second.called("session.open")
    second.refuse(-32001, "later\x1b[2J\u202e", kind="unavailable", retry_after_ms=60000)
    second.close(4101, {"kind": "store_unavailable", "retry_after_ms": 60000})
    assert r"later\u001b[2J\u202e; coming back" in tail.err.wait(lambda line: "later" in line)


# ---- the token ----


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


# ---- ends ----


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_interrupted_it_says_goodbye_and_gives_0(hub, run, number):
    tail = start_tail(run, hub)
    tail.signal(number)
    assert tail.wait_exit() == 0
    assert tail.err.lines == []
    wait_metric(hub, "muster_sessions", 0)


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
