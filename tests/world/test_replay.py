"""The world passes through its waypoints, is as noisy as it says, and is the same however paths are split."""

from __future__ import annotations

import numpy as np
import pytest

from sim.scenario import load_scenario
from sim.scenario.tables import unix_s
from sim.world.history import build_history
from sim.world.streams import Streams

PATHS = 2_000
STANDARD_ERRORS = 3.0  # accepted distance of an estimate from its closed form; the seed is fixed
BPS = 1e-4
BTC, ETH, USDC = 0, 1, 2  # places of feeds: by their names
BINANCE, KRAKEN, OKX = 0, 1, 2  # and of venues
STORM_FACTOR = 3.0
CALM_BASIS = 10 * BPS


def streams(paths: int = 3, seed: int = 7) -> Streams:
    return Streams(seed, tuple(range(paths)))


def minute(time: str) -> int:
    """The step of `HH:MM` in the small scenario."""
    return int(time[:2]) * 60 + int(time[3:])


@pytest.fixture(scope="module")
def many(small):
    """The small world on many paths."""
    return build_history(small(), streams(PATHS))


def assert_variance(sample: np.ndarray, expected: float) -> None:
    """A sample of normals, (n,), has this variance: its estimate has standard error sqrt(2 / (n - 1)) of it."""
    error = expected * np.sqrt(2.0 / (len(sample) - 1))
    assert abs(sample.var(ddof=1) - expected) <= STANDARD_ERRORS * error


def assert_correlation(x: np.ndarray, y: np.ndarray, expected: float) -> None:
    """Two samples of normals, (n,), have this correlation: its estimate has standard error (1 - r^2) / sqrt(n)."""
    error = (1.0 - expected**2) / np.sqrt(len(x))
    assert abs(np.corrcoef(x, y)[0, 1] - expected) <= STANDARD_ERRORS * error


# ---- true prices ----


def test_every_path_of_the_storm_passes_through_every_waypoint_exactly() -> None:
    storm = load_scenario("oct_2025_replay")
    world = build_history(storm, streams())
    for point in storm.waypoints:
        step = np.searchsorted(world.times_s, unix_s(point.time))
        assert world.times_s[step] == unix_s(point.time)
        assert (world.true_price_usd[:, step, world.feeds.index(point.feed)] == point.price_usd).all()


def test_paths_differ_between_waypoints() -> None:
    world = build_history(load_scenario("oct_2025_replay"), streams())
    assert len(np.unique(world.true_price_usd[:, 100, 0])) == 3


def test_median_path_is_the_straight_line_in_log_price(many) -> None:
    step, share = 10, 10 / 25
    line = 100.0 ** (1 - share) * 80.0**share
    sd = np.log(many.true_price_usd[:, step, BTC]).std()
    deviation = np.log(many.true_price_usd[:, step, BTC] / line).mean()
    assert abs(deviation) <= STANDARD_ERRORS * sd / np.sqrt(PATHS)


@pytest.mark.parametrize("feed", [BTC, ETH])
@pytest.mark.parametrize("step", [5, 19, 22, 28, 45])
def test_bridge_has_the_variance_of_the_closed_form(many, feed, step) -> None:
    """Var = sd^2 (a - a0)(a1 - a)/(a1 - a0) with a the seconds of activity, a storm second counting factor^2."""
    minutes = np.arange(61)
    activity = 60.0 * (minutes + (STORM_FACTOR**2 - 1) * np.clip(minutes - 20, 0, 10))
    left, right = (0, 25) if step < 25 else (25, 60)
    a0, a, a1 = activity[[left, step, right]]
    variance = ({BTC: 20, ETH: 40}[feed] * BPS) ** 2 / 300.0 * (a - a0) * (a1 - a) / (a1 - a0)
    assert_variance(np.log(many.true_price_usd[:, step, feed]), variance)


def test_noise_of_feeds_is_correlated_as_given(many) -> None:
    btc, eth = (np.log(many.true_price_usd[:, 12, feed]) for feed in (BTC, ETH))
    assert_correlation(btc, eth, 0.6)


