"""RiskController: the set-up is free and the pool is shut; the seal ends both."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S, new_asset, new_market, unsealed
from contracts.stage import INSURANCE, MAX_UINT, NORMAL, TREASURY, USDC, USDC_1, WAD, Contract, Stage, event

from contracts import governed
from sim.chain.settings import ROLES
from sim.design import SLOTS


def set_up(stage: Stage) -> tuple[Contract, Contract, Contract]:
    """A pool of one asset, in its set-up."""
    controller, market, pool = unsealed(stage)
    controller.send("set_asset", 0, new_asset(stage, max_pool=10**6 * USDC_1, buffer=0, haircut_wad=0), by="admin")
    controller.send("set_market", 0, new_market(long_asset=0, short_asset=0, feed=0), by="admin")
    for role in ("admin", "lp"):
        stage.tokens[USDC].send("mint", stage.address(role), 10**6 * USDC_1, by="lp")
        stage.tokens[USDC].send("approve", market.address, MAX_UINT, by=role)
    return controller, market, pool


def test_before_the_seal_every_setting_is_free(stage: Stage) -> None:
    """Nobody relies on it yet: a deployment sets all of a design in one block, and may think again."""
    controller, market, _ = set_up(stage)
    for _ in range(2):
        for slot in range(8):
            policy = stage.deploy("mocks/RudePolicy.vy", [1_000 * WAD] * 12).address
            controller.send("set_policy", slot, policy, by="admin")
        for share in (WAD, 0):
            controller.send("set_protocol_fee", share, by="admin")
        controller.send("set_pool", (MAX_UINT, 30 * DAY_S, 7 * DAY_S, WAD // 100, WAD, 3_600, 3_600), by="admin")
        controller.send("set_asset", 0, new_asset(stage, depth_usd_wad=1), by="admin")
        controller.send(
            "set_market", 0, new_market(feed=0, max_profit_share_wad=0, long_asset=0, short_asset=0), by="admin"
        )
        controller.send("set_sale_order", 0, by="admin")
    assert market.read("mode") == 3


@refuses("deposit_collateral", "ACCESS_CLOSED_BY_MODE")
def test_before_the_seal_nobody_but_the_admin_puts_tokens_in(stage: Stage) -> None:
    _, market, pool = set_up(stage)
    lp, admin = stage.address("lp"), stage.address("admin")
    market.send("open_account", by="lp")
    for account in (3, INSURANCE, TREASURY):
        assert market.refusal("deposit_collateral", account, 0, USDC_1, by="lp") == "ACCESS_CLOSED_BY_MODE"
    for receiver in (lp, admin):
        assert pool.refusal("mint", 0, USDC_1, 0, receiver, by="lp") == "ACCESS_CLOSED_BY_MODE"
    market.send("deposit_collateral", INSURANCE, 0, USDC_1, by="admin")
    pool.send("mint", 0, USDC_1, 0, lp, by="admin")
    assert pool.refusal("redeem", 0, 1_000, 0, lp, by="lp") == "ACCESS_CLOSED_BY_MODE"
    assert pool.refusal("swap", 0, 1, 1_000, 0, lp, by="lp") in ("ASSET_NOT_LISTED", "ACCESS_CLOSED_BY_MODE")


@happy("seal")
@refuses("seal", "ACCESS_SEALED")
def test_the_seal_opens_the_pool_once(stage: Stage) -> None:
    controller, market, pool = set_up(stage)
    receipt = controller.send("seal", by="admin")
    assert receipt.events == (event("Sealed", time_s=stage.time_s), event("ModeChanged", mode=NORMAL))
    assert controller.read("is_sealed")
    assert controller.refusal("seal", by="admin") == "ACCESS_SEALED"
    market.send("open_account", by="lp")
    market.send("deposit_collateral", 3, 0, USDC_1, by="lp")
    pool.send("mint", 0, USDC_1, 0, stage.address("lp"), by="lp")


@refuses("seal", "POLICY_NOT_A_CONTRACT")
@refuses("seal", "ACCESS_ROLE_MISSING")
def test_a_design_with_an_empty_slot_is_not_sealed(stage: Stage) -> None:
    admin = stage.address("admin")
    controller = stage.deploy("RiskController.vy", admin, admin)
    market = stage.deploy("Market.vy", controller.address, admin, stage.oracle.address, True)
    controller.send("bind", market.address, by="admin")
    assert controller.refusal("seal", by="admin") == "ACCESS_ROLE_MISSING"
    pool = stage.deploy("Pool.vy", market.address, controller.address)
    controller.send("set_policy", len(SLOTS) + ROLES.index("pool"), pool.address, by="admin")
    assert controller.refusal("seal", by="admin") == "POLICY_NOT_A_CONTRACT"


@pytest.mark.parametrize(
    "setter", ["set_asset", "set_market", "set_pool", "set_protocol_fee", "set_sale_order", "set_policy"]
)
def test_a_deployed_design_is_sealed(stage: Stage, setter: str) -> None:
    """Listing and the first setting of anything included."""
    arguments = {
        "set_asset": (4, new_asset(stage)),
        "set_market": (3, new_market()),
        "set_pool": (governed.pool(stage),),
        "set_protocol_fee": (0,),
        "set_sale_order": (0x3210,),
        "set_policy": (0, stage.pool.read("policy_of", 0)),
    }[setter]
    stage.advance(30 * DAY_S)
    assert stage.controller.refusal(setter, *arguments, by="admin") == "ACCESS_TOO_SOON"
