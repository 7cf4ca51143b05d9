"""Presence through the wire, as the people of a workspace see it. Names in brackets are the features (B4 …)."""

import datetime
import time

import pytest

from scene import parse, rfc3339, tab


# ---- one person, many devices (B4) ----


def test_tabs_and_devices_are_one_person(hub):
    bob = tab(hub, "bob")
    first = tab(hub, "ann", "d-1")
    bob.expect_status("ann", "available", cause="connect")
    tab(hub, "ann", "d-2", "mobile")

    def kinds():
        return sorted(d["kind"] for d in bob.board.people["ann"]["devices"]) == ["mobile", "web"]

    bob.wait(kinds, "both devices")
    first.call("session.close")
    bob.wait(lambda: [d["kind"] for d in bob.board.people["ann"]["devices"]] == ["mobile"], "the phone alone")
    assert bob.statuses("ann") == ["available"]


def test_tabs_of_one_browser_are_one_device(hub):
    bob = tab(hub, "bob")
    first, second = tab(hub, "ann", "d-1"), tab(hub, "ann", "d-1")
    bob.expect_status("ann", "available", devices=[{"kind": "web", "state": "active"}])
    first.call("session.activity", {"state": "idle"})
    second.call("session.activity", {"state": "background"})
    bob.expect_status("ann", "available", devices=[{"kind": "web", "state": "idle"}])
    assert [who for who, _ in bob.board.log].count("ann") == 2
    tab(hub, "ann", "d-2")
    bob.expect_status("ann", "available", devices=[{"kind": "web", "state": "idle"}, {"kind": "web", "state": "active"}])


def test_a_program_is_nobodys_presence(hub):
    bob = tab(hub, "bob")
    robot = tab(hub, "ann", "d-robot", "api")
    assert robot.session["user"]["status"] == "offline"
    tab(hub, "sue")
    bob.expect_status("sue", "available")  # a later change has come, so an earlier one would have
    assert bob.board.people["ann"]["status"] == "offline"


# ---- leaving at two speeds (B7) ----


def test_a_reload_is_not_seen(make_hub):
    hub = make_hub(reload_grace_ms="10s")
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available")
    since = bob.board.people["ann"]["since"]
    for _ in range(3):
        ann.close(1001)
        ann = tab(hub, "ann")
    ann.call("presence.set", {"status": "busy"})
    bob.expect_status("ann", "busy")
    assert bob.statuses("ann") == ["available", "busy"]
    assert bob.board.people["ann"]["since"] > since


def test_a_clean_goodbye_is_shown_after_the_grace(make_hub):
    hub = make_hub(reload_grace_ms=200, linger_ms="1h")
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available")
    ann.close(1001)
    left = time.monotonic()
    gone = bob.expect_status("ann", "offline", cause="disconnect")
    assert time.monotonic() - left >= 0.15
    assert gone["devices"] == []


def test_a_goodbye_for_good_is_shown_at_once(make_hub):
    hub = make_hub(reload_grace_ms="10m", linger_ms="1h")
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available")
    ann.close(1000)
    bob.expect_status("ann", "offline", cause="disconnect")


def test_signing_out_is_shown_at_once(make_hub):
    hub = make_hub(reload_grace_ms="10m", linger_ms="1h")
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available")
    ann.call("session.close")
    bob.expect_status("ann", "offline")


def test_a_lost_connection_lingers(make_hub):
    hub = make_hub(reload_grace_ms=0, linger_ms=400)
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available")
    lost = time.monotonic()
    ann.drop()
    bob.expect_status("ann", "offline", cause="disconnect")
    assert time.monotonic() - lost >= 0.35


def test_who_comes_back_within_the_linger_was_never_gone(make_hub):
    hub = make_hub(reload_grace_ms=0, linger_ms="1h")
    bob = tab(hub, "bob")
    ann = tab(hub, "ann")
    bob.expect_status("ann", "available")
    since = bob.board.people["ann"]["since"]
    for _ in range(5):
        ann.drop()
        ann = tab(hub, "ann")
    ann.call("presence.set", {"status": "away"})
    bob.expect_status("ann", "away")
    assert bob.statuses("ann") == ["available", "away"]
    assert bob.board.people["ann"]["since"] > since
    assert tab(hub, "sue").board.people["ann"]["devices"] == [{"kind": "web", "state": "active"}]


