"""WebSocket frames as bytes: any that a client may or must not send, and those of a server, read by the letter (RFC 6455 §5)."""

import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x9a\x01\xfe\x5c"


class Fault(Exception):
    """The hub did what a server must not do, or not what the case expects of it."""


def mask_bytes(payload, mask):
    if mask == b"\0\0\0\0" or not payload:
        return payload
    n = len(payload)
    key = (mask * (n // 4 + 1))[:n]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(n, "big")


def head(opcode, n, *, fin=True, rsv=0, mask=MASK, form=None):
    """The head of a frame. `form` is the width of the length in bits: 7, 16 or 64; else the shortest is taken."""
    form = form or (7 if n < 126 else 16 if n < 65536 else 64)
    bit = 0x80 if mask is not None else 0
    length = {7: bytes([bit | (n & 127)]), 16: struct.pack("!BH", bit | 126, n & 0xFFFF), 64: struct.pack("!BQ", bit | 127,
        n)}[form]
    return bytes([(0x80 if fin else 0) | rsv << 4 | opcode]) + length + (mask or b"")


def frame(opcode, payload=b"", *, mask=MASK, **more):
    return head(opcode, len(payload), mask=mask, **more) + (mask_bytes(payload, mask) if mask is not None else payload)


def text(payload=b"", **more):
    return frame(TEXT, payload, **more)


def rest(payload=b"", **more):
    return frame(CONTINUATION, payload, **more)


def ping(payload=b"", **more):
    return frame(PING, payload, **more)


def pong(payload=b"", **more):
    return frame(PONG, payload, **more)


def close(code=None, reason=b"", **more):
    return frame(CLOSE, (b"" if code is None else struct.pack("!H", code)) + reason, **more)


def fragments(payload, sizes, **more):
    """One text message cut into frames of these sizes; the last one takes what is left."""
    out, at = [], 0
    cuts = [*sizes, len(payload) - sum(sizes)]
    for i, n in enumerate(cuts):
        out.append(frame(CONTINUATION if i else TEXT, payload[at : at + n], fin=i + 1 == len(cuts), **more))
        at += n
    return out


def take_server_frame(data):
    """(opcode, payload, bytes used) of the first frame, or None if it isn't whole; Fault if a server must not send it so."""
    if len(data) < 2:
        return None
    opcode, short = data[0] & 15, data[1] & 127
    if data[0] & 0x70:
        raise Fault("a reserved bit without an extension (§5.2)")
    if data[1] & 0x80:
        raise Fault("a frame from the server is masked (§5.1)")
    if not data[0] & 0x80 or opcode not in (TEXT, CLOSE, PING, PONG):
        raise Fault(f"a frame that begins with {data[0]:02x}")
    if opcode >= CLOSE and short > 125:
        raise Fault("a control frame over 125 bytes (§5.5)")
    wide = {126: 2, 127: 8}.get(short, 0)
    if len(data) < 2 + wide:
        return None
    n = int.from_bytes(data[2 : 2 + wide], "big") if wide else short
    if wide and n < (126 if wide == 2 else 65536):
        raise Fault("a length that is not in its shortest form (§5.2)")
    end = 2 + wide + n
    return (opcode, bytes(data[2 + wide : end]), end) if len(data) >= end else None
