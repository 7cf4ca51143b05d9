"""The table of README.md, of what the last full run of each scenario found."""

import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
README = HERE / "README.md"
RESULTS = HERE / "results"
BEGIN, END = "<!-- results: written by chaos.py -->\n", "<!-- end of results -->\n"
HEAD = (
    "scenario", "times", "on", "people", "acknowledged writes", "lost", "doubled", "leaked", "shown gone wrongly",
    "presence wrong at most", "recovery p50 / max",
)  # fmt: skip


def seconds(ms):
    return f"{ms / 1000:.1f} s"


def recoveries(figures):
    return "<br>".join(f"{name} {seconds(one['p50'])} / {seconds(one['max'])}" for name, one in figures["recovery ms"].items() if one["n"])


def cells(figures):
    wrong = [figures[name].get("max", 0) for name in ("presence wrong ms", "presence wrong ms, while something is broken")]
    counts = [figures[name] for name in ("lost", "doubled", "leaked", "shown gone wrongly")]
    return [
        figures["scenario"], figures["times"], figures["when"][:10], figures["people"], figures["writes"]["acknowledged"], *counts,
        seconds(max(wrong)), recoveries(figures),
    ]  # fmt: skip


def line(values):
    return "| " + " | ".join(str(value) for value in values) + " |\n"


def table(directory=RESULTS):
    rows = [cells(json.loads(path.read_text())) for path in sorted(directory.glob("*.json"))]
    return line(HEAD) + line(["---"] * len(HEAD)) + "".join(map(line, rows))


def replaced(text):
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


def write():
    README.write_text(replaced(README.read_text()))