def test_a_restart_shows_nobody_as_gone_who_comes_back(make_hub):
    hub = make_hub(linger_ms="1h")
    ann = tab(hub, "ann")
    ann.expect_status("ann", "available")
    since = ann.board.people["ann"]["since"]
    assert [change["to"] for change in hub.transitions("ann")] == ["available"]  # so that is in the log
    hub.kill()
    hub.restart()
    bob = tab(hub, "bob")
    assert bob.board.people["ann"]["status"] == "available"
    tab(hub, "ann")
    assert bob.board.people["ann"]["since"] == since


def test_who_does_not_come_back_after_a_restart_is_gone_after_the_linger(make_hub):
    hub = make_hub(linger_ms=500)
    tab(hub, "ann").expect_status("ann", "available")
    hub.kill()
    hub.restart()
    tab(hub, "bob").expect_status("ann", "offline")


# ---- liveness (B5) ----


def test_a_silent_but_living_tab_never_flaps(make_hub):
    hub = make_hub(ping_interval_ms=60, pong_timeout_ms=40, linger_ms=50, reload_grace_ms=0)
    bob = tab(hub, "bob")
    ann = tab(hub, "ann")  # says nothing for many intervals; pongs are all it takes
    clock = tab(hub, "cat")
    clock.call("presence.set", {"status": "away", "until": rfc3339(1.0)})
    clock.expect_status("cat", "available", cause="expiry")
    ann.call("presence.set", {"status": "busy"})
    bob.expect_status("ann", "busy")
    assert bob.statuses("ann") == ["available", "busy"]


def test_a_dead_connection_is_noticed_without_a_word_from_it(make_hub):
    hub = make_hub(ping_interval_ms=200, pong_timeout_ms=100, linger_ms=50)
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available")
    ann.play_dead()
    bob.expect_status("ann", "offline", cause="disconnect")


def test_a_phone_is_asked_more_often_than_a_tab(make_hub):
    hub = make_hub(ping_interval_ms="1h", pong_timeout_ms="59m", mobile_ping_interval_ms=200, mobile_pong_timeout_ms=100, linger_ms=50)
    adm = tab(hub, "adm")
    ann, cat = tab(hub, "ann", "d-phone", "mobile"), tab(hub, "cat")
    assert (ann.session["ping_interval_ms"], cat.session["ping_interval_ms"]) == (200, 3600_000)
    adm.expect_status("ann", "available")
    adm.expect_status("cat", "available")
    for one in (cat, ann):
        one.play_dead()
    adm.expect_status("ann", "offline", cause="disconnect")
    assert adm.statuses("cat")[-1] == "available"


def test_a_script_can_notice_a_dead_server(make_hub):
    hub = make_hub(ping_interval_ms=100, pong_timeout_ms=50)
    ann = tab(hub, "ann", watch="none")
    assert ann.session["ping_interval_ms"] == 100
    ann.wait(lambda: ann.pings >= 3, "pings as notifications")


# ---- idleness and background (B6, B8) ----


def test_idleness_makes_away_and_activity_undoes_it(hub):
    hub.api("PATCH", "/v1/workspace", {"idle_after_ms": 200})
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    ann.call("session.activity", {"state": "idle"})
    away = bob.expect_status("ann", "away", cause="idle")
    assert away["devices"] == [{"kind": "web", "state": "idle"}]
    ann.call("session.activity", {"state": "active"})
    bob.expect_status("ann", "available")


def test_activity_never_clears_a_manual_away(hub):
    hub.api("PATCH", "/v1/workspace", {"idle_after_ms": 200})
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available")
    ann.call("presence.set", {"status": "away"})
    bob.expect_status("ann", "away", cause="self")
    ann.call("session.activity", {"state": "idle"})
    bob.wait(lambda: bob.board.people["ann"]["devices"] == [{"kind": "web", "state": "idle"}], "an idle device")
    ann.call("session.activity", {"state": "active"})
    bob.wait(lambda: bob.board.people["ann"]["devices"] == [{"kind": "web", "state": "active"}], "an active device")
    assert bob.statuses("ann") == ["available", "away"]


def test_one_active_tab_is_enough(hub):
    hub.api("PATCH", "/v1/workspace", {"idle_after_ms": 200})
    bob = tab(hub, "bob")
    first, second = tab(hub, "ann", "d-1"), tab(hub, "ann", "d-2")
    first.call("session.activity", {"state": "idle"})
    cat = tab(hub, "cat")
    cat.call("session.activity", {"state": "idle"})
    tab(hub, "sue").expect_status("cat", "away", cause="idle")  # so those 200 ms have passed
    assert bob.board.people["ann"]["status"] == "available"
    second.call("session.activity", {"state": "idle"})
    bob.expect_status("ann", "away", cause="idle")


