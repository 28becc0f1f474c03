"""Rules of the shipped designs that no policy states alone: seen on the deployed pool, in the unit that they name."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from sim.design import load_design
from sim.fuzz.arena import Arena
from sim.fuzz.facts import LONG, SHORT, WAD
from sim.fuzz.properties import Lab
from sim.fuzz.trading import limit_of
from sim.workbench.bench import Bench

BTC = 0  # market
DAY_S = 86_400
TREASURY = 2
NOTIONAL_USD = 20_000
MICRO = 10**12  # a unit of USDC, USD WAD
#: Trades, deposits and swaps of the moment: when a fill is made changes none of these rules.
AT_ONCE = ("execution=at_once", "pool.entry_wait_s=0")


class Book(NamedTuple):
    """A pool with its first deposits, and one account with dollars."""

    arena: Arena
    account: int
    dollars: int  # asset

    @property
    def held(self) -> int:
        """USDC of the account, USD WAD."""
        return self.arena.reader.collateral(self.account)[self.dollars] * MICRO

    def trade(self, usd: int) -> dict[str, int]:
        """So much notional at the mid: what the fill tells."""
        size = usd * WAD * WAD // self.arena.reader.prices()[self.arena.facts.markets[BTC].feed].mid
        return self.fill(size)

    def fill(self, size: int) -> dict[str, int]:
        """Change the position by this size, at any price."""
        call = self.arena.call("trade", "traders", self.account, BTC, size, limit_of(size))
        assert call.accepted, str(call)
        return call.returns

    def close(self) -> dict[str, int]:
        """All of the position."""
        return self.fill(-self.arena.reader.position(self.account, BTC).size)


def opened(name: str, *overrides: str) -> Book:
    design = load_design(name, [*AT_ONCE, *overrides])
    arena = Arena.deploy(design)
    account = arena.facts.trader_ids[0]
    dollars = design.asset_id("USDC")
    amount = 50_000 * 10 ** design.assets[dollars].decimals
    assert arena.call("deposit_collateral", "traders", account, dollars, amount).accepted
    return Book(arena, account, dollars)


@pytest.mark.parametrize(("name", "bps"), [("glp", 10), ("jlp", 6), ("breakwater", 8)])
def test_a_position_pays_its_fee_when_it_opens_and_when_it_closes(name: str, bps: int) -> None:
    book = opened(name)
    for fill in (book.trade(NOTIONAL_USD), book.close()):
        notional = abs(fill["size"]) * fill["price_usd"] // WAD
        assert fill["fee_usd"] == pytest.approx(notional * bps // 10_000, abs=2)


@pytest.mark.parametrize(("name", "pool_share"), [("glp", 70), ("jlp", 75), ("gmx_v2", 63), ("breakwater", 70)])
def test_of_every_fee_the_protocol_has_its_share_and_the_pool_the_rest(name: str, pool_share: int) -> None:
    book = opened(name)
    fee = book.trade(NOTIONAL_USD)["fee_usd"]
    treasury = book.arena.reader.collateral(TREASURY)[book.dollars] * MICRO
    assert treasury == pytest.approx(fee * (100 - pool_share) / 100, rel=2e-4)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", ["glp", "jlp", "breakwater", "pdlp_paper"])
def test_the_whole_size_is_reserved_in_what_backs_it(name: str, sign: int) -> None:
    book = opened(name)
    book.trade(sign * NOTIONAL_USD)
    facts, prices = book.arena.facts, book.arena.reader.prices()
    k = facts.markets[BTC].assets[LONG if sign > 0 else SHORT]
    asset = facts.assets[k]
    reserved = book.arena.reader.buckets()[k].reserved * asset.scale * prices[asset.feed].low // WAD
    cost = book.arena.reader.position(book.account, BTC).cost
    assert cost <= reserved <= cost + asset.scale * prices[asset.feed].low // WAD


@pytest.mark.parametrize("name", ["glp", "jlp"])
def test_one_side_alone_owes_and_is_owed_no_funding_after_ten_days(name: str) -> None:
    book = opened(name)
    book.trade(NOTIONAL_USD)
    book.arena.advance(10 * DAY_S)
    assert all(side.funding_index == 0 for side in book.arena.reader.sides(BTC))
    assert book.arena.reader.claims(book.account) == 0


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", ["glp", "glp_partial", "single_venue"])
def test_a_trade_of_any_size_fills_at_the_oracle_s_price(name: str, sign: int) -> None:
    book = opened(name)
    price = book.arena.reader.prices()[book.arena.facts.markets[BTC].feed]
    for usd in (100, 20_000, 200_000):
        fill = book.trade(sign * usd)
        assert fill["price_usd"] == (price.high if sign > 0 else price.low)
        assert fill["impact_usd"] == 0


def test_glp_asks_for_a_fiftieth_of_the_size_at_opening_and_until_liquidation() -> None:
    choice = load_design("glp").policies["margin"]
    margin = Bench(choice.source, *choice.arguments)
    none = [0] * 8
    for usd in (5_000, 123_456, 10**7):
        sizes = [usd * WAD, *none[1:]]
        assert list(margin.call("requirement", sizes, none)) == [usd * WAD // 50] * 2


def leaves(book: Book, k: int, provider: str = "lp0") -> bool:
    """Whether a thousandth of a provider's shares may leave now."""
    facts = book.arena.facts
    shares = book.arena.reader.shares()[facts.actor(provider) + 1] // 1_000
    verb = "request_exit" if facts.pool.exit_wait_s else "redeem"
    return book.arena.trial_of(verb, provider, k, shares, 0, facts.actor(provider)).accepted


