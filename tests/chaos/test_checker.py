"""The checker finds nothing in evidence that is right, and each kind of fault in one where it was planted."""

import dataclasses
import json

import pytest

from checker import Checker, stale_writes
from evidence import Change, Choice, Evidence, Fault, Row, Story, Write

TIMES = {"reload_grace_ms": 500, "linger_ms": 3000, "ping_interval_ms": 1000, "pong_timeout_ms": 900}


class Book:
    """A run by hand: sue watches, ann and bob work, zoe is in another workspace. Time goes on by a tenth of a second a step."""

    def __init__(self):
        self.now = 100.0
        self.evidence = Evidence(times=dict(TIMES), rows={"acme": [], "globex": []})
        self.stories = {}
        self.diffs = 0
        self.row("role.created", {"everyone"}, id="agent", permissions=["conversations.view:own"])
        self.row("role.created", {"everyone"}, id="lead", permissions=["presence.view:all", "analytics.read"])
        for user, role in (("ann", "agent"), ("bob", "agent"), ("sue", "lead")):
            self.row("user.created", {"may/users.view"}, user=user, roles=[role])
        self.row("user.created", {"may/users.view"}, workspace="globex", user="zoe", roles=["agent"])
        for user in ("sue", "ann", "bob", "zoe"):
            self.stories[user] = Story(user, "globex" if user == "zoe" else "acme")
            self.evidence.stories.append(self.stories[user])
        self.status = {"sue": "available", "ann": "offline", "bob": "offline"}
        for user in self.stories:
            self.come(user)

    def wait(self, seconds=0.1):
        self.now += seconds

    def row(self, type, audience, workspace="acme", **data):
        rows = self.evidence.rows[workspace]
        rows.append(Row(len(rows) + 1, 0, type, frozenset(audience), data))
        return rows[-1]

    def seq(self, user):
        return len(self.evidence.rows[self.stories[user].workspace])

    def note(self, user, *entry):
        self.stories[user].entries.append(entry)

    # ---- being there ----

    def come(self, user, resumed=False, replayed=0, node="a", show=True):
        self.wait()
        self.note(user, "ask", self.now)
        self.wait()
        presence = None
        if user == "sue":
            presence = self.snapshot()
        self.note(user, "open", self.now, node, resumed, replayed, self.seq(user), presence)
        if show and user in ("ann", "bob"):
            self.show(user, "available")

    def go(self, user, how="drop", code=None):
        self.wait()
        self.note(user, "end", self.now, how, code)

    def snapshot(self):
        same = {"note": None, "cause": "connect", "since": "s"}
        return {"version": "n", "users": [{"user": user, "status": status, **same} for user, status in self.status.items()]}

    def show(self, user, status, wait=0.05):
        self.wait(wait)
        self.diffs += 1
        self.status[user] = status
        one = {"user": user, "status": status, "note": None, "cause": "connect", "since": "s"}
        self.hear_text("sue", {"type": "presence.diff", "data": {"version": self.diffs, "up": [one]}})

    def choose(self, user, status, acknowledged=True):
        self.wait()
        self.evidence.choices.append(Choice(user, status, self.now, self.now + 0.1, acknowledged))
        self.wait()

    # ---- events ----

    def hear_text(self, user, params):
        text = json.dumps({"jsonrpc": "2.0", "method": "event", "params": params}, separators=(",", ":")).encode()
        self.note(user, "event", self.now, self.evidence.hear(text))

    def hear(self, user, row, workspace="acme", **other):
        self.wait(0.001)
        event = {"type": row.type, "seq": row.seq, "cursor": f"{workspace}:0:{row.seq}", "data": row.data}
        self.hear_text(user, {**event, **other})

    def say(self, *audience, mark=None, heard_by=(), workspace="acme", acknowledged=True):
        mark = mark or f"m{len(self.evidence.writes)}"
        self.wait()
        row = self.row("x.chaos", audience, workspace=workspace, mark=mark)
        self.evidence.writes.append(Write(mark, workspace, "p", self.now - 0.05, self.now, row.seq if acknowledged else None))
        for user in heard_by:
            self.hear(user, row, workspace)
        return row

    def fault(self, what, seconds=0.0, node=None):
        self.evidence.faults.append(Fault(what, self.now, self.now + seconds, node))

    # ---- the end ----

    def found(self):
        self.wait(0.1)
        for user, story in self.stories.items():
            if user != "zoe" and (story.entries[-1][0] != "end"):
                self.end = self.end if hasattr(self, "end") else self.row("x.end", {"everyone"}, mark="end")
                self.hear(user, self.end)
        self.note("sue", "board", self.now, self.snapshot())
        self.evidence.ended = self.now
        verdict = Checker(self.evidence).check()
        self.figures = verdict.figures
        return {finding.what for finding in verdict.findings}


