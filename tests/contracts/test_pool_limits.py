"""Pool: how much may come in, and how long shares stay."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.orders import open_stage
from contracts.pools import SUPPLY, held, limit, mint, redeem
from contracts.stage import (
    ALICE,
    BTC,
    BTC_1,
    T0,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)

HOUR_S = 3_600


@pytest.fixture
def stage() -> Stage:
    return open_stage()


class TestMaxAum:
    """The pool takes deposits up to a value."""

    @refuses("mint", "POOL_AUM_CAP")
    def test_a_deposit_may_reach_the_cap_and_not_exceed_it(self, stage: Stage) -> None:
        limit(stage, max_aum_usd_wad=1_600_000 * WAD)
        assert stage.pool.refusal("mint", USDC, 10**11 + 1, 0, stage.address("lp"), by="lp") == "POOL_AUM_CAP"
        assert stage.pool.refusal("mint", USDC, 10**11, 0, stage.address("lp"), by="lp") == "OK"
        assert stage.pool.refusal("mint", USDC, 1, 0, stage.address("lp"), by="lp") == "POOL_AUM_CAP"

    def test_the_deposit_counts_at_the_price_at_which_it_is_credited(self, stage: Stage) -> None:
        """BTC at 49,000 / 50,000 / 51,000: the pool is worth 1,510,000 at best, a deposit of 1 BTC 49,000."""
        stage.price(BTC, 50_000 * WAD, spread=1_000 * WAD)
        deposit = ("mint", BTC, BTC_1, 0, stage.address("lp"))
        limit(stage, max_aum_usd_wad=1_559_000 * WAD - 1)
        assert stage.pool.refusal(*deposit, by="lp") == "POOL_AUM_CAP"
        limit(stage, max_aum_usd_wad=1_559_000 * WAD)
        assert stage.pool.refusal(*deposit, by="lp") == "OK"

    def test_a_pool_that_outgrew_its_cap_closes_to_deposits_only(self, stage: Stage) -> None:
        limit(stage, max_aum_usd_wad=1_400_000 * WAD)
        assert mint(stage, 1) == "POOL_AUM_CAP"
        assert redeem(stage, WAD) == "OK"
        assert stage.pool.refusal("swap", USDC, BTC, USDC_1, 0, stage.address("lp"), by="lp") == "OK"
        assert stage.desk.refusal("trade", ALICE, BTC, WAD, 2**255, by="trader") == "OK"

    def test_traders_losses_count_as_the_pool_s_value(self, stage: Stage) -> None:
        """What shares are worth is what is capped, not the tokens."""
        stage.trade(ALICE, BTC, WAD)
        stage.price(BTC, 49_000 * WAD)  # the pool's BTC -10,000, the trader -1,000
        limit(stage, max_aum_usd_wad=1_491_000 * WAD + 5 * WAD)
        assert mint(stage, 6) == "POOL_AUM_CAP"
        assert mint(stage, 5) == "OK"


class TestRedeemDelay:
    """Shares stay an hour with whoever minted them: nobody enters for one price update (LP-06)."""

    @pytest.fixture
    def stage(self, stage: Stage) -> Stage:
        limit(stage, redeem_delay_s=HOUR_S)
        assert mint(stage, 1_000, by="stranger") == "OK"
        stage.market.send("open_account", by="stranger")
        return stage

    @refuses("redeem", "SHARES_LOCKED")
    @pytest.mark.parametrize(
        ("wait_s", "answer"), [(0, "SHARES_LOCKED"), (HOUR_S - 1, "SHARES_LOCKED"), (HOUR_S, "OK")]
    )
    def test_new_shares_are_not_redeemed_before_the_delay_is_over(self, stage: Stage, wait_s: int, answer: str) -> None:
        stage.advance(wait_s)
        assert redeem(stage, WAD, by="stranger") == answer

    @refuses("transfer", "SHARES_LOCKED")
    @refuses("transferFrom", "SHARES_LOCKED")
    @pytest.mark.parametrize(("wait_s", "answer"), [(HOUR_S - 1, "SHARES_LOCKED"), (HOUR_S, "OK")])
    def test_nor_do_they_move_to_somebody_who_could(self, stage: Stage, wait_s: int, answer: str) -> None:
        stage.pool.send("approve", stage.address("keeper"), WAD, by="stranger")
        stage.advance(wait_s)
        lp, stranger = stage.address("lp"), stage.address("stranger")
        assert stage.pool.refusal("transfer", lp, WAD, by="stranger") == answer
        assert stage.pool.refusal("transferFrom", stranger, lp, WAD, by="keeper") == answer

    def test_shares_that_were_there_before_the_delay_was_set_stay_free(self, stage: Stage) -> None:
        assert redeem(stage, WAD) == "OK"
        assert stage.pool.read("locked_until_s", stage.address("lp")) == 0
        assert stage.pool.read("locked_until_s", stage.address("stranger")) == T0 + HOUR_S

    def test_minting_more_holds_all_of_one_s_shares_back(self, stage: Stage) -> None:
        stage.advance(HOUR_S - 1)
        assert mint(stage, 1, by="stranger") == "OK"
        stage.advance(1)
        assert redeem(stage, WAD, by="stranger") == "SHARES_LOCKED"

    @refuses("mint", "SHARES_RECEIVER")
    def test_nobody_holds_somebody_else_s_shares_back(self, stage: Stage) -> None:
        """A dust deposit in a victim's name would lock the victim in."""
        assert mint(stage, 1, by="stranger", receiver="lp") == "SHARES_RECEIVER"
        assert redeem(stage, WAD) == "OK"

    def test_shares_that_are_received_are_free_and_lock_nothing(self, stage: Stage) -> None:
        stage.pool.send("transfer", stage.address("keeper"), 10 * WAD, by="lp")
        assert redeem(stage, WAD, by="keeper") == "OK"
        stage.pool.send("transfer", stage.address("stranger"), WAD, by="lp")
        assert stage.pool.read("locked_until_s", stage.address("stranger")) == T0 + HOUR_S

    def test_without_a_delay_shares_may_be_minted_to_anybody(self, stage: Stage) -> None:
        limit(stage, redeem_delay_s=0)
        assert mint(stage, 1, by="stranger", receiver="keeper") == "OK"
        assert redeem(stage, WAD // 2, by="keeper") == "OK"

    def test_entering_before_a_price_that_is_known_earns_nothing_to_leave_with(self, stage: Stage) -> None:
        """A29: mint, let the update come, redeem: the profit is on paper until the delay is over."""
        stage.price(BTC, 55_000 * WAD)
        assert held(stage, "stranger") * stage.pool.read("aum").low // SUPPLY > 1_000 * WAD
        assert redeem(stage, held(stage, "stranger"), by="stranger") == "SHARES_LOCKED"


@refuses("set_params", "ACCESS_NOT_CONTROLLER")
@pytest.mark.parametrize("role", ["admin", "lp", "stranger"])
def test_only_the_controller_sets_limits(stage: Stage, role: str) -> None:
    params = tuple(vars(stage.pool.read("params")).values())
    assert stage.pool.refusal("set_params", params, by=role) == "ACCESS_NOT_CONTROLLER"
    receipt = stage.govern("pool", "set_params", params)
    assert receipt.events == (event("PoolChanged", params=params),)
