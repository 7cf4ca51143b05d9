"""Who may see what, worked out from the log's rows alone."""

WIDER = {
    "conversations.view:team": {"conversations.view:own"},
    "conversations.view:all": {"conversations.view:own", "conversations.view:team", "conversations.view:unassigned"},
    "presence.view:all": {"presence.view:team"},
    "queue.view:all": {"queue.view:team"},
}
BY_TEAM = {"presence.view:team", "conversations.view:team", "queue.view:team"}


class Rights:
    """The topics that people hold. `changes` counts how often those of somebody have changed; `history` has them all."""

    def __init__(self):
        self.permissions = {}  # of roles
        self.roles = {}  # of people
        self.teams = {}
        self.inactive = set()
        self.topics = {}
        self.holders = {}
        self.changes = {}
        self.history = {}  # of people: [(number of the row that changed them, topics)]

    def who(self, audience):
        return set().union(*(self.holders.get(topic, ()) for topic in audience))

    def held(self, user, audience, after, until):
        """Whether somebody was of this audience for a while after one row, and no later than by another."""
        history = self.history.get(user, [])
        return any(topics & audience for seq, topics in history if after < seq <= until)

    def take(self, row):
        change = getattr(self, "_" + row.type.replace(".", "_"), None)
        if change:
            for user in list(change(row.data)):
                self._settle(user, row.seq)

    def _settle(self, user, seq):
        before, after = self.topics.get(user, frozenset()), self._topics_of(user)
        if before == after:
            return
        for topic in before - after:
            self.holders[topic].discard(user)
        for topic in after - before:
            self.holders.setdefault(topic, set()).add(user)
        self.topics[user] = after
        self.history.setdefault(user, []).append((seq, after))
        self.changes[user] = self.changes.get(user, 0) + 1

    def _topics_of(self, user):
        if user not in self.roles or user in self.inactive:
            return frozenset()
        keys = set().union(*(self.permissions.get(role, ()) for role in self.roles[user]))
        topics = {"everyone", f"user/{user}"} | {f"role/{role}" for role in self.roles[user]} | {f"may/{key}" for key in keys}
        if "conversations.view:own" in keys:
            topics.add(f"own/{user}")
        for team in self.teams.get(user, ()):
            topics.add(f"team/{team}")
            topics |= {f"team/{team}/may/{key}" for key in keys & BY_TEAM}
        return frozenset(topics)

    # ---- rows: each names those whose topics may have changed ----

    def _role_created(self, data):
        keys = set(data["permissions"])
        self.permissions[data["id"]] = keys.union(*(WIDER.get(key, ()) for key in keys))
        return (user for user, roles in self.roles.items() if data["id"] in roles)

    _role_updated = _role_created

    def _user_created(self, data):
        self.roles[data["user"]] = data["roles"]
        return (data["user"],)

    _role_assigned = _user_created

    def _user_deactivated(self, data):
        self.inactive.add(data["user"])
        return (data["user"],)

    _user_removed = _user_deactivated

    def _user_reactivated(self, data):
        self.inactive.discard(data["user"])
        return (data["user"],)

    def _team_member_added(self, data):
        self.teams.setdefault(data["user"], set()).add(data["team"])
        return (data["user"],)

    def _team_member_removed(self, data):
        self.teams[data["user"]].discard(data["team"])
        return (data["user"],)
