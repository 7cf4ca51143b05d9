"""`muster top`: the board of who is there, once as text and live on a terminal."""

import os
import re
import signal

import pytest

from fake_hub import person
from program import Terminal, url

# ---- once ----


def test_once_prints_the_board_as_text(hub):
    ann = hub.sign_in("ann", device={"id": "d-phone", "kind": "mobile"})
    ann.call("presence.set", {"status": "busy", "note": "with a customer"})
    bob = hub.sign_in("bob")
    bob.expect_status("ann", "busy")
    text = hub.cli_ok("top", "--url", url(hub), "--token", hub.token("adm"))
    lines = text.splitlines()
    assert lines[0] == "Acme: 1 available  0 away  1 busy  4 offline"
    assert lines[2].split() == ["NAME", "STATUS", "SINCE", "DEVICES", "NOTE"]
    assert re.fullmatch(r"Bob +available +0:\d\d +web", lines[3])
    assert re.fullmatch(r"Ann +busy +0:\d\d +mobile +with a customer", lines[4])
    assert [line.split()[0] for line in lines[5:]] == ["Adm", "Cat", "Olga", "Sue"]
    assert re.fullmatch(r"Cat +offline *", lines[6])  # was never there, so there is no time to show
    assert "\x1b" not in text


def test_once_for_a_team(hub):
    text = hub.cli_ok("top", "--url", url(hub), "--token", hub.token("adm"), "--team", "support")
    assert [line.split()[0] for line in text.splitlines()[3:]] == ["Ann", "Bob", "Sue"]
    assert text.startswith("Acme, team support: ")


def test_once_on_a_terminal_stays_on_its_page(hub, run):
    top = run(hub, "top", "--url", url(hub), "--token", hub.token("adm"), "--once", kind=Terminal)
    assert top.wait_exit() == 0
    top.wait_text("Olga Owner")
    assert "\x1b[?1049h" not in top.text and top.settings_kept


def test_one_sees_whom_one_may_see(hub):
    """An agent sees the own team, whoever may see nobody only themselves."""
    text = hub.cli_ok("top", "--url", url(hub), "--token", hub.token("cat"))
    assert [line.split()[0] for line in text.splitlines()[3:]] == ["Cat"]


def test_a_team_that_is_not_there(hub):
    done = hub.cli("top", "--url", url(hub), "--token", hub.token("adm"), "--team", "nowhere")
    assert done.returncode == 1 and "no such team" in done.stderr and done.stdout == ""


