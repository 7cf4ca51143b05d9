"""RFC 6455 §5.6 and §8.1: texts are UTF-8, and what can't become UTF-8 any more is refused at once.

At which byte a text is spoilt is found by Python's own decoder, which shares nothing with the hub's: where no bytes that could
follow make it valid.
"""

import itertools

from case import SILENCE, Book, Closed, Ponged, Refused, Told, ask
from frames import CONTINUATION, TEXT, close, fragments, head, mask_bytes, MASK, ping, rest, text

BOOK = Book("RFC 6455")
add = BOOK.add


TAILS = [b"", *(bytes(tail) for n in (1, 2, 3) for tail in itertools.product((0x80, 0x90, 0xA0, 0xBF), repeat=n))]


def is_text(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def good_bytes(data):
    """How many bytes at the start some text begins with: what can still become a character by some tail."""
    return next((n for n in range(len(data)) if not any(is_text(data[: n + 1] + tail) for tail in TAILS)), len(data))


def message_with(data):
    """A request that has these bytes in its id: (all of it, where they begin)."""
    whole = ask("\x7f")
    at = whole.index(b"\x7f")
    return whole[:at] + data + whole[at + 1 :], at


# ---- valid: by themselves, broken into fragments within a character, and as the last thing of a fragment ----

WORDS = {
    "ASCII": "plain words", "Latin": "Käse, garçon, œuvre", "Greek": "κόσμε", "Cyrillic": "присутствие", "Hebrew": "שלום",
    "Arabic": "حضور",
    "Devanagari": "उपस्थिति", "Thai": "สวัสดี", "Chinese": "在线状态", "Japanese": "こんにちは", "Korean": "안녕하세요", "emoji": "👩🏽‍💻🎉",
    "combining marks": "e\u0301\u0323\u0302", "everything": "aé€😀" * 4,
}  # fmt: skip
POINTS = (0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xF900, 0xFEFF, 0xFFFC, 0xFFFD, 0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000,
    0x10FFFF)
NONCHARACTERS = [plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)] + [0xFDD0, 0xFDEF]

for name, words in WORDS.items():
    whole, at = message_with(words.encode())
    add("5.6", f"text in {name}", text(whole), Told(words))
    add("5.6", f"text in {name}, a fragment for each byte", *fragments(whole, [1] * (len(whole) - 1)), Told(words),
        ways=("at once", "in pieces"))
    add("5.6", f"text in {name}, a ping between all bytes", *sum(([one, ping()] for one in fragments(whole,
        [1] * (len(whole) - 1))), []),
        *[Ponged()] * (len(whole) - 1), Told(words), Ponged(), ways=("at once", "in pieces"))  # fmt: skip
    add("5.6", f"text in {name}, as one frame in segments", head(TEXT, len(whole), mask=MASK), *(mask_bytes(whole,
        MASK)[i : i + 3] for i in range(0, len(whole), 3)), Told(words))
for point in sorted({*POINTS, *NONCHARACTERS}):
    character = chr(point).encode()
    whole, at = message_with(character)
    add("8.1", f"U+{point:04X}", text(whole), Told(chr(point)))
    add("8.1", f"U+{point:04X} twice, a fragment for each byte", *fragments(message_with(character * 2)[0], [at,
        *[1] * (2 * len(character))]), Told(chr(point) * 2), ways=("at once", "in pieces"))
for cut in (1, 2, 3):
    whole, at = message_with("😀".encode())
    first, last = fragments(whole, [at + cut])
    add("8.1", f"a character may end in the next fragment, {cut} of 4 bytes here", first, SILENCE, last, Told("😀"))
    add("8.1", f"a character may end after a ping, {cut} of 4 bytes here", first, ping(b"p"), Ponged(b"p"), last, Told("😀"))
    add("8.1", f"a character may end after an empty fragment, {cut} of 4 bytes here", first, rest(fin=False), SILENCE, last,
        Told("😀"))
for code in (*range(0x20), 0x7F):
    add("8.1", f"the control character {code:02x} is UTF-8, if no JSON", text(bytes([code])), Refused())
add("8.1", "NUL bytes are UTF-8", text(bytes(100)), Refused())

# ---- invalid: refused, at the byte that spoils it ----

BAD = {}


def bad(what, data):
    BAD[f"{what}: {data.hex(' ')}"] = data


for n in (1, 2, 3, 4, 5, 6, 7):
    bad(f"{n} continuation bytes", (b"\x80\xbf" * 4)[:n])
for byte in range(0x80, 0xC0):
    bad("a lone continuation byte", bytes([byte]))
bad("all continuation bytes", bytes(range(0x80, 0xC0)))
for byte in range(0xC0, 0xFE):
    bad("a first byte and a space", bytes([byte, 0x20]))