@pytest.fixture
def book():
    return Book()


def everyday(book):
    book.say("everyone", heard_by=("ann", "bob", "sue"))
    book.say("user/ann", heard_by=("ann",))
    book.say("may/analytics.read", heard_by=("sue",))
    book.say("everyone", heard_by=("zoe",), workspace="globex")
    book.choose("ann", "busy")
    book.show("ann", "busy")


def test_right_evidence_has_no_faults(book):
    everyday(book)
    book.go("bob")
    book.wait(3.2)
    book.show("bob", "offline")
    row = book.say("everyone", heard_by=("ann", "sue"))
    book.come("bob", resumed=True, replayed=1)
    book.hear("bob", row)
    book.wait(2)
    assert book.found() == set()
    assert book.figures["told"] == 12 and book.figures["resyncs"] == 0
    assert book.figures["presence wrong ms"]["n"] > 0 and book.figures["delivery ms"]["n"] > 0


# ---- events ----


def test_an_acknowledged_event_is_not_in_the_log(book):
    book.evidence.writes.append(Write("m", "acme", "p", book.now, book.now, 99))
    assert book.found() == {"lost"}


def test_an_acknowledged_event_is_elsewhere(book):
    book.say("user/none", mark="m")
    book.evidence.writes[-1].seq -= 1
    assert book.found() == {"lost"}


def test_nobody_needs_to_know_what_became_of_an_event_without_an_answer(book):
    book.say("everyone", heard_by=("ann", "bob", "sue"), acknowledged=False)
    book.evidence.writes.append(Write("never", "acme", "p", book.now))
    assert book.found() == set()


@pytest.mark.parametrize(("what", "found"), [("store cut", {"too soon"}), ("bus cut", set())])
def test_an_event_is_acknowledged_that_can_not_be_kept(book, what, found):
    book.fault(what, 3)
    book.evidence.faults[0].sure = (book.now, book.now + 3)
    book.wait()
    book.say("user/ann", heard_by=("ann",))
    assert book.found() == found


@pytest.mark.parametrize(("kind", "found"), [("unavailable", set()), ("unauthenticated", {"refused"})])
def test_an_event_is_refused(book, kind, found):
    book.evidence.writes.append(Write("m", "acme", "p", book.now, book.now, refused=kind))
    assert book.found() == found


def test_an_event_is_in_the_log_twice(book):
    book.say("user/none", mark="m")
    book.row("x.chaos", {"user/none"}, mark="m")
    assert book.found() == {"twice"}


def test_an_event_is_in_the_log_that_nobody_sent(book):
    book.row("x.chaos", {"user/none"}, mark="m")
    assert book.found() == {"invented"}


def test_a_row_is_missing(book):
    book.say("user/none")
    book.say("user/none")
    del book.evidence.rows["acme"][-2]
    assert "sequence" in book.found()


def test_an_event_is_not_told(book):
    book.say("everyone", heard_by=("ann", "sue"))
    assert book.found() == {"missed"}
    assert book.figures["lost"] == 1


def test_the_last_event_is_not_told(book):
    row = book.row("x.end", {"everyone"}, mark="end")
    book.hear("sue", row)
    book.hear("ann", row)
    book.end = row
    for user in ("sue", "ann"):
        book.stories[user].entries.pop()
    story = book.stories["bob"]
    found = book.found()
    assert found == set()
    story.entries = [entry for entry in story.entries if entry[0] != "event"]
    assert {finding.what for finding in Checker(book.evidence).check().findings} == {"missed"}


def test_a_replay_leaves_something_out(book):
    book.go("ann")
    rows = [book.say("everyone", heard_by=("bob", "sue")) for _ in range(3)]
    book.come("ann", resumed=True, replayed=2, show=False)
    book.hear("ann", rows[0])
    book.hear("ann", rows[2])
    assert book.found() == {"missed"}


