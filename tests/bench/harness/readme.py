"""The results that are kept, and the table that README.md has of them.

Each figure is kept with the day, the machine and the commit that it was taken on: a later run of some figures leaves
the others as they are.
"""
import json

from harness import chart
from harness.report import number
from harness.summary import MISSED, NOT_BACK, UNNOTICED

BEGIN = "<!-- bench: written by ./dev bench --readme, from the kept results -->"
END = "<!-- bench end -->"
WHERE = "tests/bench/kept"
SPOILED = {MISSED, NOT_BACK, UNNOTICED}


def keep(root, out):
    """Takes a run's results over."""
    kept = root / WHERE
    kept.mkdir(exist_ok=True)
    path = kept / "results.json"
    figures = json.loads(path.read_text()) if path.exists() else {}
    results = json.loads((out / "results.json").read_text())
    for key, figure in results["figures"].items():
        for servers in figure["variants"].values():
            for row in servers.values():
                del row["runs"]
        figures[key] = {**figure, "date": results["date"], "machine": results["machine"], "commit": results["commit"],
                        "rounds": results["rounds"], "users": results["users"], "absent": results["absent"],
                        "muster_settings": results["muster_settings"],
                        "servers": {name: results["servers"][name] for servers in figure["variants"].values()
                                    for name in servers}}
    path.write_text(json.dumps(figures, indent=1) + "\n")


def machine_line(figure):
    machine = figure["machine"]
    return (f"{figure['date'][:10]}, {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux "
            f"{machine['kernel']}, commit {figure['commit']}, median of {figure['rounds']}{settings(figure)}")


def settings(figure):
    chosen = [f"{name}={value}" for name, value in figure["muster_settings"].items()]
    return f", with {' '.join(chosen)}" if chosen else ""


def cell(row, rounds, title=""):
    """What a server reached, and what must be known of it; how many times better we are only where nothing was amiss."""
    if not row["rounds"]:
        return f"{title} failed".strip()
    whole = row["rounds"] == rounds
    known = [*([] if whole else [f"{row['rounds']} of {rounds} rounds"]), *row["remarks"]]
    sound = whole and not SPOILED & set(row["remarks"])
    better = row["muster_is_better_by"]
    value = number(row["median"]) if title else f"**{number(row['median'])}**"
    remark = f" [{'; '.join(known)}]" if known else ""
    ratio = f" (× {number(better)})" if better is not None and sound else ""
    return f"{title} {value}{ratio}{remark}".strip()


def titles_of(figure):
    return {name: server["title"] for name, server in figure["servers"].items()}


def rows(key, figure):
    """One line per variant: ours, then each other with how many times better we are."""
    titles = titles_of(figure)
    for label, servers in figure["variants"].items():
        own = [cell(row, figure["rounds"], titles[name] if index else "")
               for index, (name, row) in enumerate((name, row) for name, row in servers.items() if name.startswith("muster"))]
        others = [cell(row, figure["rounds"], titles[name]) for name, row in servers.items() if not name.startswith("muster")]
        yield (f"| [{key}]({WHERE}/{key.lower()}.svg) | {figure['title']}, {label}: {figure['unit']} | {', '.join(own)} "
               f"| {', '.join(others) or '–'} |")


def table(figures):
    lines = ["| | what | Muster | others (× how many times better Muster is) |", "|---|---|---|---|"]
    for key in sorted(figures, key=order):
        lines += rows(key, figures[key])
    taken = {}
    for key in sorted(figures, key=order):
        taken.setdefault(machine_line(figures[key]), []).append(key)
    lines += ["", *(f"{', '.join(keys)}: {line}.  " for line, keys in taken.items())]
    absent = {name: why for key in sorted(figures, key=order) for name, why in figures[key]["absent"].items()}
    if absent:
        lines.append("Not measured: " + "; ".join(f"{name} ({why})" for name, why in absent.items()) + ".  ")
    lines.append("[What is compared, and how](tests/bench/README.md#what-is-compared).")
    return "\n".join(lines)


def order(key):
    name, _, rest = key.partition("-")
    return name[0], int(name[1:]), rest


def write(root):
    """Draws the charts, and puts the table between its markers."""
    path = root / WHERE / "results.json"
    if not path.exists():
        raise SystemExit("bench: no results are kept; take some with ./dev bench --keep")
    readme = root / "README.md"
    text = readme.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"bench: README.md has no place for the table, from {BEGIN} to {END}")
    figures = json.loads(path.read_text())
    for key, figure in figures.items():
        chart.draw(path.parent, key, figure, titles_of(figure), figure)
    readme.write_text(before + begin + "\n" + table(figures) + "\n" + end + after)
    print("the table of README.md and its charts are written")
    return 0
