# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Assets
@notice Listed tokens and whose they are: every unit is in the pool or in the collateral of an account (insurance and treasury are
        accounts). The only caller of tokens.
"""

from ethereum.ercs import IERC20
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import pricing
from . import access

uses: access

asset_count: public(uint256)
asset_params: public(HashMap[uint256, IMarket.AssetParams])
buckets: public(HashMap[uint256, IMarket.Buckets])
protocol_fee_wad: public(uint256)  # share of every fee that leaves to the treasury
sale_order: public(uint256)  # asset ids, four bits each, the first to be sold lowest


@external
def set_asset(k: uint256, params: IMarket.AssetParams):
    """@notice List (k = asset_count) or change an asset; the controller has checked the parameters."""
    access._only_controller()
    if k == self.asset_count:
        self.asset_count = k + 1
        self.sale_order |= k << (4 * k)  # until something else is said, what was listed first is sold first
    self.asset_params[k] = params
    log IMarket.AssetChanged(asset=k, params=params)


@external
def set_protocol_fee(share_wad: uint256):
    """@notice Share of every fee that goes to the treasury; the controller has checked it."""
    access._only_controller()
    self.protocol_fee_wad = share_wad
    log IMarket.ProtocolFeeChanged(share_wad=share_wad)


@external
def set_sale_order(order: uint256):
    """@notice Which collateral pays first: asset ids, four bits each, lowest first; the controller has checked it."""
    access._only_controller()
    self.sale_order = order
    log IMarket.SaleOrderChanged(order=order)


@internal
@view
def _price_of(k: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> IOracle.Price:
    return px[self.asset_params[k].feed]


@internal
@view
def _check_listed(k: uint256):
    err.check(self.asset_params[k].scale > 0, err.ASSET_NOT_LISTED)  # listed, and not unlisted since


@internal
def _pull(k: uint256, payer: address, amount: uint256):
    """@dev The balance is compared, so a token that keeps a fee on transfer is refused, never miscounted."""
    err.check(amount > 0, err.ASSET_NOTHING_TO_MOVE)
    token: IERC20 = IERC20(self.asset_params[k].token)
    before: uint256 = staticcall token.balanceOf(self)
    ok: bool = extcall token.transferFrom(payer, self, amount, default_return_value=True)
    after: uint256 = staticcall token.balanceOf(self)
    err.check(ok and after == before + amount, err.ASSET_TRANSFER_FAILED)


@internal
def _push(k: uint256, to: address, amount: uint256):
    err.check(amount > 0, err.ASSET_NOTHING_TO_MOVE)
    ok: bool = extcall IERC20(self.asset_params[k].token).transfer(to, amount, default_return_value=True)
    err.check(ok, err.ASSET_TRANSFER_FAILED)


@internal
def _move_pool(k: uint256, delta: int256):
    """@notice The one writer of what the pool holds."""
    self.buckets[k].pool = convert(convert(self.buckets[k].pool, int256) + delta, uint256)
    log IMarket.PoolMoved(asset=k, delta=delta)


@internal
def _reserve(k: uint256, old: uint256, new: uint256):
    """@notice Exchange a position's old reserve for its new one."""
    reserved: uint256 = self.buckets[k].reserved + new - old
    if new > old:
        err.check(reserved <= self.buckets[k].pool, err.POOL_RESERVED)
    self.buckets[k].reserved = reserved


@internal
@view
def _unreserved(k: uint256) -> uint256:
    return self.buckets[k].pool - self.buckets[k].reserved


@internal
@view
def _value(k: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """@notice USD value of what the pool holds of an asset, at its low price."""
    return pricing.value_down(self.buckets[k].pool, self.asset_params[k].scale, self._price_of(k, px).low)


@internal
@view
def _counted(k: uint256, usd_wad: uint256) -> uint256:
    """@notice What a value held in an asset counts as collateral."""
    return pricing.counted(usd_wad, self.asset_params[k].haircut_wad, self.asset_params[k].depth_usd_wad)


@internal
@view
def _utilisation(k: uint256) -> uint256:
    """@notice Reserved share of the pool, WAD; at most one."""
    pool: uint256 = self.buckets[k].pool
    if pool == 0:
        return 0
    return self.buckets[k].reserved * c.WAD // pool


@internal
@view
def _pool_value(px: IOracle.Price[c.MAX_FEEDS]) -> IMarket.Aum:
    """@notice USD value of the pool's tokens alone, without what traders are owed."""
    total: IMarket.Aum = empty(IMarket.Aum)
    for k: uint256 in range(self.asset_count, bound=c.MAX_ASSETS):
        pool: uint256 = self.buckets[k].pool
        if pool == 0:
            continue
        scale: uint256 = self.asset_params[k].scale
        price: IOracle.Price = self._price_of(k, px)
        total.low += pricing.value_down(pool, scale, price.low)
        total.mid += pricing.value_down(pool, scale, price.mid)
        total.high += pricing.value_up(pool, scale, price.high)
        total.status = max(total.status, price.status)
    return total
