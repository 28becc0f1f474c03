"""Who is liquidated, in a market too deep to be moved: the first passage of a Brownian motion, looked at in steps."""

from __future__ import annotations

import numpy as np
import pytest
from market_factory import SOURCE, crowd, platform, run, small_document, small_market, world_of
from scipy.stats import norm

STEP_S, STEPS, PATHS = 300, 144, 1_200
SD = 50e-4  # of log returns in 300 s
LEVERAGE, MAINTENANCE = 10.0, 0.01
CORRECTION = 0.5826  # of a barrier that is looked at now and then (Broadie, Glasserman and Kou 1997)

#: Log distance to where an isolated position of that leverage falls below its maintenance.
TRIGGER = {
    "long": -np.log((1.0 - 1.0 / LEVERAGE) / (1.0 - MAINTENANCE)),
    "short": np.log((1.0 + 1.0 / LEVERAGE) / (1.0 + MAINTENANCE)),
}


def _market(kind: str, engine: str):
    interest = [{"feed": "BTC", "usd": 1e6, "maintenance_bps": 1e4 * MAINTENANCE, "source": SOURCE}]
    only = crowd("all", kind, 1.0, LEVERAGE, leverage_log_sd=0.0, portfolios=1)
    deep = [{"feed": "BTC", "at_1pct_usd": 1e15, "source": SOURCE}]
    changes = {f"venue__{i}__depth": deep for i in range(3)} | {f"venue__{i}__basis_sd_bps": 0.0 for i in range(3)}
    hours = STEP_S * STEPS // 3_600
    return small_market(
        asset=[small_document()["asset"][0] | {"sd_bps_per_5min": 1e4 * SD}],
        stable=[],
        news=[],
        fundamental={},
        clock={
            "start": "2025-01-01T00:00:00Z",
            "segment": [{"until": f"2025-01-01T{hours:02d}:00:00Z", "step_s": STEP_S}],
        },
        cutting={"shock_s": STEP_S, "source": SOURCE},
        momentum__size_depths=0.0,
        funding__interest_bps=0.0,
        platform=[
            platform(
                "perp_a", engine, open_interest=interest, collateral=[], crowd=[only], leave_per_hour=0.0, fee_bps=0
            )
        ],
        **changes,
    )


@pytest.mark.parametrize("kind", ["long", "short"])
def test_as_many_are_liquidated_as_pass_the_barrier_of_their_leverage(kind):
    world = world_of(_market(kind, "full"), paths=range(PATHS), cohorts=1, record_every=STEPS)
    assert world.state.sizes["A"] == 1
    run(world)
    assert world.consensus_usd == pytest.approx(world.fundamental_usd, rel=1e-6), "nobody moves such a market"
    share = (world.state.population.cohorts.closed[:, 0] == 1.0).mean()
    expected = 2.0 * norm.cdf(-(TRIGGER[kind] + CORRECTION * SD) / (SD * np.sqrt(STEPS)))
    assert 0.05 < expected < 0.5
    assert share == pytest.approx(expected, abs=3.0 * np.sqrt(expected * (1.0 - expected) / PATHS))


@pytest.mark.parametrize("kind", ["long", "short"])
def test_a_ladder_keeps_equity_at_maintenance_where_an_engine_takes_all(kind):
    """Beyond the trigger by x, a ladder holds e^(-x / m) of the position: some maintenances further, nearly nothing."""
    world = world_of(_market(kind, "ladder"), paths=range(200), cohorts=1)
    worst = np.zeros(200)
    sign = -1.0 if kind == "long" else 1.0
    for step in range(1, STEPS + 1):
        world.advance(step)
        worst = np.maximum(worst, sign * np.log(world.fundamental_usd[:, 0] / 100.0))
    closed = world.state.population.cohorts.closed[:, 0]
    beyond = worst - TRIGGER[kind]
    assert (closed[beyond < -1e-4] == 0.0).all() and (beyond > MAINTENANCE).sum() > 10
    hit = beyond > 1e-3
    assert closed[hit] == pytest.approx(-np.expm1(-beyond[hit] / MAINTENANCE), abs=0.05)
