# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Price-move circuit breaker
@notice Reduce-only while the price runs away. The move is |price - average| / average, where the average follows the price second by
        second, 1 / (window + 1) of the gap each: what an exponential average with the time constant `window_s` shows of a price that
        went in a straight line from where it was. A move above `on` closes mint, redeem, swap, increase and withdraw with
        positions; they open again when it is below `off` and at least `minimum_s` have passed. Source: none; it has the shape of
        an exchange's price halt.
@dev It always lets go: at a price that stays where it fell to, after window * ln(move / off). Asked once or a hundred times on the way it
     knows the same. Memo: bits 0-103 the average, bits 104-207 the price, bits 208-247 one more than the seconds since it tripped,
     zero while open. No price (zero) changes nothing.
"""

from ...interfaces import ICircuit
from ...lib import constants as c
from ...lib import gates

implements: ICircuit

CLOSES: constant(uint256) = (
    (1 << gates.MINT) | (1 << gates.REDEEM) | (1 << gates.SWAP) | (1 << gates.INCREASE) | (1 << gates.WITHDRAW)
)
MAX_MOVE_WAD: constant(uint256) = 10 * 10**18
PRICE_BITS: constant(uint256) = 104
PRICE_MASK: constant(uint256) = 2**104 - 1
CLOCK_BITS: constant(uint256) = 40
CLOCK_MASK: constant(uint256) = 2**40 - 1
RAY: constant(uint256) = 10**27

ON_WAD: immutable(uint256[c.MAX_MARKETS])
OFF_WAD: immutable(uint256[c.MAX_MARKETS])
WINDOW_S: public(immutable(uint256))
MINIMUM_S: public(immutable(uint256))
KEPT_RAY: immutable(uint256)  # of a gap after a second


@deploy
def __init__(
    on_wad: uint256[c.MAX_MARKETS], off_wad: uint256[c.MAX_MARKETS], window_s: uint256, minimum_s: uint256
):
    for m: uint256 in range(c.MAX_MARKETS):
        assert on_wad[m] <= MAX_MOVE_WAD, "PriceMoveCircuit: on_wad above ten"
        assert off_wad[m] > 0, "PriceMoveCircuit: off_wad is zero"
        assert off_wad[m] <= on_wad[m], "PriceMoveCircuit: off_wad above on_wad"
    assert window_s > 0, "PriceMoveCircuit: window_s is zero"
    assert window_s <= 86_400, "PriceMoveCircuit: window_s above one day"
    assert minimum_s <= 86_400, "PriceMoveCircuit: minimum_s above one day"
    ON_WAD = on_wad
    OFF_WAD = off_wad
    WINDOW_S = window_s
    MINIMUM_S = minimum_s
    KEPT_RAY = RAY * window_s // (window_s + 1)


@internal
@view
def _kept_ray(seconds: uint256) -> uint256:
    """@notice What is left of a gap at a price that stays, by repeated squaring."""
    kept: uint256 = RAY
    power: uint256 = KEPT_RAY
    left: uint256 = seconds
    for _: uint256 in range(CLOCK_BITS):
        if left == 0:
            break
        if left & 1 == 1:
            kept = kept * power // RAY
        power = power * power // RAY
        left >>= 1
    return kept


@internal
@view
def _gap(price: uint256, last: uint256, average: uint256, elapsed_s: uint256) -> int256:
    """@notice Price less average, when the price went from the last one to this in a straight line."""
    old: int256 = convert(last, int256) - convert(average, int256)
    moved: int256 = convert(price, int256) - convert(last, int256)
    if elapsed_s == 0:
        return old + moved
    seconds: uint256 = min(elapsed_s, CLOCK_MASK)
    kept: uint256 = self._kept_ray(seconds)
    lags: uint256 = (RAY - kept) * WINDOW_S // seconds
    return (old * convert(kept, int256) + moved * convert(lags, int256)) // convert(RAY, int256)


@external
@view
def closed(
    market: uint256,
    price_wad: uint256,
    pnl_usd_wad: int256[2],
    pool_usd_wad: uint256[2],
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256):
    """@notice (bitmap of closed verbs, memo)."""
    price: uint256 = min(price_wad, PRICE_MASK)
    average: uint256 = memo & PRICE_MASK
    tripped: uint256 = memo >> (2 * PRICE_BITS)
    if price == 0:
        return CLOSES if tripped > 0 else 0, memo
    gap: int256 = 0
    if average > 0:
        gap = self._gap(price, (memo >> PRICE_BITS) & PRICE_MASK, average, elapsed_s)
    average = convert(convert(price, int256) - gap, uint256)

    move: uint256 = convert(abs(gap), uint256) * c.WAD
    if tripped == 0:
        if move > average * ON_WAD[market]:
            tripped = 1
    else:
        tripped = min(tripped + min(elapsed_s, CLOCK_MASK), CLOCK_MASK)
        if move < average * OFF_WAD[market] and tripped > MINIMUM_S:
            tripped = 0
    return CLOSES if tripped > 0 else 0, average | (price << PRICE_BITS) | (tripped << (2 * PRICE_BITS))
