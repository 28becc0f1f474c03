"""Pool: how much may leave in a window, and whose it is."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.orders import open_stage
from contracts.pools import SUPPLY, held, limit, mint, redeem
from contracts.stage import WAD, Stage

HOUR_S = 3_600
TENTH = WAD // 10
FREE_S = HOUR_S * 3 // 4  # from here on what is left of a window is open to all
DEAD = 10**9  # shares of nobody: their part is the others'


@pytest.fixture
def stage() -> Stage:
    """A tenth of the shares may leave in an hour."""
    stage = open_stage()
    limit(stage, redeem_window_s=HOUR_S, redeem_limit_wad=TENTH)
    stage.advance(1)
    return stage


def give(stage: Stage, shares: int, to: str = "stranger", by: str = "lp") -> str:
    return stage.pool.refusal("transfer", stage.address(to), shares, by=by)


def redeemable(stage: Stage, who: str) -> int:
    shares: int = stage.pool.read("redeemable", stage.address(who))
    return shares


class TestOneHolder:
    """What a window lets out in all."""

    @refuses("redeem", "POOL_REDEEM_LIMIT")
    def test_a_window_lets_a_share_of_the_supply_out_and_no_more(self, stage: Stage) -> None:
        assert redeem(stage, SUPPLY // 10 + 1) == "POOL_REDEEM_LIMIT"
        for _ in range(2):
            assert redeem(stage, SUPPLY // 20) == "OK"
        assert redeem(stage, WAD) == "POOL_REDEEM_LIMIT"
        assert stage.pool.read("redeemed") == SUPPLY // 10

    @pytest.mark.parametrize(("wait_s", "answer"), [(HOUR_S - 1, "POOL_REDEEM_LIMIT"), (HOUR_S, "OK")])
    def test_the_next_window_begins_an_hour_after_the_first_redemption(
        self, stage: Stage, wait_s: int, answer: str
    ) -> None:
        assert redeem(stage, SUPPLY // 10) == "OK"
        stage.advance(wait_s)
        assert redeem(stage, WAD) == answer

    def test_the_next_window_counts_from_what_is_left(self, stage: Stage) -> None:
        for _ in range(3):
            supply = stage.pool.read("totalSupply")
            assert redeem(stage, supply // 10 + 1) == "POOL_REDEEM_LIMIT"
            assert redeem(stage, supply // 10) == "OK"
            stage.advance(HOUR_S)

    def test_what_is_minted_in_a_window_may_leave_in_it(self, stage: Stage) -> None:
        """Net: who comes and goes takes nothing of what may leave."""
        assert redeem(stage, WAD) == "OK"
        before = held(stage, "lp")
        assert mint(stage, 10**5) == "OK"
        left = SUPPLY // 10 - WAD + held(stage, "lp") - before
        assert redeem(stage, left + 1) == "POOL_REDEEM_LIMIT"
        assert redeem(stage, left) == "OK"

    def test_what_was_minted_before_a_window_counts_like_any_share(self, stage: Stage) -> None:
        assert mint(stage, 10**5, by="stranger") == "OK"
        assert redeem(stage, held(stage, "stranger") // 10 + DEAD, by="stranger") == "POOL_REDEEM_LIMIT"
        assert redeem(stage, held(stage, "stranger") // 10, by="stranger") == "OK"

    def test_a_redemption_that_is_refused_is_not_counted(self, stage: Stage) -> None:
        assert redeem(stage, SUPPLY // 10 + 1) == "POOL_REDEEM_LIMIT"
        assert stage.pool.read("redeemed") == 0
        assert redeem(stage, SUPPLY // 10) == "OK"

    def test_no_limit_counts_nothing(self, stage: Stage) -> None:
        limit(stage, redeem_limit_wad=WAD)
        assert redeem(stage, SUPPLY // 4) == "OK"
        assert stage.pool.read("redeemed") == 0

    def test_transfers_are_not_limited(self, stage: Stage) -> None:
        assert redeem(stage, SUPPLY // 10) == "OK"
        assert give(stage, SUPPLY // 2) == "OK"

    def test_a_change_of_the_limit_holds_from_the_next_window_on(self, stage: Stage) -> None:
        """Nobody's part is cut while he counts on it."""
        assert redeem(stage, WAD) == "OK"
        limit(stage, redeem_limit_wad=TENTH // 2, redeem_window_s=2 * HOUR_S)
        assert redeemable(stage, "lp") == SUPPLY // 10 - WAD
        stage.advance(HOUR_S)
        assert 0 <= redeemable(stage, "lp") - held(stage, "lp") // 20 < DEAD


class TestSeveralHolders:
    """Of a window everybody has a part as large as his of the shares."""

    @pytest.fixture
    def stage(self, stage: Stage) -> Stage:
        """The LP has two thirds, the stranger one."""
        assert give(stage, SUPPLY // 3) == "OK"
        return stage

    def test_nobody_takes_another_s_part(self, stage: Stage) -> None:
        part = held(stage, "stranger") // 10
        assert redeem(stage, held(stage, "lp") // 10 + DEAD) == "POOL_REDEEM_LIMIT"
        assert redeem(stage, held(stage, "lp") // 10) == "OK"
        stage.advance(FREE_S - 1)
        assert redeem(stage, WAD) == "POOL_REDEEM_LIMIT"
        assert redeem(stage, part, by="stranger") == "OK"
        assert redeem(stage, DEAD, by="stranger") == "POOL_REDEEM_LIMIT"

    def test_what_others_do_not_use_is_open_in_the_last_quarter(self, stage: Stage) -> None:
        assert redeem(stage, held(stage, "lp") // 10) == "OK"
        left = stage.pool.read("window_shares") - stage.pool.read("redeemed")
        stage.advance(FREE_S)
        assert redeemable(stage, "lp") == left
        assert redeem(stage, left + 1) == "POOL_REDEEM_LIMIT"
        assert redeem(stage, left) == "OK"
        assert redeem(stage, WAD, by="stranger") == "POOL_REDEEM_LIMIT"
        stage.advance(HOUR_S - FREE_S)
        assert redeem(stage, held(stage, "stranger") // 10, by="stranger") == "OK"

    def test_four_days_of_minting_and_redeeming_take_nobody_s_window(self, stage: Stage) -> None:
        """Ten times the pool comes in and leaves each day, first thing after the delay."""
        limit(stage, redeem_window_s=24 * HOUR_S, redeem_delay_s=900, redeem_limit_wad=WAD // 4)
        for _ in range(4):
            assert mint(stage, 10_000_000, by="keeper") == "OK"
            stage.advance(900)
            promised = held(stage, "stranger") // 4
            for parts in range(8):
                redeem(stage, held(stage, "keeper") >> parts, by="keeper")
            assert redeem(stage, promised, by="stranger") == "OK"
            stage.advance(24 * HOUR_S - 900)

    def test_a_transfer_moves_the_part_and_makes_none(self, stage: Stage) -> None:
        assert redeem(stage, WAD, by="stranger") == "OK"
        mine, yours = redeemable(stage, "lp"), redeemable(stage, "stranger")
        for shares in (2, WAD, held(stage, "lp") // 3, held(stage, "lp") // 4):
            assert give(stage, shares) == "OK"
            assert give(stage, shares // 2, to="keeper", by="stranger") == "OK"
            parts = [redeemable(stage, who) for who in ("lp", "stranger", "keeper")]
            assert sum(parts) == mine + yours
        assert give(stage, held(stage, "lp"), to="lp") == "OK"
        assert redeemable(stage, "lp") == parts[0]

    def test_shares_go_round_and_no_part_grows(self, stage: Stage) -> None:
        assert redeem(stage, held(stage, "lp") // 10) == "OK"
        before = redeemable(stage, "lp")
        for _ in range(3):
            assert give(stage, held(stage, "lp"), to="keeper") == "OK"
            assert give(stage, held(stage, "keeper"), to="lp", by="keeper") == "OK"
        assert redeemable(stage, "lp") == before < DEAD
        assert redeemable(stage, "keeper") == 0

    def test_dust_takes_nothing_from_who_receives_it(self, stage: Stage) -> None:
        assert redeem(stage, WAD) == "OK"  # opens the window; the stranger did nothing in it yet
        before = redeemable(stage, "stranger")
        for _ in range(3):
            assert give(stage, 1) == "OK"
        assert redeemable(stage, "stranger") >= before
        assert redeem(stage, before, by="stranger") == "OK"

    def test_shares_bought_after_the_opening_bring_what_is_left_of_their_part(self, stage: Stage) -> None:
        assert redeem(stage, redeemable(stage, "lp")) == "OK"
        assert give(stage, held(stage, "lp"), to="keeper") == "OK"
        assert redeemable(stage, "keeper") <= 1
        assert redeem(stage, WAD, by="keeper") == "POOL_REDEEM_LIMIT"

    def test_newcomers_leave_with_what_they_brought_and_take_no_part(self, stage: Stage) -> None:
        assert redeem(stage, WAD) == "OK"
        mine, yours = redeemable(stage, "lp"), redeemable(stage, "stranger")
        assert mint(stage, 500_000, by="keeper") == "OK"
        assert redeemable(stage, "keeper") == held(stage, "keeper")
        assert redeem(stage, held(stage, "keeper"), by="keeper") == "OK"
        assert (redeemable(stage, "lp"), redeemable(stage, "stranger")) == (mine, yours)

    def test_held_back_shares_are_not_redeemable(self, stage: Stage) -> None:
        limit(stage, redeem_delay_s=900)
        assert mint(stage, 1_000) == "OK"
        assert redeemable(stage, "lp") == 0
        stage.advance(900)
        assert redeem(stage, redeemable(stage, "lp")) == "OK"
