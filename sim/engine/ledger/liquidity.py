"""Whoever held shares from the opening to the end: his result in parts that add up, and his return hedged."""

from __future__ import annotations

import numpy as np

from sim.engine.ledger.requests import Moves
from sim.engine.observation import Observation
from sim.risk.records import PROVIDERS_PARTS

#: Of `PROVIDERS_PARTS`, what calls tell of as they happen.
TOLD = ("lp_trade_fee_usd", "lp_liquidation_fee_usd", "lp_forfeited_usd")
#: Of the opening's shares. Where less is left no provider is: dust (the pool's own rule lets the last one go with all
#: but a ten-thousandth), and keepers' rewards (another). What that is worth, with all that stays, is nobody's return.
LEFT_SHARE = 1e-3


class Liquidity:
    """Between two observations: first the calls of a step, at its prices, then time and prices move.

    Per share the change is (result of the pool) / supply, plus what deposits and redemptions change by their own terms.
    The result of the pool is the price change of its tokens, plus tokens that came and went at the prices of the
    moment, less the change of what it owes; every part is divided by the supply that bore it.
    """

    def __init__(self, asset_feeds: np.ndarray, paths: int, steps: int) -> None:
        self._feeds = asset_feeds
        self.parts = {name: np.zeros(paths) for name in PROVIDERS_PARTS}
        self.hedged = np.ones((paths, steps))
        self.from_traders = np.zeros(paths)  # what the pool got of accounts, before the protocol's share leaves it
        self._told = {name: np.zeros(paths) for name in TOLD}
        self._entered = np.zeros(paths)  # tokens of deposits less those of redemptions, at mid
        self._swapped = np.zeros(paths)
        self._last: Observation | None = None
        self._opening = np.zeros(paths)  # supply
        self.is_left = np.zeros(paths, dtype=bool)  # at some time: from then on nothing is a number

    def tell(self, name: str, path: np.ndarray, usd: np.ndarray) -> None:
        """Note what calls say that traders were charged."""
        np.add.at(self._told[name], path, usd)

    def moved(self, seen: Observation, moves: Moves) -> None:
        """Note tokens that entered and left."""
        mid = seen.prices.mid[:, self._feeds]
        usd = moves.came * mid[moves.path, moves.k] - moves.went * mid[moves.path, moves.j]
        np.add.at(self._entered, moves.path, usd * ~moves.is_swap)
        np.add.at(self._swapped, moves.path, usd * moves.is_swap)

    def observe(self, seen: Observation) -> None:
        """Note the state at the beginning of a step, or once more after the last."""
        last, pool = self._last, seen.pool
        self._last = seen
        if last is None:
            self._opening = pool.supply.copy()
            return
        mid, now = last.prices.mid[:, self._feeds], seen.prices.mid[:, self._feeds]
        before, held = last.pool, pool.tokens
        allocation = (held * (now - mid)).sum(axis=1)
        came = ((held - before.tokens) * mid).sum(axis=1)
        owed = ((held * now).sum(axis=1) - pool.aum_mid) - ((before.tokens * mid).sum(axis=1) - before.aum_mid)
        by_traders = came - self._entered - self._swapped - owed
        protocol = -((pool.treasury - before.treasury) * mid).sum(axis=1)
        self.from_traders += by_traders - protocol
        lost = -(pool.lost_usd - before.lost_usd)
        known = {**self._told, "lp_protocol_usd": protocol, "lp_bad_debt_usd": lost}
        # Sizes and costs of the time since: they change with the calls of a step, and indices then stand at its time.
        borrowed = pool.costs_usd * (pool.borrow_index - before.borrow_index)
        funding = pool.sizes * (pool.funding_index - before.funding_index)
        known["lp_borrow_fee_usd"] = borrowed.sum(axis=(1, 2))
        known["lp_funding_usd"] = funding.sum(axis=(1, 2)) * pool.is_per_unit
        rest = by_traders - sum(known.values())
        supply = np.maximum(pool.supply, 1e-9)
        share = self._opening / supply
        moves = {"lp_allocation_usd": allocation, "lp_swap_usd": self._swapped, "lp_traders_usd": rest, **known}
        for name, usd in moves.items():
            self.parts[name] += usd * share
        price = before.aum_mid / np.maximum(before.supply, 1e-9)
        self.parts["lp_flow_usd"] += self._opening * ((before.aum_mid + self._entered) / supply - price)
        # Hedged at mid with what the pool is exposed to while prices move: what it holds when they have moved.
        drift = (pool.deltas * (seen.prices.mid - last.prices.mid)).sum(axis=1) / supply
        grown = (pool.aum_mid / supply - drift) / np.maximum(price, 1e-30)
        if seen.step > last.step:
            self.hedged[:, seen.step] = self.hedged[:, last.step] * grown
        else:
            self.hedged[:, seen.step] *= grown
        self.is_left |= pool.supply < LEFT_SHARE * self._opening
        self.hedged[self.is_left, seen.step] = np.nan
        for sums in (*self._told.values(), self._entered, self._swapped):
            sums[:] = 0.0

    def close(self, unpaid_usd: np.ndarray) -> None:
        """Count the protocol's share of fees that accrued and are not paid yet, (paths,), as what it is."""
        assert self._last is not None
        usd = unpaid_usd * self._opening / np.maximum(self._last.pool.supply, 1e-9)
        self.parts["lp_protocol_usd"] -= usd
        self.parts["lp_traders_usd"] += usd
        for part in self.parts.values():
            part[self.is_left] = np.nan
