# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Fills
@notice The price of a fill: what the impact rule makes of the oracle's, within hard bounds, and how much of it an account can bear.
"""

from ..interfaces import IMargin
from ..interfaces import IMarket
from ..interfaces import IOracle
from ..interfaces import IPriceImpact
from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp
from ..lib import pricing
from . import policies

uses: policies

CENT_USD_WAD: constant(int256) = 10**16  # what the rounding of tokens may take more than was reckoned
EVERYTHING_USD_WAD: constant(int256) = 2**120  # more than any account can pay
MAX_AGE_SPREAD_WAD: constant(uint256) = 10**16

MARKET: public(immutable(IMarket))
ORACLE: public(immutable(IOracle))
AGE_SPREAD_WAD: public(immutable(uint256))  # what a price may have moved since it was published, share of it per second


@deploy
def __init__(market: address, age_spread_wad: uint256):
    assert age_spread_wad <= MAX_AGE_SPREAD_WAD, "Fills: age_spread_wad above one per cent"
    MARKET = IMarket(market)
    AGE_SPREAD_WAD = age_spread_wad
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())


@internal
@view
def _fill_price(m: uint256, delta: int256, grows: bool, price: IOracle.Price, t: IMarket.Ticket) -> (uint256, uint256):
    """
    @notice Buys from the high price, sells from the low price, farther out by what the price may have moved since it was published, moved by
            the impact policy within the hard bound. What is better than the oracle's price is paid out of what worse fills left, or not
            given. Beyond the bound nothing grows, and what closes is held at it: no rule keeps anybody in.
    @return (price, 0 = beyond the bound; what the policy remembers of it)
    """
    base: uint256 = price.high if delta > 0 else price.low
    most: uint256 = fp.mul_down(base, c.MAX_IMPACT_WAD)
    aged: uint256 = min(fp.mul_up(base, AGE_SPREAD_WAD * (block.timestamp - price.published_at)), most)
    fill: uint256 = 0
    memo: uint256 = 0
    fill, memo = staticcall IPriceImpact(policies.policy_of[c.PRICE_IMPACT]).fill_price(
        m,
        base + aged if delta > 0 else base - aged,
        delta,
        grows,
        fp.mul_down(t.sizes_wad[c.LONG], price.mid),
        fp.mul_down(t.sizes_wad[c.SHORT], price.mid),
        policies.memo_of[c.PRICE_IMPACT][m],
    )
    distance: uint256 = fp.distance(fill, base)
    if distance == 0:
        return base, memo
    if grows and distance > most:
        return 0, memo
    if (fill > base) != (delta > 0):
        most = min(most, t.impact_pool_usd_wad * c.WAD // fp.magnitude(delta))
    distance = min(distance, most)
    return base + distance if fill > base else base - distance, memo


@internal
@view
def _means(
    h: IMarket.Health, payable_usd_wad: uint256, m: uint256, closed_wad: uint256, t: IMarket.Ticket, extra: int256
) -> (int256, int256):
    """
    @notice What a reduction may cost beyond the oracle's price, if the account cannot pay `extra` and stay above maintenance: of what it owns
            the part that the closed notional is of all of it, and no more than what keeps its margin ratio. So closing in parts
            costs no more than at once, and no less: below maintenance, and when nothing stays open, haircuts are no loss.
    @return (what Market's margin rule lets it pay, what it has for it; < 0: what it lacks as it is)
    """
    total: uint256 = 0
    for notional: uint256 in h.notionals:
        total += notional
    closed: uint256 = fp.mul_div_up(h.notionals[m], closed_wad, fp.magnitude(t.size_wad))
    owned: int256 = h.equity - convert(h.collateral, int256) + convert(payable_usd_wad, int256)
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
    left: uint256[c.MAX_MARKETS] = h.notionals
    left[m] -= closed
    initial: uint256 = 0
    rest: uint256 = 0
    policy: IMargin = IMargin(staticcall MARKET.policy_of(c.MARGIN))
    initial, rest = staticcall policy.requirement(left, empty(uint256[c.MAX_MARKETS]))
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
    size: uint256 = fp.mul_up(fp.magnitude(delta), each_wad)
    distance: uint256 = min(left * c.WAD // size, fp.mul_down(base, c.MAX_IMPACT_WAD))
    return base + distance if delta > 0 else base - distance


@internal
@pure
def _is_worse(price_wad: uint256, base: uint256, delta: int256) -> bool:
    """@notice Whether a fill costs more than the oracle's price."""
    return price_wad != base and (price_wad > base) == (delta > 0)


@internal
@view
def _bearable(
    h: IMarket.Health,
    payable_usd_wad: uint256,
    t: IMarket.Ticket,
    m: uint256,
    delta: int256,
    price_wad: uint256,
    base: uint256,
    charges_wad: uint256,
    charges_usd_wad: uint256,
) -> uint256:
    """@notice A price of a forced reduction that is worse than its base, no worse than leaves what charges take, per USD closed and flat."""
    size: uint256 = fp.magnitude(delta)
    kept: int256 = 0
    means: int256 = 0
    kept, means = self._means(h, payable_usd_wad, m, size, t, EVERYTHING_USD_WAD)
    charges: uint256 = charges_usd_wad + fp.mul_up(fp.mul_up(size, base), charges_wad)
    each_wad: uint256 = c.WAD + charges_wad if delta > 0 else c.WAD - charges_wad
    left: uint256 = fp.sub_or_zero(fp.unsigned_or_zero(means), charges)
    worst: uint256 = self._worst(base, delta, left, each_wad)
    return min(price_wad, worst) if delta > 0 else max(price_wad, worst)