def test_once_does_not_wait_for_a_hub_that_asks_for_patience(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t")
    connection = fake.accept()
    connection.called("session.open")
    connection.close(4101, {"kind": "store_unavailable", "retry_after_ms": 3000})
    assert "try again in" in top.fails()


# ---- the screen ----


def start_top(run, hub, *words, user="adm", **options):
    top = run(hub, "top", "--url", url(hub), "--token", hub.token(user), *words, kind=Terminal, **options)
    top.wait_line("^Acme.* ● live ")
    return top


def test_the_screen_follows_what_happens(hub, run):
    top = start_top(run, hub)
    top.wait_line("^0 available  0 away  0 busy  6 offline$")
    ann = hub.sign_in("ann")
    top.wait_line(r"^Ann +available +\d+:\d\d +web$")
    ann.call("presence.set", {"status": "away", "note": "gone fishing"})
    top.wait_line(r"^Ann +away +\d+:\d\d +web +gone fishing$")
    top.wait_line("^0 available  1 away  0 busy  5 offline$")
    ann.call("session.close")
    top.wait_line(r"^Ann +offline +\d+:\d\d")


def test_time_in_status_ticks(hub, run):
    hub.sign_in("ann")
    top = start_top(run, hub)
    first = top.wait_line(r"^Ann +available +(\d+:\d\d) ")[1]
    top.wait_line(rf"^Ann +available +(?!{first})(\d+:\d\d) ")


def test_people_are_sorted_and_coloured_by_status(hub, run):
    sessions = {user: hub.sign_in(user) for user in ("ann", "bob", "cat")}
    sessions["ann"].call("presence.set", {"status": "busy"})
    sessions["bob"].call("presence.set", {"status": "away"})
    top = start_top(run, hub)
    lines = top.wait(lambda lines: len(lines) > 6 and lines[6].startswith("Ann"), "Ann behind the others")
    assert [line.split()[:2] for line in lines[4:8]] == [["Cat", "available"], ["Bob", "away"], ["Ann", "busy"], ["Adm", "offline"]]
    for status, colour in {"available": 32, "away": 33, "busy": 31, "offline": 2}.items():
        assert f"\x1b[{colour}m{status}" in top.text


def test_no_colours_if_not_wanted(hub, run):
    top = start_top(run, hub, env={"NO_COLOR": "1"})
    top.wait_line("^Olga Owner +offline")
    assert not re.search(r"\x1b\[\d+m", top.text)


def test_q_leaves_the_terminal_as_it_was(hub, run):
    top = start_top(run, hub)
    assert "\x1b[?1049h" in top.text and not top.restored
    top.press("q")
    assert top.wait_exit() == 0
    assert top.restored and top.err.lines == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_so_does_every_signal(hub, run, number):
    top = start_top(run, hub)
    top.signal(number)
    assert top.wait_exit() == 0
    assert top.restored


def test_ctrl_c_is_a_signal_too(hub, run):
    top = start_top(run, hub)
    top.press("\x03")
    assert top.wait_exit() == 0
    assert top.restored


def test_ctrl_z_gives_the_terminal_back_for_a_while(hub, run):
    top = start_top(run, hub)
    top.press("\x1a")
    os.waitid(os.P_PID, top.process.pid, os.WSTOPPED)
    top.wait_text("\x1b[?1049l")
    assert top.restored
    top.signal(signal.SIGCONT)
    top.wait(lambda _: top.text.count("\x1b[?1049h") == 2, "screen again")
    hub.sign_in("ann")
    top.wait_line("^Ann +available")
    top.press("q")
    assert top.wait_exit() == 0 and top.restored


def test_a_refusal_is_said_on_the_page_of_before(hub, run):
    top = start_top(run, hub, user="ann")
    hub.sign_in("adm").call("session.revoke", {"user": "ann"})
    assert "revoked" in top.fails()
    assert top.restored


def test_a_name_is_found(hub, run):
    top = start_top(run, hub)
    top.press("/")
    top.press("oWN")
    top.wait(lambda lines: "Name: oWN_" in lines and lines[4].startswith("Olga Owner") and not lines[5], "Olga only")
    top.press("\x7f\x7f\x7fq")
    top.wait_line("^Nobody has such a name.$")
    top.press("\x7fc\r")
    top.wait(lambda lines: lines[4].startswith("Cat") and not lines[5], "Cat only")
    top.wait_line("^Name: c   ")
    top.press("\x1b")
    top.wait(lambda lines: lines[4].startswith("Adm") and not lines[2], "everybody")
    top.press("q")
    assert top.wait_exit() == 0


def test_a_small_window_scrolls(hub, run):
    top = start_top(run, hub, width=60, height=7)

    def shows(*names):
        top.wait(lambda lines: [line.split()[0] for line in lines[4:6]] == list(names), f"{names}")

    shows("Adm", "Ann")
    top.wait_line("1–2 of 6$")
    top.press("\x1b[B")
    shows("Ann", "Bob")
    top.press("\x1b[6~")
    shows("Cat", "Olga")
    top.press("\x1b[6~\x1b[6~\x1b[B")
    shows("Olga", "Sue")
    top.wait_line("5–6 of 6$")
    top.press("\x1b[6~\x1b[B\x1b[A")  # what goes beyond the end doesn't count
    shows("Cat", "Olga")
    top.press("\x1b[H")
    shows("Adm", "Ann")
    top.press("\x1b[F")
    shows("Olga", "Sue")


def test_the_window_may_change(hub, run):
    top = start_top(run, hub, width=60, height=7)
    top.wait_line("1–2 of 6$")
    top.resize(90, 20)
    top.wait(lambda lines: len(lines) == 20 and lines[-1].endswith("1–6 of 6"), "20 lines")
    assert len(top.lines[-1]) == 90
    top.resize(9, 3)
    top.wait(lambda lines: len(lines) == 1, "one line")


def test_a_hub_that_restarts_is_waited_for(hub, run):
    hub.sign_in("ann")
    top = start_top(run, hub)
    top.wait_line("^Ann +available")
    hub.kill()
    top.wait_line("^Acme.* ○ reconnecting: ")
    top.wait_line("^Ann +available")  # as last known
    hub.start()
    top.wait_line("^Acme.* ● live ")
    hub.sign_in("bob")
    top.wait_line("^Bob +available")


def diff(connection, before, after, up=(), down=()):
    connection.event("presence.diff", {"from": before, "version": after, "up": list(up), "down": list(down)})


def test_a_gap_between_versions_takes_a_snapshot(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    hub = fake.accept()
    assert hub.open(presence={"version": "n:1", "users": [person("ann")]})["watch"] == {"presence": "all"}
    top.wait_line("^Ann +available")
    diff(hub, "n:1", "n:2", up=[person("bob", "busy")])
    top.wait_line("^Bob +busy")
    diff(hub, "n:7", "n:8", up=[person("cat", "away")])
    hub.called("presence.get")
    diff(hub, "n:8", "n:9", up=[person("dan")])  # lies before the snapshot
    hub.answer({"version": "n:9", "users": [person("cat", "away"), person("dan")]})
    diff(hub, "n:9", "n:10", up=[person("eve")], down=["dan"])
    lines = top.wait(lambda lines: any(line.startswith("Eve") for line in lines), "Eve")
    assert [line.split()[0] for line in lines[4:] if line and not line.startswith("q ")] == ["Eve", "Cat"]


def test_a_snapshot_that_is_refused_is_asked_for_again(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    hub = fake.accept()
    hub.open()
    diff(hub, "", "n:5")
    hub.called("presence.get")
    hub.refuse(1029, "Slow down", kind="rate_limited", temporary=True, retry_after_ms=10)
    hub.called("presence.get")
    hub.answer({"version": "n:5", "users": [person("ann")]})
    top.wait_line("^Ann +available")


def test_a_connection_lost_during_the_question_is_made_good_by_the_next(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    hub = fake.accept()
    hub.open()
    diff(hub, "n:4", "n:5")
    hub.called("presence.get")
    hub.cut()
    fake.accept().open(presence={"version": "n:9", "users": [person("ann")]})
    top.wait_line("^Ann +available")


def test_names_are_no_commands_to_the_terminal(fake, home, run):
    top = run(home, "top", "--url", fake.url(), "--token", "t", kind=Terminal)
    evil = {**person("ann"), "name": "A\x1b[2J\u009b2J", "note": "\u202ex\ny", "status": "on\x07"}
    fake.accept().open(workspace={"id": "acme", "name": "Ac\x1bme"}, presence={"version": "n:1", "users": [evil]})
    top.wait_line(r"^Ac\?me  ● live")
    top.wait_line(r"^A\?\[2J\?2J +on\? .*x\?y$")
