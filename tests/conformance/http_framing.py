"""RFC 9112 §2 to §7: where a request begins and ends, about which nobody on the way may think otherwise."""

from case import SILENCE, Book, Reply, hangs_up
from heads import get, post

BOOK = Book("RFC 9112", http=True)
add = BOOK.add

HEALTHZ = get("/healthz")
GOOD = Reply(200)
ASK, UNAUTHENTICATED = post("/v1/tickets", b"{}"), Reply(401, has=(("WWW-Authenticate", "Bearer"),))
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\n\r\n"


def raw(*lines, line="POST /v1/tickets HTTP/1.1", end=b"\r\n\r\n", body=HIDDEN):
    return b"\r\n".join([line.encode(), b"Host: hub.test", *(one if isinstance(one,
        bytes) else one.encode("latin-1") for one in lines)]) + end + body


# ---- one request that two servers could read as two: refused, and nothing behind it is looked at ----

N = len(HIDDEN)
for title, lines, status in (
    ("a length and chunks", [f"Content-Length: {N}", "Transfer-Encoding: chunked"], 400),
    ("chunks and a length", ["Transfer-Encoding: chunked", f"Content-Length: {N}"], 400),
    ("a length of nothing and chunks", ["Content-Length: 0", "Transfer-Encoding: chunked"], 400),
    ("a length and a coding that is none", [f"Content-Length: {N}", "Transfer-Encoding: xchunked"], 400),
    ("a length and no coding", [f"Content-Length: {N}", "Transfer-Encoding:"], 400),
    ("two lengths that differ", ["Content-Length: 0", f"Content-Length: {N}"], 400),
    ("two lengths that differ, the other way round", [f"Content-Length: {N}", "Content-Length: 0"], 400),
    ("two lengths that agree", [f"Content-Length: {N}", f"Content-Length: {N}"], 400),
    ("two lengths in one line", [f"Content-Length: {N}, {N}"], 400),
    ("two lengths in different letters", ["Content-Length: 0", f"CONTENT-LENGTH: {N}"], 400),
    ("three lengths", ["Content-Length: 0"] * 3, 400),
    ("chunks", ["Transfer-Encoding: chunked"], 411),
    ("chunks in capitals", ["TRANSFER-ENCODING: CHUNKED"], 411),
    ("chunks behind a tab", ["Transfer-Encoding:\tchunked"], 411),
    ("chunks without a space", ["Transfer-Encoding:chunked"], 411),
    ("chunks twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 400),
    ("chunks, and then not", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], 400),
    ("not in chunks, and then in chunks", ["Transfer-Encoding: identity", "Transfer-Encoding: chunked"], 400),
    ("chunks twice in one line", ["Transfer-Encoding: chunked, chunked"], 501),
    ("chunks that are not last", ["Transfer-Encoding: chunked, gzip"], 501),
    ("chunks of something packed", ["Transfer-Encoding: gzip, chunked"], 501),
    ("chunks with a parameter", ["Transfer-Encoding: chunked;q=1"], 501),
    ("chunks in quotes", ['Transfer-Encoding: "chunked"'], 501),
    ("a coding that begins like chunks", ["Transfer-Encoding: chunkedx"], 501),
    ("a coding that ends like chunks", ["Transfer-Encoding: xchunked"], 501),
    ("a coding that is none", ["Transfer-Encoding: identity"], 501),
    ("an empty coding", ["Transfer-Encoding:"], 501),
    ("a coding and a vertical tab", ["Transfer-Encoding: chunked\x0b"], 400),
    ("a coding behind a vertical tab", ["Transfer-Encoding: \x0bchunked"], 400),
    ("a coding and a NUL", ["Transfer-Encoding: chunked\0"], 400),
    ("a coding and a no-break space", ["Transfer-Encoding: chunked\xa0"], 501),
    ("a space before the colon of a coding", ["Transfer-Encoding : chunked"], 400),
    ("a tab before the colon of a coding", ["Transfer-Encoding\t: chunked"], 400),
    ("a space before a coding's name", [" Transfer-Encoding: chunked"], 400),
    ("a folded coding", ["Transfer-Encoding:", " chunked"], 400),
    ("a coding in the fold of another field", ["X: y", " Transfer-Encoding: chunked"], 400),
    ("a coding in the fold of another field, by a tab", ["X: y", "\tTransfer-Encoding: chunked"], 400),
    ("a coding's name with a NUL in it", ["Transfer-Encoding\0: chunked"], 400),
    ("a coding's name in brackets", ["(Transfer-Encoding): chunked"], 400),
    ("a coding's name in Latin-1", ["Tr\xe4nsfer-Encoding: chunked"], 400),
    ("a coding behind a bare line feed", [b"X: y\nTransfer-Encoding: chunked"], 400),
    ("a coding behind a bare carriage return", [b"X: y\rTransfer-Encoding: chunked"], 400),
    ("a coding behind two carriage returns", [b"X: y\r\r\nTransfer-Encoding: chunked"], 400),
    ("a length behind a bare line feed", [b"X: y\nContent-Length: 0"], 400),
    ("a space before the colon of a length", ["Content-Length : 0"], 400),
    ("a space before a length's name", [" Content-Length: 0"], 400),
    ("a folded length", ["Content-Length:", f" {N}"], 400),
    ("a line without a colon", ["Content-Length 0"], 400),
    ("a field without a name", [": 0"], 400),
    ("nothing but a space", [" "], 400),
    ("nothing but a colon", [":"], 400),
    ("a second request line", ["GET /healthz HTTP/1.1"], 400),
):
    section = "6" if "Transfer" in str(lines) or "chunk" in title else "6.2" if "Length" in str(lines) else "5"
    add(section, title, raw(*lines), hangs_up(status), ways=("at once",))
    add(section, f"{title}, behind another request", HEALTHZ + raw(*lines), GOOD, hangs_up(status), ways=("at once",))

