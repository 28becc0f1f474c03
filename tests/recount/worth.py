"""What accounts are worth at mid, from Market's own books: no view that adds anything up is asked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from recount.instants import LONG, SHORT, WAD, Usd, assets_of, at_mid, tokens_of
from recount.machine import Machine

NONE = Fraction(0)


@dataclass(frozen=True, slots=True)
class Worth:
    """An account without haircuts."""

    collateral: Usd
    profit: Usd  # of positions
    withheld: Usd  # of it, by a cap on the side's
    borrow: Usd  # owed
    funding: Usd  # owed
    claims: Usd  # earned, settled and not paid

    @property
    def usd(self) -> Usd:
        """All of it."""
        return self.collateral + self.profit - self.withheld - self.borrow - self.funding + self.claims


@dataclass(frozen=True, slots=True)
class _Market:
    """A market as of now."""

    mid: Usd
    indices: list[tuple[Fraction, Fraction]]  # of borrowing and of funding, by side
    kept: list[Fraction]  # what a cap leaves of each winner's profit, by side


def worths(machine: Machine, ids: list[int]) -> dict[int, Worth]:
    """Accounts as of now."""
    assets = assets_of(machine)
    mid = [Fraction(price["mid"], WAD) for price in machine.ask("oracle", "prices")]
    with machine.accrued():
        markets = [_market(machine, m, mid) for m in range(len(machine.design.markets))]
        collaterals = {account: at_mid(tokens_of(machine, assets, account), assets, mid) for account in ids}
        return {account: _worth(machine, account, collaterals[account], markets) for account in ids}


def _market(machine: Machine, m: int, mid: list[Usd]) -> _Market:
    params, exposure = machine.ask("market", "market_params", m), machine.ask("market", "exposure", m)
    share = Fraction(params["max_profit_share_wad"], WAD)
    sides = [machine.ask("market", "sides", m, side) for side in (LONG, SHORT)]
    kept = []
    for won, backing in zip(exposure["pnl"], exposure["backing"], strict=True):
        kept.append(Fraction(backing * share) / won if won > backing * share else Fraction(1))
    names = ("borrow_index_wad", "funding_index_wad")
    borrow, funding = ([Fraction(side[name], WAD) for side in sides] for name in names)
    return _Market(mid[params["feed"]], list(zip(borrow, funding, strict=True)), kept)


def _worth(machine: Machine, account: int, collateral: Usd, markets: list[_Market]) -> Worth:
    profit = withheld = borrow = funding = claims = NONE
    for m, market in enumerate(markets):
        claims += Fraction(machine.ask("market", "funding_claims", account, m), WAD)
        position = _position(machine, account, m)
        size, cost = Fraction(position["size_wad"], WAD), Fraction(position["cost_usd_wad"], WAD)
        if size == 0:
            continue
        side = LONG if size > 0 else SHORT
        won = size * market.mid - cost if side == LONG else cost + size * market.mid
        profit += won
        withheld += max(won, NONE) * (1 - market.kept[side])
        per_cost, per_unit = market.indices[side]
        borrow += cost * per_cost - Fraction(position["borrow_debt_usd_wad"], WAD)
        funding += abs(size) * per_unit - Fraction(position["funding_debt_usd_wad"], WAD)
    return Worth(collateral, profit, withheld, borrow, funding, claims)


def _position(machine: Machine, account: int, m: int) -> dict[str, Any]:
    """With what winners gave through an index in its cost."""
    position: dict[str, Any] = machine.ask("market", "positions", account, m)
    if position["size_wad"] != 0 and "cohorts" in machine.addresses:
        position, _ = machine.ask("cohorts", "standing", account, m)
    return position
