# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Winners
@notice Auto-deleveraging: winners of a side are closed when its profit is too large for what backs it, or give profit back when a bankrupt
        account of the other side left the pool a loss.
"""

from ..interfaces import IDeleverage
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import gates
from ..lib import pricing
from . import losses
from . import policies

uses: losses
uses: policies

MAX_CANDIDATES: constant(uint256) = 16
DUST_USD_WAD: constant(uint256) = 10**16  # a cent, which the rounding of tokens may leave, troubles nobody else

ORACLE: public(immutable(IOracle))


struct Deleveraging:
    needed_usd_wad: uint256
    taken_usd_wad: uint256  # profit closed, or taken back
    closed_usd_wad: uint256
    overshoot_usd_wad: uint256  # taken beyond what was needed
    accounts: uint256
    is_haircut: bool


event Deleveraged:
    market: indexed(uint256)
    side: indexed(uint256)
    result: Deleveraging


@deploy
def __init__(oracle: address):
    ORACLE = IOracle(oracle)


@external
def deleverage(m: uint256, side: uint256, candidates: uint256[MAX_CANDIDATES]) -> Deleveraging:
    """
    @notice Close winners of a side: because its profit is too large for what backs it (they are paid), or because a bankrupt account of
            the other side left the pool a loss (they lose that much profit). Anybody may name candidates, in ascending order, zeros at
            the end: sixteen, or everybody on the side, so that nobody is singled out. The policy decides whether it is time,
            ranks them and says how much of each.
    @dev Stops where enough is taken: what the last one gave too much is the overshoot, at most a lot of the policy, or the profit of a
         rest that were too small to stay open and closes along, beyond any cap of the policy.
    """
    aum: IMarket.Aum = extcall losses.MARKET.accrue()
    markets: uint256 = staticcall losses.MARKET.market_count()
    err.check(m < markets and side <= c.SHORT, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    payer: IMarket.AssetParams = staticcall losses.MARKET.asset_params(
        params.long_asset if side == c.LONG else params.short_asset
    )
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    price: IOracle.Price = quoted[params.feed]
    # What pays the winners counts like what they won on: without a price of it they would be closed and not paid.
    gates.check_open(gates.DELEVERAGE, max(price.status, quoted[payer.feed].status), aum.mode, 0)

    policy: IDeleverage = IDeleverage(policies.policy_of[c.DELEVERAGE])
    exposure: IMarket.Exposure = staticcall losses.MARKET.exposure(m)
    deficit: uint256 = losses._deficit(m, side)
    goal: IDeleverage.Goal = staticcall policy.goal(exposure.pnl[side], exposure.backing[side], deficit)
    r: Deleveraging = empty(Deleveraging)
    r.is_haircut = deficit > 0 and goal.haircut_usd_wad > 0
    r.needed_usd_wad = min(goal.haircut_usd_wad, deficit) if r.is_haircut else goal.realise_usd_wad
    err.check(r.needed_usd_wad > 0, err.DELEVERAGE_NOT_TRIGGERED)

    profits: uint256[MAX_CANDIDATES] = empty(uint256[MAX_CANDIDATES])
    scores: uint256[MAX_CANDIDATES] = empty(uint256[MAX_CANDIDATES])
    total: uint256 = 0
    named: uint256 = 0
    holders: uint256 = 0
    last: uint256 = c.TREASURY
    for i: uint256 in range(MAX_CANDIDATES):
        account: uint256 = candidates[i]
        if account == 0:
            break
        err.check(account > last, err.DELEVERAGE_NOT_ASCENDING)
        last = account
        size: uint256 = self._size_on(account, m, side)
        named += size
        if size > 0:
            holders += 1
        profits[i], scores[i] = self._rank(policy, m, side, account, price)
        if scores[i] > 0:
            total += profits[i]
    if holders < MAX_CANDIDATES:
        self._check_complete(m, side, named)
    err.check(total > 0, err.DELEVERAGE_NO_WINNER)

    for _: uint256 in range(MAX_CANDIDATES):
        best: uint256 = 0
        for i: uint256 in range(MAX_CANDIDATES):
            if scores[i] > scores[best]:
                best = i
        if scores[best] == 0 or r.taken_usd_wad + DUST_USD_WAD > r.needed_usd_wad:
            break
        scores[best] = 0
        left: uint256 = r.needed_usd_wad - r.taken_usd_wad
        allotted: uint256 = staticcall policy.allot(left, r.needed_usd_wad, profits[best], total)
        if allotted > 0:
            r = self._reduce_winner(
                m, side, candidates[best], min(allotted, profits[best]), profits[best], params.min_position_usd_wad, r
            )
    r.overshoot_usd_wad = fp.sub_or_zero(r.taken_usd_wad, r.needed_usd_wad)
    if r.is_haircut:
        losses._recover(m, side, r.taken_usd_wad)
    log Deleveraged(market=m, side=side, result=r)
    return r


@internal
@view
def _size_on(account: uint256, m: uint256, side: uint256) -> uint256:
    position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
    if (position.size_wad > 0) != (side == c.LONG):
        return 0
    return convert(abs(position.size_wad), uint256)


@internal
@view
def _check_complete(m: uint256, side: uint256, named: uint256):
    """@notice A short list has to name everybody on the side but insurance."""
    whole: IMarket.Side = staticcall losses.MARKET.sides(m, side)
    err.check(named + self._size_on(c.INSURANCE, m, side) == whole.size_wad, err.DELEVERAGE_NOT_ALL)


@internal
@view
def _rank(policy: IDeleverage, m: uint256, side: uint256, account: uint256, price: IOracle.Price) -> (uint256, uint256):
    """@notice (profit at the price at which it would close, score); zero for who is no winner of this side."""
    position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
    is_long: bool = side == c.LONG
    if position.size_wad == 0 or (position.size_wad > 0) != is_long:
        return 0, 0
    price_wad: uint256 = price.low if is_long else price.high
    size: uint256 = convert(abs(position.size_wad), uint256)
    profit: uint256 = fp.unsigned_or_zero(pricing.pnl_down(size, position.cost_usd_wad, price_wad, is_long))
    if profit == 0:
        return 0, 0
    h: IMarket.Health = staticcall losses.MARKET.health(account)
    score: uint256 = staticcall policy.score(profit, position.cost_usd_wad, fp.mul_down(size, price_wad), h.equity)
    return profit, score


@internal
def _reduce_winner(
    m: uint256,
    side: uint256,
    account: uint256,
    allotted: uint256,
    profit: uint256,
    min_position_usd_wad: uint256,
    result: Deleveraging,
) -> Deleveraging:
    """@notice Close as much of a position as holds this much of its profit; take that profit back if it is a haircut."""
    r: Deleveraging = result
    position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
    h: IMarket.Health = staticcall losses.MARKET.health(account)
    size: uint256 = convert(abs(position.size_wad), uint256)
    part: uint256 = fp.mul_div_up(size, allotted, profit)
    realised: uint256 = allotted
    if fp.mul_div_down(position.cost_usd_wad, size - part, size) <= min_position_usd_wad:
        # The rest would be too small to stand, and closes along: all its profit is realised, no more than allotted is taken back.
        part = size
        realised = profit
    closed: int256 = convert(part, int256)
    if position.size_wad > 0:
        closed = -closed
    fill: IMarket.Fill = extcall losses.DESK.close_out(account, m, closed)
    r.closed_usd_wad += fp.mul_down(convert(abs(closed), uint256), fill.price_wad)
    r.accounts += 1
    if fill.unpaid_usd_wad > 0:
        # What the whole position owes is due with its first part; where the collateral cannot pay that, the rest of the profit does.
        return self._close_debtor(m, side, account, min(allotted, fp.unsigned_or_zero(h.equity)), fill, r)
    taken: uint256 = realised
    if r.is_haircut:
        # A winner here may lose elsewhere: nobody is made bankrupt.
        taken = min(min(allotted, fill.paid_usd_wad), fp.unsigned_or_zero(h.equity))
        missed: uint256 = extcall losses.MARKET.seize(account, c.POOL, taken, False)
        taken -= missed
    r.taken_usd_wad += taken
    return r


@internal
def _close_debtor(
    m: uint256, side: uint256, account: uint256, allotted: uint256, first: IMarket.Fill, result: Deleveraging
) -> Deleveraging:
    """
    @notice Close what is left of a winner that cannot pay its fees out of collateral. Its profit pays them first, then the haircut;
            what even that does not pay is lost.
    """
    r: Deleveraging = result
    position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
    owed: uint256 = first.unpaid_usd_wad
    paid: uint256 = first.paid_usd_wad
    if position.size_wad != 0:
        fill: IMarket.Fill = extcall losses.DESK.close_out(account, m, -position.size_wad)
        owed += fill.unpaid_usd_wad
        paid += fill.paid_usd_wad
        r.closed_usd_wad += fp.mul_down(convert(abs(position.size_wad), uint256), fill.price_wad)
    missed: uint256 = extcall losses.MARKET.seize(account, c.POOL, owed, False)
    losses._lose(missed, m, 1 - side)
    if not r.is_haircut:
        r.taken_usd_wad += paid
        return r
    taken: uint256 = min(allotted, fp.sub_or_zero(paid, owed))
    missed = extcall losses.MARKET.seize(account, c.POOL, taken, False)
    r.taken_usd_wad += taken - missed
    return r
