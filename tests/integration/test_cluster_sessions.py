"""Sessions, tickets and what is told but not kept, where clients are spread over the nodes of a cluster."""

import pytest

from client import RpcError
from scene import tab


@pytest.fixture
def two(make_cluster):
    return make_cluster(linger_ms="1h")


def sessions(client, user):
    return {one["session"]: one for one in client.call("session.list", {"user": user})["items"]}


def test_sessions_of_all_nodes_are_listed(two):
    a, b = two.nodes
    desk = tab(a, "ann", "d-desk", "desktop")
    phone = tab(b, "ann", "d-phone", "mobile")
    phone.call("session.activity", {"state": "background"})
    both = {desk.session["session"], phone.session["session"]}
    for one in (desk, phone):
        one.wait(lambda: len(one.board.people["ann"]["devices"]) == 2, "both devices")
        listed = sessions(one, "ann")
        assert set(listed) == both
        assert [id for id, session in listed.items() if session["current"]] == [one.session["session"]]
    desk.expect_status("ann", "available", devices=[{"kind": "desktop", "state": "active"}, {"kind": "mobile", "state": "background"}])
    listed = sessions(desk, "ann")[phone.session["session"]]
    own = sessions(phone, "ann")[phone.session["session"]]
    assert {**listed, "current": True} == own
    phone.call("session.close")
    desk.wait(lambda: len(desk.board.people["ann"]["devices"]) == 1, "one device")
    assert set(sessions(desk, "ann")) == {desk.session["session"]}


def ticket(node, user):
    return node.http("POST", "/v1/tickets", token=node.token(user)).json["ticket"]


def test_a_ticket_works_once_on_whichever_node(two):
    a, b = two.nodes
    word = ticket(a, "ann")
    assert b.connect().open(word)["user"]["id"] == "ann"
    for node in (a, b):
        with pytest.raises(RpcError, match="unauthenticated"):
            node.connect().open(word)
    word = ticket(b, "ann")
    assert b.connect().open(word)["user"]["id"] == "ann"
    with pytest.raises(RpcError, match="unauthenticated"):
        a.connect().open(word)


def test_a_ticket_of_nobody_is_refused_in_time(two):
    a, b = two.nodes
    word = ticket(a, "ann")
    a.kill()
    with pytest.raises(RpcError, match="unauthenticated"):
        b.connect().open(word)
    tab(b, "ann")


def test_what_is_not_kept_is_told_on_every_node(two):
    a, b = two.nodes
    here, there, other = tab(a, "ann"), tab(b, "ann"), tab(b, "cat")
    a.publish("x.ring", {"users": ["ann"]}, {"line": [1, "zwei", {"drei": 3.5}]}, durable=False)
    told = [one.expect("x.ring") for one in (here, there)]
    assert told[0] == told[1]
    assert told[0]["data"] == {"line": [1, "zwei", {"drei": 3.5}]}
    b.fence(other)
    assert "x.ring" not in [event["type"] for event in other.events]
