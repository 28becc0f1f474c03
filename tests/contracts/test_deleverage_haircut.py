"""Liquidator.deleverage: winners give profit back, as far as a bankrupt account left the pool a loss."""

from __future__ import annotations

import pytest
from contracts.orders import Fill, block, moved, paid_in
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    INSURANCE,
    KEEPER,
    LONG,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)
from contracts.winners import (
    LISTED,
    PERCENT,
    PRO_RATA,
    QUEUE,
    THOUSAND,
    deficit,
    deleverage,
    owing_stage,
    profit,
    refusal,
    size,
)

from contracts import books

HOUR_S = 3_600
#: Tokens are paid in whole units: of BTC a unit is 0.000625 USD, of USDC a millionth.
UNIT_USD_WAD = 62_500 * WAD // BTC_1


@pytest.fixture
def stage() -> Stage:
    """The pool lost 2,500 USD to the longs; winners are asked for no other reason."""
    stage = owing_stage()
    stage.fill("deleverage", QUEUE, 0, 0, True, 0)
    return stage


def test_a_winner_gives_back_the_profit_of_what_is_closed(stage: Stage) -> None:
    """A fifth of Alice's position holds 2,500 of its profit: paid to her, and taken back."""
    result = (2_500 * WAD, 2_500 * WAD, 12_500 * WAD, 0, 1, True)
    fill = Fill(-WAD // 5, 62_500 * WAD, 2_500 * WAD, paid_usd_wad=2_500 * WAD)
    four_hundredths = 4 * BTC_1 // 100
    assert deleverage(stage, ALICE, BOB).events == (
        event(
            "PositionChanged", account=ALICE, market=BTC, position=(8 * WAD // 10, 40_000 * WAD, 8 * BTC_1 // 10, 0, 0)
        ),
        paid_in(-four_hundredths, BTC),
        moved(ALICE, four_hundredths, BTC),
        event("Traded", account=ALICE, market=BTC, fill=tuple(fill)),
        moved(ALICE, -four_hundredths, BTC),
        paid_in(four_hundredths, BTC),
        event("DeficitChanged", market=BTC, side=LONG, usd_wad=0),
        event("Deleveraged", market=BTC, side=LONG, result=result),
    )


def test_the_pool_gets_its_loss_back_and_nothing_else_changes(stage: Stage) -> None:
    value, cash = stage.market.read("aum").mid, [stage.collateral(account) for account in (ALICE, BOB)]
    deleverage(stage, ALICE, BOB)
    assert stage.market.read("aum").mid == value + 2_500 * WAD
    assert [stage.collateral(account) for account in (ALICE, BOB)] == cash
    assert stage.collateral(ALICE, BTC) == stage.collateral(BOB, BTC) == 0
    assert profit(stage, ALICE) == 10_000 * WAD  # the rest of it is hers


def test_winners_are_asked_once(stage: Stage) -> None:
    deleverage(stage, ALICE, BOB)
    assert deficit(stage) == 0
    assert refusal(stage, ALICE, BOB) == "DELEVERAGE_NOT_TRIGGERED"


def test_only_the_side_that_won_is_asked(stage: Stage) -> None:
    stage.deposit(CAROL, USDC, 10 * THOUSAND)
    stage.trade(CAROL, BTC, -WAD)
    stage.price(BTC, 61_000 * WAD)  # her short has earned 1,500
    assert refusal(stage, CAROL, side=SHORT) == "DELEVERAGE_NOT_TRIGGERED"


def test_a_loss_stays_with_the_pool_where_the_design_says_so(stage: Stage) -> None:
    stage.fill("deleverage", QUEUE, 0, 0, False, 0)
    assert refusal(stage, ALICE, BOB) == "DELEVERAGE_NOT_TRIGGERED"
    stage.fill("deleverage", "policies/deleverage/NoDeleverage.vy")
    assert refusal(stage, ALICE, BOB) == "DELEVERAGE_NOT_TRIGGERED"


@pytest.mark.parametrize(
    ("wait_s", "answer"), [(0, "OK"), (1, "DELEVERAGE_NOT_TRIGGERED"), (HOUR_S, "DELEVERAGE_NOT_TRIGGERED")]
)
def test_a_loss_of_an_earlier_block_is_settled(stage: Stage, wait_s: int, answer: str) -> None:
    """Who wins in an hour is not asked for what somebody lost now."""
    block(stage, {BTC: 62_500}, seconds=wait_s)
    assert refusal(stage, ALICE, BOB) == answer


def test_losses_of_a_block_add_up_and_older_ones_do_not(stage: Stage) -> None:
    for wait_s, total_usd in ((0, 5_000), (1, 2_500)):
        block(stage, {BTC: 50_000}, seconds=wait_s)
        stage.deposit(CAROL, USDC, 10 * THOUSAND)
        stage.trade(CAROL, BTC, -WAD)
        stage.price(BTC, 62_500 * WAD)
        stage.liquidate(CAROL)
        assert deficit(stage) == total_usd * WAD


def test_whoever_opens_an_hour_later_gives_nothing(stage: Stage) -> None:
    """Carol buys after the loss and wins as much as Alice and Bob had then."""
    block(stage, {BTC: 62_500}, seconds=HOUR_S)
    stage.deposit(CAROL, USDC, 20 * THOUSAND)
    stage.trade(CAROL, BTC, WAD)
    block(stage, {BTC: 75_000})
    assert refusal(stage, ALICE, BOB, CAROL) == "DELEVERAGE_NOT_TRIGGERED"


@pytest.mark.parametrize("source", [PRO_RATA, QUEUE])
def test_whoever_leaves_after_the_loss_leaves_nobody_his_share(stage: Stage, source: str) -> None:
    """Alice is gone before anybody is asked. Bob gives a half, as if she were there; of a queue she stood first."""
    stage.fill("deleverage", source, 0, 0, True, *([0] if source == QUEUE else []))
    stage.trade(ALICE, BTC, -WAD)
    if source == QUEUE:
        assert refusal(stage, BOB) == "DELEVERAGE_NOT_ALL"
    else:
        assert deleverage(stage, BOB).returned.taken_usd_wad == 1_250 * WAD


def test_pro_rata_shares_the_loss_among_all_winners(stage: Stage) -> None:
    stage.fill("deleverage", PRO_RATA, 0, 0, True)
    result = deleverage(stage, ALICE, BOB).returned
    assert (result.taken_usd_wad, result.accounts) == (2_500 * WAD, 2)
    assert size(stage, ALICE) == size(stage, BOB) == 9 * WAD // 10


@pytest.mark.parametrize("lot_usd", [400, 1_000, 2_500, 4_000, 10**6])
def test_overshoot_stays_below_a_lot_and_clears_no_more_than_the_deficit(stage: Stage, lot_usd: int) -> None:
    stage.fill("deleverage", QUEUE, 0, 0, True, lot_usd * WAD)
    result = deleverage(stage, ALICE, BOB).returned
    taken = min(-(-2_500 // lot_usd) * lot_usd, 12_500)
    assert (result.taken_usd_wad, result.overshoot_usd_wad) == (taken * WAD, (taken - 2_500) * WAD)
    assert deficit(stage) == 0


@pytest.mark.parametrize(
    ("least_wad", "left", "kept"),
    [(40_000 * WAD - 1, (8 * WAD // 10, 40_000 * WAD), 0), (40_000 * WAD, (0, 0), 16 * BTC_1 // 100)],
)
def test_a_rest_at_the_minimum_closes_along_and_its_profit_is_kept(
    stage: Stage, least_wad: int, left: tuple[int, int], kept: int
) -> None:
    """A fifth of 50,000 is closed for the loss. What closes with it is paid and not taken: nobody gives for a rule."""
    stage.change_market(BTC, min_position_usd_wad=least_wad)
    value = stage.market.read("aum").mid
    closed_usd_wad = (WAD - left[0]) * 62_500
    result = deleverage(stage, ALICE, BOB).returned
    assert tuple(vars(result).values()) == (2_500 * WAD, 2_500 * WAD, closed_usd_wad, 0, 1, True)
    position = stage.market.read("positions", ALICE, BTC)
    assert (position.size_wad, position.cost_usd_wad) == left
    assert stage.collateral(ALICE, BTC) == kept  # 10,000 USD
    assert stage.market.read("aum").mid == value + 2_500 * WAD
    assert (deficit(stage), size(stage, BOB)) == (0, WAD)


@pytest.mark.parametrize(("least_wad", "left_wad"), [(45_000 * WAD - 1, 9 * WAD // 10), (45_000 * WAD, 0)])
def test_the_rests_of_all_who_give_close_along(stage: Stage, least_wad: int, left_wad: int) -> None:
    """However much closes: the shares of the loss stay the same, and nobody is left below the minimum."""
    stage.change_market(BTC, min_position_usd_wad=least_wad)
    stage.fill("deleverage", PRO_RATA, 0, 0, True)
    result = deleverage(stage, ALICE, BOB).returned
    assert (result.taken_usd_wad, result.overshoot_usd_wad, result.accounts) == (2_500 * WAD, 0, 2)
    assert size(stage, ALICE) == size(stage, BOB) == left_wad
    kept = 0 if left_wad else 18 * BTC_1 // 100
    assert stage.collateral(ALICE, BTC) == stage.collateral(BOB, BTC) == kept
    assert deficit(stage) == 0
    books.check_tokens(stage)
    books.check_sides(stage)
    books.check_accounts(stage)


def test_a_policy_cannot_ask_for_more_than_was_lost(stage: Stage) -> None:
    stage.rude("deleverage", 0, 10**9 * WAD, 7, 2_000 * WAD)
    result = deleverage(stage, ALICE, BOB).returned
    assert result.needed_usd_wad == 2_500 * WAD
    assert result.taken_usd_wad == 4_000 * WAD  # two of its lots
    assert deficit(stage) == 0


def test_what_winners_do_not_have_stays_with_the_pool(stage: Stage) -> None:
    stage.price(BTC, 51_000 * WAD)  # 1,000 each
    stage.fill("deleverage", LISTED, 0, 0, True, 0)
    assert deleverage(stage, ALICE, BOB).returned.taken_usd_wad // WAD == 1_999  # less dust
    assert 500 * WAD <= deficit(stage) <= 500 * WAD + 4 * UNIT_USD_WAD
    block(stage, {BTC: 62_500})
    assert refusal(stage, ALICE, BOB) == "DELEVERAGE_NOT_TRIGGERED"


def test_insurance_pays_before_winners_do() -> None:
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.fill("deleverage", QUEUE, 0, 0, True, 0)
    stage.deposit(INSURANCE, USDC, 2 * THOUSAND)
    for account, sign in ((ALICE, 1), (BOB, -1)):
        stage.deposit(account, USDC, 10 * THOUSAND)
        stage.trade(account, BTC, sign * WAD)
    stage.price(BTC, 62_500 * WAD)
    result = stage.liquidate(BOB)
    assert (result.insured_usd_wad, result.bad_debt_usd_wad) == (2_000 * WAD, 500 * WAD)
    assert deleverage(stage, ALICE).returned.needed_usd_wad == 500 * WAD


def test_a_haircut_comes_before_profits_are_realised(stage: Stage) -> None:
    """Longs have earned 25,000 of 625,000 USD, and the pool is short of 2,500: the loss first."""
    stage.fill("deleverage", QUEUE, PERCENT, 0, True, 0)
    first = deleverage(stage, ALICE, BOB).returned
    assert (first.is_haircut, first.needed_usd_wad) == (True, 2_500 * WAD)
    second = deleverage(stage, ALICE, BOB).returned
    assert (second.is_haircut, second.needed_usd_wad) == (False, 22_500 * WAD)


def test_a_winner_loses_no_more_than_the_profit_that_it_was_paid() -> None:
    """Fees are owed first: what they leave of the profit is all that can be taken."""
    stage = owing_stage(long_fee_usd=14)
    stage.fill("deleverage", QUEUE, 0, 0, True, 0)
    cash = stage.collateral(ALICE)
    events = deleverage(stage, ALICE, BOB).events
    alice = Fill(*next(e.fields["fill"] for e in events if e.name == "Traded" and e.fields["account"] == ALICE))
    assert alice.borrow_usd_wad // WAD == 13
    assert alice.paid_usd_wad <= alice.settled_usd_wad == 2_500 * WAD - alice.borrow_usd_wad
    assert 0 <= cash - stage.collateral(ALICE) <= UNIT_USD_WAD // 10**12 + 1
    # What Bob was asked for then, his own fee has eaten; the next time he owes none.
    assert 13 * WAD < deficit(stage) <= 14 * WAD
    deleverage(stage, ALICE, BOB)
    assert deficit(stage) <= 2 * UNIT_USD_WAD


class TestDebtor:
    """Alice has 5,000 in cash, has earned 12,500 and owes 8,000 of fees: the first part of it cannot pay them."""

    @pytest.fixture
    def stage(self) -> Stage:
        stage = owing_stage(alice_usd=5_000, long_fee_usd=8_000)
        stage.fill("deleverage", QUEUE, 0, 0, True, 0)
        assert round(stage.market.read("health", ALICE).free / WAD) == -3_000
        return stage

    def test_a_deleveraged_winner_still_pays_what_it_owes(self, stage: Stage) -> None:
        value = stage.market.read("aum").mid
        result = deleverage(stage, ALICE, BOB).returned
        gained = stage.market.read("aum").mid - value
        assert abs(gained - result.taken_usd_wad) <= 4 * UNIT_USD_WAD
        assert size(stage, ALICE) == 0

    def test_its_profit_pays_the_fees_and_then_the_haircut(self, stage: Stage) -> None:
        """5,000 + 12,500 - 8,000 - 2,500."""
        result = deleverage(stage, ALICE, BOB).returned
        assert abs(result.taken_usd_wad - 2_500 * WAD) <= 2 * UNIT_USD_WAD
        left = stage.collateral(ALICE) * 10**12 + stage.collateral(ALICE, BTC) * UNIT_USD_WAD
        assert abs(left - 7_000 * WAD) <= 8 * UNIT_USD_WAD
        assert deficit(stage) <= 2 * UNIT_USD_WAD

    def test_a_position_that_closes_at_once_pays_both_out_of_its_profit(self, stage: Stage) -> None:
        """The first part would have owed 5,500 more than it earned; the whole has 4,500 left, and the rest is hers."""
        stage.change_market(BTC, min_position_usd_wad=40_000 * WAD)
        events = deleverage(stage, ALICE, BOB).events
        alice = Fill(*next(e.fields["fill"] for e in events if e.name == "Traded" and e.fields["account"] == ALICE))
        assert (alice.size_delta_wad, alice.unpaid_usd_wad) == (-WAD, 0)
        assert round(alice.paid_usd_wad / WAD) == 4_500
        left = stage.collateral(ALICE) * 10**12 + stage.collateral(ALICE, BTC) * UNIT_USD_WAD
        assert abs(left - 7_000 * WAD) <= 8 * UNIT_USD_WAD
        assert deficit(stage) <= 2 * UNIT_USD_WAD

    def test_a_realised_profit_pays_them_too(self, stage: Stage) -> None:
        stage.rude("deleverage", 100 * WAD, 0, 7, 100 * WAD)
        value = stage.market.read("aum").mid
        result = deleverage(stage, ALICE, BOB).returned
        assert not result.is_haircut
        assert abs(stage.market.read("aum").mid - value) <= 8 * UNIT_USD_WAD
        left = stage.collateral(ALICE) * 10**12 + stage.collateral(ALICE, BTC) * UNIT_USD_WAD
        assert abs(left - 9_500 * WAD) <= 8 * UNIT_USD_WAD

    def test_the_books_close(self, stage: Stage) -> None:
        deleverage(stage, ALICE, BOB)
        books.check_tokens(stage)
        books.check_sides(stage)
        books.check_accounts(stage)
        assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "LIQUIDATION_HEALTHY"
