"""What one feed of the oracle should say, report by report, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from contracts.desk import (
    BLEND,
    CLAMPED_MEAN,
    MARKET,
    MEAN,
    MINIMUM,
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


NO_PRICE = Price(0, 0, 0, 0, 0, HALTED)


@dataclass(slots=True)
class Twin:
    """The feed's quotes, its last price and its history."""

    venues: Sequence[VenueRule]
    feed: FeedRule
    held: list[Quote] = field(init=False)
    price: Price = NO_PRICE
    average: int = 0  # in units of a cached price
    averaged_at: int = 0
    accepted_at: int = 0
    decided_at: int = 0

    def __post_init__(self) -> None:
        self.held = [Quote()] * len(self.venues)

    @property
    def history(self) -> int:
        """The word that the oracle keeps."""
        return self.average << 96 | self.averaged_at << 64 | self.accepted_at << 32 | self.decided_at

    def report(self, said: Sequence[Quote | None], now: int) -> None:
        """Keep what is newer and not from the future; decide once per block."""
        for v, quote in enumerate(said):
            if quote is not None and self.held[v].published_at < quote.published_at <= now:
                self.held[v] = quote
        if self.decided_at == now:
            return
        self.decided_at = now
        price = self._made(now)
        if price is None:
            self.price = self.price._replace(status=HALTED)
        else:
            self.price, self.accepted_at = price, now

    def read(self, now: int, base: Price | None = None) -> Price:
        """The price as of now; `base` is what the asset is redeemed in, None is USD."""
        if self.accepted_at == 0:
            return NO_PRICE
        is_old = now - self.price.published_at > self.feed.max_age_s
        price = self.price._replace(status=HALTED) if is_old else self.price
        return _redeemed(price, self.feed, base)

    def _made(self, now: int) -> Price | None:
        feed = self.feed
        votes = self._valid(now)
        if not self._is_guarded(votes):
            return None
        centre = _reached(votes, Fraction(1, 2))
        if feed.max_average_distance_wad:
            self._move_average(centre // UNIT, now)
            votes = _near(votes, self.average * UNIT, feed.max_average_distance_wad)
        if feed.max_median_distance_wad and feed.aggregator != CLAMPED_MEAN:
            votes = _near(votes, centre, feed.max_median_distance_wad)
        if not self._is_guarded(votes):
            return None
        mid = self._aggregate(votes)
        width = max(self._half_width(votes, mid), mid * feed.floor_spread_wad // WAD + 1)
        if mid - width < UNIT or not self._is_step(mid // UNIT, now):
            return None
        is_wide = Fraction(width, mid) > Fraction(feed.wide_spread_wad, WAD)
        low = (mid - width) // UNIT * UNIT
        return Price(
            low=low,
            mid=mid // UNIT * UNIT,
            high=-(-(mid + width) // UNIT) * UNIT,
            collateral=low,
            published_at=max(quote.published_at for quote, _ in votes),
            status=WIDE if is_wide else FINE,
        )

    def _valid(self, now: int) -> list[Vote]:
        feed = self.feed
        return [
            (quote, rule.weight)
            for v, (quote, rule) in enumerate(zip(self.held, self.venues, strict=True))
            if rule.weight > 0
            and (v == feed.venue or feed.aggregator != SINGLE_VENUE)
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
        elapsed = now - self.averaged_at
        moved = Fraction(price - self.average) * elapsed / (elapsed + self.feed.average_s)
        self.average = self.average + int(moved) if self.average else price  # int() rounds toward zero: where it was
        self.averaged_at = now

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
        if not feed.max_step_wad or not self.accepted_at:
            return True
        last = self.price.mid // UNIT
        limit = Fraction(feed.max_step_wad + feed.max_step_wad_per_s * (now - self.accepted_at), WAD)
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
