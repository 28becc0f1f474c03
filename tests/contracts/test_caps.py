"""Open-interest caps, an account's share of them, and the cap on a side's profit."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.orders import Fill, open_stage
from contracts.pools import limit
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    ETH,
    LONG,
    MAX_UINT,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    Stage,
)

THOUSAND = 1_000 * USDC_1
TENTH = WAD // 10
EPSILON_WAD = WAD // 1_000_000  # five cents of BTC


@pytest.fixture
def stage() -> Stage:
    """What backs BTC's longs is 10 BTC, what backs its shorts 500,000 USDC: half a million USD each."""
    stage = open_stage()
    stage.change_market(BTC, min_position_usd_wad=0)
    stage.deposit(ALICE, USDC, 40 * THOUSAND)
    stage.deposit(BOB, USDC, 50 * THOUSAND)
    return stage


def refusal(stage: Stage, size_wad: int, account: int = ALICE, m: int = BTC) -> str:
    """What a trade at any price is answered."""
    limit_wad = MAX_UINT if size_wad > 0 else 0
    return stage.desk.refusal("trade", account, m, size_wad, limit_wad, by="trader")


class TestOpenInterest:
    """The lower of a fixed amount and a share of what backs the side."""

    @refuses("trade", "TRADE_OPEN_INTEREST_CAP")
    @pytest.mark.parametrize("sign", [1, -1])
    @pytest.mark.parametrize(
        "changes",
        [
            {"max_open_interest_usd_wad": 100_000 * WAD},
            {"max_open_interest_share_wad": WAD // 5},
            {"max_open_interest_usd_wad": 100_000 * WAD, "max_open_interest_share_wad": WAD},
            {"max_open_interest_usd_wad": 10**6 * WAD, "max_open_interest_share_wad": WAD // 5},
        ],
        ids=["fixed", "share", "fixed binds", "share binds"],
    )
    def test_a_side_reaches_its_cap_and_does_not_exceed_it(
        self, stage: Stage, changes: dict[str, int], sign: int
    ) -> None:
        stage.change_market(BTC, **changes)
        assert refusal(stage, sign * 2 * WAD + sign * EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        assert refusal(stage, sign * 2 * WAD) == "OK"
        assert refusal(stage, sign * EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"

    def test_the_cap_is_everybody_s_together_and_each_side_has_its_own(self, stage: Stage) -> None:
        stage.change_market(BTC, max_open_interest_usd_wad=100_000 * WAD)
        stage.trade(ALICE, BTC, WAD)
        stage.trade(BOB, BTC, WAD)
        assert refusal(stage, EPSILON_WAD, BOB) == "TRADE_OPEN_INTEREST_CAP"
        stage.trade(BOB, BTC, -WAD)
        assert refusal(stage, WAD, ALICE) == "OK"
        assert refusal(stage, -2 * WAD, BOB) == "OK"  # its long's dust closes first: a trade never flips
        assert refusal(stage, 200 * WAD // 10, BOB, ETH) == "OK"

    def test_a_share_follows_what_backs_the_side(self, stage: Stage) -> None:
        """Value at the low price; deposits lift it, redemptions lower it, other assets do not matter."""
        stage.change_market(BTC, max_open_interest_share_wad=WAD // 5)
        stage.seed(0, 100 * WAD, 0, 500_000 * USDC_1)
        assert refusal(stage, 2 * WAD + EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        stage.seed(5 * BTC_1)
        assert refusal(stage, 3 * WAD) == "OK"
        stage.pool.send("redeem", BTC, 100_000 * WAD, 0, stage.address("lp"), by="lp")
        assert refusal(stage, EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        assert refusal(stage, -WAD // 2) == "OK"

    def test_a_spread_lowers_the_share(self, stage: Stage) -> None:
        """Ten BTC count 49,000 each: 98,000 USD may be open, and a long costs 51,000."""
        stage.change_market(BTC, max_open_interest_share_wad=WAD // 5)
        stage.price(BTC, 50_000 * WAD, spread=1_000 * WAD)
        assert refusal(stage, 98_000 * WAD // 51_000 + EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        assert refusal(stage, 98_000 * WAD // 51_000) == "OK"

    def test_open_interest_counts_at_cost(self, stage: Stage) -> None:
        """A price that moves opens and closes nothing."""
        stage.change_market(BTC, max_open_interest_usd_wad=100_000 * WAD)
        stage.trade(ALICE, BTC, WAD)
        stage.price(BTC, 40_000 * WAD)
        assert refusal(stage, 5 * WAD // 4, BOB) == "OK"  # 50,000 for 1.25 BTC
        assert refusal(stage, EPSILON_WAD, BOB) == "TRADE_OPEN_INTEREST_CAP"

    def test_a_side_above_its_cap_may_only_shrink(self, stage: Stage) -> None:
        stage.trade(ALICE, BTC, 4 * WAD)
        stage.change_market(BTC, max_open_interest_usd_wad=100_000 * WAD)
        assert refusal(stage, EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        assert refusal(stage, -EPSILON_WAD) == "OK"
        assert refusal(stage, -3 * WAD) == "OK"
        assert refusal(stage, EPSILON_WAD) == "OK"


class TestDepth:
    """No more than a share of the depth of the coin that a market follows: two thousandths of fifty millions here."""

    @pytest.fixture
    def stage(self) -> Stage:
        depths = (f"asset.{symbol}.depth_usd=50_000_000" for symbol in ("BTC", "ETH", "SOL"))
        stage = open_stage("open_interest_depth_share=0.002", *depths)
        stage.change_market(BTC, min_position_usd_wad=0)
        stage.deposit(ALICE, USDC, 40 * THOUSAND)
        stage.deposit(BOB, USDC, 50 * THOUSAND)
        return stage

    @pytest.mark.parametrize("sign", [1, -1])
    def test_a_side_reaches_that_share_and_does_not_exceed_it(self, stage: Stage, sign: int) -> None:
        assert refusal(stage, sign * 2 * WAD + sign * EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        assert refusal(stage, sign * 2 * WAD) == "OK"

    def test_it_follows_the_depth_of_that_coin_alone(self, stage: Stage) -> None:
        stage.change_asset(ETH, depth_usd_wad=WAD)
        assert refusal(stage, 2 * WAD) == "OK"
        stage.change_asset(BTC, depth_usd_wad=25_000_000 * WAD)
        assert refusal(stage, EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        assert refusal(stage, -WAD) == "OK"

    def test_an_account_s_share_is_of_what_binds(self, stage: Stage) -> None:
        stage.change_market(BTC, max_account_share_wad=WAD // 2)
        assert refusal(stage, WAD + EPSILON_WAD) == "TRADE_ACCOUNT_CAP"
        assert refusal(stage, WAD) == "OK"

    def test_the_lower_cap_binds(self, stage: Stage) -> None:
        stage.change_market(BTC, max_open_interest_usd_wad=50_000 * WAD)
        assert refusal(stage, WAD + EPSILON_WAD) == "TRADE_OPEN_INTEREST_CAP"
        assert refusal(stage, WAD) == "OK"


class TestAccountShare:
    """One account may take a share of a side's cap, whatever its margin would carry."""

    @refuses("trade", "TRADE_ACCOUNT_CAP")
    @pytest.mark.parametrize("sign", [1, -1])
    def test_an_account_reaches_its_share_and_does_not_exceed_it(self, stage: Stage, sign: int) -> None:
        stage.change_market(BTC, max_open_interest_usd_wad=200_000 * WAD, max_account_share_wad=WAD // 4)
        assert refusal(stage, sign * (WAD + EPSILON_WAD)) == "TRADE_ACCOUNT_CAP"
        assert refusal(stage, sign * WAD) == "OK"
        assert refusal(stage, sign * EPSILON_WAD) == "TRADE_ACCOUNT_CAP"
        assert refusal(stage, sign * WAD, BOB) == "OK"

    def test_it_is_a_share_of_the_cap_that_binds(self, stage: Stage) -> None:
        stage.change_market(BTC, max_open_interest_share_wad=WAD // 5, max_account_share_wad=WAD // 2)
        assert refusal(stage, WAD + EPSILON_WAD) == "TRADE_ACCOUNT_CAP"
        assert refusal(stage, WAD) == "OK"

    def test_an_account_above_its_share_may_shrink(self, stage: Stage) -> None:
        stage.trade(ALICE, BTC, 2 * WAD)
        stage.change_market(BTC, max_open_interest_usd_wad=200_000 * WAD, max_account_share_wad=WAD // 4)
        assert refusal(stage, -WAD // 2) == "OK"
        assert refusal(stage, EPSILON_WAD) == "TRADE_ACCOUNT_CAP"


class TestProfitCap:
    """At 100,000 the longs' profit counts at most 2.5 % of 10 BTC: 25,000 USD."""

    @pytest.fixture
    def stage(self, stage: Stage) -> Stage:
        stage.change_market(BTC, max_profit_share_wad=25 * WAD // 1_000)
        stage.trade(ALICE, BTC, 3 * WAD // 4)
        stage.trade(BOB, BTC, WAD // 4)
        stage.price(BTC, 100_000 * WAD)
        return stage

    def test_a_single_close_is_paid_the_share_that_the_cap_leaves(self, stage: Stage) -> None:
        """Half of a profit of 37,500, in BTC."""
        fill = stage.trade(ALICE, BTC, -3 * WAD // 4).returned
        assert fill.settled_usd_wad == 18_750 * WAD
        assert stage.collateral(ALICE, BTC) == 18_750_000

    def test_every_winner_is_offered_the_same_share(self, stage: Stage) -> None:
        for account, profit_usd in ((ALICE, 37_500), (BOB, 12_500)):
            mark = stage.chain.snapshot(0)
            size = stage.market.read("positions", account, BTC).size_wad
            assert stage.trade(account, BTC, -size).returned.settled_usd_wad == profit_usd * WAD // 2
            stage.chain.revert(0, mark)

    def test_equity_counts_what_would_be_paid(self, stage: Stage) -> None:
        health = stage.market.read("health", ALICE)
        assert health.equity == 50_000 * WAD + 18_750 * WAD
        assert health.free == 50_000 * WAD

    def test_the_only_winner_closes_whole_at_no_cost_to_those_who_hold_shares(self, stage: Stage) -> None:
        """What it is paid is what the cap had already counted."""
        stage.price(BTC, 50_000 * WAD)
        stage.trade(BOB, BTC, -WAD // 4)
        stage.price(BTC, 100_000 * WAD)
        before = stage.market.read("aum")
        assert stage.trade(ALICE, BTC, -3 * WAD // 4).returned.settled_usd_wad == 25_000 * WAD
        assert stage.market.read("aum").mid == before.mid

    @pytest.mark.parametrize("pieces", [1, 2, 10])
    def test_who_closes_last_or_in_pieces_gets_more_and_never_more_than_was_earned(
        self, stage: Stage, pieces: int
    ) -> None:
        """GMX v2's rule: the cap bounds what counts at one moment. Shares lose what is paid beyond it, and no more."""
        before, paid = stage.market.read("aum").mid, []
        for account, earned_usd in ((ALICE, 37_500), (BOB, 12_500)):
            size = stage.market.read("positions", account, BTC).size_wad
            settled = [stage.trade(account, BTC, -size // pieces).returned.settled_usd_wad for _ in range(pieces)]
            assert earned_usd * WAD // 2 <= sum(settled) <= earned_usd * WAD
            paid.append(sum(settled))
        assert paid[1] * 3 > paid[0]  # Bob left last
        lost = before - stage.market.read("aum").mid
        assert abs(lost - (sum(paid) - 25_000 * WAD)) <= pieces * WAD // 100

    def test_below_the_cap_profits_are_whole(self, stage: Stage) -> None:
        """12,500 at 62,500, and 15,625 would be the cap."""
        stage.price(BTC, 62_500 * WAD)
        assert stage.trade(BOB, BTC, -WAD // 4).returned.settled_usd_wad == 3_125 * WAD

    def test_losses_are_never_capped(self, stage: Stage) -> None:
        stage.price(BTC, 25_000 * WAD)
        assert stage.trade(BOB, BTC, -WAD // 4).returned.settled_usd_wad == -6_250 * WAD

    def test_a_side_has_its_own_cap(self, stage: Stage) -> None:
        """The short's backing is 500,000 USDC: 12,500 USD, and it has earned 10,000."""
        stage.price(BTC, 50_000 * WAD)
        stage.trade(BOB, BTC, -WAD // 4)
        stage.trade(BOB, BTC, -WAD)
        stage.price(BTC, 40_000 * WAD)
        assert stage.trade(BOB, BTC, WAD).returned.settled_usd_wad == 10_000 * WAD

    def test_a_liquidation_pays_out_no_more_either(self, stage: Stage) -> None:
        """Alice loses on ETH more than her capped profit and her cash are worth."""
        stage.trade(ALICE, ETH, 150 * WAD)
        stage.price(ETH, 2_045 * WAD)  # -68,250 of 50,000 + 18,750: 500 are left of 16,000 needed
        events = stage.liquidator.send("liquidate", ALICE, 8, by="keeper").events
        fills = {e.fields["market"]: Fill(*e.fields["fill"]) for e in events if e.name == "Traded"}
        assert fills[BTC].settled_usd_wad == fills[BTC].paid_usd_wad == 18_750 * WAD
        assert stage.market.read("health", ALICE).equity == 500 * WAD


def test_a_worthless_pool_pays_no_profit(stage: Stage) -> None:
    """The cap of nothing is nothing: no division, no panic."""
    stage.trade(ALICE, BTC, WAD)
    stage.change_market(BTC, max_profit_share_wad=0)
    stage.price(BTC, 60_000 * WAD)
    assert stage.trade(ALICE, BTC, -WAD).returned.settled_usd_wad == 0


def test_caps_leave_the_pool_s_own_limits_alone(stage: Stage) -> None:
    """Reserves bind before a cap that is wider than the pool."""
    limit(stage, max_aum_usd_wad=MAX_UINT)
    stage.deposit(ALICE, USDC, 100 * THOUSAND)
    assert refusal(stage, 10 * WAD + EPSILON_WAD) == "POOL_RESERVED"
    assert refusal(stage, 10 * WAD) == "OK"
    exposure = stage.market.read("exposure", BTC)
    assert (exposure.pnl[LONG], exposure.pnl[SHORT]) == (0, 0)
