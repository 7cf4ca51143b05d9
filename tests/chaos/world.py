"""A run: the people at work on a rig, while something is broken, and what is left of it in the end."""

import asyncio
import contextlib
import dataclasses
import random
import time

import rig as rigs
import tokens
from evidence import Change, Evidence, Fault
from jobs import Jobs
from people import Agent, Gone, Lead, Platform, Refused, Speaker, Watcher, publish

CATCH_UP_SECONDS = 20
LATE_SECONDS = 0.1  # a lateness of the people themselves that is worth a note
WAVE = 100  # people who come in together
TEAMS = ("support", "sales")
ROLES = {
    "agent": ["presence.self", "conversations.view:own", "conversations.reply", "conversations.assign_self"],
    "analyst": ["analytics.read"],
    "speaker": ["presence.self", "events.publish"],
    "lead": [
        "presence.self", "presence.view:all", "conversations.view:all", "conversations.reply", "conversations.assign_others",
        "analytics.read",
    ],
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Load:
    """How many there are, and after how many seconds on average each does the next thing; None: never."""

    agents: int = 40
    leads: int = 4
    speakers: int = 2
    platforms: int = 2
    publish_seconds: float | None = 0.1
    choose_seconds: float | None = 3.0
    wander_seconds: float | None = 8.0
    put_seconds: float | None = 0.5
    assign_seconds: float | None = 0.5
    open_seconds: float = 3.0  # how long a client waits to be let in before it tries again


class World(Jobs):
    def __init__(self, rig, seed, load, say=print):
        self.rig = rig
        self.seed = seed
        self.load = load
        self.say = say
        self.began = time.monotonic()
        self.evidence = Evidence(seed=seed, times=dict(rigs.TIMES))
        super().__init__(self.evidence.complaints)
        self.resting = False
        self.resting_board = False
        self.people = []
        self.platforms = []
        self.agents = {}
        self.conversations = {workspace: [] for workspace in rigs.WORKSPACES}
        self.late_ms = 0.0
        self.expelled = set()  # who is sent away, and doesn't come back before they may

    def chance(self, *what):
        """Numbers of somebody's own, so that nobody's run depends on when others draw."""
        return random.Random("/".join(map(str, (self.seed, *what))))

    def note(self, text):
        self.say(f"{time.monotonic() - self.began:7.1f} s  {text}")

    # ---- what people ask for ----

    @property
    def port(self):
        return self.rig.port

    @property
    def keys(self):
        return {workspace: self.rig.secrets[workspace]["key"] for workspace in rigs.WORKSPACES}

    def token(self, workspace, user):
        return tokens.mint(self.rig.secrets[workspace]["HS256"], workspace, user, iat=int(time.time()) - 1, ttl=7200)

    def node_of(self, head):
        """Which hub the balancer has chosen, from the answer to the upgrade."""
        for line in head.decode("latin-1").split("\r\n"):
            if line.lower().startswith("x-node:"):
                return line.split(":", 1)[1].strip()
        return self.rig.names[0]

    def audience(self, workspace, chance):
        kind = chance.choice(("everyone", "users", "teams", "roles", "permission"))
        return {
            "everyone": lambda: {"everyone": True},
            "users": lambda: {"users": chance.sample(self.agents[workspace], 2)},
            "teams": lambda: {"teams": [chance.choice(TEAMS)]},
            "roles": lambda: {"roles": [chance.choice(("agent", "lead"))]},
            "permission": lambda: {"permission": "analytics.read"},
        }[kind]()

    # ---- the beginning ----

    def crew(self, workspace, share):
        """(kind, id, roles, teams) of everybody. The second workspace is there to be kept apart, and is small."""
        chance = self.chance("crew", workspace)
        load = self.load
        prefix = workspace[0]
        for number in range(max(3, int(load.agents * share))):
            roles = ["agent", "analyst"] if number % 4 == 0 else ["agent"]
            yield Agent, f"{prefix}-u{number}", roles, [chance.choice(TEAMS)]
        for number in range(max(1, int(load.leads * share))):
            yield Lead, f"{prefix}-l{number}", ["lead"], []
        for number in range(max(1, int(load.speakers * share))):
            yield Speaker, f"{prefix}-s{number}", ["speaker"], []

    async def arrive(self):
        """Make everybody, and let them in."""
        for workspace, share in zip(rigs.WORKSPACES, (1.0, 0.1)):
            crew = list(self.crew(workspace, share))
            self.agents[workspace] = [id for kind, id, _, _ in crew if kind is Agent]
            await self._sync(workspace, crew)
            self.people += [kind(self, workspace, id) for kind, id, _, _ in crew]
            count = self.load.platforms if share == 1.0 else 1
            self.platforms += [Platform(self, workspace, f"{workspace[0]}-p{number}") for number in range(count)]
        self.spawn(self._watch_itself())
        for at in range(0, len(self.people), WAVE):
            for one in self.people[at : at + WAVE]:
                self.spawn(one.live())
            await self.all_there(self.people[: at + WAVE])
        self.note(f"{len(self.people)} people are there")

    async def _sync(self, workspace, crew):
        directory = {
            "roles": [{"id": role, "name": role.title(), "permissions": keys} for role, keys in ROLES.items()],
            "teams": [{"id": team, "name": team.title()} for team in TEAMS],
            "users": [
                {"id": id, "name": id, "email": f"{id}@{workspace}.test", "roles": roles, "teams": teams}
                for _, id, roles, teams in crew
            ],
            "remove_missing": False,
        }  # fmt: skip
        await self.insist(workspace, "POST", "/v1/directory/sync", directory)

    async def insist(self, workspace, *words):
        """An administrator's request, again until it is answered."""
        platform = Platform(self, workspace, "administrator")
        deadline = time.monotonic() + CATCH_UP_SECONDS
        while True:
            try:
                return await platform.ask(*words)
            except (Gone, Refused) as error:
                if time.monotonic() > deadline or (isinstance(error, Refused) and error.kind != "unavailable"):
                    raise
            finally:
                platform.door.close()
            await asyncio.sleep(0.05)

    def work(self):
        """From now on everybody does what they do all day."""
        load = self.load
        for one in [*self.people, *self.platforms]:
            for name, seconds in (
                ("speak", load.publish_seconds), ("choose", load.choose_seconds), ("wander", load.wander_seconds),
                ("put", load.put_seconds), ("assign", load.assign_seconds),
            ):  # fmt: skip
                if seconds and hasattr(one, name):
                    self.spawn(getattr(one, name)(seconds))

    async def _watch_itself(self):
        """How late this process itself is: that much of each figure may be its own."""
        while True:
            due = time.monotonic() + 0.02
            await asyncio.sleep(0.02)
            late = time.monotonic() - due
            self.late_ms = max(self.late_ms, late * 1000)
            if late > LATE_SECONDS:
                self.evidence.lateness.append((due + late, late))

    # ---- breaking ----

    async def do(self, action, *arguments, **more):
        """Something of the rig's, which may take its time."""
        return await asyncio.to_thread(action, *arguments, **more)

    @contextlib.asynccontextmanager
    async def fault(self, what, node=None):
        """Something is broken in the body; `node`: whose clients lose their connection by it, at once."""
        fault = Fault(what, time.monotonic(), float("inf"), node)
        self.evidence.faults.append(fault)
        try:
            yield fault
        finally:
            fault.until = time.monotonic()

    async def change(self, what, user, seen, *words, without_bus=False):
        """Take rights away from somebody or give them some, as an administrator."""
        sent = time.monotonic()
        await self.insist(rigs.WORKSPACES[0], *words)
        self.evidence.changes.append(Change(what, user, sent, time.monotonic(), seen, without_bus))

    def let_back(self, one):
        """Somebody who was sent away may come again."""
        self.expelled.discard(one.id)
        if one.gone_for_good:
            one.gone_for_good = False
            self.spawn(one.live())

    async def all_there(self, people=None):
        """Until everybody has been in since now, but for those who stay away of their own will or for good."""
        deadline = time.monotonic() + CATCH_UP_SECONDS
        missing = people or self.people
        while missing := [one for one in missing if not (one.there.is_set() or one.away or one.gone_for_good)]:
            if time.monotonic() > deadline:
                self.evidence.complaints.append(f"{len(missing)} are not back within {CATCH_UP_SECONDS} s: {missing[0].id}, …")
                return
            await asyncio.sleep(0.02)

    async def recover(self, what, since):
        """Until writes are acknowledged again and everybody is back; the time that it took is noted."""
        write = await self.first_write()
        self.evidence.recoveries.append((f"{what}: first write", write - since))
        await self.all_there()
        self.evidence.recoveries.append((f"{what}: everybody back", time.monotonic() - since))

    async def first_write(self):
        """When a write of one's own, tried until it succeeds, was acknowledged."""
        workspace = rigs.WORKSPACES[0]
        platform = Platform(self, workspace, "prober")
        deadline = time.monotonic() + CATCH_UP_SECONDS
        number = len(self.evidence.writes)
        while True:
            number += 1
            mark = f"{workspace}/prober/{number}"
            write = await publish(self, workspace, mark, "prober", {"permission": "analytics.read"}, platform._say)
            if write.seq is not None:
                platform.door.close()
                return write.ended
            if time.monotonic() > deadline:
                self.evidence.complaints.append(f"no write is acknowledged within {CATCH_UP_SECONDS} s")
                return time.monotonic()
            await asyncio.sleep(0.02)

    # ---- the end ----

    async def rest(self):
        """Nobody does anything any more; everybody has heard everything, and takes a last look."""
        self.resting = True
        for one in self.people:
            one.away = False
        await self.all_there()
        for workspace in rigs.WORKSPACES:
            seq = (await self.insist(
                workspace, "POST", "/v1/events",
                {"type": "x.end", "audience": {"everyone": True}, "data": {"mark": f"{workspace}/end"}, "durable": True},
            ))["seq"]  # fmt: skip
            await self._heard(workspace, seq)
        await asyncio.sleep((rigs.TIMES["linger_ms"] + 1500) / 1000)  # until whoever left has left
        for one in self.people:
            if isinstance(one, Watcher):
                await one.look()
        self.evidence.ended = time.monotonic()
        for job in list(self.jobs):
            job.cancel()

    async def _heard(self, workspace, seq):
        deadline = time.monotonic() + CATCH_UP_SECONDS
        mine = [one for one in self.people if one.workspace == workspace and not one.gone_for_good]
        while behind := [one for one in mine if one.seq < seq]:
            if time.monotonic() > deadline:
                self.evidence.complaints.append(f"{len(behind)} never heard the end: {behind[0].id} is at {behind[0].seq} of {seq}")
                return
            await asyncio.sleep(0.02)


async def play(world, scenario, times):
    await world.arrive()
    world.work()
    try:
        await scenario(world, times)
    finally:
        world.note("nobody does anything any more")
    await world.rest()


def run(rig, seed, load, scenario, times, say=print):
    """Play a scenario so many times on the rig; the evidence."""
    world = World(rig, seed, load, say)
    try:
        rig.start()
        asyncio.run(play(world, scenario, times))
        world.evidence.complaints += rig.stop_nodes()
        world.evidence.complaints += rig.verify_chain()
        world.evidence.rows = rig.logs()
        world.evidence.acts = rig.acts()
    finally:
        rig.finish()
    world.evidence.times["late_ms"] = world.late_ms
    return world.evidence
