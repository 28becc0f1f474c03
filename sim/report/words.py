"""Numbers and verdicts in plain words, the same in the terminal and in the report."""

from __future__ import annotations

import numpy as np

from sim.risk import intervals
from sim.risk.comparison import Comparison
from sim.risk.measures import Measure
from sim.risk.opening import Opening
from sim.risk.paired import (
    EQUAL,
    HIGHER,
    IDENTICAL,
    LOWER,
    NEEDS_PATHS,
    NO_DATA,
    NO_DIFFERENCE,
    NONE_SEEN,
    ONE_PATH,
    Difference,
    Estimate,
)
from sim.risk.tail import NO_TEST, Tail

MISSING = "–"
HEADLINE_MEASURE = "lp_excess_pct"
DIRECTION_MARKS = {"higher": "↑", "lower": "↓", "neither": ""}
UNIT_MARKS = {"%": "%", "pp": "pp", "USD": "USD", "bps": "bps", "count": "", "probability": "%"}
SURVIVES = "*"

_LEGEND = (
    "Means per path. Below a mean: the difference from the baseline on the same paths, with its 95 % interval, or how "
    "many paths one needs. ↑ higher is better, ↓ lower is better."
)


#: What a reader of keepers' costs and rewards has to know about designs that pay nobody.
KEEPERS_NOTE = (
    "Keepers bring a call only where it pays them at least what it costs (keepers.cost_usd). Where a design pays "
    "nobody for a liquidation, its operator brings it at any cost; the same of deleveraging and unwinding. So a higher "
    "cost stops liquidations of designs that pay for them, and none of those that do not."
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
    """A verdict when nothing is shown, else the difference with its interval; and, if not on all paths, on how many."""
    said = _difference(shown, unit)
    return f"{said}; {resting(shown)}" if shown.n and shown.n_missing else said


def _difference(shown: Difference, unit: str) -> str:
    mean = number(shown.mean, unit, True)
    if shown.verdict == ONE_PATH:
        return f"{mean} {ONE_PATH}"
    if shown.verdict == NONE_SEEN:
        return f"{NONE_SEEN} on {shown.n} paths (below some {unseen(shown.n)} %)"
    if shown.verdict == EQUAL:
        return f"equal on all {shown.n} paths (below some {unseen(shown.n)} % differ)"
    if shown.verdict == NEEDS_PATHS and shown.n_needed:
        return f"{mean} ({_lacking(shown)})"
    mark = f" {SURVIVES}" if shown.survives_holm else ""
    if shown.verdict in (HIGHER, LOWER, NEEDS_PATHS):
        has_interval = np.isfinite(shown.low)
        where = interval(shown.low, shown.high, unit) if has_interval else f"on each of {shown.n} paths"
        return f"{mean} {where}{mark}"
    return shown.verdict


def resting(shown: Difference | Estimate) -> str:
    """On how many paths a number rests, where others have none."""
    return on_so_many(shown.n, shown.n + shown.n_missing)


def on_so_many(n: int, paths: int) -> str:
    """That so many of the paths have a number."""
    return f"a number on {n} of {count_of(paths)}"


def estimate_interval(shown: Estimate, unit: str) -> str:
    """The interval of one design's mean, or why there is none, and how many paths it rests on if not all."""
    said = _estimate_interval(shown, unit)
    if not (shown.n and shown.n_missing):
        return said
    return resting(shown) if said == MISSING else f"{said}; {resting(shown)}"


def _estimate_interval(shown: Estimate, unit: str) -> str:
    if np.isfinite(shown.low):
        return interval(shown.low, shown.high, unit, False)
    if shown.n < 2:
        return MISSING
    if shown.n_needed:
        return f"({_lacking(shown)})"
    if abs(shown.mean) > 0.0:
        return f"the same on all {shown.n} paths"
    return f"{NONE_SEEN} on {shown.n} paths (below some {unseen(shown.n)} %)"


def _lacking(shown: Difference | Estimate) -> str:
    if 2 * shown.n_apart >= shown.n:
        return f"an interval needs {shown.n_needed:,} paths"
    differ = "differs" if shown.n_apart == 1 else "differ"
    return f"{shown.n_apart} of {shown.n} paths {differ}; an interval needs some {shown.n_needed:,} paths"


def unseen(n: int, confidence: float = intervals.CONFIDENCE) -> str:
    """Upper end in % of the exact interval of the share of paths that show what none of n paths showed."""
    return _digits(100.0 * float(intervals.share_interval(0, n, confidence)[1]), 0 if n < 256 else 1)


def is_nowhere(comparison: Comparison, measure: Measure) -> bool:
    """Say whether a measure is zero on every path of every design: there is nothing to compare."""
    found = [comparison.estimates[measure.key, name] for name in comparison.designs]
    return all(e.n > 0 and not e.n_missing and e.mean == 0.0 and not e.sd > 0.0 for e in found)


def nowhere(comparison: Comparison) -> str:
    """The measures that were zero everywhere, in one sentence; empty if there are none."""
    absent = [measure for measure in comparison.measures if is_nowhere(comparison, measure)]
    if not absent:
        return ""
    # Parts of a sum are called after it: labels of parts alone may be those of another measure.
    labels = [f"{m.group} {m.label}" if m.label.startswith("·") else m.label for m in absent]
    rare = f", so each on below some {unseen(comparison.n_paths)} % of paths" if comparison.n_paths > 1 else ""
    where = f"all of {paths_of(comparison)}" if comparison.n_paths > 1 else "the only path"
    return f"Zero on {where} with every design{rare}: {'; '.join(labels)}."


def opening_cells(row: Opening) -> tuple[str, ...]:
    """People, those with less than they wished, open interest, leverage and long share of an opening book."""
    return (
        f"{number(row.entered, 'count')} of {number(row.wished, 'count')}",
        number(row.reduced, "count"),
        f"{number(row.open_usd, 'USD')} of {number(row.wished_usd, 'USD')}",
        _part_of(row.leverage, row.wished_leverage, "x"),
        _part_of(row.long_pct, row.wished_long_pct, ""),
    )


def _part_of(found: float, wished: float, mark: str) -> str:
    """Of nobody there is neither leverage nor side."""
    shown = [f"{_digits(value, 1)}{mark}" if np.isfinite(value) else MISSING for value in (found, wished)]
    return MISSING if shown == [MISSING, MISSING] else " of ".join(shown)


def times(leverage: float) -> str:
    """A leverage; a dash where nobody has any."""
    return f"{_digits(leverage, 1)}x" if np.isfinite(leverage) else MISSING


def tail_cells(row: Tail) -> tuple[str, str, str]:
    """Value-at-risk and expected shortfall with their intervals, and the latter's difference, which nothing tests."""
    at_risk = interval(row.value_at_risk_low, row.value_at_risk_high, "%", False)
    shortfall = interval(row.expected_shortfall_low, row.expected_shortfall_high, "%", False)
    return (
        f"{number(row.value_at_risk, '%')} {at_risk}",
        f"{number(row.expected_shortfall, '%')} {shortfall}",
        number(row.difference, "%", True) if row.verdict == NO_TEST else row.verdict,
    )


def tail_notes(comparison: Comparison) -> list[str]:
    """What to beware of in the tails: how few paths there are, and which of them are left out."""
    notes = list(dict.fromkeys(row.note for row in comparison.tails if row.note))
    n = comparison.tails[0].n if comparison.tails else 0
    if n and (missing := comparison.n_paths - n):
        notes.append(f"left out: {missing} of {comparison.n_paths} paths, on which some design has no number")
    return notes


def headline(comparison: Comparison) -> str:
    """One sentence: which design did better for LPs than the baseline, and how sure that is."""
    others = comparison.designs[1:]
    base = comparison.baseline
    if not others:
        return f"Over their own basket LPs of {base} earned {_earned(comparison, base)}; there is nothing to compare."
    if (HEADLINE_MEASURE, others[0]) not in comparison.differences:
        return f"{len(comparison.designs)} designs on {paths_of(comparison)}."
    if comparison.n_paths == 1:
        return "One path says nothing about which design is better for LPs: run more paths."
    better: list[str] = []
    worse: list[str] = []
    unclear: list[str] = []
    same: list[str] = []
    few: list[str] = []
    void: list[str] = []
    silent = {IDENTICAL: same, NEEDS_PATHS: few, ONE_PATH: few, NO_DATA: void}
    for name in others:
        shown = comparison.differences[HEADLINE_MEASURE, name]
        if shown.effect:
            (better if shown.effect == "better" else worse).append(_claim(shown))
        else:
            silent.get(shown.verdict, unclear).append(_named(shown))
    parts = []
    if better:
        parts.append(f"over their own basket LPs earned more with {joined(better)} than with {base}")
    if worse:
        lead = f"less with {joined(worse)}"
        parts.append(lead if better else f"over their own basket LPs earned {lead} than with {base}")
    if unclear:
        parts.append(f"{NO_DIFFERENCE} for LPs between {base} and {joined(unclear, 'or')}")
    if few:
        parts.append(f"too few paths to compare {joined(few)} with {base} for LPs")
    if void:
        parts.append(f"no path has a number that compares {joined(void)} with {base} for LPs")
    if same:
        parts.append(f"LPs got exactly the same with {joined(same)} as with {base}")
    sentence = "; ".join(parts) + f" ({paths_of(comparison)}{_steps(comparison)})."
    return sentence[0].upper() + sentence[1:]


def _claim(shown: Difference) -> str:
    rests = f"; {resting(shown)}" if shown.n_missing else ""
    if not np.isfinite(shown.low):
        return f"{shown.design} ({number(shown.mean, 'pp', True)} points on each of {shown.n} paths{rests})"
    text = f"{number(shown.mean, 'pp', True)} points, 95 % interval"
    low, high = number(shown.low, "pp", True), number(shown.high, "pp", True)
    return f"{shown.design} ({text} {low} to {high}{rests})"


def _named(shown: Difference) -> str:
    return f"{shown.design} ({resting(shown)})" if shown.n and shown.n_missing else shown.design


def _earned(comparison: Comparison, design: str) -> str:
    estimate = comparison.estimates[HEADLINE_MEASURE, design]
    if not estimate.n:
        return "nothing that has a number"
    mean = f"{number(estimate.mean, 'pp', True)} points"
    found = []
    if np.isfinite(estimate.low):
        found.append(f"95 % interval {number(estimate.low, 'pp', True)} to {number(estimate.high, 'pp', True)}")
    if estimate.n_missing:
        found.append(resting(estimate))
    return f"{mean} ({'; '.join(found)})" if found else mean


def paths_of(comparison: Comparison) -> str:
    """How many paths there were."""
    return count_of(comparison.n_paths)


def count_of(paths: int) -> str:
    """So many paths."""
    return "1 path" if paths == 1 else f"{paths} paths"


def _steps(comparison: Comparison) -> str:
    """How long a step is: what happens between two reports happens at one price."""
    shortest, longest = comparison.step_s
    if not longest:
        return ""
    return f", steps of {shortest} s" if shortest == longest else f", steps of {shortest} to {longest} s"


def joined(names: list[str], word: str = "and") -> str:
    """Names as one says them: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
