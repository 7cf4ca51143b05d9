"""One process of the day: some of the people, or the platform. Told what to do on standard input, one word a line.

    player.py SPEC.json

The words are go, rest, list and end; it answers ready, quiet, listed and done.
"""

import asyncio
import contextlib
import gc
import json
import pathlib
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "integration"), str(TESTS / "tools")]

from jobs import Jobs
from journal import Journal
from people import EXPECTED, Agent, Boss, Picker
from plan import Plan
from platform_side import Platform
from wire import Gone

KINDS = {"clerk": Agent, "picker": Picker, "captain": Picker, "boss": Boss}
LIST_TRIES = 50
PATIENCE_SECONDS = 60


class Office(Jobs):
    """What the people of this process share."""

    def __init__(self, spec):
        self.plan = Plan(**spec["plan"])
        self.port = spec["port"]
        self.key = spec["key"]
        self.signing_key = spec["signing_key"]
        self.handle_seconds = self.plan.handle_seconds()
        self.journal = Journal()
        super().__init__(self.journal.complaints)
        self.resting = False  # nobody does anything any more, but listens
        self.began = time.monotonic()

    def second(self):
        return time.monotonic() - self.began

    def note_refusal(self, method, refused):
        self.journal.refuse(method, refused.kind)
        if refused.kind not in EXPECTED:
            self.journal.complaints.append(f"{method}: {refused}")
        if refused.present is not None:
            self.journal.presents.append(refused.present)


def say(word):
    print(word, flush=True)


async def list_all(people):
    """What everybody can see in the end. Somebody may be on the way back in."""
    for one in people:
        for _ in range(LIST_TRIES):
            with contextlib.suppress(Gone):
                await asyncio.wait_for(one.there.wait(), PATIENCE_SECONDS)
                await one.write_end()
                break


async def play(office, spec):
    mine = [one for number, one in enumerate(office.plan.people()) if number % spec["parts"] == spec["part"]]
    people = [KINDS[one.role](office, one) for one in mine]
    platform = Platform(office) if spec["platform"] else None
    for one in people:
        office.spawn(one.live())
    await asyncio.wait_for(asyncio.gather(*(one.there.wait() for one in people)), PATIENCE_SECONDS)
    say("ready")
    await follow(office, spec, people, platform)


async def follow(office, spec, people, platform):
    """Do what is said until there is nothing more to hear; until then everybody stays signed in."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while word := (await reader.readline()).decode().strip():
        if word == "go":
            office.began = time.monotonic()
            for one in people:
                for job in one.jobs():
                    office.spawn(job)
            if platform:
                office.spawn(platform.administer())
                office.spawn(platform.put_all()).add_done_callback(lambda _: say("quiet"))
        elif word == "rest":
            office.resting = True
        elif word == "list":
            await list_all(people)
            say("listed")
        elif word == "end":
            office.journal.save(spec["journal"])
            say("done")


def main():
    gc.disable()  # what is heard is kept
    spec = json.loads(pathlib.Path(sys.argv[1]).read_text())
    asyncio.run(play(Office(spec), spec))


main()
