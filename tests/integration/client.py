"""A WebSocket client for tests that reads like the conversation it has: no coroutines in tests.

Sockets live on one event loop in a thread of its own; what they receive is recorded there and awaited here. Nothing in this
file sleeps: every wait ends with the event it waits for, or fails at TIMEOUT saying what did come.
"""

import asyncio
import json
import threading
import time

import websockets
import websockets.exceptions

TIMEOUT = 20


class Loop:
    """The event loop of all clients."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine, timeout=TIMEOUT):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)


LOOP = Loop()


class RpcError(Exception):
    """A JSON-RPC error."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.code = error["code"]
        self.message = error["message"]
        self.data = error["data"]
        self.kind = error["data"]["kind"]
        self.fields = error["data"].get("fields", {})


class Closed(Exception):
    """The hub closed the connection while something else was awaited."""


class Board:
    """Presence as a client is to keep it: a snapshot, then differences that follow each other without a gap."""

    def __init__(self):
        self.version = None
        self.people = {}
        self.log = []  # (user, status) in the order it was told
        self.gaps = 0

    def snapshot(self, presence):
        self.version = presence["version"]
        self.people = {one["user"]: one for one in presence.get("users", [])}

    def apply(self, diff):
        if self.version is not None and diff["from"] != self.version:
            self.gaps += 1
        self.version = diff["version"]
        for one in diff.get("up", []):
            self.people[one["user"]] = one
            self.log.append((one["user"], one["status"]))
        for user in diff.get("down", []):
            self.people.pop(user, None)
            self.log.append((user, None))


