"""RFC 9110 and RFC 9112 §3, §9: lines, targets, methods, hosts, versions; how long a connection lasts; and who is slow."""

from case import END, HANG_UP, SHUT, SILENCE, Book, Reply, Trickle, hangs_up
from heads import get, post, request, upgrade

BOOK = Book("RFC 9112", http=True)
add = BOOK.add
SEMANTICS = Book("RFC 9110", http=True)

GOOD = Reply(200, body=b'{"status":"alive"}')
HEALTHZ = get("/healthz")
KEY = "Authorization: Bearer $KEY"


def line(text, *fields):
    return request(text, "Host: hub.test", *fields)


# ---- RFC 9112 §3: the request line ----

for text in (
    "GET", "GET ", "GET /healthz", "GET /healthz ", "GET  /healthz HTTP/1.1", "GET /healthz  HTTP/1.1", "GET\t/healthz HTTP/1.1",
    "GET /healthz\tHTTP/1.1", "GET /healthz HTTP/1.1 ",
    "GET /healthz HTTP/1.1 x", "GET /healthz HTTP", "GET /healthz HTTP/", "GET /healthz HTTP/1", "GET /healthz HTTP/1.",
    "GET /healthz HTTP/.1", "GET /healthz HTTP/1.1.1", "GET /healthz HTTP/11",
    "GET /healthz HTTP/01.1", "GET /healthz HTTP/1.10", "GET /healthz HTTP/1,1", "GET /healthz HTTP-1.1", "GET /healthz http/1.1",
    "GET /healthz Http/1.1", "GET /healthz HTTPS/1.1", "GET /healthz HTTP/a.b",
    "GET /healthz ICY/1.1", "G ET /healthz HTTP/1.1", "G(T /healthz HTTP/1.1", "GET: /healthz HTTP/1.1",
    "\"GET\" /healthz HTTP/1.1", "G\xc4T /healthz HTTP/1.1", "", "nonsense", "220 mail.test ESMTP", "SSH-2.0-x",
):  # fmt: skip
    add("3", f"{text!r}", line(text), hangs_up(400), ways=("at once",))
for text in ("GET /healthz HTTP/0.9", "GET /healthz HTTP/2.0", "GET /healthz HTTP/2.1", "GET /healthz HTTP/3.0",
    "GET /healthz HTTP/9.9", "GET /healthz HTTP/0.0", "PRI * HTTP/2.0"):
    add("2.3", f"{text!r}", line(text), hangs_up(505), ways=("at once",))
for text in ("GET /healthz HTTP/1.1", "GET /healthz HTTP/1.2", "GET /healthz HTTP/1.9"):
    add("2.3", f"{text!r}", line(text), GOOD)
add("2.3", "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0" * 20, hangs_up(505))

# Who speaks another protocol hears at once, from the first line or byte, that this is none of it.
for title, data in {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(14, 200)), "TLS, one byte of it": b"\x16",
    "SSH": b"SSH-2.0-x\r\n", "SMTP": b"EHLO mail.test\r\n", "RESP": b"*1\r\n$4\r\nPING\r\n", "no text": bytes(range(128, 256)),
    "a proxy's first version": b"PROXY TCP4 192.0.2.1 192.0.2.2 1024 443\r\n" + HEALTHZ,
    "a proxy's second version": b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12) + HEALTHZ,
    "a frame of a WebSocket": b"\x81\x85abcdhello",
}.items():  # fmt: skip
    add("3", f"who speaks {title}", data, hangs_up(400), ways=("at once",))
add("3", "a bad request line, and no more than that", b"GET  /healthz HTTP/1.1\r\n", hangs_up(400))
add("2.3", "a line of another version, and no more than that", b"GET /healthz HTTP/2.0\r\n", hangs_up(505))
add("3", "a good request line, and the rest later", b"GET /healthz HTTP/1.1\r\n", SILENCE, b"Host: hub.test\r\n\r\n", GOOD)

# ---- RFC 9112 §3.2: targets ----

