"""A client that keeps the directory: it takes snapshots once, and from then on only listens.

What somebody sees follows from their permissions, roles and teams; when those change, what they no longer see is dropped and
what they see from now on is fetched. Nothing else is ever fetched again. So a mirror that differs from a fresh snapshot means
that an event was missing, was one too many, or said something wrong (I6).
"""

import client

BASE_STATUSES = 4
SETTINGS_AT_FIRST = {"offer_ms": 0, "requeue_ms": None, "overflow_ms": 0, "overflow_nobody": False, "overflow_team": None}


def by_id(items, key="id"):
    return {item[key]: item for item in items}


def without(record, *names):
    return {name: value for name, value in record.items() if name not in names}


class Directory:
    """What one person sees, as plain data."""

    def __init__(self, tab):
        self.tab = tab
        session = tab.session
        self.me = without(session["user"], "status")
        self.permissions = set(session["permissions"])
        self.workspace = tab.call("workspace.get")
        self.catalogue = by_id(tab.call("permission.list")["items"], "key")
        self.parts = {name: self.fetch(name) for name in self.visible()}

    def may(self, *keys):
        return any(key in self.permissions for key in keys)

    def visible(self):
        """The lists that one sees at all."""
        yield from ("roles", "teams")
        if self.may("users.view"):
            yield "users"
        if self.may("users.manage"):
            yield from ("seats", "invites")

    def fetch(self, name):
        """A list as it is now, of which one sees what concerns oneself or what one may."""
        try:
            if name == "seats":
                return self.tab.call("seats.get")
            items = by_id(self.tab.call(f"{name[:-1]}.list", {"limit": 1000})["items"])
        except client.RpcError as error:
            assert error.kind == "forbidden"  # taken away meanwhile; the event that says so is on its way
            return {}
        if name == "roles":
            return {id: without(role, "modules") for id, role in items.items() if self.sees_role(id)}
        return items

    def sees_role(self, id):
        return self.may("roles.manage") or id in self.me["roles"]

    def sees_team(self, id):
        return self.may("users.view", "teams.manage") or id in self.me["teams"]

    def as_data(self):
        return {
            "me": self.me, "permissions": sorted(self.permissions), "workspace": self.workspace, "catalogue": self.catalogue,
            **self.parts,
        }  # fmt: skip


