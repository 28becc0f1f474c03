# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Tier ladder
@notice The laddered liquidation of exchanges: a position in a higher risk tier is reduced to the limit of the tier that
        lies `steps` lower, so that its maintenance rate falls; one with fewer tiers below it closes whole, or is taken over
        at the bankruptcy price. One step: Bybit (help centre 000001098) and DigiFinex (support 33172385342233); two steps:
        OKX (help centre 360020411711).
@dev The tiers are those of the step-tier margin: three per market, by lower bound, a bound of zero (but the first) unused;
     a position at a bound is still in the tier below. Of several positions the one in the highest tier is reduced, the
     largest among equals (Bitunix, support 32152530856601). Only a market with more than one tier has steps to go down.
"""

from ...interfaces import ILiquidation
from ...lib import charges
from ...lib import constants as c
from ...lib import fixed_point as fp

initializes: charges

implements: ILiquidation

exports: (charges.FEE_BPS, charges.PENALTY_BPS, charges.KEEPER_BPS, charges.KEEPER_USD_WAD, charges.POOL_PAYS_KEEPER)

TIERS: constant(uint256) = 3

LOWER_USD_WAD: immutable(uint256[TIERS][c.MAX_MARKETS])
STEPS: public(immutable(uint256))
TAKES_OVER: public(immutable(bool))


@deploy
def __init__(
    lower_usd_wad: uint256[TIERS][c.MAX_MARKETS],
    steps: uint256,
    takes_over: bool,
    fee_bps: uint256,
    penalty_bps: uint256,
    keeper_bps: uint256,
    keeper_usd_wad: uint256,
    pool_pays_keeper: bool,
):
    for m: uint256 in range(c.MAX_MARKETS):
        assert lower_usd_wad[m][0] == 0, "TierLadder: lower_usd_wad of the first tier is not zero"
        for t: uint256 in range(1, TIERS):
            assert lower_usd_wad[m][t] <= charges.MOST_USD_WAD, "TierLadder: lower_usd_wad above 1e15"
            if lower_usd_wad[m][t] == 0:
                break
            assert lower_usd_wad[m][t] > lower_usd_wad[m][t - 1], "TierLadder: lower_usd_wad does not rise"
    assert steps >= 1 and steps <= 2, "TierLadder: steps outside 1..2"
    assert charges._are_bounded(fee_bps, penalty_bps, keeper_bps), "TierLadder: charges above 1,000 bps"
    assert keeper_usd_wad <= charges.MOST_KEEPER_USD_WAD, "TierLadder: keeper_usd_wad above 100 USD"
    LOWER_USD_WAD = lower_usd_wad
    STEPS = steps
    TAKES_OVER = takes_over
    charges.__init__(fee_bps, penalty_bps, keeper_bps, keeper_usd_wad, pool_pays_keeper)


@internal
@view
def _tier(m: uint256, notional_usd_wad: uint256) -> uint256:
    tier: uint256 = 0
    for t: uint256 in range(1, TIERS):
        if LOWER_USD_WAD[m][t] == 0 or notional_usd_wad <= LOWER_USD_WAD[m][t]:
            break
        tier = t
    return tier


@external
@view
def plan(
    equity_usd_wad: int256,
    maintenance_usd_wad: uint256,
    notionals_usd_wad: uint256[c.MAX_MARKETS],
    memo: uint256,
) -> ILiquidation.Plan:
    """@notice Down the ladder with the position in the highest tier, or everything."""
    market: uint256 = 0
    tier: uint256 = 0
    largest: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        t: uint256 = self._tier(m, notionals_usd_wad[m])
        if t > tier or (t == tier and notionals_usd_wad[m] > largest):
            market = m
            tier = t
            largest = notionals_usd_wad[m]

    answer: ILiquidation.Plan = charges._whole(memo)
    if equity_usd_wad <= 0 or tier < STEPS:
        answer.takes_over = TAKES_OVER
        return answer
    answer.is_full = False
    answer.market = market
    limit: uint256 = LOWER_USD_WAD[market][tier - STEPS + 1]
    answer.close_wad = fp.mul_div_up(largest - limit, c.WAD, largest)
    return answer
