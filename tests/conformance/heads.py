"""Requests of HTTP as bytes, and answers read by the letter (RFC 9110, RFC 9112)."""

import base64
import dataclasses
import hashlib
import re

from frames import Fault

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3
HEADERS = {
    "Host": "hub.test",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Protocol": "muster.v1",
}
LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [\x20-\x7e]+\Z")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([^\r\n]*?)[ \t]*\Z")
ONCE = ("date", "content-length", "transfer-encoding", "content-type", "sec-websocket-accept", "sec-websocket-protocol")


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def request(line, *fields, body=b""):
    """A request by its first line and its lines of fields, each without its end."""
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1") + body


def get(target, *fields):
    return request(f"GET {target} HTTP/1.1", "Host: hub.test", *fields)


def post(target, body, *fields):
    return request(f"POST {target} HTTP/1.1", "Host: hub.test", "Content-Type: application/json", f"Content-Length: {len(body)}",
        *fields, body=body)


def upgrade(*more, line="GET /v1/ws HTTP/1.1", **changed):
    """The handshake, with fields changed (by None: left out) and others added. Names in keywords have _ for -."""
    fields = {**HEADERS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return request(line, *(f"{name}: {value}" for name, value in fields.items() if value is not None), *more)


@dataclasses.dataclass
class Answer:
    status: int
    fields: list
    body: bytes

    def values(self, name):
        """All that stands in a field, its lines being one list."""
        return [part.strip() for key, value in self.fields if key == name.lower() for part in value.split(",")]

    def check(self, step):
        names = [name for name, _ in self.fields]
        if self.status != step.status:
            raise Fault(f"{self.status} {self.body[:200]!r}, not {step.status}")
        if twice := [name for name in ONCE if names.count(name) > 1]:
            raise Fault(f"{twice} more than once")
        if self.status >= 200:
            self._check_final(step, names)
        for name, value in step.has:
            if name.lower() not in names or (value and value not in self.values(name)):
                raise Fault(f"{name} is {self.values(name)}, not {value}")
        if present := [name for name in step.lacks if name.lower() in names]:
            raise Fault(f"{present} should not be there")
        if step.body is not None and self.body != step.body:
            raise Fault(f"the body is {self.body[:200]!r}")

    def _check_final(self, step, names):
        """What every final answer has: when it was made, and whether the connection stays (RFC 9110 §6.6.1, RFC 9112 §9.6)."""
        if "date" not in names:
            raise Fault("no Date")
        if ("close" in self.values("connection")) == step.keep:
            raise Fault(f"Connection: {self.values('connection')}")
        must = {401: "www-authenticate", 405: "allow", 426: "upgrade"}.get(self.status)
        if must and must not in names:
            raise Fault(f"{self.status} without {must}")
        if self.status == 204 and "content-length" in names:
            raise Fault("204 with a length")


def take_reply(data, headless=False):
    """(Answer, bytes used) of the first answer, or None if it isn't whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = bytes(data[:end]).split(b"\r\n")
    match = LINE.match(first)
    if not match:
        raise Fault(f"no status line: {first!r}")
    fields = []
    for line in lines:
        field = FIELD.match(line)
        if not field:
            raise Fault(f"no field: {line!r}")
        fields.append((field[1].decode().lower(), field[2].decode("latin-1")))
    status, at = int(match[1]), end + 4
    lengths = [value for name, value in fields if name == "content-length"]
    if status < 200 or status in (204, 304) or headless:
        if status != 304 and not headless and lengths:
            raise Fault(f"{status} with a length")
        return Answer(status, fields, b""), at
    if ("transfer-encoding", "chunked") in fields:
        return take_chunks(data, at, status, fields)
    if len(lengths) != 1 or not lengths[0].isdigit():
        raise Fault(f"where does it end? {fields}")
    n = int(lengths[0])
    return (Answer(status, fields, bytes(data[at : at + n])), at + n) if len(data) >= at + n else None


def take_chunks(data, at, status, fields):
    body = b""
    while (feed := data.find(b"\r\n", at)) >= 0:
        n = int(bytes(data[at:feed]), 16)
        at = feed + 2 + n + 2
        if len(data) < at:
            return None
        if data[at - 2 : at] != b"\r\n":
            raise Fault("a chunk doesn't end where it says")
        body += data[feed + 2 : feed + 2 + n]
        if n == 0:
            return Answer(status, fields, body), at
    return None
