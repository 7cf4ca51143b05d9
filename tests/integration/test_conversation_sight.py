"""Who hears what of a conversation (I9): in full who may see it afterwards, in brief whoever could see it before or had it, and
nobody else anything; live and after being away alike, however rights come and go.

A failure prints its seed; MUSTER_SEED=<seed> runs that sequence alone.
"""

import itertools
import os
import random

import pytest

TEAMS = ["support", "sales", None]
AGENTS = ["ann", "bob", "cat"]
WATCHERS = [*AGENTS, "sue", "tim"]
VIEWS = ["own", "unassigned", "team", "all"]
INCLUDED = {"all": {"all", "team", "own"}, "team": {"team", "own"}, "own": {"own"}, "unassigned": {"unassigned"}}
SEEDS = [int(os.environ["MUSTER_SEED"])] if "MUSTER_SEED" in os.environ else [1, 2, 3]


def holders(record):
    return {record["assignee"], record["offered_to"]}


class Office:
    """Conversations that are moved about, and who may see them as the hub's answers say."""

    def __init__(self, hub, seed):
        print(f"seed {seed}")
        self.hub = hub
        self.random = random.Random(seed)
        self.numbers = itertools.count()
        self.records = {}
        self.teams = {"ann": {"support"}, "bob": {"support"}, "cat": {"sales"}, "sue": set(), "tim": {"support"}}
        self.views = {"ann": {"own", "unassigned"}, "bob": {"own"}, "cat": {"own", "unassigned"}, "sue": {"all"}, "tim": {"team"}}
        hub.api("POST", "/v1/users", {"id": "tim", "name": "Tim", "email": "tim@acme.test", "roles": ["agent"], "teams": ["support"]})
        hub.api("DELETE", "/v1/teams/support/members/sue")
        for user in WATCHERS:
            hub.api("POST", "/v1/roles", {"id": f"r-{user}", "name": f"As {user}", "permissions": self.keys(user)})
            hub.api("PUT", f"/v1/users/{user}/roles", {"roles": [f"r-{user}"]})
        hub.api("POST", "/v1/users", {"id": "all", "name": "All", "email": "all@acme.test", "roles": ["supervisor"]})
        for n in range(3):
            self.put(f"c{n}", team="support", subject=f"Secret {n}")

    def keys(self, user):
        return ["conversations.reply", *(f"conversations.view:{scope}" for scope in sorted(self.views[user]))]

    def sees(self, user, record):
        if record is None:
            return False
        views = set().union(*(INCLUDED[scope] for scope in self.views[user]))
        return bool(
            "all" in views
            or ("unassigned" in views and not record["assignee"])
            or ("team" in views and record["team"] in self.teams[user])
            or ("own" in views and user in holders(record))
        )

    def form(self, user, before, after):
        """In which form a step from one record to the next is for this person."""
        if self.sees(user, after):
            return "full"
        lost = before and user in holders(before) - holders(after)
        return "brief" if lost or self.sees(user, before) else None

    # ---- changes ----

    def put(self, id, **members):
        self.hub.api("PUT", f"/v1/conversations/{id}", members)

    def move(self):
        """Some verb on some conversation; it may be refused."""
        id = f"c{self.random.randrange(4)}"
        verb = self.random.choice(["put", "assign", "assign", "assign", "unassign", "resolve", "reopen"])
        params = {}
        if verb == "assign":
            params["user"] = self.random.choice(AGENTS)
        if verb == "put":
            params = {"team": self.random.choice(TEAMS), "subject": f"Secret {next(self.numbers)}"}
        method, path = ("PUT", "") if verb == "put" else ("POST", f"/{verb}")
        answer = self.hub.http(method, f"/v1/conversations/{id}{path}", params, token=self.hub.secrets["acme"]["key"])
        assert answer.status in (200, 201, 404, 409, 422), answer.body

    def change_rights(self):
        """Of one person; whose."""
        user = self.random.choice(WATCHERS)
        if self.random.random() < 0.5:
            self.views[user] = set(self.random.sample(VIEWS, self.random.randint(0, 2)))
            self.hub.api("PATCH", f"/v1/roles/r-{user}", {"permissions": self.keys(user)})
            return user
        team = self.random.choice(TEAMS[:2])
        joins = team not in self.teams[user]
        self.hub.api("PUT" if joins else "DELETE", f"/v1/teams/{team}/members/{user}")
        self.teams[user] ^= {team}
        return user


