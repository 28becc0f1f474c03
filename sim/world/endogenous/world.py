"""The endogenous world: what `replay` is, with people in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from sim.kernels.loading import load
from sim.scenario.market import MarketScenario
from sim.world.base import Fills, Honest, Orders, Quotes, Twin
from sim.world.endogenous.book import MAX_HALF_SPREAD
from sim.world.endogenous.recording import Records
from sim.world.endogenous.schedule import schedule
from sim.world.endogenous.state import build_state, consensus_log, price_usd
from sim.world.fundamental.building import fundamental, opening_usd, sudden
from sim.world.fundamental.process import CELLS, Grid
from sim.world.honest import FRESH_S, honest_median
from sim.world.paths import BPS
from sim.world.streams import Streams

STEP = "sim.world.endogenous.substeps:advance"


class EndogenousWorld:
    """A market of P paths; a path is the same bits whichever others are with it.

    Step 0 is the start; `advance(1)`, `advance(2)` ... follow in turn. Orders that are submitted after a step trade
    in the next. Where the scenario says when designs are compared (`run`), step 0 is that moment: the market has lived
    before it.
    """

    moves_by_pool = True

    def __init__(
        self,
        market: MarketScenario,
        streams: Streams,
        *,
        cohorts: int = 1_000,
        sources: Sequence[str] = (),
        record_every: int = 1,
        twin: Twin | None = None,
    ) -> None:
        """The market as it opens.

        Args:
            cohorts: on all platforms together, about.
            sources: names of those who will send orders.
            twin: the same paths without a pool; default: nobody asks for it.
        """
        self.feeds = market.feeds
        self.venues = tuple(venue.name for venue in market.venues)
        self.venue_weights = np.array([venue.weight for venue in market.venues])
        self._clock_s, spans_s = market.clock.grid()
        first, last = market.steps()
        self.times_s, self.step_s = self._clock_s[first : last + 1], spans_s[first : last + 1]
        self._twin, self._first = twin, 0
        self.opening_usd = opening_usd(market)
        self.sources = tuple(sources)
        self.state = build_state(market, streams, cohorts, len(self.sources))
        self.step = 0
        self._fundamental, self._jumps = fundamental(market, streams), sudden(market, streams)
        self._noise = _quote_noise(market, streams)
        self._calm_depth_usd = self.state.book_terms.depth_usd.copy()
        self.is_listed = self._calm_depth_usd > 0.0
        self._schedule = schedule(market, self._clock_s)
        self._run = load(STEP).bind(self.state.sizes, self.state.arguments(0.0, 0.0))
        lag_s = np.array([venue.lag_s for venue in market.venues])
        self._late = [
            (each, lag_s == each) for each in sorted(set(lag_s.tolist()))
        ]  # lags, and the venues that have it
        self._waiting = np.zeros_like(self.state.outside.order_units)
        self._mids: deque[tuple[int, np.ndarray]] = deque()  # as far back as a lag may reach: time, (P, F, V)
        self._shown_usd = self.mid_usd().copy()
        self._shown_s = np.zeros(self._shown_usd.shape[1:], dtype=np.int64) + self._clock_s[0]
        self.records = Records(record_every)
        self._show()
        for step in range(1, first + 1):
            self.advance(step)
        self._first, self.step = first, 0

    def advance(self, step: int) -> None:
        """Move to the next step.

        Raises:
            ValueError: it is not the next one.
        """
        if step != self.step + 1:
            raise ValueError(f"expected step {self.step + 1}, got {step}")
        at = self._first + step
        begin_s, end_s = (int(self._clock_s[i] - self._clock_s[0]) for i in (at - 1, at))
        state = self.state
        state.shocks.fundamental_log[:] = self._fundamental.between(begin_s, end_s)
        state.shocks.jump_log[:] = self._jumps.landing(begin_s, end_s)
        state.shocks.quote_log[:] = self._noise.between(begin_s, end_s).reshape(state.shocks.quote_log.shape)
        state.book_terms.is_open[:] = self._schedule.is_open[at]
        state.book_terms.depth_usd[:] = self._calm_depth_usd * self._schedule.depth_factor[at]
        state.arbitrage_terms.is_connected[:] = self._schedule.is_connected[at]
        trades = state.book_terms.is_open * (state.book_terms.depth_usd > 0.0)
        state.outside.order_units[:] = self._waiting * trades / (end_s - begin_s)
        self._waiting *= 1.0 - trades
        self._run(float(begin_s), float(end_s - begin_s))
        self.step = step
        self._show()
        self.records.take(at, int(self._clock_s[at]), self.state)

    def quotes(self, feeds: np.ndarray | None = None) -> Quotes:
        """What venues show now: late, halted, or lying where the scenario says so; (P, F, V).

        A feed that a venue does not list is shown at consensus and as published before time began: nobody's quote.
        """
        index = np.arange(len(self.feeds)) if feeds is None else feeds
        shown_usd = self._shown_usd[:, index] * np.exp(self._schedule.lie_log[self._at][index])
        half_spread = self.state.book_terms.half_spread / self.state.books.presence.transpose(0, 2, 1)[:, index]
        half_spread = np.minimum(half_spread, MAX_HALF_SPREAD)
        published_s = np.where(self.is_listed.T[index], self._shown_s[index], 0)
        return Quotes(shown_usd, shown_usd * half_spread, np.broadcast_to(published_s, shown_usd.shape).copy())

    def mid_usd(self) -> np.ndarray:
        """Mid of every book now, (P, F, V)."""
        return price_usd(self.state).transpose(0, 2, 1)

    @property
    def consensus_usd(self) -> np.ndarray:
        """What the market as a whole says now, (P, F)."""
        return np.exp(consensus_log(self.state))

    @property
    def true_price_usd(self) -> np.ndarray:
        """Consensus, (P, F)."""
        return self.consensus_usd

    @property
    def twin_price_usd(self) -> np.ndarray:
        """Consensus of the twin, (P, F)."""
        return self._without_pool.true_price_usd[:, self.step]

    @property
    def fundamental_usd(self) -> np.ndarray:
        """What it would say had nobody traded, (P, F): the same whatever a design does."""
        return np.exp(self.state.books.fundamental_log)

    def honest_median_usd(self) -> np.ndarray:
        """Median of venues whose quotes are fresh and do not lie, (P, F): a book that was moved is honest."""
        quotes = self.quotes()
        is_fresh = quotes.published_s >= self._clock_s[self._at] - FRESH_S
        weights = np.where(is_fresh & (self._schedule.lie_log[self._at] == 0.0), self.venue_weights, 0.0)
        return honest_median(quotes.price_usd, weights, self.consensus_usd)

    def honest(self) -> Honest:
        """The median of now: what is yet to come nobody knows, but for the twin."""
        now_usd, twin = self.honest_median_usd(), self._without_pool
        return Honest(now_usd, now_usd, False, twin.low_usd[:, self.step], twin.high_usd[:, self.step])

    @property
    def _at(self) -> int:
        """Step of the clock."""
        return self._first + self.step

    @property
    def _without_pool(self) -> Twin:
        if self._twin is None:
            raise ValueError("expected a twin")
        return self._twin

    def submit(self, orders: Orders) -> None:
        """Trade in the next step, netted with all others on each book.

        Raises:
            ValueError: the source is unknown, or a book is asked for that does not exist.
        """
        if orders.source not in self.sources:
            raise ValueError(f"expected a source of {', '.join(self.sources) or 'nobody'}, got {orders.source}")
        if (orders.units[:, ~self.is_listed] != 0.0).any() or not np.isfinite(orders.units).all():
            raise ValueError("expected finite orders for listed feeds")
        self._waiting[:, self.sources.index(orders.source)] += orders.units

    def fills(self) -> Fills:
        """What every source has traded."""
        outside = self.state.outside
        return Fills(self.sources, outside.bought_units.copy(), outside.cash_usd.sum(axis=2), self._waiting.copy())

    def _show(self) -> None:
        """Let venues show their mids of `lag_s` ago, unless they are halted."""
        now_s = int(self._clock_s[self._at])
        self._mids.append((now_s, self.mid_usd()))
        while len(self._mids) > 1 and self._mids[1][0] <= now_s - self._late[-1][0]:
            self._mids.popleft()
        is_live = self._schedule.is_open[self._at].T > 0.0  # (F, V)
        for lag_s, venues in self._late:
            seen_s, mid_usd = next((each for each in reversed(self._mids) if each[0] <= now_s - lag_s), self._mids[0])
            live = is_live & venues
            np.copyto(self._shown_usd, mid_usd, where=live)
            self._shown_s[live] = seen_s


class _QuoteNoise:
    """Noise of venues' quotes: increments that arbitrage and discovery take back."""

    def __init__(self, names: Sequence[str], sd_log: np.ndarray, streams: Streams) -> None:
        self._names, self._sd_log, self._streams = tuple(names), sd_log, streams

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """(P, CELLS, V * F) log."""
        return self._streams.normals_of("quote", self._names, block, (CELLS,)) * self._sd_log


def _quote_noise(market: MarketScenario, streams: Streams) -> Grid:
    """Independent increments of sd sqrt(2 ln 2 dt / half-life): an OU process's, of that half-life."""
    names = [f"{feed} at {venue.name}" for venue in market.venues for feed in market.feeds]
    shock_s = market.cutting.shock_s
    per_cell = [
        venue.basis_sd_bps * BPS * np.sqrt(2.0 * np.log(2.0) * shock_s / venue.basis_half_life_s)
        for venue in market.venues
        for _ in market.feeds
    ]
    process = _QuoteNoise(names, np.array(per_cell), streams)
    return Grid([process], shock_s, (len(streams.paths), len(names)))
