"""Viewing as somebody else (A14): read-only, noticed by nobody who needn't, and always with an end in the log."""

import contextlib
import json
import re
import sqlite3
import time

import pytest

from hub import PASSWORD


def start(hub, viewer="adm", token=None, **whom):
    """The answer to view_as.start over HTTP."""
    answer = hub.http("POST", "/v1/view-as", whom, token=token or hub.token(viewer))
    assert answer.status == 200, answer.body
    return answer.json


def look(hub, token):
    one = hub.connect()
    one.open(token, device={"id": "d-view"})
    return one


def view(hub, viewer="adm", **whom):
    """(connection, token) of somebody who views as another."""
    token = start(hub, viewer, **whom)["token"]
    return look(hub, token), token


def in_log(hub, type):
    """The data of all events of a type, as the log has them."""
    rows = """SELECT payload FROM event JOIN workspace ON workspace.key = event.workspace
        WHERE workspace.id = 'acme' AND type = ? ORDER BY event.seq"""
    with contextlib.closing(sqlite3.connect(f"file:{hub.data}/muster.db?mode=ro", uri=True)) as log:
        return [json.loads(payload) for (payload,) in log.execute(rows, (type,))]


def check_pairs(hub):
    started = [e["view"] for e in in_log(hub, "view_as.started")]
    stopped = [e["view"] for e in in_log(hub, "view_as.stopped")]
    assert sorted(started) == sorted(stopped) and len(set(started)) == len(started)


def check_over(hub, one, token):
    """The view has ended, and nothing reaches it any more."""
    assert one.expect_close(4003)["kind"] == "session_revoked"
    before = len(one.events)
    other = hub.sign_in("bob")
    hub.publish("x.after", {"everyone": True})
    other.expect("x.after")
    assert not [e for e in one.events[before:] if e["type"] == "x.after"]
    assert hub.http("GET", "/v1/workspace", token=token).status == 401
    again = hub.connect()
    with pytest.raises(Exception, match="unauthenticated"):
        again.open(token)
    check_pairs(hub)


# ---- what it shows ----


def test_a_view_shows_the_workspace_as_a_person_sees_it(hub):
    ann = hub.sign_in("ann")
    answer = start(hub, user="ann")
    assert answer.keys() == {"token", "expires_at"}
    one = look(hub, answer["token"])
    session = one.session
    assert session["view_as"] == {
        "view": session["view_as"]["view"], "by": "adm", "user": "ann", "expires_at": answer["expires_at"]
    }  # fmt: skip
    assert session["user"]["id"] == "ann" and session["permissions"] == ann.session["permissions"]
    assert {p["user"] for p in session["presence"]["users"]} == {p["user"] for p in ann.session["presence"]["users"]}
    assert one.refused("user.list").kind == ann.refused("user.list").kind == "forbidden"
    assert hub.http("GET", "/v1/users", token=answer["token"]).status == 403
    assert hub.http("GET", "/v1/presence", token=answer["token"]).status == 200


def test_a_view_of_a_role_is_of_nobody_in_particular(hub):
    one, _ = view(hub, role="supervisor")
    assert one.session["view_as"]["role"] == "supervisor" and "user" not in one.session["view_as"]
    user = one.session["user"]
    assert user["id"].startswith("v-") and user["roles"] == ["supervisor"] and user["teams"] == []
    assert one.session["permissions"] == hub.sign_in("sue").session["permissions"]
    assert one.call("user.list")["items"]
    hub.publish("x.role", {"roles": ["supervisor"]})
    one.expect("x.role")


def test_a_view_hears_what_the_person_hears(hub):
    one, _ = view(hub, user="ann")
    ann = hub.sign_in("ann")
    for type, audience in (
        ("x.person", {"users": ["ann"]}), ("x.team", {"teams": ["support"]}), ("x.role", {"roles": ["agent"]}), ("x.all", {"everyone": True}),
        ("x.other", {"users": ["bob"]}), ("x.sales", {"teams": ["sales"]}), ("x.managers", {"permission": "users.manage"}),
    ):  # fmt: skip
        hub.publish(type, audience)
    hub.fence(one, ann)
    heard = [e["type"] for e in one.durable("x.") if e["type"] != "x.fence"]
    assert heard == [e["type"] for e in ann.durable("x.") if e["type"] != "x.fence"] == ["x.person", "x.team", "x.role", "x.all"]


