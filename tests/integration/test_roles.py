"""Roles and permissions (A5, A6, A7, A8): made, changed and deleted over WebSocket and HTTP, and heard live by holders and by
those who manage roles."""

import json

import pytest

EVERYBODY = ["owner", "adm", "sue", "ann", "bob", "cat"]


@pytest.fixture
def people(hub):
    """A tab for everybody, and one in another workspace."""
    tabs = {user: hub.sign_in(user, watch="none") for user in EVERYBODY}
    tabs["zoe"] = hub.sign_in("zoe", "globex", watch="none")
    return tabs


def now(hub, people):
    """How many durable events each has heard, all that was told having arrived."""
    hub.fence(*[tab for user, tab in people.items() if user != "zoe"])
    hub.fence(people["zoe"], workspace="globex")
    return {user: len(tab.durable()) for user, tab in people.items()}


def heard(hub, people, start):
    """Who heard which durable events since `start`: {user: [type, …]}, silent people left out."""
    now(hub, people)
    new = {user: [e["type"] for e in tab.durable()[start[user] :]] for user, tab in people.items()}
    return {user: types for user, types in new.items() if types}


def permissions(tab):
    """The last set that a tab was told."""
    changed = tab.durable("permissions.changed")
    return changed[-1]["data"]["permissions"] if changed else tab.session["permissions"]


# ---- making, reading ----


def test_a_role_is_made_over_both_transports_and_heard_by_managers(hub, people):
    start = now(hub, people)
    role = {"id": "night", "name": "Night shift", "description": "Answers at night", "permissions": ["presence.self"]}
    made = people["adm"].call("role.create", role)
    assert {k: made[k] for k in role} == role
    assert heard(hub, people, start) == {"owner": ["role.created"], "adm": ["role.created"]}
    assert people["owner"].durable("role.created")[-1]["data"] == role
    assert people["owner"].durable("role.created")[-1]["actor"] == {"user": "adm"}

    answer = hub.http("POST", "/v1/roles", {"name": "Day shift", "permissions": ["users.view"]}, token=hub.token("adm"))
    assert answer.status in (200, 201)
    made = answer.json
    assert made["id"].startswith("role-") and made["permissions"] == ["users.view"]
    assert hub.http("GET", f"/v1/roles/{made['id']}", token=hub.token("ann")).json == made
    assert people["ann"].call("role.get", {"role": made["id"]}) == made
    listed = hub.http("GET", "/v1/roles", token=hub.token("ann")).json["items"]
    assert {"night", "admin", "agent", made["id"]} <= {one["id"] for one in listed}
    assert made in listed


BAD = {
    "name taken": ({"name": "aGENT"}, "conflict", {"name"}),
    "id taken": ({"id": "agent", "name": "New"}, "conflict", {"id"}),
    "no name": ({"permissions": []}, "invalid_params", {"name"}),
    "unknown key": ({"name": "New", "permissions": ["presence.self", "fly"]}, "invalid_params", {"permissions.1"}),
    "unregistered key": ({"name": "New", "permissions": ["orders.read"]}, "invalid_params", {"permissions.0"}),
    "unknown module": ({"name": "New", "modules": {"orders": "view"}}, "invalid_params", {"modules.orders"}),
    "unknown level": ({"name": "New", "modules": {"contacts": "all"}}, "invalid_params", {"modules.contacts"}),
    "shown, not given": ({"name": "New", "modules": {"contacts": "custom"}}, "invalid_params", {"modules.contacts"}),
    "a level it has not": ({"name": "New", "modules": {"analytics": "edit"}}, "invalid_params", {"modules.analytics"}),
    "no level": ({"name": "New", "modules": {"contacts": None}}, "invalid_params", {"modules.contacts"}),
    "no levels": ({"name": "New", "modules": None}, "invalid_params", {"modules"}),
    "no object": ({"name": "New", "modules": ["contacts"]}, "invalid_params", {"modules"}),
    "more than one holds": ({"name": "New", "permissions": ["billing.manage"]}, "forbidden", set()),
    "a module one does not hold": ({"name": "New", "permissions": ["owner.transfer"]}, "forbidden", set()),
}


