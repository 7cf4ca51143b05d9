"""The command line: exit codes 0, 1 and 2, JSON on standard output, one line on standard error that says what to do."""

import json
import subprocess

import pytest

from hub import PASSWORD, PROGRAM, TIMEOUT


@pytest.fixture
def home(make_hub):
    """A data directory with no hub running on it."""
    return make_hub(start=False)


def fails(hub, code, *words, input=""):
    done = hub.cli(*words, input=input)
    assert done.returncode == code, f"{words}: {done.returncode} {done.stdout} {done.stderr}"
    assert done.stdout == ""
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.strip()
    return done.stderr


# ---- where there is nothing ----


@pytest.mark.parametrize(
    "words",
    [
        ["user", "list", "--workspace", "acme"],
        ["key", "create", "--workspace", "acme"],
        ["token", "--workspace", "acme", "--user", "ann"],
        ["audit", "verify"],
        ["audit", "list", "--workspace", "acme"],
    ],
    ids=" ".join,
)
def test_only_init_and_serve_begin_a_store(home, tmp_path, words):
    typo = tmp_path / "dtaa"
    said = fails(home, 1, *words, "--data", typo)
    assert "no Muster data" in said and "--data" in said and "muster init" in said
    assert not typo.exists()


# ---- usage ----

WRONG_USAGE = [
    [],
    ["fly"],
    ["serve", "--no-such-flag"],
    ["serve", "stray"],
    ["serve", "--listen"],
    ["init"],
    ["init", "--data", "x"],
    ["user"],
    ["user", "fly"],
    ["user", "add"],
    ["key"],
    ["key", "create", "--alg", "RS256", "--data", "x", "--workspace", "acme"],
    ["token", "--data", "x", "--workspace", "acme"],
    ["token", "--data", "x", "--workspace", "acme", "--user", "ann", "--ttl", "long"],
    ["workspace", "set", "--data", "x", "--workspace", "acme", "--statuses", "[{]"],
    ["workspace", "set", "--data", "x", "--workspace", "acme", "--statuses", "[1][2]"],
    ["config"],
    ["config", "fly"],
]


@pytest.mark.parametrize("words", WRONG_USAGE, ids=lambda words: " ".join(words) or "nothing")
def test_wrong_usage_is_2(home, words):
    fails(home, 2, *words)


@pytest.mark.parametrize("words", [["--help"], ["help"], ["serve", "--help"], ["init", "--help"], ["user", "--help"], ["--version"]], ids=" ".join)
def test_help_is_0_and_on_standard_output(home, words):
    done = home.cli(*words)
    assert done.returncode == 0 and done.stderr == ""
    assert "muster" in done.stdout


@pytest.mark.parametrize("words", [["user"], ["user", "add"], ["top"], ["audit"]], ids=" ".join)
def test_help_before_a_command_is_its_help(home, words):
    assert home.cli_ok("help", *words) == home.cli_ok(*words, "--help")


def test_the_help_of_serve_lists_every_option(home):
    text = home.cli_ok("serve", "--help")
    for line in home.cli_ok("config", "show").splitlines():
        if "=" in line and not line.startswith(("#", ";")):
            assert "--" + line.split("=")[0].strip().replace("_", "-") in text


# ---- init ----


def init_words(hub, data, workspace="one", **more):
    options = {"name": "One", "owner_email": "o@one.test", "owner_name": "O", **more}
    words = ["init", "--data", data, "--workspace", workspace]
    for name, value in options.items():
        words += ["--" + name.replace("_", "-"), value]
    return words


def test_init_makes_a_workspace(home, tmp_path):
    made = json.loads(home.cli_ok(*init_words(home, tmp_path / "new"), "--owner-password-stdin", input=PASSWORD))
    assert made["workspace"] == "one" and made["owner"]
    assert made["key"].startswith("mk~one~")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0, "nobody else may read the secrets in it"


def test_init_twice_is_refused_and_changes_nothing(home):
    before = home.cli_ok("user", "list", "--data", home.data, "--workspace", "acme")
    assert "acme" in fails(home, 1, *init_words(home, home.data, "acme"))
    assert home.cli_ok("user", "list", "--data", home.data, "--workspace", "acme") == before


