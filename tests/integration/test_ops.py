"""Running it (F7, F8): configuration from one table, metrics, health, logs, reload."""

import contextlib
import json
import re
import signal
import sqlite3

import pytest

import hub as hubs


def shown(hub, *words, env=None):
    """`muster config show` as a mapping."""
    done = hub.cli("config", "show", *words, env=env)
    assert done.returncode == 0, done.stderr
    pairs = (line.split("=", 1) for line in done.stdout.splitlines() if "=" in line and not line.startswith(("#", ";")))
    return {name.strip(): value.strip() for name, value in pairs}


# ---- configuration ----


def test_flag_beats_environment_beats_file_beats_default(make_hub, tmp_path):
    hub = make_hub(start=False)
    file = tmp_path / "muster.conf"
    file.write_text("; a comment\nlinger_ms = 20s\n\nmax_batch = 7\nlog_level = warn\n")
    assert shown(hub)["max_batch"] == "50"
    assert shown(hub, "--config", file)["max_batch"] == "7"
    env = {"MUSTER_MAX_BATCH": "8", "MUSTER_LINGER_MS": "21s"}
    by_env = shown(hub, "--config", file, env=env)
    assert (by_env["max_batch"], by_env["linger_ms"], by_env["log_level"]) == ("8", "21s", "warn")
    by_flag = shown(hub, "--config", file, "--max-batch", "9", env=env)
    assert (by_flag["max_batch"], by_flag["linger_ms"]) == ("9", "21s")


WRONG = {
    "unknown key": ("no_such_key = 1\n", "no_such_key"),
    "no value": ("max_batch\n", "muster.conf:2:"),
    "not a number": ("max_batch = many\n", "max_batch"),
    "too small": ("max_batch = 0\n", "max_batch"),
    "too large": ("max_batch = 100000000\n", "max_batch"),
    "wrong unit": ("linger_ms = 5 parsecs\n", "linger_ms"),
    "negative": ("linger_ms = -1\n", "linger_ms"),
    "not yes or no": ("log_format = xml\n", "log_format"),
    "a section": ("[muster]\nmax_batch = 7\n", "muster.conf:2:"),
    "contradiction": ("ping_interval_ms = 1s\npong_timeout_ms = 2s\n", "pong_timeout_ms"),
    "contradiction in leaving": ("drain_ms = 1s\ndrain_spread_ms = 2s\n", "drain_spread_ms"),
    "an address without a port": ("listen = 127.0.0.1\n", "listen"),
}


@pytest.mark.parametrize("row", WRONG)
def test_a_wrong_file_never_starts_a_server(make_hub, tmp_path, row):
    text, named = WRONG[row]
    hub = make_hub(start=False)
    file = tmp_path / "muster.conf"
    file.write_text("log_level = info\n" + text)
    for words in (("serve", "--data", hub.data, "--config", file), ("config", "check", "--config", file)):
        done = hub.cli(*words)
        assert done.returncode in (1, 2)
        assert named in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stdout == ""


def test_unknown_variables_and_flags_are_fatal_too(make_hub):
    hub = make_hub(start=False)
    done = hub.cli("serve", "--data", hub.data, env={"MUSTER_LINGR_MS": "5"})
    assert done.returncode in (1, 2) and "MUSTER_LINGR_MS" in done.stderr
    done = hub.cli("serve", "--data", hub.data, "--lingr-ms", "5")
    assert done.returncode == 2 and "--lingr-ms" in done.stderr


def test_a_missing_file_is_an_error(make_hub, tmp_path):
    hub = make_hub(start=False)
    done = hub.cli("serve", "--data", hub.data, "--config", tmp_path / "nowhere.conf")
    assert done.returncode == 1 and "nowhere.conf" in done.stderr


def test_the_docs_name_every_option_of_show(make_hub):
    hub = make_hub(start=False)
    docs = hub.cli_ok("config", "docs")
    options = shown(hub)
    assert len(options) > 30
    for name in options:
        assert name in docs
        assert "--" + name.replace("_", "-") in docs or name in docs


def test_the_configuration_shown_can_be_read_again(make_hub, tmp_path):
    hub = make_hub(start=False)
    file = tmp_path / "muster.conf"
    file.write_text(hub.cli_ok("config", "show", "--linger-ms", "1234ms", "--max-message-bytes", "100k"))
    assert shown(hub, "--config", file) == shown(hub, "--linger-ms", "1234ms", "--max-message-bytes", "100k")


# ---- health and metrics ----


def test_health_and_readiness(hub):
    for path in ("/healthz", "/readyz"):
        answer = hub.http("GET", path)
        assert answer.status == 200


