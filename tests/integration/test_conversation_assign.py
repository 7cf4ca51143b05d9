"""Whose a conversation is (C2, C9): assigned by others, taken, given back; one holder, versions that only grow."""

import pytest

import desk
from desk import about, act, done, get, heard, limit, problem, put, told


def over_http(hub, one, by, verb, /, **params):
    return done(hub, params.pop("id"), verb, by, **params)


def over_socket(hub, one, by, verb, /, **params):
    return one.call(f"conversation.{verb}", params)


WAYS = pytest.mark.parametrize("way", [over_http, over_socket], ids=["http", "socket"])


@WAYS
def test_a_supervisor_gives_it_to_somebody_and_to_another(hub, way):
    sue, ann, bob, cat = (hub.sign_in(u) for u in ("sue", "ann", "bob", "cat"))
    put(hub, "c1", team="support")
    first = way(hub, sue, "sue", "assign", id="c1", user="ann", if_version=1)
    assert (first["assignee"], first["version"], first["queued_at"]) == ("ann", 2, get(hub, "c1")["queued_at"]) and first["assigned_at"]
    for one in (sue, ann):
        event = one.expect("conversation.assigned", about("c1"))
        assert event["actor"] == {"user": "sue"} and event["data"]["record"] == first
        assert {k: event["data"][k] for k in ("from", "to", "team", "reason", "by")} == {
            "from": None, "to": "ann", "team": "support", "reason": "manual", "by": "sue",
        }  # fmt: skip
    second = way(hub, sue, "sue", "assign", id="c1", user="bob")
    for one in (sue, bob):
        assert heard(one, "reassigned", "c1")["record"] == second
    parted = heard(ann, "reassigned", "c1")
    assert "record" not in parted and (parted["from"], parted["to"], parted["by"], parted["version"]) == ("ann", "bob", "sue", 3)
    hub.fence(cat)
    assert told(cat, "c1") == [("created", None), ("assigned", "manual")]
    assert way(hub, sue, "sue", "assign", id="c1", user="bob") == second
    sue.expect_status("ann", "available", load=0)
    sue.expect_status("bob", "available", load=1)
    back = way(hub, sue, "sue", "unassign", id="c1", if_version=3)
    assert (back["assignee"], back["queued_at"]) == (None, first["queued_at"]) and desk.queue(hub, "support") == ["c1"]
    assert heard(bob, "unassigned", "c1")["from"] == "bob" and heard(ann, "unassigned", "c1")["record"] == back
    hub.fence(sue)
    assert [kind for kind, _ in told(sue, "c1")] == ["created", "assigned", "reassigned", "unassigned"]


def test_a_bad_assignment_changes_nothing(hub):
    desk.role(hub, "reader", "conversations.view:own")
    desk.add(hub, "eve", roles=["reader"], teams=["support"])
    desk.add(hub, "gil", teams=["support"])
    hub.api("POST", "/v1/users/gil/deactivate")
    put(hub, "c1", team="support")
    put(hub, "c2", team="support", status="resolved")
    sue = hub.sign_in("sue")
    for user in ("zoe", "nobody"):
        assert problem(act(hub, "c1", "assign", user=user), 404, "not_found")["detail"] == "There is no such user"
    for team in ("none", "foreign"):
        assert problem(act(hub, "c1", "assign", team=team), 404, "not_found")["detail"] == "There is no such team"
    for user in ("cat", "eve", "gil"):  # of another team, may not reply, deactivated
        assert "user" in problem(act(hub, "c1", "assign", user=user), 422, "invalid_params")["fields"]
    for wrong in ({}, {"user": None}, {"user": "ann", "if_version": "2"}):
        problem(act(hub, "c1", "assign", **wrong), 422, "invalid_params")
    stale = problem(act(hub, "c1", "assign", user="ann", if_version=7), 409, "conflict")
    assert stale["present"] == get(hub, "c1")
    assert sue.refused("conversation.assign", {"id": "c2", "user": "ann"}).data["present"]["status"] == "resolved"
    for verb in ("unassign", "take", "release"):
        assert problem(act(hub, "c2", verb, "sue"), 409, "conflict")["present"]["status"] == "resolved"
    problem(act(hub, "c1", "assign", "ann", user="ann"), 403, "forbidden")
    problem(act(hub, "c1", "unassign", "ann"), 403, "forbidden")
    hub.fence(sue)
    assert sue.durable("conversation.")[2:] == [] and get(hub, "c1")["version"] == 1


