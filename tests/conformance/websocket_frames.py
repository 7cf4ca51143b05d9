"""RFC 6455 §5: the framing of what a client sends."""

from case import SILENCE, Book, Closed, Ponged, Told, ask, batch, told
from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, fragments, frame, head, ping, pong, rest, text

BOOK = Book("RFC 6455")
add = BOOK.add

A, B = text(ask("a")), text(ask("b"))
LIMIT = 65536  # max_message_bytes where nothing else is said
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
RESERVED = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)

# ---- §5.2: lengths ----

for n in (0, 1, 2, 3, 124, 125, 126, 127, 128, 129, 254, 255, 256, 257, 1000, 4095, 4096, 16383, 16384, 16385, 32768, 65534,
    65535, 65536):
    message, answer = told(n)
    add("5.2", f"a text of {n} bytes", message, answer)
    if n <= 1000:
        add("5.2", f"a text of {n} bytes between two others, in one segment", A + message + B, Told("a"), answer, Told("b"))

for n in (0, 1, 2, 124, 125, 126, 127, 128, 129, 254, 255, 256, 65534, 65535, 65536):
    for form in (7, 16, 64):
        if n >= (126 if form == 16 else 65536 if form == 64 else 0) or (form == 7 and n < 126):
            continue
        if form == 7:
            continue
        add("5.2", f"a length of {n} in {form} bits, where fewer do", head(TEXT, n, form=form), Closed(1002))
        add("5.2", f"a length of {n} in {form} bits, where fewer do, of a last fragment", text(b"[", fin=False),
            head(CONTINUATION, n, form=form), Closed(1002))

for n in (2**63, 2**63 + 1, 2**64 - 1):
    add("5.2", f"a length of {n}, whose first bit must be 0", head(TEXT, n, form=64), Closed(1002))
for n in (LIMIT + 1, LIMIT + 2, 2**17, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**62, 2**63 - 1):
    add("10.4", f"a text of {n} bytes is refused as soon as it is announced", head(TEXT, n), Closed(1009))
add("10.4", "so is a first fragment", head(TEXT, LIMIT + 1, fin=False), Closed(1009))
add("10.4", "so is a fragment with which it is too much", text(b" " * 60000, fin=False), head(CONTINUATION, 5537), Closed(1009))
add("10.4", "so is one byte in the last of many", *(text(b" " * 4096, fin=False) if not i else rest(b" " * 4096,
    fin=False) for i in range(16)), SILENCE, head(CONTINUATION, 1), Closed(1009))
add("10.4", "as much as is allowed, in fragments", *fragments(batch(LIMIT)[0], [4096] * 15), Told(tuple(batch(LIMIT)[1])))
add("10.4", "the limit is that of a message, not of a connection", *(told(LIMIT)[0] for _ in range(3)),
    *(told(LIMIT)[1] for _ in range(3)))

# ---- §5.2: reserved bits; no extension was agreed on ----

for rsv in range(1, 8):
    for opcode, name in NAMES.items():
        add("5.2", f"reserved bits {rsv:03b} in an empty {name} frame", head(opcode, 0, rsv=rsv), Closed(1002))
        add("5.2", f"reserved bits {rsv:03b} in a {name} frame behind a message", A, frame(opcode, b"hello", rsv=rsv), Told("a"),
            Closed(1002))
    add("5.2", f"reserved bits {rsv:03b} in a message, and nothing behind it is looked at", A, text(ask("b"), rsv=rsv),
        ping(b"c"), B, Told("a"), Closed(1002))
    add("5.2", f"reserved bits {rsv:03b} in the second fragment", text(ask("a")[:9], fin=False), rest(ask("a")[9:], rsv=rsv),
        Closed(1002))
    add("5.2", f"reserved bits {rsv:03b} in a ping between two fragments", text(ask("a")[:9], fin=False), ping(rsv=rsv),
        rest(ask("a")[9:]), Closed(1002))
    add("5.2", f"reserved bits {rsv:03b} in a reserved frame", frame(3, rsv=rsv), Closed(1002))

# ---- §5.2: reserved opcodes ----

for opcode in RESERVED:
    add("5.2", f"opcode {opcode}, empty", frame(opcode), Closed(1002))
    add("5.2", f"opcode {opcode} with a payload", frame(opcode, b"reserved"), Closed(1002))
    add("5.2", f"opcode {opcode}, refused by its first two bytes", frame(opcode, b"reserved")[:2], Closed(1002))
    add("5.2", f"opcode {opcode}, not final", frame(opcode, b"reserved", fin=False), Closed(1002))
    add("5.2", f"opcode {opcode} of 64 bits of length", head(opcode, 2**20), Closed(1002))
    add("5.2", f"opcode {opcode} between two messages", A, frame(opcode), B, Told("a"), Closed(1002))
    add("5.2", f"opcode {opcode} with a payload, then a ping", A, frame(opcode, b"x" * 5), ping(), Told("a"), Closed(1002))
    add("5.2", f"opcode {opcode} between two fragments", text(ask("a")[:9], fin=False), frame(opcode), rest(ask("a")[9:]),
        Closed(1002))

