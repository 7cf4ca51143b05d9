"""The people of the day. Each holds a real session, does what the plan says, and notes what it is told.

What they do may be too late or not allowed: then the hub says so and they go on. What matters is in the diary.
"""

import asyncio
import contextlib
import datetime
import json
import time

import plan as plans
import tokens
from journal import Diary
from wire import Gone, Refused, Socket

PAGE = 500
ENDS = (None, 1001, 4004)  # dropped by either side, said goodbye, shut out
# Too late, out of sight, not theirs, to somebody of another team, while the hub starts, and while it shuts them out.
EXPECTED = {"conflict", "not_found", "forbidden", "invalid_params", "unavailable", "unauthenticated"}


def wall_ms():
    return time.time() * 1000


def rfc3339(seconds_ahead):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_ahead)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Person:
    """Somebody with a session that is lost and found again."""

    device = "web"

    def __init__(self, office, one):
        self.office = office
        self.plan = office.plan
        self.journal = office.journal
        self.id = one.id
        self.name = f'"{one.id}"'.encode()
        self.chance = self.plan.chance("person", one.id)
        self.diary = self.journal.diaries[one.id] = Diary(one.id)
        self.socket = None
        self.cursor = None
        self.complete = False  # knows all that there was at the cursor
        self.there = asyncio.Event()
        self.away_seconds = 0.0

    # ---- the session ----

    async def live(self):
        while True:
            with contextlib.suppress(Gone, OSError):
                if await self._open():
                    await self._stay()
            self.there.clear()
            await asyncio.sleep(self.away_seconds or 0.03)
            self.away_seconds = 0.0

    async def _open(self):
        self.ended = asyncio.Event()
        socket = await Socket.connect(self.office.port, self._hear, lambda code: self._end(code))
        params = {
            "token": tokens.mint(self.office.signing_key, plans.WORKSPACE, self.id, iat=time.time()),
            "device": {"id": f"d-{self.id}", "kind": self.device},
            "watch": {"presence": self.watch()},
        }
        if self.complete:
            params["resume"] = {"cursor": self.cursor}
        self.diary.ask(wall_ms())
        try:
            opened = await socket.call("session.open", params, self._opened)
        except Refused as refused:
            if refused.kind not in ("unauthenticated", "unavailable"):
                self.journal.complaints.append(f"{self.id}: session.open: {refused}")
            socket.drop()
            return False
        self.socket = socket
        await self._catch_up(opened)
        self.there.set()
        return True

    def _opened(self, opened):
        self.cursor = opened["cursor"]
        self.complete = opened["resumed"]
        self.diary.come(wall_ms())
        self.diary.story.append(("open", opened["resumed"], int(self.cursor.rsplit(":", 1)[1])))

    def watch(self):
        return "none"

    async def _catch_up(self, opened):
        if not opened["resumed"]:
            await self._list("list")
            self.complete = True

    async def _list(self, word):
        """All conversations that this person may see now."""
        after = {}
        items = []
        while True:
            page = await self.socket.call("conversation.list", {"limit": PAGE, **after})
            items += page["items"]
            if word == "list":
                self.diary.story.append((word, page["items"]))
                for record in page["items"]:
                    self.see(record["id"], record)
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        return items

    async def write_end(self):
        """What can be seen in the end. If it is asked for again, the end was not the end."""
        items = await self._list("end")
        self.diary.story = [entry for entry in self.diary.story if isinstance(entry, int) or entry[0] != "end"]
        self.diary.story.append(("end", items))

    async def _stay(self):
        await self.ended.wait()

    def _end(self, code):
        self.diary.leave(wall_ms())
        self.there.clear()
        self.ended.set()
        if code not in ENDS:
            self.journal.complaints.append(f"{self.id}: closed with {code}")

    def leave(self, seconds, goodbye):
        if self.socket and self.there.is_set():
            self.away_seconds = seconds
            self.diary.leave(wall_ms())
            self.there.clear()
            self.socket.close() if goodbye else self.socket.drop()

    # ---- listening ----

    def _hear(self, text):
        type = self.journal.hear(self.diary, text)
        if type is None:
            return
        at = text.index(b'"cursor":"') + 10
        self.cursor = text[at : text.index(b'"', at)].decode()
        if type.startswith(b"conversation.") and self.cares(text):
            data = json.loads(text)["params"]["data"]
            self.see(data["conversation"], data.get("record"))

    def cares(self, text):
        """Whether an event is worth reading now."""
        return self.name in text

    def see(self, id, record):
        """A conversation as it is now; None: not visible any more."""

    # ---- doing ----

    def jobs(self):
        """What they do all day by themselves."""
        return []

    async def do(self, method, params):
        """The result; None if it was refused. Gone if that isn't known."""
        if params.get("force"):
            self.journal.forced.add((params["id"], params.get("user", self.id), self.id))
        try:
            result = await self.socket.call(method, params)
        except Refused as refused:
            self.office.note_refusal(method, refused)
            return None
        if "version" in result and "assignee" in result:
            self.journal.answers.append((method, self.id, result))
        return result

    async def insist(self, method, params):
        """The same, again when the connection was lost meanwhile."""
        while not self.office.resting:
            await self.there.wait()
            with contextlib.suppress(Gone):
                return await self.do(method, params)
            await asyncio.sleep(0.01)
        return None


