"""Numbers and verdicts in plain words, the same in the terminal and in the report."""

from __future__ import annotations

import numpy as np

from sim.compare import Comparison
from sim.risk.measures import Measure
from sim.risk.paired import (
    HIGHER,
    IDENTICAL,
    LOWER,
    NO_DIFFERENCE,
    ONE_PATH,
    Difference,
)
from sim.risk.tail import Tail

MISSING = "–"
HEADLINE_MEASURE = "lp_return_pct"
DIRECTION_MARKS = {"higher": "↑", "lower": "↓", "neither": ""}
UNIT_MARKS = {"%": "%", "pp": "pp", "USD": "USD", "bps": "bps", "count": "", "probability": "%"}
SURVIVES = "*"

_LEGEND = (
    "Means per path. Below a mean: the difference from the baseline on the same paths, with its "
    "95 % interval. ↑ higher is better, ↓ lower is better."
)


def legend(n_tests: int) -> str:
    """How to read the table; of Holm's correction only where something was tested."""
    return f"{_LEGEND} {SURVIVES} holds after Holm's correction for all {n_tests} tests." if n_tests else _LEGEND


_SCALES = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
_DECIMALS = {"%": 2, "pp": 2, "bps": 2, "count": 2, "probability": 1}


def number(value: float, unit: str, is_signed: bool = False) -> str:
    """A short number in its unit, without the unit's name; probabilities in per cent."""
    if not np.isfinite(value):
        return MISSING
    if value == 0.0:
        return "0"
    if unit == "probability":
        value *= 100.0
    sign = "-" if value < 0.0 else "+" if is_signed else ""
    size = abs(value)
    scale, letter = next(((s, name) for s, name in _SCALES if size >= 0.9995 * s), (1.0, ""))
    if letter:
        return f"{sign}{_digits(size / scale)}{letter}"
    decimals = 2 if unit == "USD" else _DECIMALS[unit]
    if size < 0.5 * 10.0**-decimals:
        return f"{sign}<{10.0**-decimals:.{decimals}f}"
    return f"{sign}{_digits(size, decimals)}"


def _digits(size: float, decimals: int = 2) -> str:
    """Three significant digits, never more decimals than asked for."""
    before = 3 if size >= 99.95 else 2 if size >= 9.995 else 1
    return f"{size:.{min(decimals, 3 - before)}f}"


def interval(low: float, high: float, unit: str, is_signed: bool = True) -> str:
    """The interval in brackets, a dash when there is none."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return MISSING
    return f"[{number(low, unit, is_signed)}, {number(high, unit, is_signed)}]"


def measure_label(measure: Measure) -> str:
    """Name, unit and direction."""
    unit = UNIT_MARKS[measure.unit]
    parts = (measure.label, f"({unit})" if unit else "", DIRECTION_MARKS[measure.better])
    return " ".join(part for part in parts if part)


def difference(shown: Difference, unit: str) -> str:
    """A verdict when nothing is shown, else the difference with its interval."""
    if shown.verdict == ONE_PATH:
        return f"{number(shown.mean, unit, True)} {ONE_PATH}"
    if shown.verdict not in (HIGHER, LOWER):
        return shown.verdict
    mark = f" {SURVIVES}" if shown.survives_holm else ""
    return f"{number(shown.mean, unit, True)} {interval(shown.low, shown.high, unit)}{mark}"


def tail_difference(row: Tail) -> str:
    """The difference in expected shortfall from the baseline, or why none is shown."""
    if row.verdict not in (HIGHER, LOWER):
        return row.verdict
    low_high = interval(row.difference_low, row.difference_high, "%")
    return f"{number(row.difference, '%', True)} {low_high}"


def headline(comparison: Comparison) -> str:
    """One sentence: which design did better for LPs than the baseline, and how sure that is."""
    others = comparison.designs[1:]
    base = comparison.baseline
    if not others:
        return f"LPs of {base} earned {_lp_return(comparison, base)}; there is nothing to compare."
    if (HEADLINE_MEASURE, others[0]) not in comparison.differences:
        return f"{len(comparison.designs)} designs on {_paths(comparison)}."
    if comparison.n_paths == 1:
        return "One path says nothing about which design is better for LPs: run more paths."
    better: list[str] = []
    worse: list[str] = []
    unclear: list[str] = []
    same: list[str] = []
    for name in others:
        shown = comparison.differences[HEADLINE_MEASURE, name]
        if shown.effect:
            (better if shown.effect == "better" else worse).append(_claim(shown))
        else:
            (same if shown.verdict == IDENTICAL else unclear).append(name)
    parts = []
    if better:
        parts.append(f"LPs did better with {_join(better)} than with {base}")
    if worse:
        lead = f"worse with {_join(worse)}" if better else f"LPs did worse with {_join(worse)}"
        parts.append(lead if better else f"{lead} than with {base}")
    if unclear:
        parts.append(f"{NO_DIFFERENCE} for LPs between {_join(unclear)} and {base}")
    if same:
        parts.append(f"{_join(same)} gave LPs exactly what {base} did")
    sentence = "; ".join(parts) + f" ({_paths(comparison)})."
    return sentence[0].upper() + sentence[1:]


def confidence(comparison: Comparison) -> str:
    """How sure the headline is, and what the same paths say about bad debt."""
    shown = [d for (key, _), d in comparison.differences.items() if key == HEADLINE_MEASURE]
    if not shown or comparison.n_paths == 1:
        return ""
    found = [d for d in shown if d.effect]
    if not found:
        lead = "Every 95 % interval of the LP return difference includes zero."
        if all(d.verdict == IDENTICAL for d in shown):
            lead = "The LP returns are equal on every path."
    elif all(d.survives_holm for d in found):
        lead = f"This holds after correction for all {comparison.n_tests} tests in the report."
    else:
        weak = _join([d.design for d in found if not d.survives_holm])
        lead = (
            f"For {weak} it is a hint, not proof: it does not survive the correction for all "
            f"{comparison.n_tests} tests in the report."
        )
    return f"{lead} {_solvency(comparison)}".strip()


def _solvency(comparison: Comparison) -> str:
    key = "bad_debt_probability"
    if (key, comparison.baseline) not in comparison.estimates:
        return ""
    chances = [comparison.estimates[key, name] for name in comparison.designs]
    if all(chance.mean == 0.0 for chance in chances):
        return f"No design left bad debt in the pool on any of {_paths(comparison)}."
    if len({chance.mean for chance in chances}) == 1:
        share = number(chances[0].mean, "probability")
        return f"Every design left bad debt in the pool on {share} % of paths."
    listed = [f"{number(c.mean, 'probability')} % ({c.design})" for c in chances]
    return f"Share of paths that left bad debt in the pool: {', '.join(listed)}."


def _claim(shown: Difference) -> str:
    text = f"{number(shown.mean, 'pp', True)} points, 95 % interval"
    low, high = number(shown.low, "pp", True), number(shown.high, "pp", True)
    return f"{shown.design} ({text} {low} to {high})"


def _lp_return(comparison: Comparison, design: str) -> str:
    estimate = comparison.estimates[HEADLINE_MEASURE, design]
    low, high = number(estimate.low, "%", True), number(estimate.high, "%", True)
    return f"{number(estimate.mean, '%', True)} % (95 % interval {low} to {high})"


def _paths(comparison: Comparison) -> str:
    return "1 path" if comparison.n_paths == 1 else f"{comparison.n_paths} paths"


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
