# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Oracle
@notice Many venues in, one price band per feed out. The price is made when quotes are reported and cached in one word.

Pipeline, per feed; a stage whose parameter is zero is off and costs nothing
    validate   a quote counts if it is fresh by its venue's own limit, not from the future, strictly inside the feed's bounds, and sure
               enough (confidence); a message that is not newer than the one held is ignored and does not revert the batch
    filter     quotes too far from the weighted median of all, or from its time average, drop out
    aggregate  weighted median; weighted mean clamped to the median; one venue alone or the plain mean, as the bad examples
    guard      enough venues, enough weight, no venue with too much of it, before and after the filter; a step from the last price no
               larger than the time since then allows; else there is no price: no fallback to best effort
    band       mid -/+ the larger of tercile distance and floor; wider than the limit is WIDE, and told as the feed says: with its
               edges, at its mid (which no minority of the weight chooses) with the floor, or not at all. The bad examples see no
               terciles: one venue has its confidence, the plain mean nothing but the floor
    redeem     a price too far from what its asset is redeemed for is WIDE; collateral counts at market, redemption, or a mix

Quotes of a block are merged. A feed is decided on when somebody brings it a newer quote of a venue with weight, and by nothing else:
who brings none changes nothing for anybody. Each decision of a block is made from the newest quote of every venue and from what
stood before the block: the step is measured from the last price of an earlier block, the time average moves once, and a decision
that finds no price takes the block's earlier one back. So the last decision of a block is the one that a single batch with all its
quotes would have made, whatever the number and order of the batches.

Two prices in one block. Nobody buys at one and sells at the other: for the rest of its block a band reaches to the mids of the
prices that it replaced (to mids only, which a minority of venues cannot choose; their bands it could). Nor may an order choose:
`first_price_after` names the price of a finished block. What is left is the change from the price of an earlier block to the first
one of this, as between any two blocks; and of two different messages of one venue and one second the first one counts.

Orders. The last prices of a feed are kept, one a block. An order executes at the first one all of whose quotes were observed after
its request: whoever executes it late has no other price to offer, and once the oracle no longer remembers that far back, none. A limit
or a stop executes at the first of them that reaches its trigger.

Catching up. While a step limit binds, or a filter leaves too little, the status is HALTED. A price that a filter made against the
median of all is WIDE. In both cases `shown` is that median, where venues are already, if they were a quorum at the last decision.

What a minority can do. Venues of less than half of the weight choose no median: it is between quotes of the others. Between a third
and a half they choose an edge. Up to the limit of a wide band an edge is that far from the median at most; beyond it margin, stops
and liquidations follow the edge, the median, or nobody, as `wide_price` says. At the edge they liquidate whom they like.

How long a real crash is held up. A step limit of s + r per second lets a fall by the share D pass (D - s) / r seconds after the last
price. The time average moves on while its filter leaves no price: a move from a to b passes a filter of the distance d after about
average_s * ln(|b - a| / (d * b)) seconds, if reports come much more often than average_s.

