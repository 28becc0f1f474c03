# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Margin
@notice What an account is worth and what is required of it, across all of its markets.
"""

from ..interfaces import IMargin
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import pricing
from . import accounts
from . import assets
from . import markets
from . import policies

uses: accounts
uses: assets
uses: markets
uses: policies


@internal
@view
def _health(account: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> IMarket.Health:
    """
    @dev Funding counts as if it were paid, as far as the pot goes, and per unit all of it: where no token is free it is set off against what
         is owed to the pool. What the pot does not hold supports nothing.
    """
    h: IMarket.Health = empty(IMarket.Health)
    held: uint256 = accounts.markets_of[account]
    earned: uint256[c.MAX_ASSETS] = empty(uint256[c.MAX_ASSETS])  # tokens that its funding would bring
    open_interest: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
    for m: uint256 in range(markets.market_count, bound=c.MAX_MARKETS):
        due: uint256 = markets.funding_claims[account][m]
        if held & (1 << m) != 0:
            sides: IMarket.Side[2] = markets._accrued(m, px)
            pos: IMarket.Position = markets._booked(account, m, sides)
            is_long: bool = pos.size_wad > 0
            side: uint256 = c.LONG if is_long else c.SHORT
            size: uint256 = fp.magnitude(pos.size_wad)
            price: IOracle.Price = markets._price_of(m, px)
            price_wad: uint256 = price.low if is_long else price.high
            pnl: int256 = pricing.pnl_down(size, pos.cost_usd_wad, price_wad, is_long)
            borrow: uint256 = 0
            funding: int256 = 0
            borrow, funding = pricing.owed(pos, sides[side])
            k: uint256 = markets._side_asset(m, side)
            payer: IOracle.Price = assets._price_of(k, px)
            if pnl > 0:
                # Profit counts as the tokens that it would be paid in.
                pnl = markets._payable(m, side, pnl, price_wad, px)
                scale: uint256 = assets.asset_params[k].scale
                tokens: uint256 = pricing.amount_down(convert(pnl, uint256), scale, payer.high)
                usd: uint256 = pricing.value_down(min(tokens, pos.reserve), scale, min(payer.low, payer.collateral))
                pnl = convert(assets._counted(k, usd), int256)
            owed: int256 = convert(borrow, int256) + max(funding, 0)
            due += fp.unsigned_or_zero(-funding)
            h.equity += pnl - owed
            h.free += min(pnl, 0) - owed
            h.notionals[m] = fp.mul_up(size, price_wad)
            # Worst price that the position rests on: its market's, and that of the asset that pays it.
            h.status = max(h.status, max(price.status, payer.status))
            open_interest[m] = max(sides[c.LONG].cost_usd_wad, sides[c.SHORT].cost_usd_wad)
        if due > 0:
            if not markets.FUNDING_PER_UNIT:
                due = min(due, markets.clocks[m].funding_pot_usd_wad)
            h.earned_usd_wad += due
            k: uint256 = markets.market_params[m].short_asset
            earned[k] += pricing.amount_down(due, assets.asset_params[k].scale, assets._price_of(k, px).high)
    sure: uint256 = 0
    h.collateral, sure, h.collateral_status = accounts._collateral_value(account, earned, px)
    h.equity += convert(h.collateral, int256)
    h.free += convert(sure, int256)
    if held == 0:
        return h
    h.initial, h.maintenance = staticcall IMargin(policies.policy_of[c.MARGIN]).requirement(h.notionals, open_interest)
    err.check(h.initial >= h.maintenance, err.POLICY_MARGIN_CROSSED)
    return h


@internal
@view
def _check_initial(h: IMarket.Health):
    err.check(h.free >= convert(h.initial, int256), err.MARGIN_BELOW_INITIAL)
