"""The second factor (A12): enrolling, signing in with it, losing it, and a workspace that asks everybody for one."""

import json
import re
import urllib.parse

import pytest

import hub as hubs
from client import RpcError
from totp import App, code

PASSWORD = "copper lantern 9317"


@pytest.fixture
def desk(make_hub):
    """A hub where pat, an agent, and max, an admin, sign in with a password."""
    hub = make_hub(login_attempts=1000, commands_per_second=100000, commands_burst=100000)
    add_person(hub, "pat", "agent")
    add_person(hub, "max", "admin")
    return hub


def add_person(hub, user, role, workspace="acme"):
    hub.api(
        "POST", "/v1/users",
        {"id": user, "name": user.title(), "email": f"{user}@{workspace}.test", "roles": [role], "password": PASSWORD},
        workspace=workspace,
    )  # fmt: skip


def log_in(hub, user="pat", code=None, password=PASSWORD):
    body = {"workspace": "acme", "email": f"{user}@acme.test", "password": password}
    return hub.http("POST", "/v1/login", {**body, "code": code} if code else body)


def sign_in(hub, user="pat", code=None):
    answer = log_in(hub, user, code)
    assert answer.status == 200, answer.body
    return answer.json["token"]


def tab(hub, token, **options):
    one = hub.connect()
    one.open(token, **options)
    return one


def enroll(hub, user="pat", token=None):
    """(app, recovery codes) of somebody who enrols over HTTP; one code is used up by that."""
    token = token or sign_in(hub, user)
    app = App(hub.http("POST", "/v1/me/totp", {}, token=token).json["secret"])
    answer = hub.http("POST", "/v1/me/totp/confirm", {"code": app.code()}, token=token)
    assert answer.status == 200, answer.body
    return app, answer.json["recovery_codes"]


def require_2fa(hub, on=True):
    assert hub.api("PATCH", "/v1/security", {"require_2fa": on})["require_2fa"] is on


# ---- enrolling and signing in ----


def test_the_app_is_told_all_it_needs(desk):
    got = tab(desk, sign_in(desk)).call("totp.enroll")
    uri = urllib.parse.urlsplit(got["uri"])
    query = dict(urllib.parse.parse_qsl(uri.query))
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Acme:pat%40acme.test")
    assert query == {"secret": got["secret"], "issuer": "Acme", "algorithm": "SHA1", "digits": "6", "period": "30"}
    assert re.fullmatch("[A-Z2-7]{32}", got["secret"])  # 160 bits


