"""The figures: what the generator is told for each, and which number of its result counts.

A figure has one or more variants; each variant is measured from every server in every round.
"""
from dataclasses import dataclass

from harness.cluster import MusterPostgres
from harness.muster import FLOOR_TEAMS, FLOOR_USERS, START_EVENTS, START_WORKSPACES, Muster


@dataclass(frozen=True)
class Variant:
    label: str
    arguments: tuple
    size: int = 0  # what a figure with `growth` grows by


@dataclass(frozen=True)
class Figure:
    id: str
    title: str
    mode: str
    metric: str
    unit: str
    higher_is_better: bool
    variants: tuple
    scale: float = 1.0
    also: tuple = ()
    subjects: tuple = ("muster",)
    peers: bool = True  # whether others have anything alike
    payload: str = ""  # which of the runner's sizes the peers' messages have
    growth: str = ""  # key whose growth from the first variant to the last is told, as a power of their sizes


QUICK_DIVISOR = 5
# Steps of P7: twice as many people each time.
CROWDS = (250, 500, 1000)
SLOW_BYTES = 1400


def sized(quick, count):
    return count // QUICK_DIVISOR if quick else count


def fanout(quick, count, window):
    watchers = sized(quick, count)
    label = f"{watchers:,} sessions, " + ("one at a time" if window == 1 else f"{window} in flight")
    return Variant(label, ("--window", str(window), "--sessions", str(watchers), "--seconds", "1" if quick else "5",
                           "--warmup-seconds", "0.5" if quick else "1.5"))


def toggle(quick, count, users):
    watchers = sized(quick, count)
    return Variant(f"{watchers:,} watchers, 20 toggles/s",
                   (*users, "--sessions", str(watchers), "--rate", "20", "--seconds", "2" if quick else "10",
                    "--warmup-seconds", "1" if quick else "2"))


def sessions(quick, warmup, *more):
    count = sized(quick, 10000)
    return Variant(f"{count:,} sessions", ("--sessions", str(count), "--warmup-sessions", str(sized(quick, warmup)), *more))


def commands(quick, label, sessions, window):
    return Variant(label, ("--sessions", str(sessions), "--window", str(window), "--users", str(FLOOR_USERS), "--teams",
                           str(FLOOR_TEAMS), "--seconds", "1" if quick else "4", "--warmup-seconds", "0.5" if quick else "1"))


def commands_at_rate(quick):
    return Variant(f"{FLOOR_TEAMS} dispatchers, {Muster.assignments_per_s:,}/s; {MusterPostgres.title}: "
                   f"{MusterPostgres.assignments_per_s:,}/s",
                   ("--sessions", str(FLOOR_TEAMS), "--users", str(FLOOR_USERS), "--teams", str(FLOOR_TEAMS), "--window", "64",
                    "--seconds", "1" if quick else "5", "--warmup-seconds", "0.5" if quick else "1"))


def storm(quick, staying, users):
    lost = sized(quick, 10000)
    more = () if staying else ("--restart", "yes")
    return Variant(f"{lost:,} sessions", (*users, *more, "--sessions", str(lost + staying), "--staying", str(staying),
                                          "--concurrency", "1000", "--seconds", "2" if quick else "5"))


def crowd(quick, people):
    count = sized(quick, people)
    return Variant(f"{count:,} people within 5 s", ("--sessions", str(count), "--users", str(count), "--seconds", "5"), count)