def test_path_is_free_after_the_last_waypoint(small) -> None:
    waypoints = [
        {"feed": feed, "time": "2025-01-01T00:00:00Z", "price_usd": 50.0, "source": "made up"}
        for feed in ("BTC", "ETH")
    ]
    world = build_history(small(waypoint=waypoints), streams(PATHS))
    activity = 60.0 * 60 + (STORM_FACTOR**2 - 1) * 600
    assert_variance(np.log(world.true_price_usd[:, -1, BTC]), (20 * BPS) ** 2 / 300 * activity)


def test_stable_feed_stays_around_its_peg(many) -> None:
    for step in (0, 60):
        assert_variance(np.log(many.true_price_usd[:, step, USDC]), (5 * BPS) ** 2)


def test_world_without_noise_is_the_line(small) -> None:
    quiet = {"noise.volatility[0].sd_bps_per_5min": 0, "stable[0].sd_bps": 0}
    quiet |= {f"venue[{i}].basis_sd_bps": 0 for i in range(3)}
    world = build_history(small(**quiet), streams())
    assert world.true_price_usd[0, :, BTC] == pytest.approx(world.true_price_usd[1, :, BTC], rel=1e-15)
    assert (world.quotes(10).price_usd == world.true_price_usd[:, 10, :, None]).all()


# ---- the same world, however it is built ----


def test_path_is_identical_in_another_chunk(small) -> None:
    whole = build_history(small(), Streams(7, (0, 1, 2, 3)))
    part = build_history(small(), Streams(7, (3, 1)))
    assert (whole.true_price_usd[[3, 1]] == part.true_price_usd).all()
    assert (whole.quoted_usd[[3, 1]] == part.quoted_usd).all()


def test_another_seed_gives_another_world(small) -> None:
    one, other = (build_history(small(), streams(seed=seed)) for seed in (7, 8))
    assert (one.true_price_usd[:, 10] != other.true_price_usd[:, 10]).all()


def test_prices_do_not_depend_on_venues(small) -> None:
    one, other = (build_history(s, streams()) for s in (small(), small(**{"venue[0].weight": 9})))
    assert (one.quoted_usd == other.quoted_usd).all()


# ---- venues ----


def log_basis(world, step: int, venue: int = 0) -> np.ndarray:
    return np.log(world.quotes(step).price_usd[:, BTC, venue] / world.true_price_usd[:, step, BTC])


@pytest.mark.parametrize("step", [0, 1, 40])
def test_basis_has_its_standard_deviation_from_the_first_step_on(many, step) -> None:
    assert_variance(log_basis(many, step), CALM_BASIS**2)


@pytest.mark.parametrize("lag", [1, 2, 4])
def test_basis_halves_in_its_half_life(many, lag) -> None:
    """Half-life 120 s and steps of 60 s: correlation 2^(-lag / 2)."""
    assert_correlation(log_basis(many, 40), log_basis(many, 40 + lag), 0.5 ** (lag / 2))


def test_basis_of_venues_is_independent(many) -> None:
    assert_correlation(log_basis(many, 10, venue=0), log_basis(many, 10, venue=1), 0.0)


def test_storm_widens_spread_and_basis_of_its_venue_only(small) -> None:
    storm = {"venue[1].storm_spread_factor": 15, "venue[1].storm_basis_factor": 4}
    world, calm = build_history(small(**storm), streams(PATHS)), build_history(small(), streams())
    quotes = world.quotes(25)
    spread_bps = quotes.half_spread_usd / quotes.price_usd / BPS
    assert spread_bps[0, BTC] == pytest.approx([2, 2, 30])
    assert_variance(log_basis(world, 25, venue=OKX), (4 * CALM_BASIS) ** 2)
    assert (world.quotes(31).half_spread_usd[:3] == calm.quotes(31).half_spread_usd).all()


def offset(size_bps: float = 300.0, ramp_s: int = 300, feeds=("BTC",)) -> dict:
    return {"venue": "OKX", "feeds": list(feeds), "kind": "offset", "from": "2025-01-01T00:10:00Z",
            "until": "2025-01-01T00:30:00Z", "size_bps": size_bps, "ramp_s": ramp_s, "source": "made up"}  # fmt: skip


