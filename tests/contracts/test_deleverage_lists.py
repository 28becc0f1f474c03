"""Who is named to be deleveraged: it is judged by weight, never by number, and a limit keeps its memory."""

from __future__ import annotations

import pytest
from contracts.orders import block
from contracts.stage import ALICE, BOB, BTC, DAVE, SHORT, USDC, USDC_1, WAD, Stage
from contracts.winners import (
    CAPPED,
    LISTED,
    PERCENT,
    PRO_RATA,
    QUEUE,
    deleverage,
    owing_stage,
    profit,
    refusal,
    size,
    winning_stage,
)

#: As in test_deleverage.py: of 30,000 USD of profit 6,250 are to be realised.
TRIGGER, NEEDED_USD = 4 * PERCENT, 6_250
DAY_S = 86_400
MEMBERS = {QUEUE: (0,), LISTED: (0,), PRO_RATA: (), CAPPED: (WAD // 2,)}


def add_dust(stage: Stage, count: int, m: int = BTC) -> list[int]:
    """Accounts of a stranger with 12 USD on the long side."""
    accounts = []
    for _ in range(count):
        account = stage.market.send("open_account", by="stranger").returned
        stage.deposit(account, USDC, 10 * USDC_1)
        price = stage.oracle.read("prices")[m].mid
        stage.desk.send("trade", account, m, 12 * WAD * WAD // price, 2**255, by="stranger")
        accounts.append(account)
    return accounts


def rule(stage: Stage, source: str, trigger_wad: int = TRIGGER) -> None:
    stage.fill("deleverage", source, trigger_wad, trigger_wad, True, *MEMBERS[source])


class TestPadding:
    """A stranger fills a list up with accounts of his own."""

    @pytest.fixture
    def stage(self) -> Stage:
        return winning_stage()

    def test_a_queue_that_leaves_out_who_ranks_first_takes_nothing(self, stage: Stage) -> None:
        rule(stage, QUEUE)
        assert refusal(stage, ALICE, *add_dust(stage, 15)) == "DELEVERAGE_NOT_ALL"
        assert (size(stage, ALICE), size(stage, BOB)) == (WAD, 2 * WAD)

    def test_a_queue_takes_of_the_first_what_it_takes_without_the_dust(self, stage: Stage) -> None:
        rule(stage, QUEUE)
        deleverage(stage, ALICE, BOB, *add_dust(stage, 14))
        assert (size(stage, ALICE), size(stage, BOB)) == (WAD, 11 * WAD // 8)

    @pytest.mark.parametrize("source", [PRO_RATA, CAPPED])
    @pytest.mark.parametrize("count", [0, 1, 15])
    def test_a_share_is_of_the_whole_side_whoever_is_named(self, stage: Stage, source: str, count: int) -> None:
        rule(stage, source)
        result = deleverage(stage, ALICE, *add_dust(stage, count)).returned
        assert result.taken_usd_wad == -(-NEEDED_USD * WAD * 10_000 // 30_000)
        assert WAD - size(stage, ALICE) == -(-WAD * NEEDED_USD // 30_000)  # 0.792 are left
        assert size(stage, BOB) == 2 * WAD

    @pytest.mark.parametrize("source", [PRO_RATA, CAPPED])
    def test_losers_on_the_side_make_nobody_s_share_larger_than_his_size(self, stage: Stage, source: str) -> None:
        """Carol has lost as much as the others won. Alice, named alone, answers for a quarter of the size."""
        stage.fill("deleverage", source, 0, 0, True, *MEMBERS[source])
        poor = stage.market.send("open_account", by="trader").returned
        stage.price(BTC, 45_000 * WAD)
        stage.deposit(poor, USDC, 2_600 * USDC_1)
        stage.trade(poor, BTC, -4 * WAD // 10)
        stage.price(BTC, 52_500 * WAD)
        assert stage.liquidate(poor).bad_debt_usd_wad == 400 * WAD
        assert deleverage(stage, ALICE, *add_dust(stage, 15)).returned.taken_usd_wad // WAD == 100

    def test_a_list_that_is_believed_can_be_filled_up(self, stage: Stage) -> None:
        """An exchange ranks for itself; a stranger's list is believed: Alice gives what Bob should have given."""
        rule(stage, LISTED)
        deleverage(stage, ALICE, *add_dust(stage, 15))
        assert (size(stage, ALICE), size(stage, BOB)) == (3 * WAD // 8, 2 * WAD)

    @pytest.mark.parametrize(("source", "taken_usd"), [(QUEUE, 0), (PRO_RATA, 1_250), (CAPPED, 1_250), (LISTED, 2_500)])
    def test_a_haircut_is_no_larger_for_the_dust(self, source: str, taken_usd: int) -> None:
        """Alice and Bob have won as much; she alone is named."""
        stage = owing_stage(deficit_usd=5_000 if source == QUEUE else 2_500)
        dust = add_dust(stage, 15)
        rule(stage, source, 0)
        if taken_usd:
            assert deleverage(stage, ALICE, *dust).returned.taken_usd_wad == taken_usd * WAD
        else:
            assert refusal(stage, ALICE, *dust) == "DELEVERAGE_NOT_ALL"
        assert profit(stage, ALICE) == 12_500 * WAD - taken_usd * WAD


class TestMemory:
    """The longs are to give far more than a share or a cap lets them."""

    @pytest.fixture
    def stage(self) -> Stage:
        stage = winning_stage()
        stage.fill("deleverage", CAPPED, PERCENT, 0, True, WAD // 2)
        return stage

    def test_a_cap_holds_however_often_it_is_called(self, stage: Stage) -> None:
        for _ in range(8):
            deleverage(stage, ALICE, BOB)
        assert (size(stage, ALICE), size(stage, BOB)) == (WAD // 2, WAD)

    def test_it_holds_over_all_blocks_of_an_epoch_and_begins_again_with_the_next(self, stage: Stage) -> None:
        for seconds in (0, 600, DAY_S - 601):
            block(stage, {BTC: 60_000}, seconds=seconds)
            deleverage(stage, ALICE)
            assert size(stage, ALICE) == WAD // 2
        block(stage, {BTC: 60_000}, seconds=1)
        deleverage(stage, ALICE)
        assert size(stage, ALICE) == WAD // 4

    def test_what_is_won_later_counts_toward_it(self, stage: Stage) -> None:
        """Of 5,000 that were taken and 10,000 that are there, 2,500 more."""
        deleverage(stage, ALICE)
        block(stage, {BTC: 70_000})
        assert deleverage(stage, ALICE).returned.taken_usd_wad == 2_500 * WAD

    @pytest.mark.parametrize(
        "calls", [[(ALICE, BOB)], [(ALICE,), (BOB,)], [(BOB,), (ALICE,)], [(ALICE,)] * 5 + [(BOB,)] * 5]
    )
    def test_shares_are_the_same_in_however_many_calls(self, calls: list[tuple[int, ...]]) -> None:
        stage = winning_stage()
        rule(stage, PRO_RATA)
        for accounts in calls:
            assert refusal(stage, *accounts) in ("OK", "DELEVERAGE_NOT_TRIGGERED")
        share = -(-WAD * NEEDED_USD // 30_000)
        assert abs(WAD - size(stage, ALICE) - share) <= 2 * 10**13  # USD of units
        assert abs(2 * WAD - size(stage, BOB) - 2 * share) <= 2 * 10**13

    def test_a_haircut_is_capped_over_all_losses_of_a_block(self) -> None:
        stage = owing_stage(deficit_usd=7_000)
        stage.fill("deleverage", CAPPED, 0, 0, True, WAD // 4)
        for _ in range(8):
            deleverage(stage, ALICE, BOB)
        assert 0 <= profit(stage, ALICE) - 9_375 * WAD <= WAD // 100
        assert 0 <= profit(stage, BOB) - 9_375 * WAD <= WAD // 100

    def test_each_reason_and_each_side_has_a_memory_of_its_own(self, stage: Stage) -> None:
        deleverage(stage, ALICE, BOB)
        block(stage, {BTC: 40_000})
        stage.fill("deleverage", CAPPED, 1, 0, True, WAD // 2)
        assert deleverage(stage, DAVE, side=SHORT).returned.taken_usd_wad > 499 * WAD