def test_a_secret_counts_once_it_is_confirmed(desk):
    one = tab(desk, sign_in(desk))
    secret = one.call("totp.enroll")["secret"]
    assert one.call("totp.get") == {"enrolled": False, "since": None, "recovery_left": 0, "required": False}
    assert log_in(desk).status == 200  # not yet
    assert one.refused("totp.confirm", {"code": "00000"}).fields.keys() == {"code"}
    recovery = one.call("totp.confirm", {"code": code(secret)})["recovery_codes"]
    assert len(set(recovery)) == 10 and all(re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", c) for c in recovery)
    state = one.call("totp.get")
    assert state["enrolled"] and state["recovery_left"] == 10 and state["since"].endswith("Z")


@pytest.mark.parametrize("transport", ["http", "socket"])
def test_signing_in_asks_for_a_code(desk, transport):
    app, _ = enroll(desk)
    body = {"workspace": "acme", "email": "pat@acme.test", "password": PASSWORD}
    if transport == "http":
        answer = desk.http("POST", "/v1/login", body)
        assert (answer.status, answer.json["kind"]) == (401, "second_factor_required")
        assert log_in(desk, code=app.code()).status == 200
    else:
        one = desk.connect()
        error = one.refused("auth.login", body)
        assert (error.code, error.kind) == (1031, "second_factor_required")
        assert one.call("auth.login", {**body, "code": app.code()})["user"]["id"] == "pat"


def test_the_code_is_not_asked_before_the_password_is_right(desk):
    enroll(desk)
    wrong = log_in(desk, password="not this one", code="123456")
    unknown = log_in(desk, "nobody", code="123456")
    assert wrong.status == unknown.status == 401
    assert wrong.body == unknown.body


def test_a_code_is_good_once(desk):
    app, _ = enroll(desk)
    mine = app.code()
    assert log_in(desk, code=mine).status == 200
    again = log_in(desk, code=mine)
    assert (again.status, again.json["kind"]) == (401, "unauthenticated")
    assert set(again.json["fields"]) == {"code"}
    assert "token" not in again.json


def test_a_replayed_code_is_refused_after_a_crash_too(desk):
    app, recovery = enroll(desk)
    mine = app.code()
    assert log_in(desk, code=mine).status == 200
    assert log_in(desk, code=recovery[0]).status == 200
    desk.kill()
    desk.restart()
    assert log_in(desk).json["kind"] == "second_factor_required"
    assert log_in(desk, code=mine).status == 401
    assert log_in(desk, code=recovery[0]).status == 401
    assert log_in(desk, code=recovery[1]).status == 200


def test_of_many_who_come_with_one_code_at_once_one_gets_in(desk):
    app, _ = enroll(desk)
    body = {"workspace": "acme", "email": "pat@acme.test", "password": PASSWORD, "code": app.code()}
    racers = [desk.connect() for _ in range(6)]
    numbers = [one.request("auth.login", body) for one in racers]
    answers = [one.answer(number) for one, number in zip(racers, numbers, strict=True)]
    assert sum("result" in answer for answer in answers) == 1
    assert {a["error"]["data"]["kind"] for a in answers if "error" in a} == {"unauthenticated"}


@pytest.mark.parametrize("ahead", [-3, 3])
def test_a_clock_that_is_far_off_is_refused(desk, ahead):
    app, _ = enroll(desk)
    assert log_in(desk, code=code(app.secret, ahead=ahead)).status == 401


def test_guessing_codes_is_slowed_down_like_guessing_passwords(make_hub):
    hub = make_hub(login_attempts=3, login_window_ms="10m")
    add_person(hub, "pat", "agent")
    app, _ = enroll(hub)
    for _ in range(5):  # not to give one is no guess
        assert log_in(hub).json["kind"] == "second_factor_required"
    for n in range(3):
        assert log_in(hub, code=code(app.secret, ahead=100 + n)).status == 401
    answer = log_in(hub, code=app.code())
    assert (answer.status, answer.json["kind"]) == (429, "rate_limited")
    assert answer.json["retry_after_ms"] > 0


def test_who_signs_in_elsewhere_has_their_second_factor_there(desk):
    ann = desk.sign_in("ann")
    assert ann.refused("totp.enroll").kind == "forbidden"
    enroll(desk)
    require_2fa(desk)
    assert "must_enroll" not in ann.session
    assert "must_enroll" not in tab(desk, desk.token("pat")).session
    assert "must_enroll" not in desk.sign_in("bob").session


def test_an_api_key_has_none(desk):
    answer = desk.http("POST", "/v1/me/totp", {}, token=desk.secrets["acme"]["key"])
    assert answer.status == 403


# ---- replacing it ----


def test_enrolling_anew_replaces_what_was_pending(desk):
    one = tab(desk, sign_in(desk))
    first, second = one.call("totp.enroll")["secret"], one.call("totp.enroll")["secret"]
    assert first != second
    assert one.refused("totp.confirm", {"code": code(first)}).kind == "invalid_params"
    one.call("totp.confirm", {"code": code(second)})
    assert one.refused("totp.confirm", {"code": code(second)}).kind == "conflict"


def test_a_second_factor_is_replaced_by_who_shows_it(desk):
    token = sign_in(desk)
    old, _ = enroll(desk, token=token)
    one = tab(desk, token)
    assert one.refused("totp.enroll").kind == "second_factor_required"
    assert one.refused("totp.enroll", {"code": "000000"}).fields.keys() == {"code"}
    new = App(one.call("totp.enroll", {"code": old.code()})["secret"])
    assert log_in(desk, code=code(new.secret)).status == 401  # the old one counts until the new one is proved
    one.call("totp.confirm", {"code": new.code()})
    assert log_in(desk, code=code(old.secret)).status == 401
    assert log_in(desk, code=new.code()).status == 200


def test_an_old_sign_in_shows_the_password_again(desk):
    one = tab(desk, desk.token("pat"))  # as good as one of a while ago
    assert one.refused("totp.enroll").fields.keys() == {"password"}
    assert one.refused("totp.enroll", {"password": "not this one"}).fields.keys() == {"password"}
    assert one.call("totp.enroll", {"password": PASSWORD})["secret"]


# ---- recovery codes ----


def test_a_recovery_code_is_good_once(desk):
    _, recovery = enroll(desk)
    assert log_in(desk, code=recovery[3].lower().replace("-", " ")).status == 200
    assert log_in(desk, code=recovery[3]).status == 401
    assert log_in(desk, code=recovery[4]).status == 200


def test_who_is_concerned_hears_of_a_recovery_code_without_it(desk):
    _, recovery = enroll(desk)
    pat, adm, ann = tab(desk, desk.token("pat")), desk.sign_in("adm"), desk.sign_in("ann")
    assert log_in(desk, code=recovery[0]).status == 200
    for one in (pat, adm):
        event = one.expect("second_factor.recovery_used")
        assert event["data"] == {"user": "pat", "left": 9} and event["actor"] == {"user": "pat"}
    desk.fence(ann)
    assert not [e for e in ann.events if e["type"].startswith("second_factor")]


def test_new_recovery_codes_void_the_old_ones(desk):
    token = sign_in(desk)
    app, old = enroll(desk, token=token)
    answer = desk.http("POST", "/v1/me/totp/recovery", {"code": "000000"}, token=token)
    assert answer.status == 422 and set(answer.json["fields"]) == {"code"}
    new = desk.http("POST", "/v1/me/totp/recovery", {"code": app.code()}, token=token).json["recovery_codes"]
    assert len(new) == 10 and not set(new) & set(old)
    assert log_in(desk, code=old[0]).status == 401
    assert log_in(desk, code=new[0]).status == 200


def test_what_happens_to_it_is_in_the_audit_log(desk):
    app, recovery = enroll(desk)
    log_in(desk, code="000000")
    log_in(desk, code=app.code())
    log_in(desk, code=recovery[0])
    desk.api("DELETE", "/v1/users/pat/totp")
    rows = desk.api("GET", "/v1/audit?user=pat")["items"]
    seen = [(row["action"], row["actor"].get("user")) for row in reversed(rows)]
    factor = [one for one in seen if one[0].startswith("second_factor.")]
    assert factor == [("second_factor.enrolled", "pat"), ("second_factor.recovery_used", "pat"), ("second_factor.reset", None)]
    assert [action for action, _ in seen if action.startswith("auth.")].count("auth.login_failed") == 1
    assert app.secret not in str(rows) and recovery[0] not in str(rows) and "digest" not in str(rows)


# ---- losing it, and giving it up ----


def test_giving_it_up_takes_a_code(desk):
    token = sign_in(desk)
    app, recovery = enroll(desk, token=token)
    one = tab(desk, token)
    assert one.refused("totp.disable", {"code": "000000"}).fields.keys() == {"code"}
    require_2fa(desk)
    assert one.refused("totp.disable", {"code": app.code()}).kind == "forbidden"
    require_2fa(desk, False)
    assert one.call("totp.disable", {"code": recovery[0]}) == {}
    assert one.expect("second_factor.disabled")["data"] == {"user": "pat"}
    assert log_in(desk).status == 200
    assert one.refused("totp.disable", {"code": "000000"}).kind == "conflict"


def test_an_admin_resets_it_and_the_person_hears(desk):
    enroll(desk)
    pat, ann, adm = tab(desk, desk.token("pat")), desk.sign_in("ann"), desk.sign_in("adm")
    assert adm.call("totp.reset", {"user": "pat"}) == {}
    for one in (pat, adm):
        event = one.expect("second_factor.reset")
        assert event["data"] == {"user": "pat"} and event["actor"] == {"user": "adm"}
    desk.fence(ann)
    assert not [e for e in ann.events if e["type"].startswith("second_factor")]
    assert log_in(desk).status == 200


def test_a_reset_over_http(desk):
    enroll(desk)
    assert desk.http("DELETE", "/v1/users/pat/totp", token=desk.token("adm")).json == {}
    assert log_in(desk).status == 200


def test_an_operator_resets_it_too(desk):
    enroll(desk)
    desk.cli_ok("user", "reset-2fa", "--data", desk.data, "--workspace", "acme", "--user", "pat")
    assert log_in(desk).status == 200


def test_who_may_not_reset_it(desk):
    enroll(desk, "max")
    enroll(desk)
    owner = desk.http("POST", "/v1/login", {"workspace": "acme", "email": "olga@acme.test", "password": hubs.PASSWORD}).json["token"]
    enroll(desk, token=owner)
    adm = desk.sign_in("adm")
    assert adm.refused("totp.reset", {"user": "owner"}).kind == "forbidden"  # may more
    assert tab(desk, desk.token("max")).refused("totp.reset", {"user": "max"}).kind == "forbidden"  # that is disabling
    assert desk.sign_in("sue").refused("totp.reset", {"user": "pat"}).kind == "forbidden"  # lacks security.manage
    assert desk.sign_in("ann").refused("totp.reset", {"user": "nobody"}).kind == "forbidden"
    assert adm.refused("totp.reset", {"user": "ann"}).kind == "conflict"  # has none
    answers = [desk.http("DELETE", f"/v1/users/{user}/totp", token=desk.token("adm")) for user in ("zoe", "nob")]
    assert {answer.status for answer in answers} == {404}
    assert answers[0].json["detail"].replace("zoe", "nob") == answers[1].json["detail"]
    for user in ("pat", "max"):
        assert log_in(desk, user).json["kind"] == "second_factor_required"


def test_no_event_tells_a_secret(desk):
    watchers = [desk.sign_in("adm"), desk.sign_in("owner"), tab(desk, desk.token("pat"))]
    token = sign_in(desk)
    app, recovery = enroll(desk, token=token)
    for more in (app.code(), recovery[1]):
        log_in(desk, code=more)
    desk.http("POST", "/v1/me/totp/recovery", {"code": recovery[2]}, token=token)
    for one in watchers:
        told = one.expect("second_factor.enrolled")
        assert told["data"] == {"user": "pat"}
        assert one.expect("second_factor.recovery_made")["data"] == {"user": "pat"}
        text = str(one.events)
        assert app.secret not in text and not any(c in text for c in recovery) and "digest" not in text
    assert not any(app.secret in line or recovery[0] in line for line in desk.log.lines)


# ---- required of everybody ----


def test_the_switch_is_for_who_manages_security(desk):
    adm, sue = desk.sign_in("adm"), desk.sign_in("sue")
    assert adm.call("security.get") == {"require_2fa": False, "people": {"with_password": 3, "enrolled": 0}}
    assert sue.refused("security.get").kind == "forbidden"
    assert sue.refused("security.update", {"require_2fa": True}).kind == "forbidden"
    assert adm.refused("security.update", {"require_2fa": "yes"}).kind == "invalid_params"
    assert adm.call("security.update", {"require_2fa": True})["require_2fa"] is True
    assert adm.expect("security.updated")["data"] == {"require_2fa": True}
    desk.fence(sue)
    assert not [e for e in sue.events if e["type"] == "security.updated"]
    desk.kill()
    desk.restart()
    assert desk.api("GET", "/v1/security")["require_2fa"] is True


def test_who_has_none_can_only_enrol(desk):
    require_2fa(desk)
    sue = desk.sign_in("sue")
    answer = log_in(desk)
    assert answer.status == 200 and answer.json["must_enroll"] is True
    token = answer.json["token"]
    one = tab(desk, token)
    assert one.session["must_enroll"] is True
    assert one.session["permissions"] == [] and one.session["presence"]["users"] == []
    open_to_all = {"session.open", "session.close", "session.refresh", "totp.get", "totp.enroll", "totp.confirm", "auth.logout"}
    for row in commands(desk):
        if row["name"] in open_to_all or row["public"] or row["operator"]:
            continue
        error = one.refused(row["name"], {})
        assert error.kind == "forbidden" and "second factor" in error.message, row["name"]
        if row["route"]:
            verb, path = row["route"].split(" ")
            path = re.sub(r"\[.*\]", "", path).replace("{", "").replace("}", "")
            answer = desk.http(verb, path, {} if verb in ("POST", "PUT", "PATCH") else None, token=token)
            assert answer.status == 403 and "second factor" in answer.json["detail"], row["name"]
    assert sue.board.people["pat"]["status"] == "offline" and not sue.statuses("pat")

    app = App(one.call("totp.enroll")["secret"])
    one.call("totp.confirm", {"code": app.code()})
    told = one.expect("permissions.changed")["data"]
    assert "presence.self" in told["permissions"] and "must_enroll" not in told
    assert one.call("presence.get")["users"]
    sue.expect_status("pat", "available")
    assert log_in(desk, code=app.code()).json.get("must_enroll") is None


def test_who_has_none_may_sign_out(desk):
    require_2fa(desk)
    one = tab(desk, sign_in(desk))
    one.call("auth.logout")
    one.expect_close(4003)


def test_open_sessions_lose_their_rights_at_once(desk):
    token = sign_in(desk)
    app, _ = enroll(desk, "max")
    pat, elsewhere, enrolled, sue = (
        tab(desk, token), desk.sign_in("bob"), tab(desk, sign_in(desk, "max", app.code())), desk.sign_in("sue")
    )  # fmt: skip
    sue.expect_status("pat", "available")
    require_2fa(desk)
    assert pat.expect("permissions.changed")["data"] == {"user": "pat", "roles": ["agent"], "permissions": [], "must_enroll": True}
    sue.expect_status("pat", "offline")
    before = len(pat.events)
    desk.publish("x.news", {"everyone": True})
    desk.publish("x.yours", {"users": ["pat"]})
    desk.publish("x.agents", {"roles": ["agent"]})
    for one in (elsewhere, enrolled, sue):
        one.expect("x.news")
        assert not [e for e in one.events if e["type"] == "permissions.changed"]
    assert pat.refused("presence.set", {"status": "away"}).kind == "forbidden"  # also: all that was sent has come
    assert pat.events[before:] == []
    assert desk.http("GET", "/v1/presence", token=token).status == 403

    require_2fa(desk, False)
    assert pat.expect("permissions.changed")["data"]["permissions"]
    desk.publish("x.again", {"users": ["pat"]})
    pat.expect("x.again")
    sue.expect_status("pat", "available")


def test_a_reset_shuts_who_needs_one(desk):
    app, _ = enroll(desk)
    pat = tab(desk, sign_in(desk, code=app.code()))
    require_2fa(desk)
    assert pat.call("presence.set", {"status": "away"})["status"] == "away"
    desk.api("DELETE", "/v1/users/pat/totp")
    assert pat.expect("permissions.changed")["data"]["must_enroll"] is True
    with pytest.raises(RpcError):
        pat.call("presence.set", {"status": "available"})
    new = App(pat.call("totp.enroll")["secret"])
    pat.call("totp.confirm", {"code": new.code()})
    assert pat.call("presence.set", {"status": "available"})["status"] == "available"


def test_what_was_missed_before_enrolling_is_not_replayed_in_part(desk):
    one = tab(desk, sign_in(desk))
    cursor = one.session["cursor"]
    one.close()
    require_2fa(desk)
    desk.publish("x.missed", {"users": ["pat"]})
    again = tab(desk, sign_in(desk), resume=cursor)
    assert again.session["resumed"] is False and again.session["replayed"] == 0


def commands(hub):
    """The program's own list of commands."""
    return json.loads(hub.cli_ok("commands"))
