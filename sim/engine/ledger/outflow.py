"""Where each dollar went that left traders: to the pool, to insurance, to keepers, or into what is kept for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chain.deployment import INSURANCE, ORDER_BOOK, Deployment
from sim.chain.worth import Appraiser
from sim.engine.observation import Observation

PARTS = (
    "trader_prices_usd",
    "trader_to_pool_usd",
    "trader_to_insurance_usd",
    "trader_to_keepers_usd",
    "trader_kept_usd",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has what at one moment, at mid."""

    traders: np.ndarray  # (paths, 1 + accounts) USD: what the order book holds for them, and each of them
    insured: np.ndarray  # (paths,) insurance's open positions
    keepers: np.ndarray  # (paths,)
    unpaid: np.ndarray  # (paths,) the protocol's part of borrow fees that nobody has paid yet
    kept: np.ndarray  # (paths,) what the pool owes and no position has: impact, funding, fees of the protocol, rebates

    @classmethod
    def of(cls, seen: Observation, appraiser: Appraiser, deployment: Deployment, asset_feeds: np.ndarray) -> Standing:
        """Ask the chain, which stands where `seen.pool` was read."""
        cast, n = deployment.cast, len(seen.pool.supply)
        ids = np.array([INSURANCE, ORDER_BOOK, *cast.trader_ids, *cast.keeper_ids])
        worths = appraiser.worths(np.repeat(np.arange(n), len(ids)), np.tile(ids, n))
        usd, collateral = worths.usd.reshape(n, -1), worths.collateral.reshape(n, -1)
        tokens = (seen.pool.tokens * seen.prices.mid[:, asset_feeds]).sum(axis=1)
        return cls(
            traders=usd[:, 1 : 2 + cast.trader_accounts],
            insured=usd[:, 0] - collateral[:, 0],
            keepers=usd[:, 2 + cast.trader_accounts :].sum(axis=1),
            unpaid=appraiser.books().treasury_usd,
            kept=tokens - seen.pool.aum_mid - (usd - collateral).sum(axis=1),
        )


class Outflow:
    """result of traders = prices - to pool - to insurance - to keepers - kept, before nobody is worth less than zero.

    Each is measured by itself: the sum is not made to fit.
    """

    def __init__(self, asset_feeds: np.ndarray, paths: int) -> None:
        self._feeds = asset_feeds
        self._prices = np.zeros(paths)
        self._mid: np.ndarray | None = None

    def observe(self, seen: Observation) -> None:
        """Note the state at the beginning of a step, or once more after the last."""
        pool, mid = seen.pool, seen.prices.mid[:, self._feeds]
        if self._mid is not None:
            held = pool.collateral - pool.insurance - pool.treasury
            self._prices += (held * (mid - self._mid)).sum(axis=1)
        self._mid = mid

    def close(
        self, opened: Standing, now: Standing, to_pool: np.ndarray, to_insurance: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Totals by name, given what insurance and the pool, the protocol's share included, got of accounts."""
        values = (
            self._prices, to_pool, to_insurance, now.keepers - opened.keepers, now.kept - opened.kept,
        )  # fmt: skip
        return dict(zip(PARTS, values, strict=True))
