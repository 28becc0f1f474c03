# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Appraisal
@notice What sides and accounts are worth, asked from outside of Market: by its formulas, as of now, at its prices or at others.
@dev tests/contracts/test_lens_worth.py holds it to what Market answers at the same prices, to the wei.
"""

from ..interfaces import ICohorts
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IRates
from . import constants as c
from . import fixed_point as fp
from . import pricing


# Prices at which a margin is asked for.
struct Prices:
    lows: uint256[c.MAX_FEEDS]
    highs: uint256[c.MAX_FEEDS]
    collaterals: uint256[c.MAX_FEEDS]


# What an account is worth at the oracle's mid, without haircuts, as of now.
struct Worth:
    collateral_usd_wad: uint256
    profit_usd_wad: int256  # of its positions, before any cap
    withheld_usd_wad: uint256  # of that, by the caps on its sides
    borrow_usd_wad: uint256  # owed
    funding_usd_wad: int256  # owed; < 0 is earned
    claims_usd_wad: uint256  # funding that it has earned, settled, and was not paid
    collateral: uint256[c.MAX_ASSETS]  # units


# What Market holds of each asset, and what of it belongs to nobody's position or account, as of now.
struct Books:
    aum: IMarket.Aum  # the rebate budget included
    pools: uint256[c.MAX_ASSETS]  # units
    collaterals: uint256[c.MAX_ASSETS]  # of all accounts
    withheld_usd_wad: uint256  # of sides' profits, by their caps
    impact_usd_wad: uint256  # kept to pay better prices
    funding_usd_wad: int256  # held for those who earned it, as far as it is there; per unit less what is owed
    treasury_usd_wad: uint256  # its share of borrow fees that are not paid yet


# A market as of now.
struct Ground:
    params: IMarket.MarketParams
    sides: IMarket.Side[2]  # indices as of now
    costs: uint256[2]  # of the sides, with what haircuts took of their profits
    clock: IMarket.Clock
    pools: uint256[2]  # units of the assets that back the sides
    payers: IMarket.AssetParams[2]  # these assets
    cohorts: ICohorts


@internal
@view
def ground(market: IMarket, m: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> Ground:
    """@notice A market with its indices brought to now, as its next verb would."""
    g: Ground = empty(Ground)
    g.params = staticcall market.market_params(m)
    g.clock = staticcall market.clocks(m)
    g.cohorts = ICohorts(staticcall market.policy_of(c.COHORTS))
    look: IRates.Look = empty(IRates.Look)
    for i: uint256 in range(2):
        g.sides[i] = staticcall market.sides(m, i)
        g.costs[i] = g.sides[i].cost_usd_wad
        if g.cohorts.address != empty(address):
            owed: int256 = staticcall g.cohorts.owed_by_side(m, i)
            g.costs[i] = convert(convert(g.costs[i], int256) + (owed if i == c.LONG else -owed), uint256)
        k: uint256 = g.params.long_asset if i == c.LONG else g.params.short_asset
        g.payers[i] = staticcall market.asset_params(k)
        bucket: IMarket.Buckets = staticcall market.buckets(k)
        g.pools[i] = bucket.pool
        look.sizes_wad[i] = g.sides[i].size_wad
        if bucket.pool > 0:
            look.utilisations_wad[i] = bucket.reserved * c.WAD // bucket.pool
    look.m = m
    look.feed = g.params.feed
    look.elapsed_s = block.timestamp - g.clock.accrued_at
    look.price_wad = px[g.params.feed].mid
    if look.elapsed_s > 0 and look.sizes_wad[c.LONG] + look.sizes_wad[c.SHORT] > 0:
        rates: IRates = IRates(staticcall market.policy_of(c.RATES))
        growth: IRates.Growth = staticcall rates.preview(look)
        for i: uint256 in range(2):
            g.sides[i].borrow_index_wad += growth.borrow_wad[i]
            g.sides[i].funding_index_wad += growth.funding_wad[i]
    return g


@internal
@view
def position(market: IMarket, account: uint256, m: uint256, g: Ground) -> IMarket.Position:
    """@notice A position, with what haircuts took of its profit in its cost."""
    held: IMarket.Position = staticcall market.positions(account, m)
    if held.size_wad == 0 or g.cohorts.address == empty(address):
        return held
    return staticcall g.cohorts.booked(account, m, held, g.sides)


@internal
@pure
def pnl(g: Ground, i: uint256, price_wad: uint256) -> int256:
    """@notice Profit of a side at a price, before its cap."""
    return pricing.pnl_down(g.sides[i].size_wad, g.costs[i], price_wad, i == c.LONG)


@internal
@pure
def cap(g: Ground, i: uint256, low_wad: uint256) -> int256:
    """@notice What a side's profit counts at most, at the low price of what backs it."""
    backing: uint256 = pricing.value_down(g.pools[i], g.payers[i].scale, low_wad)
    return convert(fp.mul_down(backing, g.params.max_profit_share_wad), int256)


