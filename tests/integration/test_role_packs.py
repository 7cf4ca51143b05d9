"""Role packs (A7): sets of roles that express how five kinds of platform name their people's trades.

PACKS is what the products say of each role, as the permissions that somebody who holds it alone has in the end; wider ones
include narrower ones, so both are listed.
"""

import pytest

# ---- what the products' words come to ----

SEES_ALL = {"conversations.view:all", "conversations.view:team", "conversations.view:own", "conversations.view:unassigned"}
SEES_OWN = {"conversations.view:own"}
SEES_OWN_AND_WAITING = {"conversations.view:own", "conversations.view:unassigned"}
REPLIES = {"conversations.reply"}
STARTS = {"conversations.write"}
TAKES = {"conversations.assign_self"}
ASSIGNS = {"conversations.assign_self", "conversations.assign_others"}
QUEUES = {"queue.view:team", "queue.view:all"}
QUEUE_OF_TEAM = {"queue.view:team"}
PRESENCE_OF_ALL = {"presence.view:team", "presence.view:all"}
PRESENCE_OF_TEAM = {"presence.view:team"}
OWN_STATUS = {"presence.self"}
READS_CONTACTS = {"contacts.read", "contacts.read:own"}
WRITES_CONTACTS = READS_CONTACTS | {"contacts.write", "contacts.write:own"}
DELETES_CONTACTS = {"contacts.delete", "contacts.delete:own"}
CONTACTS = WRITES_CONTACTS | DELETES_CONTACTS
CAMPAIGNS = {"campaigns.read", "campaigns.write"}
USES_TEMPLATES = {"templates.use"}
TEMPLATES = {"templates.read", "templates.write"}
CONTENT = {"cms.read", "cms.write"}
CHATBOT = {"chatbot.read", "chatbot.write"}
INTEGRATIONS = {"integrations.manage"}
DEVELOPERS = {"developers.manage"}
SETTINGS = {"settings.read", "settings.write"}
ACCOUNT = {"account.read", "account.write"}
FIGURES = {"analytics.read"}
BOARD = {"dashboard.view"}
PEOPLE = {"users.view", "users.manage", "roles.manage", "teams.manage"}
WATCHES = {"presence.force", "sessions.revoke", "capacity.manage"}
BILLING = {"billing.manage"}

WORKS_IN_INBOX = SEES_ALL | REPLIES | STARTS | ASSIGNS | QUEUES | OWN_STATUS | PRESENCE_OF_ALL
RUNS_WORKSPACE = (
    WORKS_IN_INBOX | CONTACTS | CAMPAIGNS | USES_TEMPLATES | TEMPLATES | CONTENT | CHATBOT | INTEGRATIONS | DEVELOPERS | SETTINGS
    | ACCOUNT | FIGURES | BOARD | PEOPLE | WATCHES
    | {"notifications.send", "events.publish", "audit.view", "security.manage", "workspace.manage", "impersonate"}
)  # fmt: skip