for target, status in {
    "/healthz": 200, "/healthz?": 200, "/healthz?a=b&c": 200, "/healthz?a?b/c": 200, "http://hub.test/healthz": 200,
    "HTTP://HUB.TEST/healthz": 200, "https://hub.test/healthz": 200,
    "http://hub.test:8080/healthz": 200, "http://other.test/healthz?a": 200, "http://[::1]/healthz": 200,
    "http://127.0.0.1:80/healthz": 200, "http://hub.test": 404, "http://hub.test?a=b": 404, "http://hub.test/": 404,
    "//healthz": 404, "/healthz/": 404, "/./healthz": 404, "/x/../healthz": 404, "/../healthz": 404, "/%68ealthz": 404,
    "/healthz%00": 404, "/healthz%0d%0aX:y": 404, "/healthz;a": 404, "/HEALTHZ": 404, "/%": 404, "/%zz": 404,
    "/..%2f..%2fetc%2fpasswd": 404, "/../../../../etc/passwd": 404, "/\\..\\etc": 404, "/" + "x" * 1000: 404,
    "/" + "x" * 2000: 404, "/" + "/" * 1000: 404, "/healthz?" + "x" * 7000: 200,
    "healthz": 400, "": 400, "#": 400, "/healthz#top": 400, "*": 400, "?": 400, "hub.test": 400, "hub.test:80": 400,
    "ftp://hub.test/healthz": 400, "http:/healthz": 400, "http//healthz": 400, "http://": 400, "http:///healthz": 400,
    "http://me@hub.test/healthz": 400, "http://me:pw@hub.test/": 400, "http://hub.test:x/": 400, "http://hub.test:80:80/": 400,
    "http://[::1/": 400, "http://a b/": 400, "http://a\\b/": 400, "ws://hub.test/v1/ws": 400, "javascript:alert(1)": 400,
    "/a b": 400, "/a\tb": 400,
    "/caf\xe9": 400, "/\x7f": 400, "/\x01": 400,
}.items():  # fmt: skip
    add("3.2", f"the target {target[:60]!r}, {len(target)} bytes", line(f"GET {target} HTTP/1.1"),
        hangs_up(400) if status == 400 else GOOD if status == 200 else Reply(status), ways=("at once",))
add("3.2.4", "the target * of OPTIONS", line("OPTIONS * HTTP/1.1"), Reply(405, has=(("Allow", "GET"),)))
for n, status in ((7000, 404), (8000, 404), (8192, 414), (100_000, 414)):
    add("3", f"a target of {n} bytes", line(f"GET /{'x' * (n - 1)} HTTP/1.1"), Reply(404) if status == 404 else hangs_up(status),
        ways=("at once",))
add("3", "a target without end is refused before it ends", b"GET /" + b"x" * 8192, hangs_up(414), ways=("at once",))
add("3", "a method without end", b"G" * 10_000, hangs_up(414), ways=("at once",))

# ---- RFC 9112 §3.2, RFC 9110 §7.2: the Host ----

for host in ("hub.test", "HUB.test", "hub.test:80", "hub.test:", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[2001:db8::1]:8080",
    "[::ffff:1.2.3.4]", "xn--hb-fka.test", "a_b.test", "other.test", "h%C3%BCb.test", "a,b"):
    add("3.2", f"Host: {host}", request("GET /healthz HTTP/1.1", f"Host: {host}"), GOOD)
for host in ("", " ", ":80", "a b", "hub.test/", "hub.test/healthz", "me@hub.test", "hub.test:80x", "hub.test:-1",
    "hub.test:80:80", "http://hub.test", "[::1", "::1]", "[::1]x", "[hub.test]", "[]", "a\\b", "a?b", "a#b", "<hub>",
    "h\xfcb.test", '"hub.test"', "hub.test, other.test"):
    add("3.2", f"Host: {host}", request("GET /healthz HTTP/1.1", f"Host: {host}"), hangs_up(400), ways=("at once",))
add("3.2", "no Host", request("GET /healthz HTTP/1.1"), hangs_up(400))
add("3.2", "no Host, but one in the target", request("GET http://hub.test/healthz HTTP/1.1"), hangs_up(400))
add("3.2", "two Hosts", request("GET /healthz HTTP/1.1", "Host: hub.test", "Host: other.test"), hangs_up(400))
add("3.2", "the same Host twice", request("GET /healthz HTTP/1.1", "Host: hub.test", "host: hub.test"), hangs_up(400))

