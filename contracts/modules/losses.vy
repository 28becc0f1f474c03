# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Losses
@notice What bankrupt accounts cost the pool: per market and winning side, as far as winners may still be asked for it, and per epoch, as
        far as the design lets the pool take new risk.
@dev Winners are asked in the block of the loss or never, or give in the call of the loss through an index: whoever comes later had no part
     in it.
"""

from ..interfaces import ICohorts
from ..interfaces import IDesk
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import fixed_point as fp
from ..lib import pricing

MAX_EPOCH_S: constant(uint256) = 30 * 86_400

MARKET: public(immutable(IMarket))
DESK: public(immutable(IDesk))
ORACLE: public(immutable(IOracle))
MAX_EPOCH_LOSS_USD_WAD: public(immutable(uint256))
EPOCH_S: public(immutable(uint256))

lost_usd_wad: public(uint256)  # by every call that booked a loss, ever, before winners gave any of it back
epoch_ends_s: public(uint256)
epoch_loss_usd_wad: public(uint256)
deficits: public(HashMap[uint256, HashMap[uint256, uint256]])  # market -> winning side -> USD that the pool lost to it
deficit_at_s: public(HashMap[uint256, HashMap[uint256, uint256]])
won_usd_wad: HashMap[uint256, HashMap[uint256, uint256]]  # the side's profit when the loss arose: whoever leaves had a share of it


# What closed positions owed and the collateral could not pay, by market: it may be paid later.
struct Arrears:
    usd_wad: uint256  # in all, losses included
    funding_usd_wad: uint256[c.MAX_MARKETS]
    fees_usd_wad: uint256[c.MAX_MARKETS]


event DeficitChanged:
    market: indexed(uint256)
    side: indexed(uint256)  # whose winners may be asked for it
    usd_wad: uint256


@deploy
def __init__(market: address, desk: address, max_epoch_loss_usd_wad: uint256, epoch_s: uint256):
    assert epoch_s <= MAX_EPOCH_S, "Losses: epoch_s above 30 days"
    MARKET = IMarket(market)
    DESK = IDesk(desk)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())
    MAX_EPOCH_LOSS_USD_WAD = max_epoch_loss_usd_wad
    EPOCH_S = epoch_s


@internal
def _lose(lost_usd_wad: uint256, m: uint256, winning_side: uint256):
    """
    @notice The pool has a loss. Where winners are cut by an index they give it back at once, and the pool has what they give of the profit that
            it would have paid; for what is left those on the other side may be asked, and too much of it in an epoch stops new risk.
    """
    if lost_usd_wad == 0:
        return
    self.lost_usd_wad += lost_usd_wad
    usd_wad: uint256 = lost_usd_wad
    cohorts: address = staticcall MARKET.policy_of(c.COHORTS)
    if cohorts != empty(address):
        price_wad: uint256 = self._closing_price(m, winning_side)
        unbacked: uint256 = self._unbacked(m, winning_side)
        given: uint256 = extcall ICohorts(cohorts).haircut(m, winning_side, price_wad, lost_usd_wad)
        usd_wad -= fp.sub_or_zero(given, unbacked)
        if usd_wad == 0:
            return
    if self.deficit_at_s[m][winning_side] != block.timestamp:
        self.deficits[m][winning_side] = 0
        self.won_usd_wad[m][winning_side] = 0
    won: uint256 = fp.unsigned_or_zero(self._side_pnl(m, winning_side))
    self.won_usd_wad[m][winning_side] = max(self.won_usd_wad[m][winning_side], won)
    self.deficits[m][winning_side] += usd_wad
    self.deficit_at_s[m][winning_side] = block.timestamp
    log DeficitChanged(market=m, side=winning_side, usd_wad=self.deficits[m][winning_side])
    if block.timestamp >= self.epoch_ends_s:
        self.epoch_ends_s = block.timestamp + EPOCH_S
        self.epoch_loss_usd_wad = 0
    self.epoch_loss_usd_wad += usd_wad
    if self.epoch_loss_usd_wad > MAX_EPOCH_LOSS_USD_WAD:
        extcall MARKET.restrict(self.epoch_ends_s)


@internal
@view
def _unbacked(m: uint256, side: uint256) -> uint256:
    """@notice How much of a side's profit its cap withholds, at the price that is worst for the pool: who gives of it gives the pool nothing."""
    exposure: IMarket.Exposure = staticcall MARKET.exposure(m)
    params: IMarket.MarketParams = staticcall MARKET.market_params(m)
    whole: IMarket.Side = staticcall MARKET.sides(m, side)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    price: IOracle.Price = quoted[params.feed]
    off: uint256 = price.high - price.mid if side == c.LONG else price.mid - price.low
    pnl: int256 = exposure.pnl[side] + convert(fp.mul_up(whole.size_wad, off), int256)
    return fp.sub_or_zero(
        fp.unsigned_or_zero(pnl), fp.mul_down(exposure.backing[side], params.max_profit_share_wad)
    )


