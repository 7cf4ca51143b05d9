"""R10, I5: every command × every kind of caller × a thing of one's own workspace, of another and of none.

ROWS below is the permission table. The list of commands comes from the program, so a command without a row fails here. For
each row: who may, what everybody else hears, and what a foreign or a missing id answers to those who may; the two answers are
the same to the byte but for the id itself. A refused call tells nobody anything, and nothing at all is heard next door.
"""

import contextlib
import itertools
import json
import urllib.parse
from dataclasses import dataclass, field

import pytest

import client
import hub as hubs

# What a caller is in the workspace, and whose token it shows. `key` holds all permissions but owner.transfer.
CALLERS = {"owner": "owner", "admin": "adm", "supervisor": "sue", "agent": "ann", "key": None, "nobody": None}
SIGNED_IN = {"owner", "admin", "supervisor", "agent", "key"}
PEOPLE = SIGNED_IN - {"key"}
MANAGERS = {"owner", "admin", "key"}
VIEWERS = MANAGERS | {"supervisor"}
OPERATOR = set()  # over the network: nobody

HTTP_STATUS = {
    "ok": {200, 201}, "unauthenticated": {401}, "forbidden": {403}, "not_found": {404}, "conflict": {409}, "invalid_params": {422},
    "invalid_request": {400}, "gone": {410},
}  # fmt: skip


@dataclass
class Row:
    """`may`: for whom it works. `params(world)`: parameters that name things of one's own, made afresh if the call uses them
    up. `ids`: which of them are ids, of what, and what a foreign or missing one answers. `instead`: what callers hear for whom
    it doesn't work, where that is not forbidden (nobody: unauthenticated). `looks_up`: who is told that an id isn't there,
    if those are more than who may."""

    may: set
    params: object = lambda world: {}
    ids: dict = field(default_factory=dict)
    instead: dict = field(default_factory=dict)
    looks_up: set = frozenset()
    uses_up: bool = False  # ends the connection or the token that it comes over

    def outcome(self, caller):
        if caller in self.may:
            return "ok"
        return self.instead.get(caller, "unauthenticated" if caller == "nobody" else "forbidden")


def of_user(world):
    return {"user": world.user()}


USER = {"user": ("user", "not_found")}
ROLE = {"role": ("role", "not_found")}
TEAM = {"team": ("team", "not_found")}
INVITE = {"id": ("invite", "not_found")}
CONVERSATION = {"id": ("conversation", "not_found")}
BY_OPERATOR = {"nobody": "forbidden"}
FOR_PEOPLE = {"key": "forbidden"}

