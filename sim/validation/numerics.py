"""What a result must not depend on: steps, cohorts, company; and what common random numbers are worth."""

from __future__ import annotations

import numpy as np

from sim.validation.checks import Check, Part, Plan, Results, Task, Verdict, at_most, equal
from sim.validation.ensembles import chunks, half_width, paired, together
from sim.validation.studies import Numbers, Study

STEPS_S = (10, 5, 2)
COHORTS = (500, 2_000)
PATHS_QUICK = 8
OTHER_CHUNK = 3  # paths in other company
#: Of independent runs' variance, at most.
CORRELATED = 0.2
MEASURED = {
    "btc_spot_fall": "BTC's fall, spot, %",
    "btc_perp_fall": "BTC's fall, large perp, %",
    "sol_onchain_fall": "SOL's fall, on-chain, %",
    "alts_spot_fall": "small coins' fall, spot, %",
    "alts_thin_fall": "small coins' fall, thin, %",
    "alts_dispersion_peak": "small coins' dispersion, %",
    "btc_depth_lost": "BTC's depth lost, %",
    "liquidated": "liquidated, USD B",
    "stopped": "stopped, USD B",
    "deleveraged": "auto-deleveraged, USD B",
    "peak_minute_share": "share of the peak minute, %",
    "long_share": "longs' share, %",
    "open_interest_fall": "fall of open interest, %",
    "makers_loss": "makers' loss, USD M",
    "large_fund_change": "large fund, USD M",
}


def _paths(plan: Plan) -> int:
    return plan.paths if plan.is_full else min(plan.paths, PATHS_QUICK)


def _step_studies(plan: Plan) -> list[Study]:
    return [Study(plan.market, is_storm_only=True, step_s=step_s) for step_s in STEPS_S]


def _cohort_studies(plan: Plan) -> list[Study]:
    return [Study(plan.market, cohorts=count, is_storm_only=True) for count in COHORTS]


def _other_branch(first: Numbers, second: Numbers) -> int:
    """Paths that cascade in one of two runs and not, or not as often, in the other."""
    a, b = first["liquidated"], second["liquidated"]
    return int((np.abs(a - b) > np.maximum(a, b) / 3.0).sum())


def _against(first: Numbers, second: Numbers, what: str) -> list[Check]:
    """Paired differences of two runs, held against the interval that the mean has anyway."""
    counts = " and ".join(str(int(numbers["is_early"].sum())) for numbers in (first, second))
    paths = f"{counts} of {len(first['is_early'])}"
    found = [Check(f"{what}: paths that cascade before the storm", "", paths, "", "shown")]
    other = f"{_other_branch(first, second)} of {len(first['is_early'])}"
    note = "liquidations differ by more than a third; such a path is in all lines below, and may make them"
    found.append(Check(f"{what}: paths that take another branch", "", other, "", "shown", note))
    for name, words in MEASURED.items():
        mean, low, high = paired(first[name], second[name])
        width = half_width(second[name])
        verdict: Verdict = "holds" if abs(mean) <= width else "missed"
        base = float(np.nanmean(second[name]))
        measured = f"{mean:+.2g} [{low:+.2g}, {high:+.2g}]"
        found.append(Check(f"{what}: {words}", "0", measured, f"{width:.2g}", verdict, f"of {base:.3g}"))
    return found


def _step_tasks(plan: Plan) -> list[Task]:
    return [task for study in _step_studies(plan) for task in chunks(study, plan.seed, _paths(plan))]


def _step_checks(plan: Plan, results: Results) -> list[Check]:
    ten, five, two = (together(results, study, plan.seed, _paths(plan)) for study in _step_studies(plan))
    return [*_against(ten, two, "10 s against 2 s"), *_against(five, two, "5 s against 2 s")]


def _cohort_tasks(plan: Plan) -> list[Task]:
    return [task for study in _cohort_studies(plan) for task in chunks(study, plan.seed, _paths(plan))]


def _cohort_checks(plan: Plan, results: Results) -> list[Check]:
    few, many = (together(results, study, plan.seed, _paths(plan)) for study in _cohort_studies(plan))
    return _against(few, many, "500 cohorts against 2,000")


STEPS = Part(
    "Length of steps",
    "The storm in steps of one length, the same shocks: mean paired difference with its 95 % interval. Tolerance: "
    "half of the interval that the mean of the measure has at so many paths.",
    _step_tasks,
    _step_checks,
)
COHORT_COUNT = Part(
    "Number of cohorts",
    "The same crowd cut finer (draws are nested). Tolerance: half of the interval that the mean has at so many paths.",
    _cohort_tasks,
    _cohort_checks,
)


def _pairs(plan: Plan) -> dict[str, Study]:
    names = ("ladders", "depth x 1.5", "no momentum")
    return {name: Study(plan.market, name, is_storm_only=True) for name in names}


def _crn_tasks(plan: Plan) -> list[Task]:
    base = Study(plan.market, is_storm_only=True)
    again = Study(plan.market, is_storm_only=True, run=1)
    own = chunks(base, plan.seed, plan.paths) + chunks(again, plan.seed, plan.paths, OTHER_CHUNK)
    return own + [task for study in _pairs(plan).values() for task in chunks(study, plan.seed, plan.paths)]


def _crn_checks(plan: Plan, results: Results) -> list[Check]:
    base = together(results, Study(plan.market, is_storm_only=True), plan.seed, plan.paths)
    again = together(results, Study(plan.market, is_storm_only=True, run=1), plan.seed, plan.paths, OTHER_CHUNK)
    same = all(np.array_equal(base[name], again[name], equal_nan=True) for name in base)
    found = [equal("identical markets, paths in other company", same, "every measure of every path")]
    for name, study in _pairs(plan).items():
        other = together(results, study, plan.seed, plan.paths)
        for key in ("btc_perp_fall", "liquidated"):
            a, b = base[key], other[key]
            ratio = float(np.var(a - b, ddof=1) / (np.var(a, ddof=1) + np.var(b, ddof=1)))
            note = f"correlation {np.corrcoef(a, b)[0, 1]:.3f}; {_other_branch(base, other)} take another branch"
            found.append(
                at_most(f"{name}: {MEASURED[key]}, variance in that of independent runs", CORRELATED, ratio, "", note)
            )
    return found


COMMON = Part(
    "Common random numbers",
    "Two runs see the same shocks and the same people. Variance of the difference of a market and a variant of it, in "
    "what independent runs would have.",
    _crn_tasks,
    _crn_checks,
)
