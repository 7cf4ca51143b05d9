"""The people of a run. Each device does as the SDK does: it comes back by itself, with jitter, and resumes where it was.

Only the waits are shorter than the SDK's, so that a run shows the hub's times and not the clients': a quarter of a second at
first and a second at most, and of a hub that is silent a probe is answered within a second or it counts as gone.
"""

import asyncio
import contextlib
import json
import time

from evidence import Choice, Story, Write
from wire import Door, Gone, Refused, Socket

FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 1.0
SILENT_INTERVALS = 2.5
PROBE_SECONDS = 1.0
CALL_SECONDS = 6.0
FOR_GOOD = range(4000, 4100)
AT_ONCE = range(4200, 4300)


class Person:
    """Somebody with one device."""

    watch = "none"
    resumes = True

    def __init__(self, world, workspace, id):
        self.world = world
        self.workspace = workspace
        self.id = id
        self.chance = world.chance("person", id)
        self.story = Story(id, workspace)
        world.evidence.stories.append(self.story)
        self.socket = None
        self.cursor = None
        self.there = asyncio.Event()
        self.away_seconds = None  # how long to stay away next time
        self.away = False  # by intent
        self.how = "lost"
        self.failures = 0
        self.gone_for_good = False

    def note(self, *entry):
        self.story.entries.append(entry)

    @property
    def seq(self):
        return int(self.cursor.rsplit(":", 1)[1]) if self.cursor else 0

    # ---- the session ----

    async def live(self):
        while not self.gone_for_good:
            code, advised = await self._visit()
            self.there.clear()
            await asyncio.sleep(self._wait(code, advised))
            self.away = False

    def _wait(self, code, advised):
        if self.away_seconds is not None:
            wait, self.away_seconds = self.away_seconds, None
            return wait
        if code in FOR_GOOD:
            self.gone_for_good = True
            if self.id not in self.world.expelled:
                self.world.evidence.complaints.append(f"{self.id} was sent away with {code}")
        failures, self.failures = self.failures, self.failures + 1
        if code in AT_ONCE and failures == 0:
            return advised
        return advised + self.chance.uniform(0, min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(failures, 9)))

    async def _visit(self):
        """Come in and stay as long as it lasts; (close code, seconds to wait as the hub advises)."""
        loop = asyncio.get_running_loop()
        ended = self.ended = loop.create_future()
        self.how = "lost"
        socket = Socket(self._hear, lambda code: self._end(ended, code))
        try:
            await asyncio.wait_for(loop.create_connection(lambda: socket, "127.0.0.1", self.world.port), self.world.load.open_seconds)
            await asyncio.wait_for(socket.upgraded, self.world.load.open_seconds)
            await asyncio.wait_for(self._open(socket), self.world.load.open_seconds)
        except Refused as refused:
            socket.drop()
            return (4002 if refused.kind in ("unauthenticated", "forbidden") else socket.close_code), refused.retry_after_ms / 1000
        except (Gone, OSError, asyncio.TimeoutError):
            if socket.transport:
                socket.drop()
            return socket.close_code, 0.0
        return await self._stay(socket)

    async def _open(self, socket):
        params = {
            "token": self.world.token(self.workspace, self.id),
            "device": {"id": f"d-{self.id}", "kind": "web"},
            "watch": {"presence": self.watch},
        }
        if self.cursor and self.resumes:
            params["resume"] = {"cursor": self.cursor}
        self.note("ask", time.monotonic())
        self.socket = socket
        await socket.call("session.open", params, self._opened)
        self.failures = 0
        self.there.set()

    def _opened(self, opened):
        self.cursor = opened["cursor"] if not opened["resumed"] else self.cursor
        presence = opened["presence"] if self.watch != "none" else None
        self.ping_seconds = opened["ping_interval_ms"] / 1000
        node = self.world.node_of(self.socket.head)
        self.note("open", time.monotonic(), node, opened["resumed"], opened.get("replayed", 0), self.seq, presence)
        self.see(presence)

    def see(self, presence):
        """A snapshot of presence."""

    async def _stay(self, socket):
        watching = asyncio.ensure_future(self._watch_silence(socket))
        code = await self.ended
        watching.cancel()
        advised = 0
        with contextlib.suppress(ValueError, KeyError):
            advised = json.loads(socket.close_reason)["retry_after_ms"]
        return code, advised / 1000

    async def _watch_silence(self, socket):
        limit = self.ping_seconds * SILENT_INTERVALS
        while True:
            await asyncio.sleep(max(0.05, socket.heard_at + limit - time.monotonic()))
            if time.monotonic() - socket.heard_at < limit:
                continue
            try:
                await asyncio.wait_for(socket.call("session.activity", {"state": "active"}), PROBE_SECONDS)
            except (Gone, Refused, asyncio.TimeoutError):
                socket.drop()
                return

    def _end(self, ended, code):
        if ended is not self.ended or ended.done():
            return
        if self.story.entries and self.story.entries[-1][0] != "end":
            self.note("end", time.monotonic(), self.how, code)
        self.there.clear()
        ended.set_result(code)

    def leave(self, seconds, goodbye):
        """Go of one's own will and come back after so long."""
        if not self.there.is_set():
            return
        self.away_seconds = seconds
        self.away = True
        self.how = "close" if goodbye else "drop"
        self.there.clear()
        self.note("leave", time.monotonic())
        if goodbye:
            self.socket.close()
        else:
            self.socket.drop()

    # ---- listening ----

    def _hear(self, text):
        if text.startswith(b'{"jsonrpc":"2.0","method":"event","params":{"type":"presence.diff"'):
            if self.watch != "none":
                self.note("event", time.monotonic(), self.world.evidence.hear(text))
                self.see_difference(json.loads(text)["params"]["data"])
            return
        at = text.find(b'"cursor":"')
        if at < 0:
            return
        self.note("event", time.monotonic(), self.world.evidence.hear(text))
        self.cursor = text[at + 10 : text.index(b'"', at + 10)].decode()

    def see_difference(self, data):
        """A difference of presence."""

    # ---- doing ----

    async def call(self, method, params):
        """The result; Refused, or Gone, also when there is no answer for long."""
        await self.there.wait()
        try:
            return await asyncio.wait_for(self.socket.call(method, params), CALL_SECONDS)
        except asyncio.TimeoutError as error:
            raise Gone() from error


