"""Who views a conversation and who types in it (C10): told to those who may see it, gone with the tab that said so.

A failure prints its seed; MUSTER_SEED=<seed> runs that sequence alone.
"""

import os
import random

import pytest

import desk
from desk import about

SEEDS = [int(os.environ["MUSTER_SEED"])] if "MUSTER_SEED" in os.environ else [1, 2]
SLOW = {"linger_ms": "10m", "reload_grace_ms": "10m"}  # whoever is gone still shows as present


@pytest.fixture
def hub(make_hub):
    return make_hub(typing_ms=200, viewing_max=2, **SLOW)


def view(one, id, on=True):
    return shown(one.call("conversation.viewing", {"id": id, "on": on}))


def type_in(one, id, on=True):
    return shown(one.call("conversation.typing", {"id": id, "on": on}))


def shown(data):
    """Who views it; who types is in capitals."""
    assert all(viewer["name"] == viewer["user"].title() for viewer in data["viewers"])
    return sorted(viewer["user"].upper() if viewer["typing"] else viewer["user"] for viewer in data["viewers"])


def sees(one, id, *people):
    """Wait until this is who views it, as told."""
    return one.expect("conversation.viewers", lambda e: about(id)(e) and shown(e["data"]) == sorted(people))


def test_two_who_look_at_the_same_conversation_see_each_other(hub):
    desk.put(hub, "c1", team="support")
    desk.done(hub, "c1", "assign", user="ann")
    ann, sue, bob = (hub.sign_in(user) for user in ("ann", "sue", "bob"))
    assert view(ann, "c1") == ["ann"]
    sees(sue, "c1", "ann")
    assert view(sue, "c1") == ["ann", "sue"]
    event = sees(ann, "c1", "ann", "sue")
    assert "seq" not in event and "cursor" not in event
    view(ann, "c1", False)
    sees(sue, "c1", "sue")
    sees(ann, "c1", "sue")
    assert bob.refused("conversation.viewing", {"id": "c1", "on": True}).kind == "not_found"
    hub.fence(bob)
    assert not [e for e in bob.events if e["type"] in ("conversation.viewers", "conversation.typing")]


def test_typing_is_over_by_itself(hub):
    desk.put(hub, "c1")
    ann, sue = hub.sign_in("ann"), hub.sign_in("sue")
    view(ann, "c1")
    sees(sue, "c1", "ann")
    assert type_in(ann, "c1") == ["ANN"]
    assert sue.expect("conversation.typing")["data"] == {"conversation": "c1", "user": "ann", "on": True}
    assert sue.expect("conversation.typing")["data"] == {"conversation": "c1", "user": "ann", "on": False}
    assert view(sue, "c1") == ["ann", "sue"]


@pytest.mark.parametrize("leave", [lambda tab: tab.drop(), lambda tab: tab.close(1001)], ids=["lost", "closed"])
def test_a_tab_that_is_gone_views_no_more_though_its_person_shows_as_present(hub, leave):
    desk.put(hub, "c1")
    ann, other, sue = hub.sign_in("ann"), hub.sign_in("ann", device={"id": "d-2"}), hub.sign_in("sue")
    view(ann, "c1")
    view(other, "c1")
    view(sue, "c1")
    sees(sue, "c1", "ann", "sue")
    leave(ann)
    hub.fence(sue)
    assert view(sue, "c1") == ["ann", "sue"]
    leave(other)
    sees(sue, "c1", "sue")
    sue.expect_status("ann", "available")


def test_who_loses_sight_of_it_views_it_no_more(hub):
    desk.put(hub, "c1", team="support")
    ann, bob, sue = (hub.sign_in(user) for user in ("ann", "bob", "sue"))
    for one in (ann, bob, sue):
        view(one, "c1")
    sees(sue, "c1", "ann", "bob", "sue")
    desk.done(hub, "c1", "assign", user="bob")
    sees(sue, "c1", "bob", "sue")
    hub.fence(ann)
    before = len(ann.events)
    view(bob, "c1", False)
    sees(sue, "c1", "sue")
    hub.fence(ann)
    assert not [e for e in ann.events[before:] if about("c1")(e)]
    view(bob, "c1")
    sees(sue, "c1", "bob", "sue")
    desk.role(hub, "none", "presence.self")
    hub.api("PUT", "/v1/users/bob/roles", {"roles": ["none"]})
    sees(sue, "c1", "sue")


