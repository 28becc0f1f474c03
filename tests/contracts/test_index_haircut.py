"""What a bankrupt account leaves, all winners of the other side give back at once, by one share of their profit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from contracts.codes import happy
from contracts.cohorts import all_sides, cost, cut_stage, lose, open_accounts, owed, value
from contracts.orders import block
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    CAROL,
    DAVE,
    ETH,
    INSURANCE,
    LONG,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    Stage,
    event,
)

THOUSAND = 1_000 * USDC_1
BIT = 1_000_000  # wei: what rounding may take of a sum


@pytest.fixture
def stage() -> Stage:
    """Alice holds one BTC and Bob two, from 50,000; Dave is short of one with 10,000; at 62,500 he owes 2,500 more."""
    stage = cut_stage()
    for account, usd in ((ALICE, 30_000), (BOB, 30_000), (CAROL, 30_000), (DAVE, 10_000)):
        stage.deposit(account, USDC, usd * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(BOB, BTC, 2 * WAD)
    stage.trade(DAVE, BTC, -WAD)
    block(stage, {BTC: 62_500})
    return stage


def equity(stage: Stage, account: int) -> int:
    """As the market counts it, USD WAD."""
    usd_wad: int = stage.market.read("health", account).equity
    return usd_wad


@happy("haircut")
def test_winners_give_the_loss_back_in_the_call_that_books_it(stage: Stage) -> None:
    """Alice has won 12,500 and Bob 25,000: a third of 2,500 is hers to give, the rest his."""
    before = value(stage)
    receipt = stage.liquidator.send("liquidate", DAVE, ALICE, by="keeper")
    given = {"lost_usd_wad": 2_500 * WAD, "won_usd_wad": 37_500 * WAD, "given_usd_wad": 2_500 * WAD}
    assert event("Haircut", market=BTC, side=LONG, price_wad=62_500 * WAD, **given) in receipt.events
    assert not [e for e in receipt.events if e.name == "DeficitChanged"]  # nobody is asked for it again
    assert receipt.returned.bad_debt_usd_wad == 2_500 * WAD
    assert value(stage) == before  # the loss was counted as a debt of Dave's before, and is one of theirs now
    shares = [cost(stage, a) for a in (ALICE, BOB)]
    assert shares == pytest.approx([50_000 * WAD + 2_500 * WAD // 3, 100_000 * WAD + 5_000 * WAD // 3], abs=BIT)
    assert owed(stage, LONG) == 2_500 * WAD
    assert stage.liquidator.read("epoch_loss_usd_wad") == 0  # the pool lost nothing


def test_what_a_winner_gave_it_is_not_paid(stage: Stage) -> None:
    stage.liquidate(DAVE)
    worth = equity(stage, ALICE)
    fill = stage.trade(ALICE, BTC, -WAD).fields("Traded")["fill"]
    assert exact_usd(fill[2]) == pytest.approx(12_500 - 2_500 / 3, abs=1e-9)
    assert equity(stage, ALICE) == pytest.approx(worth, abs=1e-3 * WAD)  # whole units of BTC


def exact_usd(wad: int) -> float:
    return float(Fraction(wad, WAD))


@happy("store")
def test_everybody_leaves_and_nothing_is_left(stage: Stage) -> None:
    stage.liquidate(DAVE)
    lose(stage, 7_000 * WAD)
    for account, size in ((BOB, -WAD // 3), (ALICE, -WAD), (BOB, -2 * WAD + WAD // 3)):
        stage.trade(account, BTC, size)
    assert all_sides(stage) == [(0, 0, 0, 0)] * 2


def test_whoever_opens_a_second_later_gives_nothing(stage: Stage) -> None:
    stage.liquidate(DAVE)
    stage.trade(CAROL, BTC, WAD)
    assert cost(stage, CAROL) == 62_500 * WAD
    block(stage, {BTC: 75_000})
    assert equity(stage, CAROL) == pytest.approx(42_500 * WAD, abs=1e-3 * WAD)  # whole units of BTC


def test_nobody_leaves_between_the_loss_and_the_haircut(stage: Stage) -> None:
    """Whoever leaves before it takes his profit and leaves the others the loss; there is no moment after it."""
    stage.trade(BOB, BTC, -2 * WAD)
    stage.liquidate(DAVE)
    assert exact_usd(cost(stage, ALICE)) == pytest.approx(52_500)


def test_shares_minted_for_the_block_take_nothing_of_it(stage: Stage) -> None:
    """What winners give back is in a share's value in the call of the loss."""
    lp = stage.address("lp")
    before = stage.balance(USDC, "lp")
    shares = stage.pool.send("mint", USDC, 1_000_000 * USDC_1, 0, lp, by="lp").returned[0]
    stage.liquidate(DAVE)
    stage.pool.send("redeem", USDC, shares, 0, lp, by="lp")
    assert stage.balance(USDC, "lp") == pytest.approx(before, abs=2)
    shares = stage.pool.send("mint", USDC, 1_000_000 * USDC_1, 0, lp, by="lp").returned[0]
    stage.trade(ALICE, BTC, -WAD)  # what she gave is booked into her cost here, and moves no value
    stage.pool.send("redeem", USDC, shares, 0, lp, by="lp")
    assert stage.balance(USDC, "lp") == pytest.approx(before, abs=2_000)  # whole units of BTC that Alice was not paid


