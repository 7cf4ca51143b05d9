"""The checker finds nothing in a log that is right, and each kind of fault in one where it was planted."""

import dataclasses

import pytest

from book import FAR_MS, START_MS, Book


@pytest.fixture
def book():
    return Book()


def test_a_right_log_has_no_faults(book):
    for number, user in enumerate(("ann", "bob", "cat", "ann")):
        book.put(f"c{number}")
        book.assign(f"c{number}", user)
    book.resolve("c0")
    book.assign("c1", "cat", reason="manual", by="sue")
    book.unassign("c1", passed=["cat"])
    book.assign("c1", "bob")
    book.snooze("c2")
    book.reopen("c2")
    book.put("c4", team=None)
    assert book.found_when_told() == set()


def test_a_right_log_of_offers_has_no_faults():
    book = Book(offer_ms=300)
    book.put("c0")
    book.offer("c0", "ann")
    book.expire("c0")
    book.offer("c0", "bob")
    book.accept("c0")
    book.put("c1")
    book.offer("c1", "ann")
    book.event("declined", "c1", from_="ann", reason="declined", offered_to=None, offer_expires_at=None, passed=["ann"])
    book.offer("c1", "cat")
    book.accept("c1")
    assert book.found_when_told() == set()


# ---- one after the other ----


def test_a_version_is_left_out(book):
    book.put("c0")
    book.assign("c0", "ann", skip=2)
    assert book.found_when_told() == {"version"}


def test_assigned_twice(book):
    book.put("c0")
    book.assign("c0", "ann")
    book.event("assigned", "c0", to="bob", reason="manual", by="sue", assignee="bob")
    assert book.found_when_told() == {"twice"}


def test_reassigned_from_somebody_else(book):
    book.put("c0")
    book.assign("c0", "ann")
    book.event("reassigned", "c0", from_="cat", to="bob", reason="manual", by="sue", assignee="bob")
    assert book.found_when_told() == {"twice"}


def test_an_assignee_comes_by_another_event(book):
    book.put("c0")
    book.event("escalated", "c0", reason="waiting", assignee="ann", assigned_at=book.records["c0"]["created_at"])
    assert "record" in book.found_when_told()


def test_the_age_is_lost(book):
    book.put("c0")
    book.assign("c0", "ann")
    book.resolve("c0")
    book.reopen("c0", queued_at="2027-02-01T00:00:00.000Z")
    book.snooze("c0")
    assert book.found_when_told() == set()
    book.reopen("c0", queued_at="2027-03-01T00:00:00.000Z")
    assert book.found() >= {"record"}


def test_created_twice(book):
    book.put("c0")
    book.event("created", "c0")
    assert book.found_when_told() == {"record"}


def test_a_row_is_missing(book):
    book.put("c0")
    book.assign("c0", "ann")
    book.resolve("c0")
    book.tell()
    del book.rows[-2]
    assert book.found() >= {"sequence", "version"}


# ---- capacity ----


def test_more_than_fits(book):
    for number in range(3):
        book.put(f"c{number}")
        book.assign(f"c{number}", ("ann", "bob", "cat")[number])
    book.row("user.updated", user="ann", capacity=1)
    book.put("c3")
    book.assign("c3", "ann")
    assert book.found_when_told() == {"capacity", "routable"}


def test_a_weight_counts(book):
    book.put("c0")
    book.assign("c0", "ann", reason="manual", by="sue")
    book.put("c1", channel="phone")
    book.assign("c1", "ann", reason="manual", by="sue")
    assert book.found_when_told() == {"capacity"}


@pytest.mark.parametrize(("forced", "found"), [(True, set()), (False, {"capacity"})])
def test_more_than_fits_only_by_force(book, forced, found):
    book.row("user.updated", user="ann", capacity=0)
    book.put("c0")
    if forced:
        book.journal.forced.add(("c0", "ann", "sue"))
    book.assign("c0", "ann", reason="manual", by="sue")
    assert book.found_when_told() == found


def test_an_offer_takes_a_place():
    book = Book(offer_ms=300)
    book.row("user.updated", user="bob", capacity=0)
    book.row("user.updated", user="cat", capacity=0)
    book.row("user.updated", user="ann", capacity=1)
    book.put("c0")
    book.offer("c0", "ann")
    book.put("c1")
    book.offer("c1", "ann")
    assert book.found_when_told() == {"capacity", "routable"}


def test_a_load_is_told_wrong(book):
    book.put("c0")
    book.assign("c0", "ann")
    book.row("load.changed", user="ann", load=1, capacity=3)
    assert book.found_when_told() == set()
    book.row("load.changed", user="ann", load=2, capacity=3)
    assert book.found() == {"load"}