@dev Quote word: price 96 | confidence 96 | published_at 64, price and confidence in WAD. All others: lib/price_word.vy.
"""

from .interfaces import IOracle
from .lib import aggregate
from .lib import constants as c
from .lib import errors as err
from .lib import feed_rules as rules
from .lib import fixed_point as fp
from .lib import price_word as pw
from .modules import history

initializes: history

implements: IOracle

exports: (history.cached, history.recent)
exports: (history.first_price_after, history.first_price_reaching, history.has_shown, history.remembers, history.marks_since)

MAX_QUOTES: constant(uint256) = c.MAX_FEEDS * c.MAX_VENUES
MASK_96: constant(uint256) = 2**96 - 1
MASK_64: constant(uint256) = 2**64 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_8: constant(uint256) = 2**8 - 1
MASK_2: constant(uint256) = 2**2 - 1
UNIT: constant(uint256) = rules.UNIT

event VenueChanged:
    venue: indexed(uint256)
    params: rules.Venue


event FeedChanged:
    feed: indexed(uint256)
    params: rules.Feed


ADMIN: public(immutable(address))
feed_count: public(uint256)
venues: public(rules.Venue[c.MAX_VENUES])
feeds: public(rules.Feed[c.MAX_FEEDS])
traits: uint256[c.MAX_FEEDS]  # of `feeds`, in one word
quotes: public(uint256[MAX_QUOTES])  # feed * 8 + venue -> quote word
averages: public(uint256[c.MAX_FEEDS])  # average words


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
        self.averages[f] = 0  # an average that nobody moves would be wrong when it is wanted again
    log FeedChanged(feed=f, params=params)


@external
def report(words: DynArray[uint256, MAX_QUOTES]):
    """
    @notice Quotes of all venues for all feeds, feed by feed, eight words each; 0 = nothing new.
    @dev The sender must be the reporter of every venue that it quotes for: one relayer may report for all, or each for itself.
         Without a quote it must be the reporter of one at least, though it changes nothing.
    """
    feed_count: uint256 = self.feed_count
    err.check(len(words) == feed_count * c.MAX_VENUES, err.ORACLE_BAD_BATCH)
    venues: rules.Venue[c.MAX_VENUES] = self.venues
    is_reporter: bool = False
    for f: uint256 in range(feed_count, bound=c.MAX_FEEDS):
        row: uint256[c.MAX_VENUES] = empty(uint256[c.MAX_VENUES])
        fresh: uint256 = 0  # bitmap of venues with weight that say something new
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
                if venues[v].weight != 0:
                    fresh |= 1 << v
        if fresh != 0:
            self._decide(f, fresh, row, venues)
    if not is_reporter:
        for v: uint256 in range(c.MAX_VENUES):
            if venues[v].reporter == msg.sender:
                is_reporter = True
        err.check(is_reporter, err.ORACLE_NOT_REPORTER)


# ------------------------------------------------------------------ decision


@internal
def _decide(f: uint256, fresh: uint256, row: uint256[c.MAX_VENUES], venues: rules.Venue[c.MAX_VENUES]):
    """@notice Make the price of a feed from its quotes and cache it; without a price the numbers from before the block stay."""
    traits: uint256 = self.traits[f]
    aggregator: uint256 = (traits >> rules.AGGREGATOR_SHIFT) & MASK_8
    is_single: bool = aggregator == rules.SINGLE_VENUE
    counted: uint256 = MASK_8
    if is_single:
        counted = 1 << (traits >> rules.VENUE_SHIFT)
    if fresh & counted == 0:
        return
    before: uint256 = history._before_block(f)
    alive: aggregate.Survivors = self._valid(f, counted, row, venues)
    if not self._is_guarded(f, is_single, alive):
        if traits & rules.NEAR_AVERAGE != 0:
            self._keep_average(f)
        history._halt(f, before, 0)
        return
    band: aggregate.Band = aggregate.weighted_median(alive.keys, alive.count, alive.total)
    shown: uint256 = band.mid // UNIT
    if traits & rules.HAS_FILTER != 0:
        alive = self._filtered(f, traits, band.mid, alive)
        if not self._is_guarded(f, is_single, alive):
            history._halt(f, before, pw.gap_to(pw.mid(before), shown))
            return
        band = aggregate.weighted_median(alive.keys, alive.count, alive.total)
    if aggregator != rules.WEIGHTED_MEDIAN:
        band = self._otherwise(f, traits, row, alive, band)
    width: uint256 = max(fp.sub_or_zero(band.mid, band.low), fp.sub_or_zero(band.high, band.mid))
    least: uint256 = band.mid * self.feeds[f].floor_spread_wad // c.WAD + 1
    width = max(width, least)
    is_wide: bool = width * c.WAD > band.mid * self.feeds[f].wide_spread_wad
    wide_price: uint256 = (traits >> rules.WIDE_PRICE_SHIFT) & MASK_2
    if is_wide and wide_price == rules.AT_MID:
        width = least
    if width >= band.mid or (is_wide and wide_price == rules.NO_PRICE):
        history._halt(f, before, pw.gap_to(pw.mid(before), shown))
        return
    low: uint256 = (band.mid - width) // UNIT
    mid: uint256 = band.mid // UNIT
    high: uint256 = (band.mid + width + UNIT - 1) // UNIT
    if low == 0 or (traits & rules.HAS_STEP != 0 and not self._is_step(f, before, mid)):
        history._halt(f, before, pw.gap_to(pw.mid(before), shown))
        return
    if aggregator <= rules.CLAMPED_MEAN and (shown < low or shown > high):
        if wide_price == rules.NO_PRICE:
            history._halt(f, before, pw.gap_to(pw.mid(before), shown))
            return
        is_wide = True
    gap: uint256 = pw.gap_to(mid, shown)
    history._accept(f, before, pw.price(low, mid, high, alive.oldest, alive.newest, gap, is_wide, block.timestamp))


@internal
@view
def _otherwise(
    f: uint256, traits: uint256, row: uint256[c.MAX_VENUES], alive: aggregate.Survivors, median: aggregate.Band
) -> aggregate.Band:
    """@notice The band where the feed's aggregator is not the weighted median."""
    aggregator: uint256 = (traits >> rules.AGGREGATOR_SHIFT) & MASK_8
    band: aggregate.Band = median
    if aggregator == rules.CLAMPED_MEAN:
        band.mid = aggregate.clamped_mean(alive, median.mid, self.feeds[f].max_median_distance_wad)
        return band
    half: uint256 = 0
    if aggregator == rules.PLAIN_MEAN:
        band.mid = aggregate.plain_mean(alive)
    else:
        half = (row[traits >> rules.VENUE_SHIFT] >> 64) & MASK_96
    band.low = fp.sub_or_zero(band.mid, half)
    band.high = band.mid + half
    return band