ROWS = {
    # sessions and signing in
    "session.open": Row(SIGNED_IN, lambda w: w.opening(), uses_up=True),
    "session.close": Row(SIGNED_IN, uses_up=True),
    "session.refresh": Row(SIGNED_IN, lambda w: w.renewing(), uses_up=True),
    "session.activity": Row(SIGNED_IN, lambda w: {"state": "active"}),
    "session.list": Row(VIEWERS, of_user, USER),
    "session.revoke": Row(
        VIEWERS, lambda w: w.session(), {**USER, "session": ("session", "not_found")}, uses_up=True
    ),
    "ticket.create": Row(PEOPLE, instead=FOR_PEOPLE),
    "auth.login": Row(SIGNED_IN | {"nobody"}, lambda w: w.login(), {"workspace": ("workspace", "unauthenticated")}),
    "auth.logout": Row(PEOPLE, uses_up=True),
    "auth.password": Row(  # with the right one it ends every session of its owner; see test_sign_in.py
        set(), lambda w: {"old": "not the right one", "new": hubs.PASSWORD + "!"}, instead=dict.fromkeys(PEOPLE, "invalid_params")
    ),
    "token.create": Row(OPERATOR, of_user, instead=BY_OPERATOR),
    # the second factor; nobody has one: see test_second_factor.py
    "totp.get": Row(PEOPLE, instead=FOR_PEOPLE),
    "totp.confirm": Row(set(), lambda w: {"code": "000000"}, instead=dict.fromkeys(PEOPLE, "conflict")),
    "totp.disable": Row(set(), lambda w: {"code": "000000"}, instead=dict.fromkeys(PEOPLE, "conflict")),
    "totp.recovery": Row(set(), lambda w: {"code": "000000"}, instead=dict.fromkeys(PEOPLE, "conflict")),
    "totp.enroll": Row({"owner"}, lambda w: {"password": hubs.PASSWORD}),  # the others have no password
    "totp.reset": Row(set(), of_user, USER, dict.fromkeys(MANAGERS, "conflict"), looks_up=MANAGERS),
    "security.get": Row(MANAGERS),
    "security.update": Row(MANAGERS, lambda w: {"require_2fa": False}),
    "view_as.start": Row({"owner", "admin"}, of_user, USER, FOR_PEOPLE),
    "view_as.stop": Row(PEOPLE, instead=FOR_PEOPLE),
    # presence
    "presence.set": Row(PEOPLE, lambda w: {"status": "available"}, instead=FOR_PEOPLE),
    "presence.get": Row(
        SIGNED_IN, lambda w: {"scope": {"users": ["ann"]}}, {"scope.users.0": ("user", "ok")}
    ),
    "presence.watch": Row(SIGNED_IN, lambda w: {"scope": {"team": "support"}}, {"scope.team": ("team", "not_found")}),
    "presence.history": Row(
        VIEWERS,
        lambda w: {"user": w.user(), "team": "support", "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"},
        {**USER, **TEAM},
    ),
    "dashboard.get": Row(VIEWERS),
    "presence.force": Row(VIEWERS, lambda w: {"user": w.user(), "status": "away", "reason": "lunch"}, USER),
    # people
    "user.create": Row(
        MANAGERS, lambda w: w.person(), {"roles.0": ("role", "invalid_params"), "teams.0": ("team", "invalid_params")}
    ),
    "user.get": Row(VIEWERS, of_user, USER),
    "user.list": Row(VIEWERS),
    "user.update": Row(MANAGERS, lambda w: {"user": w.user(), "name": "New name"}, USER),
    "invite.create": Row(
        MANAGERS, lambda w: w.guest(), {"roles.0": ("role", "invalid_params"), "teams.0": ("team", "invalid_params")}
    ),
    "invite.list": Row(MANAGERS),
    "invite.resend": Row(MANAGERS, lambda w: {"id": w.invite()["id"]}, INVITE),
    "invite.revoke": Row(MANAGERS, lambda w: {"id": w.invite()["id"]}, INVITE),
    "invite.show": Row(SIGNED_IN | {"nobody"}, lambda w: w.link(), {"workspace": ("workspace", "not_found")}),
    "invite.accept": Row(
        SIGNED_IN | {"nobody"}, lambda w: {**w.link(), "name": "New", "password": hubs.PASSWORD},
        {"workspace": ("workspace", "not_found")},
    ),
    "user.deactivate": Row(MANAGERS, of_user, USER),
    "user.reactivate": Row(MANAGERS, of_user, USER),
    "user.remove": Row(MANAGERS, of_user, USER),
    "user.remove_many": Row(MANAGERS, lambda w: {"users": [w.user()]}),  # names each id again; see test_people.py
    "owner.transfer": Row(  # to who is the owner already; for a real one see test_people.py
        set(), lambda w: {"user": "owner", "confirm": True}, USER, {"owner": "conflict"}, looks_up={"owner"}
    ),
    "directory.sync": Row(MANAGERS, lambda w: {"users": [], "remove_missing": False}),
    "seats.get": Row(MANAGERS),
    "seats.set": Row(OPERATOR, lambda w: {"limit": 5}, instead=BY_OPERATOR),
    # roles and permissions
    "role.assign": Row(
        MANAGERS, lambda w: {"user": w.user(), "roles": ["agent"]}, {**USER, "roles.0": ("role", "invalid_params")}
    ),
    "role.create": Row(MANAGERS, lambda w: {"name": w.name(), "permissions": ["presence.self"]}),
    "role.get": Row(SIGNED_IN, lambda w: {"role": "agent"}, ROLE),
    "role.list": Row(SIGNED_IN),
    "role.update": Row(MANAGERS, lambda w: {"role": w.role(), "name": w.name()}, ROLE),
    "role.delete": Row(
        MANAGERS, lambda w: {"role": w.role(), "replace_with": "agent"},
        {**ROLE, "replace_with": ("role", "invalid_params")},
    ),
    "role.packs": Row(MANAGERS),
    "role.load_pack": Row(MANAGERS, lambda w: {"pack": "toggles"}, {"pack": ("pack", "not_found")}),
    "permission.list": Row(SIGNED_IN),
    "permission.register": Row(MANAGERS, lambda w: {"key": w.word() + ".read", "help": "See it."}),
    # Only who holds a key takes it away: the owner, who may everything, and the API key that registered it.
    "permission.remove": Row(
        {"owner", "key"}, lambda w: {"key": w.permission()}, {"key": ("permission", "not_found")},
        {"admin": "forbidden"}, looks_up={"admin"},
    ),
    # teams
    "team.create": Row(
        MANAGERS, lambda w: {"name": w.name(), "members": ["ann"], "lead": "ann"},
        {"members.0": ("user", "invalid_params"), "lead": ("user", "invalid_params")},
    ),
    "team.get": Row(SIGNED_IN, lambda w: {"team": "support"}, TEAM),
    "team.list": Row(SIGNED_IN),
    "team.update": Row(
        MANAGERS, lambda w: {"team": w.team(), "lead": "ann"}, {**TEAM, "lead": ("user", "invalid_params")}
    ),
    "team.delete": Row(
        MANAGERS, lambda w: {"team": w.team(), "move_to": "support"}, {**TEAM, "move_to": ("team", "invalid_params")}
    ),
    "team.add": Row(MANAGERS, lambda w: {"team": w.team(), "user": w.user()}, {**TEAM, **USER}),
    "team.remove": Row(MANAGERS, lambda w: {"team": w.team(), "user": w.user()}, {**TEAM, **USER}),
    # conversations
    "conversation.put": Row(
        MANAGERS, lambda w: {"id": w.word(), "team": "support"}, {"team": ("team", "invalid_params")}
    ),
    "conversation.get": Row(SIGNED_IN, lambda w: {"id": w.conversation()}, CONVERSATION),
    "conversation.list": Row(
        SIGNED_IN, lambda w: {"assignee": "ann", "team": "support"}, {"assignee": ("user", "ok"), "team": ("team", "ok")}
    ),
    "conversation.assign": Row(
        VIEWERS, lambda w: {"id": w.conversation(), "user": "bob", "team": "support", "force": True},
        {**CONVERSATION, **USER, **TEAM},
    ),
    "conversation.unassign": Row(VIEWERS, lambda w: {"id": w.conversation()}, CONVERSATION),
    "conversation.take": Row(PEOPLE, lambda w: {"id": w.conversation()}, CONVERSATION, FOR_PEOPLE),
    "conversation.release": Row(  # nobody's own; see test_conversation_assign.py
        set(), lambda w: {"id": w.conversation()}, CONVERSATION, {**dict.fromkeys(PEOPLE, "conflict"), **FOR_PEOPLE}, looks_up=PEOPLE
    ),
    "conversation.accept": Row(
        set(), lambda w: {"id": w.conversation()}, CONVERSATION, {**dict.fromkeys(PEOPLE, "conflict"), **FOR_PEOPLE}, looks_up=PEOPLE
    ),
    "conversation.decline": Row(
        set(), lambda w: {"id": w.conversation()}, CONVERSATION, {**dict.fromkeys(PEOPLE, "conflict"), **FOR_PEOPLE}, looks_up=PEOPLE
    ),
    "conversation.viewing": Row(PEOPLE, lambda w: {"id": w.conversation(), "on": True}, CONVERSATION, FOR_PEOPLE),
    "conversation.typing": Row(PEOPLE, lambda w: {"id": w.conversation(), "on": False}, CONVERSATION, FOR_PEOPLE),
    "conversation.resolve": Row(SIGNED_IN, lambda w: {"id": w.conversation()}, CONVERSATION),
    "conversation.reopen": Row(SIGNED_IN, lambda w: {"id": w.conversation()}, CONVERSATION),
    "conversation.pend": Row(SIGNED_IN, lambda w: {"id": w.conversation()}, CONVERSATION),
    "conversation.snooze": Row(
        SIGNED_IN, lambda w: {"id": w.conversation(), "until": "2099-01-01T00:00:00.000Z"}, CONVERSATION
    ),
    "capacity.set": Row(VIEWERS, lambda w: {"user": w.user(), "capacity": 3}, USER),
    "queue.list": Row(SIGNED_IN, lambda w: {"team": "support"}, TEAM),
    # the workspace and its keys
    "audit.list": Row(MANAGERS, lambda w: {"user": w.user(), "limit": 1}, {"user": ("user", "ok")}),
    "workspace.create": Row(OPERATOR, lambda w: w.workspace(), instead=BY_OPERATOR),
    "workspace.get": Row(SIGNED_IN),
    "workspace.update": Row(MANAGERS, lambda w: {"name": w.name()}),
    "key.create": Row(MANAGERS, lambda w: {"alg": "api", "scopes": ["users.view"]}),
    "key.list": Row(MANAGERS),
    "key.revoke": Row(MANAGERS, lambda w: {"id": w.key()}, {"id": ("key", "not_found")}),
    "event.publish": Row(
        VIEWERS - {"supervisor"},
        lambda w: {
            "type": "x.matrix", "audience": {"users": ["ann"], "teams": ["support"], "roles": ["agent"]}, "durable": False,
        },
        {
            "audience.users.0": ("user", "invalid_params"), "audience.teams.0": ("team", "invalid_params"),
            "audience.roles.0": ("role", "invalid_params"),
        },
    ),
}  # fmt: skip


