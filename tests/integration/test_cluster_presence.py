"""Presence of people whose tabs and devices are spread over the nodes of a cluster (B4, B7)."""

import signal
import time

import pytest

import cluster as clusters
from client import RpcError
from scene import tab


def people(watcher):
    """What a board shows, but for when people were last seen: that isn't told anew while they are there."""
    return {user: {**one, "last_seen": None} for user, one in watcher.board.people.items()}


@pytest.fixture
def two(make_cluster):
    return make_cluster(linger_ms="1h")


def test_tabs_on_two_nodes_are_one_person(two):
    a, b = two.nodes
    sue, adm = tab(a, "sue"), tab(b, "adm")
    desk = tab(a, "ann", "d-desk")
    for watcher in (sue, adm):
        watcher.expect_status("ann", "available", cause="connect", devices=[{"kind": "web", "state": "active"}])
    phone = tab(b, "ann", "d-phone", "mobile")
    phone.call("session.activity", {"state": "idle"})
    desk.call("session.activity", {"state": "idle"})
    for watcher in (sue, adm):
        watcher.wait(
            lambda watcher=watcher: watcher.board.people["ann"]["devices"]
            == [{"kind": "web", "state": "idle"}, {"kind": "mobile", "state": "idle"}],
            "both devices",
        )
    desk.call("session.close")
    for watcher in (sue, adm):
        watcher.expect_status("ann", "available", devices=[{"kind": "mobile", "state": "idle"}])
    phone.call("session.close")
    for watcher in (sue, adm):
        watcher.expect_status("ann", "offline", devices=[])
        assert watcher.statuses("ann")[-1] == "offline"
        assert set(watcher.statuses("ann")) == {"available", "offline"}


def test_every_node_shows_the_same(two):
    a, b = two.nodes
    for i, user in enumerate(["ann", "bob", "cat", "sue"]):
        one = tab(two.nodes[i % 2], user)
        if i % 2:
            one.call("presence.set", {"status": "away"})
    watchers = [tab(a, "adm"), tab(b, "adm")]
    for watcher in watchers:
        for user, status in (("ann", "available"), ("bob", "away"), ("cat", "available"), ("sue", "away")):
            watcher.expect_status(user, status)
    watchers[0].wait(lambda: people(watchers[0]) == people(watchers[1]), "the same people on both nodes")
    late = two.add("c")
    two.together()
    third = tab(late, "adm")
    third.wait(lambda: people(third) == people(watchers[0]), "the same people on the node that came later")


@pytest.mark.parametrize("code", [None, 1001])
def test_who_comes_back_on_another_node_was_never_gone(make_cluster, code):
    nodes = make_cluster(linger_ms="1h", reload_grace_ms="10m").nodes
    watchers = [tab(node, "sue") for node in nodes]
    ann = tab(nodes[0], "ann")
    for watcher in watchers:
        watcher.expect_status("ann", "available")
    for node in (nodes[1], nodes[0], nodes[1]):
        ann.close(code) if code else ann.drop()
        ann = tab(node, "ann")
    ann.call("presence.set", {"status": "busy"})
    for watcher in watchers:
        watcher.expect_status("ann", "busy")
        assert watcher.statuses("ann") == ["available", "busy"]


def test_a_lost_connection_lingers_on_every_node(make_cluster):
    cluster = make_cluster(linger_ms=600)
    watchers = [tab(node, "sue") for node in cluster.nodes]
    ann = tab(cluster.nodes[0], "ann")
    for watcher in watchers:
        watcher.expect_status("ann", "available")
    lost = time.monotonic()
    ann.drop()
    for watcher in watchers:
        watcher.expect_status("ann", "offline", cause="disconnect")
        assert time.monotonic() - lost >= 0.55


def notes(cluster, user, n):
    """The log's notes of a person, once there are so many: they are written after what they note was shown."""
    watcher = tab(cluster.nodes[-1], "cat")
    deadline = time.monotonic() + 20
    while len(found := cluster.transitions(user)) < n and time.monotonic() < deadline:
        watcher.call("session.activity", {"state": "active"})
    return [(change["from"], change["to"]) for change in found]