PACKS = {
    # Owner: everything, with ownership. Admin: runs it, but can't hand it over nor pay. Agent: answers chats.
    "chat": {
        "chat-admin": RUNS_WORKSPACE,
        "chat-agent": SEES_OWN_AND_WAITING | REPLIES | TAKES | QUEUE_OF_TEAM | READS_CONTACTS | USES_TEMPLATES | OWN_STATUS
        | PRESENCE_OF_ALL,
    },
    # Admin: all features. Operator: everything but the menus contacts, chatbot, integrations, developers, account. Developer:
    # every menu but account. Inbox manager: every menu but developers and account. Service: only the inbox, with every
    # conversation. Sale: inbox and contacts, with their own conversations only.
    "inbox": {
        "inbox-admin": RUNS_WORKSPACE | BILLING,
        "inbox-operator": WORKS_IN_INBOX | CAMPAIGNS | USES_TEMPLATES | TEMPLATES | CONTENT | FIGURES | BOARD,
        "inbox-developer": WORKS_IN_INBOX | CONTACTS | CAMPAIGNS | USES_TEMPLATES | TEMPLATES | CONTENT | CHATBOT | INTEGRATIONS
        | DEVELOPERS | FIGURES | BOARD | {"notifications.send", "events.publish"},
        "inbox-manager": WORKS_IN_INBOX | CONTACTS | CAMPAIGNS | USES_TEMPLATES | TEMPLATES | CONTENT | CHATBOT | INTEGRATIONS
        | FIGURES | BOARD | {"capacity.manage", "presence.force"},
        "inbox-service": SEES_ALL | REPLIES | TAKES | QUEUES | USES_TEMPLATES | OWN_STATUS | PRESENCE_OF_TEAM,
        "inbox-sale": SEES_OWN | REPLIES | READS_CONTACTS | {"contacts.write:own"} | USES_TEMPLATES | OWN_STATUS | PRESENCE_OF_TEAM,
    },
    # Operator: replies, starts conversations, sees all contacts. Content manager: content. Analyst: figures. Producer: content,
    # contacts and figures. Environment manager: an environment and its users. Developer: builds and trains the bot.
    "bot": {
        "bot-operator": SEES_ALL | REPLIES | STARTS | TAKES | QUEUES | READS_CONTACTS | USES_TEMPLATES | OWN_STATUS
        | PRESENCE_OF_TEAM,
        "bot-content-manager": CONTENT | TEMPLATES,
        "bot-analyst": FIGURES | BOARD,
        "bot-producer": CONTENT | TEMPLATES | CONTACTS | FIGURES | BOARD,
        "bot-environment-manager": SETTINGS | PEOPLE | PRESENCE_OF_ALL | {"sessions.revoke", "audit.view", "workspace.manage"},
        "bot-developer": CHATBOT | DEVELOPERS,
    },
    # Admin: runs the desk. Supervisor: watches and assigns. Agent: answers.
    "desk": {
        "desk-admin": RUNS_WORKSPACE,
        "desk-supervisor": SEES_ALL | REPLIES | ASSIGNS | QUEUES | READS_CONTACTS | USES_TEMPLATES | FIGURES | {"users.view"}
        | WATCHES | OWN_STATUS | PRESENCE_OF_ALL | BOARD | {"notifications.send"},
        "desk-agent": SEES_OWN_AND_WAITING | REPLIES | TAKES | QUEUE_OF_TEAM | READS_CONTACTS | USES_TEMPLATES | OWN_STATUS
        | PRESENCE_OF_TEAM,
    },
    # None, view or edit for each module.
    "modules": {
        "modules-viewer": READS_CONTACTS
        | {"campaigns.read", "templates.read", "cms.read", "chatbot.read", "settings.read", "account.read", "analytics.read"},
        "modules-editor": CONTACTS | CAMPAIGNS | TEMPLATES | CONTENT | CHATBOT | SETTINGS | ACCOUNT | FIGURES,
        "modules-marketing": READS_CONTACTS | CAMPAIGNS | TEMPLATES | FIGURES,
    },
    # A switch each for reading, writing and deleting.
    "toggles": {
        "toggles-reader": READS_CONTACTS,
        "toggles-writer": WRITES_CONTACTS,
        "toggles-keeper": WRITES_CONTACTS | DELETES_CONTACTS,
        "toggles-cleaner": READS_CONTACTS | DELETES_CONTACTS,
        "toggles-own": {"contacts.read:own", "contacts.write:own", "contacts.delete:own"},
    },
}
BUILTIN = {"chat": {"owner"}}  # the one role that every workspace has and nobody makes

ROLES = [(pack, role) for pack, roles in PACKS.items() for role in roles]


@pytest.fixture(scope="module")
def hub(make_shared_hub):
    """A hub with every pack loaded."""
    one = make_shared_hub()
    owner = one.sign_in("owner", watch="none")
    for pack in PACKS:
        owner.call("role.load_pack", {"pack": pack})
    return one


def test_the_packs_are_those_of_the_table(hub):
    packs = hub.sign_in("adm", watch="none").call("role.packs")["items"]
    assert {pack["id"]: {role["id"] for role in pack["roles"]} for pack in packs} == {
        pack: set(roles) | BUILTIN.get(pack, set()) for pack, roles in PACKS.items()
    }
    assert all(role["loaded"] and role["name"] and role["permissions"] for pack in packs for role in pack["roles"])
    assert all(pack["title"] and pack["help"] for pack in packs)


@pytest.mark.parametrize("pack, role", ROLES, ids=[role for _, role in ROLES])
def test_a_role_allows_what_the_product_says(hub, pack, role):
    """Given to somebody with a tab open: exactly the table's permissions are pushed, and found again at the next sign-in."""
    ann = hub.sign_in("ann", watch="none")
    hub.cli_ok("user", "role", "--data", hub.data, "--workspace", "acme", "--user", "ann", "--role", role)
    told = ann.expect("permissions.changed")["data"]["permissions"]
    assert set(told) == PACKS[pack][role]
    again = hub.sign_in("ann", watch="none")
    assert set(again.session["permissions"]) == PACKS[pack][role]
    listed = {one["id"]: one for one in ann.call("role.list", {"limit": 1000})["items"]}
    assert set(listed[role]["permissions"]) <= PACKS[pack][role] and listed[role]["description"]
    ann.close()
    again.close()


