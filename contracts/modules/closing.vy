# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Closing
@notice How a liquidation closes positions: what has a price, what is too small to be left, what was owed and could not be paid.
"""

from ..interfaces import ILiquidation
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import dues
from ..lib import fixed_point as fp
from ..lib import haircuts
from . import losses

uses: losses

ALL_MARKETS: constant(uint256) = 2**c.MAX_MARKETS - 1
MAX_CLOSES: constant(uint256) = 2 * c.MAX_MARKETS  # toward a target: each position once, and again where a rehearsal was not exact


struct Closing:
    closed_usd_wad: uint256
    arrears: losses.Arrears
    borrow_usd_wad: uint256
    entry_fees_usd_wad: uint256  # what opening it cost
    exit_fees_usd_wad: uint256  # what its owner would have paid for closing it
    worst_market: uint256  # where most was left unpaid
    worst_side: uint256  # of the closed position there
    worst_usd_wad: uint256


@internal
@view
def _priced(account: uint256, worst: uint256) -> uint256:
    """@notice Bitmap of the markets that are not without a price for what the account holds there, or for what its profit is paid in."""
    if worst < c.HALTED:
        return ALL_MARKETS
    px: IOracle.Price[c.MAX_FEEDS] = staticcall losses.ORACLE.prices()
    priced: uint256 = 0
    market_count: uint256 = staticcall losses.MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
        if position.size_wad == 0:
            continue
        params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
        payer: IMarket.AssetParams = staticcall losses.MARKET.asset_params(
            params.long_asset if position.size_wad > 0 else params.short_asset
        )
        if max(px[params.feed].status, px[payer.feed].status) < c.HALTED:
            priced |= 1 << m
    return priced


@internal
@view
def _partial(m: uint256, position: IMarket.Position, close_wad: uint256) -> int256:
    """@notice The share to close, rounded up; all of it when what remains would be too small to stand."""
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    if fp.mul_down(position.cost_usd_wad, c.WAD - close_wad) <= params.min_position_usd_wad:
        return -position.size_wad
    closed: int256 = convert(fp.mul_up(fp.magnitude(position.size_wad), close_wad), int256)
    if position.size_wad > 0:
        return -closed
    return closed


@internal
def _close_one(account: uint256, m: uint256, size_delta_wad: int256, plan: ILiquidation.Plan, before: Closing) -> Closing:
    """@notice Close this much of one position; adds to what was closed before. What price impact takes leaves enough for the charges."""
    done: Closing = before
    position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
    moved: uint256 = fp.magnitude(size_delta_wad)
    size: uint256 = fp.magnitude(position.size_wad)
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    charges_wad: uint256 = dues.per_usd_wad(plan, params.trade_fee_wad)
    fill: IMarket.Fill = extcall losses.DESK.close_out(account, m, size_delta_wad, charges_wad, plan.keeper_usd_wad, True)
    missed: uint256 = fill.unpaid_usd_wad
    cost: uint256 = fp.mul_div_down(position.cost_usd_wad, moved, size)
    closed: uint256 = fp.mul_down(moved, fill.price_wad)
    done.entry_fees_usd_wad += fp.mul_down(cost, params.trade_fee_wad)
    done.exit_fees_usd_wad += fp.mul_down(closed, params.trade_fee_wad)
    done.closed_usd_wad += closed
    done.arrears = losses._noted(done.arrears, m, fill)
    done.borrow_usd_wad += fill.borrow_usd_wad
    if missed > done.worst_usd_wad:
        done.worst_usd_wad = missed
        done.worst_market = m
        done.worst_side = c.LONG if position.size_wad > 0 else c.SHORT
    return done


@internal
def _close(account: uint256, plan: ILiquidation.Plan, markets: uint256, is_full: bool, before: Closing) -> Closing:
    """@notice Close the planned share of one position, or all of them in these markets."""
    done: Closing = before
    market_count: uint256 = staticcall losses.MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        if markets & (1 << m) == 0:
            continue
        position: IMarket.Position = empty(IMarket.Position)
        ignored: IMarket.Side = empty(IMarket.Side)
        position, ignored = haircuts.of(losses.MARKET, account, m)
        if position.size_wad == 0:
            continue
        delta: int256 = -position.size_wad
        if not is_full:
            delta = self._partial(m, position, plan.close_wad)
        done = self._close_one(account, m, delta, plan, done)
    return done


@internal
def _restore(account: uint256, plan: ILiquidation.Plan, markets: uint256) -> (Closing, bool):
    """
    @notice Close of one position after another as little as reaches the plan's target.
    @return (what was closed, whether everything has to close: no partial close reaches the target, or one could not be paid)
    """
    done: Closing = empty(Closing)
    left: uint256 = markets
    is_enough: bool = False
    for _: uint256 in range(MAX_CLOSES):
        m: uint256 = 0
        delta: int256 = 0
        m, delta, is_enough = staticcall losses.DESK.restoring_close(
            account, left, plan, done.closed_usd_wad, done.exit_fees_usd_wad
        )
        if delta == 0:
            # What a limit per liquidation leaves open is for the next one.
            return done, not is_enough and (plan.close_wad == c.WAD or done.closed_usd_wad == 0)
        done = self._close_one(account, m, delta, plan, done)
        if done.arrears.usd_wad > 0:
            return done, True
        if not is_enough and plan.close_wad < c.WAD:
            left &= ~(1 << m)  # else what collateral could not pay for yet has its turn again
    return done, not is_enough and plan.close_wad == c.WAD


@internal
@view
def _heals(account: uint256, h: IMarket.Health, plan: ILiquidation.Plan, notional: uint256) -> bool:
    """
    @notice Whether the planned close raises the margin ratio: only if equity / notional is above the cost of each USD closed, price
            impact and the flat reward included.
    """
    position: IMarket.Position = empty(IMarket.Position)
    ignored: IMarket.Side = empty(IMarket.Side)
    position, ignored = haircuts.of(losses.MARKET, account, plan.market)
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(plan.market)
    delta: int256 = self._partial(plan.market, position, plan.close_wad)
    impact: int256 = staticcall losses.DESK.impact_of(plan.market, delta)
    closed: uint256 = fp.mul_div_down(
        h.notionals[plan.market], fp.magnitude(delta), fp.magnitude(position.size_wad)
    )
    cost: int256 = impact + convert(plan.keeper_usd_wad, int256)
    cost += convert(fp.mul_up(closed, dues.per_usd_wad(plan, params.trade_fee_wad)), int256)
    return fp.unsigned_or_zero(h.equity) * closed > fp.unsigned_or_zero(cost) * notional
