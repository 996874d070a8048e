"""Plots as SVG text: lines in panels with logarithmic axes, and bars."""

from html import escape
from math import ceil, floor, log10

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7a6a00", "#56b4e9", "#444444"]
LEFT, TOP, WIDTH, HEIGHT, LABELS, BOTTOM = 70, 60, 400, 280, 250, 60


def svg(width, height, title, parts):
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="white"/>',
            text(width / 2, 22, title, "middle", 'font-size="15" font-weight="bold"'),
            *parts,
            "</svg>\n",
        ]
    )


def text(x, y, what, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(what)}</text>'


def number(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def lines(title, panels):
    """Panels side by side; each is (x label, y label, [(name, [(x, y), ...]), ...]). The first series is drawn strongest."""
    parts = []
    for i, (x_label, y_label, series) in enumerate(panels):
        parts += [
            f'<g transform="translate({LEFT + i * (LEFT + WIDTH + LABELS)},{TOP})">',
            *panel(x_label, y_label, series),
            "</g>",
        ]
    return svg(len(panels) * (LEFT + WIDTH + LABELS), TOP + HEIGHT + BOTTOM, title, parts)


def panel(x_label, y_label, series):
    xs = sorted({x for _, points in series for x, _ in points})
    ys = [y for _, points in series for _, y in points]
    bottom, top = floor(log10(min(ys)) * 3) / 3, ceil(log10(max(ys)) * 3) / 3

    def place_x(x):
        return (log10(x) - log10(xs[0])) / (log10(xs[-1]) - log10(xs[0])) * WIDTH

    def place_y(y):
        return HEIGHT - (log10(y) - bottom) / (top - bottom) * HEIGHT

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>']
    for x in xs:
        parts.append(f'<line x1="{place_x(x):.1f}" x2="{place_x(x):.1f}" y2="{HEIGHT}" stroke="#eee"/>')
        parts.append(text(place_x(x), HEIGHT + 18, number(x), "middle"))
    for y in (digit * 10.0**power for power in range(floor(bottom), ceil(top) + 1) for digit in (1, 2, 5)):
        if bottom <= log10(y) <= top:
            parts.append(f'<line x2="{WIDTH}" y1="{place_y(y):.1f}" y2="{place_y(y):.1f}" stroke="#eee"/>')
            parts.append(text(-8, place_y(y) + 4, number(y), "end"))
    label_ys = spread([place_y(points[-1][1]) for _, points in series])
    for (name, points), colour, label_y in zip(series, COLOURS, label_ys):
        path = " ".join(f"{place_x(x):.1f},{place_y(y):.1f}" for x, y in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{3 if name == series[0][0] else 1.5}"/>'
        )
        parts += [f'<circle cx="{place_x(x):.1f}" cy="{place_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(text(WIDTH + 10, label_y + 4, f"{name}: {number(points[-1][1])}", more=f'fill="{colour}"'))
    parts.append(text(WIDTH / 2, HEIGHT + 42, x_label, "middle"))
    parts.append(text(-55, -14, y_label))
    return parts


def spread(places, apart=15):
    """Moves labels down where they would lie over each other."""
    moved, last = {}, -apart
    for i in sorted(range(len(places)), key=lambda i: places[i]):
        moved[i] = last = max(places[i], last + apart)
    return [moved[i] for i in range(len(places))]


def bars(title, groups, strong, one_scale=False):
    """Groups below each other; each is (heading, [(name, value), ...]). Bars of names that begin with `strong` are coloured."""
    parts, y = [], 50
    longest = [max(value for _, value in values) for _, values in groups]
    for (heading, values), most in zip(groups, longest):
        parts.append(text(20, y, heading, more='font-weight="bold"'))
        most = max(longest) if one_scale else most
        for name, value in values:
            y += 24
            length = max(value / most * 420, 1)
            parts.append(text(220, y + 4, name, "end"))
            parts.append(
                f'<rect x="230" y="{y - 9}" width="{length:.1f}" height="18" fill="{COLOURS[0] if name.startswith(strong) else "#b8b8b8"}"/>'
            )
            parts.append(text(236 + length, y + 4, number(value)))
        y += 40
    return svg(740, y - 10, title, parts)
