"""Signing in and being signed out: E4, B11 and the origin allow-list."""

import json
import time

import pytest
import websockets.exceptions

from client import RpcError
from hub import PASSWORD
from tokens import ABSENT, b64u, mint


def set_password(hub, user, password):
    hub.cli_ok("user", "password", "--data", hub.data, "--workspace", "acme", "--user", user, "--password-stdin", input=password)


def log_in(hub, email, password, workspace="acme"):
    return hub.http("POST", "/v1/login", {"workspace": workspace, "email": email, "password": password})


def refused_open(hub, token):
    """A token that must not open a session: the error, after which the hub closes with 4002."""
    one = hub.connect()
    with pytest.raises(RpcError) as caught:
        one.open(token)
    assert caught.value.kind == "unauthenticated"
    assert caught.value.code == 1001
    assert one.expect_close(4002)["kind"] == "token_invalid"
    return caught.value


# ---- JWT ----


@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
def test_a_platform_token_opens_a_session(hub, alg):
    one = hub.connect()
    session = one.open(hub.token("ann", alg=alg))
    assert session["workspace"] == {"id": "acme", "name": "Acme"}
    user = session["user"]
    assert (user["id"], user["name"], user["email"], user["roles"], user["teams"]) == (
        "ann", "Ann", "ann@acme.test", ["agent"], ["support"],
    )  # fmt: skip
    assert user["status"] == "available"
    assert "presence.self" in session["permissions"]
    assert "owner.transfer" not in session["permissions"]
    assert session["session"].startswith("s-")
    assert session["cursor"].startswith("acme:")
    assert session["resumed"] is False
    assert session["ping_interval_ms"] == 25000
    assert {p["user"] for p in session["presence"]["users"]} >= {"ann", "bob"}


def test_the_handshake_may_carry_the_token(hub):
    one = hub.connect(headers={"Authorization": "Bearer " + hub.token("bob")})
    assert one.open()["user"]["id"] == "bob"


def test_a_command_right_behind_the_opening_waits_for_it(hub):
    for _ in range(10):
        one = hub.connect()
        first = one.request("session.open", {"token": hub.token("ann")})
        second = one.request("presence.get")
        assert "result" in one.answer(second)
        assert list(one.answers) == [first, second]


def test_keys_rotate_without_a_gap(hub):
    old = hub.secrets["acme"]["HS256"]
    new = json.loads(hub.cli_ok("key", "create", "--data", hub.data, "--workspace", "acme", "--alg", "HS256"))
    assert new["kid"] != old["kid"]
    for key in (old, new):
        assert hub.connect().open(mint(key, "acme", "ann"))["user"]["id"] == "ann"

    hub.cli_ok("key", "revoke", "--data", hub.data, "--workspace", "acme", "--id", old["kid"])
    refused_open(hub, mint(old, "acme", "ann"))
    assert hub.connect().open(mint(new, "acme", "ann"))["user"]["id"] == "ann"


def test_a_revoked_key_ends_what_it_signed_and_nothing_else(hub):
    old = hub.secrets["acme"]["HS256"]
    new = json.loads(hub.cli_ok("key", "create", "--data", hub.data, "--workspace", "acme", "--alg", "HS256"))

    def opened(token):
        one = hub.connect()
        one.open(token)
        return one

    def ticket():
        return hub.http("POST", "/v1/tickets", {}, token=mint(old, "acme", "ann")).json["ticket"]

    unused = ticket()
    view = hub.http("POST", "/v1/view-as", {"user": "ann"}, token=mint(old, "acme", "adm")).json["token"]
    login = {"workspace": "acme", "email": "olga@acme.test", "password": PASSWORD}
    ending = [opened(mint(old, "acme", "ann")), opened(ticket()), opened(view)]
    staying = [opened(mint(new, "acme", "ann")), opened(hub.http("POST", "/v1/login", login).json["token"])]
    staying += [opened(mint(old, "acme", "cat")), opened(hub.secrets["acme"]["key"])]
    staying[2].call("session.refresh", {"token": mint(new, "acme", "cat")})

    hub.api("DELETE", f"/v1/keys/{old['kid']}")
    for one in ending:
        assert one.expect_close(4003)["kind"] == "session_revoked"
    refused_open(hub, unused)
    hub.fence(*staying)
    assert all(one.close_code is None for one in staying)


