"""What is broken, how often, and for how long: a row per scenario. All of it follows from the seed, but not how it meets the
people, who are the machine's doing.
"""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable

import world
from checker import Checker
from people import Agent
from rig import WORKSPACES, Rig
from world import Load

CALM_SECONDS = 1.5  # between two faults, at most, besides what it takes to recover
SHORT_LOAD = {"agents": 16, "publish_seconds": 0.2}


async def calm(chance):
    await asyncio.sleep(chance.uniform(0.3, 1.0) * CALM_SECONDS)


async def kill(run, times, short):
    """A hub is killed under load and started again after a while. Where there is another one, all is well without it."""
    chance = run.chance("kill")
    alone = len(run.rig.names) == 1
    for number in range(times):
        await calm(chance)
        name = chance.choice(run.rig.names)
        down_seconds = chance.choice((0.0, 0.3, 1.0))
        async with run.fault("kill", name) as fault:
            await run.do(run.rig.kill, name)
            if alone:
                await asyncio.sleep(down_seconds)
                await run.do(run.rig.again, name)
        await run.recover("killed", fault.until)
        if not alone:
            await asyncio.sleep(down_seconds)
            await run.do(run.rig.again, name)
        run.note(f"{name} was killed and is back, {number + 1} of {times}")


# ---- the store ----


@contextlib.asynccontextmanager
async def store_cut(run):
    await run.do(run.rig.proxy_all, "cut", "store")
    yield
    await run.do(run.rig.proxy_all, "heal", "store")


@contextlib.asynccontextmanager
async def store_silent(run):
    await run.do(run.rig.proxy_all, "set", "store", mode="swallow")
    yield
    await run.do(run.rig.proxy_all, "heal", "store")


@contextlib.asynccontextmanager
async def store_stuck(run):
    await run.do(run.rig.proxy_all, "set", "store", mode="hold")
    yield
    await run.do(run.rig.proxy_all, "heal", "store")


@contextlib.asynccontextmanager
async def store_crashed(run):
    await run.do(run.rig.postgres.does, "kill")
    yield
    await run.do(run.rig.postgres.does, "again")


@contextlib.asynccontextmanager
async def store_locked(run):
    let_go = await run.do(run.rig.hold_table)
    yield
    await run.do(let_go)


@contextlib.asynccontextmanager
async def store_full(run):
    await run.do(run.rig.fill_disk)
    yield
    await run.do(run.rig.empty_disk)


STORE_FAULTS = (store_cut, store_silent, store_stuck, store_crashed, store_locked, store_full)


async def store(run, times, short):
    """The database is gone in one way after the other."""
    chance = run.chance("store")
    for number in range(times):
        breaking = STORE_FAULTS[number % len(STORE_FAULTS)]
        name = breaking.__name__.removeprefix("store_")
        await calm(chance)
        seconds = chance.uniform(1.0, 3.0) if short else chance.uniform(1.0, 8.0)
        async with run.fault(f"store {name}") as fault, breaking(run):
            fault.bites()
            await asyncio.sleep(seconds)
            fault.heals()
        await run.recover(f"store {name}", fault.until)
        run.note(f"the store was {name} for {seconds:.1f} s, {number + 1} of {times}")


# ---- the bus ----

BUS_FAULTS = {"cut": {}, "silent": {"mode": "swallow"}, "stuck": {"mode": "hold"}, "slow": {"delay_ms": 700}}


@contextlib.asynccontextmanager
async def bus_fault(run, name, nodes=None):
    """On the way of all hubs to Redis, or of some."""
    for node in nodes or run.rig.names:
        await run.do(run.rig.proxy, "cut" if name == "cut" else "set", "bus", node, **BUS_FAULTS[name])
    yield
    for node in nodes or run.rig.names:
        await run.do(run.rig.proxy, "heal", "bus", node)