class Client:
    """One connection. `events` holds every event in the order it came; expect() takes from those not yet taken."""

    def __init__(self, url, *, headers=None, origin=None, subprotocols=("muster.v1",), sock=None):
        self.changed = threading.Condition()
        self.answers = {}
        self.orphans = []  # answers without an id
        self.events = []
        self.untaken = []
        self.pings = 0
        self.board = Board()
        self.close_code = None
        self.close_reason = None
        self.session = None
        self.number = 0
        self.awake = None
        self.ws = LOOP.run(self._connect(url, headers, origin, subprotocols, sock))
        self.reader = asyncio.run_coroutine_threadsafe(self._read(), LOOP.loop)

    async def _connect(self, url, headers, origin, subprotocols, sock):
        more = {"sock": sock} if sock else {}
        self.awake = asyncio.Event()
        self.awake.set()
        return await websockets.connect(
            url,
            extra_headers=headers,
            origin=origin,
            subprotocols=list(subprotocols) or None,
            ping_interval=None,
            compression=None,
            max_size=None,
            open_timeout=TIMEOUT,
            close_timeout=TIMEOUT,
            **more,
        )

    async def _read(self):
        try:
            async for text in self.ws:
                self._take_in(json.loads(text))
                await self.awake.wait()
        except websockets.exceptions.ConnectionClosed:
            pass
        await self.ws.wait_closed()
        with self.changed:
            self.close_code = self.ws.close_code
            self.close_reason = self.ws.close_reason
            self.changed.notify_all()

    def _take_in(self, message):
        with self.changed:
            for one in message if isinstance(message, list) else [message]:
                self._sort(one)
            self.changed.notify_all()

    def _sort(self, one):
        if one.get("method") == "event":
            event = one["params"]
            if event["type"] == "presence.diff":
                self.board.apply(event["data"])
            self.events.append(event)
            self.untaken.append(event)
        elif one.get("method") == "ping":
            self.pings += 1
        elif one.get("id") is None:
            self.orphans.append(one)
        else:
            self._note_state(one.get("result"))
            self.answers[one["id"]] = one

    def _note_state(self, result):
        """A snapshot counts from the moment it comes: differences may be right behind it."""
        if not isinstance(result, dict):
            return
        if "session" in result and "presence" in result:
            self.session = result
            self.board.snapshot(result["presence"])
        elif "version" in result and "users" in result:
            self.board.snapshot(result)

    # ---- waiting ----

    def wait(self, ready, what, timeout=TIMEOUT):
        """Until ready() gives something other than None or False; that is the result."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                found = ready()
                if found is not None and found is not False:
                    return found
                if self.close_code is not None:
                    raise Closed(f"closed with {self.close_code} {self.close_reason!r} while waiting for {what}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {what} within {timeout} s; events so far: {self.events[-20:]}")
                self.changed.wait(left)

    def expect(self, type, where=None, timeout=TIMEOUT):
        """The next event of a type (and for which `where` holds) that no expect() has taken yet."""

        def take():
            for i, event in enumerate(self.untaken):
                if event["type"] == type and (where is None or where(event)):
                    return self.untaken.pop(i)
            return None

        return self.wait(take, f"event {type}", timeout)

    def expect_status(self, user, status, timeout=TIMEOUT, **fields):
        """Until the board shows somebody with this status (and other fields); the PRESENCE record."""

        def shown():
            one = self.board.people.get(user)
            fits = one and one["status"] == status and all(one.get(k) == v for k, v in fields.items())
            return dict(one) if fits else None

        return self.wait(shown, f"{user} as {status} {fields}, but {self.board.people.get(user)}", timeout)

    def expect_close(self, code, timeout=TIMEOUT):
        """Until the hub closes; the reason, decoded if it is one of Muster's own codes."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while self.close_code is None:
                left = deadline - time.monotonic()
                assert left > 0, f"not closed within {timeout} s; events so far: {self.events[-20:]}"
                self.changed.wait(left)
            assert self.close_code == code, f"closed with {self.close_code} {self.close_reason!r}, not {code}"
        return json.loads(self.close_reason) if code >= 4000 else self.close_reason

    def refetch(self, gaps=1):
        """Wait for that many gaps in the differences, then do as a client must: take a fresh snapshot."""
        self.wait(lambda: self.board.gaps >= gaps, f"gap number {gaps}")
        assert self.board.gaps == gaps
        return self.call("presence.get")

    def statuses(self, user):
        """The statuses that somebody was shown with since the snapshot, without repetitions."""
        with self.changed:
            told = [status for who, status in self.board.log if who == user]
        return [s for i, s in enumerate(told) if i == 0 or told[i - 1] != s]

    def durable(self, prefix=""):
        with self.changed:
            return [e for e in self.events if "seq" in e and e["type"].startswith(prefix)]

    # ---- talking ----

    def send(self, raw):
        """Text or bytes as they are."""
        LOOP.run(self.ws.send(raw))

    def send_frame(self, first_byte, payload):
        """A frame of up to 125 bytes with any first byte, masked by zeroes."""
        frame = bytes([first_byte, 0x80 | len(payload), 0, 0, 0, 0]) + payload
        LOOP.loop.call_soon_threadsafe(self.ws.transport.write, frame)

    def request(self, method, params=None, **members):
        """Send a request; its id."""
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method}
        if params is not None:
            message["params"] = params
        self.send(json.dumps({**message, **members}))
        return self.number

    def take_orphan(self):
        """An answer without an id that has come, or None."""
        return self.orphans.pop(0) if self.orphans else None

    def orphan(self):
        return self.wait(self.take_orphan, "answer without an id")

    def answer(self, number, timeout=TIMEOUT):
        return self.wait(lambda: self.answers.get(number), f"answer to request {number}", timeout)

    def call(self, method, params=None, timeout=TIMEOUT):
        """The result, or RpcError."""
        answer = self.answer(self.request(method, params), timeout)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def refused(self, method, params=None):
        """The error of a call that must not succeed."""
        try:
            result = self.call(method, params)
        except RpcError as error:
            return error
        raise AssertionError(f"{method} was not refused: {result}")

    def open(self, token=None, *, device=None, resume=None, watch="all"):
        """session.open; the result is kept as `session`, its presence as the board."""
        params = {"device": {"id": "d-test", "kind": "web", "name": "test", **(device or {})}, "watch": {"presence": watch}}
        if token is not None:
            params["token"] = token
        if resume is not None:
            params["resume"] = {"cursor": resume}
        return self.call("session.open", params)

    @property
    def cursor(self):
        """Where to resume from: the last durable event, else where the session began."""
        with self.changed:
            return next((e["cursor"] for e in reversed(self.events) if "cursor" in e), self.session["cursor"])

    # ---- leaving, and falling asleep ----

    def sleep(self):
        """Stop reading: buffers fill up on the way, and pings stay unanswered."""
        LOOP.loop.call_soon_threadsafe(self.awake.clear)

    def play_dead(self):
        """Say nothing from now on, not even pong, but keep the socket open: a machine that lost its network."""

        def pause():
            self.ws.transport.pause_reading()

        LOOP.loop.call_soon_threadsafe(pause)

    def wake(self):
        LOOP.loop.call_soon_threadsafe(self.awake.set)

    def close(self, code=1000):
        """Say goodbye: with 1000 for good, with 1001 as a browser does whose page is left or reloaded."""
        self.wake()
        LOOP.run(self.ws.close(code))
        self.reader.result(TIMEOUT)

    def drop(self):
        """Vanish without a word, as a laptop whose lid is closed."""

        async def cut():
            self.ws.transport.abort()

        self.wake()
        LOOP.run(cut())
        self.reader.result(TIMEOUT)
