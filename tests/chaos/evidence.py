"""What is left of a run: what each client was told and when, what was acknowledged, what was broken, and the log.

All times are of one clock, the monotonic one of the machine, in seconds.
"""

import dataclasses
import json
import time

from kept import Kept

ROWS = """SELECT json_build_object('seq', event.seq, 'at_ms', at_ms, 'type', type, 'actor', actor, 'audience', audience,
    'payload', payload) FROM muster.event JOIN muster.workspace ON workspace.key = event.workspace
    WHERE workspace.id = '{}' ORDER BY event.seq"""


@dataclasses.dataclass(frozen=True)
class Row:
    seq: int
    at_ms: int
    type: str
    audience: frozenset
    data: dict


def row_of(line):
    row = json.loads(line)
    audience = frozenset(topic.lstrip("~") for topic in row["audience"].split("\n") if topic)
    return Row(row["seq"], row["at_ms"], row["type"], audience, json.loads(row["payload"]))


def read_log(postgres, workspace):
    return [row_of(line) for line in postgres.sql(ROWS.format(workspace))]


@dataclasses.dataclass
class Story:
    """One device's, in order:

    ("ask", t)                                     it asks to come in
    ("open", t, node, resumed, replayed, seq, presence)   it is in; presence is None for those who don't watch
    ("event", t, number of the text)
    ("board", t, presence)                         a fresh snapshot, because differences had a gap or at the end
    ("end", t, how, code)                          how: "close" and "drop" by itself, "lost"
    """

    user: str
    workspace: str
    entries: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Write:
    """A durable event that somebody published, by its mark."""

    mark: str
    workspace: str
    via: str
    sent: float
    ended: float | None = None
    seq: int | None = None  # None: refused, or nobody knows
    refused: str | None = None


@dataclasses.dataclass
class Choice:
    """A status that somebody chose. Not acknowledged: it may or may not count."""

    user: str
    status: str
    sent: float
    ended: float | None = None
    acknowledged: bool = False


@dataclasses.dataclass
class Fault:
    """`until`: when its cause was over. `node`: whose clients have lost their connection by it, if any. `sure`: from when to when
    it was surely there."""

    what: str
    since: float
    until: float
    node: str | None = None
    sure: tuple | None = None

    def bites(self):
        self.sure = time.monotonic(), float("inf")

    def heals(self):
        self.sure = self.sure[0], time.monotonic()


@dataclasses.dataclass
class Change:
    """Rights that were taken away or given: `seen` is what tells the person, an event's type or a close code."""

    what: str
    user: str
    sent: float
    ended: float
    seen: str | int
    without_bus: bool = False


@dataclasses.dataclass
class Evidence(Kept):
    seed: int = 0
    times: dict = dataclasses.field(default_factory=dict)  # the hub's options that the checker goes by, in ms
    rows: dict = dataclasses.field(default_factory=dict)  # workspace → its log
    texts: dict = dataclasses.field(default_factory=dict)  # an event as it came → its number
    stories: list = dataclasses.field(default_factory=list)
    writes: list = dataclasses.field(default_factory=list)
    choices: list = dataclasses.field(default_factory=list)
    records: list = dataclasses.field(default_factory=list)  # CONVERSATIONs that were answered
    faults: list = dataclasses.field(default_factory=list)
    changes: list = dataclasses.field(default_factory=list)
    recoveries: list = dataclasses.field(default_factory=list)  # (what, seconds)
    complaints: list = dataclasses.field(default_factory=list)
    acts: list = dataclasses.field(default_factory=list)  # who wrote what, and had a seat when, as the store noted it
    ended: float = 0.0
    lateness: list = dataclasses.field(default_factory=list)  # (when, by how many seconds) the people themselves were late

    def hear(self, text):
        return self.texts.setdefault(text, len(self.texts))

    def slack(self, begin, end):
        """How many seconds of what was measured then may be the measuring machine's own."""
        return max((seconds for t, seconds in self.lateness if begin - 1 <= t <= end + 1), default=0.0)
