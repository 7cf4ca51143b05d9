"""Conversations as the platform tells of them (C1), who sees them, and where they stand: open, pending, snoozed, resolved."""

import json

import pytest

import desk
from desk import UNTIL, about, act, done, get, heard, problem, put, same_but_id, told
from scene import parse, rfc3339

FULL = {"team": "support", "channel": "email", "subject": "Where is it?", "priority": "high", "labels": ["order", "vip"]}


def test_the_platform_tells_of_a_conversation(hub):
    desk.role(hub, "clerk", "presence.self")
    desk.add(hub, "eve", roles=["clerk"], teams=["support"])
    sue, ann, cat, eve = (hub.sign_in(u) for u in ("sue", "ann", "cat", "eve"))
    made = put(hub, "c1", **FULL)
    assert {key: made[key] for key in FULL} == FULL
    assert (made["id"], made["status"], made["assignee"], made["offered_to"], made["version"]) == ("c1", "open", None, None, 1)
    assert made["queued_at"] == made["created_at"] and made["assigned_at"] is made["resolved_at"] is made["snoozed_until"] is None
    assert "passed" not in made and "left" not in made
    for one in (sue, ann, cat):  # who sees all, and who see what has no assignee
        event = one.expect("conversation.created", about("c1"))
        assert event["data"]["record"] == made and event["actor"] == {"key": "platform"}
    hub.fence(eve)
    assert eve.durable("conversation.") == []
    assert get(hub, "c1") == made == sue.call("conversation.get", {"id": "c1"})


def test_over_a_socket_it_is_the_same(hub):
    adm = hub.sign_in("adm")
    made = adm.call("conversation.put", {"id": "c1", **FULL})
    assert {key: made[key] for key in FULL} == FULL and heard(adm, "created", "c1")["by"] == "adm"
    bare = adm.call("conversation.put", {"id": "c2"})
    assert (bare["team"], bare["channel"], bare["subject"], bare["priority"], bare["labels"]) == (None, None, None, "normal", [])
    changed = adm.call("conversation.put", {"id": "c1", "subject": None, "priority": "urgent", "if_version": 1})
    assert (changed["subject"], changed["priority"], changed["labels"], changed["version"]) == (None, "urgent", FULL["labels"], 2)
    assert heard(adm, "updated", "c1")["record"] == changed
    stale = adm.refused("conversation.put", {"id": "c1", "priority": "low", "if_version": 1})
    assert stale.kind == "conflict" and stale.data["present"] == changed


def test_what_changes_nothing_is_not_told(hub):
    sue = hub.sign_in("sue")
    made = put(hub, "c1", **FULL, status="open")
    assert put(hub, "c1", **FULL, status="open") == put(hub, "c1") == put(hub, "c1", if_version=1) == made
    assert done(hub, "c1", "reopen") == done(hub, "c1", "unassign") == made
    assert done(hub, "c1", "assign", team="support") == made
    hub.fence(sue)
    assert told(sue, "c1") == [("created", None)] and get(hub, "c1")["version"] == 1


def test_wrong_values_are_refused_by_name(hub):
    sue = hub.sign_in("sue")
    for wrong, field in [
        ({"team": "none"}, "team"), ({"priority": "huge"}, "priority"), ({"status": "lost"}, "status"), ({"labels": ["x"] * 33}, "labels"),
        ({"channel": "no channel"}, "channel"), ({"subject": "x" * 201}, "subject"), ({"if_version": 0}, "if_version"), ({"what": 1}, "what"),
    ]:  # fmt: skip
        refused = problem(hub.http("PUT", "/v1/conversations/c1", wrong, token=hub.secrets["acme"]["key"]), 422, "invalid_params")
        assert field in refused["fields"], refused
    problem(hub.http("PUT", "/v1/conversations/-c1", {}, token=hub.secrets["acme"]["key"]), 422, "invalid_params")
    problem(hub.http("PUT", "/v1/conversations/c1", {"if_version": 1}, token=hub.secrets["acme"]["key"]), 404, "not_found")
    problem(hub.http("PUT", "/v1/conversations/c1", {}, token=hub.token("sue")), 403, "forbidden")
    assert hub.http("PUT", "/v1/conversations/c1", {}).status == 401
    hub.fence(sue)
    assert sue.durable("conversation.") == []


# ---- who sees it ----


