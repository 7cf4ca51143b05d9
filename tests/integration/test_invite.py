"""Invitations (A3): asking somebody to come, what their link is good for, and who hears of it."""

import json
import threading

import pytest

from client import TIMEOUT
from hub import PASSWORD

FIELDS = {"id", "email", "name", "roles", "teams", "state", "invited_by", "created_at", "expires_at", "user"}


def call(hub, user, method, path, body=None):
    return hub.http(method, path, body, token=hub.token(user))


def invite(hub, user="adm", **more):
    """An invitation of Eve; the result."""
    answer = call(hub, user, "POST", "/v1/invites", {"email": "eve@acme.test", "roles": ["agent"], **more})
    assert answer.status == 200, answer.body
    return answer.json


def token_of(made):
    """What the link of an invitation ends in."""
    return made["link"].split("/#/invite/acme/")[1]


def show(hub, made, workspace="acme"):
    return hub.http("POST", "/v1/invites/show", {"workspace": workspace, "token": token_of(made)})


def accept(hub, made, **more):
    body = {"workspace": "acme", "token": token_of(made), "name": "Eve Green", "password": PASSWORD, **more}
    return hub.http("POST", "/v1/invites/accept", {name: value for name, value in body.items() if value is not None})


def state_of(hub, made):
    listed = call(hub, "adm", "GET", "/v1/invites").json["items"]
    return next(one["state"] for one in listed if one["id"] == made["id"])


def refusal(answer):
    return answer.status, answer.json["kind"], answer.json["detail"]


# ---- asking ----


def test_an_invitation_over_http_and_over_a_web_socket(hub):
    made = invite(hub, name="Eve", teams=["support"])
    assert set(made) == FIELDS | {"link", "mailed"}
    assert (made["email"], made["name"], made["roles"], made["teams"]) == ("eve@acme.test", "Eve", ["agent"], ["support"])
    assert (made["state"], made["invited_by"], made["user"], made["mailed"]) == ("pending", "adm", None, False)

    adm = hub.sign_in("adm")
    second = adm.call("invite.create", {"email": "kim@acme.test", "roles": ["agent", "supervisor"]})
    assert set(second) == set(made)
    assert second["name"] is None
    assert token_of(second) != token_of(made)


def test_who_manages_people_hears_of_it_and_nobody_else(hub):
    people = {user: hub.sign_in(user) for user in ("adm", "sue", "ann")}
    made = invite(hub)
    call(hub, "adm", "POST", f"/v1/invites/{made['id']}/resend")
    call(hub, "adm", "DELETE", f"/v1/invites/{made['id']}")
    created = people["adm"].expect("invite.created")
    assert created["actor"] == {"user": "adm"}
    assert created["data"] == {
        "id": made["id"], "email": "eve@acme.test", "name": None, "roles": ["agent"], "teams": [], "invited_by": "adm",
        "invited_by_key": None, "expires_at": made["expires_at"],
    }  # fmt: skip
    assert people["adm"].expect("invite.resent")["data"]["id"] == made["id"]
    assert people["adm"].expect("invite.revoked")["data"] == {"id": made["id"]}
    hub.fence(*people.values())
    for user in ("sue", "ann"):
        assert not [event for event in people[user].events if event["type"].startswith("invite.")]


BAD = {
    "no address": ({"email": "eve"}, 422, "email"),
    "two addresses": ({"email": "eve@acme.test,kim@acme.test"}, 422, "email"),
    "of a user": ({"email": "ANN@acme.test"}, 409, "email"),
    "invited already": ({"email": "Kim@Acme.test"}, 409, "email"),
    "unknown role": ({"roles": ["king"]}, 422, "roles.0"),
    "no role": ({"roles": []}, 422, "roles"),
    "unknown team": ({"teams": ["support", "nowhere"]}, 422, "teams.1"),
    "a password": ({"password": PASSWORD}, 422, "password"),
}


@pytest.mark.parametrize("row", BAD)
def test_bad_invitations_change_nothing(hub, row):
    change, status, field = BAD[row]
    invite(hub, email="kim@acme.test")
    adm = hub.sign_in("adm")
    body = {"email": "eve@acme.test", "roles": ["agent"], **change}
    answer = call(hub, "adm", "POST", "/v1/invites", body)
    assert answer.status == status
    assert field in answer.json["fields"]
    assert adm.refused("invite.create", body).fields == answer.json["fields"]
    hub.fence(adm)
    assert not adm.durable("invite.")


