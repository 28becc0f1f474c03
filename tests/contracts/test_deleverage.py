"""Liquidator.deleverage: winners are closed because their profit is too large for what backs it, and are paid."""

from __future__ import annotations

from random import Random

import pytest
from contracts.codes import happy, refuses
from contracts.orders import Fill, moved, paid_in
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    ETH,
    HALTED,
    INSURANCE,
    KEEPER,
    LONG,
    PAUSED,
    REDUCE_ONLY,
    SHORT,
    TREASURY,
    USDC_1,
    WAD,
    WIDE,
    YEAR_S,
    Stage,
    event,
)
from contracts.winners import (
    CAPPED,
    PERCENT,
    PRO_RATA,
    QUEUE,
    deleverage,
    profit,
    refusal,
    size,
    winning_stage,
)

from contracts import books

EVERYBODY = (ALICE, BOB, CAROL)
#: The longs' profit is 30,000 of 600,000 USD, 5 %: above 4 % it has to shrink to 4 % of what is left by then.
TRIGGER, NEEDED_USD = 4 * PERCENT, 6_250


@pytest.fixture
def stage() -> Stage:
    stage = winning_stage()
    stage.fill("deleverage", QUEUE, TRIGGER, TRIGGER, True, 0)
    return stage


@happy("deleverage")
def test_the_first_of_the_queue_is_closed_as_far_as_needed_and_is_paid(stage: Stage) -> None:
    """Bob earned as much per dollar as Alice, on half the equity."""
    receipt = deleverage(stage, *EVERYBODY)
    result = (NEEDED_USD * WAD, NEEDED_USD * WAD, 37_500 * WAD, 0, 1, False)
    units = NEEDED_USD * BTC_1 // 60_000
    paid = units * 60_000 * WAD // BTC_1  # rounded down to a unit
    fill = Fill(-5 * WAD // 8, 60_000 * WAD, NEEDED_USD * WAD, paid_usd_wad=paid)
    left = (11 * WAD // 8, 68_750 * WAD, 11 * BTC_1 // 8, 0, 0)
    assert tuple(vars(receipt.returned).values()) == result
    assert receipt.events == (
        event("PositionChanged", account=BOB, market=BTC, position=left),
        paid_in(-units, BTC),
        moved(BOB, units, BTC),
        event("Traded", account=BOB, market=BTC, fill=tuple(fill)),
        event("Deleveraged", market=BTC, side=LONG, result=result),
    )


@refuses("deleverage", "DELEVERAGE_NOT_TRIGGERED")
@pytest.mark.parametrize(
    ("trigger_wad", "answer"), [(5 * PERCENT, "DELEVERAGE_NOT_TRIGGERED"), (5 * PERCENT - 1, "OK")]
)
def test_winners_are_closed_only_above_the_trigger(stage: Stage, trigger_wad: int, answer: str) -> None:
    stage.fill("deleverage", QUEUE, trigger_wad, 0, True, 0)
    assert refusal(stage, *EVERYBODY) == answer


def test_a_side_that_has_earned_nothing_is_left_alone(stage: Stage) -> None:
    assert refusal(stage, DAVE, side=SHORT) == "DELEVERAGE_NOT_TRIGGERED"


def test_what_was_needed_is_enough_until_prices_move(stage: Stage) -> None:
    """The pool is smaller by what it paid, and the goal knew that."""
    calls = 0
    while refusal(stage, *EVERYBODY) == "OK":
        calls += 1
    assert calls == 1
    exposure = stage.market.read("exposure", BTC)
    assert exposure.pnl[LONG] * WAD <= TRIGGER * exposure.backing[LONG]


def test_who_stands_first_is_the_policy_s_affair_and_not_the_caller_s(stage: Stage) -> None:
    """The whole of Bob, then a part of Alice; Carol has earned nothing."""
    stage.fill("deleverage", QUEUE, TRIGGER, PERCENT, True, 0)
    receipt = deleverage(stage, *EVERYBODY)
    closed = [e.fields["account"] for e in receipt.events if e.name == "Traded"]
    rest_usd_wad = receipt.returned.needed_usd_wad - 20_000 * WAD
    assert closed == [BOB, ALICE]
    assert 4_000 * WAD < rest_usd_wad < 5_000 * WAD
    assert (size(stage, BOB), size(stage, ALICE), size(stage, CAROL)) == (0, WAD - -(-rest_usd_wad // 10_000), WAD)


def test_equal_scores_are_served_by_the_lower_id(stage: Stage) -> None:
    stage.rude("deleverage", 15_000 * WAD, 0, 7, 10_000 * WAD)
    closed = [e.fields["account"] for e in deleverage(stage, *EVERYBODY).events if e.name == "Traded"]
    assert closed == [ALICE, BOB]


@pytest.mark.parametrize("lot_usd", [1, 3_000, 2_500, 6_249, 6_250, 6_251, 10**6])
def test_overshoot_is_below_a_lot_and_is_reported(stage: Stage, lot_usd: int) -> None:
    stage.fill("deleverage", QUEUE, TRIGGER, TRIGGER, True, lot_usd * WAD)
    before = sum(profit(stage, account) for account in EVERYBODY)
    result = deleverage(stage, *EVERYBODY).returned
    lots = -(-NEEDED_USD // lot_usd)
    taken = min(lots * lot_usd, 20_000)  # or all of Bob's
    assert result.taken_usd_wad == taken * WAD
    assert result.overshoot_usd_wad == (taken - NEEDED_USD) * WAD < lot_usd * WAD
    assert before - sum(profit(stage, account) for account in EVERYBODY) == taken * WAD


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("policy", [QUEUE, PRO_RATA, CAPPED])
def test_no_more_profit_is_closed_than_needed_and_one_lot(policy: str, seed: int) -> None:
    """Over odd sizes, prices and goals; what is measured is the positions, not the report."""
    rng, stage = Random(seed), winning_stage()
    for account in (ALICE, BOB):
        stage.trade(account, BTC, -rng.randrange(WAD // 2, WAD - WAD // 1_000))
    stage.price(BTC, rng.randrange(60_000 * WAD, 70_000 * WAD), spread=rng.randrange(9 * WAD))
    lot = rng.randrange(3_000 * WAD) if policy == QUEUE else 0
    extra = {QUEUE: (lot,), PRO_RATA: (), CAPPED: (WAD // 2,)}[policy]
    stage.fill("deleverage", policy, PERCENT, rng.randrange(PERCENT), True, *extra)
    before = [profit(stage, account) for account in EVERYBODY]
    result = deleverage(stage, *EVERYBODY).returned
    closed = [was - profit(stage, account) for was, account in zip(before, EVERYBODY, strict=True)]
    rounding = 2 * len(EVERYBODY) * 70_000  # a unit of size, and of cost, of each
    assert result.taken_usd_wad <= sum(closed) <= result.taken_usd_wad + rounding
    assert result.taken_usd_wad < result.needed_usd_wad + max(lot, 1)
    assert result.overshoot_usd_wad == max(0, result.taken_usd_wad - result.needed_usd_wad)
    assert all(0 <= part <= was + rounding for part, was in zip(closed, before, strict=True) if was > 0)
    books.check_tokens(stage)
    books.check_sides(stage)
    books.check_accounts(stage)


def test_pro_rata_takes_the_same_share_of_every_profit(stage: Stage) -> None:
    stage.fill("deleverage", PRO_RATA, TRIGGER, TRIGGER, True)
    result = deleverage(stage, *EVERYBODY).returned
    assert (result.taken_usd_wad, result.accounts) == (NEEDED_USD * WAD, 2)
    assert 0 <= 2 * (WAD - size(stage, ALICE)) - (2 * WAD - size(stage, BOB)) <= 2
    assert WAD - size(stage, ALICE) == -(-WAD * NEEDED_USD // 30_000)


def test_capped_pro_rata_leaves_the_rest_with_the_pool(stage: Stage) -> None:
    stage.fill("deleverage", CAPPED, TRIGGER, TRIGGER, True, WAD // 10)
    result = deleverage(stage, *EVERYBODY).returned
    assert (result.needed_usd_wad, result.taken_usd_wad) == (NEEDED_USD * WAD, 3_000 * WAD)
    assert result.overshoot_usd_wad == 0


#: Of Bob's 2 BTC 5/8 are closed; what is left had cost this.
REST_USD = 68_750


@pytest.mark.parametrize(
    ("least_wad", "taken_usd", "left"),
    [(REST_USD * WAD - 1, NEEDED_USD, (11 * WAD // 8, REST_USD * WAD)), (REST_USD * WAD, 20_000, (0, 0))],
)
def test_a_rest_at_the_minimum_closes_along_and_its_profit_counts(
    stage: Stage, least_wad: int, taken_usd: int, left: tuple[int, int]
) -> None:
    """Nobody could keep such a rest on purpose, and it would be liquidated at a loss: it is paid like the part."""
    stage.change_market(BTC, min_position_usd_wad=least_wad)
    receipt = deleverage(stage, *EVERYBODY)
    closed_wad = 2 * WAD - left[0]
    result = (NEEDED_USD * WAD, taken_usd * WAD, 60_000 * closed_wad, (taken_usd - NEEDED_USD) * WAD, 1, False)
    assert tuple(vars(receipt.returned).values()) == result
    fill = Fill(*receipt.fields("Traded")["fill"])
    assert (fill.size_delta_wad, fill.settled_usd_wad) == (-closed_wad, taken_usd * WAD)
    assert stage.collateral(BOB, BTC) == taken_usd * BTC_1 // 60_000
    position = stage.market.read("positions", BOB, BTC)
    assert (position.size_wad, position.cost_usd_wad) == left
    assert (size(stage, ALICE), size(stage, CAROL)) == (WAD, WAD)


@pytest.mark.parametrize(
    ("least_wad", "taken_usd", "left_wad"), [(2_500 * WAD - 1, 500, -WAD // 20), (2_500 * WAD, 1_000, 0)]
)
def test_the_rest_of_a_short_is_measured_by_its_cost_too(
    stage: Stage, least_wad: int, taken_usd: int, left_wad: int
) -> None:
    """Half of Dave's 1,000 is wanted; by its worth of 2,000 the rest would be too small both times."""
    stage.change_market(BTC, min_position_usd_wad=least_wad)
    stage.price(BTC, 40_000 * WAD)
    stage.rude("deleverage", 500 * WAD, 0, 7, 500 * WAD)
    result = deleverage(stage, DAVE, side=SHORT).returned
    assert (result.taken_usd_wad, result.overshoot_usd_wad) == (taken_usd * WAD, (taken_usd - 500) * WAD)
    assert size(stage, DAVE) == left_wad


def test_what_closes_along_is_not_taken_from_others_again(stage: Stage) -> None:
    """Alice's share is 2,083 USD, and her rest of 39,583 too small: her 10,000 are more than is needed of all."""
    stage.change_market(BTC, min_position_usd_wad=40_000 * WAD)
    stage.fill("deleverage", PRO_RATA, TRIGGER, TRIGGER, True)
    result = deleverage(stage, *EVERYBODY).returned
    assert (result.taken_usd_wad, result.overshoot_usd_wad, result.accounts) == (10_000 * WAD, 3_750 * WAD, 1)
    assert [size(stage, account) for account in EVERYBODY] == [0, 2 * WAD, WAD]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("policy", [QUEUE, PRO_RATA, CAPPED])
def test_nobody_is_left_with_a_position_below_the_minimum(policy: str, seed: int) -> None:
    """Over odd sizes, prices and minima; one rest at most is taken beyond what is needed."""
    rng, stage = Random(seed), winning_stage()
    for account in (ALICE, BOB):
        stage.trade(account, BTC, -rng.randrange(WAD // 2, WAD - WAD // 1_000))
    stage.price(BTC, rng.randrange(61_000 * WAD, 70_000 * WAD))
    least_wad = rng.randrange(60_000 * WAD)
    stage.change_market(BTC, min_position_usd_wad=least_wad)
    extra = {QUEUE: (0,), PRO_RATA: (), CAPPED: (WAD // 2,)}[policy]
    stage.fill("deleverage", policy, PERCENT, rng.randrange(PERCENT), True, *extra)
    before = {account: (size(stage, account), profit(stage, account)) for account in EVERYBODY}
    result = deleverage(stage, *EVERYBODY).returned
    touched = [account for account, (was, _) in before.items() if size(stage, account) != was]
    costs = [stage.market.read("positions", account, BTC).cost_usd_wad for account in touched]
    assert len(touched) == result.accounts > 0
    assert all(cost == 0 or cost > least_wad for cost in costs)
    closed = sum(before[account][1] - profit(stage, account) for account in touched)
    rounding = 2 * len(EVERYBODY) * 70_000  # a unit of size, and of cost, of each
    assert result.taken_usd_wad <= closed <= result.taken_usd_wad + rounding
    assert result.overshoot_usd_wad == max(0, result.taken_usd_wad - result.needed_usd_wad)
    assert result.overshoot_usd_wad <= least_wad * 2 // 5  # no long has earned more of its cost
    books.check_tokens(stage)
    books.check_sides(stage)
    books.check_accounts(stage)


@refuses("deleverage", "DELEVERAGE_NO_WINNER")
def test_a_list_of_losers_is_refused(stage: Stage) -> None:
    """However large the side's profit is: who bought at the top pays nothing for it."""
    for account in (ALICE, BOB):
        stage.trade(account, BTC, -size(stage, account))
    stage.rude("deleverage", WAD, 0, 7, WAD)
    assert refusal(stage, CAROL) == "DELEVERAGE_NO_WINNER"


def test_losers_among_the_candidates_are_not_touched(stage: Stage) -> None:
    stage.price(BTC, 59_000 * WAD)  # Carol is down 1,000
    stage.rude("deleverage", 10**6 * WAD, 0, 7, 10**6 * WAD)  # all that can be had, of anybody
    result = deleverage(stage, *EVERYBODY).returned
    assert (size(stage, ALICE), size(stage, BOB), size(stage, CAROL)) == (0, 0, WAD)
    assert result.taken_usd_wad == 27_000 * WAD


def test_a_policy_cannot_take_more_than_a_winner_s_profit(stage: Stage) -> None:
    stage.rude("deleverage", 15_000 * WAD, 0, 7, 2**255 - 1)
    result = deleverage(stage, *EVERYBODY).returned
    assert (result.taken_usd_wad, result.overshoot_usd_wad) == (30_000 * WAD, 15_000 * WAD)
    assert (size(stage, ALICE), size(stage, BOB)) == (0, 0)


def test_a_policy_that_allots_nothing_closes_nothing(stage: Stage) -> None:
    stage.rude("deleverage", 15_000 * WAD, 0, 7, 0)
    result = deleverage(stage, *EVERYBODY).returned
    assert (result.taken_usd_wad, result.accounts) == (0, 0)


@refuses("deleverage", "DELEVERAGE_NOT_ASCENDING")
@pytest.mark.parametrize(
    "accounts", [(BOB, ALICE), (ALICE, ALICE, BOB), (INSURANCE, ALICE), (TREASURY, ALICE), (ALICE, BOB, BOB)]
)
def test_candidates_are_traders_in_ascending_order_each_once(stage: Stage, accounts: tuple[int, ...]) -> None:
    """AC-09: nobody is closed twice by being named twice, and insurance only by unwinding."""
    assert refusal(stage, *accounts) == "DELEVERAGE_NOT_ASCENDING"


@refuses("deleverage", "MARKET_NOT_LISTED")
@pytest.mark.parametrize(("m", "side"), [(3, LONG), (2**255, LONG), (BTC, 2), (BTC, 2**255)])
def test_a_market_and_side_have_to_exist(stage: Stage, m: int, side: int) -> None:
    assert refusal(stage, ALICE, m=m, side=side) == "MARKET_NOT_LISTED"


@refuses("deleverage", "DELEVERAGE_NOT_ALL")
@pytest.mark.parametrize("accounts", [(ALICE,), (BOB, CAROL), (ALICE, CAROL, DAVE), ()])
def test_nobody_is_singled_out(stage: Stage, accounts: tuple[int, ...]) -> None:
    """Whoever is left out has won more than is needed, and may stand first."""
    assert refusal(stage, *accounts) == "DELEVERAGE_NOT_ALL"


def test_whoever_has_won_nothing_need_not_be_named(stage: Stage) -> None:
    """Carol bought at the top: she cannot stand before anybody, and opening such an account stops no call."""
    assert deleverage(stage, ALICE, BOB).returned.taken_usd_wad == NEEDED_USD * WAD


@pytest.mark.parametrize("others", [range(10**6, 10**6 + 15), [2**256 - 1 - i for i in range(15)][::-1]])
def test_a_list_is_not_filled_up_with_accounts_that_hold_nothing(stage: Stage, others: list[int]) -> None:
    assert refusal(stage, BOB, *others) == "DELEVERAGE_NOT_ALL"


def test_whoever_else_is_named_is_no_obstacle(stage: Stage) -> None:
    """The other side, an account without positions, one that does not exist."""
    assert refusal(stage, ALICE, BOB, CAROL, DAVE, KEEPER, 10**6) == "OK"


@pytest.mark.parametrize(
    ("mode", "status", "answer"),
    [
        (REDUCE_ONLY, WIDE, "OK"),
        (PAUSED, 0, "ACCESS_CLOSED_BY_MODE"),
        (0, HALTED, "PRICE_HALTED"),
    ],
)
def test_it_needs_a_price_and_no_pause(stage: Stage, mode: int, status: int, answer: str) -> None:
    stage.controller.send("set_mode", mode, by="admin")
    stage.price(BTC, 60_000 * WAD, status=status)
    stage.price(ETH, 2_500 * WAD, status=HALTED)  # another market's affair
    assert refusal(stage, *EVERYBODY) == answer


def test_the_cap_of_profits_applies_to_who_is_deleveraged(stage: Stage) -> None:
    """15,000 of 30,000 are payable at 2.5 % of what backs them: winners get half, here as anywhere."""
    stage.change_market(BTC, max_profit_share_wad=25 * WAD // 1_000)
    fill = next(e.fields["fill"] for e in deleverage(stage, *EVERYBODY).events if e.name == "Traded")
    assert Fill(*fill).settled_usd_wad == NEEDED_USD * WAD // 2


def test_a_deleveraged_winner_pays_the_fees_that_it_owes(stage: Stage) -> None:
    stage.rude("borrow_rate", WAD // 10 // YEAR_S)  # 10 % a year
    stage.advance(YEAR_S // 10)
    stage.rude("borrow_rate", 0)
    before, value = profit(stage, BOB), stage.market.read("aum").mid
    fill = next(e.fields["fill"] for e in deleverage(stage, *EVERYBODY).events if e.name == "Traded")
    owed = Fill(*fill).borrow_usd_wad
    assert owed // WAD in (999, 1_000)
    assert Fill(*fill).settled_usd_wad == before * 5 // 16 - owed
    assert abs(stage.market.read("aum").mid - value) <= USDC_1 * 10**12  # nothing given away, nothing taken
