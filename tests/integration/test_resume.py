"""Resume (F3): who was away gets every durable event they may see, in order and once, or is told to take the state anew."""

import threading

import pytest

from client import Closed, RpcError


def numbers(events):
    return [event["data"]["n"] for event in events]


def publish(hub, first, last, audience=None, **more):
    for n in range(first, last + 1):
        hub.publish("x.count", audience or {"everyone": True}, {"n": n}, **more)


def test_what_was_missed_comes_before_what_is_new(hub):
    ann = hub.sign_in("ann")
    publish(hub, 1, 3)
    ann.expect("x.count", lambda e: e["data"]["n"] == 3)
    cursor = ann.cursor
    ann.drop()
    publish(hub, 4, 20)
    back = hub.sign_in("ann", resume=cursor)
    publish(hub, 21, 23)
    back.expect("x.count", lambda e: e["data"]["n"] == 23)
    assert back.session["resumed"] is True
    assert back.session["replayed"] == 17
    got = back.durable("x.")
    assert numbers(got) == list(range(4, 24))
    assert [e["seq"] for e in got] == sorted({e["seq"] for e in got})
    assert {e["actor"]["key"] for e in got if "key" in e["actor"]}


def test_a_replayed_event_is_the_same_as_the_live_one(hub):
    ann, bob = hub.sign_in("ann"), hub.sign_in("bob")
    cursor = bob.cursor
    bob.drop()
    hub.publish("x.thing", {"everyone": True}, {"text": "ü \" \\ \u2028", "list": [1, 2.5, None, True], "deep": {"a": {}}})
    live = ann.expect("x.thing")
    replayed = hub.sign_in("bob", resume=cursor).expect("x.thing")
    assert replayed == live


def test_nothing_missed_is_a_resume_too(hub):
    ann = hub.sign_in("ann")
    publish(hub, 1, 2)  # by then what ann's arrival left in the log is there too
    ann.expect("x.count", lambda e: e["data"]["n"] == 2)
    back = hub.sign_in("ann", resume=ann.cursor)
    assert back.session["resumed"] is True and back.session["replayed"] == 0
    assert back.session["cursor"] == ann.cursor


def test_without_a_cursor_nothing_is_replayed(hub):
    publish(hub, 1, 3)
    ann = hub.sign_in("ann")
    assert ann.session["resumed"] is False
    hub.fence(ann)
    assert ann.durable("x.") == []


def test_the_cursor_of_the_session_itself_will_do(hub):
    ann = hub.sign_in("ann")
    cursor = ann.session["cursor"]
    ann.drop()
    publish(hub, 1, 2)
    assert numbers_after(hub, "ann", cursor, 2) == [1, 2]


def numbers_after(hub, user, cursor, last):
    back = hub.sign_in(user, resume=cursor)
    back.expect("x.count", lambda e: e["data"]["n"] == last)
    return numbers(back.durable("x.count"))


def test_a_replay_holds_what_that_person_may_see(hub):
    ann, cat = hub.sign_in("ann"), hub.sign_in("cat")
    cursors = ann.cursor, cat.cursor
    ann.drop()
    cat.drop()
    publish(hub, 1, 1, {"teams": ["support"]})
    publish(hub, 2, 2, {"teams": ["sales"]})
    publish(hub, 3, 3, {"users": ["ann", "cat"]})
    publish(hub, 4, 4, {"roles": ["supervisor"]})
    publish(hub, 5, 5, {"users": ["ann"], "teams": ["support"], "roles": ["agent"]})
    publish(hub, 6, 6)
    assert numbers_after(hub, "ann", cursors[0], 6) == [1, 3, 5, 6]
    assert numbers_after(hub, "cat", cursors[1], 6) == [2, 3, 5, 6]


def test_a_replay_goes_by_the_rights_of_now(hub):
    """I9: what was sent while someone was still in the team is no longer theirs after they left it, and the other way round."""
    ann = hub.sign_in("ann")
    cursor = ann.cursor
    ann.drop()
    publish(hub, 1, 1, {"teams": ["support"]})
    publish(hub, 2, 2, {"teams": ["sales"]})
    hub.api("DELETE", "/v1/teams/support/members/ann")
    hub.api("PUT", "/v1/teams/sales/members/ann")
    publish(hub, 3, 3)
    assert numbers_after(hub, "ann", cursor, 3) == [2, 3]


def test_someone_in_several_topics_of_an_event_gets_it_once(hub):
    ann = hub.sign_in("ann")
    publish(hub, 1, 1, {"users": ["ann"], "teams": ["support"], "roles": ["agent"], "everyone": True})
    hub.fence(ann)
    assert numbers(ann.durable("x.")) == [1]


def test_ephemeral_events_are_not_replayed(hub):
    ann = hub.sign_in("ann")
    cursor = ann.cursor
    ann.drop()
    publish(hub, 1, 1, durable=False)
    publish(hub, 2, 2)
    assert numbers_after(hub, "ann", cursor, 2) == [2]


# ---- cursors that lead nowhere ----


def cursor_at(cursor, seq):
    workspace, epoch, _ = cursor.rsplit(":", 2)
    return f"{workspace}:{epoch}:{seq}"


CURSORS = {
    "future": lambda hub, cursor: cursor_at(cursor, 10**9),
    "foreign": lambda hub, cursor: hub.sign_in("zoe", "globex").session["cursor"],
    "of another life of the log": lambda hub, cursor: "acme:999:1",
    "of no workspace": lambda hub, cursor: "nowhere:0:1",
}


