# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Liquidator
@notice The ladder that an account below maintenance margin goes down:
        1. its open orders are released (by anybody, in the order book): their margin is the account's;
        2. reduce by what the liquidation policy plans, a share of one position or of one after another what restores a target, at the price
           at which the owner would close, impact included: as far as the account can pay it and the charges, so that impact leaves
           nobody a loss;
        3. close whole where the margin does not exceed the charges (a partial close improves the margin ratio only above their
           sum), where a partial close cannot be paid out of the collateral, or where none reaches the target; or insurance takes everything over, at the
           bankruptcy price, where the policy says so and insurance can carry it;
        4. insurance pays what the collateral could not;
        5. what is left the winners on the other side give back in the same call, where the design cuts them by an index (Cohorts.vy); or it is
           the pool's loss, which they can be made to give back (`deleverage`);
        6. losses above the epoch's limit close the pool to new risk until the epoch ends.
@dev What has no price stands aside: it counts at its last good price, and is neither closed nor taken over until there is one, or until its
     market is settled (modules/settlement.vy). What has a price is liquidated without it.
     No storage of value here: every step is a verb that Market opens to this contract alone, and leaves Market consistent. Nothing on
     the way calls an address that a user chose, so nobody can act between the steps.
"""

from .interfaces import ILiquidation
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IOrderBook
from .lib import constants as c
from .lib import dues
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .modules import access
from .modules import backstop
from .modules import closing
from .modules import losses
from .modules import policies
from .modules import settlement
from .modules import winners

initializes: access
initializes: policies[access := access]
initializes: losses
initializes: closing[losses := losses]
initializes: backstop[closing := closing, losses := losses]
initializes: settlement[access := access, closing := closing, losses := losses]
initializes: winners[losses := losses, policies := policies]

exports: (winners.deleverage, winners.goal_of)
exports: (backstop.unwind, backstop.unwound_at_s)
exports: (settlement.open_settlement, settlement.settle_position, settlement.settlements)
exports: (policies.set_policy, policies.policy_of)
exports: (losses.MARKET, losses.DESK, losses.MAX_EPOCH_LOSS_USD_WAD, losses.EPOCH_S, losses.ORACLE)
exports: (losses.lost_usd_wad, losses.epoch_ends_s, losses.epoch_loss_usd_wad, losses.deficits, losses.deficit_at_s)

MAX_KEEPER_USD_WAD: constant(uint256) = 100 * 10**18
MAX_TARGET_WAD: constant(uint256) = 10 * 10**18
EVERYTHING_USD_WAD: constant(uint256) = 2**120  # more than any account holds, and safe to multiply

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


event Liquidated:
    account: indexed(uint256)
    keeper: indexed(uint256)
    result: Liquidation


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
    priced: uint256 = closing._priced(account, h.status)
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
    done: closing.Closing = empty(closing.Closing)
    if plan.target_wad > 0 and not plan.is_full:
        # A margin that does not exceed the charges for all of it is not restored: each step would make it worse.
        r.is_full = r.equity_usd_wad <= convert(r.full_charges_usd_wad, int256)
        if not r.is_full:
            done, r.is_full = closing._restore(account, plan, priced)
    else:
        r.is_full = plan.is_full or not closing._heals(account, h, plan, r.notional_usd_wad)
        if not r.is_full:
            done = closing._close(account, plan, 1 << plan.market, False, done)
            r.is_full = done.arrears.usd_wad > 0
    is_whole: bool = priced == closing.ALL_MARKETS
    if r.is_full and plan.takes_over and is_whole and done.closed_usd_wad == 0 and backstop._can_carry(h, account):
        r.assigned_usd_wad, done.entry_fees_usd_wad = backstop._take_over(account)
    elif r.is_full:
        done = closing._close(account, plan, priced, True, done)
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


@external
@view
def plan_of(account: uint256) -> ILiquidation.Plan:
    """@notice The plan for an account as it stands now."""
    h: IMarket.Health = staticcall losses.MARKET.health(account)
    life: uint256 = staticcall losses.MARKET.life_of(account)
    return self._planned(h, self._memo_of(account, life))


@internal
def _plan(account: uint256, h: IMarket.Health) -> ILiquidation.Plan:
    """@notice The policy's answer, within hard bounds; its memory is written back."""
    life: uint256 = staticcall losses.MARKET.life_of(account)
    memo: uint256 = self._memo_of(account, life)
    plan: ILiquidation.Plan = self._planned(h, memo)
    if plan.memo != memo:
        self.memories[account] = Memory(word=plan.memo, change=policies.changes[c.LIQUIDATION], life=life)
    return plan


@internal
@view
def _planned(h: IMarket.Health, memo: uint256) -> ILiquidation.Plan:
    plan: ILiquidation.Plan = staticcall ILiquidation(policies.policy_of[c.LIQUIDATION]).plan(
        h.equity, h.maintenance, h.notionals, memo
    )
    err.check(
        plan.fee_wad + plan.penalty_wad + plan.keeper_wad <= c.MAX_CHARGES_WAD
        and plan.keeper_usd_wad <= MAX_KEEPER_USD_WAD
        and plan.close_wad <= c.WAD
        and (plan.is_full or plan.market < c.MAX_MARKETS),
        err.POLICY_BAD_PLAN,
    )
    if not plan.is_full:
        err.check(plan.close_wad > 0, err.POLICY_BAD_PLAN)
        if plan.target_wad > 0:
            err.check(c.WAD <= plan.target_wad and plan.target_wad <= MAX_TARGET_WAD, err.POLICY_BAD_PLAN)
        else:
            err.check(h.notionals[plan.market] > 0, err.POLICY_BAD_PLAN)
    return plan


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
    owed: uint256 = dues.keeper_usd_wad(plan, r.closed_usd_wad)
    if r.assigned_usd_wad > 0:
        # The loss goes to insurance with the position: beyond the equity the collateral is not the account's any more.
        owed = min(owed, fp.unsigned_or_zero(r.equity_usd_wad))
    missed: uint256 = extcall losses.MARKET.seize(account, keeper, owed, False)
    r.reward_usd_wad = owed - missed
    owed = min(dues.fee_usd_wad(plan, r.closed_usd_wad, exit_fees_usd_wad), most_usd_wad)
    missed = extcall losses.MARKET.seize(account, c.POOL, owed, True)
    r.fee_usd_wad = owed - missed
    owed = min(dues.penalty_usd_wad(plan, r.closed_usd_wad), most_usd_wad - r.fee_usd_wad)
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
