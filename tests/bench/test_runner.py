#!/usr/bin/env python3
"""A bench goes on when a server of somebody else's fails, and says so; when one of ours does, it ends."""
import unittest
from types import SimpleNamespace
from xml.etree import ElementTree

from harness import chart, readme, report, summary
from harness.figures import Figure, Variant
from harness.runner import Runner
from harness.servers import Failed

FIGURE = Figure("P1", "Speed", "fanout", "speed", "per second", True, (Variant("small", ()), Variant("large", ())),
                also=("p99_ms",))
BUSY = {"loadgen_cpu_s": 1, "wall_s": 2, "loadgen_core_busy": 0.5, "server_core_busy": 0.5, "foreign_share": 0}


class Fake:
    """Gives a speed each time it is asked, or fails."""

    def __init__(self, name, *outcomes, ours=False):
        self.name = self.title = name
        self.ours, self.peer = ours, not ours
        self.outcomes = list(outcomes)

    def start(self, *_):
        """Nothing to start."""

    def stop(self):
        """Nor to stop."""

    def afterwards(self):
        return {}

    def generate(self):
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return {**BUSY, "speed": outcome, "p99_ms": 1}


class Dry(Runner):
    def generate(self, figure, variant, server):
        return server.generate()


def take(*servers, rounds=2):
    """What is shown of a figure."""
    figure = summary.summarize(FIGURE, *Dry(SimpleNamespace(rounds=rounds, quick=True),
                                            {server.name: server for server in servers}).run(FIGURE))
    return {**figure, "rounds": rounds, "servers": {server.name: {"title": server.title} for server in servers}}


def titles(figure):
    return {name: server["title"] for name, server in figure["servers"].items()}


class TheRunner(unittest.TestCase):
    def test_goes_on_with_the_others(self):
        figure = take(Fake("muster", 8, 8, 8, 8, ours=True), Fake("late", 4, Failed("answers 500\nand more"), 4),
                      Fake("never", OSError("is away"), 2, 2))
        small, large = figure["variants"]["small"], figure["variants"]["large"]
        self.assertEqual([small[name]["rounds"] for name in ("muster", "late", "never")], [2, 2, 0])
        self.assertEqual((large["late"]["rounds"], large["late"]["median"]), (0, None))
        self.assertEqual(large["late"]["remarks"], ["failed in round 1: answers 500"])
        self.assertEqual(small["never"]["remarks"], ["failed in round 1: is away"])
        self.assertEqual((large["never"]["rounds"], large["never"]["muster_is_better_by"]), (2, 4))

    def test_keeps_what_there_was_before_it_failed(self):
        figure = take(Fake("muster", 8, 8, 8, 8, ours=True), Fake("late", 4, 4, TimeoutError(), 4))
        row = figure["variants"]["small"]["late"]
        self.assertEqual((row["rounds"], row["median"], row["remarks"]), (1, 4, ["failed in round 2: TimeoutError()"]))

    def test_shows_it_wherever_results_are_shown(self):
        figure = take(Fake("muster", 8, 8, ours=True), Fake("never", Failed("answers 500"), Failed("is away")), rounds=1)
        self.assertIn("| never | **–** | – – – | – | – | – | – | – | failed in round 1: answers 500 |",
                      report.table(figure, titles(figure)))
        self.assertTrue(all("never failed" in line for line in readme.rows("P1", figure)))
        self.assertTrue(all("×" not in line for line in readme.rows("P1", figure)))
        drawn = ElementTree.fromstring(chart.svg("P1", figure, titles(figure), ""))
        self.assertNotIn("never", [element.text for element in drawn.iter()])

    def test_tells_in_the_readme_what_was_amiss(self):
        """And says how many times better we are only of those with nothing amiss in the result itself."""
        figure = take(Fake("muster", 8, 8, 8, 8, ours=True), Fake("late", 4, 4, TimeoutError(), 4), Fake("whole", 4, 4, 4, 4))
        line = next(readme.rows("P1", figure))
        self.assertIn("late 4 [1 of 2 rounds; failed in round 2: TimeoutError()]", line)
        self.assertIn("whole 4 (× 2)", line)
        figure["variants"]["small"]["whole"]["remarks"].append(summary.MISSED)
        self.assertIn(f"whole 4 [{summary.MISSED}]", next(readme.rows("P1", figure)))
        figure["variants"]["small"]["whole"]["remarks"] = ["disturbed"]
        self.assertIn("whole 4 (× 2) [disturbed]", next(readme.rows("P1", figure)))

    def test_ends_when_one_of_ours_fails(self):
        with self.assertRaises(Failed):
            take(Fake("muster", 8, Failed("is gone"), ours=True), Fake("peer", 4, 4))


if __name__ == "__main__":
    unittest.main()
