"""Where orders execute after the request an owner sees the price of his: what he does then is no choice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contracts.codes import refuses
from contracts.orders import BLOCK_S, LIMIT, RELEASED, STOP, block, execute, order, place, refusal_to_execute
from contracts.requests import LIFE_S, MARKET, REWARD, THOUSAND, WAIT_S, entered, first, opened, request
from contracts.stage import (
    ALICE,
    BTC,
    ETH,
    ETH_1,
    HALTED,
    INSURANCE,
    KEEPER,
    SOL,
    SOL_1,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
    event,
)


@pytest.fixture
def stage() -> Stage:
    return opened()


def test_a_market_order_that_has_its_price_cannot_be_withdrawn_from_who_executes_it(stage: Stage) -> None:
    """Nobody came for it: its owner would cancel or execute it, as he sees fit."""
    for _ in range(2):
        place(stage, ALICE, request(WAD // 2))
    block(stage, seconds=WAIT_S)
    for slot in range(2):
        receipt = stage.order_book.send("cancel", ALICE, slot, by="trader")
        ends_at_s = stage.time_s + WAIT_S
        assert receipt.events == (event("OrderEnding", account=ALICE, slot=slot, expires_at_s=ends_at_s),)
    block(stage, {BTC: 49_500}, seconds=WAIT_S - 1)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == WAD // 2
    block(stage, seconds=1)
    assert refusal_to_execute(stage, ALICE, 1) == "ORDER_EXPIRED"
    stage.order_book.send("cancel", ALICE, 1, by="stranger")
    assert stage.order_book.read("open_orders", ALICE) == 0


@pytest.mark.parametrize("feed", [BTC, USDC], ids=["the market", "the margin"])
def test_while_there_is_no_price_an_order_that_has_one_ends_in_a_day_at_the_earliest(stage: Stage, feed: int) -> None:
    """Nobody else can execute it meanwhile; its owner sees other venues."""
    for kind, trigger_usd in ((MARKET, 0), (LIMIT, 50_000)):
        place(stage, ALICE, order(WAD // 2, trigger_usd, kind=kind, margin=THOUSAND, reward=REWARD))
    block(stage, seconds=WAIT_S)
    stage.price(feed, (50_000 if feed == BTC else 1) * WAD, status=HALTED)
    for slot, ends_at_s in ((0, stage.time_s - WAIT_S + LIFE_S), (1, stage.time_s + LIFE_S)):
        assert refusal_to_execute(stage, ALICE, slot) == "PRICE_HALTED"
        stage.order_book.send("cancel", ALICE, slot, by="trader")
        assert stage.order_book.read("orders", ALICE, slot).terms.expires_at_s == ends_at_s
    block(stage, seconds=WAIT_S)
    assert execute(stage, ALICE, 0).returned.size_delta_wad == WAD // 2
    stage.order_book.send("cancel", ALICE, 1, by="trader")  # there is a price again: others have five minutes
    assert stage.order_book.read("orders", ALICE, 1).terms.expires_at_s == stage.time_s + WAIT_S


@pytest.mark.parametrize(
    ("size_wad", "now_usd", "lost_usd"), [(WAD, 49_750, 250), (WAD, 50_250, 0), (-WAD, 50_250, 250)]
)
def test_who_has_seen_the_price_takes_back_neither_the_right_nor_the_means(
    stage: Stage, size_wad: int, now_usd: int, lost_usd: int
) -> None:
    """Where it has gone half a percent against him that costs him what the fill would have."""
    place(stage, ALICE, request(size_wad))
    stage.advance(BLOCK_S)
    first(stage, 50_000)
    block(stage, {BTC: now_usd})
    stage.market.send("set_operator", ALICE, stage.order_book.address, False, by="admin")
    mine, lost = stage.collateral(ALICE), lost_usd * USDC_1
    stage.market.send("withdraw_collateral", ALICE, USDC, mine, stage.address("trader"), by="trader")
    assert execute(stage, ALICE, 0).returned.size_delta_wad == 0
    assert mine + stage.collateral(ALICE) == 10 * THOUSAND - REWARD - lost
    assert stage.collateral(INSURANCE) == lost


@pytest.mark.parametrize(("now_usd", "lost_usd"), [(49_500, 500), (48_000, 505)], ids=["what a fill lost", "the stake"])
def test_who_falls_below_maintenance_is_released_from_no_price_that_he_has_seen(now_usd: int, lost_usd: int) -> None:
    """A position of some dollars at the edge would be a way out of a large order."""
    stage = opened("margin.initial_bps=200", "margin.maintenance_bps=195")
    entered(stage, ALICE, WAD // 100)
    place(stage, ALICE, request(WAD)._replace(margin=505 * USDC_1 + REWARD))
    spare = stage.collateral(ALICE) - 10 * USDC_1  # of 500 USD, two in a hundred
    stage.market.send("withdraw_collateral", ALICE, USDC, spare, stage.address("trader"), by="trader")
    place(stage, ALICE, order(-WAD // 100, 60_000, is_reduce_only=True))
    stage.advance(BLOCK_S)
    first(stage, 50_000)
    block(stage, {BTC: now_usd})
    stage.order_book.send("release", ALICE, by="trader")
    assert stage.collateral(INSURANCE) == lost_usd * USDC_1
    assert stage.collateral(ALICE) == (515 - lost_usd) * USDC_1 + REWARD


def beside_ether() -> Stage:
    """A fall of ether by a fifth takes all that Alice has."""
    stage = opened("margin.initial_bps=200", "margin.maintenance_bps=195")
    stage.seed(0, 1_000 * ETH_1)
    slot = place(stage, ALICE, request(20 * WAD)._replace(m=ETH, margin=THOUSAND))
    stage.oracle.send("set_first", ETH, (2_500 * WAD, 2_500 * WAD, 2_500 * WAD, stage.time_s + BLOCK_S, 0), by="admin")
    block(stage)
    execute(stage, ALICE, slot)
    return stage


def _unlist(stage: Stage) -> None:
    """A market that counts by another feed from now on, which has fallen, too."""
    stage.price(USDC, WAD * 9 // 10)
    stage.change_market(BTC, feed=USDC, max_open_interest_usd_wad=0, min_position_usd_wad=2**120, is_reduce_only=True)


def _unlist_the_margin(stage: Stage) -> None:
    stage.change_asset(SOL, scale=0)


@pytest.mark.parametrize("worst_usd", [49_999, 50_000])
def test_a_release_takes_nothing_for_a_price_that_an_order_does_not_bear(worst_usd: int) -> None:
    """Executed, it would end unfilled and have its stake back."""
    stage = opened("margin.initial_bps=200", "margin.maintenance_bps=195")
    entered(stage, ALICE, WAD)
    place(stage, ALICE, request(WAD, worst_usd=worst_usd))
    stage.advance(BLOCK_S)
    first(stage, 50_000)
    block(stage, {BTC: 40_000})
    stage.order_book.send("release", ALICE, by="stranger")
    assert stage.collateral(INSURANCE) == (worst_usd == 50_000) * 500 * USDC_1


def _stop_the_market(stage: Stage) -> None:
    stage.controller.send("set_reduce_only", BTC, True, by="admin")


def _stop_all(stage: Stage) -> None:
    stage.controller.send("set_mode", 1, by="admin")


def _lower_the_cap(stage: Stage) -> None:
    stage.controller.send("lower_open_interest_cap", BTC, 40_000 * WAD, by="admin")


def _widen(stage: Stage) -> None:
    stage.price(BTC, 49_000 * WAD, status=WIDE)


@pytest.mark.parametrize("verb", ["execute", "release"])
@pytest.mark.parametrize("obstacle", [_stop_the_market, _stop_all, _lower_the_cap, _widen])
def test_neither_way_takes_a_stake_of_an_order_for_which_the_market_is_closed(
    obstacle: Callable[[Stage], None], verb: str
) -> None:
    """A keeper would choose the one that does; who keeps the market closed is not the order's owner."""
    stage = beside_ether()
    place(stage, ALICE, request(WAD))
    stage.advance(BLOCK_S)
    first(stage, 50_000)
    block(stage, {BTC: 49_000, ETH: 2_000})
    obstacle(stage)
    keeper = () if verb == "release" else (0, KEEPER)
    assert stage.order_book.refusal(verb, ALICE, *keeper, by="keeper") == "OK"
    assert stage.collateral(INSURANCE) == 0


