"""Prices against the quotes that were reported: OR."""

from __future__ import annotations

from sim.fuzz.facts import HALTED, WAD
from sim.fuzz.properties import Step, expect, holds


@holds("OR-01", "I", "0 < low <= mid <= high, at least the floor apart")
def _band_is_ordered(step: Step) -> bool:
    for f, price in enumerate(step.after.prices):
        expect(0 < price.low <= price.mid <= price.high, "feed {}: {}", f, price)
        # mid is truncated to its unit after the width was taken from it, low is truncated and high rounded up
        floor = 2 * (price.mid * step.facts.oracle.floor_spread_wad // WAD)
        expect(price.high - price.low >= floor, "feed {}: {} is less than {} wide", f, price, floor)
    return step.call is not None and step.call.verb == "report"


@holds("OR-05", "P", "there is a price only with enough venues, enough weight and none too heavy: never a fallback")
def _quorum_or_no_price(step: Step) -> bool:
    reported = step.call is not None and step.call.verb == "report"
    lost = False
    for f, (price, told) in enumerate(zip(step.after.prices, step.prices, strict=True)):
        halted = told.status == HALTED
        expect((price.status == HALTED) == halted, "feed {}: {} but quotes say {}", f, price, told)
        lost |= halted and step.survivors[f] > 0
    return reported and lost


@holds("OR-02", "P", "the band is that of the weighted median and terciles of the surviving quotes, to the last unit")
def _price_is_the_median(step: Step) -> bool:
    for f, (price, told) in enumerate(zip(step.after.prices, step.prices, strict=True)):
        expect(price == told, "feed {}: {} but quotes say {}", f, price, told)
    return step.call is not None and step.call.verb == "report" and step.before.prices != step.after.prices


@holds("OR-09", "P", "only a report or time changes a price")
def _calls_do_not_move_prices(step: Step) -> bool:
    if step.accepted() is None:
        return False
    expect(step.before.prices == step.after.prices, "{} -> {}", step.before.prices, step.after.prices)
    return True
