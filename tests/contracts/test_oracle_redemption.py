"""Wrapped and pegged assets: a price beside what the asset is redeemed for, and at which of them collateral counts."""

from __future__ import annotations

import pytest
from contracts.desk import BLEND, MARKET, MINIMUM, REDEMPTION, Desk, FeedRule, VenueRule
from contracts.stage import FINE, HALTED, WAD, WIDE

PERCENT = WAD // 100
ETH, STAKED = 0, 1
RULE = FeedRule(min_price_wad=PERCENT, floor_spread_wad=PERCENT, wide_spread_wad=2 * PERCENT)


def staked_ether(**redemption: int) -> Desk:
    """ETH, and a token that is redeemed for 1.1 of it. Bands are 1 % each way."""
    desk = Desk([VenueRule()] * 5, RULE)
    rules = {"redemption_base": ETH + 1, "redemption_rate_wad": 11 * WAD // 10, **redemption}
    desk.set_feed(STAKED, RULE)
    desk.change_feed(STAKED, **rules)
    return desk


def dollar(**redemption: int) -> Desk:
    """A token that is redeemed for one USD."""
    desk = Desk([VenueRule()] * 5, RULE)
    desk.change_feed(redemption_rate_wad=WAD, **redemption)
    return desk


def quoted(desk: Desk, eth_usd: float | None, staked_usd: float | None) -> tuple[float, int]:
    """Collateral price and status of the staked token, in a new block; a feed without a price is not quoted."""
    desk.advance(1)
    desk.quote_all([eth_usd] * 5, [staked_usd] * 5)
    price = desk.prices[STAKED]
    return usd(price.collateral), price.status


def usd(price_wad: int) -> float:
    """A price to the millionth: bands are rounded away from the mid by a unit."""
    return round(price_wad / WAD, 6)


# ------------------------------------------------------------------ valuation


@pytest.mark.parametrize(
    ("valuation", "blend_wad", "below_usd", "above_usd"),
    [
        (MARKET, 0, 1_980, 2_970),
        (REDEMPTION, 0, 2_178, 2_178),  # 1.1 times 1,980, the base's low
        (MINIMUM, 0, 1_980, 2_178),
        (BLEND, WAD // 4, 0.75 * 1_980 + 0.25 * 2_178, 0.75 * 2_970 + 0.25 * 2_178),
        (BLEND, WAD, 2_178, 2_178),
    ],
)
def test_collateral_counts_at_what_its_valuation_says(
    valuation: int, blend_wad: int, below_usd: float, above_usd: float
) -> None:
    desk = staked_ether(valuation=valuation, blend_wad=blend_wad)
    assert quoted(desk, 2_000, 2_000) == (below_usd, FINE)
    assert quoted(desk, 2_000, 3_000) == (above_usd, FINE)


@pytest.mark.parametrize(
    ("valuation", "blend_wad", "collateral_usd"),
    [(MARKET, 0, 0.891), (REDEMPTION, 0, 1), (MINIMUM, 0, 0.891), (BLEND, WAD // 2, 0.9455)],
)
def test_a_dollar_is_redeemed_for_one(valuation: int, blend_wad: int, collateral_usd: float) -> None:
    desk = dollar(valuation=valuation, blend_wad=blend_wad, redemption_band_wad=WAD)
    desk.quote(0.9, 0.9, 0.9, 0.9, 0.9)
    assert usd(desk.price.collateral) == collateral_usd
    assert usd(desk.price.low) == 0.891  # what the pool credits is the market's


def test_a_feed_without_redemption_counts_at_low() -> None:
    desk = staked_ether(valuation=REDEMPTION)
    quoted(desk, 2_000, 2_000)
    assert desk.prices[ETH].collateral == desk.prices[ETH].low


def test_collateral_follows_the_base_when_only_the_base_moves() -> None:
    desk = staked_ether(valuation=MINIMUM)
    assert quoted(desk, 2_000, 2_200) == (2_178, FINE)
    assert quoted(desk, 1_000, None) == (1_089, FINE)


@pytest.mark.parametrize(("base_f", "f"), [(0, 1), (1, 0)])
def test_the_order_of_feeds_does_not_matter(base_f: int, f: int) -> None:
    desk = Desk([VenueRule()] * 5, RULE)
    desk.set_feed(1, RULE)
    rule = {"redemption_rate_wad": WAD, "valuation": MINIMUM, "redemption_band_wad": PERCENT}
    desk.change_feed(base_f, redemption_rate_wad=WAD, redemption_band_wad=PERCENT)
    desk.change_feed(f, redemption_base=base_f + 1, **rule)
    quotes = {base_f: 0.8, f: 0.805}
    desk.quote_all([quotes[0]] * 5, [quotes[1]] * 5)
    price, base = desk.prices[f], desk.prices[base_f]
    assert (usd(price.collateral), price.status, base.status) == (0.792, WIDE, WIDE)


# ------------------------------------------------------------------ band


@pytest.mark.parametrize(
    ("staked_usd", "status"), [(2_200, FINE), (2_156, FINE), (2_244, FINE), (2_155.99, WIDE), (2_244.01, WIDE)]
)
def test_a_price_further_than_the_band_from_redemption_is_wide(staked_usd: float, status: int) -> None:
    """OR-11: 2 % of 2,200"""
    desk = staked_ether(redemption_band_wad=2 * PERCENT)
    assert quoted(desk, 2_000, staked_usd)[1] == status


def test_the_band_is_looked_at_when_prices_are_read() -> None:
    """The event says what the venues gave, the reader what it means beside the base."""
    desk = staked_ether(redemption_band_wad=2 * PERCENT)
    desk.quote_all([2_000] * 5, [2_200] * 5)
    desk.advance(1)
    receipt = desk.quote_all([1_500] * 5, [2_200] * 5)
    assert [each.fields["status"] for each in receipt.events] == [FINE, FINE]
    assert desk.prices[STAKED].status == WIDE


def test_a_depegged_dollar_is_wide_and_comes_back() -> None:
    desk = dollar(redemption_band_wad=5 * PERCENT)
    desk.quote(0.65, 0.65, 0.65, 0.65, 0.65)
    assert desk.price.status == WIDE
    desk.advance(1)
    desk.quote(0.96, 0.96, 0.96, 0.96, 0.96)
    assert desk.price.status == FINE


# ------------------------------------------------------------------ a base without a price


ALL_VALUATIONS = pytest.mark.parametrize(("valuation", "blend_wad"), [(REDEMPTION, 0), (MINIMUM, 0), (BLEND, WAD // 2)])


@ALL_VALUATIONS
@pytest.mark.parametrize(("staked_usd", "collateral_usd"), [(2_000, 1_980), (3_000, 2_178)])
def test_without_its_base_collateral_counts_at_the_lower_of_market_and_last_redemption(
    valuation: int, blend_wad: int, staked_usd: float, collateral_usd: float
) -> None:
    desk = staked_ether(valuation=valuation, blend_wad=blend_wad)
    quoted(desk, 2_000, 2_200)
    desk.advance(60)
    assert quoted(desk, None, staked_usd) == (collateral_usd, WIDE)
    assert desk.prices[ETH].status == HALTED


def test_without_its_base_a_market_valuation_stays_one() -> None:
    desk = staked_ether(redemption_band_wad=WAD)
    quoted(desk, 2_000, 2_200)
    desk.advance(60)
    assert quoted(desk, None, 3_000) == (2_970, WIDE)


@ALL_VALUATIONS
def test_with_a_base_that_never_had_a_price_collateral_counts_at_market(valuation: int, blend_wad: int) -> None:
    desk = staked_ether(valuation=valuation, blend_wad=blend_wad)
    assert quoted(desk, None, 2_000) == (1_980, WIDE)


def test_a_band_cannot_be_held_against_a_base_without_a_price() -> None:
    desk = staked_ether(redemption_band_wad=2 * PERCENT)
    assert quoted(desk, None, 2_200) == (2_178, WIDE)
    assert quoted(desk, 2_000, 2_200) == (2_178, FINE)


def test_nobody_is_surer_of_a_redemption_than_of_its_base() -> None:
    desk = staked_ether(valuation=REDEMPTION)
    desk.quote_all([1_900, 1_900, 2_000, 2_100, 2_100], [2_200] * 5)
    assert [price.status for price in desk.prices] == [WIDE, WIDE]


def test_a_halted_feed_stays_halted_beside_a_fine_base() -> None:
    desk = staked_ether(valuation=REDEMPTION, redemption_band_wad=2 * PERCENT)
    assert quoted(desk, 2_000, None) == (0, HALTED)
    assert quoted(desk, 2_000, 2_200)[1] == FINE
    desk.advance(60)
    assert quoted(desk, 2_000, None)[1] == HALTED