@pytest.mark.parametrize(
    "workspace, more, password, named",
    [
        ("has space", {}, None, "workspace"),
        ("", {}, None, "workspace"),
        ("x" * 65, {}, None, "workspace"),
        ("a/b", {}, None, "workspace"),
        ("one", {"owner_email": "nonsense"}, None, "email"),
        ("one", {"name": ""}, None, "name"),
        ("one", {}, "short", "password"),
        ("one", {}, "", "password"),
        ("one", {}, "aaaaaaaaaaaaaaaa", "password"),
    ],
)
def test_init_with_nonsense_is_refused_and_leaves_nothing(home, tmp_path, workspace, more, password, named):
    words = init_words(home, tmp_path / "new", workspace, **more)
    if password is not None:
        words.append("--owner-password-stdin")
    done = home.cli(*words, input=password or "")
    assert done.returncode in (1, 2)
    assert named in done.stderr
    again = home.cli(*init_words(home, tmp_path / "new"))
    assert again.returncode == 0, again.stderr


def test_init_while_a_hub_runs(hub):
    made = json.loads(hub.cli_ok(*init_words(hub, hub.data)))
    answer = hub.http("GET", "/v1/users", token=made["key"])
    assert answer.status == 200
    assert [user["email"] for user in answer.json["items"]] == ["o@one.test"]


# ---- users ----


@pytest.mark.parametrize("running", [False, True], ids=["no hub", "hub running"])
def test_users_are_added_and_listed(make_hub, running):
    hub = make_hub(start=running)
    added = json.loads(
        hub.cli_ok(
            "user", "add", "--data", hub.data, "--workspace", "acme", "--id", "dan", "--name", "Dan Ödman",
            "--email", "dan@acme.test", "--role", "agent", "--role", "supervisor", "--team", "sales", "--team", "support",
            "--password-stdin", input=PASSWORD,
        )
    )  # fmt: skip
    assert added["id"] == "dan" and set(added["roles"]) == {"agent", "supervisor"} and set(added["teams"]) == {"sales", "support"}
    listed = hub.cli_ok("user", "list", "--data", hub.data, "--workspace", "acme")
    assert "dan@acme.test" in listed and "Dan Ödman" in listed
    if not running:
        hub.start()
    answer = hub.http("POST", "/v1/login", {"workspace": "acme", "email": "dan@acme.test", "password": PASSWORD})
    assert answer.status == 200
    assert hub.sign_in("dan").session["user"]["name"] == "Dan Ödman"


def test_a_user_added_while_the_hub_runs_is_seen_at_once(hub):
    adm = hub.sign_in("adm")
    hub.cli_ok(
        "user", "add", "--data", hub.data, "--workspace", "acme", "--id", "dan", "--name", "Dan", "--email", "dan@acme.test", "--role", "agent"
    )
    assert adm.expect("user.created")["data"]["user"] == "dan"
    adm.expect_status("dan", "offline")


BAD_USERS = [
    (["--email", "ann@acme.test"], "email"),
    (["--email", "ANN@acme.test"], "email"),
    (["--id", "ann"], "id"),
    (["--id", "a b"], "id"),
    (["--email", "nonsense"], "email"),
    (["--role", "king"], "role"),
    (["--role", "owner"], "owner"),
    (["--team", "nowhere"], "team"),
    (["--name", ""], "name"),
]


