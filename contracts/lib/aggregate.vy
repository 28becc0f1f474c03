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


@internal
@pure
def weighted_median(quotes_wad: uint256[c.MAX_VENUES], weights: uint256[c.MAX_VENUES]) -> Band:
    """
    @notice Weighted terciles and median of the quotes: low = 1/3, mid = 1/2, high = 2/3. A quote of weight 0 does not count.
    @dev Ties: the smallest quote whose cumulative weight reaches the share, so that an even split takes the lower quote.
         Terciles and not quartiles: a venue of up to a third of the weight cannot move the band outside what the others show.
         Insertion sort: eight items, no memory beyond the arguments.
    """
    quotes: uint256[c.MAX_VENUES] = quotes_wad
    heavy: uint256[c.MAX_VENUES] = weights
    total: uint256 = 0
    for i: uint256 in range(c.MAX_VENUES):
        quote: uint256 = quotes[i]
        weight: uint256 = heavy[i]
        total += weight
        j: uint256 = i
        for _: uint256 in range(c.MAX_VENUES):
            if j == 0 or quotes[j - 1] <= quote:
                break
            quotes[j] = quotes[j - 1]
            heavy[j] = heavy[j - 1]
            j -= 1
        quotes[j] = quote
        heavy[j] = weight
    band: Band = empty(Band)
    seen: uint256 = 0
    for i: uint256 in range(c.MAX_VENUES):
        if heavy[i] == 0:
            continue
        seen += heavy[i]
        if band.low == 0 and 3 * seen > total:
            band.low = quotes[i]
        if band.mid == 0 and 2 * seen >= total:
            band.mid = quotes[i]
        if band.high == 0 and 3 * seen >= 2 * total:
            band.high = quotes[i]
    return band
