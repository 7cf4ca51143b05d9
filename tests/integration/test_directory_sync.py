"""The platform's whole directory in one call: only differences happen, all of them or none (A17)."""

import json
import time

import pytest

from client import RpcError


def sync(hub, body, **options):
    return hub.http("POST", "/v1/directory/sync", body, token=hub.secrets["acme"]["key"], **options)


def synced(hub, body):
    answer = sync(hub, body)
    assert answer.status == 200, answer.body
    return answer.json


def counts(created=0, updated=0, removed=0):
    return {"created": created, "updated": updated, "removed": removed}


NOTHING = counts()


def people(hub):
    return {user["id"]: user for user in hub.api("GET", "/v1/users?limit=1000")["items"]}


def listed(hub):
    """The directory as it is, as a platform would send it."""
    users = [
        {k: u[k] for k in ("id", "name", "email", "phone", "roles", "teams", "capacity")} | {"active": u["state"] == "active"}
        for u in people(hub).values()
    ]
    teams = [{k: t[k] for k in ("id", "name", "lead")} for t in hub.api("GET", "/v1/teams")["items"]]
    return {"users": users, "roles": [], "teams": teams}


def told(one):
    return [e["type"] for e in one.durable()]


def bad_rows(answer):
    assert (answer.status, answer.json["kind"]) == (422, "invalid_params"), answer.body
    return [(r["kind"], r["row"], r["id"], r["error"]["data"]["kind"], sorted(r["error"]["data"]["fields"])) for r in answer.json["rows"]]


def test_what_is_the_same_is_no_change(hub):
    adm = hub.sign_in("adm")
    body = listed(hub)
    assert synced(hub, body) == {"users": NOTHING, "roles": NOTHING, "teams": NOTHING}
    assert synced(hub, {}) == {"users": NOTHING, "roles": NOTHING, "teams": NOTHING}
    hub.fence(adm)
    assert told(adm) == []


def test_only_what_differs_happens_and_is_told(hub):
    ann, bob, cat, adm = (hub.sign_in(user) for user in ("ann", "bob", "cat", "adm"))
    body = listed(hub)
    body["roles"].append({"id": "clerk", "name": "Clerk", "permissions": ["presence.self", "users.view"]})
    body["teams"] = [t for t in body["teams"] if t["id"] != "sales"]
    body["teams"].append({"id": "night", "name": "Night", "lead": "eve"})
    by_id = {user["id"]: user for user in body["users"]}
    by_id["ann"].update(name="Ann Lee", roles=["clerk"], teams=["night"])
    by_id["bob"].update(active=False)
    by_id["cat"].update(teams=[])
    body["users"].remove(by_id["sue"])
    body["users"].append({"id": "eve", "name": "Eve", "email": "SUE@acme.test", "roles": ["agent"], "teams": ["night", "support"]})

    assert synced(hub, body) == {"users": counts(1, 3, 1), "roles": counts(1), "teams": counts(1, 1, 1)}
    assert ann.expect("permissions.changed")["data"]["roles"] == ["clerk"]
    bob.expect_close(4004)
    assert cat.expect("team.member_removed")["data"] == {"user": "cat", "team": "sales"}
    hub.fence(adm)
    assert sorted(told(adm)) == sorted([
        "role.created", "team.created", "user.removed", "user.updated", "role.assigned", "team.member_removed", "team.member_added",
        "user.deactivated", "team.member_removed", "user.created", "team.member_added", "team.member_added", "team.updated",
        "team.deleted", "seats.changed",
    ])  # fmt: skip
    now = people(hub)
    assert (now["ann"]["name"], now["ann"]["roles"], now["ann"]["teams"]) == ("Ann Lee", ["clerk"], ["night"])
    assert (now["bob"]["state"], "sue" in now, now["eve"]["teams"]) == ("deactivated", False, ["night", "support"])
    assert hub.api("GET", "/v1/teams/night")["lead"] == "eve"
    body["users"][-1]["email"] = "sue@acme.test"
    assert synced(hub, body) == {"users": NOTHING, "roles": NOTHING, "teams": NOTHING}
    hub.fence(adm)
    assert len(told(adm)) == 15
    assert synced(hub, {"roles": [], "users": []})["users"] == counts(removed=len(now) - 1)  # all but the owner
    adm.expect_close(4004)
    assert list(people(hub)) == ["owner"]
    assert {r["id"] for r in hub.api("GET", "/v1/roles")["items"]} == {"owner", "admin", "supervisor", "agent"}