async def bus(run, times, short):
    """Redis is away: writes go on, and whoever is on another hub hears of them from the log."""
    chance = run.chance("bus")
    seconds = 5 if short else 60
    for number in range(times):
        name = list(BUS_FAULTS)[number % 3]
        await calm(chance)
        async with run.fault(f"bus {name}") as fault, bus_fault(run, name):
            await asyncio.sleep(1)
            await run.recover(f"bus {name}, meanwhile", time.monotonic())
            await asyncio.sleep(max(0.0, fault.since + seconds - time.monotonic()))
        await run.recover(f"bus {name}, after", fault.until)
        run.note(f"the bus was {name} for {seconds} s, {number + 1} of {times}")


# ---- hubs that stand still, and hubs that are replaced ----


async def freeze(run, times, short):
    """A hub stands still for longer than its lease: the others take over, and it writes nothing before it has a seat again."""
    chance = run.chance("freeze")
    seconds = 6 if short else 20
    for number in range(times):
        await calm(chance)
        name = chance.choice(run.rig.names)
        async with run.fault("freeze", name) as fault:
            await run.do(run.rig.freeze, name)
        await run.recover("frozen", fault.since)
        await asyncio.sleep(max(0.0, fault.since + seconds - time.monotonic()))
        async with run.fault("thaw") as fault:
            await run.do(run.rig.thaw, name)
        await run.recover("thawed", fault.since)
        run.note(f"{name} stood still for {seconds} s, {number + 1} of {times}")


async def roll(run, times, short):
    """Each hub in turn is ended as its operator would and started again. That is no fault: nothing of it may be seen."""
    chance = run.chance("roll")
    for number in range(times):
        for name in run.rig.names:
            await calm(chance)
            since = time.monotonic()
            code = await run.do(run.rig.drain, name)
            if code:
                run.evidence.complaints.append(f"{name} ended with {code}")
            run.evidence.recoveries.append(("drained", time.monotonic() - since))
            await run.do(run.rig.again, name)
            await run.recover("drained and back", since)
        run.note(f"all hubs were replaced, {number + 1} of {times}")


# ---- rights ----


async def rights(run, times, short):
    """Roles change, people are deactivated, sessions are revoked; every third time without the bus."""
    chance = run.chance("rights")
    agents = [one for one in run.people if isinstance(one, Agent) and one.workspace == WORKSPACES[0]]
    for number in range(times):
        await calm(chance)
        if number % 3 < 2:
            await change_rights(run, chance, agents, False)
            continue
        async with run.fault("bus cut"), bus_fault(run, "cut"):
            await asyncio.sleep(1)  # until all have noticed
            await change_rights(run, chance, agents, True)
            await asyncio.sleep(5)


async def change_rights(run, chance, agents, without_bus):
    """One person each; afterwards things are as they were."""
    promoted, deactivated, revoked = chance.sample([one for one in agents if one.there.is_set()], 3)
    roles = f"/v1/users/{promoted.id}/roles"
    await run.change(
        "a new role", promoted.id, "permissions.changed", "PUT", roles, {"roles": ["agent", "speaker"]}, without_bus=without_bus
    )
    run.expelled |= {deactivated.id, revoked.id}
    await run.change(
        "deactivation", deactivated.id, 4004, "POST", f"/v1/users/{deactivated.id}/deactivate", {}, without_bus=without_bus
    )
    await run.change("revocation", revoked.id, 4003, "DELETE", f"/v1/users/{revoked.id}/sessions", without_bus=without_bus)
    await asyncio.sleep(5 if without_bus else 2)  # a token made within the second of the revocation is no good either
    await run.change(
        "an old role", promoted.id, "permissions.changed", "PUT", roles, {"roles": ["agent"]}, without_bus=without_bus
    )
    await run.insist(WORKSPACES[0], "POST", f"/v1/users/{deactivated.id}/reactivate", {})
    await asyncio.sleep(3 if without_bus else 0.5)  # until every hub knows
    for one in (deactivated, revoked):
        run.let_back(one)
    await run.all_there()


# ---- all of it ----


@contextlib.asynccontextmanager
async def way_fault(run, kind, node, **how):
    await run.do(run.rig.proxy, "set", kind, node, **how)
    yield
    await run.do(run.rig.proxy, "heal", kind, node)


