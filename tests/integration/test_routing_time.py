"""What time brings (C7, C8, C11): offers that are answered or run out, work that comes back from who went away, queues that
overflow; and that all of it goes on after the hub was killed."""

import desk
from desk import UNTIL, about, act, assigned_to, done, get, given, heard, limit, offered, problem, put, queue, team
from scene import parse, rfc3339, tab
from test_routing import at_work

LONG = 600000


def desk_of_two(hub, strategy="round_robin", **settings):
    """Ann and bob at work in support, and sue who watches."""
    hub.api("DELETE", "/v1/teams/support/members/sue")
    team(hub, "support", strategy, **settings)
    return at_work(hub, "sue", "ann", "bob")


# ---- offers ----


def test_an_offer_is_accepted(hub):
    sue, ann, bob = desk_of_two(hub, offer_ms=LONG)
    cat = hub.sign_in("cat")
    made = put(hub, "c1", team="support")
    event = offered(ann, "c1", "ann")
    assert (event["to"], event["reason"], event["record"]["offered_to"], event["record"]["assignee"]) == ("ann", "auto", "ann", None)
    assert parse(event["until"]) > parse(made["created_at"]) and event["record"]["offer_expires_at"] == event["until"]
    sue.expect_status("ann", "available", load=1)  # the place is kept
    assert queue(hub, "support") == []
    for user in ("bob", "sue"):
        assert problem(act(hub, "c1", "accept", user), 409, "conflict")["present"]["offered_to"] == "ann"
    mine = ann.call("conversation.accept", {"id": "c1"})
    assert (mine["assignee"], mine["offered_to"], mine["queued_at"]) == ("ann", None, made["queued_at"])
    for one in (ann, sue):
        assert heard(one, "accepted", "c1")["by"] == "ann"
        assert heard(one, "assigned", "c1")["record"] == mine
    assert "record" not in heard(cat, "assigned", "c1")
    again = problem(act(hub, "c1", "accept", "ann"), 409, "conflict")
    assert again["present"] == mine


def test_a_declined_offer_goes_on_and_not_to_the_same(hub):
    sue, ann, bob = desk_of_two(hub, offer_ms=LONG)
    put(hub, "c1", team="support")
    offered(ann, "c1", "ann")
    done(hub, "c1", "decline", "ann")
    event = heard(sue, "declined", "c1")
    assert (event["from"], event["by"], event["reason"]) == ("ann", "ann", "declined")
    offered(bob, "c1", "bob")
    bob.call("conversation.decline", {"id": "c1"})
    heard(sue, "declined", "c1")
    hub.fence(sue)
    assert queue(hub, "support") == ["c1"] and get(hub, "c1")["offered_to"] is None
    problem(act(hub, "c1", "decline", "ann"), 409, "conflict")
    assert done(hub, "c1", "take", "ann")["assignee"] == "ann"  # changed her mind


def test_what_all_let_pass_is_told_to_who_watches(hub):
    sue, ann, bob = desk_of_two(hub, offer_ms=LONG)
    made = put(hub, "c1", team="support")
    for user in ("ann", "bob"):
        offered(sue, "c1", user)
        done(hub, "c1", "decline", user)
    event = heard(sue, "escalated", "c1")
    since = event["record"]["passed_at"]
    assert (event["reason"], event["team"], event["from"], event["to"], event["by"]) == ("passed", "support", None, None, None)
    assert parse(since) >= parse(made["queued_at"]) == parse(event["record"]["queued_at"])
    queued = sue.expect("queue.changed", lambda e: e["data"]["passed"] == 1)["data"]
    assert [(item["conversation"], item["passed_at"]) for item in queued["items"]] == [("c1", since)]
    (item,) = hub.api("GET", "/v1/queue?team=support")["items"]
    tiles = {tile["team"]: tile["passed"] for tile in sue.call("dashboard.get")["teams"]}
    assert (item["passed_at"], tiles) == (since, {"support": 1, "sales": 0})
    assert "passed" not in get(hub, "c1")

    put(hub, "c1", priority="urgent")  # says nothing new of it
    hub.kill()
    hub.start()
    assert get(hub, "c1")["passed_at"] == since
    hub.api("PUT", "/v1/teams/support/members/cat")
    sue, cat = at_work(hub, "sue", "cat")  # who comes is asked
    assert offered(cat, "c1", "cat")["record"]["passed_at"] is None
    cat.call("conversation.decline", {"id": "c1"})
    assert parse(heard(sue, "escalated", "c1")["record"]["passed_at"]) > parse(since)
    assert done(hub, "c1", "take", "ann")["passed_at"] is None
    hub.fence(sue)
    assert [kind for kind, _ in desk.told(sue, "c1")] == ["offered", "declined", "escalated", "assigned"]