def test_who_views_as_somebody_else_is_not_seen_but_sees(hub):
    desk.put(hub, "c1")
    desk.done(hub, "c1", "assign", user="ann")
    ann = hub.sign_in("ann")
    viewer = hub.connect()
    viewer.open(hub.http("POST", "/v1/view-as", {"user": "ann"}, token=hub.token("adm")).json["token"])
    for method in ("conversation.viewing", "conversation.typing"):
        assert viewer.refused(method, {"id": "c1", "on": True}).kind == "forbidden"
    assert view(ann, "c1") == ["ann"]
    sees(viewer, "c1", "ann")


def test_a_session_views_only_so_many(hub):
    for id in ("c1", "c2", "c3"):
        desk.put(hub, id)
    ann = hub.sign_in("ann")
    view(ann, "c1")
    type_in(ann, "c2")
    for method in ("conversation.viewing", "conversation.typing"):
        refused = ann.refused(method, {"id": "c3", "on": True})
        assert refused.kind == "too_large" and "2" in refused.args[0]
    view(ann, "c2", False)
    assert view(ann, "c3") == ["ann"]


def test_a_hub_that_starts_again_knows_of_nobody(hub):
    desk.put(hub, "c1")
    ann = hub.sign_in("ann")
    type_in(ann, "c1")
    hub.kill()
    hub.start()
    assert view(hub.sign_in("sue"), "c1") == ["sue"]


def folded(one):
    """What somebody who sees everything knows from what was told: by conversation who views it, and who of them types."""
    known = {}
    for event in one.events:
        if event["type"] == "conversation.viewers":
            known[event["data"]["conversation"]] = {viewer["user"]: viewer["typing"] for viewer in event["data"]["viewers"]}
        if event["type"] == "conversation.typing":
            viewers = known[event["data"]["conversation"]]
            assert viewers[event["data"]["user"]] != event["data"]["on"], "nothing new was told"
            viewers[event["data"]["user"]] = event["data"]["on"]
    return {id: viewers for id, viewers in known.items() if viewers}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_told_adds_up_to_what_is(make_hub, seed):
    """Tabs that come, say all kinds of things in bursts, and go."""
    hub = make_hub(typing_ms="1m", commands_per_second=1000000, commands_burst=1000000)
    dice, ids = random.Random(seed), ["c1", "c2"]
    for id in ids:
        desk.put(hub, id)
    sue = hub.sign_in("sue")
    tabs = []  # [user, connection, {conversation: typing}]
    for n in range(60):
        if len(tabs) < 5:
            user = dice.choice(["ann", "bob", "cat"])
            tabs.append([user, hub.sign_in(user, device={"id": f"d-{n}"}, watch="none"), {}])
        if len(tabs) > 1 and dice.random() < 0.2:
            tabs.pop(dice.randrange(len(tabs)))[1].drop()
        asked = []
        for _ in range(dice.randint(1, 8)):
            user, tab, looks = dice.choice(tabs)
            id, method, on = dice.choice(ids), dice.choice(["viewing", "typing"]), dice.random() < 0.6
            asked.append((tab, tab.request(f"conversation.{method}", {"id": id, "on": on})))
            if on:
                looks[id] = method == "typing" or looks.get(id, False)
            elif method == "viewing":
                looks.pop(id, None)
            elif id in looks:
                looks[id] = False
        for tab, number in asked:
            assert "result" in tab.answer(number)
        wanted = {}
        for user, _, looks in tabs:
            for id, typing in looks.items():
                viewers = wanted.setdefault(id, {})
                viewers[user] = viewers.get(user, False) or typing
        sue.wait(lambda wanted=wanted: folded(sue) == wanted, f"{wanted} told; seed {seed}")
