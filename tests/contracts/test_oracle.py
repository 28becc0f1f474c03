"""Oracle.report: what counts, what guards a price, and what a reader gets."""

from __future__ import annotations

import pytest
from contracts.desk import SINGLE_VENUE, UNIT, Desk, FeedRule, Quote, VenueRule, five, weighted
from contracts.stage import FINE, HALTED, T0, WAD, WIDE, event

# ------------------------------------------------------------------ aggregate and band


def test_a_report_caches_the_band_and_says_so() -> None:
    receipt = five().quote(100, 101, 102, 103, 104)
    # Equal weights: more than a third is reached at the second quote, two thirds at the fourth.
    assert receipt.events == (
        event(
            "PriceReported",
            feed=0,
            low=101 * WAD,
            mid=102 * WAD,
            high=103 * WAD,
            published_at=T0,
            status=FINE,
        ),
    )


def test_a_reader_gets_what_was_reported() -> None:
    desk = five()
    desk.quote(100, 101, 102, 103, 104)
    price = desk.price
    assert (price.low, price.mid, price.high, price.collateral) == (101 * WAD, 102 * WAD, 103 * WAD, 101 * WAD)
    assert (price.published_at, price.status) == (T0, FINE)


@pytest.mark.parametrize(
    ("weights", "mid_usd"),
    [
        ((1, 1, 1, 1), 101),  # an even split takes the lower quote
        ((1, 1, 1, 2), 102),
        ((2, 1, 1, 1), 101),
        ((3, 1, 1, 1), 100),  # exactly half of the weight at the first quote
        ((1, 1, 1, 3), 102),  # exactly half of the weight below the last
    ],
)
def test_the_median_is_the_lowest_quote_that_reaches_half_of_the_weight(weights: tuple[int, ...], mid_usd: int) -> None:
    desk = weighted(*weights, max_venue_share_wad=WAD, wide_spread_wad=WAD // 10)
    desk.quote(100, 101, 102, 103)
    assert desk.price.mid == mid_usd * WAD


def test_the_band_is_never_narrower_than_its_floor() -> None:
    desk = five(floor_spread_wad=WAD // 1_000)
    desk.quote(100, 100, 100, 100, 100)
    assert desk.band_usd == (99.9, 100.0, 100.1)


def test_equal_quotes_leave_a_band_of_one_unit() -> None:
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    price = desk.price
    assert (price.mid - price.low, price.high - price.mid) == (UNIT, UNIT)


def test_a_band_above_the_limit_is_wide() -> None:
    desk = five()  # 1 %
    desk.quote(98, 99, 100, 101, 102)
    assert desk.price.status == FINE
    desk.advance(1)
    desk.quote(98, 98.99, 100, 101, 102)
    assert desk.price.status == WIDE


# ------------------------------------------------------------------ what counts


def test_a_quote_as_old_as_its_venue_allows_counts_and_no_older() -> None:
    """OR-06: each venue by its own limit."""
    patient = VenueRule(max_age_s=100)
    desk = Desk([VenueRule(), VenueRule(), VenueRule(), patient], FeedRule(max_age_s=1_000))
    old = desk.room.time_s
    desk.advance(60)
    desk.report([Quote(p * WAD, 0, old) for p in (100, 101, 102, 103)])
    assert desk.price.mid == 101 * WAD
    desk.advance(1)
    desk.report([None, None, None, Quote(103 * WAD, 0, old + 1)])
    assert desk.price.status == HALTED
    desk.advance(1)
    desk.quote(101, 102)
    assert desk.price.mid == 102 * WAD  # with the patient venue's 103


def test_a_quote_from_the_future_is_ignored() -> None:
    desk = five()
    now = desk.room.time_s
    quotes = [Quote(p * WAD, 0, now) for p in (100, 101, 102)]
    desk.report([*quotes, Quote(500 * WAD, 0, now + 1), Quote(500 * WAD, 0, 2**64 - 1)])
    assert desk.price.mid == 101 * WAD
    desk.advance(1)
    desk.quote(None, None, 102)
    assert desk.price.mid == 101 * WAD  # nor was it kept for later


def test_an_older_message_is_ignored_and_reverts_nothing() -> None:
    """OR-07"""
    desk = five()
    desk.advance(10)
    desk.quote(100, 100, 100, 100, 100)
    now = desk.room.time_s
    stale, fresh = Quote(200 * WAD, 0, now - 1), Quote(101 * WAD, 0, now + 1)
    desk.advance(1)
    desk.report([stale, stale, fresh, fresh, fresh])
    assert desk.price.mid == 101 * WAD
    assert desk.oracle.read("quotes", 0) == Quote(100 * WAD, 0, now).word


def test_a_second_message_of_the_same_second_is_ignored() -> None:
    desk = five()
    now = desk.room.time_s
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(1)
    desk.report([Quote(200 * WAD, 0, now)] * 5)
    assert desk.price.mid == 100 * WAD


@pytest.mark.parametrize("bad_usd", [1, 0.5, 1_000_000, 2_000_000])
def test_a_quote_at_a_bound_is_no_quote(bad_usd: float) -> None:
    """OR-13"""
    desk = five()
    desk.quote(100, 101, 102, bad_usd, bad_usd)
    assert desk.price.mid == 101 * WAD


def test_an_unsure_quote_is_no_quote() -> None:
    """OR-12: at most 2 % of the price."""
    desk, now = five(), T0
    quotes = [Quote(p * WAD, 0, now) for p in (100, 101, 102)]
    desk.report([*quotes, Quote(50 * WAD, WAD, now), Quote(50 * WAD, WAD + 1, now)])
    assert desk.price.mid == 100 * WAD  # of 50, 100, 101, 102
    desk.advance(1)
    desk.report([None, None, None, Quote(50 * WAD, WAD + 1, now + 1), None])
    assert desk.price.mid == 101 * WAD


def test_a_venue_without_weight_does_not_count_from_the_next_report_on() -> None:
    desk = five()
    desk.quote(100, 101, 102, 103, 104)
    desk.set_venue(0, VenueRule(weight=0))
    desk.set_venue(1, VenueRule(weight=0))
    assert desk.price.mid == 102 * WAD
    desk.advance(1)
    desk.quote(None, None, 102)
    assert desk.price.mid == 103 * WAD


# ------------------------------------------------------------------ guard


def test_too_few_venues_make_no_price() -> None:
    """OR-05: no fallback to the mean of two."""
    desk = five()
    desk.quote(100, 100)
    assert desk.price.status == HALTED
    desk.advance(1)
    desk.quote(None, None, 100)
    assert desk.price.status == FINE


def test_too_little_weight_makes_no_price() -> None:
    desk = weighted(2, 2, 2, 5, min_weight=7)
    desk.quote(100, 100, 100, None)
    assert desk.price.status == HALTED
    desk.advance(1)
    desk.quote(None, None, None, 100)
    assert desk.price.status == FINE


def test_no_venue_has_half_of_the_weight() -> None:
    desk = weighted(3, 1, 1, 1, 1)
    desk.quote(100, 100, 100, 100)
    assert desk.price.status == HALTED  # 3 of 6
    desk.advance(1)
    desk.quote(None, None, None, None, 100)
    assert desk.price.status == FINE  # 3 of 7


def test_old_quotes_of_every_venue_make_no_price() -> None:
    desk = five(max_age_s=1_000)
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(100)
    receipt = desk.report([Quote(100 * WAD, 0, T0 + 10)])  # newer than what is held, and too old as well
    assert receipt.fields("PriceReported")["status"] == HALTED
    assert (desk.price.mid, desk.price.status) == (100 * WAD, HALTED)


def test_a_feed_that_is_stuck_at_a_bound_makes_no_price() -> None:
    """OR-13: a floor of 1 USD while the market is below it"""
    desk = five()
    desk.quote(2, 2, 2, 2, 2)
    desk.advance(61)
    desk.quote(1, 1, 1, 1, 1)
    assert (desk.price.mid, desk.price.status) == (2 * WAD, HALTED)


def test_a_lost_price_keeps_its_numbers_and_comes_back() -> None:
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(61)
    receipt = desk.quote(110, 110)
    assert receipt.fields("PriceReported")["status"] == HALTED
    assert (desk.price.mid, desk.price.published_at) == (100 * WAD, T0)
    desk.advance(1)
    desk.quote(None, None, 110)
    assert (desk.price.mid, desk.price.status) == (110 * WAD, FINE)


def test_a_price_is_halted_by_its_age_when_it_is_read() -> None:
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(60)
    assert desk.price.status == FINE
    desk.advance(1)
    assert (desk.price.status, desk.price.mid) == (HALTED, 100 * WAD)


def test_feeds_that_were_never_priced_or_listed_are_halted() -> None:
    prices = five().oracle.read("prices")
    assert [price.status for price in prices] == [HALTED] * 8


def test_a_band_that_reaches_zero_is_no_price() -> None:
    desk = five(min_price_wad=0, wide_spread_wad=WAD - 1)
    desk.quote(1, 1, 100, 300, 300)
    assert desk.price.status == HALTED


def test_dust_prices_are_no_prices() -> None:
    desk = five(min_price_wad=0)
    desk.report([Quote(UNIT, 0, T0)] * 5)  # low is below one unit
    assert desk.price.status == HALTED


# ------------------------------------------------------------------ single venue


def test_a_single_venue_needs_no_guard_and_its_confidence_is_the_band() -> None:
    desk = five(aggregator=SINGLE_VENUE, venue=2)
    desk.report([None, None, Quote(100 * WAD, WAD, T0), Quote(50 * WAD, 0, T0), None])
    assert desk.band_usd == (99.0, 100.0, 101.0)
    assert desk.price.status == FINE


def test_a_single_venue_that_is_silent_makes_no_price() -> None:
    desk = five(aggregator=SINGLE_VENUE, venue=2)
    desk.quote(100, 100, None, 100, 100)
    assert desk.price.status == HALTED