class Agent(Person):
    """Works on what is assigned, takes offers, takes breaks, and loses the connection now and then."""

    def __init__(self, office, one):
        super().__init__(office, one)
        self.tasks = {}
        self.offers = {}

    def see(self, id, record):
        mine = record is not None and record["assignee"] == self.id and record["status"] in ("open", "pending")
        if not mine:
            self.tasks.pop(id, None)
        elif id not in self.tasks:
            self.tasks[id] = self.office.spawn(self._handle(id))
        offered = record is not None and record["offered_to"] == self.id
        if not offered:
            self.offers.pop(id, None)
        elif id not in self.offers:
            self.offers[id] = self.office.spawn(self._consider(id))

    async def _handle(self, id):
        task = asyncio.current_task()
        await asyncio.sleep(self.chance.expovariate(1 / self.office.handle_seconds))
        while self.tasks.get(id) is task and not self.office.resting:
            deed = plans.pick(self.chance, plans.DEEDS)
            if await getattr(self, "_" + deed)(id) or self.tasks.get(id) is not task:
                break
            await asyncio.sleep(0.1)
        if self.tasks.get(id) is task:
            del self.tasks[id]

    async def _resolve(self, id):
        done = await self.insist("conversation.resolve", {"id": id})
        if done and self.chance.random() < 0.03:
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))
            await self.insist("conversation.reopen", {"id": id})
        return True

    async def _release(self, id):
        return await self.insist("conversation.release", {"id": id})

    async def _snooze(self, id):
        return await self.insist("conversation.snooze", {"id": id, "until": rfc3339(self.chance.uniform(0.1, 0.6))})

    async def _wander(self, id):
        """Goes by a version that was never there."""
        if await self.insist("conversation.resolve", {"id": id, "if_version": 1_000_000}):
            self.journal.complaints.append(f"{self.id}: {id} resolved by a version that it never had")
        return False

    async def _consider(self, id):
        choice = plans.pick(self.chance, plans.CHOICES)
        await asyncio.sleep(self.chance.uniform(0.01, 0.2))
        if self.office.resting:
            choice = "accept"  # or it would still go round
        if choice != "ignore" and id in self.offers:
            with contextlib.suppress(Gone):
                await self.do(f"conversation.{choice}", {"id": id})

    async def _set_status(self, status):
        return await self.insist("presence.set", {"status": status})

    def jobs(self):
        return [self._breaks()]

    async def _breaks(self):
        mean = self.plan.seconds / 6
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / mean))
            if self.office.resting:
                break
            kind = plans.pick(self.chance, {"pause": 45, "drop": 35, "leave": 20})
            if kind == "pause":
                await self._set_status(self.chance.choice(("away", "busy", "lunch", "offline")))
                await asyncio.sleep(self.chance.uniform(0.1, 1.5))
                await self._set_status("available")
            else:
                seconds = self.chance.uniform(0.01, 1.0) if self.chance.random() < 0.9 else self.chance.uniform(2.5, 4)
                self.leave(seconds, kind == "leave")


class Picker(Agent):
    """An agent who also takes what waits and may be seen."""

    def __init__(self, office, one):
        super().__init__(office, one)
        self.waiting = {}

    def cares(self, text):
        return True

    def see(self, id, record):
        super().see(id, record)
        if record is not None and record["assignee"] is None and record["status"] == "open":
            self.waiting[id] = record["version"]
        else:
            self.waiting.pop(id, None)

    def jobs(self):
        return [self._breaks(), self._take()]

    async def _take(self):
        while not self.office.resting:
            await asyncio.sleep(self.chance.expovariate(1 / (self.office.handle_seconds / 3)))
            await self.there.wait()
            if self.waiting and not self.office.resting:
                # The newest, so that taking by hand and the queue's order are seen to be two things.
                id = next(reversed(self.waiting))
                with contextlib.suppress(Gone):
                    await self.do("conversation.take", {"id": id})


class Boss(Person):
    """Moves conversations from one to another: some by force, some by what they believed a moment ago."""

    def __init__(self, office, one):
        super().__init__(office, one)
        self.known = {}
        self.agents = [one.id for one in self.plan.people() if one.role != "boss"]

    def watch(self):
        return "all"

    def cares(self, text):
        return True

    def see(self, id, record):
        if record is not None and record["status"] == "open":
            self.known.pop(id, None)
            self.known[id] = record["version"]
        else:
            self.known.pop(id, None)

    def jobs(self):
        return [self._sit_back(), self._reassign()]

    async def _sit_back(self):
        """A boss takes no work."""
        await self.insist("presence.set", {"status": "away"})

    async def _reassign(self):
        mean = self.plan.seconds / (0.02 * self.plan.conversations)
        while not self.office.resting:
            await asyncio.sleep(self.chance.expovariate(1 / mean))
            await self.there.wait()
            if not self.known or self.office.resting:
                continue
            id = self.chance.choice(list(self.known)[-200:])
            way = plans.pick(self.chance, {"assign": 50, "stale": 15, "force": 20, "unassign": 10, "team": 5})
            with contextlib.suppress(Gone):
                await self._move(id, way)

    async def _move(self, id, way):
        version = self.known[id]
        params = {"id": id, "if_version": version - 1 if way == "stale" else version}
        if way == "unassign":
            await self.do("conversation.unassign", params)
            return
        if way == "team":
            params["team"] = self.chance.choice(list(plans.TEAMS))
        else:
            params["user"] = self.chance.choice(self.agents)
        if way == "force":
            params["force"] = True
        if await self.do("conversation.assign", params) and way == "stale":
            self.journal.complaints.append(f"{self.id}: {id} assigned by a version that was over")
