"""The reference: that the hub serves what the program prints, and that everything in it is so. Every example is called in the
order of the documents in a fresh workspace, over HTTP and over the WebSocket; each answer and each event that comes of it must
fit its schema. The validators of the standards have their turn in `./dev test` (tests/reference)."""

import json
import urllib.parse

import jsonschema
import pytest
import websockets.exceptions

import hub as hubs
import tokens
import totp
from client import Closed

OLGA = {"email": "olga@acme.test", "password": hubs.PASSWORD}
# Commands that no document shows: only the operator has them.
OPERATORS = {"workspace.create", "token.create", "seats.set"}
TIMES = jsonschema.FormatChecker()


@TIMES.checks("date-time")
def is_time(text):
    return not isinstance(text, str) or (len(text) == 24 and text[10] == "T" and text.endswith("Z"))


@pytest.fixture(scope="module")
def documents(make_shared_hub):
    home = make_shared_hub(start=False)
    return {name: json.loads(home.cli_ok("reference", name)) for name in ("openapi", "asyncapi")}


def fits(document, schema, value, what):
    """The value is as the schema of the document says."""
    whole = {**schema, "components": {"schemas": document["components"]["schemas"]}}
    errors = list(jsonschema.Draft202012Validator(whole, format_checker=TIMES).iter_errors(value))
    assert not errors, f"{what}: {errors[0].message} at {list(errors[0].path)} in {json.dumps(value)[:600]}"


def operations(openapi):
    """(path, verb, operation) of all."""
    return [(path, verb, one) for path, item in openapi["paths"].items() for verb, one in item.items()]


# ---- the documents by themselves ----


def test_the_hub_serves_what_the_program_prints(hub, documents):
    for name, right in documents.items():
        answer = hub.http("GET", f"/{name}.json")
        assert (answer.status, answer.type, answer.json) == (200, "application/json", right)
        again = hub.http("GET", f"/{name}.json", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
        assert hub.http("HEAD", f"/{name}.json").status == 200
        assert hub.http("POST", f"/{name}.json").status == 405
    for words in ((), ("html",), ("openapi", "asyncapi")):
        assert hub.cli("reference", *words).returncode == 2


def test_every_command_is_in_them(home, documents):
    commands = {one["name"]: one for one in json.loads(home.cli_ok("commands"))}
    openapi = {one["operationId"].removesuffix("_all") for _, _, one in operations(documents["openapi"])}
    asyncapi = {name for name in documents["asyncapi"]["operations"] if not name.startswith("event.")}
    asyncapi |= {"event.publish"} & set(documents["asyncapi"]["operations"])
    assert openapi == {name for name, one in commands.items() if one["route"]}
    assert asyncapi == set(commands) - OPERATORS
    for _, _, one in operations(documents["openapi"]):
        row = commands[one["operationId"].removesuffix("_all")]
        assert one.get("x-permission") == row["need"]
        assert (one.get("security") == []) == row["public"]


def test_every_operation_has_an_example(documents):
    for path, verb, one in operations(documents["openapi"]):
        assert one["x-examples"], f"{verb} {path}: add a row to examples in src/api/reference_example.c"
    for name, one in documents["asyncapi"]["operations"].items():
        assert one["action"] == "send" or one["x-examples"], name


def holes(schema, at=""):
    """Places of a schema that say nothing of what is there."""
    if isinstance(schema, dict):
        if "properties" in schema:
            for name, member in schema["properties"].items():
                yield from holes(member, f"{at}/{name}")
        if schema.get("type") == "array":
            yield from holes(schema["items"], at + "/[]")
        for one in schema.get("anyOf", []):
            yield from holes(one, at)
        if not set(schema) & {"$ref", "type", "const", "enum", "anyOf", "allOf"}:
            yield at
    else:
        yield at


def test_nothing_is_untyped(documents):
    found = []
    for path, verb, one in operations(documents["openapi"]):
        found += holes(one["responses"]["200"]["content"]["application/json"]["schema"], f"{verb} {path}")
        found += holes(one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {"type": ""}), path)
        for parameter in one["parameters"]:
            found += holes(parameter.get("schema", {"type": ""}), f"{path} {parameter}")
    for name, message in documents["asyncapi"]["components"]["messages"].items():
        found += holes(message["payload"], name)
    for name, schema in documents["openapi"]["components"]["schemas"].items():
        found += holes(schema, name)
    assert not found