def test_a_phone_in_the_background_stays_reachable_for_a_while(make_hub):
    hub = make_hub(background_ms=500, linger_ms=0, reload_grace_ms=0)
    bob = tab(hub, "bob")
    phone = tab(hub, "ann", "d-phone", "mobile")
    bob.expect_status("ann", "available")
    phone.call("session.activity", {"state": "background"})
    phone.drop()
    marked = bob.wait(
        lambda: bob.board.people["ann"].get("reachable") == "mobile" and bob.board.people["ann"], "mark as reachable on mobile"
    )
    assert marked["status"] != "offline"
    bob.expect_status("ann", "offline")


# ---- what is told about the past (B9) ----


def test_who_was_never_there_is_so_since_no_time(hub):
    for _ in range(2):
        ann = tab(hub, "adm").board.people["ann"]
        assert (ann["status"], ann["since"], ann["last_seen"]) == ("offline", None, None)
        hub.restart()
    tab(hub, "ann").call("session.close")
    ann = tab(hub, "adm").expect_status("ann", "offline")
    assert ann["since"] and ann["last_seen"]


def test_time_in_status_and_last_seen(hub):
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    before = time.time()
    ann.call("presence.set", {"status": "away"})
    first = bob.expect_status("ann", "away")
    assert before - 1 <= parse(first["since"]) <= time.time() + 1
    ann.call("presence.set", {"status": "away", "note": "still"})  # same status: since stays
    assert bob.expect_status("ann", "away", note="still")["since"] == first["since"]
    ann.call("session.close")
    gone = bob.expect_status("ann", "offline")
    assert parse(gone["last_seen"]) >= parse(first["since"])


def test_every_transition_is_in_the_log_once_and_in_order(hub):
    ann, sue = tab(hub, "ann"), tab(hub, "sue")
    seen = [sue.expect_status("ann", "available")]
    for status in ("away", "busy", "available"):
        ann.call("presence.set", {"status": status})
        seen.append(sue.expect_status("ann", status))
    ann.call("session.close")
    seen.append(sue.expect_status("ann", "offline"))
    changes = hub.transitions("ann")
    assert [change["to"] for change in changes] == [one["status"] for one in seen]
    assert [change["since"] for change in changes] == [one["since"] for one in seen]
    assert [change["from"] for change in changes] == ["offline"] + [one["status"] for one in seen[:-1]]
    assert [change["cause"] for change in changes] == ["connect", "self", "self", "self", "disconnect"]


# ---- who sees whom, and how it is told (B10) ----


def test_agents_see_their_team_and_supervisors_everyone(hub):
    ann, cat, sue = tab(hub, "ann"), tab(hub, "cat"), tab(hub, "sue")
    assert {p["user"] for p in ann.session["presence"]["users"]} == {"ann", "bob", "sue"}
    assert {p["user"] for p in cat.session["presence"]["users"]} == {"cat"}
    assert {p["user"] for p in sue.session["presence"]["users"]} >= {"ann", "bob", "cat", "sue", "adm"}
    cat.call("presence.set", {"status": "busy"})
    sue.expect_status("cat", "busy")
    ann.call("presence.set", {"status": "away"})
    ann.expect_status("ann", "away")
    hub.fence(ann)
    assert "cat" not in {user for user, _ in ann.board.log} | set(ann.board.people)


def test_no_presence_crosses_a_workspace(hub):
    zoe = hub.sign_in("zoe", "globex")
    ann, sue = tab(hub, "ann"), tab(hub, "sue")
    ann.call("presence.set", {"status": "busy"})
    sue.expect_status("ann", "busy")
    zoe.call("presence.set", {"status": "away"})
    zoe.expect_status("zoe", "away")
    hub.fence(zoe, workspace="globex")
    assert {user for user, _ in zoe.board.log} <= {"zoe"}
    assert "zoe" not in sue.board.people


