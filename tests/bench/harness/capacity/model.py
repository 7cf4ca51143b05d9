"""Reckons from measured costs and an assumed day what so many people take: `Cell` is a few nodes with a Redis and a PostgreSQL."""
from dataclasses import dataclass, fields

from harness.capacity.costs import mirrored
from harness.capacity.fit import BASE

HOUR = 3600
GIB = 1 << 30


@dataclass(frozen=True)
class Assumed:
    """What people do and what machines are like. None of it is measured."""

    workspace_people: float = 500
    sessions: float = 1.2
    phones: float = 0.2
    changes: float = 6
    messages: float = 60
    audience: float = 5
    opens: float = 1
    peak: float = 3
    ping_seconds: float = 25
    phone_ping_seconds: float = 10
    frame_head: float = 60
    node_cores: float = 4
    node_gib: float = 16
    postgres_cores: float = 8
    postgres_wal: float = 200e6
    network: float = 1.25e9
    used: float = 0.5


SAYS = {
    "workspace_people": "people in a workspace, all of whom see each other's presence",
    "sessions": "sessions of a person who is there",
    "phones": "how many of them are a phone's",
    "changes": "changes of a person's presence in an hour",
    "messages": "other durable events in an hour for each person",
    "audience": "sessions that such an event goes to",
    "opens": "sessions that a person opens in an hour",
    "peak": "the busiest minute against the mean",
    "ping_seconds": "seconds between pings (the default of `ping_interval_ms`)",
    "phone_ping_seconds": "the same for phones (the default of `mobile_ping_interval_ms`)",
    "frame_head": "bytes around a frame on the wire: WebSocket, TCP, IP",
    "node_cores": "cores of a node: one for the hub's thread, the rest for edges and store",
    "node_gib": "GiB of memory of a node",
    "postgres_cores": "cores of PostgreSQL",
    "postgres_wal": "bytes per second that PostgreSQL's disk takes for its log",
    "network": "bytes per second of a network card",
    "used": "how much of a core, a disk, a card or of memory is used at the peak",
}
assert set(SAYS) == {field.name for field in fields(Assumed)}


class Day:
    """What a person causes in a second of the busiest minute."""

    def __init__(self, assumed):
        a = self.assumed = assumed
        busy = a.peak / HOUR
        self.changes = a.changes * busy
        self.events = (a.changes + a.messages) * busy
        self.opens = a.opens * busy
        self.deliveries = self.changes * a.workspace_people * a.sessions + a.messages * busy * a.audience
        self.pings = (a.sessions - a.phones) / a.ping_seconds + a.phones / a.phone_ping_seconds


class Cell:
    """`nodes` nodes that share a PostgreSQL and `redis` Redis servers; what each person in it takes of each of them."""

    def __init__(self, costs, frame_bytes, assumed, nodes, redis=1):
        def cost(name, cause):
            return max(0.0, costs[name][cause].value)

        a, day = assumed, Day(assumed)
        here, elsewhere = 1 / nodes, 1 - 1 / nodes
        frame = frame_bytes + a.frame_head
        mirror, opened = (max(0.0, each.value) for each in mirrored(costs))
        self.assumed, self.nodes = a, nodes
        self.base_bytes = cost("memory", BASE)
        self.hub = (
            day.events * (here * cost("write, hub", "change") + elsewhere * cost("follow, hub", "change"))
            + day.opens * (here * cost("open, hub", "session") + elsewhere * opened)
        )
        opening = cost("open", "session") - cost("open, hub", "session")
        self.others = here * (
            day.deliveries * cost("edge", "delivery") + day.pings * cost("ping", "ping") + day.opens * opening
            + day.events * cost("write, store", "change")
        )
        self.bytes = (
            a.sessions * (here * (cost("memory", "session") + cost("kernel", "session")) + elsewhere * mirror)
            + cost("person", "person") + cost("workspace", "workspace") / a.workspace_people
        )
        snapshot = cost("snapshot", BASE) + a.workspace_people * cost("snapshot", "person")
        self.sent = here * (day.deliveries * frame + day.opens * snapshot + day.pings * a.frame_head)
        self.redis = day.events * cost("redis", "change") / redis
        self.redis_sent = day.events * cost("redis out", "change") / 2 * nodes / redis
        self.postgres = day.events * cost("postgres", "change")
        self.wal = day.events * cost("wal", "change")
        self.events = day.events

    def limits(self):
        """{resource: so many people at the most}."""
        a = self.assumed
        within = {
            "hub's thread of a node": (1, self.hub),
            "other cores of a node": (a.node_cores - 1, self.others),
            "memory of a node": (a.node_gib * GIB - self.base_bytes / a.used, self.bytes),
            "network of a node": (a.network, self.sent),
            "one core of a Redis": (1, self.redis),
            "network of a Redis": (a.network, self.redis_sent),
            "cores of PostgreSQL": (a.postgres_cores, self.postgres),
            "log of PostgreSQL": (a.postgres_wal, self.wal),
        }
        return {name: a.used * have / each for name, (have, each) in within.items() if each > 0}

    def people(self):
        """What the first limit allows."""
        return min(self.limits().values())

    def first(self):
        limits = self.limits()
        return min(limits, key=limits.get)
