# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Liquidator
@notice The ladder that an account below maintenance margin goes down:
        1. its open orders are released (by anybody, in the order book): their margin is the account's;
        2. reduce by what the liquidation policy plans, at the price at which the owner would close, impact included: as far as the
           account can pay it and the charges, so that impact leaves nobody a loss;
        3. close whole where the margin does not exceed the charges (a partial close improves the margin ratio only above their
           sum), or where a partial close cannot be paid out of the collateral; or insurance takes everything over, at the
           bankruptcy price, where the policy says so and insurance can carry it;
        4. insurance pays what the collateral could not;
        5. what is left is the pool's loss, which winners on the other side can be made to give back (`deleverage`);
        6. losses above the epoch's limit close the pool to new risk until the epoch ends.
@dev What has no price stands aside: it counts at its last good price, and is neither closed nor taken over until there is one. What has a
     price is liquidated without it.
     No storage of value here: every step is a verb that Market opens to this contract alone, and leaves Market consistent. Nothing on
     the way calls an address that a user chose, so nobody can act between the steps.
"""

from .interfaces import ILiquidation
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IOrderBook
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .modules import access
from .modules import losses
from .modules import policies
from .modules import winners

initializes: access
initializes: policies[access := access]
initializes: losses
initializes: winners[losses := losses, policies := policies]

exports: winners.deleverage
exports: (policies.set_policy, policies.policy_of)
exports: (losses.MARKET, losses.DESK, losses.MAX_EPOCH_LOSS_USD_WAD, losses.EPOCH_S, losses.ORACLE)
exports: (losses.epoch_ends_s, losses.epoch_loss_usd_wad, losses.deficits, losses.deficit_at_s)

MAX_KEEPER_USD_WAD: constant(uint256) = 100 * 10**18
ALL_MARKETS: constant(uint256) = 2**c.MAX_MARKETS - 1
EVERYTHING_USD_WAD: constant(uint256) = 2**120  # more than any account holds, and safe to multiply
UNWIND_SHARE_WAD: constant(uint256) = 10**17  # of what insurance took over, per market and block

unwound_at_s: public(HashMap[uint256, uint256])
memories: HashMap[uint256, Memory]  # account


# The word of the liquidation rule for an account, and whose it is: another rule, or another life of the account, begins with none.
struct Memory:
    word: uint256
    change: uint256
    life: uint256


struct Liquidation:
    is_full: bool
    closed_usd_wad: uint256
    equity_usd_wad: int256  # before
    maintenance_usd_wad: uint256
    notional_usd_wad: uint256
    full_charges_usd_wad: uint256  # what closing everything would have cost the account
    fee_usd_wad: uint256
    penalty_usd_wad: uint256
    reward_usd_wad: uint256
    forfeited_usd_wad: uint256
    insured_usd_wad: uint256  # loss paid by insurance
    bad_debt_usd_wad: uint256  # loss left to the pool
    borrow_usd_wad: uint256  # borrow fee settled on what was closed
    assigned_usd_wad: uint256  # positions that insurance took over


struct Closing:
    closed_usd_wad: uint256
    arrears: losses.Arrears
    borrow_usd_wad: uint256
    entry_fees_usd_wad: uint256  # what opening it cost
    exit_fees_usd_wad: uint256  # what its owner would have paid for closing it
    worst_market: uint256  # where most was left unpaid
    worst_side: uint256  # of the closed position there
    worst_usd_wad: uint256


event Liquidated:
    account: indexed(uint256)
    keeper: indexed(uint256)
    result: Liquidation


event Unwound:
    market: indexed(uint256)
    closed_usd_wad: uint256
    bad_debt_usd_wad: uint256


@deploy
def __init__(market: address, desk: address, max_epoch_loss_usd_wad: uint256, epoch_s: uint256):
    access.__init__(staticcall IMarket(market).CONTROLLER())
    losses.__init__(market, desk, max_epoch_loss_usd_wad, epoch_s)


# ------------------------------------------------------------------ liquidation


@external
def liquidate(account: uint256, keeper: uint256) -> Liquidation:
    """@notice Liquidate an account that holds no margin in orders. The reward goes to the keeper's own account."""
    return self._liquidate(account, keeper)