def test_what_is_not_named_stays_on_request(hub):
    body = {"users": [{"id": "eve", "name": "Eve", "email": "eve@acme.test", "roles": ["agent"]}], "teams": [], "remove_missing": False}
    assert synced(hub, body) == {"users": counts(1), "roles": NOTHING, "teams": NOTHING}
    assert len(people(hub)) == 7 and len(hub.api("GET", "/v1/teams")["items"]) == 2


def test_every_bad_row_is_named_and_nothing_is_done(hub):
    adm = hub.sign_in("adm")
    before = listed(hub)
    body = listed(hub)
    by_id = {user["id"]: user for user in body["users"]}
    at = {user["id"]: i for i, user in enumerate(body["users"])}
    by_id["ann"]["email"] = "other@acme.test"
    by_id["bob"]["roles"] = ["king"]
    by_id["cat"]["teams"] = ["nowhere"]
    by_id["owner"]["active"] = False
    by_id["sue"]["name"] = 7
    good = {"id": "eve", "name": "Eve", "email": "eve@acme.test", "roles": ["agent"]}
    body["users"] += [good, {**good, "id": "finn"}, {"id": "gil"}, "row", {**good, "id": "eve", "email": "e2@acme.test"}]
    body["roles"] = [{"id": "owner", "name": "Owner", "permissions": []}, {"id": "r", "name": "R", "permissions": ["fly"]}]
    body["teams"].append({"id": "t3", "name": "Sales"})
    body["teams"].append({"id": "t4", "name": "T4", "lead": "nobody"})
    n = len(before["users"])
    rows = bad_rows(sync(hub, body))
    assert sorted(rows, key=str) == sorted([
        ("user", n + 4, "eve", "invalid_params", ["id"]),
        ("role", 0, "owner", "forbidden", []), ("role", 1, "r", "invalid_params", ["permissions.0"]),
        ("team", 2, "t3", "conflict", ["name"]), ("team", 3, "t4", "invalid_params", ["lead"]),
        ("user", at["ann"], "ann", "invalid_params", ["email"]), ("user", at["bob"], "bob", "invalid_params", ["roles.0"]),
        ("user", at["cat"], "cat", "invalid_params", ["teams.0"]), ("user", at["owner"], "owner", "forbidden", []),
        ("user", at["sue"], "sue", "invalid_params", ["name"]), ("user", n + 1, "finn", "conflict", ["email"]),
        ("user", n + 2, "gil", "invalid_params", ["email", "name", "roles"]), ("user", n + 3, None, "invalid_params", []),
        ("user", n + 4, "eve", "invalid_params", ["email"]),
    ], key=str)  # fmt: skip
    with pytest.raises(RpcError) as caught:
        adm.call("directory.sync", {"teams": [{"id": "x"}], "remove_missing": False})
    assert [r["id"] for r in caught.value.data["rows"]] == ["x"]
    hub.fence(adm)
    assert told(adm) == [] and listed(hub) == before


def test_a_hundred_bad_rows_are_all_named(hub):
    users = [{"id": f"u{i}", "name": "U", "email": f"u{i}", "roles": ["agent"]} for i in range(100)]
    rows = bad_rows(sync(hub, {"users": users, "remove_missing": False}))
    assert [row[1] for row in rows] == list(range(100)) and {row[4][0] for row in rows} == {"email"}


