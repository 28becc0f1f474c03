"""From logs alone, without a call: every balance, after any history, to the wei."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from contracts.indexer import BOOK, SLOTS_PER_ACCOUNT, Indexer, RecordingEvm
from contracts.orders import block, order
from contracts.stage import (
    ALICE,
    BOB,
    BTC,
    INSURANCE,
    KEEPER,
    LONG,
    NOBODY,
    PAUSED,
    SHORT,
    USDC,
    USDC_1,
    WAD,
    YEAR_S,
    Stage,
)
from contracts.walk import Walk, busy_stage, rich_stage

from sim.chain import evm

SEEDS, STEPS = 4, 600


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Stage]], Stage]:
    """Set a stage whose logs are kept from the first block on."""

    def begin(setting: Callable[[], Stage]) -> Stage:
        monkeypatch.setattr(evm, "EVM", RecordingEvm)
        return setting()

    return begin


def index(stage: Stage) -> Indexer:
    """Read the whole tape."""
    indexer = Indexer(stage)
    indexer.read(stage._evm.tape)
    return indexer


def plain(struct: Any) -> tuple[Any, ...]:
    return tuple(vars(struct).values())


def check_tokens(stage: Stage, known: Indexer) -> None:
    """Wallets, shares, the pool, every account; and that the protocol's own balance is their sum."""
    for contract in (*stage.tokens, stage.pool):
        held = known.tokens[contract.address]
        for holder in set(held) - {NOBODY}:
            assert contract.read("balanceOf", holder) == held[holder]
        assert contract.read("totalSupply") == known.supply(contract.address)
    for k, asset in known.assets.items():
        accounts = {account: known.collateral[account, k] for account in known.owners}
        bucket = stage.market.read("buckets", k)
        assert plain(bucket) == (known.pool[k], known.reserved(k), sum(accounts.values()))
        assert known.tokens[asset.token][stage.market.address] == known.pool[k] + sum(accounts.values())
        for account, units in accounts.items():
            assert stage.market.read("collateral", account, k) == units
        assert known.collateral[BOOK, k] == known.margins(k)
    assert stage.pool.read("rebate_budget_usd_wad") == known.rebate_budget


def check_positions(stage: Stage, known: Indexer) -> None:
    """Positions, the sums over them, claims, pots and impact pools."""
    market = stage.market
    assert market.read("account_count") == len(known.owners)
    for account in known.owners:
        bitmap = 0
        for m in known.markets:
            position = known.positions.get((account, m), (0,) * 5)
            assert plain(market.read("positions", account, m)) == position
            assert market.read("funding_claims", account, m) == known.claims[account, m]
            bitmap |= (position[0] != 0) << m
        assert market.read("markets_of", account) == bitmap
    for m in known.markets:
        for side in (LONG, SHORT):
            assert plain(market.read("sides", m, side)) == known.side(m, side)
            assert stage.liquidator.read("deficits", m, side) == known.deficits[m, side]
        clock = market.read("clocks", m)
        assert clock.funding_pot_usd_wad == known.pots[m]
        assert clock.impact_pool_usd_wad == known.impact_pools[m]
        assert clock.closed == known.closed[m]


def check_orders(stage: Stage, known: Indexer) -> None:
    for account in known.owners:
        slots = {slot for owner, slot in known.orders if owner == account}
        assert stage.order_book.read("open_orders", account) == len(slots)
        for slot in range(SLOTS_PER_ACCOUNT):
            kept = stage.order_book.read("orders", account, slot)
            terms, placed_at_s = known.orders.get((account, slot), ((0,) * 10, 0))
            assert (plain(kept.terms), kept.placed_at_s) == (terms, placed_at_s)


def check_rules(stage: Stage, known: Indexer) -> None:
    """Who owns what, and under which rules."""
    market = stage.market
    for account, owner in known.owners.items():
        assert market.read("owner_of", account) == owner
        for operator in {operator for _, operator in known.operators}:
            assert market.read("is_operator", account, operator) == ((account, operator) in known.operators)
    for k, asset in known.assets.items():
        assert market.read("asset_params", k) == asset
    for m, params in known.markets.items():
        assert market.read("market_params", m) == params
    for slot, policy in known.policies.items():
        assert stage.holder_of(slot).read("policy_of", slot) == policy
    assert market.read("mode") == known.mode
    assert market.read("reduce_only_until_s") == known.reduce_only_until_s
    assert market.read("protocol_fee_wad") == known.protocol_fee
    assert market.read("sale_order") == known.sale_order


