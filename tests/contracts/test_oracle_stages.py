"""The stages of the oracle that a feed may choose: filters, means, and the step that time allows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from contracts.desk import CLAMPED_MEAN, MEAN, MEDIAN, SINGLE_VENUE, UNIT, Desk, Quote, five, weighted
from contracts.stage import FINE, HALTED, T0, WAD, WIDE

PERCENT = WAD // 100
BPS = WAD // 10_000
NANO = 1e-9
NEVER_WIDE = {"wide_spread_wad": WAD - 1}


def stepped(desk: Desk, seconds: int, *prices_usd: float | None) -> float:
    """The price after a report of later."""
    desk.advance(seconds)
    desk.quote(*prices_usd)
    return desk.mid_usd


def seconds_until(desk: Desk, price_usd: float, every_s: int) -> int:
    """Seconds from now until reports of this price are one."""
    for waited in range(every_s, 20_000, every_s):
        desk.advance(every_s)
        desk.quote(*[price_usd] * 5)
        if desk.price.status != HALTED:
            assert desk.mid_usd == pytest.approx(price_usd)
            return waited
    raise AssertionError("it never passes")


# ------------------------------------------------------------------ distance to the median


@pytest.mark.parametrize(("third_usd", "status"), [(101, FINE), (99, FINE), (101 + NANO, HALTED), (99 - NANO, HALTED)])
def test_a_quote_as_far_from_the_median_as_allowed_counts_and_no_further(third_usd: float, status: int) -> None:
    desk = five(max_median_distance_wad=PERCENT, **NEVER_WIDE)
    desk.quote(100, 100, third_usd)  # three have to count
    assert desk.price.status == status


def test_outliers_that_drop_out_leave_the_band_to_the_others() -> None:
    desk = five(max_median_distance_wad=PERCENT)
    desk.quote(100, 100, 100, 150, 150)
    assert (desk.band_usd, desk.price.status) == ((100.0, 100.0, 100.0), FINE)


def test_without_the_filter_outliers_widen_the_band() -> None:
    desk = five()
    desk.quote(100, 100, 100, 150, 150)
    assert (desk.band_usd, desk.price.status) == ((50.0, 100.0, 150.0), WIDE)


def test_the_guard_counts_again_after_a_filter() -> None:
    """OR-05: three venues, of which one drops out, are two."""
    desk = five(max_median_distance_wad=PERCENT)
    desk.quote(100, 100, 150)
    assert desk.price.status == HALTED
    desk = five(**NEVER_WIDE)
    desk.quote(100, 100, 150)
    assert desk.price.status == FINE


def test_a_heavy_venue_may_have_too_much_of_what_a_filter_left() -> None:
    desk = weighted(4, 2, 2, 1, max_median_distance_wad=PERCENT)
    desk.quote(100, 100, 100, 100)
    assert desk.price.status == FINE
    stepped(desk, 1, 100, 100, 150, 100)
    assert desk.price.status == HALTED  # 4 of 7


def test_a_heavy_venue_that_dropped_out_has_nothing_left() -> None:
    desk = weighted(4, 2, 2, 2, max_median_distance_wad=PERCENT)
    desk.quote(150, 100, 100, 100)
    assert (desk.mid_usd, desk.price.status) == (100.0, FINE)


def test_a_price_is_as_new_as_the_newest_quote_that_survived() -> None:
    desk = five(max_median_distance_wad=PERCENT)
    old = [Quote(100 * WAD, 0, T0 - 30)] * 3
    desk.report([*old, Quote(100 * WAD, 0, T0 - 20), Quote(150 * WAD, 0, T0)])
    assert desk.price.published_at == T0 - 20


# ------------------------------------------------------------------ means


def test_the_clamped_mean_weighs_quotes_that_were_moved_to_the_median() -> None:
    desk = weighted(3, 2, 2, 1, aggregator=CLAMPED_MEAN, max_median_distance_wad=PERCENT, **NEVER_WIDE)
    desk.quote(100, 100.4, 99, 200)
    assert desk.price.mid == (3 * 100_000 + 2 * 100_400 + 2 * 99_000 + 1 * 101_000) * WAD // 8_000


def test_the_band_of_the_clamped_mean_shows_how_venues_differ() -> None:
    desk = five(aggregator=CLAMPED_MEAN, max_median_distance_wad=PERCENT)
    desk.quote(90, 90, 100, 110, 110)
    assert (desk.band_usd, desk.price.status) == ((90.0, 100.0, 110.0), WIDE)


def test_a_liar_moves_the_clamped_mean_by_its_share_of_the_distance() -> None:
    desk = five(aggregator=CLAMPED_MEAN, max_median_distance_wad=PERCENT)
    desk.quote(100, 100, 100, 100, 999_999)
    assert desk.mid_usd == 100.2


def test_the_plain_mean_counts_each_venue_once_and_sees_no_disagreement() -> None:
    desk = weighted(3, 2, 1, aggregator=MEAN, max_venue_share_wad=WAD, floor_spread_wad=PERCENT)
    desk.quote(100, 200, 600)
    assert (desk.band_usd, desk.price.status) == ((297.0, 300.0, 303.0), WIDE)
    desk.change_feed(wide_spread_wad=2 * PERCENT)
    stepped(desk, 1, 100, 200, 600)
    assert desk.price.status == FINE


def test_dropping_outliers_before_a_mean_lowers_it_when_a_venue_rises() -> None:
    """OR-15 does not hold for drop-then-average: the counterexample that the clamp is for."""
    drops = five(aggregator=MEAN, max_median_distance_wad=PERCENT)
    clamps = five(aggregator=CLAMPED_MEAN, max_median_distance_wad=PERCENT)
    for desk in (drops, clamps):
        desk.quote(100, 100, 100, 101, 101)
    assert drops.mid_usd == clamps.mid_usd == 100.4
    assert stepped(drops, 1, 100, 100, 100, 101, 101.5) == 100.25
    assert stepped(clamps, 1, 100, 100, 100, 101, 101.5) == 100.4


# ------------------------------------------------------------------ distance to the time average


def average_units(desk: Desk) -> int:
    return desk.oracle.read("averages", 0) >> 184


def averaged(**changes: int) -> Desk:
    return five(max_average_distance_wad=5 * PERCENT, average_s=100, max_age_s=100_000, **changes)


def test_the_average_moves_by_elapsed_over_elapsed_and_time_constant() -> None:
    desk = averaged()
    desk.quote(100, 100, 100, 100, 100)
    assert average_units(desk) == 100 * WAD // UNIT
    stepped(desk, 25, 102, 102, 102, 102, 102)
    assert average_units(desk) == 1004 * WAD // 10 // UNIT  # a fifth of the way


@pytest.mark.parametrize(("third_usd", "status"), [(105, FINE), (95, FINE), (105 + NANO, HALTED), (95 - NANO, HALTED)])
def test_a_quote_as_far_from_the_average_as_allowed_counts_and_no_further(third_usd: float, status: int) -> None:
    desk = averaged(**NEVER_WIDE)
    desk.quote(100, 100, 100)
    stepped(desk, 1, 100, 100, third_usd)
    assert desk.price.status == status


def test_a_jump_past_the_average_is_no_price_and_moves_the_average_on() -> None:
    desk = averaged()
    desk.quote(100, 100, 100, 100, 100)
    assert stepped(desk, 1, 80, 80, 80, 80, 80) == 100.0
    assert desk.price.status == HALTED
    assert average_units(desk) < 100 * WAD // UNIT


@pytest.mark.parametrize("price_usd", [80, 50, 10])
def test_a_real_crash_passes_the_average_within_its_documented_time(price_usd: float) -> None:
    desk = averaged()
    desk.quote(100, 100, 100, 100, 100)
    told = 100 * math.log((100 - price_usd) / (0.05 * price_usd))
    assert seconds_until(desk, price_usd, every_s=1) == pytest.approx(told, rel=0.03)


def test_venues_without_quorum_do_not_move_the_average() -> None:
    desk = averaged()
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(61)
    desk.quote(10, 10)
    assert average_units(desk) == 100 * WAD // UNIT
    desk.advance(1)
    desk.quote(None, None, 100, 100, 100)  # the liars are outvoted, and too far from the average
    assert (desk.mid_usd, desk.price.status) == (100.0, FINE)


def test_an_average_that_was_switched_off_begins_anew() -> None:
    desk = averaged()
    desk.quote(100, 100, 100, 100, 100)
    desk.change_feed(max_average_distance_wad=0, average_s=0)
    assert stepped(desk, 1, 50, 50, 50, 50, 50) == 50.0
    desk.change_feed(max_average_distance_wad=5 * PERCENT, average_s=86_400)
    assert stepped(desk, 1, 50, 50, 50, 50, 50) == 50.0
    assert desk.price.status == FINE


def test_the_average_moves_on_while_the_step_holds_a_price_up() -> None:
    desk = five(
        max_average_distance_wad=WAD - 1, average_s=100, max_step_wad=PERCENT, max_step_wad_per_s=BPS, max_age_s=100_000
    )
    desk.quote(100, 100, 100, 100, 100)
    assert stepped(desk, 25, *[90] * 5) == 100.0
    assert average_units(desk) == 98 * WAD // UNIT


def test_the_average_holds_for_one_venue_too() -> None:
    desk = averaged(aggregator=SINGLE_VENUE)
    desk.quote(100)
    assert stepped(desk, 1, 104) == 104.0
    assert stepped(desk, 1, 150) == 104.0
    assert desk.price.status == HALTED


# ------------------------------------------------------------------ step


def limited(**changes: int) -> Desk:
    """A step of 1 %, and 10 bps for each second."""
    desk = five(max_step_wad=PERCENT, max_step_wad_per_s=10 * BPS, max_age_s=100_000, **changes)
    desk.quote(100, 100, 100, 100, 100)
    return desk


@pytest.mark.parametrize(("seconds", "most"), [(1, 1.1), (10, 2), (100, 11)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_step_is_as_large_as_the_time_since_the_last_price_allows(seconds: int, most: float, sign: int) -> None:
    desk, far = limited(), limited()
    assert stepped(desk, seconds, *[100 + sign * most] * 5) == pytest.approx(100 + sign * most)
    assert stepped(far, seconds, *[100 + sign * (most + NANO)] * 5) == 100.0
    assert (desk.price.status, far.price.status) == (FINE, HALTED)


@pytest.mark.parametrize("fall", [0.05, 0.3, 0.9])
def test_a_real_crash_passes_the_step_within_its_documented_time(fall: float) -> None:
    """OR-10: (D - s) / r seconds after the last price"""
    told = round((fall - 0.01) / 0.001)
    assert seconds_until(limited(), 100 * (1 - fall), every_s=1) == told


def test_the_deepest_fall_passes_the_slowest_step_within_ten_thousand_seconds() -> None:
    desk = five(max_step_wad=BPS, max_step_wad_per_s=BPS, max_age_s=100_000, max_price_wad=10**9 * WAD)
    desk.quote(*[999_999_999] * 5)
    assert seconds_until(desk, 1.000001, every_s=100) <= 10_000


def test_a_refused_step_leaves_the_reference_where_it_was() -> None:
    desk = limited()
    for price in (90, 80, 70):
        assert stepped(desk, 1, *[price] * 5) == 100.0
    assert stepped(desk, 7, *[98] * 5) == 98.0  # 10 s after the last price


def test_a_pump_that_ends_in_time_never_was_a_price() -> None:
    """A5: thin venues all show twenty times the price for some minutes."""
    desk = limited()
    for _ in range(10):
        assert stepped(desk, 30, *[2_000] * 5) == 100.0
        assert desk.price.status == HALTED
    assert stepped(desk, 30, *[101] * 5) == 101.0
    assert desk.price.status == FINE


def test_the_first_price_is_no_step() -> None:
    desk = five(max_step_wad=BPS, max_step_wad_per_s=BPS)
    desk.quote(500, 500, 500)
    assert desk.mid_usd == 500.0


# ------------------------------------------------------------------ off


@pytest.mark.parametrize("aggregator", [MEDIAN, MEAN])
def test_stages_that_are_off_let_everything_pass(aggregator: int) -> None:
    desk = five(aggregator=aggregator, **NEVER_WIDE)
    desk.quote(100, 100, 100, 100, 100)
    assert stepped(desk, 1, 5, 5, 5, 5, 5) == 5.0
    assert desk.price.status == FINE
    assert desk.oracle.read("averages", 0) == 0


def test_limits_far_away_change_nothing() -> None:
    loose = {
        "max_median_distance_wad": WAD - 1,
        "max_average_distance_wad": WAD - 1,
        "average_s": 86_400,
        "max_step_wad": WAD - 1,
        "max_step_wad_per_s": WAD,
    }
    plain = five()
    limited_ = Desk(plain.venues, replace(plain.feeds[0], **loose))
    for seconds, prices in enumerate([(100, 101, 102, 103, 104), (103, 99, 101, 100, None), (90, 91, 92, None, 89)]):
        assert stepped(plain, seconds, *prices) == stepped(limited_, seconds, *prices)
        assert plain.price == limited_.price
