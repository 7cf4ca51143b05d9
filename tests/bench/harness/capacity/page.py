"""docs/capacity.md: every number in it is measured, reckoned from what was measured, or shown as an assumption."""
from dataclasses import replace
from statistics import median

from harness.capacity.costs import BYTES, QUESTIONS, SECONDS, costs, frame_bytes, mirrored
from harness.capacity.fit import BASE
from harness.capacity.model import GIB, SAYS, Assumed, Cell, Day
from harness.summary import DISTURBED

MILLION = 1_000_000
SIZES = (1000, 10_000, 100_000, MILLION)
NODES_OF_A_CELL = 4
FEWEST_NODES = 2  # so that one may fail
WITH_BASE = ("memory", "message", "snapshot")  # where what there is besides the slope matters
EXAMPLE = {"people": 2000, "workspace_people": 200, "changes": 4, "messages": 40}


# ---- numbers as text ----


def plain(value):
    """Three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        digits = len(f"{abs(value):.0f}")
        return f"{round(value, 3 - digits):,.0f}"
    return f"{value:.3g}"


def size(value):
    for unit, name in ((GIB, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if abs(value) >= unit:
            return f"{plain(value / unit)} {name}"
    return f"{plain(value)} B"


def amount(value, unit):
    """(what a unit is, its name): one that suits the value."""
    if unit == SECONDS:
        return 1e-6, "µs"
    return (1024, "KiB") if abs(value) >= 1024 else (1, "B")


def exactly(cost, unit):
    scale, name = amount(cost.value, unit)
    return f"{plain(max(0.0, cost.value) / scale)} {name}"


def measured(cost, unit):
    scale, name = amount(cost.value, unit)
    return f"{plain(cost.value / scale)} ± {plain(cost.error / scale)} {name}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


# ---- tables ----


def cost_rows(fits):
    for name, question in QUESTIONS.items():
        for cause in [*question.causes, *([BASE] if name in WITH_BASE else [])]:
            per = "besides" if cause == BASE else f"per {cause}"
            yield question.says, per, measured(fits[name][cause], question.unit), f"{fits[name].r2:.3f}", question.sweep


def assumption_rows(assumed):
    return [(f"`{name}`", plain(getattr(assumed, name)), says) for name, says in SAYS.items()]


def limit_rows(cells):
    names = cells[0].limits()
    ordered = sorted(names, key=lambda name: names[name])
    return [(name, *(f"{plain(cell.limits()[name])}" for cell in cells)) for name in ordered]


def nodes_for(people, make):
    """The smallest set-up that holds them: (cells, a cell)."""
    for nodes in range(FEWEST_NODES, NODES_OF_A_CELL + 1):
        cell = make(nodes)
        if cell.people() >= people:
            return 1, cell
    cell = make(NODES_OF_A_CELL)
    return -int(-people // cell.people()), cell


def size_row(people, make):
    cells, cell = nodes_for(people, make)
    share, each = people / cells, cell.assumed
    memory = cell.base_bytes + share * cell.bytes
    return (
        plain(people), cells, cells * cell.nodes, f"{plain(share * cell.hub)} + {plain(share * cell.others)}", size(memory / each.used),
        f"{plain(share * cell.sent * 8 / 1e6)} Mbit/s", plain(share * cell.events), f"{plain(share * cell.redis)}",
        f"{plain(share * cell.redis_sent * 8 / 1e6)} Mbit/s", f"{plain(share * cell.postgres)}", f"{size(share * cell.wal)}/s", cell.first(),
    )


SIZE_HEAD = (
    "people", "cells", "nodes in all", "cores of a node: hub + others", "memory of a node", "sent by a node", "durable events/s of a cell",
    "cores of its Redis", "sent by its Redis", "cores of its PostgreSQL", "its log", "what comes first",
)


def machine_text(results):
    machine = results["machine"]
    disturbed = sum(run["foreign_share"] > DISTURBED for run in results["runs"])
    text = (
        f"Measured {results['date']} at {results['commit']} on {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}: {len(results['runs'])} runs, a fresh server each."
    )
    if results["quick"]:
        text += " **The runs were shortened: not for publication.**"
    if disturbed:
        text += (
            f" **In {disturbed} of them other programs took more than {100 * DISTURBED:.0f} % of the machine,"
            f" {100 * median(run['foreign_share'] for run in results['runs']):.0f} % at the median:"
            " take these numbers for a rough guide.**"
        )
    return text


# ---- the page ----

TEXT = """# Capacity

