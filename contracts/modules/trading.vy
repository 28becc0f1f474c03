# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Trading
@notice What happens when a position changes: its price, what it owes, its profit or loss, and who pays.
"""

from ..interfaces import IMarket
from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import pricing
from . import accounts
from . import assets
from . import markets

uses: accounts
uses: assets
uses: markets


@internal
def _book_impact(m: uint256, delta: int256, price_wad: uint256, base: uint256) -> int256:
    """
    @notice What a fill costs more than the oracle's price, its base, is kept for those who get a better one, as far as the design says; a
            better one is paid from there or refused.
    @return impact in USD: > 0 against the trader
    """
    distance: uint256 = fp.distance(price_wad, base)
    if distance == 0:
        return 0
    err.check(distance <= fp.mul_down(base, c.MAX_IMPACT_WAD), err.POLICY_IMPACT_TOO_HIGH)
    size: uint256 = fp.magnitude(delta)
    if (price_wad > base) == (delta > 0):
        usd: uint256 = fp.mul_down(size, distance)
        markets.clocks[m].impact_pool_usd_wad += fp.mul_down(usd, markets.market_params[m].impact_pool_share_wad)
        return convert(usd, int256)
    rebate: uint256 = fp.mul_up(size, distance)
    err.check(rebate <= markets.clocks[m].impact_pool_usd_wad, err.POLICY_IMPACT_TOO_HIGH)
    markets.clocks[m].impact_pool_usd_wad -= rebate
    return -convert(rebate, int256)


@internal
@view
def _settlement_asset() -> uint256:
    """@notice The asset that account-wide fees and rewards leave the pool in."""
    return markets.market_params[0].short_asset


@internal
def _skim(k: uint256, fee_usd_wad: uint256, px: IOracle.Price[c.MAX_FEEDS]):
    """@notice The protocol's share of a fee leaves the pool; what reserves do not let go stays with the liquidity providers."""
    share: uint256 = fp.mul_down(fee_usd_wad, assets.protocol_fee_wad)
    free: uint256 = fp.sub_or_zero(assets._unreserved(k), assets.asset_params[k].buffer)
    accounts._pay(c.TREASURY, k, share, free, px)


