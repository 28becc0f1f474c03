"""How one trades, deposits and swaps: at once where the design lets it, else by a request that a keeper executes."""

from __future__ import annotations

from collections.abc import Sequence

from sim.chain.failures import OK
from sim.fuzz.entering import RETURNED
from sim.fuzz.orders import AT_MARKET
from sim.fuzz.reader import signed
from sim.fuzz.search.stage import NO_LIMIT_WAD, Stage
from sim.fuzz.trading import UNFILLED

#: Seconds until the price that executes an order.
NEXT_S = 2
#: A little more than the least that the order book takes.
_REWARD_USD = 0.06
#: Of its size: what is set aside at most, beside the reward, and a little more.
_STAKE_DIVISOR = 99


def limit_of(size: int) -> int:
    """The worst price that a trade of any size accepts: any."""
    return NO_LIMIT_WAD if size > 0 else 0


def trade(stage: Stage, account: int, m: int, size: int) -> int:
    """Trade; returns the status of what refused it."""
    if stage.facts.is_by_order:
        return _by_order(stage, account, m, size)
    return stage.call("trade", "traders", account, m, size, limit_of(size))


def _by_order(stage: Stage, account: int, m: int, size: int) -> int:
    """Leave a market order, and have it executed at the next price: the one that is known to come, if one is."""
    (held,) = stage.ask([("position", account, m)])
    closes = signed(held[0]) * size < 0 and abs(size) <= abs(signed(held[0]))
    k = stage.cash(m)
    reward = 0 if closes else stage.units(k, _REWARD_USD)
    usd = 0.0 if closes else abs(size) * stage.truth[stage.facts.markets[m].feed] / 1e36 / _STAKE_DIVISOR
    stake = stage.units(k, usd * 1e18 / (10**18 - stage.facts.assets[k].haircut_wad))
    most = stage.ask([("collateral", account, k)])[0][0]
    values = (m, AT_MARKET, size, 0, limit_of(size), int(closes), k, min(reward + stake, max(most, reward)), reward, 0)
    status = stage.call("place", "traders", account, *values)
    if status != OK:
        return status
    slot = stage.output[0]
    _next_price(stage)
    status = stage.call("execute", "keepers", account, slot, stage.keeper)
    return UNFILLED if status == OK and stage.output[0] == 0 else status


def _next_price(stage: Stage, seconds: int = NEXT_S) -> None:
    """The one that is known to come, if one is."""
    if stage.coming is not None:
        stage.coming()
    else:
        stage.report(stage.truth, seconds)
    stage.wait(1)  # its block is over


def liquidity(stage: Stage, verb: str, actor: str, *values: int) -> tuple[int, int]:
    """A `mint`, `redeem` or `swap`: (status, what it gave). What enters by request is executed at the next price."""
    if verb == "redeem" or not stage.facts.pool.entry_wait_s:
        status = stage.call(verb, actor, *values)
        return status, stage.output[0] if status == OK else 0
    status = stage.call(f"request_{verb}", actor, *values)
    if status != OK:
        return status, 0
    _next_price(stage, NEXT_S + stage.facts.pool.entry_wait_s)
    status = stage.call("execute_entry", "keepers", stage.facts.actor(actor))
    if status != OK:
        return status, 0
    shares, units = stage.output[:2]
    return OK if shares + units else RETURNED, shares + units


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
