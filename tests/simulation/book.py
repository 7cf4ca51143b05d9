"""A log written by hand, for tests of the checker: each call adds the row that a right hub would have written, unless the test
says otherwise, and everybody is told what they must be told.
"""

import copy
import datetime
import json

from checker import Checker
from delivery import BRIEF
from journal import Diary, Journal
from ledger import shown
from log import Row

START_MS = 1_800_000_000_000
FAR_MS = START_MS + 10_000_000
CLERK = ["conversations.view:own", "conversations.reply"]
PEOPLE = {"ann": ("clerk", 3), "bob": ("clerk", 3), "cat": ("clerk", 3), "sue": ("boss", 0), "pia": ("picker", 0)}


def rfc3339(ms):
    at = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


class Book:
    """The team `desk` gives out by round robin; ann, bob and cat are its agents, there and available."""

    def __init__(self, strategy="round_robin", **settings):
        self.rows = []
        self.records = {}
        self.now_ms = START_MS
        self.journal = Journal()
        self.kills = []
        self.row("workspace.created", strategy="manual", channels=[{"id": "phone", "weight": 3}])
        self.row("role.created", id="clerk", permissions=CLERK)
        self.row("role.created", id="picker", permissions=["conversations.view:own", "conversations.view:unassigned"])
        self.row("role.created", id="boss", permissions=["conversations.view:all", "conversations.reply"])
        self.row("team.created", id="desk", strategy=strategy, settings=settings)
        for user, (role, capacity) in PEOPLE.items():
            self.row("user.created", user=user, roles=[role], capacity=capacity)
            self.diary(user).ask(self.now_ms)
            self.diary(user).come(self.now_ms)
            if role == "clerk":
                self.row("team.member_added", user=user, team="desk")
                self.show(user, "available")
        self.wait(5000)

    def diary(self, user):
        return self.journal.diaries.setdefault(user, Diary(user))

    def wait(self, ms):
        self.now_ms += ms

    def row(self, type, **data):
        self.now_ms += 1
        self.rows.append(Row(len(self.rows) + 1, self.now_ms, type, {}, data))

    def show(self, user, status):
        self.row("presence.changed", user=user, to=status)

    # ---- conversations ----

    def event(self, kind, id, *, from_=None, to=None, reason=None, by=None, skip=1, **changes):
        record = copy.deepcopy(self.records[id]) | changes
        record["version"] += skip
        self.records[id] = record
        self.row(
            f"conversation.{kind}", conversation=id, to=to, team=record["team"], reason=reason, by=by, version=record["version"],
            record=copy.deepcopy(record), **{"from": from_},
        )  # fmt: skip

    def put(self, id, **fields):
        self.records[id] = {
            "id": id, "team": "desk", "channel": None, "subject": None, "priority": "normal", "labels": [], "status": "open",
            "assignee": None, "offered_to": None, "offer_expires_at": None, "version": 0, "created_at": rfc3339(self.now_ms),
            "queued_at": rfc3339(self.now_ms), "assigned_at": None, "snoozed_until": None, "resolved_at": None, "passed": [],
            "left": [], "passed_at": None, **fields,
        }  # fmt: skip
        self.journal.acknowledged.add(id)
        self.event("created", id)
        self.answer(id)

    def answer(self, id):
        self.journal.answers.append(("conversation.put", None, shown(copy.deepcopy(self.records[id]))))

    def assign(self, id, user, reason="auto", by=None, **more):
        had = self.records[id]["assignee"]
        self.event(
            "reassigned" if had else "assigned", id, from_=had, to=user, reason=reason, by=by, assignee=user,
            assigned_at=rfc3339(self.now_ms), offered_to=None, offer_expires_at=None, **more,
        )  # fmt: skip

    def unassign(self, id, reason="offline", **more):
        self.event("unassigned", id, from_=self.records[id]["assignee"], reason=reason, assignee=None, assigned_at=None, **more)

    def offer(self, id, user):
        self.event("offered", id, to=user, reason="auto", offered_to=user, offer_expires_at=rfc3339(self.now_ms + 300))

    def accept(self, id):
        user = self.records[id]["offered_to"]
        self.event("accepted", id, to=user, by=user, offered_to=None, offer_expires_at=None)
        self.assign(id, user)

    def expire(self, id, **more):
        user = self.records[id]["offered_to"]
        more = {"passed": [*self.records[id]["passed"], user], **more}
        self.event("expired", id, from_=user, reason="timeout", offered_to=None, offer_expires_at=None, **more)

    def pass_(self, id):
        self.event("escalated", id, reason="passed", passed_at=rfc3339(self.now_ms))

    def resolve(self, id):
        self.event("resolved", id, status="resolved", resolved_at=rfc3339(self.now_ms))

    def reopen(self, id, **more):
        self.event("reopened", id, status="open", resolved_at=None, snoozed_until=None, **more)

    def snooze(self, id, until_ms=FAR_MS):
        self.event("snoozed", id, status="snoozed", snoozed_until=rfc3339(until_ms))

    # ---- the end ----

    def tell(self):
        """Everybody hears what they must hear, and lists what they can see."""
        checker = Checker(self.rows, [self.journal])
        checker._log()
        for user, expected in checker.delivery.expected.items():
            diary = self.diary(user)
            diary.story.append(("open", False, 0))
            seen = {}
            for seq, form in expected:
                data = self._form(self.rows[seq - 1], form)
                self._hear(diary, seq, data)
                seen.pop(data["conversation"], None)
                if "record" in data:
                    seen[data["conversation"]] = data["record"]
            diary.story.append(("end", list(seen.values())))

    def _form(self, row, form):
        data = dict(row.data)
        record = data.pop("record")
        return data if form == BRIEF else {**data, "record": shown(record)}

    def _hear(self, diary, seq, data):
        type = self.rows[seq - 1].type
        event = {"type": type, "seq": seq, "data": data}
        text = json.dumps({"jsonrpc": "2.0", "method": "event", "params": event}, separators=(",", ":")).encode()
        self.journal.hear(diary, text)

    def hear_again(self, user, at, change=None):
        """The event at this place of somebody's story comes once more behind it, changed."""
        diary = self.diary(user)
        event = json.loads(list(self.journal.texts)[diary.story[at]])["params"]
        if change:
            change(event["data"])
        before, behind = diary.story[: at + 1], diary.story[at + 1 :]
        diary.story = before
        self._hear(diary, event["seq"], event["data"])
        diary.story += behind

    def found(self):
        """The kinds of faults that the checker finds."""
        verdict = Checker(self.rows, [self.journal], self.kills).check()
        return {fault.what for fault in verdict.faults}

    def found_when_told(self):
        self.tell()
        return self.found()
