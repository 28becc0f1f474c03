"""The arrays of an endogenous world: what moves, by path, and what the scenario says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.kernels.columns import zeros
from sim.scenario.market import MarketScenario
from sim.world.endogenous.arbitrage import Arbitrage, ArbitrageTerms
from sim.world.endogenous.book import Books, BookTerms, Work
from sim.world.endogenous.cohorts import NEVER
from sim.world.endogenous.discovery import DiscoveryTerms
from sim.world.endogenous.herding import HerdingTerms
from sim.world.endogenous.makers import Hedgers, Makers, MakerTerms
from sim.world.endogenous.platforms import Platforms, PlatformTerms
from sim.world.endogenous.population import Population, build_population, maintenance, open_interest
from sim.world.endogenous.review import ReviewTerms
from sim.world.endogenous.substeps import Shocks, StepTerms
from sim.world.endogenous.takers import Flows, Momentum, Outside
from sim.world.fundamental.building import start_usd
from sim.world.paths import BPS, VOLATILITY_WINDOW_S
from sim.world.streams import Streams

LEAST_DEVIATION = 1e-6  # log, of a feed about its average: what never moves has no calm to be compared with


@dataclass(frozen=True)
class State:
    """All arguments of the compiled step, by name in its order; the arrays are changed in place."""

    sizes: dict[str, int]
    shocks: Shocks
    books: Books
    book_terms: BookTerms
    discovery_terms: DiscoveryTerms
    makers: Makers
    maker_terms: MakerTerms
    hedgers: Hedgers
    arbitrage: Arbitrage
    arbitrage_terms: ArbitrageTerms
    population: Population
    unforced_units: np.ndarray  # (P, K, F) of one side at the start, of holders on both sides whom nothing closes
    platforms: Platforms
    platform_terms: PlatformTerms
    momentum: Momentum
    herding_terms: HerdingTerms
    outside: Outside
    flows: Flows
    review_terms: ReviewTerms
    step_terms: StepTerms
    work: Work

    def arguments(self, begin_s: float, span_s: float) -> list[Any]:
        """What `substeps.advance` takes."""
        return [
            begin_s,
            span_s,
            self.shocks,
            self.books,
            self.book_terms,
            self.discovery_terms,
            self.makers,
            self.maker_terms,
            self.hedgers,
            self.arbitrage,
            self.arbitrage_terms,
            self.population.cohorts,
            self.population.terms,
            self.platforms,
            self.platform_terms,
            self.momentum,
            self.herding_terms,
            self.outside,
            self.flows,
            self.review_terms,
            self.step_terms,
            self.work,
        ]


def build_state(market: MarketScenario, streams: Streams, cohorts: int, sources: int) -> State:
    """The state at the start: everybody at his post, prices at rest."""
    begin_usd = start_usd(market)
    population = build_population(market, begin_usd, streams, cohorts)
    sizes = {
        "P": len(streams.paths),
        "V": len(market.venues),
        "F": len(market.feeds),
        "K": len(market.platforms),
        "A": population.cohorts.cash_usd.shape[1],
        "S": sources,
    }
    books: Books = zeros(Books, sizes)
    books.fundamental_log[:] = np.log(begin_usd)
    books.presence[:] = 1.0
    makers: Makers = zeros(Makers, sizes)
    makers.average_log[:] = np.log(begin_usd)
    makers.variance[:] = _calm_variance(market)
    momentum: Momentum = zeros(Momentum, sizes)
    momentum.trend_log[:] = np.log(begin_usd)
    platforms: Platforms = zeros(Platforms, sizes)
    platforms.fund_usd[:] = [platform.insurance_usd for platform in market.platforms]
    terms = _platform_terms(market, population)
    hedgers: Hedgers = zeros(Hedgers, sizes)
    is_perp = terms.is_collateral == 0.0
    falls, openings = population.cohorts.opens_on_fall, population.cohorts.opens_at_s
    platforms.held[:] = 1.0
    for k, v in enumerate(terms.venue.astype(int)):
        own = slice(population.first[k], population.last[k])
        platforms.net_units[:, k] = population.cohorts.units[:, :, own].sum(axis=2)
        platforms.gross_units[:, k] = np.abs(population.cohorts.units[:, :, own]).sum(axis=2)
        hedgers.units[:, v] -= platforms.net_units[:, k] * is_perp
        platforms.next_fall_log[:, k] = falls[:, own].min(axis=1, initial=NEVER)
        platforms.next_opening_s[:, k] = openings[:, own].min(axis=1, initial=NEVER)
    modelled = 0.5 * (platforms.gross_units + np.abs(platforms.net_units))  # units of the larger side
    return State(
        sizes=sizes,
        shocks=zeros(Shocks, sizes),
        books=books,
        book_terms=_book_terms(market),
        discovery_terms=DiscoveryTerms(
            follow_s=market.book.follow_s,
            own_s=market.book.own_s,
            fade_s=market.book.fade_s,
            believed_share=market.book.believed_share,
            lasting_share=market.book.lasting_share,
        ),
        makers=makers,
        maker_terms=_maker_terms(market),
        hedgers=hedgers,
        arbitrage=zeros(Arbitrage, sizes),
        arbitrage_terms=ArbitrageTerms(
            is_connected=np.ones(sizes["V"]),
            close_s=market.arbitrage.close_s,
            band_log=market.arbitrage.band_bps * BPS,
            capital_usd=market.arbitrage.capital_usd,
            transfer_s=market.arbitrage.transfer_s,
        ),
        population=population,
        unforced_units=np.maximum(open_interest(market) / begin_usd - modelled, 0.0) * is_perp,
        platforms=platforms,
        platform_terms=terms,
        momentum=momentum,
        herding_terms=_herding_terms(market),
        outside=zeros(Outside, sizes),
        flows=zeros(Flows, sizes),
        review_terms=ReviewTerms(
            calm_log=_calm_deviation(market) * np.sqrt(VOLATILITY_WINDOW_S) * (open_interest(market) > 0.0).any(axis=0),
            review_s=float(market.cutting.review_s),
            funding_s=float(market.funding.interval_s),
            interest=market.funding.interest_bps * BPS,
            damper=market.funding.damper_bps * BPS,
            cap=market.funding.cap_bps * BPS,
        ),
        step_terms=StepTerms(
            risk=np.maximum(_relative_risk(market), 1.0),
            most=float(market.cutting.most_substeps),
            tolerance_log=market.cutting.tolerance_bps * BPS,
        ),
        work=zeros(Work, sizes),
    )


def consensus_log(state: State) -> np.ndarray:
    """Log prices that the market as a whole believes in, (P, F)."""
    books = state.books
    return np.asarray(books.fundamental_log + books.permanent_log + books.transient_log)


def price_usd(state: State) -> np.ndarray:
    """Mids of all books, (P, V, F)."""
    return np.exp(consensus_log(state)[:, None] + state.books.displacement_log)


def depths_usd(market: MarketScenario) -> np.ndarray:
    """Calm depth within 1 % of one side, (V, F); 0 where a feed is not listed."""
    depth = np.zeros((len(market.venues), len(market.feeds)))
    for v, venue in enumerate(market.venues):
        for entry in venue.depth:
            depth[v, market.feeds.index(entry.feed)] = entry.at_1pct_usd
    return depth


def _book_terms(market: MarketScenario) -> BookTerms:
    return BookTerms(
        depth_usd=depths_usd(market),
        is_open=np.ones((len(market.venues), len(market.feeds))),
        half_spread=np.array([venue.half_spread_bps * BPS for venue in market.venues]),
        exponent=market.book.exponent,
        patient_share=market.book.patient_share,
    )


def _maker_terms(market: MarketScenario) -> MakerTerms:
    depth, own = depths_usd(market), market.makers
    limits = np.array([venue.maker_limit_depths for venue in market.venues])
    capital = np.array([venue.maker_capital_depths for venue in market.venues])
    return MakerTerms(
        calm_variance=_calm_variance(market),
        inventory_limit_usd=np.where(depth > 0.0, depth, 1.0) * limits[:, None],
        capital_usd=depth.sum(axis=1) * capital,
        flow_share=own.flow_share,
        withdrawal_exponent=own.withdrawal_exponent,
        loss_withdrawal=own.loss_withdrawal,
        loss_stop_share=own.loss_stop_share,
        beyond_stop=own.beyond_stop,
        least=own.least_presence,
        average_s=own.average_s,
        variance_s=own.variance_s,
        leave_s=own.leave_s,
        return_s=own.return_s,
        hand_over_s=own.hand_over_s,
    )


def _platform_terms(market: MarketScenario, population: Population) -> PlatformTerms:
    venues = [venue.name for venue in market.venues]
    platforms, feeds = market.platforms, market.feeds
    is_collateral = np.zeros(len(feeds))
    own_share = np.array([[platform.mark_own_share] * len(feeds) for platform in platforms]).reshape(-1, len(feeds))
    for k, platform in enumerate(platforms):
        for posted in platform.collateral:
            is_collateral[feeds.index(posted.feed)] = 1.0
            own_share[k, feeds.index(posted.feed)] = posted.mark_own_share
    rates = [maintenance(market, platform) for platform in platforms]
    return PlatformTerms(
        venue=_each(venues.index(platform.venue) for platform in platforms),
        first=population.first.astype(float),
        stops=population.stops.astype(float),
        last=population.last.astype(float),
        maintenance=np.array(rates).reshape(-1, len(feeds)),
        is_collateral=is_collateral,
        own_share=own_share,
        execution_s=_each(platform.execution_s for platform in platforms),
        stop_s=_each(platform.stop_s for platform in platforms),
        deleverage_s=_each(platform.deleverage_s for platform in platforms),
        deleverage_below_usd=_each(platform.deleverage_below_usd for platform in platforms),
        is_ladder=_each(platform.engine == "ladder" for platform in platforms),
        fee_share=_each(platform.fee_bps * BPS for platform in platforms),
        close_per_s=_each(platform.leave_per_hour / 3600.0 for platform in platforms),
        panic=_each(platform.leave_panic for platform in platforms),
    )


def _herding_terms(market: MarketScenario) -> HerdingTerms:
    signal = np.array([float(feed == market.momentum.signal_feed) for feed in market.feeds])
    return HerdingTerms(
        theta_log=market.momentum.theta_bps * BPS * _relative_risk(market),
        signal_weight=signal,
        size=market.momentum.size_depths,
        trend_s=market.momentum.trend_s,
        act_s=market.momentum.act_s,
    )


def _calm_deviation(market: MarketScenario) -> np.ndarray:
    """Standard deviation of log prices per root second in the calm, (F,); of tied feeds, as they stray."""
    sd = {asset.feed: asset.sd_bps_per_5min * BPS / np.sqrt(VOLATILITY_WINDOW_S) for asset in market.assets}
    for stable in market.stables:
        sd[stable.feed] = stable.sd_bps * BPS * np.sqrt(2.0 * np.log(2.0) / stable.half_life_s)
    for token in market.wrapped:
        sd[token.feed] = sd[token.base] + token.sd_bps * BPS * np.sqrt(2.0 * np.log(2.0) / token.half_life_s)
    return np.array([sd[feed] for feed in market.feeds])


def _calm_variance(market: MarketScenario) -> np.ndarray:
    """Variance of a venue's log price about its own average in the calm, (V, F): sd^2 tau / 2 + quote noise."""
    quotes = np.array([venue.basis_sd_bps * BPS for venue in market.venues])
    variance = _calm_deviation(market) ** 2 * market.makers.average_s / 2.0 + quotes[:, None] ** 2
    return np.maximum(variance, LEAST_DEVIATION**2)


def _relative_risk(market: MarketScenario) -> np.ndarray:
    """Calm deviation of a feed in that of the reference, (F,); of what hardly moves at least a tenth."""
    sd = _calm_deviation(market)
    reference = sd[market.feeds.index(market.reference)]
    return np.maximum(sd / reference, 0.1) if reference > 0.0 else np.ones(len(sd))


def _each(values: Any) -> np.ndarray:
    return np.array(list(values), dtype=np.float64)
