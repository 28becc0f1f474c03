"""Leveraged traders: they arrive, take a side, and leave by a stop, a target, on a whim, or through liquidation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.actions import AT_MARKET, Batch, batch
from sim.agents import Outcome, round_down
from sim.chain.deployment import Deployment
from sim.observation import Observation, places
from sim.scenario.people import Traders as TradersTable
from sim.streams import Draws

ENTRY_SLIPPAGE = 0.01  # a trader enters at most this far from the oracle's mid
EXIT_SLIPPAGE = 0.10  # and leaves at almost any price
DUST_USD = 0.01  # collateral below this stays where it is
STAKE_SHARE = 0.0101  # of its size: what an order sets aside that may grow a position, and a little more
REWARD_USD = 0.1  # for whoever executes a request: twice the least that the order book takes
PATIENCE_S = 600  # after which a request that nobody executed is withdrawn
CLOSE_ALL = 1.0 + 1e-6  # a trade against a position closes at most all of it


class Traders:
    """One account each, one position at a time. Whoever was liquidated stays out for the rest of the run.

    Where trades execute after the request, they leave market orders and wait.
    """

    def __init__(self, table: TradersTable, deployment: Deployment, paths: int) -> None:
        design = deployment.design
        accounts = deployment.cast.trader_accounts
        self._table = table
        self._actor = deployment.actor("traders")
        self._asks = design.execution == "after_request"
        self._dollar = design.asset_id(design.markets[0].short_asset)
        self._ids = np.array(deployment.cast.trader_ids)
        symbols = [asset.symbol for asset in design.assets]
        self._haircuts = np.array([float(asset.haircut) for asset in design.assets]).clip(max=0.5)
        self._asset_feeds = np.array([deployment.feeds.index(a.feed) for a in design.assets])
        self._margin_assets, self._margin_edges = _margins(table, symbols, design.markets[0].short_asset)
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in design.markets])
        shares = np.array([table.market_shares.get(m.symbol, 0.0) for m in design.markets])
        self._market_edges = np.cumsum(shares / shares.sum())
        self._leverages = np.array([entry.leverage for entry in table.leverage])
        self._leverage_edges = np.cumsum([entry.share for entry in table.leverage])
        self._margin = np.zeros((paths, accounts))  # USD posted for the position that is open
        self._has_stop = np.zeros((paths, accounts), dtype=bool)
        self._is_out = np.zeros((paths, accounts), dtype=bool)

    def act(self, seen: Observation, draws: Draws) -> Sequence[Batch]:
        """Leave, take home what is free, and enter."""
        book, shape = seen.book, (len(self._ids),)
        # What was executed in this step is seen in the next.
        is_busy = book.is_waiting | (book.dirty & self._asks)
        leaving = self._leaving(seen, draws.uniform("traders.leave", seen.step, shape)) & ~is_busy
        idle = ~(book.has_position | is_busy)
        value = book.collateral * seen.prices.mid[:, None, self._asset_feeds]
        free = (value > DUST_USD) & idle[:, :, None]
        arrive = draws.uniform("traders.arrive", seen.step, shape)
        rate = -np.expm1(-self._table.arrival_per_hour * seen.step_s / 3_600)
        chance = self._table.seeded_share if seen.step == 0 else rate
        entering = idle & ~free.any(axis=2) & ~self._is_out & (arrive < chance)
        return [
            *self._give_up(seen),
            *self._close(seen, leaving),
            *self._withdraw(seen, free),
            *self._open(seen, draws, entering),
        ]

    def hear(self, outcome: Outcome) -> None:
        """Nothing to learn: the book shows positions, and the engine says who was liquidated."""

    def retire(self, path: np.ndarray, ids: np.ndarray) -> None:
        """Keep liquidated traders out."""
        self._is_out[path, ids - self._ids[0]] = True

    def _leaving(self, seen: Observation, uniform: np.ndarray) -> np.ndarray:
        book, table = seen.book, self._table
        profit = seen.profit_usd.sum(axis=2)
        whim = uniform < -np.expm1(-table.close_per_hour * seen.step_s / 3_600)
        stopped = self._has_stop & (profit <= -table.stop_loss_fraction * self._margin)
        target = profit >= table.take_profit_fraction * self._margin
        return book.has_position & (whim | stopped | target)

    def _give_up(self, seen: Observation) -> list[Batch]:
        """Withdraw requests that have waited for too long."""
        book = seen.book
        path, account = places(book.is_waiting & (seen.time_s - book.asked_at_s >= PATIENCE_S))
        if len(path) == 0:
            return []
        slot = book.asked_slot[path, account]
        return [batch("cancel", path, self._actor, account=self._ids[account], slot=slot)]

    def _close(self, seen: Observation, leaving: np.ndarray) -> list[Batch]:
        path, account, market = _chosen(leaving, seen.book.sizes)
        if len(path) == 0:
            return []
        size = -seen.book.sizes[path, account, market] * CLOSE_ALL
        if self._asks:
            # What only reduces needs no reward; whoever executes it does so for the account that it closes.
            return [self._ask(seen, path, account, market, size, EXIT_SLIPPAGE)]
        return [self._trade(seen, path, account, market, size, EXIT_SLIPPAGE)]

    def _withdraw(self, seen: Observation, free: np.ndarray) -> list[Batch]:
        path, account, asset = _chosen(free.any(axis=2), free)
        if len(path) == 0:
            return []
        amount = round_down(seen.book.collateral[path, account, asset])
        return [
            batch(
                "withdraw_collateral",
                path,
                self._actor,
                account=self._ids[account],
                k=asset,
                amount=amount,
                receiver=self._actor,
            )
        ]

    def _open(self, seen: Observation, draws: Draws, entering: np.ndarray) -> list[Batch]:
        table, shape = self._table, (len(self._ids),)
        path, account = places(entering)
        if len(path) == 0:
            return []
        # All normals are drawn: how many words one takes is not known before.
        normal = draws.normal("traders.wealth", seen.step, shape)[path, account]
        margin = table.equity_median_usd * np.exp(table.equity_log_sd * normal)
        choice = draws.uniform_at("traders.choice", seen.step, (*shape, 4), path, account)
        posted = draws.uniform_at("traders.margin", seen.step, shape, path, account)
        side, which, leverage, stop = choice.T
        market = np.searchsorted(self._market_edges, which, side="right").clip(max=len(self._market_edges) - 1)
        rung = np.searchsorted(self._leverage_edges, leverage, side="right")
        rung = rung.clip(max=len(self._leverages) - 1)
        price = seen.prices.mid[path, self._market_feeds[market]]
        size = margin * self._leverages[rung] / price * np.where(side < table.long_share, 1.0, -1.0)
        self._margin[path, account] = margin
        self._has_stop[path, account] = stop < table.stop_share
        drawn = np.searchsorted(self._margin_edges, posted, side="right")
        asset = self._margin_assets[drawn.clip(max=len(self._margin_assets) - 1)]
        deposit = batch(
            "deposit_collateral",
            path,
            self._actor,
            account=self._ids[account],
            k=asset,
            amount=(margin + REWARD_USD * self._asks) / seen.prices.mid[path, self._asset_feeds[asset]],
        )
        if self._asks:
            return [deposit, self._ask(seen, path, account, market, size, ENTRY_SLIPPAGE, asset)]
        return [deposit, self._trade(seen, path, account, market, size, ENTRY_SLIPPAGE)]

    def _trade(
        self,
        seen: Observation,
        path: np.ndarray,
        account: np.ndarray,
        market: np.ndarray,
        size: np.ndarray,
        slippage: float,
    ) -> Batch:
        mid = seen.prices.mid[path, self._market_feeds[market]]
        return batch(
            "trade",
            path,
            self._actor,
            account=self._ids[account],
            m=market,
            size=size,
            acceptable_price_usd=mid * (1.0 + np.sign(size) * slippage),
        )

    def _ask(
        self,
        seen: Observation,
        path: np.ndarray,
        account: np.ndarray,
        market: np.ndarray,
        size: np.ndarray,
        slippage: float,
        asset: np.ndarray | None = None,
    ) -> Batch:
        """A market order; with reward and stake in the given assets, or without them if it only reduces."""
        mid = seen.prices.mid[path, self._market_feeds[market]]
        reward: np.ndarray | float = 0.0
        stake: np.ndarray | float = 0.0
        if asset is not None:
            price = seen.prices.mid[path, self._asset_feeds[asset]]
            reward = REWARD_USD / price
            usd = np.abs(size) * mid * STAKE_SHARE / (1.0 - self._haircuts[asset])
            stake = np.minimum(usd, self._margin[path, account]) / price
        return batch(
            "place",
            path,
            self._actor,
            account=self._ids[account],
            m=market,
            kind=AT_MARKET,
            size=size,
            trigger_price_usd=0.0,
            acceptable_price_usd=mid * (1.0 + np.sign(size) * slippage),
            is_reduce_only=int(asset is None),
            asset=self._dollar if asset is None else asset,
            margin=reward + stake,
            reward=reward,
            expires_at_s=0,
        )


def _chosen(rows: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of what is not zero in the chosen rows: (P, A) and (P, A, n) -> three columns, sorted."""
    path, account = places(rows)
    row, column = np.nonzero(values[path, account])
    return path[row], account[row], column


def _margins(table: TradersTable, symbols: list[str], dollar: str) -> tuple[np.ndarray, np.ndarray]:
    """Assets that margin is posted in, and the edges of their shares; what the design lacks is posted in its dollar."""
    wanted = table.margin_weights or {dollar: 1.0}
    assets = [symbols.index(symbol if symbol in symbols else dollar) for symbol in wanted]
    shares = np.array(list(wanted.values()))
    return np.array(assets), np.cumsum(shares / shares.sum())
