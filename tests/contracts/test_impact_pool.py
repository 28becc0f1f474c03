"""Fills better than the oracle's price are paid out of what worse fills set aside, and out of nothing else."""

from __future__ import annotations

from random import Random

import pytest
from contracts.codes import refuses
from contracts.orders import Fill, open_stage
from contracts.stage import ALICE, BOB, BTC, ETH, MAX_UINT, USDC, USDC_1, WAD, Stage

SKEW = "policies/price_impact/SkewScaleImpact.vy"
HALF = WAD // 2


@pytest.fixture
def stage() -> Stage:
    """Half of what a fill costs more than the oracle's price is kept for better ones."""
    stage = open_stage()
    stage.change_market(BTC, impact_pool_share_wad=HALF)
    for account in (ALICE, BOB):
        stage.deposit(account, USDC, 40_000 * USDC_1)
    return stage


def kept(stage: Stage, m: int = BTC) -> int:
    """What a market's impact pool holds, USD WAD."""
    usd_wad: int = stage.market.read("clocks", m).impact_pool_usd_wad
    return usd_wad


def trade_at(stage: Stage, usd: int, size_wad: int, account: int = ALICE) -> Fill:
    """Trade where the policy asks for this price."""
    stage.rude("price_impact", usd * WAD)
    return Fill(*vars(stage.trade(account, BTC, size_wad).returned).values())


@pytest.mark.parametrize(("sign", "usd"), [(1, 50_500), (-1, 49_500)])
def test_a_worse_fill_is_shared_by_the_impact_pool_and_the_shareholders(stage: Stage, sign: int, usd: int) -> None:
    value = stage.market.read("aum").mid
    fill = trade_at(stage, usd, sign * 2 * WAD)
    assert (fill.price_wad, fill.impact_usd_wad) == (usd * WAD, 1_000 * WAD)
    assert kept(stage) == 500 * WAD
    assert stage.market.read("aum").mid == value + 500 * WAD


@pytest.mark.parametrize("share_wad", [0, WAD])
def test_the_design_says_how_much_is_kept(stage: Stage, share_wad: int) -> None:
    stage.change_market(BTC, impact_pool_share_wad=share_wad)
    trade_at(stage, 50_500, 2 * WAD)
    assert kept(stage) == 1_000 * share_wad


@pytest.mark.parametrize(("sign", "usd"), [(1, 49_900), (-1, 50_100)])
def test_a_better_fill_is_paid_out_of_the_impact_pool(stage: Stage, sign: int, usd: int) -> None:
    trade_at(stage, 50_500, 2 * WAD, BOB)
    value = stage.market.read("aum").mid
    fill = trade_at(stage, usd, sign * 2 * WAD)
    assert (fill.price_wad, fill.impact_usd_wad) == (usd * WAD, -200 * WAD)
    assert kept(stage) == 300 * WAD
    assert stage.market.read("aum").mid == value
    assert stage.market.read("health", ALICE).equity == 50_200 * WAD


def test_without_an_impact_pool_nobody_fills_better_than_the_oracle_says(stage: Stage) -> None:
    fill = trade_at(stage, 49_000, WAD)
    assert (fill.price_wad, fill.impact_usd_wad) == (50_000 * WAD, 0)


def test_a_fill_is_as_much_better_as_the_impact_pool_can_pay(stage: Stage) -> None:
    """500 USD make 2 BTC cheaper by 250 each, whatever the policy asks for."""
    trade_at(stage, 50_500, 2 * WAD, BOB)
    fill = trade_at(stage, 49_000, 2 * WAD)
    assert (fill.price_wad, fill.impact_usd_wad) == (49_750 * WAD, -500 * WAD)
    assert kept(stage) == 0


def test_who_insists_on_a_better_price_than_can_be_paid_is_refused(stage: Stage) -> None:
    trade_at(stage, 50_500, 2 * WAD, BOB)
    stage.rude("price_impact", 49_000 * WAD)
    trade = ("trade", ALICE, BTC, 2 * WAD)
    assert stage.desk.refusal(*trade, 49_750 * WAD - 1, by="trader") == "TRADE_PRICE_TOO_HIGH"
    assert kept(stage) == 500 * WAD
    assert stage.desk.refusal(*trade, 49_750 * WAD, by="trader") == "OK"


def test_each_market_pays_out_of_its_own(stage: Stage) -> None:
    trade_at(stage, 50_500, 2 * WAD, BOB)
    stage.rude("price_impact", 2_400 * WAD)
    fill = Fill(*vars(stage.trade(ALICE, ETH, 10 * WAD).returned).values())
    assert fill.price_wad == 2_500 * WAD
    assert (kept(stage), kept(stage, ETH)) == (500 * WAD, 0)


