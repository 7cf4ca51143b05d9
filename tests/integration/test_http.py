"""The HTTP API: the same commands as over a socket, problem+json, methods, bodies and repeated writes."""

import json

import pytest

from hub import PASSWORD


@pytest.fixture(scope="module")
def hub(make_shared_hub):
    return make_shared_hub(login_attempts=100000)


@pytest.fixture
def key(hub):
    return hub.secrets["acme"]["key"]


def is_problem(answer, status, kind):
    assert answer.status == status, answer.body
    assert answer.type == "application/problem+json"
    problem = answer.json
    assert problem["kind"] == kind
    assert problem["status"] == status
    assert problem["title"]
    assert problem["temporary"] in (True, False) and problem["retry_after_ms"] >= 0 and isinstance(problem["fields"], dict)
    assert "application/json" not in answer.headers.get("content-type", "")
    return problem


# ---- what is wrong ----


def test_everything_wrong_with_a_new_person_is_said_at_once(hub, key):
    wrong = {
        "name": "", "email": "x", "roles": ["nope", "agent", 7], "teams": ["nowhere"], "password": "short", "capacity": -1,
    }  # fmt: skip
    answer = hub.http("POST", "/v1/users", wrong, token=key)
    assert set(is_problem(answer, 422, "invalid_params")["fields"]) == {
        "name", "email", "roles.0", "roles.2", "teams.0", "password", "capacity",
    }  # fmt: skip
    well_formed = {"name": "Al", "email": "al@acme", "roles": ["nope"], "teams": ["nowhere", "no"], "password": "short"}
    answer = hub.http("POST", "/v1/users", well_formed, token=key)
    assert set(is_problem(answer, 422, "invalid_params")["fields"]) == {"email", "roles.0", "teams.0", "teams.1", "password"}
    taken = {"id": "ann", "name": "Al", "email": "bob@acme.test", "roles": ["agent"]}
    answer = hub.http("POST", "/v1/users", taken, token=key)
    assert set(is_problem(answer, 409, "conflict")["fields"]) == {"id", "email"}


# ---- routes ----


def test_a_result_is_the_same_over_http_and_socket(hub, key):
    adm = hub.connect()
    adm.open(hub.token("adm"), watch="none")
    assert hub.http("GET", "/v1/users/ann", token=key).json == adm.call("user.get", {"user": "ann"})
    assert hub.http("GET", "/v1/users?limit=2", token=key).json == adm.call("user.list", {"limit": 2})
    assert hub.http("GET", "/v1/permissions", token=key).json == adm.call("permission.list")
    adm.close()


def test_lists_are_read_page_by_page(hub, key):
    everybody = hub.http("GET", "/v1/users", token=key).json["items"]
    pages, after = [], ""
    while after is not None:
        answer = hub.http("GET", f"/v1/users?limit=2{'&after=' + after if after else ''}", token=key)
        assert answer.status == 200 and len(answer.json["items"]) <= 2
        pages += answer.json["items"]
        after = answer.json["next"]
    assert pages == everybody and len(pages) >= 6


def test_create_read_update(hub, key):
    made = hub.http("POST", "/v1/users", {"name": "Eve", "email": "Eve@acme.test", "roles": ["agent"], "phone": "+1 555 0100"}, token=key)
    assert made.status in (200, 201)
    user = made.json["id"]
    assert made.json["email"] == "Eve@acme.test"
    changed = hub.http("PATCH", f"/v1/users/{user}", {"name": "Eve Adams"}, token=key)
    assert changed.status == 200 and changed.json["name"] == "Eve Adams" and changed.json["phone"] == "+1 555 0100"
    assert hub.http("GET", f"/v1/users/{user}", token=key).json == changed.json
    refused = hub.http("PATCH", f"/v1/users/{user}", {"email": "new@acme.test"}, token=key)
    assert "email" in is_problem(refused, 422, "invalid_params")["fields"]