# ---- the world ----


class World:
    """A hub with two workspaces, and a way to make things in the first."""

    def __init__(self, hub):
        self.hub = hub
        self.numbers = itertools.count(1)
        self.tabs = {}
        self.foreign = {
            "user": hub.api("POST", "/v1/users", person("foreign-user"), workspace="globex")["id"],
            "role": hub.api("POST", "/v1/roles", {"id": "foreign-role", "name": "Foreign"}, workspace="globex")["id"],
            "team": hub.api("POST", "/v1/teams", {"id": "foreign-team", "name": "Foreign"}, workspace="globex")["id"],
            "key": hub.api("POST", "/v1/keys", {"id": "foreign-key", "alg": "api"}, workspace="globex")["kid"],
            "permission": hub.api("POST", "/v1/permissions", {"key": "foreign.read", "help": "F."}, workspace="globex")["key"],
            "invite": hub.api("POST", "/v1/invites", {"email": "f@people.test", "roles": ["agent"]}, workspace="globex")["id"],
            "conversation": hub.api("PUT", "/v1/conversations/foreign-talk", {}, workspace="globex")["id"],
            "workspace": "globex",
            "pack": "foreign-pack",  # packs come with the program: there are none of another workspace
        }
        self.missing = {kind: f"missing-{kind}" for kind in self.foreign} | {"permission": "missing.read", "session": "s-missing"}
        self.neighbours = [hub.sign_in(user, "globex", watch="all") for user in ("owner", "zoe")]
        self.foreign["session"] = self.neighbours[1].session["session"]
        self.watcher = hub.sign_in("owner", watch="none", device={"id": "watcher"})

    # ---- things of one's own ----

    def word(self):
        number = next(self.numbers)
        return "m" + "".join(chr(ord("a") + int(digit)) for digit in str(number))

    def name(self):
        return f"Name {self.word()}"

    def person(self):
        return person(self.word(), roles=["agent"], teams=["support"])

    def make(self, path, body):
        return self.hub.api("POST", path, body)

    def user(self):
        return self.make("/v1/users", person(self.word()))["id"]

    def role(self):
        return self.make("/v1/roles", {"name": self.name(), "permissions": ["presence.self"]})["id"]

    def team(self):
        return self.make("/v1/teams", {"name": self.name()})["id"]

    def key(self):
        return self.make("/v1/keys", {"alg": "api", "scopes": ["users.view"]})["kid"]

    def conversation(self):
        """One that waits."""
        return self.hub.api("PUT", f"/v1/conversations/{self.word()}", {"team": "support"})["id"]

    def guest(self):
        return {"email": f"{self.word()}@people.test", "roles": ["agent"], "teams": ["support"]}

    def invite(self):
        return self.make("/v1/invites", self.guest())

    def link(self):
        """What proves an invitation of one's own."""
        return {"workspace": "acme", "token": self.invite()["link"].split("/#/invite/acme/")[1]}

    def permission(self):
        return self.make("/v1/permissions", {"key": self.word() + ".write", "help": "Change it."})["key"]

    def session(self):
        """A live session of somebody."""
        user = self.user()
        tab = self.hub.sign_in(user, watch="none")
        return {"user": user, "session": tab.session["session"]}

    def workspace(self):
        return {"id": self.word(), "name": "New", "owner_email": "new@new.test", "owner_name": "New"}

    def login(self):
        return {"workspace": "acme", "email": "olga@acme.test", "password": hubs.PASSWORD}

    def opening(self):
        return {"device": {"id": "d-matrix", "kind": "api"}, "watch": {"presence": "none"}}

    def renewing(self):
        return {}

    # ---- callers ----

    def token(self, caller):
        if caller == "nobody":
            return None
        return self.hub.secrets["acme"]["key"] if caller == "key" else self.hub.token(CALLERS[caller], jti=self.word())

    @contextlib.contextmanager
    def connection(self, caller, fresh, opened=True):
        """An open session of the caller; nobody's has none."""
        if not fresh and caller != "nobody":
            if caller not in self.tabs:
                self.tabs[caller] = self.hub.connect()
                self.tabs[caller].open(self.token(caller), watch="none")
            yield self.tabs[caller]
            return
        one = self.hub.connect()
        if opened and caller != "nobody":
            one.open(self.token(caller), watch="none")
        yield one
        one.drop()
        self.hub.clients.remove(one)


