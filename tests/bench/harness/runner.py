"""Rounds of measurements: every server in turn, the order reversed from round to round."""
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys

from harness.servers import PING_SECONDS, Failed

RUN_SECONDS = 300
# Without Muster to take them from, the sizes of its messages as they usually are.
DEFAULT_SIZES = {"change": 670, "change_across": 670, "snapshot": 26000, "event": 700, "batch": 64}
QUICK_PING_SECONDS = 4


def say(text):
    print(text, file=sys.stderr, flush=True)


def end_group(process):
    """A process with all that it has started: a server that it made anew, for one."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def result_of(text, whose):
    try:
        return json.loads(text)
    except ValueError as broken:
        raise Failed(f"{whose}: no result: {broken}") from broken


class Runner:
    """Drives the generator at servers and keeps what it reports."""

    def __init__(self, settings, servers):
        self.settings = settings
        self.servers = servers
        self.sizes = dict(DEFAULT_SIZES)

    def ping_seconds(self):
        return QUICK_PING_SECONDS if self.settings.quick else PING_SECONDS

    def measure(self, figure, variant, server):
        """One run against a fresh server: the generator's result as a dict."""
        try:
            server.start(figure.id, self.sizes, self.ping_seconds())
            result = server.measure_start() if figure.mode == "start" else self.generate(figure, variant, server)
            return {**result, **server.afterwards()}
        finally:
            server.stop()

    def generate(self, figure, variant, server):
        arguments = server.measure_command(figure, variant)
        if figure.payload:
            arguments += ["--payload-bytes", str(self.sizes[figure.payload])]
        limit = RUN_SECONDS + self.settings.idle_seconds
        environment = {**os.environ, **server.command()[1]} if "--restart" in arguments else None
        generator = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
                                     start_new_session=True)
        try:
            said, complaint = generator.communicate(timeout=limit)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{server.name}, {figure.id}: not done after {limit:.0f} s\n{server.log_tail()}") from late
        finally:
            end_group(generator)
        if generator.returncode != 0:
            raise Failed(f"{server.name}, {figure.id}: {complaint.strip()}\n{server.log_tail()}")
        return result_of(said, f"{server.name}, {figure.id}")

    def calibrate(self, figures):
        """Takes the sizes of Muster's messages, which the peers' then have too."""
        wanted = {
            "connect": {"snapshot": "snapshot_bytes"},
            "assign": {"event": "event_bytes", "batch": "events_per_commit"},
        }
        for figure in figures:
            muster = self.servers.get(figure.subjects[0])
            sizes = {figure.payload: "payload_bytes"} if figure.mode == "toggle" else wanted.get(figure.mode)
            if not muster or not sizes:
                continue
            result = self.measure(figure, figure.variants[0], muster)
            for size, key in sizes.items():
                self.sizes[size] = round(result[key])
                say(f"calibrated: {size} of {self.sizes[size]}{'' if size == 'batch' else ' bytes'}")

    def subjects(self, figure):
        """The servers of a figure, Muster first."""
        ours = [self.servers[name] for name in figure.subjects if name in self.servers]
        return ours + [server for server in self.servers.values() if server.peer and figure.peers]

    def attempt(self, figure, variant, server):
        """A result and None; or None and what happened, if the server is somebody else's."""
        try:
            return self.measure(figure, variant, server), None
        except (Failed, OSError, http.client.HTTPException) as failure:
            if server.ours:
                raise
            return None, (str(failure) or repr(failure)).splitlines()[0]

    def run(self, figure):
        """All variants and rounds of one figure: {variant: {server: [result, …]}}, and {variant: {server: how it failed}}.
        Who fails isn't asked again for that variant; if it is ours, the bench ends.
        """
        results = {variant.label: {server.name: [] for server in self.subjects(figure)} for variant in figure.variants}
        failures = {variant.label: {} for variant in figure.variants}
        for number in range(self.settings.rounds):
            for variant in figure.variants:
                failed = failures[variant.label]
                for server in self.subjects(figure)[:: -1 if number % 2 else 1]:
                    if server.name in failed:
                        continue
                    result, why = self.attempt(figure, variant, server)
                    if why:
                        failed[server.name] = f"failed in round {number + 1}: {why}"
                        say(f"{figure.id} {variant.label}: {server.title} {failed[server.name]}")
                        continue
                    results[variant.label][server.name].append(result)
                    say(f"{figure.id} {variant.label}, round {number + 1}: {server.title} "
                        f"{result[figure.metric] * figure.scale:,.4g} {figure.unit}")
        return results, failures
