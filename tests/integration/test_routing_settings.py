"""How teams and the workspace say who gets conversations, and what those weigh (C3, C4, C7, C8, C11)."""

import pytest

from client import RpcError

AT_FIRST = {"offer_ms": 0, "requeue_ms": None, "overflow_ms": 0, "overflow_nobody": False, "overflow_team": None}
WANTED = {"offer_ms": 30000, "requeue_ms": 60000, "overflow_ms": 120000, "overflow_nobody": True, "overflow_team": "sales"}


def routing_of(hub, path):
    record = hub.api("GET", path)
    return record["strategy"], record["settings"]


def test_a_team_is_given_out_by_hand_until_it_says_otherwise(hub):
    assert hub.sign_in("ann").call("team.get", {"team": "support"})["strategy"] == "manual"
    assert routing_of(hub, "/v1/teams/support") == ("manual", AT_FIRST)
    assert routing_of(hub, "/v1/workspace") == ("manual", AT_FIRST)
    assert hub.api("GET", "/v1/workspace")["channels"] == []


def test_a_team_takes_a_strategy_and_settings(hub):
    adm = hub.sign_in("adm")
    team = adm.call("team.create", {"id": "night", "name": "Night", "strategy": "load_balanced", "settings": WANTED})
    assert (team["strategy"], team["settings"]) == ("load_balanced", WANTED)
    data = adm.expect("team.created")["data"]
    assert (data["strategy"], data["settings"]) == ("load_balanced", WANTED)
    team = hub.api("PATCH", "/v1/teams/night", {"strategy": "round_robin"})
    assert (team["strategy"], team["settings"]) == ("round_robin", WANTED)
    assert adm.expect("team.updated")["data"] == {"id": "night", "strategy": "round_robin"}
    hub.restart()
    assert routing_of(hub, "/v1/teams/night") == ("round_robin", WANTED)


def test_settings_are_given_as_a_whole(hub):
    hub.api("PATCH", "/v1/teams/support", {"settings": WANTED})
    assert hub.api("PATCH", "/v1/teams/support", {"settings": {"offer_ms": 5000}})["settings"] == {**AT_FIRST, "offer_ms": 5000}
    ann = hub.sign_in("ann")
    assert hub.api("PATCH", "/v1/teams/support", {"settings": None})["settings"] == AT_FIRST
    assert ann.expect("team.updated")["data"] == {"id": "support", "settings": AT_FIRST}


def test_a_change_is_told_to_the_team_and_to_who_sees_all_teams(hub):
    ann, adm, cat = hub.sign_in("ann"), hub.sign_in("adm"), hub.sign_in("cat")
    hub.api("PATCH", "/v1/teams/support", {"strategy": "round_robin"})
    for one in (ann, adm):
        assert one.expect("team.updated")["data"] == {"id": "support", "strategy": "round_robin"}
    hub.fence(cat)
    assert cat.durable("team.") == []


def test_the_workspace_takes_the_same_and_weights_of_channels(hub):
    ann = hub.sign_in("ann")
    channels = [{"id": "phone", "weight": 3}, {"id": "sms", "weight": 0}]
    change = {"strategy": "round_robin", "settings": WANTED, "channels": channels}
    answer = hub.sign_in("adm").call("workspace.update", change)
    assert {key: answer[key] for key in change} == change
    assert ann.expect("workspace.updated")["data"] == change
    assert hub.api("PATCH", "/v1/workspace", {"channels": []})["channels"] == []
    assert ann.expect("workspace.updated", lambda e: e["data"]["channels"] == [])
    hub.restart()
    assert routing_of(hub, "/v1/workspace") == ("round_robin", WANTED)


def test_nothing_overflows_into_a_team_that_is_gone(hub):
    hub.api("PATCH", "/v1/teams/support", {"settings": WANTED})
    hub.api("PATCH", "/v1/workspace", {"settings": WANTED})
    hub.api("DELETE", "/v1/teams/sales")
    for path in ("/v1/teams/support", "/v1/workspace"):
        assert routing_of(hub, path)[1] == {**WANTED, "overflow_team": None}
    hub.restart()
    assert routing_of(hub, "/v1/teams/support")[1]["overflow_team"] is None


DAY_MS = 24 * 3600 * 1000
BAD = [
    ({"strategy": "random"}, "strategy", "must be one of"),
    ({"strategy": None}, "strategy", "must be one of"),
    ({"settings": 5}, "settings", "must be an object"),
    ({"settings": {"offer_ms": -1}}, "settings.offer_ms", "must be a whole number from 0 to"),
    ({"settings": {"offer_ms": DAY_MS + 1}}, "settings.offer_ms", "must be a whole number from 0 to"),
    ({"settings": {"requeue_ms": 0}}, "settings.requeue_ms", "must be a whole number from 1 to"),
    ({"settings": {"overflow_ms": "soon"}}, "settings.overflow_ms", "must be a whole number"),
    ({"settings": {"overflow_nobody": 1}}, "settings.overflow_nobody", "must be true or false"),
    ({"settings": {"overflow_team": "nowhere"}}, "settings.overflow_team", "there is no such team"),
    ({"settings": {"overflow": 1}}, "settings.overflow", ""),
]


@pytest.mark.parametrize("change, field, reason", BAD)
@pytest.mark.parametrize("path", ["/v1/teams/support", "/v1/workspace"])
def test_what_can_not_be_is_refused_by_name(hub, path, change, field, reason):
    before = hub.api("GET", path)
    answer = hub.http("PATCH", path, change, token=hub.secrets["acme"]["key"])
    assert (answer.status, answer.json["kind"]) == (422, "invalid_params"), answer.body
    assert reason in answer.json["fields"][field], answer.json
    assert hub.api("GET", path) == before


def test_a_team_does_not_overflow_into_itself(hub):
    adm = hub.sign_in("adm")
    itself = {"settings": {"overflow_team": "support"}}
    fault = adm.refused("team.update", {"team": "support", **itself})
    assert "another one, or null" in fault.data["fields"]["settings.overflow_team"]
    with pytest.raises(RpcError):
        adm.call("team.create", {"id": "night", "name": "Night", "settings": {"overflow_team": "night"}})


@pytest.mark.parametrize(
    "channels, field",
    [
        ([{"id": "phone", "weight": 1}, {"id": "phone", "weight": 2}], "channels.1.id"),
        ([{"id": "phone", "weight": 101}], "channels.0.weight"),
        ([{"id": "phone", "weight": -1}], "channels.0.weight"),
        ([{"id": "phone"}], "channels.0.weight"),
        ([{"weight": 1}], "channels.0.id"),
        ("phone", "channels"),
    ],
)
def test_wrong_channels_are_refused_by_name(hub, channels, field):
    answer = hub.http("PATCH", "/v1/workspace", {"channels": channels}, token=hub.secrets["acme"]["key"])
    assert answer.status == 422 and field in answer.json["fields"], answer.body


def test_who_may_not_manage_changes_nothing(hub):
    ann = hub.sign_in("ann")
    assert ann.refused("team.update", {"team": "support", "strategy": "round_robin"}).kind == "forbidden"
    assert ann.refused("workspace.update", {"channels": []}).kind == "forbidden"
