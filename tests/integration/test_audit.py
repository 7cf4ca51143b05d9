"""The audit log (A16): who did what to whom, from where, and what it was before; that nobody else hears of it; pages and
exports; and that a log changed by hand is found."""

import contextlib
import csv
import io
import json
import sqlite3
import time

import pytest

from client import RpcError
from hub import PASSWORD


def audit(hub, token=None, **query):
    """A page of the audit log over HTTP, as the platform or as somebody."""
    words = "&".join(f"{k}={v}" for k, v in query.items())
    answer = hub.http("GET", f"/v1/audit?{words}", token=token or hub.secrets["acme"]["key"])
    assert answer.status == 200, answer.body
    return answer.json


def rows(hub, **query):
    """Everything that fits, page by page."""
    items, after = [], {}
    while True:
        page = audit(hub, **query, **after)
        items += page["items"]
        if not page["next"]:
            return items
        after = {"after": page["next"]}


def settled(hub, **query):
    """As rows(), when the hub's own events so far are in the log too: they go there in order."""
    hub.publish("x.mark", {"everyone": True})
    return rows(hub, **query)


def newest(hub, action, **query):
    return audit(hub, action=action, limit=1, **query)["items"][0]


def log_in(hub, email, password, **more):
    return hub.http("POST", "/v1/login", {"workspace": "acme", "email": email, "password": password}, **more)


# ---- what is in it ----


def test_a_change_says_who_what_whom_from_where_and_before(hub):
    olga = hub.token("owner")
    hub.http("PATCH", "/v1/users/ann", {"name": "Ann B", "phone": "+49 1"}, token=olga, headers={"User-Agent": "curl/8 (test)"})
    row = newest(hub, "user.updated")
    assert row["actor"] == {"user": "owner"}
    assert row["user"] == "ann"
    assert row["origin"] == {"address": "127.0.0.1", "transport": "http", "agent": "curl/8 (test)"}
    assert row["before"] == {"name": "Ann", "phone": None}
    assert row["after"] == {"user": "ann", "name": "Ann B", "phone": "+49 1"}

    hub.http("PATCH", "/v1/users/ann", {"name": "Ann B", "capacity": 9}, token=olga)
    assert newest(hub, "user.updated")["before"] == {"capacity": 5}, "a field that stays what it was isn't one that changed"


def test_each_kind_of_change_has_its_before(hub):
    hub.api("PUT", "/v1/users/ann/roles", {"roles": ["agent", "supervisor"]})
    row = newest(hub, "role.assigned")
    assert (row["user"], row["before"], row["actor"]) == ("ann", {"roles": ["agent"]}, {"key": "platform"})

    hub.api("PATCH", "/v1/teams/support", {"name": "Help", "lead": "ann"})
    assert newest(hub, "team.updated")["before"] == {"name": "Support", "lead": None}
    hub.api("DELETE", "/v1/teams/support")
    row = newest(hub, "team.deleted")
    assert (row["before"]["name"], row["before"]["lead"], row["after"]) == ("Help", "ann", {"id": "support"})

    hub.api("PATCH", "/v1/workspace", {"idle_after_ms": 1000})
    assert newest(hub, "workspace.updated")["before"] == {"idle_after_ms": 600000}

    hub.api("POST", "/v1/roles", {"id": "pilot", "name": "Pilot", "permissions": ["presence.self"]})
    hub.api("PATCH", "/v1/roles/pilot", {"permissions": ["presence.self", "contacts.read"]})
    assert newest(hub, "role.updated")["before"] == {"permissions": ["presence.self"]}
    hub.api("DELETE", "/v1/roles/pilot")
    assert newest(hub, "role.deleted")["before"]["permissions"] == ["presence.self", "contacts.read"]


def test_an_invitation_is_known_by_its_address_all_along(make_hub):
    hub = make_hub(invite_ttl_ms=1000)
    invite = {"email": "new@acme.test", "roles": ["agent"], "teams": ["sales"]}
    made = hub.api("POST", "/v1/invites", invite)
    hub.api("POST", f"/v1/invites/{made['id']}/resend")
    adm = hub.sign_in("adm")
    adm.expect("invite.expired")
    hub.api("DELETE", f"/v1/invites/{made['id']}")
    for action in ("invite.resent", "invite.expired", "invite.revoked"):
        row = newest(hub, action)
        assert row["after"]["id"] == made["id"]
        assert {k: row["before"][k] for k in invite} == invite
        assert "digest" not in row["before"]


