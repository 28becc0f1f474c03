"""Which price counts while venues disagree: what a minority of the weight can do to anybody's solvency."""

from __future__ import annotations

import pytest

from sim.design import load_design
from sim.fuzz import draws
from sim.fuzz.arena import Arena, opening_prices
from sim.fuzz.facts import HALTED, WAD, WIDE
from sim.fuzz.model import Quote
from sim.fuzz.properties import Lab
from sim.fuzz.trading import trade

BTC = 0
LIARS = 2  # the two heaviest venues: 5 of 12
BTC_USD = 100_000 * WAD


class Case:
    """A long of a little over three times its margin, and venues of 5/12 of the weight that say half the price."""

    def __init__(self, name: str, *overrides: str) -> None:
        self.arena = arena = Arena.deploy(load_design(name, overrides))
        facts = arena.facts
        self.account = facts.trader_ids[0]
        k = facts.markets[BTC].assets[1]
        units = 3_000 * WAD // facts.assets[k].scale
        assert arena.call("deposit_collateral", "traders", self.account, k, units).accepted
        prices = draws.base_prices(opening_prices(arena.design))
        assert trade(Lab(arena, arena.snapshot(), 0, prices, {}), self.account, BTC, WAD // 10).accepted
        arena.advance(1)
        venues = len(facts.oracle.weights)
        rows = [[Quote(price, 0, arena.time_s) for _ in range(venues)] for price in prices]
        for v in range(LIARS):
            rows[facts.markets[BTC].feed][v] = Quote(BTC_USD // 2, 0, arena.time_s)
        arena.report([[quote.word for quote in row] for row in rows])
        self.price = arena.reader.prices()[facts.markets[BTC].feed]

    def liquidated_at(self) -> int:
        """The price at which the account is liquidated, whole USD; 0 if it is not."""
        call = self.arena.call("liquidate", "keepers", self.account, self.arena.facts.keeper_ids[0])
        return round(call.returns["closed_usd"] * 10 / WAD) if call.accepted else 0


@pytest.mark.parametrize("name", ["glp", "gmx_v2"])
def test_at_the_edge_a_minority_liquidates_at_half_the_median(name: str) -> None:
    """OR-22, which these designs break as what they model does: the trader's 3,000 USD are gone."""
    case = Case(name)
    assert (case.price.mid, case.price.status) == (BTC_USD, WIDE)
    assert case.price.low == BTC_USD // 2
    assert 49_000 <= case.liquidated_at() <= 50_000


@pytest.mark.parametrize("name", ["breakwater", "jlp", "pdlp_paper", "glp", "gmx_v2"])
def test_at_the_median_nobody_is_liquidated_by_a_minority(name: str) -> None:
    case = Case(name, *(() if load_design(name).oracle.wide_price == "mid" else ("oracle.wide_price=mid",)))
    assert case.price.mid == BTC_USD
    assert case.price.low >= BTC_USD * 99 // 100
    assert case.liquidated_at() == 0


def test_where_a_wide_band_is_no_price_the_last_good_one_counts_and_nothing_is_closed() -> None:
    case = Case("glp", "oracle.wide_price=none")
    assert (case.price.status, case.price.low > BTC_USD * 99 // 100) == (HALTED, True)
    assert case.price.shown == BTC_USD  # what venues show now
    assert case.liquidated_at() == 0


def test_every_shipped_design_says_which_price_counts() -> None:
    said = {name: load_design(name).oracle.wide_price for name in ("breakwater", "glp", "gmx_v2", "hlp", "jlp")}
    assert said == {"breakwater": "mid", "glp": "edge", "gmx_v2": "edge", "hlp": "mid", "jlp": "mid"}
