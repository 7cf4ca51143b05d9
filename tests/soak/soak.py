#!/usr/bin/env python3
"""Hours of mixed load on one hub, and whether it keeps anything of it: ./dev soak [options].

The people are those of tests/chaos: agents who choose and wander, leads who assign, speakers and platforms that publish.
Beside them are slow readers, callers of everything that can be read over HTTP, strangers with wrong input, and crowds of the
load generator that come and go at once. Conversations are resolved and forgotten, so the state itself doesn't grow.

First the load warms the hub up, then everybody leaves and open files are counted; then the load runs for the given time while
memory is measured; then everybody leaves again. It fails if memory drifts by more than 2 % over the time, by the line that fits
best, or if one file more is open in the end than after the warm-up, or one thread.
"""

import argparse
import asyncio
import contextlib
import datetime
import json
import os
import pathlib
import random
import re
import signal
import socket
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("tools", "integration", "chaos", "bench")]
os.environ.setdefault("MUSTER_PROGRAM", str(ROOT / "build/release/muster"))

import hub as hubs
import tokens
from evidence import Evidence
from harness import machine
from people import Gone, Platform, Refused
from rig import OPTIONS, WORKSPACES
from wire import Door, Socket
from world import Load, World

MINUTES = 120
SAMPLE_SECONDS = 10
DRIFT_MOST = 0.02
DAY_SECONDS = 86400
CONVERSATIONS = 50
KEEP_RESOLVED_MS = 10_000
LOADGEN = ROOT / "build/release/tests/bench/muster-loadgen"
CROWD = 200
SLEEPERS = 4
SHOUT_BYTES = 16_000
SHOUTS_A_SECOND = 40
HUB = {
    "recent_events": 1024,  # so that the ring is full after the warm-up
    "resolved_keep_ms": KEEP_RESOLVED_MS,
    "send_budget_bytes": 64 << 10,
    "send_burst_bytes": 64 << 10,
    "replay_limit": 1000,
    "snapshot_every": 5000,
    "max_connections_per_user": 0,
    "ping_interval_ms": 25_000,  # so that who doesn't read is found out by what waits for them, not by a ping
    "pong_timeout_ms": 10_000,
}
LOAD = Load(agents=40, leads=3, speakers=2, platforms=2, publish_seconds=0.08, choose_seconds=2.0, wander_seconds=10.0,
            put_seconds=1.0, assign_seconds=0.5)  # fmt: skip


# ---- the hub ----


class Alone:
    """What a World needs of a rig: one hub on its own file."""

    names = "a"

    def __init__(self, directory):
        self.secrets = {}
        options = {**OPTIONS, **HUB}
        self.hub = hubs.Hub(directory / "data", directory / "reports", self.secrets, options)
        for workspace in WORKSPACES:
            place = ["--data", self.hub.data]
            made = self.hub.cli_ok(
                "init", *place, "--workspace", workspace, "--name", workspace, "--owner-email", f"olga@{workspace}.test",
                "--owner-name", "Olga",
            )  # fmt: skip
            key = self.hub.cli_ok("key", "create", *place, "--workspace", workspace, "--alg", "HS256")
            self.secrets[workspace] = {"key": json.loads(made)["key"], "HS256": json.loads(key)}

    @property
    def port(self):
        return self.hub.port

    @property
    def pid(self):
        return self.hub.process.pid


# ---- the load ----


class Oblivion(list):
    """Evidence that nobody will look at."""

    def append(self, _):
        pass