def test_the_people_of_a_node_that_is_killed_are_gone(two):
    a, b = two.nodes
    watcher = tab(b, "sue")
    tab(a, "ann")
    tab(a, "bob")
    tab(b, "bob", "d-phone")
    watcher.expect_status("ann", "available")
    watcher.wait(lambda: len(watcher.board.people["bob"]["devices"]) == 2, "both devices")
    assert notes(two, "ann", 1) == [("offline", "available")]
    killed = time.monotonic()
    a.kill()
    watcher.expect_status("ann", "offline", cause="disconnect")
    assert time.monotonic() - killed < 5
    watcher.expect_status("bob", "available", devices=[{"kind": "web", "state": "active"}])
    assert watcher.statuses("bob") == ["available"]
    assert notes(two, "ann", 2) == [("offline", "available"), ("available", "offline")]


def test_who_moves_from_a_killed_node_is_never_gone(two):
    a, b = two.nodes
    watcher = tab(b, "sue")
    tab(a, "ann")
    watcher.expect_status("ann", "available")
    a.kill()
    ann = tab(b, "ann")
    b.log.wait(lambda line: "a node is gone" in line)
    ann.call("presence.set", {"status": "busy"})
    watcher.expect_status("ann", "busy")
    assert watcher.statuses("ann") == ["available", "busy"]


def test_the_people_of_a_node_that_is_back_at_once_are_not_kept(make_cluster):
    cluster = make_cluster(linger_ms=600)
    a, b = cluster.nodes
    watcher = tab(b, "sue")
    tab(a, "ann")
    watcher.expect_status("ann", "available")
    a.kill()
    a.restart()  # nobody opens the workspace there, so that it doesn't say what became of its sessions
    watcher.expect_status("ann", "offline", cause="disconnect")
    assert not any("a node is gone" in line for line in b.log.lines), "it was given up before it was back"


def test_who_is_gone_for_others_is_not_kept_by_a_node_that_is_back(make_cluster):
    cluster = make_cluster(nodes=1, linger_ms=600)
    watcher = tab(cluster.nodes[0], "sue")
    back = cluster.add("b", linger_ms="1h")
    cluster.together()
    tab(back, "ann")
    watcher.expect_status("ann", "available")
    assert notes(cluster, "ann", 1) == [("offline", "available")]
    back.kill()
    back.restart()
    other = tab(back, "adm")
    assert other.board.people["ann"]["status"] == "available", "it was noted as gone before it was to be restored"
    other.expect_status("ann", "offline", cause="disconnect")
    watcher.expect_status("ann", "offline", cause="disconnect")
    assert notes(cluster, "ann", 2) == [("offline", "available"), ("available", "offline")]


def test_a_node_that_was_shut_out_serves_nobody_until_it_hears_the_others(make_cluster, redis):
    cluster = make_cluster(nodes=1)
    watcher = tab(cluster.nodes[0], "sue")
    redis.admit("deaf")
    deaf = cluster.add("b", bus=redis.url("deaf"))
    cluster.together()
    ann = tab(deaf, "ann")
    watcher.expect_status("ann", "available")
    redis.shut_out("deaf")
    watcher.expect_status("ann", "offline", cause="disconnect")
    ann.expect_close(4202)
    deaf.log.wait(lambda line: "can't hear the others" in line)
    assert deaf.http("GET", "/readyz").status == 503
    with pytest.raises(RpcError) as refused:
        tab(deaf, "ann")
    assert refused.value.kind == "unavailable"
    redis.admit("deaf")
    deaf.log.wait(lambda line: "is one of the cluster again" in line)
    assert deaf.http("GET", "/readyz").status == 200
    tab(deaf, "ann")
    watcher.expect_status("ann", "available")


def test_a_node_that_stood_still_serves_nobody_until_it_hears_the_others(make_cluster, redis):
    cluster = make_cluster(nodes=1)
    a = cluster.nodes[0]
    redis.admit("paused")
    paused = cluster.add("b", bus=redis.url("paused"))
    cluster.together()
    ann = tab(paused, "ann")
    paused.signal(signal.SIGSTOP)
    try:
        a.log.wait(lambda line: "a node is gone" in line)
        redis.shut_out("paused")
    finally:
        paused.signal(signal.SIGCONT)
    ann.expect_close(4202)
    paused.log.wait(lambda line: "can't hear the others" in line)
    assert paused.http("GET", "/readyz").status == 503
    redis.admit("paused")
    paused.log.wait(lambda line: "is one of the cluster again" in line)
    watcher = tab(a, "sue")
    tab(paused, "ann")
    watcher.expect_status("ann", "available")


