"""Pool: the last provider leaves with everything; what stays is dust, and the pool can begin again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contracts.orders import open_stage
from contracts.pools import held, limit, mint, redeem
from contracts.stage import ALICE, BTC, BTC_1, ETH, USDC, USDC_1, WAD, Stage

#: Nobody misses it: less than a millionth of a dollar in each token.
DUST_USD_WAD = WAD // 1_000
DAY_S = 86_400
FLAT, BANDED, CONTINUOUS = (f"policies/weight_fee/{name}.vy" for name in ("FlatFee", "BandedTax", "ContinuousTax"))


@pytest.fixture
def stage() -> Stage:
    """The LP alone holds shares: 500,000 USD in each of three assets."""
    return open_stage()


def stays(stage: Stage) -> int:
    """USD WAD of the pool's tokens."""
    usd: int = stage.pool.read("aum").tokens_mid
    return usd


def leave(stage: Stage, k: int = USDC, by: str = "lp") -> str:
    return stage.pool.refusal("redeem", k, held(stage, by), 0, stage.address(by), by=by)


def _spread(stage: Stage) -> None:
    stage.price(BTC, 50_000 * WAD, spread=100 * WAD)


def _budget(stage: Stage) -> None:
    """Half of a fee that the pool keeps is set aside for rebates."""
    limit(stage, rebate_share_wad=WAD // 2)
    stage.rude("weight_fee", WAD // 100)
    stage.pool.send("swap", USDC, BTC, 10_000 * USDC_1, 0, stage.address("stranger"), by="stranger")
    assert stage.pool.read("rebate_budget_usd_wad") > 0


#: What has kept value in the pool, or its provider.
OBSTACLES: dict[str, Callable[[Stage], object]] = {
    "nothing": lambda stage: None,
    "a flat fee": lambda stage: stage.fill("weight_fee", FLAT, 100, 100),
    "a band": lambda stage: stage.fill("weight_fee", BANDED, 10, 2, 50, WAD // 5, 0),
    "a fee above the bound": lambda stage: stage.rude("weight_fee", WAD // 2),
    "the treasury's share of fees": lambda stage: (
        stage.fill("weight_fee", FLAT, 100, 100),
        stage.govern("market", "set_protocol_fee", WAD // 2),
    ),
    "a spread": _spread,
    "a rebate budget": _budget,
    "buffers": lambda stage: [stage.change_asset(k, buffer=units) for k, units in ((BTC, BTC_1), (USDC, 10**11))],
    "a redemption limit": lambda stage: limit(stage, redeem_window_s=DAY_S, redeem_limit_wad=WAD // 100),
    "a cap on value": lambda stage: limit(stage, max_aum_usd_wad=WAD),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_the_last_provider_leaves_with_all_but_dust(stage: Stage, obstacle: str) -> None:
    OBSTACLES[obstacle](stage)
    before = [stage.balance(k, "lp") for k in (BTC, ETH, USDC)]
    pools = [stage.market.read("buckets", k).pool for k in (BTC, ETH, USDC)]
    assert leave(stage) == "OK"
    assert stays(stage) < DUST_USD_WAD
    assert stage.pool.read("rebate_budget_usd_wad") == 0
    for k, was, pool in zip((BTC, ETH, USDC), before, pools, strict=True):
        assert was + pool - stage.balance(k, "lp") <= 1 + pool // 10**14


@pytest.mark.parametrize("obstacle", ["nothing", "a flat fee", "a rebate budget"])
def test_a_pool_that_everybody_left_begins_again(stage: Stage, obstacle: str) -> None:
    OBSTACLES[obstacle](stage)
    assert leave(stage) == "OK"
    limit(stage, rebate_share_wad=0)
    stage.fill("weight_fee", FLAT, 0, 0)
    assert mint(stage, 1_000, by="stranger") == "OK"
    assert held(stage, "stranger") == 1_000 * WAD
    stage.fill("weight_fee", FLAT, 100, 100)
    assert redeem(stage, 500 * WAD, by="stranger") == "OK"
    assert leave(stage, by="stranger") == "OK"
    assert stays(stage) < 2 * DUST_USD_WAD


def test_a_window_that_is_used_up_does_not_hold_the_last_one(stage: Stage) -> None:
    """Two providers, a quarter a day: when the first has gone, the second goes at once."""
    limit(stage, redeem_window_s=DAY_S, redeem_limit_wad=WAD // 4)
    stage.pool.send("transfer", stage.address("stranger"), held(stage, "lp") // 20_000, by="lp")
    assert redeem(stage, held(stage, "lp") // 4) == "OK"
    assert redeem(stage, held(stage, "lp") // 4) == "POOL_REDEEM_LIMIT"
    assert leave(stage) == "OK"
    assert leave(stage, by="stranger") == "OK"


def test_dust_in_strangers_hands_keeps_nobody_and_loses_nothing(stage: Stage) -> None:
    stage.fill("weight_fee", FLAT, 100, 100)
    limit(stage, redeem_window_s=DAY_S, redeem_limit_wad=WAD // 4)
    stage.pool.send("transfer", stage.address("stranger"), 100 * WAD, by="lp")
    aum, supply = stage.pool.read("aum").low, stage.pool.read("totalSupply")
    assert leave(stage) == "OK"
    worth = stage.pool.read("aum").low * 100 * WAD // stage.pool.read("totalSupply")
    assert 0 <= worth - aum * 100 * WAD // supply < DUST_USD_WAD
    assert leave(stage, by="stranger") == "OK"
    assert stays(stage) < 2 * DUST_USD_WAD


def test_who_is_not_the_last_pays_as_ever(stage: Stage) -> None:
    stage.fill("weight_fee", FLAT, 100, 100)
    stage.pool.send("transfer", stage.address("stranger"), held(stage, "lp") // 100, by="lp")
    fee: int = stage.pool.send("redeem", USDC, held(stage, "lp") // 4, 0, stage.address("lp"), by="lp").returned[1]
    assert fee > 0
    assert leave(stage) == "POOL_RESERVED"  # of one asset alone, at its fee


def test_open_positions_keep_what_is_reserved_for_them(stage: Stage) -> None:
    stage.fill("weight_fee", FLAT, 0, 0)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    assert leave(stage) == "POOL_RESERVED"
    assert redeem(stage, held(stage, "lp") // 10) == "OK"
    stage.trade(ALICE, BTC, -WAD)
    assert leave(stage) == "OK"
    assert stays(stage) < DUST_USD_WAD


def test_the_least_amount_is_that_of_the_asset_asked_for(stage: Stage) -> None:
    units = stage.market.read("buckets", USDC).pool
    shares, lp = held(stage, "lp"), stage.address("lp")
    assert stage.pool.refusal("redeem", USDC, shares, units + 1, lp, by="lp") == "TOKENS_TOO_FEW"
    told, fee = stage.pool.send("redeem", USDC, shares, units - 1, lp, by="lp").returned
    assert (told, fee) == (units - 1, 0)
