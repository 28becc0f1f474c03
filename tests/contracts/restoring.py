"""The least close that restores a margin, in exact fractions of what can be read, by the formulas of the documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction as F
from types import SimpleNamespace
from typing import Any

from contracts.bare import WAD
from contracts.stage import Stage

#: Maintenance margin of notionals by market; price of a close from (market, base, size sold, net USD before).
Margin = Callable[[dict[int, F]], F]
Impact = Callable[[int, F, F, F], F]


def _wad(value: int) -> F:
    return F(value, WAD)


@dataclass(frozen=True)
class Held:
    """A position, and what it owes."""

    size: F  # > 0 long
    cost: F
    reserve: F  # whole tokens
    borrow: F
    funding: F  # > 0 owed


@dataclass(frozen=True)
class State:
    """One account in USD and whole tokens."""

    world: World
    tokens: dict[int, F]
    earned: dict[int, F]  # by market: USD that the pot has for it
    held: dict[int, Held]
    closed: F = F(0)
    exits: F = F(0)  # what an owner would have paid for it

    def equity(self) -> F:
        """Collateral that counts, profits that count, less what is owed."""
        world = self.world
        tokens = dict(self.tokens)
        for m, usd in self.earned.items():
            tokens[world.params[m].short_asset] += usd / world.high(world.params[m].short_asset)
        total = sum((world.counted(k, units * world.at(k, "collateral")) for k, units in tokens.items()), F(0))
        for m, each in self.held.items():
            pnl = each.size * world.base(m, each.size) - each.cost * (1 if each.size > 0 else -1)
            if pnl > 0:
                k = world.payer(m, each.size)
                units = min(pnl / world.high(k), each.reserve)
                pnl = world.counted(k, units * min(world.at(k, "low"), world.at(k, "collateral")))
            total += pnl - each.borrow - max(each.funding, F(0))
        return total

    def maintenance(self) -> F:
        return self.world.margin({m: abs(h.size) * self.world.base(m, h.size) for m, h in self.held.items()})

    def close(self, m: int, size: F) -> State | None:
        """After a close of this much of a position; None if the collateral cannot pay for it."""
        world, old = self.world, self.held[m]
        sign = 1 if old.size > 0 else -1
        price = world.impact(m, world.base(m, old.size), sign * size, world.net[m])
        part = size / abs(old.size)
        settled = sign * (size * price - old.cost * part) - old.borrow - max(old.funding, F(0))
        tokens, earned = dict(self.tokens), dict(self.earned)
        fees = world.params[m].short_asset
        tokens[fees] += earned.pop(m, F(0)) / world.high(fees)
        left = F(0)
        if settled < 0:
            left = world.take(tokens, -settled)
        else:
            k = world.payer(m, old.size)
            tokens[k] += min(settled / world.high(k), old.reserve * part)
        if left > 0:
            return None
        held = {n: each for n, each in self.held.items() if n != m}
        if part < 1:
            held[m] = Held(old.size * (1 - part), old.cost * (1 - part), old.reserve * (1 - part), F(0), F(0))
        fee = _wad(world.params[m].trade_fee_wad)
        return replace(
            self, tokens=tokens, earned=earned, held=held,
            closed=self.closed + size * price, exits=self.exits + size * price * fee,
        )  # fmt: skip

    def charged(self) -> State:
        """After the charges for what was closed."""
        fee, penalty, keeper, flat = self.world.charges
        tokens = dict(self.tokens)
        insurance = self.closed * penalty
        owed = self.closed * keeper + flat + insurance + max(self.closed * fee, self.exits - insurance)
        self.world.take(tokens, owed)
        return replace(self, tokens=tokens)

    def gap(self, target: F) -> F:
        """USD above the target; nothing to reach without positions."""
        return self.equity() - target * self.maintenance()


@dataclass
class World:
    """What a stage says about its markets."""

    stage: Stage
    margin: Margin
    impact: Impact
    charges: tuple[F, F, F, F]  # fee, penalty, keeper's share, flat reward
    prices: list[SimpleNamespace] = field(init=False)
    params: list[Any] = field(init=False)
    assets: list[Any] = field(init=False)
    net: list[F] = field(init=False)  # USD long less short, at mid

    def __post_init__(self) -> None:
        read = self.stage.market.read
        self.prices = self.stage.oracle.read("prices")
        self.params = [read("market_params", m) for m in range(read("market_count"))]
        self.assets = [read("asset_params", k) for k in range(read("asset_count"))]
        self.sides = [[read("sides", m, i) for i in (0, 1)] for m in range(len(self.params))]
        self.order = [(read("sale_order") >> 4 * i) & 15 for i in range(len(self.assets))]
        self.net = [
            _wad(long.size_wad - short.size_wad) * _wad(self.prices[params.feed].mid)
            for (long, short), params in zip(self.sides, self.params, strict=True)
        ]

    def at(self, k: int, which: str) -> F:
        return _wad(getattr(self.prices[self.assets[k].feed], which))

    def high(self, k: int) -> F:
        return self.at(k, "high")

    def base(self, m: int, size: F) -> F:
        price = self.prices[self.params[m].feed]
        return _wad(price.low if size > 0 else price.high)

    def payer(self, m: int, size: F) -> int:
        return self.params[m].long_asset if size > 0 else self.params[m].short_asset

    def counted(self, k: int, usd: F) -> F:
        usd *= 1 - _wad(self.assets[k].haircut_wad)
        depth = _wad(self.assets[k].depth_usd_wad)
        return usd * depth / (depth + usd) if depth else usd

    def take(self, tokens: dict[int, F], usd: F) -> F:
        """Pay in the order of sale; what is missing."""
        for k in self.order:
            units = min(tokens[k], usd / self.at(k, "low"))
            tokens[k] -= units
            usd -= units * self.at(k, "low")
        return usd

    def account(self, account: int) -> State:
        """An account as it is, every market accrued."""
        read = self.stage.market.read
        tokens = {k: F(read("collateral", account, k) * a.scale, WAD) for k, a in enumerate(self.assets)}
        held, earned = {}, {}
        for m in range(len(self.params)):
            position = read("positions", account, m)
            due = _wad(read("funding_claims", account, m))
            if position.size_wad:
                side = self.sides[m][0 if position.size_wad > 0 else 1]
                index = _wad(side.funding_index_wad)
                funding = _wad(abs(position.size_wad)) * index - _wad(position.funding_debt_usd_wad)
                borrow = _wad(position.cost_usd_wad) * _wad(side.borrow_index_wad)
                due += max(-funding, F(0))
                asset = self.assets[self.payer(m, F(position.size_wad))]
                held[m] = Held(
                    _wad(position.size_wad),
                    _wad(position.cost_usd_wad),
                    F(position.reserve * asset.scale, WAD),
                    borrow - _wad(position.borrow_debt_usd_wad),
                    funding,
                )
            if not read("FUNDING_PER_UNIT"):
                due = min(due, _wad(read("clocks", m).funding_pot_usd_wad))
            if due:
                earned[m] = due
        return State(self, tokens, earned, held)


def least(state: State, m: int, target: F, limit: F) -> F | None:
    """The least size of a position whose close reaches the target, by halving; None if none up to `limit` does."""

    def reaches(size: F) -> bool:
        after = state.close(m, size)
        return after is not None and after.charged().gap(target) >= 0

    low, high = F(0), limit
    if not reaches(high):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def gain_per_usd(state: State, m: int, target: F) -> F:
    """How far a dollar closed of a position brings the account: of the least that is enough, or of all."""
    whole = abs(state.held[m].size)
    size = least(state, m, target, whole) or whole
    after = state.close(m, size)
    if after is None:
        return F(-1)
    done = after.charged()
    before = state.charged() if state.closed else state
    if done.held and done.equity() * before.maintenance() <= before.equity() * done.maintenance():
        return F(-1)
    return (done.gap(target) - before.gap(target)) / (after.closed - state.closed)
