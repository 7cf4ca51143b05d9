"""One-time passwords as an authenticator app makes them (RFC 6238), for the people of tests."""

import base64
import hashlib
import hmac
import struct
import time

STEP_S = 30


def code(secret, *, ahead=0, step=None):
    """What an app with this secret shows; `ahead`: how many steps its clock is ahead."""
    counter = (int(time.time() // STEP_S) if step is None else step) + ahead
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


class App:
    """An app that shows no code twice. At any time two are good for sure: that of this step, and that of the next one, which
    a clock that is ahead would show. So nobody has to wait for the next half minute to use two."""

    def __init__(self, secret):
        self.secret = secret
        self.last = 0

    def code(self):
        now = int(time.time() // STEP_S)
        self.last = max(self.last + 1, now)
        assert self.last <= now + 1, "this test takes more codes than are good at one time"
        return code(self.secret, step=self.last)