@internal
@pure
def _noted(before: Arrears, m: uint256, fill: IMarket.Fill) -> Arrears:
    """@notice Add what a fill left unpaid: funding and fees are missing first, in the same order as Market reckons."""
    a: Arrears = before
    a.usd_wad += fill.unpaid_usd_wad
    a.funding_usd_wad[m] += min(fill.unpaid_usd_wad, fp.unsigned_or_zero(fill.funding_usd_wad))
    a.fees_usd_wad[m] += min(fill.unpaid_usd_wad, fill.borrow_usd_wad + fill.fee_usd_wad)
    return a


@internal
def _pay_late(a: Arrears, missing_usd_wad: uint256):
    """
    @notice All but this much of the arrears has been paid by now. It goes where it would have gone in time: what is missing is missing
            from funding and from fees first, and each market's pot has its part of the rest.
    """
    if missing_usd_wad >= a.usd_wad:
        return
    funding: uint256 = 0
    fees: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        funding += a.funding_usd_wad[m]
        fees += a.fees_usd_wad[m]
    for m: uint256 in range(c.MAX_MARKETS):
        late_funding: uint256 = 0
        late_fees: uint256 = 0
        if a.funding_usd_wad[m] > 0:
            late_funding = fp.mul_div_down(a.funding_usd_wad[m], fp.sub_or_zero(funding, missing_usd_wad), funding)
        if a.fees_usd_wad[m] > 0:
            late_fees = fp.mul_div_down(a.fees_usd_wad[m], fp.sub_or_zero(fees, missing_usd_wad), fees)
        if late_funding + late_fees > 0:
            extcall MARKET.credit(m, late_funding, late_fees)


@internal
@view
def _deficit(m: uint256, side: uint256) -> uint256:
    """@notice What the pool lost to a side in this block; older losses are settled."""
    if self.deficit_at_s[m][side] != block.timestamp:
        return 0
    return self.deficits[m][side]


@internal
@view
def _won(m: uint256, side: uint256) -> uint256:
    """@notice Profit of the traders on a side when it won what the pool lost in this block."""
    if self.deficit_at_s[m][side] != block.timestamp:
        return 0
    return self.won_usd_wad[m][side]


@internal
@view
def _traders_on(m: uint256, side: uint256) -> (uint256, uint256):
    """@notice (size, cost) of a side without insurance: it gives nothing, and nobody gives for it."""
    whole: IMarket.Side = staticcall MARKET.sides(m, side)
    cohorts: address = staticcall MARKET.policy_of(c.COHORTS)
    if cohorts != empty(address):
        owed: int256 = staticcall ICohorts(cohorts).owed_by_side(m, side)
        whole.cost_usd_wad = convert(
            convert(whole.cost_usd_wad, int256) + (owed if side == c.LONG else -owed), uint256
        )
    insured: IMarket.Position = staticcall MARKET.positions(c.INSURANCE, m)
    if insured.size_wad == 0 or (insured.size_wad > 0) != (side == c.LONG):
        return whole.size_wad, whole.cost_usd_wad
    return whole.size_wad - fp.magnitude(insured.size_wad), whole.cost_usd_wad - insured.cost_usd_wad


@internal
@view
def _closing_price(m: uint256, side: uint256) -> uint256:
    """@notice The price at which a side would close."""
    params: IMarket.MarketParams = staticcall MARKET.market_params(m)
    quoted: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    if side == c.LONG:
        return quoted[params.feed].low
    return quoted[params.feed].high


@internal
@view
def _side_pnl(m: uint256, side: uint256) -> int256:
    """@notice Profit of the traders on a side at the price at which they would close, losers included."""
    size: uint256 = 0
    cost: uint256 = 0
    size, cost = self._traders_on(m, side)
    return pricing.pnl_down(size, cost, self._closing_price(m, side), side == c.LONG)


@internal
def _recover(m: uint256, side: uint256, usd_wad: uint256):
    """@notice Winners gave this much back."""
    left: uint256 = fp.sub_or_zero(self.deficits[m][side], usd_wad)
    self.deficits[m][side] = left
    log DeficitChanged(market=m, side=side, usd_wad=left)
