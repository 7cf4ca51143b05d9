"""The table for people: results.md."""

from pathlib import Path

INTRO = """# Measured against others

{date}, {machine}. {rounds} alternating round{s}{quick}; the
figure is the median of the rounds, the range is their lowest and highest. Server on one core, load generator on the other;
server time is user and system time of all its processes and threads. The generator's share is its own CPU time per second of the
run, its core's the whole of that core. **client-bound**: the generator's core was over 90 % busy, so the server could have done
more per second (its CPU per unit still counts). **disturbed**: other processes took over 10 % of the two cores. The ratio says
how many times better Muster was, as the median of the ratios of each round.
"""

README = Path(__file__).resolve().parents[1] / "README.md"
COMPARED = "## What is compared\n"


def notes():
    """As the README of the benches says it."""
    _, found, text = README.read_text().partition(COMPARED)
    if not found:
        raise SystemExit(f"bench: {README.name} doesn't say what is compared")
    return "\n" + found + text


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share):
    return "–" if share is None else f"{100 * share:.0f} %"


def table(figure, titles):
    also = figure["also"]
    head = ["", figure["unit"], "range", *(key.replace("_", " ") for key in also), "Muster is better by", "generator's share",
            "its core", "server's core", ""]
    lines = []
    for label, servers in figure["variants"].items():
        lines += [f"\n{label}\n", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for name, row in servers.items():
            ratio = row["muster_is_better_by"]
            cells = [titles[name], f"**{number(row['median'])}**", f"{number(row['min'])} – {number(row['max'])}",
                     *(number(row[key]) for key in also), "–" if ratio is None else f"× {number(ratio)}",
                     percent(row["loadgen_cpu_share"]), percent(row["loadgen_core_busy"]), percent(row["server_core_busy"]),
                     ", ".join(row["remarks"])]
            lines.append("| " + " | ".join(cells) + " |")
    if figure["growth"]:
        shown = ", ".join(f"{titles[name]} n^{value:.2f}" for name, value in figure["growth"]["exponents"].items())
        lines.append(f"\n{figure['growth']['of'].replace('_', ' ')} grows with {shown}.")
    return "\n".join(lines)


def markdown(results):
    titles = {name: server["title"] for name, server in results["servers"].items()}
    machine = results["machine"]
    parts = [INTRO.format(date=results["date"], rounds=results["rounds"], s="" if results["rounds"] == 1 else "s",
                          quick=", **shortened: not for publication**" if results["quick"] else "",
                          machine=f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
                                  f"Linux {machine['kernel']}")]
    parts.append("\n".join(f"- {server['title']}: {server['version']}" for server in results["servers"].values()))
    if results["absent"]:
        parts.append("Not measured: " + "; ".join(f"{name} ({why})" for name, why in results["absent"].items()) + ".")
    for key, figure in results["figures"].items():
        parts.append(f"## {key}: {figure['title']}\n\n![{key}]({key.lower()}.svg)\n" + table(figure, titles))
    return "\n\n".join(parts) + "\n" + notes()
