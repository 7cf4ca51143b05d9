"""Work that is given out by itself (C3–C6): both strategies, and everything that drains a queue: somebody becomes available,
capacity is freed, a team gets a member, business hours begin. Nobody is given work who isn't there."""

import pytest

import desk
from desk import about, act, assigned_to, done, get, heard, limit, put, queue, team
from scene import tab
from test_presence import hours


def at_work(hub, *users):
    """Their tabs, once everybody is seen as available."""
    tabs = [hub.sign_in(user) for user in users]
    for one in tabs:
        for user in users:
            if user in one.board.people:
                one.expect_status(user, "available")
    return tabs


def test_manual_gives_out_nothing(hub):
    sue, ann = at_work(hub, "sue", "ann")
    put(hub, "c1", team="support")
    put(hub, "c2")
    hub.fence(sue)
    assert queue(hub) == ["c2", "c1"] and desk.told(sue, "c1") == [("created", None)]


def test_round_robin_goes_to_who_waited_longest(hub):
    team(hub, "support", "round_robin")
    limit(hub, "ann", 100)
    limit(hub, "bob", 2)
    hub.api("DELETE", "/v1/teams/support/members/sue")
    sue, ann, bob = at_work(hub, "sue", "ann", "bob")
    given = []
    for i in range(6):
        made = put(hub, f"c{i}", team="support")
        event = heard(sue, "assigned", f"c{i}")
        given.append(event["to"])
        assert (event["reason"], event["by"], event["from"], event["version"]) == ("auto", None, None, 2)
        assert event["record"]["queued_at"] == made["queued_at"] and made["version"] == 1
    assert given == ["ann", "bob", "ann", "bob", "ann", "ann"]  # bob is full by then
    done(hub, "c1", "resolve")
    put(hub, "c6", team="support")
    assert assigned_to(sue, "c6") == "bob"  # a manual end doesn't change whose turn it is
    event = [e for e in ann.durable("conversation.assigned")][0]
    assert event["actor"] == {"system": True} and event["data"]["record"]["assignee"] == "ann"


