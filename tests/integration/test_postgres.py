"""The log in PostgreSQL: a hub that is made anew elsewhere, a server that crashes, and two nodes on one log."""

import json
import pathlib
import subprocess
import time

import pytest

import hub as hubs

SCRIPT = hubs.ROOT / "tests/tools/postgres.sh"


class Server:
    """A PostgreSQL server of the tests' own."""

    def __init__(self, note):
        self.note = note
        self.does("start")

    def does(self, what):
        subprocess.run([SCRIPT, what, self.note], check=True, timeout=hubs.TIMEOUT * 6)

    def sql(self, words):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", words, self.url()], check=True, timeout=hubs.TIMEOUT)

    def url(self):
        return f"postgres://muster@/muster?host={pathlib.Path(self.note).read_text().strip()}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(str(tmp_path_factory.mktemp("postgres") / "server"))
    yield one
    one.does("stop")


@pytest.fixture
def make_node(server, tmp_path):
    """make_node(workspace): a hub on the server, with nothing of its own; the first makes the workspace."""
    nodes = []

    def make(workspace):
        home = tmp_path / f"node{len(nodes)}"
        home.mkdir()
        secrets = nodes[0].secrets if nodes else {}
        one = hubs.Hub(home / "data", home / "reports", secrets, {"store": server.url(), "node": f"n{len(nodes)}"})
        if not nodes:
            one.secrets[workspace] = json.loads(
                one.cli_ok(
                    "init", "--data", one.data, "--store", server.url(), "--workspace", workspace, "--name", workspace,
                    "--owner-email", "olga@acme.test", "--owner-name", "Olga",
                )
            )  # fmt: skip
        nodes.append(one)
        return one.start()

    yield make
    for one in nodes:
        one.finish()


def add(node, workspace, user):
    """Add a person; the answer, whatever it is."""
    person = {"id": user, "name": user.title(), "email": f"{user}@acme.test", "roles": ["agent"]}
    return node.http("POST", "/v1/users", person, token=node.secrets[workspace]["key"])


def people(node, workspace):
    return [user["id"] for user in node.api("GET", "/v1/users?limit=100", workspace=workspace)["items"]]


def test_a_hub_that_is_made_anew_elsewhere_knows_everything(make_node):
    first = make_node("moved")
    assert add(first, "moved", "ann").status in (200, 201)
    first.kill()
    second = make_node("moved")
    assert sorted(people(second, "moved")) == ["ann", "owner"]
    checked = second.cli_ok("audit", "verify", "--data", second.data, "--store", second.options["store"])
    assert "moved: the chain holds" in checked


def test_a_check_that_cannot_go_on_says_why(make_node, server):
    node = make_node("holed")
    server.sql(
        "INSERT INTO muster.snapshot (workspace, seq, made, bytes)"
        " SELECT key, 1, 0, 9 FROM muster.workspace WHERE id = 'holed'"
    )
    try:
        failed = node.cli("audit", "verify", "--data", node.data, "--store", node.options["store"])
    finally:
        server.sql("DELETE FROM muster.snapshot WHERE bytes = 9")
    assert failed.returncode == 1
    assert "is damaged: a piece of a snapshot is missing" in failed.stderr


def test_two_nodes_on_one_log_lose_nothing(make_node):
    nodes = [make_node("shared"), make_node("shared")]
    for i in range(12):
        assert add(nodes[i % 2], "shared", f"u{i}").status in (200, 201)
    everybody = sorted(["owner", *(f"u{i}" for i in range(12))])
    assert add(nodes[0], "shared", "u1").status == 409
    assert add(nodes[1], "shared", "u0").status == 409
    assert sorted(people(nodes[1], "shared")) == everybody


def test_a_crash_of_the_server_is_told_and_got_over(make_node, server):
    node = make_node("crashed")
    assert add(node, "crashed", "before").status in (200, 201)
    server.does("kill")
    try:
        refused = add(node, "crashed", "meanwhile")
    finally:
        server.does("again")
    assert refused.status == 503
    assert refused.json["kind"] == "unavailable"
    node.log.wait(lambda line: "the store is back" in line)
    deadline = time.monotonic() + hubs.TIMEOUT
    while add(node, "crashed", "after").status == 503:
        assert time.monotonic() < deadline
    assert sorted(people(node, "crashed")) == ["after", "before", "owner"]


def test_whose_workspace_can_not_be_read_is_told_to_come_back(make_node, server):
    """And not that their token is no good: nobody could look."""
    node = make_node("unread")
    server.does("kill")
    try:
        answers = [add(node, "unread", f"u{i}") for i in range(5)]
    finally:
        server.does("again")
    assert {(answer.status, answer.json["kind"]) for answer in answers} == {(503, "unavailable")}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgres://me:secret@127.0.0.1:1/muster", "PGPASSFILE"),
        ("postgres://me@127.0.0.1:1/muster", "cannot be reached (Connection refused)"),
        ("postgres://me@127.0.0.1:1/muster?colour=red", "URL can't be read"),
        ("postgres:", "store"),
    ],
)
def test_a_store_that_cannot_be_opened_is_said_in_a_line(home, url, why):
    done = home.cli("serve", "--data", home.data, "--listen", "127.0.0.1:0", "--store", url)
    assert done.returncode != 0
    assert why in done.stderr
    assert "secret" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
