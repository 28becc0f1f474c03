# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Prospect
@notice What a forced close would leave of an account: its price with impact, what the position settles, which collateral pays and what that
        counted, all charges, and the requirement of what is left.
@dev In the steps in which Market settles it and the liquidator charges for it, and by the same formulas; nothing is written.
     Left out: what the close does to the value behind a side whose profit is capped (`is_capped`: the search goes there in steps).
"""

from ..interfaces import ILiquidation
from ..interfaces import IMargin
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import dues
from ..lib import fixed_point as fp
from ..lib import haircuts
from ..lib import pricing
from . import fills

uses: fills


# An account as the liquidation finds it, charges for what it closed so far not yet taken.
struct Account:
    id: uint256
    health: IMarket.Health
    equity: int256  # after those charges
    gap: int256  # from the target; < 0 below it
    px: IOracle.Price[c.MAX_FEEDS]
    assets: IMarket.AssetParams[c.MAX_ASSETS]
    asset_count: uint256
    sale_order: uint256
    tokens: uint256[c.MAX_ASSETS]
    earned: uint256[c.MAX_ASSETS]  # tokens that its funding would bring: they count, and cannot pay
    closed_usd_wad: uint256
    exit_fees_usd_wad: uint256


# One of its positions, and its market.
struct Holding:
    m: uint256
    position: IMarket.Position
    size: uint256
    is_long: bool
    base: uint256  # the price that it counts and closes at, without impact
    payer: uint256  # asset of its profit
    fees_asset: uint256
    owed_usd_wad: uint256  # borrow fee and funding
    claim: uint256  # tokens of earned funding that are paid when it settles
    unreserved: uint256  # tokens that may leave the pool for it
    others: int256  # equity without it and without collateral
    side: IMarket.Side
    cap: int256  # on the profit of its side
    is_capped: bool  # it binds
    trade_fee_wad: uint256
    min_position_usd_wad: uint256
    ticket: IMarket.Ticket
    payable_usd_wad: uint256  # what the account can pay with, haircuts left out


# What a close would leave.
struct Outcome:
    helps: bool  # it can be paid, and raises equity / requirement
    gap: int256  # from the target
    goal_usd_wad: uint256  # equity that the target asks for
    closed_usd_wad: uint256


# ------------------------------------------------------------------ a rehearsal


@internal
@view
def _after(a: Account, p: Holding, plan: ILiquidation.Plan, size: uint256) -> Outcome:
    """@notice What closing this much would leave."""
    moved: uint256 = self._standing(p, size)
    delta: int256 = convert(moved, int256)
    if p.is_long:
        delta = -delta
    price_wad: uint256 = self._price(a, p, plan, delta)

    cost: uint256 = fp.mul_div_down(p.position.cost_usd_wad, moved, p.size)
    if p.is_long:
        cost = fp.mul_div_up(p.position.cost_usd_wad, moved, p.size)
    released: uint256 = fp.mul_div_down(p.position.reserve, moved, p.size)
    pnl: int256 = pricing.pnl_down(moved, cost, price_wad, p.is_long)
    total: int256 = pricing.pnl_down(p.side.size_wad, p.side.cost_usd_wad, price_wad, p.is_long)
    settled: int256 = pricing.capped(pnl, total, p.cap) - convert(p.owed_usd_wad, int256)

    tokens: uint256[c.MAX_ASSETS] = a.tokens
    earned: uint256[c.MAX_ASSETS] = a.earned
    free: uint256 = p.unreserved
    if p.payer == p.fees_asset:
        free += released
    paid: uint256 = min(p.claim, free)
    tokens[p.fees_asset] += paid
    earned[p.fees_asset] = fp.sub_or_zero(earned[p.fees_asset], paid)
    missing: uint256 = 0
    if settled < 0:
        tokens, missing = self._taken(a, tokens, convert(-settled, uint256))
        # What it has earned and no token was free for is set off.
        if missing > 0 and p.claim > paid:
            asset: IMarket.AssetParams = a.assets[p.fees_asset]
            due: uint256 = pricing.amount_up(missing, asset.scale, a.px[asset.feed].high)
            if due <= p.claim - paid:
                earned[p.fees_asset] = fp.sub_or_zero(earned[p.fees_asset], due)
                missing = 0
    else:
        tokens[p.payer] += min(released, self._units(a, p.payer, convert(settled, uint256)))

    out: Outcome = empty(Outcome)
    out.closed_usd_wad = fp.mul_down(moved, price_wad)
    charged: uint256 = self._charges(
        plan,
        a.closed_usd_wad + out.closed_usd_wad,
        a.exit_fees_usd_wad + fp.mul_down(out.closed_usd_wad, p.trade_fee_wad),
    )
    ignored: uint256 = 0
    tokens, ignored = self._taken(a, tokens, charged)

    equity: int256 = p.others + self._value(a, tokens, earned)
    notionals: uint256[c.MAX_MARKETS] = a.health.notionals
    notionals[p.m] = 0
    if moved < p.size:
        notionals[p.m] = fp.mul_up(p.size - moved, p.base)
        rest: Holding = p
        rest.size -= moved
        rest.position.cost_usd_wad -= cost
        rest.position.reserve -= released
        rest.side.size_wad -= moved
        rest.side.cost_usd_wad -= cost
        equity += self._profit(a, rest)
    maintenance: uint256 = self._requirement(notionals)
    out.goal_usd_wad = fp.mul_up(maintenance, plan.target_wad)
    out.gap = equity - convert(out.goal_usd_wad, int256)
    out.helps = missing == 0 and equity >= 0
    if maintenance > 0:
        raised: bool = (
            equity * convert(a.health.maintenance, int256) > a.equity * convert(maintenance, int256)
        )
        out.helps = out.helps and raised
    return out


@internal
@view
def _price(a: Account, p: Holding, plan: ILiquidation.Plan, delta: int256) -> uint256:
    """@notice At which the desk would close this much."""
    price_wad: uint256 = 0
    memo: uint256 = 0
    price_wad, memo = fills._fill_price(p.m, delta, False, a.px[p.ticket.feed], p.ticket)
    if not fills._is_worse(price_wad, p.base, delta):
        return price_wad
    return fills._bearable(
        a.health,
        p.payable_usd_wad,
        p.ticket,
        p.m,
        delta,
        price_wad,
        p.base,
        dues.per_usd_wad(plan, p.trade_fee_wad),
        plan.keeper_usd_wad,
    )


@internal
@pure
def _standing(p: Holding, moved: uint256) -> uint256:
    """@notice All of a position, where what is left would be too small to stand."""
    if fp.mul_div_down(p.position.cost_usd_wad, p.size - moved, p.size) <= p.min_position_usd_wad:
        return p.size
    return moved


@internal
@pure
def _charges(plan: ILiquidation.Plan, closed_usd_wad: uint256, exit_fees_usd_wad: uint256) -> uint256:
    return (
        dues.keeper_usd_wad(plan, closed_usd_wad)
        + dues.penalty_usd_wad(plan, closed_usd_wad)
        + dues.fee_usd_wad(plan, closed_usd_wad, exit_fees_usd_wad)
    )


@internal
@view
def _requirement(notionals_usd_wad: uint256[c.MAX_MARKETS]) -> uint256:
    """@notice Maintenance margin; an account without positions needs none."""
    total: uint256 = 0
    for notional: uint256 in notionals_usd_wad:
        total += notional
    if total == 0:
        return 0
    policy: IMargin = IMargin(staticcall fills.MARKET.policy_of(c.MARGIN))
    initial: uint256 = 0
    maintenance: uint256 = 0
    initial, maintenance = staticcall policy.requirement(notionals_usd_wad, empty(uint256[c.MAX_MARKETS]))
    return maintenance


@internal
@pure
def _units(a: Account, k: uint256, usd_wad: uint256) -> uint256:
    """@notice Tokens that the pool pays for USD: none without a price."""
    price: IOracle.Price = a.px[a.assets[k].feed]
    if price.status == c.HALTED:
        return 0
    return pricing.amount_down(usd_wad, a.assets[k].scale, price.high)


@internal
@pure
def _taken(a: Account, tokens: uint256[c.MAX_ASSETS], usd_wad: uint256) -> (uint256[c.MAX_ASSETS], uint256):
    """@notice Pay out of collateral in the order of sale. @return (what is left of it, USD that were not there)"""
    held: uint256[c.MAX_ASSETS] = tokens
    left: uint256 = usd_wad
    for i: uint256 in range(a.asset_count, bound=c.MAX_ASSETS):
        k: uint256 = (a.sale_order >> (4 * i)) & 15
        price: IOracle.Price = a.px[a.assets[k].feed]
        if left == 0 or held[k] == 0 or price.low == 0 or price.status == c.HALTED:
            continue
        amount: uint256 = pricing.amount_up(left, a.assets[k].scale, price.low)
        if amount <= held[k]:
            left = 0
        else:
            amount = held[k]
            left = fp.sub_or_zero(left, pricing.value_down(amount, a.assets[k].scale, price.low))
        held[k] -= amount
    return held, left


@internal
@pure
def _value(a: Account, tokens: uint256[c.MAX_ASSETS], earned: uint256[c.MAX_ASSETS]) -> int256:
    """@notice What collateral counts, USD."""
    total: uint256 = 0
    for k: uint256 in range(a.asset_count, bound=c.MAX_ASSETS):
        asset: IMarket.AssetParams = a.assets[k]
        usd: uint256 = pricing.value_down(tokens[k] + earned[k], asset.scale, a.px[asset.feed].collateral)
        total += pricing.counted(usd, asset.haircut_wad, asset.depth_usd_wad)
    return convert(total, int256)


@internal
@pure
def _profit(a: Account, p: Holding) -> int256:
    """@notice What a position adds to equity, fees aside: a profit counts as the tokens that it would be paid in."""
    pnl: int256 = pricing.pnl_down(p.size, p.position.cost_usd_wad, p.base, p.is_long)
    if pnl <= 0:
        return pnl
    total: int256 = pricing.pnl_down(p.side.size_wad, p.side.cost_usd_wad, p.base, p.is_long)
    pnl = pricing.capped(pnl, total, p.cap)
    asset: IMarket.AssetParams = a.assets[p.payer]
    price: IOracle.Price = a.px[asset.feed]
    tokens: uint256 = pricing.amount_down(convert(pnl, uint256), asset.scale, price.high)
    usd: uint256 = pricing.value_down(
        min(tokens, p.position.reserve), asset.scale, min(price.low, price.collateral)
    )
    return convert(pricing.counted(usd, asset.haircut_wad, asset.depth_usd_wad), int256)


# ------------------------------------------------------------------ what is there


@internal
@view
def _account(
    id: uint256, plan: ILiquidation.Plan, closed_usd_wad: uint256, exit_fees_usd_wad: uint256
) -> Account:
    a: Account = empty(Account)
    a.id = id
    a.health = staticcall fills.MARKET.health(id)
    a.px = staticcall fills.ORACLE.prices()
    a.asset_count = staticcall fills.MARKET.asset_count()
    a.sale_order = staticcall fills.MARKET.sale_order()
    for k: uint256 in range(a.asset_count, bound=c.MAX_ASSETS):
        a.assets[k] = staticcall fills.MARKET.asset_params(k)
        a.tokens[k] = staticcall fills.MARKET.collateral(id, k)
    if a.health.earned_usd_wad > 0:
        market_count: uint256 = staticcall fills.MARKET.market_count()
        for m: uint256 in range(market_count, bound=c.MAX_MARKETS):
            k: uint256 = 0
            units: uint256 = 0
            k, units = self._earned(a, m)
            a.earned[k] += units
    a.closed_usd_wad = closed_usd_wad
    a.exit_fees_usd_wad = exit_fees_usd_wad
    a.equity = a.health.equity
    if closed_usd_wad > 0:
        left: uint256[c.MAX_ASSETS] = empty(uint256[c.MAX_ASSETS])
        ignored: uint256 = 0
        left, ignored = self._taken(a, a.tokens, self._charges(plan, closed_usd_wad, exit_fees_usd_wad))
        a.equity += self._value(a, left, a.earned) - convert(a.health.collateral, int256)
    a.gap = a.equity - convert(fp.mul_up(a.health.maintenance, plan.target_wad), int256)
    return a


@internal
@view
def _earned(a: Account, m: uint256) -> (uint256, uint256):
    """@notice (asset, tokens) that an account's funding in a market counts as: what the pot holds of it, per unit all of it."""
    due: uint256 = staticcall fills.MARKET.funding_claims(a.id, m)
    position: IMarket.Position = empty(IMarket.Position)
    side: IMarket.Side = empty(IMarket.Side)
    position, side = haircuts.of(fills.MARKET, a.id, m)
    if position.size_wad != 0:
        borrow: uint256 = 0
        funding: int256 = 0
        borrow, funding = pricing.owed(position, side)
        due += fp.unsigned_or_zero(-funding)
    if due == 0:
        return 0, 0
    is_per_unit: bool = staticcall fills.MARKET.FUNDING_PER_UNIT()
    if not is_per_unit:
        clock: IMarket.Clock = staticcall fills.MARKET.clocks(m)
        due = min(due, clock.funding_pot_usd_wad)
    params: IMarket.MarketParams = staticcall fills.MARKET.market_params(m)
    asset: IMarket.AssetParams = a.assets[params.short_asset]
    return params.short_asset, pricing.amount_down(due, asset.scale, a.px[asset.feed].high)


