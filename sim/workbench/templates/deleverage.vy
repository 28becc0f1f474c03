# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title MyPolicy
@notice Where the traders' profit on a side is above `trigger` of what backs it, winners realise the excess, each the same
        share of its profit.
@dev A trigger of zero: never. Candidates are ranked by `score` and walked from the top; `allot` says what each gives.
     Begun by `breakwater new policy`. A constructor argument becomes a key of the design file, and the ending of its
     name its unit: x_bps basis points, x_s seconds, x_wad a number (key x), x_usd_wad USD (key x_usd), x_wad_per_s a
     rate (key x_per_year), x_assets a list of assets, bool true or false; uint256[8] has a value for each market.
     A policy has no storage; what a rule has to remember goes through `memo`, where its slot has one.
     contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import IDeleverage
from contracts.lib import constants as c
from contracts.lib import fixed_point as fp

implements: IDeleverage

TRIGGER_WAD: public(immutable(uint256))


@deploy
def __init__(trigger_wad: uint256):
    assert trigger_wad <= 10 * c.WAD, "MyPolicy: trigger_wad above ten"
    TRIGGER_WAD = trigger_wad


@external
@view
def goal(pnl_usd_wad: int256, pool_usd_wad: uint256, deficit_usd_wad: uint256) -> IDeleverage.Goal:
    """@notice What winners have to realise, and what they lose because a bankrupt account left a loss, USD WAD."""
    answer: IDeleverage.Goal = empty(IDeleverage.Goal)
    allowed: uint256 = fp.mul_down(TRIGGER_WAD, pool_usd_wad)
    if TRIGGER_WAD > 0:
        answer.realise_usd_wad = fp.sub_or_zero(fp.unsigned_or_zero(pnl_usd_wad), allowed)
    return answer


@external
@view
def list_rule() -> uint256:
    """@notice Nobody's share depends on who else is named (contracts/lib/constants.vy has the other rules)."""
    return c.BY_SHARE


@external
@view
def score(
    profit_usd_wad: uint256, cost_usd_wad: uint256, notional_usd_wad: uint256, equity_usd_wad: int256
) -> uint256:
    """@notice Place in the ranking, higher first; zero is no candidate."""
    if profit_usd_wad == 0 or equity_usd_wad <= 0:
        return 0
    return 1


@external
@view
def allot(
    left_usd_wad: uint256, needed_usd_wad: uint256, profit_usd_wad: uint256, total_profit_usd_wad: uint256
) -> uint256:
    """@notice USD WAD of this candidate's profit to take, at most all of it."""
    if total_profit_usd_wad == 0:
        return 0
    share: uint256 = fp.mul_div_up(needed_usd_wad, profit_usd_wad, total_profit_usd_wad)
    return min(min(share, profit_usd_wad), left_usd_wad)
