"""Build the crowds: cohorts of accounts from the tables of the platforms.

Of each crowd some portfolios are drawn (gamma weights around the platform's open interest), and each is held at all
levels of leverage: the quantiles of a lognormal, one stratum per cohort. What is drawn does not depend on how many
cohorts there are; more of them cut the same crowd finer. A cohort's members lie evenly between the edges of its
stratum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr, ndtri

from sim.kernels.columns import zeros
from sim.scenario.market import MarketScenario
from sim.scenario.platform_tables import Crowd, Platform
from sim.world.endogenous.cohorts import NEVER, Cohorts, CohortTerms
from sim.world.paths import BPS
from sim.world.streams import Streams

LEAST_LEVERAGE = 1.02
LEAST_WEIGHT = 1e-9  # of a feed in a portfolio
FAR_FROM_MAINTENANCE = 0.55  # nobody opens with more of his equity bound as maintenance
NEAR_EDGE = 0.8  # of the way to maintenance that members of a cohort may be spread over
LEAST_SPREAD = 1e-7  # of notional


@dataclass(frozen=True)
class Population:
    """The cohorts of all platforms, one after another."""

    cohorts: Cohorts
    terms: CohortTerms
    first: np.ndarray  # (K,) of each platform
    stops: np.ndarray  # (K,) where those begin that stop: they come last
    last: np.ndarray  # (K,)
    names: tuple[tuple[str, str], ...]  # (A,) platform and crowd


def build_population(market: MarketScenario, price_usd: np.ndarray, streams: Streams, cohorts: int) -> Population:
    """Crowds of all platforms in about so many cohorts, evenly over platforms, by weight over crowds.

    price_usd: (F,) at the start.
    """
    sizes = [_sizes(platform, cohorts / max(len(market.platforms), 1)) for platform in market.platforms]
    paths, feeds, total = len(streams.paths), len(market.feeds), sum(sum(each) for each in sizes)
    whole: Cohorts = zeros(Cohorts, {"P": paths, "F": feeds, "A": total})
    terms: CohortTerms = zeros(CohortTerms, {"P": paths, "A": total})
    names: list[tuple[str, str]] = []
    first, stops, last, at = [], [], [], 0
    for platform, counts in zip(market.platforms, sizes, strict=True):
        first.append(at)
        for crowd, count in zip(platform.crowds, counts, strict=True):
            _fill(whole, terms, slice(at, at + count), market, platform, crowd, price_usd, streams)
            names += [(platform.name, crowd.name)] * count
            at += count
        last.append(at)
        own = slice(first[-1], at)
        is_stop = terms.stop_loss[0, own] > 0.0  # the same on every path
        stops.append(at - int(is_stop.sum()))
        order = np.argsort(is_stop, kind="stable")
        for array in (*whole, *terms):
            array[..., own] = array[..., own][..., order]
        names[own] = [names[own][i] for i in order.tolist()]
    return Population(whole, terms, np.array(first), np.array(stops), np.array(last), tuple(names))


def maintenance(market: MarketScenario, platform: Platform) -> np.ndarray:
    """Share of notional that a position must keep, (F,); of collateral, its haircut."""
    shares = np.zeros(len(market.feeds))
    for entry in platform.open_interest:
        shares[market.feeds.index(entry.feed)] = entry.maintenance_bps * BPS
    for posted in platform.collateral:
        shares[market.feeds.index(posted.feed)] = posted.haircut_bps * BPS
    return shares


def open_interest(market: MarketScenario) -> np.ndarray:
    """USD of one side at every platform, (K, F)."""
    usd = [_open_usd(market, platform) for platform in market.platforms]
    return np.array(usd).reshape(-1, len(market.feeds))


def _sizes(platform: Platform, cohorts: float) -> list[int]:
    """Cohorts of each crowd: as many strata for each of its portfolios."""
    total = sum(crowd.cohort_weight for crowd in platform.crowds)
    shares = [crowd.cohort_weight / total for crowd in platform.crowds]
    return [
        crowd.portfolios * max(round(cohorts * share / crowd.portfolios), 1)
        for crowd, share in zip(platform.crowds, shares, strict=True)
    ]


def _fill(
    whole: Cohorts,
    terms: CohortTerms,
    at: slice,
    market: MarketScenario,
    platform: Platform,
    crowd: Crowd,
    price_usd: np.ndarray,
    streams: Streams,
) -> None:
    """Write one crowd into its place."""
    paths, feeds, count = len(streams.paths), len(market.feeds), at.stop - at.start
    levels = count // crowd.portfolios
    rates = maintenance(market, platform)
    signed = _portfolios(market, platform, crowd, streams)  # (P, F, T) shares of notional
    risk = np.zeros(feeds)
    for asset in market.assets:
        risk[market.feeds.index(asset.feed)] = asset.risk
    held = np.abs(signed)
    bound = np.einsum("pft,f->pt", held, rates)[:, :, None]  # (P, T, 1) maintenance of a portfolio
    carried = np.einsum("pft,f->pt", held, risk)[:, :, None] if crowd.kind != "pair" else np.ones((1, 1, 1))
    least, most = (
        np.clip(edge * carried, bound / FAR_FROM_MAINTENANCE, 1.0 / LEAST_LEVERAGE) for edge in _strata(crowd, levels)
    )  # (P, T, L) equity per notional
    middle, half = 0.5 * (least + most), 0.5 * (most - least)
    usd = _usd(signed, _open_usd(market, platform) * crowd.share, levels, crowd.kind == "pair")
    stops = np.zeros((paths, crowd.portfolios, levels))
    stops[:, : round(crowd.stop_share * crowd.portfolios)] = crowd.stop_loss_share
    notional = np.abs(usd).sum(axis=1)  # (P, T, L)
    equity = middle * notional
    room = np.where(stops > 0.0, stops * equity, equity - bound * notional)
    spread = np.maximum(np.minimum(half * notional, NEAR_EDGE * room), LEAST_SPREAD * notional)
    posted = np.zeros((feeds, 1, 1, 1))
    for feed, share in crowd.collateral.items():
        posted[market.feeds.index(feed)] = share
    units = (posted * equity).transpose(1, 0, 2, 3) / price_usd[:, None, None]
    is_open = crowd.opens == "start"
    units = units + (usd / price_usd[:, None, None] if is_open else 0.0)
    cash = equity - np.einsum("pftl,f->ptl", units, price_usd)
    flat = (paths, count)
    whole.units[:, :, at] = units.reshape(paths, feeds, count)
    whole.cash_usd[:, at] = cash.reshape(flat)
    whole.form_usd[:, at] = np.where(stops > 0.0, cash - (1.0 - stops) * equity, cash).reshape(flat)
    whole.spread_usd[:, at] = spread.reshape(flat)
    whole.lowest_usd[:, at] = whole.spread_usd[:, at] if is_open else -NEVER
    whole.maintenance[:, at] = np.broadcast_to(np.maximum(bound, BPS), notional.shape).reshape(flat)
    terms.stop_loss[:, at] = stops.reshape(flat)
    whole.opens_on_fall[:, at] = NEVER
    whole.opens_at_s[:, at] = NEVER
    if not is_open:
        whole.wish_usd[:, :, at] = usd.reshape(paths, feeds, count)
    spot = f"{crowd.name} at {platform.name}"
    if crowd.opens == "during":
        length_s = (market.clock.end - market.clock.start).total_seconds()
        when = streams.uniform(f"opening of {spot}", 0, (crowd.portfolios,)) * length_s
        whole.opens_at_s[:, at] = np.repeat(when, levels, axis=1)
    elif crowd.opens == "fall":
        place = (np.arange(crowd.portfolios) + 0.5) / crowd.portfolios
        fall = (crowd.fall_from_bps + (crowd.fall_until_bps - crowd.fall_from_bps) * place) * BPS
        whole.opens_on_fall[:, at] = np.repeat(fall, levels)


def _portfolios(market: MarketScenario, platform: Platform, crowd: Crowd, streams: Streams) -> np.ndarray:
    """Signed shares of notional, (P, F, T)."""
    shares = np.zeros((len(streams.paths), len(market.feeds), crowd.portfolios))
    if crowd.kind == "pair":
        for side, weights in ((1.0, crowd.long), (-1.0, crowd.short)):
            for feed, weight in weights.items():
                shares[:, market.feeds.index(feed)] = side * weight
        return shares
    names = [entry.feed for entry in platform.open_interest]
    open_usd = _open_usd(market, platform)
    for feed in names:
        drawn = streams.uniform(f"portfolios of {feed} of {crowd.name} at {platform.name}", 0, (crowd.portfolios,))
        f = market.feeds.index(feed)
        shares[:, f] = gammaincinv(crowd.concentration, drawn) * open_usd[f] / open_usd.sum() + LEAST_WEIGHT
    shares /= shares.sum(axis=1, keepdims=True)
    return shares if crowd.kind == "long" else -shares


def _open_usd(market: MarketScenario, platform: Platform) -> np.ndarray:
    """USD of one side, (F,)."""
    usd = np.zeros(len(market.feeds))
    for entry in platform.open_interest:
        usd[market.feeds.index(entry.feed)] = entry.usd
    return usd


def _usd(signed: np.ndarray, open_usd: np.ndarray, levels: int, is_pair: bool) -> np.ndarray:
    """Signed USD of every cohort, (P, F, T, L); but for pairs, exactly the crowd's share of each open interest."""
    portfolios = signed.shape[2]
    usd = signed * open_usd.sum() / (portfolios * levels)
    if not is_pair:
        total = np.abs(usd).sum(axis=2, keepdims=True) * levels  # (P, F, 1)
        usd = usd * np.divide(open_usd[:, None], total, out=np.zeros_like(total), where=total > 0.0)
    return np.repeat(usd[..., None], levels, axis=3)


def _strata(crowd: Crowd, levels: int) -> np.ndarray:
    """Least and most equity per notional of the strata, (2, L), the most leverage first, before risk is counted.

    x = equity / notional is lognormal. A stratum has the same share of people, and its members are spread evenly so
    that mean and variance are those of x within it:

        E[x^k; a < z < b] = median^k e^(k^2 s^2 / 2) (N(b - k s) - N(a - k s))
    """
    edges, sd = ndtri(np.arange(levels + 1) / levels), crowd.leverage_log_sd
    mean, square = (
        levels * np.exp(0.5 * (k * sd) ** 2) * np.diff(ndtr(edges - k * sd)) / crowd.leverage_median**k for k in (1, 2)
    )
    half = np.sqrt(3.0 * np.maximum(square - mean**2, 0.0))
    return np.maximum(np.stack([mean - half, mean + half]), 1.0 / crowd.leverage_max)
