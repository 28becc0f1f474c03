"""The ladder as a whole: its order, never more than needed, and that nothing can stand in its way."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from contracts.ladders import THOUSAND, long_stage
from contracts.orders import FULL, RESTORE, block, open_stage, order, place
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    ETH,
    ETH_1,
    INSURANCE,
    KEEPER,
    LONG,
    TREASURY,
    USDC,
    USDC_1,
    WAD,
    Stage,
)
from contracts.winners import QUEUE, named

from contracts import books

FRACTION = "policies/liquidation/FixedFraction.vy"
CLOSE_FACTOR = "policies/liquidation/CloseFactor.vy"
TIERS = "policies/liquidation/TierLadder.vy"
UNIT_USD_WAD = 10**12  # of USDC


def test_the_rungs_come_in_order() -> None:
    """Orders, a partial close, a full one, insurance, the pool, and last the winners: one account goes all the way."""
    stage = open_stage()
    stage.fill("liquidation", RESTORE, WAD // 10, WAD, 0, 10, 0, 0, 0, False)
    stage.fill("deleverage", QUEUE, 0, 0, True, 0)
    stage.deposit(INSURANCE, USDC, 500 * USDC_1)
    stage.deposit(BOB, USDC, 10 * THOUSAND)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(BOB, BTC, -WAD)
    place(stage, ALICE, order(WAD, 30_000, margin=5 * THOUSAND))

    def liquidation() -> str:
        return stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper")

    block(stage, {BTC: 45_900})
    assert liquidation() == "LIQUIDATION_ORDERS_FIRST"
    stage.order_book.send("release", ALICE, by="keeper")
    assert liquidation() == "LIQUIDATION_HEALTHY"  # with 5,900 it needs nothing more
    block(stage, {BTC: 40_700})
    partial = stage.liquidate(ALICE)
    assert (partial.is_full, partial.bad_debt_usd_wad) == (False, 0)
    health = stage.market.read("health", ALICE)
    assert health.equity >= health.maintenance > 0
    assert liquidation() == "LIQUIDATION_HEALTHY"
    block(stage, {BTC: 39_000})
    full = stage.liquidate(ALICE)
    lost = full.insured_usd_wad + full.bad_debt_usd_wad
    assert full.is_full
    assert (full.insured_usd_wad, lost) == (500 * WAD, -full.equity_usd_wad)  # all of insurance, then the pool
    assert stage.collateral(ALICE) == stage.collateral(INSURANCE) == 0
    value = stage.market.read("aum").mid
    back = stage.liquidator.send("deleverage", BTC, 1, named(BOB), by="keeper").returned
    assert back.is_haircut
    assert abs(back.taken_usd_wad - full.bad_debt_usd_wad) <= UNIT_USD_WAD
    assert abs(stage.market.read("aum").mid - value - full.bad_debt_usd_wad) <= 2 * UNIT_USD_WAD


class TestRestoreMargin:
    """Never more than needed; a target of 110 % of maintenance."""

    @pytest.mark.parametrize("seed", range(12))
    def test_it_closes_just_as_much_as_brings_the_account_to_its_target(self, seed: int) -> None:
        """Over sizes, prices, spreads, charges, a second position. A unit more or less is a unit of equity."""
        rng, stage = Random(seed), open_stage()
        fee, penalty, keeper = (rng.randrange(30) for _ in range(3))
        stage.fill("liquidation", RESTORE, WAD // 10, WAD, 0, fee, penalty, keeper, rng.randrange(3) * WAD, False)
        stage.fill("margin", "policies/margin/FlatMargin.vy", [1_000] * 8, [500] * 8, 0)
        sign = rng.choice((1, -1))
        stage.trade(ALICE, BTC, sign * rng.randrange(WAD, 3 * WAD // 2))
        stage.trade(ALICE, ETH, rng.choice((1, -1)) * rng.randrange(WAD, 5 * WAD))
        price, spread = 50_000 * WAD, rng.randrange(5 * WAD)
        while stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "LIQUIDATION_HEALTHY":
            price -= sign * rng.randrange(30 * WAD, 90 * WAD)
            mark = stage.chain.snapshot(0)
            stage.price(BTC, price, spread=spread)
        stage.chain.revert(0, mark)
        stage.price(BTC, price, spread=spread)
        result = stage.liquidate(ALICE)
        health = stage.market.read("health", ALICE)
        assert not result.is_full
        excess = health.equity - Fraction(health.maintenance * 11, 10)
        # Loss, fee, penalty, keeper and flat reward are whole units each; the search ends at a millionth of the target.
        assert abs(excess) <= 6 * UNIT_USD_WAD + health.equity / 10**6

    def test_what_a_haircut_frees_is_reckoned_with(self) -> None:
        """Losses paid in an asset of which 90 % count lift equity by the rest: so much less has to be closed."""
        stage = Stage()
        stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
        stage.change_asset(ETH, haircut_wad=WAD // 10)
        stage.fill("liquidation", RESTORE, WAD // 10, WAD, 0, 30, 0, 0, 0, False)
        stage.fill("margin", "policies/margin/FlatMargin.vy", [1_000] * 8, [500] * 8, 0)
        stage.deposit(ALICE, ETH, 4 * ETH_1)
        stage.trade(ALICE, BTC, 3 * WAD // 2)
        stage.price(BTC, 46_200 * WAD)
        result = stage.liquidate(ALICE)
        health = stage.market.read("health", ALICE)
        assert not result.is_full
        excess = health.equity - Fraction(health.maintenance * 11, 10)
        assert abs(excess) <= 3 * UNIT_USD_WAD + health.equity / 10**6

    @pytest.mark.parametrize("factor_bps", [500, 2_000, 5_000])
    def test_bounded_steps_end_above_the_line_and_below_the_target(self, factor_bps: int) -> None:
        stage = long_stage()
        factor = factor_bps * WAD // 10_000
        stage.fill("liquidation", RESTORE, WAD // 10, factor, 50 * WAD, 10, 0, 0, 0, False)
        stage.price(BTC, 45_700 * WAD)
        steps, size = 0, WAD
        while stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK":
            left = stage.market.read("positions", ALICE, BTC).size_wad
            assert size - left <= -(-size * factor // WAD) + 1
            steps, size = steps + 1, left
        health = stage.market.read("health", ALICE)
        assert health.maintenance <= health.equity <= health.maintenance * 1_100_002 // 10**6
        assert 1 <= steps <= 2 * 10_000 // factor_bps


#: Each shipped rule, as an account of 50,000 USD meets it.
RULES = {
    "full": (FULL, 10, 5, 5, 2 * WAD, False, False, False),
    "forfeits": (FULL, 10, 0, 0, 0, True, False, False),
    "restore": (RESTORE, WAD // 10, WAD // 2, 50 * WAD, 10, 5, 5, 2 * WAD, False),
    "fraction": (FRACTION, WAD // 5, 10_000 * WAD, 30, True, 2 * WAD // 3, False, 10, 5, 5, 2 * WAD, False),
    "close factor": (CLOSE_FACTOR, WAD // 2, 95 * WAD // 100, 2_000 * WAD, 1_000 * WAD, 10, 5, 5, 2 * WAD, False),
    "tiers": (TIERS, [[0, 10_000 * WAD, 40_000 * WAD]] * 8, 1, False, 10, 5, 5, 2 * WAD, False),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("btc_usd", [45_900, 45_500, 45_100, 44_990, 40_000])
class TestNothingStandsInItsWay:
    """At any price below the line every rule ends, in bounded steps, with the account healthy or empty."""

    def run(self, stage: Stage) -> int:
        """Liquidate until it is refused; the bad debt, USD WAD."""
        lost = 0
        for _ in range(60):
            status, result = stage.liquidator.attempt("liquidate", ALICE, KEEPER, by="keeper")
            if status != "OK":
                assert status == "LIQUIDATION_HEALTHY"
                break
            lost += result.bad_debt_usd_wad
            stage.advance(31)
        else:
            raise AssertionError("sixty steps were not enough")
        health = stage.market.read("health", ALICE)
        assert health.equity >= health.maintenance
        books.check_tokens(stage)
        books.check_sides(stage)
        books.check_accounts(stage)
        return lost

    def test_with_an_empty_insurance_fund(self, rule: tuple, btc_usd: int) -> None:
        stage = long_stage()
        stage.fill("liquidation", *rule)
        stage.price(BTC, btc_usd * WAD)
        lost = self.run(stage)
        assert lost == max(0, 45_000 - btc_usd) * WAD
        assert stage.collateral(INSURANCE) * UNIT_USD_WAD <= 50_000 * WAD // 1_000  # penalties at most

    def test_with_a_reserve_that_is_full(self, rule: tuple, btc_usd: int) -> None:
        """All ten BTC are reserved: nothing has to be paid out for a losing account to go."""
        stage = long_stage()
        stage.deposit(BOB, USDC, 90 * THOUSAND)
        stage.trade(BOB, BTC, 9 * WAD)
        bucket = stage.market.read("buckets", BTC)
        assert bucket.reserved == bucket.pool
        stage.fill("liquidation", *rule)
        stage.price(BTC, btc_usd * WAD)
        self.run(stage)

    def test_with_a_trader_whom_the_token_refuses(self, rule: tuple, btc_usd: int) -> None:
        """No token moves in a liquidation: what is left is credited, and a token's list is no shield."""
        stage = long_stage()
        token = stage.deploy("mocks/ShyToken.vy")
        k = stage.list_asset(token, 18, USDC)
        stage.market.send("deposit_collateral", ALICE, k, 10 * WAD, by="trader")
        token.send("refuse", True, by="admin")
        stage.fill("liquidation", *rule)
        stage.price(BTC, btc_usd * WAD)
        self.run(stage)
        assert stage.market.read("positions", ALICE, BTC).size_wad < WAD

    def test_with_an_account_that_a_contract_owns(self, rule: tuple, btc_usd: int) -> None:
        """The owner is never called: here it would revert at anything."""
        stage = open_stage()
        owner = stage.deploy("mocks/RudePolicy.vy", [0] * 12).address
        with stage.speaking(owner):
            account = stage.market.send("open_account", by=owner).returned
            stage.market.send("set_operator", account, stage.address("trader"), True, by=owner)
        stage.deposit(account, USDC, 5 * THOUSAND)
        stage.trade(account, BTC, WAD)
        stage.fill("liquidation", *rule)
        stage.price(BTC, btc_usd * WAD)
        assert stage.liquidator.refusal("liquidate", account, KEEPER, by="keeper") == "OK"


def test_winners_leave_while_a_loser_is_liquidated_in_a_full_reserve() -> None:
    """Each position's profit is paid out of what was reserved for it, whoever else is in the pool."""
    stage = long_stage()
    stage.desk.send("trade", ALICE, BTC, -WAD, 0, by="trader")
    for account, size in ((BOB, 6 * WAD), (CAROL, 4 * WAD)):
        stage.deposit(account, USDC, 60 * THOUSAND)
        stage.trade(account, BTC, size)
    stage.deposit(DAVE, USDC, 50 * THOUSAND)
    stage.trade(DAVE, BTC, -WAD)
    stage.price(BTC, 99_000 * WAD)  # nearly twice the cost: profits are 4.95 BTC of 10
    assert stage.liquidator.refusal("liquidate", DAVE, KEEPER, by="keeper") == "OK"
    paid = sum(
        stage.trade(account, BTC, -size).returned.paid_usd_wad for account, size in ((BOB, 6 * WAD), (CAROL, 4 * WAD))
    )
    assert 490_000 * WAD - WAD // 100 <= paid <= 490_000 * WAD
    assert stage.market.read("sides", BTC, LONG).size_wad == 0
    assert stage.collateral(TREASURY) == 0
