"""People who leave and come back, who they belong to and how many there may be: A2, A4, A9, A10, A11, A13."""

import json
import time

import pytest

from client import RpcError
from hub import PASSWORD


def refused_open(hub, token, code, resume=None):
    """A token that must not open a session, and the code that the hub closes with."""
    one = hub.connect()
    with pytest.raises(RpcError) as caught:
        one.open(token, resume=resume)
    assert caught.value.kind == "unauthenticated"
    one.expect_close(code)


def next_token(hub, user, **claims):
    """A token that was surely issued after what has just happened: iat has whole seconds."""
    return hub.token(user, iat=int(time.time()) + 1, **claims)


def problem(answer, status, kind):
    assert (answer.status, answer.json["kind"]) == (status, kind), answer.body
    return answer.json


def platform(hub, method, path, body=None, workspace="acme"):
    return hub.http(method, path, body, token=hub.secrets[workspace]["key"])


def as_user(hub, user, method, path, body=None):
    return hub.http(method, path, body, token=hub.token(user))


def add(hub, user, **more):
    body = {"id": user, "name": user.title(), "email": f"{user}@acme.test", "roles": ["agent"], **more}
    return hub.api("POST", "/v1/users", body)


def user_of(hub, user):
    return hub.api("GET", f"/v1/users/{user}")


def told(one, prefix=""):
    return [e["type"] for e in one.durable(prefix)]


def operate(hub, *words):
    return json.loads(hub.cli_ok(*words, "--data", hub.data, "--workspace", "acme"))


# ---- A9: deactivate and reactivate ----


def test_who_is_deactivated_is_out_at_once(hub):
    web, phone = hub.sign_in("ann"), hub.sign_in("ann", device={"id": "p", "kind": "mobile"})
    adm, sue, bob = hub.sign_in("adm"), hub.sign_in("sue"), hub.sign_in("bob")
    token, cursor = hub.token("ann"), web.cursor
    adm.expect_status("ann", "available")
    hub.fence(web, phone, adm, sue, bob)
    before = len(web.events), len(phone.events)

    user = adm.call("user.deactivate", {"user": "ann"})
    assert (user["state"], user["roles"], user["teams"]) == ("deactivated", ["agent"], ["support"])
    for one, n in zip((web, phone), before):
        assert one.expect_close(4004, timeout=1) == {"kind": "user_deactivated"}
        assert all(e["type"] == "presence.diff" and e["data"]["down"] == [] for e in one.events[n:])
    for one in (adm, sue):
        assert one.expect("user.deactivated")["data"] == {"user": "ann"}
    assert adm.expect("seats.changed")["data"] == {"used": 5, "limit": None, "plan": None}
    adm.wait(lambda: "ann" not in adm.board.people, "ann to vanish")
    bob.wait(lambda: "ann" not in bob.board.people, "ann to vanish")
    hub.fence(adm, sue, bob)
    assert told(bob) == [] and told(sue, "seats") == []

    problem(hub.http("GET", "/v1/users/ann", token=token), 401, "unauthenticated")
    refused_open(hub, token, 4004)
    refused_open(hub, token, 4004, resume=cursor)
    refused_open(hub, next_token(hub, "ann"), 4004)
    assert hub.transitions("ann")[-1]["to"] == "offline"
    assert "ann" not in {p["user"] for p in hub.sign_in("sue").session["presence"]["users"]}


def test_who_is_reactivated_comes_back_with_a_new_token(hub):
    adm, bob = hub.sign_in("adm"), hub.sign_in("bob")
    old = hub.token("ann")
    platform(hub, "POST", "/v1/users/ann/deactivate")
    bob.wait(lambda: "ann" not in bob.board.people, "ann to vanish")
    user = hub.api("POST", "/v1/users/ann/reactivate")
    assert (user["state"], user["teams"]) == ("active", ["support"])
    assert adm.expect("user.reactivated")["actor"] == {"key": "platform"}
    assert adm.expect("seats.changed", lambda e: e["data"]["used"] == 6)
    bob.expect_status("ann", "offline")
    refused_open(hub, old, 4002)
    ann = hub.connect()
    assert ann.open(next_token(hub, "ann"))["user"]["status"] == "available"
    bob.expect_status("ann", "available")


def test_a_password_of_who_is_deactivated_is_a_wrong_one(hub):
    add(hub, "eve", password=PASSWORD)
    login = {"workspace": "acme", "email": "eve@acme.test", "password": PASSWORD}
    assert hub.http("POST", "/v1/login", login).status == 200
    platform(hub, "POST", "/v1/users/eve/deactivate")
    out = hub.http("POST", "/v1/login", login)
    wrong = hub.http("POST", "/v1/login", {**login, "email": "nobody@acme.test"})
    assert (out.status, out.json) == (wrong.status, wrong.json) and out.status == 401


