# pragma version 0.4.3
"""
@title Lens
@notice Reads in batches: what a simulator or a dashboard wants of a Market in one call. No state, no lock of its own.
"""

from .interfaces import IDesk
from .interfaces import ILiquidation
from .interfaces import ILiquidator
from .interfaces import IMargin
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPool
from .lib import appraisal
from .lib import constants as c
from .lib import dues
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import haircuts
from .lib import gates
from .lib import room

MAX_IDS: constant(uint256) = 256
HALVINGS: constant(uint256) = 12  # the answer about room is that much of the wish too small at most: 1 / 4,096


struct PoolView:
    aum: IMarket.Aum
    supply: uint256
    buckets: IMarket.Buckets[c.MAX_ASSETS]
    insurance: uint256[c.MAX_ASSETS]
    treasury: uint256[c.MAX_ASSETS]
    lost_usd_wad: uint256  # losses that were booked, ever, before winners gave any of it back
    sizes_wad: uint256[2][c.MAX_MARKETS]  # of both sides, insurance's positions among them
    costs_usd_wad: uint256[2][c.MAX_MARKETS]
    borrow_wad: uint256[2][c.MAX_MARKETS]  # indices of both sides, as of now
    funding_wad: int256[2][c.MAX_MARKETS]
    per_unit: bool  # the pool stands between the sides: what their indices charge more than they earn is its own
    deltas_wad: int256[c.MAX_FEEDS]  # by how much its value at mid moves with each feed's price: whole units of it


struct AccountView:
    equity: int256
    free: int256
    initial: uint256
    maintenance: uint256
    safe_move_wad: uint256  # no feed may move further than this, as a share of its price
    safe_s: uint256  # and no more time may pass, for the account to be surely above maintenance
    collateral: uint256[c.MAX_ASSETS]
    sizes: int256[c.MAX_MARKETS]
    costs: uint256[c.MAX_MARKETS]


struct Margin:
    equity: int256
    maintenance: uint256


@external
@pure
def gate_table() -> (uint256, uint256, uint256):
    """@notice The table of verbs: worst status and worst mode (two bits per verb), and what a circuit breaker may close (one bit)."""
    return gates.WORST_STATUS, gates.WORST_MODE, gates.CLOSABLE


@external
@view
def pool(market: IMarket) -> PoolView:
    """@notice The state of the pool, accrual included in its value."""
    out: PoolView = empty(PoolView)
    desk: IPool = IPool(staticcall market.policy_of(c.POOL_DESK))
    out.aum = staticcall desk.aum()
    out.supply = staticcall desk.totalSupply()
    assets: uint256 = staticcall market.asset_count()
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        out.buckets[k] = staticcall market.buckets(k)
        out.insurance[k] = staticcall market.collateral(c.INSURANCE, k)
        out.treasury[k] = staticcall market.collateral(c.TREASURY, k)
        asset: IMarket.AssetParams = staticcall market.asset_params(k)
        out.deltas_wad[asset.feed] += convert(out.buckets[k].pool * asset.scale, int256)
    liquidator: ILiquidator = ILiquidator(staticcall market.policy_of(c.LIQUIDATOR))
    out.lost_usd_wad = staticcall liquidator.lost_usd_wad()
    out.per_unit = staticcall market.FUNDING_PER_UNIT()
    px: IOracle.Price[c.MAX_FEEDS] = self._prices(market)
    markets: uint256 = staticcall market.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        g: appraisal.Ground = appraisal.ground(market, m, px)
        for i: uint256 in range(2):
            out.sizes_wad[m][i] = g.sides[i].size_wad
            out.costs_usd_wad[m][i] = g.sides[i].cost_usd_wad
            out.borrow_wad[m][i] = g.sides[i].borrow_index_wad
            out.funding_wad[m][i] = g.sides[i].funding_index_wad
            if appraisal.pnl(g, i, px[g.params.feed].mid) <= appraisal.cap(g, i, px[g.payers[i].feed].low):
                size: int256 = convert(g.sides[i].size_wad, int256)
                out.deltas_wad[g.params.feed] += -size if i == c.LONG else size
            else:  # what the side is owed moves with what backs it
                backing: uint256 = fp.mul_down(g.pools[i] * g.payers[i].scale, g.params.max_profit_share_wad)
                out.deltas_wad[g.payers[i].feed] -= convert(backing, int256)
    return out


