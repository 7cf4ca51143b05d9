"""What each watcher was shown of everybody's presence, against what was so.

Nobody can know the very moment at which something becomes so: while somebody asks to come in, or has gone but may still be held to
be there, or waits for the answer to a choice, both are right.
"""

import bisect
import json

FOREVER = float("inf")
OPEN_SECONDS = 1.0  # how long anything may be shown wrong while nothing is broken
FAULT_SECONDS = 5.0  # and for how long after something was
SURE = 0.9  # of a time that the hub waits, as the client sees it
GIVEN_UP_SECONDS = 2.5  # a hub that is gone is given up no earlier: six beats, of which it may just have missed one


class Steps:
    """A value that changes with time."""

    def __init__(self, first):
        self.times = [-FOREVER]
        self.values = [first]

    def add(self, t, value):
        """From then on; what was said of later times is over."""
        at = bisect.bisect_left(self.times, t)
        del self.times[at:], self.values[at:]
        self.times.append(t)
        self.values.append(value)

    def at(self, t):
        return self.values[bisect.bisect_right(self.times, t) - 1]

    def between(self, begin, end):
        """The moments of change after `begin` and before `end`."""
        return self.times[bisect.bisect_right(self.times, begin) : bisect.bisect_left(self.times, end)]


ON, OFF = frozenset({True}), frozenset({False})
BOTH = ON | OFF


class Truth:
    """One person's: whether they are there, and what they chose."""

    def __init__(self, story, choices, evidence):
        times = {name: ms / 1000 for name, ms in evidence.times.items()}
        self.holds = {"close": times["reload_grace_ms"], "drop": times["linger_ms"], "lost": times["linger_ms"]}
        self.holds["node"] = min(GIVEN_UP_SECONDS, times["linger_ms"]) / SURE
        slack = (times["ping_interval_ms"] + times["pong_timeout_ms"]) * 1.1
        self.holds["expelled"] = 0.0
        self.longest = {"expelled": FAULT_SECONDS, "close": self.holds["close"], "drop": self.holds["drop"], "node": FAULT_SECONDS}
        self.longest["lost"] = self.holds["lost"] + slack
        self.there = Steps(OFF)
        self.visits = []  # (came, left, how, until when they surely aren't shown as gone)
        self.chosen = Steps(frozenset({"available"}))
        self.slack = evidence.slack
        self.kills = [(fault.node, fault.since) for fault in evidence.faults if fault.node]
        self._follow(stays(story, evidence))
        self._choose(choices)

    def _follow(self, stays):
        for asked, came, went, how, node, left in stays:
            self.there.add(asked, self.there.at(asked) | ON)
            if came is not None:
                self.there.add(came, ON)
                self.visits.append((came, left, how, self._held_until(left, how, node)))
            self.there.add(left, BOTH)
            self.there.add(went + self.longest[how], OFF)

    def _held_until(self, went, how, node):
        """A hub that goes down takes with it that it waited for somebody."""
        until = went + SURE * self.holds[how]
        until -= self.slack(went, until)
        return min([until, *(since for killed, since in self.kills if killed == node and went < since < until)])

    def _choose(self, choices):
        now = self.chosen.values[0]
        for choice in choices:
            self.chosen.add(choice.sent, now | {choice.status})
            now = frozenset({choice.status}) if choice.acknowledged else now | {choice.status}
            self.chosen.add(choice.ended if choice.ended is not None else choice.sent, now)

    def right(self, t):
        """The statuses that may be shown at that time."""
        there = self.there.at(t)
        return (self.chosen.at(t) if True in there else frozenset()) | ({"offline"} if False in there else frozenset())

    def changes(self, begin, end):
        return sorted({*self.there.between(begin, end), *self.chosen.between(begin, end)})

    def wrongly_gone(self, t):
        """Why somebody who is shown as gone at that time should not be, or None."""
        if "offline" in self.chosen.at(t) or "offline" in self.chosen.at(t - OPEN_SECONDS):
            return None
        at = bisect.bisect_left(self.visits, (t,)) - 1
        if at < 0:
            return None
        came, left, how, held = self.visits[at]
        if how == "node" and "offline" in self.chosen.at(left - OPEN_SECONDS):
            return None  # that they appeared again may have gone down with the hub
        if t < left:
            if t - came > OPEN_SECONDS:
                return f"is in since {t - came:.1f} s"
            at -= 1
            if at < 0 or came >= self.visits[at][3]:
                return None
            return f"was out for {came - self.visits[at][1]:.1f} s ({self.visits[at][2]}) and is back"
        return f"is out ({how}) since {t - left:.1f} s only" if t < held else None


def stays(story, evidence):
    """(asked, came or None, went, how, node, left) of each visit. It ends when its hub does, or when somebody is sent away, however
    late the person noticed; the hub may hear of it as soon as they leave, which is before they have gone."""
    asked = came = node = left = None
    found = []
    for entry in story.entries:
        if entry[0] == "ask":
            asked, came, left = entry[1], None, None
        elif entry[0] == "open":
            came, node = entry[1], entry[2]
        elif entry[0] == "leave":
            left = entry[1]
        elif entry[0] == "end" and asked is not None:
            went, how = cut(came, *entry[1:], story, node, evidence)
            found.append((asked, came, went, how, node, went if left is None else min(went, left)))
            asked = None
    if asked is not None:
        went, how = cut(came, FOREVER, "lost", None, story, node, evidence)
        found.append((asked, came, went, how, node, went))
    return found


