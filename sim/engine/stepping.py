"""One step of a run: the world moves, the oracle reports, everybody observes, and calls reach the chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.chain.actions import AT_MARKET, Batch
from sim.chain.addresses import to_nominal
from sim.chain.encode import Encoder
from sim.chain.offers import Offers
from sim.chain.protocol import Calls, Chain, Receipts
from sim.chain.tape import Recorder
from sim.chain.views import Views
from sim.engine.agent import Agent, Outcome
from sim.engine.observation import Book, Observation
from sim.world.market import Window


class Stepper:
    """A chain and its world, and the book of all accounts between them."""

    def __init__(self, chain: Chain, window: Window, agents: Sequence[Agent], recorder: Recorder | None) -> None:
        self.chain, self.window, self.world = chain, window, window.world
        self.deployment = chain.deployment
        self.encoder, self.views = Encoder(chain.deployment), Views(chain)
        self._offers = Offers(chain)
        self.book = Book.empty(chain.deployment, chain.paths)
        self.is_after_request = chain.deployment.design.execution == "after_request"
        self.market_feeds = np.array([self.deployment.feeds.index(m.feed) for m in self.deployment.design.markets])
        self.time_s = 0
        self._agents = agents
        self._recorder = recorder
        self._reporter = self.deployment.actor("reporter")
        self._weights = np.array([float(asset.target_weight) for asset in self.deployment.design.assets])
        self._asset_feeds = np.array([self.deployment.feeds.index(a.feed) for a in self.deployment.design.assets])
        self._start_usd = window.true_price_usd()[:, self._asset_feeds]
        self._tape_step = 0

    def begin(self, step: int, time_s: int, *, tape_step: int | None = None, is_opening: bool = False) -> Observation:
        """Report what venues show at a step, and look around.

        Before time starts (`is_opening`, where `step` counts rounds) they show the first step's prices, all fresh.
        Where trades execute after the request, everybody acts a second later: at a price whose block is over.
        """
        self._tape_step = step if tape_step is None else tape_step
        row = 0 if is_opening else step
        self._advance(time_s)
        if row > 0:
            self.world.advance(row)
        quotes = self.window.quotes()
        published_s = np.full_like(quotes.published_s, time_s) if is_opening else quotes.published_s
        report = self.encoder.report(quotes.price_usd, quotes.half_spread_usd, published_s, self._reporter)
        self._apply(report)
        step_s = float(self.world.step_s[row])
        if self.is_after_request and (step_s > 1 or is_opening):
            self._advance(time_s + 1)
        prices = self.views.prices()
        self.book.refresh(self.views, prices, self.time_s)
        market = self.window.market(int(self.world.times_s[row]), quotes)
        return Observation(
            step=step,
            time_s=self.time_s,
            step_s=step_s,
            prices=prices,
            market=market,
            quotes=quotes,
            venues=len(self.world.venues),
            pool=self.views.pool(),
            book=self.book,
            profit_usd=self.book.profits(prices.mid[:, self.market_feeds]),
            basket_price=self._basket(market.true_price_usd),
            twin_basket_price=self._basket(market.twin_price_usd),
            asks=self.views,
            offers=self._offers,
        )

    def send(self, seen: Observation, batch: Batch, agent: Agent, note: Callable[[Outcome], None]) -> None:
        """Carry a batch to the chain and tell everybody what became of it."""
        if len(batch) == 0:
            return
        calls = self.encoder.encode(batch)
        receipts = self._apply(calls)
        outcome = Outcome(batch, receipts.status, self.encoder.decode(batch, receipts))
        note(outcome)
        agent.hear(outcome)
        self._spread(outcome, seen.time_s)

    def _basket(self, prices_usd: np.ndarray) -> np.ndarray:
        """Value of the target basket bought at step 0 at prices (paths, feeds), (paths,)."""
        return (prices_usd[:, self._asset_feeds] / self._start_usd * self._weights).sum(axis=1)

    def _advance(self, time_s: int) -> None:
        self.time_s = time_s
        self.chain.advance(time_s)

    def _apply(self, calls: Calls) -> Receipts:
        receipts = self.chain.apply(calls)
        if self._recorder is not None:
            self._recorder.record(self._tape_step, self.time_s, to_nominal(calls, self.deployment), receipts)
        return receipts

    def _spread(self, outcome: Outcome, time_s: int) -> None:
        """Tell the book which accounts a batch touched and who waits, and whoever asks what liquidations did."""
        batch, ok, book = outcome.batch, outcome.ok, self.book
        path = batch.path[ok]
        if batch.verb == "deleverage":
            for name, ids in batch.columns.items():
                if name.startswith("candidate"):
                    book.touch(path, ids[ok])
        if "account" in batch.columns:
            book.touch(path, batch.columns["account"][ok])
        if batch.verb == "place":
            asked = ok & (batch.columns["kind"] == AT_MARKET)
            columns = {name: batch.columns[name][asked] for name in ("account", "m")}
            slot = outcome.values["slot"][asked]
            book.ask(batch.path[asked], columns["account"], slot, columns["m"], time_s)
        if batch.verb in ("execute", "cancel"):
            book.answer(path, batch.columns["account"][ok])
        if batch.verb == "liquidate":
            if self.deployment.design.is_cut_by_index:
                book.touch_holders(path[outcome.values["bad_debt_usd"][ok] > 0])
            for agent in self._agents:
                if hasattr(agent, "watch"):
                    agent.watch(outcome)
                if hasattr(agent, "retire"):
                    agent.retire(path, batch.columns["account"][ok])
