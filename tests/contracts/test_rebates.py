"""Pool: a rebate for evening out the weights is paid out of what fees set aside before, and out of nothing else."""

from __future__ import annotations

from random import Random

import pytest
from contracts.codes import refuses
from contracts.orders import open_stage
from contracts.pools import SUPPLY, limit
from contracts.stage import BTC, BTC_1, ETH, TREASURY, USDC, USDC_1, WAD, Stage, event

PERCENT = WAD // 100
#: The share that the protocol takes of fees, and the share of the rest that is set aside.
PROTOCOL, ASIDE = WAD // 5, WAD // 2


@pytest.fixture
def stage() -> Stage:
    stage = open_stage("protocol_fee_share=0.2")
    limit(stage, rebate_share_wad=ASIDE)
    return stage


def fee(stage: Stage, wad: int) -> None:
    """Charge this share of everything; below zero it is a rebate."""
    stage.rude("weight_fee", wad)


def budget(stage: Stage) -> int:
    usd_wad: int = stage.pool.read("rebate_budget_usd_wad")
    return usd_wad


def swap(stage: Stage, usd: int = 10_000) -> tuple[int, int]:
    """Swap USDC to BTC: (units of BTC, fee in USD)."""
    arguments = (USDC, BTC, usd * USDC_1, 0, stage.address("stranger"))
    tokens, paid = stage.pool.send("swap", *arguments, by="stranger").returned
    return tokens, paid


@pytest.fixture
def funded(stage: Stage) -> Stage:
    """A swap of 10,000 USD at 1 % has set 40 USD aside."""
    fee(stage, PERCENT)
    swap(stage)
    return stage


