# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Aggregation of venue quotes
@notice Weighted median, and the terciles that give the band around it.
"""

from . import constants as c


struct Band:
    low: uint256
    mid: uint256
    high: uint256


WEIGHT_BITS: constant(uint256) = 32
WEIGHT_MASK: constant(uint256) = 2**32 - 1


@internal
@pure
def key(quote_wad: uint256, weight: uint256) -> uint256:
    """@notice A quote and its weight in one word that sorts by quote."""
    return (quote_wad << WEIGHT_BITS) | weight


@internal
@pure
def weighted_median(keys: uint256[c.MAX_VENUES], count: uint256, total: uint256) -> Band:
    """
    @notice Weighted terciles and median of the first `count` quotes, of weight `total`: low = 1/3, mid = 1/2, high = 2/3.
    @dev Ties: the smallest quote whose cumulative weight reaches the share, so that an even split takes the lower quote.
         Terciles and not quartiles: a venue of up to a third of the weight cannot move the band outside what the others show.
         Insertion sort: eight items, no memory beyond the argument.
    """
    ranked: uint256[c.MAX_VENUES] = keys
    for i: uint256 in range(1, c.MAX_VENUES):
        if i >= count:
            break
        word: uint256 = ranked[i]
        j: uint256 = i
        for _: uint256 in range(c.MAX_VENUES):
            if j == 0:
                break
            below: uint256 = ranked[j - 1]
            if below <= word:
                break
            ranked[j] = below
            j -= 1
        ranked[j] = word
    band: Band = empty(Band)
    seen: uint256 = 0
    for i: uint256 in range(count, bound=c.MAX_VENUES):
        quote: uint256 = ranked[i] >> WEIGHT_BITS
        seen += ranked[i] & WEIGHT_MASK
        if band.low == 0 and 3 * seen > total:
            band.low = quote
        if band.mid == 0 and 2 * seen >= total:
            band.mid = quote
        if 3 * seen >= 2 * total:
            band.high = quote
            break
    return band
