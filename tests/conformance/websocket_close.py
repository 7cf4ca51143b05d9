"""RFC 6455 §5.5.1 and §7: closing, by either side and in any order."""

from case import END, HANG_UP, SHUT, SILENCE, Book, Closed, Ponged, Told, Trickle, ask
from frames import close, fragments, frame, head, ping, pong, rest, text, TEXT

BOOK = Book("RFC 6455")
add = BOOK.add
A, B = text(ask("a")), text(ask("b"))

# ---- §7.4: codes ----

for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3500, 3999, 4000, 4001, 4500,
    4999):
    add("7.4", f"code {code}", close(code), Closed(code))
    add("7.4", f"code {code} with a reason", close(code, b"because"), Closed(code))
for code in (0, 1, 125, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1099, 1100, 1999, 2000, 2999, 5000, 5001, 9999, 32768, 65535):
    add("7.4", f"code {code}, which may not be sent", close(code), Closed(1002))
    add("7.4", f"code {code}, which may not be sent, with a reason", close(code, b"because"), Closed(1002))

# ---- §5.5.1: payloads ----

add("5.5.1", "no code", close(), Closed(None))
for byte in (0x00, 0x03, 0x61, 0xFF):
    add("5.5.1", f"half a code, {byte:02x}", close(None, bytes([byte])), Closed(1002))
for n in (1, 2, 122, 123):
    add("5.5.1", f"a reason of {n} bytes", close(1000, b"x" * n), Closed(1000))
for n in (124, 125, 200):
    add("5.5.1", f"a reason of {n} bytes, which is too much", close(1000, b"x" * n), Closed(1002))

# ---- §7.1: what stands before and behind a Close ----

GARBAGE = {
    "a message": B, "a ping": ping(b"p"), "a pong": pong(), "a second close": close(1001), "a close without a code": close(),
    "a fragment": rest(b"x"), "a reserved frame": frame(3, rsv=7), "no frames at all": b"GET / HTTP/1.1\r\n\r\n" * 5,
    "a great many bytes": b"\xff" * 200_000,
    "half a frame": B[:9], "a bad text": text(b"\xff"), "the head of something huge": head(TEXT, 2**50),
}  # fmt: skip
for name, data in GARBAGE.items():
    add("7.1.1", f"{name} behind a close", close(1000), data, Closed(1000))
    add("7.1.7", f"{name} behind what failed the connection", frame(3), data, Closed(1002))
for title, *script in (
    ("a message", A, Told("a")),
    ("two messages", A, B, Told("a"), Told("b")),
    ("a ping", ping(b"p"), Ponged(b"p")),
    ("a pong", pong()),
    ("a message in fragments", *fragments(ask("a"), [5, 5]), Told("a")),
):
    says = [step for step in script if isinstance(step, bytes)]
    hears = [step for step in script if not isinstance(step, bytes)]
    add("7.1.2", f"{title}, then a close in the same segment", b"".join(says) + close(1001), *hears, Closed(1001))
    add("7.1.2", f"{title}, then a close", *script, close(1001), Closed(1001))
    add("7.1.2", f"{title}, then a close without a code", *script, close(), Closed(None))
add("7.1.2", "a close within a message", text(ask("a")[:9], fin=False), rest(ask("a")[9:], fin=False), close(1000), Closed(1000))
add("7.1.2", "a close as the first thing", close(1000), Closed(1000))
add("7.1.2", "a close in three segments", close(1000, b"bye")[:1], close(1000, b"bye")[1:7], SILENCE, close(1000, b"bye")[7:],
    Closed(1000))
add("7.1.1", "a close, and our half of the connection with it", close(1000), SHUT, Closed(1000))

# ---- §7.1.5, §7.1.1: ends without a Close, after which the hub must be well ----

for name, data in {"nothing": b"", "a message": A, "half a head": A[:1], "half a mask": A[:4], "half a frame": A[:20],
    "a fragment": text(b"[", fin=False), "half a close": close(1000, b"bye")[:4], "a close": close(1000), "a ping": ping(b"p"),
    "what fails": frame(3)}.items():
    add("7.1.5", f"we hang up behind {name}", data, SILENCE if name in ("nothing", "half a head", "half a frame") else data[:0],
        HANG_UP, ways=("at once",))
    add("7.1.5", f"we hang up behind {name}, on a session", data, HANG_UP, opened=True, ways=("at once",))

# ---- §7.1.2: the hub closes first (nobody opened a session in time), and waits for the answer ----

LATE = {"hub": "impatient", "ways": ("at once",)}
for title, *script in (
    ("we answer", Closed(4001), close(4001), END),
    ("we answer with a code of our own", Closed(4001), close(1000, b"well then"), END),
    ("we answer without a code", Closed(4001), close(), END),
    ("we answer with half a code", Closed(4001), close(None, b"x"), END),
    ("we answer twice", Closed(4001), close(4001) * 2, END),
    ("we answer behind a message, which is not answered", Closed(4001), A, SILENCE, close(4001), END),
    ("we answer behind a ping, which is not answered", Closed(4001), ping(b"p"), SILENCE, close(4001), END),
    ("we answer behind what is refused, without a second Close", Closed(4001), frame(3), END),
    ("we answer behind a text that is none, without a second Close", Closed(4001), text(b"\xff"), END),
    ("we had begun a frame, end it and answer", A[:9], Closed(4001), A[9:], SILENCE, close(4001), END),
    ("we had begun a message, end it and answer", text(ask("a"), fin=False), Closed(4001), rest(), SILENCE, close(4001), END),
    ("we never answer", Closed(4001), END),
    ("we hang up", Closed(4001), HANG_UP),
    ("we hang up our half", Closed(4001), SHUT, END),
    ("though a message came in small fragments", text(b"[", fin=False), Trickle(rest(b" ", fin=False)), Closed(4001), close(4001),
    END),
    ("though a frame came byte by byte", head(TEXT, 5000, mask=b"\0\0\0\0"), Trickle(b" "), Closed(4001), SHUT, END),
):
    add("7.1.2", f"the hub closes; {title}", *script, **LATE)
