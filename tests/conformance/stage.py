"""The hubs and the connections on which cases are played, 150 of them at a time.

What is sent in pieces must be read in pieces. A hub here has one edge, whose loop takes up what came in the order in which it
came; so once it has answered something that was sent behind a piece on another connection, it has read the piece. That is what a
Fence is for; all who wait share it, which makes bytes one by one on many connections cheap.
"""

import asyncio
import contextlib
import dataclasses
import json
import socket

import case as script
import frames
import heads
import hub as hubs
from frames import Fault

AT_ONCE = 150
LONGEST_BY_BYTES = 300
AT_A_STRETCH = 32768
PATIENCE = 20  # parts that may come to no end; the rest is then not played
TIMEOUT = 150  # of one part, on a machine that has others to do

ALL = {
    "edges": 1,
    "max_batch": 1000,
    "ping_interval_ms": "1h",
    "commands_per_second": 1_000_000,
    "commands_burst": 1_000_000,
    "key_commands_burst": 1_000_000,
}
HUBS = {
    "plain": {**ALL, "open_timeout_ms": "10m", "request_timeout_ms": "1m", "origins": "https://desk.test"},
    "large": {**ALL, "open_timeout_ms": "10m", "max_message_bytes": "16M", "send_budget_bytes": "32M", "send_burst_bytes": "32M"},
    "impatient": {**ALL, "open_timeout_ms": 1000, "request_timeout_ms": 1000},
}


class Line:
    """One connection as a client sees it."""

    def __init__(self, sock):
        self.loop = asyncio.get_running_loop()
        self.sock = sock
        self.buffer = bytearray()
        self.reading = None

    @classmethod
    async def connect(cls, port):
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        return cls(sock)

    async def say(self, data):
        """Send all of it; much of it only while reading, for a hub need not take more from whom it has much to tell."""
        if len(data) <= AT_A_STRETCH:
            await self.loop.sock_sendall(self.sock, data)
            return
        sending = asyncio.ensure_future(self.loop.sock_sendall(self.sock, data))
        more = True
        while more and not sending.done():
            await asyncio.wait({sending, self._reading()}, return_when=asyncio.FIRST_COMPLETED)
            more = await self.more() if self.reading.done() else True
        await sending

    def _reading(self):
        self.reading = self.reading or asyncio.ensure_future(self.loop.sock_recv(self.sock, 1 << 18))
        return self.reading

    async def more(self):
        """Some more bytes; False at the end. A reset is a fault: it may take answers with it that were on their way."""
        try:
            chunk = await self._reading()
        except ConnectionResetError as error:
            raise Fault(f"reset after {bytes(self.buffer[:200])!r}") from error
        self.reading = None
        self.buffer += chunk
        return bool(chunk)

    def heard(self):
        """Whether there is something to read that was not read yet, or the end."""
        with contextlib.suppress(BlockingIOError):
            self.sock.recv(1, socket.MSG_PEEK)
            return True
        return False

    async def need(self, take):
        """The next thing by a function that gives (…, bytes used), or None as long as there is too little."""
        while (taken := take(self.buffer)) is None:
            if not await self.more():
                raise Fault(f"ended after {bytes(self.buffer[:200])!r}")
        del self.buffer[: taken[-1]]
        return taken[:-1]

    async def frame(self):
        return await self.need(frames.take_server_frame)

    async def end(self):
        while not self.buffer and await self.more():
            pass
        if self.buffer:
            raise Fault(f"more than it should: {bytes(self.buffer[:200])!r}")

    def close(self):
        if self.reading:
            self.reading.cancel()
        self.sock.close()


