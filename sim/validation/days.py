"""A shipped day against its facts, and how often its paths cascade too early."""

from __future__ import annotations

import numpy as np

from sim.risk.intervals import share_interval
from sim.validation.checks import Check, Part, Plan, Results, Task, Verdict
from sim.validation.ensembles import chunks, early, spread, together, words
from sim.validation.facts import Fact, load_facts
from sim.validation.studies import Numbers, Study

BISTABLE = ("as it is", "depth x 0.5", "leverage x 0.7")
CALM = "no news"
CASCADE = 3.0  # percent of open interest that is liquidated


def verdict_of(fact: Fact, values: np.ndarray) -> Verdict:
    """holds: the median is near enough; reached: the published range lies among 10 to 90 % of the paths."""
    median, low, high = spread(values)
    if fact.accepted[0] <= median <= fact.accepted[1]:
        return "holds"
    return "reached" if low <= fact.range[1] and high >= fact.range[0] else "missed"


def published(fact: Fact) -> str:
    """What was, in words."""
    low, high = fact.range
    if low == high:
        return f"{low:g} {fact.unit}"
    if np.isinf(high):
        return f"at least {low:g} {fact.unit}"
    return f"{low:g} to {high:g} {fact.unit}"


def fact_check(fact: Fact, numbers: Numbers) -> Check:
    """One fact, on the paths whose cascade fell into the storm."""
    values = numbers[fact.name][~numbers["is_early"]]
    marks = [fact.mark] + (["seen"] if fact.seen else ["not seen"]) + ([] if fact.is_confirmed else ["unconfirmed"])
    missing = int((~np.isfinite(values)).sum())
    if missing:
        marks.append(f"none on {missing} of {len(values)} paths")
    verdict = verdict_of(fact, values)
    return Check(fact.what, published(fact), words(values), f"{fact.tolerance:g}", verdict, ", ".join(marks))


def _fact_tasks(plan: Plan) -> list[Task]:
    return chunks(Study(plan.market), plan.seed, plan.paths)


def _fact_checks(plan: Plan, results: Results) -> list[Check]:
    numbers = together(results, Study(plan.market), plan.seed, plan.paths)
    found = [fact_check(fact, numbers) for fact in load_facts(plan.market).facts]
    late = ~numbers["is_early"]
    rush = "first auto-deleveraging after on-chain liquidations reach a tenth of their peak rate, s"
    why = "the published 61.7 s are of fills from 21:15 to 21:27, in the rush; the fact above counts from 20:50"
    multiplier = "cascade multiplier: BTC's fall in its exogenous part"
    times = numbers["btc_spot_fall"][late] / numbers["exogenous_fall"][late]
    note = f"{early(numbers)}; the early ones are left out of the lines above"
    return [
        *found,
        Check(rush, "", words(numbers["rush_deleveraging"][late]), "", "shown", why),
        Check(multiplier, "", words(times), "", "shown", note),
    ]


FACTS = Part(
    "Facts of the day",
    "Median and 10 to 90 % of the paths. Calibration uses what is marked fit, never what is marked check; seen: by "
    "whoever fitted the first set by hand. Holds: the median is within the tolerance of what was published; reached: "
    "it is not, but what was published lies among 10 to 90 % of the paths.",
    _fact_tasks,
    _fact_checks,
)


def _both_tasks(plan: Plan) -> list[Task]:
    return [task for name in (*BISTABLE, CALM) for task in chunks(Study(plan.market, name), plan.seed, plan.paths)]


def _both_checks(plan: Plan, results: Results) -> list[Check]:
    found = []
    for name in BISTABLE:
        numbers = together(results, Study(plan.market, name), plan.seed, plan.paths)
        is_early, fall = numbers["is_early"], numbers["btc_perp_fall"]
        low, high = share_interval(float(is_early.sum()), len(is_early))
        share = f"{int(is_early.sum())} of {len(is_early)} ({100 * low:.0f} to {100 * high:.0f} %)"
        found.append(Check(f"{name}: paths that cascade before the storm", "", share, "", "shown"))
        means = f"all {fall.mean():.3g} %"
        means += f", late {fall[~is_early].mean():.3g} %" if (~is_early).any() else ""
        means += f", early {fall[is_early].mean():.3g} %" if is_early.any() else ""
        found.append(Check(f"{name}: BTC's fall on the large perp, means", "", means, "", "shown"))
    return [*found, _calm_check(together(results, Study(plan.market, CALM), plan.seed, plan.paths))]


def _calm_check(numbers: Numbers) -> Check:
    liquidated = numbers["liquidated_share"]
    count = int((liquidated > CASCADE).sum())
    low, high = share_interval(float(count), len(liquidated))
    measured = f"{count} of {len(liquidated)} ({100 * low:.0f} to {100 * high:.0f} %)"
    note = f"more than {CASCADE:g} % of open interest liquidated; the day itself saw the most on record"
    return Check("days without news that cascade", "none", measured, "0", "missed" if count else "holds", note)


BISTABILITY = Part(
    "Bistability",
    "Near a gain of 1 some paths cascade on the first leg, and the storm finds nobody. They are counted beside every "
    "mean; a mean over both kinds is no headline.",
    _both_tasks,
    _both_checks,
)
