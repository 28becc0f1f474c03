# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Open-interest margin
@notice dYdX's initial margin that rises with a market's open interest OI: the share is IMF up to the lower cap, one from
        the upper cap on, and IMF + (OI - lower) / (upper - lower) * (1 - IMF) between them. Both caps zero: it never rises.
        Maintenance margin is a share of the initial margin before the rise, so that what others open makes nobody
        liquidatable. Source: dydxprotocol/v4-chain, protocol/x/perpetuals/types/liquidity_tier.go.
@dev Rounded up. The share is between IMF and one: initial margin is never below maintenance and never above the notional.
"""

from ...interfaces import IMargin
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IMargin

INITIAL_BPS: immutable(uint256[c.MAX_MARKETS])
MAINTENANCE_SHARE_BPS: immutable(uint256[c.MAX_MARKETS])
LOWER_CAP_USD_WAD: immutable(uint256[c.MAX_MARKETS])
UPPER_CAP_USD_WAD: immutable(uint256[c.MAX_MARKETS])


@deploy
def __init__(
    initial_bps: uint256[c.MAX_MARKETS],
    maintenance_share_bps: uint256[c.MAX_MARKETS],
    lower_cap_usd_wad: uint256[c.MAX_MARKETS],
    upper_cap_usd_wad: uint256[c.MAX_MARKETS],
):
    for m: uint256 in range(c.MAX_MARKETS):
        assert initial_bps[m] > 0, "OpenInterestMargin: initial_bps is zero"
        assert initial_bps[m] <= c.BPS, "OpenInterestMargin: initial_bps above 10,000"
        assert maintenance_share_bps[m] > 0, "OpenInterestMargin: maintenance_share_bps is zero"
        assert maintenance_share_bps[m] <= c.BPS, "OpenInterestMargin: maintenance_share_bps above 10,000"
        lower: uint256 = lower_cap_usd_wad[m]
        upper: uint256 = upper_cap_usd_wad[m]
        assert upper <= 10**15 * c.WAD, "OpenInterestMargin: upper_cap_usd_wad above 1e15"
        is_off: bool = lower == 0 and upper == 0
        assert is_off or lower < upper, "OpenInterestMargin: lower_cap_usd_wad not below upper_cap_usd_wad"
    INITIAL_BPS = initial_bps
    MAINTENANCE_SHARE_BPS = maintenance_share_bps
    LOWER_CAP_USD_WAD = lower_cap_usd_wad
    UPPER_CAP_USD_WAD = upper_cap_usd_wad


@internal
@view
def _initial_wad(m: uint256, open_interest_usd_wad: uint256) -> uint256:
    base_wad: uint256 = INITIAL_BPS[m] * c.WAD_PER_BPS
    lower: uint256 = LOWER_CAP_USD_WAD[m]
    upper: uint256 = UPPER_CAP_USD_WAD[m]
    if upper == 0 or open_interest_usd_wad <= lower:
        return base_wad
    if open_interest_usd_wad >= upper:
        return c.WAD
    return base_wad + fp.mul_div_up(open_interest_usd_wad - lower, c.WAD - base_wad, upper - lower)


@external
@view
def requirement(
    notionals_usd_wad: uint256[c.MAX_MARKETS], open_interest_usd_wad: uint256[c.MAX_MARKETS]
) -> (uint256, uint256):
    """@notice (initial, maintenance) in USD WAD, rounded up."""
    initial: uint256 = 0
    maintenance: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        notional: uint256 = notionals_usd_wad[m]
        if notional > 0:
            initial += fp.mul_up(notional, self._initial_wad(m, open_interest_usd_wad[m]))
            maintenance += fp.mul_div_up(notional, INITIAL_BPS[m] * MAINTENANCE_SHARE_BPS[m], c.BPS * c.BPS)
    return initial, maintenance