@internal
def _pay_claim(account: uint256, m: uint256, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """@notice Funding leaves the pool only as far as the pot goes and tokens are free; the rest stays claimable."""
    pot: uint256 = markets.clocks[m].funding_pot_usd_wad
    usd: uint256 = min(markets.funding_claims[account][m], pot)
    if usd == 0:
        return 0
    paid: uint256 = usd  # the pool has it already
    if account != c.POOL:
        k: uint256 = markets.market_params[m].short_asset
        paid = accounts._pay(account, k, usd, assets._unreserved(k), px)
    if paid == 0:
        return 0
    markets.clocks[m].funding_pot_usd_wad = pot - paid
    markets.funding_claims[account][m] -= paid
    log IMarket.FundingClaimed(account=account, market=m, usd_wad=paid)
    return paid


@internal
def _set_off(account: uint256, usd_wad: uint256, is_debt: bool, px: IOracle.Price[c.MAX_FEEDS]) -> uint256:
    """
    @notice What an account owes and cannot pay is taken out of what it has earned; the pool claims that then. Of what the pot does not hold
            only a bad debt is.
    @return USD still missing
    """
    left: uint256 = usd_wad
    for m: uint256 in range(markets.market_count, bound=c.MAX_MARKETS):
        usd: uint256 = min(markets.funding_claims[account][m], left)
        if not is_debt:
            usd = min(usd, markets.clocks[m].funding_pot_usd_wad)
        if usd == 0:
            continue
        left -= usd
        markets.funding_claims[account][m] -= usd
        markets.funding_claims[c.POOL][m] += usd
        log IMarket.FundingSetOff(account=account, market=m, usd_wad=usd)
        self._pay_claim(c.POOL, m, px)
    return left


@internal
def _resize(
    account: uint256,
    m: uint256,
    delta: int256,
    price_wad: uint256,
    base_wad: uint256,
    fee: uint256,
    px: IOracle.Price[c.MAX_FEEDS],
) -> IMarket.Fill:
    """
    @notice Settle what the position owes, change its size at a price, and move the difference between account and pool.
    @dev The profit of the part that closes is limited to the tokens that were reserved for it.
    """
    sides: IMarket.Side[2] = markets.sides[m]
    old: IMarket.Position = markets._booked(account, m, sides)
    new: IMarket.Position = old
    is_long: bool = old.size_wad > 0 or (old.size_wad == 0 and delta > 0)
    side: uint256 = c.LONG if is_long else c.SHORT
    k: uint256 = markets._side_asset(m, side)
    s: IMarket.Side = sides[side]
    old_size: uint256 = fp.magnitude(old.size_wad)
    moved: uint256 = fp.magnitude(delta)

    fill: IMarket.Fill = empty(IMarket.Fill)
    fill.size_delta_wad = delta
    fill.price_wad = price_wad
    fill.fee_usd_wad = fee
    fill.impact_usd_wad = self._book_impact(m, delta, price_wad, base_wad)
    fill.borrow_usd_wad, fill.funding_usd_wad = pricing.owed(old, s)
    earned: uint256 = fp.unsigned_or_zero(-fill.funding_usd_wad)
    markets.funding_claims[account][m] += earned
    if markets.FUNDING_PER_UNIT:
        markets.clocks[m].funding_pot_usd_wad += earned
    funding: uint256 = fp.unsigned_or_zero(fill.funding_usd_wad)
    fees: uint256 = fill.borrow_usd_wad + fee
    fill.settled_usd_wad = -convert(fees + funding, int256)

    released: uint256 = 0
    new.size_wad = old.size_wad + delta
    if (delta > 0) == is_long:
        cost: uint256 = pricing.cost_in(moved, price_wad, is_long)
        new.cost_usd_wad = old.cost_usd_wad + cost
        new.reserve = old.reserve + pricing.reserve_for(
            cost, markets.market_params[m].reserve_factor_wad, assets.asset_params[k].scale, assets._price_of(k, px).low
        )
    else:
        cost: uint256 = pricing.cost_out(old.cost_usd_wad, moved, old_size, is_long)
        released = fp.mul_div_down(old.reserve, moved, old_size)
        new.cost_usd_wad = old.cost_usd_wad - cost
        new.reserve = old.reserve - released
        pnl: int256 = pricing.pnl_down(moved, cost, price_wad, is_long)
        fill.settled_usd_wad += markets._payable(m, side, pnl, price_wad, px)
    new.borrow_debt_usd_wad = convert(fp.mul_down(new.cost_usd_wad, s.borrow_index_wad), int256)
    new.funding_debt_usd_wad = fp.signed_mul_down(abs(new.size_wad), s.funding_index_wad)
    if new.size_wad == 0:
        new = empty(IMarket.Position)
    accounts._hold(account, m, new.size_wad != 0)
    markets._store(account, m, side, new)
    if markets.sides[m][c.LONG].size_wad + markets.sides[m][c.SHORT].size_wad == 0:
        # Nobody is left who waits for a better price: what was kept for that is the shareholders'.
        markets.clocks[m].impact_pool_usd_wad = 0

    if fill.settled_usd_wad < 0:
        self._pay_claim(account, m, px)  # what it has earned pays before anything is missing
        fill.unpaid_usd_wad = accounts._move(account, c.POOL, convert(-fill.settled_usd_wad, uint256), px, False)
        fill.unpaid_usd_wad = self._set_off(account, fill.unpaid_usd_wad, False, px)
    else:
        fill.paid_usd_wad = accounts._pay(account, k, convert(fill.settled_usd_wad, uint256), released, px)
    if not markets.FUNDING_PER_UNIT:
        # A shortfall is missing from the pot first: the pot never promises what did not arrive.
        markets.clocks[m].funding_pot_usd_wad += fp.sub_or_zero(funding, fill.unpaid_usd_wad)
    self._pay_claim(account, m, px)
    self._skim(markets.market_params[m].short_asset, fp.sub_or_zero(fees, fill.unpaid_usd_wad), px)
    log IMarket.Traded(account=account, market=m, fill=fill)
    return fill
