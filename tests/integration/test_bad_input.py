"""Bad input, a row each: it gets the documented error or close code, changes nothing, and the hub lives on."""

import json
import socket

import pytest
import websockets.exceptions

from client import Closed
from hub import TIMEOUT

# Small limits, so that what is too much stays small too.
LIMITS = {
    "max_message_bytes": 4096,
    "max_depth": 8,
    "max_batch": 5,
    "commands_per_second": 1000,
    "commands_burst": 1000,
    "max_fanout": 3,
    "login_attempts": 100000,
}


@pytest.fixture(scope="module")
def hub(make_shared_hub):
    return make_shared_hub(**LIMITS)


@pytest.fixture
def ann(hub):
    one = hub.sign_in("ann", device={"kind": "api"}, watch="none")
    yield one
    one.drop()
    hub.check_well()


def call(method, params=None, **members):
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}, **members})


def nested(depth):
    return '{"a":' * depth + "1" + "}" * depth


# What is sent as it stands, and the error that comes back. The answer has the request's id where that could be read, else null.
MESSAGES = {
    # no JSON
    "nothing": ("", "parse_error", None),
    "spaces": ("   ", "parse_error", None),
    "cut off": ('{"jsonrpc":"2.0","id":7,"method":', "parse_error", None),
    "single quotes": ("{'jsonrpc':'2.0'}", "parse_error", None),
    "trailing comma": ('{"jsonrpc":"2.0","id":7,"method":"ticket.create",}', "parse_error", None),
    "two values": (call("ticket.create") * 2, "parse_error", None),
    "trailing bytes": (call("ticket.create") + "x", "parse_error", None),
    "comment": ('{"jsonrpc":"2.0",/* hi */"id":7}', "parse_error", None),
    "bare word": ("hello", "parse_error", None),
    "not a number": ('{"jsonrpc":"2.0","id":NaN}', "parse_error", None),
    "number too large": (call("presence.set", {"until": 0}).replace("0}", "1e999}"), "parse_error", None),
    "integer too large": ('{"jsonrpc":"2.0","id":99999999999999999999,"method":"ticket.create"}', "parse_error", None),
    "escaped NUL": (call("presence.set", {"status": "away", "note": "a\0b"}), "parse_error", None),
    "NUL byte": ('{"jsonrpc":"2.0",\0"id":7}', "parse_error", None),
    "lone surrogate": (call("presence.set", {"status": "away", "note": "\ud800"}), "parse_error", None),
    "control character": ('{"jsonrpc":"2.0","id":7,"method":"a\x01b"}', "parse_error", None),
    "byte order mark": ("\ufeff" + call("ticket.create"), "parse_error", None),
    "name twice": ('{"jsonrpc":"2.0","id":7,"method":"auth.logout","method":"ticket.create"}', "parse_error", None),
    "name twice within": (
        '{"jsonrpc":"2.0","id":7,"method":"presence.set","params":{"status":"away","status":"busy"}}', "parse_error", None,
    ),
    # no request
    "a number": ("42", "invalid_request", None),
    "a string": ('"hello"', "invalid_request", None),
    "null": ("null", "invalid_request", None),
    "empty object": ("{}", "invalid_request", None),
    "empty batch": ("[]", "invalid_request", None),
    "no version": ('{"id":7,"method":"ticket.create"}', "invalid_request", 7),
    "wrong version": ('{"jsonrpc":"1.0","id":7,"method":"ticket.create"}', "invalid_request", 7),
    "version is a number": ('{"jsonrpc":2.0,"id":7,"method":"ticket.create"}', "invalid_request", 7),
    "no method": ('{"jsonrpc":"2.0","id":7}', "invalid_request", 7),
    "empty method": ('{"jsonrpc":"2.0","id":7,"method":""}', "invalid_request", 7),
    "method is a number": ('{"jsonrpc":"2.0","id":7,"method":1}', "invalid_request", 7),
    "params by position": ('{"jsonrpc":"2.0","id":7,"method":"ticket.create","params":[1]}', "invalid_request", 7),
    "params is text": ('{"jsonrpc":"2.0","id":7,"method":"ticket.create","params":"x"}', "invalid_request", 7),
    "id is an object": ('{"jsonrpc":"2.0","id":{},"method":"ticket.create"}', "invalid_request", None),
    "id is a list": ('{"jsonrpc":"2.0","id":[7],"method":"ticket.create"}', "invalid_request", None),
    "id is true": ('{"jsonrpc":"2.0","id":true,"method":"ticket.create"}', "invalid_request", None),
    "id is a fraction": ('{"jsonrpc":"2.0","id":7.5,"method":"ticket.create"}', "invalid_request", None),
    "id is a book": ('{"jsonrpc":"2.0","id":"%s","method":"ticket.create"}' % ("x" * 500), "invalid_request", None),
    # no such method
    "unknown method": (call("presence.fly"), "method_not_found", 7),
    "method of another case": (call("Presence.Set"), "method_not_found", 7),
    "method of the protocol's own": (call("rpc.discover"), "method_not_found", 7),
    "event as a method": (call("event"), "method_not_found", 7),
    "very long method": (call("x" * 2000), "method_not_found", 7),
    # too much
    "too deep": (nested(9), "too_large", None),
    "too deep, in lists": ("[" * 9 + "]" * 9, "too_large", None),
    "too deep and no JSON either": ("[" * 2000, "too_large", None),
    "too many in a batch": ("[" + ",".join([call("ticket.create")] * 6) + "]", "too_large", None),
}  # fmt: skip


