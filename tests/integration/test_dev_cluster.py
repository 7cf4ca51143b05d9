"""What `./dev run --cluster` starts: people can sign in, a hub that falls over comes back, nothing is left at the end."""

import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import hub as hubs


def free_ports(n):
    """Below those that the system gives away, which other tests could be given before these are used."""
    held = []
    while len(held) < n:
        with contextlib.suppress(OSError):
            held.append(socket.create_server(("127.0.0.1", random.randint(20000, 32000))))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class DevCluster:
    def __init__(self, environment, directory):
        self.ports = free_ports(3)
        self.log = hubs.Log(directory / "cluster.log")
        self.process = subprocess.Popen(
            [hubs.ROOT / "tests/tools/cluster.sh", *map(str, self.ports)],
            cwd=hubs.ROOT,
            env={**environment, "PROGRAM": hubs.PROGRAM},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.log.follow(self.process.stdout)

    def said(self, pattern, timeout=hubs.TIMEOUT):
        """What the group matched in the first line that has this."""
        return re.search(pattern, self.log.wait(lambda line: re.search(pattern, line), timeout)).group(1)

    def log_in(self, port, password):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=hubs.TIMEOUT)
        who = {"workspace": "demo", "email": "sam@demo.test", "password": password}
        connection.request("POST", "/v1/login", json.dumps(who), {"Content-Type": "application/json"})
        return connection.getresponse().status

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(hubs.TIMEOUT)


@pytest.fixture
def cluster(home, tmp_path):
    one = DevCluster(home.environment(), tmp_path)
    yield one
    if one.process.poll() is None:
        one.end()


def test_two_hubs_are_there_to_be_tried(cluster):
    password = cluster.said("with the password (demo-\\w+)", hubs.TIMEOUT * 4)
    pid_of_b = Path(cluster.said(r"kill -9 \$\(cat (\S+/b\.pid)\)"))
    cluster.said("(Ctrl\\+C ends)")
    assert [cluster.log_in(port, password) for port in cluster.ports] == [200, 200, 200]

    os.kill(int(pid_of_b.read_text()), signal.SIGKILL)
    cluster.said("(Hub b has ended)")
    assert cluster.log_in(cluster.ports[0], password) == 200
    cluster.log.wait(lambda line: sum("b  muster is ready on" in line for line in cluster.log.lines) == 2)
    assert cluster.log_in(cluster.ports[2], password) == 200

    rest = [pid_of_b.parent, *(Path(line) for line in (pid_of_b.parent / "postgres").read_text().split())]
    assert all(directory.is_dir() for directory in rest)
    assert cluster.end() == 0
    assert not any(directory.exists() for directory in rest)