@internal
@view
def counted(
    market: IMarket, account: uint256, grounds: Ground[c.MAX_MARKETS], at: Prices
) -> (int256, uint256[c.MAX_MARKETS]):
    """@return (equity of an account at prices as margin counts it, notional of each position)"""
    equity: int256 = 0
    notionals: uint256[c.MAX_MARKETS] = empty(uint256[c.MAX_MARKETS])
    tokens: uint256[c.MAX_ASSETS] = empty(uint256[c.MAX_ASSETS])
    assets: uint256 = staticcall market.asset_count()
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        tokens[k] = staticcall market.collateral(account, k)
    per_unit: bool = staticcall market.FUNDING_PER_UNIT()
    markets: uint256 = staticcall market.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        due: uint256 = staticcall market.funding_claims(account, m)
        held: IMarket.Position = self.position(market, account, m, grounds[m])
        if held.size_wad != 0:
            i: uint256 = c.LONG if held.size_wad > 0 else c.SHORT
            borrow: uint256 = 0
            funding: int256 = 0
            borrow, funding = pricing.owed(held, grounds[m].sides[i])
            due += fp.unsigned_or_zero(-funding)
            feed: uint256 = grounds[m].params.feed
            price: uint256 = at.lows[feed] if i == c.LONG else at.highs[feed]
            notionals[m] = fp.mul_up(fp.magnitude(held.size_wad), price)
            equity += self._profit(grounds[m], held, i, price, at) - convert(borrow, int256) - max(funding, 0)
        if due > 0:
            if not per_unit:
                due = min(due, grounds[m].clock.funding_pot_usd_wad)
            payer: IMarket.AssetParams = grounds[m].payers[c.SHORT]
            tokens[grounds[m].params.short_asset] += pricing.amount_down(due, payer.scale, at.highs[payer.feed])
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        if tokens[k] > 0:
            asset: IMarket.AssetParams = staticcall market.asset_params(k)
            usd: uint256 = pricing.value_down(tokens[k], asset.scale, at.collaterals[asset.feed])
            equity += convert(pricing.counted(usd, asset.haircut_wad, asset.depth_usd_wad), int256)
    return equity, notionals


@internal
@view
def _profit(g: Ground, held: IMarket.Position, i: uint256, price_wad: uint256, at: Prices) -> int256:
    """@notice What a position's profit counts: as the tokens that it would be paid in."""
    size: uint256 = fp.magnitude(held.size_wad)
    profit: int256 = pricing.pnl_down(size, held.cost_usd_wad, price_wad, i == c.LONG)
    if profit <= 0:
        return profit
    payer: IMarket.AssetParams = g.payers[i]
    low: uint256 = at.lows[payer.feed]
    profit = pricing.capped(profit, self.pnl(g, i, price_wad), self.cap(g, i, low))
    tokens: uint256 = pricing.amount_down(convert(profit, uint256), payer.scale, at.highs[payer.feed])
    usd: uint256 = pricing.value_down(min(tokens, held.reserve), payer.scale, min(low, at.collaterals[payer.feed]))
    return convert(pricing.counted(usd, payer.haircut_wad, payer.depth_usd_wad), int256)


