"""How sure the headline is, in sentences of which each says how sure itself is."""

from __future__ import annotations

import numpy as np

from sim.report.words import HEADLINE_MEASURE, count_of, interval, joined, number, paths_of, unseen
from sim.risk.comparison import Comparison
from sim.risk.paired import (
    EQUAL,
    HIGHER,
    IDENTICAL,
    LOWER,
    NEEDS_PATHS,
    NO_DATA,
    NO_DIFFERENCE,
    ONE_PATH,
    Difference,
)

SOLVENCY_MEASURE = "bad_debt_probability"
HEDGED_MEASURE = "lp_hedged_pct"
UNBOOKED_MEASURE = "unbooked_loss_usd"
#: Below this a difference is printed as less than a hundredth: too small to argue with.
LEAST_TOLD_PP = 0.005


def confidence(comparison: Comparison) -> list[str]:
    """How sure the headline is, and what the same paths say about bad debt; nothing where one path says nothing."""
    shown = [d for (key, _), d in comparison.differences.items() if key == HEADLINE_MEASURE]
    if not shown or comparison.n_paths == 1:
        return []
    label = next(measure.label for measure in comparison.measures if measure.key == HEADLINE_MEASURE)
    return [
        *_headline(shown, label, comparison.baseline, comparison.n_tests),
        *_left(comparison),
        *_hedged(comparison),
        *looks(comparison),
        *_solvency(comparison),
        *_unbooked(comparison),
    ]


def looks(comparison: Comparison) -> list[str]:
    """How often a comparison that added paths was looked at, and what its intervals hold; none for another."""
    found = comparison.looks
    if found is None:
        return []
    goal = f"every 95 % interval of the headline's differences was at most {found.width:g} wide"
    sentences = [
        f"Paths were added until {goal}: {found.stopped_at:,} of at most {found.planned[-1]:,}."
        if found.is_reached
        else f"Paths were to be added until {goal}: {found.planned[-1]:,} were not enough."
    ]
    if len(found.planned) > 1:
        stages = ", ".join(f"{stage:,}" for stage in found.planned)
        sentences += [
            f"Looks were planned at {stages} paths, and every interval and test of this report is made at "
            f"{100 * found.confidence:.2f} %, so that 95 % hold at whichever look it stops.",
            'Bounds of what no path showed ("below some x %") are the exception: 95 % for the number of paths that '
            "there are.",
        ]
    return sentences


def _headline(shown: list[Difference], label: str, base: str, n_tests: int) -> list[str]:
    """One sentence for each kind of verdict, with the designs that it is about."""
    sure = [d.design for d in shown if d.effect and d.survives_holm]
    weak = [d.design for d in shown if d.effect and not d.survives_holm]
    spanned = [d.design for d in shown if d.verdict == NO_DIFFERENCE]
    sentences = []
    if sure:
        sentences.append(
            f"{label}: {_differences(sure, base)} hold{_s(sure)} after correction for all {n_tests} tests in the "
            "report."
        )
    if weak:
        sentences.append(
            f"{label}: {_differences(weak, base)} {'is a hint' if len(weak) == 1 else 'are hints'}, not proof, and "
            f"do{'es' if len(weak) == 1 else ''} not survive the correction for all {n_tests} tests in the report."
        )
    if spanned:
        intervals = "the 95 % interval of" if len(spanned) == 1 else "the 95 % intervals of"
        sentences.append(f"{label}: {intervals} {_differences(spanned, base)} include{_s(spanned)} zero.")
    for d in shown:
        if d.verdict == EQUAL:
            sentences.append(
                f"{label}: {d.design} equals the baseline on all {d.n} paths, which leaves below some {unseen(d.n)} % "
                "of paths to differ (exact 95 % interval)."
            )
        elif d.verdict in (NEEDS_PATHS, ONE_PATH):
            are = "is" if d.n == 1 else "are"
            sentences.append(f"{label}: {count_of(d.n)} {are} too few for an interval of the difference of {d.design}.")
        elif d.verdict == NO_DATA:
            sentences.append(f"{label}: no path has a number of both {d.design} and {base}.")
        elif d.verdict == IDENTICAL:
            sentences.append(f"{d.design} is the same deployed design as the baseline.")
        if d.n and d.n_missing:
            sentences.append(
                f"{label}: on {count_of(d.n_missing)} {d.design} or {base} has no number (no provider was left); the "
                f"difference rests on the other {d.n}."
            )
    return sentences


def _left(comparison: Comparison) -> list[str]:
    """On how many paths the headline has no number: whom it is about had left, and what is compared are the others."""
    found = [comparison.estimates[HEADLINE_MEASURE, name] for name in comparison.designs]
    paths = [f"{e.n_missing} ({e.design})" for e in found if e.n_missing]
    if not paths:
        return []
    return [
        f"All providers left on some of {paths_of(comparison)}: {', '.join(paths)}. There they have no return, and a "
        "difference is of the paths on which they have one with both designs."
    ]


