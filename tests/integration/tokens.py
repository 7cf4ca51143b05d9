"""Tokens as a platform would mint them, and as a forger would."""

import base64
import hashlib
import hmac
import json
import time

import nacl.signing

ABSENT = object()


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(key, signed):
    """Signature bytes by a key as `muster key create` prints it."""
    if key["alg"] == "HS256":
        return hmac.new(unb64u(key["secret"]), signed, hashlib.sha256).digest()
    seed = unb64u(key["private"])[:32]
    return nacl.signing.SigningKey(seed).sign(signed).signature


def mint(key, workspace, user, *, ttl=600, header=None, **claims):
    """A token; a header or claim given as ABSENT is left out, any other value replaces the right one."""
    now = int(time.time())
    head = {"alg": key["alg"], "typ": "JWT", "kid": key["kid"], **(header or {})}
    body = {"iss": workspace, "sub": user, "aud": "muster", "iat": now, "exp": now + ttl, **claims}
    parts = [{k: v for k, v in part.items() if v is not ABSENT} for part in (head, body)]
    signed = ".".join(b64u(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{b64u(sign(key, signed.encode()))}"
