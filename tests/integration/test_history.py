"""The history of presence (B9): what people were and for how long, as others saw it; who may ask, in what parts, and
that it outlives the hub."""

import datetime
import json

import pytest

from client import RpcError
from scene import parse, rfc3339, tab

GHOST = {"id": "ghost", "label": "Ghost", "base": "offline"}
LUNCH = {"id": "lunch", "label": "Lunch", "base": "away"}


def page(hub, token=None, workspace="acme", **query):
    query = {"from": rfc3339(-3600), "to": rfc3339(3600), **query}
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return hub.http("GET", f"/v1/presence/history?{words}", token=token or hub.secrets[workspace]["key"])


def history(hub, **query):
    """The items of all pages."""
    items, after = [], {}
    while True:
        answer = page(hub, **query, **after)
        assert answer.status == 200, answer.body
        items += answer.json["items"]
        if not answer.json["next"]:
            return items
        after = {"after": answer.json["next"]}


def settled(hub, **query):
    """As history(), when the hub's own events so far are in the log: they go there in order."""
    hub.publish("x.mark", {"everyone": True})
    return history(hub, **query)


def passed(hub, user, **query):
    """What somebody was, one after the other."""
    return [item["status"] for item in settled(hub, user=user, **query)]


def refusal(hub, **query):
    """How something is refused that isn't there, but for its name."""
    answer = page(hub, **query)
    assert answer.status == 404
    (name,) = query.values()
    return {k: v.replace(name, "…") if k == "detail" else v for k, v in answer.json.items() if k != "trace"}


def duration(one):
    return round((parse(one["to"]) - parse(one["from"])) * 1000)


@pytest.fixture
def day(make_hub):
    """A hub on which ann has had a day, and the times at which others saw each change."""
    hub = make_hub(reload_grace_ms=1, linger_ms=1)
    hub.api("PATCH", "/v1/workspace", {"statuses": [LUNCH, GHOST], "idle_after_ms": 0})
    sue, ann = tab(hub, "sue"), tab(hub, "ann")
    hub.since = {"available": sue.expect_status("ann", "available")["since"]}
    for status in ("lunch", "busy"):
        ann.call("presence.set", {"status": status})
        hub.since[status] = sue.expect_status("ann", status)["since"]
    sue.call("presence.force", {"user": "ann", "status": "away", "reason": "r"})
    hub.since["away"] = sue.expect_status("ann", "away")["since"]
    hub.sue, hub.ann = sue, ann
    return hub


# ---- intervals ----


def test_intervals_are_what_others_saw(day):
    items = settled(day, user="ann")
    assert [(i["status"], i["base"], i["cause"]) for i in items] == [
        ("offline", "offline", "disconnect"),
        ("available", "available", "connect"),
        ("lunch", "away", "self"),
        ("busy", "busy", "self"),
        ("away", "away", "supervisor"),
    ]
    assert {i["status"]: i["from"] for i in items[1:]} == day.since
    assert items[0]["from"] == day.api("GET", "/v1/users/ann")["created_at"], "before that there was nobody"
    for one, following in zip(items, items[1:]):
        assert one["to"] == following["from"]
    for one in items:
        assert one["duration_ms"] == duration(one) > 0
        assert (one["user"], one["name"], one["open"]) == ("ann", "Ann", one is items[-1])


def test_what_lasts_is_counted_until_now_or_to(day):
    first, second = page(day, user="ann").json, page(day, user="ann").json
    assert first["items"][-1]["to"] == first["to"] < second["to"] == second["items"][-1]["to"]
    assert parse(first["to"]) <= parse(rfc3339(0)) + 1
    to = day.since["busy"]
    cut = settled(day, user="ann", to=to)[-1]
    assert (cut["status"], cut["to"], cut["open"]) == ("lunch", to, True)


def test_what_was_before_is_carried_in(day):
    items = settled(day, user="ann", **{"from": day.since["busy"]})
    assert [i["status"] for i in items] == ["busy", "away"]
    later = (datetime.datetime.fromisoformat(day.since["away"].replace("Z", "+00:00")) + datetime.timedelta(milliseconds=1))
    begin = later.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    (only,) = settled(day, user="ann", **{"from": begin})
    assert (only["status"], only["cause"], only["from"]) == ("away", "supervisor", begin)
    (never,) = settled(day, user="cat")
    assert (never["status"], never["open"]) == ("offline", True)


def test_the_same_over_the_websocket(day):
    query = {"user": "ann", "from": rfc3339(-3600), "to": day.since["away"]}
    assert day.sue.call("presence.history", query) == page(day, **query).json


# ---- sums ----