def test_metrics_are_well_formed_and_count(hub):
    ann = hub.sign_in("ann")
    ann.call("presence.set", {"status": "busy"})
    ann.expect_status("ann", "busy")
    answer = hub.http("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    families = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)
    assert len(families) == len(set(families)) > 15
    for name, kind in families:
        assert re.search(rf"^# HELP {name} \S", text, re.M)
        assert kind in ("counter", "gauge", "histogram")
        assert re.search(rf"^{name}(_bucket)?(\{{[^}}]*\}})? -?[0-9.e+]+$", text, re.M), name
    assert hub.metric("muster_sessions") == 1
    assert hub.metric("muster_sessions_total") == 1
    assert hub.metric("muster_connections") >= 1
    assert hub.metric("muster_events_total") >= 1
    assert hub.metric("muster_commits_total") >= 1


def test_gauges_come_back_to_zero(hub):
    clients = [hub.sign_in("ann", device={"id": f"d-{n}"}) for n in range(5)]
    assert hub.metric("muster_sessions") == 5
    for one in clients[:3]:
        one.close()
    for one in clients[3:]:
        one.drop()
    watcher = hub.sign_in("bob")
    watcher.expect_status("ann", "offline")
    assert hub.metric("muster_sessions") == 1


def test_histograms_add_up(hub):
    for n in range(10):
        hub.publish("x.count", {"everyone": True}, {"n": n})
    text = hub.http("GET", "/metrics").body.decode()
    buckets = [float(v) for v in re.findall(r'^muster_commit_seconds_bucket\{le="[^"]+"\} (\S+)$', text, re.M)]
    assert buckets == sorted(buckets)
    assert buckets[-1] == hub.metric("muster_commit_seconds_count") >= 10
    assert hub.metric("muster_commit_seconds_sum") > 0


def test_metrics_can_have_a_port_of_their_own(make_hub):
    import http.client
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    hub = make_hub(metrics_listen=f"127.0.0.1:{port}")
    assert hub.http("GET", "/metrics").status == 404
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics")
    assert b"muster_connections" in connection.getresponse().read()
    connection.request("GET", "/v1/users")
    assert connection.getresponse().status == 404
    connection.close()


def test_a_damaged_workspace_harms_no_other(make_hub):
    hub = make_hub(start=False)
    change = """UPDATE event SET payload = '{"broken' WHERE seq = 6
        AND workspace = (SELECT key FROM workspace WHERE id = 'acme')"""
    with contextlib.closing(sqlite3.connect(hub.data / "muster.db")) as log, log:
        log.execute(change)
    hub.start()
    answer = hub.http("GET", "/v1/users", token=hub.secrets["acme"]["key"])
    assert answer.status == 503 and answer.json["temporary"] is True and "event 6" not in answer.json["detail"]
    login = {"workspace": "acme", "email": "olga@acme.test", "password": hubs.PASSWORD}
    assert hub.http("POST", "/v1/login", login).status == 503
    line = hub.log.wait(lambda line: "can't be read" in line)
    assert "workspace=acme" in line and "user.password_set at event 6" in line and "muster audit verify" in line
    told = hub.cli("user", "list", "--data", hub.data, "--workspace", "acme")
    assert told.returncode != 0 and "user.password_set at event 6" in told.stderr
    assert "acme: broken: event 6 was changed" in hub.cli("audit", "verify", "--data", hub.data).stdout
    assert hub.metric("muster_workspaces_unread_total") >= 2
    assert hub.sign_in("zoe", "globex").session["user"]["id"] == "zoe"
    assert hub.http("GET", "/readyz").status == 200  # for the others: nobody is sent elsewhere over one workspace


# ---- logs ----


def test_log_lines_are_json_with_who_and_where(make_hub):
    hub = make_hub(log_format="json", log_level="debug")
    ann = hub.sign_in("ann")
    ann.call("session.close")
    hub.http("POST", "/v1/login", {"workspace": "acme", "email": "x\n\"@acme.test", "password": "a wrong guess"})
    hub.signal(signal.SIGTERM)
    assert hub.wait_exit() == 0
    lines = [json.loads(line) for line in hub.log.lines]
    assert len(lines) > 3
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["level"] in ("error", "warn", "info", "debug")
        assert line["room"] and line["what"]


def test_no_secret_is_ever_logged(make_hub):
    hub = make_hub(log_level="debug")
    token = hub.token("ann")
    password = "a wrong guess 771"
    hub.http("POST", "/v1/login", {"workspace": "acme", "email": "olga@acme.test", "password": password})
    ticket = hub.http("POST", "/v1/tickets", {}, token=token).json["ticket"]
    hub.connect().open(ticket)
    hub.connect().open(token)
    hub.http("GET", "/v1/users", token=hub.secrets["acme"]["key"])
    hub.signal(signal.SIGTERM)
    assert hub.wait_exit() == 0
    text = "\n".join(hub.log.lines)
    for secret in (token, password, ticket, hub.secrets["acme"]["key"], hub.secrets["acme"]["HS256"]["secret"]):
        assert secret not in text


def test_a_request_can_be_traced(make_hub):
    hub = make_hub(log_format="json", log_level="debug")
    answer = hub.http("PUT", "/v1/me/presence", {"status": "busy"}, token=hub.token("ann"))
    trace = answer.headers["x-trace-id"]
    assert hub.log.wait(lambda line: trace in line)


# ---- reload ----


def test_sighup_takes_new_values(make_hub, tmp_path):
    file = tmp_path / "muster.conf"
    file.write_text("max_batch = 2\n")
    hub = make_hub(config=file)
    one = hub.sign_in("ann", watch="none")
    batch = "[" + ",".join(f'{{"jsonrpc":"2.0","id":{n},"method":"session.activity","params":{{"state":"active"}}}}' for n in range(901, 904)) + "]"
    one.send(batch)
    orphan = one.orphan()
    assert orphan["error"]["data"]["kind"] == "too_large"

    file.write_text("max_batch = 3\n")
    hub.signal(signal.SIGHUP)
    hub.log.wait(lambda line: "reload" in line)
    fresh = hub.sign_in("bob", watch="none")
    fresh.send(batch)
    assert fresh.answer(903)["result"] == {}
    assert one.call("session.activity", {"state": "active"}) == {}  # nobody was sent away


def test_sighup_reads_the_file_that_the_environment_names(make_hub, tmp_path):
    file = tmp_path / "muster.conf"
    file.write_text("max_batch = 2\n")
    hub = make_hub(start=False).start({"MUSTER_CONFIG": str(file)})
    file.write_text("max_batch = 3\n")
    hub.signal(signal.SIGHUP)
    hub.log.wait(lambda line: "read again" in line)
    one = hub.sign_in("ann", watch="none")
    one.send("[" + ",".join(["{}"] * 4) + "]")
    assert one.orphan()["error"]["data"]["kind"] == "too_large"


def test_sighup_reads_the_console_again(make_hub, tmp_path):
    web = tmp_path / "web"
    web.mkdir()
    page = web / "index.html"
    page.write_text("the old console")
    hub = make_hub(web=web)
    assert hub.http("GET", "/").body == b"the old console"
    page.write_text("the new console")
    hub.signal(signal.SIGHUP)
    hub.log.wait(lambda line: "console were read again" in line)
    assert hub.http("GET", "/").body == b"the new console"
    page.unlink()
    web.rmdir()
    hub.signal(signal.SIGHUP)
    hub.log.wait(lambda line: "web directory not readable" in line)
    assert hub.http("GET", "/").body == b"the new console"  # better than none


def test_a_reload_with_a_mistake_changes_nothing(make_hub, tmp_path):
    file = tmp_path / "muster.conf"
    file.write_text("max_batch = 2\n")
    hub = make_hub(config=file)
    file.write_text("max_batch = 3\nno_such_key = 1\n")
    hub.signal(signal.SIGHUP)
    hub.log.wait(lambda line: "no_such_key" in line)
    hub.check_well()
    one = hub.sign_in("ann", watch="none")
    one.send("[" + ",".join(["{}"] * 3) + "]")
    orphan = one.orphan()
    assert orphan["error"]["data"]["kind"] == "too_large"


# ---- one directory, one hub ----


def test_a_second_hub_on_the_same_directory_is_refused(hub):
    done = hub.cli("serve", "--data", hub.data, "--listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert str(hub.data) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    hub.check_well()


def test_a_port_that_is_taken_is_named(make_hub, hub):
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        second = make_hub(start=False)
        done = second.cli("serve", "--data", second.data, "--listen", f"127.0.0.1:{port}")
    assert done.returncode == 1 and str(port) in done.stderr


def test_two_hubs_never_share_a_port(make_hub, hub):
    second = make_hub(start=False)
    done = second.cli("serve", "--data", second.data, "--listen", f"127.0.0.1:{hub.port}")
    assert done.returncode == 1 and str(hub.port) in done.stderr
    hub.check_well()


def test_a_directory_without_a_workspace_says_what_to_do(make_hub, tmp_path):
    hub = make_hub(start=False)
    done = hub.cli("token", "--data", tmp_path / "empty", "--workspace", "acme", "--user", "ann")
    assert done.returncode == 1 and "init" in done.stderr