@internal
@view
def _valid(
    f: uint256, counted: uint256, row: uint256[c.MAX_VENUES], venues: rules.Venue[c.MAX_VENUES]
) -> aggregate.Survivors:
    """@notice The quotes of the venues that are counted (a bitmap), as far as they are valid now."""
    min_price: uint256 = self.feeds[f].min_price_wad
    max_price: uint256 = self.feeds[f].max_price_wad
    alive: aggregate.Survivors = empty(aggregate.Survivors)
    alive.oldest = block.timestamp
    for v: uint256 in range(c.MAX_VENUES):
        word: uint256 = row[v]
        weight: uint256 = venues[v].weight
        if word == 0 or weight == 0 or counted & (1 << v) == 0:
            continue
        price: uint256 = word >> 160
        published_at: uint256 = word & MASK_64
        if published_at + venues[v].max_age_s < block.timestamp or published_at > block.timestamp:
            continue
        if price <= min_price or price >= max_price:
            continue
        if ((word >> 64) & MASK_96) * c.WAD > price * venues[v].max_confidence_wad:
            continue
        alive.keys[alive.count] = aggregate.key(price, published_at, weight)
        alive.count += 1
        alive.total += weight
        alive.heaviest = max(alive.heaviest, weight)
        alive.oldest = min(alive.oldest, published_at)
        alive.newest = max(alive.newest, published_at)
    return alive


@internal
@view
def _is_guarded(f: uint256, is_single: bool, alive: aggregate.Survivors) -> bool:
    if alive.count == 0 or is_single:
        return alive.count > 0
    return (
        alive.count >= self.feeds[f].min_venues
        and alive.total >= self.feeds[f].min_weight
        and alive.heaviest * c.WAD < alive.total * self.feeds[f].max_venue_share_wad
    )


@internal
def _filtered(f: uint256, traits: uint256, centre_wad: uint256, alive: aggregate.Survivors) -> aggregate.Survivors:
    """@notice The quotes near the median of all and near its time average, which moves toward the median first."""
    kept: aggregate.Survivors = alive
    if traits & rules.NEAR_MEDIAN != 0:
        kept = aggregate.near(kept, centre_wad, self.feeds[f].max_median_distance_wad)
    if traits & rules.NEAR_AVERAGE != 0:
        average: uint256 = self._moved_average(f, centre_wad // UNIT)
        kept = aggregate.near(kept, average * UNIT, self.feeds[f].max_average_distance_wad)
    return kept


@internal
def _moved_average(f: uint256, price: uint256) -> uint256:
    """@notice Move the time average from where earlier blocks left it toward a price of now; in units."""
    average: uint256 = 0
    at: uint256 = 0
    average, at = pw.average_before(self.averages[f], block.timestamp)
    moved: uint256 = rules.moved_average(average, price, block.timestamp - at, self.feeds[f].average_s)
    self.averages[f] = pw.averages(moved, block.timestamp, average, at)
    return moved


@internal
def _keep_average(f: uint256):
    """@notice Leave the time average where earlier blocks left it."""
    word: uint256 = self.averages[f]
    if pw.averaged_at(word) == block.timestamp:
        average: uint256 = 0
        at: uint256 = 0
        average, at = pw.average_before(word, block.timestamp)
        self.averages[f] = pw.averages(average, at, 0, 0)


@internal
@view
def _is_step(f: uint256, before: uint256, price: uint256) -> bool:
    """@notice Whether the time since the last price of an earlier block allows this one, in units. The first one is free."""
    made_at: uint256 = pw.made_at(before)
    if made_at == 0:
        return True
    limit: uint256 = self.feeds[f].max_step_wad + self.feeds[f].max_step_wad_per_s * (block.timestamp - made_at)
    return rules.is_step(pw.mid(before), price, limit)


# ------------------------------------------------------------------ prices


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
            word = history.cached[f]
        if word == 0:
            out[f].status = c.HALTED
            continue
        traits: uint256 = self.traits[f]
        if traits & rules.IS_PEGGED != 0:
            pegged |= 1 << f
        elif traits & rules.IS_WRAPPED != 0:
            wrapped |= 1 << f
        out[f] = history._now(f, word)
        if out[f].published_at + (traits & MASK_32) < block.timestamp:
            out[f].status = c.HALTED
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