# ---- §5.1, §5.3: masks ----

for opcode, name in NAMES.items():
    add("5.1", f"a {name} frame without a mask", frame(opcode, b"{}", mask=None), Closed(1002))
    add("5.1", f"an empty {name} frame without a mask, refused by its two bytes", head(opcode, 0, mask=None), Closed(1002))
add("5.1", "a message without a mask behind one with", A, text(ask("b"), mask=None), Told("a"), Closed(1002))
add("5.1", "a last fragment without a mask", text(ask("a")[:9], fin=False), rest(ask("a")[9:], mask=None), Closed(1002))
add("5.1", "a ping without a mask between two fragments", text(ask("a")[:9], fin=False), ping(mask=None), Closed(1002))
add("5.1", "a length of 16 bits without a mask", head(TEXT, 300, mask=None), Closed(1002))
add("5.1", "a length of 64 bits without a mask", head(TEXT, 65536, mask=None), Closed(1002))

MASKS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\1\2\3\4", b"\x80\0\0\0", b"\0\0\0\1", b"{\"}]", b"\x81\x80\x88\x00",
    b"\xc3\x28\xed\xa0")
for mask in MASKS:
    add("5.3", f"the mask {mask.hex()}", text(ask("grüße"), mask=mask), Told("grüße"))
    add("5.3", f"a ping under the mask {mask.hex()}", ping(b"masked payload", mask=mask), Ponged(b"masked payload"))
    add("5.3", f"a close under the mask {mask.hex()}", close(1001, b"bye", mask=mask), Closed(1001))
for n in range(48, 65):
    add("5.3", f"{n} bytes under a mask", text(ask("m", n), mask=b"\1\2\3\4"), Told("m"))
for cut in range(1, 9):
    add("5.3", f"each fragment has its own mask, cut after {cut} bytes",
        text(ask("own")[:cut], fin=False, mask=MASKS[3]), rest(ask("own")[cut:], mask=MASKS[2]), Told("own"))  # fmt: skip
    add("5.3", f"a ping between masked pieces, cut after {cut} bytes",
        text(ask("own")[:cut], fin=False, mask=MASKS[5]), ping(b"12345"[: cut % 6], mask=MASKS[6]), rest(ask("own")[cut:],
        mask=MASKS[7]),
        Ponged(b"12345"[: cut % 6]), Told("own"))  # fmt: skip

# ---- §5.4: fragmentation ----