# ---- RFC 9110 §9: methods ----

for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "BREW", "get", "Get", "head", "GETT", "GE",
    "!#$%&'*+-.^_`|~"):
    for target, allowed in (("/healthz", "GET"), ("/nowhere", "GET"), ("/v1/users", "POST")):
        if target == "/v1/users" and method in ("POST", "OPTIONS"):
            continue
        SEMANTICS.add("9.1", f"{method} {target}", line(f"{method} {target} HTTP/1.1"), Reply(405, has=(("Allow", allowed),)),
            ways=("at once",))
for method in ("GET", "PUT", "TRACE", "BREW"):
    SEMANTICS.add("9.1", f"{method} where nothing is", line(f"{method} /v1/nothing HTTP/1.1"), Reply(404), ways=("at once",))
SEMANTICS.add("9.1", "a method longer than any", line(f"{'X' * 17} /healthz HTTP/1.1"), hangs_up(501))
for target in ("hub.test:443", "127.0.0.1:22", "/", "*", "http://hub.test/"):
    SEMANTICS.add("9.3.6", f"CONNECT {target}", line(f"CONNECT {target} HTTP/1.1") + b"\x16\x03\x01", hangs_up(501))
SEMANTICS.add("9.3.2", "HEAD has the length that GET has, and no body", line("HEAD /healthz HTTP/1.1") + HEALTHZ, Reply(200,
    headless=True, has=(("Content-Length", "18"),)), GOOD)
SEMANTICS.add("9.3.2", "HEAD of nothing", line("HEAD /nowhere HTTP/1.1") + HEALTHZ, Reply(404, headless=True), GOOD)
SEMANTICS.add("9.3.2", "HEAD of a command", line("HEAD /v1/users HTTP/1.1", KEY) + HEALTHZ, Reply(200, headless=True), GOOD)
SEMANTICS.add("9.3.2", "HEAD that is refused has no body either", line("HEAD /healthz HTTP/1.1", "no colon"), hangs_up(400,
    headless=True))
SEMANTICS.add("9.3.2", "HEAD of what comes in chunks", line("HEAD /v1/audit?format=csv HTTP/1.1", KEY) + HEALTHZ, Reply(200,
    headless=True), GOOD)
SEMANTICS.add("9.3.7", "OPTIONS of a command", line("OPTIONS /v1/users HTTP/1.1") + HEALTHZ, Reply(204, has=(("Allow", "GET"),
    ("Allow", "OPTIONS"))), GOOD)

# ---- RFC 9110 §10.1.1: Expect ----

BODY = b'{"name":"nobody"}'
EXPECT = post("/v1/tickets", BODY, "Expect: 100-continue")[: -len(BODY)]
UNAUTHENTICATED = Reply(401)
SEMANTICS.add("10.1.1", "the body waits for a 100", EXPECT, Reply(100), BODY, UNAUTHENTICATED)
SEMANTICS.add("10.1.1", "the body waits for a 100, in other letters", EXPECT.replace(b"100-continue", b"100-CONTINUE"),
    Reply(100), BODY, UNAUTHENTICATED)
SEMANTICS.add("10.1.1", "one 100 is enough", EXPECT, Reply(100), BODY[:5], SILENCE, BODY[5:], UNAUTHENTICATED)
SEMANTICS.add("10.1.1", "the body doesn't wait", EXPECT + BODY, UNAUTHENTICATED, ways=("at once",))
SEMANTICS.add("10.1.1", "a 100 for each of two requests", EXPECT, Reply(100), BODY, UNAUTHENTICATED, EXPECT, Reply(100), BODY,
    UNAUTHENTICATED)
SEMANTICS.add("10.1.1", "no 100 where there is no body", get("/healthz", "Expect: 100-continue"), GOOD)
SEMANTICS.add("10.1.1", "no 100 for what is refused", line("POST /v1/tickets HTTP/1.1", "Content-Length: 999999",
    "Expect: 100-continue"), hangs_up(413))
SEMANTICS.add("10.1.1", "no 100 for chunks", line("POST /v1/tickets HTTP/1.1", "Transfer-Encoding: chunked",
    "Expect: 100-continue"), hangs_up(411))
