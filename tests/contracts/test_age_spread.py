"""Trades at once, with a spread that grows with the age of the price: what a price may have moved is not given away."""

from __future__ import annotations

import pytest
from contracts.orders import FULL, open_stage, order, place, refusal_to_execute
from contracts.stage import ALICE, BTC, KEEPER, LONG, MAX_UINT, SHORT, USDC_1, WAD, Stage

PER_S_BPS = 6
PRICE = 50_000 * WAD
CENT = 10**16


def aged(age_s: int, *overrides: str) -> Stage:
    """Every price is so many seconds old."""
    stage = open_stage(f"age_spread_bps_per_s={PER_S_BPS}", *overrides)
    stage.advance(age_s)
    return stage


def worse(side_buys: bool, age_s: int) -> int:
    """The oracle's price, as much farther out."""
    moved = PRICE * PER_S_BPS * age_s // 10_000
    return PRICE + moved if side_buys else PRICE - moved


@pytest.mark.parametrize("age_s", [0, 1, 25])
@pytest.mark.parametrize("sign", [1, -1])
def test_who_opens_and_who_closes_bears_the_age_of_the_price(sign: int, age_s: int) -> None:
    stage = aged(age_s)
    opened = stage.trade(ALICE, BTC, sign * WAD).returned
    closed = stage.trade(ALICE, BTC, -sign * WAD).returned
    assert (opened.price_wad, closed.price_wad) == (worse(sign > 0, age_s), worse(sign < 0, age_s))
    gone = 2 * PRICE * PER_S_BPS * age_s // 10_000
    assert stage.collateral(ALICE) * 10**12 == pytest.approx(10_000 * WAD - gone, abs=CENT)


def test_the_limit_of_the_trader_is_held_against_the_price_with_its_age() -> None:
    stage = aged(25)
    due = worse(True, 25)
    assert stage.desk.refusal("trade", ALICE, BTC, WAD, due - 1, by="trader") == "TRADE_PRICE_TOO_HIGH"
    assert stage.desk.refusal("trade", ALICE, BTC, WAD, due, by="trader") == "OK"


def test_a_new_price_has_no_age() -> None:
    stage = aged(25)
    stage.price(BTC, PRICE)
    assert stage.trade(ALICE, BTC, WAD).returned.price_wad == PRICE


def test_however_old_a_price_is_a_position_can_be_closed() -> None:
    """Beyond the hard bound of impact, ten per cent, nothing opens, and what closes is held at it."""
    stage = aged(0)
    stage.trade(ALICE, BTC, WAD // 10)
    stage.advance(10_000)
    assert stage.trade(ALICE, BTC, -WAD // 10).returned.price_wad == PRICE * 9 // 10


@pytest.mark.parametrize("side", [LONG, SHORT])
@pytest.mark.parametrize("age_s", [0, 10, 60])
def test_being_liquidated_at_an_old_price_costs_no_less_than_closing(age_s: int, side: int) -> None:
    stage = aged(0)
    stage.fill("margin", "policies/margin/FlatMargin.vy", [200] * 8, [120] * 8, 0)
    stage.fill("liquidation", FULL, 10, 5, 0, 0, False, False, False)
    sign = 1 if side == LONG else -1
    stage.trade(ALICE, BTC, sign * 8 * WAD)
    stage.price(BTC, (49_300 if side == LONG else 50_700) * WAD)
    stage.advance(age_s)
    mark = stage.chain.snapshot(0)
    assert (
        stage.desk.refusal("trade", ALICE, BTC, -sign * 8 * WAD, 0 if side == LONG else MAX_UINT, by="trader") == "OK"
    )
    by_closing = stage.collateral(ALICE)
    stage.chain.revert(0, mark)
    result = stage.liquidate(ALICE)
    assert (result.is_full, result.bad_debt_usd_wad + result.insured_usd_wad) == (True, 0)
    assert stage.collateral(ALICE) + stage.collateral(KEEPER) <= by_closing + USDC_1 // 100


@pytest.mark.parametrize(("worst_usd", "outcome"), [(49_600, "OK"), (49_500, "TRADE_PRICE_TOO_HIGH")])
def test_an_order_is_no_way_around_it(worst_usd: int, outcome: str) -> None:
    """Its owner may be the keeper: it fills like a trade of that moment."""
    stage = aged(0)
    slot = place(stage, ALICE, order(WAD, 49_500, worst_usd=worst_usd, margin=6_000 * USDC_1))
    stage.advance(1)
    stage.price(BTC, 49_400 * WAD)
    stage.advance(5)
    assert refusal_to_execute(stage, ALICE, slot) == outcome
    if outcome == "OK":
        assert (
            stage.market.read("positions", ALICE, BTC).cost_usd_wad == 49_400 * WAD * (10_000 + 5 * PER_S_BPS) // 10_000
        )


def test_a_desk_takes_no_such_spread_beside_execution_after_the_request_nor_a_senseless_one() -> None:
    stage = open_stage()
    for by_request, spread_wad in ((True, 1), (False, 10**16 + 1)):
        with pytest.raises(RuntimeError):
            stage.deploy("Desk.vy", stage.market.address, by_request, spread_wad, 0)
    assert stage.deploy("Desk.vy", stage.market.address, False, 10**16, 0).read("AGE_SPREAD_WAD") == 10**16
