"""What people choose to be seen as, and what others make out of it. Names in brackets are the features (B1 …)."""

import time

import pytest

from scene import parse, rfc3339, tab


# ---- the toggle (B1) ----


@pytest.mark.parametrize("status", ["away", "busy", "offline", "available"])
def test_a_toggle_reaches_everyone_who_may_see_it(hub, status):
    first = "busy" if status == "available" else "available"
    tabs = [tab(hub, "ann", "d-1"), tab(hub, "ann", "d-2"), tab(hub, "ann", "d-3", "mobile")]
    bob, sue = tab(hub, "bob"), tab(hub, "sue")
    tabs[0].call("presence.set", {"status": first})
    for one in (*tabs, bob, sue):
        one.expect_status("ann", first)

    got = tabs[0].call("presence.set", {"status": status, "note": "lunch"})
    assert (got["user"], got["status"], got["note"], got["cause"]) == ("ann", status, "lunch", "self")
    # Who appears offline looks like somebody who has left.
    told = {"cause": "disconnect", "note": None, "devices": []} if status == "offline" else {"cause": "self", "note": "lunch"}
    for one in (*tabs, bob, sue):
        seen = one.expect_status("ann", status, until=None, **told)
        assert seen["since"] == got["since"]
        assert status != "offline" or seen["last_seen"] <= seen["since"]
        assert one.board.gaps == 0


def test_people_are_told_what_they_chose_and_nobody_else_is(hub):
    hub.api("PATCH", "/v1/workspace", {"idle_after_ms": 200, "statuses": [{"id": "focus", "label": "Focus", "base": "available", "accepting": True}]})
    ann, phone, bob = tab(hub, "ann"), tab(hub, "ann", "d-phone", "mobile"), tab(hub, "bob")
    assert ann.session["chosen"] == {"status": "available", "note": None, "until": None}
    until = rfc3339(3600)
    choice = {"status": "focus", "note": "quarterly report", "until": until}
    got = ann.call("presence.set", choice)
    assert got["chosen"] == choice
    for one in (ann, phone):
        event = one.expect("presence.chosen")
        assert event["data"] == {"user": "ann", **choice, "cause": "self"} and "seq" in event

    for one in (ann, phone):
        one.call("session.activity", {"state": "idle"})
    shown = bob.expect_status("ann", "away", cause="idle")  # what was chosen is not what is shown
    assert "chosen" not in shown and "chosen" not in ann.board.people["ann"]
    assert tab(hub, "ann", "d-2", "api").session["chosen"] == choice

    forced = tab(hub, "sue").call("presence.force", {"user": "ann", "status": "busy", "reason": "a call"})
    assert "chosen" not in forced
    told = ann.expect("presence.chosen")["data"]
    assert (told["status"], told["note"], told["cause"], told["by"]) == ("busy", None, "supervisor", "sue")
    hub.fence(bob)
    assert not [event for event in bob.events if event["type"] == "presence.chosen"]


def test_a_toggle_over_http_is_the_same(hub):
    ann, bob = tab(hub, "ann"), tab(hub, "bob")
    answer = hub.http("PUT", "/v1/me/presence", {"status": "busy", "note": "a call"}, token=hub.token("ann"))
    assert answer.status == 200 and answer.json["status"] == "busy"
    for one in (ann, bob):
        one.expect_status("ann", "busy", note="a call")


def test_a_note_goes_with_its_status(hub):
    ann, bob = tab(hub, "ann"), tab(hub, "bob")
    ann.call("presence.set", {"status": "away", "note": "Mittag – 12 Uhr ☕"})
    bob.expect_status("ann", "away", note="Mittag – 12 Uhr ☕")
    ann.call("presence.set", {"status": "available"})
    assert not bob.expect_status("ann", "available").get("note")


def test_a_status_returns_by_itself(hub):
    ann, bob = tab(hub, "ann"), tab(hub, "bob")
    ann.call("presence.set", {"status": "busy"})
    until = rfc3339(0.6)
    got = ann.call("presence.set", {"status": "away", "note": "back soon", "until": until})
    assert got["until"] == until
    bob.expect_status("ann", "away", until=until)
    back = bob.expect_status("ann", "available", cause="expiry")
    assert time.time() >= parse(until) - 0.005
    assert back["until"] is None and not back.get("note")
    assert bob.statuses("ann")[-2:] == ["away", "available"]


