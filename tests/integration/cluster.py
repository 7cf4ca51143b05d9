"""Several hubs that are one: the same log in PostgreSQL, the same Redis, clients spread over all of them."""

import copy
import itertools
import json
import pathlib
import secrets
import subprocess

import hub as hubs

TOOLS = hubs.ROOT / "tests/tools"


class Server:
    """A server of the tests' own, looked after by a script of tests/tools."""

    def __init__(self, script, note):
        self.script = TOOLS / script
        self.note = str(note)
        self.does("start")

    def does(self, what):
        subprocess.run([self.script, what, self.note], check=True, timeout=hubs.TIMEOUT * 6)

    def noted(self):
        return pathlib.Path(self.note).read_text().strip()


class Postgres(Server):
    def __init__(self, directory):
        super().__init__("postgres.sh", directory / "postgres")

    def url(self, database="muster"):
        return f"postgres://muster@/{database}?host={self.noted()}"

    def sql(self, statement, database="muster"):
        """What a statement answers, a line per row."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url(database), "-c", statement],
            check=True, capture_output=True, text=True, timeout=hubs.TIMEOUT,
        )  # fmt: skip
        return done.stdout.splitlines()


class Redis(Server):
    def __init__(self, directory):
        super().__init__("redis.sh", directory / "redis")

    PASSWORD = "sesame"

    def url(self, user=""):
        return f"redis://{user and user + ':' + self.PASSWORD + '@'}127.0.0.1:{self.noted()}"

    def tell(self, *words):
        done = subprocess.run(
            ["redis-cli", "-e", "-p", self.noted(), *words], check=True, capture_output=True, text=True, timeout=hubs.TIMEOUT
        )
        return done.stdout.strip()

    def admit(self, user):
        """A user of the server who may be shut out."""
        self.tell("ACL", "SETUSER", user, "on", ">" + self.PASSWORD, "~*", "&*", "+@all")

    def shut_out(self, user):
        self.tell("ACL", "SETUSER", user, "off")
        self.tell("CLIENT", "KILL", "USER", user)


class Cluster:
    """Nodes a, b, … of one workspace acme (and globex), with the people of the usual template."""

    numbers = itertools.count()

    def __init__(self, directory, postgres, redis, seed, nodes=2, **options):
        self.directory = pathlib.Path(directory)
        self.postgres = postgres
        self.database = f"cluster{next(self.numbers)}"
        postgres.sql(f"CREATE DATABASE {self.database} TEMPLATE {seed.database}")
        self.secrets = copy.deepcopy(seed.secrets)
        self.key = self.directory / "cluster.key"
        self.key.write_text(secrets.token_hex(32))
        self.options = {
            "store": postgres.url(self.database),
            "bus": redis.url(),
            "cluster_key_file": self.key,
            **options,
        }
        self.nodes = []
        for name in "abcdefgh"[:nodes]:
            self.add(name)

    def add(self, name, **options):
        """One more node, started."""
        home = self.directory / f"node-{name}"
        home.mkdir()
        one = hubs.Hub(home / "data", home / "reports", self.secrets, {**self.options, "node": name, **options})
        self.nodes.append(one)
        return one.start()

    def together(self):
        """Until every node knows all the others."""
        for one in self.nodes:
            for other in self.nodes:
                if other is not one and other.alive():
                    one.log.wait(lambda line, other=other: f"a node is there node={other.options['node']}" in line)
        return self

    def transitions(self, user, workspace="acme"):
        """The changes of a person's visible status as the log has them."""
        rows = self.postgres.sql(
            "SELECT payload FROM muster.event JOIN muster.workspace ON workspace.key = event.workspace"
            f" WHERE workspace.id = '{workspace}' AND type = 'presence.changed' ORDER BY event.seq",
            self.database,
        )
        return [change for change in map(json.loads, rows) if change["user"] == user]

    def finish(self):
        for one in self.nodes:
            print(one.log.tail())
        for one in self.nodes:
            one.finish()


class Seed:
    """A database with the people of the usual template, which clusters are copied from."""

    database = "seed"

    def __init__(self, directory, postgres):
        postgres.sql(f"CREATE DATABASE {self.database}")
        self.secrets = hubs.make_template(directory, store=postgres.url(self.database))[1]
