"""The processes behind prices, against what is known about them in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from market_factory import quiet, small_market

from sim.scenario.market_tables import Crisis, Jumps
from sim.scenario.tables import Stable
from sim.validation.processes import HOUR_S, asset_of, blocks, hourly_hit_share, merton_kurtosis, merton_share
from sim.world.fundamental.bootstrap import Bootstrap
from sim.world.fundamental.building import fundamental, sudden
from sim.world.fundamental.diffusion import Diffusion
from sim.world.fundamental.jumps import HawkesJumps
from sim.world.fundamental.pegs import Deviations
from sim.world.fundamental.process import CELLS
from sim.world.streams import Streams


def test_liquidation_probability_with_hourly_checks_is_that_of_a_gbm():
    """.1171 by brute force, .11406 by BGK."""
    paths = 20_000
    assert hourly_hit_share(1, paths) == pytest.approx(0.1171, abs=3 * np.sqrt(0.1171 * 0.8829 / paths))


def test_a_crisis_makes_assets_wilder_and_more_alike():
    crisis = Crisis.model_validate(
        {
            "from": "1970-01-01T00:00:00Z",
            "until": "1970-01-02T00:00:00Z",
            "factor": 3,
            "factors": {"ETH": 5.0},
            "correlation": 0.95,
            "source": "x",
        }
    )
    assets = [asset_of(0.5, 0.0, "BTC"), asset_of(0.5, 0.0, "ETH")]
    matrix = np.array([[1.0, 0.5], [0.5, 1.0]])
    cells = {}
    for name, crises in (("calm", []), ("crisis", [crisis])):
        process = Diffusion(assets, [0, 1], 2, matrix, crises, 0, 10, Streams(1, tuple(range(200))))
        cells[name] = blocks(process, 10, 1).reshape(-1, 2)
    assert cells["crisis"].std(axis=0) == pytest.approx([3, 5] * cells["calm"].std(axis=0), rel=0.03)
    assert np.corrcoef(cells["calm"].T)[0, 1] == pytest.approx(0.5, abs=0.02)
    assert np.corrcoef(cells["crisis"].T)[0, 1] == pytest.approx(0.95, abs=0.01)


def test_clustered_jumps_have_the_mean_and_the_variance_of_a_hawkes_process():
    """Mean rate mu / (1 - n); variance over mean of counts in long windows 1 / (1 - n)^2."""
    jumps = Jumps(rate_per_hour=20, mean_bps=0, sd_bps=1, branching=0.5, decay_s=60, source="test")
    process = HawkesJumps(jumps, np.ones(1), 1, Streams(1, tuple(range(500))))
    counts = np.concatenate([process.arrivals(block) for block in range(110)], axis=1)[:, 10 * CELLS :]
    hours = counts.shape[1] / HOUR_S
    per_path = counts.sum(axis=1)
    assert per_path.mean() / hours == pytest.approx(40.0, rel=0.03)
    assert per_path.var() / per_path.mean() == pytest.approx(4.0, rel=0.25)


def test_steady_jumps_and_diffusion_have_the_kurtosis_of_merton():
    expected, found = merton_kurtosis(2)
    assert found == pytest.approx(expected, rel=0.1)


def test_a_jump_of_a_week_is_as_likely_as_merton_says():
    """12 a year of N(-5 %, 7 %): below -10 % within a week with .0532."""
    assert merton_share(1, 20_000) == pytest.approx(0.0532, abs=3 * np.sqrt(0.0532 * 0.9468 / 20_000))


def test_pegs_are_ornstein_uhlenbeck():
    stable = Stable(feed="USDE", peg_usd=1, sd_bps=20, half_life_s=100, source="test")
    process = Deviations([stable], [0], 1, 10, Streams(1, tuple(range(400))))
    level = np.cumsum(blocks(process, 10, 4)[:, :, 0], axis=1)[:, 100:]
    assert level.std() == pytest.approx(20e-4, rel=0.03)
    lag = np.mean(level[:, 10:] * level[:, :-10]) / np.mean(level**2)
    assert lag == pytest.approx(0.5, abs=0.03)


def test_a_bootstrap_keeps_vectors_together_and_blocks_as_long_as_asked():
    rows = np.arange(1_000.0)
    process = Bootstrap(np.stack([rows, -2.0 * rows], axis=1), 20.0, Streams(1, tuple(range(200))))
    drawn = blocks(process, 10, 4)
    assert (drawn[..., 1] == -2.0 * drawn[..., 0]).all()
    follows = (drawn[:, 1:, 0] - drawn[:, :-1, 0]) % 1_000 == 1
    assert 1.0 / (1.0 - follows.mean()) == pytest.approx(20.0, rel=0.05)
    assert drawn[..., 0].mean() == pytest.approx(499.5, rel=0.05)


def test_news_lands_whole_in_every_asset_by_its_beta():
    market = quiet(news=small_market().model_dump(by_alias=True, mode="json")["news"])
    grid = fundamental(market, Streams(1, (0, 1)))
    total = sum(grid.between(t, t + 60) for t in range(0, 3_600, 60))
    by_feed = dict(zip(market.feeds, total[0], strict=True))
    assert by_feed["BTC"] == pytest.approx(-0.05) and by_feed["ETH"] == pytest.approx(-0.065)
    assert by_feed["USDE"] == 0.0 and (total[0] == total[1]).all()


def test_runs_with_other_steps_see_the_same_shocks():
    totals = []
    for step_s in (60, 10, 4):
        steps = range(0, 3_600, step_s)
        slides, jumps = (make(small_market(), Streams(3, (5, 6))) for make in (fundamental, sudden))
        slid = sum(slides.between(t, t + step_s) for t in steps)
        jumped = sum(jumps.landing(t, t + step_s) for t in steps)
        assert (slid != 0.0).any() and (jumped != 0.0).any()
        totals.append(np.stack([slid, jumped]))
    assert totals[0] == pytest.approx(totals[1], abs=1e-13) and totals[0] == pytest.approx(totals[2], abs=1e-13)


def test_a_wrapped_token_goes_with_its_base():
    token = {"feed": "WETH", "base": "ETH", "rate": 1.08, "sd_bps": 0, "half_life_s": 60, "source": "made up"}
    market = small_market(wrapped=[token])
    moved = fundamental(market, Streams(1, (0,))).between(0, 3_600)[0]
    assert moved[market.feeds.index("WETH")] == moved[market.feeds.index("ETH")] != 0.0
