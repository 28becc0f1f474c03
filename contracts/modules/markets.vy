# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Markets
@notice Positions, and the sums over them that price the pool. Whoever writes a position writes its side in the same call.
@dev A position stores the amounts it has already been charged, not the index it was charged at: sums over positions stay exact.
"""

from ..interfaces import ICohorts
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IRates
from ..lib import constants as c
from ..lib import fixed_point as fp
from ..lib import pricing
from . import access
from . import assets
from . import policies

uses: access
uses: assets
uses: policies

FUNDING_PER_UNIT: public(immutable(bool))  # the pool stands between the sides; else one side pays the other, out of a pot

market_count: public(uint256)
market_params: public(HashMap[uint256, IMarket.MarketParams])
sides: public(HashMap[uint256, IMarket.Side[2]])
clocks: public(HashMap[uint256, IMarket.Clock])
positions: public(HashMap[uint256, HashMap[uint256, IMarket.Position]])  # account -> market
funding_claims: public(HashMap[uint256, HashMap[uint256, uint256]])  # account (0: the pool) -> market -> USD WAD


@deploy
def __init__(funding_per_unit: bool):
    FUNDING_PER_UNIT = funding_per_unit


@external
def set_market(m: uint256, params: IMarket.MarketParams):
    """@notice List (m = market_count) or change a market; the controller has checked the parameters."""
    access._only_controller()
    if m == self.market_count:
        self.market_count = m + 1
        self.clocks[m].accrued_at = block.timestamp
    self.market_params[m] = params
    log IMarket.MarketChanged(market=m, params=params)


@internal
@view
def _side_asset(m: uint256, side: uint256) -> uint256:
    """@notice The asset that backs a side and pays its profit."""
    if side == c.LONG:
        return self.market_params[m].long_asset
    return self.market_params[m].short_asset


@internal
@view
def _price_of(m: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> IOracle.Price:
    return px[self.market_params[m].feed]


@internal
@view
def _look(m: uint256, elapsed_s: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> IRates.Look:
    return IRates.Look(
        m=m,
        feed=self.market_params[m].feed,
        elapsed_s=elapsed_s,
        price_wad=self._price_of(m, px).mid,
        sizes_wad=[self.sides[m][c.LONG].size_wad, self.sides[m][c.SHORT].size_wad],
        utilisations_wad=[
            assets._utilisation(self.market_params[m].long_asset),
            assets._utilisation(self.market_params[m].short_asset),
        ],
        pnl_usd_wad=empty(int256[2]),
        backing_usd_wad=empty(uint256[2]),
    )


@internal
@view
def _accrued(m: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> IMarket.Side[2]:
    """@notice Both sides with their indices as of now. Views and verbs share its reckoning, so a view is never behind."""
    now: IMarket.Side[2] = self.sides[m]
    elapsed: uint256 = block.timestamp - self.clocks[m].accrued_at
    if elapsed == 0 or now[c.LONG].size_wad + now[c.SHORT].size_wad == 0:
        return now
    growth: IRates.Growth = staticcall IRates(policies.policy_of[c.RATES]).preview(self._look(m, elapsed, px))
    for i: uint256 in range(2):
        now[i].borrow_index_wad += growth.borrow_wad[i]
        now[i].funding_index_wad += growth.funding_wad[i]
    return now


@internal
def _accrue(m: uint256, px: IOracle.Price[c.MAX_FEEDS]):
    """@notice Bring a market's indices to now, once per block, and ask its circuit breaker, once per block and price."""
    elapsed: uint256 = block.timestamp - self.clocks[m].accrued_at
    price_wad: uint256 = self._price_of(m, px).mid
    if elapsed == 0 and price_wad == self.clocks[m].price_wad:
        return
    self.clocks[m].accrued_at = block.timestamp
    self.clocks[m].price_wad = price_wad
    look: IRates.Look = self._look(m, elapsed, px)
    exposure: IMarket.Exposure = self._exposure(m, px)
    look.pnl_usd_wad = exposure.pnl
    look.backing_usd_wad = exposure.backing
    growth: IRates.Growth = empty(IRates.Growth)
    closed: uint256 = 0
    growth, closed = extcall IRates(policies.policy_of[c.RATES]).advance(look)
    if closed != self.clocks[m].closed:
        self.clocks[m].closed = closed
        log IMarket.CircuitChanged(market=m, closed=closed)
    if elapsed == 0 or look.sizes_wad[c.LONG] + look.sizes_wad[c.SHORT] == 0:
        return
    for i: uint256 in range(2):
        self.sides[m][i].borrow_index_wad += growth.borrow_wad[i]
        self.sides[m][i].funding_index_wad += growth.funding_wad[i]
    now: IMarket.Side[2] = self.sides[m]
    log IMarket.Accrued(
        market=m,
        borrow_index_long_wad=now[c.LONG].borrow_index_wad,
        borrow_index_short_wad=now[c.SHORT].borrow_index_wad,
        funding_index_long_wad=now[c.LONG].funding_index_wad,
        funding_index_short_wad=now[c.SHORT].funding_index_wad,
    )