def test_examples_fit_their_schemas(documents):
    openapi, asyncapi = documents["openapi"], documents["asyncapi"]
    for path, verb, one in operations(openapi):
        for content in (one.get("requestBody", {"content": {}}), one["responses"]["200"]):
            json_content = content["content"].get("application/json")
            if json_content:
                fits(openapi, json_content["schema"], json_content["example"], f"{verb} {path}")
        for parameter in one["parameters"]:
            if "example" in parameter:
                fits(openapi, parameter["schema"], parameter["example"], f"{verb} {path}")
    for name, message in asyncapi["components"]["messages"].items():
        for example in message["examples"]:
            fits(asyncapi, message["payload"], example["payload"], name)


def test_errors_are_as_they_say(hub, documents):
    openapi = documents["openapi"]
    for status, method, path, token, body in (
        (401, "GET", "/v1/users", None, None),
        (403, "GET", "/v1/audit", hub.token("ann"), None),
        (404, "GET", "/v1/users/nobody", hub.token("owner"), None),
        (409, "POST", "/v1/teams", hub.token("owner"), {"id": "support", "name": "Support"}),
        (422, "POST", "/v1/teams", hub.token("owner"), {"id": "!"}),
    ):
        answer = hub.http(method, path, body, token=token)
        assert (answer.status, answer.type) == (status, "application/problem+json")
        content = openapi["components"]["responses"][f"E{status}"]["content"]["application/problem+json"]
        fits(openapi, content["schema"], answer.json, f"{status}")


# ---- the examples, called ----


class World:
    """A workspace as `muster init` makes it; what its people know of the answers so far."""

    def __init__(self, directory):
        self.hub = hubs.Hub(directory / "data", directory / "reports", {})
        made = json.loads(
            self.hub.cli_ok(
                "init", "--data", self.hub.data, "--workspace", "acme", "--name", "Acme", "--owner-id", "olga",
                "--owner-email", "olga@acme.test", "--owner-name", "Olga Owner", "--owner-password-stdin", input=hubs.PASSWORD,
            )
        )  # fmt: skip
        self.platform = made["key"]
        self.hub.secrets["acme"] = {"key": made["key"]}
        self.signing = json.loads(self.hub.cli_ok("key", "create", "--data", self.hub.data, "--workspace", "acme", "--alg", "HS256"))
        self.hub.options.update(commands_per_second=100000, commands_burst=100000)
        self.hub.start()
        self.answers = {}
        self.sessions = {}
        self.listener = self.hub.connect()
        self.listener.open(self.token("olga"))

    def token(self, who):
        """For now: whoever was signed out meanwhile has another one."""
        if who in (None, "nobody"):
            return None
        if who == "platform":
            return self.platform
        ahead = 10  # issued after what ended tokens in this very second
        return tokens.mint(self.signing, "acme", who, iat=hubs.time.time().__int__() + ahead, jti=f"j-{hubs.time.monotonic_ns()}")

    def ended(self, one):
        """Whether an example ended it, which its client may not have heard yet: asking the hub brings it."""
        try:
            one.answer(one.request("session.activity", {"state": "active"}))
        except (Closed, websockets.exceptions.ConnectionClosed):
            return True
        return False

    def session(self, who):
        """An open connection of theirs."""
        one = self.sessions.get(who)
        if one is None or self.ended(one):
            one = self.sessions[who] = self.hub.connect()
            if who != "nobody":
                self.answers.setdefault("session.open", one.open(self.token(who)))
        return one

    def fill(self, params, source):
        """A parameter that only an earlier answer knows."""
        if not source:
            return params
        name, where = source.split("=")
        command, member = where.split(":")
        if command == "token":
            value = self.token(member)
        elif command == "code":
            value = totp.code(self.answers[member]["secret"])
        else:
            value = self.answers[command][member]
        if isinstance(value, list):
            value = value.pop()
        if member == "link":
            value = value.split("/#/invite/acme/")[1]
        return {**params, name: value}


