"""Nodes that come, go, stand still and are shut out."""

import re
import signal
import time

import hub as hubs

DEAD_WITHIN = 5  # seconds until a node that is killed is given up by the others


def is_gone(name):
    return lambda line: f"a node is gone node={name}" in line


def is_there_again(name):
    """Another epoch of the node than the first one that is met."""
    epochs = set()

    def fits(line):
        found = re.search(rf"a node is there node={name} epoch=(\d+)", line)
        if found:
            epochs.add(found[1])
        return len(epochs) > 1

    return fits


def test_nodes_find_each_other_and_say_goodbye(make_cluster):
    cluster = make_cluster(nodes=3)
    a, b, c = cluster.nodes
    c.signal(signal.SIGTERM)
    assert c.wait_exit() == 0
    for one in (a, b):
        one.log.wait(lambda line: "a node has left node=c" in line)
        assert not any(is_gone("c")(line) for line in one.log.lines)


def test_a_node_that_is_killed_is_given_up_in_time(make_cluster):
    a, b = make_cluster().nodes
    a.kill()
    killed_at = time.monotonic()
    b.log.wait(is_gone("a"))
    assert time.monotonic() - killed_at < DEAD_WITHIN
    a.start()
    b.log.wait(is_there_again("a"))


def test_a_node_that_stood_still_sends_its_clients_away_and_goes_on(make_cluster):
    cluster = make_cluster()
    a, b = cluster.nodes
    ann = a.sign_in("ann")
    a.signal(signal.SIGSTOP)
    try:
        b.log.wait(is_gone("a"))
    finally:
        a.signal(signal.SIGCONT)
    assert ann.expect_close(4202)["kind"] == "lease_lost"
    a.log.wait(lambda line: "this node is one of the cluster again" in line)
    b.log.wait(is_there_again("a"))
    assert a.http("POST", "/v1/teams", {"id": "later", "name": "Later"}, token=a.secrets["acme"]["key"]).status in (200, 201)
    a.sign_in("ann").call("session.activity", {"state": "idle"})


def test_what_was_asked_of_a_node_that_stood_still_does_not_come_after_what_was_asked_since(make_cluster):
    a, b = make_cluster(linger_ms="1h").nodes
    watcher = b.sign_in("sue")
    there = a.sign_in("ann")
    watcher.expect_status("ann", "available")
    a.signal(signal.SIGSTOP)
    try:
        there.request("presence.set", {"status": "offline"})
        b.log.wait(is_gone("a"))
        ann = b.sign_in("ann")
        ann.call("presence.set", {"status": "busy"})
        watcher.expect_status("ann", "busy")
    finally:
        a.signal(signal.SIGCONT)
    there.expect_close(4202)
    a.log.wait(lambda line: "this node is one of the cluster again" in line)
    a.sign_in("sue").expect_status("ann", "busy")
    ann.call("presence.set", {"status": "away"})
    watcher.expect_status("ann", "away")
    assert watcher.statuses("ann")[-2:] == ["busy", "away"]


def test_a_node_of_another_cluster_is_not_heard(make_cluster, tmp_path):
    cluster = make_cluster()
    foreign = tmp_path / "foreign.key"
    foreign.write_text("another secret that is long enough to be one")
    stranger = cluster.add("x", cluster_key_file=foreign)
    for one in cluster.nodes[:2]:
        deadline = time.monotonic() + hubs.TIMEOUT
        while one.metric("muster_bus_refused_total") == 0:
            assert time.monotonic() < deadline, "no beat of the stranger came"
        assert not any("node=x" in line for line in one.log.lines)
    assert not any("a node is there" in line for line in stranger.log.lines)


def test_a_cluster_is_asked_for_in_full_or_not_at_all(home, tmp_path):
    key = tmp_path / "short"
    key.write_text("too short")
    base = ["serve", "--data", home.data, "--listen", "127.0.0.1:0", "--bus", "redis://127.0.0.1:1"]
    for words, why in [
        ([], "store that all nodes reach"),
        (["--store", "postgres://me@127.0.0.1:1/muster"], "cluster_key_file"),
    ]:
        done = home.cli(*base, *words)
        assert done.returncode == 2
        assert why in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_a_key_that_is_none_is_said(home, tmp_path, postgres, seed):
    short = tmp_path / "short"
    short.write_text("too short")
    for key, why in [(short, "32 bytes"), (tmp_path / "missing", "No such file")]:
        done = home.cli(
            "serve", "--data", home.data, "--listen", "127.0.0.1:0", "--store", postgres.url(seed.database),
            "--bus", "redis://127.0.0.1:1", "--cluster-key-file", key,
        )  # fmt: skip
        assert done.returncode == 1
        assert why in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_a_node_without_a_name_makes_one_and_keeps_it(make_cluster):
    cluster = make_cluster(nodes=1)
    (a,) = cluster.nodes
    nameless = cluster.add("y", node="")
    a.log.wait(lambda line: "a node is there node=n-" in line)
    name = (nameless.data / "node").read_text().strip()
    nameless.restart()
    a.log.wait(is_there_again(name))
