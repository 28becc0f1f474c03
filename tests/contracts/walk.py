"""Random stories: calls that anybody might try, prices that move, time that passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from contracts.stage import (
    ALICE,
    BOB,
    BTC_1,
    CAROL,
    DAVE,
    ETH_1,
    INSURANCE,
    KEEPER,
    MAX_UINT,
    PRICES_USD,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
)

from contracts import books

FULL = "policies/liquidation/FullLiquidation.vy"
RESTORE = "policies/liquidation/RestoreMargin.vy"
ACCOUNTS = (ALICE, BOB, CAROL, DAVE)
#: Roundings that may fall on the pool's value in one call, a wei each; see books.AUM_ROUNDING_WEI.
VALUE_ROUNDING_WEI = books.AUM_ROUNDING_WEI


def busy_stage(settlement: str = "other_side") -> Stage:
    """Every fee is on: funding, borrowing, trade fees, haircuts, a protocol share."""
    stage = Stage(
        f"funding_settlement={settlement}",
        *(f"market.{symbol}.trade_fee_bps=7" for symbol in ("BTC", "ETH", "SOL")),
        *(f"asset.{symbol}.haircut=0.05" for symbol in ("BTC", "ETH", "SOL")),
        "protocol_fee_share=0.3",
        "margin.maintenance_bps=500",
    )
    stage.fill("weight_fee", "policies/weight_fee/GlpTax.vy", 30, 30, 4, 50, 20, 8)
    stage.fill("borrow_rate", "policies/borrow_rate/LinearBorrow.vy", 2 * WAD // YEAR_S)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", 3 * WAD // YEAR_S)
    stage.fill("liquidation", RESTORE, WAD // 10, WAD, 50 * WAD, 10, 5, 5, 2 * WAD, False)
    stage.seed(10 * BTC_1, 200 * WAD, 5_000 * SOL_1, 1_000_000 * USDC_1)
    return stage


def rich_stage() -> Stage:
    """And what gives something back: rebates, better prices; insurance takes over, winners are deleveraged."""
    stage = busy_stage()
    stage.fill("weight_fee", "policies/weight_fee/ContinuousTax.vy", 10, 10, 0, 50, WAD, True)
    stage.govern("pool", "set_params", (2**200, 0, 0, WAD, WAD // 2, 0, 0))
    stage.fill("price_impact", "policies/price_impact/SkewScaleImpact.vy", [2 * 10**6 * WAD] * 8, 500)
    for m in range(3):
        stage.change_market(m, impact_pool_share_wad=WAD // 2)
    stage.fill("liquidation", FULL, 10, 5, 5, 2 * WAD, False, True, False)
    stage.fill("deleverage", "policies/deleverage/QueueDeleverage.vy", WAD // 500, WAD // 1_000, True, 100 * WAD)
    stage.deposit(INSURANCE, USDC, 3_000 * USDC_1)
    return stage


class Walk:
    """One story."""

    def __init__(self, seed: int, stage: Stage) -> None:
        self.rng = np.random.Generator(np.random.Philox(seed))
        self.stage, self.pots = stage, books.Pots()
        self.answers: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()  # events
        self.usd = list(PRICES_USD[:3])
        for account in ACCOUNTS:
            self.stage.deposit(account, USDC, 4_000 * USDC_1)

    def step(self) -> None:
        """One call, or a new block with new prices."""
        moves: list[Callable[[], None]] = [self.trade] * 6 + [self.liquidate] + [self.block] * 3
        moves += [self.claim, self.mint, self.redeem, self.swap, self.move, self.transfer]
        moves += [self.place, self.place, self.execute, self.cancel, self.release, self.unwind, self.deleverage]
        moves[self.rng.integers(len(moves))]()

    def amount(self, top: int) -> int:
        """Nothing, next to nothing, any order of magnitude up to `top`, or a part of it."""
        return int(self.rng.choice([0, 1, top ** self.rng.random(), *(top * self.rng.random(5))]))

    def account(self) -> int:
        return int(self.rng.choice(ACCOUNTS))

    def asset(self) -> int:
        return int(self.rng.integers(4))

    def market(self) -> int:
        return int(self.rng.integers(3))

    def size(self, m: int) -> int:
        return self.amount(int(40_000 * WAD / self.usd[m])) * int(self.rng.choice([-1, 1]))

    def loss(self, contract: str) -> tuple[int, int]:
        """End and bad debt of the epoch, if this contract can cause any."""
        liquidator = self.stage.liquidator
        if contract != "liquidator":
            return 0, 0
        return liquidator.read("epoch_ends_s"), liquidator.read("epoch_loss_usd_wad")

    def call(self, contract: str, verb: str, *arguments: Any, by: str) -> None:
        """An answered call: never a panic, and no loss to those who hold shares but bad debt (LP-04)."""
        pool, (epoch, loss) = self.stage.pool, self.loss(contract)
        before, supply = pool.read("aum"), pool.read("totalSupply")
        status, returned = getattr(self.stage, contract).attempt(verb, *arguments, by=by)
        self.answers[f"{verb} {status}"] += 1
        assert status != "PANIC", (verb, arguments)
        if status != "OK":
            return
        events = self.stage.logged()
        self.pots.note(events)
        self.seen.update(event.name for event in events)
        self.seen["partial"] += verb == "liquidate" and not returned.is_full
        epoch_after, loss_after = self.loss(contract)
        lost = loss_after - (loss if epoch_after == epoch else 0)
        after, supply_after = pool.read("aum"), pool.read("totalSupply")
        for edge in ("low", "high"):
            least = (getattr(before, edge) - lost - VALUE_ROUNDING_WEI) * supply_after
            assert getattr(after, edge) * supply >= least, (verb, arguments)

    def trade(self) -> None:
        m = self.market()
        size = self.size(m)
        self.call("desk", "trade", self.account(), m, size, MAX_UINT if size > 0 else 0, by="trader")

    def liquidate(self) -> None:
        for account in ACCOUNTS:
            self.call("order_book", "release", account, by="keeper")
            self.call("liquidator", "liquidate", account, KEEPER, by="keeper")

    def unwind(self) -> None:
        self.call("liquidator", "unwind", self.market(), by="keeper")

    def deleverage(self) -> None:
        """All positions of the side, or by chance one fewer."""
        m, side = self.market(), int(self.rng.integers(2))
        sign = -1 if side else 1
        positions = {account: self.stage.market.read("positions", account, m).size_wad for account in books.ACCOUNTS}
        named = [account for account, size in positions.items() if size * sign > 0 and self.rng.random() < 0.9]
        self.call("liquidator", "deleverage", m, side, named + [0] * (16 - len(named)), by="keeper")

    def claim(self) -> None:
        self.call("market", "claim_funding", self.account(), self.market(), by="trader")

    def mint(self) -> None:
        amount = self.amount((BTC_1, 20 * ETH_1, 500 * SOL_1, 50_000 * USDC_1)[k := self.asset()])
        self.call("pool", "mint", k, amount, 0, self.stage.address("lp"), by="lp")

    def redeem(self) -> None:
        k, lp = self.asset(), self.stage.address("lp")
        self.call("pool", "redeem", k, self.amount(50_000 * WAD), 0, lp, by="lp")

    def swap(self) -> None:
        amount = self.amount((BTC_1, 20 * ETH_1, 500 * SOL_1, 50_000 * USDC_1)[k := self.asset()])
        self.call("pool", "swap", k, self.asset(), amount, 0, self.stage.address("lp"), by="lp")

    def collateral(self) -> tuple[int, int]:
        k = self.asset()
        return k, self.amount((BTC_1 // 20, WAD, 30 * SOL_1, 3_000 * USDC_1)[k])

    def move(self) -> None:
        k, amount = self.collateral()
        self.call("market", "deposit_collateral", self.account(), k, amount, by="trader")
        lp = self.stage.address("lp")
        self.call("market", "withdraw_collateral", self.account(), k, amount, lp, by="trader")

    def transfer(self) -> None:
        k, amount = self.collateral()
        self.call("market", "transfer_collateral", self.account(), k, amount, self.account(), by="trader")

    def place(self) -> None:
        m, (k, margin) = self.market(), self.collateral()
        trigger = int(self.usd[m] * self.rng.uniform(0.9, 1.1) * 10**6) * 10**12
        size, margin = self.size(m), int(self.rng.choice([0, margin // 4]))
        limits = (trigger, MAX_UINT if size > 0 else 0, bool(self.rng.random() < 0.2))
        expiry = int(self.rng.choice([0, self.stage.time_s + 3_600]))
        terms = (m, int(self.rng.integers(3)), size, *limits, k, margin, margin // 10, expiry)
        self.call("order_book", "place", self.account(), terms, by="trader")

    def execute(self) -> None:
        account = self.account()
        for slot in range(self.stage.order_book.read("open_orders", account)):
            self.call("order_book", "execute", account, slot, KEEPER, by="keeper")

    def cancel(self) -> None:
        """One of the trader's own; and who likes sweeps what has expired."""
        self.call("order_book", "cancel", self.account(), int(self.rng.integers(8)), by="trader")
        account = self.account()
        for slot in range(8):
            if 0 < self.stage.order_book.read("orders", account, slot).terms.expires_at_s <= self.stage.time_s:
                self.call("order_book", "cancel", account, slot, by="stranger")

    def release(self) -> None:
        self.call("order_book", "release", self.account(), by="keeper")

    def block(self) -> None:
        self.stage.advance(int(self.rng.choice([1, 60, 86_400])))
        for feed in range(3):
            self.usd[feed] *= float(np.exp(self.rng.normal(0, self.rng.choice([0.02, 0.08]))))
            mid = int(self.usd[feed] * 10**6) * 10**12
            spread = int(mid * self.rng.random() / 500)
            self.stage.price(feed, mid, spread)