def test_nobody_invites_above_themselves(hub):
    hub.api("POST", "/v1/users", {"id": "rita", "name": "Rita", "email": "rita@acme.test", "roles": ["admin"]})
    assert call(hub, "rita", "POST", "/v1/invites", {"email": "x@y.test", "roles": ["owner"]}).json["kind"] == "forbidden"
    key = hub.api("POST", "/v1/keys", {"alg": "api", "scopes": ["users.manage"]})["key"]
    answer = hub.http("POST", "/v1/invites", {"email": "x@y.test", "roles": ["agent"]}, token=key)
    assert answer.json["kind"] == "forbidden"
    made = invite(hub, "rita", roles=["admin"])
    assert hub.http("POST", f"/v1/invites/{made['id']}/resend", token=key).json["kind"] == "forbidden"


COMMANDS = [
    ("POST", "/v1/invites", {"email": "x@y.test", "roles": ["agent"]}),
    ("GET", "/v1/invites", None),
    ("POST", "/v1/invites/{id}/resend", None),
    ("DELETE", "/v1/invites/{id}", None),
]


@pytest.mark.parametrize("method,path,body", COMMANDS)
def test_without_users_manage_there_are_no_invitations(hub, method, path, body):
    made = invite(hub)
    for user in ("ann", "sue"):
        for id in (made["id"], "i-nobody"):
            answer = call(hub, user, method, path.format(id=id), body)
            assert refusal(answer) == (403, "forbidden", "You need the permission users.manage for this")
    assert state_of(hub, made) == "pending"


@pytest.mark.parametrize("method,path", [row[:2] for row in COMMANDS if "{id}" in row[1]])
def test_a_foreign_invitation_is_as_good_as_none(hub, method, path):
    body = {"email": "eve@globex.test", "roles": ["agent"]}
    foreign = hub.api("POST", "/v1/invites", body, workspace="globex")
    answers = [call(hub, "adm", method, path.format(id=id)) for id in (foreign["id"], "i-nobody")]
    assert refusal(answers[0]) == refusal(answers[1]) == (404, "not_found", "There is no such invitation")
    listed = hub.http("GET", "/v1/invites", token=hub.secrets["globex"]["key"]).json["items"]
    assert [one["state"] for one in listed] == ["pending"]


def test_the_list_shows_no_links(hub):
    made = [invite(hub, email=f"eve{number}@acme.test") for number in range(3)]
    call(hub, "adm", "DELETE", f"/v1/invites/{made[0]['id']}")
    adm = hub.sign_in("adm")
    page = adm.call("invite.list", {"limit": 2})
    rest = adm.call("invite.list", {"limit": 2, "after": page["next"]})
    assert rest["next"] is None
    assert sorted(one["id"] for one in page["items"] + rest["items"]) == sorted(one["id"] for one in made)
    assert all(set(one) == FIELDS for one in page["items"])
    pending = call(hub, "adm", "GET", "/v1/invites?state=pending").json["items"]
    assert sorted(one["id"] for one in pending) == sorted(one["id"] for one in made[1:])
    assert [one["id"] for one in adm.call("invite.list", {"state": "revoked"})["items"]] == [made[0]["id"]]
    assert adm.refused("invite.list", {"state": "lost"}).fields.keys() == {"state"}


def test_the_secret_of_a_link_is_not_kept(hub):
    made = invite(hub)
    secret = token_of(made).split("~")[1]
    assert len(secret) == 43  # 256 bits
    for file in hub.data.iterdir():
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file
    assert not any(secret in line for line in hub.log.lines)


# ---- coming ----


