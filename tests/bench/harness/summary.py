"""From the results of the rounds to what is shown: medians, spreads, ratios and warnings."""
from math import log
from statistics import median

BUSY = 0.90
DISTURBED = 0.10
MISSED = "messages missed"
NOT_BACK = "not all came back"
UNNOTICED = "not all were noticed"


def values(runs, key, scale=1.0):
    return [run[key] * scale for run in runs]


def advantage(figure, ours, theirs):
    """How many times better ours is than theirs, round by round, and the median of that."""
    ratios = []
    for our_run, their_run in zip(ours, theirs):
        a, b = our_run[figure.metric], their_run[figure.metric]
        if min(a, b) > 0:
            ratios.append(a / b if figure.higher_is_better else b / a)
    return median(ratios) if ratios else None


def server_share(run):
    """Of the server core, the databases behind the server included."""
    return run["server_cpu_share"] + run.get("redis_cpu_share", 0) + run.get("postgres_cpu_share", 0)


def remarks(figure, runs):
    """What a reader must know about these runs."""
    found = []
    if median(values(runs, "loadgen_core_busy")) > BUSY:
        found.append("client-bound")
    if figure.mode == "toggle" and median(map(server_share, runs)) > 0.97:
        found.append("server saturated")
    if any(run.get("received") != run.get("expected") for run in runs):
        found.append(MISSED)
    if any(run.get("back") != run.get("sessions") for run in runs if "back" in run):
        found.append(NOT_BACK)
    if any(run.get("noticed") != run.get("sessions") for run in runs if "noticed" in run):
        found.append(UNNOTICED)
    if median(values(runs, "foreign_share")) > DISTURBED:
        found.append("disturbed")
    return found


def summarize_server(figure, runs, our_runs):
    taken = values(runs, figure.metric, figure.scale)
    summary = {
        "median": median(taken),
        "min": min(taken),
        "max": max(taken),
        "rounds": len(taken),
        "loadgen_cpu_share": median(run["loadgen_cpu_s"] / run["wall_s"] for run in runs),
        "loadgen_core_busy": median(values(runs, "loadgen_core_busy")),
        "server_core_busy": median(values(runs, "server_core_busy")),
        "foreign_share": median(values(runs, "foreign_share")),
        "remarks": remarks(figure, runs),
        "muster_is_better_by": advantage(figure, our_runs, runs) if our_runs else None,
        "runs": runs,
    }
    summary.update({key: median(values(runs, key)) if key in runs[0] else None for key in figure.also})
    return summary


def without_runs(figure, why):
    """Of a server that failed before it gave any."""
    numbers = ("median", "min", "max", "loadgen_cpu_share", "loadgen_core_busy", "server_core_busy", "foreign_share",
               "muster_is_better_by", *figure.also)
    return {**dict.fromkeys(numbers), "rounds": 0, "remarks": [why], "runs": []}


def growth(figure, summaries):
    """{server: exponent}: with which power of the size it grows from the smallest variant to the largest."""
    first, last = figure.variants[0], figure.variants[-1]
    found = {}
    for name, small in summaries[first.label].items():
        large = summaries[last.label].get(name)
        if large and min(small[figure.growth] or 0, large[figure.growth] or 0) > 0:
            found[name] = log(large[figure.growth] / small[figure.growth]) / log(last.size / first.size)
    return found


def summarize(figure, results, failures):
    """{variant: {server: summary}} of one figure."""
    summaries = {}
    for label, servers in results.items():
        ours = servers.get(figure.subjects[0])
        summaries[label] = {name: summarize_server(figure, runs, None if name.startswith("muster") else ours)
                            for name, runs in servers.items() if runs}
        for name, why in failures[label].items():
            if name in summaries[label]:
                summaries[label][name]["remarks"].append(why)
            else:
                summaries[label][name] = without_runs(figure, why)
    return {
        "title": figure.title,
        "unit": figure.unit,
        "metric": figure.metric,
        "higher_is_better": figure.higher_is_better,
        "also": list(figure.also),
        "growth": {"of": figure.growth, "exponents": growth(figure, summaries)} if figure.growth else None,
        "variants": summaries,
    }
