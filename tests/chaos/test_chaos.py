"""Each scenario in short, under the sanitizers; ./dev chaos plays them at length."""

import random

import pytest

import scenarios


# Left out here, and played by ./dev chaos: what breaks many things for long.
NAMES = [name for name in scenarios.SCENARIOS if name not in ("store", "mixed")]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost(name, tmp_path):
    scenario = scenarios.SCENARIOS[name]
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"{name}, seed {seed}")  # ./dev chaos --short --seed plays it again
    evidence = scenarios.run(scenario, tmp_path, seed, scenario.short_times, short=True)
    verdict = scenarios.check(evidence)
    assert not verdict.findings, f"seed {seed}: {verdict}"
    # Of all that is proved, there was something to prove.
    assert verdict.figures["faults"] >= (scenario.short_times if name not in ("roll", "rights") else 0)
    assert verdict.figures["told"] > 100 and verdict.figures["writes"]["acknowledged"] > 20
