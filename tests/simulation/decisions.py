"""What must hold for every row of the log about a conversation: whose it is, whether they have room and may be given it, and
whether it was their turn.

Where a person is there is not in the log, only in the diaries: somebody may be signed in and the hub may not know it yet, or no
more. So that they should have been given something is only held against the hub while they surely were there.
"""

import bisect

from ledger import Ledger, holder, place, shown, waits

# What each event may change of the record, besides its version.
OFFER = {"offered_to", "offer_expires_at"}
MAY_CHANGE = {
    "updated": OFFER
    | {"team", "channel", "subject", "priority", "labels", "status", "snoozed_until", "resolved_at", "passed", "left", "passed_at"},
    "assigned": OFFER | {"assignee", "assigned_at", "passed", "passed_at"},
    "reassigned": {"assignee", "assigned_at", "team", "passed"},
    "unassigned": {"assignee", "assigned_at", "team", "passed"},
    "offered": OFFER | {"passed_at"},
    "accepted": OFFER,
    "declined": OFFER | {"passed"},
    "expired": OFFER | {"passed"},
    "resolved": OFFER | {"status", "resolved_at", "snoozed_until", "passed_at"},
    "reopened": {"status", "resolved_at", "snoozed_until", "queued_at", "assignee", "assigned_at", "passed", "left"},
    "snoozed": OFFER | {"status", "snoozed_until", "resolved_at", "passed_at"},
    "escalated": {"team", "left", "passed_at"},
}
LOAD_EVENTS = ("load.changed", "capacity.reached", "capacity.freed")
KNOWN_MS = 1000  # how far what the hub knows may be from what the diaries say: a busy machine lets both wait
GONE_MS = 2000  # how long it may take to notice that somebody is gone
LEFT_MS = 1000  # how long something may wait for somebody who could take it


