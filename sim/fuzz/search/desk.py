"""How a trader trades: at once where the design lets it, else by an order that a keeper executes at the next price."""

from __future__ import annotations

from collections.abc import Sequence

from sim.chain.failures import OK, name_of
from sim.fuzz.search.stage import NO_LIMIT_WAD, Stage

#: Seconds until the price that executes an order.
NEXT_S = 2
_LIMIT_ORDER, _MARKET_ORDER = 0, 3
#: A trade that is refused for one of these may still be made by an order.
_BY_ORDER = ("ACCESS_NOT_", "TRADE_ORDERS_", "TRADE_NOT_", "TRADE_ONLY_")


def limit_of(size: int) -> int:
    """The worst price that a trade of any size accepts: any."""
    return NO_LIMIT_WAD if size > 0 else 0


def trade(stage: Stage, account: int, m: int, size: int) -> int:
    """Trade, by an order if need be; returns the status of what refused it."""
    status = stage.call("trade", "traders", account, m, size, limit_of(size))
    if status == OK or not name_of(status).startswith(_BY_ORDER):
        return status
    return by_order(stage, account, m, size)


def by_order(stage: Stage, account: int, m: int, size: int) -> int:
    """Leave an order that any price reaches, and have it executed at the next one."""
    slot = place(stage, account, m, size)
    if slot < 0:
        return -slot
    status = stage.report(stage.truth, NEXT_S)
    if status == OK:
        status = stage.call("execute", "keepers", account, slot, stage.keeper)
    if status != OK:
        stage.call("cancel", "traders", account, slot)
    return status


def place(stage: Stage, account: int, m: int, size: int) -> int:
    """An order that any price reaches: its slot, or the status of the refusal, negative."""
    price = stage.truth[stage.facts.markets[m].feed]
    trigger = 2 * price if size > 0 else price // 2
    status = OK
    for kind in (_MARKET_ORDER, _LIMIT_ORDER):
        values = (m, kind, size, trigger, limit_of(size), 0, stage.cash(m), 0, 0, 0)
        status = stage.call("place", "traders", account, *values)
        if status == OK:
            return stage.output[0]
    return -status


def exit_all(stage: Stage, account: int, m: int, size: int) -> int:
    """Close a position."""
    return trade(stage, account, m, -size)


def enter(stage: Stage, account: int, m: int, usd: float, margin: float) -> int:
    """Deposit a share of the notional, and open a position: usd > 0 long."""
    k = stage.cash(m)
    status = stage.call("deposit_collateral", "traders", account, k, stage.units(k, abs(usd) * margin))
    return trade(stage, account, m, stage.size(m, usd)) if status == OK else status


def enter_for(stage: Stage, account: int, m: int, usd: float, margin: float) -> float:
    """An outsider's position: its money is the outsider's, and it is halved until it fits. Returns the USD of it."""
    k = stage.cash(m)
    for _ in range(8):
        if stage.call("deposit_collateral", "outsider", account, k, stage.units(k, abs(usd) * margin)) != OK:
            return 0.0
        if trade(stage, account, m, stage.size(m, usd)) == OK:
            return usd
        held = stage.ask([("collateral", account, k)])[0][0]
        stage.call("withdraw_collateral", "traders", account, k, held, stage.facts.actor("outsider"))
        usd /= 2
    return 0.0


def members(named: Sequence[int], most: int) -> tuple[int, ...]:
    """Candidates in ascending order, zeros at the end."""
    chosen = sorted(set(named))[:most]
    return (*chosen, *[0] * (most - len(chosen)))
