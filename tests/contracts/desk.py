"""An oracle with one feed and its venues, and what it should say, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace

from contracts.stage import FINE, WAD, WIDE, Stage

UNIT = 10**6  # wei per unit of a cached price
VENUES = 8


@dataclass(frozen=True, slots=True)
class Quote:
    """What a venue says; no venue says anything before 1970."""

    price_wad: int = 0
    confidence_wad: int = 0
    published_at: int = 0

    @property
    def word(self) -> int:
        return self.price_wad << 160 | self.confidence_wad << 64 | self.published_at


@dataclass(frozen=True, slots=True)
class VenueRule:
    """How far a venue is trusted."""

    weight: int = 1
    max_age_s: int = 60
    max_confidence_wad: int = WAD // 50


@dataclass(frozen=True, slots=True)
class FeedRule:
    """How quotes become a price."""

    min_price_wad: int = WAD
    max_price_wad: int = 10**6 * WAD
    floor_spread_wad: int = 0
    wide_spread_wad: int = WAD // 100
    max_age_s: int = 60
    min_venues: int = 3
    min_weight: int = 0
    max_venue_share_wad: int = WAD // 2
    is_single_venue: bool = False
    venue: int = 0

    @property
    def arguments(self) -> tuple[int | bool, ...]:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


class Desk:
    """One feed of a fresh oracle, on a stage of its own or on one that nobody moves."""

    def __init__(self, venues: Sequence[VenueRule], feed: FeedRule, stage: Stage | None = None) -> None:
        self.stage = stage or Stage()
        self.oracle = self.stage.deploy("Oracle.vy", self.stage.address("admin"))
        self.venues, self.feed = list(venues), feed
        for v, rule in enumerate(venues):
            self.set_venue(v, rule)
        self.oracle.send("set_feed", 0, feed.arguments, by="admin")

    def set_venue(self, v: int, rule: VenueRule, by: str = "reporter") -> None:
        """Change a venue, and who reports for it."""
        self.venues[v] = rule
        row = (self.stage.address(by), rule.weight, rule.max_age_s, rule.max_confidence_wad)
        self.oracle.send("set_venue", v, row, by="admin")

    def quotes(self, prices_usd: Sequence[float | None]) -> list[Quote | None]:
        """Sure quotes of now."""
        now = self.stage.time_s
        return [p if p is None else Quote(int(p * WAD), 0, now) for p in prices_usd]

    def report(self, quotes: Sequence[Quote | None]):
        """Report for the feed; None says nothing new."""
        words = [0 if quote is None else quote.word for quote in quotes]
        padded = [*words, *[0] * (VENUES - len(words))]
        return self.oracle.send("report", padded, by="reporter")

    def quote(self, *prices_usd: float | None):
        """Report sure prices of now."""
        return self.report(self.quotes(prices_usd))

    @property
    def price(self) -> SimpleNamespace:
        """What readers of the feed get."""
        return self.oracle.read("prices")[0]

    @property
    def band_usd(self) -> tuple[float, float, float]:
        """Low, mid and high, to a cent."""
        price = self.price
        return tuple(round(each / WAD, 2) for each in (price.low, price.mid, price.high))


def expected(
    quotes: Sequence[Quote | None], venues: Sequence[VenueRule], feed: FeedRule, now: int
) -> tuple[int, int, int, int, int] | None:
    """(low, mid, high, published, status) of a first report; None if there is no price."""
    said = [Quote() if q is None or q.published_at > now else q for q in quotes]
    survivors = [
        (quote, rule)
        for v, (quote, rule) in enumerate(zip(said, venues, strict=True))
        if rule.weight > 0
        and (v == feed.venue or not feed.is_single_venue)
        and quote.published_at + rule.max_age_s >= now
        and feed.min_price_wad < quote.price_wad < feed.max_price_wad
        and quote.confidence_wad * WAD <= rule.max_confidence_wad * quote.price_wad
    ]
    total = sum(rule.weight for _, rule in survivors)
    if not survivors or not (feed.is_single_venue or _is_guarded(survivors, feed, total)):
        return None

    def share_up_to(price: int) -> Fraction:
        below = sum(rule.weight for quote, rule in survivors if quote.price_wad <= price)
        return Fraction(below, total)

    prices = sorted(quote.price_wad for quote, _ in survivors)
    low = next(p for p in prices if share_up_to(p) > Fraction(1, 3))
    mid = next(p for p in prices if share_up_to(p) >= Fraction(1, 2))
    high = next(p for p in prices if share_up_to(p) >= Fraction(2, 3))
    width = max(mid - low, high - mid, mid * feed.floor_spread_wad // WAD + 1)
    if feed.is_single_venue:
        width = max(width, survivors[0][0].confidence_wad)
    if (mid - width) < UNIT:
        return None
    is_wide = Fraction(width, mid) > Fraction(feed.wide_spread_wad, WAD)
    newest = max(quote.published_at for quote, _ in survivors)
    cached_low, cached_mid = (mid - width) // UNIT * UNIT, mid // UNIT * UNIT
    cached_high = -(-(mid + width) // UNIT) * UNIT
    return cached_low, cached_mid, cached_high, newest, WIDE if is_wide else FINE


def _is_guarded(survivors: Sequence[tuple[Quote, VenueRule]], feed: FeedRule, total: int) -> bool:
    heaviest = max(rule.weight for _, rule in survivors)
    return (
        len(survivors) >= feed.min_venues
        and total >= feed.min_weight
        and Fraction(heaviest, total) < Fraction(feed.max_venue_share_wad, WAD)
    )


def five(**changes: object) -> Desk:
    """Five equal venues."""
    return Desk([VenueRule()] * 5, replace(FeedRule(), **changes))
