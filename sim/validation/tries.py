"""Tries at what the prototype missed: each changes one thing that the day gives a reason for; told as they fall."""

from __future__ import annotations

import numpy as np

from sim.validation.checks import Check, Part, Plan, Results, Task
from sim.validation.days import published, verdict_of
from sim.validation.ensembles import both_late, chunks, early, paired, together, words
from sim.validation.facts import load_facts
from sim.validation.studies import Study

#: Variant -> facts that it is a try at.
TRIES: dict[str, tuple[str, ...]] = {
    "more leave by choice": ("open_interest_fall", "onchain_open_interest_fall", "btc_spot_fall", "eth_spot_fall"),
    "twice as many arrive": ("forty_minute_share", "open_interest_fall"),
    "arrivals of three times the leverage": ("forty_minute_share", "long_share"),
    "wild hours after": ("forty_minute_share", "recovery", "btc_spot_fall"),
    "single names": ("alts_thin_fall", "alts_dispersion_peak", "alts_spot_fall"),
    "thin venue cut off": ("alts_thin_fall", "alts_dispersion_peak"),
    "thin books a third": ("alts_thin_fall", "alts_dispersion_peak"),
    "thin books a tenth, cut off": ("alts_thin_fall", "alts_dispersion_peak"),
    "vault as fund": ("first_deleveraging", "onchain_deleveraged", "onchain_fund_change"),
    "no funds": ("first_deleveraging", "onchain_deleveraged", "large_fund_change"),
    "leverage on chain x 2": (
        "onchain_liquidated_share",
        "onchain_deleveraged",
        "first_deleveraging",
        "onchain_open_interest_fall",
    ),
    "USDe margin x 5": ("usde_large_fall", "usde_elsewhere_fall"),
    "news x 0.8": ("btc_spot_fall", "btc_perp_fall", "eth_spot_fall", "recovery", "forty_minute_share"),
}


def _tasks(plan: Plan) -> list[Task]:
    return [task for name in ("as it is", *TRIES) for task in chunks(Study(plan.market, name), plan.seed, plan.paths)]


def _checks(plan: Plan, results: Results) -> list[Check]:
    facts = {fact.name: fact for fact in load_facts(plan.market).facts}
    base = together(results, Study(plan.market), plan.seed, plan.paths)
    found = []
    for name, aims in TRIES.items():
        tried = together(results, Study(plan.market, name), plan.seed, plan.paths)
        late = both_late([tried, base])
        for aim in aims:
            fact = facts[aim]
            before, after = base[aim][late], tried[aim][late]
            mean, low, high = paired(after, before)
            measured = f"{words(before).split()[0]} -> {words(after).split()[0]}"
            change = f"paired {mean:+.3g} [{low:+.3g}, {high:+.3g}]" if np.isfinite(mean) else "no path has both"
            note = f"{change}; {early(tried)}"
            found.append(
                Check(
                    f"{name}: {fact.what}",
                    published(fact),
                    measured,
                    f"{fact.tolerance:g}",
                    verdict_of(fact, after),
                    note,
                )
            )
    return found


PART = Part(
    "Tries at what is missed",
    "One change of the shipped market each; medians before and after, and the mean paired difference with its 95 % "
    "interval. A verdict is about the day with the change. Nothing here is fitted.",
    _tasks,
    _checks,
    is_quick=False,
)
