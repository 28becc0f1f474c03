"""The page that says what every printed interval covers, and what is printed where none does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined

from sim.risk import intervals, rules, tail
from sim.risk.coverage import HIGHEST, LOWEST, SELDOM, SIZES, Cell, Stopped

#: Kinds whose intervals hold at least 95 %: events are whole, so that no interval of a rare one can hold just 95 %; and
#: where a few paths carry most of a sum, the hull of two intervals is wider than either.
AT_LEAST = ("share", "rare share", "value-at-risk", "outlying", "loss")
_TEMPLATE = Path(__file__).with_name("coverage.md.j2")
_KINDS = {
    "mean": "mean",
    "uneven": "uneven mean",
    "skewed": "skewed mean",
    "outlying": "mean with outliers",
    "sum": "sum of USD",
    "count": "count",
    "loss": "rare loss",
    "share": "share of paths",
    "rare share": "rare share",
    "value-at-risk": "value-at-risk, 95 %",
    "expected shortfall": "expected shortfall, 95 %",
}


@dataclass(frozen=True, slots=True)
class Group:
    """All populations of a kind at one number of paths."""

    kind: str
    is_difference: bool
    n: int
    cells: tuple[Cell, ...]

    @property
    def shown(self) -> tuple[Cell, ...]:
        """Those with intervals to judge."""
        return tuple(cell for cell in self.cells if cell.is_printed)

    @property
    def wrong(self) -> tuple[Cell, ...]:
        """Those that do not hold what the page says: their 99 % interval lies outside 93 to 97 %."""
        may_be_wide = self.kind in AT_LEAST
        return tuple(cell for cell in self.shown if cell.is_short or (cell.is_wide and not may_be_wide))

    @property
    def printed(self) -> str:
        """What the report prints, and where that is no interval, what instead."""
        if not self.shown:
            return self._instead()
        always = np.mean([cell.printed for cell in self.shown])
        what = "at least 95 %" if any(cell.is_wide for cell in self.shown) else "interval"
        rest = "" if len(self.shown) == len(self.cells) else f"; {len(self.cells) - len(self.shown)} too rare for one"
        return f"{what}{'' if always > 0.995 else f', in {always:.0%} of the samples'}{rest}"

    def _instead(self) -> str:
        if self.is_difference and self.kind in ("value-at-risk", "expected shortfall"):
            return "no interval, no verdict" if self.kind == "expected shortfall" else "nothing"
        if self.kind == "expected shortfall":
            return f"needs {tail.paths_needed(tail.LEVEL)} paths: no interval"
        if self.kind == "value-at-risk":
            return f"needs {intervals.quantile_paths(tail.LEVEL)} paths: no interval"
        if self.n < rules.fewest(self.kind):
            return f"needs {rules.fewest(self.kind)} paths: no interval"
        return "few paths differ: how many, no interval"


def groups(cells: Sequence[Cell]) -> Iterator[Group]:
    """By kind, one design before differences, and number of paths."""
    for kind in _KINDS:
        for is_difference in (False, True):
            for n in SIZES:
                mine = tuple(c for c in cells if (c.kind, c.is_difference, c.n) == (kind, is_difference, n))
                if mine:
                    yield Group(kind, is_difference, n, mine)


def page(
    cells: Sequence[Cell], stops: Sequence[Stopped], designs: Sequence[str], scenario: str, paths: int, repeats: int
) -> str:
    """Markdown."""
    template = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False)
    return template.from_string(_TEMPLATE.read_text()).render(
        paths=paths,
        designs=", ".join(f"`{design}`" for design in designs),
        scenario=scenario,
        repeats=repeats,
        lowest=f"{100 * LOWEST:.0f}",
        highest=f"{100 * HIGHEST:.0f}",
        seldom=f"{100 * SELDOM:.0f}",
        apart=rules.FEWEST_APART,
        rare=intervals.RARE,
        rows=[_row(group) for group in groups(cells)],
        stops=[_stop_row(stop) for stop in stops],
    )


def _stop_row(stop: Stopped) -> list[str]:
    return [
        stop.name,
        "zero" if stop.is_null else "as it is",
        f"{stop.width:.3g}",
        f"{stop.planned[-1]:,}",
        f"{stop.mean_paths:,.0f}",
        f"{stop.reached:.0%}",
        f"{100 * stop.covered:.1f}",
        f"{100 * stop.low:.1f}–{100 * stop.high:.1f}",
    ]


def _row(group: Group) -> list[str]:
    shown = group.shown
    values = [cell.covered for cell in shown]
    low, high = (min(shown, key=_covered), max(shown, key=_covered)) if shown else (None, None)
    return [
        _KINDS[group.kind],
        "difference" if group.is_difference else "design",
        f"{group.n:,}",
        group.printed,
        f"{100 * float(np.mean(values)):.1f}" if values else "",
        f"{100 * low.covered:.1f} ({low.name})" if low else "",
        f"{100 * high.covered:.1f}" if high else "",
        *(_other(group, name) for name in ("t", "BCa", "studentised", "percentile bootstrap")),
    ]


def _covered(cell: Cell) -> float:
    return cell.covered


def _other(group: Group, name: str) -> str:
    found = [cell.others[name] for cell in group.cells if name in cell.others]
    return f"{100 * float(np.mean(found)):.1f} ({100 * min(found):.1f})" if found else ""
