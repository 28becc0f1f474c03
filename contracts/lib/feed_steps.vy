# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Steps of an oracle
@notice How far one announced change may move what an oracle is told about venues and feeds.
@dev Most numbers at most double or halve; zero, where it means no limit, counts as the whole. What makes a price (the aggregator, its one
     venue, what is told of a wide band, what the asset is redeemed in) does not change: that is another feed.
"""

from . import constants as c
from . import feed_rules as rules
from . import fixed_point as fp

FLOOR_STEP_WAD: constant(uint256) = 10**15  # 10 bps
SHARE_STEP_WAD: constant(uint256) = 5 * 10**16
RATE_STEP_WAD: constant(uint256) = 10**16  # of the rate
WEIGHT_PARTS: constant(uint256) = 4  # of the weight of all venues, one may change hands


@internal
@pure
def _is_near(old: uint256, new: uint256) -> bool:
    return max(new, 1) <= 2 * max(old, 1) and 2 * max(new, 1) >= max(old, 1)


@internal
@pure
def _is_near_limit(old_wad: uint256, new_wad: uint256) -> bool:
    """@notice Of distances to a price, of which zero is none."""
    old: uint256 = c.WAD if old_wad == 0 else old_wad
    new: uint256 = c.WAD if new_wad == 0 else new_wad
    return self._is_near(old, new)


@internal
@pure
def is_venue_step(old: rules.Venue, new: rules.Venue, total: uint256) -> bool:
    """@notice `total` is the weight of all venues. Another reporter is another venue: all of its weight changes hands."""
    moved: uint256 = fp.distance(old.weight, new.weight)
    if old.reporter != new.reporter:
        moved = max(old.weight, new.weight)
    if old.weight == 0:
        return WEIGHT_PARTS * moved <= total
    return (
        WEIGHT_PARTS * moved <= total
        and self._is_near(old.max_age_s, new.max_age_s)
        and self._is_near(old.max_confidence_wad, new.max_confidence_wad)
    )


@internal
@pure
def is_feed_step(old: rules.Feed, new: rules.Feed) -> bool:
    """@notice What a change does to collateral at once is not looked at here: that takes prices."""
    is_same: bool = old.aggregator == new.aggregator and old.venue == new.venue and old.wide_price == new.wide_price
    if old.redemption_rate_wad != 0:
        is_same = (
            is_same
            and old.redemption_base == new.redemption_base
            and fp.distance(old.redemption_rate_wad, new.redemption_rate_wad) * c.WAD
            <= old.redemption_rate_wad * RATE_STEP_WAD
        )
    return (
        is_same
        and self._is_near(old.min_price_wad, new.min_price_wad)
        and self._is_near(old.max_price_wad, new.max_price_wad)
        and fp.distance(old.floor_spread_wad, new.floor_spread_wad) <= FLOOR_STEP_WAD
        and self._is_near(old.wide_spread_wad, new.wide_spread_wad)
        and self._is_near(old.max_age_s, new.max_age_s)
        and fp.distance(old.min_venues, new.min_venues) <= 1
        and self._is_near(old.min_weight, new.min_weight)
        and fp.distance(old.max_venue_share_wad, new.max_venue_share_wad) <= SHARE_STEP_WAD
        and self._is_near_limit(old.max_median_distance_wad, new.max_median_distance_wad)
        and self._is_near_limit(old.max_average_distance_wad, new.max_average_distance_wad)
        and (old.average_s == 0 or new.average_s == 0 or self._is_near(old.average_s, new.average_s))
        and self._is_near_limit(old.max_step_wad, new.max_step_wad)
        and self._is_near_limit(old.max_step_wad_per_s, new.max_step_wad_per_s)
        and self._is_near_limit(old.redemption_band_wad, new.redemption_band_wad)
    )


@internal
@pure
def is_same_venue(a: rules.Venue, b: rules.Venue) -> bool:
    return (
        a.reporter == b.reporter
        and a.weight == b.weight
        and a.max_age_s == b.max_age_s
        and a.max_confidence_wad == b.max_confidence_wad
    )


@internal
@pure
def is_same_feed(a: rules.Feed, b: rules.Feed) -> bool:
    return (
        a.min_price_wad == b.min_price_wad
        and a.max_price_wad == b.max_price_wad
        and a.floor_spread_wad == b.floor_spread_wad
        and a.wide_spread_wad == b.wide_spread_wad
        and a.max_age_s == b.max_age_s
        and a.min_venues == b.min_venues
        and a.min_weight == b.min_weight
        and a.max_venue_share_wad == b.max_venue_share_wad
        and a.aggregator == b.aggregator
        and a.venue == b.venue
        and a.max_median_distance_wad == b.max_median_distance_wad
        and a.max_average_distance_wad == b.max_average_distance_wad
        and a.average_s == b.average_s
        and a.max_step_wad == b.max_step_wad
        and a.max_step_wad_per_s == b.max_step_wad_per_s
        and a.redemption_base == b.redemption_base
        and a.redemption_rate_wad == b.redemption_rate_wad
        and a.redemption_band_wad == b.redemption_band_wad
        and a.valuation == b.valuation
        and a.blend_wad == b.blend_wad
        and a.wide_price == b.wide_price
    )
