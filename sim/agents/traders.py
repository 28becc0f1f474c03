"""Leveraged traders: they come with a wish, take what they are given, and leave by stop, target, whim, or force."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.agents.amounts import round_down, tokens_for
from sim.agents.executions import Executions
from sim.agents.pay import Pay
from sim.agents.wishes import Wishes
from sim.chain.actions import AT_MARKET, Batch, batch
from sim.chain.deployment import Deployment
from sim.chain.failures import code_of
from sim.engine.agent import Outcome
from sim.engine.observation import Observation, places
from sim.engine.order import Group
from sim.scenario.people import Traders as TradersTable
from sim.scenario.variation import Factors
from sim.world.streams import Draws

ENTRY_SLIPPAGE = 0.01  # a trader enters at most this far from the oracle's mid
EXIT_SLIPPAGE = 0.10  # and leaves at almost any price
DUST_USD = 0.01  # collateral below this stays where it is
STAKE_SHARE = 0.0101  # of its size: what an order sets aside that may grow a position, and a little more
REWARD_USD = 0.1  # for whoever executes a request: twice the least that the order book takes
REWARD_OVER_COST = 1.1  # and more than the place in a block costs him
PATIENCE_S = 600  # after which a request that nobody executed is withdrawn
CLOSE_ALL = 1.0 + 1e-6  # a trade against a position closes at most all of it
#: Who is allowed less than he wishes stays a little below the limit. The Lens tells it to 1/4,096 of the wish: next to
#: this it is nothing, and where less than that is left the next, smaller wish finds it.
LIMIT_USE = 0.95
#: Why a wish is given up: it is less than the smallest position, or than the smallest number.
TOO_SMALL = [code_of("TRADE_POSITION_TOO_SMALL"), code_of("TRADE_NOTHING")]
#: Of the people of the opening book, some come in each of so many rounds.
ARRIVAL_ROUNDS = 8


class Traders:
    """One account each, one position at a time. Whoever was liquidated stays out for the rest of the run.

    Where trades execute after the request, they leave market orders and wait.
    """

    group: Group = "people"
    name = "traders"

    def __init__(self, table: TradersTable, deployment: Deployment, factors: Factors, pay: Pay) -> None:
        """`pay`: a request that offers keepers less its owner executes himself."""
        design = deployment.design
        self.seats = table.count
        self._others = deployment.cast.trader_accounts - table.count  # accounts behind them, of actors
        self.wishes = Wishes(table, deployment, factors)
        self._arrival_per_hour = table.arrival_per_hour * factors.arrival[:, None]
        self._table = table
        self._actor = deployment.actor("traders")
        self._asks = design.execution == "after_request"
        self._pay, self._executions = pay, Executions(deployment, len(factors.leverage))
        self._reward_usd = max(REWARD_USD, REWARD_OVER_COST * pay.cost_usd) * self._asks
        self._dollar = design.asset_id(design.dollar)
        self._ids = np.array(deployment.cast.trader_ids)
        self._haircuts = np.array([float(asset.haircut) for asset in design.assets]).clip(max=0.5)
        self._asset_feeds = np.array([deployment.feeds.index(a.feed) for a in design.assets])
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in design.markets])
        shape = self.wishes.is_open.shape
        self._is_out = np.zeros(shape, dtype=bool)
        self._posted = np.zeros(shape, dtype=bool)  # margin that the book does not show yet
        self._leaving, self._due, self._free = np.zeros((3, *shape), dtype=bool)

    def look(self, seen: Observation, draws: Draws) -> None:
        """Decide at the beginning of a step who wants what in it."""
        book, shape = seen.book, (self.seats,)
        self.wishes.look("traders", seen, draws)
        self._posted[:] = False
        # What was executed in this step is seen in the next.
        leaving = self._wants_out(seen, self._wide(draws.uniform("traders.leave", seen.step, shape), 1.0))
        self._leaving = leaving & ~book.is_waiting
        self._free = self._idle(seen)
        arrive = self._wide(draws.uniform("traders.arrive", seen.step, shape), 1.0)
        rate = -np.expm1(-self._arrival_per_hour * seen.step_s / 3_600)
        is_away = ~(book.has_position | book.is_waiting | self.wishes.is_open | self._free | self._is_out)
        path, account = places(is_away & (arrive < rate))
        if len(path):
            self.wishes.draw("traders", seen.step, draws, path, account)
        self._due = self.wishes.due(seen)

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Iterator[Batch]:
        """Bring one's own orders to their end, leave, take home what is free, and enter."""
        yield from self.execute_own(seen, may)
        may = self._wide(may, False)
        yield from self._give_up(seen, may)
        yield from self._close(seen, self._leaving & may)
        yield from self._withdraw(seen, self._free & may)
        yield from self._enter(seen, self._due & may)

    def settle_in(self, seen: Observation, draws: Draws) -> Iterator[Batch]:
        """A round of the opening book: those whose time it is come, and who was refused tries again."""
        shape, wishes = (self.seats,), self.wishes
        wishes.look("opening", seen, draws)
        comes = np.floor(draws.uniform("opening.when", 0, shape) * ARRIVAL_ROUNDS) == seen.step
        comes = self._wide(comes & (draws.uniform("opening.who", 0, shape) < self._table.seeded_share), False)
        path, account = places(comes)
        if len(path):
            wishes.draw("opening", 0, draws, path, account)
        self._posted[:] = False
        yield from self._withdraw(seen, self._idle(seen))
        yield from self._enter(seen, wishes.due(seen))

    def execute_own(self, seen: Observation, may: np.ndarray) -> Iterator[Batch]:
        """Execute orders that are due and that no keeper comes for; what they offer is their owners' again."""
        path, account = self._executions.due(seen, self._wide(may, True))
        left = ~self._pay.for_orders(seen, path, self._ids[account], seen.book.asked_slot[path, account])
        path, account = path[left], account[left]
        if len(path):
            yield self._executions.call(seen, self._actor, path, account, self._ids[account])

    def hear(self, outcome: Outcome) -> None:
        """Who has asked, and whose margin is there; the book shows positions."""
        self._executions.hear(outcome)
        if outcome.batch.verb in ("place", "trade", "deposit_collateral"):
            path, account = outcome.batch.path, outcome.batch.columns["account"] - self._ids[0]
            if outcome.batch.verb == "deposit_collateral":
                self._posted[path[outcome.ok], account[outcome.ok]] = True
                path, account = path[~outcome.ok], account[~outcome.ok]
            self.wishes.is_sent[path, account] = True

    def retire(self, path: np.ndarray, ids: np.ndarray) -> None:
        """Keep liquidated traders out."""
        self._is_out[path, ids - self._ids[0]] = True

    def _idle(self, seen: Observation) -> np.ndarray:
        """Who wants nothing and has margin, (P, A)."""
        book = seen.book
        value = book.collateral * seen.prices.mid[:, None, self._asset_feeds]
        idle = (value > DUST_USD).any(axis=2) & ~(book.has_position | book.is_waiting | self.wishes.is_open)
        idle[:, self.seats :] = False
        return idle

    def _wants_out(self, seen: Observation, uniform: np.ndarray) -> np.ndarray:
        book, table, wishes = seen.book, self._table, self.wishes
        profit = seen.profit_usd.sum(axis=2)
        whim = uniform < -np.expm1(-table.close_per_hour * seen.step_s / 3_600)
        stopped = wishes.has_stop & (profit <= -table.stop_loss_fraction * wishes.margin_usd)
        target = profit >= table.take_profit_fraction * wishes.margin_usd
        leaves = book.has_position & (whim | stopped | target)
        leaves[:, self.seats :] = False
        return leaves

    def _wide(self, mine: np.ndarray, others: object) -> np.ndarray:
        """A column of traders, (P, seats), over all accounts."""
        if not self._others:
            return mine
        return np.concatenate([mine, np.full((len(mine), self._others), others, dtype=mine.dtype)], axis=1)

    def _give_up(self, seen: Observation, may: np.ndarray) -> Iterator[Batch]:
        """Withdraw requests that have waited for too long."""
        book = seen.book
        path, account = places(book.is_waiting & may & (seen.time_s - book.asked_at_s >= PATIENCE_S))
        if len(path):
            slot = book.asked_slot[path, account]
            yield batch("cancel", path, self._actor, account=self._ids[account], slot=slot)

    def _close(self, seen: Observation, leaving: np.ndarray) -> Iterator[Batch]:
        path, account, market = _chosen(leaving, seen.book.sizes)
        if len(path):
            size = -seen.book.sizes[path, account, market] * CLOSE_ALL
            # What only reduces needs no reward, and an account without margin to spare could set none aside: its owner
            # executes it himself, where keepers do nothing for nothing.
            send = self._ask if self._asks else self._trade
            yield send(seen, path, account, market, size, EXIT_SLIPPAGE)

    def _withdraw(self, seen: Observation, idle: np.ndarray) -> Iterator[Batch]:
        value = seen.book.collateral * seen.prices.mid[:, None, self._asset_feeds]
        path, account, asset = _chosen(idle, value > DUST_USD)
        if len(path):
            yield batch(
                "withdraw_collateral",
                path,
                self._actor,
                account=self._ids[account],
                k=asset,
                amount=round_down(seen.book.collateral[path, account, asset]),
                receiver=self._actor,
            )

    def _enter(self, seen: Observation, due: np.ndarray) -> Iterator[Batch]:
        """Post margin, look what is allowed, and ask for it."""
        wishes, book = self.wishes, seen.book
        path, account = places(due)
        if len(path) == 0:
            return
        is_dear = wishes.margin_usd[path, account] <= REWARD_USD * self._asks
        wishes.drop(path[is_dear], account[is_dear])
        path, account = path[~is_dear], account[~is_dear]
        has_margin = (book.collateral[path, account] > 0).any(axis=1)
        yield from self._deposit(seen, path[~has_margin], account[~has_margin])
        has_margin |= self._posted[path, account]
        path, account = path[has_margin], account[has_margin]
        if len(path) == 0:
            return
        market = wishes.market[path, account]
        price = seen.prices.mid[path, self._market_feeds[market]]  # zero where there is none: then nothing is allowed
        wish = wishes.size_usd[path, account] / np.where(price > 0.0, price, 1.0)
        size = wish * wishes.share[path, account]
        acceptable = price * (1.0 + np.sign(size) * ENTRY_SLIPPAGE)
        allowed, reason = seen.asks.room(path, self._ids[account], market, size, acceptable)
        wishes.note(path, reason)
        is_tiny = np.isin(reason, TOO_SMALL)  # and all that he would ask for later is smaller still
        wishes.drop(path[is_tiny], account[is_tiny])
        size = np.where(np.abs(allowed) < np.abs(size) * (1.0 - 1e-6), allowed * LIMIT_USE, size)
        wishes.taken[path, account] = size / wish
        is_allowed = size != 0.0
        wishes.is_sent[path[~is_allowed], account[~is_allowed]] = True  # nothing: that is an answer, too
        path, account, market, size = (column[is_allowed] for column in (path, account, market, size))
        if len(path) and self._asks:
            yield self._ask(seen, path, account, market, size, ENTRY_SLIPPAGE, wishes.asset[path, account])
        elif len(path):
            yield self._trade(seen, path, account, market, size, ENTRY_SLIPPAGE)

    def _reward_of(self, path: np.ndarray, account: np.ndarray) -> np.ndarray:
        """USD offered to keepers, (n,): who has less than they ask for offers the least, and executes it himself."""
        least = REWARD_USD * self._asks
        return np.where(self.wishes.margin_usd[path, account] > self._reward_usd, self._reward_usd, least)

    def _deposit(self, seen: Observation, path: np.ndarray, account: np.ndarray) -> Iterator[Batch]:
        if len(path):
            asset = self.wishes.asset[path, account]
            usd = self.wishes.margin_usd[path, account] + self._reward_of(path, account)
            yield batch(
                "deposit_collateral",
                path,
                self._actor,
                account=self._ids[account],
                k=asset,
                amount=tokens_for(usd, seen.prices.mid[path, self._asset_feeds[asset]]),
            )

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
            reward = tokens_for(self._reward_of(path, account), price)
            usd = np.abs(size) * mid * STAKE_SHARE / (1.0 - self._haircuts[asset])
            held = seen.book.collateral[path, account, asset]  # of who asks again: his first request was paid for
            posted = np.where(held > 0, held, tokens_for(self.wishes.margin_usd[path, account], price) + reward)
            stake = np.minimum(tokens_for(usd, price), 0.999 * (posted - reward))
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