def test_an_offer_runs_out(hub):
    sue, ann, bob = desk_of_two(hub, offer_ms=300)
    put(hub, "c1", team="support")
    first = heard(sue, "offered", "c1")["to"]
    event = heard(sue, "expired", "c1")
    assert (event["from"], event["reason"], event["by"]) == (first, "timeout", None)
    other = {"ann": bob, "bob": ann}[first]
    second = {"ann": "bob", "bob": "ann"}[first]
    offered(other, "c1", second)
    done(hub, "c1", "accept", second)
    assert assigned_to(sue, "c1") != first


def test_an_offer_ends_when_the_agent_goes_or_somebody_takes_it(hub):
    sue, ann, bob = desk_of_two(hub, offer_ms=LONG)
    limit(hub, "bob", 0)
    put(hub, "c1", team="support")
    offered(ann, "c1", "ann")
    ann.call("presence.set", {"status": "away"})
    assert heard(sue, "expired", "c1")["reason"] == "offline"
    limit(hub, "bob", 5)
    offered(bob, "c1", "bob")
    taken = done(hub, "c1", "take", "sue")
    assert (taken["assignee"], taken["offered_to"]) == ("sue", None)
    told = heard(bob, "assigned", "c1")
    assert (told["to"], told["reason"]) == ("sue", "taken") and "record" not in told
    sue.expect_status("bob", "available", load=0)
    put(hub, "c2", team="support")
    offered(bob, "c2", "bob")
    assert done(hub, "c2", "assign", user="ann")["assignee"] == "ann"
    assert heard(bob, "assigned", "c2")["to"] == "ann"
    put(hub, "c3", team="support")
    offered(bob, "c3", "bob")
    done(hub, "c3", "unassign")
    assert heard(bob, "expired", "c3")["reason"] == "manual"
    put(hub, "c4", team="support")
    offered(bob, "c4", "bob")
    done(hub, "c4", "resolve")
    heard(bob, "resolved", "c4")
    hub.api("POST", "/v1/users/bob/deactivate")


def test_a_reloaded_page_keeps_its_offer(make_hub):
    hub = make_hub(reload_grace_ms="60s", linger_ms="60s")
    sue, ann, bob = desk_of_two(hub, offer_ms=LONG)
    put(hub, "c1", team="support")
    offered(ann, "c1", "ann")
    ann.drop()
    put(hub, "c2", team="support")
    heard(sue, "created", "c2")
    again = tab(hub, "ann")
    assert again.call("conversation.accept", {"id": "c1"})["assignee"] == "ann"
    heard(sue, "assigned", "c1")
    assert [kind for kind, _ in desk.told(sue, "c1")] == ["created", "offered", "accepted", "assigned"]


# ---- back to the queue, overflow ----


def test_what_an_agent_leaves_goes_on_with_its_age(hub):
    sue, ann, bob = desk_of_two(hub, requeue_ms=200)
    limit(hub, "bob", 0)
    made = put(hub, "c1", team="support")
    put(hub, "c2", team="support", channel="chat")
    assert assigned_to(sue, "c1") == "ann" == assigned_to(sue, "c2")
    put(hub, "c2", status="pending")
    ann.close()
    event = heard(sue, "unassigned", "c1")
    assert (event["from"], event["reason"], event["record"]["queued_at"]) == ("ann", "offline", made["queued_at"])
    limit(hub, "bob", 5)
    given(bob, "c1", "bob")
    assert get(hub, "c2")["assignee"] == "ann"


def test_who_is_back_in_time_keeps_it(hub):
    sue, ann, bob = desk_of_two(hub, requeue_ms=LONG)
    put(hub, "c1", team="support")
    assert assigned_to(sue, "c1") == "ann"
    ann.call("presence.set", {"status": "away"})
    sue.expect_status("ann", "away")
    ann.call("presence.set", {"status": "available"})
    sue.expect_status("ann", "available")
    hub.fence(sue)
    assert get(hub, "c1")["assignee"] == "ann"


def test_what_waits_too_long_goes_to_another_team(hub):
    sue, ann, bob = desk_of_two(hub, overflow_ms=250, overflow_team="sales")
    team(hub, "sales", "round_robin")
    (cat,) = at_work(hub, "cat")
    for user in ("ann", "bob"):
        limit(hub, user, 0)
    made = put(hub, "c1", team="support")
    event = heard(sue, "escalated", "c1")
    assert (event["team"], event["reason"], event["record"]["queued_at"]) == ("sales", "overflow", made["queued_at"])
    assert assigned_to(cat, "c1") == "cat"


