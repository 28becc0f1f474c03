# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Oracle
@notice Many venues in, one price band per feed out. The price is made when quotes are reported and cached in one word.

Pipeline, per feed; a stage whose parameter is zero is off and costs nothing
    validate   a quote counts if it is fresh by its venue's own limit, not from the future, strictly inside the feed's bounds, and sure
               enough (confidence); an older message than the one held is ignored and does not revert the batch
    filter     quotes too far from the weighted median of all, or from its time average, drop out
    aggregate  weighted median; weighted mean clamped to the median; one venue alone or the plain mean, as the bad examples
    guard      enough venues, enough weight, no venue with too much of it, before and after the filter; a step from the last price no
               larger than the time since then allows; else there is no price: no fallback to best effort
    band       mid -/+ the larger of tercile distance and floor; wider than the limit is WIDE. The bad examples see no terciles:
               one venue has its confidence, the plain mean nothing but the floor
    redeem     a price too far from what its asset is redeemed for is WIDE; collateral counts at market, redemption, or a mix

One price per feed and block. Quotes that come later in the same block are kept, so that no reporter can silence another, and make
the price of a later block.

How long a real crash is held up. A step limit of s + r per second lets a fall by the share D pass (D - s) / r seconds after the last
price. The time average moves on while its filter leaves no price: a move from a to b passes a filter of the distance d after about
average_s * ln(|b - a| / (d * b)) seconds, if reports come much more often than average_s.

@dev Quote word:   price 96 | confidence 96 | published_at 64, price and confidence in WAD.
     Cached word:  low 72 | mid 72 | high 72 | published_at 32 | status 8, prices in 1e-12 USD.
     History word: average 72 | averaged_at 32 | accepted_at 32 | decided_at 32: the time average of the median, its time, when the
     cached price was made, and when the feed was last looked at.
