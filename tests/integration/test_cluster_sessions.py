"""Sessions, tickets and what is told but not kept, where clients are spread over the nodes of a cluster."""

import pytest

import desk
from client import RpcError
from scene import tab


@pytest.fixture
def two(make_cluster):
    return make_cluster(linger_ms="1h")


def sessions(client, user):
    return {one["session"]: one for one in client.call("session.list", {"user": user})["items"]}


def test_sessions_of_all_nodes_are_listed(two):
    a, b = two.nodes
    laptop = tab(a, "ann", "d-desk", "desktop")
    phone = tab(b, "ann", "d-phone", "mobile")
    phone.call("session.activity", {"state": "background"})
    both = {laptop.session["session"], phone.session["session"]}
    for one in (laptop, phone):
        one.wait(lambda: len(one.board.people["ann"]["devices"]) == 2, "both devices")
        listed = sessions(one, "ann")
        assert set(listed) == both
        assert [id for id, session in listed.items() if session["current"]] == [one.session["session"]]
    laptop.expect_status("ann", "available", devices=[{"kind": "desktop", "state": "active"}, {"kind": "mobile", "state": "background"}])
    listed = sessions(laptop, "ann")[phone.session["session"]]
    own = sessions(phone, "ann")[phone.session["session"]]
    assert {**listed, "current": True} == own
    phone.call("session.close")
    laptop.wait(lambda: len(laptop.board.people["ann"]["devices"]) == 1, "one device")
    assert set(sessions(laptop, "ann")) == {laptop.session["session"]}


def test_a_session_of_another_node_can_be_ended(two):
    a, b = two.nodes
    laptop, phone = tab(a, "ann", "d-desk"), b.connect()
    phone.open(b.token("ann", jti="of-the-phone"), device={"id": "d-phone", "kind": "mobile"})
    laptop.wait(lambda: len(laptop.board.people["ann"]["devices"]) == 2, "both devices")
    assert laptop.call("session.revoke", {"session": phone.session["session"]}) == {"revoked": 1}
    phone.expect_close(4003)
    laptop.wait(lambda: len(laptop.board.people["ann"]["devices"]) == 1, "one device")
    with pytest.raises(RpcError, match="not_found"):
        laptop.call("session.revoke", {"session": phone.session["session"]})


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


def told_viewers(client, *people):
    """Until these are the viewers as told; who types is in capitals."""

    def fits(event):
        viewers = event["data"]["viewers"]
        return sorted(v["user"].upper() if v["typing"] else v["user"] for v in viewers) == sorted(people)

    return client.expect("conversation.viewers", fits)


def test_who_views_and_types_is_seen_on_every_node(make_cluster):
    cluster = make_cluster(linger_ms="1h", typing_ms=300)
    a, b = cluster.nodes
    for node in cluster.nodes:
        desk.put(node, "c1", team="support")
    sue, adm = tab(a, "sue"), tab(b, "adm")
    sue.call("conversation.viewing", {"id": "c1", "on": True})
    told_viewers(adm, "sue")
    adm.call("conversation.viewing", {"id": "c1", "on": True})
    told_viewers(sue, "adm", "sue")
    adm.call("conversation.typing", {"id": "c1", "on": True})
    assert sue.expect("conversation.typing")["data"] == {"conversation": "c1", "user": "adm", "on": True}
    assert sue.expect("conversation.typing")["data"] == {"conversation": "c1", "user": "adm", "on": False}
    late = cluster.add("c")
    cluster.together()
    third = tab(late, "adm", "d-late")
    third.wait(lambda: len(third.board.people["adm"]["devices"]) == 2, "the tab on the other node")
    viewers = third.call("conversation.viewing", {"id": "c1", "on": True})["viewers"]
    assert sorted(viewer["user"] for viewer in viewers) == ["adm", "sue"]
    sue.call("conversation.viewing", {"id": "c1", "on": False})
    told_viewers(third, "adm")
    sue.call("conversation.viewing", {"id": "c1", "on": True})
    told_viewers(third, "adm", "sue")
    a.kill()
    told_viewers(third, "adm")
    told_viewers(adm, "adm")
