"""Prices at which a design is tried out where no scenario gives any: by the bounds of its feeds, not by their names."""

from __future__ import annotations

from math import sqrt

import numpy as np

from sim.design import Design
from sim.design.oracle import DOLLAR, Feed

#: A feed whose bounds are no further apart holds what stays near one price.
CALM_RATIO = 100.0
#: A pool opens with so much, or with what its caps let in.
USUAL_USD = 20_000_000.0
#: How far prices go in a storm, as far as the bounds of their feeds let them, and how much at a time at most.
LOWEST, HIGHEST = 0.35, 2.6
PACE = 0.04
#: A price at its bound is none.
_WITHIN = 1.001


def opening_prices_usd(design: Design) -> tuple[float, ...]:
    """USD by feed: what a token is redeemed for; else a dollar if the bounds are close around it; else their middle."""
    feeds = {feed.symbol: feed for feed in design.oracle.feeds}
    return tuple(_usd(feed, feeds) for feed in design.oracle.feeds)


def moving_feeds(design: Design) -> np.ndarray:
    """Which feeds follow the markets, (feeds,): those of markets, and of what is redeemed for them."""
    markets = {market.feed for market in design.markets}
    return np.array([bool({feed.symbol, feed.redemption_base} & markets) for feed in design.oracle.feeds])


def opening_usd(design: Design) -> float:
    """What a pool opens with, in USD: half of what its caps let in at most."""
    usd = min(USUAL_USD, float(design.pool.max_aum_usd) / 2)
    prices = dict(zip(design.feeds, opening_prices_usd(design), strict=True))
    for asset in design.assets:
        if asset.target_weight:
            usd = min(usd, float(asset.max_pool) * prices[asset.feed] / float(asset.target_weight) / 2)
    return usd


def range_of(design: Design) -> tuple[float, float]:
    """Multiples of the opening prices between which a storm goes: within the bounds of all feeds that follow."""
    lowest, highest = LOWEST, HIGHEST
    for feed, usd, moves in zip(
        design.oracle.feeds, opening_prices_usd(design), moving_feeds(design).tolist(), strict=True
    ):
        if moves:
            lowest = max(lowest, _WITHIN * float(feed.min_usd) / usd)
            highest = min(highest, float(feed.max_usd) / usd / _WITHIN)
    return lowest, highest


def pace_of(design: Design) -> tuple[int, float]:
    """Seconds between two moves, and the share by which prices may move, so that the oracle believes all of them."""
    oracle = design.oracle
    step_s = 4 * (oracle.average_s or 0)  # by then the average has followed
    pace = PACE
    if oracle.max_average_distance_bps is not None:
        pace = min(pace, oracle.max_average_distance_bps / 2e4)
    if oracle.max_step_bps is not None:
        pace = min(pace, (oracle.max_step_bps + (oracle.max_step_bps_per_s or 0) * step_s) / 2e4)
    return step_s, pace


def _usd(feed: Feed, feeds: dict[str, Feed]) -> float:
    lowest, highest = float(feed.min_usd), float(feed.max_usd)
    if feed.redemption_rate is not None:
        base = 1.0 if feed.redemption_base in (None, DOLLAR) else _usd(feeds[feed.redemption_base], feeds)
        return _rounded(float(feed.redemption_rate) * base)
    if lowest < 1.0 < highest < CALM_RATIO * lowest:
        return 1.0
    return _rounded(sqrt(lowest * highest))


def _rounded(usd: float) -> float:
    return round(usd, 9)
