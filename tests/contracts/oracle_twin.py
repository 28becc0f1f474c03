"""What one feed of the oracle should say, report by report, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from contracts.desk import (
    AT_MID,
    BLEND,
    CLAMPED_MEAN,
    MARKET,
    MEAN,
    MEDIAN,
    MINIMUM,
    NO_PRICE_WHEN_WIDE,
    REDEMPTION,
    SINGLE_VENUE,
    UNIT,
    FeedRule,
    Quote,
    VenueRule,
)
from contracts.stage import FINE, HALTED, WAD, WIDE

Vote = tuple[Quote, int]  # a quote and its weight


class Price(NamedTuple):
    """As the oracle answers."""

    low: int
    mid: int
    high: int
    collateral: int
    published_at: int
    status: int
    observed_from_s: int = 0
    shown: int = 0


NO_PRICE = Price(0, 0, 0, 0, 0, HALTED)
#: What a gap between the mid and what venues show is told in, and where it ends.
MILLION, FARTHEST = 10**6, 2**23 - 1
#: How much older than a price its oldest quote is told to be.
OLDEST_S = 2**14 - 2


@dataclass(slots=True)
class Twin:
    """The feed's quotes, what earlier blocks left, and what was decided in the block that is open."""

    venues: Sequence[VenueRule]
    feed: FeedRule
    held: list[Quote] = field(init=False)
    past: list[tuple[int, Price]] = field(
        default_factory=list
    )  # when it was made, and the price: of blocks that are over
    average_past: tuple[int, int] = (0, 0)  # in units of a cached price, and when it had moved
    block_s: int = 0
    decisions: list[Price | None] = field(default_factory=list)  # of the block that is open
    average: tuple[int, int] = (0, 0)
    shown: int = 0  # in units
    is_lost: bool = True  # there was no price when the blocks before were over

    def __post_init__(self) -> None:
        self.held = [Quote()] * len(self.venues)

    def report(self, said: Sequence[Quote | None], now: int) -> None:
        """Keep what is newer and not from the future; decide again if a venue that counts said something new."""
        self._turn_to(now)
        is_fresh = False
        for v, quote in enumerate(said):
            if quote is not None and self.held[v].published_at < quote.published_at <= now:
                self.held[v] = quote
                is_fresh |= self._counts(v)
        if is_fresh:
            self.average, self.shown = self.average_past, 0
            self.decisions.append(self._made(now))

    def _turn_to(self, now: int) -> None:
        """Close the block before, of which the last decision stays."""
        if now == self.block_s:
            return
        if self.decisions and self.decisions[-1] is not None:
            self.past.append((self.block_s, self.decisions[-1]))
        self.average_past, self.block_s = self.average, now
        self.is_lost = self.decisions[-1] is None if self.decisions else self.is_lost
        self.decisions = []

    def read(self, now: int, base: Price | None = None) -> Price:
        """The price as of now; `base` is what the asset is redeemed in, None is USD."""
        price = self.decisions[-1] if self.decisions else None
        is_lost = self.decisions[-1] is None if self.decisions else self.is_lost
        if price is None:
            price = self.past[-1][1] if self.past else NO_PRICE
        elif now == self.block_s:  # nobody gains between two prices of one block
            mids = [each.mid for each in self.decisions if each is not None]
            low, high = min(price.low, *mids), max(price.high, *mids)
            price = price._replace(low=low, high=high, collateral=low)
        if not price.mid:
            return NO_PRICE
        is_old = now - price.published_at > self.feed.max_age_s
        price = price._replace(status=HALTED if is_lost or is_old else price.status, shown=self._told(price.mid))
        return _redeemed(price, self.feed, base)

    def first_after(self, time_s: int, now: int) -> Price:
        """The first price of a block that is over, all of whose quotes are younger than a time."""
        self._turn_to(now)
        return next(
            (price for made_at, price in self.past if price.observed_from_s > time_s and made_at > time_s), NO_PRICE
        )

    def _told(self, mid: int) -> int:
        """What venues show, as far from the mid as is told."""
        units = mid // UNIT
        gap = min(int(Fraction(self.shown - units) * MILLION / units), FARTHEST)
        return units * (MILLION + gap) // MILLION * UNIT if self.shown else 0

    def _made(self, now: int) -> Price | None:
        feed = self.feed
        votes = self._valid(now)
        if not self._is_guarded(votes):
            return None
        centre = _reached(votes, Fraction(1, 2))
        self.shown = centre // UNIT
        if feed.max_average_distance_wad:
            self._move_average(centre // UNIT, now)
            votes = _near(votes, self.average[0] * UNIT, feed.max_average_distance_wad)
        if feed.max_median_distance_wad and feed.aggregator != CLAMPED_MEAN:
            votes = _near(votes, centre, feed.max_median_distance_wad)
        if not self._is_guarded(votes):
            return None
        mid = self._aggregate(votes)
        floor = mid * feed.floor_spread_wad // WAD + 1
        width = max(self._half_width(votes, mid), floor)
        is_wide = Fraction(width, mid) > Fraction(feed.wide_spread_wad, WAD)
        if is_wide and feed.wide_price == AT_MID:
            width = floor
        if mid - width < UNIT or not self._is_step(mid // UNIT, now):
            return None
        low, high = (mid - width) // UNIT * UNIT, -(-(mid + width) // UNIT) * UNIT
        if feed.aggregator in (MEDIAN, CLAMPED_MEAN) and not low <= self.shown * UNIT <= high:
            is_wide = True  # a filter made it against the median of all
        if is_wide and feed.wide_price == NO_PRICE_WHEN_WIDE:
            return None
        oldest = min(quote.published_at for quote, _ in votes)
        return Price(
            low=low,
            mid=mid // UNIT * UNIT,
            high=high,
            collateral=low,
            published_at=max(quote.published_at for quote, _ in votes),
            status=WIDE if is_wide else FINE,
            observed_from_s=oldest if now - oldest <= OLDEST_S else 0,
        )

    def _counts(self, v: int) -> bool:
        feed = self.feed
        return self.venues[v].weight > 0 and (v == feed.venue or feed.aggregator != SINGLE_VENUE)

    def _valid(self, now: int) -> list[Vote]:
        feed = self.feed
        return [
            (quote, rule.weight)
            for v, (quote, rule) in enumerate(zip(self.held, self.venues, strict=True))
            if self._counts(v)
            and quote.published_at + rule.max_age_s >= now
            and feed.min_price_wad < quote.price_wad < feed.max_price_wad
            and quote.confidence_wad * WAD <= rule.max_confidence_wad * quote.price_wad
        ]

    def _is_guarded(self, votes: Sequence[Vote]) -> bool:
        if not votes or self.feed.aggregator == SINGLE_VENUE:
            return bool(votes)
        total = sum(weight for _, weight in votes)
        heaviest = max(weight for _, weight in votes)
        return (
            len(votes) >= self.feed.min_venues
            and total >= self.feed.min_weight
            and Fraction(heaviest, total) < Fraction(self.feed.max_venue_share_wad, WAD)
        )

    def _move_average(self, price: int, now: int) -> None:
        before, at = self.average_past
        elapsed = now - at
        moved = Fraction(price - before) * elapsed / (elapsed + self.feed.average_s)
        self.average = (before + int(moved) if before else price, now)  # int() rounds toward zero: where it was

    def _aggregate(self, votes: Sequence[Vote]) -> int:
        median = _reached(votes, Fraction(1, 2))
        if self.feed.aggregator == MEAN:
            return sum(quote.price_wad for quote, _ in votes) // len(votes)
        if self.feed.aggregator == CLAMPED_MEAN:
            least, most = (median * (WAD + sign * self.feed.max_median_distance_wad) // WAD for sign in (-1, 1))
            weighted = sum(min(max(quote.price_wad, least), most) * weight for quote, weight in votes)
            return weighted // sum(weight for _, weight in votes)
        return median

    def _half_width(self, votes: Sequence[Vote], mid: int) -> int:
        if self.feed.aggregator == SINGLE_VENUE:
            return votes[0][0].confidence_wad
        if self.feed.aggregator == MEAN:
            return 0
        low = next(p for p, share in _shares(votes) if share > Fraction(1, 3))
        return max(mid - low, _reached(votes, Fraction(2, 3)) - mid)

    def _is_step(self, mid: int, now: int) -> bool:
        feed = self.feed
        if not feed.max_step_wad or not self.past:
            return True
        made_at, price = self.past[-1]
        last = price.mid // UNIT
        limit = Fraction(feed.max_step_wad + feed.max_step_wad_per_s * (now - made_at), WAD)
        return Fraction(abs(mid - last), last) <= limit


def _shares(votes: Sequence[Vote]) -> list[tuple[int, Fraction]]:
    """Each quoted price with the share of the weight that is at it or below."""
    total = sum(weight for _, weight in votes)
    return [
        (price, Fraction(sum(weight for quote, weight in votes if quote.price_wad <= price), total))
        for price in sorted(quote.price_wad for quote, _ in votes)
    ]


def _reached(votes: Sequence[Vote], share: Fraction) -> int:
    """The lowest quote that reaches a share of the weight."""
    return next(price for price, below in _shares(votes) if below >= share)


def _near(votes: Sequence[Vote], centre: int, distance_wad: int) -> list[Vote]:
    limit = Fraction(distance_wad, WAD)
    return [vote for vote in votes if abs(vote[0].price_wad - centre) <= centre * limit]


def _redeemed(price: Price, feed: FeedRule, base: Price | None) -> Price:
    if not feed.redemption_band_wad and feed.valuation == MARKET:
        return price
    rate = Fraction(feed.redemption_rate_wad, WAD)
    base = base or Price(WAD, WAD, WAD, WAD, 0, FINE)
    low, mid = int(base.low * rate), int(base.mid * rate)
    blend = Fraction(feed.blend_wad, WAD)
    collateral = {
        MARKET: price.low,
        REDEMPTION: low,
        MINIMUM: min(price.low, low),
        BLEND: int(price.low * (1 - blend) + low * blend),
    }[feed.valuation]
    if base.status == HALTED and feed.valuation != MARKET:
        collateral = min(price.low, low or price.low)
    is_off = feed.redemption_band_wad and abs(price.mid - mid) > mid * Fraction(feed.redemption_band_wad, WAD)
    is_unsure = price.status == FINE and (base.status != FINE or is_off)
    return price._replace(collateral=collateral, status=WIDE if is_unsure else price.status)
