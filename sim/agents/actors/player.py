"""Whoever plays an actor in the loop: shows him a step, and turns what he asks into calls and orders."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.agents.actors.stage import Actor, Asked, Own, Refusal, View
from sim.agents.amounts import round_down, tokens_for
from sim.chain.actions import AT_MARKET, Batch, batch
from sim.chain.deployment import Deployment
from sim.engine.agent import Outcome
from sim.engine.observation import Observation, places
from sim.engine.order import Group
from sim.inputs.errors import InputError
from sim.world.market import Window
from sim.world.streams import Draws

SLIPPAGE = 0.02  # from the oracle's mid at which he trades at all
CLOSE_ALL = 1.0 + 1e-6
PATIENCE_S = 60  # after which a request that nobody executes is withdrawn
REWARD_USD = 1.0  # to whoever executes a request of his
STAKE_SHARE = 0.0101  # of its size: what an order sets aside that may grow a position


class Player:
    """An actor of the scenario, with accounts behind those of its traders."""

    group: Group = "people"

    def __init__(self, actor: Actor, first: int, deployment: Deployment, window: Window, file: Path | None) -> None:
        """`first`: place of his first account in the book; `file`: of his own, if it is the user's."""
        design = deployment.design
        self.name, self.seats = actor.name, actor.accounts
        self._actor, self._file, self._world = actor, file, window.world
        paths = len(window.true_price_usd())
        markets: dict[str, list[int]] = {}
        for m, market in enumerate(design.markets):
            markets.setdefault(market.feed, []).append(m)
        shape = (paths, actor.accounts)
        feeds = deployment.feeds
        self._own = Own(
            paths=paths,
            accounts=actor.accounts,
            first=first,
            start_s=int(window.world.times_s[0]),
            feeds=feeds,
            venues=window.world.venues,
            markets=markets,
            left_usd=np.full(shape, float(actor.capital_usd)),
            was_liquidated=np.zeros(shape, dtype=bool),
            was_refused=np.zeros(shape, dtype=bool),
            held=np.zeros((paths, len(window.world.venues), len(feeds))),
        )
        self._is_listed = window.world.is_listed[:, window.feeds]
        self._ids = np.array(deployment.cast.trader_ids)[first : first + actor.accounts]
        self._operator = deployment.actor("traders")
        self._asks = design.execution == "after_request"
        self._dollar = design.asset_id(design.dollar)
        self._dollar_feed = feeds.index(design.assets[self._dollar].feed)
        self._market_feeds = np.array([feeds.index(m.feed) for m in design.markets])
        self._orders: np.ndarray | None = None
        self._step, self._has_begun = -1, False
        self._deposited = np.zeros(shape)
        self._withdrawn = np.zeros(shape)

    def act(self, seen: Observation, draws: Draws, may: np.ndarray) -> Iterator[Batch]:
        """One turn of his accounts that may act; who acts with some of them sees all of them."""
        if seen.step != self._step:  # once: whoever acts later in it wants what he wanted at its beginning
            self._step, self._view = seen.step, View(seen, self._own, draws, self.name)
            self._played(self._view)
            for asked in self._view.asked:
                if asked.what == "venue":
                    self._order(seen, asked)
        self._own.was_refused[may] = False
        yield from self._withdraw_requests(seen, may)
        for asked in self._view.asked:
            if asked.what == "venue":
                continue
            path, account = places((asked.usd != 0.0) & may)
            if len(path):
                yield from self._calls(seen, asked, path, account)

    def _withdraw_requests(self, seen: Observation, may: np.ndarray) -> Iterator[Batch]:
        """Nobody has executed them for a while: he asks again if he still wants it."""
        mine, book = slice(self._own.first, self._own.first + self.seats), seen.book
        path, account = places(book.is_waiting[:, mine] & (seen.time_s - book.asked_at_s[:, mine] >= PATIENCE_S) & may)
        if len(path):
            slot = book.asked_slot[path, account + self._own.first]
            yield batch("cancel", path, self._operator, account=self._ids[account], slot=slot)

    def hear(self, outcome: Outcome) -> None:
        """Keep the purse, and know what was refused."""
        made, path = outcome.batch, outcome.batch.path
        account = made.columns["account"] - self._ids[0]
        self._own.was_refused[path[~outcome.ok], account[~outcome.ok]] = True
        path, account = path[outcome.ok], account[outcome.ok]
        if made.verb == "deposit_collateral":
            usd = made.columns["amount"][outcome.ok] * self._dollar_usd[path]
            self._own.left_usd[path, account] -= usd
            self._deposited[path, account] += usd
        elif made.verb == "withdraw_collateral":
            usd = made.columns["amount"][outcome.ok] * self._dollar_usd[path]
            self._own.left_usd[path, account] += usd
            self._withdrawn[path, account] += usd

    def retire(self, path: np.ndarray, ids: np.ndarray) -> None:
        """Know which accounts were liquidated."""
        account = ids - self._ids[0]
        mine = (account >= 0) & (account < self.seats)
        self._own.was_liquidated[path[mine], account[mine]] = True

    def order(self, seen: Observation) -> np.ndarray | None:
        """What he asked for at venues."""
        orders, self._orders = self._orders, None
        return orders

    def filled(self, shortfall_usd: np.ndarray) -> None:
        """It is in his result."""

    def close(self, seen: Observation, proceeds_usd: np.ndarray) -> dict[str, np.ndarray]:
        """His result, USD: at fills and at true prices what he has at venues, what he took out of the pool less what he
        put in, and what his accounts are worth in it at the end."""
        at_venues = (self._own.held * seen.market.true_price_usd[:, None]).reshape(self._own.paths, -1).sum(axis=1)
        worth = np.maximum(seen.book.equity[:, self._own.first : self._own.first + self.seats], 0.0)
        pool = (worth + self._withdrawn - self._deposited).sum(axis=1)
        return {f"actor_{self.name}_usd": proceeds_usd + at_venues + pool}

    def _played(self, view: View) -> None:
        """Let him look and ask; a fault of a user's file is a line of it."""
        try:
            with np.errstate(all="ignore"):
                if not self._has_begun:
                    self._has_begun = True
                    self._actor.begin(view)
                self._actor.act(view)
        except InputError:
            raise
        except Exception as fault:
            if self._file is None:
                raise
            raise InputError(
                file=self._file, key=_line(fault, self._file), expected=_expected(fault), got=_said(fault)
            ) from None

    def _calls(self, seen: Observation, asked: Asked, path: np.ndarray, account: np.ndarray) -> Iterator[Batch]:
        usd = asked.usd[path, account]
        self._dollar_usd = seen.prices.mid[:, self._dollar_feed]
        match asked.what:
            case "deposit":
                usd = np.minimum(usd, self._own.left_usd[path, account])
                amount = round_down(tokens_for(usd, self._dollar_usd[path]))
                yield from self._move("deposit_collateral", path, account, amount)
            case "withdraw":
                held = seen.book.collateral[path, account + self._own.first, self._dollar]
                amount = round_down(np.minimum(tokens_for(usd, self._dollar_usd[path]), held))
                yield from self._move("withdraw_collateral", path, account, amount)
            case "trade":
                market = np.full(len(path), self._own.markets[asked.feed][0])
                price = seen.prices.mid[path, self._market_feeds[market]]
                yield from self._trade(seen, path, account, market, tokens_for(1.0, price) * usd, is_close=False)
            case "close":
                for m in self._own.markets[asked.feed]:
                    size = -seen.book.sizes[path, account + self._own.first, m] * CLOSE_ALL
                    here = size != 0.0
                    market = np.full(int(here.sum()), m)
                    yield from self._trade(seen, path[here], account[here], market, size[here], is_close=True)

    def _move(self, verb: str, path: np.ndarray, account: np.ndarray, amount: np.ndarray) -> Iterator[Batch]:
        some = amount > 0.0
        columns = {"account": self._ids[account[some]], "k": self._dollar, "amount": amount[some]}
        if verb == "withdraw_collateral":
            columns["receiver"] = self._operator
        if some.any():
            yield batch(verb, path[some], self._operator, **columns)

    def _trade(
        self,
        seen: Observation,
        path: np.ndarray,
        account: np.ndarray,
        market: np.ndarray,
        size: np.ndarray,
        is_close: bool,
    ) -> Iterator[Batch]:
        some = (size != 0.0) & ~seen.book.is_waiting[path, account + self._own.first]
        path, account, market, size = path[some], account[some], market[some], size[some]
        if len(path) == 0:
            return
        mid = seen.prices.mid[path, self._market_feeds[market]]
        columns = {
            "account": self._ids[account],
            "m": market,
            "size": size,
            "acceptable_price_usd": mid * (1.0 + np.sign(size) * (5.0 * SLIPPAGE if is_close else SLIPPAGE)),
        }
        if not self._asks:
            yield batch("trade", path, self._operator, **columns)
            return
        dollar_usd = self._dollar_usd[path]
        reward = 0.0 if is_close else tokens_for(REWARD_USD, dollar_usd)
        stake = 0.0 if is_close else tokens_for(np.abs(size) * mid * STAKE_SHARE, dollar_usd)
        yield batch(
            "place", path, self._operator, **columns,
            kind=AT_MARKET, trigger_price_usd=0.0, is_reduce_only=int(is_close),
            asset=self._dollar, margin=reward + stake, reward=reward, expires_at_s=0,
        )  # fmt: skip

    def _order(self, seen: Observation, asked: Asked) -> None:
        """Orders in units, at the venue's own price; where it does not list the feed nothing can be bought."""
        feed = self._own.feeds.index(asked.feed)
        if not self._is_listed[asked.venue, feed]:
            raise InputError(
                file=self._file or f"actor {self.name}", key="venue",
                expected=f"a venue that lists {asked.feed}", got=self._own.venues[asked.venue],
            )  # fmt: skip
        if self._orders is None:
            self._orders = np.zeros_like(self._own.held)
        units = tokens_for(1.0, seen.quotes.price_usd[:, feed, asked.venue]) * asked.usd
        self._orders[:, asked.venue, feed] += units
        self._own.held[:, asked.venue, feed] += units


def _line(fault: Exception, file: Path) -> str:
    """The deepest line of the user's own file that a fault went through."""
    lines = [frame.lineno for frame in traceback.extract_tb(fault.__traceback__) if Path(frame.filename) == file]
    return f"line {lines[-1]}" if lines else "act"


def _expected(fault: Exception) -> str:
    if isinstance(fault, Refusal):
        return str(fault).removeprefix("expected ").partition(", got ")[0]
    return "an actor that runs"


def _said(fault: Exception) -> str:
    if isinstance(fault, Refusal):
        return str(fault).partition(", got ")[2]
    return f"{type(fault).__name__}: {fault}"