def test_a_watcher_can_ask_for_less(hub):
    nothing = tab(hub, "sue", "d-none", watch="none")
    team = tab(hub, "sue", "d-team", watch={"team": "sales"})
    some = tab(hub, "sue", "d-some", watch={"users": ["ann"]})
    everyone = tab(hub, "sue", "d-all")
    ann, cat = tab(hub, "ann"), tab(hub, "cat")
    ann.call("presence.set", {"status": "busy"})
    everyone.expect_status("ann", "busy")
    cat.call("presence.set", {"status": "away"})
    everyone.expect_status("cat", "away")
    team.expect_status("cat", "away")
    some.expect_status("ann", "busy")
    hub.fence(nothing, team, some)
    assert nothing.board.log == []
    assert {user for user, _ in team.board.log} == {"cat"} and set(team.board.people) == {"cat"}
    assert {user for user, _ in some.board.log} == {"ann"} and set(some.board.people) == {"ann"}


def test_counts_alone(hub):
    counter = tab(hub, "sue", "d-counts", watch="counts")
    ann = tab(hub, "ann")
    ann.call("presence.set", {"status": "busy"})
    event = counter.expect("presence.counts", lambda e: e["data"]["counts"]["busy"] == 1)
    assert set(event["data"]) == {"version", "from", "counts"}
    got = counter.call("presence.get", {"scope": "counts"})
    assert got == {"version": event["data"]["version"], "counts": event["data"]["counts"]}
    assert sum(got["counts"].values()) == 6  # everybody, the owner included
    hub.fence(counter)
    assert counter.board.log == []


def test_the_watch_can_be_changed(hub):
    sue = tab(hub, "sue", watch="none")
    got = sue.call("presence.watch", {"scope": {"users": ["ann"]}})
    assert [one["user"] for one in got["users"]] == ["ann"]
    assert sue.call("presence.watch") == got  # without a scope it stays as it is
    ann = tab(hub, "ann")
    sue.expect_status("ann", "available")
    sue.call("presence.watch", {"scope": "none"})
    seen = len(sue.board.log)
    ann.call("presence.set", {"status": "busy"})
    ann.expect_status("ann", "busy")
    hub.fence(sue)
    assert len(sue.board.log) == seen


def test_a_fresh_snapshot_equals_what_the_differences_add_up_to(hub):
    sue = tab(hub, "sue")
    people = {user: tab(hub, user) for user in ("ann", "bob", "cat")}
    for n, status in enumerate(["away", "busy", "available", "offline", "busy", "away"] * 3):
        for user, one in people.items():
            one.call("presence.set", {"status": status, "note": f"{user} {n}"})
    for user in people:
        sue.expect_status(user, "away", note=f"{user} 17")
    added_up = dict(sue.board.people)
    fresh = sue.call("presence.get")
    assert {one["user"]: one for one in fresh["users"]} == added_up
    assert fresh["version"] == sue.board.version
    assert sue.board.gaps == 0


def test_changes_are_collected_for_a_tick(make_hub):
    hub = make_hub(presence_tick_ms=500)
    sue, ann = tab(hub, "sue"), tab(hub, "ann")
    sue.expect_status("ann", "available")
    before = len(sue.events)
    for n in range(40):
        ann.call("presence.set", {"status": "busy" if n % 2 else "away"})
    ann.call("presence.set", {"status": "available", "note": "done"})
    sue.expect_status("ann", "available", note="done")
    diffs = [e for e in sue.events[before:] if e["type"] == "presence.diff"]
    assert len(diffs) < 20


def test_leaving_a_team_ends_what_is_seen_at_once(hub):
    ann, bob = tab(hub, "ann"), tab(hub, "bob")
    ann.expect_status("bob", "available")
    bob.expect_status("ann", "available")
    hub.api("DELETE", "/v1/teams/support/members/ann")
    assert [one["user"] for one in ann.refetch()["users"]] == ["ann"]
    bob.wait(lambda: "ann" not in bob.board.people, "ann to vanish from bob's board")
    bob.call("presence.set", {"status": "busy"})
    bob.expect_status("bob", "busy")
    ann.call("presence.set", {"status": "away"})
    ann.expect_status("ann", "away")
    hub.fence(ann, bob)
    assert set(ann.board.people) == {"ann"} and "ann" not in bob.board.people
    assert ann.board.gaps == 1 and bob.board.gaps == 0
    hub.api("PUT", "/v1/teams/support/members/ann")
    assert {one["user"]: one["status"] for one in ann.refetch(2)["users"]}["bob"] == "busy"
    bob.expect_status("ann", "away")
    assert bob.board.gaps == 0