@internal
def _accrue_all(px: IOracle.Price[c.MAX_FEEDS]):
    for m: uint256 in range(self.market_count, bound=c.MAX_MARKETS):
        self._accrue(m, px)


@internal
@view
def _exposure(m: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> IMarket.Exposure:
    """@notice Profit of both sides at mid before any cap, and the value of what backs them."""
    e: IMarket.Exposure = empty(IMarket.Exposure)
    price_wad: uint256 = self._price_of(m, px).mid
    for i: uint256 in range(2):
        e.pnl[i] = self._side_pnl(m, i, price_wad)
        e.backing[i] = assets._value(self._side_asset(m, i), px)
    return e


@internal
@view
def _side_pnl(m: uint256, side: uint256, price_wad: uint256) -> int256:
    pnl: int256 = pricing.pnl_down(
        self.sides[m][side].size_wad, self.sides[m][side].cost_usd_wad, price_wad, side == c.LONG
    )
    cohorts: address = policies.policy_of[c.COHORTS]
    if cohorts != empty(address):
        pnl -= staticcall ICohorts(cohorts).owed_by_side(m, side)
    return pnl


@internal
@view
def _profit_cap(m: uint256, side: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> int256:
    """@notice A side's profit counts no higher than its share of what backs it."""
    return convert(
        fp.mul_down(assets._value(self._side_asset(m, side), px), self.market_params[m].max_profit_share_wad), int256
    )


@internal
@view
def _closed(which: uint256) -> uint256:
    """@notice Verbs that the circuit breaker of any of these markets (a bitmap) closes."""
    closed: uint256 = 0
    for m: uint256 in range(self.market_count, bound=c.MAX_MARKETS):
        if (which >> m) & 1 == 1:
            closed |= self.clocks[m].closed
    return closed


@internal
@view
def _payable(m: uint256, side: uint256, pnl: int256, price_wad: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> int256:
    """
    @notice What is left of one position's profit when the side's is capped: at one moment all winners lose the same share. Whoever closes
            in pieces while the cap binds, or last, gets more: GMX v2's rule.
    """
    if pnl <= 0:
        return pnl
    return pricing.capped(pnl, self._side_pnl(m, side, price_wad), self._profit_cap(m, side, px))


@internal
@view
def _traders_pnl(m: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> (int256, int256, int256):
    """
    @notice What the pool owes the traders of a market at the prices (best for it, mid, worst for it): profit up to its
            cap, minus the pool's share of borrow fees not yet paid, plus the funding and the price impact it holds for them. Per unit
            funding that they owe each other and the pool counts as it accrues.
    @dev Counts losses beyond collateral until a liquidation realises them, as aggregate accounting does.
    """
    sides: IMarket.Side[2] = self._accrued(m, px)
    price: IOracle.Price = self._price_of(m, px)
    pending: int256 = 0
    funding: int256 = 0
    pnl: int256[3] = empty(int256[3])
    for i: uint256 in range(2):
        s: IMarket.Side = sides[i]
        if s.size_wad == 0:
            continue
        at: uint256[3] = [price.low, price.mid, price.high]
        cap: int256 = self._profit_cap(m, i, px)
        for j: uint256 in range(3):
            pnl[j] += min(self._side_pnl(m, i, at[j if i == c.LONG else 2 - j]), cap)
        pending += max(convert(fp.mul_down(s.cost_usd_wad, s.borrow_index_wad), int256) - s.borrow_debt_usd_wad, 0)
        funding += fp.signed_mul_down(convert(s.size_wad, int256), s.funding_index_wad) - s.funding_debt_usd_wad
    net: int256 = convert(self.clocks[m].impact_pool_usd_wad, int256) - convert(
        fp.mul_down(convert(pending, uint256), c.WAD - assets.protocol_fee_wad), int256
    )
    pot: int256 = convert(self.clocks[m].funding_pot_usd_wad, int256)
    if FUNDING_PER_UNIT:
        net += pot - funding
    else:
        # What the pool claims of the pot counts as far as the pot, and those who still have to pay into it, are good for it.
        net += pot - min(convert(self.funding_claims[c.POOL][m], int256), max(pot + funding, 0))
    return pnl[0] + net, pnl[1] + net, pnl[2] + net


@internal
def _store(account: uint256, m: uint256, side: uint256, new: IMarket.Position):
    """@notice The one writer of positions: replaces one by another, in its side and in the reserve, too."""
    old: IMarket.Position = self.positions[account][m]
    s: IMarket.Side = self.sides[m][side]
    s.size_wad = s.size_wad + fp.magnitude(new.size_wad) - fp.magnitude(old.size_wad)
    s.cost_usd_wad = s.cost_usd_wad + new.cost_usd_wad - old.cost_usd_wad
    s.borrow_debt_usd_wad = s.borrow_debt_usd_wad + new.borrow_debt_usd_wad - old.borrow_debt_usd_wad
    s.funding_debt_usd_wad = s.funding_debt_usd_wad + new.funding_debt_usd_wad - old.funding_debt_usd_wad
    self.sides[m][side] = s
    self.positions[account][m] = new
    cohorts: address = policies.policy_of[c.COHORTS]
    if cohorts != empty(address):
        extcall ICohorts(cohorts).store(account, m, old, new)
    assets._reserve(self._side_asset(m, side), old.reserve, new.reserve)
    log IMarket.PositionChanged(account=account, market=m, position=new)


@internal
@view
def _booked(account: uint256, m: uint256, sides: IMarket.Side[2]) -> IMarket.Position:
    """@notice A position with what haircuts took of it in its cost. The sides are those of now."""
    cohorts: address = policies.policy_of[c.COHORTS]
    if cohorts == empty(address):
        return self.positions[account][m]
    return staticcall ICohorts(cohorts).booked(account, m, self.positions[account][m], sides)


@internal
def _assign(source: uint256, target: uint256, m: uint256):
    """@notice Hand a position over as it is: cost, reserve and what was charged move with it, and no sum over positions changes."""
    given: IMarket.Position = self._booked(source, m, self.sides[m])
    held: IMarket.Position = self.positions[target][m]
    side: uint256 = c.LONG if given.size_wad > 0 else c.SHORT
    self._store(source, m, side, empty(IMarket.Position))
    held.size_wad += given.size_wad
    held.cost_usd_wad += given.cost_usd_wad
    held.reserve += given.reserve
    held.borrow_debt_usd_wad += given.borrow_debt_usd_wad
    held.funding_debt_usd_wad += given.funding_debt_usd_wad
    self._store(target, m, side, held)
    self.funding_claims[target][m] += self.funding_claims[source][m]
    self.funding_claims[source][m] = 0
    log IMarket.PositionAssigned(source=source, target=target, market=m)