@external
def release_and_liquidate(account: uint256, keeper: uint256) -> Liquidation:
    """
    @notice Give the margin of an account's orders back to it, and liquidate it if it is below maintenance margin all the same: in one
            transaction, so that no order can come between.
    """
    book: IOrderBook = IOrderBook(staticcall losses.MARKET.policy_of(c.ORDER_BOOK))
    if book.address != empty(address):
        orders: uint256 = staticcall book.orders_with_margin(account)
        if orders > 0:
            extcall book.release(account)
    return self._liquidate(account, keeper)


@internal
def _liquidate(account: uint256, keeper: uint256) -> Liquidation:
    """
    @dev What the account lacks of the keeper's flat reward is paid by insurance, no more than it paid to open what is closed: nobody earns
         by liquidating himself. Where the design says so the pool pays all of it (GMX v1; there keepers are chosen).
    """
    accounts: uint256 = staticcall losses.MARKET.account_count()
    err.check(account > c.TREASURY and account <= accounts, err.ACCOUNT_UNKNOWN)
    err.check(keeper > c.TREASURY and keeper <= accounts, err.LIQUIDATION_KEEPER_UNKNOWN)
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall losses.MARKET.assess(account)
    priced: uint256 = self._priced(account, h.status)
    gates.check_open(gates.LIQUIDATE, c.HALTED if priced == 0 else c.OK, mode, 0)
    err.check(h.equity < convert(h.maintenance, int256), err.LIQUIDATION_HEALTHY)
    self._check_released(account)

    r: Liquidation = empty(Liquidation)
    for m: uint256 in range(c.MAX_MARKETS):
        r.notional_usd_wad += h.notionals[m]
        if priced & (1 << m) == 0:
            h.notionals[m] = 0
    plan: ILiquidation.Plan = self._plan(account, h)
    charges_wad: uint256 = plan.fee_wad + plan.penalty_wad + plan.keeper_wad
    r.equity_usd_wad = h.equity
    r.maintenance_usd_wad = h.maintenance
    r.full_charges_usd_wad = fp.mul_up(r.notional_usd_wad, charges_wad) + plan.keeper_usd_wad
    r.is_full = plan.is_full or not self._heals(account, h, plan, r.notional_usd_wad)

    done: Closing = empty(Closing)
    is_whole: bool = priced == ALL_MARKETS
    if r.is_full and plan.takes_over and is_whole and self._can_carry(h, account):
        r.assigned_usd_wad, done.entry_fees_usd_wad = self._take_over(account)
    else:
        done = self._close(account, plan, priced if r.is_full else 1 << plan.market, r.is_full, done)
        if not r.is_full and done.arrears.usd_wad > 0:
            r.is_full = True
            done = self._close(account, plan, priced, True, done)
        err.check(r.is_full or done.closed_usd_wad > 0, err.POLICY_BAD_PLAN)
    r.closed_usd_wad = done.closed_usd_wad
    r.borrow_usd_wad = done.borrow_usd_wad

    unpaid: uint256 = done.arrears.usd_wad
    if unpaid > 0:
        # Profits of later markets may pay losses of earlier ones, and so does what was earned and is not paid yet.
        unpaid = extcall losses.MARKET.seize(account, c.POOL, unpaid, False)
    if unpaid == 0:
        plan.forfeits = plan.forfeits and is_whole
        # What stands aside may need the collateral: then fee and penalty come out of what the account is worth.
        most: uint256 = EVERYTHING_USD_WAD if is_whole else fp.unsigned_or_zero(r.equity_usd_wad)
        r = self._charge(account, keeper, r, plan, done.exit_fees_usd_wad, most)
    lacking: uint256 = fp.sub_or_zero(plan.keeper_usd_wad, r.reward_usd_wad)
    topped_up: uint256 = self._top_up(keeper, lacking, done.entry_fees_usd_wad, plan.pool_pays_keeper)
    r.reward_usd_wad += topped_up
    if unpaid > 0:
        r.bad_debt_usd_wad = extcall losses.MARKET.seize(c.INSURANCE, c.POOL, unpaid, False)
        r.insured_usd_wad = unpaid - r.bad_debt_usd_wad
        losses._lose(r.bad_debt_usd_wad, done.worst_market, 1 - done.worst_side)
    losses._pay_late(done.arrears, r.bad_debt_usd_wad)
    log Liquidated(account=account, keeper=keeper, result=r)
    return r


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
def _check_released(account: uint256):
    book: address = staticcall losses.MARKET.policy_of(c.ORDER_BOOK)
    if book != empty(address):
        orders: uint256 = staticcall IOrderBook(book).orders_with_margin(account)
        err.check(orders == 0, err.LIQUIDATION_ORDERS_FIRST)


