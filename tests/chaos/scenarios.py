"""What is broken, how often, and for how long: a row per scenario. All of it follows from the seed, but not how it meets the
people, who are the machine's doing.
"""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable

import world
from checker import Checker
from rig import Rig
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


SCENARIOS = {
    "kill-alone": Scenario(kill, "the only hub is killed", 100, 3, 1),
    "store-alone": Scenario(store, "the database of the only hub is cut off, silent, stuck, crashed, locked, full", 24, 6, 1),
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
