# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice Everything is closed at once; insurance gets `penalty_bps` of what is closed, the keeper a flat reward.
@dev Charges are bounded by the caller: together 10 % of what is closed. `memo` is per account.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import ILiquidation
from contracts.lib import constants as c

implements: ILiquidation

KEEPER_USD_WAD: constant(uint256) = 2 * 10**18

PENALTY_BPS: public(immutable(uint256))


@deploy
def __init__(penalty_bps: uint256):
    assert penalty_bps <= 1_000, "MyPolicy: penalty_bps above 1,000"
    PENALTY_BPS = penalty_bps


@external
@view
def plan(
    equity_usd_wad: int256,
    maintenance_usd_wad: uint256,
    notionals_usd_wad: uint256[c.MAX_MARKETS],
    memo: uint256,
) -> ILiquidation.Plan:
    """@notice What to close of an account below maintenance margin, and who is paid for it."""
    return ILiquidation.Plan(
        market=0,  # which position to reduce, where not all are closed
        close_wad=0,  # share of it
        is_full=True,
        fee_wad=0,
        penalty_wad=PENALTY_BPS * c.WAD_PER_BPS,
        keeper_wad=0,
        keeper_usd_wad=KEEPER_USD_WAD,
        forfeits=False,
        takes_over=False,
        pool_pays_keeper=False,
        memo=memo,
        target_wad=0,  # equity / requirement to restore instead, wherever the least close does it
    )
