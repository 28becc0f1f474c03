# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Liquidator
@notice The ladder that an account below maintenance margin goes down:
        1. reduce by what the liquidation policy plans;
        2. close whole where the margin does not exceed the charges (a partial close improves the margin ratio only above their
           sum), or where a partial close cannot be paid out of the collateral;
        3. insurance pays what the collateral could not;
        4. what is left is the pool's loss.
@dev No storage of value here: every step is a verb that Market opens to this contract alone, and leaves Market consistent. Nothing on
     the way calls an address that a user chose, so nobody can act between the steps.
"""

from .interfaces import ILiquidation
from .interfaces import IMarket
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates

MAX_KEEPER_USD_WAD: constant(uint256) = 100 * 10**18
EVERYTHING_USD_WAD: constant(uint256) = 2**120  # more than any account holds, and safe to multiply

MARKET: public(immutable(IMarket))


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


event Liquidated:
    account: indexed(uint256)
    keeper: indexed(uint256)
    result: Liquidation


@deploy
def __init__(market: address):
    MARKET = IMarket(market)


@external
def liquidate(account: uint256, keeper: uint256) -> Liquidation:
    """
    @notice Liquidate an account. The reward goes to the keeper's own account.
    @dev The keeper's flat reward is owed even by an empty account: insurance pays it, or the pool where the design says so.
    """
    accounts: uint256 = staticcall MARKET.account_count()
    err.check(account > c.TREASURY and account <= accounts, err.ACCOUNT_UNKNOWN)
    err.check(keeper > c.TREASURY and keeper <= accounts, err.LIQUIDATION_KEEPER_UNKNOWN)
    h: IMarket.Health = extcall MARKET.assess(account)
    mode: uint256 = staticcall MARKET.mode()
    gates.check_open(gates.LIQUIDATE, h.status, mode)
    err.check(h.equity < convert(h.maintenance, int256), err.LIQUIDATION_HEALTHY)

    plan: ILiquidation.Plan = self._plan(account, h)
    charges_wad: uint256 = plan.fee_wad + plan.penalty_wad + plan.keeper_wad
    r: Liquidation = empty(Liquidation)
    r.equity_usd_wad = h.equity
    r.maintenance_usd_wad = h.maintenance
    for notional: uint256 in h.notionals:
        r.notional_usd_wad += notional
    r.full_charges_usd_wad = fp.mul_up(r.notional_usd_wad, charges_wad) + plan.keeper_usd_wad
    r.is_full = plan.is_full or not self._heals(h, plan, r.notional_usd_wad)

    unpaid: uint256 = 0
    for _: uint256 in range(2):
        closed: uint256 = 0
        missed: uint256 = 0
        borrow: uint256 = 0
        closed, missed, borrow = self._close(account, plan, r.is_full)
        r.borrow_usd_wad += borrow
        r.closed_usd_wad += closed
        unpaid += missed
        if r.is_full or unpaid == 0:
            break
        r.is_full = True
    err.check(r.is_full or r.closed_usd_wad > 0, err.POLICY_BAD_PLAN)

    if unpaid > 0:
        # Profits of later markets may pay losses of earlier ones.
        unpaid = extcall MARKET.seize(account, c.POOL, unpaid)
    if unpaid == 0:
        r = self._charge(account, keeper, r, plan)
    topped_up: uint256 = self._top_up(keeper, fp.sub_or_zero(plan.keeper_usd_wad, r.reward_usd_wad), plan)
    r.reward_usd_wad += topped_up
    if unpaid > 0:
        r.bad_debt_usd_wad = extcall MARKET.seize(c.INSURANCE, c.POOL, unpaid)
        r.insured_usd_wad = unpaid - r.bad_debt_usd_wad
    log Liquidated(account=account, keeper=keeper, result=r)
    return r


@internal
def _plan(account: uint256, h: IMarket.Health) -> ILiquidation.Plan:
    """@notice The policy's answer, within hard bounds; its memory is written back."""
    memo: uint256 = staticcall MARKET.memo_of(c.LIQUIDATION, account)
    policy: address = staticcall MARKET.policy_of(c.LIQUIDATION)
    plan: ILiquidation.Plan = staticcall ILiquidation(policy).plan(h.equity, h.maintenance, h.notionals, memo)
    if plan.memo != memo:
        extcall MARKET.remember(account, plan.memo)
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
def _close(account: uint256, plan: ILiquidation.Plan, is_full: bool) -> (uint256, uint256, uint256):
    """
    @notice Close the planned share of one position, or all of them.
    @return (USD closed, loss that collateral could not pay, borrow fee settled)
    """
    borrow: uint256 = 0
    closed: uint256 = 0
    unpaid: uint256 = 0
    market_count: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        if not (is_full or m == plan.market):
            continue
        position: IMarket.Position = staticcall MARKET.positions(account, m)
        if position.size_wad == 0:
            continue
        delta: int256 = -position.size_wad
        if not is_full:
            delta = self._partial(m, position, plan.close_wad)
        usd: uint256 = 0
        missed: uint256 = 0
        fee: uint256 = 0
        usd, missed, fee = extcall MARKET.force_close(account, m, delta)
        closed += usd
        unpaid += missed
        borrow += fee
    return closed, unpaid, borrow