for length in ("-1", "-0", "+0", "+5", "0x10", "0b1", "1e3", "5.0", "5;", "5 5", "5,5", "5, 5", "", " ", "five", "५", "٥", "\xb2",
    "'5'", '"5"', "18446744073709551615", "18446744073709551616", "-9223372036854775808", "9" * 16, "9" * 300, "0 0", "0\x0b",
    "0\0"):
    value = length.encode() if length.isprintable() and not length.isascii() and ord(length[0]) > 255 else length.encode("latin-1")
    add("6.2", f"the length {length[:30]!r}", raw(b"Content-Length: " + value), hangs_up(400), ways=("at once",))
for length in ("2", "02", "0000000002", " 2", "2 ", "\t2\t"):
    add("6.2", f"the length {length!r}", raw(f"Content-Length:{length}", "Content-Type: application/json", body=b"{}"),
        UNAUTHENTICATED)
for name in ("Content_Length", "Content-Lengths", "Content-Lengt", "X-Content-Length", "Content--Length", "Transfer_Encoding",
    "Transfer-Encodings", "TE", "Trailer", "X-Transfer-Encoding"):
    add("5", f"{name} is a field like any other", raw(f"{name}: chunked", body=b""), UNAUTHENTICATED)
    add("5", f"{name} is a field like any other, and what follows the next request", raw(f"{name}: 42"), UNAUTHENTICATED, GOOD,
        ways=("at once",))

# ---- §2.2, §5: lines ----

for title, data in {
    "nothing but line feeds": b"GET /healthz HTTP/1.1\nHost: hub.test\n\n",
    "a line feed behind the first line": b"GET /healthz HTTP/1.1\nHost: hub.test\r\n\r\n",
    "a line feed behind a field": b"GET /healthz HTTP/1.1\r\nHost: hub.test\nA: b\r\n\r\n",
    "a line feed as the last line": b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\n\n",
    "a line feed before the last line": b"GET /healthz HTTP/1.1\r\nHost: hub.test\n\r\n",
    "carriage returns within a field": b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\nA: b\rC: d\r\n\r\n",
    "a carriage return at the end of a field": b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\r\n\r\n",
    "a carriage return in the first line": b"GET /healthz\r HTTP/1.1\r\nHost: hub.test\r\n\r\n",
    "a space before the first field": b"GET /healthz HTTP/1.1\r\n Host: hub.test\r\nHost: hub.test\r\n\r\n",
    "a NUL in the first line": b"GET /healthz\0 HTTP/1.1\r\nHost: hub.test\r\n\r\n",
    "a NUL in a field": b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\nA: b\0c\r\n\r\n",
    "a space before the first line": b" GET /healthz HTTP/1.1\r\nHost: hub.test\r\n\r\n",
    "an empty line before the first": b"\r\n" + HEALTHZ,
    "an empty line of a line feed before the first": b"\n" + HEALTHZ,
    "many empty lines": b"\r\n\r\n" * 10,
    "a hidden byte order mark": b"\xef\xbb\xbf" + HEALTHZ,
}.items():
    add("2.2", title, data, hangs_up(400), ways=("at once", "byte by byte"))
for control in (*range(1, 9), *range(0x0B, 0x0D), *range(0x0E, 0x20), 0x7F):
    add("5", f"the control character {control:02x} in a field", get("/healthz", f"A: b{chr(control)}c"), hangs_up(400),
        ways=("at once",))
for title, field in {"a tab": "A: b\tc", "Latin-1": "A: \xe4\xf6\xfc", "UTF-8": "A: \xc3\xa9", "nothing": "A:",
    "nothing but spaces": "A:   ", "a colon": "A: b:c", "a long name": "A" * 500 + ": b",
    "all that a name may have": "!#$%&'*+-.^_`|~09azAZ: b", "quotes": 'A: "b \\" c"', "a comment": "A: (b)"}.items():
    add("5", f"a field with {title}", get("/healthz", field), GOOD)
for character in "\"(),/;<=>?@[\\]{} \t\x7f\x80\xff":
    add("5.1", f"a name with {character!r}", get("/healthz", f"A{character}B: c"), hangs_up(400), ways=("at once",))