class Mirror(Directory):
    """The same, kept by events."""

    def __init__(self, tab):
        self.cursor = tab.session["cursor"]
        super().__init__(tab)
        self.taken = 0

    def catch_up(self):
        """Take in what has come since the last time."""
        events = self.tab.durable()
        for event in events[self.taken :]:
            handler = getattr(self, "on_" + event["type"].replace(".", "_"), None)
            if handler:
                handler(event["data"], event)
            self.cursor = event["cursor"]
        self.taken = len(events)

    def resume(self, tab):
        """Go on over another connection, which was given the cursor of the last one."""
        assert tab.session["resumed"], tab.session
        self.tab, self.taken = tab, 0
        self.change(
            lambda: (
                self.me.update(without(tab.session["user"], "status")),
                setattr(self, "permissions", set(tab.session["permissions"])),
            )
        )

    def change(self, change):
        """Something about oneself changes, and with it perhaps what one sees."""
        parts = set(self.visible())
        roles = set(self.me["roles"]), self.may("roles.manage")
        teams = set(self.me["teams"]), self.may("users.view", "teams.manage")
        change()
        stale = set(self.visible()) - parts
        if (set(self.me["roles"]), self.may("roles.manage")) != roles:
            stale.add("roles")
        if (set(self.me["teams"]), self.may("users.view", "teams.manage")) != teams:
            stale.add("teams")
        for name in set(self.parts) - set(self.visible()):
            del self.parts[name]
        for name in stale:
            self.parts[name] = self.fetch(name)

    def part(self, name):
        return self.parts.get(name, {})

    def person(self, id):
        """The records of somebody: in the list, and oneself."""
        found = [self.part("users")[id]] if id in self.part("users") else []
        return found + ([self.me] if id == self.me["id"] else [])

    # ---- people ----

    def on_user_created(self, data, event):
        if "users" in self.parts:
            self.parts["users"][data["user"]] = {
                "id": data["user"], "name": data["name"], "email": data["email"], "phone": data["phone"],
                "roles": data["roles"], "teams": [], "capacity": data["capacity"], "state": "active", "owner": False,
                "created_at": event["at"],
            }  # fmt: skip

    def on_user_updated(self, data, event):
        for person in self.person(data["user"]):
            person.update(without(data, "user"))

    def on_role_assigned(self, data, event):
        if data["user"] in self.part("users"):
            self.parts["users"][data["user"]]["roles"] = data["roles"]
        if data["user"] == self.me["id"]:
            self.change(lambda: self.me.update(roles=data["roles"]))

    def on_permissions_changed(self, data, event):
        self.change(lambda: setattr(self, "permissions", set(data["permissions"])))

    def on_user_deactivated(self, data, event):
        for person in self.person(data["user"]):
            person["state"] = "deactivated"

    def on_user_reactivated(self, data, event):
        for person in self.person(data["user"]):
            person["state"] = "active"

    def on_user_removed(self, data, event):
        self.part("users").pop(data["user"], None)
        for team in self.parts["teams"].values():
            leave_team(team, data["user"])

    def on_owner_transferred(self, data, event):
        self.workspace["owner"] = data["to"]
        for id in (data["from"], data["to"]):
            for person in self.person(id):
                person["owner"] = id == data["to"]

    def on_seats_changed(self, data, event):
        if "seats" in self.parts:
            self.parts["seats"] = data

    # ---- invitations ----

    def on_invite_created(self, data, event):
        if "invites" in self.parts:
            self.parts["invites"][data["id"]] = {
                "name": None, "user": None, **without(data, "invited_by_key"), "state": "pending", "created_at": event["at"],
            }  # fmt: skip

    def on_invite_updated(self, data, event):
        if data["id"] in self.part("invites"):
            self.parts["invites"][data["id"]].update(without(data, "invited_by_key"))

    def on_invite_resent(self, data, event):
        self.on_invite_updated({**data, "state": "pending"}, event)

    def on_invite_revoked(self, data, event):
        self.on_invite_updated({**data, "state": "revoked"}, event)

    # ---- roles and permissions ----

    def on_role_created(self, data, event):
        if self.sees_role(data["id"]):
            self.parts["roles"][data["id"]] = {"description": None, **data}

    on_role_updated = on_role_created

    def on_role_deleted(self, data, event):
        self.parts["roles"].pop(data["id"], None)

    def on_permission_registered(self, data, event):
        self.catalogue[data["key"]] = {"key": data["key"], "help": data["help"], "module": True, "registered": True}

    def on_permission_removed(self, data, event):
        self.catalogue.pop(data["key"], None)

    # ---- teams ----

    def on_team_created(self, data, event):
        if self.sees_team(data["id"]):
            first = {"lead": None, "schedule": None, "strategy": "manual", "settings": SETTINGS_AT_FIRST}
            self.parts["teams"][data["id"]] = {**first, **data, "members": []}

    def on_team_updated(self, data, event):
        if data["id"] in self.parts["teams"]:
            self.parts["teams"][data["id"]].update(data)

    def on_team_deleted(self, data, event):
        self.parts["teams"].pop(data["id"], None)
        for inbox in [self.workspace, *self.part("teams").values()]:
            if inbox["settings"]["overflow_team"] == data["id"]:
                inbox["settings"] = {**inbox["settings"], "overflow_team": None}
        for person in [self.me, *self.part("users").values()]:
            leave(person["teams"], data["id"])

    def on_team_member_added(self, data, event):
        if data["team"] in self.parts["teams"]:
            join(self.parts["teams"][data["team"]]["members"], data["user"])
        if data["user"] in self.part("users"):
            join(self.parts["users"][data["user"]]["teams"], data["team"])
        if data["user"] == self.me["id"]:
            self.change(lambda: join(self.me["teams"], data["team"]))

    def on_team_member_removed(self, data, event):
        if data["team"] in self.parts["teams"]:
            leave_team(self.parts["teams"][data["team"]], data["user"])
        if data["user"] in self.part("users"):
            leave(self.parts["users"][data["user"]]["teams"], data["team"])
        if data["user"] == self.me["id"]:
            self.change(lambda: leave(self.me["teams"], data["team"]))

    # ---- the workspace ----

    def on_workspace_updated(self, data, event):
        if "statuses" in data:
            data = {**data, "statuses": self.workspace["statuses"][:BASE_STATUSES] + data["statuses"]}
        self.workspace.update(data)


def join(items, id):
    if id not in items:
        items.append(id)
        items.sort()


def leave(items, id):
    if id in items:
        items.remove(id)


def leave_team(team, user):
    """Who leaves a team leads it no longer."""
    leave(team["members"], user)
    if team["lead"] == user:
        team["lead"] = None


def differences(a, b, path=""):
    """Where two nested values differ, one line each."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            yield from differences(a.get(key, "absent"), b.get(key, "absent"), f"{path}/{key}")
    elif a != b:
        yield f"{path}: {a!r}, but a fresh snapshot says {b!r}"
