"""The platform: it puts conversations over HTTP and WebSocket with its key, changes them later, and looks after the people."""

import asyncio
import contextlib
import heapq
import itertools

import plan as plans
from wire import Door, Gone, Refused, Socket

DOORS = 12
SOCKETS = 4
# What becomes of a conversation besides what agents do with it: most of them, nothing.
LATER = {
    None: 82, "priority": 4, "channel": 2, "move": 2, "pending": 4, "close": 3, "reopen": 3,
}  # fmt: skip


class Line:
    """A way to the hub; `call` is the same for both transports."""

    def __init__(self, office, over_http):
        self.office = office
        self.door = Door(office.port, office.key) if over_http else None
        self.socket = None

    async def put(self, params):
        if self.door:
            body = {name: value for name, value in params.items() if name != "id"}
            return await self.door.call("PUT", f"/v1/conversations/{params['id']}", body)
        if self.socket is None:
            await self._open()
        return await self.socket.call("conversation.put", params)

    async def _open(self):
        try:
            socket = await Socket.connect(self.office.port, lambda text: None, self._end)
            await socket.call("session.open", {"token": self.office.key, "device": {"id": "platform", "kind": "api"}})
        except OSError as error:
            raise Gone() from error
        self.socket = socket

    def _end(self, code):
        self.socket = None


class Platform:
    def __init__(self, office):
        self.office = office
        self.plan = office.plan
        self.journal = office.journal
        self.chance = self.plan.chance("platform")
        self.arrivals = self.plan.arrivals()
        self.later = []
        self.number = itertools.count()
        self.lines = [Line(office, number < DOORS) for number in range(DOORS + SOCKETS)]

    # ---- conversations ----

    async def put_all(self):
        """Until every arrival is acknowledged."""
        await asyncio.gather(*(self._work(line) for line in self.lines))

    async def _work(self, line):
        for second, params in self.arrivals:  # shared: each line takes the next one
            await asyncio.sleep(max(0.0, second - self.office.second()))
            await self._insist(line, params)
            self._plan_more(params["id"])
            while self.later and self.later[0][0] <= self.office.second():
                _, _, change = heapq.heappop(self.later)
                await self._change(line, change)

    async def _insist(self, line, params):
        while True:
            try:
                result = await line.put(params)
            except Gone:
                await asyncio.sleep(0.02)
                continue
            except Refused as refused:
                if refused.kind == "unavailable":
                    await asyncio.sleep(0.02)
                    continue
                self.journal.complaints.append(f"conversation.put {params}: {refused}")
                return
            self.journal.acknowledged.add(params["id"])
            self.journal.answers.append(("conversation.put", None, result))
            return

    def _plan_more(self, id):
        kind = plans.pick(self.chance, LATER)
        soon = self.office.second() + self.chance.uniform(0.05, 2) * self.office.handle_seconds
        if kind == "pending":
            self._note(soon, {"id": id, "status": "pending"})
            self._note(soon + 0.3, {"id": id, "status": "open"})
        elif kind == "reopen":
            self._note(soon + 2 * self.office.handle_seconds, {"id": id, "status": "open"})
        elif kind == "close":
            self._note(soon, {"id": id, "status": "resolved"})
        elif kind == "priority":
            self._note(soon, {"id": id, "priority": plans.pick(self.chance, plans.PRIORITY_SHARES), "labels": ["angry"]})
        elif kind == "channel":
            self._note(soon, {"id": id, "channel": plans.pick(self.chance, plans.CHANNEL_SHARES)})
        elif kind == "move":
            self._note(soon, {"id": id, "team": self.chance.choice([None, *plans.TEAMS])})

    def _note(self, second, change):
        heapq.heappush(self.later, (second, next(self.number), change))

    async def _change(self, line, change):
        with contextlib.suppress(Gone):
            try:
                self.journal.answers.append(("conversation.put", None, await line.put(change)))
            except Refused as refused:
                self.office.note_refusal("conversation.put", refused)

    # ---- people ----

    async def _admin(self, door, method, path, body=None):
        """As often as it takes: somebody who was shut out has to be let in again."""
        while True:
            try:
                return await door.call(method, path, body)
            except Gone:
                await asyncio.sleep(0.02)
            except Refused as refused:
                if refused.kind != "unavailable":
                    self.office.note_refusal(f"{method} {path.split('/')[2]}", refused)
                    return None
                await asyncio.sleep(0.02)

    async def administer(self):
        """Deactivations, changes of teams and limits: one at a time, some dozen a day."""
        door = Door(self.office.port, self.office.key)
        chance = self.plan.chance("admin")
        clerks = [one for one in self.plan.people() if one.role == "clerk"]
        mean = self.plan.seconds / max(10, self.plan.agents / 2)
        while not self.office.resting:
            await asyncio.sleep(chance.expovariate(1 / mean))
            if self.office.resting:
                break
            one = chance.choice(clerks)
            kind = plans.pick(chance, {"deactivate": 45, "team": 30, "capacity": 25})
            await getattr(self, "_" + kind)(door, chance, one)

    async def _deactivate(self, door, chance, one):
        await self._admin(door, "POST", f"/v1/users/{one.id}/deactivate")
        self.office.spawn(self._reactivate(one, chance.uniform(0.1, 1.5)))

    async def _reactivate(self, one, seconds):
        await asyncio.sleep(seconds)
        await self._admin(Door(self.office.port, self.office.key), "POST", f"/v1/users/{one.id}/reactivate")

    async def _team(self, door, chance, one):
        await self._admin(door, chance.choice(("PUT", "DELETE")), f"/v1/teams/{chance.choice(list(plans.TEAMS))}/members/{one.id}")

    async def _capacity(self, door, chance, one):
        await self._admin(door, "PATCH", f"/v1/users/{one.id}", {"capacity": chance.choice((0, 1, 2, 4, 6, 9))})
