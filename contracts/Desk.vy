# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Desk
@notice Where positions change: who may, at what price, and within which caps; for an owner, and without one for the liquidator.
@dev Holds no value. It names a price within a hard bound of the oracle's; all that moves value is Market's `settle`, which takes fees, impact
     and margin by its own books. Nothing on the way calls an address that a user chose.
     Where the design executes after the request, owners have no other way than the order book: at a price that is known a trade would be a
     free look at the next one. What nobody chooses the time of, a forced fill, is at the price of now.
"""

from .interfaces import IDesk
from .interfaces import IMargin
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPriceImpact
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .lib import pricing
from .modules import access
from .modules import policies

initializes: access
initializes: policies[access := access]

implements: IDesk

exports: (policies.set_policy, policies.policy_of, policies.memo_of)

CENT_USD_WAD: constant(int256) = 10**16  # what the rounding of tokens may take more than was reckoned
EVERYTHING_USD_WAD: constant(int256) = 2**120  # more than any account can pay

MARKET: public(immutable(IMarket))
ORACLE: public(immutable(IOracle))
AFTER_REQUEST: public(immutable(bool))  # when a trade executes: at the first price after its request, or at once


# Terms of a trade, as far as they are known before it.
struct Order:
    account: uint256
    m: uint256
    delta: int256  # > 0 buys; against a position at most all of it
    grows: bool
    is_long: bool
    acceptable_price_wad: uint256


@deploy
def __init__(market: address, after_request: bool):
    MARKET = IMarket(market)
    AFTER_REQUEST = after_request
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())
    access.__init__(staticcall IMarket(market).CONTROLLER())


@internal
@view
def _fill_price(m: uint256, delta: int256, grows: bool, price: IOracle.Price, t: IMarket.Ticket) -> (uint256, uint256):
    """
    @notice Buys from the high price, sells from the low price, moved by the impact policy within the hard bound. What is better than the
            oracle's price is paid out of what worse fills left, or not given. Beyond the bound nothing grows, and what closes is held at
            it: no rule keeps anybody in.
    @return (price, what the policy remembers of it)
    """
    base: uint256 = price.high if delta > 0 else price.low
    fill: uint256 = 0
    memo: uint256 = 0
    fill, memo = staticcall IPriceImpact(policies.policy_of[c.PRICE_IMPACT]).fill_price(
        m,
        base,
        delta,
        grows,
        fp.mul_down(t.sizes_wad[c.LONG], price.mid),
        fp.mul_down(t.sizes_wad[c.SHORT], price.mid),
        policies.memo_of[c.PRICE_IMPACT][m],
    )
    distance: uint256 = fp.distance(fill, base)
    if distance == 0:
        return base, memo
    most: uint256 = fp.mul_down(base, c.MAX_IMPACT_WAD)
    if grows:
        err.check(distance <= most, err.POLICY_IMPACT_TOO_HIGH)
    if (fill > base) != (delta > 0):
        most = min(most, t.impact_pool_usd_wad * c.WAD // convert(abs(delta), uint256))
    distance = min(distance, most)
    return base + distance if fill > base else base - distance, memo


@internal
@view
def _means(account: uint256, m: uint256, closed_wad: uint256, t: IMarket.Ticket, extra: int256) -> (int256, int256):
    """
    @notice What a reduction may cost beyond the oracle's price, if the account cannot pay `extra` and stay above maintenance: of what it owns
            the part that the closed notional is of all of it, and no more than what keeps its margin ratio. So closing in parts
            costs no more than at once, and no less: below maintenance, and when nothing stays open, haircuts are no loss.
    @return (what Market's margin rule lets it pay, what it has for it; < 0: what it lacks as it is)
    """
    h: IMarket.Health = staticcall MARKET.health(account)
    total: uint256 = 0
    for notional: uint256 in h.notionals:
        total += notional
    closed: uint256 = fp.mul_div_up(h.notionals[m], closed_wad, convert(abs(t.size_wad), uint256))
    owned: int256 = h.equity - convert(h.collateral, int256)
    owned += convert(self._payable(account, h.earned_usd_wad, t.payer_feeds[c.SHORT]), int256)
    if closed >= total:
        return owned - CENT_USD_WAD, owned - CENT_USD_WAD
    if h.equity < 0:
        lacks: int256 = h.equity - CENT_USD_WAD
        if owned <= 0:
            return lacks, lacks
        return lacks, convert(fp.mul_div_down(convert(owned, uint256), closed, total), int256) - CENT_USD_WAD
    if h.equity - extra >= convert(h.maintenance, int256) + CENT_USD_WAD:
        return extra, extra
    before: uint256 = max(h.maintenance, 1)
    h.notionals[m] -= closed
    rest: uint256 = 0
    policy: IMargin = IMargin(staticcall MARKET.policy_of(c.MARGIN))
    h.initial, rest = staticcall policy.requirement(h.notionals, empty(uint256[c.MAX_MARKETS]))
    freed: uint256 = fp.sub_or_zero(h.maintenance, rest)
    equity: uint256 = convert(h.equity, uint256)
    kept: uint256 = min(fp.mul_div_down(equity, closed, total), fp.mul_div_down(equity, freed, before))
    most: uint256 = kept
    if equity < h.maintenance and owned > 0:
        had: uint256 = convert(owned, uint256)
        most = min(fp.mul_div_down(had, closed, total), fp.mul_div_down(had, freed, before))
    return convert(kept, int256) - CENT_USD_WAD, convert(most, int256) - CENT_USD_WAD


@internal
@view
def _payable(account: uint256, earned_usd_wad: uint256, feed: uint256) -> uint256:
    """
    @notice USD value of what an account can pay with: haircuts left out, and what has no price. Funding that it has earned comes in tokens
            of this feed at their high price and pays at their low one.
    """
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    asset_count: uint256 = staticcall MARKET.asset_count()
    usd: uint256 = fp.mul_div_down(earned_usd_wad, px[feed].low, max(px[feed].high, 1))
    for k: uint256 in range(asset_count, bound=c.MAX_ASSETS):
        params: IMarket.AssetParams = staticcall MARKET.asset_params(k)
        if px[params.feed].status < c.HALTED:
            held: uint256 = staticcall MARKET.collateral(account, k)
            usd += pricing.value_down(held, params.scale, px[params.feed].low)
    return usd


@internal
@pure
def _worst(base: uint256, delta: int256, left: uint256, each_wad: uint256) -> uint256:
    """@notice The price within the hard bound at which a fill costs this much more than at the base, charges on each USD included."""
    size: uint256 = fp.mul_up(convert(abs(delta), uint256), each_wad)
    distance: uint256 = min(left * c.WAD // size, fp.mul_down(base, c.MAX_IMPACT_WAD))
    return base + distance if delta > 0 else base - distance


@internal
@view
def _within_means(
    o: Order, price_wad: uint256, at: IOracle.Price, now: IOracle.Price, t: IMarket.Ticket
) -> (uint256, bool):
    """
    @notice Impact and fee are what a reduction costs, or as much as there is, a better price included: who can pay a loss can leave.
    @return (price, whether it has the fee in it)
    """
    base: uint256 = at.high if o.delta > 0 else at.low
    size: uint256 = convert(abs(o.delta), uint256)
    extra: int256 = convert(fp.mul_up(fp.mul_up(size, price_wad), t.trade_fee_wad), int256)
    impact: int256 = convert(fp.mul_up(size, fp.distance(price_wad, base)), int256)
    extra += impact if (price_wad > base) == (o.delta > 0) else -impact
    # What the account owns is reckoned at the price of now; one since the request is better or worse.
    edge: uint256 = now.high if o.delta > 0 else now.low
    gain: int256 = convert(fp.mul_down(size, fp.distance(base, edge)), int256)
    if (base > edge) == (o.delta > 0):
        gain = -gain
    extra -= gain
    if extra <= 0:
        h: IMarket.Health = staticcall MARKET.health(o.account)
        if h.equity >= 0:
            return price_wad, False
        # Below zero every smaller requirement looks worse in Market's ratio: it leaves like what cannot pay, with the fee in its price.
        extra += gain
        if extra >= 0:
            return self._worst(base, o.delta, convert(extra, uint256), c.WAD), True
        better: uint256 = convert(-extra, uint256) * c.WAD // size
        return fp.sub_or_zero(base, better) if o.delta > 0 else base + better, True
    kept: int256 = 0
    cost: int256 = 0
    kept, cost = self._means(o.account, o.m, size, t, extra)
    if extra <= kept:
        return price_wad, False
    cost = min(extra, cost) + gain
    if cost >= 0:
        return self._worst(base, o.delta, convert(cost, uint256), c.WAD), True
    # The loss alone is more than there is: what a better price gives back may still pay it.
    lacking: uint256 = convert(-cost, uint256) * c.WAD // size + 1
    if o.delta > 0:
        return min(base, max(price_wad, fp.sub_or_zero(base, lacking))), True
    return max(base, min(price_wad, base + lacking)), True


@internal
@view
def _order(
    account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256, t: IMarket.Ticket
) -> Order:
    """@notice What is asked for, if the sender may ask: a trade against a position closes at most all of it."""
    err.check(t.is_authorised, err.ACCOUNT_NOT_AUTHORISED)
    err.check(account > c.TREASURY, err.ACCOUNT_UNKNOWN)
    err.check(size_delta_wad != 0, err.TRADE_NOTHING)
    size: int256 = t.size_wad
    delta: int256 = size_delta_wad
    grows: bool = size == 0 or (size > 0) == (delta > 0)
    is_long: bool = size > 0 or (size == 0 and delta > 0)
    if not grows:
        delta = max(delta, -size) if is_long else min(delta, -size)
    return Order(
        account=account, m=m, delta=delta, grows=grows, is_long=is_long, acceptable_price_wad=acceptable_price_wad
    )


@internal
@view
def _check_open(o: Order, t: IMarket.Ticket, px: IOracle.Price[c.MAX_FEEDS]):
    """@notice The verb is open at the prices of now, that of what pays a profit included."""
    payer: IOracle.Price = px[t.payer_feeds[c.LONG if o.is_long else c.SHORT]]
    verb: uint256 = gates.INCREASE if o.grows else gates.DECREASE
    gates.check_open(verb, max(px[t.feed].status, payer.status), t.mode, 0)
    if o.grows:
        err.check(not t.is_reduce_only, err.TRADE_REDUCE_ONLY)


@internal
@pure
def _is_acceptable(o: Order, price_wad: uint256) -> bool:
    return price_wad <= o.acceptable_price_wad if o.delta > 0 else price_wad >= o.acceptable_price_wad


@internal
def _settle(o: Order, t: IMarket.Ticket, price_wad: uint256, base_wad: uint256, has_fee: bool) -> IMarket.Fill:
    """@notice Change the position, within what may remain of it and what its side may have."""
    done: IMarket.Settlement = extcall MARKET.settle(o.account, o.m, o.delta, price_wad, base_wad, has_fee)
    err.check(done.fill.unpaid_usd_wad == 0, err.TRADE_LOSS_UNPAID)
    err.check(o.delta == -t.size_wad or done.cost_usd_wad >= t.min_position_usd_wad, err.TRADE_POSITION_TOO_SMALL)
    if o.grows:
        err.check(done.side_cost_usd_wad <= done.cap_usd_wad, err.TRADE_OPEN_INTEREST_CAP)
        err.check(
            done.cost_usd_wad <= fp.mul_down(done.cap_usd_wad, t.max_account_share_wad), err.TRADE_ACCOUNT_CAP
        )
    return done.fill


@external
def trade(account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256) -> IMarket.Fill:
    """
    @notice Change a position by `size_delta_wad` (> 0 buys) at once, where the design does so. A trade against a position closes at most all
            of it.
    """
    err.check(not AFTER_REQUEST, err.TRADE_BY_ORDER_ONLY)
    t: IMarket.Ticket = staticcall MARKET.ticket(account, m, msg.sender)
    o: Order = self._order(account, m, size_delta_wad, acceptable_price_wad, t)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    self._check_open(o, t, px)
    price: IOracle.Price = px[t.feed]
    price_wad: uint256 = 0
    memo: uint256 = 0
    price_wad, memo = self._fill_price(m, o.delta, o.grows, price, t)
    has_fee: bool = False
    if not o.grows:
        price_wad, has_fee = self._within_means(o, price_wad, price, price, t)
    if not self._is_acceptable(o, price_wad):
        err.check(o.delta < 0, err.TRADE_PRICE_TOO_HIGH)
        err.check(False, err.TRADE_PRICE_TOO_LOW)
    policies._remember(c.PRICE_IMPACT, m, memo)
    fill: IMarket.Fill = self._settle(o, t, price_wad, price.high if o.delta > 0 else price.low, has_fee)
    return fill


@external
def fill(
    account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256, shown: IOracle.Price
) -> IMarket.Fill:
    """
    @notice The same for the order book, at a price that the oracle has shown since the request.
    @return a size of zero, and nothing is changed, where the order does not bear this price: it is worse than the acceptable one, too unsure
            to open at, or without initial margin then or now. Waiting would not be fair: its owner would see more before he mends it.
    """
    book: address = staticcall MARKET.policy_of(c.ORDER_BOOK)
    err.check(msg.sender == book, err.ACCESS_NOT_ORDER_BOOK)
    t: IMarket.Ticket = staticcall MARKET.ticket(account, m, msg.sender)
    o: Order = self._order(account, m, size_delta_wad, acceptable_price_wad, t)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    self._check_open(o, t, px)
    price_wad: uint256 = 0
    memo: uint256 = 0
    price_wad, memo = self._fill_price(m, o.delta, o.grows, shown, t)
    has_fee: bool = False
    if not o.grows:
        price_wad, has_fee = self._within_means(o, price_wad, shown, px[t.feed], t)
    is_borne: bool = self._is_acceptable(o, price_wad)
    if is_borne and o.grows:
        is_borne = shown.status == c.OK
        if is_borne:
            is_borne = self._carries(o, price_wad, px[t.feed])
    if not is_borne:
        return empty(IMarket.Fill)
    policies._remember(c.PRICE_IMPACT, m, memo)
    filled: IMarket.Fill = self._settle(o, t, price_wad, shown.high if o.delta > 0 else shown.low, has_fee)
    return filled


@internal
def _carries(o: Order, price_wad: uint256, now: IOracle.Price) -> bool:
    """
    @notice Whether the account has initial margin for a larger position at the worse of two prices, its fill's and that of now, with the
            requirement at the dearer one: a margin that is there at one of them alone is a free option on the other.
    """
    h: IMarket.Health = empty(IMarket.Health)
    mode: uint256 = 0
    h, mode = extcall MARKET.assess(o.account)
    params: IMarket.MarketParams = staticcall MARKET.market_params(o.m)
    held: IMarket.Position = staticcall MARKET.positions(o.account, o.m)
    size: uint256 = convert(abs(o.delta), uint256)
    whole: uint256 = convert(abs(held.size_wad), uint256)
    at: uint256 = now.low if o.is_long else now.high
    worst: uint256 = min(at, price_wad) if o.is_long else max(at, price_wad)
    cost: uint256 = fp.mul_up(size, price_wad) if o.is_long else fp.mul_down(size, price_wad)
    before: int256 = min(pricing.pnl_down(whole, held.cost_usd_wad, at, o.is_long), 0)
    whole += size
    after: int256 = min(pricing.pnl_down(whole, held.cost_usd_wad + cost, worst, o.is_long), 0)
    fee: uint256 = fp.mul_up(fp.mul_up(size, price_wad), params.trade_fee_wad)
    free: int256 = h.free - before + after - convert(fee, int256)

    h.notionals[o.m] = fp.mul_up(whole, max(at, price_wad))
    open_interest: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
    market_count: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
        if h.notionals[m] == 0:
            continue
        longs: IMarket.Side = staticcall MARKET.sides(m, c.LONG)
        shorts: IMarket.Side = staticcall MARKET.sides(m, c.SHORT)
        if m == o.m:
            if o.is_long:
                longs.cost_usd_wad += cost
            else:
                shorts.cost_usd_wad += cost
        open_interest[m] = max(longs.cost_usd_wad, shorts.cost_usd_wad)
    margin: address = staticcall MARKET.policy_of(c.MARGIN)
    initial: uint256 = 0
    maintenance: uint256 = 0
    initial, maintenance = staticcall IMargin(margin).requirement(h.notionals, open_interest)
    return free >= convert(initial, int256)


@external
def close_out(
    account: uint256, m: uint256, size_delta_wad: int256, charges_wad: uint256, charges_usd_wad: uint256
) -> IMarket.Fill:
    """
    @notice Reduce a position without the owner, at the price at which the owner would close; its impact leaves what charges take, per USD
            closed and flat. The liquidator alone may.
    """
    liquidator: address = staticcall MARKET.policy_of(c.LIQUIDATOR)
    err.check(msg.sender == liquidator, err.ACCESS_NOT_LIQUIDATOR)
    t: IMarket.Ticket = staticcall MARKET.ticket(account, m, msg.sender)
    err.check(t.size_wad != 0 and (t.size_wad > 0) != (size_delta_wad > 0), err.TRADE_REDUCE_ONLY)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    price: IOracle.Price = px[t.feed]
    base: uint256 = price.high if size_delta_wad > 0 else price.low
    price_wad: uint256 = 0
    memo: uint256 = 0
    price_wad, memo = self._fill_price(m, size_delta_wad, False, price, t)
    policies._remember(c.PRICE_IMPACT, m, memo)
    if price_wad != base and (price_wad > base) == (size_delta_wad > 0):
        size: uint256 = convert(abs(size_delta_wad), uint256)
        kept: int256 = 0
        means: int256 = 0
        kept, means = self._means(account, m, size, t, EVERYTHING_USD_WAD)
        charges: uint256 = charges_usd_wad + fp.mul_up(fp.mul_up(size, base), charges_wad)
        each_wad: uint256 = c.WAD + charges_wad if size_delta_wad > 0 else c.WAD - charges_wad
        left: uint256 = fp.sub_or_zero(fp.unsigned_or_zero(means), charges)
        worst: uint256 = self._worst(base, size_delta_wad, left, each_wad)
        price_wad = min(price_wad, worst) if size_delta_wad > 0 else max(price_wad, worst)
    done: IMarket.Settlement = extcall MARKET.settle(account, m, size_delta_wad, price_wad, base, True)
    return done.fill


@external
@view
def impact_of(m: uint256, size_delta_wad: int256) -> int256:
    """@notice USD that a reduction would cost now beyond the oracle's price: > 0 against the trader, < 0 for it."""
    t: IMarket.Ticket = staticcall MARKET.ticket(c.POOL, m, self)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    base: uint256 = px[t.feed].high if size_delta_wad > 0 else px[t.feed].low
    price_wad: uint256 = 0
    memo: uint256 = 0
    price_wad, memo = self._fill_price(m, size_delta_wad, False, px[t.feed], t)
    usd: int256 = convert(fp.mul_up(fp.magnitude(size_delta_wad), fp.distance(price_wad, base)), int256)
    return usd if (price_wad > base) == (size_delta_wad > 0) else -usd