def test_a_view_is_spared_what_is_personal(hub):
    one, token = view(hub, user="ann")
    ann = hub.sign_in("ann")
    ann.call("presence.set", {"status": "offline", "note": "at the doctor's"})
    ann.expect("presence.chosen")
    ann.call("session.revoke", {"user": "ann", "session": ann.session["session"]})
    ann.expect_close(4003)
    hub.fence(one)
    assert {e["type"] for e in one.durable()} <= {"x.fence"}
    assert "chosen" not in one.session and "doctor" not in str(one.events)
    for method in ("session.list", "totp.get"):
        assert "view as somebody else" in one.refused(method).message
    assert hub.http("GET", "/v1/users/ann/sessions", token=token).status == 403


def test_a_view_never_resumes(hub):
    first, token = view(hub, user="ann")
    cursor = first.session["cursor"]
    first.close()
    hub.publish("x.missed", {"users": ["ann"]})
    again = hub.connect()
    assert again.open(token, resume=cursor)["resumed"] is False


# ---- it changes nothing ----


def test_every_command_that_writes_is_refused(hub):
    one, token = view(hub, user="sue")
    n = 0
    for row in json.loads(hub.cli_ok("commands")):
        verb, path = (row["route"] or "none none").split(" ")
        if row["public"] or row["operator"] or verb == "GET":
            continue
        if row["name"] in ("session.open", "session.close", "presence.watch", "view_as.stop"):
            continue
        error = one.refused(row["name"], {"token": token} if row["name"] == "session.refresh" else {})
        assert error.kind == "forbidden" and "view as somebody else" in error.message, row["name"]
        if row["route"]:
            path = re.sub(r"\[.*\]", "", path).replace("{", "").replace("}", "")
            answer = hub.http(verb, path, {} if verb in ("POST", "PUT", "PATCH") else None, token=token)
            assert answer.status == 403 and "view as somebody else" in answer.json["detail"], row["name"]
        n += 1
    assert n > 20


def test_a_view_makes_no_further_view_nor_ticket(hub):
    one, token = view(hub, "owner", user="adm")
    assert one.refused("view_as.start", {"user": "ann"}).kind == "forbidden"
    assert one.refused("ticket.create").kind == "forbidden"
    assert hub.http("POST", "/v1/view-as", {"user": "ann"}, token=token).status == 403


def test_nobody_sees_that_somebody_looks(make_hub):
    hub = make_hub(linger_ms=50, reload_grace_ms=50)
    sue = hub.sign_in("sue")
    ann = hub.sign_in("ann")
    sue.expect_status("ann", "available")
    ann.close()
    gone = sue.expect_status("ann", "offline")
    viewer = hub.sign_in("adm")
    sue.expect_status("adm", "available")
    hub.fence(sue)
    before, log = len(sue.events), hub.transitions("ann")
    one, token = view(hub, user="ann")
    one.call("presence.get")
    assert hub.http("GET", "/v1/workspace", token=token).status == 200
    assert sue.call("session.list", {"user": "ann"})["items"] == []
    assert len(sue.call("session.list", {"user": "adm"})["items"]) == 1
    one.close()
    viewer.call("view_as.stop")
    hub.fence(sue)
    assert [e["type"] for e in sue.events[before:] if e["type"] not in ("x.fence", "x.mark")] == []
    assert hub.transitions("ann") == log
    shown = {p["user"]: p for p in sue.call("presence.get", {"scope": {"users": ["ann"]}})["users"]}["ann"]
    assert shown["last_seen"] == gone["last_seen"] and shown["devices"] == []


# ---- who may ----