def test_who_sees_it_no_more_hears_so_in_brief_and_finds_nothing(hub):
    sue, ann, bob, cat = (hub.sign_in(u) for u in ("sue", "ann", "bob", "cat"))
    put(hub, "c1", team="support")
    assigned = done(hub, "c1", "assign", user="bob")
    for one in (sue, bob):
        assert heard(one, "assigned", "c1")["record"] == assigned
    for one in (ann, cat):
        brief = heard(one, "assigned", "c1")
        assert "record" not in brief and (brief["to"], brief["reason"], brief["version"]) == ("bob", "manual", 2)
    same_but_id(*[(hub.http("GET", f"/v1/conversations/{id}", token=hub.token("ann")), id) for id in ("c1", "c0")])
    for verb in ("resolve", "reopen", "take", "release", "accept", "decline"):
        same_but_id(*[(act(hub, id, verb, "ann"), id) for id in ("c1", "c0")])
    same_but_id(*[(act(hub, id, "snooze", "ann", until=UNTIL), id) for id in ("c1", "c0")])
    for one in (ann, cat):
        assert one.refused("conversation.get", {"id": "c1"}).kind == "not_found"
        assert one.call("conversation.list")["items"] == []
    put(hub, "c1", subject="Secret")
    hub.fence(ann, cat)
    for one in (ann, cat):
        assert told(one, "c1") == [("created", None), ("assigned", "manual")] and "Secret" not in json.dumps(one.events)
    assert heard(bob, "updated", "c1")["record"]["subject"] == "Secret"


def test_a_list_has_what_one_sees_by_pages(hub):
    for i in (3, 6, 0, 5, 1, 4, 2):
        put(hub, f"c{i}", team="support" if i % 2 else "sales")
    for i in (1, 2, 3):
        done(hub, f"c{i}", "assign", user="ann" if i != 2 else "cat")
    done(hub, "c1", "resolve")
    ann, sue = hub.sign_in("ann"), hub.sign_in("sue")

    def ids(one, **query):
        return [item["id"] for item in one.call("conversation.list", query)["items"]]

    assert ids(sue) == [f"c{i}" for i in range(7)] and ids(ann) == ["c0", "c1", "c3", "c4", "c5", "c6"]
    assert ids(ann, assignee="me") == ids(sue, assignee="ann") == ["c1", "c3"]
    assert ids(ann, assignee="me", status="open") == ["c3"] and ids(sue, status="resolved") == ["c1"]
    assert ids(ann, assignee="cat") == ids(sue, assignee="nobody") == ids(sue, team="none") == []
    assert ids(sue, assignee="none", team="sales") == ["c0", "c4", "c6"]
    seen, after = [], {}
    while after is not None:
        page = sue.call("conversation.list", {"limit": 2, **after})
        seen += [item["id"] for item in page["items"]]
        after = page["next"] and {"after": page["next"]}
    assert seen == ids(sue)
    page = hub.api("GET", "/v1/conversations?assignee=none&limit=3")
    assert [c["id"] for c in page["items"]] == ["c0", "c4", "c5"] and page["next"] == "c5"
    page = hub.api("GET", f"/v1/conversations?assignee=none&limit=3&after={page['next']}")
    assert [c["id"] for c in page["items"]] == ["c6"] and page["next"] is None
    for wrong in ("status=lost", "limit=0", "limit=1001", "what=1"):
        problem(hub.http("GET", f"/v1/conversations?{wrong}", token=hub.secrets["acme"]["key"]), 422, "invalid_params")


def test_a_key_sees_by_its_scopes(hub):
    put(hub, "c1", team="support")
    put(hub, "c2", team="support")
    done(hub, "c1", "assign", user="ann")
    narrow = hub.api("POST", "/v1/keys", {"alg": "api", "scopes": ["conversations.view:unassigned", "conversations.write"]})["key"]
    blind = hub.api("POST", "/v1/keys", {"alg": "api", "scopes": ["users.view"]})["key"]
    assert [c["id"] for c in hub.http("GET", "/v1/conversations", token=narrow).json["items"]] == ["c2"]
    assert hub.http("GET", "/v1/conversations", token=blind).json == {"items": [], "next": None}
    for key in (narrow, blind):
        same_but_id(*[(hub.http("GET", f"/v1/conversations/{id}", token=key), id) for id in ("c1", "c0")])
    problem(hub.http("PUT", "/v1/conversations/c1", {"priority": "low"}, token=narrow), 404, "not_found")
    problem(hub.http("PUT", "/v1/conversations/c3", {}, token=blind), 403, "forbidden")
    assert hub.http("PUT", "/v1/conversations/c3", {}, token=narrow).json["version"] == 1