def test_saying_it_twice_changes_nothing(hub):
    adm = hub.sign_in("adm")
    for word in ("deactivate", "deactivate", "reactivate", "reactivate"):
        assert platform(hub, "POST", f"/v1/users/cat/{word}").status == 200
    hub.fence(adm)
    assert told(adm, "user.") == ["user.deactivated", "user.reactivated"]


def test_status_and_token_are_not_for_who_is_out(hub):
    platform(hub, "POST", "/v1/users/cat/deactivate")
    problem(as_user(hub, "sue", "PUT", "/v1/users/cat/presence", {"status": "busy", "reason": "r"}), 409, "conflict")
    failed = hub.cli("token", "--data", hub.data, "--workspace", "acme", "--user", "cat")
    assert (failed.returncode, failed.stdout) == (1, "") and "deactivated" in failed.stderr


ENDS = [("POST", "/v1/users/{}/deactivate"), ("POST", "/v1/users/{}/reactivate"), ("DELETE", "/v1/users/{}")]


@pytest.mark.parametrize("method, path", ENDS)
def test_the_owner_oneself_and_those_who_may_more_stay(hub, method, path):
    add(hub, "kim", roles=["admin"])
    hub.api("POST", "/v1/roles", {"id": "clerk", "name": "Clerk", "permissions": ["users.manage"]})
    add(hub, "cleo", roles=["clerk"])
    adm = hub.sign_in("adm")
    for asker, user in (("adm", "owner"), ("owner", "owner"), ("adm", "adm"), ("cleo", "adm"), ("cleo", "ann")):
        problem(as_user(hub, asker, method, path.format(user)), 403, "forbidden")
    problem(platform(hub, method, path.format("owner")), 403, "forbidden")
    assert as_user(hub, "adm", method, path.format("kim")).status == 200
    hub.fence(adm)
    assert len(told(adm, "user.")) == (0 if "reactivate" in path else 1)


@pytest.mark.parametrize("method, path", ENDS)
def test_without_permission_or_user_nothing_is_ended(hub, method, path):
    problem(as_user(hub, "sue", method, path.format("ann")), 403, "forbidden")
    problem(as_user(hub, "sue", method, path.format("nobody")), 403, "forbidden")
    foreign = problem(platform(hub, method, path.format("zoe")), 404, "not_found")
    missing = problem(platform(hub, method, path.format("zot")), 404, "not_found")
    assert json.dumps(foreign).replace("zoe", "zot") == json.dumps(missing)
    assert hub.http(method, path.format("ann")).status == 401


# ---- A10: remove ----


def test_who_is_removed_leaves_nothing_behind(hub):
    hub.api("PATCH", "/v1/teams/sales", {"lead": "ann"})
    ann, adm, sue, bob, cat = (hub.sign_in(u) for u in ("ann", "adm", "sue", "bob", "cat"))
    token, cursor = hub.token("ann"), ann.cursor
    hub.fence(ann)
    before = len(ann.events)

    gone = adm.call("user.remove", {"user": "ann"})
    assert (gone["id"], gone["email"], gone["state"]) == ("ann", "ann@acme.test", "active")
    assert ann.expect_close(4004, timeout=1)["kind"] == "user_deactivated"
    assert all(e["type"] == "presence.diff" and e["data"]["down"] == [] for e in ann.events[before:])
    for one in (adm, sue, bob, cat):  # who sees people, who is of her team, who is of the team that she led
        assert one.expect("user.removed")["data"] == {"user": "ann"}
    bob.wait(lambda: "ann" not in bob.board.people, "ann to vanish")
    hub.fence(cat)
    assert "ann" not in [user for user, _ in cat.board.log]
    problem(platform(hub, "GET", "/v1/users/ann"), 404, "not_found")
    support, sales = (hub.api("GET", f"/v1/teams/{t}") for t in ("support", "sales"))
    assert "ann" not in support["members"] and sales["lead"] is None
    problem(hub.http("GET", "/v1/teams", token=token), 401, "unauthenticated")
    refused_open(hub, token, 4004)
    refused_open(hub, token, 4004, resume=cursor)


