"""A real SMTP server on loopback, that keeps what it is sent and answers as the test says."""

import email
import email.policy
import re
import socket
import ssl
import subprocess
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

from client import LOOP, TIMEOUT

USER, PASSWORD = "muster", "brass kettle 2044"


class MailServer:
    """`rcpt` and `data` are answers to give, oldest first, before all goes well; `inbox` is what was taken, in order. With
    a certificate it asks for STARTTLS, or, `at_once`, talks TLS from the first byte."""

    def __init__(self, *, auth=False, certificate=None, at_once=False):
        self.changed = threading.Condition()
        self.inbox = []
        self.rcpt = []
        self.data = []
        self.refused = 0
        self.signed_in = []
        self.encrypted = []  # whether each mail came over TLS
        self.auth = auth
        self.at_once = at_once
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)
        self.server = None
        self.port = 0
        self.start()

    def start(self):
        """Listen; a second time on the same port again."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self.port))
        self.port = sock.getsockname()[1]

        async def listen():
            return await LOOP.loop.create_server(self._protocol, sock=sock, ssl=self.tls if self.at_once else None)

        self.server = LOOP.run(listen())
        return self

    def _protocol(self):
        return SMTP(
            self,
            hostname="mail.test",
            loop=LOOP.loop,
            enable_SMTPUTF8=True,
            tls_context=None if self.at_once else self.tls,
            require_starttls=self.tls is not None and not self.at_once,
            authenticator=self._authenticate if self.auth else None,
            auth_require_tls=False,
        )

    def stop(self):
        async def close():
            self.server.close()
            await self.server.wait_closed()

        if self.server:
            LOOP.run(close())
        self.server = None

    @property
    def url(self):
        return f"{'smtps' if self.at_once else 'smtp'}://127.0.0.1:{self.port}"

    @property
    def options(self):
        """How a hub uses it."""
        return {
            "smtp_url": self.url,
            "smtp_from": "muster@acme.test",
            "smtp_tls": "required" if self.tls else "off",
            "smtp_retry_ms": 20,
            "public_url": "https://desk.acme.test/muster/",
        }

    # ---- what aiosmtpd calls, on the loop's thread ----

    def _authenticate(self, server, session, envelope, mechanism, data):
        self.signed_in.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.signed_in[-1] == (USER, PASSWORD), handled=False)

    def _answer(self, answers):
        with self.changed:
            answer = answers.pop(0) if answers else None
            self.refused += answer is not None
            self.changed.notify_all()
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self._answer(self.rcpt)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self._answer(self.data)
        if answer:
            return answer
        with self.changed:
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
            self.inbox.append(Mail(envelope))
            self.changed.notify_all()
        return "250 taken"

    # ---- waiting ----

    def wait(self, ready, what):
        deadline = time.monotonic() + TIMEOUT
        with self.changed:
            while not ready():
                left = deadline - time.monotonic()
                assert left > 0, f"no {what} within {TIMEOUT} s; the inbox: {self.inbox}"
                self.changed.wait(left)

    def mail(self, number=0):
        """The mail with this number, from 0."""
        self.wait(lambda: len(self.inbox) > number, f"mail number {number}")
        return self.inbox[number]


class Mail:
    """A mail as its reader sees it."""

    def __init__(self, envelope):
        self.raw = envelope.original_content
        self.sender = envelope.mail_from
        self.to = envelope.rcpt_tos
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def subject(self):
        return self.message["subject"]

    @property
    def text(self):
        return self.message.get_content().replace("\r\n", "\n")

    @property
    def link(self):
        return re.search(r"^https?://\S+$", self.text, re.M).group(0)

    def __repr__(self):
        return f"<to {self.to}: {self.subject}>"


def make_certificate(directory):
    """A certificate for 127.0.0.1 that vouches for itself: (certificate, key)."""
    certificate, key = directory / "mail.crt", directory / "mail.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key