def test_a_full_agent_gets_more_only_by_force_and_right(hub):
    desk.role(hub, "lead", "conversations.view:all", "conversations.assign_others", "conversations.reply")
    desk.add(hub, "leo", roles=["lead"])
    limit(hub, "ann", 1)
    ann, sue, bob = (hub.sign_in(u) for u in ("ann", "sue", "bob"))
    for id in ("c1", "c2", "c3"):
        put(hub, id, team="support")
    done(hub, "c1", "assign", user="ann")
    assert sue.expect("capacity.reached")["data"] == {"user": "ann", "load": 1, "capacity": 1} == ann.expect("capacity.reached")["data"]
    sue.expect_status("ann", "available", load=1, accepting=False)
    for force in ({}, {"force": False}):
        full = problem(act(hub, "c2", "assign", user="ann", **force), 409, "conflict")
        assert full["present"] == get(hub, "c2")
    assert problem(act(hub, "c2", "assign", "leo", user="ann", force=True), 409, "conflict")["present"]["version"] == 1
    assert ann.refused("conversation.take", {"id": "c2"}).data["present"]["id"] == "c2"
    assert ann.refused("conversation.take", {"id": "c2", "force": True}).kind == "conflict"
    assert done(hub, "c2", "assign", user="ann", force=True)["assignee"] == "ann"
    assert sue.expect_status("ann", "available", load=2)["accepting"] is False
    done(hub, "c1", "resolve")
    done(hub, "c2", "resolve")
    assert sue.expect("capacity.freed")["data"] == {"user": "ann", "load": 0, "capacity": 1}
    sue.expect_status("ann", "available", load=0, accepting=True)
    limit(hub, "ann", 4)
    assert sue.expect("capacity.changed")["data"] == {"user": "ann", "load": 0, "capacity": 4}
    hub.fence(bob)
    assert [e["data"]["user"] for e in bob.durable("capacity.")] == ["ann"] * 3  # of her team: presence.view:team


def test_weights_of_channels_count(hub):
    hub.api("PATCH", "/v1/workspace", {"channels": [{"id": "phone", "weight": 3}, {"id": "bot", "weight": 0}]})
    sue = hub.sign_in("sue")
    hub.sign_in("ann")
    limit(hub, "ann", 4)
    for id, channel in (("c1", "phone"), ("c2", "phone"), ("c3", "chat"), ("c4", "bot")):
        put(hub, id, team="support", channel=channel)
    done(hub, "c1", "assign", user="ann")
    sue.expect_status("ann", "available", load=3, accepting=True)
    problem(act(hub, "c2", "assign", user="ann"), 409, "conflict")
    done(hub, "c3", "assign", user="ann")
    sue.expect_status("ann", "available", load=4, accepting=False)
    done(hub, "c4", "assign", user="ann")
    hub.api("PATCH", "/v1/workspace", {"channels": []})
    sue.expect_status("ann", "available", load=3, accepting=True)
    assert hub.api("GET", "/v1/workspace")["channels"] == []


@WAYS
def test_an_agent_takes_and_gives_back(hub, way):
    sue, ann, bob = (hub.sign_in(u) for u in ("sue", "ann", "bob"))
    put(hub, "c1", team="support")
    mine = way(hub, ann, "ann", "take", id="c1", if_version=1)
    assert (mine["assignee"], mine["version"]) == ("ann", 2)
    assert (heard(ann, "assigned", "c1")["reason"], heard(sue, "assigned", "c1")["by"]) == ("taken", "ann")
    assert way(hub, ann, "ann", "take", id="c1") == mine
    assert act(hub, "c1", "take", "sue").json["present"] == mine
    assert act(hub, "c1", "release", "sue").json["present"] == mine
    free = way(hub, ann, "ann", "release", id="c1", if_version=2)
    assert (free["assignee"], free["queued_at"]) == (None, mine["queued_at"])
    assert heard(sue, "unassigned", "c1")["reason"] == "released" == heard(bob, "unassigned", "c1")["reason"]
    put(hub, "c1", status="pending")
    assert problem(act(hub, "c1", "take", "ann"), 409, "conflict")["present"]["status"] == "pending"
    problem(act(hub, "c1", "take"), 403, "forbidden")
    problem(act(hub, "c1", "accept"), 403, "forbidden")