# ---- where it stands ----


def test_it_is_resolved_and_reopened(hub):
    sue, ann = hub.sign_in("sue"), hub.sign_in("ann")
    put(hub, "c1", team="support")
    done(hub, "c1", "assign", user="ann")
    ended = ann.call("conversation.resolve", {"id": "c1", "if_version": 2})
    assert (ended["status"], ended["assignee"], ended["version"]) == ("resolved", "ann", 3) and ended["resolved_at"]
    assert heard(sue, "resolved", "c1")["by"] == "ann" and done(hub, "c1", "resolve", "ann") == ended
    sue.expect_status("ann", "available", load=0)
    opened = done(hub, "c1", "reopen", "ann")
    assert (opened["status"], opened["assignee"], opened["resolved_at"]) == ("open", "ann", None)
    assert heard(sue, "reopened", "c1")["record"] == opened
    stale = problem(act(hub, "c1", "resolve", "ann", if_version=3), 409, "conflict")
    assert stale["present"] == opened
    ann.close()
    sue.expect_status("ann", "offline")
    done(hub, "c1", "resolve")
    again = done(hub, "c1", "reopen")
    assert (again["status"], again["assignee"]) == ("open", None) and desk.queue(hub, "support") == ["c1"]
    assert parse(again["queued_at"]) > parse(opened["queued_at"])


def test_it_is_snoozed_and_wakes(hub):
    sue, ann = hub.sign_in("sue"), hub.sign_in("ann")
    put(hub, "c1", team="support")
    done(hub, "c1", "assign", user="ann")
    sue.expect_status("ann", "available", load=1)
    later = rfc3339(3600)
    parked = ann.call("conversation.snooze", {"id": "c1", "until": later})
    assert (parked["status"], parked["snoozed_until"], parked["assignee"]) == ("snoozed", later, "ann")
    assert heard(sue, "snoozed", "c1")["until"] == later
    sue.expect_status("ann", "available", load=0)
    assert done(hub, "c1", "snooze", "ann", until=later)["version"] == parked["version"]
    for until in (rfc3339(-1), "soon", None):
        assert "until" in problem(act(hub, "c1", "snooze", "ann", until=until), 422, "invalid_params")["fields"]
    done(hub, "c1", "snooze", "ann", until=rfc3339(0.3))
    event = heard(sue, "reopened", "c1")
    assert (event["reason"], event["record"]["assignee"], event["by"]) == ("timeout", "ann", None)
    sue.expect_status("ann", "available", load=1)
    done(hub, "c1", "resolve")
    assert problem(act(hub, "c1", "snooze", "ann", until=later), 409, "conflict")["present"]["status"] == "resolved"


def test_it_waits_for_the_customer(hub):
    sue, ann = hub.sign_in("sue"), hub.sign_in("ann")
    cat = hub.sign_in("cat")
    put(hub, "c1", team="support")
    held = done(hub, "c1", "assign", user="ann")
    parked = ann.call("conversation.pend", {"id": "c1", "if_version": held["version"]})
    assert (parked["status"], parked["assignee"], parked["version"]) == ("pending", "ann", held["version"] + 1)
    for one in (ann, sue):
        event = heard(one, "updated", "c1")
        assert (event["by"], event["record"]) == ("ann", parked)
    sue.expect_status("ann", "available", load=1)  # it may come back any moment
    assert done(hub, "c1", "pend", "ann") == parked
    assert problem(act(hub, "c1", "pend", "ann", if_version=1), 409, "conflict")["present"] == parked
    hub.fence(cat)
    assert [e["type"] for e in cat.durable("conversation.")] == ["conversation.created", "conversation.assigned"]
    desk.same_but_id((act(hub, "c1", "pend", "cat"), "c1"), (act(hub, "c9", "pend", "cat"), "c9"))
    desk.role(hub, "clerk", "conversations.view:all")
    desk.add(hub, "eve", roles=["clerk"])
    problem(act(hub, "c1", "pend", "eve"), 403, "forbidden")
    done(hub, "c1", "resolve")
    assert problem(act(hub, "c1", "pend", "ann"), 409, "conflict")["present"]["status"] == "resolved"
    put(hub, "c2", team="support")
    assert done(hub, "c2", "pend")["status"] == "pending" and desk.queue(hub, "support") == []