bad("all first bytes of two", b"".join(bytes([byte, 0x20]) for byte in range(0xC0, 0xE0)))
bad("all first bytes of three", b"".join(bytes([byte, 0x20]) for byte in range(0xE0, 0xF0)))
bad("all first bytes of four", b"".join(bytes([byte, 0x20]) for byte in range(0xF0, 0xF8)))
for cut in (b"\xc2", b"\xdf", b"\xe0\xa0", b"\xef\xbf", b"\xf0\x90\x80", b"\xf4\x8f\xbf", b"\xe2\x82", b"\xf0\x9f", b"\xf0"):
    bad("a character cut off, then a letter", cut + b"a")
    bad("a character cut off, then the same again", cut * 2)
    bad("a character cut off, then one that isn't", cut + "é".encode())
for cut in (b"\xf8\x88\x80\x80", b"\xfc\x84\x80\x80\x80", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"):
    bad("a form of five or six bytes, cut off", cut)
for byte in (b"\xfe", b"\xff", b"\xfe\xff", b"\xfe\xfe\xff\xff", b"\xf5\x80\x80\x80", b"\xf7\xbf\xbf\xbf"):
    bad("bytes that never occur", byte)
for form in (b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"):
    bad("an overlong slash", form)
for form in (b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"):
    bad("an overlong NUL", form)
for form in (b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"):
    bad("the greatest overlong form", form)
for form in (b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfb\xbf\xbf\xbf\xbf", b"\xfc\x84\x80\x80\x80\x80",
    b"\xfd\xbf\xbf\xbf\xbf\xbf"):
    bad("beyond U+10FFFF", form)
for point in (0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF):
    bad("a surrogate", chr(point).encode("utf-8", "surrogatepass"))
for high in (0xD800, 0xDB7F, 0xDB80, 0xDBFF):
    for low in (0xDC00, 0xDFFF):
        bad("a pair of surrogates", (chr(high) + chr(low)).encode("utf-8", "surrogatepass"))
bad("good, then bad", "κόσμε".encode() + b"\xed\xa0\x80" + b"edited")
bad("good, then too much", "κόσμε".encode() + b"\xf4\x90\x80\x80" + b"edited")

for what, data in BAD.items():
    whole, at = message_with(data)
    n = good_bytes(whole)
    assert n < len(whole), what
    good, spoilt = whole[:n], whole[n : n + 1]
    add("8.1", what, text(whole), Closed(1007), ways=("at once", "byte by byte"))
    add("8.1", f"{what}; refused before the message ends", text(good, fin=False), SILENCE, rest(spoilt, fin=False), Closed(1007),
        ways=("at once",))
    masked = mask_bytes(whole, MASK)
    add("8.1", f"{what}; refused before the frame ends", head(TEXT, len(whole), mask=MASK) + masked[:n], SILENCE,
        masked[n : n + 1], Closed(1007), ways=("at once",))
    add("8.1", f"{what}; refused before the last frame ends", text(good[:5], fin=False), head(CONTINUATION, len(whole) - 5,
        mask=MASK) + mask_bytes(whole[5:], MASK)[: n - 5],
        SILENCE, mask_bytes(whole[5:], MASK)[n - 5 : n - 4], Closed(1007), ways=("at once",))  # fmt: skip

for cut in (b"\xc2", b"\xdf", b"\xe0", b"\xe0\xa0", b"\xed", b"\xef\xbf", b"\xf0", b"\xf0\x90", b"\xf0\x90\x80", b"\xf4\x8f\xbf"):
    add("8.1", f"a text that ends within a character: {cut.hex(' ')}", text(b"[" + cut), Closed(1007))
    add("8.1", f"fragments that end within a character: {cut.hex(' ')}", text(b"[" + cut, fin=False), SILENCE, rest(),
        Closed(1007))
    add("8.1", f"a last fragment that ends within a character: {cut.hex(' ')}", text(b"[", fin=False), rest(cut), Closed(1007))
    add("8.1", f"a character does not go on in the next message: {cut.hex(' ')}", text(cut), text(b"\x80" * 3), Closed(1007))
add("8.1", "a good text, then a bad one", text(ask("a")), text(b"\xff"), text(ask("b")), Told("a"), Closed(1007))
add("8.1", "a bad text behind a long good one", text(b" " * 40000 + b"\xff"), Closed(1007))
add("8.1", "a bad byte at the end of what a read takes", text(b" " * 16376 + b"\xe2\x82", fin=False), SILENCE, rest(b"\xc2",
    fin=False), Closed(1007))

# ---- the reason of a Close ----

for reason in ("", "bye", "auf Wiedersehen, später", "😀" * 30, "κόσμε", "x" * 123):
    add("5.5.1", f"a reason: {reason[:40]}", close(1000, reason.encode()), Closed(1000))
for data in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"ok\xc0\xaf", "κόσμε".encode() + b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80",
    b"x" * 122 + b"\xc3"):
    add("5.5.1", f"a reason that is no UTF-8: {data.hex(' ')[-40:]}", close(1000, data), Closed(1007))
