"""One SVG bar chart per figure: a panel per variant, a bar per server, a whisker from the lowest to the highest round."""
from html import escape

WIDTH = 880
LABEL = 270  # as wide as the longest name of a server
VALUE = 130
ROW = 26
BAR = 16
PANEL_HEAD = 34
TOP = 58
FOOT = 30
COLORS = {"muster": "#0f766e", "muster-eddsa": "#5eaaa3", "muster-cluster": "#0f766e", "muster-postgres": "#5eaaa3"}
PEER_COLOR = "#9aa5b1"
STYLE = ("text{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:13px;fill:#1f2933}"
         ".title{font-size:17px;font-weight:600}.sub{fill:#616e7c}.strong{font-weight:600}")


def text(x, y, content, css="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(content)}</text>'


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def bar(name, title, row, y, per_unit):
    """A server's row: name, bar, whisker, median."""
    length = max(1.0, row["median"] * per_unit)
    low, high = LABEL + row["min"] * per_unit, LABEL + row["max"] * per_unit
    middle = y + BAR / 2
    strong = "strong" if name.startswith("muster") else ""
    parts = [
        text(LABEL - 10, middle + 4.5, title, strong, "end"),
        f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" fill="{COLORS.get(name, PEER_COLOR)}"/>',
        text(max(LABEL + length, high) + 8, middle + 4.5, number(row["median"]), strong),
    ]
    if row["rounds"] > 1:
        parts.append(f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8" '
                     'stroke="#1f2933" stroke-width="1.2" fill="none"/>')
    return "".join(parts)


def panel(label, servers, titles, y):
    """One variant, its own scale, starting at zero; of those who gave no result there is nothing to draw."""
    largest = max((row["max"] for row in servers.values()), default=0) or 1.0
    per_unit = (WIDTH - LABEL - VALUE) / largest
    parts = [text(LABEL, y + 20, label, "sub")]
    for index, (name, row) in enumerate(servers.items()):
        parts.append(bar(name, titles[name], row, y + PANEL_HEAD + index * ROW, per_unit))
    return "".join(parts)


def draw(folder, key, figure, titles, results):
    """Into a file of the folder. `results` has when, where and how often the figure was taken."""
    caption = f"{results['date'][:10]}, {results['machine']['cpu']}, median of {results['rounds']}"
    (folder / f"{key.lower()}.svg").write_text(svg(key, figure, titles, caption))


def svg(key, figure, titles, caption):
    better = "more is better" if figure["higher_is_better"] else "less is better"
    parts, y = [], TOP
    for label, servers in figure["variants"].items():
        drawn = {name: row for name, row in servers.items() if row["rounds"]}
        parts.append(panel(label, drawn, titles, y))
        y += PANEL_HEAD + ROW * len(drawn)
    height = y + FOOT
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
            f"<title>{escape(key + ': ' + figure['title'])}</title><style>{STYLE}</style>"
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
            + text(20, 30, f"{key}: {figure['title']}", "title") + text(20, 50, f"{figure['unit']}, {better}", "sub")
            + "".join(parts) + text(20, height - 10, caption, "sub") + "</svg>\n")
