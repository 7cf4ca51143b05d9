"""The dashboard (B9, C6): numbers of people, their load and what waits; what is told of it is what is asked for, and
only those hear it who may."""

import collections
import json
import random

import pytest

from client import RpcError
from scene import parse, tab

GHOST = {"id": "ghost", "label": "Ghost", "base": "offline"}
LUNCH = {"id": "lunch", "label": "Lunch", "base": "away"}


class Tiles:
    """The dashboard as a client is to keep it: asked for once, then changed by what is told."""

    def __init__(self, client):
        self.client = client
        with client.changed:
            self.seen = len(client.events)
        answer = client.call("dashboard.get")
        self.followed = False
        self.version = answer.pop("version")
        self.tiles = self.keyed(answer)

    @staticmethod
    def keyed(tiles):
        whole = {name: tiles[name] for name in ("all", "no_team") if name in tiles}
        return {**whole, **{one["team"]: one for one in tiles["teams"]}}

    def follow(self):
        """Take in what was told so far; how many differences there were."""
        with self.client.changed:
            events = [e["data"] for e in self.client.events[self.seen :] if e["type"] == "dashboard.delta"]
            self.seen = len(self.client.events)
        for delta in events:
            if not self.followed and delta["from"] != self.version:
                continue  # somebody had asked before, and this was told before the answer
            self.followed = True
            assert delta["from"] == self.version
            self.version = delta["version"]
            news = self.keyed(delta)
            assert news or delta["gone"], "a difference has news"
            assert all(self.tiles.get(key) != tile for key, tile in news.items()), "and nothing else"
            self.tiles.update(news)
            for team in delta["gone"]:
                del self.tiles[team]
        return len(events)

    def check(self):
        """What was told leads to what is asked for: on one connection the answer comes after all that it knows."""
        answer = self.client.call("dashboard.get")
        self.follow()
        while answer["version"] != self.version:  # told between the answer and now
            answer = self.client.call("dashboard.get")
            self.follow()
        answer.pop("version")
        assert self.tiles == self.keyed(answer)

    def until(self, ready):
        """Wait for what is told until it is so."""

        def so():
            self.follow()
            return ready(self.tiles) or None

        return self.client.wait(so, f"such a dashboard, but {json.dumps(self.tiles)}")


def statuses(tile):
    return {one["status"]: one["people"] for one in tile["statuses"] if one["people"]}


def truth(hub):
    """The tiles as they follow from what other commands say."""
    people = {one["user"]: one for one in hub.api("GET", "/v1/presence")["users"]}
    teams = hub.api("GET", "/v1/teams?limit=100")["items"]
    conversations = hub.api("GET", "/v1/conversations?limit=1000")["items"]
    alone = set(people) - {user for team in teams for user in team["members"]}

    def tile(members, talks, team=None):
        seen = [people[user] for user in members if user in people]
        there = [one for one in seen if one["base"] != "offline"]
        waits = [c for c in talks if c["status"] == "open" and not c["assignee"] and not c["offered_to"]]
        return {
            "team": team and team["id"],
            "name": team and team["name"],
            "people": len(seen),
            "present": len(there),
            "accepting": sum(one["accepting"] for one in seen),
            "statuses": dict(collections.Counter(one["status"] for one in seen)),
            "load": sum(one["load"] for one in there),
            "capacity": sum(one["capacity"] for one in there),
            "conversations": {s: sum(c["status"] == s for c in talks) for s in ("open", "pending", "snoozed")},
            "waiting": len(waits),
            "oldest": min((c["queued_at"] for c in waits), default=None, key=parse),
            "passed": sum(c["passed_at"] is not None for c in waits),
        }

    return {
        "all": tile(people, conversations),
        "no_team": tile(alone, [c for c in conversations if not c["team"]]),
        **{t["id"]: tile(t["members"], [c for c in conversations if c["team"] == t["id"]], t) for t in teams},
    }


def is_true(hub):
    return lambda tiles: {key: {**tile, "statuses": statuses(tile)} for key, tile in tiles.items()} == truth(hub)


def put(hub, id, **fields):
    return hub.api("PUT", f"/v1/conversations/{id}", fields)


# ---- what it says ----