def test_sums_are_those_of_the_intervals(day):
    everybody = settled(day, to=day.since["away"])
    for by in ("day", "total"):
        for one in settled(day, by=by, to=day.since["away"]):
            own = [i for i in everybody if i["user"] == one["user"]]
            assert ("day" in one) == (by == "day") and "team" not in one
            if by == "total":
                spent = {i["status"]: i["duration_ms"] for i in own}  # nobody was anything twice
                assert {s["status"]: s["duration_ms"] for s in one["statuses"]} == spent
                assert one["present_ms"] == sum(spent.values()) - spent["offline"]
            assert one["total_ms"] == duration(one) == sum(s["duration_ms"] for s in one["statuses"])
            assert (one["load_average"], one["load_largest"]) == (0, 0)


def test_teams_are_their_members_of_today(day):
    query = {"by": "total", "to": day.since["away"]}
    people = {one["user"]: one for one in settled(day, **query)}

    def of_team():
        return {one["team"]: one for one in history(day, of="team", **query)}

    assert of_team()["support"]["total_ms"] == sum(people[user]["total_ms"] for user in ("ann", "bob", "sue"))
    assert of_team()["sales"]["total_ms"] == people["cat"]["total_ms"]
    assert of_team()["sales"]["name"] == "Sales" and "user" not in of_team()["sales"]
    day.api("PUT", "/v1/teams/sales/members/ann")
    day.api("DELETE", "/v1/teams/support/members/ann")
    assert of_team()["sales"]["present_ms"] == people["ann"]["present_ms"] > 0
    assert [i["user"] for i in history(day, team="sales", by="total")] == ["ann", "cat"]
    assert history(day, team="support", user="ann") == []


@pytest.mark.parametrize("zone", [None, "Pacific/Kiritimati"])
def test_days_are_those_of_the_workspace(day, zone):
    if zone:
        day.api("PATCH", "/v1/workspace", {"schedule": {"zone": zone}})
    answer = page(day, by="day", user="ann").json
    assert answer["zone"] == (zone or "UTC")
    ahead = datetime.timezone(datetime.timedelta(hours=14 if zone else 0))
    for item in answer["items"]:
        local = datetime.datetime.fromtimestamp(parse(item["from"]), ahead)
        assert item["day"] == local.date().isoformat()


def test_load_is_summed_up(hub):
    sue, ann = tab(hub, "sue"), tab(hub, "ann")
    sue.expect_status("ann", "available")
    for n in range(3):
        hub.api("PUT", f"/v1/conversations/c{n}", {"team": "support"})
        hub.api("POST", f"/v1/conversations/c{n}/assign", {"user": "ann"})
    hub.api("POST", "/v1/conversations/c0/resolve")
    for query in ({"user": "ann", "by": "total"}, {"user": "ann", "by": "day"}, {"team": "support", "of": "team", "by": "total"}):
        one = settled(hub, **query)[-1]
        assert (one["load_largest"], one["assigned"]) == (3, 3), query
        assert 0 < one["load_average"] <= 3
    (rest,) = settled(hub, user="ann", by="total", **{"from": rfc3339(0)})
    assert (rest["load_average"], rest["load_largest"]) == (2, 2), "what was before is carried in"
    assert rest["assigned"] == 0
    assert settled(hub, user="bob", by="total")[0]["load_largest"] == 0
    items = settled(hub, user="ann")
    assert [i["status"] for i in items] == ["offline", "available"], "load ends no interval"
    ann.call("presence.set", {"status": "offline"})
    sue.expect_status("ann", "offline")
    (away,) = settled(hub, user="ann", by="total", **{"from": rfc3339(0)})
    assert (away["present_ms"], away["load_average"], away["load_largest"]) == (0, 0, 2)
    ann.drop()
    sue.drop()
    hub.kill()
    hub.restart()
    assert settled(hub, user="ann", by="total")[0]["load_largest"] == 3


# ---- pages ----


@pytest.mark.parametrize("query", [{}, {"by": "day"}, {"by": "total"}, {"by": "day", "of": "team"}])
@pytest.mark.parametrize("limit", [1, 3])
def test_pages_give_the_same(day, query, limit):
    query = {**query, "from": rfc3339(-3600), "to": day.since["away"]}
    assert settled(day, limit=limit, **query) == history(day, **query) != []


# ---- what is hidden ----