def test_of_two_who_take_at_once_one_wins(hub):
    sue, ann, bob = (hub.sign_in(u) for u in ("sue", "ann", "bob"))
    for i in range(20):
        id = f"c{i}"
        put(hub, id, team="support")
        numbers = [(one, one.request("conversation.take", {"id": id})) for one in (ann, bob)]
        answers = [one.answer(number) for one, number in numbers]
        won = [answer["result"]["assignee"] for answer in answers if "result" in answer]
        lost = [answer["error"]["data"] for answer in answers if "error" in answer]
        assert len(won) == len(lost) == 1
        # who lost may see it no more, or be told whose it is
        assert lost[0]["kind"] == "not_found" or (lost[0]["kind"], lost[0]["present"]["assignee"]) == ("conflict", won[0])
        assert get(hub, id)["version"] == 2
        done(hub, id, "resolve")
        hub.fence(sue)
        assert told(sue, id) == [("created", None), ("assigned", "taken"), ("resolved", None)]


def test_two_who_hold_a_version_get_one_conflict(hub):
    sue, adm = hub.sign_in("sue"), hub.sign_in("adm")
    put(hub, "c1", team="support")
    asked = [(sue, {"id": "c1", "user": "ann", "if_version": 1}), (adm, {"id": "c1", "user": "bob", "if_version": 1})]
    numbers = [(one, one.request("conversation.assign", params)) for one, params in asked]
    answers = [one.answer(number) for one, number in numbers]
    won = [answer["result"] for answer in answers if "result" in answer]
    lost = [answer["error"]["data"] for answer in answers if "error" in answer]
    assert len(won) == 1 and lost[0]["kind"] == "conflict" and lost[0]["present"] == won[0] == get(hub, "c1")


def test_it_goes_to_another_team(hub):
    sue, ann, cat = (hub.sign_in(u) for u in ("sue", "ann", "cat"))
    hub.api("PUT", "/v1/teams/sales/members/bob")
    put(hub, "c1", team="support")
    age = get(hub, "c1")["queued_at"]
    moved = done(hub, "c1", "assign", team="sales")
    assert (moved["team"], moved["queued_at"]) == ("sales", age) and heard(sue, "updated", "c1")["team"] == "sales"
    assert desk.queue(hub, "sales") == ["c1"] and desk.queue(hub, "support") == []
    both = done(hub, "c1", "assign", team="support", user="ann")
    assert (both["team"], both["assignee"]) == ("support", "ann")
    away = done(hub, "c1", "assign", team="sales")
    assert (away["assignee"], away["queued_at"]) == (None, age)
    event = heard(ann, "unassigned", "c1")
    assert (event["from"], event["reason"]) == ("ann", "team_changed")
    done(hub, "c1", "assign", user="bob")
    kept = done(hub, "c1", "assign", team="support")
    assert kept["assignee"] == "bob"
    event = heard(sue, "reassigned", "c1")
    assert (event["from"], event["to"], event["reason"], event["team"]) == ("bob", "bob", "team_changed", "support")
    done(hub, "c1", "assign", user="cat", team="sales")
    event = heard(cat, "reassigned", "c1")
    assert (event["from"], event["to"], event["reason"]) == ("bob", "cat", "manual")
    assert get(hub, "c1")["team"] == "sales"
    assert done(hub, "c1", "assign", team=None)["assignee"] == "cat"
    assert "user" in problem(act(hub, "c1", "assign", user="cat", team="support"), 422, "invalid_params")["fields"]


def test_the_audit_log_shows_who_did_it(hub):
    put(hub, "c1", team="support")
    done(hub, "c1", "assign", "sue", user="ann")
    done(hub, "c1", "resolve", "ann")
    rows = hub.api("GET", "/v1/audit?action=conversation.")["items"]
    assert [(row["action"], row["actor"]) for row in rows] == [
        ("conversation.resolved", {"user": "ann"}), ("conversation.assigned", {"user": "sue"}), ("conversation.created", {"key": "platform"}),
    ]  # fmt: skip
    assert rows[1]["after"]["to"] == "ann" and rows[1]["origin"]["transport"] == "http"


def test_view_as_only_looks(hub):
    put(hub, "c1", team="support")
    token = hub.http("POST", "/v1/view-as", {"user": "ann"}, token=hub.token("adm")).json["token"]
    assert hub.http("GET", "/v1/conversations/c1", token=token).json["id"] == "c1"
    assert hub.http("GET", "/v1/queue", token=token).json["items"][0]["conversation"] == "c1"
    for verb in ("take", "resolve"):
        problem(hub.http("POST", f"/v1/conversations/c1/{verb}", {}, token=token), 403, "forbidden")
