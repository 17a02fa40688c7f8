"""The one table that every measurement ends in: a row says what was seen and what was promised."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("name", "desk", "bare", "ratio", "bound", "")


@dataclass(frozen=True)
class Row:
    """One figure; without a bound it is only printed."""

    name: str
    desk: str
    bare: str = ""
    ratio: str = ""
    bound: str = ""
    kept: bool | None = None

    @property
    def verdict(self) -> str:
        """Whether the bound was kept."""
        return {True: "ok", False: "NOT MET", None: ""}[self.kept]


def at_least(name: str, desk: Sequence[float], bare: Sequence[float], bound: float) -> Row:
    """Rates of the same rounds: the median of their ratios is to be so much or more."""
    ratio = paired(desk, bare)
    return _row(name, desk, bare, ratio, f">= {bound}", ratio >= bound, "/s")


def at_most(name: str, desk: Sequence[float], bare: Sequence[float], bound: float) -> Row:
    """Durations (ms) of the same rounds: the median of their ratios is to be so much or less."""
    ratio = paired(desk, bare)
    return _row(name, desk, bare, ratio, f"<= {bound}", ratio <= bound, " ms")


def beside(name: str, desk: Sequence[float], bare: Sequence[float], unit: str = "/s") -> Row:
    """A ratio that nothing was promised about."""
    return _row(name, desk, bare, paired(desk, bare), "", None, unit)


def _row(
    name: str,
    desk: Sequence[float],
    bare: Sequence[float],
    ratio: float,
    bound: str,
    kept: bool | None,
    unit: str,
) -> Row:
    ours, theirs = statistics.median(desk), statistics.median(bare)
    return Row(name, f"{ours:.1f}{unit}", f"{theirs:.1f}{unit}", f"{ratio:.2f}", bound, kept)


def paired(desk: Sequence[float], bare: Sequence[float]) -> float:
    """The median of the rounds' ratios: what both sides suffer in a round cancels out."""
    return statistics.median(d / b for d, b in zip(desk, bare, strict=True))


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def as_text(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    cells = [HEAD, *((r.name, r.desk, r.bare, r.ratio, r.bound, r.verdict) for r in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = [" | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in cells]
    rule = " | ".join("-" * max(3, width) for width in widths)
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))