def test_a_namesake_gets_the_id_and_the_address_and_nothing_else(hub):
    ann = hub.sign_in("ann")
    ann.call("presence.set", {"status": "busy", "note": "private"})
    hub.publish("x.letter", {"users": ["ann"]}, {"secret": 1})
    ann.expect("x.letter")
    old, cursor = hub.token("ann"), "acme:0:1".replace("0", ann.cursor.split(":")[1], 1)
    assert platform(hub, "DELETE", "/v1/users/ann").status == 200
    add(hub, "ann")
    refused_open(hub, old, 4002)
    problem(hub.http("GET", "/v1/users/ann", token=old), 401, "unauthenticated")
    for since in (cursor, ann.cursor):
        new = hub.connect()
        session = new.open(next_token(hub, "ann"), resume=since)
        assert (session["resumed"], session["user"]["status"], session["user"]["teams"]) == (False, "available", [])
        hub.fence(new)
        assert told(new, "x.letter") == []
        new.close()


def test_a_restart_remembers_who_is_out(hub):
    old = {user: hub.token(user) for user in ("ann", "bob", "cat")}
    platform(hub, "DELETE", "/v1/users/ann")
    platform(hub, "DELETE", "/v1/users/bob")
    platform(hub, "POST", "/v1/users/cat/deactivate")
    add(hub, "bob")
    hub.restart()
    refused_open(hub, old["ann"], 4004)
    refused_open(hub, old["bob"], 4002)
    refused_open(hub, old["cat"], 4004)
    assert hub.api("GET", "/v1/seats")["used"] == 4


def test_many_are_removed_in_one_step_and_each_row_says_how_it_went(hub):
    ann, adm = hub.sign_in("ann"), hub.sign_in("adm")
    rows = adm.call("user.remove_many", {"users": ["ann", "owner", "nobody", "adm", "cat", "zoe", "ann"]})["results"]
    assert [(r["user"], r["ok"], r.get("error", {}).get("data", {}).get("kind")) for r in rows] == [
        ("ann", True, None), ("owner", False, "forbidden"), ("nobody", False, "not_found"), ("adm", False, "forbidden"),
        ("cat", True, None), ("zoe", False, "not_found"), ("ann", False, "not_found"),
    ]  # fmt: skip
    ann.expect_close(4004, timeout=1)
    assert adm.expect("seats.changed")["data"]["used"] == 4
    hub.fence(adm)
    assert told(adm) == ["user.removed", "user.removed", "seats.changed"]
    assert [u["id"] for u in hub.api("GET", "/v1/users")["items"]] == ["adm", "bob", "owner", "sue"]
    rows = hub.api("POST", "/v1/users/remove", {"users": ["owner", "ann"]})["results"]
    assert [r["ok"] for r in rows] == [False, False]
    problem(platform(hub, "POST", "/v1/users/remove", {"users": []}), 422, "invalid_params")
    problem(platform(hub, "POST", "/v1/users/remove", {"users": ["x"] * 1001}), 422, "invalid_params")
    problem(as_user(hub, "sue", "POST", "/v1/users/remove", {"users": ["bob"]}), 403, "forbidden")
    hub.fence(adm)
    assert len(told(adm)) == 3


# ---- A2, A4: adding and editing ----


def test_a_password_typed_twice_must_be_the_same(hub):
    body = {"id": "eve", "name": "Eve", "email": "eve@acme.test", "roles": ["agent"], "password": PASSWORD}
    wrong = problem(platform(hub, "POST", "/v1/users", {**body, "password_confirmation": PASSWORD + "x"}), 422, "invalid_params")
    assert wrong["fields"] == {"password_confirmation": "is not the same as the password"}
    assert platform(hub, "GET", "/v1/users/eve").status == 404
    assert platform(hub, "POST", "/v1/users", {**body, "password_confirmation": PASSWORD}).status == 200


@pytest.mark.parametrize("transport", ["ws", "http"])
def test_a_person_is_edited_as_a_whole(hub, transport):
    ann, adm, sue, bob, cat = (hub.sign_in(u) for u in ("ann", "adm", "sue", "bob", "cat"))
    change = {"name": "Ann Lee", "phone": "+49 30 1", "capacity": 9, "roles": ["agent", "supervisor"], "teams": ["sales"]}
    if transport == "ws":
        user = adm.call("user.update", {"user": "ann", **change})
    else:
        user = hub.api("PATCH", "/v1/users/ann", change)
    assert {k: user[k] for k in change} == change
    for one in (ann, adm, sue):
        data = one.expect("user.updated")["data"]
        assert (data["name"], data["phone"], data["capacity"]) == ("Ann Lee", "+49 30 1", 9)
    changed = ann.expect("permissions.changed")["data"]
    assert changed["roles"] == ["agent", "supervisor"] and "presence.force" in changed["permissions"]
    assert ann.expect("team.member_removed")["data"] == {"user": "ann", "team": "support"}
    assert ann.expect("team.member_added")["data"] == {"user": "ann", "team": "sales"}
    bob.expect("team.member_removed")
    cat.expect("team.member_added")
    sue.expect_status("ann", "available", name="Ann Lee", capacity=9)
    hub.api("PATCH", "/v1/users/ann", change)
    hub.fence(ann, adm)
    assert told(ann).count("user.updated") == 1 and told(ann, "team.") == ["team.member_removed", "team.member_added"]
    assert hub.api("PATCH", "/v1/users/ann", {"phone": None, "teams": []})["phone"] is None
    assert user_of(hub, "ann")["teams"] == []


