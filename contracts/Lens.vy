# pragma version 0.4.3
"""
@title Lens
@notice Reads in batches: what a simulator or a dashboard wants of a Market in one call. No state, no lock of its own.
"""

from .interfaces import IMarket
from .interfaces import IPool
from .lib import constants as c
from .lib import fixed_point as fp
from .lib import haircuts
from .lib import gates

MAX_IDS: constant(uint256) = 256


struct PoolView:
    aum: IMarket.Aum
    supply: uint256
    buckets: IMarket.Buckets[c.MAX_ASSETS]
    insurance: uint256[c.MAX_ASSETS]


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
