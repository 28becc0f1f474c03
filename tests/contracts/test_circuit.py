"""The circuit breaker as Market uses it: asked once a block and price, able to close some verbs, not the others."""

from __future__ import annotations

from random import Random

import pytest
from contracts.orders import BLOCK_S, STOP, block, open_stage, order, place, refusal_to_execute
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    BTC_1,
    CAROL,
    DAVE,
    ETH,
    KEEPER,
    LONG,
    MAX_UINT,
    USDC,
    USDC_1,
    WAD,
    Receipt,
    Stage,
    event,
)
from contracts.winners import named

PRICE_MOVE = "policies/circuit/PriceMoveCircuit.vy"
PROFIT_RATIO = "policies/circuit/ProfitRatioCircuit.vy"
MINT, REDEEM, SWAP, INCREASE, DECREASE, WITHDRAW = range(6)
CLOSABLE = 1 << MINT | 1 << REDEEM | 1 << SWAP | 1 << INCREASE | 1 << WITHDRAW
EVERYTHING = 2**255 - 1
CIRCUIT = 7  # slot
CLOSED = "ACCESS_CLOSED_BY_CIRCUIT"
PERCENT = WAD // 100


@pytest.fixture
def stage() -> Stage:
    """Alice is long BTC, Bob holds nothing, Carol is a dollar short of her margin if BTC falls to 45,900."""
    stage = open_stage()
    stage.deposit(ALICE, USDC, 30_000 * USDC_1)
    stage.deposit(BOB, USDC, 10_000 * USDC_1)
    stage.deposit(CAROL, USDC, 5_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(CAROL, BTC, WAD)
    return stage


def closed(stage: Stage, m: int = BTC) -> int:
    """Verbs that a market's circuit closes."""
    bitmap: int = stage.market.read("clocks", m).closed
    return bitmap


def test_a_market_that_concerns_nobody_closes_nothing_of_the_pool() -> None:
    """ETH is in no pool, and nobody is in its market; BTC is in the pool."""
    stage = Stage()
    stage.seed(10 * BTC_1, 0, 0, 500_000 * USDC_1)
    lp, mint = stage.address("lp"), ("mint", USDC, USDC_1, 0)
    stage.fill("circuit", PRICE_MOVE, [10 * PERCENT] * 8, [5 * PERCENT] * 8, 120, 60)
    for usd in ({}, {ETH: 1_000}):
        block(stage, usd)
        stage.market.send("accrue", by="stranger")
    assert (closed(stage, ETH), closed(stage)) == (CLOSABLE, 0)
    assert stage.pool.read("aum").closed == 0
    assert stage.pool.refusal(*mint, lp, by="lp") == "OK"
    stage.deposit(BOB, USDC, 10_000 * USDC_1)
    block(stage, {ETH: 1_000, BTC: 20_000})
    assert stage.pool.refusal(*mint, lp, by="lp") == CLOSED


def test_margin_leaves_whatever_moves_in_markets_where_its_account_has_nothing(stage: Stage) -> None:
    """ETH has moved. Alice has BTC; Bob has ETH, until he closes it."""
    stage.fill("circuit", PRICE_MOVE, [10 * PERCENT] * 8, [5 * PERCENT] * 8, 120, 60)
    stage.deposit(BOB, USDC, 10_000 * USDC_1)
    stage.trade(BOB, ETH, WAD)
    for usd in ({}, {ETH: 2_200}):
        block(stage, usd)
        stage.market.send("accrue", by="stranger")
    assert (closed(stage, ETH), closed(stage)) == (CLOSABLE, 0)
    lp = stage.address("lp")
    for account, answer in ((ALICE, "OK"), (BOB, CLOSED)):
        assert stage.market.refusal("withdraw_collateral", account, USDC, 1, lp, by="trader") == answer
    stage.trade(BOB, ETH, -WAD)
    assert stage.market.refusal("withdraw_collateral", BOB, USDC, 1, lp, by="trader") == "OK"


def fall(stage: Stage) -> Receipt:
    """Let the circuit see a block at 50,000, and then one at 46,000."""
    for usd in (50_000, 46_000):
        block(stage, {BTC: usd})
        receipt = stage.market.send("accrue", by="stranger")
    return receipt


def attempts(stage: Stage) -> dict[str, str]:
    """What each verb is answered."""
    market, pool, lp = stage.market, stage.pool, stage.address("lp")
    return {
        "mint": pool.refusal("mint", USDC, USDC_1, 0, lp, by="lp"),
        "redeem": pool.refusal("redeem", USDC, WAD, 0, lp, by="lp"),
        "swap": pool.refusal("swap", USDC, BTC, USDC_1, 0, lp, by="lp"),
        "increase": stage.desk.refusal("trade", ALICE, BTC, WAD // 100, MAX_UINT, by="trader"),
        "increase elsewhere": stage.desk.refusal("trade", ALICE, ETH, WAD, MAX_UINT, by="trader"),
        "withdraw": market.refusal("withdraw_collateral", ALICE, USDC, 1, lp, by="trader"),
        "decrease": stage.desk.refusal("trade", ALICE, BTC, -WAD // 100, 0, by="trader"),
        "withdraw without": market.refusal("withdraw_collateral", BOB, USDC, 1, lp, by="trader"),
        "deposit": market.refusal("deposit_collateral", ALICE, USDC, 1, by="trader"),
    }


@pytest.mark.parametrize(
    ("word", "refused"),
    [
        (0, ()),
        (1 << MINT, ("mint",)),
        (1 << REDEEM, ("redeem",)),
        (1 << SWAP, ("swap",)),
        (1 << WITHDRAW, ("withdraw",)),
        (CLOSABLE, ("mint", "redeem", "swap", "increase", "increase elsewhere", "withdraw")),
        (EVERYTHING, ("mint", "redeem", "swap", "increase", "increase elsewhere", "withdraw")),
        (EVERYTHING - CLOSABLE, ()),
    ],
)
def test_a_circuit_closes_what_it_may_and_nothing_else(stage: Stage, word: int, refused: tuple[str, ...]) -> None:
    """Exits, deposits and what belongs to an account without positions stay open whatever a policy answers."""
    stage.rude("circuit", word)
    block(stage)
    assert attempts(stage) == {verb: CLOSED if verb in refused else "OK" for verb in attempts(stage)}
    assert closed(stage) == word & CLOSABLE


def test_liquidation_and_deleveraging_stay_open(stage: Stage) -> None:
    stage.deposit(DAVE, USDC, 10_000 * USDC_1)
    stage.trade(DAVE, BTC, -WAD)
    stage.rude("circuit", EVERYTHING)
    stage.rude("deleverage", WAD, 0, 7, WAD)
    block(stage, {BTC: 45_900})
    assert stage.liquidator.refusal("liquidate", CAROL, KEEPER, by="keeper") == "OK"
    assert stage.liquidator.refusal("deleverage", BTC, 1, named(DAVE), by="keeper") == "OK"
    assert closed(stage) == CLOSABLE


def test_a_market_closes_its_own_growth_and_what_is_done_at_the_pool_s_value(stage: Stage) -> None:
    """BTC runs away: ETH may still be traded, shares may not, nor may margin leave."""
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [PERCENT] * 8, 600, 60)
    fall(stage)
    assert (closed(stage, BTC), closed(stage, ETH)) == (CLOSABLE, 0)
    answers = attempts(stage)
    assert (answers["increase"], answers["increase elsewhere"]) == (CLOSED, "OK")
    assert {answers[verb] for verb in ("mint", "redeem", "swap", "withdraw")} == {CLOSED}
    assert {answers[verb] for verb in ("decrease", "deposit", "withdraw without")} == {"OK"}


def test_the_circuit_is_asked_with_the_first_accrual_of_a_block_and_at_each_price(stage: Stage) -> None:
    """Profit of 4,000 on 540,000 is 0.7 %: above the ratio, and it falls below it and rises again within a block."""
    stage.fill("circuit", PROFIT_RATIO, PERCENT // 2, 0, 0)
    assert closed(stage) == 0  # whoever fills the slot has accrued in this block
    block(stage, {BTC: 54_000})
    receipt = stage.market.send("accrue", by="stranger")
    assert event("CircuitChanged", market=BTC, closed=1 << MINT) in receipt.events
    stage.price(BTC, 50_000 * WAD)
    assert attempts(stage)["mint"] == "OK"
    stage.price(BTC, 54_000 * WAD)
    assert attempts(stage)["mint"] == CLOSED
    assert stage.market.send("accrue", by="stranger").events == ()  # nothing is new


@pytest.mark.parametrize(
    "first",
    [
        ("market", "accrue", ()),
        ("market", "assess", (ALICE,)),
        ("desk", "trade", (ALICE, BTC, -WAD // 10, 0)),
        ("market", "withdraw_collateral", (ALICE, USDC, 1, "0x" + "11" * 20)),
        ("pool", "swap", (USDC, ETH, USDC_1, 0, "0x" + "11" * 20)),
    ],
    ids=lambda first: first[1],
)
def test_whichever_verb_comes_first_asks_it(stage: Stage, first: tuple) -> None:
    stage.fill("circuit", PROFIT_RATIO, PERCENT // 2, 0, 0)
    block(stage, {BTC: 54_000})
    contract, verb, arguments = first
    by = "lp" if contract == "pool" else "trader"
    assert getattr(stage, contract).refusal(verb, *arguments, by=by) == "OK"
    assert closed(stage) == 1 << MINT


def test_a_view_asks_nothing(stage: Stage) -> None:
    stage.fill("circuit", PROFIT_RATIO, PERCENT // 2, 0, 0)
    block(stage, {BTC: 54_000})
    stage.market.read("aum")
    stage.market.read("health", ALICE)
    assert closed(stage) == 0


def test_what_the_rule_remembers_is_kept_per_market(stage: Stage) -> None:
    """The average of each market's price, in bits 0 to 103: as of the last price that a finished block left."""
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [PERCENT] * 8, 600, 60)
    stage.price(BTC, 51_000 * WAD)
    block(stage, {BTC: 51_601}, seconds=1)
    stage.market.send("accrue", by="stranger")
    block(stage, {BTC: 51_601}, seconds=1)
    stage.market.send("accrue", by="stranger")
    averages = [stage.rates.read("memo_of", CIRCUIT, m) & 2**104 - 1 for m in (BTC, ETH)]
    assert averages == [51_001 * WAD, 2_500 * WAD]  # a gap of 601, times 600 / 601


def memory_of(stage: Stage, *, calls_before: int) -> int:
    """What a new rule remembers two blocks later, if it was asked first at a price that a report then replaced."""
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [PERCENT] * 8, 600, 60)
    block(stage)
    if calls_before:
        stage.price(BTC, calls_before * WAD)
        stage.market.send("accrue", by="stranger")
        stage.price(BTC, 50_000 * WAD)
    for usd in (50_100, 50_200):
        block(stage, {BTC: usd})
        stage.market.send("accrue", by="stranger")
    memo: int = stage.rates.read("memo_of", CIRCUIT, BTC)
    return memo


@pytest.mark.parametrize("usd", [40_000, 50_000, 60_000])
def test_nobody_chooses_the_price_with_which_its_memory_begins(usd: int) -> None:
    assert memory_of(open_stage(), calls_before=usd) == memory_of(open_stage(), calls_before=0) > 0


@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_nor_when_it_begins(calls: int) -> None:
    """Whoever is the first to ask after a fall would have a rule that has not seen it."""
    stage = open_stage()
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [PERCENT] * 8, 600, 60)
    for i, usd in enumerate((50_000, 46_000, 46_000)):
        block(stage, {BTC: usd})
        if i < calls:
            stage.market.send("accrue", by="stranger")
    block(stage, {BTC: 46_000})
    stage.market.send("accrue", by="stranger")
    assert closed(stage) == CLOSABLE


def test_it_remembers_nothing_before_a_block_has_left_a_price(stage: Stage) -> None:
    stage = Stage()
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [PERCENT] * 8, 600, 60)
    stage.market.send("accrue", by="stranger")
    assert stage.rates.read("memo_of", CIRCUIT, BTC) == 0
    block(stage, {BTC: 50_500})
    stage.market.send("accrue", by="stranger")
    assert stage.rates.read("memo_of", CIRCUIT, BTC) & 2**104 - 1 == 50_000 * WAD


def test_it_opens_again_and_says_so(stage: Stage) -> None:
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [PERCENT] * 8, 600, 60)
    assert event("CircuitChanged", market=BTC, closed=CLOSABLE) in fall(stage).events
    waited, events = 0, ()
    while closed(stage):
        assert not any(each.name == "CircuitChanged" for each in events)
        block(stage, {BTC: 46_000}, seconds=60)
        waited, events = waited + 1, stage.market.send("accrue", by="stranger").events
    assert event("CircuitChanged", market=BTC, closed=0) in events
    assert 5 <= waited <= 30  # a time constant of ten minutes, from 8 % to 1 %
    assert attempts(stage)["increase"] == "OK"


def test_a_market_without_positions_is_watched_too(stage: Stage) -> None:
    for account in (ALICE, CAROL):
        stage.trade(account, BTC, -WAD)
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [PERCENT] * 8, 600, 60)
    block(stage)
    stage.market.send("accrue", by="stranger")
    block(stage, {ETH: 2_300})
    assert stage.desk.refusal("trade", ALICE, ETH, WAD, MAX_UINT, by="trader") == CLOSED
    assert closed(stage, ETH) == 0  # a refused call leaves nothing behind
    stage.market.send("accrue", by="stranger")
    assert closed(stage, ETH) == CLOSABLE


def test_the_rule_hears_each_side_s_profit_before_caps_and_what_backs_it(stage: Stage) -> None:
    """8,000 on 10 BTC at 54,000 is 1.48 %, however little of it would be paid."""
    stage.change_market(BTC, max_profit_share_wad=PERCENT // 10)
    for ratio, expected in ((148 * PERCENT // 100, 1 << MINT), (149 * PERCENT // 100, 0)):
        mark = stage.chain.snapshot(0)
        stage.fill("circuit", PROFIT_RATIO, ratio, 0, 0)
        stage.advance(1)
        stage.price(BTC, 54_000 * WAD)
        assert stage.market.read("exposure", BTC).pnl[LONG] == 8_000 * WAD
        stage.market.send("accrue", by="stranger")
        assert closed(stage) == expected
        stage.chain.revert(0, mark)


def test_orders_wait_until_it_opens(stage: Stage) -> None:
    """Those that only reduce do not have to."""
    stage.rude("circuit", CLOSABLE)
    place(stage, ALICE, order(WAD // 10, 60_000))
    place(stage, ALICE, order(-WAD // 10, 60_000, kind=STOP, is_reduce_only=True))
    block(stage)
    assert refusal_to_execute(stage, ALICE, 0) == CLOSED
    assert refusal_to_execute(stage, ALICE, 1) == "OK"


def test_closing_whole_is_possible_at_any_answer(stage: Stage) -> None:
    """The last trader gets out and takes everything along, whatever words a policy finds."""
    rng = Random(7)
    stage.rude("circuit", rng.randrange(2**255), rng.randrange(2**255))
    block(stage)
    assert stage.desk.refusal("trade", ALICE, BTC, -WAD, 0, by="trader") == "OK"
    withdrawal = ("withdraw_collateral", ALICE, USDC, stage.collateral(ALICE), stage.address("trader"))
    assert stage.market.refusal(*withdrawal, by="trader") == "OK"
    assert stage.collateral(ALICE) == 0


# ------------------------------------------------------------------ who asks first


def answers_after(usd: tuple[int, ...], *, accrues: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Verbs that are closed after each price of one block, if somebody accrues before some of them."""
    stage = open_stage()
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [2 * PERCENT] * 8, 300, 60)
    block(stage, {BTC: 50_000})
    stage.market.send("accrue", by="stranger")
    stage.advance(BLOCK_S)
    told = []
    for i, price in enumerate(usd):
        if i in accrues:
            stage.market.send("accrue", by="stranger")
        stage.price(BTC, price * WAD)
        stage.market.send("accrue", by="stranger")
        told.append(closed(stage))
    block(stage, {BTC: usd[-1]})
    stage.market.send("accrue", by="stranger")
    return (*told, closed(stage))


def test_whoever_accrues_before_the_report_of_a_block_opens_nothing() -> None:
    assert answers_after((45_000,)) == answers_after((45_000,), accrues=(0,)) == (CLOSABLE, CLOSABLE)


@pytest.mark.parametrize("accrues", [(), (0,), (1,), (0, 1)])
def test_at_a_later_price_of_a_block_it_is_asked_from_where_it_stood_before(accrues: tuple[int, ...]) -> None:
    """What it says and keeps is what it had said and kept if the last price had been the only one."""
    assert answers_after((45_000, 50_000), accrues=accrues) == (CLOSABLE, 0, 0)
    assert answers_after((50_000, 45_000), accrues=accrues)[1:] == answers_after((45_000,))


def test_a_swap_at_the_new_price_is_refused_whoever_called_before() -> None:
    stage = open_stage()
    stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [2 * PERCENT] * 8, 300, 60)
    block(stage, {BTC: 50_000})
    stage.market.send("accrue", by="stranger")
    stage.advance(BLOCK_S)
    stage.market.send("assess", ALICE, by="stranger")  # honest, and in time
    stage.price(BTC, 45_000 * WAD)
    lp = stage.address("lp")
    assert stage.pool.refusal("swap", BTC, USDC, BTC_1, 0, lp, by="lp") == CLOSED
    assert stage.pool.refusal("redeem", USDC, WAD, 0, lp, by="lp") == CLOSED


@pytest.mark.parametrize(
    "path",
    [
        ((-800, 1), (700, 1), (-300, 90)),  # bps, seconds
        ((-800, 10), (0, 10), (300, 10), (200, 90), (0, 90), (-300, 10)),
        ((700, 1), (0, 90), (0, 90), (0, 1), (-300, 90), (-300, 1), (0, 10)),
    ],
)
def test_what_is_open_depends_on_prices_and_on_nobody_s_call(path: tuple[tuple[int, int], ...]) -> None:
    """A caller in every block, or in every third, or attempts that are refused and leave nothing behind."""
    told = []
    for often in (1, 3, len(path) + 1):
        stage, usd = open_stage(), 50_000
        stage.fill("circuit", PRICE_MOVE, [5 * PERCENT] * 8, [2 * PERCENT] * 8, 120, 60)
        block(stage, {BTC: usd})
        stage.market.send("accrue", by="stranger")
        for i, (bps, seconds) in enumerate(path, 1):
            usd += usd * bps // 10_000
            block(stage, {BTC: usd}, seconds=seconds)
            if i % often == 0:
                stage.market.send("accrue", by="stranger")
            else:
                stage.pool.refusal("redeem", USDC, 1, MAX_UINT, stage.address("lp"), by="lp")
        stage.advance(5)
        stage.market.send("accrue", by="stranger")
        told.append(closed(stage))
    assert told == [told[0]] * 3
