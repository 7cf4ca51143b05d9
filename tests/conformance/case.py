"""A case: what is said and what must be heard, in this order, with the section of the standard that says so.

A script is made of
- bytes, which are said ($KEY stands for an API key), or a function that makes a list of them, each written by itself,
- what must come next: Told, Refused, Ponged, Closed on a WebSocket, Reply on HTTP,
- SILENCE: everything so far was read, and nothing was said to it,
- END: the hub ended the connection, and said nothing more,
- HANG_UP, SHUT: we end the connection, or our half of it,
- Trickle: small pieces until something is heard.

What follows the last step follows by itself: after a Closed, or a Reply that ends the connection, its end; else a proof that the
connection is still good, which is a closing handshake or one more request.
"""

import dataclasses
import json

import frames

SILENCE, END, HANG_UP, SHUT = "silence", "end", "hang up", "shut"


@dataclasses.dataclass(frozen=True)
class Told:
    """The answer to ask(id), which no method has; or, for a list of ids, the answers to a batch."""

    id: object


@dataclasses.dataclass(frozen=True)
class Refused:
    """A text that was taken for one, but is no request."""

    kind: str = "parse_error"


@dataclasses.dataclass(frozen=True)
class Ponged:
    payload: bytes = b""


@dataclasses.dataclass(frozen=True)
class Closed:
    code: object  # None: a Close frame without one


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer of HTTP. `has` are header fields that must stand there so, `lacks` those that must not stand there."""

    status: int
    keep: bool = True
    has: tuple = ()
    lacks: tuple = ()
    headless: bool = False  # an answer to HEAD: a length, and no body
    body: object = None


@dataclasses.dataclass(frozen=True)
class Trickle:
    piece: bytes


def hangs_up(status, **more):
    return Reply(status, keep=False, **more)


def ask(id, size=0):
    """A request of `size` bytes for something that isn't there: its answer carries the id."""
    return json.dumps({"jsonrpc": "2.0", "method": "echo", "id": id}, ensure_ascii=False, separators=(",",
        ":")).encode().ljust(size)


def batch(size, most=1000):
    """(message, ids): `size` bytes that are requests to the last one, so that each of them shows in the answers; where `most` of
    them do not fill it, spaces do."""
    empty = len(ask(""))
    ids = []
    left = size - 2
    while left >= empty + 1 and len(ids) < most:
        n = min(240, left - empty)
        ids.append("".join(chr(97 + (len(ids) * 7 + k) % 26) for k in range(n)))
        left -= empty + n + 1
    return (b"[" + b",".join(ask(id) for id in ids) + b"]").ljust(size), ids


def told(size):
    """[a message of `size` bytes, what is heard of it]: by its answers if a request fits in, else that it is none."""
    if size > 120:
        message, ids = batch(size)
        return frames.text(message), Told(tuple(ids))
    if size >= len(ask("x")):
        id = "y" * (size - len(ask("")))
        return frames.text(ask(id)), Told(id)
    return frames.text(b" " * size), Refused()


@dataclasses.dataclass
class Case:
    section: str
    title: str
    script: tuple
    hub: str = "plain"
    opened: bool = False  # on a session, not just on a connection
    ways: tuple = ("at once", "in pieces", "byte by byte")
    http: bool = False


class Book:
    """The cases of one part of a standard."""

    def __init__(self, standard, **defaults):
        self.standard = standard
        self.defaults = defaults
        self.cases = []

    def add(self, section, title, *script, **more):
        self.cases.append(Case(f"{self.standard} {section}", title, script, **{**self.defaults, **more}))