def heard(tab, after=0):
    """What a connection was told of conversations after a sequence: by sequence, the event as it is."""
    return {e["seq"]: e for e in tab.durable("conversation.") if e["seq"] > after}


def form_of(event):
    if event is None:
        return None
    if "record" in event["data"]:
        return "full"
    assert "Secret" not in str(event) and "subject" not in str(event), event
    return "brief"


def steps(office, witness, after):
    """Each event in order: its sequence, the record before and the one after, as told to somebody who sees all."""
    for seq, event in heard(witness, after).items():
        record = event["data"]["record"]
        before = office.records.get(record["id"])
        office.records[record["id"]] = record
        yield seq, before, record


@pytest.fixture
def office_hub(make_hub):
    return make_hub(commands_per_second=1000000, commands_burst=1000000)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_hears_of_a_conversation_in_the_form_that_is_theirs(office_hub, seed):
    """Moves and changes of rights, one after the other, on connections that stay open."""
    office = Office(office_hub, seed)
    tabs = {user: office_hub.sign_in(user, watch="none") for user in [*WATCHERS, "all"]}
    office_hub.fence(*tabs.values())
    for c in range(3):
        office.records[f"c{c}"] = office_hub.api("GET", f"/v1/conversations/c{c}")
    after, forms = int(tabs["all"].cursor.rsplit(":", 1)[1]), []
    for _ in range(150):
        before = {user: (set(office.views[user]), set(office.teams[user])) for user in WATCHERS}
        changed = office.change_rights() if office.random.random() < 0.3 else office.move()
        office_hub.fence(*tabs.values())
        for seq, was, record in steps(office, tabs["all"], after):
            for user in WATCHERS:
                form = form_of(heard(tabs[user]).get(seq))
                allowed = {office.form(user, was, record)}
                if user == changed:  # what their leaving a team brings about is told with the rights they had, or have
                    now = office.views[user], office.teams[user]
                    office.views[user], office.teams[user] = before[user]
                    allowed.add(office.form(user, was, record))
                    office.views[user], office.teams[user] = now
                assert form in allowed, f"seed {seed}: {user} heard {form}, not {allowed}, of {was} becoming {record}"
                forms.append(form)
            after = seq
    assert {"full", "brief", None} <= set(forms)


@pytest.mark.parametrize("options", [{}, {"recent_events": 1}], ids=["from memory", "from the log"])
def test_who_was_away_hears_the_same(make_hub, options):
    hub = make_hub(commands_per_second=1000000, commands_burst=1000000, **options)
    office = Office(hub, 7)
    tabs = {user: hub.sign_in(user, watch="none") for user in [*WATCHERS, "all"]}
    hub.publish("x.start", {"everyone": True})
    for tab in tabs.values():
        tab.expect("x.start")
    cursors = {user: tab.cursor for user, tab in tabs.items()}
    for _ in range(60):
        office.move()
    hub.publish("x.end", {"everyone": True})
    forms = set()
    for user, tab in tabs.items():
        tab.expect("x.end")
        back = hub.sign_in(user, watch="none", resume=cursors[user])
        back.expect("x.end")
        after = int(cursors[user].rsplit(":", 1)[1])
        assert back.session["resumed"] is True
        assert heard(back) == heard(tab, after)
        forms |= {form_of(event) for event in heard(back).values()}
    assert forms == {"full", "brief"}
    assert all("record" in event["data"] for event in heard(tabs["all"]).values())