class Decisions:
    """Takes the rows one by one. `find(what, row, text)` is told what is wrong."""

    def __init__(self, people, forced, find):
        self.people = people
        self.forced = forced
        self.find = find
        self.ledger = Ledger()
        self.history = {}  # (conversation, version) → record
        self.accepted = {}  # conversation → who has just accepted it
        self.touched_ms = {}  # conversation → when something last happened to it
        self.looked_ms = 0
        self.counts = {"events": 0, "automatic": 0, "by force": 0, "compared": 0, "overtaken": 0, "looks": 0}

    def take(self, row):
        if row.type.startswith("conversation."):
            self._conversation(row)
        else:
            self.ledger.apply(row)
            if row.type in LOAD_EVENTS and self.ledger.users[row.data["user"]].load != row.data["load"]:
                load = self.ledger.users[row.data["user"]].load
                self.find("load", row, f"{row.data['user']} is said to have {row.data['load']}, but has {load}")
        if row.at_ms >= self.looked_ms + LEFT_MS / 4:
            self.looked_ms = row.at_ms
            self.look(row)

    def _conversation(self, row):
        kind = row.type.removeprefix("conversation.")
        before = self.ledger.records.get(row.data["conversation"])
        after = row.data.get("record")
        self.counts["events"] += 1
        if kind == "removed":
            self.ledger.apply(row)
            return
        self.history[after["id"], after["version"]] = after
        self.touched_ms[after["id"]] = row.at_ms
        self._follows(row, kind, before, after)
        if row.data.get("reason") == "passed" and not self.ledger.passed_by_all(before):
            self.find("passed", row, f"{after['id']} is told as passed by all, and isn't")
        if before is not None and self._is_automatic(kind, row, before):
            self.counts["automatic"] += 1
            self._automatic(row, before, self.ledger.users[row.data["to"]])
        self.accepted.pop(after["id"], None)
        if kind == "accepted":
            self.accepted[after["id"]] = row.data["to"]
        self.ledger.apply(row)
        self._capacity(row, kind, before, after)

    # ---- one event after the other ----

    def _follows(self, row, kind, before, after):
        """The record is what becomes of the one before by this event."""
        if (before is None) != (kind == "created"):
            self.find("record", row, f"{after['id']} {'is not there' if before is None else 'is there already'}")
        if after["version"] != (before["version"] if before else 0) + 1 or row.data["version"] != after["version"]:
            self.find("version", row, f"{after['id']} goes from {before and before['version']} to {after['version']}")
        self._sane(row, after)
        if before is None or kind == "created":
            return
        changed = {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)} - {"version"}
        if changed - MAY_CHANGE[kind]:
            self.find("record", row, f"{kind} changes {sorted(changed - MAY_CHANGE[kind])} of {after['id']}")
        if "queued_at" in changed and before["status"] != "resolved":
            self.find("record", row, f"{after['id']} loses its age")
        self._hands(row, kind, before, after)

    def _sane(self, row, record):
        wrong = [
            text
            for text, bad in (
                ("has an assignee and an offer", record["assignee"] and record["offered_to"]),
                ("is offered, but not open", record["offered_to"] and record["status"] != "open"),
                ("has an offer without an end", bool(record["offered_to"]) != bool(record["offer_expires_at"])),
                ("is not resolved, but has the time of it", (record["status"] == "resolved") != bool(record["resolved_at"])),
                ("has an assignee since never", record["assignee"] and not record["assigned_at"]),
                ("waits since never", waits(record) and not record["queued_at"]),
                ("is passed by all, but doesn't wait", record.get("passed_at") and not waits(record)),
            )
            if bad
        ]
        for text in wrong:
            self.find("record", row, f"{record['id']} {text}")

    def _hands(self, row, kind, before, after):
        """From whom to whom it goes."""
        data = row.data
        had, has = before["assignee"], after["assignee"]
        offered, offers = before["offered_to"], after["offered_to"]
        right = {
            "assigned": had is None and has == data["to"] is not None,
            "reassigned": had == data["from"] is not None and has == data["to"] is not None,
            "unassigned": had == data["from"] is not None and has is None,
            "offered": waits(before) and offers == data["to"] is not None,
            "accepted": offered == data["to"] is not None,
            "declined": offered == data["from"] is not None and offers is None and offered in after.get("passed", ()),
            "expired": offered == data["from"] is not None and offers is None and offered in after.get("passed", ()),
            "reopened": has in (had, None),
            "escalated": waits(before) and waits(after),
        }.get(kind, had == has)
        if not right:
            self.find("twice", row, f"{after['id']} of {had} (offered to {offered}) is {kind} from {data['from']} to {data['to']}")

    def _capacity(self, row, kind, before, after):
        """Who gets more than they had has room for it."""
        user = self.ledger.users.get(holder(after))
        if user is None or user.load <= user.capacity or self.ledger.weight(after) == 0:
            return
        if before is not None and holder(before) == user.id and before["status"] in ("open", "pending"):
            return  # had it already; it may weigh more now
        if (after["id"], user.id, row.data["by"]) in self.forced and row.data["reason"] in ("manual", "taken"):
            self.counts["by force"] += 1
            return
        self.find("capacity", row, f"{user.id} gets {after['id']} and has {user.load} of {user.capacity}")

    # ---- what the hub does by itself ----

    def _is_automatic(self, kind, row, before):
        if kind == "offered":
            return True
        return kind == "assigned" and row.data["reason"] == "auto" and self.accepted.get(before["id"]) != row.data["to"]

    def _automatic(self, row, record, user):
        inbox = self.ledger.inbox_of(record["team"])
        obstacle = self.ledger.obstacle(record, user)
        if inbox.strategy == "manual":
            obstacle = "nobody is given anything of this queue"
        if obstacle:
            self.find("routable", row, f"{user.id} gets {record['id']}: {obstacle}")
        elif self.people.surely_gone(user.id, row.at_ms - GONE_MS, row.at_ms + KNOWN_MS):
            self.find("routable", row, f"{user.id} gets {record['id']}: gone for {GONE_MS} ms")
        self._fair(row, record, user, inbox.strategy)
        self._in_order(row, record, user)

    def _sooner(self, one, other, strategy):
        """Whether it is the turn of one before the other's."""
        if strategy == "load_balanced":
            # Who has no capacity at all gets what weighs nothing after everybody else.
            left, right = (not one.capacity, one.load * other.capacity), (not other.capacity, other.load * one.capacity)
            if left != right:
                return left < right
        return (one.rotation, one.id) < (other.rotation, other.id)

    def _could(self, record, user, at_ms):
        return self.ledger.obstacle(record, user) is None and self.people.surely_there(user.id, at_ms, at_ms + KNOWN_MS)

    def _fair(self, row, record, user, strategy):
        for other in self.ledger.candidates(record):
            if other is user or not self._sooner(other, user, strategy):
                continue
            self.counts["compared"] += 1
            if self._could(record, other, row.at_ms):
                self.find(
                    "fairness", row,
                    f"{record['id']} goes to {user.id} ({user.load}/{user.capacity}, {user.rotation}), not to {other.id} "
                    f"({other.load}/{other.capacity}, {other.rotation})",
                )  # fmt: skip

    def _in_order(self, row, record, user):
        queue = self.ledger.queue(record["team"])
        tried = set()
        for earlier in queue[: bisect.bisect_left(queue, place(record))]:
            other = self.ledger.records[earlier[2]]
            self.counts["overtaken"] += 1
            takers = [user] if self.ledger.obstacle(other, user) is None else []
            if not takers and other["channel"] not in tried:  # one of each weight stands for the others
                tried.add(other["channel"])
                takers = [one for one in self.ledger.candidates(other) if self._could(other, one, row.at_ms)]
            if takers:
                self.find("order", row, f"{record['id']} goes before {other['id']}, which {takers[0].id} could have")

    def look(self, row):
        """Nothing that waits could be taken by anybody who has had the time for it."""
        self.counts["looks"] += 1
        for team in [None, *self.ledger.teams]:
            if self.ledger.inbox_of(team).strategy == "manual":
                continue
            firsts = {self.ledger.records[id]["channel"]: id for _, _, id in reversed(self.ledger.queue(team))}
            for id in firsts.values():
                self._look_at(row, self.ledger.records[id])

    def _look_at(self, row, record):
        since = row.at_ms - LEFT_MS
        if self.touched_ms[record["id"]] > since:
            return
        for user in self.ledger.candidates(record):
            if max(user.steady_since, user.load_since) > since or self.ledger.obstacle(record, user):
                continue
            if self.people.surely_there(user.id, since, row.at_ms + KNOWN_MS):
                self.find("left", row, f"{record['id']} waits, though {user.id} could have it")
                return
        steady = all(user.steady_since <= since for user in self.ledger.candidates(record))
        if steady and not record.get("passed_at") and self.ledger.passed_by_all(record):
            self.find("passed", row, f"{record['id']} was passed by all, and nobody is told")

    def end(self, rows):
        """What is left when the day is over."""
        self.look(rows[-1])
        return {id: shown(record) for id, record in self.ledger.records.items()}
