"""A hub that does what a test tells it, for what a real one would not do on command."""

import asyncio
import json
import queue
import time

import websockets

from client import LOOP, TIMEOUT

SESSION = {
    "session": "s-fake",
    "workspace": {"id": "acme", "name": "Acme"},
    "user": {"id": "ann", "name": "Ann"},
    "permissions": [],
    "cursor": "acme:0:0",
    "resumed": False,
    "replayed": 0,
    "ping_interval_ms": 25000,
    "presence": {"version": "n:1", "users": []},
}


def person(user, status="available", base=None, **more):
    return {"user": user, "name": user.title(), "status": status, "base": base or status, "devices": [], **more}


class Connection:
    """One client that came. Waiting fails at TIMEOUT."""

    def __init__(self, ws):
        self.ws = ws
        self.path = ws.path
        self.headers = ws.request_headers
        self.came = time.monotonic()
        self.messages = queue.Queue()
        self.last_id = None

    def take(self):
        """The next message."""
        return json.loads(self.messages.get(timeout=TIMEOUT))

    def open(self, **result):
        """Take session.open and answer it; its parameters."""
        params = self.called("session.open")
        self.answer({**SESSION, **result})
        return params

    def called(self, method):
        """Take the next message, which has to be a call of this method; its parameters."""
        message = self.take()
        assert message["jsonrpc"] == "2.0" and message["method"] == method, message
        self.last_id = message["id"]
        return message["params"]

    def answer(self, result):
        self.send({"jsonrpc": "2.0", "id": self.last_id, "result": result})

    def refuse(self, code, message, **data):
        self.send({"jsonrpc": "2.0", "id": self.last_id, "error": {"code": code, "message": message, "data": data}})

    def event(self, type, data=None, seq=None):
        durable = {"seq": seq, "cursor": f"acme:0:{seq}"} if seq else {}
        event = {"type": type, **durable, "at": "2026-11-21T12:00:00.123Z", "actor": {"user": "bob"}, "data": data or {}}
        self.send({"jsonrpc": "2.0", "method": "event", "params": event})
        return event

    def send(self, message):
        """An object as JSON, anything else as it is: text, bytes, or a list of pieces to be sent as fragments."""
        LOOP.run(self.ws.send(json.dumps(message) if isinstance(message, dict) else message))

    def close(self, code, reason=""):
        """The moment just before."""
        at = time.monotonic()
        LOOP.run(self.ws.close(code, json.dumps(reason) if isinstance(reason, dict) else reason))
        return at

    def cut(self):
        """Without a word."""
        LOOP.loop.call_soon_threadsafe(self.ws.transport.abort)

    def expect_close(self):
        """Until the client has closed; its close code."""
        LOOP.run(self.ws.wait_closed())
        return self.ws.close_code


class FakeHub:
    def __init__(self, ssl=None):
        self.came = queue.Queue()
        self.scheme = "https" if ssl else "http"
        self.server = LOOP.run(self._serve(ssl))
        self.port = self.server.sockets[0].getsockname()[1]

    async def _serve(self, ssl):
        return await websockets.serve(
            self._meet, "127.0.0.1", 0, subprotocols=["muster.v1"], ping_interval=None, compression=None, ssl=ssl
        )

    async def _meet(self, ws):
        connection = Connection(ws)
        self.came.put(connection)
        try:
            async for text in ws:
                connection.messages.put(text)
        except websockets.exceptions.ConnectionClosed:
            pass

    def url(self, host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}"

    def accept(self):
        """The next client that comes."""
        return self.came.get(timeout=TIMEOUT)

    def finish(self):
        async def close():
            self.server.close()
            await asyncio.wait_for(self.server.wait_closed(), TIMEOUT)

        LOOP.run(close())