def test_accepting_makes_a_user_and_signs_them_in(hub):
    made = invite(hub, name="Eve", roles=["agent", "supervisor"], teams=["support", "sales"])
    shown = show(hub, made)
    assert shown.status == 200
    assert shown.json == {
        "workspace": {"id": "acme", "name": "Acme"}, "email": "eve@acme.test", "name": "Eve", "inviter": "Adm",
        "expires_at": made["expires_at"],
    }  # fmt: skip

    people = {user: hub.sign_in(user) for user in ("adm", "sue", "cat")}
    answer = accept(hub, made)
    assert answer.status == 200, answer.body
    assert set(answer.json) == {"token", "expires_at", "user"}
    user = answer.json["user"]
    assert (user["name"], user["email"], user["state"]) == ("Eve Green", "eve@acme.test", "active")
    assert (user["roles"], user["teams"]) == (["agent", "supervisor"], ["sales", "support"])

    one = hub.connect()
    assert one.open(answer.json["token"])["user"]["id"] == user["id"]
    login = {"workspace": "acme", "email": "EVE@acme.test", "password": PASSWORD}
    assert hub.http("POST", "/v1/login", login).json["user"]["id"] == user["id"]

    accepted = people["adm"].expect("invite.accepted")
    assert accepted["data"] == {"id": made["id"], "user": user["id"]}
    assert accepted["actor"] == {"user": user["id"]}
    assert people["adm"].expect("user.created")["data"]["user"] == user["id"]
    people["adm"].expect("seats.changed")
    assert people["cat"].expect("team.member_added")["data"] == {"user": user["id"], "team": "sales"}
    hub.fence(*people.values())
    for other in ("sue", "cat"):
        assert not [event for event in people[other].events if event["type"].startswith(("invite.", "seats."))]
    listed = call(hub, "adm", "GET", "/v1/invites").json["items"]
    assert [(one["state"], one["user"]) for one in listed] == [("accepted", user["id"])]


def test_accepting_over_a_web_socket(hub):
    made = invite(hub)
    one = hub.connect()
    proof = {"workspace": "acme", "token": token_of(made)}
    assert one.call("invite.show", proof)["email"] == "eve@acme.test"
    answer = one.call("invite.accept", {**proof, "name": "Eve", "password": PASSWORD})
    assert one.open(answer["token"])["user"] == {**answer["user"], "status": "available"}


def test_the_name_of_the_invitation_will_do(hub):
    assert accept(hub, invite(hub, name="Eve Grey"), name=None).json["user"]["name"] == "Eve Grey"
    nameless = accept(hub, invite(hub, email="kim@acme.test"), name=None)
    assert (nameless.status, set(nameless.json["fields"])) == (422, {"name"})


@pytest.mark.parametrize("password", ["", "short", "eve@acme.test", "aaaaaaaaaaaa", "x" * 300])
def test_a_weak_password_is_refused_and_another_one_taken(hub, password):
    made = invite(hub)
    answer = accept(hub, made, password=password)
    assert (answer.status, set(answer.json["fields"])) == (422, {"password"})
    assert accept(hub, made).status == 200


def test_a_team_that_is_gone_is_left_out(hub):
    made = invite(hub, teams=["support", "sales"])
    hub.api("DELETE", "/v1/teams/sales")
    assert accept(hub, made).json["user"]["teams"] == ["support"]


def test_an_invitation_outlives_the_hub(make_hub):
    hub = make_hub(snapshot_every=1)
    made = invite(hub, teams=["support"])
    hub.publish("x.mark", {"everyone": True})
    hub.restart()
    assert accept(hub, made).json["user"]["teams"] == ["support"]
    hub.publish("x.mark", {"everyone": True})
    hub.kill()
    hub.restart()
    assert state_of(hub, made) == "accepted"
    assert refusal(accept(hub, made))[:2] == (410, "gone")


# ---- links that are good no longer ----


def test_a_link_is_good_once(hub):
    made = invite(hub)
    assert accept(hub, made).status == 200
    for answer in (accept(hub, made), show(hub, made)):
        assert refusal(answer) == (410, "gone", "This invitation was accepted already: sign in instead")


def test_a_revoked_link_is_dead(hub):
    made = invite(hub)
    for _ in range(2):
        answer = call(hub, "adm", "DELETE", f"/v1/invites/{made['id']}")
        assert (answer.status, answer.json["state"]) == (200, "revoked")
        assert "link" not in answer.json
    for answer in (accept(hub, made), show(hub, made)):
        assert refusal(answer) == (410, "gone", "This invitation was taken back: ask whoever invited you")
    assert call(hub, "adm", "POST", f"/v1/invites/{made['id']}/resend").status == 409
    assert accept(hub, invite(hub)).status == 200  # the address is free again


