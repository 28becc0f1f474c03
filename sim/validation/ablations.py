"""Ablations: a part is taken out of the storm, and a named measure moves, with an interval, in the direction expected.

The same paths with and without; all pairs of a part and a measure are one family (Holm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.risk.intervals import holm, mean_p_value
from sim.validation.checks import Check, Part, Plan, Results, Task, Verdict
from sim.validation.ensembles import both_late, chunks, paired, together
from sim.validation.studies import Study

#: Percent of a family in which a false sign may be claimed.
LEVEL = 0.05
POOL_USD = 2e9

MEASURED = {
    "btc_spot_fall": ("BTC's fall, spot", "points"),
    "btc_perp_fall": ("BTC's fall, large perp", "points"),
    "alts_thin_fall": ("small coins' fall, thin", "points"),
    "liquidated": ("liquidated", "USD B"),
    "deleveraged": ("auto-deleveraged", "USD B"),
    "alts_dispersion_peak": ("small coins' dispersion", "points"),
    "open_interest_fall": ("fall of open interest", "points"),
    "peak_minute_share": ("share of the peak minute", "points"),
    "hedge_venue_fall": ("SOL's fall, hedgers' venue", "points"),
}


@dataclass(frozen=True, slots=True)
class Ablation:
    """What is taken out, and which way each measure goes then: -1, 1, or 0 where nothing clear is expected."""

    name: str
    variant: str
    signs: dict[str, int]
    hedged_share: float | None = None  # of the stand-in pool, instead of a variant
    pool_usd: float = 0.0

    def studies(self, market: str) -> tuple[Study, Study]:
        """Without the part, and with it."""
        base = Study(market, is_storm_only=True, pool_usd=self.pool_usd)
        without = Study(
            market, self.variant, is_storm_only=True, pool_usd=self.pool_usd, hedged_share=self.hedged_share
        )
        return without, base


_ALL_LESS = {"btc_spot_fall": -1, "btc_perp_fall": -1, "liquidated": -1}
ABLATIONS = (
    Ablation("platforms", "no platforms", _ALL_LESS | {"alts_dispersion_peak": -1}),
    Ablation("makers leaving", "makers stay", _ALL_LESS | {"deleveraged": -1, "alts_thin_fall": -1}),
    Ablation(
        "herding",
        "no herding",
        {
            "btc_spot_fall": -1,
            "btc_perp_fall": -1,
            "liquidated": 0,
            "deleveraged": -1,
            "alts_dispersion_peak": -1,
            "open_interest_fall": -1,
        },
    ),
    Ablation("momentum", "no momentum", {"btc_spot_fall": 0, "btc_perp_fall": 0, "liquidated": 0}),
    Ablation("entries on a fall", "no entries", {"btc_perp_fall": 0, "liquidated": -1, "peak_minute_share": -1}),
    Ablation("stops", "no stops", {"btc_perp_fall": 0, "liquidated": 1, "peak_minute_share": -1}),
    Ablation("arbitrage", "no arbitrage", _ALL_LESS | {"alts_dispersion_peak": 1}),
    Ablation("thin books (depth x 1.5)", "depth x 1.5", _ALL_LESS | {"alts_dispersion_peak": -1}),
    Ablation("thin books (depth x 2)", "depth x 2", _ALL_LESS | {"alts_dispersion_peak": -1}),
    Ablation("leverage (x 0.7)", "leverage x 0.7", _ALL_LESS),
    Ablation("news", "no news", _ALL_LESS),
    Ablation(
        "hedge channel", "as it is", {"hedge_venue_fall": -1, "btc_perp_fall": 0}, hedged_share=0.0, pool_usd=POOL_USD
    ),
)

#: Why a sign may differ from the prototype's, by part and measure; told where it does.
EXPLAINED = {
    (
        "herding",
        "btc_spot_fall",
    ): "herds trade where perps are; spot falls with the consensus, which others move as far",
    ("herding", "open_interest_fall"): "whoever is not shaken out by herds is liquidated a little later",
    ("entries on a fall", "liquidated"): "they bring liquidations forward, half of them by two minutes, and add none",
    ("stops", "liquidated"): "who has no stop is liquidated later, or not at all",
    ("stops", "peak_minute_share"): "stops sell before the rush as well as in it",
}


def _tasks(plan: Plan) -> list[Task]:
    return [
        task
        for each in ABLATIONS
        for study in each.studies(plan.market)
        for task in chunks(study, plan.seed, plan.paths)
    ]


def _checks(plan: Plan, results: Results) -> list[Check]:
    lines, p_values = [], []
    for ablation in ABLATIONS:
        worlds = [together(results, study, plan.seed, plan.paths) for study in ablation.studies(plan.market)]
        used = both_late(worlds)
        counts = " and ".join(str(int(numbers["is_early"].sum())) for numbers in worlds) + f" of {len(used)}"
        for name, sign in ablation.signs.items():
            without, base = (numbers[name][used] for numbers in worlds)
            lines.append((ablation, name, sign, paired(without, base), base.mean(), counts))
            difference = without - base
            has_spread = len(difference) > 2 and np.ptp(difference) > 0.0
            p_values.append(float(mean_p_value(difference)) if has_spread else (1.0 if not difference.any() else 0.0))
    found = []
    for (ablation, name, sign, change, base, counts), p in zip(lines, holm(p_values), strict=True):
        what, unit = MEASURED[name]
        mean, low, high = change
        note = f"from {base:.3g}; Holm p {p:.1g}; early: {counts}"
        verdict = _verdict(sign, mean, p)
        if verdict in ("missed", "reached") and (ablation.name, name) in EXPLAINED:
            note += f"; {EXPLAINED[ablation.name, name]}"
        found.append(
            Check(
                f"without {ablation.name}: {what}",
                {-1: "less", 0: "nothing clear", 1: "more"}[sign],
                f"{mean:+.3g} [{low:+.3g}, {high:+.3g}] {unit}",
                f"p < {LEVEL:g}",
                verdict,
                note,
            )
        )
    return found


def _verdict(sign: int, mean: float, p: float) -> Verdict:
    """reached: the sign is right, but not shown by so many paths."""
    if sign == 0:
        return "holds" if p >= LEVEL else "shown"
    if np.sign(mean) != sign:
        return "missed"
    return "holds" if p < LEVEL else "reached"


PART = Part(
    "Ablations",
    "The storm from an hour before it on, the same paths with and without a part: change of the mean with its 95 % "
    "interval, and Holm's p over the whole family. Expected signs are those measured on the prototype. Paths that "
    "cascade before the storm with or without the part are left out, and counted in that order (early). The hedge "
    "channel has a stand-in pool of USD 2 billion of longs. Reached: the sign is as expected, and not shown by so "
    "many paths.",
    _tasks,
    _checks,
)