def test_a_handover_is_found_by_either_person(hub):
    hub.http("POST", "/v1/owner", {"user": "sue", "confirm": True}, token=hub.token("owner"))
    row = newest(hub, "owner.transferred")
    assert (row["actor"], row["user"]) == ({"user": "owner"}, "sue")
    for user in ("owner", "sue"):
        assert row in rows(hub, user=user)


def test_secrets_never_show(hub):
    made = hub.api("POST", "/v1/keys", {"alg": "api", "scopes": ["presence.self"]})
    hub.api("DELETE", f"/v1/keys/{made['kid']}")
    hub.api("POST", "/v1/users", {"id": "dee", "name": "Dee", "email": "dee@acme.test", "roles": ["agent"], "password": PASSWORD})
    text = json.dumps(rows(hub))
    for word in ("argon2", made["key"], '"secret"', '"hash"', PASSWORD):
        assert word not in text
    assert newest(hub, "key.revoked")["before"]["scopes"] == ["presence.self"]
    assert newest(hub, "user.password_set")["user"] == "dee"


def test_the_operator_is_named_as_such(hub):
    hub.cli_ok("team", "add", "--data", hub.data, "--workspace", "acme", "--name", "New", "--id", "new")
    row = newest(hub, "team.created")
    assert (row["actor"], row["origin"]) == ({"operator": True}, {"transport": "cli"})


def test_a_session_is_named(hub):
    sue = hub.sign_in("sue", device={"id": "d-1", "kind": "desktop", "name": "Sue's desk"})
    sue.call("presence.force", {"user": "ann", "status": "away", "reason": "gone home"})
    row = newest(hub, "presence.away", user="ann")
    assert row["actor"] == {"user": "sue"}
    assert row["origin"] == {
        "address": "127.0.0.1", "transport": "ws", "session": sue.session["session"],
        "device": "d-1", "kind": "desktop", "agent": "Sue's desk",
    }  # fmt: skip
    assert (row["after"]["cause"], row["after"]["by"], row["after"]["reason"]) == ("supervisor", "sue", "gone home")
    assert row["before"] == {"status": "available", "cause": "self"}


# ---- presence: marked as what, by whom ----


def marks(hub, user):
    """Oldest first: (presence.…, cause) of a person."""
    return [(row["action"].split(".")[1], row["after"]["cause"]) for row in reversed(rows(hub, user=user, action="presence."))]


def test_marks_tell_by_whom(make_hub):
    hub = make_hub(reload_grace_ms=1, linger_ms=1)
    hub.api("PATCH", "/v1/workspace", {"statuses": [{"id": "lunch", "label": "Lunch", "base": "away"}], "idle_after_ms": 0})
    watcher = hub.sign_in("sue", device={"kind": "api", "id": "w"})
    ann = hub.sign_in("ann")
    watcher.expect_status("ann", "available")
    ann.call("presence.set", {"status": "lunch"})
    watcher.expect_status("ann", "lunch")
    watcher.call("presence.force", {"user": "ann", "status": "busy", "reason": "r"})
    watcher.expect_status("ann", "busy")
    ann.call("presence.set", {"status": "available"})
    watcher.expect_status("ann", "available")
    hub.api("PATCH", "/v1/workspace", {"idle_after_ms": 200})
    ann.call("session.activity", {"state": "idle"})
    watcher.expect_status("ann", "away", cause="idle")
    ann.call("session.activity", {"state": "active"})
    watcher.expect_status("ann", "available")
    hub.api("PATCH", "/v1/workspace", {"idle_after_ms": 0})
    ann.call("presence.set", {"status": "away", "until": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))})
    watcher.expect_status("ann", "away")
    watcher.expect_status("ann", "available", cause="expiry")
    ann.drop()
    watcher.expect_status("ann", "offline")
    settled(hub)
    assert marks(hub, "ann") == [
        ("available", "connect"),
        ("away", "self"),
        ("busy", "supervisor"),
        ("available", "self"),
        ("away", "idle"),
        ("available", "self"),
        ("away", "self"),
        ("available", "expiry"),
        ("offline", "disconnect"),
    ]
    came = rows(hub, user="ann", action="presence.")[-1]
    assert came["origin"]["address"] == "127.0.0.1"
    assert came["origin"]["session"].startswith("s-")


# ---- signing in ----


