"""Words that tests of presence share: tabs of people, and times as the wire has them."""

import datetime


def rfc3339(seconds_ahead):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_ahead)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def tab(hub, user, name="d-tab", kind="web", **options):
    return hub.sign_in(user, device={"id": name, "kind": kind}, **options)