def test_an_expired_link_is_dead_and_managers_hear_of_it(make_hub):
    hub = make_hub(invite_ttl_ms="1s")
    adm, ann = hub.sign_in("adm"), hub.sign_in("ann")
    made = invite(hub)
    expired = adm.expect("invite.expired")
    assert expired["data"] == {"id": made["id"]}
    assert expired["actor"] == {"system": True}
    assert expired["at"] >= made["expires_at"]
    for answer in (accept(hub, made), show(hub, made)):
        assert refusal(answer) == (410, "gone", "This invitation has expired: ask for another one")
    assert state_of(hub, made) == "expired"
    hub.fence(adm, ann)
    assert not ann.durable("invite.")
    assert len(adm.durable("invite.expired")) == 1


def test_one_that_expired_while_no_hub_was_there_is_told_once(make_hub):
    hub = make_hub(invite_ttl_ms="1s")
    adm = hub.sign_in("adm")
    cursor, session = adm.cursor, hub.token("adm")
    made = invite(hub)
    hub.kill()
    hub.restart()
    for _ in range(2):
        one = hub.connect()
        one.open(session, resume=cursor)
        assert one.expect("invite.expired")["data"] == {"id": made["id"]}
        hub.fence(one)
        assert len(one.durable("invite.expired")) == 1


def test_sending_again_kills_the_old_link(hub):
    made = invite(hub, name="Eve")
    again = call(hub, "adm", "POST", f"/v1/invites/{made['id']}/resend").json
    assert set(again) == set(made)
    assert (again["id"], again["state"], again["name"]) == (made["id"], "pending", "Eve")
    assert token_of(again) != token_of(made)
    assert again["expires_at"] >= made["expires_at"]
    text = "This link is not good: take the one of the newest mail, or ask for another"
    for answer in (accept(hub, made), show(hub, made)):
        assert refusal(answer) == (404, "not_found", text)
    assert show(hub, again).status == 200
    assert accept(hub, again).status == 200
    late = call(hub, "adm", "POST", f"/v1/invites/{made['id']}/resend")
    assert refusal(late) == (409, "conflict", "The invitation was accepted")
    late = call(hub, "adm", "DELETE", f"/v1/invites/{made['id']}")
    assert refusal(late) == (409, "conflict", "The invitation was accepted: remove the user instead")


def test_an_expired_one_is_sent_again(make_hub):
    hub = make_hub(invite_ttl_ms="1s")
    adm = hub.sign_in("adm")
    made = invite(hub)
    adm.expect("invite.expired")
    again = adm.call("invite.resend", {"id": made["id"]})
    assert again["state"] == "pending"
    assert refusal(show(hub, made))[:2] == (404, "not_found")
    adm.expect("invite.expired")
    assert refusal(show(hub, again))[:2] == (410, "gone")


def test_nothing_is_told_of_an_invitation_that_is_not_proved(hub):
    made = invite(hub)
    id, secret = token_of(made).split("~")
    other = token_of(invite(hub, email="kim@acme.test")).split("~")[1]
    call(hub, "adm", "DELETE", f"/v1/invites/{id}")
    guesses = [f"{id}~{other}", f"{id}~{secret[:-1]}", f"{id}~", id, f"i-nobody~{secret}", f"~{secret}", secret]
    answers = {refusal(hub.http("POST", "/v1/invites/show", {"workspace": "acme", "token": guess})) for guess in guesses}
    answers.add(refusal(show(hub, made, workspace="globex")))
    answers.add(refusal(show(hub, made, workspace="nowhere")))
    assert len(answers) == 1
    assert answers.pop()[:2] == (404, "not_found")


def test_guessing_is_braked(make_hub):
    hub = make_hub(login_attempts=3)
    made = invite(hub)
    for number in range(3):
        guess = {"workspace": "acme", "token": f"i-nobody{number}~x"}
        assert hub.http("POST", "/v1/invites/show", guess).status == 404
    answer = accept(hub, made)
    assert answer.status == 429
    assert answer.json["retry_after_ms"] > 0


