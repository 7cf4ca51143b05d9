"""Each scenario in short, under the sanitizers; ./dev chaos plays them at length."""

import random

import pytest

import scenarios


@pytest.mark.parametrize("name", [name for name, one in scenarios.SCENARIOS.items() if one.nodes == 1])
def test_nothing_is_lost(name, tmp_path):
    scenario = scenarios.SCENARIOS[name]
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"{name}, seed {seed}")  # ./dev chaos --short --seed plays it again
    evidence = scenarios.run(scenario, tmp_path, seed, scenario.short_times, short=True)
    verdict = scenarios.check(evidence)
    assert not verdict.findings, f"seed {seed}: {verdict}"
    # Of all that is proved, there was something to prove.
    assert verdict.figures["faults"] >= scenario.short_times
    assert verdict.figures["told"] > 100 and verdict.figures["writes"]["acknowledged"] > 20
