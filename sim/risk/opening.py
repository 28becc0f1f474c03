"""The opening book of each design, beside what its people had wished."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.risk.records import Records


@dataclass(frozen=True, slots=True)
class Opening:
    """Of one design; counts and USD are means per path, shares and leverage are of all paths together."""

    design: str
    wished: float  # people who wished a position before the first step
    entered: float
    reduced: float  # of whom, with less than they wished
    wished_usd: float  # notional
    open_usd: float
    wished_leverage: float  # notional over margin
    leverage: float  # notional over equity
    wished_long_pct: float  # of notional
    long_pct: float


def opening_of(records: Records) -> Opening:
    """Sum up the opening books of all paths."""
    total = {name: float(np.sum(values)) for name, values in records.totals.items() if name.startswith("opening_")}
    mean = {name: value / len(records.paths) for name, value in total.items()}
    return Opening(
        design=records.design,
        wished=mean["opening_wished"],
        entered=mean["opening_entered"],
        reduced=mean["opening_reduced"],
        wished_usd=mean["opening_wished_usd"],
        open_usd=mean["opening_open_usd"],
        wished_leverage=_over(total["opening_wished_usd"], total["opening_wished_margin_usd"]),
        leverage=_over(total["opening_open_usd"], total["opening_margin_usd"]),
        wished_long_pct=100.0 * _over(total["opening_wished_long_usd"], total["opening_wished_usd"]),
        long_pct=100.0 * _over(total["opening_long_usd"], total["opening_open_usd"]),
    )


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0.0 else float("nan")
