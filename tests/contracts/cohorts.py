"""Winners that an index cuts: a stage where it does, and what each of them gives, reckoned one by one in fractions."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from contracts.stage import BTC, BTC_1, KEEPER, LONG, SHORT, USDC_1, WAD, Receipt, Stage

#: A winner whose entry is within the width of a cell of the price may give nothing.
CELL = Fraction(1, 63)


INDEX = "deleverage.policy=index_haircut"
EACH_USD = 500_000


def cut_stage(*overrides: str) -> Stage:
    """A large pool, no fees, the price of BTC at 50,000."""
    stage = Stage(INDEX, *overrides)
    stage.seed(2_000 * BTC_1, 0, 0, 100_000_000 * USDC_1)
    return stage


def open_accounts(stage: Stage, count: int) -> list[int]:
    """More accounts of the trader's."""
    return [stage.market.send("open_account", by="trader").returned for _ in range(count)]


def owed(stage: Stage, side: int) -> int:
    """What haircuts took of BTC's positions on a side and is not in their cost yet, USD WAD."""
    usd_wad: int = stage.cohorts.read("owed_by_side", BTC, side)
    return usd_wad


def cost(stage: Stage, account: int) -> int:
    """What an account's BTC cost, with what haircuts took of it, USD WAD."""
    usd_wad: int = stage.lens.read("accounts", stage.market.address, [account])[0].costs[BTC]
    return usd_wad


def value(stage: Stage) -> int:
    """The pool's value at mid, USD WAD."""
    usd_wad: int = stage.market.read("aum").mid
    return usd_wad


def lose(stage: Stage, usd_wad: int, side: int = LONG) -> Receipt:
    """Let the winners of a side give this much, as the liquidator does when it books a loss."""
    price = stage.oracle.read("prices")[BTC]
    at = price.low if side == LONG else price.high
    return stage.cohorts.send("haircut", BTC, side, at, usd_wad, by="liquidator")


@dataclass(slots=True)
class Held:
    """A position: its size, and what it cost less what it gave."""

    size: Fraction
    cost: Fraction
    given: Fraction = Fraction(0)

    def profit(self, price: Fraction) -> Fraction:
        """At a price, before anything is capped."""
        return self.size * price - self.cost * (1 if self.size > 0 else -1)


@dataclass(slots=True)
class Twin:
    """All positions in BTC, by account; insurance stands among them and never gives."""

    held: dict[int, Held] = field(default_factory=dict)
    spared: frozenset[int] = frozenset()

    def trade(self, account: int, delta: Fraction, price: Fraction) -> None:
        """Change a position: what closes takes its share of the cost along."""
        was = self.held.pop(account, Held(Fraction(0), Fraction(0)))
        cost = was.cost + abs(delta) * price if was.size * delta >= 0 else was.cost * (1 - abs(delta) / abs(was.size))
        if was.size + delta:
            self.held[account] = Held(was.size + delta, cost, was.given)

    def winners(self, side: int, price: Fraction) -> dict[int, Fraction]:
        """Profits of those who give."""
        sign = 1 if side == LONG else -1
        profits = {a: p.profit(price) for a, p in self.held.items() if p.size * sign > 0 and a not in self.spared}
        return {account: usd for account, usd in profits.items() if usd > 0}

    def is_clear(self, side: int, price: Fraction) -> bool:
        """Whether nobody's entry is so near to the price that its cell may reach beyond."""
        sign = 1 if side == LONG else -1
        entries = [p.cost / abs(p.size) for p in self.held.values() if p.size * sign > 0]
        return all(abs(entry - price) > CELL * max(entry, price) for entry in entries)

    def haircut(self, side: int, price: Fraction, usd: Fraction) -> Fraction:
        """Take a loss from the winners. Returns what they give."""
        profits = self.winners(side, price)
        total = sum(profits.values(), Fraction(0))
        if not total:
            return total
        share = min(usd / total, Fraction(1))
        for account, profit in profits.items():
            held = self.held[account]
            held.cost += share * profit * (1 if held.size > 0 else -1)
            held.given += share * profit
        return share * total


def exact(wad: int) -> Fraction:
    """WAD as a fraction."""
    return Fraction(wad, WAD)


def all_sides(stage: Stage) -> list[tuple[int, int, int, int]]:
    """(size, cost, what is owed, cells in use) of both sides of BTC."""
    rows = []
    for side in (LONG, SHORT):
        total = stage.market.read("sides", BTC, side)
        rows.append((total.size_wad, total.cost_usd_wad, owed(stage, side), stage.cohorts.read("in_use", side)))
    return rows


def liquidate(stage: Stage, account: int) -> Receipt:
    """Liquidate, and keep what was logged."""
    return stage.liquidator.send("liquidate", account, KEEPER, by="keeper")