def slow(quick):
    count = sized(quick, 5000)
    return Variant(f"{count:,} sessions, {count // 10:,} of them stop reading, 20 messages/s of {SLOW_BYTES:,} bytes",
                   ("--sessions", str(count), "--staying", str(count // 10), "--rate", "20", "--payload-bytes",
                    str(SLOW_BYTES), "--seconds", "5" if quick else "20"))


def silent(quick):
    return Variant(f"{sized(quick, 1000):,} sessions", ("--sessions", str(sized(quick, 1000)), "--seconds", "1" if quick else "5"))


def figures(options):
    """All figures for these command line options, in the order they are taken and shown."""
    quick = options.quick
    users = ("--users", str(options.users))
    window = ("--seconds", "6" if quick else str(options.idle_seconds))
    return (
        Figure("P1", "Fan-out of a 200-byte event", "fanout", "deliveries_per_cpu_s", "deliveries per server CPU second", True,
               tuple(fanout(quick, count, flying) for count in (1000, 5000) for flying in (1, 32)),
               also=("deliveries_per_s",)),
        Figure("P2", "Memory of an idle, signed-in, watching session", "memory", "pss_bytes_per_session", "kB per session",
               False, (sessions(quick, 200, *users),), scale=1 / 1000, also=("rss_bytes_per_session",)),
        Figure("P3", "From a toggle to every watcher", "toggle", "p99_ms", "ms, 99th percentile", False,
               (toggle(quick, options.watchers, users),),
               also=("p50_ms", "payload_bytes", "server_cpu_share", "received", "expected"), payload="change"),
        Figure("P4", "From a toggle at one node to every watcher at the other, through Redis", "toggle", "p99_ms",
               "ms, 99th percentile", False, (toggle(quick, options.watchers, users),),
               also=("p50_ms", "node_a_p50_ms", "node_a_p99_ms", "payload_bytes", "server_cpu_share", "redis_cpu_share",
                     "postgres_cpu_share", "received", "expected"),
               peers=False, payload="change_across",
               subjects=("muster-cluster", "socketio-cluster", "centrifugo-cluster", "nchan-cluster")),
        Figure("P5", "Connect, sign in, take the snapshot", "connect", "sessions_per_cpu_s",
               "sessions per server CPU second", True, (sessions(quick, 1000, *users),),
               also=("sessions_per_s", "snapshot_bytes"), subjects=("muster", "muster-eddsa")),
        Figure("P8", "Durable assignments by command", "assign", "commands_per_s", "assignments per second", True,
               (commands(quick, f"{FLOOR_TEAMS} dispatchers, 64 in flight each", FLOOR_TEAMS, 64),),
               also=("events_per_commit", "commits_per_s", "p50_ms", "p99_ms", "server_cpu_share", "postgres_cpu_share"),
               peers=False, subjects=("muster", "muster-postgres", "store-single", "store-batch")),
        Figure("P8-rate", "Answer to a durable assignment, so many a second", "assign-rate", "p99_ms", "ms, 99th percentile",
               False, (commands_at_rate(quick),),
               also=("p50_ms", "commands_per_s", "events_per_commit", "commits_per_s", "server_cpu_share",
                     "postgres_cpu_share"), peers=False, subjects=("muster", "muster-postgres")),
        Figure("P8-hub", "Durable assignments by the hub, from the platform's put to the agent", "route", "commands_per_s",
               "conversations per second", True,
               (commands(quick, f"{FLOOR_USERS - FLOOR_TEAMS} agents, {FLOOR_TEAMS} teams, 32 in flight each", FLOOR_USERS, 32),),
               also=("events_per_commit", "commits_per_s", "p50_ms", "p99_ms"), peers=False),
        Figure("P9", "Idle cost of sessions with pings", "idle", "server_cpu_percent", "% of a core", False,
               (sessions(quick, 200, *users, *window),), also=("pings_per_session",)),
        Figure("P6", "Reconnect storm: all sessions are lost at once and come back", "storm", "back_s", "s until all are back",
               False, (storm(quick, 100, users),),
               also=("people_shown_offline", "missed_messages_got", "resumed", "refused", "rss_growth_percent",
                     "others_p99_before_ms", "others_p99_ms", "server_cpu_s"),
               peers=False, subjects=("muster", "uws", "ws", "socketio-recovery", "centrifugo")),
        Figure("P6-restart", "The same when the server is killed and started again", "storm", "back_s", "s until all are back",
               False, (storm(quick, 0, users),),
               also=("people_shown_offline", "missed_messages_got", "resumed", "refused", "rss_after_bytes", "server_cpu_s"),
               peers=False, subjects=("muster", "uws", "ws", "socketio-recovery", "centrifugo")),
        Figure("P7", "Presence storm: everybody changes status, everybody watches", "crowd", "frames_per_watcher",
               "frames per watcher", False, tuple(crowd(quick, people) for people in CROWDS),
               also=("megabytes", "server_cpu_s", "cpu_without_bytes_s", "wall_s", "received", "expected"),
               payload="change", growth="cpu_without_bytes_s"),
        Figure("P10", "Start until ready, with a long log", "start", "ready_s", "s until /readyz says so", False,
               (Variant(f"{START_WORKSPACES:,} workspaces, 50 people each, {START_EVENTS:,} events", ()),),
               also=("first_answer_p50_ms", "first_answer_p99_ms", "all_answered_s", "rss_bytes"), peers=False,
               subjects=("muster-loaded",)),
        Figure("R4", "A client is gone without a word: until the server ends the connection", "silent", "noticed_last_s",
               "s until the last of them is noticed", False, (silent(quick),), also=("noticed", "noticed_p50_s"), peers=False,
               subjects=("muster", "muster-mobile", "uws", "ws", "socketio", "centrifugo")),
        Figure("R6", "Slow readers: what they do to the others", "slow", "p99_ratio",
               "99th percentile of those who read, against that when all read", False, (slow(quick),),
               also=("p99_before_ms", "p99_ms", "kb_kept_per_slow", "left_out_per_slow", "slow_ended", "received", "expected"),
               peers=False, subjects=("muster", "uws", "ws", "socketio", "centrifugo")),
    )
