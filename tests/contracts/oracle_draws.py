"""Oracles and reports at random. Most of them make a price; each fault of a venue and each limit comes now and then.

Plain randomness and no strategies of values: a search that likes odd values would leave hardly a feed with a quorum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from contracts.desk import BLEND, CLAMPED_MEAN, MARKET, SINGLE_VENUE, VENUES, FeedRule, Quote, VenueRule
from contracts.stage import WAD

T = TypeVar("T")
PERCENT = WAD // 100
BPS = WAD // 10_000
ODD_PRICES_WAD = (0, WAD, 50 * WAD, 90 * WAD, 99 * WAD, 100 * WAD, 101 * WAD, 150 * WAD, 10**6 * WAD, 2**96 - 1)
DISTANCES_WAD = (PERCENT // 2, 2 * PERCENT, 5 * PERCENT, 20 * PERCENT, WAD - 1)


@dataclass(frozen=True, slots=True)
class Case:
    """An oracle with one feed, and what is reported to it: (seconds before, quotes dated from the report)."""

    venues: list[VenueRule]
    feed: FeedRule
    reports: list[tuple[int, list[Quote | None]]]


def case(random: Random) -> Case:
    """Draw a case."""
    reports = [(random.choice((0, 1, 5, 20)), row(random)) for _ in range(random.randint(1, 4))]
    return Case([venue_rule(random) for _ in range(VENUES)], feed_rule(random), reports)


def venue_rule(random: Random) -> VenueRule:
    """Draw how a venue is trusted."""
    return VenueRule(
        weight=_seldom(random, random.randint(1, 4), (0,)),
        max_age_s=_seldom(random, random.randint(40, 120), (0, 5)),
        max_confidence_wad=_seldom(random, PERCENT, (0, WAD)),
    )


def feed_rule(random: Random) -> FeedRule:
    """Draw stages, on or off."""
    aggregator = random.randrange(4)
    median, average, step = (random.choice((0, random.choice(DISTANCES_WAD))) for _ in range(3))
    median = {CLAMPED_MEAN: median or PERCENT, SINGLE_VENUE: 0}.get(aggregator, median)
    return FeedRule(
        floor_spread_wad=random.choice((0, BPS)),
        wide_spread_wad=random.choice((PERCENT, 10 * PERCENT)),
        max_age_s=_seldom(random, 1_000, (15,)),
        min_venues=_seldom(random, random.randint(0, 4), (7,)),
        min_weight=_seldom(random, random.randint(0, 8), (15,)),
        max_venue_share_wad=_seldom(random, random.choice((WAD // 2, WAD)), (WAD // 4,)),
        aggregator=aggregator,
        venue=random.randrange(VENUES),
        max_median_distance_wad=median,
        max_average_distance_wad=average,
        average_s=random.randint(1, 300) if average else 0,
        max_step_wad=step,
        max_step_wad_per_s=random.choice((BPS, PERCENT)) if step else 0,
        wide_price=random.randrange(3),
        **redemption(random),
    )


def redemption(random: Random) -> dict[str, int]:
    """Draw what a token at some 100 USD is redeemed for in USD, if at all."""
    valuation = random.randrange(4)
    band = random.choice((0, PERCENT, WAD))
    if valuation == MARKET and not band:
        return {}
    return {
        "redemption_rate_wad": random.randint(98 * WAD, 102 * WAD),
        "redemption_band_wad": band,
        "valuation": valuation,
        "blend_wad": random.randint(1, WAD) if valuation == BLEND else 0,
    }


def row(random: Random) -> list[Quote | None]:
    """Draw what the venues say, with times from the report's."""
    return [None if random.random() < 0.1 else quote(random) for _ in range(VENUES)]


def quote(random: Random) -> Quote:
    """Draw a quote near 100 USD."""
    return Quote(
        price_wad=_seldom(random, random.randint(98 * WAD, 102 * WAD), ODD_PRICES_WAD),
        confidence_wad=_seldom(random, random.randint(0, WAD // 2), (3 * WAD, 2**96 - 1)),
        published_at=_seldom(random, random.randint(-20, 0), (-90, -60, 1, 3)),
    )


def batches(random: Random, quotes: Sequence[Quote | None]) -> list[list[Quote | None]]:
    """The same quotes in some batches, in any order; some of them empty."""
    parts = [random.randrange(3) for _ in quotes]
    split = [[quote if part == each else None for quote, part in zip(quotes, parts, strict=True)] for each in range(4)]
    random.shuffle(split)
    return split


def dated(quotes: Sequence[Quote | None], now: int) -> list[Quote | None]:
    """A drawn row as of now."""
    return [None if q is None else replace(q, published_at=now + q.published_at) for q in quotes]


def _seldom(random: Random, usual: T, odd: Sequence[T]) -> T:
    return random.choice(odd) if random.random() < 0.08 else usual
