"""Publishing one's own events (E6) to every kind of audience, durable and ephemeral."""

import json

import pytest

USERS = ["ann", "bob", "cat", "sue", "adm"]

# audience, who gets it
AUDIENCES = {
    "users": ({"users": ["ann", "cat"]}, {"ann", "cat"}),
    "one user": ({"users": ["bob"]}, {"bob"}),
    "team": ({"teams": ["support"]}, {"ann", "bob", "sue"}),
    "two teams": ({"teams": ["support", "sales"]}, {"ann", "bob", "sue", "cat"}),
    "role": ({"roles": ["agent"]}, {"ann", "bob", "cat"}),
    "roles": ({"roles": ["supervisor", "admin"]}, {"sue", "adm"}),
    "permission": ({"permission": "presence.force"}, {"sue", "adm"}),
    "narrow permission": ({"permission": "presence.view:team"}, {"ann", "bob", "cat", "sue", "adm"}),
    "everyone": ({"everyone": True}, set(USERS)),
    "several kinds": ({"users": ["cat"], "roles": ["admin"]}, {"cat", "adm"}),
}


@pytest.fixture(scope="module")
def hub(make_shared_hub):
    return make_shared_hub()


@pytest.fixture(scope="module")
def sessions(hub):
    """Two tabs for each person, and somebody of another workspace."""
    people = {user: [hub.sign_in(user, device={"id": f"d-{n}"}, watch="none") for n in range(2)] for user in USERS}
    return people, hub.sign_in("zoe", "globex", watch="none")


@pytest.mark.parametrize("durable", [True, False], ids=["durable", "ephemeral"])
@pytest.mark.parametrize("row", AUDIENCES)
def test_an_audience_and_nobody_else_gets_it(hub, sessions, row, durable):
    people, zoe = sessions
    audience, receivers = AUDIENCES[row]
    mark = f"{row} {durable}"
    got = hub.publish("x.test", audience, {"mark": mark}, durable=durable)
    assert (got["seq"] is not None) == durable
    for tabs in people.values():
        hub.fence(*tabs)
    hub.fence(zoe, workspace="globex")
    for user, tabs in people.items():
        for one in tabs:
            mine = [e for e in one.events if e["type"] == "x.test" and e["data"]["mark"] == mark]
            assert len(mine) == (user in receivers), f"{user}: {mine}"
            if mine:
                assert ("seq" in mine[0], "cursor" in mine[0]) == (durable, durable)
                if durable:
                    assert mine[0]["seq"] == got["seq"]
                assert mine[0]["at"].endswith("Z")
    assert not [e for e in zoe.events if e["type"] == "x.test"]


def test_publishing_over_a_socket_says_who_did_it(hub, sessions):
    people, _ = sessions
    adm = people["adm"][0]
    adm.call("event.publish", {"type": "x.hello", "audience": {"users": ["ann"]}, "data": {"a": 1}, "durable": True})
    event = people["ann"][0].expect("x.hello")
    assert event["actor"] == {"user": "adm"}
    assert event["data"] == {"a": 1}


def test_publishing_needs_the_right(hub, sessions):
    people, _ = sessions
    params = {"type": "x.hello", "audience": {"everyone": True}, "data": {}, "durable": False}
    assert people["ann"][0].refused("event.publish", params).kind == "forbidden"
    answer = hub.http("POST", "/v1/events", params, token=hub.token("ann"))
    assert answer.status == 403 and answer.json["kind"] == "forbidden"


def test_an_api_key_without_the_scope_may_not_publish(hub):
    made = json.loads(hub.cli_ok("key", "create", "--data", hub.data, "--workspace", "acme", "--scopes", "users.view"))
    params = {"type": "x.hello", "audience": {"everyone": True}, "data": {}, "durable": False}
    assert hub.http("POST", "/v1/events", params, token=made["key"]).status == 403
    assert hub.http("GET", "/v1/users", token=made["key"]).status == 200


def test_all_see_the_same_order(hub):
    """I3, with several publishers at once and readers that come and go between edges."""
    readers = [hub.sign_in(user, device={"id": f"o-{n}"}, watch="none") for n, user in enumerate(USERS * 3)]
    writers = [hub.sign_in("adm", device={"id": f"w-{n}", "kind": "api"}, watch="none") for n in range(4)]
    sent = []
    for n in range(25):
        for w, one in enumerate(writers):
            params = {"type": "x.order", "audience": {"everyone": True}, "data": {"who": w, "n": n}, "durable": True}
            sent.append((one, one.request("event.publish", params)))
    for one, number in sent:
        assert "result" in one.answer(number)
    hub.fence(*readers)
    orders = [[(e["seq"], e["data"]["who"], e["data"]["n"]) for e in one.durable("x.order")] for one in readers]
    assert len(orders[0]) == 100
    assert all(order == orders[0] for order in orders)
    for w in range(4):
        assert [n for _, who, n in orders[0] if who == w] == list(range(25))


def test_large_data_up_to_the_limit(make_hub):
    hub = make_hub(max_message_bytes="64k")
    ann = hub.sign_in("ann", watch="none")
    text = "ä" * 25000
    hub.publish("x.large", {"users": ["ann"]}, {"text": text})
    assert ann.expect("x.large")["data"]["text"] == text
    answer = hub.http(
        "POST", "/v1/events",
        {"type": "x.large", "audience": {"everyone": True}, "data": {"text": "x" * 70000}, "durable": True},
        token=hub.secrets["acme"]["key"],
    )  # fmt: skip
    assert answer.status == 413 and answer.json["kind"] == "too_large"