def _hedged(comparison: Comparison) -> list[str]:
    """What is left of the headline's differences where the pool's delta is hedged."""
    found = {d.design: d for (key, _), d in comparison.differences.items() if key == HEDGED_MEASURE}
    sentences = []
    for name, hedged in found.items():
        shown = comparison.differences[HEADLINE_MEASURE, name]
        is_told = hedged.verdict in (HIGHER, LOWER)
        if not is_told or abs(hedged.mean) < LEAST_TOLD_PP:
            continue
        turned = shown.effect and shown.effect != hedged.effect
        sure = "which holds after correction" if hedged.survives_holm else "a hint that does not survive the correction"
        sentences.append(
            f"With the pool's exposure to prices hedged at every step {name} is {hedged.effect} by "
            f"{number(abs(hedged.mean), 'pp')} points {_spread(hedged)}, {sure}"
            f"{': the other way round, so prices may have made the difference rather than rules' if turned else ''}."
        )
    rest = [name for name, d in found.items() if d.verdict == NO_DIFFERENCE]
    if rest:
        sentences.append(
            f"With that exposure hedged no difference is shown between the baseline and {joined(rest, 'or')}."
        )
    return sentences


def _spread(shown: Difference) -> str:
    if np.isfinite(shown.low):
        return interval(shown.low, shown.high, "pp")
    return f"on each of {shown.n} paths"


def _unbooked(comparison: Comparison) -> list[str]:
    """Where accounts were below zero at the end that nobody had liquidated: the pool's loss all the same."""
    found = [comparison.estimates.get((UNBOOKED_MEASURE, name)) for name in comparison.designs]
    owing = [f"{number(e.mean, 'USD')} USD a path ({e.design})" for e in found if e is not None and e.mean > 0.0]
    if not owing:
        return []
    return [
        "Bad debt counts what was booked. Accounts below zero that nobody had liquidated by the end owe "
        f"{', '.join(owing)} more."
    ]


def _solvency(comparison: Comparison) -> list[str]:
    """Bad debt on these paths: shares with their own intervals, differences with their own strength."""
    if (SOLVENCY_MEASURE, comparison.baseline) not in comparison.estimates:
        return []
    chances = [comparison.estimates[SOLVENCY_MEASURE, name] for name in comparison.designs]
    fewest = min(chance.n for chance in chances)
    if fewest == 0:
        return []
    if all(round(chance.mean * chance.n) == 0 for chance in chances):
        return [
            f"Bad debt in the pool: none seen with any design on {count_of(fewest)}, so below some "
            f"{unseen(fewest)} % of paths (exact 95 % interval)."
        ]
    listed = [
        f"{number(c.mean, 'probability')} % {interval(c.low, c.high, 'probability', False)} ({c.design})"
        for c in chances
    ]
    sentences = [f"Share of paths that left bad debt in the pool, with 95 % intervals: {', '.join(listed)}."]
    found = [comparison.differences[SOLVENCY_MEASURE, name] for name in comparison.designs[1:]]
    base, n_tests = comparison.baseline, comparison.n_tests
    for verdict, word in ((HIGHER, "more"), (LOWER, "less")):
        sure = [d.design for d in found if d.verdict == verdict and d.survives_holm]
        weak = [d.design for d in found if d.verdict == verdict and not d.survives_holm]
        if sure:
            sentences.append(
                f"With {joined(sure)} it was left {word} often than with {base}, which holds after correction for all "
                f"{n_tests} tests."
            )
        if weak:
            sentences.append(
                f"With {joined(weak)} it was left {word} often than with {base}: a hint that does not survive the "
                f"correction for all {n_tests} tests."
            )
    silent = (HIGHER, LOWER, IDENTICAL, NO_DATA, ONE_PATH)
    if rest := [d.design for d in found if d.verdict not in silent]:
        sentences.append(f"Between {base} and {joined(rest, 'or')} no difference in this share is shown.")
    if void := [d.design for d in found if d.verdict in (NO_DATA, ONE_PATH)]:
        sentences.append(f"Too few paths have this share of both {base} and {joined(void, 'or')} to compare them.")
    return sentences


def _differences(names: list[str], base: str) -> str:
    """What is judged: `the difference of b from a`, never to be read as that of b from c."""
    return f"the difference{'' if len(names) == 1 else 's'} of {joined(names)} from {base}"


def _s(names: list[str]) -> str:
    """The ending of a verb about so many."""
    return "s" if len(names) == 1 else ""