@pytest.fixture
def world(tmp_path):
    one = World(tmp_path)
    yield one
    print(one.hub.log.tail())
    one.hub.finish()


def check_events(world, asyncapi):
    """Everything that was heard is in the document, and as it says."""
    world.hub.fence(world.listener)
    messages = asyncapi["components"]["messages"]
    heard = set()
    for one in world.hub.clients:
        for event in list(one.events):
            name = "event.x.any" if event["type"].startswith("x.") else "event." + event["type"]
            assert name in messages, event
            fits(asyncapi, messages[name]["payload"], {"jsonrpc": "2.0", "method": "event", "params": event}, name)
            heard.add(name)
    return heard


def call_over_http(world, openapi, path, verb, operation, example):
    params, where = world.fill(example["params"], example.get("from")), {p.get("name"): p.get("in") for p in operation["parameters"]}
    parts = {"path": {}, "query": {}, None: {}}
    for name, value in params.items():
        parts[where.get(name)][name] = value
    filled = path.format(**{k: urllib.parse.quote(v, safe="") for k, v in parts["path"].items()})
    words = urllib.parse.urlencode({k: ",".join(v) if isinstance(v, list) else v for k, v in parts["query"].items()})
    body = parts[None] if "requestBody" in operation else None
    answer = world.hub.http(verb.upper(), filled + (f"?{words}" if words else ""), body, token=world.token(example["as"]))
    assert answer.status == 200, f"{operation['operationId']} {filled} {params}: {answer.status} {answer.body}"
    fits(openapi, operation["responses"]["200"]["content"]["application/json"]["schema"], answer.json, operation["operationId"])
    world.answers[operation["operationId"]] = answer.json


def in_order(operations):
    """Every example of all operations: (operation, example)."""
    return sorted(((one, example) for one in operations for example in one[-1]["x-examples"]), key=lambda pair: pair[1]["order"])


def test_every_example_works_over_http(world, documents):
    openapi = documents["openapi"]
    for operation, example in in_order(operations(openapi)):
        if operation[2]["operationId"] == "session.revoke":
            world.session("ann")
        call_over_http(world, openapi, *operation, example)
    heard = check_events(world, documents["asyncapi"])
    assert not {"event.user.created", "event.role.assigned", "event.audit.appended", "event.x.any"} - heard


def call_over_websocket(world, asyncapi, name, example):
    params, messages = world.fill(example["params"], example.get("from")), asyncapi["components"]["messages"]
    if name == "session.open":
        one = world.sessions[example["as"]] = world.hub.connect()
        params = {**params, "token": world.token(example["as"])}
    else:
        one = world.session(example["as"])
    answer = one.answer(one.request(name, params or None))
    fits(asyncapi, messages[name]["payload"], {"jsonrpc": "2.0", "id": 1, "method": name, "params": params}, name)
    assert "result" in answer, f"{name} {params}: {answer}"
    fits(asyncapi, messages[f"{name}.reply"]["payload"], answer, name)
    world.answers[name] = answer["result"]


def test_every_example_works_over_the_websocket(world, documents):
    asyncapi = documents["asyncapi"]
    requests = [(name, one) for name, one in asyncapi["operations"].items() if one["action"] == "receive"]
    for (name, _), example in in_order(requests):
        call_over_websocket(world, asyncapi, name, example)
    check_events(world, asyncapi)
