"""Whether a call pays: who works for money brings one only when what it brings him is at least what it costs him.

One rule for all that keepers do: liquidations, orders, and requests to enter and to leave. What a reward is the chain
says, and it counts at the oracle's low. A request that pays too little is brought to its end by whoever asked, once it
is due: the contracts let anybody, and the reward is his own again. What a design pays nothing for, whoever does it (to
liquidate where there is no reward, to deleverage, to unwind), its operator does at any cost, as exchanges do. A call
that is refused is not put into a block, and costs nothing.
"""

from __future__ import annotations

import numpy as np

from sim.chain.actions import POSTPONED
from sim.chain.deployment import Deployment
from sim.engine.observation import Observation


class Pay:
    """What a call costs keepers, against what it brings them."""

    def __init__(self, cost_usd: float, deployment: Deployment) -> None:
        self.cost_usd = cost_usd
        self.is_asked = cost_usd > 0.0  # a call that costs nothing always pays
        self._keeper = deployment.cast.keeper_ids[0]
        self._asset_feeds = np.array([deployment.feeds.index(asset.feed) for asset in deployment.design.assets])

    def for_liquidations(self, seen: Observation, path: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Whether liquidating accounts pays, or nothing is paid for it at all, (n,)."""
        if self.cost_usd <= 0 or len(path) == 0:
            return np.ones(len(path), dtype=bool)
        most_usd = seen.asks.most_reward(path, ids)
        pays = most_usd >= self.cost_usd  # at most so much: only then is it worth a try
        usd = seen.offers.liquidation(path[pays], ids[pays], self._keeper)
        pays[pays] = usd >= self.cost_usd
        return pays | (most_usd == 0.0)

    def for_orders(self, seen: Observation, path: np.ndarray, ids: np.ndarray, slot: np.ndarray) -> np.ndarray:
        """Whether executing orders pays, (n,)."""
        if self.cost_usd <= 0 or len(path) == 0:
            return np.ones(len(path), dtype=bool)
        return self._is_enough(seen, path, *seen.offers.order(path, ids, slot))

    def for_entries(self, seen: Observation, path: np.ndarray, holder: np.ndarray) -> np.ndarray:
        """Whether bringing actors' requests to enter to their end pays, (n,): who only sets a new wait gets nothing."""
        if self.cost_usd <= 0 or len(path) == 0:
            return np.ones(len(path), dtype=bool)
        pays = self._is_enough(seen, path, *seen.offers.entry(path, holder))
        pays[pays] = seen.offers.outcome("execute_entry", path[pays], holder[pays]) != POSTPONED
        return pays

    def for_exits(self, seen: Observation, path: np.ndarray, holder: np.ndarray) -> np.ndarray:
        """The same of requests to leave, (n,)."""
        if self.cost_usd <= 0 or len(path) == 0:
            return np.ones(len(path), dtype=bool)
        price = (seen.pool.aum_low / np.maximum(seen.pool.supply, 1e-9))[path]
        pays = seen.offers.exit(path, holder) * price >= self.cost_usd
        pays[pays] = seen.offers.outcome("execute_exit", path[pays], holder[pays]) != POSTPONED
        return pays

    def _is_enough(self, seen: Observation, path: np.ndarray, asset: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        return tokens * seen.prices.low[path, self._asset_feeds[asset]] >= self.cost_usd