class Crowd(World):
    def __init__(self, rig, seed):
        super().__init__(rig, seed, LOAD, say=lambda text: print(text, flush=True))
        self.evidence = Evidence(seed=seed, times={})
        for name, value in vars(self.evidence).items():
            if isinstance(value, list) and name != "complaints":
                setattr(self.evidence, name, Oblivion())
        self.evidence.hear = lambda text: 0

    def token(self, workspace, user):
        return tokens.mint(self.rig.secrets[workspace]["HS256"], workspace, user, iat=int(time.time()) - 1, ttl=DAY_SECONDS)

    async def arrive(self):
        await super().arrive()
        for one in self.people:
            one.story.entries = Oblivion()

    def work(self):
        super().work()
        for workspace in WORKSPACES:
            self.spawn(self._tidy(workspace))
        acme = WORKSPACES[0]
        for job in (self._read_http, self._come_by_dozens, self._talk_nonsense):
            self.spawn(job())
        sleepers = [f"a-u{number}" for number in range(SLEEPERS)]
        for user in sleepers:
            self.spawn(self._read_slowly(acme, user))
        self.spawn(self._shout(acme, sleepers[1:]))  # the first one is found out by a ping

    async def _tidy(self, workspace):
        """The state stays as large as it is: old conversations are resolved, and the hub forgets them."""
        platform = Platform(self, workspace, "tidy")
        while True:
            await asyncio.sleep(1)
            there = self.conversations[workspace]
            while len(there) > CONVERSATIONS:
                with contextlib.suppress(Gone, Refused):
                    await platform.ask("POST", f"/v1/conversations/{there[0]}/resolve", {})
                del there[0]

    async def _read_http(self):
        paths = ("users", "teams", "roles", "keys", "presence", "audit?limit=100", "conversations?limit=50", "workspace", "dashboard",
                 "queues", "nowhere")  # fmt: skip
        chance = self.chance("reader")
        while True:
            await asyncio.sleep(chance.expovariate(10))
            if self.resting:
                continue
            door = Door(self.port, self.keys[WORKSPACES[0]] if chance.random() < 0.9 else "nobody's")
            with contextlib.suppress(Gone, Refused, ValueError, KeyError, asyncio.TimeoutError):
                await asyncio.wait_for(door.call("GET", f"/v1/{chance.choice(paths)}"), 5)
            door.close()

    async def _read_slowly(self, workspace, user):
        """Open a session and take nothing any more, until the hub has had enough."""
        while True:
            with contextlib.suppress(Gone, Refused, OSError, asyncio.TimeoutError):
                if not self.resting:
                    await self._fall_asleep(self.token(workspace, user))
            await asyncio.sleep(1)

    async def _fall_asleep(self, token):
        loop = asyncio.get_running_loop()
        with socket.socket() as narrow:
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)  # before it is connected, or the kernel takes it all
            narrow.setblocking(False)
            await loop.sock_connect(narrow, ("127.0.0.1", self.port))
            sleeper = Socket(lambda _: None, lambda _: None)
            await loop.create_connection(lambda: sleeper, sock=narrow)
            try:
                await asyncio.wait_for(sleeper.upgraded, 5)
                await asyncio.wait_for(sleeper.call("session.open", {"token": token}), 5)
                sleeper.transport.pause_reading()
                await self._while_working(60)
            finally:
                sleeper.drop()

    async def _shout(self, workspace, users):
        """So much to those who have fallen asleep that the kernel's buffers are full, and the hub's budget used up, before the
        hub misses the answer to a ping."""
        platform = Platform(self, workspace, "shout")
        event = {"type": "x.shout", "audience": {"users": users}, "data": {"text": "!" * SHOUT_BYTES}}
        while True:
            await asyncio.sleep(1 / SHOUTS_A_SECOND)
            if not self.resting:
                with contextlib.suppress(Gone, Refused):
                    await platform.ask("POST", "/v1/events", event)

    async def _while_working(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.resting:
            await asyncio.sleep(0.2)

    async def _come_by_dozens(self):
        """Crowds of the load generator, that connect, sign in, take the snapshot, and are gone."""
        key = self.rig.secrets[WORKSPACES[0]]["HS256"]
        words = ["connect", "--target", "muster", "--port", self.port, "--server-pid", self.rig.pid, "--sessions", CROWD, "--users", 40,
                 "--user-prefix", "a-u", "--jwt-issuer", WORKSPACES[0], "--jwt-kid", key["kid"], "--jwt-secret", key["secret"],
                 "--publisher-token", self.keys[WORKSPACES[0]]]  # fmt: skip
        while True:
            await self._while_working(5)
            if self.resting:
                await asyncio.sleep(0.2)
                continue
            crowd = await asyncio.create_subprocess_exec(
                LOADGEN, *map(str, words), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
            )
            _, said = await crowd.communicate()
            if crowd.returncode:
                self.evidence.complaints.append(f"muster-loadgen: {crowd.returncode} {said.decode()[-200:]}")

    async def _talk_nonsense(self):
        chance = self.chance("nonsense")
        upgrade = b"GET /v1/ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
                  b"Sec-WebSocket-Key: d29ya2luZyBkYXkgc2ltIQ==\r\nSec-WebSocket-Protocol: muster.v1\r\n\r\n"  # fmt: skip
        while True:
            await asyncio.sleep(chance.expovariate(5))
            if self.resting:
                continue
            noise = chance.randbytes(chance.randrange(1, 4000))
            texts = (b"", noise, b"GET / HTTP/1.1\r\n" + noise, upgrade, upgrade + noise, upgrade + b"\x81\x05hello",
                     upgrade + b"\x81\x82\0\0\0\0{}", b"POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\n" + noise,
                     b"GET /" + noise.hex().encode() + b" HTTP/1.1\r\nHost: h\r\n\r\n")  # fmt: skip
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(chance.choice(texts))
                await asyncio.wait_for(reader.read(1000), 0.2)
                writer.transport.abort()
            if "writer" in locals():
                writer.transport.abort()

    async def leave(self):
        """Everybody goes."""
        self.resting = True
        deadline = time.monotonic() + 50
        while True:
            for one in self.people:  # who is on the way is sent off when they are there
                one.leave(60, goodbye=self.chance("goodbye", one.id).random() < 0.5)
            left = await asyncio.to_thread(connections, self.rig.hub)
            if left <= 1:  # the one that asks
                return
            if time.monotonic() > deadline:
                self.evidence.complaints.append(f"{left - 1:.0f} connections are left when everybody is gone")
                return
            await asyncio.sleep(0.2)

    async def come_back(self):
        for one in self.people:
            one.away = False
        await self.all_there()
        self.resting = False

    async def all_there(self, people=None):
        """As in World, for people who may still be on their way for a minute."""
        deadline = time.monotonic() + 90
        while [one for one in people or self.people if not (one.there.is_set() or one.gone_for_good or one.away)]:
            if time.monotonic() > deadline:
                self.evidence.complaints.append("not everybody came back")
                return
            await asyncio.sleep(0.1)


# ---- measuring ----


def connections(hub):
    return hub.metric("muster_connections")


def look(pid):
    """What the process holds. Its allocator's part is the anonymous memory: the heap, and what it has mapped beside it."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    sizes = {name: int(re.search(rf"^{name}:\s+(\d+)", status, re.M).group(1)) for name in ("VmRSS", "RssAnon", "Threads")}
    heap = re.search(r"\[heap\]\n(?:.*\n){2,3}?Rss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps").read_text())
    return {
        "rss_kib": sizes["VmRSS"],
        "anonymous_kib": sizes["RssAnon"],
        "heap_kib": int(heap.group(1)) if heap else 0,
        "threads": sizes["Threads"],
        "files": len(os.listdir(f"/proc/{pid}/fd")),
    }


def count_files(pid):
    """Open files at rest: those of connections that are being closed at this moment don't count."""
    return min(look(pid)["files"] for _ in range(20) if not time.sleep(0.1))


def fit(samples, what):
    """(slope in a second, value in the middle) of the line that fits best."""
    n = len(samples)
    xs, ys = [sample["at_seconds"] for sample in samples], [sample[what] for sample in samples]
    x_mean, y_mean = sum(xs) / n, sum(ys) / n
    spread = sum((x - x_mean) ** 2 for x in xs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys)) / spread if spread else 0.0
    return slope, y_mean