BAD_BODIES = {
    "two at once": ({"name": "Eve", "email": "ann@acme.test", "roles": ["agent"]}, 409, "email"),
    "other case": ({"name": "Eve", "email": "ANN@ACME.TEST", "roles": ["agent"]}, 409, "email"),
    "id taken": ({"id": "ann", "name": "Eve", "email": "e1@acme.test", "roles": ["agent"]}, 409, "id"),
    "no roles": ({"name": "Eve", "email": "e2@acme.test"}, 422, "roles"),
    "unknown role": ({"name": "Eve", "email": "e3@acme.test", "roles": ["king"]}, 422, "roles"),
    "unknown team": ({"name": "Eve", "email": "e4@acme.test", "roles": ["agent"], "teams": ["nowhere"]}, 422, "teams"),
    "no email": ({"name": "Eve", "email": "eve", "roles": ["agent"]}, 422, "email"),
    "weak password": ({"name": "Eve", "email": "e5@acme.test", "roles": ["agent"], "password": "12345678"}, 422, "password"),
    "unknown field": ({"name": "Eve", "email": "e6@acme.test", "roles": ["agent"], "salary": 1}, 422, "salary"),
    "roles is text": ({"name": "Eve", "email": "e7@acme.test", "roles": "agent"}, 422, "roles"),
}


@pytest.mark.parametrize("row", BAD_BODIES)
def test_a_bad_user_is_refused_and_nothing_is_made(hub, key, row):
    body, status, field = BAD_BODIES[row]
    before = hub.http("GET", "/v1/users", token=key).json
    problem = is_problem(hub.http("POST", "/v1/users", body, token=key), status, {409: "conflict", 422: "invalid_params"}[status])
    assert any(name == field or name.startswith(field + ".") for name in problem["fields"]), problem
    assert hub.http("GET", "/v1/users", token=key).json == before


# ---- what is not there ----


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/users/ann/nothing", "/v2/users", "/v1/users/", "/v1//users", "/V1/users"])
def test_an_unknown_path_is_404(hub, key, path):
    is_problem(hub.http("GET", path, token=key), 404, "not_found")


@pytest.mark.parametrize(
    "method, path, allow",
    [("DELETE", "/v1/events", {"POST"}), ("PUT", "/v1/users", {"GET", "POST"}), ("POST", "/v1/users/ann", {"GET", "PATCH"}), ("GET", "/v1/login", {"POST"})],
)
def test_a_wrong_method_is_405_and_says_which_are_right(hub, key, method, path, allow):
    answer = hub.http(method, path, token=key)
    assert answer.status == 405
    assert answer.type == "application/problem+json"
    assert set(answer.headers["allow"].replace(" ", "").split(",")) >= allow


@pytest.mark.parametrize("method", ["TRACE", "BREW", "PROPFIND"])
def test_strange_methods_are_refused(hub, method):
    received = hub.raw(f"{method} /v1/users HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n".encode())
    assert received == b"" or received.split(b" ")[1] in (b"400", b"401", b"404", b"405", b"501")
    hub.check_well()


def test_foreign_and_missing_ids_look_the_same(hub, key):
    answers = [hub.http("GET", f"/v1/users/{user}", token=key) for user in ("zoe", "nobody")]
    bodies = [json.dumps(is_problem(answer, 404, "not_found")).replace(user, "…") for answer, user in zip(answers, ("zoe", "nobody"))]
    assert bodies[0] == bodies[1]


# ---- who asks ----


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic b2xnYTpvbGdh"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}])
def test_without_a_token_it_is_401(hub, headers):
    answer = hub.http("GET", "/v1/users", headers=headers)
    is_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_without_the_right_it_is_403(hub):
    is_problem(hub.http("GET", "/v1/users", token=hub.token("ann")), 403, "forbidden")
    is_problem(
        hub.http("POST", "/v1/users", {"name": "E", "email": "e@acme.test", "roles": ["agent"]}, token=hub.token("ann")), 403, "forbidden"
    )


def test_nobody_gives_more_than_they_have(hub):
    answer = hub.http("PUT", "/v1/users/bob/roles", {"roles": ["owner"]}, token=hub.token("adm"))
    assert answer.status in (403, 422)
    answer = hub.http("PUT", "/v1/users/adm/roles", {"roles": ["agent", "admin"]}, token=hub.token("adm"))
    assert answer.status == 403  # not even oneself


def test_commands_that_need_a_session_say_so(hub):
    answer = hub.http("POST", "/v1/session/activity", {"state": "idle"}, token=hub.token("ann"))
    assert answer.status in (404, 405)


