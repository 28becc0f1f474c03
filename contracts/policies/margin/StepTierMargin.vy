# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Step-tier margin
@notice Hyperliquid's tiers: maintenance = notional * mmr(t) - deduction(t), where mmr(t) is half of 1 / leverage(t) and the deductions
        make the requirement continuous; initial margin is twice that. Source: hyperliquid.gitbook.io, trading/margin-tiers.
@dev Three tiers per market; a tier whose lower bound is zero (but the first) is unused. Rates are rounded up when they are set.
"""

from ...interfaces import IMargin
from ...lib import constants as c
from ...lib import fixed_point as fp

implements: IMargin

TIERS: constant(uint256) = 3
MAX_LEVERAGE: constant(uint256) = 1_000

LOWER_USD_WAD: immutable(uint256[TIERS][c.MAX_MARKETS])
MAINTENANCE_WAD: immutable(uint256[TIERS][c.MAX_MARKETS])
DEDUCTION_USD_WAD: immutable(uint256[TIERS][c.MAX_MARKETS])


@deploy
def __init__(lower_usd_wad: uint256[TIERS][c.MAX_MARKETS], leverage: uint256[TIERS][c.MAX_MARKETS]):
    rates: uint256[TIERS][c.MAX_MARKETS] = empty(uint256[TIERS][c.MAX_MARKETS])
    deductions: uint256[TIERS][c.MAX_MARKETS] = empty(uint256[TIERS][c.MAX_MARKETS])
    for m: uint256 in range(c.MAX_MARKETS):
        assert lower_usd_wad[m][0] == 0, "StepTierMargin: lower_usd_wad of the first tier is not zero"
        assert leverage[m][0] > 0, "StepTierMargin: leverage is zero"
        assert leverage[m][0] <= MAX_LEVERAGE, "StepTierMargin: leverage above 1,000"
        rates[m][0] = fp.mul_div_up(c.WAD, 1, 2 * leverage[m][0])
        for t: uint256 in range(1, TIERS):
            assert lower_usd_wad[m][t] <= 10**15 * c.WAD, "StepTierMargin: lower_usd_wad above 1e15"
            assert leverage[m][t] <= MAX_LEVERAGE, "StepTierMargin: leverage above 1,000"
            if lower_usd_wad[m][t] == 0:
                break
            assert lower_usd_wad[m][t] > lower_usd_wad[m][t - 1], "StepTierMargin: lower_usd_wad does not rise"
            assert leverage[m][t] > 0, "StepTierMargin: leverage is zero"
            assert leverage[m][t] <= leverage[m][t - 1], "StepTierMargin: leverage rises with size"
            rates[m][t] = fp.mul_div_up(c.WAD, 1, 2 * leverage[m][t])
            deductions[m][t] = deductions[m][t - 1] + fp.mul_down(
                lower_usd_wad[m][t], rates[m][t] - rates[m][t - 1]
            )
    LOWER_USD_WAD = lower_usd_wad
    MAINTENANCE_WAD = rates
    DEDUCTION_USD_WAD = deductions


@internal
@view
def _maintenance(m: uint256, notional_usd_wad: uint256) -> uint256:
    tier: uint256 = 0
    for t: uint256 in range(1, TIERS):
        if LOWER_USD_WAD[m][t] == 0 or notional_usd_wad <= LOWER_USD_WAD[m][t]:
            break
        tier = t
    return fp.mul_up(notional_usd_wad, MAINTENANCE_WAD[m][tier]) - DEDUCTION_USD_WAD[m][tier]


@external
@view
def requirement(
    notionals_usd_wad: uint256[c.MAX_MARKETS], open_interest_usd_wad: uint256[c.MAX_MARKETS]
) -> (uint256, uint256):
    """@notice (initial, maintenance) in USD WAD, rounded up."""
    maintenance: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        if notionals_usd_wad[m] > 0:
            maintenance += self._maintenance(m, notionals_usd_wad[m])
    return 2 * maintenance, maintenance


@external
@view
def deduction(m: uint256, tier: uint256) -> uint256:
    """@notice USD WAD that a tier's requirement is lowered by."""
    return DEDUCTION_USD_WAD[m][tier]
