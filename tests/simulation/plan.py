"""Who works here and what the day brings: all of it follows from the seed.

The seed fixes who is in which team, who does what and how long it takes. How it all meets is the machine's doing, as on a real
day; that is what the checker reads from the log.
"""

import dataclasses
import random

WORKSPACE = "day"

# Times are those of a working day, shrunk to milliseconds. An offer that runs out, a requeue and an overflow each happen often.
TEAMS = {
    "round": {"share": 22, "strategy": "round_robin", "settings": {"requeue_ms": 250}},
    "load": {
        "share": 22,
        "strategy": "load_balanced",
        "settings": {"overflow_ms": 900, "overflow_team": "round"},
    },
    "offer": {"share": 16, "strategy": "round_robin", "settings": {"offer_ms": 300, "requeue_ms": 250}},
    "fair": {"share": 12, "strategy": "load_balanced", "settings": {"offer_ms": 300, "overflow_ms": 1200}},
    "night": {"share": 6, "strategy": "load_balanced", "settings": {"overflow_nobody": True, "overflow_team": "load"}},
    "hand": {"share": 8, "strategy": "manual", "settings": {"requeue_ms": 400}},
}
# Conversations of no team are everybody's.
NO_TEAM = {"share": 14, "strategy": "round_robin", "settings": {"requeue_ms": 250}}

CHANNELS = {"chat": 1, "mail": 2, "phone": 3, "note": 0}
CHANNEL_SHARES = {None: 10, "chat": 60, "mail": 15, "phone": 12, "note": 3}
PRIORITY_SHARES = {"low": 15, "normal": 65, "high": 15, "urgent": 5}

CLERK = ["conversations.view:own", "conversations.reply", "conversations.assign_self", "presence.self"]
ROLES = {
    "clerk": CLERK,
    "picker": [*CLERK, "conversations.view:unassigned"],
    "captain": [*CLERK, "conversations.view:team", "queue.view:team", "presence.view:team"],
    "boss": [
        "conversations.view:all", "conversations.reply", "conversations.assign_others", "capacity.manage", "queue.view:all",
        "presence.self", "presence.view:all", "dashboard.view",
    ],
}  # fmt: skip

# What an agent does with an assigned conversation, and with an offer.
DEEDS = {"resolve": 90, "release": 4, "snooze": 3, "wander": 3}
CHOICES = {"accept": 74, "decline": 14, "ignore": 12}

STATUSES = [{"id": "lunch", "label": "Lunch", "base": "away", "accepting": False}]


def pick(chance, shares):
    return chance.choices(list(shares), list(shares.values()))[0]


@dataclasses.dataclass
class Person:
    id: str
    role: str
    teams: list
    capacity: int


@dataclasses.dataclass
class Plan:
    seed: int
    agents: int
    conversations: int
    seconds: float  # of arrivals
    kills: int

    def chance(self, *what):
        """Numbers of somebody's own, so that nobody's day depends on when others draw."""
        return random.Random("/".join(map(str, (self.seed, *what))))

    def people(self):
        """Agents first, then the bosses, who are there but never take work."""
        chance = self.chance("people")
        names = list(TEAMS)
        people = [self._agent(chance, number, names) for number in range(self.agents)]
        bosses = max(1, self.agents // 70)
        return people + [Person(f"b{number}", "boss", [], 0) for number in range(bosses)]

    def _agent(self, chance, number, names):
        # The first few of each team look at all of its queue; some look at whatever nobody has.
        pickers = max(2, self.agents // 50)
        role = "captain" if number < len(names) else "picker" if number < len(names) + pickers else "clerk"
        shares = {name: team["share"] for name, team in TEAMS.items()}
        first = names[number] if role == "captain" else pick(chance, shares)
        teams = {first}
        if role == "clerk" and chance.random() < 0.25:
            teams.add(chance.choice(names))
        return Person(f"u{number}", role, sorted(teams), chance.choice((2, 3, 4, 5, 6, 8)))

    def directory(self):
        """For directory.sync."""
        return {
            "roles": [{"id": role, "name": role.title(), "permissions": keys} for role, keys in ROLES.items()],
            "teams": [{"id": team, "name": team.title()} for team in TEAMS],
            "users": [
                {
                    "id": one.id, "name": one.id.upper(), "email": f"{one.id}@day.test", "roles": [one.role], "teams": one.teams,
                    "capacity": one.capacity,
                }
                for one in self.people()
            ],
            "remove_missing": False,
        }  # fmt: skip

    def room(self):
        """How much weight all agents can have at once."""
        return sum(one.capacity for one in self.people())

    def handle_seconds(self):
        """How long one conversation takes on average, so that the agents are just about able to cope: there are queues, and
        times without one."""
        total = sum(CHANNEL_SHARES.values())
        weight = sum(CHANNELS.get(channel, 1) * share for channel, share in CHANNEL_SHARES.items()) / total
        return 0.75 * self.room() / weight * self.seconds / self.conversations

    def arrivals(self):
        """(second, params of conversation.put) of each conversation in order: two peaks and a calm time between them."""
        chance = self.chance("arrivals")
        shares = {name: team["share"] for name, team in TEAMS.items()} | {None: NO_TEAM["share"]}
        seconds = sorted(self._arrival(chance) for _ in range(self.conversations))
        for number, second in enumerate(seconds):
            yield second, {
                "id": f"c{number}",
                "team": pick(chance, shares),
                "channel": pick(chance, CHANNEL_SHARES),
                "subject": f"Question {number}",
                "priority": pick(chance, PRIORITY_SHARES),
                "labels": chance.sample(["vip", "refund", "bug"], chance.choice((0, 0, 1, 2))),
            }

    def _arrival(self, chance):
        peak = pick(chance, {0.3: 40, 0.72: 40, None: 20})
        share = chance.random() if peak is None else chance.gauss(peak, 0.09)
        return min(max(share, 0.0), 1.0) * self.seconds
