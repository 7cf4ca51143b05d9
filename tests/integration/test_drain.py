"""Leaving (F5): at SIGTERM the hub takes nobody new, tells its clients when to come back, finishes its writes and ends with 0."""

import http.client
import signal
import threading

import pytest


def test_clients_are_told_when_to_come_back(make_hub):
    hub = make_hub(drain_spread_ms=400, drain_ms="10s")
    clients = [hub.sign_in("ann", device={"id": f"d-{n}"}) for n in range(8)]
    hub.signal(signal.SIGTERM)
    advice = []
    for one in clients:
        reason = one.expect_close(4200)
        assert reason["kind"] == "draining"
        advice.append(reason["retry_after_ms"])
    assert all(0 <= ms <= 400 for ms in advice)
    assert len(set(advice)) > 1, "they must not all come back in the same moment"
    assert hub.wait_exit() == 0


def test_without_clients_it_ends_at_once(make_hub):
    hub = make_hub(drain_ms="10m", drain_spread_ms="10m")
    hub.signal(signal.SIGTERM)
    assert hub.wait_exit() == 0


def test_a_connection_that_never_opened_a_session_does_not_hold_it_up(make_hub):
    hub = make_hub(drain_ms="30s", drain_spread_ms=100)
    mute = hub.connect()
    hub.signal(signal.SIGTERM)
    assert hub.wait_exit() == 0
    mute.expect_close(4200)


def test_a_client_that_will_not_leave_is_cut_off_after_the_drain(make_hub):
    hub = make_hub(drain_ms=500, drain_spread_ms=100)
    hub.sign_in("ann").play_dead()
    hub.signal(signal.SIGTERM)
    assert hub.wait_exit() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_acknowledged_writes_are_there_afterwards(make_hub, number):
    hub = make_hub(drain_spread_ms=50, commands_per_second=100000, commands_burst=100000)
    ann, bob = hub.sign_in("ann"), hub.sign_in("bob")
    acknowledged = []

    def toggle():
        n = 0
        try:
            while True:
                n += 1
                ann.call("presence.set", {"status": "busy", "note": str(n)})
                acknowledged.append(str(n))
        except Exception:
            return

    thread = threading.Thread(target=toggle)
    thread.start()
    bob.wait(lambda: int(bob.board.people["ann"]["note"] or 0) >= 20, "twenty toggles")
    hub.signal(number)
    thread.join()
    assert hub.wait_exit() == 0
    hub.start()
    note = hub.sign_in("ann").board.people["ann"]["note"]
    assert int(note) >= int(acknowledged[-1])


def test_a_planned_restart_shows_nobody_as_gone(make_hub):
    """B7: a node's drain holds its people until they have moved."""
    hub = make_hub(linger_ms="30s", reload_grace_ms=0, drain_spread_ms=100)
    ann, bob = hub.sign_in("ann"), hub.sign_in("bob")
    bob.expect_status("ann", "available")
    since = bob.board.people["ann"]["since"]
    hub.restart()
    assert "offline" not in bob.statuses("ann")
    bob = hub.sign_in("bob", resume=bob.cursor)
    hub.sign_in("ann", resume=ann.cursor)
    bob.expect_status("ann", "available", since=since)
    assert bob.session["resumed"] is True
    assert [change["to"] for change in hub.transitions("ann")] == ["available"]


def test_while_draining_it_is_not_ready_and_takes_nobody(make_hub):
    hub = make_hub(drain_ms="20s", drain_spread_ms="20s")
    stubborn = hub.sign_in("ann")
    kept = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=20)
    kept.request("GET", "/readyz")
    answer = kept.getresponse()
    answer.read()
    assert answer.status == 200
    stubborn.play_dead()
    hub.signal(signal.SIGTERM)
    hub.log.wait(lambda line: "drain" in line)
    with pytest.raises((OSError, http.client.HTTPException)):
        while True:  # until the listener is closed
            answer = hub.http("GET", "/readyz")
            assert answer.status in (200, 503)
    hub.signal(signal.SIGTERM)  # a second one ends the wait
    assert hub.wait_exit() == 0
    kept.close()
