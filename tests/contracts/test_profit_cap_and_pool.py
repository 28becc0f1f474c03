"""While a profit is capped at a share of what backs it, nobody may move the backing: it would be a gift, or a theft."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.stage import ALICE, BTC, BTC_1, USDC, USDC_1, WAD, Stage

POOL_BTC = 10


@pytest.fixture
def stage() -> Stage:
    """Longs may win half of 10 BTC; Alice is long 8 from 50,000."""
    stage = Stage("market.BTC.max_profit_share=0.5")
    stage.seed(POOL_BTC * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 100_000 * USDC_1)
    stage.trade(ALICE, BTC, 8 * WAD)
    return stage


def refusal(stage: Stage, verb: str) -> str:
    lp = stage.address("lp")
    arguments = {
        "mint": (BTC, BTC_1 // 10**4, 0, lp),
        "redeem": (USDC, 1_000 * WAD, 0, lp),
        "swap": (USDC, BTC, 10 * USDC_1, 0, lp),
    }[verb]
    return stage.pool.refusal(verb, *arguments, by="lp")


@refuses("mint", "POOL_PROFIT_CAPPED")
@refuses("redeem", "POOL_PROFIT_CAPPED")
@refuses("swap", "POOL_PROFIT_CAPPED")
@pytest.mark.parametrize("verb", ["mint", "redeem", "swap"])
def test_the_pool_is_closed_near_the_cap_and_open_below(stage: Stage, verb: str) -> None:
    # Profit 8 * (p - 50,000), cap 5 * p: equal at 133,333; 95 % of the cap is reached at 123,077.
    for usd, said in ((123_000, "OK"), (123_100, "POOL_PROFIT_CAPPED"), (200_000, "POOL_PROFIT_CAPPED")):
        stage.price(BTC, usd * WAD)
        stage.advance(1)
        assert refusal(stage, verb) == said, usd


@pytest.mark.parametrize("verb", ["redeem", "swap"])
def test_what_would_bring_a_side_to_its_cap_is_refused(stage: Stage, verb: str) -> None:
    """Longs have reserved 8 of 10 BTC: taking out one and a half lowers their cap below their profit."""
    stage.price(BTC, 115_000 * WAD)
    lp = stage.address("lp")
    taken = {"redeem": (BTC, 150_000 * WAD, 0, lp), "swap": (USDC, BTC, 172_500 * USDC_1, 0, lp)}[verb]
    assert stage.pool.refusal(verb, *taken, by="lp") == "POOL_PROFIT_CAPPED"


def test_a_market_without_a_cap_closes_nothing() -> None:
    stage = Stage()
    stage.seed(POOL_BTC * BTC_1, 0, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 100_000 * USDC_1)
    stage.trade(ALICE, BTC, 8 * WAD)
    stage.price(BTC, 200_000 * WAD)
    for verb in ("mint", "redeem", "swap"):
        assert refusal(stage, verb) == "OK"


def test_a_winner_gets_nothing_out_of_a_deposit(stage: Stage) -> None:
    """A deposit of the backing asset would raise the cap: 1.5M of it, some 200,000 for the winner."""
    stage.price(BTC, 150_000 * WAD)
    before = stage.market.read("health", ALICE).equity
    assert refusal(stage, "mint") == "POOL_PROFIT_CAPPED"
    assert stage.market.read("health", ALICE).equity == before
