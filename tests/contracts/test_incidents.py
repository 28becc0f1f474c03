"""What has broken pools, exchanges and oracles, each tried on this one's bytecode. The rest: `test_incidents_pool.py`.

id   incident                                   where it is tried
A1   GMX v1, average price and re-entrancy      here; `reentrancy`
A2   GMX v1, skewed price of shares             here
A3   GMX on AVAX, no price impact               here; `caps`
A4   Level, BNB back and forth                  here
A5   Mango, profit as collateral                here; `attacks`; the price itself: `oracle_stages`
A6   dYdX YFI, many wallets                     here
A7   Hyperliquid ETH, margin withdrawn          here
A8   Hyperliquid JELLY, a vault that inherits   here; `takeover`, `epoch_loss`
A9   Hyperliquid POPCAT, nineteen wallets       here
A10  deleveraging far beyond the need           `deleverage`: no more than needed and one lot
A11  USDe and wrapped assets                    `valuation`, `oracle_incidents`
A12  KiloEx, a forwarder that sets prices       here; two prices in one block: `oracle_incidents`
A13  Levana, an order at a price that is known  `orders_execute`, `orders_abuse`; age: `oracle`
A14  Synthetix sKRW, the mean of two            `oracle_incidents`
A15  Compound DAI, one venue's price            `incidents_pool`; the price itself: `oracle_incidents`
A16  Venus LUNA, a feed at its floor            `oracle`: a quote at a bound is no quote
A17  Drift v1, profit that nobody paid          `incidents_pool`
A18  Perp v2, a fee out of bad debt             `incidents_pool`; `liquidate`
A19  Level, one claim many times                `incidents_pool`; `claim_funding`
A20  Vyper, a lock for each function            `reentrancy`: every function from inside verbs of others
A21  Vyper, a lock without effect               `reentrancy`, on the same bytecode that is deployed
A22  dForce and Curve, a view from inside       `views_from_inside`; `reentrancy`: Market's and Pool's are locked
A23  Balancer v2, rounding at dust              `incidents_pool`
A24  Resupply, a donation to an empty vault     `incidents_pool`; `attacks`
A25  sDOLA, a donation moves an oracle          `incidents_pool`
A26  Sonne and Hundred, an empty market         `incidents_pool`
A27  Aave CRV, toxic liquidation                `incidents_pool`; `ladder`
A28  Abracadabra, an order's margin twice       `orders`, `orders_abuse`, `release`
A29  providers who enter before an update       `incidents_pool`; `pool_limits`

Names are of files in this folder, without `test_` and `.py`. No id is left out: none is about bridges or keys.
"""

from __future__ import annotations

from random import Random

import pytest
from contracts.desk import five
from contracts.ladders import take_over_stage
from contracts.orders import FULL, block, execute, open_stage, order, place
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    CAROL,
    DAVE,
    ETH,
    INSURANCE,
    KEEPER,
    LONG,
    MAX_UINT,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    Stage,
)
from contracts.winners import QUEUE, deficit, named

from contracts import books
from sim.chain.plan import encode_call
from sim.inputs.compiler import artifact

THOUSAND = 1_000 * USDC_1
PERCENT = WAD // 100