def test_who_starts_afresh_may_miss_what_was_before(book):
    book.go("ann")
    book.say("everyone", heard_by=("bob", "sue"))
    book.come("ann", show=False)
    assert book.found() == set()
    assert book.figures["resyncs"] == 1


def test_who_starts_afresh_further_back_hears_it_again(book):
    rows = [book.say("everyone", heard_by=("ann", "bob", "sue")) for _ in range(3)]
    book.go("ann")
    book.come("ann", show=False)
    book.stories["ann"].entries[-1] = (*book.stories["ann"].entries[-1][:5], rows[0].seq, None)
    for row in rows[1:]:
        book.hear("ann", row)
    assert book.found() == set()


def test_an_event_is_told_twice(book):
    row = book.say("everyone", heard_by=("ann", "bob", "sue"))
    book.hear("ann", row)
    assert book.found() == {"doubled"}


def test_events_change_places(book):
    rows = [book.say("everyone", heard_by=("bob", "sue")) for _ in range(2)]
    book.hear("ann", rows[1])
    book.hear("ann", rows[0])
    assert book.found() == {"doubled", "missed"}


def test_an_event_is_told_to_somebody_else(book):
    row = book.say("user/ann", heard_by=("ann",))
    book.hear("bob", row)
    assert book.found() == {"leaked"}


def test_an_event_is_told_in_another_workspace(book):
    row = book.say("everyone", heard_by=("zoe",), workspace="globex")
    book.hear("ann", row, "globex")
    assert book.found() == {"leaked"}


def test_an_event_is_told_with_other_data(book):
    row = book.say("user/ann")
    book.hear("ann", row, data={"mark": "other"})
    assert book.found() == {"content"}


def test_an_event_is_told_that_is_not_in_the_log(book):
    row = book.say("user/ann", heard_by=("ann",))
    book.evidence.rows["acme"][-1] = dataclasses.replace(row, type="x.other", data={})
    assert "invented" in book.found()


def test_an_event_comes_late(book):
    row = book.say("user/ann")
    book.wait(2.5)
    book.hear("ann", row)
    assert book.found() == {"late"}


@pytest.mark.parametrize(("what", "found"), [("bus away", {"late"}), ("store gone", set())])
def test_an_event_may_come_late_while_the_store_is_broken(book, what, found):
    book.fault(what, 3)
    row = book.say("user/ann")
    book.wait(2.5)
    book.hear("ann", row)
    assert book.found() == found


def test_a_hub_that_was_given_up_writes(book):
    book.evidence.acts = [act("b", "a"), act("a", event=5)]
    assert book.found() == {"stale"}


def test_a_player_complains(book):
    book.evidence.complaints.append("what must not be")
    assert book.found() == {"complaint"}


def act(by, seat=None, epoch=None, event=None):
    return {"by": by, "seat": seat, "epoch": epoch, "workspace": 1, "event": event}


def test_the_witness_knows_who_was_given_up():
    acts = [act("a", "a", 1), act("b", "b", 2), act("a", event=1), act("b", "a"), act("b", event=2)]
    assert stale_writes(acts) == []
    assert stale_writes([*acts, act("a", event=3)]) == [("a", 1, 3)]
    assert stale_writes([*acts, act("a", "a", 3), act("a", event=3)]) == []


# ---- rights ----


def test_rights_are_those_of_the_moment(book):
    row = book.row("role.assigned", {"user/ann"}, user="ann", roles=["agent", "lead"])
    book.hear("ann", row)
    book.say("may/analytics.read", heard_by=("ann", "sue"))
    row = book.row("role.assigned", {"user/ann"}, user="ann", roles=["agent"])
    book.hear("ann", row)
    book.say("may/analytics.read", heard_by=("sue",))
    assert book.found() == set()


def test_an_event_is_told_after_the_right_to_see_it_is_gone(book):
    book.row("role.assigned", {"user/none"}, user="sue", roles=["agent"])
    book.say("may/analytics.read", heard_by=("sue",))
    assert "leaked" in book.found()


