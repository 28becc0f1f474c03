# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Profit-ratio circuit breaker
@notice Closes verbs while the traders' profit on a side is too large a share of the value of the asset that backs it, so
        that nobody enters or leaves at a price of shares that the winners are about to change: mint above `mint_ratio`,
        redeem and swap above `redeem_ratio`, increase above `increase_ratio`; a ratio of zero never closes. The worse side
        counts. Source: gmx-synthetics, contracts/market/MarketUtils.sol (the largest profit factors for deposits and
        withdrawals).
@dev Without memory: open again as soon as the ratio is not above. An asset worth nothing is exceeded by any profit.
"""

from ...interfaces import ICircuit
from ...lib import constants as c
from ...lib import fixed_point as fp
from ...lib import gates

implements: ICircuit

MAX_RATIO_WAD: constant(uint256) = 10 * 10**18

MINT_RATIO_WAD: public(immutable(uint256))
REDEEM_RATIO_WAD: public(immutable(uint256))
INCREASE_RATIO_WAD: public(immutable(uint256))


@deploy
def __init__(mint_ratio_wad: uint256, redeem_ratio_wad: uint256, increase_ratio_wad: uint256):
    assert mint_ratio_wad <= MAX_RATIO_WAD, "ProfitRatioCircuit: mint_ratio_wad above ten"
    assert redeem_ratio_wad <= MAX_RATIO_WAD, "ProfitRatioCircuit: redeem_ratio_wad above ten"
    assert increase_ratio_wad <= MAX_RATIO_WAD, "ProfitRatioCircuit: increase_ratio_wad above ten"
    MINT_RATIO_WAD = mint_ratio_wad
    REDEEM_RATIO_WAD = redeem_ratio_wad
    INCREASE_RATIO_WAD = increase_ratio_wad


@internal
@pure
def _exceeds(pnl_usd_wad: int256[2], pool_usd_wad: uint256[2], ratio_wad: uint256) -> bool:
    if ratio_wad == 0:
        return False
    for side: uint256 in range(2):
        if fp.unsigned_or_zero(pnl_usd_wad[side]) * c.WAD > pool_usd_wad[side] * ratio_wad:
            return True
    return False


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
    """@notice (bitmap of closed verbs, no memory)."""
    verbs: uint256 = 0
    if self._exceeds(pnl_usd_wad, pool_usd_wad, MINT_RATIO_WAD):
        verbs |= 1 << gates.MINT
    if self._exceeds(pnl_usd_wad, pool_usd_wad, REDEEM_RATIO_WAD):
        verbs |= (1 << gates.REDEEM) | (1 << gates.SWAP)
    if self._exceeds(pnl_usd_wad, pool_usd_wad, INCREASE_RATIO_WAD):
        verbs |= 1 << gates.INCREASE
    return verbs, 0