@pytest.mark.parametrize("halted", [False, True])
def test_a_release_takes_a_stake_whether_there_is_a_price_now_or_not(halted: bool) -> None:
    stage = beside_ether()
    place(stage, ALICE, request(WAD))
    stage.advance(BLOCK_S)
    first(stage, 50_000)
    block(stage, {BTC: 49_900, ETH: 2_000})
    if halted:
        stage.price(BTC, 49_900 * WAD, status=HALTED)
    stage.order_book.send("release", ALICE, by="stranger")
    assert stage.collateral(INSURANCE) == 100 * USDC_1


@pytest.mark.parametrize("size_wad", [-WAD // 2, WAD // 2])
def test_a_release_takes_nothing_of_an_order_that_would_have_made_a_position_smaller(size_wad: int) -> None:
    """It says of no order that it only reduces; ether's fall is what the account does not bear."""
    stage = beside_ether()
    entered(stage, ALICE, WAD)
    place(stage, ALICE, request(size_wad))
    stage.advance(BLOCK_S)
    first(stage, 50_000)
    block(stage, {BTC: 50_200 if size_wad < 0 else 49_800, ETH: 2_000})
    stage.order_book.send("release", ALICE, by="stranger")
    assert stage.collateral(INSURANCE) == (size_wad > 0) * 100 * USDC_1


@pytest.mark.parametrize("unlisted", [_unlist, _unlist_the_margin])
def test_an_order_whose_market_or_margin_is_unlisted_is_released_whole(unlisted: Callable[[Stage], None]) -> None:
    stage = beside_ether()
    stage.deposit(ALICE, SOL, 10 * SOL_1)
    place(stage, ALICE, request(WAD)._replace(asset=SOL, margin=10 * SOL_1, reward=SOL_1))
    stage.advance(BLOCK_S)
    for feed, usd in ((BTC, 50_000), (USDC, 1)):
        stage.oracle.send("set_first", feed, (usd * WAD, usd * WAD, usd * WAD, stage.time_s, 0), by="admin")
    block(stage, {BTC: 49_000, ETH: 2_000})
    unlisted(stage)
    receipt = stage.order_book.send("release", ALICE, by="stranger")
    assert event("OrderClosed", account=ALICE, slot=0, outcome=RELEASED) in receipt.events
    assert stage.collateral(ALICE, SOL) == 10 * SOL_1
    assert stage.collateral(INSURANCE, SOL) == 0


def test_a_right_that_is_taken_back_does_not_keep_an_order_from_being_filled(stage: Stage) -> None:
    place(stage, ALICE, request(WAD))
    block(stage)
    stage.market.send("set_operator", ALICE, stage.order_book.address, False, by="admin")
    assert execute(stage, ALICE, 0).returned.size_delta_wad == WAD


@refuses("place", "ORDER_BAD_TERMS")
@pytest.mark.parametrize("kind", [LIMIT, STOP])
def test_no_order_is_left_for_less_than_others_need_to_come(stage: Stage, kind: int) -> None:
    """Its owner would execute it in its one block, or let it end."""
    terms = order(WAD, 50_000, kind=kind, margin=THOUSAND, reward=REWARD)
    for seconds, answer in ((WAIT_S - 1, "ORDER_BAD_TERMS"), (WAIT_S, "OK")):
        left = terms._replace(expires_at_s=stage.time_s + seconds)
        assert stage.order_book.refusal("place", ALICE, left, by="trader") == answer


@refuses("place", "ORDER_STAKE_TOO_SMALL")
@pytest.mark.parametrize(("margin_bps", "least_bps"), [(1_000, 100), (20, 20)], ids=["a hundredth", "what it needs"])
def test_what_may_grow_a_position_sets_a_stake_aside(margin_bps: int, least_bps: int) -> None:
    stage = opened(f"margin.initial_bps={margin_bps}", "margin.maintenance_bps=10")
    stage.change_asset(USDC, haircut_wad=WAD // 2)
    least = 2 * 50_000 * USDC_1 * least_bps // 10_000 + REWARD
    for margin, answer in ((least - 1, "ORDER_STAKE_TOO_SMALL"), (least, "OK")):
        for kind, trigger_usd in ((MARKET, 0), (LIMIT, 50_000), (STOP, 50_000)):
            terms = order(WAD, trigger_usd, kind=kind, margin=margin, reward=REWARD)
            assert stage.order_book.refusal("place", ALICE, terms, by="trader") == answer
    dear = order(WAD, 60_000, kind=STOP, margin=least, reward=REWARD)
    assert stage.order_book.refusal("place", ALICE, dear, by="trader") == "ORDER_STAKE_TOO_SMALL"


@pytest.mark.parametrize("reward", [0, REWARD])
@pytest.mark.parametrize("now_usd", [49_800, 50_200])
@pytest.mark.parametrize("size_wad", [WAD, -WAD])
def test_a_close_that_is_worth_nobodys_while_has_the_worse_of_its_price_and_that_of_now(
    stage: Stage, size_wad: int, now_usd: int, reward: int
) -> None:
    """Its owner alone would come for it, when it suits him."""
    entered(stage, ALICE, size_wad)
    terms = request(-size_wad, closes=True)._replace(margin=reward, reward=reward)
    place(stage, ALICE, terms)
    stage.advance(BLOCK_S)
    first(stage, 50_000)
    block(stage, {BTC: now_usd})
    worse = min(50_000, now_usd) if size_wad > 0 else max(50_000, now_usd)
    assert execute(stage, ALICE, 0).returned.price_wad == (50_000 if reward else worse) * WAD