def back_with_more_rights(book, given_in_time):
    """Ann comes back after something was said to analysts, and is told of it; she was one for a while."""
    book.go("ann")
    said = book.say("may/analytics.read", heard_by=("sue",))
    if given_in_time:
        given = book.row("role.assigned", {"user/ann"}, user="ann", roles=["agent", "lead"])
    told = [said, given] if given_in_time else [said]
    book.come("ann", resumed=True, replayed=len(told))
    for row in told:
        book.hear("ann", row)
    if not given_in_time:
        book.hear("ann", book.row("role.assigned", {"user/ann"}, user="ann", roles=["agent", "lead"]))
    book.hear("ann", book.row("role.assigned", {"user/ann"}, user="ann", roles=["agent"]))
    return book.found()


def test_a_replay_is_of_what_somebody_may_see_by_then(book):
    assert back_with_more_rights(book, given_in_time=True) == set()


def test_a_replay_tells_what_somebody_may_see_only_later(book):
    assert back_with_more_rights(book, given_in_time=False) == {"leaked"}


def test_an_event_is_told_after_somebody_was_deactivated(book):
    book.row("user.deactivated", {"user/none"}, user="bob")
    book.say("everyone", heard_by=("ann", "bob", "sue"))
    assert "leaked" in book.found()


@pytest.mark.parametrize(
    ("seconds", "without_bus", "found"), [(0.5, False, set()), (1.5, False, {"rights"}), (1.5, True, set()), (6, True, {"rights"})]
)
def test_a_change_of_rights_takes_its_time(book, seconds, without_bus, found):
    book.evidence.changes.append(Change("a new role", "ann", book.now, book.now, "permissions.changed", without_bus))
    book.wait(seconds)
    book.hear("ann", book.row("permissions.changed", {"user/ann"}))
    assert book.found() == found


def test_a_change_of_rights_never_arrives(book):
    book.evidence.changes.append(Change("the end", "ann", book.now, book.now, 4004))
    assert book.found() == {"rights"}
    book.go("ann", "lost", 4004)
    assert Checker(book.evidence).check().findings == []


# ---- conversations ----


def assigned(book, type, id, version, **data):
    record = {"id": id, "version": version, "assignee": data.get("to")}
    book.row(f"conversation.{type}", {"user/none"}, conversation=id, record=record, **data)
    book.evidence.records.append(("acme", record))


def test_conversations_that_are_right(book):
    assigned(book, "created", "c", 1)
    assigned(book, "assigned", "c", 2, to="ann")
    assigned(book, "reassigned", "c", 3, **{"from": "ann", "to": "bob"})
    assert book.found() == set()


def test_a_conversation_is_assigned_twice(book):
    assigned(book, "created", "c", 1)
    assigned(book, "assigned", "c", 2, to="ann")
    assigned(book, "assigned", "c", 3, to="bob")
    assert book.found() == {"assignee"}


def test_a_version_comes_twice(book):
    assigned(book, "created", "c", 1)
    assigned(book, "assigned", "c", 2, to="ann")
    assigned(book, "reassigned", "c", 2, **{"from": "ann", "to": "bob"})
    assert "version" in book.found()


def test_an_answer_is_not_in_the_log(book):
    assigned(book, "created", "c", 1)
    book.evidence.records.append(("acme", {"id": "c", "version": 2, "assignee": "ann"}))
    assert book.found() == {"assignee"}


# ---- presence ----


def test_a_choice_is_never_shown(book):
    book.choose("ann", "busy")
    book.wait(2)
    assert book.found() == {"presence"}


def test_a_choice_is_shown_late(book):
    book.choose("ann", "busy")
    book.show("ann", "busy", wait=1.2)
    assert book.found() == {"presence"}


@pytest.mark.parametrize(("seconds", "found"), [(4.5, set()), (5.6, {"presence"})])
def test_after_a_fault_it_may_take_five_seconds(book, seconds, found):
    book.fault("kill")
    book.choose("ann", "busy")
    book.show("ann", "busy", wait=seconds)
    assert book.found() == found


def test_a_choice_without_an_answer_may_count_or_not(book):
    book.choose("ann", "busy", acknowledged=False)
    book.wait(2)
    book.show("ann", "busy")
    book.wait(2)
    book.show("ann", "available")
    book.wait(2)
    assert book.found() == set()


def test_somebody_who_left_is_shown_for_ever(book):
    book.go("bob")
    book.wait(8)
    assert book.found() == {"presence"}