def test_looking_at_a_link_is_no_guess(make_hub):
    hub = make_hub(login_attempts=3)
    made = invite(hub)
    assert [show(hub, made).status for _ in range(5)] == [200] * 5
    call(hub, "adm", "DELETE", f"/v1/invites/{made['id']}")
    assert [show(hub, made).status for _ in range(5)] == [410] * 5


# ---- the inviter's rights ----

FORBIDDEN = (403, "forbidden", "Whoever invited you may no longer do so: ask for another invitation")


def test_rights_are_asked_again_at_acceptance(hub):
    hub.api("POST", "/v1/users", {"id": "rita", "name": "Rita", "email": "rita@acme.test", "roles": ["admin"]})
    high, low = invite(hub, "rita", roles=["admin"]), invite(hub, "rita", email="kim@acme.test")
    hub.api("PUT", "/v1/users/rita/roles", {"roles": ["agent"]})
    for made in (high, low):
        assert refusal(show(hub, made)) == FORBIDDEN
        assert refusal(accept(hub, made)) == FORBIDDEN
    again = call(hub, "adm", "POST", f"/v1/invites/{high['id']}/resend").json
    assert again["invited_by"] == "adm"
    assert accept(hub, again).json["user"]["roles"] == ["admin"]


def test_a_key_that_was_revoked_invites_nobody(hub):
    key = hub.api("POST", "/v1/keys", {"alg": "api"})
    body = {"email": "eve@acme.test", "roles": ["agent"]}
    made = hub.http("POST", "/v1/invites", body, token=key["key"]).json
    assert made["invited_by"] is None
    assert show(hub, made).json["inviter"] is None
    hub.api("DELETE", f"/v1/keys/{key['kid']}")
    assert refusal(accept(hub, made)) == FORBIDDEN


def test_somebody_may_be_there_already(hub):
    made = invite(hub)
    hub.api("POST", "/v1/users", {"name": "Eve", "email": "EVE@acme.test", "roles": ["agent"]})
    assert refusal(accept(hub, made)) == (409, "conflict", "There is a user with this address by now: sign in instead")


def test_a_full_plan_invites_nobody_and_takes_nobody(hub):
    made = invite(hub)
    seats = hub.api("GET", "/v1/seats")
    hub.operate("seats.set", {"limit": seats["used"]})
    assert call(hub, "adm", "POST", "/v1/invites", {"email": "kim@acme.test", "roles": ["agent"]}).json["kind"] == "seat_limit"
    assert call(hub, "adm", "POST", f"/v1/invites/{made['id']}/resend").json["kind"] == "seat_limit"
    assert refusal(accept(hub, made)) == (409, "seat_limit", "No seat is left: ask whoever invited you for one")
    hub.operate("seats.set", {"limit": seats["used"] + 1})
    assert accept(hub, made).status == 200


def test_of_two_who_accept_at_once_one_wins(hub):
    made = invite(hub)
    adm = hub.sign_in("adm")
    answers = []
    threads = [
        threading.Thread(target=lambda name: answers.append(accept(hub, made, name=name)), args=(f"Eve {number}",))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert sorted(answer.status for answer in answers) == [200, 410, 410, 410]
    hub.fence(adm)
    assert len(adm.durable("invite.accepted")) == len(adm.durable("user.created")) == 1


# ---- the command line ----


def test_the_command_line(hub):
    where = ("--data", hub.data, "--workspace", "acme")
    adm = hub.sign_in("adm")
    made = json.loads(
        hub.cli_ok("invite", "create", *where, "--email", "eve@acme.test", "--name", "Eve", "--role", "agent", "--team", "sales")
    )
    assert adm.expect("invite.created")["actor"] == {"operator": True}
    assert show(hub, made).json["inviter"] is None
    again = json.loads(hub.cli_ok("invite", "resend", *where, "--id", made["id"]))
    assert show(hub, again).status == 200
    assert json.loads(hub.cli_ok("invite", "revoke", *where, "--id", made["id"]))["state"] == "revoked"
    listed = json.loads(hub.cli_ok("invite", "list", *where, "--state", "revoked"))
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    taken = hub.cli("invite", "create", *where, "--email", "ann@acme.test", "--role", "agent")
    assert taken.returncode == 1
    assert "--email taken" in taken.stderr