@pytest.mark.parametrize(("name", "wait_s"), [("hlp", 4 * DAY_S), ("breakwater", 900), ("glp", 0)])
def test_shares_stay_as_long_as_the_design_says_after_the_last_deposit(name: str, wait_s: int) -> None:
    book = opened(name, *(["pool.redeem_limit=1"] if name == "hlp" else []))
    arena, k = book.arena, book.dollars
    state = arena.snapshot()
    lab = Lab(arena, state, 0, tuple(price.mid for price in state.prices), {})
    lab.later(40)
    amount = 1_000 * 10 ** arena.design.assets[k].decimals
    mint = arena.call("mint", "lp0", k, amount, 0, arena.facts.actor("lp0"))
    assert mint.accepted, str(mint)
    if wait_s:
        lab.later(wait_s - 1)
        assert not leaves(book, k)
        lab.later(1)
    assert leaves(book, k)


@pytest.mark.parametrize("symbol", ["USDE", "WBETH"])
def test_before_the_reform_yield_bearing_coins_count_at_their_market_price_or_nearly(symbol: str) -> None:
    design = load_design("pre_reform", AT_ONCE)
    arena = Arena.deploy(design)
    account, k = arena.facts.trader_ids[0], design.asset_id(symbol)
    asset, price = arena.facts.assets[k], arena.reader.prices()[arena.facts.assets[k].feed]
    units = 10 * 10 ** design.assets[k].decimals
    assert arena.call("deposit_collateral", "traders", account, k, units).accepted
    value = units * asset.scale * price.low // WAD
    assert value * 95 // 100 <= arena.reader.health(account).equity <= value


MINT, REDEEM, SWAP = range(3)
MILLION = 10**6


@pytest.mark.parametrize(
    ("kind", "before", "increases", "sign"),
    [
        (MINT, 800_000, True, -1),  # toward the target: a deposit is paid for, what leaves or is swapped is free
        (REDEEM, 1_200_000, False, 0),
        (SWAP, 800_000, True, 0),
        (SWAP, 1_200_000, False, 0),
        (MINT, 1_200_000, True, 1),  # away from it the tax is due
        (REDEEM, 800_000, False, 1),
        (SWAP, 1_200_000, True, 1),
        (SWAP, 800_000, False, 1),
    ],
)
def test_the_papers_pool_pays_for_deposits_alone(kind: int, before: int, increases: bool, sign: int) -> None:
    design = load_design("pdlp_paper")
    choice = design.policies["weight_fee"]
    other = design.asset_id("USDC") if kind == SWAP else BTC
    rate = Bench(choice.source, *choice.arguments).call(
        "fee", kind, BTC, other, before * WAD, MILLION * WAD, 100_000 * WAD, increases
    )
    assert (rate > 0) - (rate < 0) == sign
