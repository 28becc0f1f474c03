# pragma version 0.4.3
"""
@title Fragile policy
@notice A weight fee, a rate for borrowing or funding, or a margin rule that is modest as long as amounts are below a limit, and reverts above.
"""

from ..interfaces import IBorrowRate
from ..interfaces import IFundingRate
from ..interfaces import IMargin
from ..interfaces import IWeightFee
from ..lib import constants as c

implements: IBorrowRate
implements: IFundingRate
implements: IMargin
implements: IWeightFee

LIMIT_USD_WAD: immutable(uint256)


@deploy
def __init__(limit_usd_wad: uint256):
    LIMIT_USD_WAD = limit_usd_wad


@internal
@view
def _bear(usd_wad: uint256):
    assert usd_wad < LIMIT_USD_WAD


@external
@view
def fee(
    kind: uint256,
    asset: uint256,
    other: uint256,
    current_usd_wad: uint256,
    target_usd_wad: uint256,
    delta_usd_wad: uint256,
    increases: bool,
) -> int256:
    self._bear(delta_usd_wad)
    return 0


@external
@view
def rates(
    market: uint256,
    utilisation_long_wad: uint256,
    utilisation_short_wad: uint256,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256, uint256):
    self._bear(long_usd_wad)
    return 0, 0, memo


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    self._bear(long_usd_wad)
    return 0, memo


@external
@view
def requirement(
    notionals_usd_wad: uint256[c.MAX_MARKETS], open_interest_usd_wad: uint256[c.MAX_MARKETS]
) -> (uint256, uint256):
    total: uint256 = 0
    for usd: uint256 in notionals_usd_wad:
        self._bear(usd)
        total += usd
    return total // 10, total // 50