def person(id, roles=("agent",), teams=()):
    return {"id": id, "name": id.title(), "email": f"{id}@people.test", "roles": list(roles), "teams": list(teams)}


@pytest.fixture(scope="module")
def world(make_shared_hub):
    return World(make_shared_hub(commands_per_second=1000000, commands_burst=1000000, login_attempts=1000000))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The hub's own list of commands."""
    home = tmp_path_factory.mktemp("table")
    return {row["name"]: row for row in json.loads(hubs.Hub(home, home / "reports", {}).cli_ok("commands"))}


# ---- calling ----


def over_socket(world, caller, name, params, row):
    """(kind, error or result as text)"""
    token = world.token(caller)
    if name in ("session.open", "session.refresh") and token:
        params = {**params, "token": token}
    with world.connection(caller, row.uses_up, name != "session.open") as one:
        try:
            return "ok", json.dumps(one.call(name, params))
        except client.RpcError as error:
            return error.kind, error.args[0]


def path_of(route, params):
    """The verb, the path with parameters filled in, and the parameters that are left."""
    verb, path = route.split(" ")
    left = dict(params)
    if "[" in path:
        path, tail = path.rstrip("]").split("[")
        path += tail if tail.strip("/{}") in left else ""
    for name in [part.strip("{}") for part in path.split("/") if part.startswith("{")]:
        path = path.replace("{%s}" % name, urllib.parse.quote(str(left.pop(name)), safe=""))
    return verb, path, left