def drift(samples, what):
    """How much it grows over the whole time, as a part of what it is at the beginning."""
    slope, middle = fit(samples, what)
    seconds = samples[-1]["at_seconds"] - samples[0]["at_seconds"]
    return slope * seconds / (middle - slope * seconds / 2)


async def measure(world, seconds):
    samples = []
    began = time.monotonic()
    while (at := time.monotonic() - began) < seconds or len(samples) < 3:
        await asyncio.sleep(SAMPLE_SECONDS - at % SAMPLE_SECONDS)
        sample = look(world.rig.pid)
        samples.append({"at_seconds": round(time.monotonic() - began, 1), **sample})
        if len(samples) % 30 == 0:
            world.note(f"{sample['rss_kib']} KiB, {sample['files']} files, drift so far {drift(samples, 'rss_kib'):+.2%}")
    return samples


def count_all(hub):
    """What the hub has done so far."""
    names = ("connections", "sessions", "events", "requests", "request_errors")
    counts = {name: hub.metric(f"muster_{name}_total") for name in names}
    return {**counts, "slow_readers": hub.metric('muster_websockets_closed_total{kind="slow_reader"}')}


# ---- a run ----


async def play(world, warmup_seconds, seconds):
    await world.arrive()
    world.work()
    world.note(f"warming up for {warmup_seconds} s")
    await asyncio.sleep(warmup_seconds)
    await world.leave()
    before = look(world.rig.pid) | {"files": count_files(world.rig.pid)}
    await world.come_back()
    world.note(f"measuring for {seconds} s")
    counts = count_all(world.rig.hub)
    samples = await measure(world, seconds)
    counts = {name: count - counts[name] for name, count in count_all(world.rig.hub).items()}
    await world.leave()
    after = look(world.rig.pid) | {"files": count_files(world.rig.pid)}
    for job in list(world.jobs):
        job.cancel()
    return before, samples, after, counts