@pytest.fixture(scope="module")
def calm_hub(make_shared_hub):
    """For tests that change nothing."""
    return make_shared_hub()


@pytest.mark.parametrize("row", BAD)
def test_a_bad_role_is_refused_and_nothing_changes(calm_hub, row):
    params, kind, fields = BAD[row]
    adm = calm_hub.sign_in("adm", watch="none")
    before = adm.call("role.list")
    refused = adm.refused("role.create", params)
    assert (refused.kind, set(refused.fields)) == (kind, fields)
    answer = calm_hub.http("POST", "/v1/roles", params, token=calm_hub.token("adm"))
    assert (answer.json["kind"], set(answer.json.get("fields", {}))) == (kind, fields)
    assert adm.call("role.list") == before
    calm_hub.fence(adm)
    assert not adm.durable()


WRITES = [
    ("role.create", "POST", "/v1/roles", {"name": "New", "permissions": []}),
    ("role.update", "PATCH", "/v1/roles/agent", {"name": "New"}),
    ("role.delete", "DELETE", "/v1/roles/agent", {"replace_with": "supervisor"}),
    ("permission.register", "POST", "/v1/permissions", {"key": "orders.read", "help": "See orders."}),
    ("permission.remove", "DELETE", "/v1/permissions/orders.read", {}),
]


@pytest.mark.parametrize("user", ["sue", "ann"])
@pytest.mark.parametrize("method, verb, path, body", WRITES, ids=[row[0] for row in WRITES])
def test_only_who_manages_roles_changes_them(calm_hub, user, method, verb, path, body):
    params = {**body, **({"role": "agent"} if "/agent" in path else {}), **({"key": "orders.read"} if "orders." in path else {})}
    assert calm_hub.sign_in(user, watch="none").refused(method, params).kind == "forbidden"
    query = "?replace_with=supervisor" if "replace_with" in body else ""
    answer = calm_hub.http(verb, path + query, None if verb == "DELETE" else body, token=calm_hub.token(user))
    assert answer.status == 403


@pytest.mark.parametrize("method, params", [("role.get", {}), ("role.update", {"name": "New"}), ("role.delete", {})])
def test_a_foreign_role_looks_like_a_missing_one(calm_hub, method, params):
    if not any(role["id"] == "foreign" for role in calm_hub.api("GET", "/v1/roles", workspace="globex")["items"]):
        calm_hub.api("POST", "/v1/roles", {"id": "foreign", "name": "Foreign"}, workspace="globex")
    adm = calm_hub.sign_in("adm", watch="none")
    errors = [adm.refused(method, {"role": role, **params}) for role in ("foreign", "missing")]
    assert errors[0].kind == "not_found"
    assert errors[0].args[0].replace("foreign", "ID") == errors[1].args[0].replace("missing", "ID")


# ---- editing ----


def test_an_edited_role_reaches_open_tabs_at_once(hub, people):
    """A5: the new set is pushed to each holder, and what is no longer theirs stops before the next event."""
    start = now(hub, people)
    agent = people["ann"].call("role.get", {"role": "agent"})
    fewer = [key for key in agent["permissions"] if key != "presence.self"] + ["audit.view"]
    updated = people["adm"].call("role.update", {"role": "agent", "permissions": fewer})
    assert updated["permissions"] == fewer and updated["name"] == "Agent"
    hub.publish("x.audit", {"permission": "audit.view"})
    hub.publish("x.self", {"permission": "presence.self"})
    holder = ["role.updated", "permissions.changed", "x.audit"]
    manager = ["role.updated", "x.audit", "x.self"]
    assert heard(hub, people, start) == {
        "owner": manager, "adm": manager, "sue": ["x.self"], "ann": holder, "bob": holder, "cat": holder,
    }  # fmt: skip
    told = people["ann"].durable("permissions.changed")[-1]["data"]
    assert told["user"] == "ann" and told["roles"] == ["agent"]
    assert "audit.view" in told["permissions"] and "presence.self" not in told["permissions"]
    assert people["ann"].refused("presence.set", {"status": "busy"}).kind == "forbidden"
    assert set(hub.sign_in("ann").session["permissions"]) == set(told["permissions"])