def cut(came, went, how, code, story, node, evidence):
    if came is None:
        return went, how
    for fault in evidence.faults:
        if fault.node == node and came < fault.since < went:
            return fault.since, "node"
    for change in evidence.changes:
        if change.user == story.user and change.seen == code and came < change.sent < went:
            return change.sent, "expelled"
    return went, how


class Board:
    """What a watcher was shown during one visit: everybody's status, step by step."""

    def __init__(self, begin, end, presence):
        self.begin, self.end = begin, end
        self.shown = {}
        self.board(begin, presence)

    def set(self, t, user, status):
        steps = self.shown.setdefault(user, Steps(None))
        if steps.values[-1] != status:
            steps.add(t, status)

    def board(self, t, presence):
        fresh = {one["user"]: one["status"] for one in presence["users"]}
        for user in self.shown.keys() | fresh.keys():
            self.set(t, user, fresh.get(user, "offline"))

    def diff(self, t, data):
        for one in data.get("up", ()):
            self.set(t, one["user"], one["status"])
        for user in data.get("down", ()):
            self.set(t, user, "offline")


def boards(story, texts, evidence):
    """The visits of a watcher."""
    ends = [(went, how) for _, came, went, how, *_ in stays(story, evidence) if came is not None]
    current = None
    for entry in story.entries:
        if entry[0] == "open":
            if current:
                yield current
            current = Board(entry[1], ends.pop(0)[0], entry[6]) if entry[6] is not None else None
        elif current and entry[1] < current.end:
            if entry[0] == "board":
                current.board(entry[1], entry[2])
            elif entry[0] == "event" and texts[entry[2]].startswith(DIFF):
                current.diff(entry[1], json.loads(texts[entry[2]])["params"]["data"])
    if current:
        yield current


DIFF = b'{"jsonrpc":"2.0","method":"event","params":{"type":"presence.diff"'


class Sight:
    def __init__(self, evidence, find, disturbed):
        self.evidence = evidence
        self.find = find
        self.disturbed = disturbed
        self.lags = {False: [], True: []}
        self.ghosts = 0
        self.ghosts_without_bus = 0
        self.wrong = 0

    def check(self):
        choices = {}
        for choice in self.evidence.choices:
            choices.setdefault(choice.user, []).append(choice)
        truths = {}
        for story in self.evidence.stories:
            truth = Truth(story, choices.get(story.user, ()), self.evidence)
            truths.setdefault(story.workspace, {})[story.user] = truth
        texts = list(self.evidence.texts)
        for story in self.evidence.stories:
            for board in boards(story, texts, self.evidence):
                board.end = min(board.end, self.evidence.ended)
                for user, truth in truths[story.workspace].items():
                    self._compare(story.user, user, truth, board)
            self._last_look(story)

    def _compare(self, watcher, user, truth, board):
        shown = board.shown.get(user, Steps("offline"))
        for t in [board.begin, *shown.between(board.begin, board.end)]:
            why = truth.wrongly_gone(t) if shown.at(t) == "offline" else None
            if why and "bus" in self.disturbed(t, t):
                self.ghosts_without_bus += 1  # hubs that can't talk to each other can't know
            elif why:
                self.ghosts += 1
                self.find("ghost", f"{watcher} is shown at {t:.3f} that {user} is gone, who {why}")
        since = None
        changes = truth.changes(board.begin, board.end)
        moments = sorted({board.begin, *changes, *shown.between(board.begin, board.end)})
        begins = set(changes)
        for t in moments:
            if shown.at(t) in truth.right(t):
                if since is not None:
                    self._was_wrong(watcher, user, since, t, shown.at(since), truth)
                    since = None
                elif t in begins:
                    self.lags[bool(self.disturbed(t, t))].append(0.0)
            elif since is None:
                since = t
        if since is not None:
            self._was_wrong(watcher, user, since, board.end, shown.at(since), truth)

    def _was_wrong(self, watcher, user, since, until, status, truth):
        self.lags[bool(self.disturbed(since, until))].append(until - since)
        limit = since + OPEN_SECONDS + self.evidence.slack(since, until)
        for fault in sorted(self.evidence.faults, key=lambda fault: fault.since):
            if fault.since <= limit and fault.until + FAULT_SECONDS > since:
                limit = max(limit, fault.until + FAULT_SECONDS)
        if until > limit:
            self.wrong += 1
            right = " or ".join(sorted(truth.right(since)))
            self.find("presence", f"{watcher} is shown {user} as {status}, who is {right}, from {since:.3f} for {until - since:.1f} s")

    def _last_look(self, story):
        """What somebody has put together by the end is what a fresh snapshot says."""
        if not story.entries or story.entries[-1][0] != "board":
            return
        kept = None
        texts = list(self.evidence.texts)
        for entry in story.entries[:-1]:
            if entry[0] == "open" and entry[6] is not None:
                kept = {one["user"]: one for one in entry[6]["users"]}
            elif entry[0] == "board":
                kept = {one["user"]: one for one in entry[2]["users"]}
            elif entry[0] == "event" and texts[entry[2]].startswith(DIFF):
                data = json.loads(texts[entry[2]])["params"]["data"]
                kept.update({one["user"]: one for one in data.get("up", ())})
                for user in data.get("down", ()):
                    kept.pop(user, None)
        fresh = {one["user"]: one for one in story.entries[-1][2]["users"]}
        for user in sorted(kept.keys() | fresh.keys()):
            one, other = kept.get(user), fresh.get(user)
            if one is None or other is None or any(one[name] != other[name] for name in ("status", "note", "cause", "since")):
                self.find("view", f"{story.user} believes {one}, but there is {other}")