def test_load_balanced_goes_to_who_has_least(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    limit(hub, "ann", 10)
    limit(hub, "bob", 5)
    team(hub, "support", "load_balanced")
    sue, *_ = at_work(hub, "sue", "ann", "bob")
    given = []
    for i in range(9):
        put(hub, f"c{i}", team="support")
        given.append(assigned_to(sue, f"c{i}"))
    # of 10 and of 5; a tie, such as 2 and 1, goes to who was given something longer ago
    assert given == ["ann", "bob", "ann", "bob", "ann", "ann", "bob", "ann", "ann"]
    sue.expect_status("ann", "available", load=6)
    sue.expect_status("bob", "available", load=3)


def test_at_the_limit_it_waits_and_what_is_freed_drains(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    team(hub, "support")
    limit(hub, "ann", 1)
    sue, ann = at_work(hub, "sue", "ann")
    put(hub, "c1", team="support")
    put(hub, "c2", team="support")
    put(hub, "c3", team="support", priority="high")
    assert assigned_to(sue, "c1") == "ann"
    sue.expect_status("ann", "available", load=1, accepting=False)
    ann.expect_status("ann", "available", load=1, accepting=False)
    assert sue.expect("capacity.reached")["data"] == {"user": "ann", "load": 1, "capacity": 1}
    assert queue(hub, "support") == ["c3", "c2"]
    done(hub, "c1", "resolve", "ann")
    assert assigned_to(sue, "c3") == "ann"
    limit(hub, "ann", 2)
    assert assigned_to(sue, "c2") == "ann"
    assert queue(hub, "support") == []
    rows = hub.api("GET", "/v1/audit?action=capacity.")["items"]
    assert {row["action"] for row in rows} >= {"capacity.reached"} and all(row["user"] == "ann" for row in rows)


def test_who_becomes_available_drains(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    team(hub, "support")
    sue, *_ = at_work(hub, "sue")
    for i in (1, 2):
        put(hub, f"c{i}", team="support")
    ann = tab(hub, "ann")
    assert assigned_to(sue, "c1") == "ann" == assigned_to(sue, "c2")
    ann.call("presence.set", {"status": "away"})
    put(hub, "c3", team="support")
    hub.fence(sue)
    assert get(hub, "c3")["assignee"] is None
    ann.call("presence.set", {"status": "available"})
    assert assigned_to(sue, "c3") == "ann"
    hub.api("PATCH", "/v1/workspace", {"statuses": [{"id": "desk", "label": "Desk", "base": "busy"}]})
    ann.call("presence.set", {"status": "desk"})
    put(hub, "c4", team="support")
    hub.fence(sue)
    assert get(hub, "c4")["assignee"] is None
    hub.api("PATCH", "/v1/workspace", {"statuses": [{"id": "desk", "label": "Desk", "base": "busy", "accepting": True}]})
    assert assigned_to(sue, "c4") == "ann"


@pytest.mark.parametrize("how", ["closed", "lost"])
def test_nobody_who_is_gone_for_a_moment_gets_work(make_hub, how):
    hub = make_hub(linger_ms="60s", reload_grace_ms="60s", commands_per_second=100000, commands_burst=100000)
    hub.api("DELETE", "/v1/teams/support/members/sue")
    team(hub, "support")
    sue, ann = at_work(hub, "sue", "ann")
    ann.close(1001) if how == "closed" else ann.drop()
    while sue.call("session.list", {"user": "ann"})["items"]:
        pass
    put(hub, "c1", team="support")
    hub.fence(sue)
    assert get(hub, "c1")["assignee"] is None
    sue.expect_status("ann", "available")
    tab(hub, "ann")
    assert assigned_to(sue, "c1") == "ann"


def test_a_new_member_and_a_new_right_drain(hub):
    desk.role(hub, "reader", "conversations.view:own")
    desk.add(hub, "eve", roles=["reader"])
    team(hub, "support")
    hub.api("DELETE", "/v1/teams/support/members/sue")
    sue, cat, eve = at_work(hub, "sue", "cat", "eve")
    put(hub, "c1", team="support")
    hub.api("PUT", "/v1/teams/support/members/eve")
    hub.fence(sue)
    assert get(hub, "c1")["assignee"] is None
    hub.api("PUT", "/v1/users/eve/roles", {"roles": ["agent"]})
    assert assigned_to(sue, "c1") == "eve"
    limit(hub, "eve", 0)
    put(hub, "c2", team="support")
    hub.api("PUT", "/v1/teams/support/members/cat")
    assert assigned_to(sue, "c2") == "cat"


def test_a_strategy_drains_when_it_is_set(hub):
    sue, ann = at_work(hub, "sue", "ann")
    hub.api("DELETE", "/v1/teams/support/members/sue")
    put(hub, "c1", team="support")
    put(hub, "c2")
    team(hub, "support", "load_balanced")
    assert assigned_to(sue, "c1") == "ann"
    assert hub.api("GET", "/v1/teams/support")["strategy"] == "load_balanced"
    hub.api("PATCH", "/v1/users/sue", {"capacity": 0})
    hub.api("PATCH", "/v1/workspace", {"strategy": "round_robin"})
    assert assigned_to(sue, "c2") == "ann"


def test_business_hours_drain_when_they_begin(hub):
    team(hub, "support")
    hub.api("DELETE", "/v1/teams/support/members/sue")
    hub.api("PATCH", "/v1/teams/support", {"schedule": hours(False)})
    sue, ann = hub.sign_in("sue"), hub.sign_in("ann")
    sue.expect_status("ann", "away", cause="schedule")
    put(hub, "c1", team="support")
    hub.fence(sue)
    assert get(hub, "c1")["assignee"] is None
    hub.api("PATCH", "/v1/teams/support", {"schedule": hours(True)})
    assert assigned_to(sue, "c1") == "ann"


def test_business_hours_hold_from_the_command_that_sets_them(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    sue, *_ = at_work(hub, "sue", "ann", "cat")
    put(hub, "c1", team="support")
    hub.api("PATCH", "/v1/teams/support", {"strategy": "round_robin", "schedule": hours(False)})
    sue.expect_status("ann", "away")
    hub.api("PUT", "/v1/teams/support/members/cat")  # whose hours these are then, too
    hub.fence(sue)
    assert desk.told(sue, "c1") == [("created", None)]


def test_reopened_it_stays_or_goes_on(hub):
    team(hub, "support")
    hub.api("DELETE", "/v1/teams/support/members/sue")
    limit(hub, "ann", 1)
    sue, ann = at_work(hub, "sue", "ann")
    put(hub, "c1", team="support")
    assert assigned_to(sue, "c1") == "ann"
    done(hub, "c1", "resolve", "ann")
    assert done(hub, "c1", "reopen", "ann")["assignee"] == "ann"
    done(hub, "c1", "resolve", "ann")
    put(hub, "c2", team="support")
    assert assigned_to(sue, "c2") == "ann"
    bob = tab(hub, "bob")
    sue.expect_status("bob", "available")
    reopened = done(hub, "c1", "reopen", "ann")
    event = sue.expect("conversation.reopened", lambda e: about("c1")(e) and e["data"].get("reason") == "capacity")["data"]
    assert (event["from"], reopened["assignee"]) == ("ann", None)
    assert assigned_to(bob, "c1") == "bob"


def test_given_back_it_goes_to_somebody_else(hub):
    team(hub, "support")
    hub.api("DELETE", "/v1/teams/support/members/sue")
    sue, ann, bob = at_work(hub, "sue", "ann", "bob")
    put(hub, "c1", team="support")
    first = assigned_to(sue, "c1")
    other = {"ann": "bob", "bob": "ann"}[first]
    done(hub, "c1", "release", first)
    assert assigned_to(sue, "c1") == other
    done(hub, "c1", "unassign", "sue")
    heard(sue, "unassigned", "c1")
    hub.fence(sue)
    assert get(hub, "c1")["assignee"] is None and queue(hub, "support") == ["c1"]  # both had it
    assert act(hub, "c1", "assign", "sue", user=first).json["assignee"] == first


def test_a_thousand_arrive_before_anybody(hub):
    """More than one batch holds; in order, nobody over the limit."""
    hub.api("DELETE", "/v1/teams/support/members/sue")
    adm, sue = hub.sign_in("adm"), hub.sign_in("sue")
    limit(hub, "ann", 1000)
    limit(hub, "bob", 200)
    for user in ("ann", "bob"):
        tab(hub, user)
        sue.expect_status(user, "available")
    hub.options.update(commands_per_second=1000000)
    key = hub.secrets["acme"]["key"]
    for i in range(1300):
        assert hub.http("PUT", f"/v1/conversations/c{i:04}", {"team": "support"}, token=key).status == 200
    team(hub, "support", "load_balanced")
    sue.expect_status("ann", "available", load=1000, accepting=False)
    sue.expect_status("bob", "available", load=200, accepting=False)
    sue.wait(lambda: len(sue.durable("conversation.assigned")) == 1200, "all that there is room for")
    given = [e["data"]["conversation"] for e in sue.durable("conversation.assigned")]
    assert given == [f"c{i:04}" for i in range(1200)]
    assert queue(hub, "support") == [f"c{i:04}" for i in range(1200, 1300)]
    adm.close()
