"""Funding per unit: one value for both sides; the pool is the other side of the skew, and has it in its value."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    LONG,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
)

from sim.design import load_design

DAY_S = 86_400
MILLION = 10**6
#: The designs that settle one way or the other, and what funds a heavy side and a dollar on the other there.
PER_UNIT = ("breakwater", "hlp", "pdlp_paper", "post_reform", "pre_reform")
OTHER_SIDE = ("gmx_v2",)
#: USD that 11 USD of shorts earned in ten days from longs of 2,000,000 where all of it was for the other side.
LISTED_USD = {"gmx_v2": 49_315}


def plain(rate: int = WAD // YEAR_S, *overrides: str) -> Stage:
    """No fee but funding that is linear in the skew."""
    stage = Stage("margin.initial_bps=100", "margin.maintenance_bps=50", *overrides)
    stage.seed(100 * BTC_1, 0, 0, 5 * MILLION * USDC_1)
    stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", rate)
    for account in (ALICE, BOB, CAROL, DAVE):
        stage.deposit(account, USDC, 300_000 * USDC_1)
    return stage


def fixed(rate: int) -> Stage:
    """A rate that the test sets, whatever the sides."""
    stage = plain()
    stage.rude("funding_rate", rate)
    return stage


def ratio(usd: int) -> int:
    """Size of a notional at 50,000 USD."""
    return usd * WAD // 50_000


def value(stage: Stage) -> int:
    return stage.market.read("aum").mid


def carried(stage: Stage) -> int:
    return stage.rates.read("carried_usd_wad", BTC)


def unit(rate: int, seconds: int) -> tuple[int, int]:
    """USD WAD per unit of size: (paid, rounded up; earned, rounded down)."""
    exact = Fraction(rate * seconds * 50_000)
    return ceil(exact), floor(exact)


def funded(name: str, *overrides: str) -> Stage:
    """A plain pool with the funding of a design, settled as there."""
    design = load_design(name, list(overrides))
    stage = plain(0, f"funding_settlement={design.funding_settlement}")
    choice = design.policies["funding_rate"]
    stage.fill("funding_rate", str(choice.source), *choice.arguments)
    return stage


def earned_by_eleven_dollars(stage: Stage) -> int:
    """USD WAD that a short of 11 USD has earned, settled and claimed for, after ten days against longs of 2,000,000."""
    stage.trade(ALICE, BTC, ratio(2 * MILLION))
    stage.trade(BOB, BTC, -ratio(11))
    stage.advance(10 * DAY_S)
    return max(-stage.trade(BOB, BTC, ratio(11)).returned.funding_usd_wad, 0)


@pytest.mark.parametrize("name", PER_UNIT)
def test_eleven_dollars_earn_what_eleven_dollars_pay(name: str) -> None:
    stage = funded(name)
    before = value(stage)
    earned = earned_by_eleven_dollars(stage)
    assert earned <= 11 * WAD * 10 * 10 // 365  # eleven dollars at 1,000 % a year, the highest rate that there may be
    paid = stage.trade(ALICE, BTC, -ratio(2 * MILLION)).returned.funding_usd_wad
    assert earned == pytest.approx(paid * 11 / (2 * MILLION), rel=1e-3)
    assert value(stage) - before == pytest.approx(paid - earned, abs=3 * 10**12)  # who carries the skew has the rest


@pytest.mark.parametrize("name", OTHER_SIDE)
def test_where_all_of_it_is_for_the_other_side_eleven_dollars_earn_it_all(name: str) -> None:
    assert load_design(name).funding_settlement == "other_side"
    assert earned_by_eleven_dollars(funded(name)) // WAD == LISTED_USD[name]
    reasons = {broken.property: broken.reason for broken in load_design(name).breaks}
    assert f"{LISTED_USD[name]:,} USD" in reasons["FF-10"]
    assert {"FF-11", "SE-03"} <= reasons.keys()


@pytest.mark.parametrize("name", OTHER_SIDE)
def test_its_variant_per_unit_does_not(name: str) -> None:
    assert earned_by_eleven_dollars(funded(name, "funding_settlement=per_unit")) < WAD


@pytest.mark.parametrize("name", ["glp", "jlp", "glp_partial", "single_venue"])
def test_the_others_have_none(name: str) -> None:
    assert load_design(name).policies["funding_rate"].policy == "no_funding"


def test_a_side_that_stands_alone_pays_the_pool_as_time_passes() -> None:
    stage = fixed(WAD // YEAR_S)
    stage.trade(ALICE, BTC, 2 * WAD)
    before = value(stage)
    stage.advance(DAY_S)
    paid, _ = unit(WAD // YEAR_S, DAY_S)
    assert value(stage) - before == 2 * paid  # not yet paid, and in a share's value already
    assert stage.trade(ALICE, BTC, -2 * WAD).returned.funding_usd_wad == 2 * paid
    assert 0 <= value(stage) - before - 2 * paid <= 2 * 10**12
    assert carried(stage) == 2 * paid


def test_the_pool_pays_what_it_was_owed_before_and_no_more() -> None:
    """Shorts alone, and a rate that still runs for them: the pool pays until what longs owed it is used up."""
    rate = WAD // YEAR_S
    stage = fixed(rate)
    stage.trade(ALICE, BTC, WAD)
    stage.advance(DAY_S)
    stage.trade(ALICE, BTC, -WAD)
    paid, earned = unit(rate, DAY_S)
    assert carried(stage) == paid
    stage.trade(BOB, BTC, -3 * WAD)
    held = value(stage)
    stage.advance(DAY_S // 6)
    half = 3 * unit(rate, DAY_S // 6)[1]
    assert held - value(stage) == half
    stage.advance(DAY_S)
    assert held - value(stage) == pytest.approx(paid, abs=4)
    receipt = stage.trade(BOB, BTC, 3 * WAD)
    assert paid - 4 <= -receipt.returned.funding_usd_wad <= paid
    assert stage.collateral(BOB) == 300_000 * USDC_1 + -receipt.returned.funding_usd_wad // 10**12
    assert carried(stage) <= 4


def test_what_the_pool_may_not_pay_is_shared_out_of_what_the_lighter_side_pays() -> None:
    rate = WAD // YEAR_S
    stage = fixed(rate)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(BOB, BTC, -4 * WAD)
    before = value(stage)
    stage.advance(DAY_S)
    paid, _ = unit(rate, DAY_S)
    stage.market.send("assess", BOB, by="stranger")
    assert stage.market.read("sides", BTC, LONG).funding_index_wad == paid
    assert stage.market.read("sides", BTC, SHORT).funding_index_wad == -(paid // 4)
    assert 0 <= value(stage) - before <= 4


def test_a_claim_waits_for_free_tokens_alone() -> None:
    """All dollars of the pool are reserved: what was earned counts against the pool, and is paid when some are free."""
    rate = WAD // YEAR_S
    stage = plain(rate)
    stage.trade(ALICE, BTC, 4 * WAD)
    stage.trade(BOB, BTC, -WAD)
    stage.advance(30 * DAY_S)
    free = stage.market.read("buckets", USDC).pool - stage.market.read("buckets", USDC).reserved
    rest = (free // USDC_1 - 10) * WAD // 50_000
    stage.trade(CAROL, BTC, -rest)
    before = value(stage)
    earned = -stage.trade(BOB, BTC, -WAD // 10_000).returned.funding_usd_wad  # five dollars more to reserve
    assert earned > 100 * WAD
    waits = stage.market.read("funding_claims", BOB, BTC)
    assert waits == stage.market.read("clocks", BTC).funding_pot_usd_wad > 0
    assert abs(value(stage) - before) <= 2 * 10**12
    stage.trade(CAROL, BTC, rest)
    stage.market.send("claim_funding", BOB, BTC, by="stranger")
    assert stage.market.read("funding_claims", BOB, BTC) < 10**12


def test_bankrupt_payers_leave_the_pool_a_loss_and_earners_their_due() -> None:
    rate = 5 * WAD // YEAR_S
    stage = fixed(rate)
    stage.trade(ALICE, BTC, 100 * WAD)  # 5,000,000 USD on 300,000
    stage.trade(BOB, BTC, -WAD)
    stage.advance(10 * DAY_S)  # 684,931 are due
    owed = 100 * unit(rate, 10 * DAY_S)[0]
    result = stage.liquidate(ALICE)
    assert result.bad_debt_usd_wad == owed - 300_000 * WAD
    receipt = stage.trade(BOB, BTC, WAD)
    assert receipt.returned.funding_usd_wad == -unit(rate, 10 * DAY_S)[1]
    assert stage.market.read("funding_claims", BOB, BTC) < 10**12


@pytest.mark.parametrize("name", [*PER_UNIT, *OTHER_SIDE])
@pytest.mark.parametrize(
    ("others", "pair_usd"),
    [
        ((2 * MILLION, 0), 11),
        ((2 * MILLION, 0), MILLION),
        ((2 * MILLION, 500_000), MILLION),
        ((200_000, MILLION), MILLION),
    ],
)
def test_an_equal_long_and_short_take_nothing_more_from_others(
    name: str, others: tuple[int, int], pair_usd: int
) -> None:
    """What others pay for funding, net, goes to pool and pair: the pair makes it no more, whoever the provider is."""
    adds = taken(name, others, pair_usd) - taken(name, others, 0)
    if name in PER_UNIT:
        assert adds <= 10
    elif others[1] == 0:  # it turns on what nobody paid
        assert adds > 10_000 * WAD


def taken(name: str, others: tuple[int, int], pair_usd: int) -> int:
    """Funding that two accounts pay, net, from the third to the seventh day, beside a long and a short of others."""
    stage = funded(name)
    for account, usd in zip((ALICE, BOB), (others[0], -others[1]), strict=True):
        if usd:
            stage.trade(account, BTC, ratio(usd))
    stage.advance(2 * DAY_S)
    for account, usd in zip((CAROL, DAVE), (pair_usd, -pair_usd), strict=True):
        if usd:
            stage.trade(account, BTC, ratio(usd))
    before = due(stage, others)
    stage.advance(5 * DAY_S)
    return due(stage, others) - before


def due(stage: Stage, others: tuple[int, int]) -> int:
    """Funding that both accounts owe, net of what they have earned."""
    total = 0
    for account, usd in zip((ALICE, BOB), others, strict=True):
        if usd:
            stage.market.send("assess", account, by="stranger")
            position = stage.market.read("positions", account, BTC)
            side = stage.market.read("sides", BTC, LONG if position.size_wad > 0 else SHORT)
            total += abs(position.size_wad) * side.funding_index_wad // WAD - position.funding_debt_usd_wad
    return total
