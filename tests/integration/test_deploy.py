"""What is in docker/: that its files agree with each other and with the program."""

import configparser
import json
import os
import re
import shlex
import socket
import subprocess

import pytest
import yaml

import hub as hubs

DOCKER = hubs.ROOT / "docker"


def run(*words, **more):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=hubs.TIMEOUT * 3, **more)


def run_ok(*words, **more):
    done = run(*words, **more)
    assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout}{done.stderr}"
    return done.stdout


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def image():
    """Instructions of the last stage of the Dockerfile: [("USER", "10001:10001"), …]."""
    text = (DOCKER / "Dockerfile").read_text().replace("\\\n", "")
    lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    last = max(i for i, (word, _) in enumerate(lines) if word == "FROM")
    return [tuple(line) for line in lines[last:]]


def variables_of(image):
    return dict(pair.split("=", 1) for word, rest in image if word == "ENV" for pair in shlex.split(rest))


# ---- compose.yaml ----


def test_the_nodes_are_told_nothing_that_the_program_does_not_take(compose, image, home, tmp_path):
    (tmp_path / "docker").mkdir()
    script = tmp_path / "docker/secrets.sh"
    script.write_text((DOCKER / "secrets.sh").read_text())
    run_ok("sh", script)
    secrets = tmp_path / "docker/secrets"
    assert {file.name for file in secrets.iterdir()} == {
        os.path.basename(secret["file"]) for secret in compose["secrets"].values()
    }
    for name in ("a", "b", "init"):
        told = {**variables_of(image), **compose["services"][name]["environment"]}
        told = {key: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for key, value in told.items()}
        told = {key: value.replace("/run/secrets/", f"{secrets}/") for key, value in told.items()}
        done = home.cli("config", "check", env=told)
        assert done.returncode == 0, done.stderr


def test_secrets_are_made_once(tmp_path):
    script = tmp_path / "secrets.sh"
    script.write_text((DOCKER / "secrets.sh").read_text())
    run_ok("sh", script)
    before = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    run_ok("sh", script)
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == before


def test_everything_that_a_service_names_is_there(compose):
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", [])) <= set(services), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service.get("networks", [])) <= set(compose["networks"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DOCKER / source).exists() if source.startswith(".") else source in compose["volumes"], volume
        if "build" in service:
            assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).exists()
        waited_for = service.get("depends_on", {})
        for other in waited_for if isinstance(waited_for, dict) else []:
            assert "healthcheck" in services[other], f"{name} waits for {other} to be healthy"


def test_the_nodes_believe_haproxy_and_are_where_it_looks(compose, image):
    services = compose["services"]
    address = services["haproxy"]["networks"]["front"]["ipv4_address"]
    port = variables_of(image)["MUSTER_LISTEN"].rsplit(":", 1)[1]
    servers = re.findall(r'server (\w+) +"\$\{MUSTER_\w+-(\w+):(\d+)\}"', (DOCKER / "haproxy.cfg").read_text())
    assert servers == [("a", "a", port), ("b", "b", port)]
    for name, host, _ in servers:
        assert services[host]["environment"]["MUSTER_NODE"] == name
        assert services[host]["environment"]["MUSTER_TRUSTED_PROXIES"] == address
    assert ("EXPOSE", port) in image


# ---- Dockerfile ----


def test_the_image_has_every_library_of_the_program():
    wanted = run_ok(hubs.ROOT / "dev", "packages", "runtime").split()
    brought = re.findall(r"[a-z][a-z0-9.+-]+(?= \(|,|$)", run_ok("dpkg-query", "-W", "-f", "${Depends}, ", *wanted))
    needed = set(re.findall(r"NEEDED +(\S+)", run_ok("objdump", "-p", hubs.PROGRAM)))
    paths = dict(re.findall(r"(\S+) => (\S+)", run_ok("ldd", hubs.PROGRAM)))
    for library in needed:
        if re.match(r"lib(asan|tsan|ubsan)\.", library):
            continue
        owner = run_ok("dpkg-query", "-S", f"*/{os.path.basename(os.path.realpath(paths[library]))}").split(":")[0]
        assert owner in [*wanted, *brought], f"{library} is in {owner}"


def test_its_health_check_says_whether_the_hub_is_ready(image, hub):
    words = next(json.loads(rest[rest.index("CMD") + 3 :]) for word, rest in image if word == "HEALTHCHECK")
    assert "/8080" in words[-1]
    check = [*words[:-1], words[-1].replace("/8080", f"/{hub.port}")]
    run_ok(*check)
    nobody = [*words[:-1], words[-1].replace("/8080", f"/{free_port()}")]
    assert run(*nobody).returncode != 0


def test_what_stops_it_waits_for_it_to_drain(compose, image, home):
    drain_s = 10
    assert f"drain_ms = {drain_s}s" in home.cli("config", "show").stdout
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read_string((DOCKER / "muster.service").read_text())
    assert int(unit["Service"]["TimeoutStopSec"]) > drain_s
    for name in ("a", "b"):
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) > drain_s
    assert ("STOPSIGNAL", "SIGTERM") in image


# ---- muster.service ----


def test_the_unit_is_sound_and_closed(tmp_path):
    unit = tmp_path / "muster.service"
    unit.write_text((DOCKER / "muster.service").read_text().replace("/usr/local/bin/muster", hubs.PROGRAM))
    said = run("systemd-analyze", "verify", "--man=no", unit)
    assert "muster.service" not in said.stdout + said.stderr, said.stderr
    run_ok("systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", unit)