@pytest.mark.parametrize("more, named", BAD_USERS, ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_a_bad_user_is_refused_by_name(home, more, named):
    options = {"--id": "dan", "--name": "Dan", "--email": "dan@acme.test", "--role": "agent"}
    options.update(zip(more[::2], more[1::2]))
    words = [word for pair in options.items() for word in pair]
    assert named in fails(home, 1, "user", "add", "--data", home.data, "--workspace", "acme", *words)
    assert "dan@acme.test" not in home.cli_ok("user", "list", "--data", home.data, "--workspace", "acme")


@pytest.mark.parametrize(
    "flag, words",
    [("--role", ["--role", b"ag\xffent"]), ("--team", ["--team", b"sup\xffport"]), ("--name", ["--name", b"D\xffn"]), ("--password-stdin", ["--password-stdin"])],
    ids=["list", "another list", "text", "secret"],
)
def test_what_is_not_utf8_is_refused_rather_than_left_out(home, flag, words):
    common = ["user", "add", "--data", home.data, "--workspace", "acme", "--id", "dan", "--email", "dan@acme.test", "--role", "agent", "--name", "Dan"]
    done = subprocess.run(
        [PROGRAM, *common, *words], input=b"copper \xff lantern 9317\n", capture_output=True, timeout=TIMEOUT, env=home.environment()
    )
    assert done.returncode == 2 and done.stdout == b""
    assert f"{flag}: the value is not valid UTF-8" in done.stderr.decode()


def test_numbers_too_large_are_refused(home):
    words = ["user", "list", "--data", home.data, "--workspace", "acme", "--limit", "99999999999999999999"]
    assert "--limit" in fails(home, 2, *words)


LUNCH = {"id": "lunch", "label": "Lunch", "base": "away", "accepting": False}


def test_the_statuses_of_a_workspace_are_set_while_the_hub_runs(hub):
    adm = hub.sign_in("adm")
    hub.cli_ok("workspace", "set", "--data", hub.data, "--workspace", "acme", "--statuses", json.dumps([LUNCH]), "--idle-after", "5m")
    assert adm.expect("workspace.updated")["data"]["idle_after_ms"] == 300_000
    assert adm.call("presence.set", {"status": "lunch"})["base"] == "away"


@pytest.mark.parametrize("statuses", [[{**LUNCH, "base": "asleep"}], [LUNCH, LUNCH], {}, [1]], ids=str)
def test_bad_statuses_are_refused_by_name(home, statuses):
    words = ["workspace", "set", "--data", home.data, "--workspace", "acme", "--statuses", json.dumps(statuses)]
    assert "statuses" in fails(home, 1, *words)
    assert "Lunch" not in home.cli_ok("workspace", "set", "--data", home.data, "--workspace", "acme")


# ---- how conversations are given out ----

ACME = ("--workspace", "acme")


def test_teams_are_made_and_set_with_their_strategy(hub):
    adm = hub.sign_in("adm")
    words = ["team", "add", "--data", hub.data, *ACME, "--id", "nights", "--name", "Nights", "--strategy", "round_robin"]
    made = json.loads(hub.cli_ok(*words))
    assert made["strategy"] == "round_robin" and made["settings"]["offer_ms"] == 0
    adm.expect("team.created")
    settings = json.dumps({"offer_ms": 30_000, "overflow_team": "sales"})
    words = ["team", "set", "--data", hub.data, *ACME, "--team", "nights", "--strategy", "load_balanced", "--settings", settings]
    assert json.loads(hub.cli_ok(*words))["settings"]["overflow_team"] == "sales"
    assert adm.expect("team.updated")["data"]["strategy"] == "load_balanced"


def test_channels_and_the_queue_without_a_team_are_set(home):
    words = ["workspace", "set", "--data", home.data, *ACME, "--strategy", "round_robin", "--channels", '[{"id":"phone","weight":5}]']
    made = json.loads(home.cli_ok(*words))
    assert made["strategy"] == "round_robin" and made["channels"] == [{"id": "phone", "weight": 5}]


@pytest.mark.parametrize(
    "code, flag, value",
    [(2, "strategy", "fair"), (1, "settings", '{"overflow_team":"nowhere"}'), (1, "settings", '{"offer_ms":-1}')],
    ids=str,
)
def test_bad_ways_to_give_out_are_refused_by_name(home, code, flag, value):
    words = ["team", "set", "--data", home.data, *ACME, "--team", "support", f"--{flag}", value]
    assert f"--{flag}" in fails(home, code, *words)


def test_a_conversation_is_told_of_and_given_to_somebody_at_once(hub):
    ann = hub.sign_in("ann")
    where = ["--data", hub.data, *ACME, "--id", "c1"]
    hub.cli_ok("conversation", "put", *where, "--team", "support", "--subject", "Hello", "--priority", "high", "--label", "vip")
    assert ann.expect("conversation.created")["data"]["record"]["labels"] == ["vip"]
    hub.cli_ok("conversation", "assign", *where, "--user", "ann")
    assert ann.expect("conversation.assigned")["data"]["to"] == "ann"
    listed = json.loads(hub.cli_ok("conversation", "list", "--data", hub.data, *ACME, "--assignee", "ann", "--status", "open"))
    assert [item["id"] for item in listed["items"]] == ["c1"]


def test_a_missing_workspace_is_1(home):
    for words in (["user", "list"], ["key", "create"], ["token", "--user", "ann"]):
        assert "nowhere" in fails(home, 1, *words, "--data", home.data, "--workspace", "nowhere")


# ---- keys and tokens ----


@pytest.mark.parametrize("running", [False, True], ids=["no hub", "hub running"])
def test_token_prints_a_jwt_that_signs_in(make_hub, running):
    hub = make_hub(start=running)
    token = hub.cli_ok("token", "--data", hub.data, "--workspace", "acme", "--user", "ann", "--ttl", "10m").strip()
    assert token.count(".") == 2
    if not running:
        hub.start()
    assert hub.connect().open(token)["user"]["id"] == "ann"


def test_token_for_nobody_is_1(home):
    assert "nobody" in fails(home, 1, "token", "--data", home.data, "--workspace", "acme", "--user", "nobody")
    assert "zoe" in fails(home, 1, "token", "--data", home.data, "--workspace", "acme", "--user", "zoe")


def test_a_token_for_too_long_is_refused(home):
    done = home.cli("token", "--data", home.data, "--workspace", "acme", "--user", "ann", "--ttl", "48h")
    assert done.returncode in (1, 2) and "24" in done.stderr


def test_keys_of_every_kind(home):
    def create(*words):
        return json.loads(home.cli_ok("key", "create", "--data", home.data, "--workspace", "acme", *words))

    api = create("--scopes", "users.view,events.publish")
    assert api["key"].startswith("mk~acme~")
    hs = create("--alg", "HS256")
    assert set(hs) >= {"kid", "alg", "secret"} and hs["alg"] == "HS256"
    ed = create("--alg", "EdDSA")
    assert set(ed) >= {"kid", "alg", "public", "private"} and ed["alg"] == "EdDSA"
    assert len({hs["kid"], ed["kid"]}) == 2
    assert "scope" in fails(home, 1, "key", "create", "--data", home.data, "--workspace", "acme", "--scopes", "world.rule")
    listed = home.cli_ok("key", "list", "--data", home.data, "--workspace", "acme")
    assert hs["kid"] in listed and ed["kid"] in listed
    for secret in (hs["secret"], ed["private"], api["key"]):
        assert secret not in listed


@pytest.mark.parametrize("words", [["key", "create", "--workspace", "acme"], ["key", "list", "--workspace", "acme"], ["config", "show"]], ids=" ".join)
def test_what_cannot_be_printed_is_1(home, words):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [PROGRAM, *words, "--data", home.data], stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT, env=home.environment()
        )
    assert done.returncode == 1 and "standard output" in done.stderr


