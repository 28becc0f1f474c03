"""Haircuts by the index against each winner's own reckoning, in fractions, over random histories of both sides."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from contracts.cohorts import Twin, all_sides, cost, cut_stage, exact, liquidate, open_accounts, value
from contracts.orders import block
from contracts.stage import BTC, INSURANCE, LONG, SHORT, USDC, USDC_1, WAD, Receipt

from contracts import books

RESTORE = (  # a partial liquidation, and insurance takes over what is below two thirds of maintenance
    "liquidation.policy=fixed_fraction",
    "liquidation.fraction=0.3",
    "liquidation.large_usd=5000",
    "liquidation.cooldown_s=30",
    "liquidation.repeats_after_cooldown=true",
    "liquidation.backstop=0.6666666",
    "liquidation.takes_over=true",
    "liquidation.penalty_bps=0",
    "liquidation.keeper_bps=0",
)
#: Of a position's cost: roundings of prices, sizes and indices.
NEAR = Fraction(1, 10**9)
STEPS = 70


class History:
    """Random trades, price moves and bankruptcies, and what every position must have given."""

    def __init__(self, seed: int, *overrides: str) -> None:
        self.dice = random.Random(seed)
        self.stage = cut_stage(*overrides)
        self.price = 50_000
        self.twin = Twin(spared=frozenset((INSURANCE,)))
        self.calm = open_accounts(self.stage, 8)
        for account in self.calm:
            self.stage.deposit(account, USDC, 3_000_000 * USDC_1)
        self.given, self.haircuts = Fraction(0), 0

    def run(self) -> None:
        for _ in range(STEPS):
            self.dice.choices((self.trade, self.move, self.gamble, self.insure), (6, 3, 3, 1))[0]()
            self.compare()
        books.check_sides(self.stage, range(1, self.stage.market.read("account_count") + 1))

    def trade(self) -> None:
        """Somebody opens, grows, shrinks or closes a position."""
        account = self.dice.choice(self.calm)
        held = self.twin.held.get(account)
        size = self.dice.randint(10**15, 3 * 10**18) * self.dice.choice((-1, 1))
        if held and held.size * size < 0:
            whole = self.stage.market.read("positions", account, BTC).size_wad
            size = -whole if self.dice.random() < 0.3 else -whole * self.dice.randint(1, 99) // 100
        self._note(account, self.stage.trade(account, BTC, size))

    def move(self) -> None:
        """The price moves to where nobody stands at the edge of a cell; who is below his margin is liquidated."""
        for _ in range(40):
            new = round(self.price * self.dice.uniform(0.8, 1.25))
            if 10_000 < new < 200_000 and all(self.twin.is_clear(side, Fraction(new)) for side in (LONG, SHORT)):
                self.price = new
                break
        block(self.stage, {BTC: self.price}, seconds=self.dice.choice((1, 60)))
        self.liquidate()

    def gamble(self) -> None:
        """Somebody takes tenfold leverage, and the price goes against him by more than he has."""
        (account,) = open_accounts(self.stage, 1)
        sign, size = self.dice.choice((-1, 1)), self.dice.randint(1, 30)
        self.stage.deposit(account, USDC, size * self.price * USDC_1 // 9)
        self._note(account, self.stage.trade(account, BTC, sign * size * WAD))
        for loss in range(14, 60):
            new = self.price * (100 - sign * loss) // 100
            if all(self.twin.is_clear(side, Fraction(new)) for side in (LONG, SHORT)):
                block(self.stage, {BTC: new})
                self.price = new
                self.liquidate()
                return
        self.stage.trade(account, BTC, -sign * size * WAD)
        del self.twin.held[account]

    def insure(self) -> None:
        """Insurance has something, now and then."""
        units = self.dice.randint(1, 20_000) * USDC_1
        self.stage.market.send("deposit_collateral", INSURANCE, USDC, units, by="lp")

    def liquidate(self) -> None:
        """Everybody who is below his margin, winners and insurance's own position among them."""
        for account in sorted(self.twin.held):
            health = self.stage.market.read("health", account)
            if account == INSURANCE or health.equity >= health.maintenance:
                continue
            before = value(self.stage)
            receipt = liquidate(self.stage, account)
            assert value(self.stage) >= before - exact_bound(health.equity)
            self._note(account, receipt)
        if INSURANCE in self.twin.held and self.dice.random() < 0.5:
            self._note(INSURANCE, self.stage.liquidator.send("unwind", BTC, by="stranger"))

    def _note(self, account: int, receipt: Receipt) -> None:
        price = Fraction(self.price)
        for event in receipt.events:
            if event.name == "Traded":
                self.twin.trade(event.fields["account"], exact(event.fields["fill"][0]), price)
            elif event.name == "PositionAssigned":
                self.twin.trade(INSURANCE, Fraction(0), price)
                given = self.twin.held.pop(event.fields["source"])
                held = self.twin.held.setdefault(INSURANCE, type(given)(Fraction(0), Fraction(0)))
                held.size, held.cost = held.size + given.size, held.cost + given.cost
            elif event.name == "Haircut":
                side, lost = event.fields["side"], exact(event.fields["lost_usd_wad"])
                given = self.twin.haircut(side, price, lost)
                assert abs(given - exact(event.fields["given_usd_wad"])) < Fraction(1, 10**6)
                self.given += given
                self.haircuts += given > 0

    def compare(self) -> None:
        """Every position's cost, and both sides' sums."""
        sums = [Fraction(0), Fraction(0)]
        for account, held in self.twin.held.items():
            position = self.stage.market.read("positions", account, BTC)
            assert exact(position.size_wad) == held.size
            assert abs(exact(cost(self.stage, account)) - held.cost) <= held.cost * NEAR, account
            sums[held.size < 0] += exact(cost(self.stage, account))
        for side, (_, booked, due, _) in enumerate(all_sides(self.stage)):
            together = exact(booked) + exact(due) * (1 if side == LONG else -1)
            assert abs(together - sums[side]) <= Fraction(len(self.twin.held) * 10**9, WAD)

    def leave(self) -> None:
        """Everybody closes; nothing is left of either side."""
        accounts = sorted(self.twin.held)
        self.dice.shuffle(accounts)
        for account in accounts:
            while account in self.twin.held:
                if account == INSURANCE:
                    block(self.stage, {BTC: self.price})
                    self._note(account, self.stage.liquidator.send("unwind", BTC, by="stranger"))
                else:
                    size = self.stage.market.read("positions", account, BTC).size_wad
                    self._note(account, self.stage.trade(account, BTC, -size))
                self.compare()
        assert all_sides(self.stage) == [(0, 0, 0, 0)] * 2


def exact_bound(equity_wad: int) -> int:
    """What a liquidation may cost the pool: what the account lacks, and whole tokens."""
    return max(0, -equity_wad) + WAD // 100


@pytest.mark.parametrize("overrides", [(), RESTORE], ids=["whole", "taken_over"])
@pytest.mark.parametrize("seed", range(6))
def test_each_winner_gives_its_share_and_nobody_else_anything(seed: int, overrides: tuple[str, ...]) -> None:
    history = History(seed, *overrides)
    history.run()
    history.leave()
    assert history.haircuts >= 2 and history.given > 100
