# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Rules of a feed
@notice What an oracle's admin sets for venues and feeds, the hard bounds on it, and the rules that look at the time before.
@dev A stage whose parameter is zero is off. A parameter that another one would leave without effect is refused.
"""

from . import constants as c
from . import fixed_point as fp

UNIT: constant(uint256) = 10**6  # WAD per unit of a cached price
MAX_PRICE_WAD: constant(uint256) = 10**27  # a cached price fits its 72 bits
MAX_SECONDS: constant(uint256) = 2**32 - 1
MAX_WEIGHT: constant(uint256) = 2**32 - 1
MAX_AVERAGE_S: constant(uint256) = 86_400
MIN_STEP_WAD_PER_S: constant(uint256) = c.WAD_PER_BPS  # the deepest fall passes within 10,000 s
MIN_RATE_WAD: constant(uint256) = 10**12  # the least price, redeemed at it, is still a wei
MAX_RATE_WAD: constant(uint256) = 10**24

# How the quotes that survive become one price.
WEIGHTED_MEDIAN: constant(uint256) = 0
CLAMPED_MEAN: constant(uint256) = 1
SINGLE_VENUE: constant(uint256) = 2
PLAIN_MEAN: constant(uint256) = 3

# What is told where a band is wider than its limit: all of it, its middle alone, or that there is no price.
AT_EDGE: constant(uint256) = 0
AT_MID: constant(uint256) = 1
NO_PRICE: constant(uint256) = 2

# At which price collateral counts.
MARKET: constant(uint256) = 0
REDEMPTION: constant(uint256) = 1
MINIMUM: constant(uint256) = 2
BLEND: constant(uint256) = 3

# A feed's traits, in one word that every report and read begins with: max_age_s 32 | aggregator 8 | flags 5 | wide price 2 | venue.
AGGREGATOR_SHIFT: constant(uint256) = 32
NEAR_MEDIAN: constant(uint256) = 2**40
NEAR_AVERAGE: constant(uint256) = 2**41
HAS_FILTER: constant(uint256) = NEAR_MEDIAN | NEAR_AVERAGE
HAS_STEP: constant(uint256) = 2**42
IS_PEGGED: constant(uint256) = 2**43  # redeemed in USD, and something depends on it
IS_WRAPPED: constant(uint256) = 2**44  # redeemed in another feed's asset
WIDE_PRICE_SHIFT: constant(uint256) = 45
VENUE_SHIFT: constant(uint256) = 47


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
    aggregator: uint256
    venue: uint256  # the one venue of SINGLE_VENUE
    max_median_distance_wad: uint256  # share of the weighted median; CLAMPED_MEAN clamps to it, the others drop what is beyond
    max_average_distance_wad: uint256  # share of the time average
    average_s: uint256  # its time constant
    max_step_wad: uint256  # share of the last accepted mid
    max_step_wad_per_s: uint256  # and for each second since
    redemption_base: uint256  # what one token is redeemed in: feed + 1, or 0 for USD
    redemption_rate_wad: uint256  # how much of it; 0 = no redemption
    redemption_band_wad: uint256  # mid further than this share from the redemption value is WIDE
    valuation: uint256
    blend_wad: uint256  # share of the redemption value in BLEND
    wide_price: uint256  # what is told of a band wider than its limit


@internal
@pure
def is_venue(params: Venue) -> bool:
    return params.weight <= MAX_WEIGHT and params.max_age_s <= MAX_SECONDS and params.max_confidence_wad <= c.WAD


@internal
@pure
def is_feed(params: Feed) -> bool:
    """@notice Within hard bounds and without contradiction. Whether the redemption base is listed, the oracle knows."""
    return (
        params.min_price_wad < params.max_price_wad
        and params.max_price_wad <= MAX_PRICE_WAD
        and params.floor_spread_wad <= params.wide_spread_wad
        and params.wide_spread_wad < c.WAD
        and params.max_age_s <= MAX_SECONDS
        and params.max_venue_share_wad <= c.WAD
        and params.aggregator <= PLAIN_MEAN
        and params.venue < c.MAX_VENUES
        and params.wide_price <= NO_PRICE
        and self._has_sound_limits(params)
        and self._has_sound_redemption(params)
    )


@internal
@pure
def _has_sound_limits(params: Feed) -> bool:
    if params.max_median_distance_wad >= c.WAD or params.max_average_distance_wad >= c.WAD:
        return False
    if params.aggregator == CLAMPED_MEAN and params.max_median_distance_wad == 0:
        return False
    if params.aggregator == SINGLE_VENUE and params.max_median_distance_wad > 0:
        return False
    if (params.max_average_distance_wad > 0) != (params.average_s > 0) or params.average_s > MAX_AVERAGE_S:
        return False
    if params.max_step_wad == 0:
        return params.max_step_wad_per_s == 0
    # Without a rate a real crash would end the feed for good.
    return (
        params.max_step_wad < c.WAD
        and params.max_step_wad_per_s >= MIN_STEP_WAD_PER_S
        and params.max_step_wad_per_s <= c.WAD
    )


@internal
@pure
def _has_sound_redemption(params: Feed) -> bool:
    if params.redemption_rate_wad == 0:
        return (
            params.redemption_base == 0
            and params.redemption_band_wad == 0
            and params.valuation == MARKET
            and params.blend_wad == 0
        )
    return (
        params.redemption_rate_wad >= MIN_RATE_WAD
        and params.redemption_rate_wad <= MAX_RATE_WAD
        and params.redemption_base <= c.MAX_FEEDS
        and params.redemption_band_wad <= c.WAD
        and params.valuation <= BLEND
        and params.blend_wad <= c.WAD
        and (params.blend_wad > 0) == (params.valuation == BLEND)
    )


@internal
@pure
def traits(params: Feed) -> uint256:
    """@notice What a report or a read has to know first, so that a stage that is off costs nothing."""
    word: uint256 = params.max_age_s | (params.aggregator << AGGREGATOR_SHIFT)
    word |= (params.wide_price << WIDE_PRICE_SHIFT) | (params.venue << VENUE_SHIFT)
    if params.max_median_distance_wad > 0 and params.aggregator != CLAMPED_MEAN:
        word |= NEAR_MEDIAN
    if params.max_average_distance_wad > 0:
        word |= NEAR_AVERAGE
    if params.max_step_wad > 0:
        word |= HAS_STEP
    if params.redemption_band_wad > 0 or params.valuation != MARKET:
        if params.redemption_base == 0:
            word |= IS_PEGGED
        else:
            word |= IS_WRAPPED
    return word


@internal
@pure
def moved_average(average: uint256, price: uint256, elapsed_s: uint256, average_s: uint256) -> uint256:
    """
    @notice Time average, moved toward a price by elapsed / (elapsed + average_s) of the distance, rounded toward where it was.
    @dev A rational stand-in for 1 - exp(-elapsed / average_s): never more than it, and the same for reports much more often
         than average_s. Zero is no average yet.
    """
    if average == 0:
        return price
    part: uint256 = fp.distance(average, price) * elapsed_s // (elapsed_s + average_s)
    if price > average:
        return average + part
    return average - part


@internal
@pure
def is_step(last: uint256, price: uint256, max_step_wad: uint256) -> bool:
    """@notice The move from the last price to this one is within this share of the last."""
    return fp.distance(last, price) * c.WAD <= last * max_step_wad


@internal
@pure
def collateral_value(market_wad: uint256, redemption_wad: uint256, valuation: uint256, blend_wad: uint256) -> uint256:
    """@notice Price of collateral from its market price and what it is redeemed for."""
    if valuation == REDEMPTION:
        return redemption_wad
    if valuation == MINIMUM:
        return min(market_wad, redemption_wad)
    if valuation == BLEND:
        return (market_wad * (c.WAD - blend_wad) + redemption_wad * blend_wad) // c.WAD
    return market_wad