def test_without_the_bus_who_comes_and_goes_is_seen_on_every_node(make_cluster, tmp_path):
    redis = clusters.Redis(tmp_path)
    try:
        cluster = make_cluster(bus=redis.url(), linger_ms="1h", reload_grace_ms="10m")
        a, b = cluster.nodes
        near, far = tab(a, "sue"), tab(b, "adm")
        old = tab(b, "bob")
        near.expect_status("bob", "available")
        redis.does("kill")
        ann = tab(a, "ann")
        far.expect_status("ann", "available", devices=[{"kind": "web", "state": "active"}])
        ann.call("session.activity", {"state": "idle"})
        far.expect_status("ann", "available", devices=[{"kind": "web", "state": "idle"}])
        old.call("session.close")
        near.expect_status("bob", "offline")
        tab(b, "ann", "d-phone", "mobile")
        near.expect_status("ann", "available", devices=[{"kind": "web", "state": "idle"}, {"kind": "mobile", "state": "active"}])
        ann.call("session.close")
        far.expect_status("ann", "available", devices=[{"kind": "mobile", "state": "active"}])
        b.kill()
        b.start()
        back = tab(b, "adm")
        back.expect_status("sue", "available")
        redis.does("again")
        cluster.together()
        bob = tab(a, "bob")
        back.expect_status("bob", "available")
        assert back.board.people["sue"]["status"] == near.board.people["adm"]["status"] == "available"
        bob.call("session.close")
        back.expect_status("bob", "offline")
    finally:
        redis.does("stop")


def test_the_people_of_a_node_that_ends_get_time(make_cluster):
    cluster = make_cluster(linger_ms="1h")
    a, b = cluster.nodes
    watcher = tab(b, "sue")
    tab(a, "ann")
    watcher.expect_status("ann", "available")
    a.finish()
    b.log.wait(lambda line: "a node has left" in line)
    tab(b, "ann").call("presence.set", {"status": "busy"})
    watcher.expect_status("ann", "busy")
    assert watcher.statuses("ann") == ["available", "busy"]


def test_a_choice_is_seen_on_every_node(two):
    a, b = two.nodes
    watchers = [tab(a, "sue"), tab(b, "adm")]
    ann = tab(a, "ann")
    for watcher in watchers:
        watcher.expect_status("ann", "available")
    ann.call("presence.set", {"status": "busy", "note": "with a customer"})
    for watcher in watchers:
        watcher.expect_status("ann", "busy", cause="self", note="with a customer")


def test_a_change_is_noted_once(two):
    a, b = two.nodes
    watcher = tab(b, "sue")
    ann = tab(a, "ann")
    tab(b, "ann", "d-2")
    # What is followed by another change before it was noted isn't noted by itself: noting needs the pen, which the
    # other node may have just then.
    noted = [("offline", "available")]
    watcher.expect_status("ann", "available")
    assert notes(two, "ann", 1) == noted
    for before, status in (("available", "busy"), ("busy", "available")):
        ann.call("presence.set", {"status": status})
        watcher.expect_status("ann", status)
        noted.append((before, status))
        assert notes(two, "ann", len(noted)) == noted


def test_a_toggle_is_told_once_on_every_node(two):
    a, b = two.nodes
    ann, near, far = tab(a, "ann"), tab(a, "sue"), tab(b, "adm")
    for watcher in (near, far):
        watcher.expect_status("ann", "available")
    # Nobody else writes any more, not for cat either, through whom notes() waits: who loses a race for the log reads
    # it anew, and may tell a change again.
    for user in ("ann", "sue", "adm", "cat"):
        assert notes(two, user, 1) == [("offline", "available")]
    toggles = ["away", "busy"] * 10
    for n, status in enumerate(toggles):
        ann.call("presence.set", {"status": status})
        for watcher in (near, far):
            watcher.expect_status("ann", status)
        # Its note has come to the other node as well by then, and has nothing to correct there.
        assert notes(two, "ann", n + 2)[-1][1] == status
    for hub, watcher in ((a, near), (b, far)):
        hub.fence(watcher)
        told = [status for user, status in watcher.board.log if user == "ann"]
        assert told[told.index("away") :] == toggles
