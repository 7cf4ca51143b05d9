"""RFC 6455 §5.4, §10.4: much at a time, on a hub that allows messages of 16 MiB."""

import functools

from case import Book, Closed, Ponged, Refused, Told, batch, told
from frames import CONTINUATION, TEXT, fragments, head, ping, rest, text

BOOK = Book("RFC 6455", hub="large", ways=("at once",))
add = BOOK.add
KIB, MIB = 1024, 1024 * 1024
LIMIT = 16 * MIB


@functools.cache
def large(size):
    """(message, what is heard of it): requests, and spaces to the end."""
    message, ids = batch(size)
    return message, Told(tuple(ids))


def whole(size):
    return lambda: [text(large(size)[0])]


def in_fragments(size, n):
    return lambda: [b"".join(fragments(large(size)[0], [n] * ((size - 1) // n)))]


def in_writes(size, n):
    def make():
        data = text(large(size)[0])
        return [data[i : i + n] for i in range(0, len(data), n)]

    return make


for size in (65537, 128 * KIB, 256 * KIB, MIB, 4 * MIB, LIMIT):
    add("5.2", f"a text of {size} bytes", whole(size), large(size)[1])
for n in (64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB):
    add("5.4", f"4 MiB in fragments of {n} bytes", in_fragments(4 * MIB, n), large(4 * MIB)[1])
for n in (1, 7, 1300, 65535):
    add("5.4", f"64 KiB in fragments of {n} bytes", in_fragments(64 * KIB, n), large(64 * KIB)[1])
for n in (64, 128, 256, 512, 997, KIB, 2 * KIB):
    add("5.2", f"1 MiB, written {n} bytes at a time", in_writes(MIB, n), large(MIB)[1])
for n in (1, 997):
    add("5.2", f"64 KiB, written {n} bytes at a time", in_writes(64 * KIB, n), large(64 * KIB)[1])
add("10.4", "one byte more than 16 MiB", head(TEXT, LIMIT + 1), Closed(1009))
add("10.4", "one byte more than 16 MiB, in fragments", lambda: [text(b" " * LIMIT, fin=False)], head(CONTINUATION, 1),
    Closed(1009))
add("10.4", "all of 16 MiB, and then no more than an empty fragment", lambda: [text(large(LIMIT)[0], fin=False)], rest(),
    large(LIMIT)[1])
add("8.1", "a bad byte behind 8 MiB, in a text of 16", lambda: [head(TEXT, LIMIT, mask=b"\0\0\0\0") + b" " * (8 * MIB) + b"\xff"],
    Closed(1007))
for size in (0, 16, 64, 125, 126, 256, KIB, 4 * KIB):
    message, answer = told(size)
    add("5.2", f"1000 texts of {size} bytes", message * 1000, *[answer] * 1000)
    add("5.2", f"100 texts of {size} bytes, each when the one before was answered", *[message, answer] * 100)
    add("5.4", f"1000 texts of {size} bytes with a ping behind each", (message + ping(b"p")) * 1000, *[answer,
        Ponged(b"p")] * 1000)
add("5.5.2", "1000 pings", ping(b"often") * 1000, *[Ponged(b"often")] * 1000)
add("5.4", "1000 messages of three empty fragments", (text(fin=False) + rest(fin=False) + rest()) * 1000, *[Refused()] * 1000)
