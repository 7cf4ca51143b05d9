"""Several nodes that write one workspace: in one order, each event told once everywhere."""

import concurrent.futures
import itertools

import cluster as clusters
import pytest

WRITERS = 30
EACH = 5


def publish(node, mark, n):
    answer = node.http(
        "POST", "/v1/events", {"type": "x.count", "audience": {"everyone": True}, "data": {"mark": mark, "n": n}, "durable": True},
        token=node.secrets["acme"]["key"],
    )  # fmt: skip
    return answer.status


def write_all(nodes, mark):
    """WRITERS on each node at once, each one event after the other; what they were answered."""

    def write(job):
        node, writer = job
        return [publish(node, mark, writer * EACH + i) for i in range(EACH)]

    jobs = list(zip(itertools.cycle(nodes), range(WRITERS * len(nodes)), strict=False))
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        return [status for statuses in pool.map(write, jobs) for status in statuses]


def heard(watcher, mark):
    return [(e["seq"], e["data"]["n"]) for e in watcher.durable("x.count") if e["data"]["mark"] == mark]


def wait_for(watcher, mark, n):
    watcher.wait(lambda: len(heard(watcher, mark)) >= n, f"{n} events", 60)


def total_of(nodes, name):
    return sum(node.metric(f"muster_{name}_total") for node in nodes)


def meet(nodes):
    """Every node has opened the workspace and hears the others; a watcher on each."""
    watchers = [node.sign_in(user, watch="none") for node, user in zip(nodes, ("ann", "bob", "cat"), strict=False)]
    for i, node in enumerate(nodes):
        assert publish(node, "meet", i) == 200
    for watcher in watchers:
        wait_for(watcher, "meet", len(nodes))
    return watchers


@pytest.mark.parametrize("count", [2, 3])
def test_everybody_hears_everything_once_and_in_order(make_cluster, count):
    nodes = make_cluster(nodes=count).nodes
    watchers = meet(nodes)
    races, reads = total_of(nodes, "races_lost"), total_of(nodes, "gaps")
    assert set(write_all(nodes, "all")) == {200}
    total = WRITERS * count * EACH
    for watcher in watchers:
        wait_for(watcher, "all", total)
    first = heard(watchers[0], "all")
    assert sorted(first) == first
    assert {n for _, n in first} == set(range(total))
    for watcher in watchers:
        assert heard(watcher, "all") == first
    assert total_of(nodes, "races_lost") == races
    assert total_of(nodes, "gaps") - reads < total / 10  # the rest came over the bus
    assert total_of(nodes, "followed") >= total * (count - 1)
    assert total_of(nodes, "pen_passed") > 0


def test_whoever_writes_reads_it_at_once_on_the_same_node(make_cluster):
    a, b = make_cluster().nodes
    meet([a, b])
    for i in range(20):
        node = (a, b)[i % 2]
        node.api("POST", "/v1/teams", {"id": f"t{i}", "name": f"T{i}"})
        assert f"t{i}" in [team["id"] for team in node.api("GET", "/v1/teams")["items"]]
    names = [{team["id"] for team in node.api("GET", "/v1/teams")["items"]} for node in (a, b)]
    assert {f"t{i}" for i in range(20)} <= names[0] & names[1] | {"t18", "t19"}


def test_only_one_node_of_two_gets_what_only_one_can_have(make_cluster):
    nodes = make_cluster().nodes
    meet(nodes)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for i in range(20):
            team = {"id": f"t{i}", "name": "T"}
            asked = [pool.submit(n.http, "POST", "/v1/teams", team, token=n.secrets["acme"]["key"]) for n in nodes]
            assert sorted(answer.result().status for answer in asked)[1] == 409


def test_what_a_killed_node_held_is_taken_over(make_cluster):
    a, b = make_cluster().nodes
    _, bob = meet([a, b])
    assert publish(a, "held", 0) == 200
    wait_for(bob, "held", 1)
    a.kill()
    assert publish(b, "held", 1) == 200
    wait_for(bob, "held", 2)
    assert b.metric("muster_pen_seized_total") > 0
    a.start()
    ann = a.sign_in("ann", watch="none")
    assert publish(b, "held", 2) == 200
    ann.expect("x.count", lambda event: event["data"] == {"mark": "held", "n": 2})


def test_without_the_bus_nodes_go_on_and_hear_of_each_other(make_cluster, tmp_path):
    redis = clusters.Redis(tmp_path)
    try:
        nodes = make_cluster(bus=redis.url()).nodes
        watchers = meet(nodes)
        redis.does("kill")
        for i in range(6):
            assert publish(nodes[i % 2], "dark", i) == 200
        for watcher in watchers:
            wait_for(watcher, "dark", 6)
        assert heard(watchers[0], "dark") == heard(watchers[1], "dark")
        for watcher in watchers:
            assert [n for _, n in heard(watcher, "dark")] == list(range(6))
        redis.does("again")
        assert set(write_all(nodes, "light")) == {200}
        for watcher in watchers:
            wait_for(watcher, "light", 2 * WRITERS * EACH)
        assert heard(watchers[0], "light") == heard(watchers[1], "light")
    finally:
        redis.does("stop")


def test_who_loses_rights_on_one_node_hears_nothing_more_on_the_other(make_cluster):
    a, b = make_cluster().nodes
    ann, bob = meet([a, b])
    b.api("POST", "/v1/users/ann/deactivate", {})
    assert publish(b, "after", 1) == 200
    assert ann.expect_close(4004)
    wait_for(bob, "after", 1)
    assert heard(ann, "after") == []


def test_who_comes_from_a_node_that_is_ahead_misses_nothing(make_cluster, tmp_path):
    redis = clusters.Redis(tmp_path)
    try:
        a, b = make_cluster(bus=redis.url()).nodes
        ann, _ = meet([a, b])
        redis.does("kill")
        for i in range(8):
            assert publish(a, "ahead", i) == 200
            wait_for(ann, "ahead", i + 1)
            back = b.sign_in("ann", resume=ann.cursor, watch="none")
            assert back.session["resumed"] is True
            assert back.session["replayed"] == 0
    finally:
        redis.does("stop")