@internal
@view
def grounds(market: IMarket, px: IOracle.Price[c.MAX_FEEDS]) -> Ground[c.MAX_MARKETS]:
    """@notice All markets."""
    found: Ground[c.MAX_MARKETS] = empty(Ground[c.MAX_MARKETS])
    markets: uint256 = staticcall market.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        found[m] = self.ground(market, m, px)
    return found


@internal
@view
def worth(market: IMarket, account: uint256, grounds: Ground[c.MAX_MARKETS], px: IOracle.Price[c.MAX_FEEDS]) -> Worth:
    """@notice What an account is worth at mid, in parts."""
    assets: uint256 = staticcall market.asset_count()
    markets: uint256 = staticcall market.market_count()
    w: Worth = empty(Worth)
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        w.collateral[k] = staticcall market.collateral(account, k)
        if w.collateral[k] > 0:
            asset: IMarket.AssetParams = staticcall market.asset_params(k)
            w.collateral_usd_wad += pricing.value_down(w.collateral[k], asset.scale, px[asset.feed].mid)
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        claims: uint256 = staticcall market.funding_claims(account, m)
        w.claims_usd_wad += claims
        position: IMarket.Position = self.position(market, account, m, grounds[m])
        if position.size_wad == 0:
            continue
        i: uint256 = c.LONG if position.size_wad > 0 else c.SHORT
        mid: uint256 = px[grounds[m].params.feed].mid
        size: uint256 = fp.magnitude(position.size_wad)
        profit: int256 = pricing.pnl_down(size, position.cost_usd_wad, mid, i == c.LONG)
        cap: int256 = self.cap(grounds[m], i, px[grounds[m].payers[i].feed].low)
        kept: int256 = pricing.capped(profit, self.pnl(grounds[m], i, mid), cap)
        w.profit_usd_wad += profit
        w.withheld_usd_wad += convert(profit - kept, uint256)
        borrow: uint256 = 0
        funding: int256 = 0
        borrow, funding = pricing.owed(position, grounds[m].sides[i])
        w.borrow_usd_wad += borrow
        w.funding_usd_wad += funding
    return w


@internal
@view
def books(market: IMarket, px: IOracle.Price[c.MAX_FEEDS]) -> Books:
    """@notice Everything that Market holds besides what accounts are worth: together it is its tokens."""
    out: Books = empty(Books)
    out.aum = staticcall market.aum()
    assets: uint256 = staticcall market.asset_count()
    for k: uint256 in range(assets, bound=c.MAX_ASSETS):
        bucket: IMarket.Buckets = staticcall market.buckets(k)
        out.pools[k] = bucket.pool
        out.collaterals[k] = bucket.collateral
    per_unit: bool = staticcall market.FUNDING_PER_UNIT()
    fee: uint256 = staticcall market.protocol_fee_wad()
    markets: uint256 = staticcall market.market_count()
    for m: uint256 in range(markets, bound=c.MAX_MARKETS):
        g: Ground = self.ground(market, m, px)
        pending: uint256 = 0
        owed: int256 = 0
        for i: uint256 in range(2):
            s: IMarket.Side = g.sides[i]
            if s.size_wad == 0:
                continue
            pnl: int256 = self.pnl(g, i, px[g.params.feed].mid)
            out.withheld_usd_wad += fp.unsigned_or_zero(pnl - self.cap(g, i, px[g.payers[i].feed].low))
            charged: int256 = convert(fp.mul_down(s.cost_usd_wad, s.borrow_index_wad), int256)
            pending += fp.unsigned_or_zero(charged - s.borrow_debt_usd_wad)
            owed += fp.signed_mul_down(convert(s.size_wad, int256), s.funding_index_wad) - s.funding_debt_usd_wad
        out.treasury_usd_wad += fp.mul_down(pending, fee)
        out.impact_usd_wad += g.clock.impact_pool_usd_wad
        pot: int256 = convert(g.clock.funding_pot_usd_wad, int256)
        if per_unit:
            out.funding_usd_wad += pot - owed
        else:
            claim: uint256 = staticcall market.funding_claims(c.POOL, m)
            out.funding_usd_wad += pot - min(convert(claim, int256), max(pot + owed, 0))
    return out
