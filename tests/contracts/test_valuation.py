"""Several assets as collateral: at which price each counts, how much of it, and which is sold first."""

from __future__ import annotations

from fractions import Fraction

import pytest
from contracts.ladders import THOUSAND
from contracts.orders import moved, open_stage
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    ETH,
    ETH_1,
    HALTED,
    MAX_UINT,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)


def order_of(*assets: int) -> int:
    """As the parameter is written: four bits each, the first lowest."""
    return sum(k << (4 * i) for i, k in enumerate(assets))


@pytest.fixture
def stage() -> Stage:
    """ETH stands for a wrapped staked asset: it is redeemed for 2,500 USD whatever the market pays. Bob holds it."""
    stage = open_stage()
    stage.deposit(BOB, ETH, 4 * ETH_1)  # 10,000 USD
    return stage


def counts(stage: Stage, account: int = BOB) -> Fraction:
    """USD that an account's collateral counts."""
    return Fraction(stage.market.read("health", account).collateral, WAD)


class TestPrice:
    """Collateral counts at the oracle's `collateral`, and is sold at the market's price."""

    @pytest.mark.parametrize(("collateral_usd", "expected"), [(0, 9_600), (2_500, 10_000), (2_000, 8_000)])
    def test_it_counts_at_the_price_for_collateral(self, stage: Stage, collateral_usd: int, expected: int) -> None:
        """At low, where the feed says nothing else."""
        stage.price(ETH, 2_450 * WAD, spread=50 * WAD)
        stage.oracle.send("set_collateral", ETH, collateral_usd * WAD, by="admin")
        assert counts(stage) == expected

    def test_it_decides_what_may_be_opened_and_withdrawn(self, stage: Stage) -> None:
        """The market pays 1,250; redemption is 2,500: 1 BTC, 2 BTC, and no more."""
        stage.price(ETH, 1_250 * WAD)
        trade = ("trade", BOB, BTC, 2 * WAD, MAX_UINT)
        assert stage.desk.refusal(*trade, by="trader") == "MARGIN_BELOW_INITIAL"
        stage.oracle.send("set_collateral", ETH, 2_500 * WAD, by="admin")
        assert stage.desk.refusal(*trade, by="trader") == "OK"
        withdrawal = ("withdraw_collateral", BOB, ETH, 1, stage.address("trader"))
        assert stage.market.refusal(*withdrawal, by="trader") == "MARGIN_BELOW_INITIAL"

    def test_a_thin_market_alone_does_not_make_an_account_liquidatable(self, stage: Stage) -> None:
        """A11: a wrapped asset at 65 % of what it is redeemed for, for an hour, in one book."""
        stage.trade(BOB, BTC, WAD)
        stage.price(ETH, 1_625 * WAD)
        stage.price(BTC, 44_000 * WAD)  # 6,500 - 6,000 would not do
        assert stage.market.read("health", BOB).equity == 500 * WAD
        stage.oracle.send("set_collateral", ETH, 2_500 * WAD, by="admin")
        assert stage.market.read("health", BOB).equity == 4_000 * WAD
        assert stage.liquidator.refusal("liquidate", BOB, 8, by="keeper") == "LIQUIDATION_HEALTHY"

    def test_it_is_sold_at_the_market_s_price(self, stage: Stage) -> None:
        """A loss of 2,000 takes an ETH at 2,000, though it counts 2,500."""
        stage.oracle.send("set_collateral", ETH, 2_500 * WAD, by="admin")
        stage.trade(BOB, BTC, WAD)
        stage.price(BTC, 48_000 * WAD)
        stage.price(ETH, 2_010 * WAD, spread=10 * WAD)
        stage.trade(BOB, BTC, -WAD)
        assert stage.collateral(BOB, ETH) == 3 * ETH_1

    def test_profits_and_positions_are_marked_at_the_market(self, stage: Stage) -> None:
        """The price for collateral values collateral, nothing else."""
        stage.trade(ALICE, ETH, 10 * WAD)
        before = stage.market.read("health", ALICE)
        value = stage.market.read("aum")
        stage.oracle.send("set_collateral", ETH, 9_000 * WAD, by="admin")
        assert stage.market.read("health", ALICE) == before
        assert stage.market.read("aum") == value