async def some_fault(run, chance):
    """One thing breaks for a while."""
    node = chance.choice(run.rig.names)
    seconds = chance.uniform(0.5, 5.0)
    way = chance.choice(("up", "down", "both"))
    mode = chance.choice(("hold", "swallow"))
    what = chance.choice(("kill", "freeze", "bus", "bus one", "store one", "client", "client slow", "store", "store slow"))
    with_node = node if what in ("kill", "freeze") else None
    async with run.fault(what if what != "client" else "clients", with_node) as fault:
        if what == "kill":
            await run.do(run.rig.kill, node)
            await asyncio.sleep(seconds / 5)
            await run.do(run.rig.again, node)
        elif what == "freeze":
            await run.do(run.rig.freeze, node)
            await asyncio.sleep(seconds * 2)
            await run.do(run.rig.thaw, node)
        else:
            breaking = {
                "bus": lambda: bus_fault(run, chance.choice(list(BUS_FAULTS))),
                "bus one": lambda: bus_fault(run, chance.choice(list(BUS_FAULTS)), [node]),
                "store one": lambda: way_fault(run, "store", node, way=way, mode=mode),
                "client": lambda: way_fault(run, "client", node, way=way, mode=mode),
                "client slow": lambda: way_fault(run, "client", node, way=way, delay_ms=300, bytes_per_second=20_000),
                "store": lambda: chance.choice(STORE_FAULTS)(run),
                "store slow": lambda: way_fault(run, "store", node, way=way, delay_ms=chance.choice((20, 200))),
            }[what]
            async with breaking():
                await asyncio.sleep(seconds)
    return what, fault


async def mixed(run, times, short):
    """Whatever the seed says, one after the other."""
    chance = run.chance("mixed")
    for number in range(times):
        await calm(chance)
        what, fault = await some_fault(run, chance)
        await run.recover(what, fault.until)
        run.note(f"{what}, {number + 1} of {times}")


@dataclasses.dataclass(frozen=True)
class Scenario:
    play: Callable
    help: str
    times: int
    short_times: int
    nodes: int
    load: dict = dataclasses.field(default_factory=dict)
    short_load: dict = dataclasses.field(default_factory=dict)
    witness: bool = False
    client_proxies: bool = True


CROWD = {
    "agents": 5000, "speakers": 1, "platforms": 1, "publish_seconds": 1.0, "choose_seconds": 600.0, "wander_seconds": None,
    "open_seconds": 15.0,
}  # fmt: skip
QUIET = {"wander_seconds": None}

SCENARIOS = {
    "kill-alone": Scenario(kill, "the only hub is killed", 100, 3, 1),
    "store-alone": Scenario(store, "the database of the only hub is cut off, silent, stuck, crashed, locked, full", 24, 6, 1),
    "kill": Scenario(kill, "one of two hubs is killed", 100, 3, 2),
    "bus": Scenario(bus, "Redis is away for a minute", 20, 2, 2),
    "freeze": Scenario(freeze, "one of two hubs stands still for 20 seconds", 50, 2, 2, witness=True),
    "roll": Scenario(roll, "two hubs are replaced one after the other", 3, 1, 2, load=CROWD, client_proxies=False),
    "store": Scenario(store, "the database of two hubs is cut off, silent, stuck, crashed, locked, full", 24, 6, 2),
    "rights": Scenario(rights, "roles change, people are deactivated, sessions are revoked", 60, 3, 2, load=QUIET),
    "mixed": Scenario(mixed, "one fault after the other, of all kinds", 50, 5, 2, witness=True),
}


def run(scenario, directory, seed, times, *, short=False, agents=None, say=print):
    """Play it; the evidence."""
    load = {**scenario.load, **({**SHORT_LOAD, **scenario.short_load} if short else {}), **({"agents": agents} if agents else {})}
    rig = Rig(directory, scenario.nodes, client_proxies=scenario.client_proxies, witness=scenario.witness)

    async def play(one, count):
        await scenario.play(one, count, short)

    return world.run(rig, seed, Load(**load), play, times, say)


def check(evidence):
    return Checker(evidence).check()