def test_roles_of_an_edit_obey_the_rules_of_roles(hub):
    adm = hub.sign_in("adm")
    for asker, user, roles in (
        ("adm", "adm", ["agent"]), ("adm", "owner", ["agent"]), ("adm", "ann", ["owner"]), ("sue", "ann", ["agent"]),
    ):  # fmt: skip
        problem(as_user(hub, asker, "PATCH", f"/v1/users/{user}", {"name": "X", "roles": roles}), 403, "forbidden")
    assert as_user(hub, "adm", "PATCH", "/v1/users/adm", {"roles": ["admin"]}).status == 200
    wrong = problem(platform(hub, "PATCH", "/v1/users/ann", {"name": "X", "roles": ["king"]}), 422, "invalid_params")
    assert "roles.0" in wrong["fields"]
    wrong = problem(platform(hub, "PATCH", "/v1/users/ann", {"name": "X", "teams": ["support", "none"]}), 422, "invalid_params")
    assert "teams.1" in wrong["fields"]
    wrong = problem(platform(hub, "PATCH", "/v1/users/ann", {"name": "X", "email": "x@acme.test"}), 422, "invalid_params")
    assert "email" in wrong["fields"]
    hub.fence(adm)
    assert told(adm) == [] and user_of(hub, "ann")["name"] == "Ann"


# ---- A11: ownership ----


@pytest.mark.parametrize("transport", ["ws", "http"])
def test_the_owner_hands_the_workspace_over(hub, transport):
    owner, sue, ann, adm = (hub.sign_in(u) for u in ("owner", "sue", "ann", "adm"))
    if transport == "ws":
        user = owner.call("owner.transfer", {"user": "sue", "confirm": True})
    else:
        user = as_user(hub, "owner", "POST", "/v1/owner", {"user": "sue", "confirm": True}).json
    assert (user["id"], user["owner"], user["roles"]) == ("sue", True, ["owner", "supervisor"])
    for one in (owner, sue, ann, adm):
        assert one.expect("owner.transferred")["data"] == {"from": "owner", "to": "sue"}
    assert owner.expect("permissions.changed")["data"]["roles"] == ["admin"]
    assert "owner.transfer" in sue.expect("permissions.changed")["data"]["permissions"]
    hub.fence(ann)
    assert told(ann) == ["owner.transferred"]
    owners = [u["id"] for u in hub.api("GET", "/v1/users")["items"] if u["owner"] or "owner" in u["roles"]]
    assert owners == ["sue"] and hub.api("GET", "/v1/workspace")["owner"] == "sue"
    assert owner.refused("owner.transfer", {"user": "owner", "confirm": True}).kind == "forbidden"
    assert sue.call("owner.transfer", {"user": "owner", "confirm": True})["roles"] == ["owner", "admin"]


def test_only_the_owner_hands_over_and_only_to_who_is_there(hub):
    adm = hub.sign_in("adm")
    platform(hub, "POST", "/v1/users/cat/deactivate")
    body = {"user": "ann", "confirm": True}
    problem(as_user(hub, "adm", "POST", "/v1/owner", body), 403, "forbidden")
    problem(platform(hub, "POST", "/v1/owner", body), 403, "forbidden")
    problem(as_user(hub, "owner", "POST", "/v1/owner", {"user": "cat", "confirm": True}), 409, "conflict")
    problem(as_user(hub, "owner", "POST", "/v1/owner", {"user": "owner", "confirm": True}), 409, "conflict")
    for user in ("zoe", "nobody"):
        problem(as_user(hub, "owner", "POST", "/v1/owner", {"user": user, "confirm": True}), 404, "not_found")
    for wrong in ({"user": "ann"}, {"user": "ann", "confirm": False}):
        assert "confirm" in problem(as_user(hub, "owner", "POST", "/v1/owner", wrong), 422, "invalid_params")["fields"]
    key = as_user(hub, "owner", "POST", "/v1/keys", {"alg": "api", "scopes": ["owner.transfer"]}).json["key"]
    problem(hub.http("POST", "/v1/owner", body, token=key), 403, "forbidden")
    hub.fence(adm)
    assert told(adm, "owner") == [] and hub.api("GET", "/v1/workspace")["owner"] == "owner"