@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
def test_only_who_may_everything_makes_a_key_that_signs_for_anybody(hub, alg):
    body = {"alg": alg}
    refused = hub.http("POST", "/v1/keys", body, token=hub.token("adm"))
    assert (refused.status, refused.json["kind"]) == (403, "forbidden")
    assert "ask the owner" in refused.json["detail"]
    narrow = hub.api("POST", "/v1/keys", {"alg": "api", "scopes": ["integrations.manage"]})["key"]
    assert hub.http("POST", "/v1/keys", body, token=narrow).status == 403
    assert hub.http("POST", "/v1/keys", body, token=hub.token("owner")).status == 200
    assert hub.api("POST", "/v1/keys", body)


def test_a_key_made_while_the_hub_runs_counts_at_once(hub):
    for _ in range(3):
        key = json.loads(hub.cli_ok("key", "create", "--data", hub.data, "--workspace", "acme", "--alg", "EdDSA"))
        assert hub.connect().open(mint(key, "acme", "cat"))["user"]["id"] == "cat"


def hs256_by_public_key(hub):
    """The classic confusion: an EdDSA key's public half used as an HMAC secret."""
    public = hub.secrets["acme"]["EdDSA"]
    return mint({"alg": "HS256", "kid": public["kid"], "secret": public["public"]}, "acme", "ann")


def unsigned(hub):
    head = b64u(json.dumps({"alg": "none", "kid": hub.secrets["acme"]["HS256"]["kid"]}).encode())
    body = b64u(json.dumps({"iss": "acme", "sub": "ann", "aud": "muster", "exp": int(time.time()) + 60}).encode())
    return f"{head}.{body}."


def flipped(hub):
    token = hub.token("ann")
    return token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]


def with_body_of(hub, user):
    """Ann's signature under somebody else's claims."""
    head, _, signature = hub.token("ann").split(".")
    return ".".join((head, hub.token(user).split(".")[1], signature))


def far(seconds):
    return int(time.time()) + seconds


FORGED = {
    "garbage": lambda hub: "garbage",
    "empty": lambda hub: "",
    "two parts": lambda hub: "a.b",
    "dots": lambda hub: "..",
    "far too long": lambda hub: "x" * 5000,
    "alg none": unsigned,
    "alg of another key": hs256_by_public_key,
    "flipped signature": flipped,
    "another one's claims": lambda hub: with_body_of(hub, "adm"),
    "no kid": lambda hub: hub.token("ann", header={"kid": ABSENT}),
    "unknown kid": lambda hub: hub.token("ann", header={"kid": "k-nobody"}),
    "jku": lambda hub: hub.token("ann", header={"jku": "https://evil.test/keys"}),
    "x5u": lambda hub: hub.token("ann", header={"x5u": "https://evil.test/cert"}),
    "jwk": lambda hub: hub.token("ann", header={"jwk": {"kty": "oct", "k": "AAAA"}}),
    "crit": lambda hub: hub.token("ann", header={"crit": ["b64"], "b64": False}),
    "wrong audience": lambda hub: hub.token("ann", aud="elsewhere"),
    "no audience": lambda hub: hub.token("ann", aud=ABSENT),
    "no expiry": lambda hub: hub.token("ann", exp=ABSENT),
    "expiry is text": lambda hub: hub.token("ann", exp="tomorrow"),
    "expired": lambda hub: hub.token("ann", exp=far(-60)),
    "too far ahead": lambda hub: hub.token("ann", exp=far(86400 + 600)),
    "not yet": lambda hub: hub.token("ann", nbf=far(120)),
    "from the future": lambda hub: hub.token("ann", iat=far(120)),
    "no subject": lambda hub: hub.token("ann", sub=ABSENT),
    "unknown user": lambda hub: hub.token("nobody"),
    "user of another workspace": lambda hub: hub.token("zoe"),
    "key of another workspace": lambda hub: mint(hub.secrets["globex"]["HS256"], "acme", "ann"),
    "unknown workspace": lambda hub: mint(hub.secrets["acme"]["HS256"], "nowhere", "ann"),
    "no issuer": lambda hub: hub.token("ann", iss=ABSENT),
    "padded": lambda hub: hub.token("ann") + "==",
    "ticket of nobody": lambda hub: "mt~acme~" + "A" * 43,
    "key of nobody": lambda hub: "mk~acme~k1~" + "A" * 43,
}


@pytest.fixture(scope="module")
def shared(make_shared_hub):
    # All of these come from one address; the brake on guessing has tests of its own.
    return make_shared_hub(login_attempts=100000)