@internal
@view
def _memo_of(account: uint256, life: uint256) -> uint256:
    memory: Memory = self.memories[account]
    if memory.change != policies.changes[c.LIQUIDATION] or memory.life != life:
        return 0
    return memory.word


@external
@view
def memo_of(account: uint256) -> uint256:
    """@notice What the liquidation rule in force remembers of an account in its present life."""
    life: uint256 = staticcall losses.MARKET.life_of(account)
    return self._memo_of(account, life)


@internal
def _plan(account: uint256, h: IMarket.Health) -> ILiquidation.Plan:
    """@notice The policy's answer, within hard bounds; its memory is written back."""
    life: uint256 = staticcall losses.MARKET.life_of(account)
    memo: uint256 = self._memo_of(account, life)
    plan: ILiquidation.Plan = staticcall ILiquidation(policies.policy_of[c.LIQUIDATION]).plan(
        h.equity, h.maintenance, h.notionals, memo
    )
    if plan.memo != memo:
        self.memories[account] = Memory(word=plan.memo, change=policies.changes[c.LIQUIDATION], life=life)
    err.check(
        plan.fee_wad + plan.penalty_wad + plan.keeper_wad <= c.MAX_CHARGES_WAD
        and plan.keeper_usd_wad <= MAX_KEEPER_USD_WAD
        and plan.close_wad <= c.WAD
        and (plan.is_full or plan.market < c.MAX_MARKETS),
        err.POLICY_BAD_PLAN,
    )
    if not plan.is_full:
        err.check(plan.close_wad > 0 and h.notionals[plan.market] > 0, err.POLICY_BAD_PLAN)
    return plan


@internal
def _close(
    account: uint256, plan: ILiquidation.Plan, markets: uint256, is_full: bool, before: Closing
) -> Closing:
    """
    @notice Close the planned share of one position, or all of them in these markets; adds to what was closed before. What price impact
            takes leaves enough for the charges.
    """
    done: Closing = before
    market_count: uint256 = staticcall losses.MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        if markets & (1 << m) == 0:
            continue
        position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
        if position.size_wad == 0:
            continue
        delta: int256 = -position.size_wad
        if not is_full:
            delta = self._partial(m, position, plan.close_wad)
        moved: uint256 = convert(abs(delta), uint256)
        size: uint256 = convert(abs(position.size_wad), uint256)
        params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
        charges_wad: uint256 = self._charges_wad(plan, params.trade_fee_wad)
        fill: IMarket.Fill = extcall losses.DESK.close_out(account, m, delta, charges_wad, plan.keeper_usd_wad)
        missed: uint256 = fill.unpaid_usd_wad
        cost: uint256 = fp.mul_div_down(position.cost_usd_wad, moved, size)
        done.entry_fees_usd_wad += fp.mul_down(cost, params.trade_fee_wad)
        done.exit_fees_usd_wad += fp.mul_down(fp.mul_down(moved, fill.price_wad), params.trade_fee_wad)
        done.closed_usd_wad += fp.mul_down(moved, fill.price_wad)
        done.arrears = losses._noted(done.arrears, m, fill)
        done.borrow_usd_wad += fill.borrow_usd_wad
        if missed > done.worst_usd_wad:
            done.worst_usd_wad = missed
            done.worst_market = m
            done.worst_side = c.LONG if position.size_wad > 0 else c.SHORT
    return done