def test_losers_and_the_other_side_give_nothing(stage: Stage) -> None:
    stage.price(BTC, 65_000 * WAD)
    stage.trade(CAROL, BTC, WAD)
    stage.price(BTC, 62_500 * WAD)
    stage.liquidate(DAVE)
    assert cost(stage, CAROL) == 65_000 * WAD
    assert owed(stage, SHORT) == 0


def test_shorts_give_like_longs(stage: Stage) -> None:
    """Carol is short from 62,500 and Dave from 50,000: at 45,000 they have won 17,500 and 5,000."""
    stage.trade(CAROL, BTC, -WAD)
    stage.price(BTC, 45_000 * WAD)
    lose(stage, 1_000 * WAD, SHORT)
    gave = [62_500 * WAD - cost(stage, CAROL)]
    gave.append(50_000 * WAD - cost(stage, DAVE))
    total = Fraction(17_500 + 5_000)
    assert gave == pytest.approx([1_000 * WAD * 17_500 / total, 1_000 * WAD * 5_000 / total], abs=BIT)
    stage.trade(CAROL, BTC, WAD)
    stage.trade(DAVE, BTC, WAD)
    assert all_sides(stage)[SHORT] == (0, 0, 0, 0)


def test_a_loss_above_all_profits_takes_all_of_them_and_the_next_one_what_was_won_since(stage: Stage) -> None:
    assert lose(stage, 100_000 * WAD).returned == 37_500 * WAD
    assert lose(stage, 100_000 * WAD).returned == 0
    assert equity(stage, ALICE) == pytest.approx(30_000 * WAD, abs=BIT)
    for usd in (70_000, 80_000):
        stage.price(BTC, usd * WAD)
        assert lose(stage, 3_000 * WAD).returned == 3_000 * WAD
    assert equity(stage, ALICE) == pytest.approx(30_000 * WAD + (17_500 - 2_000) * WAD, abs=1e-3 * WAD)