@pytest.mark.parametrize("row", FORGED)
def test_a_forged_token_is_refused(shared, row):
    refused_open(shared, FORGED[row](shared))
    answer = shared.http("GET", "/v1/users", token=FORGED[row](shared))
    assert answer.status == 401
    assert answer.json["kind"] == "unauthenticated"
    shared.check_well()


def test_the_refusal_tells_a_forger_nothing(shared):
    told = {refused_open(shared, shared.token(*who)).message for who in (("nobody",), ("zoe",))}
    assert len(told) == 1


# ---- passwords ----


def test_email_and_password_give_a_token(hub):
    answer = log_in(hub, "olga@acme.test", PASSWORD)
    assert answer.status == 200
    assert set(answer.json) >= {"token", "expires_at", "user"}
    assert answer.json["user"]["roles"] == ["owner"]
    assert hub.connect().open(answer.json["token"])["user"]["email"] == "olga@acme.test"


def test_signing_in_works_before_a_session_on_the_same_socket(hub):
    one = hub.connect()
    got = one.call("auth.login", {"workspace": "acme", "email": "OLGA@acme.test", "password": PASSWORD})
    assert one.open(got["token"])["user"]["email"] == "olga@acme.test"


def test_wrong_password_and_unknown_user_look_alike(hub):
    answers = [
        log_in(hub, "olga@acme.test", "not this one"),
        log_in(hub, "nobody@acme.test", "not this one"),
        log_in(hub, "ann@acme.test", "not this one"),  # has no password at all
        log_in(hub, "olga@acme.test", PASSWORD, workspace="nowhere"),
        log_in(hub, "olga@acme.test", PASSWORD + " "),
        log_in(hub, "zoe@globex.test", PASSWORD),
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1


def test_a_password_can_be_changed_by_its_owner_only(hub):
    token = log_in(hub, "olga@acme.test", PASSWORD).json["token"]
    wrong = hub.http("PUT", "/v1/me/password", {"old": "not this one", "new": "violet harbour 5521"}, token=token)
    assert wrong.status == 422 and "old" in wrong.json["fields"]
    weak = hub.http("PUT", "/v1/me/password", {"old": PASSWORD, "new": "short"}, token=token)
    assert weak.status == 422 and "new" in weak.json["fields"]
    assert hub.http("PUT", "/v1/me/password", {"old": PASSWORD, "new": "violet harbour 5521"}, token=token).status == 200
    assert log_in(hub, "olga@acme.test", PASSWORD).status == 401
    assert log_in(hub, "olga@acme.test", "violet harbour 5521").status == 200


def test_guessing_is_slowed_down_per_account(make_hub):
    hub = make_hub(login_attempts=3, login_window_ms="10m")
    for _ in range(3):
        assert log_in(hub, "olga@acme.test", "a wrong guess").status == 401
    answer = log_in(hub, "olga@acme.test", PASSWORD)
    assert answer.status == 429
    assert answer.json["kind"] == "rate_limited"
    assert 0 < answer.json["retry_after_ms"] <= 600000
    assert int(answer.headers["retry-after"]) >= 1


def test_guessing_is_slowed_down_per_address(make_hub):
    hub = make_hub(login_attempts=3, login_window_ms="10m")
    for n in range(3):
        assert log_in(hub, f"guess{n}@acme.test", "a wrong guess").status == 401
    assert log_in(hub, "guess9@acme.test", "a wrong guess").status == 429


def test_the_brake_lets_go_after_its_window(make_hub):
    hub = make_hub(login_attempts=2, login_window_ms="2s")
    for _ in range(2):
        assert log_in(hub, "olga@acme.test", "a wrong guess").status == 401
    answer = log_in(hub, "olga@acme.test", PASSWORD)
    assert answer.status == 429
    deadline = time.monotonic() + 20
    while answer.status == 429 and time.monotonic() < deadline:
        answer = log_in(hub, "olga@acme.test", PASSWORD)
    assert answer.status == 200


def test_many_sign_ins_at_once_are_taken_or_told_to_come_back(make_hub):
    hub = make_hub(password_queue=1, login_attempts=1000)
    one = hub.connect()
    params = {"workspace": "acme", "email": "olga@acme.test", "password": PASSWORD}
    numbers = [one.request("auth.login", params) for _ in range(8)]
    answers = [one.answer(number) for number in numbers]
    kinds = [answer["error"]["data"]["kind"] if "error" in answer else "ok" for answer in answers]
    assert set(kinds) <= {"ok", "unavailable"}
    assert "ok" in kinds and "unavailable" in kinds
    late = next(answer["error"] for answer in answers if "error" in answer)
    assert late["data"]["temporary"] is True and late["data"]["retry_after_ms"] > 0


def test_logging_out_ends_the_token(hub):
    token = log_in(hub, "olga@acme.test", PASSWORD).json["token"]
    one = hub.connect()
    one.open(token)
    assert hub.http("POST", "/v1/logout", {}, token=token).status == 200
    assert one.expect_close(4003)["kind"] == "session_revoked"
    refused_open(hub, token)


@pytest.mark.parametrize("claims", [{}, {"jti": "t-1"}], ids=["without an id", "with an id"])
def test_a_platforms_token_can_be_logged_out_too(hub, claims):
    token, other = hub.token("ann", **claims), hub.token("ann", ttl=601)
    tabs = [hub.connect() for _ in range(3)]
    for tab, its in zip(tabs, (token, token, other)):
        tab.open(its)
    assert tabs[0].call("auth.logout") == {}  # the answer comes before the goodbye
    for tab in tabs[:2]:
        assert tab.expect_close(4003)["kind"] == "session_revoked"
    refused_open(hub, token)
    assert hub.http("PUT", "/v1/me/presence", {"status": "away"}, token=token).status == 401
    assert tabs[2].call("session.activity", {"state": "active"}) == {}
    hub.restart()
    refused_open(hub, token)
    assert hub.connect().open(other)["user"]["id"] == "ann"


def test_a_ticket_ends_with_the_token_that_it_was_made_with(hub):
    token = hub.token("ann")
    ticket = hub.http("POST", "/v1/tickets", {}, token=token).json["ticket"]
    assert hub.http("POST", "/v1/logout", {}, token=token).status == 200
    refused_open(hub, ticket)


# ---- tickets ----


def test_a_ticket_is_good_for_one_session(hub):
    answer = hub.http("POST", "/v1/tickets", {}, token=hub.token("ann"))
    assert answer.status in (200, 201)
    ticket = answer.json["ticket"]
    assert hub.connect().open(ticket)["user"]["id"] == "ann"
    refused_open(hub, ticket)


def test_two_who_race_for_a_ticket_have_one_winner(hub):
    ticket = hub.http("POST", "/v1/tickets", {}, token=hub.token("ann")).json["ticket"]
    racers = [hub.connect() for _ in range(4)]
    numbers = [one.request("session.open", {"token": ticket, "device": {"kind": "web"}}) for one in racers]
    answers = [one.answer(number) for one, number in zip(racers, numbers)]
    assert sum("result" in answer for answer in answers) == 1


def test_a_ticket_dies_with_its_time(make_hub):
    hub = make_hub(ticket_ttl_ms=100)
    ticket = hub.http("POST", "/v1/tickets", {}, token=hub.token("ann")).json["ticket"]
    clock = hub.connect()
    clock.open(hub.token("bob", exp=far(-28)))
    clock.expect_close(4002)  # a second or two later
    refused_open(hub, ticket)


# ---- refresh ----


def test_a_session_ends_with_its_token_unless_it_is_refreshed(hub):
    soon = far(-27)  # within the leeway of 30 s, so good for a few seconds more
    kept, lost = hub.connect(), hub.connect()
    kept.open(hub.token("ann", exp=soon))
    lost.open(hub.token("ann", exp=soon))
    got = kept.call("session.refresh", {"token": hub.token("ann", ttl=900)})
    assert got["expires_at"].endswith("Z")
    assert lost.expect_close(4002)["kind"] == "token_invalid"
    assert kept.call("session.activity", {"state": "active"}) == {}


def test_refreshing_with_another_ones_token_is_refused(hub):
    one = hub.connect()
    one.open(hub.token("ann"))
    for token in (hub.token("bob"), flipped(hub), mint(hub.secrets["globex"]["HS256"], "globex", "zoe")):
        assert one.refused("session.refresh", {"token": token}).kind in ("unauthenticated", "forbidden")
    assert one.call("session.activity", {"state": "active"}) == {}


# ---- revoking ----


def test_one_session_can_be_revoked_live(hub):
    tab, phone = hub.connect(), hub.connect()
    tab.open(hub.token("ann"), device={"id": "d-tab"})
    phone.open(hub.token("ann", jti="t-phone"), device={"id": "d-phone", "kind": "mobile"})
    sue = hub.sign_in("sue")
    listed = sue.call("session.list", {"user": "ann"})["items"]
    assert {one["session"] for one in listed} == {tab.session["session"], phone.session["session"]}
    assert {one["device"]["kind"] for one in listed} == {"web", "mobile"}

    got = sue.call("session.revoke", {"user": "ann", "session": phone.session["session"]})
    assert got == {"revoked": 1}
    assert phone.expect_close(4003)["kind"] == "session_revoked"
    assert tab.call("session.activity", {"state": "active"}) == {}


def test_all_sessions_of_a_person_can_be_revoked_and_their_tokens_with_them(hub):
    token = hub.token("ann")
    tabs = [hub.connect() for _ in range(3)]
    for tab in tabs:
        tab.open(token)
    answer = hub.http("DELETE", "/v1/users/ann/sessions", token=hub.token("adm"))
    assert answer.status == 200 and answer.json == {"revoked": 3}
    for tab in tabs:
        tab.expect_close(4003)
    refused_open(hub, token)
    assert hub.connect().open(hub.token("ann", iat=far(5)))["user"]["id"] == "ann"


def test_who_is_signed_out_everywhere_may_sign_in_again_at_once(hub):
    for _ in range(3):  # within one second, too
        token = log_in(hub, "olga@acme.test", PASSWORD).json["token"]
        one = hub.connect()
        assert one.open(token)["user"]["id"] == "owner"
        assert hub.http("DELETE", "/v1/users/owner/sessions", token=token).status == 200
        assert one.expect_close(4003)["kind"] == "session_revoked"
        refused_open(hub, token)


def test_revocation_survives_a_restart(hub):
    token = hub.token("ann")
    hub.api("DELETE", "/v1/users/ann/sessions")
    hub.kill()
    hub.restart()
    refused_open(hub, token)


def test_an_agent_can_sign_out_only_themselves(hub):
    ann, bob = hub.sign_in("ann"), hub.sign_in("bob")
    assert ann.refused("session.revoke", {"user": "bob"}).kind == "forbidden"
    assert ann.refused("session.list", {"user": "bob"}).kind == "forbidden"
    second = hub.connect()
    second.open(hub.token("ann", jti="t-2"), device={"id": "d-2"})
    assert ann.call("session.revoke", {"user": "ann", "session": second.session["session"]}) == {"revoked": 1}
    second.expect_close(4003)
    assert bob.call("session.activity", {"state": "active"}) == {}


# ---- who may connect from where ----


def handshake_status(hub, **options):
    """The HTTP status with which a handshake is refused, or 101."""
    try:
        hub.connect(**options)
    except websockets.exceptions.InvalidStatusCode as error:
        return error.status_code
    return 101


def test_by_default_only_the_hubs_own_origin_may_connect(hub):
    assert handshake_status(hub, origin=f"http://127.0.0.1:{hub.port}") == 101
    assert handshake_status(hub) == 101  # not a browser
    for origin in ("https://evil.test", "null", f"http://127.0.0.1:{hub.port + 1}", f"http://127.0.0.1:{hub.port}.evil.test"):
        assert handshake_status(hub, origin=origin) == 403, origin


def test_listed_origins_may_connect(make_hub):
    hub = make_hub(origins="https://desk.acme.test,https://app.acme.test")
    assert handshake_status(hub, origin=f"http://127.0.0.1:{hub.port}") == 101  # the hub's console needs no place there
    assert handshake_status(hub, origin="https://desk.acme.test") == 101
    assert handshake_status(hub, origin="https://app.acme.test") == 101
    for origin in ("http://desk.acme.test", "https://desk.acme.test.evil.test", "https://acme.test"):
        assert handshake_status(hub, origin=origin) == 403, origin


@pytest.mark.parametrize("name", ["token", "access_token", "ticket"])
def test_a_token_in_the_url_is_refused(hub, name):
    token = hub.token("ann")
    url = f"ws://127.0.0.1:{hub.port}/v1/ws?{name}={token}"
    with pytest.raises(websockets.exceptions.InvalidStatusCode) as caught:
        hub.connect_to(url)
    assert caught.value.status_code == 400
    assert hub.http("GET", f"/v1/users?{name}={token}").status in (400, 401)
    assert not any(token in line for line in hub.log.lines)


def test_a_session_that_does_not_open_in_time_is_closed(make_hub):
    hub = make_hub(open_timeout_ms=150)
    assert hub.connect().expect_close(4001)["kind"] == "auth_timeout"
    busy = hub.connect()  # talking doesn't help, only session.open does
    busy.send("{}")
    busy.expect_close(4001)
