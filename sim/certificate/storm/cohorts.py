"""Recipes of haircuts by an index, sent as the contracts that may: where the design has one."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.controllers import near
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe
from sim.certificate.storm.seen import INSURANCE

WAD = 10**18
_SMALL_USD_WAD = 500 * WAD
_POSITION_WORDS = 5


@recipe("cohorts", "haircut", 1.5)
def haircut(p: Hand) -> list[Sent]:
    """A little of a side's profit, or all of it, near the price at which it would close."""
    m, side = p.market(), p.dice.below(2)
    edges = p.seen.prices[p.seen.markets[m][0]]
    price = near(p, edges[2 if side else 0], 0.02)
    usd = p.dice.some(_SMALL_USD_WAD) * (10**6 if p.dice.chance(0.1) else 1)
    return [p.sent("liquidator", "cohorts", "haircut", m, side, p.edge(price), p.edge(usd))]


@recipe("cohorts", "store", 0.3)
def store(p: Hand) -> list[Sent]:
    """Nothing changes: an account without a position keeps none, and insurance is not looked at."""
    account = INSURANCE if p.dice.chance(0.3) else p.account()
    words = [p.dice.below(WAD) if account == INSURANCE else 0 for _ in range(2 * _POSITION_WORDS)]
    return [p.sent("market", "cohorts", "store", account, p.market(), *words)]
