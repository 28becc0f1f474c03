"""What broke price feeds from 2019 to 2025, with the stages that let it and those that stop it."""

from __future__ import annotations

import pytest
from contracts.desk import CLAMPED_MEAN, MEAN, MINIMUM, SINGLE_VENUE, Desk, FeedRule, Quote, VenueRule, five, weighted
from contracts.stage import FINE, HALTED, T0, WAD, WIDE

PERCENT = WAD // 100
CENTS = {"min_price_wad": PERCENT, "max_price_wad": 10 * WAD}
BLIND = {"min_venues": 1, "max_venue_share_wad": WAD, "wide_spread_wad": WAD - 1}
#: Weights of venues, the first one lies.
LIES = pytest.mark.parametrize("lie", [0.02, 0.65, 1.3, 9.99])


# ------------------------------------------------------------------ 2019: the mean of the two feeds that were left


def test_the_mean_of_two_takes_a_thousandfold_price_in() -> None:
    desk = five(aggregator=MEAN, **BLIND)
    desk.quote(100, 100_000)
    assert (desk.mid_usd, desk.price.status) == (50_050.0, FINE)


def test_two_venues_are_no_price_without_the_fallback() -> None:
    """OR-05"""
    desk = five()
    desk.quote(100, 100_000)
    assert desk.price.status == HALTED


# ------------------------------------------------------------------ 2020 and 2025: one venue's own book


@LIES
def test_a_single_venue_is_believed_whatever_it_says(lie: float) -> None:
    desk = weighted(3, 3, 2, 2, 2, aggregator=SINGLE_VENUE, venue=0, **CENTS)
    desk.quote(lie, 0.9, 0.9, 0.9, 0.9)
    assert desk.mid_usd == lie


@LIES
def test_a_depeg_on_one_venue_of_a_quarter_of_the_weight_leaves_the_median(lie: float) -> None:
    """OR-02: 3 of 12, and the others show 0.90"""
    desk = weighted(3, 3, 2, 2, 2, **CENTS)
    desk.quote(lie, 0.9, 0.9, 0.9, 0.9)
    assert (desk.mid_usd, desk.price.status) == (0.9, FINE)


@LIES
def test_two_venues_of_three_that_lie_do_move_the_median(lie: float) -> None:
    """More than half of the weight is the truth, as far as any median can know."""
    desk = weighted(1, 1, 1, **CENTS)
    desk.quote(lie, lie, 0.9)
    assert desk.mid_usd == lie


def test_two_venues_of_three_that_lie_wait_for_the_step_limit() -> None:
    desk = weighted(1, 1, 1, max_step_wad=PERCENT, max_step_wad_per_s=PERCENT // 100, max_age_s=600, **CENTS)
    desk.quote(0.9, 0.9, 0.9)
    desk.advance(30)
    desk.quote(0.65, 0.65, 0.9)
    assert (desk.mid_usd, desk.price.status) == (0.9, HALTED)


def test_two_venues_of_three_that_lie_are_wide_beside_the_redemption_value() -> None:
    redeemed = {"redemption_rate_wad": WAD, "redemption_band_wad": 15 * PERCENT, "valuation": MINIMUM}
    desk = weighted(1, 1, 1, **CENTS, **redeemed)
    desk.quote(0.9, 0.9, 0.9)
    assert desk.price.status == FINE
    desk.advance(1)
    desk.quote(0.65, 0.65, 0.9)
    assert desk.price.status == WIDE
    desk.advance(1)
    desk.quote(5, 5, 0.9)
    assert (desk.price.status, desk.price.collateral) == (WIDE, WAD)  # pumped collateral counts at redemption


@pytest.mark.parametrize("liars", range(6))
def test_the_median_breaks_down_at_half_of_the_weight(liars: int) -> None:
    """OR-02: a tie takes the lower quote, so that half of the weight is enough to lower a price and not to raise it."""
    desk = weighted(1, 1, 1, 1, 1, 1, wide_spread_wad=WAD - 1)
    desk.quote(*[100] * (6 - liars), *[60] * liars)
    assert desk.mid_usd == (100 if liars < 3 else 60)
    desk.advance(1)
    desk.quote(*[100] * (6 - liars), *[150] * liars)
    assert desk.mid_usd == (100 if liars <= 3 else 150)


def test_the_clamped_mean_breaks_down_with_its_median() -> None:
    desk = five(aggregator=CLAMPED_MEAN, max_median_distance_wad=PERCENT, wide_spread_wad=WAD - 1)
    desk.quote(100, 100, 100, 150, 150)
    assert desk.mid_usd == pytest.approx(100.4)
    desk.advance(1)
    desk.quote(100, 100, 150, 150, 150)
    assert desk.mid_usd == pytest.approx(149.4)


# ------------------------------------------------------------------ 2023: a price from before the congestion


@pytest.mark.parametrize(("max_age_s", "status"), [(60, HALTED), (2**32 - 1, FINE)])
def test_without_staleness_an_hour_old_price_is_as_good_as_new(max_age_s: int, status: int) -> None:
    desk = Desk([VenueRule(max_age_s=max_age_s)] * 5, FeedRule(max_age_s=max_age_s))
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(3_600)
    assert desk.price.status == status
    desk.report()
    assert (desk.mid_usd, desk.price.status) == (100.0, status)


# ------------------------------------------------------------------ 2025: two prices in one block


def test_nobody_opens_and_closes_at_two_prices_of_one_block() -> None:
    """OR-09: what was bought at 100 is sold no dearer, although every venue says 10,000 a second later."""
    desk = five(wide_spread_wad=WAD - 1)
    desk.advance(1)
    desk.report([Quote(100 * WAD, 0, T0)] * 5)
    bought_at = desk.price.high
    desk.quote(10_000, 10_000, 10_000, 10_000, 10_000)
    assert desk.mid_usd == 10_000.0
    assert desk.price.low <= desk.price.collateral <= bought_at
    desk.advance(1)
    assert desk.band_usd == (10_000.0, 10_000.0, 10_000.0)