def test_the_owner_may_everything(hub):
    owner = hub.sign_in("owner", watch="none")
    assert set(owner.session["permissions"]) == {one["key"] for one in owner.call("permission.list")["items"]}


def test_the_same_word_means_different_things(hub):
    def told(role):
        return PACKS[role.split("-")[0]][role]

    assert "campaigns.write" in told("inbox-operator") and "contacts.read" not in told("inbox-operator")
    assert "contacts.read" in told("bot-operator") and "campaigns.write" not in told("bot-operator")
    assert "conversations.view:all" in told("inbox-developer") - told("bot-developer")
    assert "conversations.view:all" in told("inbox-service") - told("inbox-sale")


def test_levels_show_in_the_roles(hub):
    ann = hub.sign_in("ann", watch="none")
    marketing = ann.call("role.get", {"role": "modules-marketing"})["modules"]
    assert marketing == {
        "contacts": "view", "campaigns": "edit", "templates": "edit", "cms": "none", "chatbot": "none", "settings": "none",
        "account": "none", "analytics": "view",
    }  # fmt: skip
    assert ann.call("role.get", {"role": "toggles-keeper"})["modules"]["contacts"] == "edit"
    assert ann.call("role.get", {"role": "toggles-cleaner"})["modules"]["contacts"] == "custom"


# ---- loading ----


@pytest.fixture
def fresh(make_hub):
    return make_hub()


def test_loading_twice_changes_nothing(fresh):
    owner = fresh.sign_in("owner", watch="none")
    loaded = owner.call("role.load_pack", {"pack": "bot"})["items"]
    assert len(owner.durable("role.created")) == len(PACKS["bot"]) == len(loaded)
    owner.call("role.update", {"role": "bot-analyst", "name": "Statistician", "permissions": []})
    fresh.fence(owner)
    before, roles = len(owner.durable()), owner.call("role.list")
    again = fresh.http("POST", "/v1/role-packs/bot", {}, token=fresh.token("owner")).json["items"]
    fresh.fence(owner)
    assert len(owner.durable()) == before and owner.call("role.list") == roles
    assert next(role for role in again if role["id"] == "bot-analyst")["name"] == "Statistician"


def test_some_roles_of_a_pack(fresh):
    adm, ann = fresh.sign_in("adm", watch="none"), fresh.sign_in("ann", watch="none")
    loaded = adm.call("role.load_pack", {"pack": "inbox", "roles": ["inbox-sale", "inbox-service"]})["items"]
    assert {role["id"] for role in loaded} == {"inbox-sale", "inbox-service"}
    assert [event["data"]["id"] for event in adm.durable("role.created")] == ["inbox-service", "inbox-sale"]
    fresh.fence(ann)
    assert not ann.durable()
    inbox = next(pack for pack in adm.call("role.packs")["items"] if pack["id"] == "inbox")
    assert {role["id"] for role in inbox["roles"] if role["loaded"]} == {"inbox-sale", "inbox-service"}


@pytest.mark.parametrize(
    "user, params, kind",
    [
        ("adm", {"pack": "inbox"}, "forbidden"),  # its admin may pay the bills, an admin here may not
        ("ann", {"pack": "toggles"}, "forbidden"),
        ("owner", {"pack": "missing"}, "not_found"),
        ("owner", {"pack": "inbox", "roles": ["bot-analyst"]}, "invalid_params"),
    ],
)
def test_a_pack_gives_nobody_more_than_the_loader_has(fresh, user, params, kind):
    one = fresh.sign_in(user, watch="none")
    before = one.call("role.list")
    assert one.refused("role.load_pack", params).kind == kind
    assert one.call("role.list") == before


def test_a_name_that_is_taken_is_a_conflict(fresh):
    owner = fresh.sign_in("owner", watch="none")
    owner.call("role.create", {"name": "BOT analyst"})
    before = owner.call("role.list")
    refused = owner.refused("role.load_pack", {"pack": "bot"})
    assert refused.kind == "conflict" and "name" in refused.fields
    assert owner.call("role.list") == before


def test_an_operator_loads_a_pack_from_the_command_line(fresh):
    where = ("--data", fresh.data, "--workspace", "acme")
    fresh.cli_ok("role", "load", *where, "--pack", "toggles", "--role", "toggles-own")
    assert '"toggles-own"' in fresh.cli_ok("role", "packs", *where)
    assert [role["id"] for role in fresh.api("GET", "/v1/roles")["items"] if role["id"].startswith("toggles")] == ["toggles-own"]