def test_a_name_that_is_held_again_is_no_key_to_the_past(make_hub):
    """Who loses the right to see conversations of their own while away hears of them in brief, though they were in full for
    them then; who gets it back hears of them in full."""
    hub = make_hub()
    office = Office(hub, 1)
    bob = hub.sign_in("bob", watch="none")
    hub.api("POST", "/v1/conversations/c1/assign", {"user": "bob"})
    bob.expect("conversation.assigned")
    cursor = bob.cursor
    bob.drop()
    office.put("c1", subject="Secret of bob")
    office.views["bob"] = set()
    hub.api("PATCH", "/v1/roles/r-bob", {"permissions": office.keys("bob")})
    hub.api("POST", "/v1/conversations/c1/unassign", {})
    hub.publish("x.end", {"everyone": True})
    back = hub.sign_in("bob", watch="none", resume=cursor)
    back.expect("x.end")
    assert [(e["type"], form_of(e)) for e in heard(back).values()] == [("conversation.unassigned", "brief")]


def test_who_views_as_a_person_hears_what_that_person_may_see(make_hub):
    hub = make_hub()
    office = Office(hub, 1)
    views = {}
    for whom in ({"user": "bob"}, {"role": "r-bob"}):
        viewer = "adm" if "user" in whom else "owner"
        views[tuple(whom)[0]] = one = hub.connect()
        one.open(hub.http("POST", "/v1/view-as", whom, token=hub.token(viewer)).json["token"], watch="none")
    hub.api("POST", "/v1/conversations/c1/assign", {"user": "bob"})
    office.put("c1", subject="Secret of bob")
    hub.api("POST", "/v1/conversations/c1/assign", {"user": "cat", "force": True, "team": "sales"})
    office.put("c1", subject="Secret of cat")
    hub.fence(*views.values())
    assert [(e["type"].split(".")[1], form_of(e)) for e in heard(views["user"]).values()] == [
        ("assigned", "full"), ("updated", "full"), ("reassigned", "brief"),
    ]  # fmt: skip
    assert heard(views["role"]) == {}


# ---- publishing to who may see a conversation ----


def test_an_event_about_a_conversation_reaches_those_who_may_see_it(make_hub):
    hub = make_hub()
    office = Office(hub, 1)
    tabs = {user: hub.sign_in(user, watch="none") for user in WATCHERS}
    hub.api("POST", "/v1/conversations/c1/assign", {"user": "bob"})
    for durable in (True, False):
        hub.publish("x.note", {"conversation": "c1"}, {"durable": durable}, durable=durable)
        hub.fence(*tabs.values())
        got = {user for user, tab in tabs.items() if any(e["type"] == "x.note" and e["data"]["durable"] == durable for e in tab.events)}
        assert got == {"bob", "sue", "tim"}
    hub.publish("x.both", {"conversation": "c1", "users": ["ann", "bob"]})
    hub.fence(*tabs.values())
    got = {user: sum(e["type"] == "x.both" for e in tab.events) for user, tab in tabs.items()}
    assert got == {"ann": 1, "bob": 1, "cat": 0, "sue": 1, "tim": 1}


def test_a_conversation_that_one_may_not_see_is_missing_as_an_audience(make_hub):
    hub = make_hub()
    office = Office(hub, 1)
    hub.api("POST", "/v1/roles", {"id": "sender", "name": "Sender", "permissions": ["events.publish", "conversations.view:own"]})
    hub.api("PUT", "/v1/users/ann/roles", {"roles": ["sender"]})
    sue = hub.sign_in("sue", watch="none")

    def publish(conversation, user="ann"):
        body = {"type": "x.note", "audience": {"conversation": conversation}, "durable": True}
        return hub.http("POST", "/v1/events", body, token=hub.token(user))

    unseen, missing = publish("c1"), publish("c9")
    assert unseen.status == missing.status == 422
    assert unseen.json["fields"] == missing.json["fields"] == {"audience.conversation": "there is no such conversation"}
    assert unseen.body == missing.body
    office.hub.api("POST", "/v1/conversations/c1/assign", {"user": "bob"})
    assert publish("c1").body == missing.body
    hub.fence(sue)
    assert not [e for e in sue.events if e["type"] == "x.note"]
    hub.api("PATCH", "/v1/roles/sender", {"permissions": ["events.publish", "conversations.view:all"]})
    assert publish("c1").status == 200
    assert sue.expect("x.note")["actor"] == {"user": "ann"}