@pytest.fixture
def signing(make_hub):
    hub = make_hub(login_attempts=1000)
    hub.api("POST", "/v1/users", {"id": "dee", "name": "Dee", "email": "dee@acme.test", "roles": ["agent"], "password": PASSWORD})
    return hub


def test_login_and_logout(signing):
    hub = signing
    token = log_in(hub, "Dee@acme.test", PASSWORD).json["token"]
    row = newest(hub, "auth.login")
    assert (row["actor"], row["user"], row["origin"]["address"]) == ({"user": "dee"}, "dee", "127.0.0.1")
    assert hub.http("POST", "/v1/logout", token=token).status == 200
    row = newest(hub, "auth.logout")
    assert (row["actor"], row["user"]) == ({"user": "dee"}, "dee")
    hub.api("DELETE", "/v1/users/dee/sessions")
    assert newest(hub, "session.revoked")["actor"] == {"key": "platform"}


def test_failures_look_alike_outside_and_differ_inside(signing):
    hub = signing
    known, unknown = log_in(hub, "dee@acme.test", "wrong"), log_in(hub, "nobody@acme.test", "wrong")
    alike = [{k: v for k, v in one.json.items() if k != "trace"} for one in (known, unknown)]
    assert alike[0] == alike[1]
    assert (known.status, unknown.status) == (401, 401)
    unknown, known = settled(hub, action="auth.login_failed")
    assert (known["user"], known["after"]["email"], known["after"]["count"]) == ("dee", "dee@acme.test", 1)
    assert (unknown["user"], unknown["after"]["user"], unknown["after"]["email"]) == (None, None, "nobody@acme.test")
    assert known["origin"]["address"] == unknown["origin"]["address"] == "127.0.0.1"
    assert known["actor"] == {}
    assert [row["seq"] for row in rows(hub, action="auth.login_failed", user="dee")] == [known["seq"]]


def test_who_tries_for_long_fills_no_log(make_hub):
    hub = make_hub(login_attempts=4, commands_per_second=100000, commands_burst=100000)
    for _ in range(40):
        log_in(hub, "ann@acme.test", "wrong")
    told = settled(hub, action="auth.login_failed")
    assert [row["after"]["count"] for row in told] == [1, 1, 1]
    hub.restart()  # what was counted is written before a stop
    last = newest(hub, "auth.login_failed")
    assert last["after"]["count"] == 37
    assert len(rows(hub, action="auth.login_failed")) == 4


def test_many_addresses_fill_no_log_either(make_hub):
    hub = make_hub(login_attempts=1, commands_per_second=100000, commands_burst=100000)
    for i in range(150):
        log_in(hub, f"nobody{i}@acme.test", "wrong")
    assert len(settled(hub, action="auth.login_failed")) == 60
    hub.restart()
    last = newest(hub, "auth.login_failed")
    assert (last["after"]["email"], last["after"]["count"]) == (None, 90)


# ---- who may ----


def test_it_needs_audit_view(hub):
    for user, status in (("ann", 403), ("sue", 403), ("adm", 200), ("owner", 200)):
        assert hub.http("GET", "/v1/audit", token=hub.token(user)).status == status, user
        assert hub.http("GET", "/v1/audit?format=csv", token=hub.token(user)).status == status, user
    assert hub.http("GET", "/v1/audit").status == 401
    ann = hub.sign_in("ann")
    with pytest.raises(RpcError) as caught:
        ann.call("audit.list", {"user": "ann"})
    assert caught.value.kind == "forbidden"


def test_other_workspaces_are_not_in_it(hub):
    hub.api("POST", "/v1/teams", {"id": "secret", "name": "Secret"}, workspace="globex")
    assert "Secret" not in json.dumps(rows(hub))
    assert rows(hub, user="zoe") == []


def test_what_is_new_is_told_to_those_who_may_see_it(hub):
    adm, ann, sue = hub.sign_in("adm"), hub.sign_in("ann"), hub.sign_in("sue")
    hub.api("POST", "/v1/teams", {"id": "x", "name": "X"})
    made = newest(hub, "team.created")
    event = adm.expect("audit.appended", lambda e: made in e["data"]["items"])
    assert "seq" not in event

    adm_rights = hub.token("owner")
    hub.http("PUT", "/v1/users/adm/roles", {"roles": ["agent"]}, token=adm_rights)
    adm.expect("permissions.changed")
    hub.api("POST", "/v1/teams", {"id": "y", "name": "Y"})
    hub.fence(adm, ann, sue)
    assert not [e for e in adm.events if e["type"] == "audit.appended" and "Y" in json.dumps(e)]
    after = next(i for i, e in enumerate(adm.events) if e["type"] == "permissions.changed")
    assert "audit.appended" not in [e["type"] for e in adm.events[after:]]
    for one in (ann, sue):
        assert "audit.appended" not in [e["type"] for e in one.events]


