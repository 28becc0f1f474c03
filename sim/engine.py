"""The one loop: the world moves, the oracle reports, agents propose, the chain disposes, the ledger takes note."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.actions import AT_MARKET
from sim.agents import Agent, Outcome
from sim.blockspace import BlockSpace
from sim.chain.addresses import to_nominal
from sim.chain.deployment import Deployment
from sim.chain.encode import Encoder
from sim.chain.protocol import Chain
from sim.chain.views import Views
from sim.ledger import Ledger
from sim.observation import Book, Observation
from sim.records import Records
from sim.streams import Blocks, Streams
from sim.tape import Recorder
from sim.world.market import Window

#: Told after every step: (steps done, steps in all).
Progress = Callable[[int, int], None]


def run(
    chain: Chain,
    window: Window,
    agents: Sequence[Agent],
    streams: Streams,
    *,
    recorder: Recorder | None = None,
    progress: Progress | None = None,
    steps: int | None = None,
    blocks: BlockSpace | None = None,
) -> Records:
    """Play a world on a chain, step by step.

    Args:
        chain: as many paths as `streams`, freshly deployed, its pool already open.
        agents: act in this order inside a step; an agent with a `retire` method is told who was liquidated.
        recorder: keeps every call and receipt, if given.
        steps: stop after so many; default: all of the world's.
        blocks: what fits into the blocks of a step; default: everything.

    Where trades execute after the request, agents act a second after the report: at a price whose block is over.
    """
    deployment, world = chain.deployment, window.world
    draws = Blocks(streams)
    encoder, views = Encoder(deployment), Views(chain)
    times_s = world.times_s[:steps]
    ledger = Ledger(deployment, np.array(streams.paths), times_s)
    book = Book.empty(deployment, chain.paths)
    basket = _basket(window, deployment)
    reporter = deployment.actor("reporter")
    is_after_request = deployment.design.execution == "after_request"
    market_feeds = np.array([deployment.feeds.index(market.feed) for market in deployment.design.markets])

    for step, time_s in enumerate(times_s.tolist()):
        chain.advance(time_s)
        if blocks is not None:
            blocks.begin(float(world.step_s[step]))
        quotes = window.quotes(step)
        report = encoder.report(quotes.price_usd, quotes.half_spread_usd, quotes.published_s, reporter)
        receipts = chain.apply(report)
        if recorder is not None:
            recorder.record(step, time_s, to_nominal(report, deployment), receipts)
        if is_after_request and world.step_s[step] > 1:
            time_s += 1
            chain.advance(time_s)

        prices = views.prices()
        book.refresh(views, prices, time_s)
        seen = Observation(
            step=step,
            time_s=time_s,
            step_s=float(world.step_s[step]),
            prices=prices,
            market=window.market(step, quotes),
            pool=views.pool(),
            book=book,
            profit_usd=book.profits(prices.mid[:, market_feeds]),
            basket_price=basket[:, step],
        )
        ledger.observe(seen)
        for agent in agents:
            for batch in agent.act(seen, draws):
                if blocks is not None:
                    batch, late = blocks.admit(batch)
                    ledger.note_late(batch.verb, late)
                if len(batch) == 0:
                    continue
                calls = encoder.encode(batch)
                receipts = chain.apply(calls)
                if recorder is not None:
                    recorder.record(step, time_s, to_nominal(calls, deployment), receipts)
                outcome = Outcome(batch, receipts.status, encoder.decode(batch, receipts))
                ledger.note(seen, outcome)
                agent.hear(outcome)
                _spread(outcome, book, agents, time_s, is_cut_by_index=deployment.design.is_cut_by_index)
        if progress is not None:
            progress(step + 1, len(times_s))

    path, account = np.nonzero(np.ones_like(book.equity, dtype=bool))
    final = views.accounts(path, account + book.first_id)
    return ledger.close(final.equity.reshape(book.equity.shape), views.treasury(), views.given_by_winners())


def _spread(outcome: Outcome, book: Book, agents: Sequence[Agent], time_s: int, *, is_cut_by_index: bool) -> None:
    """Tell the book which accounts a batch touched and who waits, and whoever wants to know what liquidations did."""
    batch, ok = outcome.batch, outcome.ok
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
        if is_cut_by_index:
            book.touch_holders(path[outcome.values["bad_debt_usd"][ok] > 0])
        for agent in agents:
            if hasattr(agent, "watch"):
                agent.watch(outcome)
            if hasattr(agent, "retire"):
                agent.retire(path, batch.columns["account"][ok])


def _basket(window: Window, deployment: Deployment) -> np.ndarray:
    """Value over time of the target basket bought at step 0, (paths, steps), 1.0 at the start."""
    design = deployment.design
    feeds = window.feeds[[deployment.feeds.index(asset.feed) for asset in design.assets]]
    prices = window.world.true_price_usd[:, :, feeds]
    weights = np.array([float(asset.target_weight) for asset in design.assets])
    return (prices / prices[:, :1] * weights).sum(axis=2)
