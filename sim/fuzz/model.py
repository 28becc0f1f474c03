"""What the oracle has to say, worked out from the quotes that were reported, by other means than the contract's."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.fuzz.facts import HALTED, OK, WAD, WIDE, Facts
from sim.fuzz.snapshot import Price

#: The oracle keeps prices in units of 1e-12 USD.
UNIT_WAD = 10**6


@dataclass(frozen=True, slots=True)
class Quote:
    """A venue's last accepted message; WAD and unix seconds."""

    price: int
    confidence: int
    published_at: int

    @classmethod
    def from_word(cls, word: int) -> Quote:
        """Read `price 96 | confidence 96 | published_at 64`."""
        return cls(word >> 160, (word >> 64) % 2**96, word % 2**64)

    @property
    def word(self) -> int:
        """The message as it is sent."""
        return (self.price << 160) | (self.confidence << 64) | self.published_at


NO_QUOTE = Quote(0, 0, 0)


@dataclass(slots=True)
class OracleModel:
    """Quotes and cached prices of every feed."""

    facts: Facts
    quotes: list[list[Quote]]  # [feed][venue]
    cached: list[Price]  # by feed
    survivors: list[int] = field(default_factory=list)  # venues behind each feed's last price

    @classmethod
    def opened(cls, facts: Facts, prices_wad: list[int], time_s: int) -> OracleModel:
        """The oracle after the first deposits: every venue quoted the same price."""
        venues = len(facts.oracle.weights)
        quotes = [[Quote(price, 0, time_s)] * venues for price in prices_wad]
        model = cls(facts, quotes, [Price(0, 0, 0, 0, HALTED)] * len(prices_wad), [0] * len(prices_wad))
        model._update_all(time_s)
        return model

    def report(self, rows: list[list[int]], now_s: int) -> None:
        """Take messages: one counts if it is newer than the one held and not from the future."""
        for f, row in enumerate(rows):
            for v, word in enumerate(row):
                quote = Quote.from_word(word)
                if word and self.quotes[f][v].published_at < quote.published_at <= now_s:
                    self.quotes[f][v] = quote
        self._update_all(now_s)

    def prices(self, now_s: int) -> tuple[Price, ...]:
        """What the oracle must answer now."""
        limit = self.facts.oracle.max_price_age_s
        return tuple(
            price._replace(status=HALTED) if price.published_at + limit < now_s else price for price in self.cached
        )

    def _update_all(self, now_s: int) -> None:
        for f in range(len(self.quotes)):
            price = self._price(f, now_s)
            self.cached[f] = self.cached[f]._replace(status=HALTED) if price is None else price

    def _price(self, f: int, now_s: int) -> Price | None:
        """Median and terciles of the surviving quotes, each written down as often as it weighs."""
        rules = self.facts.oracle
        least, most = rules.bounds_wad[f]
        alive = [
            (quote, weight)
            for quote, weight in zip(self.quotes[f], rules.weights, strict=True)
            if weight > 0
            and now_s - rules.max_venue_age_s <= quote.published_at <= now_s
            and least < quote.price < most
            and quote.confidence * WAD <= quote.price * rules.max_confidence_wad
        ]
        self.survivors[f] = len(alive)
        votes = sorted(quote.price for quote, weight in alive for _ in range(weight))
        n = len(votes)
        heaviest = max((weight for _, weight in alive), default=0)
        guarded = (
            len(alive) >= rules.min_venues and n >= rules.min_weight and heaviest * WAD < n * rules.max_venue_share_wad
        )
        if not guarded:
            return None
        low, mid, high = votes[n // 3], votes[-(-n // 2) - 1], votes[-(-2 * n // 3) - 1]
        width = max(mid - low, high - mid, mid * rules.floor_spread_wad // WAD + 1)
        if width >= mid or (mid - width) < UNIT_WAD:
            return None
        return Price(
            low=(mid - width) // UNIT_WAD * UNIT_WAD,
            mid=mid // UNIT_WAD * UNIT_WAD,
            high=-(-(mid + width) // UNIT_WAD) * UNIT_WAD,
            published_at=max(quote.published_at for quote, _ in alive),
            status=WIDE if width * WAD > mid * rules.wide_wad else OK,
        )