# ---- §9.3.2: one behind the other ----

for n in (2, 3, 10, 100):
    add("9.3.2", f"{n} requests in one segment", HEALTHZ * n, *[GOOD] * n, ways=("at once",))
add("9.3.2", "answers come in the order of the requests", HEALTHZ + get("/nowhere") + ASK + get("/healthz?x") + post("/healthz",
    b"{}") + HEALTHZ,
    GOOD, Reply(404), UNAUTHENTICATED, GOOD, Reply(405, has=(("Allow", "GET"),)), GOOD)  # fmt: skip
add("9.3.2", "also where the hub has to be asked", get("/v1/users", "Authorization: Bearer $KEY") + HEALTHZ + get("/v1/teams",
    "Authorization: Bearer $KEY") + get("/v1/users", "Authorization: Bearer wrong") + HEALTHZ,
    Reply(200, has=(("Content-Type", "application/json"),)), GOOD, Reply(200), UNAUTHENTICATED, GOOD)  # fmt: skip
add("9.3.2", "bodies between requests without", ASK + HEALTHZ + ASK + HEALTHZ, UNAUTHENTICATED, GOOD, UNAUTHENTICATED, GOOD)
add("9.3.2", "half a request behind a whole one", HEALTHZ + HEALTHZ[:20], GOOD, SILENCE, HEALTHZ[20:], GOOD)
add("9.3.2", "half a body behind a whole request", HEALTHZ + ASK[:-1], GOOD, SILENCE, ASK[-1:], UNAUTHENTICATED)
add("9.3.2", "what is refused behind what is not", HEALTHZ + b"nonsense\r\n\r\n" + HEALTHZ, GOOD, hangs_up(400))
add("9.3.2", "a thousand requests are enough for one connection", HEALTHZ * 1001, *[GOOD] * 999, hangs_up(200), ways=("at once",))
add("9.3.2", "a byte too much behind a body begins the next request", ASK + b"x" + HEALTHZ, UNAUTHENTICATED, Reply(405),
    ways=("at once",))

# ---- §6: bodies ----

BODY = b'{"pad":"' + b"x" * 200 + b'"}'
add("6", "a body at once", post("/v1/tickets", BODY), UNAUTHENTICATED)
add("6", "a body behind its head", post("/v1/tickets", BODY)[: -len(BODY)], SILENCE, BODY[:100], SILENCE, BODY[100:],
    UNAUTHENTICATED)
add("6", "no body where there could be one", raw("Content-Length: 0", body=b""), UNAUTHENTICATED)
add("6.3", "neither a length nor a body", raw(body=b""), UNAUTHENTICATED)
add("6.3", "neither a length nor a body, then the next request", raw(), UNAUTHENTICATED, GOOD, ways=("at once",))
add("6", "as large as allowed", post("/v1/tickets", b" " * 65534 + b"{}"), UNAUTHENTICATED)
add("6", "a byte larger than allowed, refused by its head", raw("Content-Length: 65537", body=b""), hangs_up(413))
add("6", "much larger than allowed, refused by its head", raw("Content-Length: 999999999999999", body=b"{}"), hangs_up(413))
add("6", "larger than allowed, all of it sent", raw("Content-Length: 200000", body=b"x" * 200000), hangs_up(413))
for method in ("GET", "HEAD", "OPTIONS"):
    for target in ("/healthz", "/v1/users"):
        add("6.3", f"{method} {target} with a body", raw("Content-Length: 5", line=f"{method} {target} HTTP/1.1",
            body=b"hello" + HEALTHZ), hangs_up(400, headless=method == "HEAD"), ways=("at once",))
add("6.3", "GET with a length of nothing", raw("Content-Length: 0", line="GET /healthz HTTP/1.1", body=b""), GOOD)
add("6.3", "DELETE with a body", raw("Content-Length: 2", "Content-Type: application/json", line="DELETE /v1/users/u1 HTTP/1.1",
    body=b"{}"), UNAUTHENTICATED)
for title, fields, status in (("no type", (), 415), ("a form", ("Content-Type: application/x-www-form-urlencoded",), 415),
    ("parts", ("Content-Type: multipart/form-data; boundary=x",), 415), ("a charset",
    ("Content-Type: application/json; charset=utf-8",), 401), ("a type in capitals", ("Content-Type: APPLICATION/JSON",), 401),
    ("two types", ("Content-Type: application/json", "Content-Type: text/plain"), 400)):
    add("6", f"a body with {title}", raw(*fields, "Content-Length: 2", body=b"{}"),
        hangs_up(status) if status == 400 else Reply(status))

# ---- cut into two segments at every byte ----

add("9.3.2", "a request, one with a body, and another", get("/healthz") + ASK + get("/nowhere"), GOOD, UNAUTHENTICATED,
    Reply(404), ways=("cut at every byte",))
add("6", "a request that is refused in the middle of others", get("/healthz") + raw("Transfer-Encoding: chunked",
    "Content-Length: 3", body=b""), GOOD, hangs_up(400), ways=("cut at every byte",))
