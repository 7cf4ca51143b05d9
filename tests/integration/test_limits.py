"""Limits (F6): each is an option, and what is beyond it is refused by name."""

import pytest
import websockets.exceptions

from client import RpcError


def refused_connect(hub):
    """The HTTP status of a handshake that is refused, or None if the connection was cut before any answer."""
    try:
        hub.connect()
    except websockets.exceptions.InvalidStatusCode as error:
        return error.status_code
    except (websockets.exceptions.InvalidMessage, OSError):
        return None
    raise AssertionError("the connection was taken")


def refused_open(hub, user, workspace="acme", **options):
    one = hub.connect()
    try:
        one.open(hub.token(user, workspace), **options)
    except RpcError as error:
        assert error.kind == "rate_limited"
    reason = one.expect_close(4006)
    assert reason["kind"] == "too_many_connections"


def test_connections_in_all(make_hub):
    hub = make_hub(max_connections=3)
    taken = [hub.connect() for _ in range(3)]
    assert refused_connect(hub) in (503, None)
    assert taken[0].open(hub.token("ann"))["user"]["id"] == "ann"
    taken[1].close()
    until_taken(hub)


def until_taken(hub):
    """A place has become free; the hub may notice a moment later than we do."""
    for _ in range(2000):
        try:
            return hub.connect()
        except (websockets.exceptions.InvalidHandshake, OSError):
            continue
    raise AssertionError("no place became free")


def test_connections_of_one_address(make_hub):
    hub = make_hub(max_connections_per_address=2)
    one, two = hub.connect(), hub.connect()
    assert refused_connect(hub) in (429, 503, None)
    one.open(hub.token("ann"))
    two.close()
    until_taken(hub)


def test_a_trusted_proxy_names_the_address(make_hub):
    hub = make_hub(max_connections_per_address=1, trusted_proxies="127.0.0.0/8")
    for n in range(3):
        one = hub.connect(headers={"X-Forwarded-For": f"203.0.113.{n}"})
        one.open(hub.token("ann"))
    with pytest.raises((websockets.exceptions.InvalidHandshake, OSError)):
        hub.connect(headers={"X-Forwarded-For": "203.0.113.1"})


def test_nobody_else_names_the_address(make_hub):
    hub = make_hub(max_connections_per_address=1)
    hub.connect(headers={"X-Forwarded-For": "203.0.113.1"})
    with pytest.raises((websockets.exceptions.InvalidHandshake, OSError)):
        hub.connect(headers={"X-Forwarded-For": "203.0.113.2"})


def test_sessions_of_one_person(make_hub):
    hub = make_hub(max_connections_per_user=2)
    tabs = [hub.sign_in("ann", device={"id": f"d-{n}"}) for n in range(2)]
    refused_open(hub, "ann")
    hub.sign_in("bob")
    tabs[0].call("session.close")
    tabs[0].expect_close(1000)
    hub.sign_in("ann")


def test_sessions_in_one_workspace(make_hub):
    hub = make_hub(max_connections_per_workspace=2)
    hub.sign_in("ann")
    hub.sign_in("bob")
    refused_open(hub, "cat")
    hub.sign_in("zoe", "globex")


def test_the_size_of_a_message(make_hub):
    hub = make_hub(max_message_bytes=1024)
    one = hub.sign_in("ann")
    one.send(" " * 1022 + "{}")
    orphan = one.orphan()
    assert orphan["error"]["data"]["kind"] == "invalid_request"
    one.send(" " * 1023 + "{}")
    one.expect_close(1009)


def test_the_depth_of_a_message(make_hub):
    hub = make_hub(max_depth=6)
    one = hub.connect()
    one.open(hub.token("adm"), watch="none")

    def publish(depth):
        data = {}
        for _ in range(depth):
            data = {"a": data}
        return {"type": "x.deep", "audience": {"everyone": True}, "data": data, "durable": False}

    one.call("event.publish", publish(3))  # the message and params are two levels themselves, data the third
    one.request("event.publish", publish(4))
    orphan = one.orphan()
    assert orphan["error"]["data"]["kind"] == "too_large"


def test_an_http_body_has_the_same_limit(make_hub):
    hub = make_hub(max_message_bytes=1024)
    answer = hub.http("PUT", "/v1/me/presence", {"status": "away", "note": "x" * 2000}, token=hub.token("ann"))
    assert answer.status == 413 and answer.json["kind"] == "too_large"
    hub.check_well()


def test_a_body_without_end_is_cut_off(make_hub):
    hub = make_hub(request_timeout_ms=200)
    head = b"PUT /v1/me/presence HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    received = hub.raw(head)  # returns when the hub closes
    assert received == b"" or received.startswith(b"HTTP/1.1 408")
    hub.check_well()


def test_headers_without_end_are_cut_off(make_hub):
    hub = make_hub(request_timeout_ms=200)
    received = hub.raw(b"GET /healthz HTTP/1.1\r\nHost: hub\r\nX-Slow: ")
    assert received == b"" or received.startswith(b"HTTP/1.1 408")
    hub.check_well()


def test_coming_anew_renews_no_budget_over_http(make_hub):
    hub = make_hub(commands_per_second=1, commands_burst=3)
    ann, bob = hub.token("ann"), hub.token("bob")
    statuses = [hub.http("GET", "/v1/permissions", token=ann).status for _ in range(30)]
    assert statuses[:3] == [200] * 3 and 429 in statuses and statuses.count(200) < 15
    assert hub.http("GET", "/v1/permissions", token=bob).status == 200


def test_a_key_has_a_budget_of_its_own(make_hub):
    hub = make_hub(commands_per_second=1, commands_burst=1, key_commands_per_second=1, key_commands_burst=8)
    key = hub.secrets["acme"]["key"]
    statuses = [hub.http("GET", "/v1/permissions", token=key).status for _ in range(30)]
    assert statuses[:8] == [200] * 8 and 429 in statuses and statuses.count(200) < 20


def test_commands_refill_with_time(make_hub):
    hub = make_hub(commands_per_second=20, commands_burst=1, ping_interval_ms=50, pong_timeout_ms=40)
    one = hub.sign_in("ann", watch="none")
    done = 0
    while done < 3:
        answer = one.answer(one.request("session.activity", {"state": "active"}))
        if "result" in answer:
            done += 1
            continue
        assert answer["error"]["data"]["kind"] == "rate_limited"
        pings = one.pings  # a moment passes with each
        one.wait(lambda: one.pings > pings, "a ping")
