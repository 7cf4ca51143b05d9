"""Words that tests of conversations share."""

import json

UNTIL = "2099-01-01T00:00:00.000Z"


def put(hub, id, **members):
    """As the platform; the conversation."""
    return hub.api("PUT", f"/v1/conversations/{id}", members)


def get(hub, id):
    return hub.api("GET", f"/v1/conversations/{id}")


def act(hub, id, verb, by=None, /, **params):
    """A verb of a conversation over HTTP, as somebody or as the platform; the answer as it came."""
    token = hub.token(by) if by else hub.secrets["acme"]["key"]
    return hub.http("POST", f"/v1/conversations/{id}/{verb}", params, token=token)


def done(hub, id, verb, by=None, /, **params):
    """The same, which has to succeed; the conversation."""
    answer = act(hub, id, verb, by, **params)
    assert answer.status == 200, answer.body
    return answer.json


def problem(answer, status, kind):
    assert (answer.status, answer.json["kind"]) == (status, kind), answer.body
    return answer.json


def queue(hub, team=None):
    """The ids of what waits, in order."""
    query = f"?team={team}" if team else ""
    return [item["conversation"] for item in hub.api("GET", f"/v1/queue{query}")["items"]]


def team(hub, id, strategy="round_robin", **settings):
    """How a team gives out its conversations."""
    return hub.api("PATCH", f"/v1/teams/{id}", {"strategy": strategy, "settings": settings or None})


def limit(hub, user, capacity):
    hub.api("PATCH", f"/v1/users/{user}", {"capacity": capacity})


def add(hub, user, **more):
    body = {"id": user, "name": user.title(), "email": f"{user}@acme.test", "roles": ["agent"], **more}
    return hub.api("POST", "/v1/users", body)


def role(hub, id, *permissions):
    hub.api("POST", "/v1/roles", {"id": id, "name": id.title(), "permissions": list(permissions)})


def about(id):
    return lambda event: event["data"].get("conversation") == id


def told(one, id):
    """What was told of a conversation so far: type and reason."""
    return [(e["type"].removeprefix("conversation."), e["data"].get("reason")) for e in one.durable("conversation.") if about(id)(e)]


def heard(one, type, id):
    """The data of the next event of this type about a conversation."""
    return one.expect(f"conversation.{type}", about(id))["data"]


def assigned_to(one, id):
    """Who gets the conversation next, as told to somebody who may see it."""
    return heard(one, "assigned", id)["to"]


def offered(one, id, user):
    """The data of the offer to this user, which others hear of as well."""
    return one.expect("conversation.offered", lambda event: about(id)(event) and event["data"]["to"] == user)["data"]


def given(one, id, user):
    """The same of an assignment."""
    return one.expect("conversation.assigned", lambda event: about(id)(event) and event["data"]["to"] == user)["data"]


def same_but_id(*answers_and_ids):
    """Answers that differ by nothing but the id that was asked for."""
    texts = {json.dumps(problem(answer, 404, "not_found")).replace(id, "ID") for answer, id in answers_and_ids}
    assert len(texts) == 1, texts