def test_events_never_tell_from_where(hub):
    ann = hub.sign_in("ann")
    hub.api("PATCH", "/v1/users/ann", {"name": "Other"})
    event = ann.expect("user.updated")
    assert set(event) == {"type", "seq", "cursor", "at", "actor", "data"}
    assert "before" not in event["data"]


# ---- asking ----


def test_the_same_over_the_websocket(hub):
    adm = hub.sign_in("adm")
    hub.api("POST", "/v1/teams", {"id": "x", "name": "X"})
    page = adm.call("audit.list", {"action": "team.", "limit": 2})
    assert page["items"][0]["after"]["id"] == "x"
    assert page == audit(hub, action="team.", limit=2)
    again = adm.call("audit.list", {"action": "team.", "limit": 2, "after": page["next"]})
    assert again["items"][0]["seq"] < page["items"][-1]["seq"]
    with pytest.raises(RpcError) as caught:
        adm.call("audit.list", {"format": "csv"})
    assert "format" in caught.value.fields


@pytest.mark.parametrize(
    "query, field",
    [("after=x", "after"), ("after=1.", "after"), ("after=-1.2", "after"), ("after=1.2x", "after"), ("limit=0", "limit"),
     ("limit=1001", "limit"), ("from=yesterday", "from"), ("to=1", "to"), ("format=xml", "format"), ("user=%20", "user"),
     ("action=", "action"), ("format=csv&limit=3", "limit"), ("who=ann", "who")],
)  # fmt: skip
def test_bad_questions_are_refused_by_name(hub, query, field):
    answer = hub.http("GET", f"/v1/audit?{query}", token=hub.secrets["acme"]["key"])
    assert answer.status == 422
    assert field in answer.json["fields"]


