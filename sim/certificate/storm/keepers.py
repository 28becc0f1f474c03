"""Recipes of keepers: mostly what would be accepted now, sometimes what would not."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe
from sim.certificate.storm.seen import CANDIDATES

_IDLY = 0.15  # chance of a call for which nothing is there


def _keeper(p: Hand) -> int:
    return p.dice.pick(p.stage.cast.keeper_ids) if p.dice.chance(0.95) else p.account()


@recipe("liquidator", "liquidate", 3)
def liquidate(p: Hand) -> list[Sent]:
    """An account below maintenance, its orders released before."""
    if p.seen.liquidations:
        return [p.sent(p.actor(), "liquidator", "liquidate", p.take(p.seen.liquidations), _keeper(p))]
    return [p.sent("keepers", "liquidator", "liquidate", p.account(), _keeper(p))] if p.dice.chance(_IDLY) else []


@recipe("order_book", "release", 2)
def release(p: Hand) -> list[Sent]:
    """Orders of an account in trouble."""
    if p.seen.releases:
        account = p.take(p.seen.releases)
        return [
            p.sent(p.actor(), "order_book", "release", account),
            p.sent("keepers", "liquidator", "liquidate", account, _keeper(p)),
        ]
    return [p.sent("keepers", "order_book", "release", p.account())] if p.dice.chance(_IDLY) else []


@recipe("liquidator", "release_and_liquidate", 1)
def release_and_liquidate(p: Hand) -> list[Sent]:
    """An account in trouble, with orders or without."""
    found = p.seen.releases or p.seen.liquidations
    if found:
        return [p.sent(p.actor(), "liquidator", "release_and_liquidate", p.take(found), _keeper(p))]
    if p.dice.chance(_IDLY):
        return [p.sent("keepers", "liquidator", "release_and_liquidate", p.account(), _keeper(p))]
    return []


@recipe("order_book", "execute", 4)
def execute(p: Hand) -> list[Sent]:
    """An order whose trigger was reached."""
    if p.seen.executions:
        account, slot = p.take(p.seen.executions)
        return [p.sent(p.actor(), "order_book", "execute", account, slot, _keeper(p))]
    if p.seen.orders and p.dice.chance(_IDLY):
        account, slot, _ = p.dice.pick(p.seen.orders)
        return [p.sent("keepers", "order_book", "execute", account, slot, _keeper(p))]
    return []


@recipe("liquidator", "unwind", 1.5)
def unwind(p: Hand) -> list[Sent]:
    """What insurance took over."""
    if p.seen.unwinds:
        return [p.sent(p.actor(), "liquidator", "unwind", p.take(p.seen.unwinds))]
    return [p.sent("keepers", "liquidator", "unwind", p.market())] if p.dice.chance(_IDLY) else []


@recipe("liquidator", "deleverage", 2)
def deleverage(p: Hand) -> list[Sent]:
    """Everybody on a side whose winners must pay; or a list that is refused."""
    if p.seen.deleveragings and p.dice.chance(0.9):
        m, side, named = p.take(p.seen.deleveragings)
    elif p.dice.chance(_IDLY):
        m, side = p.market(), p.dice.below(2)
        named = sorted(p.account() for _ in range(p.dice.below(CANDIDATES + 1)))
    else:
        return []
    if p.dice.chance(0.1):
        named = p.dice.pick((named[:-1], named[::-1], [*named, *named][:CANDIDATES]))
    padded = [*named, *[0] * (CANDIDATES - len(named))]
    return [p.sent(p.actor(), "liquidator", "deleverage", m, side, *padded)]
