"""The loop against cascades in closed form: one book, one asset, liquidations spread evenly over the way down.

With a density rho of USD to liquidate per unit of log price and a book without a patient part that keeps what it
took: if it is linear, D per 1 %, a shock s ends at s / (1 - G), G = rho 1 % / D; if its impact is a square root,
sqrt(s) of the end is (k + sqrt(k^2 + 4 s)) / 2, k^2 = rho (1 %)^2 / D.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from market_factory import SOURCE, at, crowd, platform, quiet, run, world_of

DEPTH_USD = 1e8
REACH = 0.4  # log distance that liquidations are spread over
NEVER_S = 1e12


def _final_fall(shock: float, exponent: float, density_usd: float, execution_s: float = 60.0, step_s: int = 2) -> float:
    """Log fall of the price when all is over."""
    depth = [{"feed": feed, "at_1pct_usd": DEPTH_USD, "source": SOURCE} for feed in ("BTC", "ETH")]
    one = platform("perp_a", "full", collateral=[], leave_per_hour=0.0, insurance_usd=1e15, fee_bps=0.0)
    one |= {"mark_own_share": 1.0, "execution_s": execution_s, "crowd": [crowd("longs", "long", 1.0, 2.0)]}
    changes: dict[str, Any] = {
        "platform": [one],
        "clock": {"start": at(0), "segment": [{"until": at(60), "step_s": step_s}]},
        "book__exponent": exponent,
        "book__patient_share": 0.0,
        "book__believed_share": 0.0,
        "makers__withdrawal_exponent": 0.0,
        "makers__loss_withdrawal": 0.0,
        "arbitrage__capital_usd": 0.0,
        "momentum__size_depths": 0.0,
        "venue__1__depth": depth,
        "venue__1__maker_limit_depths": 1e9,
    }
    changes |= {f"book__{name}": NEVER_S for name in ("follow_s", "own_s", "fade_s")}
    world = world_of(quiet(**changes), paths=(0,), cohorts=4_000)
    cohorts, f = world.state.population.cohorts, world.feeds.index("BTC")
    count = cohorts.cash_usd.shape[1]
    start_usd = world.consensus_usd[0, f]
    trigger_usd = start_usd * np.exp(-REACH * (np.arange(count) + 0.5) / count)
    usd = density_usd * REACH / count  # of a cohort, when it is closed
    cohorts.units[:] = 0.0
    cohorts.units[0, f] = usd / trigger_usd
    for array in (cohorts.cash_usd, cohorts.form_usd):
        array[0] = -usd
    cohorts.spread_usd[:] = cohorts.lowest_usd[:] = 0.5 * usd * REACH / count
    world.state.platform_terms.maintenance[:] = 0.0
    world.state.books.fundamental_log[0, f] -= shock
    run(world)
    v = world.venues.index("perp_a")
    return float(-np.log(world.mid_usd()[0, f, v] / start_usd))


@pytest.mark.parametrize("gain", [0.0, 0.25, 0.5, 0.8])
def test_a_linear_book_multiplies_a_shock_by_one_over_one_less_the_gain(gain):
    """Queued units are sold lower than they were triggered: the deeper the fall, the less USD they are."""
    fall = _final_fall(0.03, 1.0, gain * DEPTH_USD / 0.01)
    assert fall == pytest.approx(0.03 / (1.0 - gain), rel=0.002 + 0.1 * gain**2)
    assert fall <= 0.03 / (1.0 - gain) * (1.0 + 1e-6)


@pytest.mark.parametrize(("shock", "k"), [(0.02, 0.08), (0.04, 0.12)])
def test_a_square_root_book_ends_where_it_must(shock, k):
    fall = _final_fall(shock, 2.0 - 1e-9, k * k * DEPTH_USD / 1e-4)
    assert fall == pytest.approx(((k + np.sqrt(k * k + 4.0 * shock)) / 2.0) ** 2, rel=0.01)


def test_a_gain_above_one_runs_through_all_that_there_is():
    assert _final_fall(0.03, 1.0, 1.2 * DEPTH_USD / 0.01) > REACH


def test_the_end_does_not_depend_on_how_long_selling_takes():
    ends = [_final_fall(0.03, 1.0, 0.5 * DEPTH_USD / 0.01, execution_s) for execution_s in (20.0, 60.0)]
    assert ends[0] == pytest.approx(ends[1], rel=0.005)