What a connection, a change and a message cost, what that makes of a million people, and how to size a set-up of one's own.
`./dev capacity` measures, keeps the runs in [tests/bench/kept/capacity.json](../tests/bench/kept/capacity.json) and writes
this page: don't edit it. Each number is measured, reckoned from measured ones, or in the table of assumptions.

{machine}

## What things cost

Server and generator have a core each; all nodes, Redis and PostgreSQL share the server's. CPU is user and system time by the
kernel's clocks, the server's side of loopback TCP included. A slope is fitted by least squares over runs that differ in the cause
and is given with its standard error; R² says how much of the differences it explains.

{costs}

A change is a `presence.set`: one command, one durable event, one message on the bus, told to everybody who watches. Several in a
commit and in a frame are cheaper: the rows of `many changes` are from {rates} a second. Every other durable event is taken for one
of these. People here are there with a session. A negative slope drowns in noise and is reckoned with as nothing.

## What is assumed

{assumptions}

So in the busiest second a person causes {events} durable events and {deliveries} frames to others.

## One million connected people

{million_text}

{million}

How many people each limit allows in a cell, at a part of {used} of everything used, the first limit first: with a Redis, with four
of them, and with twice the nodes:

{limits}

- **Nodes.** Sessions spread, but what is known does not: each node of a cell follows every event of every workspace that has
  sessions there, and knows of everybody's sessions. With people of each workspace on all nodes, the hub's thread of each node
  pays for all events of the cell ({follow} for one that it follows, {write} for one that it writes). However many nodes there are, a
  cell ends at {most_people} people.
- **Redis.** A message is said once and sent to every node of the cell, so what Redis sends grows with events × nodes. Several
  servers in `--bus redis://r1,r2,…` share the workspaces by rendezvous hashing: CPU and network of each fall in proportion, and
  when one is lost its workspaces move to the next; nothing else moves. Only a single workspace is bound to what one server can do.
- **PostgreSQL.** The log has one writer at a time for each workspace and commits what is there together, but all workspaces of a
  cell share the server. It is not sharded: more than {pg_people} people need a PostgreSQL per cell.
- **Cells.** Workspaces share nothing, so a cell (some nodes, a Redis, a PostgreSQL, a name that clients connect to) can hold any part
  of them, and cells know nothing of each other. Which workspace is where is for your sign-in page to know. All limits above are
  those of one cell; the number of cells is the only thing that grows without end.

## Your own

1. Count people who are there at the same time, and how large a workspace is.
2. Take your own rates for the assumptions: durable events per person and hour, and how many sessions hear of one.
3. hub's thread = events/s × ({write} ÷ nodes + {follow} × (nodes − 1) ÷ nodes); below {used_percent} % of a core.
4. edges = frames/s × {delivery} + sessions ÷ ping interval × {ping}; a core for each {used_percent} % of that, over all nodes.
5. memory of a node = {base} + its sessions × ({session} + {kernel}) + sessions elsewhere × {mirror} + people × {person} + workspaces × {workspace}.
6. Two nodes at least, each of which can carry all alone, if one may fail unnoticed.

For example {example_people} people in workspaces of {example_workspace}, {example_changes} changes and {example_messages} other events an hour each, at
two nodes: {example_events} durable events/s and {example_frames} frames/s at the peak, {example_hub} of a core for each hub's thread, {example_others}
for its edges and store, {example_memory} of memory for each node, {example_redis} of a core for Redis, {example_postgres} for PostgreSQL.

With the assumptions above, the smallest set-up of cells of {fewest} to {nodes} nodes (memory at a part of {used} used):

{sizes}

## What this doesn't say

- One machine, loopback: real network cards cost interrupts and save the copy; other cores are faster or slower. Measure yours.
- Straight lines: what is measured with thousands of sessions and hundreds of changes a second is reckoned on to a million. Caches
  that overflow, disks that stall and storms of people who come back are not in it: leave room.