# ---- the data directory ----


def test_a_data_directory_that_cannot_be_made(home, tmp_path):
    file = tmp_path / "file"
    file.write_text("I am a file")
    fails(home, 1, *init_words(home, file / "data"))
    fails(home, 1, "serve", "--data", file)


def test_a_broken_database_is_named(home):
    database = home.data / "muster.db"
    database.write_bytes(b"This is not a database. " * 100)
    assert "muster.db" in fails(home, 1, "user", "list", "--data", home.data, "--workspace", "acme")
    assert "muster.db" in fails(home, 1, "serve", "--data", home.data, "--listen", "127.0.0.1:0")


# ---- watching ----


def test_tail_prints_events_as_lines(hub):
    url = f"http://127.0.0.1:{hub.port}"
    with subprocess.Popen(
        [PROGRAM, "tail", "--url", url, "--token", hub.token("adm")], stdout=subprocess.PIPE, text=True, env=hub.environment()
    ) as tail:
        adm = hub.sign_in("adm")
        adm.wait(lambda: hub.metric("muster_sessions") == 2, "tail's session")
        hub.publish("x.first", {"everyone": True}, {"n": 1})
        hub.publish("x.second", {"everyone": True}, {"n": 2})
        got = []
        while len(got) < 2:
            line = json.loads(tail.stdout.readline())
            if line["type"].startswith("x."):
                got.append((line["type"], line["data"]))
        assert got == [("x.first", {"n": 1}), ("x.second", {"n": 2})]
        tail.terminate()
        assert tail.wait(20) in (0, -15)


def test_tail_with_a_wrong_token_is_1(hub):
    url = f"http://127.0.0.1:{hub.port}"
    fails(hub, 1, "tail", "--url", url, "--token", "nonsense")
    fails(hub, 1, "tail", "--url", "http://127.0.0.1:1", "--token", hub.token("adm"))
