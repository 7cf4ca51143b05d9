"""What becomes of conversations when people and teams go: one by one, each with its own event and reason, its age kept, given
out again."""

import pytest

import desk
from desk import UNTIL, act, assigned_to, done, get, given, heard, limit, offered, problem, put, queue, team, told
from test_people import next_token
from test_routing import at_work


def with_work(hub, user="ann"):
    """Somebody's conversations: open, pending, snoozed, resolved; as they were made."""
    made = {}
    for id, status in (("open", "open"), ("pending", "pending"), ("snoozed", "snoozed"), ("resolved", "resolved")):
        made[id] = put(hub, id, team="support")
        done(hub, id, "assign", user=user)
        if status != "open":
            put(hub, id, status=status)
    return made


def check_gone(hub, one, made, reason, user="ann"):
    for id in ("open", "pending", "snoozed"):
        event = heard(one, "unassigned", id)
        assert (event["from"], event["to"], event["reason"]) == (user, None, reason)
        assert (get(hub, id)["assignee"], get(hub, id)["queued_at"]) == (None, made[id]["queued_at"])
    assert get(hub, "snoozed")["status"] == "snoozed" and get(hub, "pending")["status"] == "pending"


@pytest.mark.parametrize("transport", ["ws", "http"])
def test_who_is_deactivated_leaves_their_work(hub, transport):
    sue, adm, ann = (hub.sign_in(u) for u in ("sue", "adm", "ann"))
    made = with_work(hub)
    before = len(sue.durable())
    if transport == "ws":
        adm.call("user.deactivate", {"user": "ann"})
    else:
        hub.api("POST", "/v1/users/ann/deactivate")
    check_gone(hub, sue, made, "deactivated")
    sue.expect("user.deactivated")
    kinds = [e["type"] for e in sue.durable()[before:] if e["type"] in ("conversation.unassigned", "user.deactivated")]
    assert kinds == ["conversation.unassigned"] * 3 + ["user.deactivated"]
    assert get(hub, "resolved")["assignee"] == "ann"  # her name stays for the record
    assert queue(hub, "support") == ["open"]
    hub.api("POST", "/v1/users/ann/reactivate")
    sue.expect_status("ann", "offline", load=0)


def test_who_is_removed_leaves_their_work_and_their_name(hub):
    sue, ann = hub.sign_in("sue"), hub.sign_in("ann")
    made = with_work(hub)
    hub.api("DELETE", "/v1/users/ann")
    check_gone(hub, sue, made, "deactivated")
    sue.expect("user.removed")
    assert get(hub, "resolved")["assignee"] is None
    desk.add(hub, "ann", teams=["support"])
    hub.connect().open(next_token(hub, "ann"))
    sue.expect_status("ann", "available", load=0)
    assert hub.api("GET", "/v1/conversations?assignee=ann")["items"] == []
    hub.kill()
    hub.start()
    assert [c["assignee"] for c in hub.api("GET", "/v1/conversations")["items"]] == [None] * 4


