"""Least squares: what each cause costs, given how much there was of it and what was used, with standard errors."""
import math
from dataclasses import dataclass

BASE = "base"  # what is used when there is nothing of any cause


@dataclass(frozen=True)
class Cost:
    value: float
    error: float  # one standard error

    def __sub__(self, other):
        return Cost(self.value - other.value, math.hypot(self.error, other.error))


@dataclass(frozen=True)
class Fit:
    costs: dict  # cause → Cost
    r2: float
    runs: int

    def __getitem__(self, cause):
        return self.costs[cause]


def inverse(matrix):
    """By elimination, with the largest pivot."""
    size = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda i: abs(rows[i][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        if rows[column][column] == 0:
            raise ValueError("the causes can't be told apart")
        rows[column] = [cell / rows[column][column] for cell in rows[column]]
        for i in range(size):
            if i != column:
                rows[i] = [a - rows[i][column] * b for a, b in zip(rows[i], rows[column])]
    return [row[size:] for row in rows]


def fit(runs, used, causes):
    """`used` and each cause are functions of a run; `causes` maps names to them."""
    names = [BASE, *causes]
    x = [[1.0, *(cause(run) for cause in causes.values())] for run in runs]
    y = [used(run) for run in runs]
    # Columns of about the same size, so that the sums lose nothing.
    scale = [max(abs(row[i]) for row in x) or 1.0 for i in range(len(names))]
    x = [[cell / s for cell, s in zip(row, scale)] for row in x]
    span = range(len(names))
    inverted = inverse([[sum(row[i] * row[j] for row in x) for j in span] for i in span])
    right = [sum(row[i] * value for row, value in zip(x, y)) for i in span]
    slopes = [sum(inverted[i][j] * right[j] for j in span) for i in span]
    left = sum((value - sum(a * b for a, b in zip(row, slopes))) ** 2 for row, value in zip(x, y))
    mean = sum(y) / len(y)
    whole = sum((value - mean) ** 2 for value in y)
    spread = left / (len(y) - len(names)) if len(y) > len(names) else math.inf
    costs = {name: Cost(slopes[i] / scale[i], math.sqrt(spread * inverted[i][i]) / scale[i]) for i, name in enumerate(names)}
    return Fit(costs, 1 - left / whole if whole else 1.0, len(y))
