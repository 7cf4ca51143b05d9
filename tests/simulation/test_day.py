"""A whole working day through the real hub, under the sanitizers: 200 agents, 20,000 conversations, three kills."""

import random

from day import run
from plan import Plan


def test_a_working_day(tmp_path):
    seed = random.SystemRandom().randrange(1_000_000)  # printed first; ./dev simulate --seed plays it again
    verdict = run(Plan(seed, agents=200, conversations=20_000, seconds=36, kills=3), tmp_path)
    assert not verdict.faults, str(verdict)
    counts = verdict.counts
    assert counts["conversations"] == 20_000
    # Of all that is proved, there was something to prove.
    assert counts["automatic"] > 10_000 and counts["compared"] > 10_000 and counts["told"] > 100_000
    assert counts["by force"] and counts["looks"]
