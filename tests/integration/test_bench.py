"""`muster bench`: a hub under many sessions, measured from outside."""

import json

import pytest

from program import url

USAGE = [
    (["bench"], "--url"),
    (["bench", "--url", "http://127.0.0.1:1"], "token"),
    (["bench", "--url", "https://127.0.0.1:1", "--token", "t"], "TLS"),
    (["bench", "--url", "http://127.0.0.1:1/hub", "--token", "t"], "--url"),
    (["bench", "--url", "http://127.0.0.1:99999", "--token", "t"], "--url"),
    (["bench", "--url", "http://127.0.0.1:1", "--token", "t", "--sessions", "0"], "--sessions"),
    (["bench", "--url", "http://127.0.0.1:1", "--token", "t", "--rate", "fast"], "--rate"),
    (["bench", "--url", "http://127.0.0.1:1", "--token", "t", "--bytes", "4001"], "--bytes"),
]


@pytest.mark.parametrize("words, named", USAGE, ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_wrong_usage_is_2_and_named(home, words, named):
    done = home.cli(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr and len(done.stderr.splitlines()) == 1


def key(hub):
    return hub.secrets["acme"]["key"]


def bench(hub, token, *more):
    return hub.cli("bench", "--url", url(hub), "--token-stdin", "--seconds", "1", "--rate", "20", *more, input=token + "\n")


def test_every_message_reaches_every_session_and_is_timed(hub):
    done = bench(hub, key(hub), "--sessions", "30", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["sessions"], result["messages"]) == (30, 20)
    assert result["received"] == result["expected"] == 600
    assert 0 < result["open_p50_ms"] <= result["open_p99_ms"] <= result["open_s"] * 1000
    assert 0 < result["p50_ms"] <= result["p99_ms"] <= result["max_ms"]
    assert 0 < result["cpu_share"] <= 1 and 0 < result["open_cpu_share"] <= 1
    assert hub.metric("muster_sessions_total") == 31  # and who publishes


def test_for_people_it_says_how_much_of_the_time_was_its_own(hub):
    done = bench(hub, key(hub), "--sessions", "3")
    assert done.returncode == 0, done.stderr
    assert "60 of 60 arrived" in done.stdout and "3 sessions" in done.stdout
    assert done.stdout.count("own CPU") == 2


def test_people_listen_and_a_key_publishes(hub):
    done = bench(hub, hub.token("ann"), "--sessions", "5", "--publisher-token", key(hub), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["received"] == 100


@pytest.mark.parametrize(
    "token, words, named",
    [("nobody", (), "refused"), ("person", ("--sessions", "2"), "permission"), ("key", ("--sessions", "9"), "connection")],
    ids=["a token that isn't one", "who may not publish", "more than may come"],
)
def test_what_goes_wrong_is_said_in_a_line(make_hub, token, words, named):
    hub = make_hub(max_connections=8)
    tokens = {"nobody": "nonsense", "person": hub.token("ann"), "key": key(hub)}
    done = bench(hub, tokens[token], *words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert named in done.stderr and len(done.stderr.splitlines()) == 1


def test_without_a_hub_it_says_so(home):
    done = home.cli("bench", "--url", "http://127.0.0.1:1", "--token", "t", "--seconds", "1")
    assert done.returncode == 1
    assert "connect" in done.stderr