@internal
@pure
def _charges_wad(plan: ILiquidation.Plan, trade_fee_wad: uint256) -> uint256:
    """@notice Per USD closed. Nobody is liquidated for less than the fee of closing, even where the keeper's share is his own."""
    return max(plan.fee_wad + plan.penalty_wad, trade_fee_wad) + plan.keeper_wad


@internal
@view
def _heals(account: uint256, h: IMarket.Health, plan: ILiquidation.Plan, notional: uint256) -> bool:
    """
    @notice Whether the planned close raises the margin ratio: only if equity / notional is above the cost of each USD closed, price
            impact and the flat reward included.
    """
    position: IMarket.Position = staticcall losses.MARKET.positions(account, plan.market)
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(plan.market)
    delta: int256 = self._partial(plan.market, position, plan.close_wad)
    impact: int256 = staticcall losses.DESK.impact_of(plan.market, delta)
    closed: uint256 = fp.mul_div_down(
        h.notionals[plan.market], convert(abs(delta), uint256), convert(abs(position.size_wad), uint256)
    )
    cost: int256 = impact + convert(plan.keeper_usd_wad, int256)
    cost += convert(fp.mul_up(closed, self._charges_wad(plan, params.trade_fee_wad)), int256)
    return fp.unsigned_or_zero(h.equity) * closed > fp.unsigned_or_zero(cost) * notional


@internal
@view
def _partial(m: uint256, position: IMarket.Position, close_wad: uint256) -> int256:
    """@notice The share to close, rounded up; all of it when what remains would be too small to stand."""
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    if fp.mul_down(position.cost_usd_wad, c.WAD - close_wad) <= params.min_position_usd_wad:
        return -position.size_wad
    closed: int256 = convert(fp.mul_up(convert(abs(position.size_wad), uint256), close_wad), int256)
    if position.size_wad > 0:
        return -closed
    return closed


@internal
def _charge(
    account: uint256,
    keeper: uint256,
    result: Liquidation,
    plan: ILiquidation.Plan,
    exit_fees_usd_wad: uint256,
    most_usd_wad: uint256,
) -> Liquidation:
    """
    @notice Keeper, pool and insurance take their charges in this order, as far as the account's collateral goes; fee and penalty at most
            `most_usd_wad`.
    """
    r: Liquidation = result
    owed: uint256 = fp.mul_down(r.closed_usd_wad, plan.keeper_wad) + plan.keeper_usd_wad
    if r.assigned_usd_wad > 0:
        # The loss goes to insurance with the position: beyond the equity the collateral is not the account's any more.
        owed = min(owed, fp.unsigned_or_zero(r.equity_usd_wad))
    missed: uint256 = extcall losses.MARKET.seize(account, keeper, owed, False)
    r.reward_usd_wad = owed - missed
    penalty: uint256 = fp.mul_down(r.closed_usd_wad, plan.penalty_wad)
    owed = max(fp.mul_down(r.closed_usd_wad, plan.fee_wad), fp.sub_or_zero(exit_fees_usd_wad, penalty))
    owed = min(owed, most_usd_wad)
    missed = extcall losses.MARKET.seize(account, c.POOL, owed, True)
    r.fee_usd_wad = owed - missed
    owed = min(penalty, most_usd_wad - r.fee_usd_wad)
    missed = extcall losses.MARKET.seize(account, c.INSURANCE, owed, False)
    r.penalty_usd_wad = owed - missed
    if r.is_full and plan.forfeits and r.assigned_usd_wad == 0:
        missed = extcall losses.MARKET.seize(account, c.POOL, EVERYTHING_USD_WAD, False)
        r.forfeited_usd_wad = EVERYTHING_USD_WAD - missed
    if r.assigned_usd_wad > 0:
        missed = extcall losses.MARKET.seize(account, c.INSURANCE, EVERYTHING_USD_WAD, False)
        r.forfeited_usd_wad = EVERYTHING_USD_WAD - missed
    return r