class TestDepth:
    """A large holding counts less: what the haircut leaves, times depth / (depth + that)."""

    @pytest.mark.parametrize(
        ("depth_usd", "haircut_bps", "expected"),
        [
            (0, 0, Fraction(10_000)),
            (10_000, 0, Fraction(5_000)),
            (30_000, 0, Fraction(7_500)),
            (10_000, 2_000, Fraction(8_000 * 10_000, 18_000)),
            (1, 0, Fraction(10_000, 10_001)),
        ],
    )
    def test_what_a_holding_counts(self, stage: Stage, depth_usd: int, haircut_bps: int, expected: Fraction) -> None:
        stage.change_asset(ETH, depth_usd_wad=depth_usd * WAD, haircut_wad=haircut_bps * WAD // 10_000)
        assert 0 <= expected - counts(stage) < Fraction(1, WAD) * 2

    def test_more_never_counts_less_and_ever_less_per_piece(self, stage: Stage) -> None:
        stage.change_asset(ETH, depth_usd_wad=20_000 * WAD)
        values = [counts(stage)]
        for _ in range(6):
            stage.deposit(BOB, ETH, 4 * ETH_1)
            values.append(counts(stage))
        steps = [after - before for before, after in zip(values, values[1:], strict=False)]
        assert all(step > 0 for step in steps)
        assert steps == sorted(steps, reverse=True)
        assert values[-1] < 20_000

    def test_each_asset_has_its_own_depth(self, stage: Stage) -> None:
        stage.change_asset(ETH, depth_usd_wad=10_000 * WAD)
        stage.deposit(BOB, USDC, 10 * THOUSAND)
        assert counts(stage) == 15_000

    def test_it_bounds_what_collateral_carries_and_not_what_it_pays(self, stage: Stage) -> None:
        """5,000 of 10,000 count; the sale takes what is worth the loss."""
        stage.change_asset(ETH, depth_usd_wad=10_000 * WAD)
        over = ("trade", BOB, BTC, WAD + WAD // 10**6, MAX_UINT)
        assert stage.desk.refusal(*over, by="trader") == "MARGIN_BELOW_INITIAL"
        stage.trade(BOB, BTC, WAD)
        stage.price(BTC, 45_000 * WAD)
        assert stage.liquidate(BOB).bad_debt_usd_wad == 0
        assert stage.collateral(BOB, ETH) == 2 * ETH_1


class TestSaleOrder:
    """Bob has an ETH worth 2,500, 10 SOL worth 1,000 and 5,000 USDC; closing costs him 3,000."""

    @pytest.fixture
    def stage(self) -> Stage:
        stage = open_stage()
        stage.deposit(BOB, ETH, ETH_1)
        stage.deposit(BOB, SOL, 10 * SOL_1)
        stage.deposit(BOB, USDC, 5 * THOUSAND)
        stage.trade(BOB, BTC, WAD)
        stage.price(BTC, 47_000 * WAD)
        return stage

    def left(self, stage: Stage) -> list[int]:
        """What Bob still has of ETH, SOL, USDC after the close, in USD."""
        stage.trade(BOB, BTC, -WAD)
        amounts = [stage.collateral(BOB, k) for k in (ETH, SOL, USDC)]
        return [a * b // c for a, b, c in zip(amounts, (2_500, 100, 1), (ETH_1, SOL_1, USDC_1), strict=True)]

    @pytest.mark.parametrize(
        ("order", "left"),
        [
            (None, [0, 500, 5_000]),  # as they were listed
            ((USDC, ETH, SOL, BTC), [2_500, 1_000, 2_000]),
            ((SOL, USDC, BTC, ETH), [2_500, 0, 3_000]),
            ((BTC, SOL, ETH, USDC), [500, 0, 5_000]),
        ],
    )
    def test_what_is_sold_first_is_a_parameter(
        self, stage: Stage, order: tuple[int, ...] | None, left: list[int]
    ) -> None:
        if order:
            receipt = stage.govern("market", "set_sale_order", order_of(*order))
            assert receipt.events == (event("SaleOrderChanged", order=order_of(*order)),)
        assert self.left(stage) == left

    def test_an_asset_is_sold_whole_before_the_next(self, stage: Stage) -> None:
        stage.govern("market", "set_sale_order", order_of(SOL, ETH, USDC, BTC))
        events = stage.trade(BOB, BTC, -WAD).events
        sold = [e for e in events if e.name == "CollateralMoved"]
        assert sold == [moved(BOB, -10 * SOL_1, SOL), moved(BOB, -8 * ETH_1 // 10, ETH)]

    def test_what_has_no_price_is_not_sold_before_the_last_resort(self, stage: Stage) -> None:
        stage.price(ETH, 2_500 * WAD, status=HALTED)
        assert self.left(stage) == [2_500, 0, 3_000]

    def test_a_liquidation_sells_it_after_all_else(self, stage: Stage) -> None:
        """8,400 are lost of 8,500: USDC and SOL go whole, and ETH pays 2,400 at its last price."""
        stage.price(ETH, 2_500 * WAD, status=HALTED)
        stage.price(BTC, 41_600 * WAD)
        stage.liquidate(BOB)
        assert [stage.collateral(BOB, k) for k in (SOL, USDC)] == [0, 0]
        assert stage.collateral(BOB, ETH) == ETH_1 // 25

    def test_a_new_asset_is_sold_after_those_that_were_listed(self, stage: Stage) -> None:
        token = stage.deploy("mocks/MockToken.vy", "Five", "FIVE", 18)
        assert stage.list_asset(token, 18, SOL) == 4
        assert stage.market.read("sale_order") == order_of(BTC, ETH, SOL, USDC, 4)
