"""What a machine draws: descriptions that the state turns into numbers, most of them valid by construction.

Every draw takes its randomness from the generator of its sequence and from nothing else: a sequence is the same
everywhere, alone or among others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from sim.fuzz.facts import WAD, Facts
from sim.fuzz.model import Quote

T = TypeVar("T")
#: Something that is drawn.
Draw = Callable[[Random], T]

#: Amounts at which rounding shows.
DUST = (0, 1, 2, 7, 8, 9, 10, 99, 10**6 - 1, 10**6)


def one_of(*values: T) -> Draw[T]:
    """One of these, equally likely; what stands there twice is twice as likely."""
    return lambda rng: values[rng.randrange(len(values))]


def either(*draws: Draw[T]) -> Draw[T]:
    """One of these draws."""
    return lambda rng: draws[rng.randrange(len(draws))](rng)


def within(least: int, most: int) -> Draw[int]:
    """A whole number, both ends included."""
    return lambda rng: rng.randint(least, most)


@dataclass(frozen=True, slots=True)
class Amount:
    """A share of the most that the state allows, exactly that, one more, or dust."""

    kind: str  # share, all, over, dust
    bits: int = 0
    mantissa: int = 8

    def of(self, most: int) -> int:
        """Turn it into a number."""
        if self.kind == "all":
            return most
        if self.kind == "over":
            return most + 1
        if self.kind == "dust":
            return DUST[self.mantissa % len(DUST)]
        return max(1, most * self.mantissa >> (self.bits + 4))


_KINDS = one_of(*("share",) * 19, "all", "all", "all", "over", "over", "dust")
_BITS = one_of(0, 0, 1, 2, 3, 5, 8, 13, 21, 34)


def AMOUNTS(rng: Random) -> Amount:
    """Any amount."""
    return Amount(_KINDS(rng), _BITS(rng), rng.randint(8, 15))


ANY = within(0, 7)
YES_OR_NO = one_of(False, True)
SELDOM = one_of(*(False,) * 19, True)
#: What a poor account is given before it trades, as a share of a deposit: enough, or next to nothing.
STAKE = Amount("share", 0, 8)
STAKES = one_of(STAKE, STAKE, Amount("share", 8, 12), Amount("share", 11, 12))
#: The worst result that a call accepts: any, exactly what it will be, or one unit better than that.
BOUNDS: Draw[int | None] = one_of(*(None,) * 14, 0, 0, 1)


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one feed's price, or of all."""

    feed: int  # -1: all that do not begin at a dollar
    bps: int  # of the price now


def MOVES(rng: Random) -> Move:
    """Half of the time none; else a ripple or a jump."""
    match rng.randrange(4):
        case 0 | 1:
            return Move(-1, 0)
        case 2:
            return Move(rng.randint(-1, 3), rng.randint(-100, 100))
    percent = rng.randint(5, 60)
    return Move(rng.randint(-1, 2), 100 * (percent if rng.random() < 0.5 else -percent))


@dataclass(frozen=True, slots=True)
class Chaos:
    """What venues do wrong in one report, for one feed."""

    feed: int
    faults: tuple[str, ...]  # by venue, in turn; "" is none

    def row(self, quotes: Sequence[Quote], now_s: int) -> list[int]:
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


def MADNESS(rng: Random) -> Chaos:
    """One fault of some venues, in the order of their weight or against it; or each venue for itself."""
    feed = rng.randrange(4)
    if rng.random() < 0.5:
        return Chaos(feed, tuple(rng.choice(("", *FAULTS)) for _ in range(_VENUES)))
    n = rng.randint(1, _VENUES)
    faults = (rng.choice(FAULTS),) * n + ("",) * (_VENUES - n)
    return Chaos(feed, faults if rng.random() < 0.5 else faults[::-1])


def CHAOS(rng: Random) -> Chaos:
    """Mostly none; sometimes venues that disagree; sometimes madness."""
    kind = rng.randrange(10)
    if kind < 8:
        return CALM
    return Chaos(rng.randrange(4), ("wide",)) if kind == 8 else MADNESS(rng)


SECONDS = one_of(1, 1, 5, 12, 30, 59, 60, 61, 600, 3_600, 86_400)
#: How far a crash goes, as a place of the account on its ladder.
DEPTHS = one_of("above", "edge", "edge", "edge", "charges", "broke", "ruin")


def honest(price_wad: int, now_s: int, venues: int) -> list[Quote]:
    """Venues that agree within some basis points, a tenth of a basis point sure."""
    spread = (0, 1, -1, 2, -2, 1, -1, 0)
    return [Quote(price_wad * (100_000 + spread[v]) // 100_000, price_wad // 100_000, now_s) for v in range(venues)]


def moved(prices_wad: Sequence[int], base_wad: Sequence[int], move: Move, facts: Facts) -> tuple[int, ...]:
    """Prices after a move. One that strays too far from where it began returns there."""
    result = list(prices_wad)
    feeds = [f for f, price in enumerate(base_wad) if price != WAD] if move.feed < 0 else [move.feed % len(result)]
    for f in feeds:
        price = result[f] * (10_000 + move.bps) // 10_000
        least, most = facts.oracle.bounds_wad[f]
        strays = not base_wad[f] // 15 < price < base_wad[f] * 6
        if strays or not least * 21 // 20 < price < most * 19 // 20:
            price = base_wad[f]
        result[f] = price
    return pegged(tuple(result), facts, move.feed)


def pegged(prices_wad: Sequence[int], facts: Facts, but: int = -1) -> tuple[int, ...]:
    """Prices with what is redeemed for another asset at its redemption value, but for one feed."""
    result = list(prices_wad)
    for f, redemption in enumerate(facts.oracle.redemptions):
        if redemption.base is not None and f != but:
            result[f] = result[redemption.base] * redemption.rate_wad // WAD
    return tuple(result)


def base_prices(prices_usd: Sequence[float]) -> tuple[int, ...]:
    """Opening prices in WAD, kept to nine decimals as the deployment keeps them."""
    return tuple(round(price * 10**9) * (WAD // 10**9) for price in prices_usd)