def test_a_new_role_widens_what_is_seen_at_once(hub):
    ann, cat = tab(hub, "ann"), tab(hub, "cat")
    assert "cat" not in ann.board.people
    hub.api("PUT", "/v1/users/ann/roles", {"roles": ["supervisor"]})
    changed = ann.expect("permissions.changed")
    assert "presence.view:all" in changed["data"]["permissions"]
    ann.refetch()
    ann.expect_status("cat", "available")
    cat.call("presence.set", {"status": "busy"})
    ann.expect_status("cat", "busy")
    hub.api("PUT", "/v1/users/ann/roles", {"roles": ["agent"]})
    assert "cat" not in {one["user"] for one in ann.refetch(2)["users"]}
    cat.call("presence.set", {"status": "away"})
    cat.expect_status("cat", "away")
    hub.fence(ann)
    assert "cat" not in ann.board.people


# ---- supervisors (B11) ----


def test_a_supervisor_sets_anothers_status_and_they_are_told(hub):
    ann, bob, sue = tab(hub, "ann"), tab(hub, "bob"), tab(hub, "sue")
    got = sue.call("presence.force", {"user": "ann", "status": "away", "reason": "no answer for an hour"})
    assert got["status"] == "away" and got["cause"] == "supervisor"
    told = ann.expect("presence.forced")
    assert told["actor"] == {"user": "sue"}
    assert told["data"]["reason"] == "no answer for an hour" and told["data"]["status"] == "away"
    assert (told["data"]["by"], told["data"]["by_name"]) == ("sue", "Sue")
    bob.expect_status("ann", "away", cause="supervisor")
    ann.call("presence.set", {"status": "available"})  # and they may change it back
    bob.expect_status("ann", "available", cause="self")


def test_forcing_needs_the_right_and_a_reason(hub):
    ann, sue = tab(hub, "ann"), tab(hub, "sue")
    assert ann.refused("presence.force", {"user": "bob", "status": "away", "reason": "because"}).kind == "forbidden"
    error = sue.refused("presence.force", {"user": "ann", "status": "away"})
    assert error.kind == "invalid_params" and "reason" in error.fields
    sue.expect_status("ann", "available")


# ---- business hours (B13) ----


def hours(open_now):
    """A schedule that is open always, or else for an hour of a day that is neither today nor tomorrow."""
    if open_now:
        return {"zone": "UTC", "open": [{"day": day, "from": "00:00", "to": "24:00"} for day in range(1, 8)]}
    today = datetime.datetime.now(datetime.timezone.utc).isoweekday()
    return {"zone": "UTC", "open": [{"day": (today + 2) % 7 + 1, "from": "09:00", "to": "10:00"}]}


def test_outside_business_hours_no_work_is_offered(hub):
    bob, ann = tab(hub, "bob"), tab(hub, "ann")
    bob.expect_status("ann", "available", accepting=True)
    hub.api("PATCH", "/v1/workspace", {"schedule": hours(False)})
    bob.wait(lambda: bob.board.people["ann"]["accepting"] is False, "ann not accepting")
    hub.api("PATCH", "/v1/workspace", {"schedule": hours(True)})
    bob.wait(lambda: bob.board.people["ann"]["accepting"] is True, "ann accepting again")


def test_a_teams_own_hours_count_before_the_workspaces(hub):
    for user in ("bob", "cat"):
        tab(hub, user)
    sue = tab(hub, "sue")
    hub.api("PATCH", "/v1/workspace", {"schedule": hours(False)})
    hub.api("PATCH", "/v1/teams/support", {"schedule": hours(True)})
    sue.wait(lambda: sue.board.people["cat"]["accepting"] is False, "cat not accepting")
    sue.wait(lambda: sue.board.people["bob"]["accepting"] is True, "bob accepting")


@pytest.mark.parametrize(
    "schedule, field",
    [
        ({"zone": "Mars/Olympus", "open": []}, "zone"),
        ({"zone": "UTC", "open": [{"day": 8, "from": "09:00", "to": "10:00"}]}, "open.0.day"),
        ({"zone": "UTC", "open": [{"day": 1, "from": "9", "to": "10:00"}]}, "open.0.from"),
        ({"zone": "UTC", "open": [{"day": 1, "from": "09:00", "to": "25:00"}]}, "open.0.to"),
        ({"zone": "UTC", "open": [], "closed": ["2026-02-30"]}, "closed"),
    ],
)
def test_wrong_hours_are_refused_by_name(hub, schedule, field):
    answer = hub.http("PATCH", "/v1/workspace", {"schedule": schedule}, token=hub.secrets["acme"]["key"])
    assert answer.status == 422
    assert any(field in name for name in answer.json["fields"]), answer.json