def test_somebody_who_is_there_is_shown_as_gone(book):
    book.wait(2)
    book.show("bob", "offline")
    book.show("bob", "available")
    assert book.found() == {"ghost"}


def test_somebody_is_shown_as_gone_too_soon(book):
    book.go("bob")
    book.wait(1)
    book.show("bob", "offline")
    book.wait(3)
    assert book.found() == {"ghost"}


@pytest.mark.parametrize(("late", "found"), [(3.0, set()), (1.0, {"ghost"})])
def test_how_late_the_people_were_is_not_held_against_the_hub(book, late, found):
    book.go("bob")
    book.wait(1)
    book.evidence.lateness.append((book.now, late))
    book.show("bob", "offline")
    book.wait(3)
    assert book.found() == found


@pytest.mark.parametrize(("before", "found"), [(0.3, set()), (0.1, {"ghost"})])
def test_a_hub_may_hear_a_goodbye_before_it_has_been_said_to_the_end(book, before, found):
    book.note("bob", "leave", book.now)
    book.wait(before)
    book.go("bob", "close", 1001)
    book.wait(0.2)
    book.show("bob", "offline")
    assert book.found() == found


def test_a_goodbye_may_be_heard_long_before_its_answer(book):
    book.wait(2)
    book.note("bob", "leave", book.now)
    book.wait(0.6)
    book.show("bob", "offline")
    book.wait(2)
    book.go("bob", "close", 1001)
    assert book.found() == set()


def test_somebody_who_came_back_in_time_is_shown_as_gone(book):
    book.go("bob")
    book.wait(1)
    book.come("bob", resumed=True, show=False)
    book.show("bob", "offline")
    book.show("bob", "available")
    assert book.found() == {"ghost"}


def test_whose_hub_was_killed_is_there_again_before_anybody_noticed(book):
    book.wait(2)
    book.fault("kill", node="a")
    for user in ("ann", "bob", "sue"):
        book.go(user, "lost")
        book.come(user, resumed=True, node="b", show=False)
    book.wait(2)
    assert book.found() == set()
    book.show("bob", "offline")
    book.show("bob", "available")
    assert "ghost" in book.found()


def test_who_appeared_in_the_moment_of_the_kill_may_be_gone(book):
    book.choose("bob", "offline")
    book.show("bob", "offline")
    book.wait(2)
    book.choose("bob", "available")
    book.fault("kill", node="a")
    book.go("bob", "lost")
    book.go("sue", "lost")
    book.wait(1.2)
    book.come("sue", resumed=True, node="b")
    book.come("bob", resumed=True, node="b")
    assert book.found() == set()


@pytest.mark.parametrize(("node", "found"), [("a", set()), ("b", {"ghost"})])
def test_a_hub_that_is_killed_waits_for_nobody(book, node, found):
    for user in ("sue", "ann"):
        book.go(user)
        book.come(user, resumed=True, node="c")
    book.wait(2)
    book.go("bob")
    book.wait()
    book.fault("kill", node=node)
    book.wait(1)
    book.show("bob", "offline")
    book.wait(2)
    book.come("bob", resumed=True, node="c")
    assert book.found() == found


def test_without_the_bus_hubs_can_not_know(book):
    book.wait(2)
    book.fault("bus cut", 5)
    book.show("bob", "offline")
    book.show("bob", "available")
    assert book.found() == set()
    assert book.figures["shown gone wrongly, without bus"] == 1


def test_who_was_sent_away_is_gone_at_once(book):
    book.wait(2)
    book.evidence.changes.append(Change("revoked", "bob", book.now, book.now, 4003))
    book.show("bob", "offline")
    book.go("bob", "lost", 4003)
    assert book.found() == set()


def test_what_was_shown_by_a_hub_that_is_gone_does_not_count(book):
    book.fault("freeze", 20, node="a")
    book.come("ann", resumed=True, node="b", show=False)
    book.choose("ann", "busy")
    book.wait(30)
    book.go("sue", "lost")
    book.status["ann"] = "busy"
    book.status["bob"] = "offline"
    book.come("sue", resumed=True, node="b")
    assert "presence" not in book.found()


def test_a_view_is_not_what_there_is(book):
    book.status["bob"] = "away"
    assert "view" in book.found()