class Agent(Person):
    """Chooses a status now and then, and some lose the connection or close the tab."""

    statuses = ("available", "available", "busy", "away", "offline")

    async def choose(self, mean_seconds):
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / mean_seconds))
            if self.world.resting or not self.there.is_set():
                continue
            choice = Choice(self.id, self.chance.choice(self.statuses), time.monotonic())
            self.world.evidence.choices.append(choice)
            with contextlib.suppress(Gone, Refused):
                await self.call("presence.set", {"status": choice.status})
                choice.acknowledged = True
            choice.ended = time.monotonic()

    async def wander(self, mean_seconds):
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / mean_seconds))
            if not self.world.resting and self.there.is_set():
                self.leave(self.chance.choice((0.05, 0.2, 1.0, 6.0)), self.chance.random() < 0.5)


class Watcher(Person):
    """Looks at everybody's presence, and takes a fresh snapshot when differences have a gap."""

    watch = "all"

    def __init__(self, world, workspace, id):
        super().__init__(world, workspace, id)
        self.version = None

    def see(self, presence):
        self.version = presence["version"]

    def see_difference(self, data):
        if data["from"] != self.version and not self.world.resting_board:
            self.world.spawn(self.look())
        self.version = data["version"]

    async def look(self):
        with contextlib.suppress(Gone, Refused, asyncio.TimeoutError):
            await asyncio.wait_for(self.socket.call("presence.get", {}, self._looked), CALL_SECONDS)

    def _looked(self, presence):
        self.note("board", time.monotonic(), presence)
        self.see(presence)


class Lead(Watcher):
    """Gives conversations to people, often the same ones as another lead at the same time."""

    async def assign(self, mean_seconds):
        number = 0
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / mean_seconds))
            number += 1
            if self.world.resting or not self.world.conversations[self.workspace]:
                continue
            id = self.world.conversations[self.workspace][-1 - number % min(3, len(self.world.conversations[self.workspace]))]
            with contextlib.suppress(Gone, Refused):
                user = self.chance.choice(self.world.agents[self.workspace])
                record = await self.call("conversation.assign", {"id": id, "user": user, "force": True})
                self.world.evidence.records.append((self.workspace, record))


class Speaker(Person):
    """Publishes through its own socket."""

    async def speak(self, mean_seconds):
        await publish_all(self.world, self.workspace, self.id, self.chance, mean_seconds, self._say)

    async def _say(self, params):
        return await self.call("event.publish", params)


class Platform:
    """Publishes and puts conversations over HTTP, with an API key."""

    def __init__(self, world, workspace, id):
        self.world = world
        self.workspace = workspace
        self.id = id
        self.chance = world.chance("platform", id)
        self.door = Door(world.port, world.keys[workspace])
        self.turn = asyncio.Lock()

    async def ask(self, *words):
        async with self.turn:
            return await self._ask(*words)

    async def _ask(self, *words):
        try:
            return await asyncio.wait_for(self.door.call(*words), CALL_SECONDS)
        except asyncio.TimeoutError as error:
            self.door.close()
            raise Gone() from error
        except (ValueError, KeyError) as error:  # an answer that isn't the hub's
            self.door.close()
            raise Gone() from error

    async def speak(self, mean_seconds):
        await publish_all(self.world, self.workspace, self.id, self.chance, mean_seconds, self._say)

    async def _say(self, params):
        return await self.ask("POST", "/v1/events", params)

    async def put(self, mean_seconds):
        number = 0
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / mean_seconds))
            if self.world.resting:
                continue
            id = f"c-{self.id}-{number}"
            number += 1
            with contextlib.suppress(Gone, Refused):
                record = await self.ask("PUT", f"/v1/conversations/{id}", {"subject": "A question"})
                self.world.evidence.records.append((self.workspace, record))
                self.world.conversations[self.workspace].append(id)


async def publish_all(world, workspace, id, chance, mean_seconds, say):
    """Durable events for all kinds of audiences, each with a mark of its own, for as long as the run lasts."""
    number = 0
    while True:
        await asyncio.sleep(chance.expovariate(1 / mean_seconds))
        if world.resting:
            continue
        number += 1
        await publish(world, workspace, f"{workspace}/{id}/{number}", id, world.audience(workspace, chance), say)


async def publish(world, workspace, mark, via, audience, say):
    write = Write(mark, workspace, via, time.monotonic())
    world.evidence.writes.append(write)
    params = {"type": "x.chaos", "audience": audience, "data": {"mark": mark}, "durable": True}
    try:
        write.seq = (await say(params))["seq"]
    except Refused as refused:
        write.refused = refused.kind
        write.why = str(refused)
    except Gone:
        pass
    write.ended = time.monotonic()
    return write