def test_who_may_not_view_as_whom(hub):
    adm = hub.sign_in("adm")
    hub.api("POST", "/v1/roles", {"id": "looker", "name": "Looker", "permissions": ["impersonate", "presence.self"]})
    hub.api("PUT", "/v1/users/cat/roles", {"roles": ["looker"]})
    cases = [
        ("adm", {"user": "owner"}, "forbidden"), ("adm", {"role": "owner"}, "forbidden"), ("adm", {"user": "adm"}, "forbidden"),
        ("owner", {"role": "owner"}, "forbidden"), ("cat", {"user": "ann"}, "forbidden"), ("cat", {"role": "agent"}, "forbidden"),
        ("sue", {"user": "ann"}, "forbidden"), ("ann", {"user": "nobody"}, "forbidden"), ("adm", {}, "invalid_params"),
        ("adm", {"user": "ann", "role": "agent"}, "invalid_params"), ("adm", {"role": "nothing"}, "not_found"),
    ]  # fmt: skip
    for viewer, whom, kind in cases:
        assert hub.sign_in(viewer).refused("view_as.start", whom).kind == kind, (viewer, whom)
        assert hub.http("POST", "/v1/view-as", whom, token=hub.token(viewer)).json["kind"] == kind, (viewer, whom)
    texts = {adm.refused("view_as.start", {"user": user}).args[0].replace(user, "ID") for user in ("zoe", "nob")}
    assert len(texts) == 1 and "not_found" in texts.pop()
    assert hub.http("POST", "/v1/view-as", {"user": "ann"}, token=hub.secrets["acme"]["key"]).status == 403
    assert in_log(hub, "view_as.started") == []


def test_a_platform_cannot_make_such_a_token(hub):
    """Claims that name a viewer count in the hub's own tokens only."""
    one, token = view(hub, user="sue")
    viewing = one.session["view_as"]["view"]
    forged = hub.http("GET", "/v1/users", token=hub.token(viewing, act={"sub": "adm"}))
    assert forged.status == 401
    plain = hub.connect().open(hub.token("ann", act={"sub": "adm"}, amr=["pwd"]))
    assert "view_as" not in plain and plain["user"]["id"] == "ann"


# ---- how it ends ----


def test_it_is_stopped_by_who_looks(hub):
    adm = hub.sign_in("adm")
    one, token = view(hub, user="ann")
    assert adm.call("view_as.stop") == {}
    check_over(hub, one, token)
    assert in_log(hub, "view_as.stopped")[0]["reason"] == "stopped"


def test_it_is_stopped_from_inside(hub):
    one, token = view(hub, user="ann")
    assert hub.http("DELETE", "/v1/view-as", token=token).json == {}
    check_over(hub, one, token)


def test_it_ends_with_its_time(make_hub):
    hub = make_hub(view_as_ttl_ms="1s")
    adm = hub.sign_in("adm")
    one, token = view(hub, user="ann")
    assert adm.expect("view_as.stopped")["data"]["reason"] == "expired"
    check_over(hub, one, token)


def test_it_lasts_no_longer_than_the_sign_in(hub):
    token = hub.token("adm", ttl=60)
    until = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 61))
    assert start(hub, token=token, user="ann")["expires_at"] <= until + "~"


def test_it_ends_when_who_looks_signs_out(hub):
    mine = hub.token("adm", jti="t-adm")
    token = start(hub, token=mine, user="ann")["token"]
    one = look(hub, token)
    hub.http("POST", "/v1/logout", {}, token=mine)
    check_over(hub, one, token)
    assert in_log(hub, "view_as.stopped")[0]["reason"] == "signed_out"


def test_it_ends_when_who_looks_is_signed_out_everywhere(hub):
    one, token = view(hub, role="agent")
    hub.api("DELETE", "/v1/users/adm/sessions")
    check_over(hub, one, token)


@pytest.mark.parametrize("whom", [{"user": "sue"}, {"role": "supervisor"}])
def test_it_ends_with_the_permission(hub, whom):
    one, token = view(hub, **whom)
    hub.api("PUT", "/v1/users/adm/roles", {"roles": ["supervisor"]})
    check_over(hub, one, token)
    assert not one.durable("role.") and not one.durable("permissions.")
    assert in_log(hub, "view_as.stopped")[0]["reason"] == "permission"


@pytest.mark.parametrize("way", [("POST", "/v1/users/{}/deactivate"), ("DELETE", "/v1/users/{}")], ids=["deactivated", "removed"])
@pytest.mark.parametrize(("whom", "reason"), [("adm", "signed_out"), ("ann", "gone")])
def test_it_ends_when_either_of_the_two_is_gone(hub, way, whom, reason):
    one, token = view(hub, user="ann")
    hub.api(way[0], way[1].format(whom))
    check_over(hub, one, token)
    assert not one.durable("user.")
    assert in_log(hub, "view_as.stopped")[0]["reason"] == reason


def test_it_ends_when_the_other_becomes_the_owner(hub):
    one, token = view(hub, user="ann")
    hub.sign_in("owner").call("owner.transfer", {"user": "ann", "confirm": True})
    check_over(hub, one, token)
    assert in_log(hub, "view_as.stopped")[0]["reason"] == "permission"