def test_only_those_whose_set_changes_are_told_of_theirs(hub, people):
    """A6: who has a permission by another role keeps it, and hears of the role but of no new set."""
    hub.api("PUT", "/v1/users/bob/roles", {"roles": ["agent", "supervisor"]})
    start = now(hub, people)
    agent = people["ann"].call("role.get", {"role": "agent"})
    hub.api("PATCH", "/v1/roles/agent", {"permissions": [*agent["permissions"], "dashboard.view"]})
    assert heard(hub, people, start) == {
        "owner": ["role.updated"], "adm": ["role.updated"], "bob": ["role.updated"],
        "ann": ["role.updated", "permissions.changed"], "cat": ["role.updated", "permissions.changed"],
    }  # fmt: skip
    assert "dashboard.view" in permissions(people["ann"])


def test_several_roles_are_a_union(hub, people):
    hub.api("POST", "/v1/roles", {"id": "auditor", "name": "Auditor", "permissions": ["audit.view"]})
    before = set(people["ann"].session["permissions"])
    hub.api("PUT", "/v1/users/ann/roles", {"roles": ["agent", "auditor"]})
    people["ann"].expect("permissions.changed")
    assert set(permissions(people["ann"])) == before | {"audit.view"}


def test_a_change_that_is_none_is_told_to_nobody(hub, people):
    start = now(hub, people)
    agent = people["adm"].call("role.get", {"role": "agent"})
    again = {k: agent[k] for k in ("name", "description", "permissions")}
    assert people["adm"].call("role.update", {"role": "agent", **again}) == agent
    assert people["adm"].call("role.update", {"role": "agent"}) == agent
    assert heard(hub, people, start) == {}


@pytest.mark.parametrize(
    "role, change",
    [
        ("owner", {"name": "Chief"}),
        ("owner", {"permissions": []}),
        ("admin", {"permissions": ["billing.manage"]}),
        ("agent", {"permissions": ["owner.transfer"]}),
        ("banker", {"permissions": []}),
        ("banker", {"description": "Mine now"}),
    ],
)
def test_nobody_gains_by_editing_nor_touches_roles_above(calm_hub, role, change):
    if not any(one["id"] == "banker" for one in calm_hub.api("GET", "/v1/roles")["items"]):
        owner = calm_hub.sign_in("owner", watch="none")
        owner.call("role.create", {"id": "banker", "name": "Banker", "permissions": ["billing.manage"]})
    # The API key of the workspace may all but hand it over; a person who manages roles may what an admin may.
    adm = calm_hub.sign_in("adm", watch="none")
    before = adm.call("role.get", {"role": role})
    assert adm.refused("role.update", {"role": role, **change}).kind == "forbidden"
    assert adm.call("role.get", {"role": role}) == before


# ---- deleting ----


def test_a_role_in_use_asks_for_another(hub, people):
    start = now(hub, people)
    refused = people["adm"].refused("role.delete", {"role": "agent"})
    assert refused.kind == "conflict" and "3 people" in refused.message and "replace_with" in refused.fields
    answer = hub.http("DELETE", "/v1/roles/agent", token=hub.token("adm"))
    assert answer.status == 409
    assert heard(hub, people, start) == {}


def test_a_deleted_role_is_replaced_in_one_step(hub, people):
    hub.api("POST", "/v1/roles", {"id": "junior", "name": "Junior", "permissions": ["presence.self"]})
    hub.api("PUT", "/v1/users/bob/roles", {"roles": ["junior", "agent"]})
    start = now(hub, people)
    answer = hub.http("DELETE", "/v1/roles/agent?replace_with=junior", token=hub.token("adm"))
    assert (answer.status, answer.json) == (200, {})
    mine = ["role.assigned", "permissions.changed"]
    manager = ["role.assigned"] * 3 + ["role.deleted"]
    got = heard(hub, people, start)
    assert {user: got[user] for user in ("owner", "adm", "ann", "bob", "cat")} == {
        "owner": manager, "adm": manager, "ann": mine, "bob": mine, "cat": mine,
    }  # fmt: skip
    assert [e["data"]["roles"] for e in people["ann"].durable("role.assigned")] == [["junior"]]
    assert people["bob"].durable("role.assigned")[-1]["data"]["roles"] == ["junior"]
    assert permissions(people["ann"]) == ["presence.self"]
    assert people["adm"].refused("role.get", {"role": "agent"}).kind == "not_found"
    assert hub.api("GET", "/v1/users/ann")["roles"] == ["junior"]
    hub.restart()
    assert hub.api("GET", "/v1/users/ann")["roles"] == ["junior"]


