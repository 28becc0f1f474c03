"""Settings that are allowed and that no design has: every option of the oracle, caps that bind, limits that bite."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand

WAD = 10**18
_AGGREGATORS, _VALUATIONS, _VENUES = 4, 4, 8
_CLAMPED_MEAN, _SINGLE_VENUE, _BLEND = 1, 2, 3
_DELAYS_S = (0, 10, 86_400)


def odd(p: Hand) -> list[Sent]:
    """Some settings at once, past the controller's pace."""
    return [p.dice.pick((odd_feed, odd_feed, odd_market, odd_asset, odd_limits))(p) for _ in range(1 + p.dice.below(4))]


def odd_feed(p: Hand) -> Sent:
    """A feed with any aggregator, filters, steps and redemption, without contradiction."""
    f = p.dice.below(len(p.feeds))
    params = list(p.feeds[f])
    aggregator = p.dice.below(_AGGREGATORS)
    params[8:10] = aggregator, p.dice.below(_VENUES)
    distance = p.dice.pick((0, WAD // 1_000, WAD // 20))
    params[10] = 0 if aggregator == _SINGLE_VENUE else distance or (WAD // 100 if aggregator == _CLAMPED_MEAN else 0)
    params[11:13] = p.dice.pick(((0, 0), (WAD // 50, 60), (WAD // 2, 3_600)))
    params[13:15] = p.dice.pick(((0, 0), (WAD // 100, WAD // 10_000), (WAD // 2, WAD // 100)))
    params[15:20] = _redemption(p, f)
    return p.sent("oracle_controller", "oracle", "set_feed", f, *params)


def _redemption(p: Hand, f: int) -> tuple[int, int, int, int, int]:
    """What a feed's asset is redeemed for, near its price."""
    if p.dice.chance(0.4):
        return 0, 0, 0, 0, 0
    base = p.dice.pick((0, *(g + 1 for g in range(len(p.feeds)) if g != f)))
    worth = p.seen.prices[base - 1][1] if base else WAD
    rate = max(10**12, p.seen.prices[f][1] * WAD // max(worth, 1) * p.dice.pick((90, 99, 100, 102)) // 100)
    valuation = p.dice.below(_VALUATIONS)
    blend = 1 + p.dice.below(WAD) if valuation == _BLEND else 0
    return base, min(rate, 10**24), p.dice.pick((0, WAD // 100, WAD // 10)), valuation, blend


def odd_market(p: Hand) -> Sent:
    """Caps near what is there, shares of any size."""
    m = p.market()
    params = list(p.seen.markets[m])
    most = max(side[1] for side in p.seen.sides[m])
    params[3] = int(WAD * p.dice.between(0, 3))
    params[4] = p.dice.pick((params[4], most, most * 2))
    params[5:8] = [p.dice.pick((share, WAD, WAD // 20, WAD // 1_000)) for share in params[5:8]]
    params[8] = p.dice.pick((0, WAD // 2, WAD))
    params[9] = p.dice.pick((0, params[9], 100 * WAD))
    params[10] = p.dice.pick((0, params[10], WAD // 10))
    params[11] = p.dice.below(2)
    return p.sent("controller", "market", "set_market", m, *params)


def odd_asset(p: Hand) -> Sent:
    """Any haircut, depth, cap and buffer."""
    k = p.asset()
    params = list(p.seen.assets[k])
    params[0] = p.address(p.token_of(k))
    pool = p.seen.buckets[k][0]
    params[4] = p.dice.pick((0, WAD // 10, WAD))
    params[5] = p.dice.pick((0, WAD, 10**4 * WAD))
    params[6] = p.dice.pick((params[6], pool, pool * 101 // 100))
    params[7] = p.dice.pick((0, pool // 2, pool))
    return p.sent("controller", "market", "set_asset", k, *params)


def odd_limits(p: Hand) -> Sent:
    """Limits of the pool that bite."""
    most = p.dice.pick((p.seen.limits[0], p.seen.aum[2], p.seen.aum[2] * 101 // 100))
    limit = p.dice.pick((WAD, WAD // 100, WAD // 4))
    rebate, wait = p.dice.pick((0, WAD // 2, WAD)), p.dice.pick((0, 0, 1, 12))
    params = (most, p.dice.pick(_DELAYS_S), p.dice.pick(_DELAYS_S), limit, rebate, wait)
    return p.sent("controller", "pool", "set_params", *params)
