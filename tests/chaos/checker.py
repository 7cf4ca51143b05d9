"""Proves from the log, and from what each client was told and when, that nothing broke that must always hold."""

import collections
import dataclasses

from hearing import Hearing
from sight import FAULT_SECONDS, Sight

SHOWN = 15
RIGHTS_SECONDS = 1.0
RIGHTS_SECONDS_WITHOUT_BUS = 5.0


@dataclasses.dataclass(frozen=True)
class Finding:
    what: str
    text: str

    def __str__(self):
        return f"{self.what}: {self.text}"


@dataclasses.dataclass
class Verdict:
    findings: list
    figures: dict

    def __str__(self):
        kinds = collections.Counter(finding.what for finding in self.findings)
        shown = collections.Counter()
        lines = []
        for finding in self.findings:  # some of each kind
            shown[finding.what] += 1
            if shown[finding.what] <= max(2, SHOWN // len(kinds)):
                lines.append(str(finding)[:400])
        return "\n".join([f"found: {dict(kinds) or 'nothing'}", *lines])


def spread(seconds):
    """Of a list of times, in ms."""
    if not seconds:
        return {"n": 0}
    ordered = sorted(seconds)
    at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for name, share in (("p50", 0.5), ("p99", 0.99))}
    return {"n": len(ordered), **{name: round(value * 1000, 1) for name, value in (*at.items(), ("max", ordered[-1]))}}