WHOLE = ask("fragments")
N = len(WHOLE)
for parts in (2, 3, 4, 5, 10, N):
    add("5.4", f"{parts} fragments", *fragments(WHOLE, [N // parts] * (parts - 1)), Told("fragments"))
    add("5.4", f"{parts} fragments in one segment", b"".join(fragments(WHOLE, [N // parts] * (parts - 1))), Told("fragments"))
for cut in range(0, N + 1):
    add("5.4", f"two fragments, the first of {cut} bytes", *fragments(WHOLE, [cut]), Told("fragments"), ways=("at once",
        "in pieces"))
add("5.4", "nothing is answered before the last fragment", text(WHOLE, fin=False), SILENCE, rest(fin=False), SILENCE, rest(),
    Told("fragments"))
add("5.4", "the first fragment is empty", text(fin=False), rest(WHOLE), Told("fragments"))
add("5.4", "the last fragment is empty", text(WHOLE, fin=False), rest(), Told("fragments"))
add("5.4", "the fragment in the middle is empty", text(WHOLE[:7], fin=False), rest(fin=False), rest(WHOLE[7:]), Told("fragments"))
add("5.4", "a hundred empty fragments in the middle", text(WHOLE[:7], fin=False), *[rest(fin=False)] * 100, rest(WHOLE[7:]),
    Told("fragments"), ways=("at once", "in pieces"))
for parts in (1, 2, 3, 10):
    message, answer = told(0)
    add("5.4", f"{parts + 1} empty fragments", text(fin=False), *[rest(fin=False)] * (parts - 1), rest(), answer)
add("5.4", "two messages in fragments", *fragments(WHOLE, [5, 5]), *fragments(ask("b"), [9]), Told("fragments"), Told("b"))
add("5.4", "a message in fragments, then one that is whole", *fragments(WHOLE, [5, 5]), B, Told("fragments"), Told("b"))
add("5.4", "a whole message, then one in fragments", B, *fragments(WHOLE, [5, 5]), Told("b"), Told("fragments"))
for n in (125, 126, 65535):
    add("5.4", f"a fragment of {n} bytes and one more byte", *fragments(batch(n + 1)[0], [n]), Told(tuple(batch(n + 1)[1])))

for what, control, heard in (
    ("a ping", ping(b"between"), [Ponged(b"between")]),
    ("an empty ping", ping(), [Ponged()]),
    ("a pong", pong(b"between"), []),
    ("an empty pong", pong(), []),
    ("two pings", ping(b"1") + ping(b"2"), [Ponged(b"1"), Ponged(b"2")]),
    ("a pong, a ping and a pong", pong(b"0") + ping(b"1") + pong(b"2"), [Ponged(b"1")]),
    ("a ping of 125 bytes", ping(b"z" * 125), [Ponged(b"z" * 125)]),
):
    first, second, third = fragments(WHOLE, [4, 9])
    add("5.4", f"{what} between two fragments", first, control, second + third, *heard, Told("fragments"))
    add("5.4", f"{what} behind each fragment", first, control, second, control, third, control, *heard, *heard, Told("fragments"),
        *heard)
    add("5.4", f"{what} between two fragments is not put off", first, control, *heard, SILENCE, second, third, Told("fragments"))
add("5.4", "a close between two fragments", text(WHOLE[:5], fin=False), close(1000), rest(WHOLE[5:]), Closed(1000))

for payload in (b"", b"nothing before"):
    for fin in (True, False):
        how = f"{'a last' if fin else 'a further'} fragment{' with a payload' if payload else ', empty'}"
        bad = rest(payload, fin=fin)
        add("5.4", f"{how}, of no message", bad, Closed(1002))
        add("5.4", f"{how}, of no message, by its first two bytes", bad[:2], Closed(1002))
        add("5.4", f"{how}, behind a whole message", A, bad, Told("a"), Closed(1002))
        add("5.4", f"{how}, behind the last fragment", *fragments(WHOLE, [5]), bad, Told("fragments"), Closed(1002))
        add("5.4", f"{how}, before a message", bad, A, Closed(1002))
        add("5.4", f"{how}, behind a ping", ping(), bad, Ponged(), Closed(1002))
        add("5.4", f"{how}, twice", bad, bad, Closed(1002))
for opcode in (TEXT, BINARY):
    for fin in (True, False):
        add("5.4", f"a new {NAMES[opcode]} message{'' if fin else ' in fragments'} within another", text(WHOLE[:5], fin=False),
            frame(opcode, WHOLE[5:], fin=fin), Closed(1002))
        add("5.4", f"a new {NAMES[opcode]} message{'' if fin else ' in fragments'} within another, behind a ping",
            text(WHOLE[:5], fin=False), rest(WHOLE[5:7], fin=False), ping(b"p"), frame(opcode, WHOLE[7:], fin=fin), Ponged(b"p"),
            Closed(1002))  # fmt: skip

# ---- §5.5: control frames ----

for opcode in (CLOSE, PING, PONG):
    name = NAMES[opcode]
    add("5.5", f"a {name} of 126 bytes", frame(opcode, b"\x03\xe8" + b"x" * 124), Closed(1002))
    add("5.5", f"a {name} of 126 bytes, refused by its first two", head(opcode, 126)[:2], Closed(1002))
    add("5.5", f"a {name} of 65535 bytes", head(opcode, 65535), Closed(1002))
    add("5.5", f"a {name} of 65536 bytes", head(opcode, 65536), Closed(1002))
    add("5.5", f"a {name} of 125 bytes whose length has 16 bits", head(opcode, 125, form=16), Closed(1002))
    add("5.5", f"a {name} of 2 bytes whose length has 64 bits", head(opcode, 2, form=64), Closed(1002))
    add("5.5", f"a {name} that is not final", frame(opcode, b"\x03\xe8", fin=False), Closed(1002))
    add("5.5", f"an empty {name} that is not final", frame(opcode, fin=False), Closed(1002))
    add("5.5", f"a {name} in two fragments", frame(opcode, b"\x03", fin=False), rest(b"\xe8"), Closed(1002))
    add("5.5", f"a {name} that is not final between two fragments", text(WHOLE[:5], fin=False), frame(opcode, fin=False),
        Closed(1002))
    add("5.5", f"a {name} of 126 bytes between two fragments", text(WHOLE[:5], fin=False), head(opcode, 126), Closed(1002))
    add("5.5", f"a {name} of 126 bytes behind a message", A, frame(opcode, b"x" * 126), Told("a"), Closed(1002))

PAYLOADS = {
    "no payload": b"", "one byte": b"!", "text": b"Hello, hub!", "zeroes": bytes(16),
    "what is no UTF-8": b"\0\xff\xfe\xfd\xfc\xfb\0\xff",
    "124 bytes": b"\xfe" * 124, "125 bytes": b"\xfe" * 125, "all bytes to 124": bytes(range(125)),
    "all bytes from 131": bytes(range(131, 256)),
}  # fmt: skip
for name, payload in PAYLOADS.items():
    add("5.5.2", f"a ping with {name}", ping(payload), Ponged(payload))
    add("5.5.2", f"a ping with {name} before, between and behind messages", ping(payload), A, ping(payload), B, ping(payload),
        Ponged(payload), Told("a"), Ponged(payload), Told("b"), Ponged(payload))  # fmt: skip
    add("5.5.3", f"a pong with {name} that nobody asked for", pong(payload), SILENCE)
    add("5.5.3", f"a pong with {name} that nobody asked for, then a ping", pong(payload), ping(b"and now"), Ponged(b"and now"))
for n in (2, 10, 100):
    add("5.5.2", f"{n} pings in a row", *(ping(b"%d" % i) for i in range(n)), *(Ponged(b"%d" % i) for i in range(n)))
    add("5.5.3", f"{n} pongs in a row", *(pong(b"%d" % i) for i in range(n)), SILENCE)
add("5.5.2", "a ping is answered before what follows it is complete", ping(b"1") + A[:-1], Ponged(b"1"), SILENCE, A[-1:],
    Told("a"))

# ---- §5.6: binary messages are of a kind that is not understood here ----

for n in (0, 1, 125, 126, 127, 128, 65535, 65536):
    add("5.6", f"a binary message of {n} bytes", frame(BINARY, b"\xfe" * n), Closed(1003))
    add("5.6", f"a binary message of {n} bytes, refused by its head", head(BINARY, n), Closed(1003))
add("5.6", "a binary message behind a text", A, frame(BINARY, b"\0"), B, Told("a"), Closed(1003))
add("5.6", "a binary message in fragments, refused by the first", frame(BINARY, b"\0", fin=False), Closed(1003))
add("5.6", "a binary message beyond all limits", head(BINARY, 2**40), Closed(1003))

# ---- on a session, too ----

for title, *script in (
    ("a message", A, Told("a")),
    ("fragments with a ping between them", *fragments(WHOLE, [5])[:1], ping(b"p"), *fragments(WHOLE, [5])[1:], Ponged(b"p"),
    Told("fragments")),
    ("a message byte by byte", B, Told("b")),
    ("a reserved bit", text(ask("a"), rsv=4), Closed(1002)),
    ("a reserved opcode", frame(3), Closed(1002)),
    ("no mask", text(ask("a"), mask=None), Closed(1002)),
    ("a fragment of nothing", rest(), Closed(1002)),
    ("a binary message", frame(BINARY, b"x"), Closed(1003)),
    ("a text too long", head(TEXT, LIMIT + 1), Closed(1009)),
    ("what is no UTF-8", text(b"\xff", fin=False), Closed(1007)),
    ("a close", close(1001), Closed(1001)),
    ("a close without a code", close(), Closed(None)),
    ("a close with a code that may not be sent", close(1005), Closed(1002)),
):
    add("5", f"on a session: {title}", *script, opened=True)

# ---- cut into two segments at every byte ----

EVERY = ("cut at every byte",)
add("5.2", "a length of 16 bits", told(200)[0] + ping(b"p"), told(200)[1], Ponged(b"p"), ways=EVERY)
add("5.2", "a length of 64 bits, as far as its mask", head(TEXT, 65536, mask=b"\0\0\0\0") + b"[", batch(65536)[0][1:],
    Told(tuple(batch(65536)[1])), ways=EVERY)
add("5.4", "fragments and what may stand between them", b"".join(fragments(ask("é€😀"), [33, 1, 1, 1, 1, 1,
    1])) + ping(b"p") + pong(b"q") + B, Told("é€😀"), Ponged(b"p"), Told("b"), ways=EVERY)
add("5.5.1", "a message and a close with a reason", A + close(1001, "später".encode()), Told("a"), Closed(1001), ways=EVERY)
add("5.2", "a frame that is refused behind one that isn't", A + text(b"x", rsv=1) + B, Told("a"), Closed(1002), ways=EVERY)