def test_it_counts_people_and_what_waits(hub):
    hub.api("PATCH", "/v1/workspace", {"statuses": [LUNCH]})
    ann = tab(hub, "ann")
    tab(hub, "cat")
    tiles = Tiles(tab(hub, "sue"))
    ann.call("presence.set", {"status": "lunch"})
    first = put(hub, "c1", team="support")
    put(hub, "c2")
    put(hub, "c3", team="support", status="pending")
    tiles.until(is_true(hub))
    support, everybody = tiles.tiles["support"], tiles.tiles["all"]
    assert statuses(support) == {"available": 1, "lunch": 1, "offline": 1}
    assert [one["status"] for one in support["statuses"]] == ["available", "away", "busy", "offline", "lunch"]
    assert (support["people"], support["present"], support["capacity"]) == (3, 2, 10)
    assert support["conversations"] == {"open": 1, "pending": 1, "snoozed": 0}
    assert (support["waiting"], support["oldest"]) == (1, first["queued_at"])
    assert (everybody["people"], everybody["waiting"], everybody["oldest"]) == (6, 2, first["queued_at"])
    assert (tiles.tiles["no_team"]["people"], tiles.tiles["no_team"]["waiting"]) == (2, 1)
    tiles.check()


def test_the_same_over_http(hub):
    tiles = Tiles(tab(hub, "sue"))
    tiles.until(is_true(hub))
    answer = hub.http("GET", "/v1/dashboard", token=hub.token("sue"))
    assert answer.status == 200
    assert answer.json["version"] == tiles.version
    assert tiles.keyed(answer.json) == tiles.tiles


def test_nobody_has_to_follow_it(hub):
    first = hub.api("GET", "/v1/dashboard")
    put(hub, "c1")
    second = hub.api("GET", "/v1/dashboard")
    assert (first["no_team"]["waiting"], second["no_team"]["waiting"]) == (0, 1)


def test_who_appears_offline_is_offline(hub):
    hub.api("PATCH", "/v1/workspace", {"statuses": [GHOST]})
    sue, ann = tab(hub, "sue"), tab(hub, "ann")
    tiles = Tiles(sue)
    tiles.until(lambda now: statuses(now["support"]) == {"available": 2, "offline": 1})
    ann.call("presence.set", {"status": "ghost"})
    tiles.until(lambda now: statuses(now["support"]) == {"available": 1, "offline": 2})
    assert tiles.tiles["support"]["present"] == 1
    hub.fence(sue)
    assert "ghost" not in json.dumps([e for e in sue.events if e["type"].startswith("dashboard")] + [tiles.tiles])


# ---- what is told ----


def test_teams_come_change_and_go(hub):
    tiles = Tiles(tab(hub, "sue"))
    hub.api("POST", "/v1/teams", {"id": "new", "name": "New"})
    tiles.until(lambda now: "new" in now)
    hub.api("PATCH", "/v1/teams/new", {"name": "Newer"})
    hub.api("PUT", "/v1/teams/new/members/cat")
    tiles.until(lambda now: (now["new"]["name"], now["new"]["people"]) == ("Newer", 1))
    hub.api("DELETE", "/v1/teams/new")
    tiles.until(lambda now: "new" not in now)
    tiles.check()


def test_differences_are_a_second_apart(hub):
    sue, ann = tab(hub, "sue"), tab(hub, "ann")
    tiles = Tiles(sue)
    for n in range(3):
        for status in ("busy", "away", "available", "busy"):
            ann.call("presence.set", {"status": status})
        put(hub, f"c{n}")
        tiles.until(lambda now: now["no_team"]["waiting"] == n + 1)
    told = [parse(e["at"]) for e in sue.events if e["type"] == "dashboard.delta"]
    assert len(told) >= 3
    assert min(b - a for a, b in zip(told, told[1:])) > 0.98