@external
@view
def accounts(market: IMarket, ids: DynArray[uint256, MAX_IDS]) -> DynArray[AccountView, MAX_IDS]:
    """
    @notice Margin and holdings of many accounts, and how far each is from maintenance.
    @dev Profit does not count for safety where a side's is capped: whoever leaves at the same price changes what is left of it for others;
         nor where winners give back what others lose.
         Nine tenths of the slack are for prices, one tenth for fees. A move of d costs a position at most N * d and collateral C at most
         C * d, and raises the requirement by at most N * d (no requirement exceeds the notional); an account that is only long is
         hurt by falls alone, and a fall raises no requirement. Fees cost at most the hard bound of the rates, on cost (borrowing) and
         on notional (funding); the notional's growth meanwhile is inside the factor two. Funding that waits in a pot may be paid to
         others first, and is no slack.
    """
    assets: uint256 = staticcall market.asset_count()
    markets: uint256 = staticcall market.market_count()
    per_unit: bool = staticcall market.FUNDING_PER_UNIT()
    # Where an index cuts the winners a profit is junior to others' losses.
    is_junior: bool = staticcall market.policy_of(c.COHORTS) != empty(address)
    has_cap: uint256 = 0
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        params: IMarket.MarketParams = staticcall market.market_params(m)
        if is_junior or params.max_profit_share_wad < c.NO_PROFIT_CAP_WAD:
            has_cap |= 1 << m
    out: DynArray[AccountView, MAX_IDS] = []
    for account: uint256 in ids:
        h: IMarket.Health = staticcall market.health(account)
        v: AccountView = empty(AccountView)
        v.equity = h.equity
        v.free = h.free
        v.initial = h.initial
        v.maintenance = h.maintenance
        for k: uint256 in range(assets, bound=c.MAX_ASSETS):
            v.collateral[k] = staticcall market.collateral(account, k)
        costs: uint256 = 0
        capped: int256 = 0
        notionals: uint256 = 0
        has_shorts: bool = False
        for m: uint256 in range(markets, bound=c.MAX_MARKETS):
            if h.notionals[m] == 0:
                continue
            position: IMarket.Position = empty(IMarket.Position)
            ignored: IMarket.Side = empty(IMarket.Side)
            position, ignored = haircuts.of(market, account, m)
            v.sizes[m] = position.size_wad
            v.costs[m] = position.cost_usd_wad
            costs += position.cost_usd_wad
            if has_cap & (1 << m) != 0:
                profit: int256 = convert(h.notionals[m], int256) - convert(position.cost_usd_wad, int256)
                capped += max(profit if position.size_wad > 0 else -profit, 0)
            notionals += h.notionals[m]
            if position.size_wad < 0:
                has_shorts = True
        if notionals == 0:
            v.safe_move_wad = max_value(uint256)
            v.safe_s = max_value(uint256)
        else:
            lasting: int256 = h.equity - capped
            if not per_unit:
                lasting -= convert(h.earned_usd_wad, int256)
            slack: uint256 = fp.unsigned_or_zero(lasting - convert(h.maintenance, int256))
            exposed: uint256 = h.collateral + notionals
            if has_shorts:
                exposed += notionals
            v.safe_move_wad = slack * 9 * c.WAD // (10 * exposed)
            v.safe_s = slack * c.WAD // (10 * c.MAX_RATE_WAD_PER_S * (costs + 2 * notionals))
        out.append(v)
    return out


