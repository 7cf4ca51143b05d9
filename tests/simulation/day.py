"""A whole day: makes the workspace, lets the players in, kills the hub now and then, and has the checker look at what is left."""

import collections
import gc
import json
import pathlib
import subprocess
import sys
import threading
import time

import hub as hubs
import log
import plan as plans
from checker import Checker
from journal import Journal

HERE = pathlib.Path(__file__).resolve().parent
EVIDENCE = "evidence.json"
PARTS = 2  # processes of people, besides the platform's
PATIENCE_SECONDS = 300
REST_MS = 1500  # longer than every time of plan.py: then nothing more happens by itself
OPTIONS = {
    "presence_tick_ms": 10,
    "reload_grace_ms": 100,
    "linger_ms": 150,
    "commands_per_second": 1_000_000,
    "commands_burst": 1_000_000,
    "key_commands_per_second": 1_000_000,
    "key_commands_burst": 1_000_000,
    "send_budget_bytes": 256 << 20,
    "replay_limit": 1_000_000,
    "replay_bytes": 256 << 20,
    "log_level": "warn",
}


class Player:
    """A process of players; `wait` is for its next word."""

    def __init__(self, directory, spec):
        path = directory / f"player{spec['part']}.json"
        spec["journal"] = str(directory / f"player{spec['part']}.journal")
        path.write_text(json.dumps(spec))
        self.journal = spec["journal"]
        self.process = subprocess.Popen(
            [sys.executable, HERE / "player.py", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.watchdog = threading.Timer(PATIENCE_SECONDS, self.process.kill)
        self.watchdog.start()

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def wait(self, word):
        heard = self.process.stdout.readline().strip()
        assert heard == word, f"a player said {heard!r}, not {word!r}"

    def finish(self):
        self.process.stdin.close()
        assert self.process.wait() == 0
        self.stop()

    def stop(self):
        self.watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Day:
    def __init__(self, plan, directory, say=print):
        self.plan = plan
        self.directory = pathlib.Path(directory)
        self.say = say
        self.hub = hubs.Hub(self.directory / "data", self.directory / "reports", {}, OPTIONS)
        self.players = []
        self.kills = []
        self.began = time.monotonic()

    def _note(self, text):
        self.say(f"{time.monotonic() - self.began:6.1f} s  {text}")

    # ---- the workspace ----

    def make(self):
        hub = self.hub
        made = hub.cli_ok(
            "init", "--data", hub.data, "--workspace", plans.WORKSPACE, "--name", "Day", "--owner-email", "olga@day.test",
            "--owner-name", "Olga Owner", "--owner-password-stdin", input=hubs.PASSWORD,
        )  # fmt: skip
        key = hub.cli_ok("key", "create", "--data", hub.data, "--workspace", plans.WORKSPACE, "--alg", "HS256")
        hub.secrets[plans.WORKSPACE] = {"key": json.loads(made)["key"], "HS256": json.loads(key)}
        hub.start()
        self._api("POST", "/v1/directory/sync", self.plan.directory())
        for id, team in plans.TEAMS.items():
            self._api("PATCH", f"/v1/teams/{id}", {"strategy": team["strategy"], "settings": team["settings"]})
        self._api(
            "PATCH", "/v1/workspace",
            {
                "strategy": plans.NO_TEAM["strategy"], "settings": plans.NO_TEAM["settings"], "statuses": plans.STATUSES,
                "channels": [{"id": id, "weight": weight} for id, weight in plans.CHANNELS.items()],
            },
        )  # fmt: skip
        self._note(f"{self.plan.agents} agents with room for {self.plan.room()} work in {len(plans.TEAMS)} teams")

    def _api(self, method, path, body):
        return self.hub.api(method, path, body, workspace=plans.WORKSPACE)

    # ---- the day ----

    def play(self):
        secrets = self.hub.secrets[plans.WORKSPACE]
        for part in range(PARTS + 1):
            spec = {
                "plan": vars(self.plan), "port": self.hub.port, "key": secrets["key"], "signing_key": secrets["HS256"],
                "part": part, "parts": PARTS, "platform": part == PARTS,
            }  # fmt: skip
            self.players.append(Player(self.directory, spec))
        for player in self.players:
            player.wait("ready")
        self._note("everybody is signed in; the day begins")
        self._tell_all("go")
        self._kill_now_and_then()
        self.players[-1].wait("quiet")
        self._note(f"all {self.plan.conversations} conversations are acknowledged")
        time.sleep(self.plan.seconds / 10)
        self._tell_all("rest")
        last_seq = self._list_in_peace()
        self._tell_all("end")
        for player in self.players:
            player.wait("done")
        for player in self.players:  # when nobody listens any more: that somebody goes is news to the others
            player.finish()
        evidence = {"kills": self.kills, "last_seq": last_seq, "journals": [player.journal for player in self.players]}
        (self.directory / EVIDENCE).write_text(json.dumps(evidence))

    def _tell_all(self, word):
        for player in self.players:
            player.tell(word)

    def _kill_now_and_then(self):
        chance = self.plan.chance("kills")
        share = self.plan.seconds / (self.plan.kills + 1)
        for _ in range(self.plan.kills):
            time.sleep(share * chance.uniform(0.8, 1.1))
            killed = time.time() * 1000
            self.hub.kill()
            self.hub.start()
            self.kills.append((killed, time.time() * 1000))
            self._note(f"hub killed and back after {self.kills[-1][1] - killed:.0f} ms")

    def _list_in_peace(self):
        """Everybody lists what they see when nothing happens any more; the last event's number."""
        while True:
            seq = self._wait_for_rest()
            self._tell_all("list")
            for player in self.players:
                player.wait("listed")
            if log.last_seq(self.hub.data, plans.WORKSPACE) == seq:
                self._note(f"nothing happens any more after event {seq}")
                return seq

    def _wait_for_rest(self):
        seq, since = -1, 0.0
        while True:
            now = log.last_seq(self.hub.data, plans.WORKSPACE)
            if now != seq:
                seq, since = now, time.monotonic()
            elif time.monotonic() - since > REST_MS / 1000:
                return seq
            time.sleep(0.05)

    def finish(self):
        for player in self.players:
            player.stop()
        self.hub.finish()


def examine(directory, say=print):
    """The verdict on a day that was played in this directory."""
    directory = pathlib.Path(directory)
    gc.disable()  # millions of objects that all stay
    evidence = json.loads((directory / EVIDENCE).read_text())
    journals = [Journal.load(path) for path in evidence["journals"]]
    rows = log.read(directory / "data", plans.WORKSPACE)[: evidence["last_seq"]]  # afterwards the people went home
    began = time.monotonic()
    verdict = Checker(rows, journals, evidence["kills"]).check()
    say(f"checked {len(rows)} events in {time.monotonic() - began:.1f} s: {verdict.counts}")
    refusals = sum((collections.Counter(journal.refusals) for journal in journals), collections.Counter())
    say("refused: " + ", ".join(f"{method} {kind} {n}" for (method, kind), n in sorted(refusals.items())))
    say(str(verdict))
    return verdict


def run(plan, directory, say=print):
    """Play a day and check it; the verdict."""
    say(f"seed {plan.seed}: {plan.agents} agents, {plan.conversations} conversations in {plan.seconds:g} s, {plan.kills} kills")
    day = Day(plan, directory, say)
    try:
        day.make()
        day.play()
    finally:
        day.finish()
    return examine(directory, say)
