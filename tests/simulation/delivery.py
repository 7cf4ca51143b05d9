"""What each client must have been told: every event that concerns what they may see, once, in order, in the right form; and what
they make of it is what there is.
"""

import json

from ledger import shown

FULL, BRIEF = "full", "brief"


class Delivery:
    """Takes the rows one by one, after the ledger has. Who may see what follows from permissions, teams and records alone."""

    def __init__(self, diaries, ledger):
        self.users = list(diaries)
        self.ledger = ledger
        self.expected = {user: [] for user in diaries}  # [(seq, form)]
        self.watchers = None

    def take(self, row, before):
        if not row.type.startswith("conversation."):
            if row.type.startswith(("role.", "team.", "user.")):
                self.watchers = None
            return
        if self.watchers is None:
            self._find_watchers()
        after = row.data.get("record")
        full = self._who_sees(after)
        brief = self._who_sees(before)
        if before is not None:
            brief |= {before["assignee"], before["offered_to"]}
        for user in full & self.expected.keys():
            self.expected[user].append((row.seq, FULL))
        for user in (brief - full) & self.expected.keys():
            self.expected[user].append((row.seq, BRIEF))

    def _find_watchers(self):
        ledger = self.ledger
        present = [ledger.users[user] for user in self.users]
        holders = {
            scope: {one.id for one in present if ledger.may(one, f"conversations.view:{scope}")}
            for scope in ("all", "team", "unassigned", "own")
        }
        teams = {team: holders["team"] & members for team, members in ledger.members.items()}
        self.watchers = holders, teams

    def _who_sees(self, record):
        if record is None:
            return set()
        holders, teams = self.watchers
        users = {record["assignee"], record["offered_to"]} & holders["own"]
        users |= holders["all"] | teams.get(record["team"], set())
        return users if record["assignee"] else users | holders["unassigned"]


class Reading:
    """What was told, each text parsed and compared with the log once, however many heard it."""

    def __init__(self, rows, find):
        self.rows = rows
        self.find = find
        self.parsed = {}

    def get(self, text):
        """(seq, is it about a conversation, data) of a text."""
        known = self.parsed.get(text)
        if known is None:
            event = json.loads(text.decode())["params"]
            about = event["type"].startswith("conversation.")
            self._compare(event, about)
            known = self.parsed[text] = event["seq"], about, event["data"]
        return known

    def _compare(self, event, about):
        row = self.rows[event["seq"] - 1] if event["seq"] <= len(self.rows) else None
        if row is None or row.type != event["type"]:
            self.find("content", row, f"{event['type']} was told as number {event['seq']}, which is no such event in the log")
            return
        kept = dict(row.data)
        record = kept.pop("record", None)
        if "record" in event["data"]:
            kept["record"] = shown(record)
        right = kept == event["data"] if about else all(kept.get(name) == value for name, value in event["data"].items())
        if not right:
            self.find("content", row, f"was told as {event['data']}, but is {kept}")


class View:
    """The conversations that somebody can see, from lists and the events after them."""

    def __init__(self):
        self.records = {}
        self.gone = {}  # conversation → version at which it was lost from sight

    def list(self, items):
        for record in items:
            known = self.records.get(record["id"], {}).get("version", 0)
            if record["version"] > max(known, self.gone.get(record["id"], 0)):
                self.records[record["id"]] = record

    def hear(self, data):
        if "record" in data:
            self.records[data["conversation"]] = data["record"]
        else:
            self.records.pop(data["conversation"], None)
            self.gone[data["conversation"]] = data["version"]


class Reader:
    """Goes through one diary."""

    def __init__(self, diary, expected, texts, find):
        self.diary = diary
        self.expected = expected
        self.texts = texts  # as Reading gives them, by number
        self.find = find
        self.view = View()
        self.at = 0  # in `expected`
        self.seq = 0
        self.ends = 0

    def read(self, last_seq):
        for entry in self.diary.story:
            if isinstance(entry, int):
                self._event(*self.texts[entry])
            else:
                getattr(self, "_" + entry[0])(*entry[1:])
        self._missed(last_seq + 1)
        if not self.ends:
            self.find("view", None, f"{self.diary.user} has no list in the end")

    def _open(self, resumed, seq):
        if not resumed:
            self.view = View()
            while self.at < len(self.expected) and self.expected[self.at][0] <= seq:
                self.at += 1

    def _list(self, items):
        self.view.list(items)

    def _end(self, items):
        self.ends += 1
        fresh = {record["id"]: record for record in items}
        for id in sorted(self.view.records.keys() | fresh.keys()):
            if self.view.records.get(id) != fresh.get(id):
                self.find("view", None, f"{self.diary.user} believes {self.view.records.get(id)}, but there is {fresh.get(id)}")

    def _event(self, seq, about, data):
        if seq <= self.seq:
            self.find("doubled", None, f"{self.diary.user} is told of {seq} after {self.seq}")
            return
        self.seq = seq
        if not about:
            return
        self._missed(seq)
        if self.at == len(self.expected) or self.expected[self.at][0] != seq:
            self.find("leaked", None, f"{self.diary.user} is told of {seq}, which doesn't concern them")
            return
        form = FULL if "record" in data else BRIEF
        if form != self.expected[self.at][1]:
            self.find("form", None, f"{self.diary.user} gets {seq} in the {form} form")
        self.at += 1
        self.view.hear(data)

    def _missed(self, before_seq):
        while self.at < len(self.expected) and self.expected[self.at][0] < before_seq:
            self.find("missed", None, f"{self.diary.user} is not told of {self.expected[self.at][0]}")
            self.at += 1
