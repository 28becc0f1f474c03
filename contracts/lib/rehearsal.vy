# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Rehearsal
@notice A new rule is asked before it rules: whether it answers at all, how far it is from the rule in force, and whether the smallest
        account can still pay its own liquidation.
@dev Samples, not proofs: a rule written to be harmless at the samples and harmful elsewhere passes. The day's notice is for reading it.
"""

from ..interfaces import IBorrowRate
from ..interfaces import ICircuit
from ..interfaces import IFundingRate
from ..interfaces import ILiquidation
from ..interfaces import IMargin
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IWeightFee
from . import constants as c
from . import fixed_point as fp
from . import listing
from . import pricing

DAY_S: constant(uint256) = 86_400

# How far a rule may answer from the one in force.
FEE_STEP_WAD: constant(int256) = 25 * 10**14  # 25 bps more for the same deposit or redemption
RATE_STEP_WAD_PER_S: constant(uint256) = 31_709_791_983  # 100 % a year more
MARGIN_STEP_WAD: constant(uint256) = 5 * 10**15  # 50 bps of the notional more, or half of the requirement
SPARE_MARGIN_WAD: constant(uint256) = 5 * 10**16  # of the notional, where the rule in force cannot be asked

SIZES: constant(uint256) = 4  # of a position: the smallest, and hundredfold each
LARGE_USD_WAD: constant(uint256) = 10**7 * 10**18


@internal
@view
def ask(slot: uint256, policy: address):
    """
    @notice Ask a rule that every accrual asks, once, of an imaginary market. One that has no answer would stop the market, and with
            it its own replacement; here the call reverts instead.
    """
    memo: uint256 = 0
    if slot == c.BORROW_RATE:
        long_rate: uint256 = 0
        short_rate: uint256 = 0
        long_rate, short_rate, memo = staticcall IBorrowRate(policy).rates(0, 0, 0, c.WAD, c.WAD, 1, 0)
    elif slot == c.FUNDING_RATE:
        rate: int256 = 0
        rate, memo = staticcall IFundingRate(policy).rate(0, c.WAD, c.WAD, 1, 0)
    elif slot == c.CIRCUIT:
        closed: uint256 = 0
        closed, memo = staticcall ICircuit(policy).closed(0, c.WAD, empty(int256[2]), [c.WAD, c.WAD], 1, 0)


@internal
@view
def is_near(slot: uint256, old: address, new: address, market: IMarket) -> bool:
    """@notice Whether a rule asks for no more than a step above what the one in force asks for; above nothing if that is not named."""
    if slot == c.WEIGHT_FEE:
        return self._is_near_fee(IWeightFee(old), IWeightFee(new), market)
    if slot != c.BORROW_RATE and slot != c.FUNDING_RATE and slot != c.MARGIN:
        return True
    count: uint256 = staticcall market.market_count()
    for m: uint256 in range(count, bound=c.MAX_MARKETS):
        is_near: bool = True
        if slot == c.BORROW_RATE:
            is_near = self._is_near_borrow(m, IBorrowRate(old), IBorrowRate(new))
        elif slot == c.FUNDING_RATE:
            is_near = self._is_near_funding(m, IFundingRate(old), IFundingRate(new))
        else:
            params: IMarket.MarketParams = staticcall market.market_params(m)
            if listing.has_market(params):
                is_near = self._is_near_margin(m, params.min_position_usd_wad, IMargin(old), IMargin(new))
        if not is_near:
            return False
    return True


@internal
@view
def _is_near_fee(old: IWeightFee, new: IWeightFee, market: IMarket) -> bool:
    """@notice For a hundredth and a tenth of what the pool holds of each asset, into it and out of it, as it is now."""
    oracle: address = staticcall market.ORACLE()
    px: IOracle.Price[c.MAX_FEEDS] = staticcall IOracle(oracle).prices()
    count: uint256 = staticcall market.asset_count()
    values: uint256[c.MAX_ASSETS] = empty(uint256[c.MAX_ASSETS])
    total: uint256 = 0
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall market.asset_params(k)
        bucket: IMarket.Buckets = staticcall market.buckets(k)
        values[k] = pricing.value_down(bucket.pool, asset.scale, px[asset.feed].mid)
        total += values[k]
    for k: uint256 in range(count, bound=c.MAX_ASSETS):
        if values[k] == 0:
            continue
        asset: IMarket.AssetParams = staticcall market.asset_params(k)
        target: uint256 = fp.mul_down(total, asset.target_weight_wad)
        for part: uint256 in [100, 10]:
            usd: uint256 = values[k] // part
            for kind: uint256 in [c.MINT, c.REDEEM]:
                before: int256 = 0
                if old.address != empty(address):
                    before = staticcall old.fee(kind, k, k, values[k], target, usd, kind == c.MINT)
                after: int256 = staticcall new.fee(kind, k, k, values[k], target, usd, kind == c.MINT)
                # The largest number is a refusal.
                if before < max_value(int256) and (
                    after == max_value(int256) or fp.magnitude(after) > c.MAX_FEE_WAD or after > before + FEE_STEP_WAD
                ):
                    return False
    return True


@internal
@view
def _is_near_borrow(m: uint256, old: IBorrowRate, new: IBorrowRate) -> bool:
    """@notice Where everything is lent out, a day after the last look."""
    memo: uint256 = 0
    before: uint256[2] = empty(uint256[2])
    after: uint256[2] = empty(uint256[2])
    if old.address != empty(address):
        before[c.LONG], before[c.SHORT], memo = staticcall old.rates(
            m, c.WAD, c.WAD, LARGE_USD_WAD, LARGE_USD_WAD, DAY_S, 0
        )
    after[c.LONG], after[c.SHORT], memo = staticcall new.rates(m, c.WAD, c.WAD, LARGE_USD_WAD, LARGE_USD_WAD, DAY_S, 0)
    for i: uint256 in range(2):
        most: uint256 = min(before[i], c.MAX_RATE_WAD_PER_S) + RATE_STEP_WAD_PER_S
        if after[i] > most:
            return False
    return True


@internal
@view
def _is_near_funding(m: uint256, old: IFundingRate, new: IFundingRate) -> bool:
    """@notice Where one side is ten times the other, a day after the last look."""
    for is_long: bool in [True, False]:
        long: uint256 = LARGE_USD_WAD if is_long else LARGE_USD_WAD // 10
        short: uint256 = LARGE_USD_WAD // 10 if is_long else LARGE_USD_WAD
        memo: uint256 = 0
        before: int256 = 0
        after: int256 = 0
        if old.address != empty(address):
            before, memo = staticcall old.rate(m, long, short, DAY_S, 0)
        after, memo = staticcall new.rate(m, long, short, DAY_S, 0)
        if fp.magnitude(after) > min(fp.magnitude(before), c.MAX_RATE_WAD_PER_S) + RATE_STEP_WAD_PER_S:
            return False
    return True


@internal
@view
def _is_near_margin(m: uint256, smallest_usd_wad: uint256, old: IMargin, new: IMargin) -> bool:
    """@notice What a position has to hold not to be liquidated, from the smallest to a million times that."""
    size: uint256 = max(smallest_usd_wad, c.WAD)
    for _: uint256 in range(SIZES):
        notionals: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
        notionals[m] = size
        initial: uint256 = 0
        before: uint256 = 0
        after: uint256 = 0
        most: uint256 = fp.mul_up(size, SPARE_MARGIN_WAD)
        if old.address != empty(address):
            initial, before = staticcall old.requirement(notionals, empty(uint256[c.MAX_MARKETS]))
            most = before + max(before // 2, fp.mul_up(size, MARGIN_STEP_WAD))
        initial, after = staticcall new.requirement(notionals, empty(uint256[c.MAX_MARKETS]))
        if after > most:
            return False
        size *= 100
    return True


@internal
@view
def is_reward_covered(m: uint256, smallest_usd_wad: uint256, margin: address, liquidation: address) -> bool:
    """
    @notice Whether the smallest account, as it falls below maintenance margin, holds the keeper's flat reward and all charges.
            Otherwise somebody else pays the reward, and whoever liquidates accounts of his own has it.
    """
    notionals: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
    notionals[m] = smallest_usd_wad
    initial: uint256 = 0
    maintenance: uint256 = 0
    initial, maintenance = staticcall IMargin(margin).requirement(notionals, empty(uint256[c.MAX_MARKETS]))
    plan: ILiquidation.Plan = staticcall ILiquidation(liquidation).plan(
        convert(maintenance, int256) - 1, maintenance, notionals, 0
    )
    charges: uint256 = fp.mul_up(smallest_usd_wad, plan.fee_wad + plan.penalty_wad + plan.keeper_wad)
    return plan.keeper_usd_wad == 0 or plan.keeper_usd_wad + charges <= maintenance
