"""Prices against the quotes that were reported: OR."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz.facts import HALTED, OK, WAD, WIDE
from sim.fuzz.properties import Step, expect, holds


def _reported(step: Step) -> bool:
    return step.call is not None and step.call.verb == "report"


def _as_modelled(step: Step, fault: str) -> bool:
    """Prices are what the model makes of the valid quotes; whether a report had this fault in it."""
    if not _reported(step):
        return False
    for f, (price, told) in enumerate(zip(step.after.prices, step.prices, strict=True)):
        if fault in step.faults[f]:
            expect(price == told, "feed {}: {} but quotes say {}", f, price, told)
    return any(fault in faults for faults in step.faults)


@holds("OR-01", "I", "0 < low <= mid <= high, at least the floor apart, and collateral counts at low or by redemption")
def _band_is_ordered(step: Step) -> bool:
    for f, price in enumerate(step.after.prices):
        expect(0 < price.low <= price.mid <= price.high, "feed {}: {}", f, price)
        counts_at_low = step.facts.oracle.redemptions[f].valuation == 0
        expect(price.collateral == price.low or not counts_at_low, "feed {} is redeemed for nothing: {}", f, price)
        # mid is truncated to its unit after the width was taken from it, low is truncated and high rounded up
        floor = 2 * (price.mid * step.facts.oracle.floor_spread_wad // WAD)
        expect(price.high - price.low >= floor, "feed {}: {} is less than {} wide", f, price, floor)
    return _reported(step)


@holds("OR-05", "P", "there is a price only with enough venues, enough weight and none too heavy: never a fallback")
def _quorum_or_no_price(step: Step) -> bool:
    lost = False
    for f, (price, told) in enumerate(zip(step.after.prices, step.prices, strict=True)):
        halted = told.status == HALTED
        expect((price.status == HALTED) == halted, "feed {}: {} but quotes say {}", f, price, told)
        lost |= halted and step.survivors[f] > 0
    return _reported(step) and lost


@holds("OR-21", "P", "prices are what an independent reckoning makes of the reported quotes, to the last unit")
def _price_is_as_reckoned(step: Step) -> bool:
    for f, (price, told) in enumerate(zip(step.after.prices, step.prices, strict=True)):
        expect(price == told, "feed {}: {} but quotes say {}", f, price, told)
    return _reported(step) and step.before.prices != step.after.prices


@holds("OR-06", "P", "a quote that is too old for its venue, or from the future, has no influence")
def _old_quotes_do_not_count(step: Step) -> bool:
    aged, early = _as_modelled(step, "age"), _as_modelled(step, "future")
    return aged or early


@holds("OR-07", "P", "a message older than the one held is ignored, and does not revert the report")
def _older_messages_are_ignored(step: Step) -> bool:
    hit = _as_modelled(step, "older")
    assert not hit or step.call is not None
    expect(not hit or (step.call is not None and step.call.accepted), "the report was refused")
    return hit


@holds("OR-12", "P", "a venue that is not sure enough does not count, and a band that is too wide has its status")
def _unsure_venues_do_not_count(step: Step) -> bool:
    hit = _as_modelled(step, "confidence")
    for f, price in enumerate(step.after.prices):
        width = max(price.mid - price.low, price.high - price.mid)
        # the band is rounded outward to units, and mid to one
        is_wide = (width - 2 * 10**6) * WAD > price.mid * step.facts.oracle.wide_wad
        expect(not is_wide or price.status >= WIDE, "feed {}: {}", f, price)
        hit |= price.status == WIDE and _reported(step)
    return hit


@holds("OR-13", "P", "a quote at a bound of its feed or beyond is no quote")
def _bounds_are_no_quotes(step: Step) -> bool:
    return _as_modelled(step, "bounds")


@holds("OR-11", "P", "a price too far from what its asset is redeemed for does not have its full status")
def _redemption_holds_prices(step: Step) -> bool:
    hit = False
    for f, rule in enumerate(step.facts.oracle.redemptions):
        if not rule.band_wad:
            continue
        base = WAD if rule.base is None else step.after.prices[rule.base].mid
        value = base * rule.rate_wad // WAD
        price = step.after.prices[f]
        is_off = Fraction(abs(price.mid - value)) > value * Fraction(rule.band_wad, WAD)
        expect(not is_off or price.status > OK, "feed {}: {}, redeemed for {}", f, price, value)
        hit |= is_off
    return hit and _reported(step)


@holds(
    "OR-09",
    "P",
    "within a block only a newer quote of a venue with weight changes a price: no verb, and no report without",
)
def _nothing_new_changes_nothing(step: Step) -> bool:
    before, after = step.before.prices, step.after.prices
    if step.before.time_s != step.after.time_s or (not _reported(step) and step.accepted() is None):
        return False
    for f, (old, new) in enumerate(zip(before, after, strict=True)):
        # Another feed's price may be what an asset is redeemed for.
        base = step.facts.oracle.redemptions[f].base
        if f not in step.fresh and base not in step.fresh:
            expect(old == new, "feed {}: {} -> {}", f, old, new)
    return True


@holds("OR-20", "P", "nobody buys at one price of a block and sells at another that replaced it")
def _two_prices_of_a_block_overlap(step: Step) -> bool:
    if not _reported(step) or step.before.time_s != step.after.time_s:
        return False
    hit = False
    for f, (old, new) in enumerate(zip(step.before.prices, step.after.prices, strict=True)):
        if old.published_at != step.after.time_s or HALTED in (old.status, new.status):
            continue  # with a quote of this very second behind it, a price was made in this block
        expect(new.low <= old.mid <= new.high, "feed {}: {} -> {}", f, old, new)
        hit |= new.mid != old.mid
    return hit
