"""What Market lets its trade desk do: it says a price and a size, and is not believed beyond that."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.stage import ALICE, BOB, BTC, BTC_1, LONG, USDC, USDC_1, WAD, Stage
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def stage() -> Stage:
    """A pool of 10 BTC and 500,000 USDC; Alice has 10,000 USDC behind 1 BTC long, Bob 10,000 USDC."""
    return opened()


def opened(*overrides: str) -> Stage:
    stage = Stage(*overrides)
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    for account in (ALICE, BOB):
        stage.deposit(account, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    return stage


def refusal(stage: Stage, account: int, size_wad: int, price_usd: int = 50_000, is_forced: bool = False) -> str:
    words = (account, BTC, size_wad, price_usd * WAD, now_wad(stage), is_forced)
    return stage.market.refusal("settle", *words, by="desk")


def now_wad(stage: Stage) -> int:
    """What the oracle says of BTC; it knows no spread here."""
    price: int = stage.oracle.read("prices")[BTC].mid
    return price


@happy("settle")
def test_it_changes_a_position_at_the_price_that_the_desk_says(stage: Stage) -> None:
    done = stage.market.send("settle", BOB, BTC, -WAD, 50_000 * WAD, 50_000 * WAD, False, by="desk").returned
    assert (done.size_delta_wad, done.price_wad) == (-WAD, 50_000 * WAD)
    assert stage.market.read("positions", BOB, BTC).size_wad == -WAD
    assert stage.market.read("positions", BOB, BTC).cost_usd_wad == 50_000 * WAD


def test_what_a_price_is_worse_is_kept_and_what_it_is_better_is_paid_out_of_that_alone(stage: Stage) -> None:
    stage.change_market(BTC, impact_pool_share_wad=WAD)
    assert refusal(stage, BOB, WAD // 10, 49_000) == "POLICY_IMPACT_TOO_HIGH"  # nobody has paid for it
    assert refusal(stage, BOB, WAD // 10, 51_000) == "OK"
    assert stage.market.read("clocks", BTC).impact_pool_usd_wad == 100 * WAD
    assert refusal(stage, BOB, WAD // 10, 48_999) == "POLICY_IMPACT_TOO_HIGH"
    assert refusal(stage, BOB, WAD // 10, 49_000) == "OK"
    assert stage.market.read("clocks", BTC).impact_pool_usd_wad == 0


@refuses("settle", "POLICY_IMPACT_TOO_HIGH")
def test_no_price_is_further_from_the_oracles_than_a_tenth(stage: Stage) -> None:
    assert refusal(stage, BOB, -WAD // 10, 44_999) == "POLICY_IMPACT_TOO_HIGH"
    assert refusal(stage, BOB, -WAD // 10, 45_000) == "OK"


@refuses("settle", "TRADE_REDUCE_ONLY")
@pytest.mark.parametrize(("account", "size_wad"), [(BOB, WAD), (BOB, -WAD), (ALICE, WAD)])
def test_nothing_is_opened_by_force(stage: Stage, account: int, size_wad: int) -> None:
    assert refusal(stage, account, size_wad, is_forced=True) == "TRADE_REDUCE_ONLY"


@refuses("settle", "MARGIN_BELOW_INITIAL")
@refuses("settle", "POOL_RESERVED")
def test_what_grows_needs_margin_and_a_reserve(stage: Stage) -> None:
    assert refusal(stage, BOB, 3 * WAD) == "MARGIN_BELOW_INITIAL"
    stage.deposit(BOB, USDC, 500_000 * USDC_1)
    assert refusal(stage, BOB, 10 * WAD) == "POOL_RESERVED"


@refuses("settle", "TRADE_LOSS_UNPAID")
@refuses("settle", "MARGIN_BELOW_MAINTENANCE")
@refuses("settle", "POLICY_MARGIN_CROSSED")
def test_what_is_reduced_by_its_owner_pays_and_does_not_end_worse(stage: Stage) -> None:
    stage.rude("margin", WAD, 2 * WAD)
    assert refusal(stage, ALICE, -WAD // 2) == "POLICY_MARGIN_CROSSED"
    stage.rude("margin", 9_000 * WAD, 9_000 * WAD)  # whatever is left
    stage.change_market(BTC, trade_fee_wad=WAD // 10)
    assert refusal(stage, ALICE, -WAD // 2) == "MARGIN_BELOW_MAINTENANCE"
    stage.price(BTC, 39_000 * WAD)
    assert refusal(stage, ALICE, -WAD, 39_000) == "TRADE_LOSS_UNPAID"


def test_a_fee_is_the_markets_own(stage: Stage) -> None:
    stage.change_market(BTC, trade_fee_wad=WAD // 100)
    done = stage.market.send("settle", BOB, BTC, WAD, 50_000 * WAD, 50_000 * WAD, False, by="desk").returned
    assert done.fee_usd_wad == 500 * WAD
    forced = stage.market.send("settle", BOB, BTC, -WAD, 50_000 * WAD, 50_000 * WAD, True, by="desk").returned
    assert forced.fee_usd_wad == 0


@refuses("settle", "TRADE_PRICE_UNKNOWN")
@pytest.mark.parametrize("size_wad", [WAD // 10, -WAD // 10])
def test_a_base_is_the_price_of_now_or_one_that_the_oracle_remembers(stage: Stage, size_wad: int) -> None:
    stage.oracle.send("set_first", BTC, (49_400 * WAD, 49_500 * WAD, 49_600 * WAD, stage.time_s, 0), by="admin")
    edge = 49_600 if size_wad > 0 else 49_400
    for base_usd in (50_000, edge, edge + 1, 49_500):
        words = (BOB, BTC, size_wad, base_usd * WAD, base_usd * WAD, False)
        answer = "OK" if base_usd in (50_000, edge) else "TRADE_PRICE_UNKNOWN"
        assert stage.market.refusal("settle", *words, by="desk") == answer


#: What the oracle of the stage below remembers beside the price of now.
REMEMBERED_USD = 49_500


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    size_wad=st.integers(-12 * WAD, 12 * WAD),
    price_wad=st.integers(0, 2**128) | st.integers(45_000 * WAD, 55_000 * WAD),
    base_wad=st.integers(0, 2**128) | st.sampled_from([50_000 * WAD, REMEMBERED_USD * WAD]),
    is_forced=st.booleans(),
    account=st.sampled_from([ALICE, BOB]),
)
def test_whatever_the_desk_says_the_books_stay_whole_and_the_shares_keep_their_value(
    size_wad: int, price_wad: int, base_wad: int, is_forced: bool, account: int
) -> None:
    """
    Nobody gains at the shareholders' cost but by what the market moved since a price that the oracle still remembers: a
    better price than that one is paid for by who had a worse one.
    """
    stage = opened("market.BTC.impact_pool_share=1")
    remembered = (REMEMBERED_USD * WAD,) * 3
    stage.oracle.send("set_first", BTC, (*remembered, stage.time_s, 0), by="admin")
    before = stage.market.read("aum")
    answer = stage.market.refusal("settle", account, BTC, size_wad, price_wad, base_wad, is_forced, by="desk")
    after = stage.market.read("aum")
    moved = abs(size_wad) * (50_000 - REMEMBERED_USD) if base_wad == REMEMBERED_USD * WAD else 0
    assert after.low + 10**10 * 50_000 + moved >= before.low  # a unit of BTC for rounding
    assert answer != "OK" or base_wad in (50_000 * WAD, REMEMBERED_USD * WAD)
    sizes = [stage.market.read("positions", each, BTC).size_wad for each in (ALICE, BOB)]
    sides = [stage.market.read("sides", BTC, side).size_wad for side in range(2)]
    assert sides == [sum(max(size, 0) for size in sizes), sum(max(-size, 0) for size in sizes)]


# ------------------------------------------------------------------ time and memory


@happy("advance")
def test_only_market_lets_time_pass_for_its_rules(stage: Stage) -> None:
    look = (BTC, BTC, 60, 50_000 * WAD, (WAD, 0), (WAD // 10, 0), (0, 0), (500_000 * WAD, 500_000 * WAD))
    growth, closed = stage.rates.send("advance", look, by="market").returned
    assert (list(growth.borrow_wad), list(growth.funding_wad), closed) == ([0, 0], [0, 0], 0)


@happy("desk.set_policy")
@happy("rates.set_policy")
@happy("pool.set_policy")
@happy("liquidator.set_policy")
@pytest.mark.parametrize("slot", ["weight_fee", "borrow_rate", "funding_rate", "price_impact", "deleverage", "circuit"])
def test_whoever_asks_a_rule_holds_its_name(stage: Stage, slot: str) -> None:
    policy = stage.rude(slot)
    holders = [stage.market, stage.desk, stage.rates, stage.pool, stage.liquidator]
    assert sum(policy.address in [each.read("policy_of", i) for i in range(8)] for each in holders) == 1


@pytest.mark.parametrize(
    ("slot", "number", "answer", "contract"),
    [
        ("borrow_rate", 1, (0, 0, 77), "rates"),
        ("funding_rate", 2, (0, 77), "rates"),
        ("circuit", 7, (0, 77), "rates"),
        ("price_impact", 3, (50_000 * WAD, 77), "desk"),
    ],
)
def test_a_new_rule_begins_without_the_memory_of_the_old_one(
    stage: Stage, slot: str, number: int, answer: tuple[int, ...], contract: str
) -> None:
    stage.rude(slot, *answer)
    stage.advance(60)
    stage.trade(ALICE, BTC, WAD // 100)
    holder = getattr(stage, contract)
    assert holder.read("memo_of", number, BTC) == 77
    first = stage.holder_of(number).read("policy_of", number)
    stage.govern(contract, "set_policy", number, stage.deploy("mocks/RudePolicy.vy", [0] * 12).address)
    assert holder.read("memo_of", number, BTC) == 0
    stage.govern(contract, "set_policy", number, first)  # the old one again: what it knew is out of date
    assert holder.read("memo_of", number, BTC) == 0


def partly_liquidated(stage: Stage) -> None:
    """A rule that closes a tenth and remembers 77."""
    stage.rude("liquidation", BTC, WAD // 10, 0, 0, 0, 0, 0, 0, 0, 77)
    stage.price(BTC, 40_500 * WAD)
    stage.liquidate(ALICE)


def remembered(stage: Stage) -> int:
    return stage.liquidator.read("memo_of", ALICE)


def test_what_a_liquidation_rule_remembers_ends_with_the_rule(stage: Stage) -> None:
    partly_liquidated(stage)
    assert remembered(stage) == 77
    rule = stage.liquidator.read("policy_of", 5)
    stage.govern("liquidator", "set_policy", 5, stage.deploy("mocks/RudePolicy.vy", [0] * 12).address)
    assert remembered(stage) == 0
    stage.govern("liquidator", "set_policy", 5, rule)
    assert remembered(stage) == 0


def test_what_a_liquidation_rule_remembers_ends_with_the_life_of_the_account(stage: Stage) -> None:
    partly_liquidated(stage)
    stage.trade(ALICE, BTC, -WAD)
    stage.price(BTC, 50_000 * WAD)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD // 10)
    assert remembered(stage) == 0
    assert stage.market.read("sides", BTC, LONG).size_wad == WAD // 10
