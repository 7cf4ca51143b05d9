"""The table for people: results.md."""

from harness.servers import PING_SECONDS

INTRO = """# Measured against others

{date}, {machine}. {rounds} alternating round{s}{quick}; the
figure is the median of the rounds, the range is their lowest and highest. Server on one core, load generator on the other; server time is user and system time of all its processes and
threads. The generator's share is its own CPU time per second of the run, its core's the whole of that core. **client-bound**:
the generator's core was over 90 % busy, so the server could have done more per second (its CPU per unit still counts).
**disturbed**: other processes took over 10 % of the two cores. The ratio says how many times better Muster was, as the median of
the ratios of each round.
"""

NOTES = """
## What is compared

- Every server gets the same connections, messages of the same size and pings at the same interval; permessage-deflate is off.
- The peers are bare: they pass on messages and neither check a signature, nor know users, permissions or presence. Muster does
  all of it in these figures. Centrifugo checks tokens, too. For P3 and P4 a peer's watcher gets a broadcast of the size of
  Muster's presence difference, for P5 a fixed text of the size of Muster's snapshot.
- nchan takes its token in the handshake and sends the stored message of a channel as the snapshot.
- For P4 there are two nodes of each server and a Redis of their own, and for Muster also a PostgreSQL that commits each change;
  all of them share the server core. Half of the watchers are at each node, and all who toggle are at node A: the figure and
  p50 are of the watchers at node B, those at A have columns of their own. The server's CPU share is that of its two nodes.
- For P8 no peer has anything alike. What Muster's store does by itself, one event in each durable commit or as many as Muster
  had in its own (events per commit, from its metrics), shows what the group commit is worth and what the rest of the hub costs.
  p50 and p99 of Muster are from sending a command to its answer at half of the rate, those of the store of one commit; P8-rate
  is the same at rates that were fixed beforehand. PostgreSQL shares the server core; a CPU share is that of this core.
- P6: nobody but the lost sessions' people are in the storm; a fifth of the people stay, ask something all the time (a command
  that changes nothing; the peers echo a byte) and watch whether anybody is shown as gone. 20 messages are published while the
  sessions are away. The bare servers know nothing of resuming: what their clients missed is lost. Growth of memory is the peak's.
- Centrifugo's frames hold one message or several; each counts as a frame. For P5 the channel's last message is the snapshot, for
  P6 it keeps what is missed in memory.
- P7: each change is a status with a note, and a message of the same size for the peers, who send it on as it comes. CPU without
  bytes is the server's, less what the bytes cost when they are sent to the same watchers in few long messages.
- P10: workspaces are read when somebody first asks for them; the first answer of each is measured one after the other.
- R4: Muster as it is by default; the others ping every {ping} s as in all figures here. R6: what one may leave unread is set to
  64 KiB for long and 256 KiB at once; the peers have no such limit, or one that isn't reached. The messages are ephemeral, so
  Muster leaves out what a slow reader has no room for, and says so to them when they read again.
- P2 is proportional set size; the Node.js servers collect their garbage before both readings.
"""


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
    return "\n\n".join(parts) + "\n" + NOTES.format(ping=PING_SECONDS)
