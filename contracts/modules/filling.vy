# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Filling
@notice How an order that executes after the request meets its price: it is filled, or ends. What the market could refuse is asked first, for
        what is refused could be tried again.
"""

from ..interfaces import IDesk
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import fixed_point as fp
from ..lib import gates
from ..lib import pricing
from ..lib import room

# Kinds. A limit waits for a better price, a stop for a worse one; a take-profit is a limit that only reduces; a market order has no trigger.
LIMIT: constant(uint256) = 0
STOP: constant(uint256) = 1
TAKE_PROFIT: constant(uint256) = 2
AT_MARKET: constant(uint256) = 3


struct Terms:
    m: uint256
    kind: uint256
    size_delta_wad: int256  # > 0 buys
    trigger_price_wad: uint256  # of a market order 0
    acceptable_price_wad: uint256  # worst fill
    is_reduce_only: bool
    asset: uint256  # of the margin
    margin: uint256  # token units set aside, reward included
    reward: uint256  # token units of the margin, to whoever executes the order
    expires_at_s: uint256  # 0 = never; of a market order 0 when it is placed


MARKET: public(immutable(IMarket))
DESK: public(immutable(IDesk))
ORACLE: public(immutable(IOracle))
OWN_ACCOUNT: public(immutable(uint256))  # where margin lies


@deploy
def __init__(market: address, desk: address, own_account: uint256):
    MARKET = IMarket(market)
    DESK = IDesk(desk)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())
    OWN_ACCOUNT = own_account


@internal
@pure
def _only_reduces(terms: Terms) -> bool:
    return terms.is_reduce_only or terms.kind == TAKE_PROFIT


@internal
def _give(k: uint256, amount: uint256, target: uint256):
    """@notice Out of what orders have set aside."""
    if amount > 0:
        extcall MARKET.transfer_collateral(OWN_ACCOUNT, k, amount, target)


@internal
@view
def _with_stake(account: uint256, t: Terms, left: uint256, health: IMarket.Health, price: IOracle.Price) -> IMarket.Health:
    """@notice Margin of an account with what its order has set aside, which is not there yet."""
    h: IMarket.Health = health
    if price.status == c.OK:
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(t.asset)
        held: uint256 = staticcall MARKET.collateral(account, t.asset)
        # What it has earned may come in this asset, and the more there is of one the less each unit counts.
        before: uint256 = pricing.value_up(held, asset.scale, price.collateral) + h.earned_usd_wad
        after: uint256 = before + pricing.value_down(left, asset.scale, price.collateral)
        counted: uint256 = pricing.counted(after, asset.haircut_wad, asset.depth_usd_wad)
        h.free += convert(
            fp.sub_or_zero(counted, pricing.counted(before, asset.haircut_wad, asset.depth_usd_wad)), int256
        )
    return h


@internal
def _forfeit(t: Terms, shown: IOracle.Price) -> uint256:
    """
    @notice Give to insurance what a fill would have lost since: as much as the price has gone against the order, up to its stake.
    @return units of the margin
    """
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    market: IMarket.MarketParams = staticcall MARKET.market_params(t.m)
    asset: IMarket.AssetParams = staticcall MARKET.asset_params(t.asset)
    since: uint256 = fp.sub_or_zero(shown.high, px[market.feed].high)
    if t.size_delta_wad < 0:
        since = fp.sub_or_zero(px[market.feed].low, shown.low)
    usd: uint256 = fp.mul_up(fp.magnitude(t.size_delta_wad), since)
    lost: uint256 = min(pricing.amount_up(usd, asset.scale, max(px[asset.feed].low, 1)), t.margin - t.reward)
    self._give(t.asset, lost, c.INSURANCE)
    return lost


@internal
@view
def _would_grow(account: uint256, t: Terms) -> bool:
    position: IMarket.Position = staticcall MARKET.positions(account, t.m)
    return not self._only_reduces(t) and (position.size_wad == 0 or (position.size_wad > 0) == (t.size_delta_wad > 0))


@internal
@view
def _borne(
    account: uint256, t: Terms, health: IMarket.Health, mode: uint256, shown: IOracle.Price
) -> (IDesk.Quote, bool):
    """@return (what the desk would make of a larger position, whether market and account are open to it: its margin is another question)"""
    q: IDesk.Quote = staticcall DESK.quote(account, t.m, t.size_delta_wad, t.acceptable_price_wad, shown)
    clock: IMarket.Clock = staticcall MARKET.clocks(t.m)
    return q, q.size_delta_wad != 0 and gates.is_open(gates.INCREASE, health.status, mode, clock.closed)


@internal
@view
def _could_fill(account: uint256, t: Terms, health: IMarket.Health, mode: uint256, shown: IOracle.Price) -> bool:
    """@notice Whether an order that is released might have grown a position instead. Where the desk waits for a price, its terms say so."""
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    market: IMarket.MarketParams = staticcall MARKET.market_params(t.m)
    payer: IMarket.AssetParams = staticcall MARKET.asset_params(
        market.long_asset if t.size_delta_wad > 0 else market.short_asset
    )
    if max(px[market.feed].status, px[payer.feed].status) == c.HALTED:
        if t.size_delta_wad > 0:
            return shown.high <= t.acceptable_price_wad
        return shown.low >= t.acceptable_price_wad
    q: IDesk.Quote = empty(IDesk.Quote)
    is_borne: bool = False
    q, is_borne = self._borne(account, t, health, mode, shown)
    return is_borne


@internal
def _grow(account: uint256, t: Terms, shown: IOracle.Price) -> IMarket.Fill:
    """
    @notice Open or enlarge a position at a price that was shown since the order was placed. All that the market could refuse is asked first,
            for it would not be refused for good.
    @return a size of zero if the order does not bear this price, or its account does not carry it: then as much of the stake is lost as a fill
            would have lost since, for its owner could choose so when he knows how much that is
    """
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall MARKET.assess(account)
    q: IDesk.Quote = empty(IDesk.Quote)
    is_borne: bool = False
    q, is_borne = self._borne(account, t, h, mode, shown)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    market: IMarket.MarketParams = staticcall MARKET.market_params(t.m)
    asset: IMarket.AssetParams = staticcall MARKET.asset_params(t.asset)
    left: uint256 = t.margin - t.reward
    if is_borne:
        h = self._with_stake(account, t, left, h, px[asset.feed])
        is_borne = room.carries(MARKET, h, account, t.m, q, px[market.feed])
        if not is_borne:
            lost: uint256 = self._forfeit(t, shown)
            left -= lost
    self._give(t.asset, left, account)
    if not is_borne:
        return empty(IMarket.Fill)
    fill: IMarket.Fill = extcall DESK.fill(account, t.m, q)
    return fill


@internal
def _reduce(account: uint256, t: Terms, shown: IOracle.Price) -> IMarket.Fill:
    """
    @notice The same for a position that becomes smaller. What brings no reward is left to whoever would wait for a better time: it has
            the worse of its price and that of now.
    @return a size of zero if the order does not bear this price, or its account cannot pay for it
    """
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall MARKET.assess(account)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    market: IMarket.MarketParams = staticcall MARKET.market_params(t.m)
    price: IOracle.Price = shown
    now: IOracle.Price = px[market.feed]
    if t.reward == 0 and (now.high > shown.high if t.size_delta_wad > 0 else now.low < shown.low):
        price = now
    q: IDesk.Quote = staticcall DESK.quote(account, t.m, t.size_delta_wad, t.acceptable_price_wad, price)
    is_paid: bool = q.size_delta_wad != 0 and room.pays(MARKET, h, account, t.m, q, px)
    if not is_paid:
        return empty(IMarket.Fill)
    fill: IMarket.Fill = extcall DESK.fill(account, t.m, q)
    return fill