def test_who_appears_offline_left_no_trace(make_hub):
    hub = make_hub(reload_grace_ms=1, linger_ms=1)
    hub.api("PATCH", "/v1/workspace", {"statuses": [GHOST]})
    sue, ann = tab(hub, "sue"), tab(hub, "ann")
    sue.expect_status("ann", "available")
    ann.call("presence.set", {"status": "ghost"})
    sue.expect_status("ann", "offline")
    ann.call("presence.set", {"status": "offline"})
    ann.drop()
    ann = tab(hub, "ann")
    ann.call("presence.set", {"status": "ghost"})
    assert hub.transitions("ann")[-1]["to"] == "ghost", "the log knows"
    items = settled(hub, user="ann")
    assert [(i["status"], i["cause"]) for i in items[1:]] == [("available", "connect"), ("offline", "disconnect")]
    hub.api("PATCH", "/v1/workspace", {"statuses": []})
    assert passed(hub, "ann")[:3] == ["offline", "available", "offline"], "even when it has no such status any more"
    assert "ghost" not in json.dumps(settled(hub)) + json.dumps(settled(hub, by="day"))


def test_a_status_that_comes_to_hide_does_so_from_then_on(make_hub):
    hub = make_hub(reload_grace_ms=1, linger_ms=1)
    hub.api("PATCH", "/v1/workspace", {"statuses": [LUNCH]})
    sue, ann = tab(hub, "sue"), tab(hub, "ann")
    ann.call("presence.set", {"status": "lunch"})
    sue.expect_status("ann", "lunch")
    hub.api("PATCH", "/v1/workspace", {"statuses": [{**LUNCH, "base": "offline"}]})
    since = sue.expect_status("ann", "offline")["since"]
    ann.drop()
    items = settled(hub, user="ann")
    assert [(i["status"], i["base"]) for i in items[-2:]] == [("lunch", "away"), ("offline", "offline")]
    assert items[-1]["from"] == since and items[-1]["open"]


# ---- who comes and goes ----


def test_who_is_deactivated_is_offline(day):
    day.api("POST", "/v1/users/ann/deactivate")
    last = settled(day, user="ann")[-1]
    assert (last["status"], last["cause"]) == ("offline", "disconnect")
    assert parse(last["from"]) > parse(day.since["away"])
    assert passed(day, "ann")[-2] == "away"


def test_who_is_removed_has_no_history_nor_has_a_successor(day):
    missing = refusal(day, user="nobody")
    day.api("DELETE", "/v1/users/ann")
    assert refusal(day, user="ann") == missing
    assert "ann" not in {i["user"] for i in settled(day)}
    day.api("POST", "/v1/users", {"id": "ann", "name": "Ann II", "email": "ann2@acme.test", "roles": ["agent"]})
    (only,) = settled(day, user="ann")
    assert (only["status"], only["name"]) == ("offline", "Ann II")
    assert only["from"] == day.api("GET", "/v1/users/ann")["created_at"]


# ---- who may ----


def test_it_needs_dashboard_view(hub):
    for user, status in (("ann", 403), ("sue", 200), ("adm", 200), ("owner", 200)):
        assert page(hub, token=hub.token(user)).status == status, user
    ann = tab(hub, "ann")
    with pytest.raises(RpcError) as caught:
        ann.call("presence.history", {"user": "ann", "from": rfc3339(-60), "to": rfc3339(0)})
    assert caught.value.kind == "forbidden"
    assert hub.http("GET", "/v1/presence/history").status == 401
    for scope, status in (("presence.view:all", 403), ("dashboard.view", 200)):
        key = hub.api("POST", "/v1/keys", {"alg": "api", "scopes": [scope]})["key"]
        assert page(hub, token=key).status == status


def test_foreign_and_missing_look_alike(hub):
    hub.api("POST", "/v1/teams", {"id": "abroad", "name": "Abroad"}, workspace="globex")
    for name, foreign in (("user", "zoe"), ("team", "abroad")):
        assert refusal(hub, **{name: foreign}) == refusal(hub, **{name: "missing"})
    assert {i["user"] for i in history(hub)} == {"owner", "ann", "bob", "cat", "sue", "adm"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"to": rfc3339(-7200)}, "to"),
        ({"from": rfc3339(-93 * 86400)}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"of": "team"}, "of"),
        ({"of": "team", "by": "day", "user": "ann"}, "user"),
        ({"after": "ann"}, "after"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"by": "week"}, "by"),
    ],
)
def test_bad_questions(hub, query, field):
    answer = page(hub, **query)
    assert answer.status == 422
    assert list(answer.json["fields"]) == [field]


# ---- it outlives the hub ----


@pytest.mark.parametrize("end", ["kill", "restart"])
def test_it_outlives_the_hub(day, end):
    before = settled(day, user="ann")
    for one in (day.ann, day.sue):
        one.drop()
    day.sue = None
    if end == "kill":
        day.kill()
    day.restart()
    after = settled(day, user="ann")
    assert after[: len(before) - 1] == before[:-1]
    assert after[len(before) - 1]["from"] == before[-1]["from"]
    again = tab(day, "sue")
    again.expect_status("ann", "offline")
    assert passed(day, "ann")[-2:] == ["away", "offline"]
