"""Fixtures: hubs of one's own, hubs that do as told, and programs that go on running."""

import copy

import pytest

import cluster
import fake_hub
import hub as hubs
import program


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    return hubs.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def make_hub(template, tmp_path):
    """A function that starts a hub on a copy of the template: make_hub(linger_ms=50)."""
    yield from hub_maker(template, tmp_path)


@pytest.fixture(scope="module")
def make_shared_hub(template, tmp_path_factory):
    yield from hub_maker(template, tmp_path_factory.mktemp("shared"))


def hub_maker(template, directory):
    data, secrets = template
    made = []

    def make(start=True, **options):
        home = directory / f"hub{len(made)}"
        home.mkdir()
        one = hubs.Hub(hubs.copy_template(data, home / "data"), home / "reports", copy.deepcopy(secrets), options)
        made.append(one)
        return one.start() if start else one

    yield make
    for one in made:
        print(one.log.tail())
        one.finish()


@pytest.fixture
def hub(make_hub):
    """One hub with the usual options."""
    return make_hub()


@pytest.fixture
def home(make_hub):
    """Where programs of a test that needs no real hub leave their reports."""
    return make_hub(start=False)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    one = cluster.Postgres(tmp_path_factory.mktemp("postgres"))
    yield one
    one.does("stop")


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    one = cluster.Redis(tmp_path_factory.mktemp("redis"))
    yield one
    one.does("stop")


@pytest.fixture(scope="session")
def seed(tmp_path_factory, postgres):
    return cluster.Seed(tmp_path_factory.mktemp("seed"), postgres)


@pytest.fixture
def make_cluster(tmp_path, postgres, redis, seed):
    """A function that starts nodes on one log: make_cluster(nodes=3, linger_ms=50)."""
    made = []

    def make(**options):
        home = tmp_path / f"cluster{len(made)}"
        home.mkdir()
        made.append(cluster.Cluster(home, postgres, redis, seed, **options))
        return made[-1].together()

    yield make
    for one in made:
        one.finish()


@pytest.fixture
def run(tmp_path):
    """run(hub, "tail", …): a program that goes on running, to the end of the test at most."""
    programs = []

    def start(hub, *words, kind=program.Program, env=None, **options):
        one = kind(words, hub.environment(env), tmp_path / f"program{len(programs)}", **options)
        programs.append(one)
        return one

    yield start
    for one in programs:
        one.finish()


@pytest.fixture
def fake():
    """A hub that does what the test tells it."""
    one = fake_hub.FakeHub()
    yield one
    one.finish()