class Checker:
    def __init__(self, evidence):
        self.evidence = evidence
        self.findings = []
        self.figures = {}

    def find(self, what, text):
        self.findings.append(Finding(what, text))

    def disturbed(self, begin, end):
        """The kinds of faults that reach into that time."""
        return {
            fault.what.split()[0]
            for fault in self.evidence.faults
            if fault.since <= end and begin <= fault.until + FAULT_SECONDS
        }

    def check(self):
        for complaint in self.evidence.complaints:
            self.find("complaint", complaint)
        stale = stale_writes(self.evidence.acts)
        for node, workspace, seq in stale:
            self.find("stale", f"{node} was given up and wrote {seq} of workspace {workspace}")
        for workspace, rows in self.evidence.rows.items():
            self._log(workspace, rows)
            self._conversations(workspace, rows)
        self._writes()
        hearing = Hearing(self.evidence, self.find, self.disturbed)
        hearing.check()
        sight = Sight(self.evidence, self.find, self.disturbed)
        sight.check()
        self._changes(hearing.reading)
        self._figures(hearing, sight)
        given_up = sum(act["seat"] is not None and act["epoch"] is None for act in self.evidence.acts)
        self.figures |= {"given up": given_up, "stale writes": len(stale)}
        return Verdict(self.findings, self.figures)

    def _log(self, workspace, rows):
        for number, row in enumerate(rows, 1):
            if row.seq != number:
                self.find("sequence", f"{workspace} {row.seq} stands where {number} should")
                break

    def _writes(self):
        """Each acknowledged event is where its answer said; none is there twice, or in another workspace."""
        known = {write.mark: write for write in self.evidence.writes}
        places = {}
        for workspace, rows in self.evidence.rows.items():
            for row in rows:
                if row.type != "x.chaos":
                    continue
                mark = row.data["mark"]
                if mark in places or mark not in known or known[mark].workspace != workspace:
                    self.find("twice" if mark in places else "invented", f"{mark} is {workspace} {row.seq}")
                places.setdefault(mark, (workspace, row.seq))
        self.kept_unsaid = 0
        for write in self.evidence.writes:
            if write.seq is not None and places.get(write.mark) != (write.workspace, write.seq):
                self.find("lost", f"{write.mark} was acknowledged as {write.seq}, but is {places.get(write.mark, 'nowhere')}")
            if write.refused not in (None, "unavailable"):
                self.find("refused", f"{write.mark} was refused as {write.refused}, which is no word for what is broken")
            self._believe(write)
            self.kept_unsaid += write.refused == "unavailable" and write.mark in places

    def _believe(self, write):
        """Nothing is acknowledged that can't be in the store yet."""
        for fault in self.evidence.faults:
            if fault.what.startswith("store") and fault.sure and write.seq is not None:
                if fault.sure[0] <= write.sent and write.ended <= fault.sure[1]:
                    self.find("too soon", f"{write.mark} was acknowledged while there was: {fault.what}")

    def _conversations(self, workspace, rows):
        """One assignee, versions one by one, and each answer is a version that the log has."""
        records, history = {}, {}
        for row in rows:
            record = row.data.get("record") if row.type.startswith("conversation.") else None
            if not record:
                continue
            id = record["id"]
            before = records.get(id, {"version": 0, "assignee": None})
            if record["version"] != before["version"] + 1:
                self.find("version", f"{id} goes from {before['version']} to {record['version']}")
            was = row.data["from"] if row.type in ("conversation.reassigned", "conversation.unassigned") else None
            if row.type in ("conversation.assigned", "conversation.reassigned") and was != before["assignee"]:
                self.find("assignee", f"{row.type} {row.seq}: {id} goes from {was} to {row.data['to']}, but {before['assignee']} had it")
            records[id] = record
            history[id, record["version"]] = record
        for where, answer in self.evidence.records:
            kept = history.get((answer["id"], answer["version"])) if where == workspace else answer
            if kept is None or kept["assignee"] != answer["assignee"]:
                self.find("assignee", f"the answer was {answer}, but the log has {kept}")

    def _changes(self, reading):
        """Changed rights reach the person."""
        stories = {story.user: story for story in self.evidence.stories}
        self.effects = {False: [], True: []}
        for change in self.evidence.changes:
            seen = next(
                (
                    entry[1]
                    for entry in stories[change.user].entries
                    if entry[1] >= change.sent
                    and (
                        (entry[0] == "end" and entry[3] == change.seen)
                        or (entry[0] == "event" and reading.get(entry[2])[2] == change.seen)
                    )
                ),
                None,
            )
            limit = RIGHTS_SECONDS_WITHOUT_BUS if change.without_bus else RIGHTS_SECONDS
            if seen is None:
                self.find("rights", f"{change.what} of {change.user} never reached them")
                continue
            lag = max(0.0, seen - change.ended)
            self.effects[change.without_bus].append(lag)
            if lag > limit + self.evidence.slack(change.sent, seen):
                self.find("rights", f"{change.what} of {change.user} took {lag:.1f} s to reach them")

    def _figures(self, hearing, sight):
        outcomes = collections.Counter(
            "acknowledged" if write.seq is not None else write.refused or "unknown" for write in self.evidence.writes
        )
        recoveries = {}
        for what, seconds in self.evidence.recoveries:
            recoveries.setdefault(what, []).append(seconds)
        kinds = collections.Counter(finding.what for finding in self.findings)
        self.figures = {
            "seed": self.evidence.seed,
            "people": len(self.evidence.stories),
            "faults": len(self.evidence.faults),
            "events": sum(map(len, self.evidence.rows.values())),
            "writes": dict(outcomes),
            "kept though refused": self.kept_unsaid,
            "lost": kinds["lost"] + kinds["missed"],
            "doubled": kinds["doubled"] + kinds["twice"],
            "leaked": kinds["leaked"],
            "told": hearing.counts["told"],
            "resyncs": hearing.counts["resyncs"],
            "shown gone wrongly": sight.ghosts,
            "shown gone wrongly, without bus": sight.ghosts_without_bus,
            "refusal ms": spread([write.ended - write.sent for write in self.evidence.writes if write.refused]),
            "delivery ms": spread(hearing.lags[False]),
            "delivery ms, while something is broken": spread(hearing.lags[True]),
            "presence wrong ms": spread(sight.lags[False]),
            "presence wrong ms, while something is broken": spread(sight.lags[True]),
            "rights ms": spread(self.effects[False]),
            "rights ms, without bus": spread(self.effects[True]),
            "recovery ms": {what: spread(seconds) for what, seconds in recoveries.items()},
            "own lateness ms": round(self.evidence.times.get("late_ms", 0.0), 1),
            "found": dict(kinds),
        }


def stale_writes(acts):
    """`acts`: what the witness noted, in order. Without a seat, a hub has been given up until it takes one anew."""
    given_up = set()
    stale = []
    for act in acts:
        if act["seat"] is None:
            if act["by"] in given_up:
                stale.append((act["by"], act["workspace"], act["event"]))
        elif act["epoch"] is None:
            given_up.add(act["seat"])
        else:
            given_up.discard(act["seat"])
    return stale