def test_a_fee_is_shared_by_protocol_budget_and_shareholders(stage: Stage) -> None:
    fee(stage, PERCENT)
    before = stage.pool.read("aum").mid
    arguments = (USDC, BTC, 10_000 * USDC_1, 0, stage.address("stranger"))
    receipt = stage.pool.send("swap", *arguments, by="stranger")
    assert receipt.returned == (9_900 * BTC_1 // 50_000, 100 * WAD)
    assert receipt.events[0] == event("RebateBudgetMoved", delta=40 * WAD)
    assert budget(stage) == 40 * WAD
    assert stage.collateral(TREASURY, BTC) == 20 * BTC_1 // 50_000
    assert stage.pool.read("aum").mid == before + 40 * WAD


def test_the_budget_is_not_the_shareholders(funded: Stage) -> None:
    """Neither in what a share is worth nor in what leaves with it."""
    gross, net = funded.market.read("aum"), funded.pool.read("aum")
    assert [gross.low - net.low, gross.mid - net.mid, gross.high - net.high] == [40 * WAD] * 3
    fee(funded, 0)
    tokens, _ = funded.pool.send("redeem", USDC, SUPPLY // 100, 0, funded.address("lp"), by="lp").returned
    assert tokens == net.low // 100 // 10**12


@pytest.mark.parametrize("verb", ["mint", "redeem", "swap"])
def test_a_rebate_is_paid_on_top(funded: Stage, verb: str) -> None:
    """Half a per cent of 1,000 USD."""
    lp = funded.address("lp")
    arguments = {
        "mint": (USDC, 1_000 * USDC_1, 0, lp),
        "redeem": (USDC, 1_000 * WAD, 0, lp),
        "swap": (ETH, USDC, 2 * WAD // 5, 0, lp),
    }[verb]
    fee(funded, 0)
    mark = funded.chain.snapshot(0)
    (plain, none), rate = funded.pool.send(verb, *arguments, by="lp").returned, -PERCENT // 2
    funded.chain.revert(0, mark)
    fee(funded, rate)
    receipt = funded.pool.send(verb, *arguments, by="lp")
    more, paid = receipt.returned
    assert none == 0
    assert abs(paid + 5 * WAD) <= 40 * WAD // 1_000  # a share is worth a little more than a dollar
    assert abs(more * WAD - plain * (WAD - rate)) <= 2 * WAD
    assert event("RebateBudgetMoved", delta=paid) in receipt.events
    assert budget(funded) == 40 * WAD + paid


def test_a_rebate_never_exceeds_what_was_set_aside(funded: Stage) -> None:
    fee(funded, -10 * PERCENT)  # 1,000 USD of 10,000
    assert swap(funded) == (10_040 * BTC_1 // 50_000, -40 * WAD)
    assert budget(funded) == 0
    assert swap(funded) == (10_000 * BTC_1 // 50_000, 0)


def test_without_a_budget_there_is_no_rebate(stage: Stage) -> None:
    fee(stage, -PERCENT)
    tokens, paid = swap(stage)
    assert (tokens, paid) == (10_000 * BTC_1 // 50_000, 0)
    assert not any(each.name == "RebateBudgetMoved" for each in stage.logged())


@pytest.mark.parametrize("share_wad", [0, WAD])
def test_the_design_says_how_much_is_set_aside(stage: Stage, share_wad: int) -> None:
    limit(stage, rebate_share_wad=share_wad)
    fee(stage, PERCENT)
    swap(stage)
    assert budget(stage) == (80 * WAD if share_wad else 0)


def test_what_was_set_aside_remains_when_nothing_more_is(funded: Stage) -> None:
    limit(funded, rebate_share_wad=0)
    fee(funded, -PERCENT // 10)
    assert swap(funded)[1] == -10 * WAD


@refuses("swap", "POLICY_FEE_TOO_HIGH")
@pytest.mark.parametrize(("wad", "answer"), [(10 * PERCENT, "OK"), (-10 * PERCENT, "OK"), (10 * PERCENT + 1, "")])
def test_fees_and_rebates_above_a_tenth_are_refused(funded: Stage, wad: int, answer: str) -> None:
    for rate in (wad, -wad):
        fee(funded, rate)
        arguments = (USDC, BTC, USDC_1, 0, funded.address("stranger"))
        assert funded.pool.refusal("swap", *arguments, by="stranger") == (answer or "POLICY_FEE_TOO_HIGH")


def test_the_least_number_there_is_cannot_break_the_bound(funded: Stage) -> None:
    fee(funded, -(2**255))
    arguments = (USDC, BTC, USDC_1, 0, funded.address("stranger"))
    assert funded.pool.refusal("swap", *arguments, by="stranger") == "POLICY_FEE_TOO_HIGH"


@pytest.mark.parametrize("seed", range(6))
def test_no_sequence_of_fees_and_rebates_costs_those_who_hold_shares(stage: Stage, seed: int) -> None:
    """LP-04, SW-05: what is paid out was paid in, whoever goes round in circles."""
    rng = Random(seed)
    stranger, paid_in, paid_out = stage.address("stranger"), 0, 0
    for _ in range(25):
        fee(stage, rng.choice((PERCENT, PERCENT // 3, -PERCENT // 2, -10 * PERCENT)))
        before, supply = stage.pool.read("aum"), stage.pool.read("totalSupply")
        k, j = rng.sample((BTC, ETH, USDC), 2)
        units = {BTC: BTC_1 // 50, ETH: WAD // 2, USDC: 1_000 * USDC_1}[k] * rng.randrange(1, 9)
        verb, arguments = rng.choice(
            [
                ("mint", (k, units, 0, stranger)),
                ("swap", (k, j, units, 0, stranger)),
                ("redeem", (k, stage.pool.read("balanceOf", stranger) // 2, 0, stranger)),
            ]
        )
        status, returned = stage.pool.attempt(verb, *arguments, by="stranger")
        if status != "OK":
            assert verb == "redeem"  # nothing minted yet
            continue
        paid_in, paid_out = paid_in + max(returned[1], 0), paid_out - min(returned[1], 0)
        after, supply_after = stage.pool.read("aum"), stage.pool.read("totalSupply")
        assert (after.low + 8) * supply >= before.low * supply_after
    assert 0 < paid_out <= paid_in * 4 // 10
    assert budget(stage) <= paid_in * 4 // 10 - paid_out
