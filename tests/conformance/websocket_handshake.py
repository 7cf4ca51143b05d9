"""RFC 6455 §4 and §9: the opening handshake, and what comes right behind it."""

from case import SILENCE, Book, Closed, Ponged, Reply, Told, ask, hangs_up
from frames import close, frame, ping, text
from heads import KEY, accept_of, get, request, upgrade

BOOK = Book("RFC 6455", http=True, ways=("at once",))
add = BOOK.add


def opens(key=KEY):
    """The answer of §4.2.2, letter by letter."""
    return Reply(101, has=(("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept_of(key)),
        ("Sec-WebSocket-Protocol", "muster.v1")),
        lacks=("Sec-WebSocket-Extensions", "Content-Length", "Transfer-Encoding", "Sec-WebSocket-Version"))  # fmt: skip


OPENS = opens()
OTHER_VERSION = hangs_up(426, has=(("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket"), ("Connection", "Upgrade")))
BY_NAME = dict.fromkeys(("Sec_WebSocket_Version", "Sec_WebSocket_Key", "Sec_WebSocket_Protocol", "Host", "Connection", "Upgrade"))

add("1.3", "the example of the standard", upgrade(), OPENS, ways=("at once", "byte by byte"))
for key in ("AQIDBAUGBwgJCgsMDQ4PEC==", "AAAAAAAAAAAAAAAAAAAAAA==", "/////////////////////w==", "x3JJHMbDL1EzLkh9GBhXDw==",
    "+/+/+/+/+/+/+/+/+/+/+w=="):
    add("4.2.2", f"the answer to the key {key}", upgrade(Sec_WebSocket_Key=key), opens(key))
for title, *more in (("a message", text(ask("a")), Told("a")), ("a ping", ping(b"p"), Ponged(b"p")), ("a close", close(1000),
    Closed(1000)), ("a frame that is refused", frame(3), Closed(1002))):
    add("4.1", f"{title} right behind the handshake, without waiting for its answer", upgrade() + more[0], OPENS, *more[1:])
    add("4.1", f"{title} behind the answer to the handshake", upgrade(), OPENS, *more)
add("4.2.2", "nothing is said before we say something", upgrade(), OPENS, SILENCE)

# ---- §4.2.1: what the handshake must have ----

for changed, title, answer in (
    ({"Host": None}, "no Host", 400), ({"Host": ""}, "an empty Host", 400), ({"Host": "a b"}, "a Host that is none", 400),
    ({"Upgrade": None}, "no Upgrade", 426), ({"Upgrade": ""}, "an empty Upgrade", 400), ({"Upgrade": "h2c"}, "another Upgrade",
    400),
    ({"Upgrade": "websocket2"}, "an Upgrade that begins like ours", 400), ({"Upgrade": "websocket/13"},
    "an Upgrade with a version", 400),
    ({"Connection": None}, "no Connection", 400), ({"Connection": "keep-alive"}, "a Connection that isn't upgraded", 400),
    ({"Connection": "Upgraded"}, "a Connection that begins like ours", 400), ({"Connection": "not Upgrade"},
    "a Connection that ends like ours", 400),
    ({"Connection": ""}, "an empty Connection", 400),
    ({"Sec_WebSocket_Key": None}, "no key", 400), ({"Sec_WebSocket_Key": ""}, "an empty key", 400),
    ({"Sec_WebSocket_Key": "short"}, "a key of 5 characters", 400),
    ({"Sec_WebSocket_Key": "AQIDBAUGBwgJCgsMDQ4P"}, "a key of 15 bytes", 400), ({"Sec_WebSocket_Key": "AQIDBAUGBwgJCgsMDQ4PEBE="},
    "a key of 17 bytes", 400),
    ({"Sec_WebSocket_Key": "AQIDBAUGBwgJCgsMDQ4PEBES"}, "a key of 18 bytes", 400), ({"Sec_WebSocket_Key": KEY + "AAAA"},
    "a key and more", 400),
    ({"Sec_WebSocket_Key": KEY[:-2]}, "a key without its padding", 400), ({"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25j_-=="},
    "a key of the other alphabet", 400),
    ({"Sec_WebSocket_Key": "dGhlIHNhbXBs ZSBub25jZQ="}, "a key with a space in it", 400), ({"Sec_WebSocket_Key": "!" * 22 + "=="},
    "a key that is no base64", 400),
    ({"Sec_WebSocket_Key": "=" * 24}, "a key of nothing but padding", 400),
    ({"Sec_WebSocket_Protocol": None}, "no subprotocol", 400), ({"Sec_WebSocket_Protocol": ""}, "an empty subprotocol", 400),
    ({"Sec_WebSocket_Protocol": "chat"}, "another subprotocol", 400), ({"Sec_WebSocket_Protocol": "muster.v2, muster"},
    "other versions of ours", 400),
    ({"Sec_WebSocket_Protocol": "Muster.V1"}, "our subprotocol in another case", 400), ({"Sec_WebSocket_Protocol": "muster.v1x"},
    "a subprotocol that begins like ours", 400),
    ({"Sec_WebSocket_Protocol": "muster.v1 chat"}, "subprotocols without a comma", 400),
):  # fmt: skip
    add("4.2.1", title, upgrade(**changed), hangs_up(answer))
for version in (None, "", "0", "7", "8", "12", "14", "25", "130", "1", "+13", "013", "13.0", "13, 8", "thirteen"):
    add("4.4", f"version {version}", upgrade(Sec_WebSocket_Version=version), OTHER_VERSION)
for name, value in (("Sec-WebSocket-Key", KEY), ("Sec-WebSocket-Version", "13"), ("Host", "hub.test"), ("Origin",
    "http://hub.test"), ("Upgrade", "websocket")):
    more = (f"{name}: {value}", f"{name}: {value}") if name == "Origin" else (f"{name}: {value}",)
    add("11.3", f"{name} twice", upgrade(*more), hangs_up(400))
for line, answer in (
    ("POST /v1/ws HTTP/1.1", 400), ("PUT /v1/ws HTTP/1.1", 400), ("get /v1/ws HTTP/1.1", 400), ("OPTIONS /v1/ws HTTP/1.1", 400),
    ("GET /v1/ws HTTP/1.0", 426), ("GET /v1/ws HTTP/2.0", 505), ("GET /v1/ws HTTP/0.9", 505), ("GET /v1/ws", 400),
    ("GET /v1/ws http/1.1", 400),
    ("GET /v1/ws#top HTTP/1.1", 400), ("GET /v1/ws?token=secret HTTP/1.1", 400), ("GET /v1/ws?a=b&ticket=c HTTP/1.1", 400),
    ("GET / HTTP/1.1", 400), ("GET /healthz HTTP/1.1", 400), ("GET /v1/users HTTP/1.1", 400), ("GET /v1/ws/ HTTP/1.1", 400),
    ("GET v1/ws HTTP/1.1", 400),
):  # fmt: skip
    add("4.2.1", f"{line}", upgrade(line=line), hangs_up(answer))
add("4.2.1", "HEAD /v1/ws HTTP/1.1", upgrade(line="HEAD /v1/ws HTTP/1.1"), hangs_up(400, headless=True))
add("4.2.1", "a handshake with a body", upgrade("Content-Length: 5") + b"hello", hangs_up(400))
add("4.2.1", "a handshake with a body in chunks", upgrade("Transfer-Encoding: chunked") + b"0\r\n\r\n", hangs_up(411))
add("4.2.1", "a plain GET", get("/v1/ws"), hangs_up(426, has=(("Upgrade", "websocket"), ("Connection", "Upgrade"))))

# ---- §4.2.1, §4.2.2, RFC 9110 §5: in which forms it may have it ----

for title, data in {
    "names in small letters": request("GET /v1/ws HTTP/1.1", *(f"{name.lower()}: {value}" for name, value in (("Host",
    "hub.test"), ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Protocol", "muster.v1")))),
    "names in capitals": request("GET /v1/ws HTTP/1.1", "HOST: hub.test", "CONNECTION: Upgrade", "UPGRADE: websocket",
    "SEC-WEBSOCKET-VERSION: 13", f"SEC-WEBSOCKET-KEY: {KEY}", "SEC-WEBSOCKET-PROTOCOL: muster.v1"),
    "another order": request("GET /v1/ws HTTP/1.1", "Sec-WebSocket-Protocol: muster.v1", f"Sec-WebSocket-Key: {KEY}",
    "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Connection: Upgrade", "Host: hub.test"),
    "no space behind a colon, and much": request("GET /v1/ws HTTP/1.1", "Host:hub.test", "Connection:Upgrade",
    "Upgrade:   websocket", "Sec-WebSocket-Version:\t13 \t ", f"Sec-WebSocket-Key: \t{KEY}\t",
    "Sec-WebSocket-Protocol:muster.v1"),
    "Upgrade in capitals": upgrade(Upgrade="WEBSOCKET"),
    "Upgrade in both cases": upgrade(Upgrade="WebSocket"),
    "Connection in small letters": upgrade(Connection="upgrade"),
    "Connection in capitals": upgrade(Connection="UPGRADE"),
    "Connection with keep-alive": upgrade(Connection="keep-alive, Upgrade"),
    "Connection with others on both sides": upgrade(Connection="a,Upgrade ,, b"),
    "Connection in two lines": upgrade("Connection: keep-alive"),
    "Connection in two lines, ours last": upgrade("Connection: Upgrade", Connection="keep-alive"),
    "a query": upgrade(line="GET /v1/ws?from=desk HTTP/1.1"),
    "a later minor version of HTTP": upgrade(line="GET /v1/ws HTTP/1.2"),
    "absolute form": upgrade(line="GET http://hub.test/v1/ws HTTP/1.1"),
    "a Host with a port": upgrade(Host="hub.test:8080"),
    "a Host that is an IPv6 address": upgrade(Host="[2001:db8::1]:8080"),
    "fields that nobody knows": upgrade("X-Anything: at all", "Cookie: a=b", "Pragma: no-cache", "Sec-WebSocket-Future: x",
    "Sec-Fetch-Mode: websocket"),
    "a field in Latin-1": upgrade("X-Name: J\xfcrgen"),
    "a length of nothing": upgrade("Content-Length: 0"),
    "two subprotocols, ours last": upgrade(Sec_WebSocket_Protocol="chat, muster.v1"),
    "two subprotocols, ours first": upgrade(Sec_WebSocket_Protocol="muster.v1, chat"),
    "subprotocols without spaces": upgrade(Sec_WebSocket_Protocol="a,b,muster.v1,c"),
    "subprotocols in two lines": upgrade("Sec-WebSocket-Protocol: muster.v1", Sec_WebSocket_Protocol="chat"),
    "subprotocols in three lines, ours first": upgrade("Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: superchat"),
    "our subprotocol twice": upgrade("Sec-WebSocket-Protocol: muster.v1"),
}.items():  # fmt: skip
    add("4.2.1", title, data, OPENS)

# ---- §9: extensions are not agreed on, whatever is offered ----

OFFERS = (
    "permessage-deflate", "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover; client_max_window_bits=10",
    "permessage-deflate; server_max_window_bits=8, permessage-deflate", "x-webkit-deflate-frame",
    "permessage-bzip2, permessage-snappy", "mux; max-channels=4; flow-control, deflate-stream",
    'foo; bar="baz"', "", ", ,", "permessage-deflate; nonsense=1", "permessage-deflate" + "; x" * 500,
)  # fmt: skip
for offer in OFFERS:
    add("9.1", f"offered: {offer[:60]}", upgrade(f"Sec-WebSocket-Extensions: {offer}"), OPENS, text(ask("a")), Told("a"))
    add("9.1", f"offered: {offer[:60]}; used all the same", upgrade(f"Sec-WebSocket-Extensions: {offer}"), OPENS, text(ask("a"),
        rsv=4), Closed(1002))
add("9.1", "offered in several lines", upgrade("Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Extensions: x"),
    OPENS)

# ---- §4.2.2, §10.2: whose page it is (the option origins of this hub names https://desk.test) ----

for origin, host, answer in (
    (None, "hub.test", OPENS), ("http://hub.test", "hub.test", OPENS), ("https://hub.test", "hub.test", OPENS),
    ("http://hub.test:80", "hub.test", OPENS),
    ("HTTP://HUB.TEST", "hub.test", OPENS), ("http://hub.test", "HUB.test:80", OPENS), ("http://hub.test:8080", "hub.test:8080",
    OPENS),
    ("https://desk.test", "hub.test", OPENS), ("https://DESK.test", "hub.test", OPENS),
    ("http://evil.test", "hub.test", 403), ("null", "hub.test", 403), ("", "hub.test", 403), ("http://hub.test.evil.test",
    "hub.test", 403),
    ("http://evil.test/hub.test", "hub.test", 403), ("http://evilhub.test", "hub.test", 403), ("http://hub.test:8081",
    "hub.test:8080", 403),
    ("http://hub.test:443", "hub.test", 403), ("https://hub.test:80", "hub.test", 403), ("file://", "hub.test", 403), ("hub.test",
    "hub.test", 403),
    ("ftp://hub.test", "hub.test", 403), ("https://desk.test.evil.test", "hub.test", 403), ("http://desk.test", "hub.test", 403),
    ("https://desk.test:444", "hub.test", 403),
    ("https://desk.test https://hub.test", "hub.test", 403), ("http://hub.test@evil.test", "hub.test", 403), ("*", "hub.test",
    403),
):  # fmt: skip
    add("10.2", f"a page of {origin}, to {host}", upgrade(Origin=origin, Host=host), answer if isinstance(answer,
        Reply) else hangs_up(answer))
add("10.2", "the host of the target counts, not that of the field", upgrade(line="GET http://hub.test/v1/ws HTTP/1.1",
    Host="evil.test", Origin="http://evil.test"), hangs_up(403))
add("10.2", "a page of the target's host", upgrade(line="GET http://hub.test/v1/ws HTTP/1.1", Host="other.test",
    Origin="http://hub.test"), OPENS)

# ---- behind other requests, and cut up ----

add("4.2.1", "behind another request, on the same connection", get("/healthz"), Reply(200), upgrade(), OPENS)
add("4.2.1", "behind another request, in the same segment", get("/healthz") + upgrade() + text(ask("a")), Reply(200), OPENS,
    Told("a"))
add("4.2.1", "a request behind a handshake that is refused is not read", upgrade(Sec_WebSocket_Key="x") + get("/healthz"),
    hangs_up(400))
add("4.2.1", "the handshake and a message", upgrade() + text(ask("a")), OPENS, Told("a"), ways=("cut at every byte",))