@refuses("trade", "POLICY_IMPACT_TOO_HIGH")
@pytest.mark.parametrize(("usd", "answer"), [(45_000, "OK"), (55_000, "OK")])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_policy_moves_the_price_by_a_tenth_at_most_to_either_side(
    stage: Stage, sign: int, usd: int, answer: str
) -> None:
    limit = MAX_UINT if sign > 0 else 0
    trade = ("trade", ALICE, BTC, sign * WAD, limit)
    outside = 1 if usd > 50_000 else -1
    stage.rude("price_impact", usd * WAD + outside)
    assert stage.desk.refusal(*trade, by="trader") == "POLICY_IMPACT_TOO_HIGH"
    stage.rude("price_impact", usd * WAD)
    assert stage.desk.refusal(*trade, by="trader") == answer


@pytest.mark.parametrize(
    ("usd", "price_usd", "impact_usd", "left_usd"),
    [
        (43_490, 43_490, 70, 535),  # it pays what a close pays, and sets aside as much
        (45_000, 43_571, -500, 0),  # and is paid what a close is paid for evening out the sides
    ],
)
def test_a_liquidation_fills_where_a_close_would(
    stage: Stage, usd: int, price_usd: int, impact_usd: int, left_usd: int
) -> None:
    """At the oracle's price liquidating oneself was the cheaper way out."""
    trade_at(stage, 50_500, 2 * WAD, BOB)
    trade_at(stage, 50_000, 7 * WAD)
    stage.price(BTC, 43_500 * WAD)
    stage.rude("price_impact", usd * WAD)
    assert stage.desk.read("impact_of", BTC, -7 * WAD) // WAD == impact_usd
    events = stage.liquidator.send("liquidate", ALICE, 8, by="keeper").events
    fill = Fill(*next(e.fields["fill"] for e in events if e.name == "Traded"))
    assert (fill.price_wad // WAD, round(fill.impact_usd_wad / WAD)) == (price_usd, impact_usd)
    assert kept(stage) // WAD == left_usd


@pytest.mark.parametrize(("sign", "answer", "price_usd"), [(1, 1, 45_000), (-1, 10**6, 55_000)])
def test_beyond_the_bound_a_close_is_held_at_it(stage: Stage, sign: int, answer: int, price_usd: int) -> None:
    """Nothing grows at such a price; a rule that asks for it keeps nobody in."""
    trade_at(stage, 50_000, sign * WAD)
    stage.rude("price_impact", answer * WAD)
    fill = Fill(*vars(stage.trade(ALICE, BTC, -sign * WAD).returned).values())
    assert fill.price_wad == price_usd * WAD


def test_out_and_back_at_a_fixed_price_earns_nothing(stage: Stage) -> None:
    """GMX M-27: neither at once nor in pieces, whoever stands on the other side."""
    stage.fill("price_impact", SKEW, [10**6 * WAD] * 8, 500)
    stage.trade(BOB, BTC, -2 * WAD)
    before = stage.market.read("health", ALICE).equity
    for pieces in (1, 4):
        for size in (WAD, -WAD):
            for _ in range(pieces):
                stage.trade(ALICE, BTC, size // pieces)
        assert stage.market.read("positions", ALICE, BTC).size_wad == 0
        assert stage.market.read("health", ALICE).equity <= before


@pytest.mark.parametrize("seed", range(6))
def test_no_sequence_of_trades_takes_more_than_was_kept(stage: Stage, seed: int) -> None:
    """LP-04 over skew that comes and goes: the impact pool is never overdrawn, and a share never worth less."""
    rng = Random(seed)
    stage.fill("price_impact", SKEW, [2 * 10**6 * WAD] * 8, 500)
    paid_in = paid_out = 0
    for _ in range(40):
        before = stage.market.read("aum").mid
        size = rng.choice((1, -1)) * rng.randrange(WAD // 100, WAD)
        account = rng.choice((ALICE, BOB))
        arguments = (account, BTC, size, MAX_UINT if size > 0 else 0)
        status, fill = stage.desk.attempt("trade", *arguments, by="trader")
        if status != "OK":
            continue
        paid_in += max(fill.impact_usd_wad, 0) // 2
        paid_out += max(-fill.impact_usd_wad, 0)
        assert 0 <= kept(stage) <= paid_in - paid_out
        assert stage.market.read("aum").mid >= before - 10
    assert paid_out > 0


def test_when_the_last_position_closes_what_is_left_is_the_shareholders(stage: Stage) -> None:
    """Nobody is there to whom it could be given; until then it is kept, also while one side is empty."""
    trade_at(stage, 50_500, 2 * WAD)
    trade_at(stage, 49_500, -WAD, BOB)
    trade_at(stage, 50_000, -2 * WAD)
    assert kept(stage) == 750 * WAD
    value = stage.market.read("aum").mid
    trade_at(stage, 50_000, WAD, BOB)
    assert kept(stage) == 0
    assert stage.market.read("aum").mid == value + 750 * WAD
