"""How much a person may have at once (C4), set by who manages that and nobody else."""

import pytest

import desk
from desk import assigned_to, limit, problem, put, queue, team
from test_routing import at_work

LEAD = ("capacity.manage", "presence.view:all", "presence.self", "queue.view:all", "conversations.view:all")


def set_limit(hub, user, capacity, token=None):
    body = {"capacity": capacity}
    return hub.http("PUT", f"/v1/users/{user}/capacity", body, token=token or hub.secrets["acme"]["key"])


def lead(hub):
    """Somebody who manages capacity, and no people."""
    desk.role(hub, "lead", *LEAD)
    desk.add(hub, "lea", roles=["lead"])
    return hub.sign_in("lea")


@pytest.mark.parametrize("transport", ["ws", "http"])
def test_who_manages_capacity_sets_limits(hub, transport):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    team(hub, "support")
    limit(hub, "ann", 0)
    lea = lead(hub)
    ann, cat = at_work(hub, "ann", "cat")
    put(hub, "c1", team="support")
    assert queue(hub, "support") == ["c1"]
    if transport == "ws":
        answer = lea.call("capacity.set", {"user": "ann", "capacity": 2})
    else:
        answer = set_limit(hub, "ann", 2, hub.token("lea")).json
    assert answer == {"user": "ann", "load": 0, "capacity": 2}
    assert assigned_to(lea, "c1") == "ann"  # there is room now
    for one in (ann, lea):
        assert one.expect("capacity.changed")["data"] == {"user": "ann", "load": 0, "capacity": 2}
    assert [e["data"]["capacity"] for e in ann.durable("user.updated")] == [2]
    assert lea.durable("user.") == []  # who sees no people hears nothing else of them
    seq = lea.durable("capacity.")[-1]["seq"]
    assert lea.call("capacity.set", {"user": "ann", "capacity": 2})["load"] == 1
    hub.fence(lea, cat)
    assert lea.durable("capacity.")[-1]["seq"] == seq and cat.durable("capacity.") == []
    (row,) = hub.api("GET", "/v1/audit?user=ann&action=user.updated&limit=1")["items"]
    assert (row["actor"], row["before"], row["after"]["capacity"]) == ({"user": "lea"}, {"capacity": 0}, 2)


def test_limits_are_all_that_they_may_set(hub):
    lea = lead(hub)
    assert lea.refused("user.update", {"user": "ann", "capacity": 2}).kind == "forbidden"
    for user, permitted in (("ann", False), ("sue", True), ("adm", True)):
        answer = set_limit(hub, "bob", 3, hub.token(user))
        assert answer.status == (200 if permitted else 403), answer.body
    for capacity in (-1, 1001, "many", None):
        assert "capacity" in problem(set_limit(hub, "bob", capacity), 422, "invalid_params")["fields"]
    assert "capacity" in lea.refused("capacity.set", {"user": "bob"}).fields
    missing, foreign = (lea.refused("capacity.set", {"user": user, "capacity": 1}) for user in ("nobody", "zoe"))
    assert missing.kind == foreign.kind == "not_found"
    assert missing.message.replace("nobody", "zoe") == foreign.message
    assert hub.api("GET", "/v1/users/bob")["capacity"] == 3