def test_many_are_removed_in_one_step(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    sue = hub.sign_in("sue")
    for id, user in (("c1", "ann"), ("c2", "bob"), ("c3", "ann")):
        put(hub, id, team="support")
        done(hub, id, "assign", user=user)
    done(hub, "c2", "assign", user="ann")
    done(hub, "c2", "unassign")  # ann is not asked again
    done(hub, "c2", "assign", user="bob")
    hub.api("POST", "/v1/users/remove", {"users": ["ann", "nobody", "bob", "ann"]})
    for id, user in (("c1", "ann"), ("c3", "ann"), ("c2", "bob")):
        assert sue.expect("conversation.unassigned", lambda e, id=id: desk.about(id)(e) and e["data"]["reason"] == "deactivated")["data"]["from"] == user
    assert queue(hub, "support") == ["c1", "c2", "c3"]
    team(hub, "support")
    desk.add(hub, "ann", teams=["support"])
    hub.connect().open(next_token(hub, "ann"))
    for id in ("c1", "c2", "c3"):
        given(sue, id, "ann")
    hub.restart()
    assert queue(hub, "support") == []


def test_a_sync_of_the_directory_does_the_same(hub):
    sue = hub.sign_in("sue")
    hub.sign_in("ann")
    made = with_work(hub)
    put(hub, "c5", team="support")
    done(hub, "c5", "assign", user="bob")
    put(hub, "c6", team="sales")
    done(hub, "c6", "assign", user="cat")
    people = [
        {"id": user, "name": user.title(), "email": f"{user}@acme.test", "roles": [role], "teams": teams}
        for user, role, teams in (("bob", "agent", []), ("sue", "supervisor", ["support"]), ("adm", "admin", []))
    ]
    people.append({"id": "cat", "name": "Cat", "email": "cat@acme.test", "roles": ["agent"], "teams": ["sales"], "active": False})
    hub.api("POST", "/v1/directory/sync", {"users": people})
    check_gone(hub, sue, made, "deactivated")
    event = heard(sue, "unassigned", "c5")
    assert (event["from"], event["reason"]) == ("bob", "team_changed")
    assert heard(sue, "unassigned", "c6")["reason"] == "deactivated"
    put(hub, "c7", team="sales")
    hub.api("POST", "/v1/directory/sync", {"teams": [{"id": "support", "name": "Support"}]})
    assert heard(sue, "updated", "c6")["team"] is None and get(hub, "c7")["team"] is None
    assert queue(hub) == ["c6", "c7", "open", "c5"]


@pytest.mark.parametrize("path, body", [("DELETE /v1/teams/support/members/ann", None), ("PATCH /v1/users/ann", {"teams": ["sales"]})])
def test_who_leaves_a_team_leaves_its_work(hub, path, body):
    sue, ann = hub.sign_in("sue"), hub.sign_in("ann")
    hub.api("PUT", "/v1/teams/sales/members/ann")
    made = with_work(hub)
    put(hub, "other", team="sales")
    put(hub, "none")
    for id in ("other", "none"):
        done(hub, id, "assign", user="ann")
    hub.api(*path.split(" "), body)
    check_gone(hub, sue, made, "team_changed")
    assert heard(ann, "unassigned", "open")["from"] == "ann"
    assert get(hub, "other")["assignee"] == get(hub, "none")["assignee"] == "ann"
    sue.expect_status("ann", "available", load=2)


def test_a_deleted_team_hands_its_work_over(hub):
    hub.api("POST", "/v1/teams", {"id": "care", "name": "Care", "members": ["bob"]})
    sue, ann, bob, cat = (hub.sign_in(u) for u in ("sue", "ann", "bob", "cat"))
    age = put(hub, "waits", team="support")["queued_at"]
    for id, user in (("anns", "ann"), ("bobs", "bob")):
        put(hub, id, team="support")
        done(hub, id, "assign", user=user)
    put(hub, "old", team="support", status="resolved")
    for wrong in ("none", "support"):
        refused = hub.http("DELETE", f"/v1/teams/support?move_to={wrong}", token=hub.secrets["acme"]["key"])
        assert "move_to" in problem(refused, 422, "invalid_params")["fields"]
    hub.api("DELETE", "/v1/teams/support?move_to=care")
    assert heard(sue, "updated", "waits")["record"]["queued_at"] == age
    event = heard(sue, "unassigned", "anns")
    assert (event["from"], event["reason"], event["team"]) == ("ann", "team_changed", "care")
    event = heard(bob, "reassigned", "bobs")
    assert (event["from"], event["to"], event["reason"], event["team"]) == ("bob", "bob", "team_changed", "care")
    sue.expect("team.deleted")
    assert queue(hub, "care") == ["waits", "anns"] and get(hub, "old")["team"] is None
    hub.fence(cat)
    assert ("reassigned", "team_changed") not in told(cat, "bobs")
    hub.api("DELETE", "/v1/teams/care")
    assert queue(hub) == ["waits", "anns"] and get(hub, "bobs")["assignee"] == "bob"
    assert heard(sue, "reassigned", "bobs")["team"] == "care" and heard(sue, "reassigned", "bobs")["team"] is None


def test_what_is_left_is_given_out_again(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    team(hub, "support", "round_robin", offer_ms=600000)
    sue, ann, bob = at_work(hub, "sue", "ann", "bob")
    limit(hub, "bob", 0)
    put(hub, "c1", team="support")
    put(hub, "c2", team="support")
    offered(ann, "c1", "ann")
    done(hub, "c1", "accept", "ann")
    offered(ann, "c2", "ann")
    limit(hub, "bob", 5)
    hub.api("POST", "/v1/users/ann/deactivate")
    assert heard(sue, "expired", "c2")["reason"] == "deactivated" and heard(sue, "unassigned", "c1")["reason"] == "deactivated"
    offered(bob, "c1", "bob")
    offered(bob, "c2", "bob")
    ann.expect_close(4004)
    bob.call("conversation.accept", {"id": "c1"})
    assert assigned_to(sue, "c1") == "ann" and assigned_to(sue, "c1") == "bob"
    refused = act(hub, "c1", "assign", user="ann")
    assert "user" in problem(refused, 422, "invalid_params")["fields"]
    done(hub, "c1", "snooze", until=UNTIL)
