"""What waits (C6): the order in which it is given out, places and waiting times, and that it is told live."""

import pytest

import desk
from desk import done, problem, put, queue
from scene import parse


def changed(one, team, **fields):
    """Until the queue is told to look so."""
    fits = lambda e: e["data"]["team"] == team and all(e["data"][k] == v for k, v in fields.items())  # noqa: E731
    return one.expect("queue.changed", fits)["data"]


def test_urgent_first_then_who_waits_longest(hub):
    for id, priority in (("c1", "low"), ("c2", "normal"), ("c3", "urgent"), ("c4", "normal"), ("c5", "high"), ("c6", "urgent")):
        put(hub, id, team="support", priority=priority)
    assert queue(hub, "support") == ["c3", "c6", "c5", "c2", "c4", "c1"]
    items = hub.api("GET", "/v1/queue?team=support")["items"]
    assert [item["position"] for item in items] == [1, 2, 3, 4, 5, 6]
    first = items[0]
    assert (first["team"], first["priority"], first["channel"]) == ("support", "urgent", None)
    assert first["waiting_ms"] >= 0 and first["queued_at"] == desk.get(hub, "c3")["queued_at"]
    put(hub, "c4", priority="urgent")
    assert queue(hub, "support")[:3] == ["c3", "c4", "c6"]
    done(hub, "c3", "assign", user="ann")
    done(hub, "c6", "snooze", until=desk.UNTIL)
    put(hub, "c5", status="pending")
    done(hub, "c1", "resolve")
    assert queue(hub, "support") == ["c4", "c2"]
    done(hub, "c3", "unassign")
    assert queue(hub, "support") == ["c3", "c4", "c2"]


def test_pages_go_on_where_they_ended(hub):
    for i in range(5):
        put(hub, f"a{i}")
        put(hub, f"b{i}", team="sales", priority="high" if i % 2 else "low")
        put(hub, f"c{i}", team="support")
    whole = queue(hub)
    assert whole == ["a0", "a1", "a2", "a3", "a4", "b1", "b3", "b0", "b2", "b4", "c0", "c1", "c2", "c3", "c4"]
    seen, after = [], ""
    while after is not None:
        page = hub.api("GET", f"/v1/queue?limit=2{after}")
        seen += [(item["conversation"], item["position"]) for item in page["items"]]
        if len(seen) == 4:
            done(hub, seen[-1][0], "resolve")  # the mark that the next page begins after
        after = page["next"] and f"&after={page['next']}"
    assert [id for id, _ in seen] == whole
    assert dict(seen)["b0"] == 3
    assert hub.api("GET", "/v1/queue?team=sales&limit=1")["next"].startswith("sales/")
    assert [i["conversation"] for i in hub.api("GET", "/v1/queue?after=what")["items"]] == queue(hub)


def test_a_queue_is_for_who_may_see_it(hub):
    put(hub, "c1", team="support")
    put(hub, "c2", team="sales")
    put(hub, "c3")
    ann, sue = hub.sign_in("ann"), hub.sign_in("sue")

    def seen(one, **query):
        return [item["conversation"] for item in one.call("queue.list", query)["items"]]

    assert seen(ann) == ["c3", "c1"] and seen(ann, team="support") == ["c1"]
    assert seen(sue) == ["c3", "c2", "c1"] and seen(sue, team="sales") == ["c2"]
    foreign = ann.refused("queue.list", {"team": "sales"})
    assert (foreign.kind, foreign.message) == ("not_found", ann.refused("queue.list", {"team": "none"}).message)
    desk.role(hub, "clerk", "conversations.view:all")
    desk.add(hub, "eve", roles=["clerk"], teams=["support"])
    problem(hub.http("GET", "/v1/queue", token=hub.token("eve")), 403, "forbidden")
    for wrong in ("limit=0", "limit=1001", "team=-", "what=1"):
        problem(hub.http("GET", f"/v1/queue?{wrong}", token=hub.token("ann")), 422, "invalid_params")


def test_it_is_told_live_to_who_may_see_it(hub):
    desk.role(hub, "clerk", "conversations.view:all")
    desk.add(hub, "eve", roles=["clerk"], teams=["support"])
    ann, cat, sue, eve = (hub.sign_in(u) for u in ("ann", "cat", "sue", "eve"))
    first = put(hub, "c1", team="support", channel="email")
    for one in (ann, sue):
        told = changed(one, "support", waiting=1)
        assert told["oldest"] == first["queued_at"]
        assert told["items"] == [
            {"conversation": "c1", "position": 1, "priority": "normal", "channel": "email", "queued_at": first["queued_at"], "passed_at": None}
        ]
    put(hub, "c2", team="support", priority="urgent")
    assert [item["conversation"] for item in changed(sue, "support", waiting=2)["items"]] == ["c2", "c1"]
    put(hub, "c3")
    for one in (ann, cat, sue):
        assert changed(one, None, waiting=1)["items"][0]["conversation"] == "c3"
    done(hub, "c1", "assign", team="sales")
    assert changed(sue, "support", waiting=1)["items"][0]["conversation"] == "c2"
    assert changed(cat, "sales", waiting=1)["items"][0]["conversation"] == "c1"
    done(hub, "c2", "resolve")
    assert changed(ann, "support", waiting=0) == {"team": "support", "waiting": 0, "oldest": None, "passed": 0, "items": []}
    hub.fence(ann, cat, eve)
    assert {e["data"]["team"] for e in ann.events if e["type"] == "queue.changed"} == {"support", None}
    assert {e["data"]["team"] for e in cat.events if e["type"] == "queue.changed"} == {"sales", None}
    assert [e for e in eve.events if e["type"] == "queue.changed"] == []
    assert all("seq" not in e for e in sue.events if e["type"] == "queue.changed")


def test_much_that_happens_is_told_together(make_hub):
    hub = make_hub(presence_tick_ms=300)
    sue, adm = hub.sign_in("sue"), hub.sign_in("adm")
    numbers = [adm.request("conversation.put", {"id": f"c{i:03}", "team": "support"}) for i in range(150)]
    for number in numbers:
        assert "result" in adm.answer(number)
    told = changed(sue, "support", waiting=150)
    assert len(told["items"]) == 100 and told["items"][99]["position"] == 100
    assert len([e for e in sue.events if e["type"] == "queue.changed"]) < 20


@pytest.mark.parametrize("verb", ["unassign", "release"])
def test_what_comes_back_has_its_old_age(hub, verb):
    old = put(hub, "c1", team="support")
    put(hub, "c2", team="support")
    done(hub, "c1", "take", "ann")
    done(hub, "c1", verb, "sue" if verb == "unassign" else "ann")
    assert queue(hub, "support") == ["c1", "c2"]
    assert parse(desk.get(hub, "c1")["queued_at"]) == parse(old["queued_at"])
