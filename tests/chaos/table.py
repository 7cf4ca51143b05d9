"""The tables of README.md, of what the last full run of each scenario found."""

import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
README = HERE / "README.md"
RESULTS = HERE / "results"
BEGIN, END = "<!-- results: written by chaos.py -->\n", "<!-- end of results -->\n"
FOUND = (
    "scenario", "times", "on", "commit", "people", "acknowledged writes", "refused", "of these kept", "lost", "doubled", "leaked",
    "shown gone wrongly", "of that without the bus",
)  # fmt: skip
TIMES = ("scenario", "what", "number", "p50", "p99", "at most")
LAGS = ("presence wrong ms", "delivery ms", "rights ms")
WHEN = {"": "nothing is broken", ", while something is broken": "while something is broken", ", without bus": "without the bus"}


def line(values):
    return "| " + " | ".join(str(value) for value in values) + " |\n"


def found(figures):
    writes = {what: n for what, n in figures["writes"].items() if what not in ("acknowledged", "unknown")}
    without_bus = figures["shown gone wrongly, without bus"]
    return [
        figures["scenario"], figures["times"], figures["when"][:10], figures.get("commit", ""), figures["people"],
        figures["writes"]["acknowledged"], sum(writes.values()), figures["kept though refused"], figures["lost"], figures["doubled"],
        figures["leaked"], figures["shown gone wrongly"] + without_bus, without_bus,
    ]  # fmt: skip


def times(figures):
    """Every measured time, a row each: how long something was wrong, took to arrive, or to be well again."""
    named = [
        (f"{lag.removesuffix(' ms')}, {said}", figures[lag + when]) for lag in LAGS for when, said in WHEN.items() if lag + when in figures
    ]
    named += figures["recovery ms"].items()
    for what, spread in named:
        if spread["n"]:
            yield [figures["scenario"], what, spread["n"], *(f"{spread[name] / 1000:.2f} s" for name in ("p50", "p99", "max"))]


def table(head, rows):
    return line(head) + line(["---"] * len(head)) + "".join(map(line, rows))


def tables(directory=RESULTS):
    kept = [json.loads(path.read_text()) for path in sorted(directory.glob("*.json"))]
    return table(FOUND, map(found, kept)) + "\n" + table(TIMES, [row for figures in kept for row in times(figures)])


def replaced(text):
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + tables() + "\n" + END + rest.split(END)[1]


def write():
    README.write_text(replaced(README.read_text()))
