#!/usr/bin/env python3
"""The fit finds what made the numbers, and how sure of it one may be."""
import random
import unittest

from harness.capacity.fit import BASE, fit

CAUSES = {"a": lambda run: run["a"], "b": lambda run: run["b"]}


def runs(chance=None):
    """5 for being there, 3 for each a, 0.002 for each b; with `chance`, noise of 1."""
    return [
        {"a": a, "b": b, "used": 5 + 3 * a + 0.002 * b + (chance.gauss(0, 1) if chance else 0)}
        for a in (1, 5, 10) for b in (1000, 20_000, 100_000)
    ]


class TheFit(unittest.TestCase):
    def found(self, made):
        return fit(made, lambda run: run["used"], CAUSES)

    def test_finds_what_made_the_numbers(self):
        found = self.found(runs())
        for name, value in ((BASE, 5), ("a", 3), ("b", 0.002)):
            self.assertAlmostEqual(found[name].value, value, places=9)
            self.assertLess(found[name].error, 1e-9)
        self.assertAlmostEqual(found.r2, 1)

    def test_is_as_sure_as_it_may_be(self):
        chance = random.Random(1)
        off = [(self.found(runs(chance))["a"]) for _ in range(500)]
        within = sum(abs(cost.value - 3) < 2 * cost.error for cost in off) / len(off)
        self.assertTrue(0.87 < within < 0.94, within)  # two standard errors, six degrees of freedom: 91 %

    def test_refuses_causes_that_go_together(self):
        same = [{"a": n, "b": n, "used": n} for n in range(5)]
        with self.assertRaises(ValueError):
            self.found(same)


if __name__ == "__main__":
    unittest.main()