def test_an_expiry_that_passes_while_the_hub_is_down_is_not_forgotten(hub):
    ann = tab(hub, "ann")
    until = rfc3339(0.3)
    ann.call("presence.set", {"status": "away", "until": until})
    hub.kill()
    hub.restart()  # takes longer than that, or the status returns soon after
    tab(hub, "ann").expect_status("ann", "available", cause="expiry")


def test_appearing_offline_hides_the_devices(hub):
    ann, bob = tab(hub, "ann"), tab(hub, "bob")
    bob.expect_status("ann", "available")
    ann.call("presence.set", {"status": "offline"})
    assert bob.expect_status("ann", "offline")["devices"] == []
    second = tab(hub, "ann", "d-2")  # connecting never changes the choice (B6)
    assert second.session["user"]["status"] == "offline"
    bob.call("presence.set", {"status": "busy"})
    bob.expect_status("bob", "busy")
    assert bob.board.people["ann"]["status"] == "offline"


def test_nothing_shows_of_what_somebody_does_who_appears_offline(hub):
    hub.api("PATCH", "/v1/workspace", {"statuses": [{"id": "hidden", "label": "Hidden", "base": "offline", "accepting": False}]})
    ann, watchers = tab(hub, "ann"), {name: tab(hub, name) for name in ("bob", "sue")}

    def news(one):
        return [who for who, _ in one.board.log].count("ann")

    ann.call("presence.set", {"status": "away", "note": "lunch", "until": rfc3339(3600)})
    ann.call("presence.set", {"status": "offline", "note": "lunch", "until": rfc3339(3600)})
    told = {name: one.expect_status("ann", "offline") for name, one in watchers.items()}
    before = {name: news(one) for name, one in watchers.items()}

    ann.call("presence.set", {"status": "offline", "note": "at the dentist", "until": rfc3339(7200)})
    ann.call("session.activity", {"state": "idle"})
    phone = tab(hub, "ann", "d-phone", "mobile")
    own = phone.call("presence.set", {"status": "hidden", "note": "still there"})
    assert (own["status"], own["note"]) == ("hidden", "still there")
    phone.call("session.close")
    ann.call("session.close")
    tab(hub, "ann").call("presence.set", {"status": "offline"})

    for name, one in watchers.items():
        one.call("presence.set", {"status": "busy"})
        one.expect_status(name, "busy")  # a later change has come, so an earlier one would have
        assert news(one) == before[name]
        assert one.board.people["ann"] == told[name]
        assert one.call("presence.get", {"scope": {"users": ["ann"]}})["users"] == [told[name]]


def test_the_choice_survives_leaving_and_restart(hub):
    ann = tab(hub, "ann")
    ann.call("presence.set", {"status": "busy", "note": "deep work"})
    ann.call("session.close")
    hub.kill()
    hub.restart()
    back = tab(hub, "ann")
    back.expect_status("ann", "busy", note="deep work")


# ---- custom statuses (B2) ----


def test_custom_statuses_map_to_a_base_status(hub):
    statuses = [
        {"id": "lunch", "label": "Lunch", "base": "away", "accepting": False},
        {"id": "training", "label": "Training", "base": "busy", "accepting": True},
    ]
    hub.api("PATCH", "/v1/workspace", {"statuses": statuses})
    ann, bob = tab(hub, "ann"), tab(hub, "bob")
    ann.call("presence.set", {"status": "lunch"})
    bob.expect_status("ann", "lunch", base="away", accepting=False)
    ann.call("presence.set", {"status": "training"})
    bob.expect_status("ann", "training", base="busy", accepting=True)
    error = ann.refused("presence.set", {"status": "holiday"})
    assert error.kind == "invalid_params" and "status" in error.fields


@pytest.mark.parametrize("status, accepting", [("available", True), ("away", False), ("busy", False), ("offline", False)])
def test_base_statuses_say_whether_work_is_offered(hub, status, accepting):
    ann, bob = tab(hub, "ann"), tab(hub, "bob")
    ann.call("presence.set", {"status": status})
    bob.expect_status("ann", status, base=status, accepting=accepting)