def test_filters(hub):
    everything = rows(hub)
    assert [row["seq"] for row in everything] == sorted((row["seq"] for row in everything), reverse=True)
    ann = [row for row in everything if row["user"] == "ann" or row["actor"].get("user") == "ann"]
    assert ann and rows(hub, user="ann") == ann
    created = [row for row in everything if row["action"] == "user.created"]
    assert rows(hub, action="user.created", limit=2) == created
    assert rows(hub, action="user.") == [row for row in everything if row["action"].startswith("user.")]
    assert rows(hub, action="user.creat") == []
    middle = everything[len(everything) // 2]["at"]
    assert rows(hub, **{"from": middle}) == [row for row in everything if row["at"] >= middle]
    assert rows(hub, to=middle) == [row for row in everything if row["at"] < middle]
    assert rows(hub, user="nobody") == []


def test_pages_hold_while_rows_arrive(hub):
    for i in range(30):
        hub.api("POST", "/v1/teams", {"id": f"t{i}", "name": f"T{i}"})
    before = [row["seq"] for row in rows(hub, action="team.created")]
    seen, after, n = [], {}, 0
    while True:
        page = audit(hub, action="team.created", limit=4, **after)
        seen += [row["seq"] for row in page["items"]]
        hub.api("POST", "/v1/teams", {"id": f"u{n}", "name": f"U{n}"})
        n += 1
        if not page["next"]:
            break
        after = {"after": page["next"]}
    assert seen == before


# ---- exports ----


def test_exports_hold_everything(make_hub):
    hub = make_hub(commands_per_second=100000, commands_burst=100000)
    for i in range(1200):  # more than two parts
        hub.publish("x.mark", {"everyone": True}) if i % 100 == 0 else None
        hub.api("PATCH", "/v1/users/ann", {"name": f'=Ann "{i}", B'})
    everything = rows(hub, limit=1000)
    answer = hub.http("GET", "/v1/audit?format=jsonl", token=hub.token("owner"))
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.headers["content-type"] == "application/jsonl"
    assert [json.loads(line) for line in answer.body.decode().splitlines()] == everything

    answer = hub.http("GET", "/v1/audit?format=csv&action=user.updated", token=hub.token("owner"))
    assert answer.headers["content-type"].startswith("text/csv")
    text = answer.body.decode()
    assert text.count("\n") == text.count("\r\n") == 1201
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    right = [row for row in everything if row["action"] == "user.updated"]
    assert len(table) == len(right) == 1200
    for cells, row in zip(table, right):
        assert (int(cells["seq"]), cells["at"], cells["action"]) == (row["seq"], row["at"], row["action"])
        assert (cells["actor"], cells["user"], cells["address"]) == ("key:platform", "ann", "127.0.0.1")
        assert json.loads(cells["before"]) == row["before"]
        assert json.loads(cells["after"]) == row["after"]
    for form in ("csv", "jsonl"):
        told = hub.cli_ok("audit", "export", "--data", hub.data, "--workspace", "acme", "--format", form, "--action", "user.updated")
        same = hub.http("GET", f"/v1/audit?format={form}&action=user.updated", token=hub.token("owner")).body.decode()
        assert told.splitlines() == same.splitlines()


def test_no_cell_is_a_formula(hub):
    agent = '=HYPERLINK("http://evil.test","x")'
    hub.http("PATCH", "/v1/users/ann", {"name": "Z"}, token=hub.token("owner"), headers={"User-Agent": agent})
    for trigger in ("+1", "-1", "@x", "\t=x"):
        hub.http("PATCH", "/v1/users/ann", {"name": "N" + trigger}, token=hub.token("owner"), headers={"User-Agent": trigger})
    answer = hub.http("GET", "/v1/audit?format=csv&action=user.updated", token=hub.token("owner"))
    table = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    assert table[-1]["agent"] == "'" + agent
    assert not [cell for cells in table for cell in cells.values() if cell[:1] in tuple("=+-@\t\r\n")]


def test_an_export_of_nothing_and_the_head_of_one(hub):
    answer = hub.http("GET", "/v1/audit?format=csv&user=nobody", token=hub.token("owner"))
    assert answer.body.decode().splitlines() == ["seq,at,action,actor,user,address,transport,session,device,agent,before,after"]
    assert hub.http("GET", "/v1/audit?format=jsonl&user=nobody", token=hub.token("owner")).body == b""
    answer = hub.http("HEAD", "/v1/audit?format=jsonl", token=hub.token("owner"))
    assert (answer.status, answer.body) == (200, b"")


def test_several_exports_on_one_connection(hub):
    token = hub.token("owner")
    request = f"GET /v1/audit?format=jsonl HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    received = hub.raw((request + "\r\n" + request + "Connection: close\r\n\r\n").encode())
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.endswith(b"0\r\n\r\n")


# ---- the command line ----


def test_audit_list_prints_lines(hub):
    hub.http("PATCH", "/v1/users/ann", {"name": "Z"}, token=hub.token("owner"))
    words = ["audit", "list", "--data", hub.data, "--workspace", "acme"]
    first = hub.cli_ok(*words, "--limit", "1").splitlines()
    assert len(first) == 1
    assert first[0].split()[1:] == ["user.updated", "owner", "->", "ann", "127.0.0.1"]
    hub.api("POST", "/v1/teams", {"id": "nights", "name": "Nights"})
    hub.api("DELETE", "/v1/teams/nights")
    lines = hub.cli_ok(*words, "--action", "team.", "--limit", "2").splitlines()
    assert [line.split("  ", 2)[2].strip() for line in lines] == ["key platform -> Nights  127.0.0.1"] * 2
    assert len(hub.cli_ok(*words, "--action", "user.", "--from", "2020-01-01T00:00:00Z").splitlines()) == len(rows(hub, action="user."))
    assert hub.cli(*words[:-2]).returncode == 2
    assert hub.cli(*words, "--from", "soon").returncode == 2
    assert hub.cli(*words, "--limit", "0").returncode == 2
    assert hub.cli(*words, "--format", "xml").returncode == 2
    missing = hub.cli("audit", "export", "--data", hub.data, "--workspace", "nowhere")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)


# ---- verifying ----