"""

from .interfaces import IOracle
from .lib import aggregate
from .lib import constants as c
from .lib import errors as err
from .lib import feed_rules as rules
from .lib import fixed_point as fp

implements: IOracle

MAX_QUOTES: constant(uint256) = c.MAX_FEEDS * c.MAX_VENUES
MASK_96: constant(uint256) = 2**96 - 1
MASK_72: constant(uint256) = 2**72 - 1
MASK_64: constant(uint256) = 2**64 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_8: constant(uint256) = 2**8 - 1
UNIT: constant(uint256) = rules.UNIT


event VenueChanged:
    venue: indexed(uint256)
    params: rules.Venue


event FeedChanged:
    feed: indexed(uint256)
    params: rules.Feed


event PriceReported:
    feed: indexed(uint256)
    low: uint256
    mid: uint256
    high: uint256
    published_at: uint256
    status: uint256  # before redemption, which needs another feed's price and is looked at when prices are read


ADMIN: public(immutable(address))
feed_count: public(uint256)
venues: public(rules.Venue[c.MAX_VENUES])
feeds: public(rules.Feed[c.MAX_FEEDS])
traits: uint256[c.MAX_FEEDS]  # of `feeds`, in one word
quotes: public(uint256[MAX_QUOTES])  # feed * 8 + venue -> quote word
cached: public(uint256[c.MAX_FEEDS])
history: public(uint256[c.MAX_FEEDS])


@deploy
def __init__(admin: address):
    ADMIN = admin


@external
def set_venue(v: uint256, params: rules.Venue):
    """@notice Set a venue; weight 0 removes its influence from the next report on."""
    err.check(msg.sender == ADMIN, err.ORACLE_NOT_ADMIN)
    err.check(v < c.MAX_VENUES and rules.is_venue(params), err.ORACLE_BAD_PARAMS)
    self.venues[v] = params
    log VenueChanged(venue=v, params=params)


@external
def set_feed(f: uint256, params: rules.Feed):
    """
    @notice List (f = feed_count) or change a feed.
    @dev The base of a redemption is another listed feed that is redeemed for no third one: there is no circle and no chain.
    """
    err.check(msg.sender == ADMIN, err.ORACLE_NOT_ADMIN)
    feed_count: uint256 = self.feed_count
    err.check(f < c.MAX_FEEDS and f <= feed_count and rules.is_feed(params), err.ORACLE_BAD_PARAMS)
    if params.redemption_base != 0:
        base: uint256 = params.redemption_base - 1
        err.check(base < feed_count and base != f, err.ORACLE_BAD_PARAMS)
        err.check(self.feeds[base].redemption_base == 0, err.ORACLE_BAD_PARAMS)
        for g: uint256 in range(feed_count, bound=c.MAX_FEEDS):
            err.check(self.feeds[g].redemption_base != f + 1, err.ORACLE_BAD_PARAMS)
    self.feed_count = max(feed_count, f + 1)
    self.feeds[f] = params
    self.traits[f] = rules.traits(params)
    if params.average_s == 0:
        self.history[f] &= MASK_64  # an average that nobody moves would be wrong when it is wanted again
    log FeedChanged(feed=f, params=params)


@external
def report(words: DynArray[uint256, MAX_QUOTES]):
    """
    @notice Quotes of all venues for all feeds, feed by feed, eight words each; 0 = nothing new.
    @dev The sender must be the reporter of every venue that it quotes for: one relayer may report for all, or each for itself.
         Without a quote it must be the reporter of one at least: a price is also made of quotes that grew old.
    """
    feed_count: uint256 = self.feed_count
    err.check(len(words) == feed_count * c.MAX_VENUES, err.ORACLE_BAD_BATCH)
    venues: rules.Venue[c.MAX_VENUES] = self.venues
    is_reporter: bool = False
    for f: uint256 in range(feed_count, bound=c.MAX_FEEDS):
        row: uint256[c.MAX_VENUES] = empty(uint256[c.MAX_VENUES])
        for v: uint256 in range(c.MAX_VENUES):
            new: uint256 = words[f * c.MAX_VENUES + v]
            row[v] = self.quotes[f * c.MAX_VENUES + v]
            if new == 0:
                continue
            err.check(msg.sender == venues[v].reporter, err.ORACLE_NOT_REPORTER)
            is_reporter = True
            published_at: uint256 = new & MASK_64
            if published_at > row[v] & MASK_64 and published_at <= block.timestamp:
                self.quotes[f * c.MAX_VENUES + v] = new
                row[v] = new
        history: uint256 = self.history[f]
        if history & MASK_32 != block.timestamp:
            self._update(f, (history & ~MASK_32) | block.timestamp, row, venues)
    if not is_reporter:
        for v: uint256 in range(c.MAX_VENUES):
            if venues[v].reporter == msg.sender:
                is_reporter = True
        err.check(is_reporter, err.ORACLE_NOT_REPORTER)


@internal
def _update(f: uint256, history: uint256, row: uint256[c.MAX_VENUES], venues: rules.Venue[c.MAX_VENUES]):
    """@notice Make the price of a feed from its quotes and cache it; without a price the old numbers stay, marked HALTED."""
    traits: uint256 = self.traits[f]
    aggregator: uint256 = (traits >> rules.AGGREGATOR_SHIFT) & MASK_8
    is_single: bool = aggregator == rules.SINGLE_VENUE
    venue: uint256 = 0
    if is_single:
        venue = self.feeds[f].venue
    min_price: uint256 = self.feeds[f].min_price_wad
    max_price: uint256 = self.feeds[f].max_price_wad
    alive: aggregate.Survivors = empty(aggregate.Survivors)
    last_confidence: uint256 = 0
    for v: uint256 in range(c.MAX_VENUES):
        word: uint256 = row[v]
        weight: uint256 = venues[v].weight
        if word == 0 or weight == 0 or (is_single and v != venue):
            continue
        price: uint256 = word >> 160
        confidence: uint256 = (word >> 64) & MASK_96
        published_at: uint256 = word & MASK_64
        if published_at + venues[v].max_age_s < block.timestamp or published_at > block.timestamp:
            continue
        if price <= min_price or price >= max_price:
            continue
        if confidence * c.WAD > price * venues[v].max_confidence_wad:
            continue
        alive.keys[alive.count] = aggregate.key(price, published_at, weight)
        alive.count += 1
        alive.total += weight
        alive.heaviest = max(alive.heaviest, weight)
        alive.newest = max(alive.newest, published_at)
        last_confidence = confidence
    if not (alive.count > 0 and (is_single or self._is_guarded(f, alive.count, alive.total, alive.heaviest))):
        self._halt(f, history)
        return

    past: uint256 = history
    if traits & rules.HAS_FILTER != 0:
        centre: uint256 = aggregate.weighted_median(alive.keys, alive.count, alive.total).mid
        if traits & rules.NEAR_MEDIAN != 0:
            alive = aggregate.near(alive, centre, self.feeds[f].max_median_distance_wad)
        if traits & rules.NEAR_AVERAGE != 0:
            past = self._with_average(f, past, centre // UNIT)
            alive = aggregate.near(alive, (past >> 96) * UNIT, self.feeds[f].max_average_distance_wad)
        if not (alive.count > 0 and (is_single or self._is_guarded(f, alive.count, alive.total, alive.heaviest))):
            self._halt(f, past)
            return

    band: aggregate.Band = aggregate.weighted_median(alive.keys, alive.count, alive.total)
    if aggregator == rules.CLAMPED_MEAN:
        band.mid = aggregate.clamped_mean(alive, band.mid, self.feeds[f].max_median_distance_wad)
    elif aggregator == rules.PLAIN_MEAN:
        band.mid = aggregate.plain_mean(alive)
        band.low = band.mid
        band.high = band.mid
    width: uint256 = max(fp.sub_or_zero(band.mid, band.low), fp.sub_or_zero(band.high, band.mid))
    width = max(width, band.mid * self.feeds[f].floor_spread_wad // c.WAD + 1)
    if is_single:
        width = max(width, last_confidence)
    if width >= band.mid:
        self._halt(f, past)
        return
    status: uint256 = c.OK
    if width * c.WAD > band.mid * self.feeds[f].wide_spread_wad:
        status = c.WIDE
    low: uint256 = (band.mid - width) // UNIT
    mid: uint256 = band.mid // UNIT
    high: uint256 = (band.mid + width + UNIT - 1) // UNIT
    if low == 0 or (traits & rules.HAS_STEP != 0 and not self._is_step(f, past, mid)):
        self._halt(f, past)
        return
    self.history[f] = (past & ~(MASK_32 << 32)) | (block.timestamp << 32)
    self.cached[f] = (low << 184) | (mid << 112) | (high << 40) | (alive.newest << 8) | status
    log PriceReported(
        feed=f, low=low * UNIT, mid=mid * UNIT, high=high * UNIT, published_at=alive.newest, status=status
    )


@internal
def _halt(f: uint256, history: uint256):
    self.history[f] = history
    word: uint256 = (self.cached[f] & ~MASK_8) | c.HALTED
    self.cached[f] = word
    log PriceReported(
        feed=f,
        low=(word >> 184) * UNIT,
        mid=((word >> 112) & MASK_72) * UNIT,
        high=((word >> 40) & MASK_72) * UNIT,
        published_at=(word >> 8) & MASK_32,
        status=c.HALTED,
    )


@internal
@view
def _is_guarded(f: uint256, survivors: uint256, total: uint256, heaviest: uint256) -> bool:
    return (
        survivors >= self.feeds[f].min_venues
        and total >= self.feeds[f].min_weight
        and heaviest * c.WAD < total * self.feeds[f].max_venue_share_wad
    )


@internal
@view
def _with_average(f: uint256, history: uint256, price: uint256) -> uint256:
    """@notice The history with the time average moved toward a price of now; price in units."""
    elapsed: uint256 = block.timestamp - ((history >> 64) & MASK_32)
    average: uint256 = rules.moved_average(history >> 96, price, elapsed, self.feeds[f].average_s)
    return (average << 96) | (block.timestamp << 64) | (history & MASK_64)


@internal
@view
def _is_step(f: uint256, history: uint256, price: uint256) -> bool:
    """@notice Whether the time since the last accepted price allows this one; price in units. The first one is free."""
    accepted_at: uint256 = (history >> 32) & MASK_32
    if accepted_at == 0:
        return True
    limit: uint256 = self.feeds[f].max_step_wad + self.feeds[f].max_step_wad_per_s * (block.timestamp - accepted_at)
    return rules.is_step((self.cached[f] >> 112) & MASK_72, price, limit)


@external
@view
def prices() -> IOracle.Price[c.MAX_FEEDS]:
    """@notice All feeds. A feed that was never priced, lost its guard, or is too old has status HALTED."""
    out: IOracle.Price[c.MAX_FEEDS] = empty(IOracle.Price[c.MAX_FEEDS])
    feed_count: uint256 = self.feed_count
    pegged: uint256 = 0  # bitmaps of feeds that are redeemed in USD, and in another feed's asset
    wrapped: uint256 = 0
    for f: uint256 in range(c.MAX_FEEDS):
        word: uint256 = 0
        if f < feed_count:
            word = self.cached[f]
        if word == 0:
            out[f].status = c.HALTED
            continue
        published_at: uint256 = (word >> 8) & MASK_32
        status: uint256 = word & MASK_8
        traits: uint256 = self.traits[f]
        if published_at + (traits & MASK_32) < block.timestamp:
            status = c.HALTED
        if traits & rules.IS_PEGGED != 0:
            pegged |= 1 << f
        elif traits & rules.IS_WRAPPED != 0:
            wrapped |= 1 << f
        low: uint256 = (word >> 184) * UNIT
        out[f] = IOracle.Price(
            low=low,
            mid=((word >> 112) & MASK_72) * UNIT,
            high=((word >> 40) & MASK_72) * UNIT,
            collateral=low,
            published_at=published_at,
            status=status,
        )
    if pegged != 0:
        for f: uint256 in range(c.MAX_FEEDS):
            if pegged & (1 << f) != 0:
                out[f] = self._redeemed(f, out[f], out)
    if wrapped != 0:  # after the feeds that they may be redeemed in
        for f: uint256 in range(c.MAX_FEEDS):
            if wrapped & (1 << f) != 0:
                out[f] = self._redeemed(f, out[f], out)
    return out


@internal
@view
def _redeemed(f: uint256, price: IOracle.Price, all: IOracle.Price[c.MAX_FEEDS]) -> IOracle.Price:
    """
    @notice A price held against what the asset is redeemed for, by the prices of the moment.
    @dev Nobody is surer of a redemption than of its base: while that is not OK, the status is WIDE at least. While it is HALTED,
         collateral counts at the lower of its market price and the last known redemption value, or at market if there never was one.
    """
    if price.low == 0:
        return price
    feed: rules.Feed = self.feeds[f]
    base_low: uint256 = c.WAD
    base_mid: uint256 = c.WAD
    base_status: uint256 = c.OK
    if feed.redemption_base != 0:
        base_low = all[feed.redemption_base - 1].low
        base_mid = all[feed.redemption_base - 1].mid
        base_status = all[feed.redemption_base - 1].status
    out: IOracle.Price = price
    value_low: uint256 = fp.mul_down(base_low, feed.redemption_rate_wad)
    if base_status != c.HALTED:
        out.collateral = rules.collateral_value(price.low, value_low, feed.valuation, feed.blend_wad)
    elif feed.valuation != rules.MARKET and value_low != 0:
        out.collateral = min(price.low, value_low)
    value_mid: uint256 = fp.mul_down(base_mid, feed.redemption_rate_wad)
    is_off: bool = fp.distance(price.mid, value_mid) * c.WAD > value_mid * feed.redemption_band_wad
    if price.status == c.OK and (base_status != c.OK or (feed.redemption_band_wad != 0 and is_off)):
        out.status = c.WIDE
    return out