def test_invitations_and_views_don_t_keep_a_role_that_is_gone(hub, people):
    """Who is invited to it is invited to the other one; who looks at the workspace as a holder sees it no longer."""
    hub.api("POST", "/v1/roles", {"id": "junior", "name": "Junior", "permissions": ["presence.self"]})
    invite = hub.api("POST", "/v1/invites", {"email": "new@people.test", "roles": ["agent", "junior"]})
    token = people["adm"].call("view_as.start", {"role": "junior"})["token"]
    view = hub.connect()
    view.open(token, watch="none")
    refused = people["adm"].refused("role.delete", {"role": "junior"})
    assert refused.kind == "conflict" and "1 is invited" in refused.message
    people["adm"].call("role.delete", {"role": "junior", "replace_with": "supervisor"})
    updated = people["owner"].expect("invite.updated")["data"]
    assert updated == {"id": invite["id"], "roles": ["agent", "supervisor"]}
    listed = {one["id"]: one for one in hub.api("GET", "/v1/invites")["items"]}
    assert listed[invite["id"]]["roles"] == ["agent", "supervisor"]
    view.expect_close(4003)


@pytest.mark.parametrize(
    "role, replacement, kind",
    [
        ("agent", "agent", "invalid_params"),
        ("agent", "missing", "invalid_params"),
        ("agent", "owner", "forbidden"),
        ("owner", None, "forbidden"),
        ("owner", "admin", "forbidden"),
        ("missing", None, "not_found"),
    ],
)
def test_a_bad_deletion_changes_nothing(calm_hub, role, replacement, kind):
    adm = calm_hub.sign_in("adm", watch="none")
    before = adm.call("role.list")
    params = {"role": role, **({"replace_with": replacement} if replacement else {})}
    assert adm.refused("role.delete", params).kind == kind
    assert adm.call("role.list") == before


# ---- levels ----


def test_levels_are_a_short_way_to_say_permissions(hub):
    adm = hub.sign_in("adm", watch="none")
    levels = {"contacts": "view", "campaigns": "edit", "cms": "none"}
    made = adm.call("role.create", {"id": "mixed", "name": "Mixed", "permissions": ["presence.self", "cms.read"], "modules": levels})
    assert sorted(made["permissions"]) == ["campaigns.read", "campaigns.write", "contacts.read", "presence.self"]
    assert {module: made["modules"][module] for module in levels} == levels
    made = adm.call("role.update", {"role": "mixed", "modules": {"contacts": "edit"}})
    assert {"contacts.read", "contacts.write", "contacts.delete"} < set(made["permissions"])
    assert made["modules"]["campaigns"] == "edit"
    made = adm.call("role.update", {"role": "mixed", "permissions": ["contacts.read", "contacts.delete"]})
    assert made["modules"]["contacts"] == "custom" and made["modules"]["campaigns"] == "none"


# ---- the platform's own keys ----