# ---- who may be given work ----


@pytest.mark.parametrize(
    ("what", "type", "data"),
    [
        ("away by choice", "presence.chosen", {"status": "away"}),
        ("shown as away", "presence.changed", {"to": "away"}),
        ("deactivated", "user.deactivated", {}),
        ("of another team", "team.member_removed", {"team": "desk"}),
        ("without the permission", "role.assigned", {"roles": ["picker"]}),
    ],
)
def test_given_to_somebody_who_is(book, what, type, data):
    book.put("c0")
    book.row(type, user="ann", **data)
    book.assign("c0", "ann")
    assert "routable" in book.found_when_told()


def test_offered_to_who_declined():
    book = Book(offer_ms=300)
    book.put("c0")
    book.offer("c0", "ann")
    book.expire("c0")
    book.offer("c0", "ann")
    assert "routable" in book.found_when_told()


def test_who_let_an_offer_run_out_is_not_noted():
    book = Book(offer_ms=300)
    book.put("c0")
    book.offer("c0", "ann")
    book.expire("c0", passed=[])
    assert "twice" in book.found_when_told()


def test_given_out_by_a_manual_team():
    book = Book("manual")
    book.put("c0")
    book.assign("c0", "ann")
    assert book.found_when_told() == {"routable"}


def test_given_to_somebody_long_gone(book):
    book.diary("ann").leave(book.now_ms)
    book.wait(5000)
    book.put("c0")
    book.assign("c0", "ann")
    assert book.found_when_told() == {"routable"}


# ---- fairness ----


def test_not_their_turn(book):
    book.put("c0")
    book.assign("c0", "bob")
    assert book.found_when_told() == {"fairness"}


def test_the_turn_goes_round(book):
    for number, user in enumerate(("ann", "bob", "ann")):
        book.put(f"c{number}")
        book.assign(f"c{number}", user)
    assert book.found_when_told() == {"fairness"}


def test_it_is_nobodys_turn_who_may_have_left(book):
    book.put("c0")
    book.diary("ann").leave(book.now_ms + 50)
    book.assign("c0", "bob")
    assert book.found_when_told() == set()


def test_it_is_nobodys_turn_whose_hub_was_killed(book):
    book.kills.append((book.now_ms, book.now_ms + 10))
    book.wait(20)
    book.put("c0")
    book.assign("c0", "cat")
    assert book.found_when_told() == set()


def test_the_smaller_load_goes_first():
    book = Book("load_balanced")
    book.row("user.updated", user="cat", capacity=9)
    book.put("c0")
    book.assign("c0", "cat", reason="manual", by="sue")
    for number, user in enumerate(("ann", "bob"), 1):
        book.put(f"c{number}")
        book.assign(f"c{number}", user)
    book.put("c3")
    book.assign("c3", "cat")  # one of nine is less than one of three
    assert book.found_when_told() == set()
    book.put("c4")
    book.assign("c4", "ann")  # but so are two of nine
    assert book.found() >= {"fairness"}


# ---- the order of the queue ----


def queue_of_two(book, first, second):
    """What waits while nobody is there; then ann comes."""
    for user in ("ann", "bob", "cat"):
        book.show(user, "away")
    book.put("c0", **first)
    book.put("c1", **second)
    book.show("ann", "available")


@pytest.mark.parametrize(
    ("first", "second", "taken", "found"),
    [
        ({}, {}, "c0", set()),
        ({}, {}, "c1", {"order"}),
        ({}, {"priority": "urgent"}, "c1", set()),
        ({}, {"priority": "urgent"}, "c0", {"order"}),
        ({"channel": "phone"}, {}, "c1", {"order"}),
        ({"passed": ["ann"]}, {}, "c1", set()),
    ],
)
def test_the_first_goes_first(book, first, second, taken, found):
    queue_of_two(book, first, second)
    book.assign(taken, "ann")
    assert book.found_when_told() == found


def test_what_is_too_heavy_is_overtaken(book):
    book.row("user.updated", user="ann", capacity=1)
    queue_of_two(book, {"channel": "phone"}, {})
    book.assign("c1", "ann")
    assert book.found_when_told() == set()


def test_by_hand_any_of_them_may_be_taken(book):
    queue_of_two(book, {}, {})
    book.assign("c1", "ann", reason="taken", by="ann")
    assert book.found_when_told() == set()


def test_something_is_left_waiting(book):
    book.put("c0")
    book.wait(3000)
    book.show("sue", "away")
    assert book.found_when_told() == {"left"}


def passed_by_two_of(book, *there):
    for user in {"ann", "bob", "cat"} - set(there):
        book.show(user, "away")
    book.put("c0")
    for user in ("ann", "bob"):
        book.offer("c0", user)
        book.expire("c0")