def aggregate_error(stage: Stage, usd: int) -> int:
    """PO-04: how far the sums per side are from the positions, over five prices, wei."""
    errors = []
    for price in (1, usd // 2, usd, 2 * usd, 10**6):
        stage.price(BTC, price * WAD)
        exposure = stage.market.read("exposure", BTC)
        for side, sign in ((LONG, 1), (SHORT, -1)):
            held = books.positions(stage, BTC, side)
            exact = sum(sign * (abs(p.size_wad) * price - p.cost_usd_wad) for p in held)
            errors.append(abs(exposure.pnl[side] - exact))
    stage.price(BTC, usd * WAD)
    return max(errors)


def test_a01_positions_that_come_and_go_on_different_paths_leave_the_sums_exact() -> None:
    """A1, GMX v1 2025: five cycles, in by one path and out by another. Size and cost move in the same call (PO-05)."""
    stage = open_stage()
    for account, usd in ((INSURANCE, 50_000), (BOB, 10_000), (CAROL, 10_000)):
        stage.deposit(account, USDC, usd * USDC_1)
    stage.trade(BOB, BTC, -WAD // 3)
    stage.rude("deleverage", WAD, 0, 7, 10**6 * WAD)
    for cycle in range(5):
        before = stage.pool.read("aum")
        place(stage, CAROL, order(WAD, 10**6, margin=THOUSAND))
        block(stage)
        execute(stage, CAROL, 0)  # in by an order
        assert aggregate_error(stage, 50_000) == 0
        if cycle % 2:
            stage.price(BTC, 55_000 * WAD)
            stage.liquidator.send("deleverage", BTC, LONG, named(CAROL), by="stranger")  # out by a keeper
        else:
            stage.trade(CAROL, BTC, -WAD)  # or by hand, at the same price
            assert stage.pool.read("aum") == before
        assert aggregate_error(stage, 50_000) == 0
        books.check_sides(stage)
    stage.fill("liquidation", FULL, 0, 0, 0, 0, False, True, False)
    stage.trade(ALICE, BTC, 2 * WAD)
    stage.price(BTC, 45_900 * WAD)
    assert stage.liquidate(ALICE).assigned_usd_wad > 0  # out by insurance
    assert aggregate_error(stage, 45_900) == 0
    stage.liquidator.send("unwind", BTC, by="stranger")
    assert aggregate_error(stage, 45_900) == 0
    books.check_sides(stage)


@pytest.mark.parametrize("seed", range(5))
def test_a02_the_value_of_shares_is_that_of_positions_after_any_trades(seed: int) -> None:
    """A2, Collider 2022: an average that is computed wrongly skews the price of shares. Sums cannot."""
    rng, stage = Random(seed), open_stage()
    for account in (ALICE, BOB, CAROL, DAVE):
        stage.deposit(account, USDC, 40 * THOUSAND)
    for _ in range(25):
        stage.price(BTC, rng.randrange(48_000 * WAD, 52_000 * WAD), spread=rng.randrange(20 * WAD))
        account = rng.choice((ALICE, BOB, CAROL, DAVE))
        held = stage.market.read("positions", account, BTC).size_wad
        sign = 1 if account in (ALICE, CAROL) else -1
        size = (-sign if held and rng.random() < 0.4 else sign) * rng.randrange(WAD // 1_000, WAD)
        stage.desk.attempt("trade", account, BTC, size, MAX_UINT if size > 0 else 0, by="trader")
    assert stage.market.read("sides", BTC, LONG).size_wad > 0
    assert stage.market.read("sides", BTC, SHORT).size_wad > 0
    assert aggregate_error(stage, 50_000) == 0
    books.check_aum(stage)


@pytest.mark.parametrize("is_capped", [False, True])
def test_a03_what_a_moved_price_can_earn_is_bounded_by_the_cap(is_capped: bool) -> None:
    """A3, GMX AVAX 2022: open large at no impact, move the venue by 1 %, close; five times. RO-04."""
    stage = open_stage()
    stage.deposit(ALICE, USDC, 90 * THOUSAND)
    if is_capped:
        stage.controller.send("lower_open_interest_cap", BTC, 50_000 * WAD, by="admin")
    for _ in range(5):
        if stage.desk.refusal("trade", ALICE, BTC, 8 * WAD, MAX_UINT, by="trader") != "OK":
            stage.trade(ALICE, BTC, WAD)
        stage.price(BTC, 50_500 * WAD)
        stage.trade(ALICE, BTC, -stage.market.read("positions", ALICE, BTC).size_wad)
        stage.price(BTC, 50_000 * WAD)
    earned = stage.market.read("health", ALICE).equity - 100_000 * WAD
    most = 50_000 * PERCENT * 5 if is_capped else 400_000 * PERCENT * 5
    assert 9 * most // 10 <= earned <= most


@pytest.mark.parametrize(("scale_usd", "fee_bps", "pays"), [(None, 0, True), (None, 60, False), (5 * 10**6, 10, False)])
def test_a04_longs_and_shorts_in_turn_lose_where_fee_and_impact_exceed_the_move(
    scale_usd: int | None, fee_bps: int, pays: bool
) -> None:
    """A4, Level 2023: alternate sides around a venue that is moved by 1 %. OR-14: fee and impact above that."""
    stage = open_stage(f"market.BTC.trade_fee_bps={fee_bps}")
    stage.deposit(ALICE, USDC, 50 * THOUSAND)
    if scale_usd:
        stage.fill("price_impact", "policies/price_impact/SkewScaleImpact.vy", [scale_usd * WAD] * 8, 500)
    for sign in (1, -1) * 3:
        stage.trade(ALICE, BTC, sign * 2 * WAD)
        stage.price(BTC, (50_000 + sign * 500) * WAD)
        stage.trade(ALICE, BTC, -sign * 2 * WAD)
        stage.price(BTC, 50_000 * WAD)
    earned = stage.market.read("health", ALICE).equity - 60_000 * WAD
    assert (earned > 0) == pays


def test_a05_profit_on_paper_leaves_on_no_path(open_interest: Stage) -> None:
    """A5, Mango 2022: two accounts, one long and one short, and the price pumped twentyfold. PO-09."""
    stage = open_interest
    stage.price(BTC, 10**6 * WAD)
    assert stage.market.read("health", ALICE).equity > 400_000 * WAD
    receiver = stage.address("trader")
    withdrawal = ("withdraw_collateral", ALICE, USDC, 5_001 * USDC_1, receiver)
    assert stage.market.refusal(*withdrawal, by="trader") == "MARGIN_BELOW_INITIAL"
    transfer = ("transfer_collateral", ALICE, USDC, 1, CAROL)
    assert stage.market.refusal(*transfer, by="trader") == "MARGIN_BELOW_INITIAL"
    terms = order(WAD, 10**7, margin=1)
    assert stage.order_book.refusal("place", ALICE, terms, by="trader") == "MARGIN_BELOW_INITIAL"
    assert stage.desk.refusal("trade", ALICE, ETH, WAD, MAX_UINT, by="trader") == "MARGIN_BELOW_INITIAL"


@pytest.fixture
def open_interest() -> Stage:
    """Alice is 1 BTC long, Bob 1 short, with 10,000 USDC each."""
    stage = open_stage()
    stage.deposit(BOB, USDC, 10 * THOUSAND)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(BOB, BTC, -WAD)
    return stage


def test_a06_many_wallets_need_as_much_margin_as_one() -> None:
    """A6, dYdX YFI 2023: a hundred wallets at 5x. RO-05: margin grows with the market's open interest."""

    def margin(wallets: int) -> int:
        stage = open_stage()
        limits = ([1_000] * 8, [2_000] * 8, [10**5 * WAD] * 8, [10**6 * WAD] * 8)
        stage.fill("margin", "policies/margin/OpenInterestMargin.vy", *limits)
        accounts = [stage.market.send("open_account", by="stranger").returned for _ in range(wallets)]
        for account in accounts:
            stage.deposit(account, USDC, 300 * THOUSAND // wallets)
            trade = ("trade", account, BTC, 8 * WAD // wallets, MAX_UINT)
            stage.desk.send(*trade, by="stranger")
        return sum(stage.market.read("health", account).initial for account in accounts)

    one, many = margin(1), margin(10)
    assert one == 400_000 * WAD * 4 // 10  # a tenth, and a third of the rest
    assert abs(many - one) <= 10


@pytest.mark.parametrize("btc_usd", [50_000, 60_000, 90_000])
def test_a07_a_withdrawal_leaves_the_price_its_distance_to_the_line(btc_usd: int) -> None:
    """A7, Hyperliquid 2025: withdraw profit until the line is just below the mark. PO-08: no profit counts."""
    stage = open_stage()
    stage.deposit(ALICE, USDC, 10 * THOUSAND)
    stage.trade(ALICE, BTC, 2 * WAD)
    stage.price(BTC, btc_usd * WAD)
    most = 20 * THOUSAND - 2 * btc_usd * USDC_1 // 10
    receiver = stage.address("trader")
    assert stage.market.refusal("withdraw_collateral", ALICE, USDC, most + 1, receiver, by="trader") != "OK"
    if most:
        stage.market.send("withdraw_collateral", ALICE, USDC, most, receiver, by="trader")
    stage.price(BTC, btc_usd * 92 * WAD // 100)  # 8 %: the distance from 10 % to 2 %
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "LIQUIDATION_HEALTHY"


def test_a08_who_hands_a_position_to_the_vault_and_squeezes_it_gains_what_insurance_had_at_most() -> None:
    """A8, Hyperliquid JELLY 2025: be short and long, let the vault inherit the short, pump. AD-01 to AD-05."""
    stage = take_over_stage(insurance_usd=3_000)
    stage.fill("deleverage", QUEUE, 0, 0, True, 0)
    stage.trade(ALICE, BTC, -WAD)
    stage.trade(ALICE, BTC, -WAD)  # short with 5,000
    stage.deposit(BOB, USDC, 5 * THOUSAND)
    stage.trade(BOB, BTC, WAD)
    tokens = [stage.market.read("buckets", k).pool for k in range(4)]
    stage.price(BTC, 54_000 * WAD)
    assert stage.liquidate(ALICE).assigned_usd_wad > 0
    block(stage, {BTC: 62_500})  # 12,500 against the 8,000 that the vault has now
    stage.liquidator.send("unwind", BTC, by="stranger")
    assert deficit(stage) // WAD == 4_502  # what the vault could not pay; the keeper has 2
    stage.liquidator.send("deleverage", BTC, LONG, named(BOB), by="stranger")
    stage.trade(BOB, BTC, -stage.market.read("positions", BOB, BTC).size_wad)
    group = stage.collateral(BOB) + stage.collateral(BOB, BTC) * 62_500 // 100 - 10 * THOUSAND
    assert 2_900 * USDC_1 < group <= 3_000 * USDC_1
    prices = (62_500 * 10**10, 2_500, 0, 10**12)
    after = [stage.market.read("buckets", k).pool for k in range(4)]
    assert sum((b - a) * usd for a, b, usd in zip(tokens, after, prices, strict=True)) >= 0
    assert stage.market.read("sides", BTC, SHORT).size_wad == 0


def test_a09_nineteen_wallets_share_one_cap() -> None:
    """A9, Hyperliquid POPCAT 2025: 3 million over nineteen wallets. RO-04: the cap is the side's, not a wallet's."""
    stage = open_stage()
    stage.controller.send("lower_open_interest_cap", BTC, 300_000 * WAD, by="admin")
    answers = []
    for _ in range(19):
        account = stage.market.send("open_account", by="stranger").returned
        stage.deposit(account, USDC, 3 * THOUSAND)
        trade = ("trade", account, BTC, 6 * WAD // 10, MAX_UINT)
        answers.append(stage.desk.refusal(*trade, by="stranger"))
    assert answers == ["OK"] * 10 + ["TRADE_OPEN_INTEREST_CAP"] * 9


def test_a12_a_forwarder_passes_no_right_on() -> None:
    """A12, KiloEx 2025: a contract that forwards calls was the reporter. AC-05: who sends is who speaks, to the end."""
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    words = desk.words(desk.quotes([10_000] * 5))
    driver = desk.room.deploy("Driver.vy", desk.room.address("reporter"))
    report = encode_call(artifact("Oracle.vy"), "report", (words,))
    assert driver.refusal("run", [(desk.oracle.address, report)], by="stranger") == "PANIC"
    assert driver.refusal("run", [(desk.oracle.address, report)], by="reporter") == "OK"  # it ran, and was refused
    assert desk.oracle.refusal("report", words, by="stranger") == "ORACLE_NOT_REPORTER"
    assert desk.mid_usd == 100