@pytest.mark.parametrize("row", MESSAGES)
def test_a_bad_message_is_answered(hub, ann, row):
    text, kind, id = MESSAGES[row]
    ann.send(text)
    if id is None:
        answer = ann.orphan()
    else:
        answer = ann.answer(id)
    assert answer["jsonrpc"] == "2.0"
    assert answer["error"]["data"]["kind"] == kind
    assert answer["error"]["data"]["temporary"] is False
    assert answer["error"]["message"]
    assert ann.call("session.activity", {"state": "active"}) == {}  # the session goes on


BAD_STATUS = {"status": "flying"}
LONG_NOTE = {"status": "away", "note": "x" * 141}

# method, params, kind, the field that is named
PARAMS = [
    ("presence.set", {}, "invalid_params", "status"),
    ("presence.set", {"status": None}, "invalid_params", "status"),
    ("presence.set", {"status": 5}, "invalid_params", "status"),
    ("presence.set", {"status": ["away"]}, "invalid_params", "status"),
    ("presence.set", {"status": {"id": "away"}}, "invalid_params", "status"),
    ("presence.set", {"status": True}, "invalid_params", "status"),
    ("presence.set", {"status": ""}, "invalid_params", "status"),
    ("presence.set", BAD_STATUS, "invalid_params", "status"),
    ("presence.set", {"status": "away", "note": 5}, "invalid_params", "note"),
    ("presence.set", LONG_NOTE, "invalid_params", "note"),
    ("presence.set", {"status": "away", "note": "ä" * 141}, "invalid_params", "note"),
    ("presence.set", {"status": "away", "until": "at two"}, "invalid_params", "until"),
    ("presence.set", {"status": "away", "until": 1700000000}, "invalid_params", "until"),
    ("presence.set", {"status": "away", "until": "2020-01-01T00:00:00Z"}, "invalid_params", "until"),
    ("presence.set", {"status": "away", "until": "2999-01-01T00:00:00Z"}, "invalid_params", "until"),
    ("presence.set", {"status": "away", "until": "2026-02-30T00:00:00Z"}, "invalid_params", "until"),
    ("presence.set", {"status": "away", "mood": "good"}, "invalid_params", "mood"),
    ("presence.set", {"status": "away", "user": "bob"}, "invalid_params", "user"),
    ("session.activity", {"state": "asleep"}, "invalid_params", "state"),
    ("session.activity", {}, "invalid_params", "state"),
    ("presence.watch", {"scope": "everything"}, "invalid_params", "scope"),
    ("presence.watch", {"scope": {"planet": "mars"}}, "invalid_params", "scope"),
    ("presence.watch", {"scope": {"users": "ann"}}, "invalid_params", "scope"),
    ("presence.watch", {"scope": {"team": "no-such-team"}}, "not_found", None),
    ("session.refresh", {"token": 1}, "invalid_params", "token"),
    ("auth.login", {"workspace": "acme"}, "invalid_params", "email"),
    ("auth.login", {"workspace": "acme", "email": "a@b.test", "password": 1}, "invalid_params", "password"),
]


@pytest.mark.parametrize("row", range(len(PARAMS)), ids=lambda i: f"{PARAMS[i][0]} {json.dumps(PARAMS[i][1])[:60]}")
def test_bad_params_are_named(ann, row):
    method, params, kind, field = PARAMS[row]
    error = ann.refused(method, params)
    assert error.kind == kind
    if field:
        assert any(name == field or name.startswith(field + ".") for name in error.fields), error.fields


