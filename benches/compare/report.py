"""The targets and tables, and where they are written."""

import json
from typing import NamedTuple

from build import ROOT

INTRODUCTION = """# Benchmarks

`benches/compare/run` writes this file and says how it measures. All figures are medians. A ratio is this library's
figure divided by the other one.
"""


class Target(NamedTuple):
    work: str
    what: str
    measured: float
    limit: float
    unit: str = "×"


class Table(NamedTuple):
    title: str
    head: list
    rows: list

    def __str__(self):
        columns = list(zip(self.head, *self.rows))
        widths = [max(map(len, column)) for column in columns]
        numbers = [all(cell[:1] in "-0123456789" for cell in column[1:]) for column in columns]
        lines = [self.head, ["-" * (w - 1) + ":" if n else "-" * w for w, n in zip(widths, numbers)], *self.rows]
        padded = [
            [cell.rjust(w) if n else cell.ljust(w) for cell, w, n in zip(line, widths, numbers)] for line in lines
        ]
        return "\n".join([f"### {self.title}", "", *(f"| {' | '.join(line)} |" for line in padded), ""])


def of_targets(targets):
    def row(t):
        return [
            t.work,
            t.what,
            f"{t.measured:.2f} {t.unit}".strip(),
            f"≤ {t.limit:g} {t.unit}".strip(),
            "yes" if t.measured <= t.limit else "NO",
        ]

    return Table("Targets", ["work", "what", "measured", "target", "met"], [row(target) for target in targets])


def ms(seconds):
    return f"{seconds * 1e3:,.1f}"


def micros(seconds):
    return f"{seconds * 1e6:,.0f}"


def megabytes(value):
    return f"{value:,.1f}"


def millions(count):
    return f"{count / 1e6:,.1f}"


def thousands(count):
    return f"{count / 1e3:,.0f}"


def ratio(value):
    return f"{value:.2f}"


def write(targets, tables, plots, data):
    docs = ROOT / "docs"
    docs.mkdir(exist_ok=True)
    for name, svg in plots.items():
        (docs / name).write_text(svg)
    pictures = "".join(f"![{name.removesuffix('.svg')}]({name})\n\n" for name in plots)
    (docs / "benchmarks.md").write_text(
        "\n".join([INTRODUCTION, str(of_targets(targets)), pictures, *map(str, tables)])
    )
    everything = {"targets": [target._asdict() for target in targets], **data}
    (docs / "benchmarks.json").write_text(json.dumps(plain(everything), indent=1) + "\n")


def plain(value):
    """Named tuples as objects, which json would write as lists."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    return {str(key): plain(part) for key, part in value.items()} if isinstance(value, dict) else value
