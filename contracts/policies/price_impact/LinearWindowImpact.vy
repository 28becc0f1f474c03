# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Linear plus window impact
@notice Jupiter's trade impact: linear bps = ceil(notional * 10,000 / linear scale), plus, while the absolute net change of open
        interest in the last minute D exceeds a threshold, ceil(ceil((D / threshold)**exponent) / fee factor) bps, together at most
        `maximum_bps`. Source: julianfssen/jupiter-perps-anchor-idl-parsing, src/examples/price-impact-fee.ts.
@dev The original keeps sixty one-second slots. One word holds the whole memory here, so the minute is six slots of ten seconds, in whole
     USD: an approximation. Memo: bits 0-39 the newest slot's number, then six offset-binary flows of 36 bits.
     An opposite flow inside the minute cancels the surcharge, as in the original.
"""

from ...interfaces import IPriceImpact
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IPriceImpact

SLOT_S: constant(uint256) = 10
SLOTS: constant(uint256) = 6
CLOCK_BITS: constant(uint256) = 40
FLOW_BITS: constant(uint256) = 36
CLOCK_MASK: constant(uint256) = 2**40 - 1
FLOW_MASK: constant(uint256) = 2**36 - 1
FLOW_ZERO: constant(int256) = 2**35  # offset-binary zero

LINEAR_SCALE_USD_WAD: immutable(uint256[c.MAX_MARKETS])
THRESHOLD_USD_WAD: immutable(uint256[c.MAX_MARKETS])
EXPONENT: public(immutable(uint256))
FEE_FACTOR: public(immutable(uint256))
MAXIMUM_BPS: public(immutable(uint256))


@deploy
def __init__(
    linear_scale_usd_wad: uint256[c.MAX_MARKETS],
    threshold_usd_wad: uint256[c.MAX_MARKETS],
    exponent: uint256,
    fee_factor: uint256,
    maximum_bps: uint256,
):
    for scale: uint256 in linear_scale_usd_wad:
        assert scale >= c.WAD, "LinearWindowImpact: linear_scale_usd_wad below one USD"
        assert scale <= 10**15 * c.WAD, "LinearWindowImpact: linear_scale_usd_wad above 1e15"
    for threshold: uint256 in threshold_usd_wad:
        assert threshold >= c.WAD, "LinearWindowImpact: threshold_usd_wad below one USD"
        assert threshold <= 10**15 * c.WAD, "LinearWindowImpact: threshold_usd_wad above 1e15"
    assert exponent >= 1 and exponent <= 3, "LinearWindowImpact: exponent outside 1..3"
    assert fee_factor > 0, "LinearWindowImpact: fee_factor is zero"
    assert fee_factor <= 10_000, "LinearWindowImpact: fee_factor above 10,000"
    assert maximum_bps <= 1_000, "LinearWindowImpact: maximum_bps above 1,000"
    LINEAR_SCALE_USD_WAD = linear_scale_usd_wad
    THRESHOLD_USD_WAD = threshold_usd_wad
    EXPONENT = exponent
    FEE_FACTOR = fee_factor
    MAXIMUM_BPS = maximum_bps


@internal
@view
def _surcharge_bps(flow_usd: uint256, threshold_usd_wad: uint256) -> uint256:
    flow_usd_wad: uint256 = flow_usd * c.WAD
    if flow_usd_wad <= threshold_usd_wad:
        return 0
    ratio_wad: uint256 = fp.mul_div_up(flow_usd_wad, c.WAD, threshold_usd_wad)
    power_wad: uint256 = ratio_wad
    for _: uint256 in range(EXPONENT - 1, bound=2):
        power_wad = fp.mul_up(power_wad, ratio_wad)
    whole: uint256 = fp.mul_div_up(power_wad, 1, c.WAD)
    return fp.mul_div_up(whole, 1, FEE_FACTOR)


@external
@view
def fill_price(
    market: uint256,
    base_price_wad: uint256,
    size_delta_wad: int256,
    grows: bool,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    memo: uint256,
) -> (uint256, uint256):
    """@notice Fill price (worse than the base for the trader) and the memo with this trade in its window."""
    usd_wad: uint256 = fp.mul_up(fp.magnitude(size_delta_wad), base_price_wad)
    change: int256 = convert(usd_wad // c.WAD, int256)
    if not grows:
        change = -change

    now: uint256 = block.timestamp // SLOT_S
    last: uint256 = memo & CLOCK_MASK
    total: int256 = 0
    new_memo: uint256 = now
    for i: uint256 in range(SLOTS):
        # slot i holds the flow of the newest number n <= now with n % SLOTS == i
        age: uint256 = (now + SLOTS - i) % SLOTS
        flow: int256 = 0
        if now - age <= last and last < now - age + SLOTS:
            flow = convert((memo >> (CLOCK_BITS + FLOW_BITS * i)) & FLOW_MASK, int256) - FLOW_ZERO
        if age == 0:
            flow = max(min(flow + change, FLOW_ZERO - 1), -FLOW_ZERO)
        total += flow
        new_memo |= convert(flow + FLOW_ZERO, uint256) << (CLOCK_BITS + FLOW_BITS * i)

    bps: uint256 = fp.mul_div_up(usd_wad, c.BPS, LINEAR_SCALE_USD_WAD[market])
    bps += self._surcharge_bps(convert(abs(total), uint256), THRESHOLD_USD_WAD[market])
    bps = min(bps, MAXIMUM_BPS)
    # Rounded up, but not above the hard bound, which Market rounds down.
    impact: uint256 = min(fp.mul_div_up(base_price_wad, bps, c.BPS), fp.mul_down(base_price_wad, c.MAX_IMPACT_WAD))
    if size_delta_wad > 0:
        return base_price_wad + impact, new_memo
    return base_price_wad - impact, new_memo