# As the admin, who may do all of these with things that exist. Somebody else's thing and no thing at all look the same.
FOREIGN = [
    ("user.get", {"user": "{}"}),
    ("user.update", {"user": "{}", "name": "New Name"}),
    ("presence.force", {"user": "{}", "status": "away", "reason": "test"}),
    ("session.list", {"user": "{}"}),
    ("session.revoke", {"user": "{}"}),
    ("role.assign", {"user": "{}", "roles": ["agent"]}),
    ("team.add", {"team": "support", "user": "{}"}),
    ("team.remove", {"team": "support", "user": "{}"}),
]


@pytest.mark.parametrize("row", FOREIGN, ids=lambda row: row[0])
def test_a_foreign_id_looks_like_a_missing_one(hub, row):
    method, params = row
    adm = hub.sign_in("adm", device={"kind": "api"}, watch="none")
    errors = []
    for user in ("zoe", "nobody"):
        error = adm.refused(method, {k: v.format(user) if isinstance(v, str) else v for k, v in params.items()})
        errors.append((error.kind, error.code, error.message.replace(user, "…"), json.dumps(error.data).replace(user, "…")))
    assert errors[0] == errors[1]
    assert errors[0][0] in ("not_found", "invalid_params")
    adm.close()
    hub.check_well()


def test_an_explicit_audience_has_a_limit_and_must_exist(hub):
    adm = hub.sign_in("adm", device={"kind": "api"}, watch="none")
    publish = {"type": "x.test", "data": {}, "durable": False}
    for audience, kind in [
        ({"users": ["ann", "bob", "cat", "sue"]}, "too_large"),
        ({"users": ["nobody"]}, "invalid_params"),
        ({"users": ["zoe"]}, "invalid_params"),
        ({"users": []}, "invalid_params"),
        ({"teams": ["nowhere"]}, "invalid_params"),
        ({"roles": ["king"]}, "invalid_params"),
        ({"permission": "world.rule"}, "invalid_params"),
        ({"everyone": False}, "invalid_params"),
        ({"planet": "mars"}, "invalid_params"),
        ({}, "invalid_params"),
        ("everyone", "invalid_params"),
        (None, "invalid_params"),
    ]:
        error = adm.refused("event.publish", {**publish, "audience": audience})
        assert error.kind in (kind, "invalid_params"), audience
    for bad in ({"type": "conversation.assigned"}, {"type": "x."}, {"type": "x.a b"}, {"type": "y.a"}, {"type": 5}, {"durable": "yes"}):
        error = adm.refused("event.publish", {**publish, "audience": {"everyone": True}, **bad})
        assert error.kind == "invalid_params", bad
    hub.check_well()


def test_one_bad_entry_does_not_spoil_a_batch(hub, ann):
    good = call("session.activity", {"state": "active"})
    ann.send(f'[{good.replace("7", "21", 1)}, 1, {call("presence.fly").replace("7", "22", 1)}, {{"jsonrpc":"2.0","method":"nope"}}]')
    assert ann.answer(21)["result"] == {}
    assert ann.answer(22)["error"]["data"]["kind"] == "method_not_found"
    orphan = ann.orphan()
    assert orphan["error"]["data"]["kind"] == "invalid_request"
    assert ann.orphans == []  # a notification is never answered, not even a wrong one


# ---- what ends a connection ----


def test_a_message_that_is_too_large_ends_the_connection(hub, ann):
    ann.send(call("presence.set", {"status": "away", "note": "x" * 5000}))
    ann.expect_close(1009)


def test_a_large_message_in_fragments_is_no_way_around(hub, ann):
    ann.send_frame(0x01, b'{"jsonrpc":"2.0","id":7,"method":"')
    for _ in range(50):
        ann.send_frame(0x00, b"x" * 100)
    ann.expect_close(1009)


# opcode with FIN bit, payload, close code (RFC 6455)
FRAMES = {
    "binary": (0x82, b"\x01\x02\x03", 1003),
    "invalid UTF-8": (0x81, b'{"a":"\xff\xfe"}', 1007),
    "UTF-8 cut off": (0x81, b'{"a":"\xc3', 1007),
    "surrogate as UTF-8": (0x81, b'{"a":"\xed\xa0\x80"}', 1007),
    "reserved opcode": (0x83, b"", 1002),
    "reserved control opcode": (0x8B, b"", 1002),
    "reserved bit": (0xC1, b"{}", 1002),
    "continuation of nothing": (0x80, b"{}", 1002),
    "ping in fragments": (0x09, b"", 1002),
    "close with half a code": (0x88, b"\x03", 1002),
    "close with a code that may not be sent": (0x88, b"\x03\xed", 1002),
}


