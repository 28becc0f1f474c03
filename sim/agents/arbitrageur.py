"""The arbitrageur: swaps what the pool lacks against what it has too much of, when venues and fee make it pay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.agents.pay import Pay
from sim.chain.actions import EXECUTED, POSTPONED, Batch, batch
from sim.chain.deployment import Deployment
from sim.chain.failures import code_of
from sim.engine.agent import Outcome
from sim.engine.observation import Observation
from sim.engine.order import Group
from sim.scenario.people import Arbitrageur as ArbitrageurTable
from sim.world.streams import Draws

MIN_TRADE_USD = 100.0


class Arbitrageur:
    """Buys on the cheapest venue, swaps, sells on the dearest; the minimum out refuses what the fee eats up.

    What he gives to the pool he buys at the venue whose ask is best, what he gets he sells at that whose bid is: in
    the next step, at what a trade of that size costs. Where swaps are requested he swaps at a price that he does not
    know, one at a time. What he has given is not his to give again before it comes back, and what he has lost is gone.
    """

    group: Group = "arbitrageur"
    name = "arbitrageur"
    seats = 1

    def __init__(self, table: ArbitrageurTable, deployment: Deployment, paths: int, pay: Pay) -> None:
        assets = deployment.design.assets
        self._table = table
        self._pay = pay
        self._actor = deployment.actor("arbitrageur")
        self._asks = deployment.design.pool.entry_wait_s > 0  # swaps are requested
        self.actors = np.array([self._actor])
        #: When the request to swap is due, (paths, 1); infinity while there is none.
        self.entry_due_s = np.full((paths, 1), np.inf)
        self._feeds = np.array([deployment.feeds.index(asset.feed) for asset in assets])
        self._targets = np.array([float(asset.target_weight) for asset in assets])
        self._cash_usd = np.full(paths, table.capital_usd)
        self._spent_usd = np.zeros(paths)  # on the tokens of the last swap
        self._bid_usd = np.zeros((paths, len(assets)))  # what venues paid for a token when he last looked
        self._own_usd = np.zeros(paths)  # what a request pays him that he brings to its end himself
        self._units = 10.0 ** np.array([asset.decimals for asset in assets])
        self._pair = np.zeros((paths, 2), dtype=np.int64)  # given and asked for
        self._shortfall_usd = np.zeros(paths)
        self._wanted: np.ndarray | None = None  # (paths, feeds) tokens to buy (+) and to sell at venues
        self._feed_count = len(deployment.feeds)
        self._refused = np.zeros(paths)  # edge that the fee ate up last time: not worth asking again below it
        self._edge = np.zeros(paths)

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Sequence[Batch]:
        """At most one swap per path, from the most under- to the most overweight; what he asked for comes first."""
        own = self._end(seen, may)
        value = seen.pool.tokens * seen.prices.mid[:, self._feeds]
        total = value.sum(axis=1)
        excess = value - self._targets * total[:, None]
        free = (seen.pool.tokens - seen.pool.reserved) * seen.prices.mid[:, self._feeds]
        give, take = excess.argmin(axis=1), excess.argmax(axis=1)
        rows = np.arange(len(total))
        usd = np.minimum(-excess[rows, give], excess[rows, take])
        usd = np.minimum(usd, np.minimum(0.99 * free[rows, take], self._table.max_trade_usd))
        usd = np.minimum(usd, self._cash_usd)

        ask = seen.market.ask_usd[rows, self._feeds[give]]
        bid = seen.market.bid_usd[rows, self._feeds[take]]
        low = seen.prices.low[rows, self._feeds[give]]
        high = seen.prices.high[rows, self._feeds[take]]
        margin = self._table.min_profit_bps * 1e-4
        edge = (low / ask) * (bid / high) - 1.0
        is_free = np.isinf(self.entry_due_s[:, 0])
        is_worth = (edge > np.maximum(margin, self._refused)) & (edge * usd > self._table.cost_usd)
        path = rows[is_free & (usd > MIN_TRADE_USD) & is_worth & may[:, 0]]
        self._edge[path] = edge[path]
        bid_now = seen.market.bid_usd[:, self._feeds]
        self._bid_usd = np.where(np.isfinite(bid_now), bid_now, self._bid_usd)
        amount = usd[path] / ask[path]
        self._spent_usd[path], self._pair[path] = usd[path], np.stack([give[path], take[path]], axis=1)
        return [
            *own,
            batch(
                "request_swap" if self._asks else "swap",
                path,
                self._actor,
                k=give[path],
                j=take[path],
                amount=amount,
                min_amount=amount * ask[path] * (1.0 + margin) / bid[path],
                receiver=self._actor,
            ),
        ]

    def _end(self, seen: Observation, may: np.ndarray) -> list[Batch]:
        """Execute a request of his own that no keeper comes for."""
        path = np.flatnonzero((self.entry_due_s < seen.time_s) & may)
        holder = np.full(len(path), self._actor)
        path = path[~self._pay.for_entries(seen, path, holder)]
        if len(path) == 0:
            return []
        asset, tokens = seen.offers.entry(path, holder[: len(path)])
        self._own_usd[path] = tokens * seen.prices.mid[path, self._feeds[asset]]
        return [batch("execute_entry", path, self._actor, holder=self._actor)]

    def hear(self, outcome: Outcome) -> None:
        """Keep the cash, and remember what was not enough; forget it after a success."""
        path, ok = outcome.batch.path, outcome.ok
        if outcome.batch.verb == "swap":
            self._refused[path[ok]] = 0.0
            too_little = path[outcome.status == code_of("TOKENS_TOO_FEW")]  # no other refusal is about the fee
            self._refused[too_little] = self._edge[too_little]
            self._trade(path[ok], 0, outcome.batch.columns["amount"][ok])
            self._trade(path[ok], 1, -outcome.values["tokens"][ok])
            sold = outcome.values["tokens"] * self._bid_usd[path, self._pair[path, 1]]
            self._cash_usd[path] += np.where(ok, sold - self._spent_usd[path], 0.0)
        elif outcome.batch.verb == "request_swap":
            self.entry_due_s[path[ok], 0] = outcome.values["ends_s"][ok]
            self._trade(path[ok], 0, outcome.batch.columns["amount"][ok])
            self._cash_usd[path[ok]] -= self._spent_usd[path[ok]]
        else:
            ended = ok & (outcome.values["outcome"] != POSTPONED)
            is_own = outcome.batch.actor[ended] == self._actor
            path, told = path[ended], outcome.values["outcome"][ended]
            self.entry_due_s[path, 0] = np.inf
            self._cash_usd[path] += is_own * self._own_usd[path]
            self._refused[path] = np.where(told == EXECUTED, 0.0, self._edge[path])
            for i, name in enumerate(("returned", "units")):
                k = self._pair[path, i]
                tokens = outcome.values[name][ended] / self._units[k]
                self._trade(path, i, -tokens)
                self._cash_usd[path] += tokens * self._bid_usd[path, k]

    def order(self, seen: Observation) -> np.ndarray | None:
        """Trade what the chain did, each feed at the venue that is best now; what none quotes waits."""
        if self._wanted is None:
            return None
        market, wanted = seen.market, self._wanted
        is_buy = wanted > 0.0
        venue = np.where(is_buy, market.ask_venue, market.bid_venue)
        can = (wanted != 0.0) & np.isfinite(np.where(is_buy, market.ask_usd, market.bid_usd))
        units = np.zeros((len(wanted), seen.venues, wanted.shape[1]))
        path, feed = np.nonzero(can)
        units[path, venue[path, feed], feed] = wanted[path, feed]
        self._wanted = np.where(can, 0.0, wanted) if not can[wanted != 0.0].all() else None
        return units

    def filled(self, shortfall_usd: np.ndarray) -> None:
        """What trades cost beyond quotes is his loss."""
        self._cash_usd += shortfall_usd
        self._shortfall_usd += shortfall_usd

    def close(self, seen: Observation, proceeds_usd: np.ndarray) -> dict[str, np.ndarray]:
        """What is to be added to what he made at quotes."""
        return {"arbitrageur_result_usd": self._shortfall_usd}

    def _trade(self, path: np.ndarray, which: int, tokens: np.ndarray) -> None:
        """Remember tokens of the given (0) or the received asset (1) to be bought, one row per path at most."""
        if self._wanted is None:
            self._wanted = np.zeros((len(self._cash_usd), self._feed_count))
        self._wanted[path, self._feeds[self._pair[path, which]]] += tokens