@pytest.mark.parametrize("row", CURSORS)
def test_a_cursor_that_leads_nowhere_is_answered_with_resumed_false(hub, row):
    ann = hub.sign_in("ann")
    publish(hub, 1, 3)
    back = hub.sign_in("ann", resume=CURSORS[row](hub, ann.cursor))
    assert back.session["resumed"] is False
    assert back.session.get("replayed", 0) == 0
    hub.fence(back)
    assert back.durable("x.") == []
    assert back.session["presence"]["users"]


GARBAGE = ["", "acme", "acme:0", "acme:0:-1", "acme:0:x", "acme:0:1:2", "acme:0:99999999999999999999", "::", "\u0001", "x" * 5000]


@pytest.mark.parametrize("cursor", GARBAGE, ids=lambda text: repr(text[:24]))
def test_a_cursor_that_is_none_is_harmless(hub, cursor):
    one = hub.connect()
    try:
        session = one.open(hub.token("ann"), resume=cursor)
    except RpcError as error:
        assert error.kind in ("invalid_params", "parse_error")
    else:
        assert session["resumed"] is False
    hub.check_well()


def test_more_than_the_limit_is_a_resync(make_hub):
    hub = make_hub(replay_limit=5)
    ann = hub.sign_in("ann")
    cursor = ann.cursor
    ann.drop()
    publish(hub, 1, 6)
    back = hub.sign_in("ann", resume=cursor)
    assert back.session["resumed"] is False
    hub.fence(back)
    assert back.durable("x.") == []  # never a part of what was missed
    publish(hub, 7, 11)
    assert numbers_after(hub, "ann", back.session["cursor"], 11) == [7, 8, 9, 10, 11]


def test_what_has_left_memory_is_read_from_the_log(make_hub):
    hub = make_hub(recent_events=4, snapshot_every=10)
    ann = hub.sign_in("ann")
    cursor = ann.cursor
    ann.drop()
    publish(hub, 1, 40)
    assert numbers_after(hub, "ann", cursor, 40) == list(range(1, 41))


def test_events_published_during_a_replay_keep_their_place(make_hub):
    """I2 and I3: the seam between replay and live is where an event gets lost, doubled or overtaken."""
    hub = make_hub(recent_events=2, commands_per_second=100000, commands_burst=100000)
    ann = hub.sign_in("ann")
    cursor = ann.cursor
    ann.drop()
    publisher = hub.connect()
    publisher.open(hub.token("adm"), device={"kind": "api"}, watch="none")

    def post(first, last, at_once=100):
        for start in range(first, last + 1, at_once):
            sent = [
                publisher.request(
                    "event.publish", {"type": "x.count", "audience": {"everyone": True}, "data": {"n": n}, "durable": True}
                )
                for n in range(start, start + at_once)
            ]
            for number in sent:
                assert "result" in publisher.answer(number)

    post(1, 200)
    thread = threading.Thread(target=post, args=(201, 600))
    thread.start()
    back = [hub.sign_in("ann", device={"id": f"d-{n}"}, resume=cursor) for n in range(6)]
    thread.join()
    for one in back:
        one.expect("x.count", lambda e: e["data"]["n"] == 600)
        assert numbers(one.durable("x.count")) == list(range(1, 601))


# ---- when the power goes ----


def test_kill_and_restart_lose_no_acknowledged_toggle(hub):
    """The acknowledged status is the one that is there afterwards, every time."""
    for n in range(5):
        ann = hub.sign_in("ann")
        status = ["away", "busy", "available"][n % 3]
        ann.call("presence.set", {"status": status, "note": f"round {n}"})
        hub.kill()
        ann.expect_close(1006)
        hub.restart()
        mine = hub.sign_in("ann").expect_status("ann", status)
        assert mine["note"] == f"round {n}"


def test_kill_under_load_loses_no_acknowledged_event(make_hub):
    """I1: acknowledged ⊆ received, with many writers at the moment of the kill."""
    hub = make_hub(commands_per_second=100000, commands_burst=100000)
    reader = hub.sign_in("ann", watch="none")
    cursor = reader.cursor
    writers = []
    for n in range(3):
        one = hub.connect()
        one.open(hub.token("adm"), device={"id": f"w-{n}", "kind": "api"}, watch="none")
        writers.append(one)
    acknowledged = []

    def write(one, name):
        n = 0
        try:
            while True:
                n += 1
                data = {"type": "x.load", "audience": {"everyone": True}, "data": {"n": f"{name}-{n}"}, "durable": True}
                one.call("event.publish", data)
                acknowledged.append(f"{name}-{n}")
        except (Closed, Exception):
            return

    threads = [threading.Thread(target=write, args=(one, name)) for name, one in enumerate(writers)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        reader.expect("x.load")
    hub.kill()
    for thread in threads:
        thread.join()
    assert len(acknowledged) >= 40
    hub.restart()
    back = hub.sign_in("ann", resume=cursor)
    assert back.session["resumed"] is True
    hub.publish("x.load", {"everyone": True}, {"n": "last"})
    back.expect("x.load", lambda e: e["data"]["n"] == "last")
    got = numbers(back.durable("x.load"))
    assert len(got) == len(set(got))
    assert set(acknowledged) <= set(got)
    seqs = [e["seq"] for e in back.durable()]
    assert seqs == sorted(set(seqs))
    before = [e["data"]["n"] for e in reader.durable("x.load")]
    assert got[: len(before)] == before  # what was seen live is what the log has


def test_two_kills_in_a_row_change_nothing(hub):
    ann = hub.sign_in("ann")
    ann.call("presence.set", {"status": "busy", "note": "kept"})
    for _ in range(2):
        hub.kill()
        hub.restart()
    hub.sign_in("ann").expect_status("ann", "busy", note="kept")
    assert hub.cli("audit", "verify", "--data", hub.data).returncode == 0