@internal
@view
def _holding(a: Account, m: uint256) -> Holding:
    p: Holding = empty(Holding)
    p.m = m
    p.position, p.side = haircuts.of(fills.MARKET, a.id, m)
    p.size = fp.magnitude(p.position.size_wad)
    p.is_long = p.position.size_wad > 0
    params: IMarket.MarketParams = staticcall fills.MARKET.market_params(m)
    p.base = a.px[params.feed].low if p.is_long else a.px[params.feed].high
    p.payer = params.long_asset if p.is_long else params.short_asset
    p.fees_asset = params.short_asset
    p.trade_fee_wad = params.trade_fee_wad
    p.min_position_usd_wad = params.min_position_usd_wad
    p.ticket = staticcall fills.MARKET.ticket(a.id, m, self)
    p.payable_usd_wad = fills._payable(a.id, a.health.earned_usd_wad, p.ticket.payer_feeds[c.SHORT])

    for k: uint256 in [p.fees_asset, p.payer]:
        bucket: IMarket.Buckets = staticcall fills.MARKET.buckets(k)
        if k == p.fees_asset:
            p.unreserved = bucket.pool - bucket.reserved
        if k == p.payer:
            asset: IMarket.AssetParams = a.assets[k]
            value: uint256 = pricing.value_down(bucket.pool, asset.scale, a.px[asset.feed].low)
            p.cap = convert(fp.mul_down(value, params.max_profit_share_wad), int256)

    borrow: uint256 = 0
    funding: int256 = 0
    borrow, funding = pricing.owed(p.position, p.side)
    p.owed_usd_wad = borrow + fp.unsigned_or_zero(funding)
    if a.health.earned_usd_wad > 0 and a.px[a.assets[p.fees_asset].feed].status < c.HALTED:
        ignored: uint256 = 0
        ignored, p.claim = self._earned(a, m)
    p.is_capped = pricing.pnl_down(p.side.size_wad, p.side.cost_usd_wad, p.base, p.is_long) > p.cap
    p.others = a.health.equity - convert(a.health.collateral, int256)
    p.others -= self._profit(a, p) - convert(p.owed_usd_wad, int256)
    return p
