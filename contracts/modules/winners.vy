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
from ..lib import haircuts
from ..lib import pricing
from . import losses
from . import policies

uses: losses
uses: policies

MAX_CANDIDATES: constant(uint256) = 16
DUST_USD_WAD: constant(uint256) = 10**16  # a cent, which the rounding of tokens may leave, troubles nobody else

rounds: HashMap[uint256, Round]  # of a side, by reason (`Ask.memory`)
shares_given: HashMap[uint256, HashMap[uint256, Given]]  # of the same, account


# What a side has given for one reason in an epoch. A haircut's epoch is the block of the loss.
struct Round:
    began_s: uint256
    taken_usd_wad: uint256
    realised_usd_wad: uint256  # profit that was closed for it, fees included


# What an account has given of it, in one of its lives.
struct Given:
    began_s: uint256
    life: uint256
    at_s: uint256  # the last time
    taken_usd_wad: uint256


# What is asked of a side.
struct Ask:
    m: uint256
    side: uint256
    is_haircut: bool
    needed_usd_wad: uint256
    price_wad: uint256  # at which winners close
    min_position_usd_wad: uint256
    memory: uint256
    began_s: uint256
    given_usd_wad: uint256  # before this call
    realised_usd_wad: uint256
    pnl_usd_wad: int256  # of the side's traders at this price, losers included
    won_usd_wad: uint256  # the same had nobody given yet, nor left since the loss; never below zero


# A candidate, zero where it is no winner of this side.
struct Winner:
    account: uint256
    size_wad: uint256
    cost_usd_wad: uint256
    profit_usd_wad: uint256
    given_usd_wad: uint256
    life: uint256
    score: uint256


struct Roll:
    winners: Winner[MAX_CANDIDATES]
    holders: uint256  # how many of them have a position on the side
    size_wad: uint256
    pnl_usd_wad: int256  # at the price at which they would close, losers included
    won_usd_wad: uint256  # by those who may give, had nobody given yet


struct Closing:
    usd_wad: uint256
    paid_usd_wad: uint256
    arrears: losses.Arrears  # what the position owed and the collateral could not pay


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


@external
def deleverage(m: uint256, side: uint256, candidates: uint256[MAX_CANDIDATES]) -> Deleveraging:
    """
    @notice Close winners of a side: because its profit is too large for what backs it (they are paid), or because a bankrupt account of
            the other side left the pool a loss in this block (they lose that much profit). Anybody may name candidates, in ascending
            order, zeros at the end. The policy decides whether it is time, ranks them and says how much of each. What a side and an
            account have given for the same reason in this epoch is part of what they won and of what they gave, so that it makes no
            difference in how many calls it is asked for, nor, as far as the policy's `list_rule` says so, who else is named.
    @dev Stops where enough is taken: what the last one gave too much is the overshoot, at most a lot of the policy, or the profit of a
         rest that were too small to stay open and closes along, beyond any cap of the policy.
    """
    policy: IDeleverage = IDeleverage(policies.policy_of[c.DELEVERAGE])
    ask: Ask = self._ask(m, side, policy)
    roll: Roll = self._call_roll(ask, candidates, policy)
    limit: uint256 = self._limit(ask, roll, policy)
    total: uint256 = self._total(ask, roll)
    r: Deleveraging = empty(Deleveraging)
    r.is_haircut = ask.is_haircut
    r.needed_usd_wad = ask.needed_usd_wad
    for _: uint256 in range(MAX_CANDIDATES):
        best: uint256 = 0
        for i: uint256 in range(MAX_CANDIDATES):
            if roll.winners[i].score > roll.winners[best].score:
                best = i
        winner: Winner = roll.winners[best]
        if winner.score == 0 or r.taken_usd_wad + DUST_USD_WAD > limit:
            break
        roll.winners[best].score = 0
        allotted: uint256 = staticcall policy.allot(
            limit - r.taken_usd_wad + winner.given_usd_wad,
            ask.needed_usd_wad + ask.given_usd_wad,
            winner.profit_usd_wad + winner.given_usd_wad,
            total,
        )
        allotted = min(fp.sub_or_zero(allotted, winner.given_usd_wad), winner.profit_usd_wad)
        if allotted > 0:
            r = self._reduce(ask, winner, allotted, r)
    r.overshoot_usd_wad = fp.sub_or_zero(r.taken_usd_wad, r.needed_usd_wad)
    pnl: int256 = losses._side_pnl(m, side)
    realised: uint256 = ask.realised_usd_wad + fp.unsigned_or_zero(ask.pnl_usd_wad - pnl)
    taken: uint256 = ask.given_usd_wad + r.taken_usd_wad
    self.rounds[ask.memory] = Round(began_s=ask.began_s, taken_usd_wad=taken, realised_usd_wad=realised)
    if r.is_haircut:
        losses._recover(m, side, r.taken_usd_wad)
    log Deleveraged(market=m, side=side, result=r)
    return r


# ------------------------------------------------------------------ what is asked, and of whom