def test_many_cuts_to_almost_nothing_wear_no_index_out(stage: Stage) -> None:
    """Five times all but a thousandth: what told two entries apart is gone, and both give on."""
    block(stage, {BTC: 50_200})
    stage.trade(CAROL, BTC, WAD)
    for usd in range(62_500, 70_000, 1_500):
        stage.price(BTC, usd * WAD)
        won = lose(stage, 0).fields("Haircut")["won_usd_wad"]
        assert lose(stage, won * 999 // 1_000).returned == won * 999 // 1_000
    entries = [cost(stage, a) / WAD for a in (ALICE, CAROL)]
    assert entries[0] == pytest.approx(entries[1]) == pytest.approx(68_500, rel=1e-4)
    for account, size in ((ALICE, 1), (CAROL, 1), (BOB, 2)):
        stage.trade(account, BTC, -size * WAD)
    assert all_sides(stage)[LONG] == (0, 0, 0, 0)


def test_who_wins_by_less_than_a_cell_may_give_nothing_and_by_more_gives(stage: Stage) -> None:
    """Carol's entry of 50,100 is in the cell of Alice's, from 49,585 to 50,175. Below its worst entry nobody gives."""
    block(stage, {BTC: 50_100})
    stage.trade(CAROL, BTC, WAD)
    stage.price(BTC, 50_050 * WAD)
    assert lose(stage, 10 * WAD).returned == 0
    stage.price(BTC, 50_200 * WAD)
    assert lose(stage, 10 * WAD).returned == 10 * WAD


def test_who_comes_after_a_haircut_does_not_shield_those_before(stage: Stage) -> None:
    """Alice's cell has moved to 56,250; Carol opens at its old price, is in a cell of her own, and gives alone."""
    lose(stage, 18_750 * WAD)
    block(stage, {BTC: 50_000})
    stage.trade(CAROL, BTC, WAD)
    stage.price(BTC, 55_000 * WAD)
    assert lose(stage, 1_000 * WAD).fields("Haircut")["won_usd_wad"] == 5_000 * WAD
    assert exact_usd(cost(stage, CAROL)) == 51_000
    stage.price(BTC, 60_000 * WAD)
    won = lose(stage, 1_000 * WAD).fields("Haircut")["won_usd_wad"]
    assert exact_usd(won) == pytest.approx(3 * 3_750 + 9_000)


def test_losses_of_a_block_each_take_their_share_of_what_is_left(stage: Stage) -> None:
    shares = [lose(stage, 10_000 * WAD).fields("Haircut")["won_usd_wad"] for _ in range(3)]
    assert shares == [37_500 * WAD, 27_500 * WAD, 17_500 * WAD]
    gave = cost(stage, ALICE) - 50_000 * WAD
    assert gave == pytest.approx(10_000 * WAD, abs=BIT)


def test_what_the_index_cannot_take_is_the_pools_and_counts_in_the_epoch(stage: Stage) -> None:
    stage.trade(ALICE, BTC, -WAD)
    stage.trade(BOB, BTC, -2 * WAD)
    receipt = stage.liquidator.send("liquidate", DAVE, ALICE, by="keeper")
    assert receipt.fields("Haircut")["given_usd_wad"] == 0
    assert event("DeficitChanged", market=BTC, side=LONG, usd_wad=2_500 * WAD) in receipt.events
    assert stage.liquidator.read("epoch_loss_usd_wad") == 2_500 * WAD


@pytest.mark.parametrize(("cap_usd", "lost_usd"), [(40_000, 0), (37_500, 0), (36_500, 1_000), (20_000, 2_500)])
def test_what_winners_give_of_a_profit_that_is_not_paid_is_the_pool_s_loss(
    stage: Stage, cap_usd: int, lost_usd: int
) -> None:
    """They have won 37,500; above the cap the pool would not have paid them anyway."""
    backing = stage.market.read("exposure", BTC).backing[LONG]
    stage.change_market(BTC, max_profit_share_wad=-(-cap_usd * WAD * WAD // backing))
    before = value(stage)
    receipt = stage.liquidator.send("liquidate", DAVE, ALICE, by="keeper")
    assert receipt.fields("Haircut")["given_usd_wad"] == 2_500 * WAD
    assert before - value(stage) == pytest.approx(lost_usd * WAD, abs=1e-3 * WAD)
    assert stage.liquidator.read("epoch_loss_usd_wad") == pytest.approx(lost_usd * WAD, abs=1e-3 * WAD)


@pytest.mark.parametrize("spread_usd", [0, 50, 200])
def test_no_value_of_the_pool_falls_by_more_than_what_counts_as_lost(stage: Stage, spread_usd: int) -> None:
    """A cap of 36,500 withholds the more the higher the price that longs are counted at."""
    backing = stage.market.read("exposure", BTC).backing[LONG]
    stage.change_market(BTC, max_profit_share_wad=-(-36_500 * WAD * WAD // backing))
    stage.price(BTC, 62_500 * WAD, spread_usd * WAD)
    before = stage.market.read("aum")
    lost = stage.liquidate(DAVE).bad_debt_usd_wad
    after, told = stage.market.read("aum"), stage.liquidator.read("epoch_loss_usd_wad")
    assert 0 < told <= lost
    assert max(before.low - after.low, before.mid - after.mid, before.high - after.high) <= told + 1e-3 * WAD


def test_insurance_pays_first_and_gives_nothing(stage: Stage) -> None:
    stage.tokens[USDC].send("mint", stage.address("lp"), THOUSAND, by="admin")
    stage.market.send("deposit_collateral", INSURANCE, USDC, THOUSAND, by="lp")
    receipt = stage.liquidator.send("liquidate", DAVE, ALICE, by="keeper")
    assert receipt.fields("Haircut")["given_usd_wad"] == 1_500 * WAD


def test_the_margin_counts_what_was_given_at_once(stage: Stage) -> None:
    stage.liquidate(DAVE)
    expected = 30_000 * WAD + 25_000 * WAD - 5_000 * WAD // 3
    assert equity(stage, BOB) == pytest.approx(expected, abs=1e-3 * WAD)
    health, _ = stage.market.send("assess", BOB, by="stranger").returned
    assert health.equity == equity(stage, BOB)
    assert stage.lens.read("accounts", stage.market.address, [BOB])[0].equity == health.equity


def test_an_account_split_in_twenty_gives_the_same(stage: Stage) -> None:
    given = {}
    for parts in (1, 20):
        split = cut_stage()
        accounts = open_accounts(split, parts)
        for account in (*accounts, ALICE):
            split.deposit(account, USDC, 100 * THOUSAND)
        for account in accounts:
            split.trade(account, BTC, 2 * WAD // parts)
        split.trade(ALICE, BTC, WAD)
        split.price(BTC, 62_500 * WAD)
        lose(split, 2_500 * WAD)
        costs = [cost(split, account) for account in accounts]
        given[parts] = sum(costs) - 100_000 * WAD
    assert given[20] == pytest.approx(given[1], abs=BIT)


def test_a_haircut_costs_the_same_whatever_the_number_of_accounts() -> None:
    used = []
    for count in (2, 40):
        stage = cut_stage()
        for account in open_accounts(stage, count):
            stage.deposit(account, USDC, 10 * THOUSAND)
            stage.trade(account, BTC, WAD // 10)
        stage.price(BTC, 62_500 * WAD)
        lose(stage, WAD)
        used.append(stage.chain.evm(0).result.gas_used)
    assert used[0] == pytest.approx(used[1], rel=1e-3)  # bytes of a number in the call data and of an event


def test_who_finds_no_cell_gives_nothing_and_leaves_like_everybody(stage: Stage) -> None:
    """Sixteen places are tried, and other prices, up to eighteen octaves apart, stand in all of them."""
    nobody = (0, 0, 0, 0, 0)
    first = 64 * 60 + 64  # the cell of 2**66 wei

    def at(label: int) -> tuple[int, int, int, int, int]:
        octave, mantissa = divmod(label - 64, 64)
        return (WAD, (mantissa + 64) << octave, 0, 0, 0)

    for i in range(16):
        label = first + 256 if i == 0 else first + 80 * i
        stage.cohorts.send("store", 1_000 + i, ETH, nobody, at(label), by="market")
    late = at(first)
    stage.cohorts.send("store", 2_000, ETH, nobody, late, by="market")
    receipt = stage.cohorts.send("haircut", ETH, LONG, late[1] + 2, WAD, by="liquidator")
    assert receipt.returned == 0
    assert stage.cohorts.read("in_use", 2 * ETH).bit_count() == 16
    stage.cohorts.send("store", 2_000, ETH, late, nobody, by="market")
    stage.cohorts.send("store", 1_000, ETH, at(first + 256), nobody, by="market")
    stage.cohorts.send("store", 2_000, ETH, nobody, late, by="market")
    receipt = stage.cohorts.send("haircut", ETH, LONG, 2 * late[1], WAD, by="liquidator")
    assert (receipt.returned, receipt.fields("Haircut")["won_usd_wad"]) == (WAD, late[1])
