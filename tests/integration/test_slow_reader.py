"""Slow readers (F4): bounded bytes per connection, latest wins for presence, else closed with a code that resumes."""

import socket

from client import TIMEOUT

BUDGET = 64 * 1024
SLOW = 'muster_websockets_closed_total{kind="slow_reader"}'


def slow_sign_in(hub, user, **options):
    """A session whose socket takes in as little as the kernel allows, and which then falls asleep."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sock.connect(("127.0.0.1", hub.port))
    one = hub.sign_in(user, sock=sock, **options)
    one.sleep()
    return one


def publish_until(hub, writer, done, bytes_each=8000, most=5000):
    """Publish durable events until done() holds; how many it took."""
    for n in range(1, most):
        params = {"type": "x.bulk", "audience": {"everyone": True}, "data": {"n": n, "text": "x" * bytes_each}, "durable": True}
        writer.call("event.publish", params)
        if done():
            return n
    raise AssertionError(f"{most} events of {bytes_each} bytes, and nothing happened")


def test_a_slow_reader_is_closed_and_resumes(make_hub):
    hub = make_hub(send_budget_bytes=BUDGET, send_burst_bytes=BUDGET, commands_per_second=100000, commands_burst=100000)
    slow = slow_sign_in(hub, "ann", watch="none")
    quick = hub.sign_in("bob", watch="none")
    writer = hub.connect()
    writer.open(hub.token("adm"), device={"kind": "api"}, watch="none")

    last = publish_until(hub, writer, lambda: hub.metric(SLOW) == 1)
    quick.expect("x.bulk", lambda e: e["data"]["n"] == last)
    assert [e["data"]["n"] for e in quick.durable("x.bulk")] == list(range(1, last + 1))

    slow.wake()
    reason = slow.expect_close(4201)
    assert reason["kind"] == "slow_reader"
    got = [e["data"]["n"] for e in slow.durable("x.bulk")]
    assert got == list(range(1, len(got) + 1)), "what did come is whole and in order"

    back = hub.sign_in("ann", watch="none", resume=slow.cursor)
    assert back.session["resumed"] is True
    back.expect("x.bulk", lambda e: e["data"]["n"] == last)
    assert got + [e["data"]["n"] for e in back.durable("x.bulk")] == list(range(1, last + 1))


def test_presence_is_left_out_for_a_slow_reader_and_taken_anew(make_hub):
    hub = make_hub(send_budget_bytes="1M", presence_tick_ms=1, commands_per_second=100000, commands_burst=100000)
    slow = slow_sign_in(hub, "sue")
    ann, quick = hub.sign_in("ann", watch="none"), hub.sign_in("bob")

    def superseded():
        return hub.metric("muster_frames_superseded_total") > 0

    for n in range(20000):
        ann.call("presence.set", {"status": "busy" if n % 2 else "away", "note": "x" * 140})
        if n % 200 == 199 and superseded():
            break
    assert superseded()
    ann.call("presence.set", {"status": "available", "note": "last"})
    quick.expect_status("ann", "available", note="last")
    assert quick.board.gaps == 0

    slow.wake()
    slow.expect("presence.diff", lambda e: e["data"] == {"version": "gap", "from": "gap"})
    assert slow.close_code is None  # presence alone never costs a connection
    assert slow.call("presence.get")["users"]
    slow.expect_status("ann", "available", note="last")


def test_what_the_log_does_not_keep_is_left_out_and_asked_for_anew(make_hub):
    hub = make_hub(send_budget_bytes=BUDGET, send_burst_bytes=BUDGET, commands_per_second=100000, commands_burst=100000)
    slow, quick = slow_sign_in(hub, "sue", watch="none"), hub.sign_in("bob", watch="none")
    writer = hub.connect()
    writer.open(hub.token("adm"), device={"kind": "api"}, watch="none")
    bulk = {"type": "x.bulk", "audience": {"everyone": True}, "data": {"text": "x" * 8000}, "durable": False}
    for n in range(5000):
        writer.call("event.publish", bulk)
        if hub.metric("muster_frames_superseded_total") > 0:
            break
    writer.call("conversation.put", {"id": "c1", "team": "support"})
    quick.expect("queue.changed", lambda e: e["data"]["team"] == "support")
    assert hub.metric(SLOW) == 0

    slow.wake()
    slow.expect("session.skipped")
    types = [e["type"] for e in slow.events]
    assert types.count("session.skipped") == 1 and "queue.changed" not in types
    assert [item["conversation"] for item in slow.call("queue.list")["items"]] == ["c1"]
    writer.call("conversation.put", {"id": "c2", "team": "support"})
    assert slow.expect("queue.changed")["data"]["waiting"] == 2  # from now on all is told again
    assert "session.skipped" not in [e["type"] for e in quick.events]


def test_others_do_not_notice(make_hub):
    hub = make_hub(send_budget_bytes=BUDGET, send_burst_bytes=BUDGET, commands_per_second=100000, commands_burst=100000)
    sleepers = [slow_sign_in(hub, "ann", watch="none", device={"id": f"d-{n}"}) for n in range(5)]
    quick = [hub.sign_in("bob", watch="none", device={"id": f"q-{n}"}) for n in range(3)]
    writer = hub.connect()
    writer.open(hub.token("adm"), device={"kind": "api"}, watch="none")
    last = publish_until(hub, writer, lambda: hub.metric(SLOW) == len(sleepers))
    for one in quick:
        one.expect("x.bulk", lambda e: e["data"]["n"] == last)
        assert [e["data"]["n"] for e in one.durable("x.bulk")] == list(range(1, last + 1))
    for one in sleepers:
        one.wake()
        one.expect_close(4201, TIMEOUT)
    hub.check_well()