@internal
@view
def _goal(m: uint256, side: uint256, deficit: uint256, policy: IDeleverage) -> IDeleverage.Goal:
    exposure: IMarket.Exposure = staticcall losses.MARKET.exposure(m)
    return staticcall policy.goal(exposure.pnl[side], exposure.backing[side], deficit)


@external
@view
def goal_of(m: uint256, side: uint256) -> IDeleverage.Goal:
    """@notice What the policy would want of a side now."""
    return self._goal(m, side, losses._deficit(m, side), IDeleverage(policies.policy_of[c.DELEVERAGE]))


@internal
def _ask(m: uint256, side: uint256, policy: IDeleverage) -> Ask:
    """@notice What the policy wants of a side now: a deficit of this block first."""
    aum: IMarket.Aum = extcall losses.MARKET.accrue()
    markets: uint256 = staticcall losses.MARKET.market_count()
    err.check(m < markets and side <= c.SHORT, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    payer: IMarket.AssetParams = staticcall losses.MARKET.asset_params(
        params.long_asset if side == c.LONG else params.short_asset
    )
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall losses.ORACLE.prices()
    price: IOracle.Price = quoted[params.feed]
    # What pays the winners counts like what they won on: without a price of it they would be closed and not paid.
    gates.check_open(gates.DELEVERAGE, max(price.status, quoted[payer.feed].status), aum.mode, 0)

    deficit: uint256 = losses._deficit(m, side)
    goal: IDeleverage.Goal = self._goal(m, side, deficit, policy)
    ask: Ask = empty(Ask)
    ask.m = m
    ask.side = side
    ask.is_haircut = deficit > 0 and goal.haircut_usd_wad > 0
    ask.needed_usd_wad = min(goal.haircut_usd_wad, deficit) if ask.is_haircut else goal.realise_usd_wad
    err.check(ask.needed_usd_wad > 0, err.DELEVERAGE_NOT_TRIGGERED)
    ask.price_wad = price.low if side == c.LONG else price.high
    ask.min_position_usd_wad = params.min_position_usd_wad

    ask.memory = 4 * m + 2 * side + (1 if ask.is_haircut else 0)
    past: Round = self.rounds[ask.memory]
    ask.began_s = block.timestamp
    if past.began_s + (1 if ask.is_haircut else losses.EPOCH_S) > block.timestamp:
        ask.began_s = past.began_s
        ask.given_usd_wad = past.taken_usd_wad
        ask.realised_usd_wad = past.realised_usd_wad
    ask.pnl_usd_wad = losses._side_pnl(m, side)
    ask.won_usd_wad = fp.unsigned_or_zero(ask.pnl_usd_wad + convert(ask.realised_usd_wad, int256))
    if ask.is_haircut:
        ask.won_usd_wad = max(ask.won_usd_wad, losses._won(m, side))
    return ask


@internal
@view
def _call_roll(ask: Ask, candidates: uint256[MAX_CANDIDATES], policy: IDeleverage) -> Roll:
    """@notice What those who are named hold, have won, and have given."""
    roll: Roll = empty(Roll)
    last: uint256 = c.TREASURY
    for i: uint256 in range(MAX_CANDIDATES):
        account: uint256 = candidates[i]
        if account == 0:
            break
        err.check(account > last, err.DELEVERAGE_NOT_ASCENDING)
        last = account
        position: IMarket.Position = empty(IMarket.Position)
        ignored: IMarket.Side = empty(IMarket.Side)
        position, ignored = haircuts.of(losses.MARKET, account, ask.m)
        if position.size_wad == 0 or (position.size_wad > 0) != (ask.side == c.LONG):
            continue
        size: uint256 = fp.magnitude(position.size_wad)
        roll.holders += 1
        roll.size_wad += size
        roll.pnl_usd_wad += pricing.pnl_down(size, position.cost_usd_wad, ask.price_wad, ask.side == c.LONG)
        winner: Winner = self._rank(ask, account, position, policy)
        if winner.score > 0:
            roll.won_usd_wad += winner.profit_usd_wad + winner.given_usd_wad
            roll.winners[i] = winner
    return roll


@internal
@view
def _rank(ask: Ask, account: uint256, position: IMarket.Position, policy: IDeleverage) -> Winner:
    """@notice A position on the side at the price at which it would close; a score of zero for who is no winner."""
    size: uint256 = fp.magnitude(position.size_wad)
    profit: uint256 = fp.unsigned_or_zero(
        pricing.pnl_down(size, position.cost_usd_wad, ask.price_wad, ask.side == c.LONG)
    )
    if profit == 0:
        return empty(Winner)
    h: IMarket.Health = staticcall losses.MARKET.health(account)
    score: uint256 = staticcall policy.score(
        profit, position.cost_usd_wad, fp.mul_down(size, ask.price_wad), h.equity
    )
    life: uint256 = staticcall losses.MARKET.life_of(account)
    given: Given = self.shares_given[ask.memory][account]
    if given.began_s != ask.began_s or given.life != life:
        given = empty(Given)
    if score > 0 and given.at_s == block.timestamp:
        score = max_value(uint256)  # whoever has begun to give goes on: what it was paid would put it behind others
    return Winner(
        account=account,
        size_wad=size,
        cost_usd_wad=position.cost_usd_wad,
        profit_usd_wad=profit,
        given_usd_wad=given.taken_usd_wad,
        life=life,
        score=score,
    )


@internal
@view
def _limit(ask: Ask, roll: Roll, policy: IDeleverage) -> uint256:
    """@notice The most that those who are named may give together, by what their list has to prove."""
    rule: uint256 = staticcall policy.list_rule()
    limit: uint256 = ask.needed_usd_wad
    if rule == c.BY_RANK:
        others: int256 = convert(fp.sub_or_zero(ask.won_usd_wad, ask.realised_usd_wad), int256) - roll.pnl_usd_wad
        limit = fp.sub_or_zero(limit, fp.unsigned_or_zero(others))
        err.check(limit > 0, err.DELEVERAGE_NOT_ALL)
    elif rule == c.BY_LIST and roll.holders < MAX_CANDIDATES:
        whole: uint256 = 0
        cost: uint256 = 0
        whole, cost = losses._traders_on(ask.m, ask.side)
        err.check(roll.size_wad == whole, err.DELEVERAGE_NOT_ALL)
    err.check(roll.won_usd_wad > 0, err.DELEVERAGE_NO_WINNER)
    return limit


@internal
@view
def _total(ask: Ask, roll: Roll) -> uint256:
    """
    @notice Profit of which each gives its share: the side's, whoever is named. Where losers on the side hide some of it, whoever is not
            named is taken to have won as much by size as those who are.
    """
    if ask.won_usd_wad >= roll.won_usd_wad:
        return ask.won_usd_wad
    whole: uint256 = 0
    cost: uint256 = 0
    whole, cost = losses._traders_on(ask.m, ask.side)
    return fp.mul_div_up(roll.won_usd_wad, whole, roll.size_wad)


# ------------------------------------------------------------------ giving


@internal
def _reduce(ask: Ask, winner: Winner, allotted: uint256, before: Deleveraging) -> Deleveraging:
    """@notice Close as much of a position as holds this much of its profit; take that profit back if it is a haircut."""
    r: Deleveraging = before
    h: IMarket.Health = staticcall losses.MARKET.health(winner.account)
    part: uint256 = fp.mul_div_up(winner.size_wad, allotted, winner.profit_usd_wad)
    taken: uint256 = allotted
    if fp.mul_div_down(winner.cost_usd_wad, winner.size_wad - part, winner.size_wad) <= ask.min_position_usd_wad:
        # The rest would be too small to stand, and closes along: all its profit is realised, no more than allotted is taken back.
        part = winner.size_wad
        taken = winner.profit_usd_wad
    done: Closing = self._close_part(ask, winner.account, part)
    r.closed_usd_wad += done.usd_wad
    r.accounts += 1
    owed: uint256 = done.arrears.usd_wad
    if owed > 0:
        # The profit pays the fees first; what even that does not pay is lost.
        lost: uint256 = extcall losses.MARKET.seize(winner.account, c.POOL, owed, False)
        losses._pay_late(done.arrears, lost)
        losses._lose(lost, ask.m, 1 - ask.side)
        taken = done.paid_usd_wad
    if ask.is_haircut:
        # A winner here may lose elsewhere: nobody is made bankrupt.
        kept: uint256 = fp.sub_or_zero(done.paid_usd_wad, owed)
        taken = min(min(allotted, kept), fp.unsigned_or_zero(h.equity))
        missed: uint256 = extcall losses.MARKET.seize(winner.account, c.POOL, taken, False)
        taken -= missed
    r.taken_usd_wad += taken
    self.shares_given[ask.memory][winner.account] = Given(
        began_s=ask.began_s,
        life=winner.life,
        at_s=block.timestamp,
        taken_usd_wad=winner.given_usd_wad + taken,
    )
    return r


@internal
def _close_part(ask: Ask, account: uint256, part: uint256) -> Closing:
    """
    @notice Close a part of a position, or all of it where the collateral cannot pay what the whole position owes: that is due with its
            first part, and the rest of the profit pays it.
    """
    sign: int256 = -1 if ask.side == c.LONG else 1
    done: Closing = empty(Closing)
    delta: int256 = sign * convert(part, int256)
    for _: uint256 in range(2):
        fill: IMarket.Fill = extcall losses.DESK.close_out(account, ask.m, delta, 0, 0, True)
        done.usd_wad += fp.mul_down(fp.magnitude(delta), fill.price_wad)
        done.paid_usd_wad += fill.paid_usd_wad
        done.arrears = losses._noted(done.arrears, ask.m, fill)
        rest: IMarket.Position = staticcall losses.MARKET.positions(account, ask.m)
        if fill.unpaid_usd_wad == 0 or rest.size_wad == 0:
            break
        delta = -rest.size_wad
    return done