def test_that_all_let_it_pass_is_told(book):
    passed_by_two_of(book, "ann", "bob")
    book.pass_("c0")
    book.wait(3000)
    book.show("sue", "away")
    assert book.found_when_told() == set()


def test_that_all_let_it_pass_is_told_of_what_not_all_have(book):
    passed_by_two_of(book, "ann", "bob", "cat")
    book.pass_("c0")
    assert book.found_when_told() == {"passed"}


def test_that_all_let_it_pass_is_told_to_nobody(book):
    passed_by_two_of(book, "ann", "bob")
    book.wait(3000)
    book.show("sue", "away")
    assert book.found_when_told() == {"passed"}


# ---- nothing is lost ----


def test_an_acknowledged_conversation_is_lost(book):
    book.journal.acknowledged.add("c9")
    assert book.found_when_told() == {"lost"}


def test_a_snooze_is_overslept(book):
    book.put("c0")
    book.snooze("c0", START_MS)
    assert book.found_when_told() == {"lost"}
    book.snooze("c0", FAR_MS)


def test_an_offer_is_forgotten():
    book = Book(offer_ms=300)
    book.put("c0")
    book.offer("c0", "ann")
    book.wait(2000)
    book.show("sue", "away")
    assert book.found_when_told() == {"lost"}


def test_an_answer_is_not_in_the_log(book):
    book.put("c0")
    book.answer("c0")
    book.journal.answers[-1][2]["priority"] = "urgent"
    assert book.found_when_told() == {"acknowledged"}


def test_a_conflict_carries_what_never_was(book):
    book.put("c0")
    book.answer("c0")
    book.journal.presents.append(book.journal.answers.pop()[2] | {"version": 7})
    assert book.found_when_told() == {"acknowledged"}


def test_a_player_complains(book):
    book.journal.complaints.append("what must not be")
    assert book.found_when_told() == {"complaint"}


# ---- what clients are told ----


@pytest.fixture
def told(book):
    """ann has c0 and c1 and loses c0 to bob; the story of ann begins with ("open", …)."""
    book.put("c0")
    book.assign("c0", "ann")
    book.put("c1")
    book.assign("c1", "bob")
    book.assign("c0", "cat", reason="manual", by="sue")
    book.tell()
    return book


def test_an_event_is_not_told(told):
    del told.diary("sue").story[2]
    assert told.found() == {"missed"}


def test_the_last_event_is_not_told(told):
    del told.diary("sue").story[-2]
    assert told.found() >= {"missed", "view"}


def test_an_event_is_told_twice(told):
    told.hear_again("sue", 1)
    assert told.found() == {"doubled"}


def test_events_change_places(told):
    story = told.diary("sue").story
    story[1], story[2] = story[2], story[1]
    assert told.found() >= {"doubled", "missed"}


def test_an_event_is_told_to_somebody_else(told):
    told.diary("cat").story.insert(1, told.diary("ann").story[1])
    assert "leaked" in told.found()


def test_the_old_assignee_gets_the_whole_event(told):
    story = told.diary("ann").story
    story[2] = told.diary("cat").story[1]
    assert told.found() >= {"form", "view"}


def test_an_event_is_told_with_other_data(told):
    told.hear_again("sue", 1, lambda data: data.update(team="night"))
    del told.diary("sue").story[1]
    assert told.found() == {"content"}


def test_a_secret_is_told(told):
    told.hear_again("sue", 1, lambda data: data["record"].update(passed=[]))
    del told.diary("sue").story[1]
    assert "content" in told.found()


def test_an_event_is_told_that_is_not_in_the_log(told):
    told.tell()
    told.rows[-1] = dataclasses.replace(told.rows[-1], type="conversation.escalated")
    assert "content" in told.found()


def test_a_view_lacks_what_there_is(told):
    told.diary("bob").story[-1][1].append(told.diary("cat").story[-1][1][0])
    assert told.found() == {"view"}


def test_a_view_has_what_is_gone(told):
    told.diary("bob").story[-1][1].clear()
    assert told.found() == {"view"}


def test_somebody_has_no_list(told):
    told.diary("bob").story.pop()
    assert told.found() == {"view"}


def test_who_starts_afresh_may_miss_what_was_before(told):
    """And only that: the list makes up for it."""
    diary = told.diary("sue")
    seq = told.rows[-1].seq - 1
    diary.story = [("open", False, seq), ("list", [told.journal.answers[0][2], diary.story[-1][1][0]]), *diary.story[-2:]]
    assert told.found() == set()
    diary.story[0] = ("open", True, seq)
    assert told.found() == {"missed"}
