"""The targets and tables, and where they are written."""

import json
from typing import NamedTuple

from build import ROOT

INTRODUCTION = """# Benchmarks

Measured on {date}, with version {version}.

`benches/compare/run` writes this file and says how it measures. Figures are medians; where three stand together, they
are the minimum, the median and the maximum. A ratio is this library's figure divided by the other one. Each table is a
run of its own, so the same quantity differs a little from table to table.

The service (`benches/compare/service`) runs on the same machine and responds from memory. Its list is *mixed* where
nothing else is said: every 11th participant has neither name nor picture; of the others, every 7th has a name with
escapes and an emoji, and every 5th a name beyond ASCII. The other kinds: *alike*, where every participant has every
field and no text has escapes; and the mixed list with an unknown nested object in each participant, pretty-printed,
with escapes in every name, or with the fields of each participant in an order of their own. The same seed gives the
same bytes.

With gzip, a page is compressed once, at level 6, for the clients that accept it: all of these do. TLS is 1.3 only, by
rustls, over HTTP/1.1 only, with a certificate (ECDSA) of an intermediate authority.

A latency of 20 ms means that the service sends each response 20 ms late. With TLS, it also looks at a new connection 20
ms late, which stands for TCP's handshake, and answers the client's first TLS message 20 ms late. So the first page
comes after three times the latency. The bytes themselves take no time, and nothing that the client sends is delayed.

A client that speaks TLS trusts the service's authority alone, if the table does not say otherwise. libcurl reads the
authorities of the system in every process that does not say otherwise; this library's bundled roots cost no more than
one authority of a file.

Python's urllib opens a connection for each page, and so does requests without a Session, as most programs call it.
*Python requests + json* is without one, if the table does not say otherwise.

Cloudflare's own SDKs for Python and TypeScript have a call for one page of participants, and do not walk the pages:
they are measured with one page of 100.
"""


class Target(NamedTuple):
    work: str
    what: str
    measured: float
    limit: float
    unit: str = "×"
    ours: str = ""  # what the measured figure comes from
    other: str = ""

    @classmethod
    def of_ratio(cls, work, what, ours, other, limit, show=None):
        """Of this library's spread and another one."""
        show = show or spread
        return cls(work, what, ours.median / other.median, limit, "×", show(ours), show(other))


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
            t.ours,
            t.other,
        ]

    head = ["work", "what", "measured", "target", "met", "libparticipants", "the other"]
    return Table("Targets", head, [row(target) for target in targets])


def spread(seconds):
    show, unit = (micros, "µs") if seconds.median < 1e-3 else (ms, "ms")
    return f"{' / '.join(map(show, seconds))} {unit}"


def spread_of_megabytes(values):
    return f"{' / '.join(map(megabytes, values))} MB"


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
    versions = data["versions"]
    introduction = INTRODUCTION.format(date=versions["measured on"], version=versions["libparticipants"])
    (docs / "benchmarks.md").write_text(
        "\n".join([introduction, str(of_targets(targets)), pictures, *map(str, tables)])
    )
    everything = {"targets": [target._asdict() for target in targets], **data}
    (docs / "benchmarks.json").write_text(json.dumps(plain(everything), indent=1) + "\n")


def plain(value):
    """Named tuples as objects, which json would write as lists."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    return {str(key): plain(part) for key, part in value.items()} if isinstance(value, dict) else value
