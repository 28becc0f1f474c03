# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Counter
@notice Where one enters, leaves and swaps: one accrual, one set of prices, what moving the pool away from its target weights costs, and the
        rebates for moving it there, which are paid out of earlier fees alone.
"""

from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IPool
from ..interfaces import IWeightFee
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import pricing
from . import policies
from . import worth

uses: policies
uses: worth

rebate_budget_usd_wad: public(uint256)


# What a verb looks at: one accrual, one set of prices.
struct Desk:
    gross_low: uint256  # the pool's low value, the rebate budget included
    aum: IMarket.Aum  # the rebate budget is not the shareholders'
    prices: IOracle.Price[c.MAX_FEEDS]


@internal
def _open() -> Desk:
    aum: IMarket.Aum = extcall worth.MARKET.accrue()
    net: IMarket.Aum = worth._net(aum, self.rebate_budget_usd_wad)
    return Desk(gross_low=aum.low, aum=net, prices=staticcall worth.ORACLE.prices())


@internal
@view
def _listed(k: uint256) -> IMarket.AssetParams:
    count: uint256 = staticcall worth.MARKET.asset_count()
    err.check(k < count, err.ASSET_NOT_LISTED)
    return staticcall worth.MARKET.asset_params(k)


@internal
@view
def _fee(
    kind: uint256,
    k: uint256,
    other: uint256,
    asset: IMarket.AssetParams,
    usd_wad: uint256,
    increases: bool,
    desk: Desk,
) -> int256:
    """@notice The policy's fee for moving USD of asset k into (increases) or out of the pool; < 0 is a rebate, the most: no such move."""
    bucket: IMarket.Buckets = staticcall worth.MARKET.buckets(k)
    return staticcall IWeightFee(policies.policy_of[c.WEIGHT_FEE]).fee(
        kind,
        k,
        other,
        pricing.value_down(bucket.pool, asset.scale, desk.prices[asset.feed].mid),
        fp.mul_down(desk.aum.tokens_mid, asset.target_weight_wad),
        usd_wad,
        increases,
    )


@internal
@view
def _charged(usd_wad: uint256, fee_wad: int256, rebate_share_wad: uint256) -> (uint256, int256, int256):
    """
    @notice The fee, or the rebate, which never exceeds what was set aside.
    @return (USD that is left to the user, fee in USD: < 0 is a rebate, what the rebate budget moves by)
    """
    if fee_wad >= 0:
        fee_usd: uint256 = fp.mul_up(usd_wad, convert(fee_wad, uint256))
        protocol: uint256 = staticcall worth.MARKET.protocol_fee_wad()
        kept: uint256 = fp.mul_down(fp.mul_down(fee_usd, c.WAD - protocol), rebate_share_wad)
        return usd_wad - fee_usd, convert(fee_usd, int256), convert(kept, int256)
    rebate: int256 = -convert(
        min(fp.mul_down(usd_wad, convert(-fee_wad, uint256)), self.rebate_budget_usd_wad), int256
    )
    return usd_wad + convert(-rebate, uint256), rebate, rebate


@internal
def _move_budget(delta: int256):
    if delta != 0:
        self.rebate_budget_usd_wad = convert(convert(self.rebate_budget_usd_wad, int256) + delta, uint256)
        log IPool.RebateBudgetMoved(delta=delta)
