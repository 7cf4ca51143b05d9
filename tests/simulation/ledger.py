"""The state that a log leads to, worked out anew from its rows and by nothing else: who could be given work at any of them.

It knows what the rules of the hub say, and nothing of how the hub follows them.
"""

import bisect
import dataclasses
import datetime

PRIORITIES = ("urgent", "high", "normal", "low")
BASES = ("available", "away", "busy", "offline")
HIDDEN = ("passed", "left")
WIDER = {
    "conversations.view:team": {"conversations.view:own"},
    "conversations.view:all": {"conversations.view:own", "conversations.view:team", "conversations.view:unassigned"},
}


def wall_ms(text):
    """A time on the wire as ms, exact; None stays None."""
    if text is None:
        return None
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (at - epoch) // datetime.timedelta(milliseconds=1)


def shown(record):
    """A record as clients see it."""
    return {name: value for name, value in record.items() if name not in HIDDEN}


def waits(record):
    return record["status"] == "open" and record["assignee"] is None and record["offered_to"] is None


def holder(record):
    """Who has their place taken by it: the assignee, or whom it is offered to."""
    return record["assignee"] or record["offered_to"] if record["status"] in ("open", "pending") else None


def place(record):
    """Where it stands in its queue."""
    return PRIORITIES.index(record["priority"]), record["queued_at"], record["id"]


@dataclasses.dataclass
class User:
    id: str
    roles: list
    capacity: int = 5
    teams: set = dataclasses.field(default_factory=set)
    active: bool = True
    chosen: str = "available"
    shown: str = "offline"
    steady_since: int = 0  # wall ms: when what is above last changed
    load: int = 0
    load_since: int = 0
    rotation: int = 0


@dataclasses.dataclass
class Inbox:
    strategy: str = "manual"
    settings: dict = dataclasses.field(default_factory=dict)

    def update(self, data):
        self.strategy = data.get("strategy", self.strategy)
        if "settings" in data:
            self.settings = data["settings"] or {}


class Ledger:
    def __init__(self):
        self.users = {}
        self.roles = {}
        self.teams = {}
        self.inbox = Inbox()  # of conversations without a team
        self.members = {}
        self.accepting = {"available": True, "busy": False, "away": False, "offline": False}
        self.weights = {}
        self.records = {}
        self.waiting = {}  # team → places in order
        self.assignments = 0

    # ---- asking ----

    def queue(self, team):
        """The places of what waits there, the first one first."""
        return self.waiting.get(team, [])

    def inbox_of(self, team):
        return self.inbox if team is None else self.teams[team]

    def weight(self, record):
        return self.weights.get(record["channel"], 1)

    def may(self, user, permission):
        return any(permission in self.roles.get(role, ()) for role in user.roles)

    def obstacle(self, record, user):
        """Why the user can't be given the conversation by itself, as far as the log says; None: they can."""
        if not user.active:
            return "deactivated"
        if record["team"] is not None and record["team"] not in user.teams:
            return "not of the team"
        if not (self.may(user, "conversations.reply") and self.may(user, "conversations.view:own")):
            return "may not"
        if not self.accepting.get(user.chosen, False):
            return f"chose {user.chosen}"
        if user.shown != user.chosen:
            return f"shown as {user.shown}"
        if user.id in record.get("passed", ()):
            return "passed over"
        if user.load + self.weight(record) > user.capacity:
            return f"has {user.load} of {user.capacity}"
        return None

    def _at_work(self, user):
        able = user.active and self.may(user, "conversations.reply") and self.may(user, "conversations.view:own")
        return able and self.accepting.get(user.chosen, False) and self.accepting.get(user.shown, False)

    def passed_by_all(self, record):
        """Whether everybody at work has let it pass who could ever have room for it, and there is somebody."""
        weight = self.weight(record)
        asked = [one.id for one in self.candidates(record) if one.capacity >= weight and self._at_work(one)]
        return bool(asked) and all(user in record.get("passed", ()) for user in asked)

    def candidates(self, record):
        """Everybody who is of its team."""
        if record["team"] is None:
            return self.users.values()
        return [self.users[id] for id in self.members[record["team"]]]

    # ---- following the log ----

    def apply(self, row):
        change = getattr(self, "_" + row.type.replace(".", "_"), None)
        if row.type.startswith("conversation."):
            self._conversation(row)
        elif change:
            change(row.data, row)

    def _conversation(self, row):
        id, record = row.data["conversation"], row.data.get("record")
        before = self.records.pop(id, None)
        for one, sign in ((before, -1), (record, 1)):
            if one is not None:
                self._carry(one, sign, row)
        if record is not None:
            self.records[id] = record
        if row.type in ("conversation.assigned", "conversation.reassigned") and row.data["from"] != row.data["to"]:
            self.assignments += 1
            self.users[row.data["to"]].rotation = self.assignments

    def _carry(self, record, sign, row):
        """Take a record in, or out."""
        user = self.users.get(holder(record))
        if user is not None:
            user.load += sign * self.weight(record)
            user.load_since = row.at_ms
        if waits(record):
            queue = self.waiting.setdefault(record["team"], [])
            at = bisect.bisect_left(queue, place(record))
            if sign < 0:
                del queue[at]
            else:
                queue.insert(at, place(record))

    def _workspace_created(self, data, row):
        self._workspace_updated(data, row)

    def _workspace_updated(self, data, row):
        self.inbox.update(data)
        for status in data.get("statuses", ()):
            self.accepting[status["id"]] = status["accepting"]
        if "channels" in data:
            self.weights = {channel["id"]: channel["weight"] for channel in data["channels"]}
            self._weigh()

    def _weigh(self):
        for user in self.users.values():
            user.load = 0
        for record in self.records.values():
            if holder(record) in self.users:
                self.users[holder(record)].load += self.weight(record)

    def _role_created(self, data, row):
        keys = set(data.get("permissions", ()))
        self.roles[data["id"]] = keys.union(*(WIDER.get(key, ()) for key in keys))

    _role_updated = _role_created

    def _role_assigned(self, data, row):
        self._touch(data["user"], row).roles = data["roles"]

    def _user_created(self, data, row):
        self.users[data["user"]] = User(data["user"], data.get("roles", []), steady_since=row.at_ms)
        self._user_updated(data, row)

    def _user_updated(self, data, row):
        user = self._touch(data["user"], row)
        user.capacity = data.get("capacity", user.capacity)

    def _user_deactivated(self, data, row):
        user = self._touch(data["user"], row)
        user.active = False
        user.shown = "offline"

    def _user_reactivated(self, data, row):
        self._touch(data["user"], row).active = True

    def _presence_chosen(self, data, row):
        self._touch(data["user"], row).chosen = data["status"]

    def _presence_changed(self, data, row):
        self._touch(data["user"], row).shown = data["to"]

    def _team_created(self, data, row):
        self.teams[data["id"]] = Inbox()
        self.members[data["id"]] = set()
        self._team_updated(data, row)

    def _team_updated(self, data, row):
        self.teams[data["id"]].update(data)

    def _team_deleted(self, data, row):
        for user in self.members.pop(data["id"]):
            self.users[user].teams.discard(data["id"])
        del self.teams[data["id"]]

    def _team_member_added(self, data, row):
        self._touch(data["user"], row).teams.add(data["team"])
        self.members[data["team"]].add(data["user"])

    def _team_member_removed(self, data, row):
        self._touch(data["user"], row).teams.discard(data["team"])
        self.members[data["team"]].discard(data["user"])

    def _touch(self, id, row):
        user = self.users[id]
        user.steady_since = row.at_ms
        return user