@pytest.mark.parametrize(
    ("time", "share"),
    [("00:10", 0), ("00:12", 0.4), ("00:15", 1), ("00:25", 1), ("00:29", 0.2), ("00:30", 0)],
)
def test_offset_ramps_up_and_down(small, time, share) -> None:
    with_event, without = (build_history(small(event=events), streams()) for events in ([offset()], []))
    ratio = with_event.quotes(minute(time)).price_usd / without.quotes(minute(time)).price_usd
    assert np.log(ratio[:, BTC, OKX]) == pytest.approx(np.full(3, share * 300 * BPS), abs=1e-12)
    ratio[:, BTC, OKX] = 1.0
    assert ratio == pytest.approx(np.ones_like(ratio))


def test_offset_without_ramp_is_a_step(small) -> None:
    with_event, without = (build_history(small(event=events), streams()) for events in ([offset(-500, 0)], []))
    ratios = [with_event.quotes(t).price_usd / without.quotes(t).price_usd for t in (9, 10, 29, 30)]
    assert [np.log(r[0, BTC, OKX]) for r in ratios] == pytest.approx([0, -0.05, -0.05, 0], abs=1e-12)


HALT = {"venue": "Kraken", "feeds": ["BTC", "USDC"], "kind": "halt", "from": "2025-01-01T00:10:00Z",
        "until": "2025-01-01T00:15:00Z", "source": "made up"}  # fmt: skip


def test_halted_venue_keeps_its_last_quote_and_its_time(small) -> None:
    world = build_history(small(event=[HALT]), streams())
    last = world.quotes(9)
    for step in range(10, 15):
        quotes = world.quotes(step)
        assert (quotes.published_s[:, BTC, KRAKEN] == world.times_s[9]).all()
        assert (quotes.price_usd[:, BTC, KRAKEN] == last.price_usd[:, BTC, KRAKEN]).all()
        assert (quotes.half_spread_usd[:, BTC, KRAKEN] == last.half_spread_usd[:, BTC, KRAKEN]).all()
        assert (quotes.published_s[:, ETH, KRAKEN] == world.times_s[step]).all()
        assert (quotes.published_s[:, :, [BINANCE, OKX]] == world.times_s[step]).all()
    assert (world.quotes(15).published_s == world.times_s[15]).all()


def test_venue_halted_from_the_start_shows_its_first_quote(small) -> None:
    world = build_history(small(event=[HALT | {"from": "2025-01-01T00:00:00Z"}]), streams())
    assert (world.quotes(14).published_s[:, BTC, KRAKEN] == world.times_s[0]).all()


def test_storm_shows_the_documented_low_of_the_thin_venue() -> None:
    """Binance COIN-M showed 102,497 at 21:20; basis noise is the only difference."""
    storm = load_scenario("oct_2025_replay")
    world = build_history(storm, streams(400))
    step = np.searchsorted(world.times_s, unix_s(storm.clock.start) + 50 * 60)
    shown = np.median(world.quotes(step).price_usd[:, 0, world.venues.index("Binance")])
    assert shown == pytest.approx(102_497, rel=2 * BPS)


def test_some_venue_is_stale_in_the_storm() -> None:
    world = build_history(load_scenario("oct_2025_replay"), streams())
    age_s = max((world.times_s[t] - world.quotes(t).published_s).max() for t in range(601))
    assert age_s == 33 * 60  # MEXC, 21:18 to 21:51: the last halted step is ten seconds before, and so is its quote


def test_shapes_and_types(small) -> None:
    world = build_history(small(), streams())
    quotes = world.quotes(0)
    assert world.true_price_usd.shape == (3, 61, 3)
    assert quotes.price_usd.shape == quotes.half_spread_usd.shape == quotes.published_s.shape == (3, 3, 3)
    assert quotes.published_s.dtype == world.times_s.dtype == np.int64
    assert world.step_s.tolist() == [60] * 61


def test_halted_venue_keeps_the_spread_of_its_last_quote(small) -> None:
    """Halted a minute before the storm starts: the storm does not widen what is on show."""
    halt = HALT | {"from": "2025-01-01T00:19:00Z", "until": "2025-01-01T00:30:00Z"}
    world = build_history(small(event=[halt], **{"venue[2].storm_spread_factor": 15}), streams())
    before, during = world.quotes(18), world.quotes(25)
    assert (during.half_spread_usd[:, BTC, KRAKEN] == before.half_spread_usd[:, BTC, KRAKEN]).all()
    assert (during.half_spread_usd[:, ETH, KRAKEN] > 10 * before.half_spread_usd[:, ETH, KRAKEN]).all()
