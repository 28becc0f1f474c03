# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Square-root margin
@notice Drift's size premium: of a market's notional N (USD) the share max(base, 0.8 * base + imf * sqrt(N)) is required, at
        most all of it. Initial and maintenance margin have a base each and share the factor imf (per square root of a USD);
        the premium begins at N = (0.2 * base / imf)**2. Source: drift-labs/protocol-v2, programs/drift/src/math/margin.rs.
@dev Root, shares and requirement are rounded up. The original takes the root of the size in tokens; in USD one factor means
     the same at every price. With the same factor the larger base gives the larger share, so initial margin is never below
     maintenance.
"""

from ...interfaces import IMargin
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IMargin

BELOW_PREMIUM_BPS: constant(uint256) = 8_000  # of the base, under the root

INITIAL_BPS: immutable(uint256[c.MAX_MARKETS])
MAINTENANCE_BPS: immutable(uint256[c.MAX_MARKETS])
IMF_WAD_PER_SQRT_USD: immutable(uint256[c.MAX_MARKETS])


@deploy
def __init__(
    initial_bps: uint256[c.MAX_MARKETS],
    maintenance_bps: uint256[c.MAX_MARKETS],
    imf_wad_per_sqrt_usd: uint256[c.MAX_MARKETS],
):
    for m: uint256 in range(c.MAX_MARKETS):
        assert initial_bps[m] <= c.BPS, "SquareRootMargin: initial_bps above 10,000"
        assert maintenance_bps[m] > 0, "SquareRootMargin: maintenance_bps is zero"
        assert maintenance_bps[m] <= initial_bps[m], "SquareRootMargin: maintenance_bps above initial_bps"
        assert imf_wad_per_sqrt_usd[m] <= c.WAD, "SquareRootMargin: imf_wad_per_sqrt_usd above one"
    INITIAL_BPS = initial_bps
    MAINTENANCE_BPS = maintenance_bps
    IMF_WAD_PER_SQRT_USD = imf_wad_per_sqrt_usd


@internal
@pure
def _root_up(notional_usd_wad: uint256) -> uint256:
    """@notice Square root of a number of USD, WAD."""
    square: uint256 = notional_usd_wad * c.WAD
    root: uint256 = isqrt(square)
    if root * root < square:
        root += 1
    return root


@internal
@pure
def _share_wad(base_bps: uint256, premium_wad: uint256) -> uint256:
    base_wad: uint256 = base_bps * c.WAD_PER_BPS
    return min(max(base_wad, fp.mul_div_up(base_wad, BELOW_PREMIUM_BPS, c.BPS) + premium_wad), c.WAD)


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
            premium_wad: uint256 = fp.mul_up(self._root_up(notional), IMF_WAD_PER_SQRT_USD[m])
            initial += fp.mul_up(notional, self._share_wad(INITIAL_BPS[m], premium_wad))
            maintenance += fp.mul_up(notional, self._share_wad(MAINTENANCE_BPS[m], premium_wad))
    return initial, maintenance
