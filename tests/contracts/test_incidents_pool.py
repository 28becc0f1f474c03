"""The second half of the table in `test_incidents.py`: what broke lending and liquidity pools, A15 to A29."""

from __future__ import annotations

from random import Random

import pytest
from contracts.ladders import long_stage
from contracts.orders import BOOK, FULL, RESTORE, open_stage, order
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    ETH,
    INSURANCE,
    KEEPER,
    LONG,
    MAX_UINT,
    SCALES,
    SOL,
    SOL_1,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    YEAR_S,
    Stage,
)
from contracts.winners import named

from contracts import books

THOUSAND = 1_000 * USDC_1


def test_a15_where_liquidation_is_open_so_are_the_ways_out_of_it() -> None:
    """A15, Compound DAI 2020: liquidated by one venue's print. LQ-11: owners may save what keepers may take."""
    stage = long_stage()
    stage.deposit(BOB, USDC, 5 * THOUSAND)
    stage.trade(BOB, BTC, WAD)
    stage.price(BTC, 45_900 * WAD, status=WIDE)
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK"
    assert stage.market.refusal("deposit_collateral", BOB, USDC, 50 * USDC_1, by="trader") == "OK"
    assert stage.desk.refusal("trade", BOB, BTC, -WAD // 2, 0, by="trader") == "OK"
    assert stage.liquidator.refusal("liquidate", BOB, KEEPER, by="keeper") == "LIQUIDATION_HEALTHY"
    assert stage.desk.refusal("trade", BOB, BTC, WAD // 10, MAX_UINT, by="trader") == "PRICE_WIDE"


@pytest.mark.parametrize("factor_bps", [10_000, 2_500])
def test_a17_a_winner_is_paid_out_of_what_was_reserved_for_it(factor_bps: int) -> None:
    """A17, Drift 2022: profit left the vault before anybody had paid it. TA-03: reserved tokens, and not one more."""
    stage = open_stage()
    stage.change_market(BTC, reserve_factor_wad=factor_bps * WAD // 10_000)
    stage.trade(ALICE, BTC, WAD)
    reserve = stage.market.read("positions", ALICE, BTC).reserve
    stage.price(BTC, 300_000 * WAD)  # 250,000 USD are 0.8333 BTC
    owed = 250_000 * BTC_1 // 300_000
    counted = stage.market.read("health", ALICE).equity - 10_000 * WAD
    fill = stage.trade(ALICE, BTC, -WAD).returned
    assert stage.collateral(ALICE, BTC) == min(owed, reserve)
    assert fill.settled_usd_wad == 250_000 * WAD
    assert fill.paid_usd_wad == counted or factor_bps == 10_000  # what could not be paid was never equity
    assert stage.market.read("buckets", BTC).pool == 10 * BTC_1 - min(owed, reserve)


def test_a18_an_account_is_judged_at_the_price_at_which_it_was_filled() -> None:
    """A18, Perp v2 2022: filled at the mark, judged at the index. PO-07: a bad fill counts at once."""
    stage = open_stage()
    stage.rude("price_impact", 54_000 * WAD)
    trade = ("trade", ALICE, BTC, 3 * WAD // 2, MAX_UINT)
    assert stage.desk.refusal(*trade, by="trader") == "MARGIN_BELOW_INITIAL"  # 10,000 - 6,000 against 7,500
    stage.trade(ALICE, BTC, WAD)
    assert stage.market.read("health", ALICE).free == 6_000 * WAD


def test_a18_no_fee_is_taken_out_of_bad_debt() -> None:
    """A18: the fee made the debt larger. LQ-08: charges end where the collateral does."""
    lost = {}
    for charges in ((0, 0, 0, 0), (100, 100, 100, 50 * WAD)):
        stage = long_stage()
        stage.fill("liquidation", FULL, *charges, False, False, False)
        stage.price(BTC, 44_000 * WAD)
        result = stage.liquidate(ALICE)
        lost[charges] = result.bad_debt_usd_wad
        assert (result.fee_usd_wad, result.penalty_usd_wad, result.reward_usd_wad) == (0, 0, 0)
    assert set(lost.values()) == {1_000 * WAD}


def test_a19_what_is_claimed_twice_is_paid_once() -> None:
    """A19, Level 2023: the same epoch claimed again and again. TA-08, AC-09: claims, orders and lists alike."""
    stage = open_stage("funding_settlement=other_side")
    stage.deposit(BOB, USDC, 10 * THOUSAND)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", WAD // YEAR_S)
    stage.trade(ALICE, BTC, 3 * WAD // 2)
    stage.trade(BOB, BTC, -WAD)
    stage.advance(86_400)
    stage.trade(BOB, BTC, WAD // 2)
    stage.trade(ALICE, BTC, -WAD // 2)
    assert stage.market.send("claim_funding", BOB, BTC, by="trader").returned > 0
    assert stage.market.refusal("claim_funding", BOB, BTC, by="trader") == "CLAIM_NOTHING"
    stage.order_book.send("place", ALICE, order(WAD, 40_000, margin=USDC_1), by="trader")
    stage.order_book.send("cancel", ALICE, 0, by="trader")
    assert stage.order_book.refusal("cancel", ALICE, 0, by="trader") == "ORDER_UNKNOWN"
    stage.rude("deleverage", WAD, 0, 7, WAD)
    twice = ("deleverage", BTC, LONG, named(ALICE, ALICE))
    assert stage.liquidator.refusal(*twice, by="keeper") == "DELEVERAGE_NOT_ASCENDING"


@pytest.mark.parametrize("seed", range(4))
def test_a23_dust_in_a_nearly_empty_pool_rounds_toward_it(seed: int) -> None:
    """A23, Balancer 2025: 65 swaps of 8 to 9 wei in one batch. SW-03, DF-05, LP-08: each rounding is the pool's."""
    rng, stage = Random(seed), Stage()
    stranger = stage.address("stranger")
    stage.seed(9, 9, 9, 9)
    wallet = [stage.balance(k, "stranger") for k in range(4)]
    worth = [50_000 * SCALES[0], 2_500 * SCALES[1], 100 * SCALES[2], SCALES[3]]
    done = 0
    for _ in range(130):
        before, supply = stage.pool.read("aum"), stage.pool.read("totalSupply")
        k, j = rng.sample(range(4), 2)
        verb, arguments = rng.choice(
            [
                ("swap", (k, j, rng.randrange(1, 10**9), 0, stranger)),
                ("swap", (k, j, rng.randrange(1, 10), 0, stranger)),
                ("mint", (k, rng.randrange(1, 10), 0, stranger)),
                ("redeem", (k, stage.pool.read("balanceOf", stranger) * rng.randrange(1, 9) // 8, 0, stranger)),
            ]
        )
        done += stage.pool.refusal(verb, *arguments, by="stranger") == "OK"
        after, supply_after = stage.pool.read("aum"), stage.pool.read("totalSupply")
        assert after.low * supply >= before.low * supply_after
    assert done >= 30
    held = stage.pool.read("balanceOf", stranger) * stage.pool.read("aum").low // stage.pool.read("totalSupply")
    change = sum((stage.balance(k, "stranger") - wallet[k]) * worth[k] for k in range(4))
    assert change + held <= 0


@pytest.mark.parametrize("account", [INSURANCE, TREASURY, BOOK])
def test_a24_what_is_given_to_the_protocol_moves_no_value(account: int) -> None:
    """A24, Resupply 2025: a donation moved an exchange rate. TA-02: also by way of accounts that nobody owns."""
    stage = long_stage()
    before = [stage.pool.read("aum"), stage.market.read("health", ALICE)]
    for k, amount in ((BTC, BTC_1), (ETH, WAD), (USDC, 10**6 * USDC_1)):
        stage.market.send("deposit_collateral", account, k, amount, by="stranger")
    assert [stage.pool.read("aum"), stage.market.read("health", ALICE)] == before


def test_a24_an_asset_that_is_worth_nothing_buys_nothing() -> None:
    """A24: a rate that was rounded to zero passed every check. OR-13, LP-11."""
    stage = open_stage()
    stage.price(SOL, 0)
    stranger = stage.address("stranger")
    assert stage.pool.refusal("mint", SOL, 10**6 * SOL_1, 0, stranger, by="stranger") == "SHARES_TOO_FEW"
    assert stage.pool.refusal("swap", SOL, USDC, 10**6 * SOL_1, 0, stranger, by="stranger") == "TOKENS_TOO_FEW"
    stage.deposit(BOB, SOL, 10**6 * SOL_1)
    assert stage.desk.refusal("trade", BOB, BTC, WAD // 100, MAX_UINT, by="trader") == "MARGIN_BELOW_INITIAL"


@pytest.mark.parametrize("seed", range(3))
def test_a25_nobody_s_health_changes_by_what_others_do(seed: int) -> None:
    """A25, sDOLA 2026: a gift made healthy borrowers liquidatable. LQ-04: no call of others does."""
    rng, stage = Random(seed), open_stage("protocol_fee_share=0.3")
    stage.fill("weight_fee", "policies/weight_fee/GlpTax.vy", 30, 30, 4, 50, 20, 8)
    stage.deposit(ALICE, ETH, WAD)
    stage.deposit(CAROL, USDC, 50 * THOUSAND)
    stage.trade(ALICE, BTC, WAD)
    stage.price(BTC, 52_000 * WAD)
    before, stranger, done = stage.market.read("health", ALICE), stage.address("stranger"), 0
    for _ in range(30):
        size = rng.choice((1, -1)) * rng.randrange(WAD // 100, WAD)
        contract, verb, arguments, by = rng.choice(
            [
                (stage.desk, "trade", (CAROL, BTC, size, MAX_UINT if size > 0 else 0), "trader"),
                (
                    stage.market,
                    "deposit_collateral",
                    (rng.choice((1, 2, 3)), USDC, rng.randrange(1, 10**12)),
                    "stranger",
                ),
                (stage.pool, "mint", (USDC, rng.randrange(1, 10**12), 0, stranger), "stranger"),
                (stage.pool, "redeem", (USDC, stage.pool.read("balanceOf", stranger) // 2, 0, stranger), "stranger"),
                (stage.pool, "swap", (USDC, BTC, rng.randrange(1, 10**10), 0, stranger), "stranger"),
                (stage.tokens[BTC], "transfer", (stage.market.address, rng.randrange(1, 10**9)), "stranger"),
            ]
        )
        done += contract.refusal(verb, *arguments, by=by) == "OK"
        assert stage.market.read("health", ALICE) == before
    assert done >= 15


def test_a26_an_asset_and_a_market_that_begin_empty_offer_nothing() -> None:
    """A26, Sonne and Hundred 2023: a donation to a market just listed. LP-10: there is one price of shares."""
    stage = open_stage()
    token = stage.deploy("mocks/MockToken.vy", "New", "NEW", 18)
    k = stage.list_asset(token, 18, SOL)
    for role in ("stranger", "lp"):
        token.send("mint", stage.address(role), 10**6 * WAD, by=role)
        token.send("approve", stage.market.address, MAX_UINT, by=role)
    stage.pool.send("mint", k, 10**12, 0, stage.address("stranger"), by="stranger")  # the first, a dust of it
    before, supply = stage.pool.read("aum"), stage.pool.read("totalSupply")
    token.send("transfer", stage.market.address, 10**5 * WAD, by="stranger")
    assert stage.pool.read("aum") == before
    shares, _ = stage.pool.send("mint", k, 100 * WAD, 0, stage.address("lp"), by="lp").returned
    assert abs(shares - 10_000 * WAD * supply // before.high) <= 1
    params = tuple(vars(stage.market.read("market_params", SOL)).values())
    stage.govern("market", "set_market", 3, params)
    assert stage.desk.refusal("trade", ALICE, 3, WAD, MAX_UINT, by="trader") == "POOL_RESERVED"  # no SOL backs it
    stage.trade(ALICE, 3, -WAD)
    books.check_tokens(stage)


@pytest.mark.parametrize("btc_usd", [45_900, 45_600, 45_300, 45_100, 45_050])
@pytest.mark.parametrize("charges_bps", [0, 30, 150])
def test_a27_a_partial_liquidation_heals_or_closes_whole(btc_usd: int, charges_bps: int) -> None:
    """A27, Aave CRV 2022: the bonus made the loan worse with each step. LQ-05, LQ-06: better afterwards, or gone."""
    stage = long_stage()
    stage.fill("liquidation", RESTORE, WAD // 10, WAD // 4, 0, charges_bps, 0, 0, 0, False)
    stage.price(BTC, btc_usd * WAD)
    before = stage.market.read("health", ALICE)
    result = stage.liquidate(ALICE)
    after = stage.market.read("health", ALICE)
    assert result.is_full == (before.equity * 10_000 <= sum(before.notionals) * charges_bps)
    if not result.is_full:
        assert after.equity * sum(before.notionals) > before.equity * sum(after.notionals)


@pytest.mark.parametrize("seed", range(8))
def test_a29_in_and_out_within_a_block_never_pays(seed: int) -> None:
    """A29, GLP and HLP: enter before fees or losses land, leave after. LP-06, DF-09: whatever one does in between."""
    rng = Random(seed)
    stage = open_stage(*(f"market.{symbol}.trade_fee_bps={rng.randrange(10)}" for symbol in ("BTC", "ETH", "SOL")))
    stage.fill("weight_fee", "policies/weight_fee/GlpTax.vy", rng.randrange(30), 30, 4, 50, 20, 8)
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", WAD // YEAR_S)
    stage.trade(ALICE, BTC, WAD)
    stage.advance(86_400)  # a day's fees wait to be paid
    stage.price(BTC, 50_000 * WAD, spread=rng.randrange(40 * WAD))
    me, worth = stage.address("stranger"), (50_000 * SCALES[0], 2_500 * SCALES[1], 100 * SCALES[2], SCALES[3])
    mine = stage.market.send("open_account", by="stranger").returned

    def wealth() -> int:
        return sum((stage.balance(k, "stranger") + stage.collateral(mine, k)) * worth[k] for k in range(4))

    def trade(size: int) -> None:
        stage.desk.attempt("trade", mine, BTC, size, MAX_UINT if size > 0 else 0, by="stranger")

    before = wealth()
    stage.market.send("deposit_collateral", mine, USDC, 50 * THOUSAND, by="stranger")
    for _ in range(12):
        k, j = rng.sample((BTC, ETH, USDC), 2)
        units = (BTC_1, 20 * WAD, 0, 50 * THOUSAND)[k] * rng.randrange(1, 100) // 10
        verb, arguments = rng.choice(
            [("mint", (k, units, 0, me)), ("swap", (k, j, units, 0, me)), ("trade", ()), ("alice", ()), ("redeem", ())]
        )
        if verb == "trade":
            trade(rng.choice((1, -1)) * rng.randrange(WAD // 10, 2 * WAD))
        elif verb == "alice":
            stage.trade(ALICE, BTC, WAD // 50)  # somebody settles a fee
        elif verb == "redeem":
            stage.pool.attempt("redeem", k, stage.pool.read("balanceOf", me) // 2, 0, me, by="stranger")
        else:
            stage.pool.attempt(verb, *arguments, by="stranger")
    trade(-stage.market.read("positions", mine, BTC).size_wad)
    for part in (1, 2, 4, 8):
        for k in (USDC, BTC, ETH):
            stage.pool.attempt("redeem", k, stage.pool.read("balanceOf", me) // part, 0, me, by="stranger")
    left = stage.pool.read("balanceOf", me) * stage.pool.read("aum").low // stage.pool.read("totalSupply")
    assert wealth() + left <= before + WAD // 10**6
    assert stage.market.read("markets_of", mine) == 0
