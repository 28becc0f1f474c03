# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Oracle
@notice Many venues in, one price band per feed out. The price is made when quotes are reported and cached in one word.

Pipeline, per feed
    validate   a quote counts if it is fresh by its venue's own limit, not from the future, strictly inside the feed's bounds, and sure
               enough (confidence); an older message than the one held is ignored and does not revert the batch
    aggregate  weighted median; or one venue alone, as the bad example
    guard      enough venues, enough weight, no venue with too much of it; else there is no price: no fallback to best effort
    band       mid -/+ the larger of tercile distance and floor; wider than the limit is WIDE

@dev Quote word:  price 96 | confidence 96 | published_at 64, price and confidence in WAD.
     Cached word: low 72 | mid 72 | high 72 | published_at 32 | status 8, prices in 1e-12 USD.
"""

from .interfaces import IOracle
from .lib import aggregate
from .lib import constants as c
from .lib import errors as err

implements: IOracle

MAX_QUOTES: constant(uint256) = c.MAX_FEEDS * c.MAX_VENUES
MASK_96: constant(uint256) = 2**96 - 1
MASK_72: constant(uint256) = 2**72 - 1
MASK_64: constant(uint256) = 2**64 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_8: constant(uint256) = 2**8 - 1
UNIT: constant(uint256) = 10**6  # WAD per unit of a cached price
MAX_PRICE_WAD: constant(uint256) = 10**27  # a cached price fits its 72 bits


struct Venue:
    reporter: address
    weight: uint256  # 0 = does not count
    max_age_s: uint256
    max_confidence_wad: uint256  # confidence / price


struct Feed:
    min_price_wad: uint256  # a quote at a bound is no quote
    max_price_wad: uint256
    floor_spread_wad: uint256  # least half width of the band, share of mid
    wide_spread_wad: uint256  # half width above which the price is WIDE
    max_age_s: uint256  # of the newest quote behind a price when it is read
    min_venues: uint256
    min_weight: uint256
    max_venue_share_wad: uint256  # of the surviving weight, for one venue
    is_single_venue: bool
    venue: uint256  # the one venue, if so


event VenueChanged:
    venue: indexed(uint256)
    params: Venue


event FeedChanged:
    feed: indexed(uint256)
    params: Feed


event PriceReported:
    feed: indexed(uint256)
    low: uint256
    mid: uint256
    high: uint256
    published_at: uint256
    status: uint256


ADMIN: public(immutable(address))
feed_count: public(uint256)
venues: public(Venue[c.MAX_VENUES])
feeds: public(Feed[c.MAX_FEEDS])
quotes: public(uint256[MAX_QUOTES])  # feed * 8 + venue -> quote word
cached: public(uint256[c.MAX_FEEDS])


@deploy
def __init__(admin: address):
    ADMIN = admin


@external
def set_venue(v: uint256, params: Venue):
    """@notice Set a venue; weight 0 removes its influence from the next report on."""
    err.check(msg.sender == ADMIN, err.ORACLE_NOT_ADMIN)
    err.check(
        v < c.MAX_VENUES
        and params.weight <= MASK_32
        and params.max_age_s <= MASK_32
        and params.max_confidence_wad <= c.WAD,
        err.ORACLE_BAD_PARAMS,
    )
    self.venues[v] = params
    log VenueChanged(venue=v, params=params)


@external
def set_feed(f: uint256, params: Feed):
    """@notice List (f = feed_count) or change a feed."""
    err.check(msg.sender == ADMIN, err.ORACLE_NOT_ADMIN)
    err.check(f < c.MAX_FEEDS and f <= self.feed_count, err.ORACLE_BAD_PARAMS)
    err.check(
        params.min_price_wad < params.max_price_wad
        and params.max_price_wad <= MAX_PRICE_WAD
        and params.floor_spread_wad <= params.wide_spread_wad
        and params.wide_spread_wad < c.WAD
        and params.max_age_s <= MASK_32
        and params.venue < c.MAX_VENUES
        and params.max_venue_share_wad <= c.WAD,
        err.ORACLE_BAD_PARAMS,
    )
    self.feed_count = max(self.feed_count, f + 1)
    self.feeds[f] = params
    log FeedChanged(feed=f, params=params)


@external
def report(words: DynArray[uint256, MAX_QUOTES]):
    """
    @notice Quotes of all venues for all feeds, feed by feed, eight words each; 0 = nothing new.
    @dev The sender must be the reporter of every venue that it quotes for: one relayer may report for all, or each for itself.
    """
    feed_count: uint256 = self.feed_count
    err.check(len(words) == feed_count * c.MAX_VENUES, err.ORACLE_BAD_BATCH)
    venues: Venue[c.MAX_VENUES] = self.venues
    for f: uint256 in range(feed_count, bound=c.MAX_FEEDS):
        row: uint256[c.MAX_VENUES] = empty(uint256[c.MAX_VENUES])
        for v: uint256 in range(c.MAX_VENUES):
            new: uint256 = words[f * c.MAX_VENUES + v]
            row[v] = self.quotes[f * c.MAX_VENUES + v]
            if new == 0:
                continue
            err.check(msg.sender == venues[v].reporter, err.ORACLE_NOT_REPORTER)
            published_at: uint256 = new & MASK_64
            if published_at > row[v] & MASK_64 and published_at <= block.timestamp:
                self.quotes[f * c.MAX_VENUES + v] = new
                row[v] = new
        self._update(f, row, venues)


@internal
def _update(f: uint256, row: uint256[c.MAX_VENUES], venues: Venue[c.MAX_VENUES]):
    """@notice Make the price of a feed from its quotes and cache it; without a price the old numbers stay, marked HALTED."""
    feed: Feed = self.feeds[f]
    keys: uint256[c.MAX_VENUES] = empty(uint256[c.MAX_VENUES])
    survivors: uint256 = 0
    total: uint256 = 0
    heaviest: uint256 = 0
    newest: uint256 = 0
    least_width: uint256 = 0
    for v: uint256 in range(c.MAX_VENUES):
        word: uint256 = row[v]
        weight: uint256 = venues[v].weight
        if word == 0 or weight == 0 or (feed.is_single_venue and v != feed.venue):
            continue
        price: uint256 = word >> 160
        confidence: uint256 = (word >> 64) & MASK_96
        published_at: uint256 = word & MASK_64
        if published_at + venues[v].max_age_s < block.timestamp or published_at > block.timestamp:
            continue
        if price <= feed.min_price_wad or price >= feed.max_price_wad:
            continue
        if confidence * c.WAD > price * venues[v].max_confidence_wad:
            continue
        keys[survivors] = aggregate.key(price, weight)
        survivors += 1
        total += weight
        heaviest = max(heaviest, weight)
        newest = max(newest, published_at)
        least_width = confidence
    is_guarded: bool = (
        survivors >= feed.min_venues
        and total >= feed.min_weight
        and heaviest * c.WAD < total * feed.max_venue_share_wad
    )
    if survivors == 0 or not (is_guarded or feed.is_single_venue):
        self._halt(f)
        return

    band: aggregate.Band = aggregate.weighted_median(keys, survivors, total)
    width: uint256 = max(max(band.mid - band.low, band.high - band.mid), band.mid * feed.floor_spread_wad // c.WAD + 1)
    if feed.is_single_venue:
        width = max(width, least_width)
    if width >= band.mid:
        self._halt(f)
        return
    status: uint256 = c.OK
    if width * c.WAD > band.mid * feed.wide_spread_wad:
        status = c.WIDE
    low: uint256 = (band.mid - width) // UNIT
    mid: uint256 = band.mid // UNIT
    high: uint256 = (band.mid + width + UNIT - 1) // UNIT
    if low == 0:
        self._halt(f)
        return
    self.cached[f] = (low << 184) | (mid << 112) | (high << 40) | (newest << 8) | status
    log PriceReported(
        feed=f, low=low * UNIT, mid=mid * UNIT, high=high * UNIT, published_at=newest, status=status
    )


@internal
def _halt(f: uint256):
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


@external
@view
def prices() -> IOracle.Price[c.MAX_FEEDS]:
    """@notice All feeds. A feed that was never priced, lost its guard, or is too old has status HALTED."""
    out: IOracle.Price[c.MAX_FEEDS] = empty(IOracle.Price[c.MAX_FEEDS])
    feed_count: uint256 = self.feed_count
    for f: uint256 in range(c.MAX_FEEDS):
        word: uint256 = 0
        if f < feed_count:
            word = self.cached[f]
        if word == 0:
            out[f].status = c.HALTED
            continue
        published_at: uint256 = (word >> 8) & MASK_32
        status: uint256 = word & MASK_8
        if published_at + self.feeds[f].max_age_s < block.timestamp:
            status = c.HALTED
        out[f] = IOracle.Price(
            low=(word >> 184) * UNIT,
            mid=((word >> 112) & MASK_72) * UNIT,
            high=((word >> 40) & MASK_72) * UNIT,
            published_at=published_at,
            status=status,
        )
    return out