def over_http(world, caller, route, params):
    verb, path, left = path_of(route, params)
    body = left if verb in ("POST", "PUT", "PATCH") else None
    if body is None and left:
        plain = {k: ",".join(v) if isinstance(v, list) else v for k, v in left.items()}
        path += "?" + urllib.parse.urlencode(plain)
    answer = world.hub.http(verb, path, body, token=world.token(caller))
    kind = "ok" if answer.status < 300 else answer.json["kind"]
    assert answer.status in HTTP_STATUS[kind], answer.body
    return kind, answer.body.decode()


def calls(world, table, name, row):
    """How a command can be reached: [(transport, call(caller, params))]."""
    ways = [("socket", lambda caller, params: over_socket(world, caller, name, params, row))]
    route = table[name]["route"]
    if route and not any(isinstance(v, dict) for v in row.params(world).values() if route.startswith("GET")):
        ways.append(("http", lambda caller, params: over_http(world, caller, route, params)))
    return ways


def put(params, path, value):
    """The parameters with another value at a path such as roles.0."""
    changed = json.loads(json.dumps(params))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    at = changed
    for step in way:
        at = at[step]
    at[last] = value
    return changed


def quiet(world, call):
    """A call that must be heard by nobody."""
    world.hub.fence(world.watcher)
    before = len(world.watcher.durable())
    got = call()
    world.hub.fence(world.watcher)
    told = [e for e in world.watcher.durable()[before:] if e["type"] != "presence.changed"]
    assert not told, f"a refused call was told: {told}"
    return got