def test_what_was_snoozed_needs_room_to_be_pending(hub):
    sue = hub.sign_in("sue")
    hub.sign_in("ann")
    hub.api("PATCH", "/v1/users/ann", {"capacity": 1})
    for id in ("c1", "c2"):
        put(hub, id, team="support")
        done(hub, id, "assign", user="ann")
        if id == "c1":
            done(hub, id, "snooze", "ann", until=rfc3339(3600))
    lost = put(hub, "c1", status="pending")
    assert (lost["status"], lost["assignee"]) == ("pending", None) and desk.queue(hub, "support") == []
    assert heard(sue, "reopened", "c1")["reason"] == "capacity"
    done(hub, "c2", "snooze", "ann", until=rfc3339(3600))
    assert put(hub, "c2", status="pending")["assignee"] == "ann"


def test_a_put_moves_it_as_the_commands_do(hub):
    sue, ann = hub.sign_in("sue"), hub.sign_in("ann")
    put(hub, "c1", team="support")
    done(hub, "c1", "assign", user="ann")
    pending = put(hub, "c1", status="pending")
    assert (pending["status"], pending["assignee"]) == ("pending", "ann") and heard(sue, "updated", "c1")["record"] == pending
    sue.expect_status("ann", "available", load=1)
    assert put(hub, "c1", status="resolved", subject="Done")["resolved_at"]
    heard(sue, "resolved", "c1")
    assert put(hub, "c1", status="pending")["status"] == "pending"
    snoozed = put(hub, "c1", status="snoozed")
    assert (snoozed["status"], snoozed["snoozed_until"]) == ("snoozed", None)
    assert put(hub, "c1", status="open")["assignee"] == "ann"
    moved = put(hub, "c1", team="sales")
    assert (moved["team"], moved["assignee"]) == ("sales", None)
    assert heard(sue, "unassigned", "c1")["reason"] == "team_changed"
    assert put(hub, "c1", team=None)["team"] is None and desk.queue(hub) == ["c1"]
    for status in ("pending", "snoozed", "resolved"):
        assert put(hub, f"new-{status}", status=status)["status"] == status
    assert desk.queue(hub) == ["c1"]


def test_what_was_resolved_is_forgotten_in_time(make_hub):
    hub = make_hub(resolved_keep_ms="150ms")
    sue = hub.sign_in("sue")
    put(hub, "c1")
    put(hub, "c2")
    done(hub, "c1", "resolve")
    heard(sue, "removed", "c1")
    assert sue.refused("conversation.get", {"id": "c1"}).kind == "not_found" and get(hub, "c2")["version"] == 1
    assert put(hub, "c1")["version"] == 1


def test_permissions_are_asked_for(hub):
    desk.role(hub, "clerk", "conversations.view:all")
    desk.add(hub, "eve", roles=["clerk"])
    put(hub, "c1")
    for verb, params in (
        ("assign", {"user": "ann"}), ("unassign", {}), ("take", {}), ("release", {}), ("accept", {}), ("decline", {}), ("resolve", {}),
        ("reopen", {}), ("snooze", {"until": UNTIL}),
    ):  # fmt: skip
        for id in ("c1", "c0"):
            problem(act(hub, id, verb, "eve", **params), 403, "forbidden")
        assert hub.http("POST", f"/v1/conversations/c1/{verb}", params).status == 401
    problem(hub.http("GET", "/v1/queue", token=hub.token("eve")), 403, "forbidden")
    assert get(hub, "c1")["version"] == 1


@pytest.mark.parametrize("snapshot_every", [1, 100000])
def test_a_restart_remembers_all_of_it(make_hub, snapshot_every):
    hub = make_hub(snapshot_every=snapshot_every)
    put(hub, "c1", **FULL)
    put(hub, "c2", team="sales", priority="urgent")
    put(hub, "c3", team="sales")
    done(hub, "c1", "assign", user="ann")
    done(hub, "c3", "snooze", until=UNTIL)
    before = hub.api("GET", "/v1/conversations")
    hub.kill()
    hub.start()
    assert hub.api("GET", "/v1/conversations") == before
    assert hub.api("GET", "/v1/queue")["items"][0]["conversation"] == "c2"
    sue = hub.sign_in("sue")
    assert sue.board.people["ann"]["load"] == 1