@internal
def _top_up(keeper: uint256, usd_wad: uint256, entry_fees_usd_wad: uint256, pool_pays: bool) -> uint256:
    """@notice What the flat reward lacks, as far as the payer can and may. @return USD paid"""
    if usd_wad == 0:
        return 0
    if pool_pays:
        paid: uint256 = extcall losses.MARKET.pay_from_pool(keeper, usd_wad)
        return paid
    owed: uint256 = min(usd_wad, entry_fees_usd_wad)
    missed: uint256 = extcall losses.MARKET.seize(c.INSURANCE, keeper, owed, False)
    return owed - missed


@internal
@view
def _entry_fee(m: uint256, cost_usd_wad: uint256) -> uint256:
    """@notice What it cost to open this much, at the fee of today."""
    params: IMarket.MarketParams = staticcall losses.MARKET.market_params(m)
    return fp.mul_down(cost_usd_wad, params.trade_fee_wad)


# ------------------------------------------------------------------ insurance takes over


@internal
@view
def _can_carry(h: IMarket.Health, account: uint256) -> bool:
    """@notice Insurance takes over what it can margin afterwards, and nothing against which it holds a position."""
    own: IMarket.Health = staticcall losses.MARKET.health(c.INSURANCE)
    if own.free + min(h.equity, 0) < convert(own.initial + 2 * h.maintenance, int256):
        return False
    market_count: uint256 = staticcall losses.MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        given: IMarket.Position = staticcall losses.MARKET.positions(account, m)
        held: IMarket.Position = staticcall losses.MARKET.positions(c.INSURANCE, m)
        if given.size_wad != 0 and held.size_wad != 0 and (given.size_wad > 0) != (held.size_wad > 0):
            return False
    return True


@internal
def _take_over(account: uint256) -> (uint256, uint256):
    """@return (USD cost of the positions that insurance now has, what opening them cost)"""
    assigned: uint256 = 0
    entry_fees: uint256 = 0
    market_count: uint256 = staticcall losses.MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        position: IMarket.Position = staticcall losses.MARKET.positions(account, m)
        claim: uint256 = staticcall losses.MARKET.funding_claims(account, m)
        if position.size_wad != 0 or claim > 0:
            extcall losses.MARKET.assign(account, c.INSURANCE, m)
            assigned += position.cost_usd_wad
            entry_fees += self._entry_fee(m, position.cost_usd_wad)
    return assigned, entry_fees


@external
def unwind(m: uint256) -> uint256:
    """
    @notice Close a tenth of what insurance holds in a market, once per block; all of it when the rest would be small or when insurance
            itself is below maintenance margin. Anybody may. @return USD closed
    """
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall losses.MARKET.assess(c.INSURANCE)
    position: IMarket.Position = staticcall losses.MARKET.positions(c.INSURANCE, m)
    err.check(position.size_wad != 0 and self.unwound_at_s[m] < block.timestamp, err.UNWIND_NOTHING)
    priced: uint256 = self._priced(c.INSURANCE, h.status)
    gates.check_open(gates.LIQUIDATE, c.HALTED if priced & (1 << m) == 0 else c.OK, mode, 0)
    self.unwound_at_s[m] = block.timestamp
    share: uint256 = UNWIND_SHARE_WAD
    if h.equity < convert(h.maintenance, int256):
        share = c.WAD
    delta: int256 = self._partial(m, position, share)
    fill: IMarket.Fill = extcall losses.DESK.close_out(c.INSURANCE, m, delta, 0, 0)
    arrears: losses.Arrears = losses._noted(empty(losses.Arrears), m, fill)
    missed: uint256 = extcall losses.MARKET.seize(c.INSURANCE, c.POOL, fill.unpaid_usd_wad, False)
    losses._pay_late(arrears, missed)
    closed: uint256 = fp.mul_down(convert(abs(delta), uint256), fill.price_wad)
    losses._lose(missed, m, c.SHORT if position.size_wad > 0 else c.LONG)
    log Unwound(market=m, closed_usd_wad=closed, bad_debt_usd_wad=missed)
    return closed