@pytest.mark.parametrize("row", FRAMES)
def test_a_bad_frame_ends_the_connection(hub, ann, row):
    opcode, payload, code = FRAMES[row]
    ann.send_frame(opcode, payload)
    ann.expect_close(code)


# ---- before the session is open ----

EARLY = {
    "a command": (call("presence.set", {"status": "away"}), "unauthenticated"),
    "a command over all people": (call("user.list"), "unauthenticated"),
    "no JSON": ("{", "parse_error"),
    "unknown method": (call("presence.fly"), "method_not_found"),
    "no token": (call("session.open", {"device": {"kind": "web"}}), "unauthenticated"),
    "token is a number": (call("session.open", {"token": 5}), "invalid_params"),
    "unknown kind of device": (call("session.open", {"token": "TOKEN", "device": {"kind": "toaster"}}), "invalid_params"),
    "device is text": (call("session.open", {"token": "TOKEN", "device": "web"}), "invalid_params"),
    "device name too long": (call("session.open", {"token": "TOKEN", "device": {"name": "x" * 1000}}), "invalid_params"),
    "cursor is a number": (call("session.open", {"token": "TOKEN", "resume": {"cursor": 3}}), "invalid_params"),
    "watch is unknown": (call("session.open", {"token": "TOKEN", "watch": {"presence": "some"}}), "invalid_params"),
}


@pytest.mark.parametrize("row", EARLY)
def test_before_the_session_is_open(hub, row):
    text, kind = EARLY[row]
    one = hub.connect()
    one.send(text.replace("TOKEN", hub.token("ann")))
    answer = one.wait(lambda: one.answers.get(7) or one.take_orphan(), "answer")
    assert answer["error"]["data"]["kind"] == kind
    one.drop()
    hub.check_well()


def test_opening_twice_is_refused_and_changes_nothing(hub, ann):
    error = ann.refused("session.open", {"token": hub.token("adm")})
    assert error.kind in ("invalid_request", "conflict")
    assert ann.refused("user.list").kind == "forbidden"


# ---- the operator's socket ----

OPERATOR_LINES = {
    "not JSON": (b"nonsense", "parse_error"),
    "a NUL byte": (b'{"method":"user.list"\0' + b" " * 4000 + b"}", "parse_error"),
    "no object": (b"[1]", "invalid_request"),
    "no method": (b'{"params":{}}', "invalid_request"),
    "an unknown method": (b'{"method":"no.such"}', "method_not_found"),
    "no workspace": (b'{"method":"user.list"}', "not_found"),
    "an id that is none": (b'{"method":"workspace.create","params":{"id":"a b"}}', "invalid_params"),
    "not an object of parameters": (b'{"method":"user.list","workspace":"acme","params":[1]}', "invalid_params"),
}


@pytest.mark.parametrize("line, kind", OPERATOR_LINES.values(), ids=OPERATOR_LINES)
def test_a_bad_line_of_the_operator(hub, line, kind):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(TIMEOUT)
        sock.connect(str(hub.data / "muster.sock"))
        sock.sendall(line + b'\n{"method":"workspace.get","workspace":"acme"}\n')
        with sock.makefile("rb") as answers:
            assert json.loads(answers.readline())["error"]["data"]["kind"] == kind
            assert json.loads(answers.readline())["result"]["id"] == "acme"
    hub.check_well()


# ---- too fast ----


def test_too_many_commands_at_once_are_told_to_slow_down(make_hub):
    hub = make_hub(commands_per_second=5, commands_burst=10)
    ann, bob = hub.sign_in("ann", watch="none"), hub.sign_in("bob", watch="none")
    numbers = [ann.request("session.activity", {"state": "active"}) for _ in range(60)]
    answers = [ann.answer(number) for number in numbers]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert 40 <= len(errors) <= 55
    for error in errors:
        assert error["code"] == 1029
        assert error["data"]["kind"] == "rate_limited"
        assert error["data"]["temporary"] is True
        assert 0 < error["data"]["retry_after_ms"] <= 2000
    assert bob.call("session.activity", {"state": "active"}) == {}  # others don't notice
    assert hub.metric("muster_rate_limited_total") == len(errors)


def test_a_flood_of_bad_messages_is_cut_off(make_hub):
    hub = make_hub(commands_per_second=5, commands_burst=10)
    flood = hub.sign_in("ann", watch="none")
    with pytest.raises((Closed, websockets.exceptions.ConnectionClosed)):
        for _ in range(100000):
            flood.send("{")
    assert flood.expect_close(4005)["kind"] == "protocol_violation"
    hub.check_well()