def test_who_may_not_see_it_hears_nothing_of_it(hub):
    hub.api("POST", "/v1/users", {"id": "sam", "name": "Sam", "email": "sam@acme.test", "roles": ["supervisor"], "teams": []})
    sue, sam, ann = tab(hub, "sue"), tab(hub, "sam"), tab(hub, "ann")
    Tiles(sam)
    tiles = Tiles(sue)
    ann.call("presence.set", {"status": "busy"})
    tiles.until(lambda now: statuses(now["support"]).get("busy") == 1)
    hub.api("PUT", "/v1/users/sam/roles", {"roles": ["agent"]})
    sam.expect("permissions.changed")
    told = len([e for e in sam.events if e["type"] == "dashboard.delta"])
    ann.call("presence.set", {"status": "away"})
    tiles.until(lambda now: statuses(now["support"]).get("away") == 1)
    hub.fence(sam, ann)
    assert len([e for e in sam.events if e["type"] == "dashboard.delta"]) == told
    assert not [e for e in ann.events if e["type"] == "dashboard.delta"]
    for one in (sam, ann):
        with pytest.raises(RpcError) as caught:
            one.call("dashboard.get")
        assert caught.value.kind == "forbidden"
    assert hub.http("GET", "/v1/dashboard").status == 401


def test_other_workspaces_are_not_in_it(hub):
    tiles = Tiles(tab(hub, "sue"))
    tab(hub, "zoe", workspace="globex")
    hub.api("POST", "/v1/teams", {"id": "abroad", "name": "Abroad"}, workspace="globex")
    put(hub, "c1")
    tiles.until(lambda now: now["no_team"]["waiting"] == 1)
    assert set(tiles.tiles) == {"all", "no_team", "support", "sales"}
    assert tiles.tiles["all"]["people"] == 6


# ---- whatever happens, what was asked and told since is what is asked ----


class Day:
    """Random things that people and the platform do."""

    def __init__(self, hub, random):
        self.hub = hub
        self.random = random
        self.tabs = {}
        self.numbers = iter(range(1000))
        self.teams = ["support", "sales"]

    def come(self):
        user = self.random.choice(["ann", "bob", "cat"])
        if user in self.tabs:
            self.tabs.pop(user).close()
        else:
            self.tabs[user] = tab(self.hub, user)

    def choose(self):
        user = self.random.choice(["ann", "bob", "cat"])
        status = self.random.choice(["available", "away", "busy", "offline", "lunch", "ghost"])
        self.hub.http("PUT", "/v1/me/presence", {"status": status}, token=self.hub.token(user))

    def talk(self):
        status = self.random.choice(["open", "open", "pending", "resolved"])
        put(self.hub, f"c{self.random.randrange(12)}", team=self.random.choice([None, *self.teams]), status=status)

    def take(self):
        user = self.random.choice(["ann", "bob", "cat"])
        self.hub.http("POST", f"/v1/conversations/c{self.random.randrange(12)}/take", {}, token=self.hub.token(user))

    def team(self):
        if len(self.teams) > 3:
            self.hub.api("DELETE", f"/v1/teams/{self.teams.pop()}")
        else:
            self.teams.append(f"t{next(self.numbers)}")
            self.hub.api("POST", "/v1/teams", {"id": self.teams[-1], "name": self.teams[-1].upper()})

    def member(self):
        method, team = self.random.choice(["PUT", "DELETE"]), self.random.choice(self.teams)
        user = self.random.choice(["ann", "bob", "cat"])
        self.hub.http(method, f"/v1/teams/{team}/members/{user}", token=self.hub.secrets["acme"]["key"])

    def capacity(self):
        self.hub.api("PATCH", "/v1/users/ann", {"capacity": self.random.randrange(1, 9)})

    def statuses(self):
        self.hub.api("PATCH", "/v1/workspace", {"statuses": [LUNCH, {**GHOST, "base": self.random.choice(["offline", "busy"])}]})


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_told_is_what_is_asked(make_hub, seed):
    hub = make_hub(commands_per_second=100000, commands_burst=100000)
    hub.api("PATCH", "/v1/workspace", {"statuses": [LUNCH, GHOST]})
    day = Day(hub, random.Random(seed))
    tiles = Tiles(tab(hub, "sue"))
    things = [day.come, day.choose, day.talk, day.talk, day.take, day.team, day.member, day.capacity, day.statuses]
    for _ in range(6):
        for _ in range(25):
            day.random.choice(things)()
        tiles.check()
        tiles.until(is_true(hub))