SEMANTICS.add("10.1.1", "no 100 in HTTP/1.0", EXPECT.replace(b"HTTP/1.1", b"HTTP/1.0"), SILENCE, BODY, hangs_up(401))
SEMANTICS.add("10.1.1", "something else is expected", EXPECT.replace(b"100-continue", b"wonders"), SILENCE, BODY, UNAUTHENTICATED)

# ---- RFC 9112 §9: how long a connection lasts ----

OLD = "GET /healthz HTTP/1.0"
for title, data, keep in (
    ("HTTP/1.1", HEALTHZ, True), ("HTTP/1.1 with close", get("/healthz", "Connection: close"), False), ("HTTP/1.1 with Close",
    get("/healthz", "Connection: Close"), False),
    ("close among others", get("/healthz", "Connection: a, close ,b"), False), ("keep-alive and close", get("/healthz",
    "Connection: keep-alive, close"), False),
    ("close, then keep-alive in a line of its own", get("/healthz", "Connection: close", "Connection: keep-alive"), False),
    ("keep-alive, then close in a line of its own", get("/healthz", "Connection: keep-alive", "Connection: close"), False),
    ("something that begins like close", get("/healthz", "Connection: closed"), True), ("an empty Connection", get("/healthz",
    "Connection:"), True), ("Keep-Alive", get("/healthz", "Keep-Alive: timeout=5"), True),
    ("HTTP/1.0", request(OLD), False), ("HTTP/1.0 with a Host", request(OLD, "Host: hub.test"), False),
    ("HTTP/1.0 with keep-alive", request(OLD, "Connection: keep-alive"), True),
    ("HTTP/1.0 with Keep-Alive", request(OLD, "Connection: Keep-Alive"), True), ("HTTP/1.0 with close and keep-alive",
    request(OLD, "Connection: close", "Connection: keep-alive"), False),
    ("HTTP/1.0 with the wrong field", request(OLD, "Keep-Alive: 5"), False),
):  # fmt: skip
    add("9.3", title, data, Reply(200, keep=keep))
    add("9.3", f"{title}, and another request in the same segment", data + HEALTHZ, Reply(200, keep=keep),
        *([GOOD] if keep else []))
add("9.3", "HTTP/1.0 with a Host that is none", request(OLD, "Host: a b"), hangs_up(400))
SEMANTICS.add("7.8", "HTTP/1.0 is not upgraded", upgrade(line="GET /v1/ws HTTP/1.0"), hangs_up(426))
for protocol in ("h2c", "TLS/1.0", "h2c, websocket", "websocket"):
    SEMANTICS.add("7.8", f"an upgrade to {protocol} where there is nothing", get("/healthz",
        "Connection: Upgrade, HTTP2-Settings", f"Upgrade: {protocol}", "HTTP2-Settings: AAMAAABkAAQAAP__"), hangs_up(400))
add("7.1", "an answer in chunks", get("/v1/audit?format=csv", KEY) + HEALTHZ, Reply(200, has=(("Transfer-Encoding", "chunked"),),
    lacks=("Content-Length",)), GOOD)
add("6.1", "no chunks for HTTP/1.0", request("GET /v1/audit?format=csv HTTP/1.0", KEY), hangs_up(426, has=(("Upgrade",
    "HTTP/1.1"),), lacks=("Transfer-Encoding",)))
add("9.6", "we end our half behind a request", HEALTHZ, SHUT, GOOD, END)
for n in (20, 100):
    add("9.6", f"we end our half behind {n} requests", HEALTHZ * n, SHUT, *[GOOD] * n, END, ways=("at once",))
add("9.6", "we end our half behind requests whose answers fill the way", get("/openapi.json") * 10, SHUT, *[Reply(200)] * 10, END,
    ways=("at once",))
for title, data in {"nothing": b"", "half a line": b"GET /hea", "half a head": HEALTHZ[:-2],
    "half a body": EXPECT.replace(b"Expect", b"X") + BODY[:4]}.items():  # fmt: skip
    add("9.6", f"we end our half behind {title}", data, SHUT, END, ways=("at once",))
