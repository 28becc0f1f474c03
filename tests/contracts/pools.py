"""The pool's limits, and what those who hold shares ask of it."""

from __future__ import annotations

from typing import Any

from contracts.stage import FINE, USDC, USDC_1, WAD, Stage

#: The pool begins with 500,000 USD in each of BTC, ETH and USDC, and as many shares.
SUPPLY = 1_500_000 * WAD


def limit(stage: Stage, **changes: int) -> None:
    """Change the pool's parameters."""
    params: dict[str, Any] = vars(stage.pool.read("params")) | changes
    stage.govern("pool", "set_params", tuple(params.values()))


def mint(stage: Stage, usd: int, by: str = "lp", receiver: str = "") -> str:
    """What minting with USDC is answered."""
    return stage.pool.refusal("mint", USDC, usd * USDC_1, 0, stage.address(receiver or by), by=by)


def redeem(stage: Stage, shares: int, by: str = "lp") -> str:
    """What redeeming to USDC is answered."""
    return stage.pool.refusal("redeem", USDC, shares, 0, stage.address(by), by=by)


def held(stage: Stage, role: str) -> int:
    shares: int = stage.pool.read("balanceOf", stage.address(role))
    return shares


def was_first(stage: Stage, feed: int, published_at: int) -> None:
    """Let the oracle remember an earlier price of a feed that was the first after the wait."""
    mid = (50_000, 2_500, 100, 1)[feed] * WAD
    stage.oracle.send("set_first", feed, (mid, mid, mid, published_at, FINE), by="admin")
