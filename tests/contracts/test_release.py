"""OrderBook.release, the first rung of the ladder: nobody is liquidated whom his orders' margin would save."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.orders import (
    BLOCK_S,
    BOOK,
    MAX_ORDERS,
    RELEASED,
    block,
    holding,
    moved,
    open_stage,
    order,
    place,
)
from contracts.stage import (
    ALICE,
    BTC,
    ETH,
    HALTED,
    KEEPER,
    PAUSED,
    REDUCE_ONLY,
    SOL,
    SOL_1,
    T0,
    USDC,
    USDC_1,
    WAD,
    WIDE,
    Stage,
    event,
)

THOUSAND = 1_000 * USDC_1
REST = order(WAD, 30_000)  # never triggers here
REDUCING = order(-WAD, 90_000, is_reduce_only=True)  # nor does this


def short_of(stage: Stage, *margins: int, btc_usd: int = 45_900) -> Stage:
    """Alice is 1 BTC long with 5,000 USDC in her account and these margins in orders; then BTC falls."""
    stage.trade(ALICE, BTC, WAD)
    for margin in margins:
        place(stage, ALICE, REST._replace(margin=margin))
    rest = 5 * THOUSAND - sum(margins)
    if rest:
        stage.market.send("withdraw_collateral", ALICE, USDC, rest, stage.address("trader"), by="trader")
    block(stage, {BTC: btc_usd})
    return stage


@pytest.fixture
def stage() -> Stage:
    return open_stage()


@happy("release")
def test_releasing_gives_all_margin_back_and_closes_every_order(stage: Stage) -> None:
    short_of(stage, THOUSAND, 2 * THOUSAND + 1)
    place(stage, ALICE, REDUCING)  # without margin
    receipt = stage.order_book.send("release", ALICE, by="stranger")
    assert [each for each in receipt.events if each.name != "Accrued"] == [
        moved(BOOK, -THOUSAND),
        moved(ALICE, THOUSAND),
        event("OrderClosed", account=ALICE, slot=0, outcome=RELEASED),
        moved(BOOK, -2 * THOUSAND - 1),
        moved(ALICE, 2 * THOUSAND + 1),
        event("OrderClosed", account=ALICE, slot=1, outcome=RELEASED),
        event("OrderClosed", account=ALICE, slot=2, outcome=RELEASED),
    ]
    assert stage.order_book.read("open_orders", ALICE) == 0
    assert stage.collateral(ALICE) == 8 * THOUSAND + 1


@refuses("release", "ORDER_UNKNOWN")
def test_there_is_nothing_to_release_without_orders(stage: Stage) -> None:
    short_of(stage)
    assert stage.order_book.refusal("release", ALICE, by="stranger") == "ORDER_UNKNOWN"


@refuses("release", "ORDER_ACCOUNT_HEALTHY")
def test_nobody_releases_the_orders_of_an_account_at_its_maintenance_margin(stage: Stage) -> None:
    """At 45,000 / 0.98 equity is the requirement to the cent; orders are a trader's own as long as he can pay."""
    short_of(stage, THOUSAND, btc_usd=45_919)
    assert stage.order_book.refusal("release", ALICE, by="stranger") == "ORDER_ACCOUNT_HEALTHY"
    stage.price(BTC, 45_918 * WAD)
    assert stage.order_book.refusal("release", ALICE, by="stranger") == "OK"


@refuses("liquidate", "LIQUIDATION_ORDERS_FIRST")
@pytest.mark.parametrize("margin", [1, THOUSAND])
def test_orders_with_margin_are_released_before_an_account_is_liquidated(stage: Stage, margin: int) -> None:
    short_of(stage)
    stage.price(BTC, 50_000 * WAD)
    stage.deposit(ALICE, USDC, margin)
    place(stage, ALICE, REST._replace(margin=margin))
    stage.price(BTC, 45_900 * WAD)
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "LIQUIDATION_ORDERS_FIRST"


@pytest.mark.parametrize(
    ("margin", "btc_usd"),
    [(m * THOUSAND, usd) for m in (1, 3, 5) for usd in (45_900, 45_000, 44_000, 42_000, 40_100)],
)
def test_an_account_is_liquidated_only_if_its_orders_margin_would_not_have_saved_it(
    stage: Stage, margin: int, btc_usd: int
) -> None:
    """Equity is 5,000 and the margin less the fall; maintenance is 2 %."""
    short_of(stage, margin, btc_usd=btc_usd)
    equity_usd = 5_000 + margin // USDC_1 - (50_000 - btc_usd)
    is_saved = equity_usd * 100 >= btc_usd * 2
    stage.order_book.send("release", ALICE, by="keeper")
    expected = "LIQUIDATION_HEALTHY" if is_saved else "OK"
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == expected


