# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Price-move circuit breaker
@notice Reduce-only while the price runs away. The move is |price - average| / average, where the average follows the price
        with the time constant `window_s`: over a call that comes t later the gap shrinks to window / (window + t) of
        itself, near to what an exponential average shows of a price that went there in a straight line. A move above `on`
        closes mint, redeem, swap, increase and withdraw with positions; they open again when it is below `off` and at least
        `minimum_s` have passed. Source: none; it has the shape of an exchange's price halt.
@dev It always lets go: at a price that stays where it fell to, the average arrives there, after window * ln(move / off) when
     often called, and at a first call after window * (move / off - 1). Memo: bits 0-127 the average, bits 128-167 when it
     tripped, unix seconds, zero while open. No price (zero) changes nothing.
"""

from ...interfaces import ICircuit
from ...lib import constants as c
from ...lib import fixed_point as fp
from ...lib import gates

implements: ICircuit

CLOSES: constant(uint256) = (
    (1 << gates.MINT) | (1 << gates.REDEEM) | (1 << gates.SWAP) | (1 << gates.INCREASE) | (1 << gates.WITHDRAW)
)
MAX_MOVE_WAD: constant(uint256) = 10 * 10**18
PRICE_BITS: constant(uint256) = 128
PRICE_MASK: constant(uint256) = 2**128 - 1
CLOCK_MASK: constant(uint256) = 2**40 - 1

ON_WAD: immutable(uint256[c.MAX_MARKETS])
OFF_WAD: immutable(uint256[c.MAX_MARKETS])
WINDOW_S: public(immutable(uint256))
MINIMUM_S: public(immutable(uint256))


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
    tripped_at: uint256 = (memo >> PRICE_BITS) & CLOCK_MASK
    gap: uint256 = 0
    if price == 0:
        return CLOSES if tripped_at > 0 else 0, memo
    if average > 0:
        gap = fp.mul_div_down(fp.distance(price, average), WINDOW_S, WINDOW_S + min(elapsed_s, CLOCK_MASK))
    average = price + gap if price < average else price - gap

    if tripped_at == 0:
        if gap * c.WAD > average * ON_WAD[market]:
            tripped_at = block.timestamp
    elif gap * c.WAD < average * OFF_WAD[market] and block.timestamp >= tripped_at + MINIMUM_S:
        tripped_at = 0
    return CLOSES if tripped_at > 0 else 0, average | (tripped_at << PRICE_BITS)
