"""Recipes of what ends a market or an asset: announced and unlisted, wound up, or settled at the last price."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe

_WAD = 10**18
_DAY_S = 86_400
_IDS = 16  # of each kind of announcement
_UNLIST_MARKET, _UNLIST_ASSET = 7, 8
_HALTED = 2
_PUBLISHED_AT, _STATUS = 4, 5  # of a price
_UNUSED = 7  # a market that no design lists
_MOST = 8


def _said_and_done(p: Hand, what: str, i: int) -> list[Sent]:
    """Announced, and tried too soon or before."""
    first, second = (f"announce_{what}", what) if p.dice.chance(0.5) else (what, f"announce_{what}")
    return [p.sent(p.seen.admin, "controller", name, i) for name in (first, second)]


def _ended(p: Hand, kind: int, what: str, i: int) -> list[Sent]:
    """Done where it was announced a day ago, else announced."""
    at_s = p.seen.notices[kind * _IDS + i][0]
    if at_s and at_s + _DAY_S <= p.seen.now_s <= at_s + 7 * _DAY_S:
        return [p.sent(p.seen.admin, "controller", what, i)]
    return [p.sent(p.seen.admin, "controller", f"announce_{what}", i)]


@recipe("controller", "announce_unlist_market", 0.3)
@recipe("controller", "unlist_market", 0.3)
def unlist_market(p: Hand) -> list[Sent]:
    """One that was listed for this and that nobody may enter; or one that is not there, or somebody is in."""
    m = len(p.markets)
    if m < _MOST and p.dice.chance(0.8):
        if len(p.seen.markets) > m:
            return _ended(p, _UNLIST_MARKET, "unlist_market", m)
        feed, long, short, *_ = p.markets[0]
        return [p.sent("controller", "market", "set_market", m, feed, long, short, *[0] * 8, 1)]
    held = [i for i, sides in enumerate(p.seen.sides) if sides[0][0] + sides[1][0]]
    return _said_and_done(p, "unlist_market", p.dice.pick(held) if held else _MOST)


@recipe("controller", "announce_unlist_asset", 0.3)
@recipe("controller", "unlist_asset", 0.3)
def unlist_asset(p: Hand) -> list[Sent]:
    """One that was listed for this and that counts for nothing; or one that something rests on."""
    k = len(p.assets)
    if k < _MOST and p.dice.chance(0.8):
        if len(p.seen.assets) > k:
            return _ended(p, _UNLIST_ASSET, "unlist_asset", k)
        _, scale, feed, *_ = p.assets[0]
        token = p.address(p.token_of(0))
        return [p.sent("controller", "market", "set_asset", k, token, scale, feed, 0, _WAD, 0, 2**100, 0)]
    return _said_and_done(p, "unlist_asset", p.dice.below(len(p.assets)))


@recipe("controller", "announce_settle_market", 0.1)
@recipe("controller", "settle_market", 0.1)
def settle_market(p: Hand) -> list[Sent]:
    """No price is lost for days here."""
    return _said_and_done(p, "settle_market", p.dice.below(9))


@recipe("controller", "announce_wind_up_market", 0.3)
@recipe("controller", "wind_up_market", 0.3)
def wind_up_market(p: Hand) -> list[Sent]:
    """Its notice is longer than a storm."""
    return _said_and_done(p, "wind_up_market", p.dice.below(len(p.markets) + 1))


@recipe("rates", "retire", 0.1)
def retire(p: Hand) -> list[Sent]:
    """A market that nobody has listed: the others go on."""
    return [p.sent("controller", "rates", "retire", _UNUSED)]


@recipe("liquidator", "open_settlement", 0.3)
@recipe("liquidator", "settle_position", 0.5)
def settle_position(p: Hand) -> list[Sent]:
    """Where the price is lost now, at its last one; or where it is not, which is refused."""
    held = p.seen.holders
    if not held:
        return [p.sent(p.actor(), "liquidator", "settle_position", p.account(), p.market())]
    lost = [(a, m) for a, m in held if p.seen.prices[p.seen.markets[m][0]][_STATUS] == _HALTED]
    account, m = p.dice.pick(lost or held)
    published_at_s = p.seen.prices[p.seen.markets[m][0]][_PUBLISHED_AT]
    return [
        p.sent("controller", "liquidator", "open_settlement", m, published_at_s),
        p.sent(p.actor(), "liquidator", "settle_position", account, m),
    ]
