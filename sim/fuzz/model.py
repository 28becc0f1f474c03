"""What the oracle has to say, worked out from the quotes that were reported, by other means than the contract's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from sim.fuzz.facts import HALTED, OK, WAD, WIDE, Facts, Redemption
from sim.fuzz.orders import REMEMBERED
from sim.fuzz.snapshot import Price

#: The oracle keeps prices in units of 1e-12 USD.
UNIT_WAD = 10**6
#: Ids in contracts/lib/feed_rules.vy.
WEIGHTED_MEDIAN, CLAMPED_MEAN, SINGLE_VENUE, PLAIN_MEAN = range(4)
MARKET, REDEMPTION, MINIMUM, BLEND = range(4)
AT_EDGE, AT_MID, NO_PRICE_WHEN_WIDE = range(3)


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


NO_PRICE = Price(0, 0, 0, 0, 0, HALTED)
Vote = tuple[Quote, int]  # a quote and its weight


#: A gap between the mid and what venues show is told in millionths, up to a bound.
_MILLION, _FARTHEST = 10**6, 2**23 - 1
#: An oldest quote is told up to this age.
_OLDEST_S = 2**14 - 2


@dataclass(slots=True)
class Memory:
    """What the oracle remembers of one feed besides its quotes. Each decision starts from what was before its block."""

    price: Price = NO_PRICE  # the last one that was made, by this block or an earlier one
    accepted_at: int = 0
    before: tuple[Price, int] = (NO_PRICE, 0)  # of an earlier block, and when it was accepted
    is_lost: bool = True  # the last decision found no price
    mids: list[int] = field(default_factory=list)  # that this block's decisions found
    average: int = 0  # in units of a cached price
    averaged_at: int = 0
    average_before: tuple[int, int] = (0, 0)
    shown: int = 0  # median that a quorum showed at the last decision, in units
    block_s: int = 0
    made: dict[int, Price] = field(default_factory=dict)  # the last prices, by the time of the block that made each

    def turn_to(self, now_s: int) -> None:
        """Begin a block, or decide once more in the one that is open."""
        if self.block_s != now_s:
            self.before, self.average_before = (self.price, self.accepted_at), (self.average, self.averaged_at)
            self.mids, self.block_s = [], now_s
        self.price, self.accepted_at = self.before
        self.average, self.averaged_at = self.average_before
        self.shown = 0

    def keep(self, now_s: int) -> None:
        """Remember what this block leaves, and as many prices before it as the oracle does."""
        self.made.pop(now_s, None)
        if self.accepted_at == now_s:
            self.made[now_s] = self.told(now_s)._replace(status=self.price.status)
        for time_s in sorted(self.made)[: -REMEMBERED - 1]:
            del self.made[time_s]

    def told(self, now_s: int) -> Price:
        """The last price, before its age and redemption are looked at."""
        price = self.price
        if self.mids and now_s == self.block_s == self.accepted_at:
            low, high = min(price.low, *self.mids), max(price.high, *self.mids)
            price = price._replace(low=low, high=high, collateral=low)
        mid = price.mid // UNIT_WAD
        shown = 0
        if self.shown and mid:
            gap = min(int(Fraction((self.shown - mid) * _MILLION, mid)), _FARTHEST)
            shown = mid * (_MILLION + gap) // _MILLION * UNIT_WAD
        return price._replace(status=HALTED if self.is_lost else price.status, shown=shown)


@dataclass(slots=True)
class OracleModel:
    """Quotes and prices of every feed."""

    facts: Facts
    quotes: list[list[Quote]]  # [feed][venue]
    memory: list[Memory]  # by feed
    survivors: list[int] = field(default_factory=list)  # valid quotes at each feed's last decision
    faults: list[set[str]] = field(default_factory=list)  # why quotes did not count there: age, bounds, confidence
    late: list[set[str]] = field(default_factory=list)  # messages of the last report that were not kept: future, older
    fresh: set[int] = field(default_factory=set)  # feeds to which the last report brought something of weight

    @classmethod
    def opened(cls, facts: Facts, prices_wad: Sequence[int], time_s: int) -> OracleModel:
        """The oracle after the first deposits: every venue quoted the same price."""
        venues = len(facts.oracle.weights)
        quotes = [[Quote(price, 0, time_s)] * venues for price in prices_wad]
        model = cls(facts, quotes, [Memory() for _ in prices_wad], [0] * len(prices_wad))
        model.faults = [set() for _ in prices_wad]
        for f in range(len(prices_wad)):
            model._decide(f, time_s)
        return model

    def report(self, rows: Sequence[Sequence[int]], now_s: int) -> None:
        """Take messages: one counts if it is newer than the one held and not from the future."""
        self.late, self.fresh = [set() for _ in rows], set()
        for f, row in enumerate(rows):
            for v, word in enumerate(row):
                quote = Quote.from_word(word)
                if word and self.quotes[f][v].published_at < quote.published_at <= now_s:
                    self.quotes[f][v] = quote
                    if self._counts(v):
                        self.fresh.add(f)
                elif word:
                    self.late[f].add("future" if quote.published_at > now_s else "older")
            if f in self.fresh:
                self._decide(f, now_s)

    def prices(self, now_s: int) -> tuple[Price, ...]:
        """What the oracle must answer now."""
        limit = self.facts.oracle.max_price_age_s
        plain = []
        for memory in self.memory:
            price = memory.told(now_s)
            is_old = price.published_at + limit < now_s
            plain.append(price._replace(status=HALTED) if is_old else price)
        told = list(plain)
        for of_feed in (True, False):  # the bases first
            for f, redemption in enumerate(self.facts.oracle.redemptions):
                if (redemption.base is None) == of_feed:
                    base = None if redemption.base is None else told[redemption.base]
                    told[f] = _redeemed(plain[f], redemption, base)
        return tuple(told)

    def told_faults(self) -> tuple[frozenset[str], ...]:
        """By feed, why venues did not count and messages of the last report were not kept."""
        late = self.late or [set() for _ in self.faults]
        return tuple(frozenset(ours | theirs) for ours, theirs in zip(self.faults, late, strict=True))

    def _decide(self, f: int, now_s: int) -> None:
        """Make the price of a feed, as if all that its block has brought so far had come at once."""
        memory = self.memory[f]
        memory.turn_to(now_s)
        price = self._price(f, now_s)
        memory.is_lost = price is None
        if price is not None:
            memory.price, memory.accepted_at = price, now_s
            memory.mids.append(price.mid)
        memory.keep(now_s)

    def _counts(self, v: int) -> bool:
        rules = self.facts.oracle
        return rules.weights[v] > 0 and (rules.aggregator != SINGLE_VENUE or v == rules.venue)

    def _price(self, f: int, now_s: int) -> Price | None:
        rules, memory = self.facts.oracle, self.memory[f]
        votes = self._valid(f, now_s)
        self.survivors[f] = len(votes)
        if not self._is_guarded(votes):
            return None
        centre = _reached(votes, 1, 2)
        memory.shown = centre // UNIT_WAD
        if rules.max_average_distance_wad:
            _move_average(memory, centre // UNIT_WAD, now_s, rules.average_s)
        if rules.max_median_distance_wad and rules.aggregator != CLAMPED_MEAN:
            votes = _near(votes, centre, rules.max_median_distance_wad)
        if rules.max_average_distance_wad:
            votes = _near(votes, memory.average * UNIT_WAD, rules.max_average_distance_wad)
        if not self._is_guarded(votes):
            return None
        mid, width = self._aggregate(votes)
        floor = mid * rules.floor_spread_wad // WAD + 1
        width = max(width, floor)
        is_wide = Fraction(width, mid) > Fraction(rules.wide_wad, WAD)
        if is_wide and rules.wide_price == AT_MID:
            width = floor
        if mid - width < UNIT_WAD or not self._is_step(memory, mid // UNIT_WAD, now_s):
            return None
        low, high = (mid - width) // UNIT_WAD * UNIT_WAD, -(-(mid + width) // UNIT_WAD) * UNIT_WAD
        if rules.aggregator in (WEIGHTED_MEDIAN, CLAMPED_MEAN):
            is_wide |= not low <= memory.shown * UNIT_WAD <= high
        if is_wide and rules.wide_price == NO_PRICE_WHEN_WIDE:
            return None
        oldest = min(quote.published_at for quote, _ in votes)
        return Price(
            low=low,
            mid=mid // UNIT_WAD * UNIT_WAD,
            high=high,
            collateral=low,
            published_at=max(quote.published_at for quote, _ in votes),
            status=WIDE if is_wide else OK,
            observed_from_s=oldest if now_s - oldest <= _OLDEST_S else 0,
        )

    def _valid(self, f: int, now_s: int) -> list[Vote]:
        rules = self.facts.oracle
        least, most = rules.bounds_wad[f]
        votes, faults = [], self.faults[f]
        faults.clear()
        for v, (quote, weight) in enumerate(zip(self.quotes[f], rules.weights, strict=True)):
            if not self._counts(v):
                continue
            if not now_s - rules.max_venue_age_s <= quote.published_at <= now_s:
                faults.add("age")
            elif not least < quote.price < most:
                faults.add("bounds")
            elif quote.confidence * WAD > quote.price * rules.max_confidence_wad:
                faults.add("confidence")
            else:
                votes.append((quote, weight))
        return votes

    def _is_guarded(self, votes: Sequence[Vote]) -> bool:
        rules = self.facts.oracle
        if not votes or rules.aggregator == SINGLE_VENUE:
            return bool(votes)
        total = sum(weight for _, weight in votes)
        heaviest = max(weight for _, weight in votes)
        return (
            len(votes) >= rules.min_venues
            and total >= rules.min_weight
            and Fraction(heaviest, total) < Fraction(rules.max_venue_share_wad, WAD)
        )

    def _aggregate(self, votes: Sequence[Vote]) -> tuple[int, int]:
        """(mid, half width before the floor)"""
        rules = self.facts.oracle
        median = _reached(votes, 1, 2)
        if rules.aggregator == SINGLE_VENUE:
            return median, votes[0][0].confidence
        if rules.aggregator == PLAIN_MEAN:
            return sum(quote.price for quote, _ in votes) // len(votes), 0
        mid = median
        if rules.aggregator == CLAMPED_MEAN:
            bound = rules.max_median_distance_wad
            least, most = median * (WAD - bound) // WAD, median * (WAD + bound) // WAD
            weighed = [(min(max(quote.price, least), most), weight) for quote, weight in votes]
            mid = sum(price * weight for price, weight in weighed) // sum(weight for _, weight in weighed)
        ballots = sorted(quote.price for quote, weight in votes for _ in range(weight))
        low, high = ballots[len(ballots) // 3], _reached(votes, 2, 3)
        return mid, max(mid - low, high - mid)

    def _is_step(self, memory: Memory, mid: int, now_s: int) -> bool:
        rules = self.facts.oracle
        if not rules.max_step_wad or not memory.accepted_at:
            return True
        last = memory.price.mid // UNIT_WAD
        limit_wad = rules.max_step_wad + rules.max_step_wad_per_s * (now_s - memory.accepted_at)
        return Fraction(abs(mid - last), last) <= Fraction(limit_wad, WAD)


def _reached(votes: Sequence[Vote], n: int, d: int) -> int:
    """The lowest quote at which n/d of the weight is reached: each quote written down as often as it weighs."""
    ballots = sorted(quote.price for quote, weight in votes for _ in range(weight))
    return ballots[-(-n * len(ballots) // d) - 1]


def _near(votes: Sequence[Vote], centre: int, distance_wad: int) -> list[Vote]:
    limit = Fraction(distance_wad, WAD)
    return [vote for vote in votes if abs(vote[0].price - centre) <= centre * limit]


def _move_average(memory: Memory, price: int, now_s: int, average_s: int) -> None:
    elapsed = now_s - memory.averaged_at
    moved = Fraction(price - memory.average) * elapsed / (elapsed + average_s)
    # int() rounds toward zero: toward where the average was
    memory.average = memory.average + int(moved) if memory.average else price
    memory.averaged_at = now_s


def _redeemed(price: Price, rule: Redemption, base: Price | None) -> Price:
    """A price held against what its asset is redeemed for."""
    if price.mid == 0 or (not rule.band_wad and rule.valuation == MARKET):
        return price
    of = base or Price(WAD, WAD, WAD, WAD, 0, OK)
    low, mid = of.low * rule.rate_wad // WAD, of.mid * rule.rate_wad // WAD
    collateral = (
        price.low,
        low,
        min(price.low, low),
        (price.low * (WAD - rule.blend_wad) + low * rule.blend_wad) // WAD,
    )[rule.valuation]
    if of.status == HALTED and rule.valuation != MARKET:
        collateral = min(price.low, low or price.low)
    is_off = rule.band_wad > 0 and Fraction(abs(price.mid - mid)) > mid * Fraction(rule.band_wad, WAD)
    if price.status == OK and (of.status != OK or is_off):
        return price._replace(collateral=collateral, status=WIDE)
    return price._replace(collateral=collateral)