def test_a_platform_registers_keys_of_its_own(hub, people):
    start = now(hub, people)
    made = hub.api("POST", "/v1/permissions", {"key": "orders.read", "help": "See orders."})
    assert made == {"key": "orders.read", "help": "See orders.", "module": True, "registered": True}
    everyone = {user: ["permission.registered"] for user in EVERYBODY}
    everyone["owner"] = ["permission.registered", "role.updated", "permissions.changed"]
    everyone["adm"] = ["permission.registered", "role.updated"]
    assert heard(hub, people, start) == everyone
    assert "orders.read" in permissions(people["owner"])
    listed = people["ann"].call("permission.list")["items"]
    assert made in listed and not any(one["registered"] for one in listed if one["key"] != "orders.read")

    # The key that registered it may give it; an admin, who doesn't hold it, may not.
    assert people["adm"].refused("role.update", {"role": "agent", "modules": {"orders": "view"}}).kind == "forbidden"
    agent = hub.api("PATCH", "/v1/roles/agent", {"modules": {"orders": "view"}})
    assert "orders.read" in agent["permissions"] and agent["modules"]["orders"] == "view"
    people["ann"].expect("permissions.changed")
    assert "orders.read" in permissions(people["ann"])
    assert "orders.read" in hub.sign_in("cat").session["permissions"]
    start = now(hub, people)
    hub.publish("x.order", {"permission": "orders.read"})
    assert heard(hub, people, start) == {user: ["x.order"] for user in ("owner", "ann", "bob", "cat")}

    refused = people["owner"].refused("permission.remove", {"key": "orders.read"})
    assert refused.kind == "conflict" and "1 role" in refused.message
    hub.api("PATCH", "/v1/roles/agent", {"modules": {"orders": "none"}})
    start = now(hub, people)
    assert hub.http("DELETE", "/v1/permissions/orders.read", token=hub.secrets["acme"]["key"]).json == {}
    everyone = {user: ["permission.removed"] for user in EVERYBODY}
    everyone["owner"] = ["permission.removed", "role.updated", "permissions.changed"]
    everyone["adm"] = ["permission.removed", "role.updated"]
    assert heard(hub, people, start) == everyone
    assert "orders.read" not in permissions(people["owner"])
    assert "orders.read" not in hub.sign_in("owner").session["permissions"]
    assert not any(one["registered"] for one in people["ann"].call("permission.list")["items"])


def test_registered_keys_outlive_a_restart_and_stay_in_their_workspace(hub):
    for key in ("orders.read", "orders.write", "deals.delete"):
        hub.api("POST", "/v1/permissions", {"key": key, "help": "Help."})
    hub.api("PATCH", "/v1/roles/agent", {"modules": {"orders": "edit"}})
    hub.api("DELETE", "/v1/permissions/deals.delete")
    before = hub.sign_in("ann", watch="none").session["permissions"]
    assert {"orders.read", "orders.write"} < set(before)
    hub.restart()
    assert hub.sign_in("ann", watch="none").session["permissions"] == before
    foreign = hub.api("GET", "/v1/permissions", workspace="globex")["items"]
    assert not any(one["registered"] for one in foreign)
    answer = hub.http(
        "POST", "/v1/roles", {"name": "New", "permissions": ["orders.read"]}, token=hub.secrets["globex"]["key"]
    )  # fmt: skip
    assert answer.status == 422


@pytest.mark.parametrize(
    "key, kind", [("orders", "invalid_params"), ("orders.fly", "invalid_params"), ("users.read", "invalid_params"),
                  ("contacts.read", "conflict")],
)  # fmt: skip
def test_a_bad_key_is_refused(calm_hub, key, kind):
    adm = calm_hub.sign_in("adm", watch="none")
    refused = adm.refused("permission.register", {"key": key, "help": "Help."})
    assert refused.kind == kind and "key" in refused.fields


# ---- the command line ----


def test_an_operator_works_on_roles_from_the_command_line(hub, people):
    def muster(*words):
        return json.loads(hub.cli_ok(*words[:2], "--data", hub.data, "--workspace", "acme", *words[2:]))

    made = muster("role", "add", "--id", "night", "--name", "Night", "--permission", "presence.self", "--permission", "users.view")
    assert made["permissions"] == ["presence.self", "users.view"]
    assert people["adm"].expect("role.created")["actor"] == {"operator": True}
    assert made in muster("role", "list")["items"]
    refused = hub.cli("role", "delete", "--data", hub.data, "--workspace", "acme", "--role", "agent")
    assert refused.returncode == 1 and "--replace-with" in refused.stderr
    assert muster("role", "delete", "--role", "agent", "--replace-with", "night") == {}
    people["ann"].expect("permissions.changed", lambda e: e["data"]["permissions"] == ["users.view", "presence.self"])