def test_without_another_team_it_is_only_told(hub):
    sue, ann, bob = desk_of_two(hub, overflow_ms=200)
    for user in ("ann", "bob"):
        limit(hub, user, 0)
    put(hub, "c1", team="support")
    event = heard(sue, "escalated", "c1")
    assert (event["team"], event["reason"]) == ("support", "waiting") and queue(hub, "support") == ["c1"]
    limit(hub, "ann", 1)
    assert assigned_to(sue, "c1") == "ann"


def test_where_nobody_is_it_goes_on_at_once(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    team(hub, "support", "round_robin", overflow_nobody=True, overflow_team="sales")
    team(hub, "sales", "round_robin")
    sue, cat = at_work(hub, "sue", "cat")
    put(hub, "c1", team="support")
    assert heard(sue, "escalated", "c1")["reason"] == "nobody"
    assert assigned_to(cat, "c1") == "cat"
    for wrong in ({"overflow_team": "support"}, {"overflow_team": "none"}):
        body = {"settings": wrong}
        answer = hub.http("PATCH", "/v1/teams/support", body, token=hub.secrets["acme"]["key"])
        assert "settings.overflow_team" in problem(answer, 422, "invalid_params")["fields"]


# ---- the hub is killed ----


def test_all_of_it_goes_on_after_a_power_cut(hub):
    sue, ann, bob = desk_of_two(hub, offer_ms=1500, requeue_ms=1500)
    limit(hub, "bob", 0)
    put(hub, "offer", team="support")
    offered(ann, "offer", "ann")
    put(hub, "nap", team="sales")
    done(hub, "nap", "snooze", until=rfc3339(1.5))
    put(hub, "held", team="support")
    done(hub, "held", "assign", user="ann", force=True)
    held = get(hub, "held")
    cursor = sue.cursor
    hub.kill()
    hub.start()
    sue = hub.sign_in("sue", resume=cursor)
    assert (get(hub, "held")["assignee"], get(hub, "held")["queued_at"]) == ("ann", held["queued_at"])
    assert heard(sue, "expired", "offer")["from"] == "ann"
    assert heard(sue, "reopened", "nap")["record"]["status"] == "open"
    event = heard(sue, "unassigned", "held")
    assert (event["reason"], event["record"]["queued_at"]) == ("offline", held["queued_at"])
    limit(hub, "bob", 5)
    tab(hub, "bob")
    heard(sue, "offered", "held")


def test_killed_in_the_middle_nothing_is_lost_or_given_twice(hub):
    hub.api("DELETE", "/v1/teams/support/members/sue")
    for user in ("ann", "bob"):
        limit(hub, user, 1000)
    ids = [f"c{i:03}" for i in range(200)]
    team(hub, "support")
    for round in range(3):
        tabs = [tab(hub, user) for user in ("ann", "bob")]
        adm = hub.sign_in("adm")
        numbers = [adm.request("conversation.put", {"id": id, "team": "support"}) for id in ids[round * 60 :][:60]]
        adm.answer(numbers[30])
        hub.kill()
        hub.start()
        for one in tabs:
            one.drop()
    for id in ids:
        put(hub, id, team="support")
    for user in ("ann", "bob"):
        tab(hub, user)
    sue = hub.sign_in("sue")
    sue.wait(lambda: sum(sue.board.people[u]["load"] for u in ("ann", "bob") if u in sue.board.people) == 200, "all given out")
    items = hub.api("GET", "/v1/conversations?limit=1000")["items"]
    assert [item["id"] for item in items] == ids and {item["assignee"] for item in items} <= {"ann", "bob"}
    loads = {user: len([i for i in items if i["assignee"] == user]) for user in ("ann", "bob")}
    for user, load in loads.items():
        sue.expect_status(user, "available", load=load)
    assert all(item["version"] == 2 for item in items)


def test_snoozed_by_a_put_it_waits_for_somebody(hub):
    sue, ann, bob = desk_of_two(hub)
    put(hub, "c1", team="support", status="snoozed")
    done(hub, "c1", "snooze", until=UNTIL)
    done(hub, "c1", "reopen")
    assert assigned_to(sue, "c1") == "ann"
    assert sue.expect("conversation.snoozed", about("c1"))["data"]["until"] == UNTIL