def test_it_ends_when_the_role_is_edited_away(hub):
    hub.api("POST", "/v1/roles", {"id": "looker", "name": "Looker", "permissions": ["impersonate", "presence.self", "users.view"]})
    hub.api("POST", "/v1/roles", {"id": "small", "name": "Small", "permissions": ["presence.self"]})
    hub.api("PUT", "/v1/users/cat/roles", {"roles": ["looker"]})
    one, token = view(hub, "cat", role="small")
    hub.api("PATCH", "/v1/roles/small", {"permissions": ["presence.self", "users.view"]})
    assert one.call("user.list")["items"]  # the view follows the role
    hub.api("PATCH", "/v1/roles/small", {"permissions": ["presence.self", "audit.view"]})
    check_over(hub, one, token)


def test_it_ends_when_the_role_is_deleted(hub):
    hub.api("POST", "/v1/roles", {"id": "small", "name": "Small", "permissions": ["presence.self"]})
    one, token = view(hub, role="small")
    hub.api("DELETE", "/v1/roles/small")
    check_over(hub, one, token)
    assert in_log(hub, "view_as.stopped")[0]["reason"] == "gone"


def test_a_new_view_takes_the_place_of_the_old_one(hub):
    first, old = view(hub, user="ann")
    second, new = view(hub, role="agent")
    assert first.expect_close(4003)
    assert hub.http("GET", "/v1/workspace", token=old).status == 401
    assert hub.http("GET", "/v1/workspace", token=new).status == 200
    assert [e["reason"] for e in in_log(hub, "view_as.stopped")] == ["replaced"]
    second.close()


def test_a_view_survives_a_crash_and_ends_all_the_same(make_hub):
    hub = make_hub(view_as_ttl_ms="1h")
    _, token = view(hub, user="ann")
    hub.kill()
    hub.restart()
    one = look(hub, token)
    assert one.session["view_as"]["user"] == "ann"
    assert hub.http("DELETE", "/v1/view-as", token=hub.token("adm")).status == 200
    check_over(hub, one, token)


def test_a_view_whose_time_ends_around_a_crash_is_noted(make_hub):
    hub = make_hub(view_as_ttl_ms="1s")
    cursor = hub.sign_in("adm").session["cursor"]
    token = start(hub, user="ann")["token"]
    hub.kill()
    hub.restart()
    adm = hub.sign_in("adm", resume=cursor)
    assert adm.expect("view_as.stopped")["data"]["reason"] == "expired"
    assert hub.http("GET", "/v1/workspace", token=token).status == 401
    check_pairs(hub)


# ---- who is told ----


def test_both_ends_are_in_the_audit_log(hub):
    one, token = view(hub, user="ann")
    hub.http("DELETE", "/v1/view-as", token=token)  # by the view itself, which is adm's doing all the same
    one.expect_close(4003)
    rows = hub.api("GET", "/v1/audit?action=view_as.")["items"]
    assert [(row["action"], row["user"], row["actor"]["user"]) for row in rows] == [
        ("view_as.stopped", "ann", "adm"), ("view_as.started", "ann", "adm")
    ]  # fmt: skip
    assert "token" not in str(rows)


def test_who_is_told(hub):
    hub.api(
        "POST", "/v1/users", {"id": "max", "name": "Max", "email": "max@acme.test", "roles": ["admin"], "password": PASSWORD}
    )
    told = {user: hub.sign_in(user) for user in ("adm", "max", "ann", "owner")}
    others = {user: hub.sign_in(user) for user in ("bob", "sue")}
    token = start(hub, user="ann")["token"]
    hub.http("DELETE", "/v1/view-as", token=token)
    for one in told.values():
        started, stopped = one.expect("view_as.started"), one.expect("view_as.stopped")
        assert started["data"].keys() == {"view", "by", "user", "role", "expires_at"}
        assert (started["data"]["by"], started["data"]["user"], started["data"]["role"]) == ("adm", "ann", None)
        assert stopped["data"] == {"view": started["data"]["view"], "by": "adm", "user": "ann", "role": None, "reason": "stopped"}
        assert started["actor"] == {"user": "adm"} and stopped["actor"]["user"] == "adm"
    hub.fence(*others.values())
    assert not any(one.durable("view_as.") for one in others.values())