class Fence:
    """Tells when a hub has read all that was sent before."""

    def __init__(self, line):
        self.line = line
        self.waiting = []
        self.wanted = asyncio.Event()
        self.task = asyncio.ensure_future(self._run())

    async def _run(self):
        while True:
            await self.wanted.wait()
            self.wanted.clear()
            waiting, self.waiting = self.waiting, []
            await self.line.say(frames.ping(b"fence"))
            while (await self.line.frame())[0] != frames.PONG:
                pass
            for one in waiting:
                one.cancelled() or one.set_result(None)

    async def passed(self):
        future = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        self.wanted.set()
        await asyncio.wait({future, self.task}, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            raise Fault(f"the hub has no answer to a ping on another connection: {self.task}")


class House:
    """A hub that is up, with its fence."""

    def __init__(self, hub):
        self.hub = hub
        self.key = hub.secrets["acme"]["key"].encode()
        self.fence = None

    async def open(self):
        self.fence = Fence(await self.session())

    async def upgraded(self):
        line = await Line.connect(self.hub.port)
        await line.say(heads.upgrade())
        (reply,) = await line.need(heads.take_reply)
        if reply.status != 101:
            raise Fault(f"no WebSocket: {reply}")
        return line

    async def session(self):
        line = await self.upgraded()
        params = {"token": self.hub.token("ann"), "watch": {"presence": "none"}, "device": {"kind": "api"}}
        await line.say(frames.text(json.dumps({"jsonrpc": "2.0", "id": 0, "method": "session.open", "params": params}).encode()))
        _, payload = await line.frame()
        if b'"session"' not in payload:
            raise Fault(f"no session: {payload!r}")
        return line


class Player:
    """One case on one connection, in one of the ways in which its bytes may arrive."""

    def __init__(self, house, case, way):
        self.house = house
        self.case = case
        self.way = way
        self.line = None
        self.socket = not case.http  # or HTTP
        self.ended = False
        self.last = None

    async def play(self):
        if self.case.http:
            self.line = await Line.connect(self.house.hub.port)
        else:
            self.line = await (self.house.session() if self.case.opened else self.house.upgraded())
        try:
            for step in joined(self.case.script) if self.way == "at once" else self.case.script:
                await self.take(step)
                self.last = step
            await self.conclude()
        finally:
            self.line.close()

    async def take(self, step):
        if isinstance(step, bytes):
            await self.say(step.replace(b"$KEY", self.house.key))
        elif callable(step):
            for data in step():
                await self.line.say(data)
        elif isinstance(step, str):
            await getattr(self, step.replace(" ", "_"))()
        elif isinstance(step, script.Trickle):
            await self.trickle(step.piece)
        elif isinstance(step, script.Reply):
            await self.reply(step)
        else:
            await self.hear(step)

    async def say(self, data):
        if self.way == "byte by byte":
            for i in range(len(data)):
                await self.line.say(data[i : i + 1])
                await self.house.fence.passed()
                if self.line.heard() and not await self.line.more():
                    return  # the hub has ended it, and would not wait for the rest for long
            return
        await self.line.say(data)
        if self.way == "in pieces":
            await self.house.fence.passed()

    async def hear(self, step):
        opcode, payload = await self.line.frame()
        heard = read(opcode, payload)
        if heard != step:
            raise Fault(f"{heard}, not {step}")

    async def reply(self, step):
        (reply,) = await self.line.need(lambda data: heads.take_reply(data, step.headless))
        reply.check(step)
        self.socket = step.status == 101
        self.ended = not step.keep and step.status != 101

    async def silence(self):
        await self.house.fence.passed()
        if self.line.heard():
            await self.line.more()
        if self.line.buffer:
            raise Fault(f"not silent: {bytes(self.line.buffer[:200])!r}")

    async def trickle(self, piece):
        more = asyncio.ensure_future(self.line.more())
        while not (await asyncio.wait({more}, timeout=0.02))[0]:
            await self.line.say(piece)
        await more

    async def end(self):
        await self.line.end()
        self.ended = True

    async def end_at_once(self):
        """The hub ends its half of the connection behind its last word, and doesn't wait for ours."""
        await self.house.fence.passed()
        if not self.line.heard():
            raise Fault("still open")
        await self.end()

    async def shut(self):
        self.line.sock.shutdown(socket.SHUT_WR)

    async def hang_up(self):
        """Nothing can be heard after it, but the hub must take it well."""
        self.line.close()
        await self.house.fence.passed()
        self.ended = True

    async def conclude(self):
        if isinstance(self.last, script.Closed) or (self.ended and isinstance(self.last, script.Reply)):
            await self.end_at_once()
        elif not self.ended and self.socket:
            await self.line.say(frames.close(1000))
            await self.hear(script.Closed(1000))
            await self.end_at_once()
        elif not self.ended:
            await self.line.say(heads.get("/healthz"))
            await self.reply(script.Reply(200))


def joined(steps):
    """The steps with what is said in a row said in one."""
    out = []
    for step in steps:
        if isinstance(step, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += step
        else:
            out.append(step)
    return out


def read(opcode, payload):
    """A frame of the hub as the step of a script that it fits."""
    if opcode == frames.PONG:
        return script.Ponged(payload)
    if opcode == frames.CLOSE:
        payload[2:].decode()
        return script.Closed(int.from_bytes(payload[:2], "big") if payload else None)
    if opcode != frames.TEXT:
        return opcode, payload
    answer = json.loads(payload)
    if isinstance(answer, list):
        return script.Told(tuple(one["id"] for one in answer))
    kind = answer["error"]["data"]["kind"]
    return script.Told(answer["id"]) if kind == "method_not_found" else script.Refused(kind)


def ways_of(case):
    """Those ways of a case that make a difference to it."""
    in_a_row = any(isinstance(a, bytes) and isinstance(b, bytes) for a, b in zip(case.script, case.script[1:]))
    short = 1 < sum(len(step) for step in case.script if isinstance(step, bytes)) <= LONGEST_BY_BYTES
    fits = {"in pieces": in_a_row, "byte by byte": short}
    return [way for way in case.ways if fits.get(way, True)]


def cut_at_every_byte(case):
    """A case as many: what is said first in two pieces, for each place where it can be cut."""
    first, *others = case.script
    return [dataclasses.replace(case, script=(first[:n], first[n:], *others)) for n in range(1, len(first))]


class Stage:
    """All cases at once, as far as there is room."""

    def __init__(self, houses):
        self.houses = houses
        self.room = asyncio.Semaphore(AT_ONCE)
        self.patience = PATIENCE

    async def play(self, parts):
        """The outcome of each part by its id: None, or what went wrong."""
        for house in self.houses.values():
            await house.open()
        found = {}
        # First those who must be quick: the others keep the machine busy.
        for hurried in (True, False):
            now = [part for part in parts if (part[0].hub == "impatient") == hurried]
            found.update(zip(map(id, now), await asyncio.gather(*(self.part(*part) for part in now))))
        for house in self.houses.values():
            house.fence.task.cancel()
            house.fence.line.close()
        return found

    async def part(self, case, way):
        if way != "cut at every byte":
            async with self.room:
                return await self.one(case, way)
        found = await asyncio.gather(*(self.part(one, "in pieces") for one in cut_at_every_byte(case)))
        return next((f"cut after {n + 1} bytes: {why}" for n, why in enumerate(found) if why), None)

    async def one(self, case, way):
        if not self.patience:
            return "not played: too many others came to no end"
        try:
            await asyncio.wait_for(Player(self.houses[case.hub], case, way).play(), TIMEOUT)
        except TimeoutError:
            self.patience -= 1
            return f"{case.section}, {case.title}, {way}: no end within {TIMEOUT} s"
        except Exception as error:  # noqa: BLE001 — whatever it is, it is the outcome of this part and of no other
            return f"{case.section}, {case.title}, {way}: {type(error).__name__}: {error}"
        return None


def play_all(parts, directory):
    """The outcomes; what the sanitizers have to say is looked at in the end."""
    data, secrets = hubs.make_template(directory)
    houses = {}
    try:
        for name in {case.hub for case, _ in parts}:
            home = directory / name
            home.mkdir()
            (home / "web").mkdir()  # no console, whether one is built or not
            one = hubs.Hub(hubs.copy_template(data, home / "data"), home / "reports", secrets, {**HUBS[name], "web": home / "web"})
            houses[name] = House(one)
            one.start()
        return asyncio.run(Stage(houses).play(parts))
    finally:
        for house in houses.values():
            house.hub.finish()