# ---- bodies ----


@pytest.mark.parametrize("body", [b"{", b"[]", b"42", b'"x"', b"", b'{"status":"away","status":"busy"}', b"\xff\xfe", b'{"status":"away"} x'])
def test_a_body_that_is_no_object_is_refused(hub, body):
    answer = hub.http(
        "PUT", "/v1/me/presence", token=hub.token("ann"), raw=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status in (400, 422)
    assert answer.json["kind"] in ("parse_error", "invalid_request", "invalid_params")
    hub.check_well()


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"])
def test_a_body_of_another_type_is_415(hub, type):
    answer = hub.http("PUT", "/v1/me/presence", token=hub.token("ann"), raw=b'{"status":"away"}', headers={"Content-Type": type})
    assert answer.status == 415
    hub.check_well()


def test_a_type_with_a_charset_is_fine(hub):
    for type in ("application/json; charset=utf-8", "Application/JSON"):
        answer = hub.http("PUT", "/v1/me/presence", token=hub.token("ann"), raw=b'{"status":"away"}', headers={"Content-Type": type})
        assert answer.status == 200


def test_a_body_that_is_too_large_is_413(hub):
    answer = hub.http("PUT", "/v1/me/presence", {"status": "away", "note": "x" * 100000}, token=hub.token("ann"))
    is_problem(answer, 413, "too_large")
    hub.check_well()


HEAD = b"PUT /v1/me/presence HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nConnection: close\r\n"

RAW = {
    "length is negative": HEAD + b"Content-Length: -5\r\n\r\n{}",
    "length is text": HEAD + b"Content-Length: many\r\n\r\n{}",
    "length is huge": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "no version": b"GET /healthz\r\n\r\n",
    "old version": b"GET /healthz HTTP/0.9\r\n\r\n",
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    "connect": b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n",
    "absolute form": b"GET http://evil.test/v1/users HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
    "clear-text HTTP/2": b"GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "HTTP/2 outright": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a header of 100 kB": b"GET /healthz HTTP/1.1\r\nHost: hub\r\nX-Big: " + b"x" * 100000 + b"\r\n\r\n",
    "a path of 100 kB": b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a path out of the root": b"GET /../../../../etc/passwd HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n",
    "the same, encoded": b"GET /%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n",
    "a NUL in the path": b"GET /healthz%00.html HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("row", RAW)
def test_malformed_http_is_refused(make_hub, row):
    hub = make_hub(request_timeout_ms=1000)
    received = hub.raw(RAW[row])
    assert b"root:" not in received
    if received:
        status = int(received.split(b" ")[1])
        assert 400 <= status < 600, received[:200]
    hub.check_well()


def test_query_values_are_checked_like_any_other(hub, key):
    for query in ("limit=many", "limit=-1", "limit=1&limit=2", "nothing=1", "limit=%zz", "limit=%00"):
        answer = hub.http("GET", f"/v1/users?{query}", token=key)
        is_problem(answer, 422, "invalid_params")


# ---- repeated writes ----


def test_a_write_that_is_repeated_with_its_key_happens_once(hub, key):
    body = {"name": "Finn", "email": "finn@acme.test", "roles": ["agent"]}
    headers = {"Idempotency-Key": "make-finn-1"}
    first = hub.http("POST", "/v1/users", body, token=key, headers=headers)
    again = hub.http("POST", "/v1/users", body, token=key, headers=headers)
    assert first.status in (200, 201)
    assert (again.status, again.json) == (first.status, first.json)
    assert is_problem(hub.http("POST", "/v1/users", body, token=key), 409, "conflict")


def test_a_key_used_for_another_write_is_refused(hub, key):
    headers = {"Idempotency-Key": "make-gil-1"}
    body = {"name": "Gil", "email": "gil@acme.test", "roles": ["agent"]}
    assert hub.http("POST", "/v1/users", body, token=key, headers=headers).status in (200, 201)
    other = hub.http("POST", "/v1/users", {**body, "email": "gus@acme.test"}, token=key, headers=headers)
    assert other.status in (409, 422)


def test_an_error_is_remembered_too_but_not_one_that_passes(hub, key):
    headers = {"Idempotency-Key": "make-ann-again"}
    body = {"name": "Ann", "email": "ann@acme.test", "roles": ["agent"]}
    first = is_problem(hub.http("POST", "/v1/users", body, token=key, headers=headers), 409, "conflict")
    assert is_problem(hub.http("POST", "/v1/users", body, token=key, headers=headers), 409, "conflict") == first
    wrong = hub.http("POST", "/v1/users", {**body, "name": ""}, token=key, headers={"Idempotency-Key": "typo"})
    is_problem(wrong, 422, "invalid_params")  # was never begun: mend it and send it again
    mended = {"name": "Ivo", "email": "ivo@acme.test", "roles": ["agent"]}
    assert hub.http("POST", "/v1/users", mended, token=key, headers={"Idempotency-Key": "typo"}).status in (200, 201)


def test_a_repeat_that_comes_too_early_waits_for_the_first(hub):
    """Over a socket the key is a parameter. Hashing the password takes its time: the repeats are there before the first is done."""
    adm = hub.connect()
    adm.open(hub.token("adm"), watch="none")
    params = {"name": "Jo", "email": "jo@acme.test", "roles": ["agent"], "password": PASSWORD, "idempotency_key": "make-jo"}
    numbers = [adm.request("user.create", params) for _ in range(4)]
    answers = [adm.answer(number) for number in numbers]
    assert all("result" in answer for answer in answers), answers
    results = [answer["result"] for answer in answers]
    assert all(result == results[0] for result in results)
    assert adm.expect("user.created")["data"]["user"] == results[0]["id"]
    hub.fence(adm)
    assert not [event for event in adm.untaken if event["type"] == "user.created"]
    error = adm.refused("user.create", {**params, "name": "Joe"})
    assert error.kind == "conflict" and "idempotency key" in error.message
    for bad in ("", "x" * 201, 5):
        error = adm.refused("user.create", {**params, "idempotency_key": bad})
        assert error.kind == "invalid_params" and "idempotency_key" in error.fields


def test_a_key_belongs_to_its_caller(hub, key):
    headers = {"Idempotency-Key": "same-word"}
    body = {"name": "Hal", "email": "hal@acme.test", "roles": ["agent"]}
    mine = hub.http("POST", "/v1/users", body, token=key, headers=headers)
    theirs = hub.http("POST", "/v1/users", body, token=hub.secrets["globex"]["key"], headers=headers)
    assert mine.status == theirs.status and mine.json["id"] != theirs.json["id"]


# ---- signing in, documents, the console ----


def test_login_over_http(hub):
    answer = hub.http("POST", "/v1/login", {"workspace": "acme", "email": "olga@acme.test", "password": PASSWORD})
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert hub.http("GET", "/v1/users", token=answer.json["token"]).status == 200


def test_security_headers_are_on_everything(hub):
    for path in ("/healthz", "/v1/users", "/nothing"):
        answer = hub.http("GET", path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers or "libwebsockets" not in answer.headers["server"]


def test_the_console_and_the_sdk_are_served(make_hub, tmp_path):
    web = tmp_path / "web"
    (web / "sdk").mkdir(parents=True)
    (web / "assets").mkdir()
    (web / "index.html").write_text("<!doctype html><title>console</title>")
    (web / "sdk" / "muster.js").write_text("export const sdk = 1;")
    (web / "assets" / "app-1a2b3c4d.js").write_text("console")
    (tmp_path / "secret.txt").write_text("secret")
    (web / "link.txt").symlink_to(tmp_path / "secret.txt")
    hub = make_hub(web=web)
    page = hub.http("GET", "/")
    assert page.status == 200 and page.type == "text/html" and b"console" in page.body
    assert "content-security-policy" in page.headers
    script = hub.http("GET", "/sdk/muster.js")
    assert script.status == 200 and script.type in ("text/javascript", "application/javascript")
    assert hub.http("GET", "/assets/app-1a2b3c4d.js").status == 200
    assert hub.http("HEAD", "/").status == 200
    for path in ("/link.txt", "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/assets/", "/nothing.js"):
        answer = hub.http("GET", path)
        assert b"secret" not in answer.body, path
        assert answer.status in (200, 301, 302, 400, 403, 404) and (answer.status != 200 or answer.type == "text/html"), path
