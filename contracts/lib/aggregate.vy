# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Aggregation of venue quotes
@notice Weighted median with the terciles that give the band around it, two means, and the filter by distance.
@dev Monotone means: as long as the same quotes survive, raising one of them lowers no result. Median, terciles, clamped and plain
     mean are monotone. A filter is not: a quote that moves too far drops out, and what is left may be lower (drop-then-average).
"""

from . import constants as c


struct Band:
    low: uint256
    mid: uint256
    high: uint256


struct Survivors:
    keys: uint256[c.MAX_VENUES]  # the first `count`, in the order of the venues
    count: uint256
    total: uint256  # weight
    heaviest: uint256  # weight
    oldest: uint256  # publication, unix seconds
    newest: uint256


WEIGHT_MASK: constant(uint256) = 2**32 - 1


@internal
@pure
def key(quote_wad: uint256, published_at: uint256, weight: uint256) -> uint256:
    """@notice A quote, the second it is of, and its weight in one word that sorts by quote: quote 96 | published_at 32 | weight 32."""
    return (quote_wad << 64) | (published_at << 32) | weight


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
        quote: uint256 = ranked[i] >> 64
        seen += ranked[i] & WEIGHT_MASK
        if band.low == 0 and 3 * seen > total:
            band.low = quote
        if band.mid == 0 and 2 * seen >= total:
            band.mid = quote
        if 3 * seen >= 2 * total:
            band.high = quote
            break
    return band


@internal
@pure
def near(of: Survivors, centre_wad: uint256, max_distance_wad: uint256) -> Survivors:
    """@notice The quotes that are no further from the centre than this share of it."""
    kept: Survivors = empty(Survivors)
    kept.oldest = of.newest
    lowest: uint256 = centre_wad * (c.WAD - max_distance_wad)
    highest: uint256 = centre_wad * (c.WAD + max_distance_wad)
    for i: uint256 in range(of.count, bound=c.MAX_VENUES):
        word: uint256 = of.keys[i]
        quote: uint256 = (word >> 64) * c.WAD
        if quote < lowest or quote > highest:
            continue
        weight: uint256 = word & WEIGHT_MASK
        published_at: uint256 = (word >> 32) & WEIGHT_MASK
        kept.keys[kept.count] = word
        kept.count += 1
        kept.total += weight
        kept.heaviest = max(kept.heaviest, weight)
        kept.oldest = min(kept.oldest, published_at)
        kept.newest = max(kept.newest, published_at)
    return kept


@internal
@pure
def clamped_mean(of: Survivors, median_wad: uint256, max_distance_wad: uint256) -> uint256:
    """
    @notice Weighted mean of the quotes, each moved to within this share of the median first.
    @dev The bounds rise with the median and the median with each quote, so the mean does too: unlike dropping, clamping is monotone.
         A liar moves the result by at most its share of the weight times the distance.
    """
    lowest: uint256 = median_wad * (c.WAD - max_distance_wad) // c.WAD
    highest: uint256 = median_wad * (c.WAD + max_distance_wad) // c.WAD
    weighted: uint256 = 0
    for i: uint256 in range(of.count, bound=c.MAX_VENUES):
        word: uint256 = of.keys[i]
        weighted += min(max(word >> 64, lowest), highest) * (word & WEIGHT_MASK)
    return weighted // of.total


@internal
@pure
def plain_mean(of: Survivors) -> uint256:
    """@notice Mean of the quotes, each counted once. The bad example: one venue moves it as far as it likes."""
    summed: uint256 = 0
    for i: uint256 in range(of.count, bound=c.MAX_VENUES):
        summed += of.keys[i] >> 64
    return summed // of.count