@internal
@pure
def _heals(h: IMarket.Health, plan: ILiquidation.Plan, notional: uint256) -> bool:
    """
    @notice Whether the planned close raises the margin ratio: only if equity / notional is above the cost of each USD closed, the
            flat reward included. Where that fails for a part it fails for every smaller part.
    """
    closed: uint256 = fp.mul_down(h.notionals[plan.market], plan.close_wad)
    cost: uint256 = fp.mul_up(closed, plan.fee_wad + plan.penalty_wad + plan.keeper_wad) + plan.keeper_usd_wad
    return fp.unsigned_or_zero(h.equity) * closed > cost * notional


@internal
@view
def _partial(m: uint256, position: IMarket.Position, close_wad: uint256) -> int256:
    """@notice The share to close, rounded up; all of it when what remains would be too small to stand."""
    params: IMarket.MarketParams = staticcall MARKET.market_params(m)
    if fp.mul_down(position.cost_usd_wad, c.WAD - close_wad) <= params.min_position_usd_wad:
        return -position.size_wad
    closed: int256 = convert(fp.mul_up(convert(abs(position.size_wad), uint256), close_wad), int256)
    if position.size_wad > 0:
        return -closed
    return closed


@internal
def _charge(account: uint256, keeper: uint256, result: Liquidation, plan: ILiquidation.Plan) -> Liquidation:
    """@notice Keeper, pool and insurance take their charges in this order, as far as the account's collateral goes."""
    r: Liquidation = result
    owed: uint256 = fp.mul_down(r.closed_usd_wad, plan.keeper_wad) + plan.keeper_usd_wad
    missed: uint256 = extcall MARKET.seize(account, keeper, owed)
    r.reward_usd_wad = owed - missed
    r.fee_usd_wad = extcall MARKET.take_fee(account, fp.mul_down(r.closed_usd_wad, plan.fee_wad))
    owed = fp.mul_down(r.closed_usd_wad, plan.penalty_wad)
    missed = extcall MARKET.seize(account, c.INSURANCE, owed)
    r.penalty_usd_wad = owed - missed
    if r.is_full and plan.forfeits:
        missed = extcall MARKET.seize(account, c.POOL, EVERYTHING_USD_WAD)
        r.forfeited_usd_wad = EVERYTHING_USD_WAD - missed
    return r


@internal
def _top_up(keeper: uint256, usd_wad: uint256, plan: ILiquidation.Plan) -> uint256:
    """@notice What the flat reward lacks, as far as the payer can. @return USD paid"""
    if usd_wad == 0:
        return 0
    if plan.pool_pays_keeper:
        paid: uint256 = extcall MARKET.pay_from_pool(keeper, usd_wad)
        return paid
    missed: uint256 = extcall MARKET.seize(c.INSURANCE, keeper, usd_wad)
    return usd_wad - missed
