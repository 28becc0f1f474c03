# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Entering
@notice Deposits for shares, and swaps, at once or for a request. What does not fit is refused at once; a request ends with nothing done, so
        that it cannot wait for a price at which it fits.
"""

from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IPool
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import gates
from ..lib import listing
from ..lib import pricing
from . import counter
from . import shares
from . import windows
from . import worth

uses: shares
uses: worth
uses: counter

DUST_USD_WAD: constant(uint256) = 10**18  # what the dead shares may be worth without being missed


@internal
@pure
def _ends(ok: bool, code: uint256, is_held: bool) -> bool:
    """@notice Whether something ends a request. What is asked for at once is refused instead."""
    if not is_held:
        err.check(ok, code)
    return not ok


@internal
@view
def _is_shut(verb: uint256, status: uint256, desk: counter.Desk, feed: uint256, is_held: bool) -> bool:
    """@notice Whether a verb is closed to a request: also while venues show another price than the band."""
    if not is_held:
        gates.check_open(verb, status, desk.aum.mode, desk.aum.closed)
        return False
    is_open: bool = gates.is_open(verb, status, desk.aum.mode, desk.aum.closed)
    return not is_open or worth._is_catching_up(desk.prices, feed)


@internal
def _mint(
    k: uint256, amount: uint256, min_shares: uint256, holder: address, receiver: address, is_held: bool, params: IPool.PoolParams
) -> (uint256, int256):
    """@return (shares, fee in USD WAD); no shares if a request is not fulfilled: then nothing was done"""
    asset: IMarket.AssetParams = counter._listed(k)
    if self._ends(listing.has_asset(asset), err.ASSET_NOT_LISTED, is_held):
        return 0, 0
    desk: counter.Desk = counter._open()
    price: IOracle.Price = desk.prices[asset.feed]
    if desk.aum.mode == c.SETUP and holder == staticcall worth.MARKET.owner_of(c.TREASURY):
        desk.aum.mode = c.NORMAL
    if self._is_shut(gates.MINT, max(desk.aum.status, price.status), desk, asset.feed, is_held):
        return 0, 0
    is_uncapped: bool = worth._is_uncapped(0, 0)
    if self._ends(is_uncapped, err.POOL_PROFIT_CAPPED, is_held):
        return 0, 0

    usd: uint256 = pricing.value_down(amount, asset.scale, price.low)
    fee_wad: int256 = counter._fee(c.MINT, k, k, asset, usd, True, desk)
    if is_held and fp.magnitude(fee_wad) > c.MAX_FEE_WAD:
        return 0, 0
    worth._check_fee(fee_wad)
    minted: uint256 = 0
    fee_usd: int256 = 0
    moved: int256 = 0
    minted, fee_usd, moved = counter._charged(usd, fee_wad, params.rebate_share_wad)
    supply: uint256 = shares.totalSupply
    if supply == windows.DEAD_SHARES and desk.aum.high <= DUST_USD_WAD:
        pass  # everybody has left with everything, and the pool begins again
    elif supply == 0:
        if self._ends(minted > windows.DEAD_SHARES, err.SHARES_TOO_FEW, is_held):
            return 0, 0
        minted -= windows.DEAD_SHARES
    else:
        if self._ends(desk.aum.low > 0, err.POOL_WORTHLESS, is_held):
            return 0, 0
        minted = fp.mul_div_down(minted, supply, desk.aum.high)
    if self._ends(minted > 0 and minted >= min_shares, err.SHARES_TOO_FEW, is_held):
        return 0, 0
    if self._ends(desk.aum.high + usd <= params.max_aum_usd_wad, err.POOL_AUM_CAP, is_held):
        return 0, 0
    is_kept: bool = params.redeem_delay_s > 0
    if self._ends(not is_kept or receiver == holder, err.SHARES_RECEIVER, is_held):
        return 0, 0
    if is_held and not worth._takes(k, asset, amount):
        return 0, 0

    counter._move_budget(moved)
    if supply == 0:
        shares._mint(self, windows.DEAD_SHARES)
    if is_kept:
        shares.locked_until_s[receiver] = block.timestamp + params.redeem_delay_s
    shares._mint(receiver, minted)
    log IPool.Minted(asset=k, receiver=receiver, amount=amount, shares=minted, fee_usd_wad=fee_usd)
    extcall worth.MARKET.exchange(k, amount, msg.sender, k, 0, empty(address), fp.unsigned_or_zero(fee_usd))
    return minted, fee_usd


@internal
def _swap(
    k: uint256, j: uint256, amount: uint256, min_amount: uint256, receiver: address, is_held: bool, params: IPool.PoolParams
) -> (uint256, int256):
    """@return (tokens of j, fee in USD WAD); no tokens if a request is not fulfilled: then nothing was done"""
    given: IMarket.AssetParams = counter._listed(k)
    taken: IMarket.AssetParams = counter._listed(j)
    if self._ends(listing.has_asset(given) and listing.has_asset(taken), err.ASSET_NOT_LISTED, is_held):
        return 0, 0
    err.check(k != j, err.SWAP_SAME_ASSET)
    # What the pool holds sets the utilisation: past time is charged before it moves.
    desk: counter.Desk = counter._open()
    price_in: IOracle.Price = desk.prices[given.feed]
    price_out: IOracle.Price = desk.prices[taken.feed]
    worst: uint256 = max(desk.aum.status, max(price_in.status, price_out.status))
    if self._is_shut(gates.SWAP, worst, desk, given.feed, is_held):
        return 0, 0
    if is_held and worth._is_off(price_out):
        return 0, 0
    is_uncapped: bool = worth._is_uncapped(0, 0)
    if self._ends(is_uncapped, err.POOL_PROFIT_CAPPED, is_held):
        return 0, 0

    usd: uint256 = pricing.value_down(amount, given.scale, price_in.low)
    fee_in_wad: int256 = counter._fee(c.SWAP, k, j, given, usd, True, desk)
    fee_out_wad: int256 = counter._fee(c.SWAP, j, k, taken, usd, False, desk)
    if is_held and max(fp.magnitude(fee_in_wad), fp.magnitude(fee_out_wad)) > c.MAX_FEE_WAD:
        return 0, 0
    worth._check_fee(fee_in_wad)
    worth._check_fee(fee_out_wad)
    fee_usd: int256 = 0
    moved: int256 = 0
    usd, fee_usd, moved = counter._charged(usd, max(fee_in_wad, fee_out_wad), params.rebate_share_wad)
    tokens: uint256 = pricing.amount_down(usd, taken.scale, price_out.high)
    if self._ends(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW, is_held):
        return 0, 0
    if is_held:
        is_free: bool = worth._lets_go(j, taken, tokens, fee_usd, price_out.low)
        if not is_free or not worth._takes(k, given, amount):
            return 0, 0

    counter._move_budget(moved)
    log IPool.Swapped(
        asset_in=k, asset_out=j, receiver=receiver, amount_in=amount, amount_out=tokens, fee_usd_wad=fee_usd
    )
    extcall worth.MARKET.exchange(k, amount, msg.sender, j, tokens, receiver, fp.unsigned_or_zero(fee_usd))
    if not is_held:
        worth._check_uncapped()
    return tokens, fee_usd