# ---- the tests ----


def test_every_command_has_a_row(table):
    missing = sorted(set(table) - set(ROWS))
    assert not missing, f"add rows to ROWS in {__file__} that say who may use {', '.join(missing)}"
    assert not set(ROWS) - set(table), "rows of commands that there are not"


def test_the_rows_say_what_the_table_of_commands_says(world, table):
    """Where a command names the permission that it needs, the row's callers are those who hold it."""
    held = {caller: set() for caller in CALLERS}
    for caller in SIGNED_IN:
        with world.connection(caller, False) as one:
            held[caller] = set(one.session["permissions"])
    for name, command in table.items():
        if command["need"]:
            holders = {caller for caller, keys in held.items() if command["need"] in keys}
            odd = {caller for caller in holders - ROWS[name].may if caller not in ROWS[name].instead}
            assert ROWS[name].may <= holders and not odd, f"{name} needs {command['need']}, held by {holders}"
        if command["operator"]:
            assert not ROWS[name].may, name


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", ROWS)
def test_outcomes(world, table, name, caller):
    row = ROWS[name]
    want = row.outcome(caller)
    for transport, call in calls(world, table, name, row):
        own = row.params(world)
        if want == "ok":
            kind, text = call(caller, own)
        else:
            kind, text = quiet(world, lambda call=call, own=own: call(caller, own))
        assert kind == want, f"{name} by {caller} over {transport}: {text}"
        for path, (thing, refusal) in row.ids.items():
            there = refusal if caller in row.may | row.looks_up else want
            check_ids(world, row, call, caller, path, thing, there, f"{name} over {transport}")


def check_ids(world, row, call, caller, path, thing, want, what):
    answers = []
    for ids in (world.foreign, world.missing):
        params = put(row.params(world), path, ids[thing])
        kind, text = quiet(world, lambda params=params: call(caller, params))
        assert kind == want, f"{what} by {caller} with {path}={ids[thing]}: {text}"
        answers.append(text if want == "ok" else text.replace(ids[thing], "ID"))
    if want == "ok":
        assert not any(ids[thing] in text for ids, text in zip((world.foreign, world.missing), answers, strict=True))
    else:
        assert answers[0] == answers[1], f"{what} by {caller}: a foreign {thing} shows itself"


def test_nothing_was_heard_next_door(world):
    """After all of it: the neighbours, who may see all that is theirs, heard of none of it."""
    for one in world.neighbours:
        world.hub.fence(one, workspace="globex")
        assert not one.durable(), one.durable()
        assert {user for user, _ in one.board.log} <= {"owner", "zoe"}
        assert set(one.board.people) <= {"owner", "zoe", "foreign-user"}
