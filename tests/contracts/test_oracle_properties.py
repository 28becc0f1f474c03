"""Oracle.report against exact arithmetic, and what no venue can do to it."""

from __future__ import annotations

from dataclasses import replace

from contracts.desk import UNIT, Desk, FeedRule, Quote, VenueRule, expected
from contracts.stage import HALTED, T0, WAD, WIDE, Stage
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=60, deadline=None, derandomize=True)
#: A band edge is the mid plus or minus a width, each rounded to a unit.
BAND_ROUNDING_WAD = 3 * UNIT

#: No time passes on it, so that every example may have its own oracle there.
WORLD = Stage()

venue_rules = st.builds(
    VenueRule,
    weight=st.integers(0, 4),
    max_age_s=st.integers(0, 120),
    max_confidence_wad=st.sampled_from([0, WAD // 100, WAD]),
)
quotes = st.builds(
    Quote,
    price_wad=st.one_of(st.integers(90 * WAD, 110 * WAD), st.sampled_from([0, WAD, 10**6 * WAD, 2**96 - 1])),
    confidence_wad=st.sampled_from([0, WAD // 2, 3 * WAD, 2**96 - 1]),
    published_at=st.integers(T0 - 150, T0 + 3),
)
feed_rules = st.builds(
    FeedRule,
    floor_spread_wad=st.sampled_from([0, WAD // 10_000]),
    wide_spread_wad=st.sampled_from([WAD // 100, WAD // 10]),
    max_age_s=st.just(1_000),
    min_venues=st.integers(0, 4),
    min_weight=st.integers(0, 8),
    max_venue_share_wad=st.sampled_from([WAD // 2, 3 * WAD // 4, WAD]),
    is_single_venue=st.booleans(),
    venue=st.integers(0, 7),
)


@EXACT
@given(
    venues=st.lists(venue_rules, min_size=8, max_size=8),
    said=st.lists(st.one_of(quotes, st.none()), min_size=8, max_size=8),
    feed=feed_rules,
)
def test_a_report_is_the_pipeline_in_exact_arithmetic(
    venues: list[VenueRule], said: list[Quote | None], feed: FeedRule
) -> None:
    desk = Desk(venues, feed, WORLD)
    desk.report(said)
    answer = expected(said, venues, feed, T0)
    if answer is None:
        assert desk.price.status == HALTED
    else:
        assert tuple(vars(desk.price).values()) == answer


fine_prices = st.lists(st.integers(99 * WAD, 101 * WAD), min_size=5, max_size=5)


def band(prices_wad: list[int], weights: tuple[int, ...] = (1, 1, 1, 1, 1)) -> tuple[int, ...]:
    desk = Desk([VenueRule(weight=weight) for weight in weights], FeedRule(), WORLD)
    desk.report([Quote(price, 0, T0) for price in prices_wad])
    return tuple(vars(desk.price).values())


@EXACT
@given(prices=fine_prices, order=st.permutations(range(5)))
def test_the_order_of_venues_does_not_matter(prices: list[int], order: list[int]) -> None:
    """OR-04"""
    weights = (3, 2, 2, 1, 1)
    shuffled = [prices[i] for i in order]
    assert band(shuffled, tuple(weights[i] for i in order)) == band(prices, weights)


@EXACT
@given(prices=fine_prices, factor=st.integers(2, 1_000))
def test_a_common_factor_of_the_weights_does_not_matter(prices: list[int], factor: int) -> None:
    """OR-04"""
    weights = (3, 2, 2, 1, 1)
    assert band(prices, tuple(factor * w for w in weights)) == band(prices, weights)


@EXACT
@given(prices=fine_prices, which=st.integers(0, 4), rise=st.integers(0, WAD))
def test_mid_rises_with_every_venue(prices: list[int], which: int, rise: int) -> None:
    """OR-15, with the same venues surviving"""
    raised = list(prices)
    raised[which] += rise
    assert band(raised)[1] >= band(prices)[1]


@EXACT
@given(prices=fine_prices, factor=st.integers(2, 1_000))
def test_prices_scale_to_a_unit(prices: list[int], factor: int) -> None:
    """OR-15"""
    scaled, plain = band([factor * price for price in prices]), band(prices)
    for large, small in zip(scaled[:3], plain[:3], strict=True):
        assert abs(large - factor * small) <= (factor + 1) * UNIT


@EXACT
@given(prices=fine_prices, which=st.integers(0, 4), lie=st.integers(0, 2**96 - 1))
def test_one_lying_venue_is_bounded_by_what_the_others_show(prices: list[int], which: int, lie: int) -> None:
    """OR-03: a venue of up to a third of the weight"""
    others = [price for v, price in enumerate(prices) if v != which]
    lied = list(prices)
    lied[which] = lie
    low, mid, high, _, status = band(lied)
    spread = max(others) - min(others)
    assert min(others) - UNIT <= mid <= max(others)
    assert high - low <= 2 * spread + BAND_ROUNDING_WAD
    assert status in (0, WIDE)


@EXACT
@given(prices=fine_prices, rule=st.sampled_from(["old", "future", "unsure", "weightless"]))
def test_a_venue_that_does_not_count_has_no_influence(prices: list[int], rule: str) -> None:
    """OR-06"""
    desk, without = (Desk([VenueRule()] * 5, FeedRule(), WORLD) for _ in range(2))
    said: list[Quote | None] = [Quote(price, 0, T0) for price in prices]
    first = Quote(prices[0], 0, T0)
    if rule == "weightless":
        desk.set_venue(0, VenueRule(weight=0))
    said[0] = {
        "old": replace(first, published_at=T0 - 61),
        "future": replace(first, published_at=T0 + 1),
        "unsure": replace(first, confidence_wad=prices[0] // 10),
        "weightless": first,
    }[rule]
    desk.report(said)
    without.report([None, *said[1:]])
    assert desk.price == without.price
