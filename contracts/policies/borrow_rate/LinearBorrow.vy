# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Linear borrow rate
@notice rate = rate at full utilisation * utilisation, for each side on the asset that backs it. Source: gmx-contracts,
        Vault.getNextFundingRate.
@dev The original steps once an hour; this accrues by the second.
"""

from ...interfaces import IBorrowRate
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IBorrowRate

RATE_AT_FULL_WAD_PER_S: public(immutable(uint256))


@deploy
def __init__(rate_at_full_wad_per_s: uint256):
    assert rate_at_full_wad_per_s <= c.MAX_RATE_WAD_PER_S, "LinearBorrow: rate_at_full_wad_per_s above the hard bound"
    RATE_AT_FULL_WAD_PER_S = rate_at_full_wad_per_s


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
    """@notice (long, short) WAD per second on the entry notional, and the memo."""
    return (
        fp.mul_up(RATE_AT_FULL_WAD_PER_S, utilisation_long_wad),
        fp.mul_up(RATE_AT_FULL_WAD_PER_S, utilisation_short_wad),
        memo,
    )
