# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Room
@notice What a trade finds before it is made: how large a position may be and must be, and whether its account can pay for it. Who has to
        answer once and for all asks here first: what the market refuses could be tried again.
"""

from ..interfaces import IDesk
from ..interfaces import IMargin
from ..interfaces import IMarket
from ..interfaces import IOracle
from . import constants as c
from . import errors as err
from . import fixed_point as fp
from . import haircuts
from . import pricing


@internal
@view
def shortage(
    market: IMarket,
    account: uint256,
    m: uint256,
    delta: int256,
    price_wad: uint256,
    px: IOracle.Price[c.MAX_FEEDS],
    depth_share_wad: uint256,
) -> uint256:
    """
    @notice Why a position may not become what a trade makes of it, as the code of a refusal; 0 if it may. A side may have no more than this
            share of the depth of its coin's books either (0: whatever their depth).
    """
    held: IMarket.Position = empty(IMarket.Position)
    ignored: IMarket.Side = empty(IMarket.Side)
    held, ignored = haircuts.of(market, account, m)
    params: IMarket.MarketParams = staticcall market.market_params(m)
    grows: bool = held.size_wad == 0 or (held.size_wad > 0) == (delta > 0)
    is_long: bool = (delta > 0) == grows
    moved: uint256 = fp.magnitude(delta)
    size: uint256 = fp.magnitude(held.size_wad)
    if not grows:
        out: uint256 = pricing.cost_out(held.cost_usd_wad, moved, size, is_long)
        if moved < size and held.cost_usd_wad - out < params.min_position_usd_wad:
            return err.TRADE_POSITION_TOO_SMALL
        return 0
    added: uint256 = pricing.cost_in(moved, price_wad, is_long)
    k: uint256 = params.long_asset if is_long else params.short_asset
    asset: IMarket.AssetParams = staticcall market.asset_params(k)
    bucket: IMarket.Buckets = staticcall market.buckets(k)
    low: uint256 = px[asset.feed].low
    if (
        low == 0
        or bucket.reserved + pricing.reserve_for(added, params.reserve_factor_wad, asset.scale, low) > bucket.pool
    ):
        return err.POOL_RESERVED
    cost: uint256 = held.cost_usd_wad + added
    if cost < params.min_position_usd_wad:
        return err.TRADE_POSITION_TOO_SMALL
    # A side may have the lower of a fixed cap and a share of what backs it.
    backing: uint256 = pricing.value_down(bucket.pool, asset.scale, low)
    cap: uint256 = min(
        fp.mul_down(backing, params.max_open_interest_share_wad), params.max_open_interest_usd_wad
    )
    if depth_share_wad > 0:
        asset_count: uint256 = staticcall market.asset_count()
        for i: uint256 in range(asset_count, bound=c.MAX_ASSETS):
            coin: IMarket.AssetParams = staticcall market.asset_params(i)
            if coin.feed == params.feed and coin.depth_usd_wad > 0:
                cap = min(cap, fp.mul_down(coin.depth_usd_wad, depth_share_wad))
    side: IMarket.Side = staticcall market.sides(m, c.LONG if is_long else c.SHORT)
    if side.cost_usd_wad + added > cap:
        return err.TRADE_OPEN_INTEREST_CAP
    if cost > fp.mul_down(cap, params.max_account_share_wad):
        return err.TRADE_ACCOUNT_CAP
    return 0


@internal
@view
def pays(
    market: IMarket, h: IMarket.Health, account: uint256, m: uint256, q: IDesk.Quote, px: IOracle.Price[c.MAX_FEEDS]
) -> bool:
    """
    @notice Whether an account that stands as of now has what a reduction takes from it, haircuts left out, and what has no price. Funding that
            it has earned comes in tokens at their high price and pays at their low one.
    """
    held: IMarket.Position = empty(IMarket.Position)
    whole: IMarket.Side = empty(IMarket.Side)
    held, whole = haircuts.of(market, account, m)
    params: IMarket.MarketParams = staticcall market.market_params(m)
    is_long: bool = held.size_wad > 0
    moved: uint256 = fp.magnitude(q.size_delta_wad)
    out: uint256 = pricing.cost_out(held.cost_usd_wad, moved, fp.magnitude(held.size_wad), is_long)
    borrow: uint256 = 0
    funding: int256 = 0
    borrow, funding = pricing.owed(held, whole)
    needs: int256 = convert(borrow, int256) + max(funding, 0)
    if not q.has_fee:
        needs += convert(fp.mul_up(fp.mul_up(moved, q.price_wad), params.trade_fee_wad), int256)
    k: uint256 = params.long_asset if is_long else params.short_asset
    payer: IMarket.AssetParams = staticcall market.asset_params(k)
    bucket: IMarket.Buckets = staticcall market.buckets(k)
    # A profit counts no higher than its share of what backs the side.
    backing: uint256 = pricing.value_down(bucket.pool, payer.scale, px[payer.feed].low)
    needs -= pricing.capped(
        pricing.pnl_down(moved, out, q.price_wad, is_long),
        pricing.pnl_down(whole.size_wad, whole.cost_usd_wad, q.price_wad, is_long),
        convert(fp.mul_down(backing, params.max_profit_share_wad), int256),
    )
    if needs <= 0:
        return True
    coin: IMarket.AssetParams = staticcall market.asset_params(params.short_asset)
    has: uint256 = fp.mul_div_down(h.earned_usd_wad, px[coin.feed].low, max(px[coin.feed].high, 1))
    asset_count: uint256 = staticcall market.asset_count()
    for i: uint256 in range(asset_count, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = staticcall market.asset_params(i)
        if px[asset.feed].status < c.HALTED:
            tokens: uint256 = staticcall market.collateral(account, i)
            has += pricing.value_down(tokens, asset.scale, px[asset.feed].low)
    return needs <= convert(has, int256)


@internal
@view
def carries(
    market: IMarket,
    health: IMarket.Health,
    account: uint256,
    m: uint256,
    q: IDesk.Quote,
    now: IOracle.Price,
) -> bool:
    """
    @notice Whether an account that stands as of now has initial margin for a larger position at the worse of two prices, its fill's and that
            of now, with the requirement at the dearer one: a margin that is there at one of them alone is a free option on the other.
    """
    h: IMarket.Health = health
    params: IMarket.MarketParams = staticcall market.market_params(m)
    held: IMarket.Position = empty(IMarket.Position)
    ignored: IMarket.Side = empty(IMarket.Side)
    held, ignored = haircuts.of(market, account, m)
    is_long: bool = q.size_delta_wad > 0
    size: uint256 = fp.magnitude(q.size_delta_wad)
    whole: uint256 = fp.magnitude(held.size_wad)
    at: uint256 = now.low if is_long else now.high
    worst: uint256 = min(at, q.price_wad) if is_long else max(at, q.price_wad)
    cost: uint256 = pricing.cost_in(size, q.price_wad, is_long)
    before: int256 = min(pricing.pnl_down(whole, held.cost_usd_wad, at, is_long), 0)
    whole += size
    after: int256 = min(pricing.pnl_down(whole, held.cost_usd_wad + cost, worst, is_long), 0)
    fee: uint256 = fp.mul_up(fp.mul_up(size, q.price_wad), params.trade_fee_wad)
    free: int256 = h.free - before + after - convert(fee, int256)

    h.notionals[m] = fp.mul_up(whole, max(at, q.price_wad))
    open_interest: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
    market_count: uint256 = staticcall market.market_count()
    for i: uint256 in range(market_count, bound=c.MAX_MARKETS):
        if h.notionals[i] == 0:
            continue
        longs: IMarket.Side = staticcall market.sides(i, c.LONG)
        shorts: IMarket.Side = staticcall market.sides(i, c.SHORT)
        if i == m:
            if is_long:
                longs.cost_usd_wad += cost
            else:
                shorts.cost_usd_wad += cost
        open_interest[i] = max(longs.cost_usd_wad, shorts.cost_usd_wad)
    margin: address = staticcall market.policy_of(c.MARGIN)
    initial: uint256 = 0
    maintenance: uint256 = 0
    initial, maintenance = staticcall IMargin(margin).requirement(h.notionals, open_interest)
    return free >= convert(initial, int256)