- TLS is the proxy's, and costs there.
- PostgreSQL's disk here is that of the machine; how fast yours makes a commit durable bounds how long a change takes, not how many.
"""


def costs_said(fits):
    """The costs that the text names."""
    named = {
        "follow": ("follow, hub", "change"), "write": ("write, hub", "change"), "delivery": ("edge", "delivery"), "ping": ("ping", "ping"),
        "base": ("memory", BASE), "session": ("memory", "session"), "kernel": ("kernel", "session"), "person": ("person", "person"),
        "workspace": ("workspace", "workspace"),
    }  # fmt: skip
    said = {word: exactly(fits[name][cause], QUESTIONS[name].unit) for word, (name, cause) in named.items()}
    return {**said, "mirror": exactly(mirrored(fits)[0], BYTES)}


def example_said(make):
    given = replace(Assumed(), **{name: value for name, value in EXAMPLE.items() if name != "people"})
    cell, day, people = make(FEWEST_NODES, given=given), Day(given), EXAMPLE["people"]
    values = {
        "people": people, "workspace": given.workspace_people, "changes": given.changes, "messages": given.messages,
        "events": people * day.events, "frames": people * day.deliveries, "hub": people * cell.hub, "others": people * cell.others,
        "redis": people * cell.redis, "postgres": people * cell.postgres,
    }  # fmt: skip
    said = {f"example_{name}": plain(value) for name, value in values.items()}
    return {**said, "example_memory": size(cell.base_bytes + people * cell.bytes)}


def million_said(assumed, make):
    cells, cell = nodes_for(MILLION, make)
    day, nodes = Day(assumed), cells * cell.nodes
    return (
        f"{cells} cells of {cell.nodes} nodes, each with a PostgreSQL and a Redis of its own: {nodes} nodes of "
        f"{plain(assumed.node_cores)} cores and {plain(assumed.node_gib)} GiB, of which {plain(MILLION * (cell.hub + cell.others) * cell.nodes)} "
        f"cores are busy at the peak. All of them together commit {plain(MILLION * day.events)} durable events a second and send "
        f"{plain(MILLION * day.deliveries)} frames, {plain(MILLION * cell.sent * cell.nodes * 8 / 1e9)} Gbit/s. A cell holds "
        f"{plain(cell.people())} people; what limits it first: {cell.first()}."
    )


def limits_table(make):
    cells = (make(NODES_OF_A_CELL), make(NODES_OF_A_CELL, 4), make(2 * NODES_OF_A_CELL))
    head = ("limit", f"{NODES_OF_A_CELL} nodes, a Redis", f"{NODES_OF_A_CELL} nodes, 4 Redis", f"{2 * NODES_OF_A_CELL} nodes, a Redis")
    return table(head, limit_rows(cells))


def write(results):
    """The page, from results as they are kept."""
    runs = results["runs"]
    fits, frame, assumed = costs(runs), frame_bytes(runs), Assumed()
    day = Day(assumed)

    def make(nodes, redis=1, given=assumed):
        return Cell(fits, frame, given, nodes, redis)

    endless = make(1000)
    return TEXT.format(
        machine=machine_text(results),
        costs=table(("what", "", "cost", "R²", "from"), cost_rows(fits)),
        rates=" to ".join(str(pick(run["rate"] for run in runs if run["sweep"] == "many changes")) for pick in (min, max)),
        assumptions=table(("", "", "what it is"), assumption_rows(assumed)),
        events=plain(day.events), deliveries=plain(day.deliveries), nodes=NODES_OF_A_CELL, fewest=FEWEST_NODES, used=plain(assumed.used),
        used_percent=plain(100 * assumed.used),
        million_text=million_said(assumed, make),
        million=table(SIZE_HEAD, [size_row(MILLION, make)]),
        limits=limits_table(make),
        most_people=plain(endless.limits()["hub's thread of a node"]),
        pg_people=plain(min(endless.limits()[name] for name in ("cores of PostgreSQL", "log of PostgreSQL"))),
        sizes=table(SIZE_HEAD, [size_row(people, make) for people in SIZES]),
        **costs_said(fits), **example_said(make),
    )  # fmt: skip