add("9.3", "a connection lasts for a thousand requests", HEALTHZ * 1005, *[GOOD] * 999, hangs_up(200), ways=("at once",))
add("9.6", "we end our half behind a request that the hub is asked for", get("/v1/users", KEY), SHUT, Reply(200), END)
for title, data in {"nothing": b"", "half a line": b"GET /hea", "half a head": HEALTHZ[:-2], "half a body": EXPECT + BODY[:4],
    "a request": HEALTHZ, "a request to the hub": get("/v1/users", KEY), "many requests": HEALTHZ * 100}.items():
    add("9.6", f"we hang up behind {title}", data, HANG_UP, ways=("at once",))

# ---- RFC 9112 §5, RFC 6585 §5: too much of a head ----

for n, fits in ((63, True), (64, False), (1000, False)):
    add("5", f"{n + 1} fields", get("/healthz", *(f"A{i}: b" for i in range(n))), GOOD if fits else hangs_up(431),
        ways=("at once",))
for n, fits in ((8192, True), (8193, False), (9000, False), (100_000, False)):
    add("5", f"a head of {n} bytes", get("/healthz", "A: " + "b" * (n - len(HEALTHZ) - 5)), GOOD if fits else hangs_up(431),
        ways=("at once",))
add("5", "a head without end is refused before it ends", HEALTHZ[:-2] + b"A: " + b"b" * 8192, hangs_up(431), ways=("at once",))
add("5", "a head of the largest size, cut in two", get("/healthz", "A: " + "b" * (8192 - len(HEALTHZ) - 5))[:5000], SILENCE,
    get("/healthz", "A: " + "b" * (8192 - len(HEALTHZ) - 5))[5000:], GOOD)

# ---- RFC 9110 §5.3: what may stand once ----

for name, value in {"Authorization": "Bearer x", "Content-Type": "application/json", "Origin": "http://hub.test",
    "Expect": "100-continue", "Idempotency-Key": "k", "Upgrade": "websocket"}.items():
    SEMANTICS.add("5.3", f"{name} twice", get("/healthz", f"{name}: {value}", f"{name}: {value}"), hangs_up(400), ways=("at once",
        ))
for name, value in {"Accept": "text/html", "User-Agent": "x", "X-Forwarded-For": "1.2.3.4", "Cookie": "a=b", "X-Any": "y",
    "Via": "1.1 x"}.items():
    SEMANTICS.add("5.3", f"{name} twice", get("/healthz", f"{name}: {value}", f"{name}: {value}"), GOOD, ways=("at once",))

# ---- who is slow (this hub gives a request a second) ----

SLOW = {"hub": "impatient", "ways": ("at once",)}
add("9.5", "who says nothing is hung up on without a word", END, **SLOW)
SEMANTICS.add("15.5.9", "who says half a line", b"GET /hea", hangs_up(408), **SLOW)
SEMANTICS.add("15.5.9", "who says half a head", HEALTHZ[:-2], hangs_up(408), **SLOW)
SEMANTICS.add("15.5.9", "who says half a body", EXPECT.replace(b"Expect", b"X") + BODY[:4], hangs_up(408), **SLOW)
SEMANTICS.add("15.5.9", "who says half a body after the 100", EXPECT, Reply(100), BODY[:4], hangs_up(408), **SLOW)
SEMANTICS.add("15.5.9", "who says a second request", HEALTHZ + HEALTHZ[:9], GOOD, hangs_up(408), **SLOW)
SEMANTICS.add("15.5.9", "whose head trickles in", HEALTHZ[:-2], Trickle(b"A: b\r\n"), hangs_up(408), **SLOW)
SEMANTICS.add("15.5.9", "whose line trickles in", b"GET /healthz?", Trickle(b"x"), hangs_up(408), **SLOW)
SEMANTICS.add("15.5.9", "whose body trickles in", line("POST /v1/tickets HTTP/1.1", "Content-Length: 60000"), Trickle(b" "),
    hangs_up(408), **SLOW)
for i in range(40):
    SEMANTICS.add("15.5.9", f"one of forty who are slow at once, number {i + 1}", HEALTHZ[: 5 + i % 30], hangs_up(408), **SLOW)
