"""How a trader trades: at once where the design lets it, else by a market order that is executed at the next price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from sim.chain.failures import code_of
from sim.fuzz.arena import Arena, Call
from sim.fuzz.facts import HALTED, WAD
from sim.fuzz.orders import AT_MARKET
from sim.fuzz.properties import Lab
from sim.fuzz.reader import signed

NO_LIMIT_WAD = 2**127
#: Set aside for whoever executes: a little more than the least that the order book takes (contracts/OrderBook.vy).
_REWARD_USD_WAD = 6 * WAD // 100
#: Of its size: what an order that may grow a position sets aside at most, beside the reward.
_STAKE_DIVISOR = 100

#: What stands for the refusal of a trade whose order ended without a fill.
UNFILLED = code_of("ORDER_NOT_TRIGGERED")


def limit_of(size: int) -> int:
    """The worst price that a trade of any size accepts: any."""
    return NO_LIMIT_WAD if size > 0 else 0


def market_order(arena: Arena, account: int, m: int, size: int, limit: int) -> tuple[int, ...]:
    """Arguments of `place` for a market order; what may grow a position has reward and stake, if they are there."""
    facts, prices = arena.facts, arena.reader.prices()
    held = signed(arena.ask_market("positions", account, m)[0])
    collateral = [arena.ask_market("collateral", account, k)[0] for k in range(len(facts.assets))]
    closes = held * size < 0 and abs(size) <= abs(held)
    asset, reward, stake = 0, 0, 0
    if not closes:
        values = [
            units * each.scale * prices[each.feed].low if prices[each.feed].status < HALTED else 0
            for units, each in zip(collateral, facts.assets, strict=True)
        ]
        asset = max(range(len(values)), key=values.__getitem__)
        price = prices[facts.assets[asset].feed].low
        unit = max(price, 1) * facts.assets[asset].scale
        reward = min(_REWARD_USD_WAD * WAD // unit + 1, collateral[asset])
        usd = abs(size) * prices[facts.markets[m].feed].high // _STAKE_DIVISOR
        usd = usd * WAD // max(WAD - facts.assets[asset].haircut_wad, 1)
        stake = min(usd // unit + 1, collateral[asset] - reward)
    return account, m, AT_MARKET, size, 0, limit, int(closes), asset, reward + stake, reward, 0


def trade(lab: Lab, account: int, m: int, size: int, limit: int | None = None) -> Call:
    """Change a position in a probe. By request: venues report once more what they show, a second later; it takes two.

    An order that ends unfilled counts as refused.
    """
    (call,) = trade_all(lab, [(account, m, size)], limit)
    return call


def trade_all(lab: Lab, asked: Sequence[tuple[int, int, int]], limit: int | None = None) -> list[Call]:
    """Several trades (account, market, size) at one price."""
    return [fill() for fill in request_all(lab, asked, limit)]


def request_all(lab: Lab, asked: Sequence[tuple[int, int, int]], limit: int | None = None) -> list[Callable[[], Call]]:
    """The same up to where each trade can be made, and what makes it."""
    arena = lab.arena
    limits = [limit_of(size) if limit is None else limit for _, _, size in asked]
    pairs = list(zip(asked, limits, strict=True))
    if not lab.facts.is_by_order:
        return [partial(arena.call, "trade", "traders", *each, worst) for each, worst in pairs]
    placed = [arena.call("place", "traders", *market_order(arena, *each, worst)) for each, worst in pairs]
    if any(call.accepted for call in placed):
        pass_time(lab)
    return [partial(_executed, lab, call) for call in placed]


def _executed(lab: Lab, placed: Call) -> Call:
    if not placed.accepted:
        return placed
    slot = placed.arguments["account"], placed.returns["slot"]
    call = lab.arena.call("execute", "keepers", *slot, lab.facts.keeper_ids[0])
    return replace(call, status=UNFILLED) if call.accepted and not call.returns["size"] else call


def pass_time(lab: Lab, trades: int = 1) -> None:
    """As long as trades take: what another future does meanwhile is compared with them."""
    if lab.facts.is_by_order:
        for _ in range(trades):
            lab.later(1)
            lab.arena.advance(1)


def calmed(lab: Lab) -> Lab | None:
    """A state in which one more report of the same prices changes none; nothing where there is none.

    Where everything is made at once, the state as it is.
    """
    if not lab.facts.is_by_order and not lab.facts.pool.entry_wait_s:
        return lab
    if not lab.later(1):
        return None
    calm = replace(lab, state=lab.arena.snapshot())
    lab.later(1)
    told = zip(calm.state.prices, lab.arena.reader.prices(), strict=True)
    same = all((old.low, old.mid, old.high) == (new.low, new.mid, new.high) for old, new in told)
    return replace(calm, state=lab.arena.snapshot()) if same else None
