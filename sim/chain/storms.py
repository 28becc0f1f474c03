"""Storms: prices run from those who have no margin to spare and are liquidated, and toward those who pay for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.chain.actions import AT_MARKET, MAX_CANDIDATES
from sim.chain.deployment import INSURANCE
from sim.chain.meter import LIMIT, RESIDENTS, Meter
from sim.chain.prices import pace_of, range_of

DOWN, UP = -1, 1
#: Shares of what one account may open: those who lose, and all who win, one after another and then all at once.
LOSERS = (0.1, 0.1, 0.02, 0.02, 0.02, 0.02)
WINNERS = (0.9, 2.0)
#: How many of those who win come together, how far prices move until others do, and how long that takes.
TOGETHER, SPREAD, BETWEEN_S = 2, 0.016, 7_200
#: How often those who lose are liquidated before they are left alone until nothing is left of them.
MAX_LIQUIDATIONS = 4
#: The most moves of a storm: where prices may only crawl, it ends before they are where it would end.
MAX_MOVES = 200
#: How far below its maintenance margin the next account is to fall.
JUST_BELOW = 0.99
#: Of free margin that is withdrawn: the rest pays for rounding.
_UNWORN = 0.98
_LONG, _SHORT = 0, 1


class Storm:
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
        self._step_s, self._pace = pace_of(meter.design)
        self._lowest, self._highest = range_of(meter.design)

    def play(self) -> None:
        meter = self._meter
        meter.begin_in_use(0.01 * min(self._usd.values()))
        self._open()
        for _ in range(MAX_MOVES):
            if meter.factor == (self._lowest if self._direction == DOWN else self._highest):
                break
            self._move(self._step_s, self._direction * self._next_move())
            self._liquidate(is_last=False)
            if meter.accounts([INSURANCE]).sizes.any():
                meter.do("unwind", "a part", "keepers", m=meter.main)
        self._liquidate(is_last=True)
        self._deleverage("excess", is_same_block=False)
        meter.do("unwind", "at the end", "keepers", m=meter.main)
        meter.do("release", "at the end", account=meter.ids[-1])
        meter.do("liquidate", "at the end", "keepers", account=meter.ids[-1], keeper=meter.keeper)

    def _open(self) -> None:
        meter, winning = self._meter, self._direction
        if self._is_rich:
            meter.fund(INSURANCE, 10 * self._usd[-winning])
        losing = [
            (account, -winning * part * self._usd[-winning]) for account, part in zip(self._losers, LOSERS, strict=True)
        ]
        first, later = (
            [(account, winning * part * self._usd[winning] / MAX_CANDIDATES) for account in self._winners]
            for part in WINNERS
        )
        for account, usd in (*losing, *later):
            meter.fund(account, 2 * abs(usd))
        # A haircut of all winners costs by how far apart the prices are at which they came.
        for i in range(0, len(first), TOGETHER):
            meter.enter(first[i : i + TOGETHER], "one of many")
            self._move(BETWEEN_S, -winning * min(SPREAD, self._pace))
        for stakes in (losing, later):
            meter.enter(stakes, "one of many")
        account, usd = losing[-1]
        mid = meter.market_price_usd()
        meter.place(account, LIMIT, 0.1 * usd / mid, "limit", trigger_usd=0.5 * mid if usd > 0 else 2 * mid)
        meter.place(account, AT_MARKET, 0.1 * usd / mid, "at market")
        for account in self._losers:
            amount = meter.tokens(meter.cash, _UNWORN * float(meter.accounts([account]).free[0]))
            call: dict[str, Any] = {"account": account, "k": meter.cash, "amount": amount, "receiver": meter.trader}
            meter.do("withdraw_collateral", "all that is free", **call)

    def _move(self, seconds: int, share: float) -> None:
        """Take some time to move prices by a share, within the bounds of their feeds."""
        meter = self._meter
        meter.wait(seconds)
        meter.factor = min(max(meter.factor * (1 + share), self._lowest), self._highest)
        meter.report()

    def _next_move(self) -> float:
        """The share by which prices move until the next account is just below its maintenance margin."""
        seen = self._meter.accounts(self._losers)
        notional = np.abs(seen.sizes).sum(axis=1) * self._meter.market_price_usd()
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
        side = _LONG if self._direction == UP else _SHORT
        self._meter.do(
            "deleverage", what, "keepers", is_same_block=is_same_block, m=self._meter.main, side=side, **named
        )
