"""One history that reaches every verb of a design: what `sim.chain.gas` measures.

Everything in it is chosen by what the design itself allows and says: sizes by what its caps let in, leverage by
withdrawing what margin does not need, how far prices move by when the next account falls below its maintenance margin,
and how fast by the oracle's limits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.actions import AT_MARKET, MAX_CANDIDATES
from sim.chain.deployment import INSURANCE, Cast, Opening
from sim.chain.meter import Meter
from sim.chain.prices import moving_feeds, opening_prices_usd, opening_usd
from sim.design import Design

DAY_S = 86_400
DOWN, UP = -1, 1
LONG, SHORT = 0, 1
LIMIT, STOP = 0, 1
ACTORS = ("reporter", "traders", "keepers", "lp0")
#: Shares of what one account may open: those who lose, and all who win, twice.
LOSERS = (0.1, 0.1, 0.02, 0.02, 0.02, 0.02)
WINNERS = (0.6, 2.0)
#: How often those who lose are liquidated before they are left alone until nothing is left of them.
MAX_LIQUIDATIONS = 4
#: How far prices go in a storm, as far as the bounds of their feeds let them, and how much at a time at most.
LOWEST, HIGHEST = 0.35, 2.6
PACE = 0.04
#: How far below its maintenance margin the next account is to fall.
JUST_BELOW = 0.99
#: What is tried until a market lets it in, and how much less is tried next.
TRIALS, LESS = 40, 0.75
#: Two who hold a little of every market from the start, one on each side.
RESIDENTS = 2
#: Of free margin that is withdrawn: the rest pays for rounding.
_UNWORN = 0.98


def cast_of(design: Design) -> Cast:
    """Who plays the history."""
    opening = Opening(opening_prices_usd(design), opening_usd(design), ("lp0",))
    return Cast(ACTORS, trader_accounts=len(LOSERS) + MAX_CANDIDATES + RESIDENTS, opening=opening)


def play(meter: Meter) -> None:
    """Quiet days, then three storms: insurance is poor while longs lose, poor while shorts lose, and rich."""
    with meter.unnoted():
        sizes_usd = {DOWN: _room_usd(meter, DOWN), UP: _room_usd(meter, UP)}
    _quiet(meter, 0.1 * min(sizes_usd.values()))
    for direction, is_rich in ((DOWN, False), (UP, False), (DOWN, True)):
        _Storm(meter, direction, sizes_usd, is_rich=is_rich).play()


def _room_usd(meter: Meter, sign: int) -> float:
    """What one account may open on a side of the first market, within a quarter."""
    account = meter.ids[0]
    usd = opening_usd(meter.design)
    meter.begin()
    meter.fund(account, 3 * usd)
    for _ in range(TRIALS):
        meter.trade(account, 0, sign * usd, "open")
        if meter.accounts([account]).sizes.any():
            return usd
        usd *= LESS
    raise RuntimeError(f"{meter.design}: the first market lets nobody in")


def _move_in(meter: Meter, usd: float) -> None:
    """Begin with a pool that has been in use: the first trade of all writes what no other has to write again."""
    meter.begin()
    with meter.unnoted():
        for account, sign in zip(meter.ids[-RESIDENTS:], (UP, DOWN), strict=True):
            meter.fund(account, 2 * usd * len(meter.design.markets))
            for m in range(len(meter.design.markets)):
                meter.trade(account, m, sign * usd, "open")


# ------------------------------------------------------------------ quiet days


def _quiet(meter: Meter, usd: float) -> None:
    """Collateral, trades, claims, orders and the pool, while prices stand still."""
    _move_in(meter, usd / 10)
    owner, other, spare = meter.ids[:3]
    for account in (owner, other, spare):
        meter.fund(account, 3 * usd)
    meter.trade(owner, 0, usd, "open")
    meter.trade(owner, 0, usd, "grow")
    meter.trade(other, 0, -usd, "open")
    for m in range(1, len(meter.design.markets)):
        meter.trade(owner, m, usd, "another market")
    _collateral(meter, owner, spare, usd)
    _orders(meter, owner, usd)
    meter.wait(DAY_S)  # so long the sides owe each other funding
    meter.trade(other, 0, usd / 2, "reduce")
    meter.trade(other, 0, usd, "close")
    meter.trade(owner, 0, -usd, "reduce")
    for account in (other, owner):
        meter.do("claim_funding", "one", account=account, m=0)
    _provide(meter)


def _collateral(meter: Meter, owner: int, spare: int, usd: float) -> None:
    for account, what in ((owner, "with positions"), (spare, "without")):
        moved: dict[str, Any] = {"account": account, "k": meter.cash, "amount": meter.tokens(meter.cash, usd / 100)}
        meter.do("deposit_collateral", what, **moved)
        meter.do("withdraw_collateral", what, receiver=meter.trader, **moved)
        meter.do("transfer_collateral", what, target=meter.ids[3], **moved)


def _orders(meter: Meter, owner: int, usd: float) -> None:
    """Orders with and without margin: executed, cancelled, and cancelled when there is a price for them."""
    mid = meter.market_price_usd(0)
    size = 0.2 * usd / mid
    for _ in range(2):
        meter.place(owner, LIMIT, size, "limit", trigger_usd=2 * mid)
        meter.execute(owner, "limit")
    meter.place(owner, LIMIT, size, "limit", trigger_usd=0.5 * mid)
    meter.do("cancel", "with margin", account=owner, slot=0)
    meter.place(owner, STOP, -size, "stop", trigger_usd=0.5 * mid, is_reduce_only=True)
    meter.do("cancel", "no margin", account=owner, slot=0)
    meter.place(owner, STOP, -size, "stop", trigger_usd=2 * mid, is_reduce_only=True)
    meter.execute(owner, "stop")
    meter.place(owner, AT_MARKET, size, "at market")
    meter.wait(DAY_S // 24)
    meter.do("cancel", "has its price", account=owner, slot=0)
    meter.execute(owner, "cancelled")


def _provide(meter: Meter) -> None:
    """Deposits, swaps and withdrawals of each asset, at once and by request."""
    usd, pool = 1_000.0, meter.design.pool
    assets = range(len(meter.design.assets))
    for k in assets:
        asked: dict[str, Any] = {"k": k, "amount": meter.tokens(k, usd), "min_shares": 0.0, "receiver": meter.provider}
        meter.do("mint", "one", "lp0", **asked)
        meter.do("request_mint", "one", "lp0", **asked)
        meter.wait(pool.entry_wait_s)
        meter.do("execute_entry", "mint", "keepers", holder=meter.provider)
    pairs = [(k, j) for k in assets for j in assets if k != j and meter.cash in (k, j)]
    for k, j in pairs or [(0, 0)]:
        asked = {"k": k, "j": j, "amount": meter.tokens(k, usd), "min_amount": 0.0, "receiver": meter.provider}
        meter.do("swap", "one", "lp0", **asked)
        meter.do("request_swap", "one", "lp0", **asked)
        meter.wait(pool.entry_wait_s)
        meter.do("execute_entry", "swap", "keepers", holder=meter.provider)
    meter.wait(pool.redeem_delay_s)
    for k in assets:
        seen = meter.views.pool()
        shares = usd * float(seen.supply[0] / seen.aum_mid[0])
        asked = {"k": k, "amount": shares, "min_amount": 0.0, "receiver": meter.provider}
        meter.do("redeem", "one", "lp0", **asked)
        meter.do("request_exit", "one", "lp0", **asked)
        meter.wait(pool.exit_wait_s)
        meter.do("execute_exit", "one", "keepers", holder=meter.provider)


# ------------------------------------------------------------------ storms


class _Storm:
    """Some have no margin to spare and lose, others win; prices move as far as they can.

    The first and the small ones are liquidated as soon as that is possible; of the second a loss is to be left that
    insurance cannot pay.
    """

    def __init__(self, meter: Meter, direction: int, sizes_usd: dict[int, float], *, is_rich: bool) -> None:
        self._meter = meter
        self._direction = direction
        self._is_rich = is_rich
        self._usd = {side: sizes_usd[side] for side in (DOWN, UP)}
        self._losers, self._winners = meter.ids[: len(LOSERS)], meter.ids[len(LOSERS) : -RESIDENTS]
        self._liquidated = np.zeros(len(LOSERS), dtype=np.int64)
        self._step_s, self._pace = _pace(meter.design)
        self._lowest, self._highest = _range(meter.design)

    def play(self) -> None:
        meter = self._meter
        _move_in(meter, 0.01 * min(self._usd.values()))
        self._open()
        while self._lowest < meter.factor < self._highest:
            meter.wait(self._step_s)
            meter.factor *= 1 + self._direction * self._next_move()
            meter.report()
            self._liquidate(is_last=False)
            if meter.accounts([INSURANCE]).sizes.any():
                meter.do("unwind", "a part", "keepers", m=0)
        self._liquidate(is_last=True)
        self._deleverage("excess", is_same_block=False)
        meter.do("unwind", "at the end", "keepers", m=0)
        meter.do("release", "at the end", account=meter.ids[-1])
        meter.do("liquidate", "at the end", "keepers", account=meter.ids[-1], keeper=meter.keeper)

    def _open(self) -> None:
        meter, winning = self._meter, self._direction
        if self._is_rich:
            meter.fund(INSURANCE, 10 * self._usd[-winning])
        losing = [
            (account, -winning * part * self._usd[-winning]) for account, part in zip(self._losers, LOSERS, strict=True)
        ]
        rounds = [
            [(account, winning * part * self._usd[winning] / MAX_CANDIDATES) for account in self._winners]
            for part in WINNERS
        ]
        for account, usd in (*losing, *rounds[-1]):
            meter.fund(account, 2 * abs(usd))
        for stakes in (losing, *rounds):
            meter.enter(stakes, "one of many")
        account, usd = losing[-1]
        mid = meter.market_price_usd(0)
        meter.place(account, LIMIT, 0.1 * usd / mid, "limit", trigger_usd=0.5 * mid if usd > 0 else 2 * mid)
        meter.place(account, AT_MARKET, 0.1 * usd / mid, "at market")
        for account in self._losers:
            amount = meter.tokens(meter.cash, _UNWORN * float(meter.accounts([account]).free[0]))
            call: dict[str, Any] = {"account": account, "k": meter.cash, "amount": amount, "receiver": meter.trader}
            meter.do("withdraw_collateral", "all that is free", **call)

    def _next_move(self) -> float:
        """The share by which prices move until the next account is just below its maintenance margin."""
        seen = self._meter.accounts(self._losers)
        notional = np.abs(seen.sizes).sum(axis=1) * self._meter.market_price_usd(0)
        room = seen.equity - JUST_BELOW * seen.maintenance
        is_next = (notional > 0) & (seen.equity >= seen.maintenance) & (self._liquidated < MAX_LIQUIDATIONS)
        moves = room[is_next] / notional[is_next]
        return float(np.clip(moves.min(initial=self._pace), 1e-6, self._pace))

    def _liquidate(self, *, is_last: bool) -> None:
        """Whoever is due now; winners are asked for a loss in the block in which it was made."""
        meter = self._meter
        seen = meter.accounts(self._losers)
        insured = float(meter.accounts([INSURANCE]).equity[0])
        is_lost = seen.equity < 0
        is_due = (self._liquidated < MAX_LIQUIDATIONS) | is_lost
        is_due[1] = seen.equity[1] < -insured - 0.05 * seen.costs[1].sum()
        is_below = (seen.equity < seen.maintenance) & seen.sizes.any(axis=1)
        for i in np.flatnonzero(is_below & (is_due | is_last)):
            self._liquidated[i] += 1
            what: dict[str, Any] = {"account": self._losers[i]}
            if i == len(LOSERS) - 1:
                meter.do("release", "orders", **what)
            self._close(self._losers[i], is_lost=bool(is_lost[i]))
            if is_lost[i]:
                self._deleverage("loss", is_same_block=True)

    def _close(self, account: int, *, is_lost: bool) -> None:
        """Liquidate, and look what has become of it."""
        meter = self._meter
        held = meter.accounts([INSURANCE]).sizes
        sent = meter.send("liquidate", "keepers", account=account, keeper=meter.keeper)
        what = "whole"
        if meter.accounts([account]).sizes.any():
            what = "in part"
        elif (meter.accounts([INSURANCE]).sizes != held).any():
            what = "taken over"
        meter.note("liquidate", f"{what}, bankrupt" if is_lost else what, sent)

    def _deleverage(self, what: str, *, is_same_block: bool) -> None:
        named: dict[str, Any] = {f"candidate{i}": account for i, account in enumerate(self._winners)}
        side = LONG if self._direction == UP else SHORT
        self._meter.do("deleverage", what, "keepers", is_same_block=is_same_block, m=0, side=side, **named)


def _range(design: Design) -> tuple[float, float]:
    """Multiples of the opening prices between which a storm goes: within the bounds of all feeds that follow."""
    lowest, highest = LOWEST, HIGHEST
    for feed, usd, moves in zip(
        design.oracle.feeds, opening_prices_usd(design), moving_feeds(design).tolist(), strict=True
    ):
        if moves:
            lowest = max(lowest, float(feed.min_usd) / usd / (1 - 1.5 * PACE))
            highest = min(highest, float(feed.max_usd) / usd / (1 + 1.5 * PACE))
    return lowest, highest


def _pace(design: Design) -> tuple[int, float]:
    """Seconds between two moves, and the share by which prices may move, so that the oracle believes all of them."""
    oracle = design.oracle
    step_s = 4 * (oracle.average_s or 0)  # by then the average has followed
    pace = PACE
    if oracle.max_average_distance_bps is not None:
        pace = min(pace, oracle.max_average_distance_bps / 2e4)
    if oracle.max_step_bps is not None:
        pace = min(pace, (oracle.max_step_bps + (oracle.max_step_bps_per_s or 0) * step_s) / 2e4)
    return step_s, pace