@external
@view
def under_water(market: IMarket, ids: DynArray[uint256, MAX_IDS]) -> (uint256, uint256, uint256):
    """
    @notice Losses beyond collateral that no liquidation has booked yet.
    @return (USD WAD by which the named accounts are below zero, how many they are, USD WAD that redemptions reckon with: no less is lost)
    """
    short_usd: uint256 = 0
    found: uint256 = 0
    for account: uint256 in ids:
        h: IMarket.Health = staticcall market.health(account)
        if h.equity < 0:
            short_usd += convert(-h.equity, uint256)
            found += 1
    desk: IPool = IPool(staticcall market.policy_of(c.POOL_DESK))
    return short_usd, found, staticcall desk.pending_losses()


@internal
@view
def _fits(
    market: IMarket,
    h: IMarket.Health,
    account: uint256,
    m: uint256,
    delta: int256,
    acceptable_price_wad: uint256,
    now: IOracle.Price,
) -> bool:
    """@notice Whether the desk would make a trade at the price of now, and the account carry it."""
    desk: IDesk = IDesk(staticcall market.policy_of(c.TRADE_DESK))
    q: IDesk.Quote = staticcall desk.quote(account, m, delta, acceptable_price_wad, now)
    return q.size_delta_wad != 0 and room.carries(market, h, account, m, q, now)


@internal
@view
def _lacking(
    market: IMarket,
    account: uint256,
    m: uint256,
    delta: int256,
    acceptable_price_wad: uint256,
    px: IOracle.Price[c.MAX_FEEDS],
) -> uint256:
    """@notice Why the desk would not make a trade at the price of now, in the order in which it asks; last, that its account does not carry it."""
    desk: IDesk = IDesk(staticcall market.policy_of(c.TRADE_DESK))
    t: IMarket.Ticket = staticcall market.ticket(account, m, self)
    q: IDesk.Quote = staticcall desk.quote(account, m, delta, acceptable_price_wad, px[t.feed])
    if q.size_delta_wad != 0:
        return err.MARGIN_BELOW_INITIAL
    if t.mode > 0:
        return err.ACCESS_CLOSED_BY_MODE
    if t.is_reduce_only:
        return err.TRADE_REDUCE_ONLY
    if q.price_wad == 0:
        return err.POLICY_IMPACT_TOO_HIGH
    if delta > 0 and q.price_wad > acceptable_price_wad:
        return err.TRADE_PRICE_TOO_HIGH
    if delta < 0 and q.price_wad < acceptable_price_wad:
        return err.TRADE_PRICE_TOO_LOW
    depth_share: uint256 = staticcall desk.DEPTH_SHARE_WAD()
    return room.shortage(market, account, m, delta, q.price_wad, px, depth_share)


@external
@view
def room_for(
    market: IMarket, account: uint256, m: uint256, size_delta_wad: int256, acceptable_price_wad: uint256
) -> (int256, uint256):
    """
    @notice How much of a position that is wished for an account without one could open now: as its margin, the caps, what backs the side and
            the price with impact allow. What a trade page shows beside its slider.
    @return (a size with the sign of the wish, all of it or less; 0: nothing that is no smaller than the smallest position, why it is not
            all of it, as the code of a refusal; 0: it is)
    """
    params: IMarket.MarketParams = staticcall market.market_params(m)
    k: uint256 = params.long_asset if size_delta_wad > 0 else params.short_asset
    payer: IMarket.AssetParams = staticcall market.asset_params(k)
    oracle: IOracle = IOracle(staticcall market.ORACLE())
    px: IOracle.Price[c.MAX_FEEDS] = staticcall oracle.prices()
    now: IOracle.Price = px[params.feed]
    status: uint256 = max(now.status, px[payer.feed].status)
    if size_delta_wad == 0:
        return 0, err.TRADE_NOTHING
    if status != c.OK:
        return 0, err.PRICE_WIDE if status == c.WIDE else err.PRICE_HALTED
    h: IMarket.Health = staticcall market.health(account)
    if self._fits(market, h, account, m, size_delta_wad, acceptable_price_wad, now):
        return size_delta_wad, 0
    if fp.mul_down(fp.magnitude(size_delta_wad), now.mid) < params.min_position_usd_wad:
        # Whatever else it lacks: what there is room for later is no larger.
        return 0, err.TRADE_POSITION_TOO_SMALL
    sign: int256 = 1 if size_delta_wad > 0 else -1
    found: int256 = 0
    low: uint256 = 0
    high: uint256 = fp.magnitude(size_delta_wad)
    for i: uint256 in range(HALVINGS):
        middle: uint256 = (low + high) // 2
        if middle == 0:
            break
        delta: int256 = sign * convert(middle, int256)
        if self._fits(market, h, account, m, delta, acceptable_price_wad, now):
            found = delta
            low = middle
        elif fp.mul_down(middle, now.mid) < params.min_position_usd_wad:
            low = middle
        else:
            high = middle
    return found, self._lacking(market, account, m, size_delta_wad, acceptable_price_wad, px)


