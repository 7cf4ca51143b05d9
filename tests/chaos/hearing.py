"""What each client must have been told: every durable event that it may see, once, in the log's order, and nothing else."""

import bisect
import itertools
import json

from rights import Rights

LATE_SECONDS = 2.0
FOREVER = float("inf")


class Reading:
    """What was told, each text parsed and compared with the log once, however many heard it."""

    def __init__(self, evidence, find):
        self.evidence = evidence
        self.find = find
        self.texts = list(evidence.texts)
        self.parsed = {}

    def get(self, number):
        """(workspace, seq, type) of a durable event; (None, None, type) of another."""
        known = self.parsed.get(number)
        if known is None:
            event = json.loads(self.texts[number])["params"]
            known = None, None, event["type"]
            if "cursor" in event:
                known = event["cursor"].split(":", 1)[0], event["seq"], event["type"]
                self._compare(event, known[0])
            self.parsed[number] = known
        return known

    def _compare(self, event, workspace):
        rows = self.evidence.rows.get(workspace, [])
        row = rows[event["seq"] - 1] if event["seq"] <= len(rows) else None
        if row is None or row.type != event["type"]:
            self.find("invented", f"{event['type']} was told as number {event['seq']} of {workspace}, which the log hasn't")
        elif row.type.startswith("x.") and row.data != event["data"]:
            self.find("content", f"{workspace} {row.seq} was told as {event['data']}, but is {row.data}")


class Hearing:
    """Goes through the log once, and then through each story."""

    def __init__(self, evidence, find, disturbed):
        self.evidence = evidence
        self.find = find
        self.disturbed = disturbed  # (from, to) → was anything broken then?
        self.reading = Reading(evidence, find)
        self.written = {(write.workspace, write.seq): write for write in evidence.writes if write.seq is not None}
        self.lags = {False: [], True: []}
        self.counts = {"told": 0, "resyncs": 0, "missed": 0, "doubled": 0, "leaked": 0, "replayed": 0}

    def check(self):
        for workspace, rows in self.evidence.rows.items():
            self._follow(workspace, rows)
            for story in self.evidence.stories:
                if story.workspace == workspace:
                    Listener(self, story, rows).go()

    def count(self, what, text):
        self.counts[what] += 1
        self.find(what, text)

    def _follow(self, workspace, rows):
        """Who may see each row: before it or after it is as good, for a row about rights. A person's era counts their changes."""
        users = {story.user for story in self.evidence.stories if story.workspace == workspace}
        rights = Rights()
        self.expected = {user: [] for user in users}  # [(seq, era)]
        for row in rows:
            before = rights.who(row.audience) & users
            rights.take(row)
            for user in before | (rights.who(row.audience) & users):
                self.expected[user].append((row.seq, rights.changes.get(user, 0)))
        self.rights = rights


class Listener:
    def __init__(self, hearing, story, rows):
        self.hearing = hearing
        self.story = story
        self.rows = rows
        self.expected = hearing.expected[story.user]
        self.at = 0
        self.seq = None  # none before the first visit
        self.replays = 0
        self.replayed_to = 0
        self.since = 0.0
        self.is_in = False

    def go(self):
        for self.place, entry in enumerate(self.story.entries):
            handler = getattr(self, "_" + entry[0], None)
            if handler:
                handler(*entry[1:])
        if self.is_in:
            self._skip_to(self._end_of_log(), False)

    def _end_of_log(self):
        """Everybody who is there at the end has been waited for until they heard the last mark."""
        marks = [row.seq for row in self.rows if row.type == "x.end"]
        return (marks[-1] if marks else self.seq) + 1

    def _open(self, t, node, resumed, replayed, seq, presence):
        self.since, self.is_in = t, True
        self.replays = replayed
        self.replayed_to = self._last_of(replayed)
        if resumed:
            return
        if self.seq is not None:
            self.hearing.counts["resyncs"] += 1
        self.at = bisect.bisect_right(self.expected, (seq, FOREVER))  # which may be before what was told already
        self.seq = seq

    def _last_of(self, count):
        """The number of the last event of a replay of so many that begins here."""
        visit = itertools.takewhile(lambda entry: entry[0] not in ("ask", "open", "end"), self.story.entries[self.place + 1 :])
        told = (self.hearing.reading.get(entry[2])[1] for entry in visit if entry[0] == "event")
        return max(itertools.islice(filter(None, told), count), default=0)

    def _end(self, t, how, code):
        self.is_in = False

    def _event(self, t, number):
        workspace, seq, type = self.hearing.reading.get(number)
        if seq is None:
            return
        self.hearing.counts["told"] += 1
        who = self.story.user
        if workspace != self.story.workspace:
            self.hearing.count("leaked", f"{who} of {self.story.workspace} is told of {workspace} {seq}")
            return
        if seq <= self.seq:
            self.hearing.count("doubled", f"{who} is told of {seq} after {self.seq}")
            return
        is_replay, self.replays = self.replays > 0, max(0, self.replays - 1)
        if not self._skip_to(seq, is_replay) and not (is_replay and self._sees_later(seq)):
            self.hearing.count("leaked", f"{who} is told of {type} {seq}, which isn't for them")
        self.seq = seq
        self._measure(t, seq, is_replay)

    def _skip_to(self, seq, is_replay):
        """What was expected before this number is missed; whether this one is expected, too."""
        due = bisect.bisect_left(self.expected, (seq, 0), self.at)
        is_due = due < len(self.expected) and self.expected[due][0] == seq
        for missed, era in self.expected[self.at : due]:
            # Who comes back hears what they may see by then: who lost rights meanwhile, less.
            if not is_replay or era == self.expected[min(due, len(self.expected) - 1)][1]:
                self.hearing.count("missed", f"{self.story.user} is not told of {self.rows[missed - 1].type} {missed}")
        self.at = due + is_due
        return is_due

    def _sees_later(self, seq):
        """Whether a replayed event is for somebody who was given the right to see it afterwards, before they came back."""
        return self.hearing.rights.held(self.story.user, self.rows[seq - 1].audience, seq, self.replayed_to)

    def _measure(self, t, seq, is_replay):
        write = self.hearing.written.get((self.story.workspace, seq))
        if write is None or is_replay or self.since > write.sent:
            return
        disturbed = self.hearing.disturbed(write.sent, t)
        self.hearing.lags[bool(disturbed)].append(t - write.sent)
        if t - write.ended > LATE_SECONDS + self.hearing.evidence.slack(write.ended, t) and not (disturbed - {"bus"}):
            self.hearing.find("late", f"{self.story.user} is told of {seq} {t - write.ended:.1f} s after it was acknowledged")
