"""Whether a liquidation was the oracle's fault, the market's, or the pool's own: asked of the contract at other prices.

An account is spared at prices at which it would not be below maintenance: positions and collateral alike, at the worst
of a median, worsened by the oracle's least half width. Wrongful: spared at all that honest venues show, then and until
`HINDSIGHT_S` later. Of the others, self-inflicted: spared by what they show in the twin, where the pool moves nothing;
dislocated: spared at the price of the market as a whole, `DISLOCATED_BPS` worse, which honest venues were further off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.chain.worth import Appraiser
from sim.engine.observation import Observation
from sim.world.honest import HINDSIGHT_S

DISLOCATED_BPS = 50.0
#: Of a price, by which it is moved to see how margins follow.
NUDGE = 0.01


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Of each call of a batch."""

    is_spared: np.ndarray  # (n,) bool, as far as is known
    is_spared_in_twin: np.ndarray
    is_spared_by_market: np.ndarray


@dataclass(frozen=True, slots=True)
class _Pending:
    """Accounts that are spared by now, and how their margins follow prices: they are gone when those are known."""

    row: np.ndarray  # (n,) of the liquidations
    path: np.ndarray
    until_s: np.ndarray
    low_usd: np.ndarray  # (n, F) the lowest so far
    high_usd: np.ndarray
    margin_usd: np.ndarray  # (n,) at these
    per_low: np.ndarray  # (n, F) USD of margin for each USD of price
    per_high: np.ndarray

    def rows(self, index: np.ndarray) -> _Pending:
        """Of some."""
        return _Pending(*(getattr(self, name)[index] for name in self.__slots__))


class Judge:
    """Asks what accounts would be worth, and waits where the world does not know yet."""

    def __init__(self, appraiser: Appraiser, floor_spread: float) -> None:
        """`floor_spread`: least half width of the oracle's prices, as a fraction."""
        self._appraiser, self._floor = appraiser, floor_spread
        self._waiting: list[_Pending] = []
        self._suspects: _Pending | None = None  # of the batch that comes next; `row`: its calls
        self.cleared: list[np.ndarray] = []  # rows that were spared, and no more

    def ask(self, seen: Observation, path: np.ndarray, ids: np.ndarray) -> Verdicts:
        """Judge the accounts of the next batch by what is known now."""
        market = seen.market
        low, high = self._worsened(market.honest_low_usd, market.honest_high_usd)
        margin = self._margins(path, ids, low, high)
        is_spared = margin >= 0.0
        in_twin = is_spared
        if market.has_twin:
            in_twin = self._margins(path, ids, *self._worsened(market.twin_low_usd, market.twin_high_usd)) >= 0.0
        off = np.array([-1.0, 1.0])[:, None, None] * DISLOCATED_BPS * 1e-4
        by_market = self._margins(path, ids, *self._worsened(*(market.true_price_usd * (1.0 + off)))) >= 0.0
        self._suspects = None
        if not market.is_final and is_spared.any():
            call = np.flatnonzero(is_spared)
            self._suspects = self._follow(seen, call, path[call], ids[call], low, high, margin[call])
        return Verdicts(is_spared, in_twin, by_market)

    def keep(self, row: np.ndarray) -> None:
        """Wait for what becomes of the suspects of the last batch: `row` of each call, below zero: it was refused."""
        if self._suspects is None:
            return
        kept = replace(self._suspects, row=row[self._suspects.row])
        self._waiting.append(kept.rows(kept.row >= 0))
        self._suspects = None

    def observe(self, seen: Observation) -> None:
        """Look at what honest venues show now."""
        if not self._waiting:
            return
        market = seen.market
        low, high = self._worsened(market.honest_low_usd, market.honest_high_usd)
        still: list[_Pending] = []
        for each in self._waiting:
            lower, higher = np.minimum(each.low_usd, low[each.path]), np.maximum(each.high_usd, high[each.path])
            margin = each.margin_usd + ((lower - each.low_usd) * each.per_low).sum(axis=1)
            margin += ((higher - each.high_usd) * each.per_high).sum(axis=1)
            is_in_time = seen.time_s <= each.until_s
            self.cleared.append(each.row[is_in_time & (margin < 0.0)])
            stays = is_in_time & (margin >= 0.0)
            if stays.any():
                still.append(replace(each, low_usd=lower, high_usd=higher, margin_usd=margin).rows(stays))
        self._waiting = still

    def _worsened(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Prices at which the oracle would have valued these, the low and the high one."""
        return low * (1.0 - self._floor), high * (1.0 + self._floor)

    def _margins(self, path: np.ndarray, ids: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Equity less maintenance at prices (paths, feeds), (n,)."""
        order = np.argsort(path, kind="stable")
        equity, maintenance = self._appraiser.margins_at(path[order], ids[order], low, high)
        margin = np.empty(len(path))
        margin[order] = equity - maintenance
        return margin

    def _follow(
        self,
        seen: Observation,
        call: np.ndarray,
        path: np.ndarray,
        ids: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
        margin: np.ndarray,
    ) -> _Pending:
        """How margins follow each price: the contract's answers at prices that are a little worse."""
        per_low, per_high = np.zeros((2, len(path), low.shape[1]))
        for f in range(low.shape[1]):
            nudged = np.arange(low.shape[1]) == f
            less, more = low * (1.0 - NUDGE * nudged), high * (1.0 + NUDGE * nudged)
            per_low[:, f] = (margin - self._margins(path, ids, less, high)) / (NUDGE * low[path, f])
            per_high[:, f] = (self._margins(path, ids, low, more) - margin) / (NUDGE * high[path, f])
        until_s = np.full(len(path), seen.time_s + HINDSIGHT_S)
        return _Pending(call, path, until_s, low[path], high[path], margin, per_low, per_high)
