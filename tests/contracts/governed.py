"""Parameters as RiskController takes them."""

from __future__ import annotations

from typing import Any

from contracts.stage import BTC, USDC, WAD, Contract, Stage

from sim.chain.settings import ROLES
from sim.design import SLOTS

DAY_S = 86_400
BPS = WAD // 10_000


def new_asset(stage: Stage, **changes: Any) -> tuple[Any, ...]:
    """Parameters at their bounds, under which another token could be listed."""
    params = {
        "token": stage.tokens[USDC].address,
        "scale": 10**12,
        "feed": USDC,
        "target_weight_wad": WAD,
        "haircut_wad": WAD,
        "depth_usd_wad": 2**128 - 1,
        "max_pool": 100,
        "buffer": 100,
    }
    return _with(params, changes)


def new_market(**changes: Any) -> tuple[Any, ...]:
    """Parameters at their bounds, under which another market could be listed."""
    params = {
        "feed": 7,
        "long_asset": BTC,
        "short_asset": USDC,
        "reserve_factor_wad": 10 * WAD,
        "max_open_interest_usd_wad": 5,
        "max_open_interest_share_wad": 1_000 * WAD,
        "max_account_share_wad": WAD,
        "max_profit_share_wad": 1_000 * WAD,
        "impact_pool_share_wad": WAD,
        "min_position_usd_wad": 5,
        "trade_fee_wad": WAD // 10,
        "is_reduce_only": False,
    }
    return _with(params, changes)


def asset(stage: Stage, k: int, **changes: Any) -> tuple[Any, ...]:
    """Parameters of a listed asset, some of them changed."""
    return _with(vars(stage.market.read("asset_params", k)), changes)


def market(stage: Stage, m: int, **changes: Any) -> tuple[Any, ...]:
    """Parameters of a listed market, some of them changed."""
    return _with(vars(stage.market.read("market_params", m)), changes)


def pool(stage: Stage, **changes: Any) -> tuple[Any, ...]:
    """Parameters of the pool, some of them changed."""
    return _with(vars(stage.pool.read("params")), changes)


def change(stage: Stage, setter: str, *arguments: Any) -> str:
    """Answer to a change by the admin that was announced a day before."""
    stage.controller.send(setter.replace("set_", "announce_"), *arguments, by="admin")
    stage.advance(DAY_S)
    return stage.controller.refusal(setter, *arguments, by="admin")


def unlist(stage: Stage, what: str, i: int) -> str:
    """Answer to an unlisting that was announced a day before."""
    stage.controller.send(f"announce_unlist_{what}", i, by="admin")
    stage.advance(DAY_S)
    return stage.controller.refusal(f"unlist_{what}", i, by="admin")


def unsealed(stage: Stage) -> tuple[Contract, Contract, Contract]:
    """A controller, its Market and its Pool in their set-up: every slot is filled, nothing is listed."""
    admin = stage.address("admin")
    controller = stage.deploy("RiskController.vy", admin, admin)
    market = stage.deploy("Market.vy", controller.address, admin, stage.oracle.address, True)
    pool = stage.deploy("Pool.vy", market.address, controller.address)
    desk = stage.deploy("Desk.vy", market.address, False, 0, 0)
    controller.send("bind", market.address, by="admin")
    roles = {
        "liquidator": stage.deploy("Liquidator.vy", market.address, desk.address, WAD, DAY_S),
        "pool": pool,
        "order_book": stage.deploy("OrderBook.vy", market.address, desk.address),
        "exits": stage.deploy("Exits.vy", market.address, pool.address),
        "entries": stage.deploy("Entries.vy", market.address, pool.address),
        "desk": desk,
        "rates": stage.deploy("Rates.vy", market.address),
    }
    for slot, role in enumerate(ROLES, start=len(SLOTS)):
        controller.send("set_policy", slot, roles[role].address, by="admin")
    for slot in range(len(SLOTS)):
        policy = stage.deploy("mocks/RudePolicy.vy", [0] * 12)
        controller.send("set_policy", slot, policy.address, by="admin")
    return controller, market, pool


def _with(params: dict[str, Any], changes: dict[str, Any]) -> tuple[Any, ...]:
    assert changes.keys() <= params.keys()
    return tuple((params | changes).values())
