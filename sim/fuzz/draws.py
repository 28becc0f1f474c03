"""What Hypothesis draws: descriptions that the state turns into numbers, most of them valid by construction."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from sim.fuzz.facts import WAD, Facts
from sim.fuzz.model import Quote

#: Amounts at which rounding shows.
DUST = (0, 1, 2, 7, 8, 9, 10, 99, 10**6 - 1, 10**6)


@dataclass(frozen=True, slots=True)
class Amount:
    """A share of the most that the state allows, exactly that, one more, or dust."""

    kind: str  # share, all, over, dust
    bits: int
    mantissa: int

    def of(self, most: int) -> int:
        """Turn it into a number."""
        if self.kind == "all":
            return most
        if self.kind == "over":
            return most + 1
        if self.kind == "dust":
            return DUST[self.mantissa % len(DUST)]
        return max(1, most * self.mantissa >> (self.bits + 4))


AMOUNTS = st.builds(
    Amount,
    kind=st.sampled_from(("share",) * 9 + ("all", "all", "over", "dust")),
    bits=st.sampled_from((0, 0, 1, 2, 3, 5, 8, 13, 21, 34)),
    mantissa=st.integers(8, 15),
)


#: What a poor account is given before it trades, as a share of a deposit: enough, or next to nothing.
STAKE = Amount("share", 0, 8)
STAKES = st.sampled_from((STAKE, STAKE, Amount("share", 8, 12), Amount("share", 11, 12)))
#: The fill price that a trade accepts: any, exactly the one without impact, or one unit better than that.
BOUNDS = st.sampled_from((None,) * 12 + (0, 1))


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one feed's price, or of all."""

    feed: int  # -1: all but the dollar
    bps: int  # of the price now


_JUMPS = st.integers(-60, -5) | st.integers(5, 60)
MOVES = st.one_of(
    st.just(Move(-1, 0)),
    st.just(Move(-1, 0)),
    st.builds(Move, feed=st.integers(-1, 3), bps=st.integers(-100, 100)),
    st.builds(Move, feed=st.integers(-1, 2), bps=_JUMPS.map(lambda percent: 100 * percent)),
)


@dataclass(frozen=True, slots=True)
class Chaos:
    """What venues do wrong in one report, for one feed."""

    feed: int
    faults: tuple[str, ...]  # by venue, in turn; "" is none

    def row(self, quotes: list[Quote], now_s: int) -> list[int]:
        """The feed's words with the faults in them."""
        return [self._fault(self.faults[v % len(self.faults)], q, v, now_s) for v, q in enumerate(quotes)]

    @staticmethod
    def _fault(kind: str, quote: Quote, v: int, now_s: int) -> int:
        price = quote.price
        match kind:
            case "":
                return quote.word
            case "silent":
                return 0
            case "low":
                return Quote(price // 10, quote.confidence, now_s).word
            case "high":
                return Quote(price * 10, quote.confidence, now_s).word
            case "zero":
                return Quote(0, 0, now_s).word
            case "absurd":
                return Quote(2**96 - 1, 0, now_s).word
            case "wide":
                return Quote(price * (100 + 3 * (v % 3 - 1)) // 100, quote.confidence, now_s).word
            case "unsure":
                return Quote(price, price * 3 // 100, now_s).word
            case "future":
                return Quote(price, quote.confidence, now_s + 1).word
            case "old":
                return Quote(price // 2, quote.confidence, now_s - 3_600).word
        raise ValueError(kind)


CALM = Chaos(0, ("",))
FAULTS = ("silent", "low", "high", "zero", "absurd", "wide", "unsure", "future", "old")
_VENUES = 8
_FEEDS = st.integers(0, 3)
#: One fault of some venues, in the order of their weight or against it; or each venue for itself.
_ONE_FAULT = st.builds(
    lambda feed, kind, n, heavy: Chaos(feed, _some(kind, n) if heavy else _some(kind, n)[::-1]),
    feed=_FEEDS,
    kind=st.sampled_from(FAULTS),
    n=st.integers(1, _VENUES),
    heavy=st.booleans(),
)
_MANY_FAULTS = st.builds(Chaos, feed=_FEEDS, faults=st.tuples(*[st.sampled_from(("", "", *FAULTS))] * _VENUES))
_WIDE = st.builds(Chaos, feed=_FEEDS, faults=st.just(("wide",)))
MADNESS = st.one_of(_ONE_FAULT, _MANY_FAULTS, _WIDE)
CHAOS = st.one_of(st.just(CALM), st.just(CALM), st.just(CALM), _WIDE, MADNESS)
SECONDS = st.sampled_from((1, 1, 5, 12, 30, 59, 60, 61, 600, 3_600, 86_400))
#: How far a crash goes, as a place of the account on its ladder.
DEPTHS = st.sampled_from(("above", "edge", "edge", "edge", "charges", "broke", "ruin"))


def _some(kind: str, n: int) -> tuple[str, ...]:
    return (kind,) * n + ("",) * (_VENUES - n)


def honest(price_wad: int, now_s: int, venues: int) -> list[Quote]:
    """Venues that agree within some basis points, a tenth of a basis point sure."""
    spread = (0, 1, -1, 2, -2, 1, -1, 0)
    return [Quote(price_wad * (100_000 + spread[v]) // 100_000, price_wad // 100_000, now_s) for v in range(venues)]


def moved(prices_wad: list[int], base_wad: list[int], move: Move, facts: Facts) -> list[int]:
    """Prices after a move. One that strays too far from where it began returns there."""
    result = list(prices_wad)
    feeds = range(len(result) - 1) if move.feed < 0 else (move.feed,)
    for f in feeds:
        price = result[f] * (10_000 + move.bps) // 10_000
        least, most = facts.oracle.bounds_wad[f]
        strays = not base_wad[f] // 15 < price < base_wad[f] * 6
        if strays or not least * 21 // 20 < price < most * 19 // 20:
            price = base_wad[f]
        result[f] = price
    return result


def base_prices(prices_usd: list[float]) -> list[int]:
    """Opening prices in WAD, kept to nine decimals as the deployment keeps them."""
    return [round(price * 10**9) * (WAD // 10**9) for price in prices_usd]