# ---- A13: seats ----


def test_a_full_plan_takes_nobody_in(hub):
    adm, sue = hub.sign_in("adm"), hub.sign_in("sue")
    assert operate(hub, "seats", "show") == {"used": 6, "limit": None, "plan": None}
    platform(hub, "POST", "/v1/users/cat/deactivate")
    assert operate(hub, "seats", "set", "--limit", "6", "--plan", "growth") == {"used": 5, "limit": 6, "plan": "growth"}
    assert adm.expect("seats.changed", lambda e: e["data"]["limit"])["data"] == {"used": 5, "limit": 6, "plan": "growth"}
    add(hub, "eve")
    assert adm.expect("seats.changed", lambda e: e["data"]["used"] == 6)
    assert adm.call("seats.get") == {"used": 6, "limit": 6, "plan": "growth"}
    body = {"id": "finn", "name": "Finn", "email": "finn@acme.test", "roles": ["agent"]}
    full = problem(platform(hub, "POST", "/v1/users", body), 409, "seat_limit")
    assert "6 of 6" in full["detail"] and full["code"] == 1020
    assert adm.refused("user.reactivate", {"user": "cat"}).kind == "seat_limit"
    assert user_of(hub, "cat")["state"] == "deactivated"
    platform(hub, "DELETE", "/v1/users/eve")
    assert adm.call("user.reactivate", {"user": "cat"})["state"] == "active"
    hub.fence(sue)
    assert told(sue, "seats") == []
    hub.restart()
    problem(platform(hub, "POST", "/v1/users", body), 409, "seat_limit")
    operate(hub, "seats", "set", "--limit", "unlimited")
    assert platform(hub, "POST", "/v1/users", body).status == 200
    assert hub.api("GET", "/v1/seats") == {"used": 7, "limit": None, "plan": "growth"}


def test_a_limit_below_what_is_used_is_refused(hub):
    failed = hub.cli("seats", "set", "--data", hub.data, "--workspace", "acme", "--limit", "5")
    assert (failed.returncode, failed.stdout) == (1, "") and "6 people are active: deactivate 1" in failed.stderr
    for limit in ("0", "-1", "many", ""):
        assert hub.cli("seats", "set", "--data", hub.data, "--workspace", "acme", "--limit", limit).returncode != 0
    assert hub.api("GET", "/v1/seats")["limit"] is None


def test_seats_are_seen_by_who_manages_people_and_set_by_the_operator(hub):
    problem(as_user(hub, "sue", "GET", "/v1/seats"), 403, "forbidden")
    owner = hub.sign_in("owner")
    assert owner.refused("seats.set", {"limit": 100}).kind == "forbidden"
    key = hub.connect()
    key.open(hub.secrets["acme"]["key"])
    assert key.refused("seats.set", {"limit": 100}).kind == "forbidden"
    assert platform(hub, "PUT", "/v1/seats", {"limit": 100}).status in (404, 405)


# ---- the command line ----


@pytest.mark.parametrize("running", [True, False])
def test_the_operator_sends_people_away_and_lets_them_in(make_hub, running):
    hub = make_hub(start=running)
    ann = hub.sign_in("ann") if running else None
    assert operate(hub, "user", "deactivate", "--user", "ann")["state"] == "deactivated"
    if running:
        ann.expect_close(4004, timeout=1)
    assert operate(hub, "user", "reactivate", "--user", "ann")["state"] == "active"
    assert operate(hub, "user", "remove", "--user", "ann")["id"] == "ann"
    failed = hub.cli("user", "remove", "--data", hub.data, "--workspace", "acme", "--user", "ann")
    assert (failed.returncode, failed.stdout) == (1, "") and "There is no user ann" in failed.stderr
    failed = hub.cli("user", "deactivate", "--data", hub.data, "--workspace", "acme", "--user", "owner")
    assert failed.returncode == 1 and "handed over first" in failed.stderr
    assert hub.cli("user", "deactivate", "--data", hub.data, "--workspace", "acme").returncode == 2


def test_the_operator_replaces_a_lost_owner(hub):
    adm = hub.sign_in("adm")
    words = ("owner", "transfer", "--data", hub.data, "--workspace", "acme", "--user", "adm")
    unsure = hub.cli(*words)
    assert unsure.returncode == 2 and "--confirm" in unsure.stderr
    assert json.loads(hub.cli_ok(*words, "--confirm"))["owner"] is True
    assert adm.expect("owner.transferred")["actor"] == {"operator": True}