def check(stage: Stage) -> Indexer:
    """Everything."""
    known = index(stage)
    check_tokens(stage, known)
    check_positions(stage, known)
    check_orders(stage, known)
    check_rules(stage, known)
    return known


def test_random_histories_are_rebuilt_from_their_logs(recorded: Callable[..., Stage]) -> None:
    """Deposits, trades, orders, liquidations, take-overs, deleveraging, funding, swaps, rebates, parameters."""
    accepted: set[str] = set()
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        walk = Walk(seed, recorded(rich_stage))
        for step in range(STEPS):
            walk.step()
            if step % 250 == 0:
                walk.stage.change_asset(USDC, haircut_wad=step * WAD // 10**4)
                check(walk.stage)
        check(walk.stage)
        accepted |= {answer.removesuffix(" OK") for answer in walk.answers if answer.endswith(" OK")}
        seen += walk.seen
    # The histories are not vacuous.
    verbs = {"trade", "mint", "redeem", "swap", "place", "cancel", "execute", "release", "liquidate", "unwind"}
    assert accepted >= verbs | {"deposit_collateral", "withdraw_collateral", "transfer_collateral", "claim_funding"}
    assert seen["PositionChanged"] > 100
    assert min(seen[name] for name in ("FundingClaimed", "PositionAssigned", "RebateBudgetMoved", "OrderClosed")) > 0


def test_the_rare_verbs_are_rebuilt_too(recorded: Callable[..., Stage]) -> None:
    """A bankrupt payer of funding, a deficit, a haircut, an unwound position, orders of every outcome."""
    stage = recorded(busy_stage)
    stage.fill("liquidation", "policies/liquidation/FullLiquidation.vy", 10, 5, 5, 2 * WAD, False, True, False)
    stage.fill("deleverage", "policies/deleverage/QueueDeleverage.vy", 0, 0, True, 0)
    stage.rude("funding_rate", -(10 * WAD) // YEAR_S)  # shorts pay
    stage.deposit(INSURANCE, USDC, 2_500 * USDC_1)
    for account, size in ((ALICE, WAD), (BOB, -WAD)):
        stage.deposit(account, USDC, 6_000 * USDC_1)
        stage.trade(account, BTC, size)
    for outcome in range(3):
        stage.order_book.send("place", BOB, order(-WAD // 100, 1 + outcome, margin=outcome), by="trader")
    block(stage, {BTC: 50_000}, seconds=3_600)
    stage.order_book.send("cancel", BOB, 0, by="trader")
    stage.order_book.send("execute", BOB, 1, KEEPER, by="keeper")
    check(stage)
    block(stage, {BTC: 62_000}, seconds=86_400)
    stage.order_book.send("release", BOB, by="keeper")
    result = stage.liquidate(BOB)
    assert result.bad_debt_usd_wad > 0
    fill = next(e.fields["fill"] for _, _, e in reversed(stage._evm.tape) if e.name == "Traded")
    assert fill[5] > 0 < fill[8]  # funding was due, and a part of the debt was not paid
    known = check(stage)
    assert known.deficits[BTC, LONG] > 0
    accounts = [ALICE] + [0] * 15
    stage.liquidator.send("deleverage", BTC, LONG, accounts, by="keeper")
    assert check(stage).deficits[BTC, LONG] < known.deficits[BTC, LONG]
    stage.deposit(INSURANCE, USDC, 50_000 * USDC_1)
    held = stage.market.read("positions", ALICE, BTC).size_wad
    usd = 50_000
    while stage.market.read("health", ALICE).equity >= stage.market.read("health", ALICE).maintenance:
        usd -= 500
        stage.price(BTC, usd * WAD)
    stage.advance(1)
    assert stage.liquidate(ALICE).assigned_usd_wad > 0
    stage.liquidator.send("unwind", BTC, by="stranger")
    assert 0 < stage.market.read("positions", INSURANCE, BTC).size_wad < held
    stage.rude("circuit", 1)
    stage.advance(1)
    stage.market.send("accrue", by="stranger")
    stage.govern("market", "set_sale_order", 0x0123)
    stage.controller.send("set_mode", PAUSED, by="admin")
    assert check(stage).closed[BTC] == 1


def test_what_others_log_is_not_believed(recorded: Callable[..., Stage]) -> None:
    """A token of somebody's own may log what it likes; an indexer goes by the emitter."""
    stage = recorded(busy_stage)
    before = index(stage)
    fake = stage.deploy("mocks/MockToken.vy", "Fake", "BWP", 18)
    fake.send("mint", stage.address("stranger"), 10**6 * WAD, by="stranger")
    after = check(stage)
    assert fake.address not in after.tokens
    assert after.tokens == before.tokens