FLIPS = [
    ("payload", "UPDATE event SET payload = replace(payload, 'Second', 'Socond') WHERE seq = :seq", "data"),
    ("actor", "UPDATE event SET actor = replace(actor, 'owner', 'owned') WHERE seq = :seq", "actor"),
    ("at", "UPDATE event SET at_ms = at_ms + 1 WHERE seq = :seq", "time"),
    ("origin", "UPDATE event SET origin = replace(origin, '127', '128') WHERE seq = :seq", "origin"),
    ("before", "UPDATE event SET before = replace(before, 'First', 'Fyrst') WHERE seq = :seq", "before"),
    ("action", "UPDATE event SET action = 'user.removed' WHERE seq = :seq", "action"),
    ("hidden", "UPDATE event SET action = NULL WHERE seq = :seq", "action"),
    ("who", "UPDATE event SET who = 'sue' WHERE seq = :seq", "action"),
    ("about", "UPDATE event SET about = 'bob' WHERE seq = :seq", "action"),
    ("hash", "UPDATE event SET hash = CAST(x'00' || substr(hash, 2) AS BLOB) WHERE seq = :seq", "hash"),
    ("digest", "UPDATE event SET payload_digest = randomblob(32) WHERE seq = :seq", "data"),
    ("deleted", "DELETE FROM event WHERE seq = :seq", "is missing"),
    ("swapped", "UPDATE event SET seq = CASE seq WHEN :seq THEN -:seq - 1 ELSE -:seq END WHERE seq IN (:seq, :seq + 1);"
     "UPDATE event SET seq = -seq WHERE seq < 0", "isn't the one that followed"),
    ("last", "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)", "is missing"),
]  # fmt: skip


def change(hub, workspace, sql, seq):
    """As somebody with the file and an editor would."""
    with contextlib.closing(sqlite3.connect(f"{hub.data}/muster.db")) as conn, conn:
        key = conn.execute("SELECT key FROM workspace WHERE id = ?", (workspace,)).fetchone()[0]
        last = conn.execute("SELECT seq FROM workspace WHERE key = ?", (key,)).fetchone()[0]
        for one in sql.split(";"):
            one = one.replace("WHERE seq", f"WHERE workspace = {key} AND seq").replace("FROM event)", f"FROM event WHERE workspace = {key})")
            assert conn.execute(one.replace(":seq", str(seq))).rowcount > 0
        return last


@pytest.mark.parametrize("sql, what", [pytest.param(sql, what, id=name) for name, sql, what in FLIPS])
def test_a_row_changed_by_hand_is_named(hub, sql, what):
    owner = hub.token("owner")
    for name in ("First", "Second", "Third"):
        hub.http("PATCH", "/v1/users/ann", {"name": name}, token=owner)
    seq = rows(hub, action="user.updated")[1]["seq"]
    assert newest(hub, "user.updated")["before"] == {"name": "Second"}
    hub.finish()
    verify = ["audit", "verify", "--data", hub.data]
    holds = hub.cli_ok(*verify).splitlines()
    assert len(holds) == 2 and all(": the chain holds: " in line for line in holds)
    last = change(hub, "acme", sql, seq)
    found = hub.cli(*verify)
    assert found.returncode == 1
    acme, globex = found.stdout.splitlines()
    bad = last if "max(seq)" in sql else seq
    assert acme.startswith(f"acme: broken: event {bad} ") and what in acme, acme
    assert globex == holds[1]


def test_an_anchor_finds_a_log_that_was_cut_off_with_its_record(hub):
    hub.finish()
    verify = ["audit", "verify", "--data", hub.data, "--workspace", "acme"]
    end = hub.cli_ok(*verify).strip().rsplit(" ", 1)[1]
    assert end in hub.cli_ok(*verify, "--anchor", end)
    with contextlib.closing(sqlite3.connect(f"{hub.data}/muster.db")) as conn, conn:
        key, seq = conn.execute("SELECT key, seq FROM workspace WHERE id = 'acme'").fetchone()
        conn.execute("DELETE FROM event WHERE workspace = ? AND seq = ?", (key, seq))
        conn.execute("UPDATE workspace SET seq = seq - 1, hash = (SELECT hash FROM event WHERE workspace = key AND event.seq = ?)"
                     " WHERE key = ?", (seq - 1, key))  # fmt: skip
    assert "the chain holds" in hub.cli_ok(*verify), "what is left can't know"
    found = hub.cli(*verify, "--anchor", end)
    assert (found.returncode, found.stdout) == (1, f"acme: broken: event {seq} is missing\n")
    for nonsense in ("12", ":x", f"{seq}:", end + "x", "x:" + end):
        assert hub.cli(*verify, "--anchor", nonsense).returncode == 2, nonsense
    assert hub.cli("audit", "verify", "--data", hub.data, "--anchor", end).returncode == 2