def test_a_role_that_is_held_and_people_who_may_more_are_not_removed(hub):
    hub.api("POST", "/v1/roles", {"id": "clerk", "name": "Clerk", "permissions": ["presence.self"]})
    hub.api("PUT", "/v1/users/cat/roles", {"roles": ["clerk"]})
    assert bad_rows(sync(hub, {"roles": []})) == [("role", None, "clerk", "conflict", [])]
    assert synced(hub, {"roles": [], "users": []})["roles"] == counts(removed=1)


def test_a_plan_that_is_too_small_refuses_all(hub):
    hub.cli_ok("seats", "set", "--data", hub.data, "--workspace", "acme", "--limit", "7")
    new = [{"id": f"n{i}", "name": "N", "email": f"n{i}@acme.test", "roles": ["agent"]} for i in range(3)]
    answer = sync(hub, {"users": new, "remove_missing": False})
    assert (answer.status, answer.json["kind"]) == (409, "seat_limit") and len(people(hub)) == 6
    assert "present" not in answer.json
    assert synced(hub, {"users": new})["users"] == counts(3, 0, 5)  # those who go make room
    assert hub.api("GET", "/v1/seats")["used"] == 4


def test_it_takes_all_three_rights(hub):
    hub.api("POST", "/v1/roles", {"id": "hr", "name": "HR", "permissions": ["users.manage", "roles.manage"]})
    hub.api("POST", "/v1/users", {"id": "hal", "name": "Hal", "email": "hal@acme.test", "roles": ["hr"]})
    for user, status in (("sue", 403), ("hal", 403), ("adm", 200)):
        assert hub.http("POST", "/v1/directory/sync", {}, token=hub.token(user)).status == status
    # An admin takes neither themself nor the owner out.
    assert hub.http("POST", "/v1/directory/sync", {"users": []}, token=hub.token("adm")).status == 200
    assert sorted(people(hub)) == ["adm", "owner"]


def test_lists_have_limits(hub):
    for name, most in (("users", 20000), ("roles", 1000), ("teams", 1000)):
        answer = sync(hub, {name: [{}] * (most + 1)})
        assert answer.status == 422 and list(answer.json["fields"]) == [name]
    assert sync(hub, {"users": {}}).status == 422
    huge = b'{"users":[' + b" " * (9 << 20) + b"]}"
    assert sync(hub, None, raw=huge, headers={"Content-Type": "application/json"}).status == 413
    # Without a word of who asks the usual limit holds.
    assert hub.http("POST", "/v1/directory/sync", raw=b" " * 70000, headers={"Content-Type": "application/json"}).status == 413


def five_thousand():
    return {
        "teams": [{"id": f"t{i}", "name": f"Team {i}"} for i in range(50)],
        "users": [
            {"id": f"u{i}", "name": f"User {i}", "email": f"u{i}@big.test", "phone": "+49 30 12345", "roles": ["agent"], "teams": [f"t{i % 50}"]}
            for i in range(5000)
        ],
        "remove_missing": False,
    }  # fmt: skip


def test_five_thousand_people_in_one_call(make_hub):
    hub = make_hub()
    adm = hub.sign_in("adm", watch="none")
    body = five_thousand()
    began = time.monotonic()
    assert synced(hub, body) == {"users": counts(5000), "roles": NOTHING, "teams": counts(50)}
    first = time.monotonic() - began
    adm.expect("seats.changed")
    assert len(told(adm)) == 5000 * 2 + 50 + 1
    appended = adm.expect("audit.appended", lambda e: "more" in e["data"])["data"]
    assert appended == {"items": [], "more": True}, "what is too much to be told is to be asked for"
    began = time.monotonic()
    assert synced(hub, body) == {"users": NOTHING, "roles": NOTHING, "teams": NOTHING}
    again = time.monotonic() - began
    body["users"][4321]["name"] = "Renamed"
    assert synced(hub, body)["users"] == counts(0, 1, 0)
    adm.expect("user.updated", lambda e: e["data"]["name"] == "Renamed")
    hub.fence(adm)
    assert len(told(adm)) == 5000 * 2 + 50 + 2
    print(f"5,000 people: {first:.2f} s, again {again:.2f} s, {len(json.dumps(body)) >> 10} KiB")