def test_released_margin_pays_the_losses(stage: Stage) -> None:
    """A28: it is collateral again, once."""
    short_of(stage, 3 * THOUSAND, btc_usd=43_000)  # 7,000 lost of 8,000
    stage.order_book.send("release", ALICE, by="keeper")
    stage.price(BTC, 42_500 * WAD)
    result = stage.liquidate(ALICE)
    assert (result.equity_usd_wad, result.bad_debt_usd_wad) == (500 * WAD, 0)
    assert (stage.collateral(ALICE), stage.collateral(BOOK)) == (500 * USDC_1, 0)


def test_margin_cannot_be_hidden_in_orders(stage: Stage) -> None:
    """An account as poor without its orders as with them is liquidated in the same call's reach."""
    short_of(stage, 5 * THOUSAND, btc_usd=39_000)  # 11,000 lost of 10,000
    stage.order_book.send("release", ALICE, by="keeper")
    result = stage.liquidate(ALICE)
    assert result.bad_debt_usd_wad == 1_000 * WAD
    assert holding(stage, ALICE).total == 0


@pytest.mark.parametrize("feed", [BTC, SOL, ETH])
def test_orders_are_released_without_a_price(stage: Stage, feed: int) -> None:
    """The last one counts: of the market, of the margin, or of something else."""
    stage.deposit(ALICE, SOL, 5 * SOL_1)
    place(stage, ALICE, REST._replace(asset=SOL, margin=5 * SOL_1))
    short_of(stage, THOUSAND)
    usd = {BTC: 45_900, SOL: 100, ETH: 2_500}[feed]
    stage.price(feed, usd * WAD, status=HALTED)
    stage.order_book.send("release", ALICE, by="stranger")
    assert stage.collateral(ALICE, SOL) == 5 * SOL_1
    assert stage.collateral(ALICE) == 6 * THOUSAND


@pytest.mark.parametrize(
    ("mode", "answer"), [(REDUCE_ONLY, "OK"), (PAUSED, "ACCESS_CLOSED_BY_MODE")], ids=["reduce-only", "paused"]
)
def test_orders_are_released_whenever_an_account_could_be_liquidated(stage: Stage, mode: int, answer: str) -> None:
    short_of(stage, THOUSAND, btc_usd=44_000)
    stage.controller.send("set_mode", mode, by="admin")
    assert stage.order_book.refusal("release", ALICE, by="stranger") == answer
    if answer == "OK":
        assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK"
    else:
        assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == answer


def test_orders_are_released_at_a_wide_price(stage: Stage) -> None:
    short_of(stage, THOUSAND, btc_usd=44_000)
    stage.price(BTC, 44_000 * WAD, status=WIDE)
    stage.order_book.send("release", ALICE, by="stranger")
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK"


def test_an_order_that_has_expired_still_holds_margin_and_is_released(stage: Stage) -> None:
    stage.trade(ALICE, BTC, WAD)
    place(stage, ALICE, REST._replace(margin=5 * THOUSAND, expires_at_s=T0 + 1))
    block(stage, {BTC: 45_900})
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "LIQUIDATION_ORDERS_FIRST"
    stage.order_book.send("release", ALICE, by="stranger")
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "LIQUIDATION_HEALTHY"


def test_new_orders_cannot_hold_a_liquidation_up(stage: Stage) -> None:
    """Whatever the trader leaves in the meantime is released by the same keeper, all eight in one call."""
    short_of(stage)
    for _ in range(3):
        for _ in range(MAX_ORDERS):
            place(stage, ALICE, REDUCING)
        stage.order_book.send("release", ALICE, by="keeper")
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "OK"


def test_an_account_below_its_margin_sets_nothing_aside(stage: Stage) -> None:
    short_of(stage)
    answer = stage.order_book.refusal("place", ALICE, REST._replace(margin=1), by="trader")
    assert answer == "MARGIN_BELOW_INITIAL"


def test_fees_that_have_accrued_count_before_anything_is_released(stage: Stage) -> None:
    """The health that decides is of now: an hour's borrowing makes the difference."""
    short_of(stage, THOUSAND, btc_usd=45_919)  # 0.62 USD above maintenance
    stage.rude("borrow_rate", WAD // 86_400 // 100)  # 1 % a day
    stage.advance(BLOCK_S)
    assert stage.order_book.refusal("release", ALICE, by="stranger") == "ORDER_ACCOUNT_HEALTHY"  # 0.06 USD
    stage.advance(3_600)
    assert stage.order_book.refusal("release", ALICE, by="stranger") == "OK"
