"""The two transports as thin as they can be, for tests with some hundred thousand frames that are all looked at.

A Socket is a WebSocket with JSON-RPC in it, a Door is one HTTP connection that is kept. Both belong to one event loop.
"""

import asyncio
import json
import struct
import time

UPGRADE = (
    "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: d29ya2luZyBkYXkgc2ltIQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: muster.v1\r\n\r\n"
).encode()
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
MASKED = 0x80


class Gone(Exception):
    """The connection ended before the answer came: whether the command was done is not known."""


class Refused(Exception):
    """The hub answered with an error."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.kind = error["kind"]
        self.retry_after_ms = error.get("retry_after_ms", 0)
        self.present = error.get("present")


def frame(opcode, payload):
    """A final frame, masked by zeroes."""
    n = len(payload)
    if n < 126:
        head = struct.pack("!BB", 0x80 | opcode, MASKED | n)
    elif n < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, MASKED | 126, n)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, MASKED | 127, n)
    return head + b"\0\0\0\0" + payload


def take_frame(data, at):
    """(opcode, payload, where the next one begins) of the frame at `at`, or None if it isn't whole yet."""
    left = len(data) - at
    if left < 2:
        return None
    n = data[at + 1]
    head = 2
    if n == 126:
        if left < 4:
            return None
        n = data[at + 2] << 8 | data[at + 3]
        head = 4
    elif n == 127:
        if left < 10:
            return None
        n = int.from_bytes(data[at + 2 : at + 10], "big")
        head = 10
    if left < head + n:
        return None
    begin = at + head
    return data[at] & 15, bytes(data[begin : begin + n]), begin + n


class Socket(asyncio.Protocol):
    """`on_event(text)` gets each event as it came, in order; `on_end(code)` is called once."""

    def __init__(self, on_event, on_end):
        self.on_event = on_event
        self.on_end = on_end
        self.data = bytearray()
        self.upgraded = asyncio.get_running_loop().create_future()
        self.waiting = {}
        self.number = 0
        self.close_code = None
        self.close_reason = b""
        self.head = b""
        self.heard_at = time.monotonic()
        self.transport = None

    @classmethod
    async def connect(cls, port, on_event, on_end):
        loop = asyncio.get_running_loop()
        _, self = await loop.create_connection(lambda: cls(on_event, on_end), "127.0.0.1", port)
        await self.upgraded
        return self

    def connection_made(self, transport):
        self.transport = transport
        transport.write(UPGRADE)

    def data_received(self, data):
        self.heard_at = time.monotonic()
        self.data += data
        at = 0
        if not self.upgraded.done():
            at = self._take_head()
        while (taken := take_frame(self.data, at)) is not None:
            opcode, payload, at = taken
            self._on_frame(opcode, payload)
        del self.data[:at]

    def _take_head(self):
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        self.head = bytes(self.data[:end])
        if self.head.startswith(b"HTTP/1.1 101"):
            self.upgraded.set_result(None)
        else:
            self.upgraded.set_exception(Gone(bytes(self.data[:60]).decode()))
            self.transport.abort()
        return end + 4

    def _on_frame(self, opcode, payload):
        if opcode == TEXT:
            self._on_text(payload)
        elif opcode == PING:
            self.transport.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self.close_code, self.close_reason = int.from_bytes(payload[:2], "big"), payload[2:]
            self.transport.write(frame(CLOSE, payload[:2]))
            self.transport.close()

    def _on_text(self, text):
        if text.startswith(b'{"jsonrpc":"2.0","method":"event"'):
            self.on_event(text)
            return
        message = json.loads(text)
        future, at_once = self.waiting.pop(message.get("id"), (None, None))
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(Refused(message["error"]["data"]))
            return
        if at_once:
            at_once(message["result"])
        future.set_result(message["result"])

    def connection_lost(self, error):
        for future in [self.upgraded, *(future for future, _ in self.waiting.values())]:
            if not future.done():
                future.set_exception(Gone())
                future.exception()  # nobody may be waiting any more
        self.waiting.clear()
        self.on_end(self.close_code)

    async def call(self, method, params, at_once=None):
        """The result; Refused, or Gone. `at_once(result)` is called before anything is heard that came behind it."""
        if self.transport.is_closing():
            raise Gone()
        self.number += 1
        future = asyncio.get_running_loop().create_future()
        self.waiting[self.number] = future, at_once
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        self.transport.write(frame(TEXT, json.dumps(request).encode()))
        return await future

    def close(self):
        """Say goodbye as a page does that is left."""
        if not self.transport.is_closing():
            self.transport.write(frame(CLOSE, struct.pack("!H", 1001)))

    def drop(self):
        """Vanish without a word."""
        self.transport.abort()


class Door:
    """HTTP, one request at a time."""

    def __init__(self, port, token):
        self.port = port
        self.token = token
        self.reader = self.writer = None

    async def call(self, method, path, body=None):
        """The result; Refused, or Gone."""
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            return await self._ask(method, path, body)
        except (OSError, EOFError) as error:
            self.close()
            raise Gone() from error

    async def _ask(self, method, path, body):
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self.writer.write(head.encode() + content)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in answer.split("\r\n")[1:] if ": " in line)
        result = json.loads(await self.reader.readexactly(int(fields["content-length"])) or b"{}")
        if fields.get("connection") == "close":
            self.close()
        if not answer.startswith("HTTP/1.1 2"):
            raise Refused(result)
        return result

    def close(self):
        if self.writer is not None:
            self.writer.transport.abort()
        self.reader = self.writer = None