@external
@view
def most_reward(market: IMarket, account: uint256) -> uint256:
    """@notice What a keeper gets for liquidating an account as it stands, if all of it is closed and it can pay: never more, USD WAD."""
    liquidator: ILiquidator = ILiquidator(staticcall market.policy_of(c.LIQUIDATOR))
    plan: ILiquidation.Plan = staticcall liquidator.plan_of(account)
    h: IMarket.Health = staticcall market.health(account)
    notional: uint256 = 0
    for each: uint256 in h.notionals:
        notional += each
    return dues.keeper_usd_wad(plan, notional)


# ------------------------------------------------------------------ worth


@internal
@view
def _prices(market: IMarket) -> IOracle.Price[c.MAX_FEEDS]:
    oracle: IOracle = IOracle(staticcall market.ORACLE())
    return staticcall oracle.prices()


@external
@view
def worths(market: IMarket, ids: DynArray[uint256, MAX_IDS]) -> DynArray[appraisal.Worth, MAX_IDS]:
    """@notice What accounts are worth at mid, in parts."""
    px: IOracle.Price[c.MAX_FEEDS] = self._prices(market)
    grounds: appraisal.Ground[c.MAX_MARKETS] = appraisal.grounds(market, px)
    out: DynArray[appraisal.Worth, MAX_IDS] = []
    for account: uint256 in ids:
        w: appraisal.Worth = appraisal.worth(market, account, grounds, px)
        out.append(w)
    return out


@external
@view
def books(market: IMarket) -> appraisal.Books:
    """@notice Everything that Market holds besides what accounts are worth: together it is its tokens."""
    return appraisal.books(market, self._prices(market))


@external
@view
def margins_at(
    market: IMarket, ids: DynArray[uint256, MAX_IDS], lows: uint256[c.MAX_FEEDS], highs: uint256[c.MAX_FEEDS]
) -> DynArray[Margin, MAX_IDS]:
    """
    @notice Margin of accounts, as Market reckons it, were prices these. The price of collateral that the oracle does not take from venues
            stays as it is.
    """
    px: IOracle.Price[c.MAX_FEEDS] = self._prices(market)
    grounds: appraisal.Ground[c.MAX_MARKETS] = appraisal.grounds(market, px)
    at: appraisal.Prices = appraisal.Prices(lows=lows, highs=highs, collaterals=lows)
    for f: uint256 in range(c.MAX_FEEDS):
        if px[f].collateral != px[f].low:
            at.collaterals[f] = px[f].collateral
    open_interest: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
    for m: uint256 in range(c.MAX_MARKETS):
        sides: IMarket.Side[2] = grounds[m].sides
        open_interest[m] = max(sides[c.LONG].cost_usd_wad, sides[c.SHORT].cost_usd_wad)
    policy: IMargin = IMargin(staticcall market.policy_of(c.MARGIN))
    out: DynArray[Margin, MAX_IDS] = []
    for account: uint256 in ids:
        v: Margin = empty(Margin)
        notionals: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
        v.equity, notionals = appraisal.counted(market, account, grounds, at)
        initial: uint256 = 0
        initial, v.maintenance = staticcall policy.requirement(notionals, open_interest)
        out.append(v)
    return out
