"""One-time passwords as an authenticator app makes them (RFC 6238), for people of tests."""

import base64
import hashlib
import hmac
import struct
import time

STEP_S = 30


def code(secret, *, steps=0, at=None):
    """What an app with this secret shows; `steps`: how many steps its clock is ahead."""
    counter = int((time.time() if at is None else at) // STEP_S) + steps
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


class App:
    """An authenticator app that never shows a code twice: it has three good ones at any time (the present step, the
    one before and the one after), and hands them out in order. So a test needs no half minute between two codes, as
    long as it takes not more than three."""

    def __init__(self, secret):
        self.secret = secret
        self.last = int(time.time() // STEP_S) - 2

    def code(self):
        self.last += 1
        now = int(time.time() // STEP_S)
        self.last = max(self.last, now - 1)
        assert self.last <= now + 1, "this test takes more codes than there are"
        return code(self.secret, at=self.last * STEP_S)
