"""Sending mail (E10, and the welcome mail of A2) to a real SMTP server: encryption, signing in, failures that pass and
failures that don't."""

import email.utils
import json
import signal
import socket
import threading
import time

import pytest

from client import TIMEOUT
from mail_server import PASSWORD, USER, MailServer, make_certificate
from program import wait_metric


@pytest.fixture
def make_mail_server():
    made = []

    def make(**options):
        made.append(MailServer(**options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def mails(make_mail_server):
    return make_mail_server()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def invite(hub, email="eve@acme.test", **more):
    return hub.api("POST", "/v1/invites", {"email": email, "roles": ["agent"], **more})


def add(hub, user, **more):
    return hub.api("POST", "/v1/users", {"id": user, "name": user.title(), "email": f"{user}@acme.test", "roles": ["agent"], **more})


# ---- what is in a mail ----


def test_an_invitation_is_mailed(make_hub, mails):
    hub = make_hub(**mails.options)
    made = invite(hub, "Eve@acme.test", name="Eve")
    assert made["mailed"] is True
    mail = mails.mail()
    assert (mail.sender, mail.to) == ("muster@acme.test", ["Eve@acme.test"])
    assert mail.subject == "Your team invites you to Acme"
    assert mail.link == made["link"]
    assert mail.link.startswith("https://desk.acme.test/muster/#/invite/acme/i-")
    assert mail.text.startswith("Hello Eve,\n")
    assert made["expires_at"][:10] + " " + made["expires_at"][11:16] + " UTC" in mail.text
    headers = mail.message
    assert (headers["from"], headers["to"]) == ("muster@acme.test", "Eve@acme.test")
    assert headers.get_content_type() == "text/plain"
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["message-id"].endswith("@acme.test>")
    sent = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    assert abs(sent - time.time()) < 60
    assert not headers.defects


def test_whoever_invites_is_named_in_their_own_letters(make_hub, mails):
    hub = make_hub(**mails.options)
    hub.api("PATCH", "/v1/users/adm", {"name": "Zoë ‘Ünïcödé’ Müller-Lüdenscheidt von und zu 日本語の名前 😀 und so weiter"})
    hub.http("POST", "/v1/invites", {"email": "eve@acme.test", "roles": ["agent"]}, token=hub.token("adm"))
    mail = mails.mail()
    assert mail.subject == "Zoë ‘Ünïcödé’ Müller-Lüdenscheidt von und zu 日本語の名前 😀 und so weiter invites you to Acme"
    assert mail.subject.removesuffix("Acme") in mail.text.replace("to join", "to")
    assert all(len(line) <= 78 for line in mail.raw.split(b"\r\n"))


def test_no_name_becomes_a_header_or_an_end(make_hub, mails):
    hub = make_hub(**mails.options)
    broken = hub.http("PATCH", "/v1/users/adm", {"name": "A\r\nBcc: eve@evil.test"}, token=hub.secrets["acme"]["key"])
    assert broken.json["fields"] == {"name": "must not hold control characters"}
    for number, name in enumerate((".", "=?UTF-8?Q?=0D=0ABcc:_eve@evil.test?=")):
        hub.api("PATCH", "/v1/users/adm", {"name": name})
        invited = {"email": f"eve{number}@acme.test", "roles": ["agent"]}
        assert hub.http("POST", "/v1/invites", invited, token=hub.token("adm")).status == 200
        mail = mails.mail(number)
        assert mail.to == [f"eve{number}@acme.test"]
        assert set(mail.message.keys()) == {
            "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
            "Auto-Submitted",
        }  # fmt: skip
        assert mail.subject == f"{name} invites you to Acme"
        assert f"\n{name} invites you to join Acme" in mail.text
        assert mail.text.endswith("without you nothing happens.\n")


def test_welcome_goes_to_who_signs_in_here(make_hub, mails):
    hub = make_hub(**mails.options)
    add(hub, "one", password="copper lantern 9317")
    add(hub, "two")
    add(hub, "three", password="copper lantern 9317", welcome=False)
    add(hub, "four", welcome=True)
    first, second = mails.mail(0), mails.mail(1)
    assert (first.to, second.to) == (["one@acme.test"], ["four@acme.test"])
    assert first.subject == "Welcome to Acme"
    assert first.link == "https://desk.acme.test/muster"
    assert "one@acme.test" in first.text
    assert b"lantern" not in first.raw
    invite(hub)
    assert mails.mail(2).to == ["eve@acme.test"]  # in order: there was nothing in between


def test_what_fails_mails_nobody(make_hub, mails):
    hub = make_hub(**mails.options)
    body = {"email": "ann@acme.test", "roles": ["agent"]}
    assert hub.http("POST", "/v1/invites", body, token=hub.secrets["acme"]["key"]).status == 409
    invite(hub)
    assert mails.mail().to == ["eve@acme.test"]


def test_without_a_mail_server_there_is_the_link(hub):
    made = invite(hub)
    assert made["mailed"] is False
    assert made["link"].startswith(f"http://127.0.0.1:{hub.port}/#/invite/acme/")
    hub.signal(signal.SIGHUP)
    hub.log.wait(lambda line: "were read again" in line)
    again = hub.http("POST", f"/v1/invites/{made['id']}/resend", token=hub.secrets["acme"]["key"]).json
    assert again["link"].startswith(f"http://127.0.0.1:{hub.port}/#/invite/acme/")


def test_a_link_names_no_host_that_the_hub_does_not_know(make_hub):
    hub = make_hub(start=False)
    words = ("invite", "create", "--data", hub.data, "--workspace", "acme", "--role", "agent")
    for n, listen in enumerate(["0.0.0.0:8080", "[::]:8080"]):
        made = json.loads(hub.cli_ok(*words, "--listen", listen, "--email", f"eve{n}@acme.test"))
        assert made["link"].startswith("/#/invite/acme/")


# ---- how it gets there ----


def test_the_hub_signs_in(make_hub, make_mail_server, tmp_path):
    mails = make_mail_server(auth=True)
    (tmp_path / "password").write_text(PASSWORD + "\nnot this\n")
    hub = make_hub(smtp_user=USER, smtp_password_file=tmp_path / "password", **mails.options)
    invite(hub)
    assert mails.mail().to == ["eve@acme.test"]
    assert mails.signed_in == [(USER, PASSWORD)]


def test_a_wrong_password_is_told_in_the_log(make_hub, make_mail_server):
    mails = make_mail_server(auth=True)
    hub = make_hub(smtp_user=USER, smtp_password="wrong", **mails.options)
    invite(hub)
    line = hub.log.wait(lambda line: "a mail is given up" in line)
    assert "to=eve@acme.test" in line
    assert "wrong" not in line
    wait_metric(hub, "muster_mails", 0)
    assert hub.metric("muster_mails_lost_total") == 1
    assert not mails.inbox


def test_a_password_file_that_is_not_there_starts_no_server(make_hub, mails, tmp_path):
    hub = make_hub(start=False, smtp_password_file=tmp_path / "none", **mails.options)
    done = hub.cli(*hub.serve_command()[1:])
    assert done.returncode == 1
    assert "smtp_password_file" in done.stderr


def test_starttls_with_a_certificate_that_is_trusted(make_hub, make_mail_server, certificate):
    mails = make_mail_server(auth=True, certificate=certificate)
    hub = make_hub(smtp_ca_file=certificate[0], smtp_user=USER, smtp_password=PASSWORD, **mails.options)
    invite(hub)
    assert mails.mail().to == ["eve@acme.test"]
    assert mails.encrypted == [True]


def test_starttls_with_any_other_certificate_is_refused(make_hub, make_mail_server, certificate):
    mails = make_mail_server(auth=True, certificate=certificate)
    hub = make_hub(smtp_user=USER, smtp_password=PASSWORD, **mails.options)
    invite(hub)
    hub.log.wait(lambda line: "a mail is tried again later" in line and "certificate" in line)
    assert not mails.signed_in
    assert not mails.inbox


def test_tls_from_the_first_byte(make_hub, make_mail_server, certificate):
    mails = make_mail_server(auth=True, certificate=certificate, at_once=True)
    hub = make_hub(smtp_ca_file=certificate[0], smtp_user=USER, smtp_password=PASSWORD, **mails.options)
    invite(hub)
    assert mails.mail().to == ["eve@acme.test"]
    assert mails.signed_in == [(USER, PASSWORD)]
    assert mails.encrypted == [True]


@pytest.mark.parametrize("tls", ["required", "off"])
def test_tls_from_the_first_byte_with_any_other_certificate_is_refused(make_hub, make_mail_server, certificate, tls):
    mails = make_mail_server(auth=True, certificate=certificate, at_once=True)
    hub = make_hub(smtp_user=USER, smtp_password=PASSWORD, **{**mails.options, "smtp_tls": tls})
    invite(hub)
    hub.log.wait(lambda line: "a mail is tried again later" in line and "certificate" in line)
    assert not mails.signed_in
    assert not mails.inbox


def test_required_tls_is_required(make_hub, make_mail_server):
    mails = make_mail_server(auth=True)
    hub = make_hub(smtp_user=USER, smtp_password=PASSWORD, **{**mails.options, "smtp_tls": "required"})
    invite(hub)
    hub.log.wait(lambda line: "a mail is tried again later" in line)
    assert not mails.signed_in
    assert not mails.inbox


@pytest.mark.parametrize("offered", [True, False])
def test_opportunistic_tls_takes_what_there_is(make_hub, make_mail_server, certificate, offered):
    mails = make_mail_server(certificate=certificate if offered else None)
    hub = make_hub(smtp_ca_file=certificate[0], **{**mails.options, "smtp_tls": "opportunistic"})
    invite(hub)
    mails.mail()
    assert mails.encrypted == [offered]


# ---- failures ----


@pytest.mark.parametrize("where", ["rcpt", "data"])
def test_what_fails_for_now_is_sent_later_and_once(make_hub, mails, where):
    setattr(mails, where, ["451 busy", "421 come back later", "452 no room"])
    hub = make_hub(**mails.options)
    made = invite(hub)
    assert mails.mail().link == made["link"]
    assert mails.refused == 3
    wait_metric(hub, "muster_mails", 0)
    assert hub.metric("muster_mails_retried_total") == 3
    assert hub.metric("muster_mails_sent_total") == 1
    assert len(mails.inbox) == 1


@pytest.mark.parametrize("where", ["rcpt", "data"])
def test_what_is_refused_for_good_is_given_up(make_hub, mails, where):
    setattr(mails, where, ["550 no such person"])
    hub = make_hub(**mails.options)
    invite(hub)
    invite(hub, "paul@acme.test")
    assert mails.mail().to == ["paul@acme.test"]
    line = hub.log.wait(lambda line: "a mail is given up" in line)
    assert "to=eve@acme.test" in line and "550" in line
    wait_metric(hub, "muster_mails", 0)
    assert hub.metric("muster_mails_lost_total") == 1
    assert hub.metric("muster_mails_retried_total") == 0


def test_a_server_that_is_away_comes_back(make_hub, mails):
    hub = make_hub(**mails.options)
    mails.stop()
    invite(hub)
    hub.log.wait(lambda line: "a mail is tried again later" in line)
    mails.start()
    assert mails.mail().to == ["eve@acme.test"]


@pytest.fixture
def silent():
    """A server that takes connections and never says a word: (its options, accepted connections)."""
    sock = socket.create_server(("127.0.0.1", 0))
    accepted = []

    def accept():
        while True:
            try:
                accepted.append(sock.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield {
        "smtp_url": f"smtp://127.0.0.1:{sock.getsockname()[1]}",
        "smtp_from": "muster@acme.test",
        "smtp_tls": "off",
        "smtp_retry_ms": 20,
        "public_url": "https://desk.acme.test",
    }
    sock.shutdown(socket.SHUT_RDWR)
    sock.close()
    thread.join(TIMEOUT)
    for one in accepted:
        one.close()


def test_a_silent_server_slows_nobody_down(make_hub, silent):
    hub = make_hub(smtp_timeout_ms="10m", drain_ms=200, drain_spread_ms=100, **silent)
    ann = hub.sign_in("ann")
    invite(hub)
    wait_metric(hub, "muster_mails", 1)
    began = time.monotonic()
    for number in range(50):
        ann.call("presence.set", {"status": "busy" if number % 2 else "available"})
    assert time.monotonic() - began < 10  # far less than one attempt may take
    assert hub.metric("muster_mails") == 1
    hub.finish()
    hub.log.wait(lambda line: "a mail is given up" in line and "to=eve@acme.test" in line)


def test_an_attempt_has_an_end(make_hub, silent):
    hub = make_hub(smtp_timeout_ms=200, drain_ms=200, drain_spread_ms=100, **silent)
    invite(hub)
    hub.log.wait(lambda line: "a mail is tried again later" in line and "imed out" in line)


def test_leaving_sends_what_waits(make_hub, mails):
    mails.rcpt = ["451 busy"]
    hub = make_hub(**{**mails.options, "smtp_retry_ms": "1h"})
    invite(hub)
    hub.log.wait(lambda line: "a mail is tried again later" in line)
    hub.finish()
    assert mails.mail().to == ["eve@acme.test"]


def test_the_command_line_mails_without_a_hub_too(make_hub, mails):
    hub = make_hub(start=False)
    words = [word for name, value in mails.options.items() for word in ("--" + name.replace("_", "-"), value)]
    hub.cli_ok(
        "invite", "create", "--data", hub.data, "--workspace", "acme", "--email", "eve@acme.test", "--role", "agent", *words
    )
    assert mails.mail().to == ["eve@acme.test"]
