"""From runs to costs: which sweep tells what, and by which causes what was used is explained."""
from dataclasses import dataclass
from typing import Callable

from harness.capacity.fit import fit


def per_second(*keys):
    return lambda run: sum(run[key] for key in keys) / run["wall_s"]


def total(*keys):
    return lambda run: sum(run[key] for key in keys)


def pings(run):
    return run["pings_per_session"] * run["sessions"] / run["wall_s"]


def changes(run):
    return run["changes"] / run["wall_s"]


def deliveries(nodes):
    """At one of the nodes."""
    return lambda run: run["changes"] * run["watchers"] / nodes / run["wall_s"]


def all_changes(run):
    """With those before the measured stretch, which Redis and PostgreSQL count as well."""
    return run["expected"] / run["watchers"]


@dataclass(frozen=True)
class Question:
    says: str
    unit: str  # of a slope, per one of its causes
    sweep: str
    used: Callable
    causes: dict


SESSION = {"session": total("sessions")}
PAIR = {"pair": lambda run: run["sessions"] / 2}
CHANGE = {"change": changes}
EVERY_CHANGE = {"change": all_changes}
DELIVERY = {"change": changes, "delivery": deliveries(1)}
DELIVERY_OF_TWO = {"change": changes, "delivery": deliveries(2)}
BYTES, SECONDS = "bytes", "seconds"

QUESTIONS = {
    "memory": Question("memory of a session", BYTES, "sessions", total("rss_after_bytes"), SESSION),
    "kernel": Question(
        "the kernel's own memory of its connection", BYTES, "sessions", lambda run: run["slab_bytes"] / 2, SESSION),  # of both ends
    "pair": Question("memory of a session here and one at another node", BYTES, "sessions of two", total("rss_after_bytes"), PAIR),
    "person": Question("memory of a person", BYTES, "people", total("rss_after_bytes"), {"person": total("people")}),
    "workspace": Question(
        "memory of a workspace, with one session", BYTES, "workspaces", total("rss_after_bytes"), {"workspace": total("workspaces")}),
    "snapshot": Question("what a session is sent at first", BYTES, "people", total("snapshot_bytes"), {"person": total("people")}),
    "open": Question("CPU of opening a session", SECONDS, "sessions", total("server_cpu_s"), SESSION),
    "open, hub": Question("of that, the hub's thread", SECONDS, "sessions", total("hub_cpu_s"), SESSION),
    "open pair": Question("hub's thread: one here and one at another node", SECONDS, "sessions of two", total("hub_cpu_s"), PAIR),
    "open, to Redis": Question("to Redis: the same", BYTES, "sessions of two", total("redis_in_bytes"), PAIR),
    "ping": Question("CPU of a ping and its answer", SECONDS, "pings", per_second("server_cpu_s"), {"ping": pings}),
    "message": Question(
        "CPU of a message to many sessions", SECONDS, "messages", lambda run: run["server_cpu_s"] / run["events"],
        {"delivery": total("watchers")}),
    "one node": Question("CPU of a change, node by itself", SECONDS, "changes", per_second("server_cpu_s"), DELIVERY),
    "one node, edge": Question("of that, the edge's thread", SECONDS, "changes", per_second("edge_cpu_s"), DELIVERY),
    "edge": Question("CPU of an edge at one of two nodes", SECONDS, "changes of two", per_second("b_edge_cpu_s"), DELIVERY_OF_TWO),
    "write, hub": Question("hub's thread, the node that writes", SECONDS, "many changes", per_second("hub_cpu_s"), CHANGE),
    "write, store": Question("store's threads, the node that writes", SECONDS, "many changes", per_second("store_cpu_s"), CHANGE),
    "follow, hub": Question("hub's thread, a node that follows", SECONDS, "many changes", per_second("b_hub_cpu_s"), CHANGE),
    "redis": Question("CPU of Redis", SECONDS, "many changes", per_second("redis_cpu_s"), CHANGE),
    "redis in": Question("to Redis", BYTES, "many changes", total("redis_in_bytes"), EVERY_CHANGE),
    "redis out": Question("from Redis, to both nodes", BYTES, "many changes", total("redis_out_bytes"), EVERY_CHANGE),
    "postgres": Question("CPU of PostgreSQL", SECONDS, "many changes", per_second("postgres_cpu_s"), CHANGE),
    "wal": Question("PostgreSQL's log", BYTES, "many changes", total("wal_bytes"), EVERY_CHANGE),
}


def costs(runs):
    """A fit for every question."""
    return {
        name: fit([run for run in runs if run["sweep"] == one.sweep], one.used, one.causes) for name, one in QUESTIONS.items()
    }


def mirrored(fits):
    """(memory, hub's CPU of opening) of a session at another node: what a pair takes more than one alone."""
    return fits["pair"]["pair"] - fits["memory"]["session"], fits["open pair"]["pair"] - fits["open, hub"]["session"]


def frame_bytes(runs):
    """How large a change is when it is told: the mean of all runs with changes."""
    sizes = [run["payload_bytes"] for run in runs if run["sweep"] == "changes"]
    return sum(sizes) / len(sizes)