def judge(before, samples, after, counts, complaints):
    """(figures, findings)"""
    figures = {
        "rss_drift": round(drift(samples, "rss_kib"), 5),
        "anonymous_drift": round(drift(samples, "anonymous_kib"), 5),
        "heap_drift": round(drift(samples, "heap_kib"), 5) if samples[0]["heap_kib"] else None,
        "rss_kib": [samples[0]["rss_kib"], samples[-1]["rss_kib"]],
        "files_at_rest": [before["files"], after["files"]],
        "threads": [before["threads"], after["threads"]],
    }
    findings = list(complaints)
    if figures["rss_drift"] > DRIFT_MOST:
        findings.append(f"memory drifts by {figures['rss_drift']:.2%}, more than {DRIFT_MOST:.0%}")
    if after["files"] > before["files"]:
        findings.append(f"{after['files'] - before['files']} files more are open in the end")
    if after["threads"] > before["threads"]:
        findings.append(f"{after['threads'] - before['threads']} threads more run in the end")
    if not counts["slow_readers"]:
        findings.append("no slow reader was ended: the load isn't what it is meant to be")
    return figures, findings


def run(options, directory):
    rig = Alone(directory)
    rig.hub.start()
    world = Crowd(rig, options.seed)
    seconds = int(options.minutes * 60)
    try:
        before, samples, after, counts = asyncio.run(play(world, max(120, min(600, seconds // 10)), seconds))
    finally:
        rig.hub.finish()
    figures, findings = judge(before, samples, after, counts, world.evidence.complaints)
    return {
        "minutes": options.minutes,
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": machine.commit(ROOT),
        "machine": machine.describe(),
        **figures,
        "counts": counts,
        "findings": findings,
        "samples": samples,
    }


def main():
    parser = argparse.ArgumentParser(prog="./dev soak", description="Mixed load for long, and whether memory and files come back.")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--results", type=pathlib.Path, help="where figures go as JSON; what took less than two hours isn't kept by itself")
    options = parser.parse_args()
    options.results = options.results or (HERE / "results" if options.minutes >= MINUTES else ROOT / "build/soak")
    machine.raise_file_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{options.minutes:g} minutes, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="muster-soak-") as directory:
        result = run(options, pathlib.Path(directory))
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / f"soak-{options.minutes:g}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({name: value for name, value in result.items() if name != "samples"}, indent=2))
    return 1 if result["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
