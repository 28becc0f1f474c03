"""Exits by request on the stage: a pool whose shares wait, and what its holders and keepers do."""

from __future__ import annotations

from contracts.orders import block, open_stage
from contracts.pools import SUPPLY, limit
from contracts.stage import USDC, Receipt, Stage

WAIT_S = 300
PATIENCE_S = 3_600
LIFE_S = 86_400
#: What a keeper gets of the shares, one part of so many.
REWARD = 10_000
EXECUTED, RETURNED, EXPIRED, POSTPONED = range(4)
PART = SUPPLY // 10


def waiting_stage(*overrides: str, wait_s: int = WAIT_S, **limits: int) -> Stage:
    """A pool of 1,500,000 USD whose shares leave by request; the stranger has 37 % of them."""
    stage = open_stage(*overrides)
    limit(stage, exit_wait_s=wait_s, **limits)
    stage.pool.send("transfer", stage.address("stranger"), SUPPLY * 37 // 100, by="lp")
    return stage


def ask(stage: Stage, shares: int, *, k: int = USDC, least: int = 0, by: str = "stranger") -> Receipt:
    """Request an exit that has to be accepted; the tokens go to whoever asks."""
    return stage.exits.send("request_exit", k, shares, least, stage.address(by), by=by)


def asked(stage: Stage, shares: int, *, k: int = USDC, least: int = 0, by: str = "stranger") -> str:
    """What a request is answered."""
    return stage.exits.refusal("request_exit", k, shares, least, stage.address(by), by=by)


def go(stage: Stage, holder: str = "stranger") -> Receipt:
    """Let a keeper bring a request to its end, or further."""
    return stage.exits.send("execute_exit", stage.address(holder), by="keeper")


def gone(stage: Stage, holder: str = "stranger") -> str:
    """What a keeper is answered."""
    return stage.exits.refusal("execute_exit", stage.address(holder), by="keeper")


def outcome(receipt: Receipt) -> int | None:
    """How a request ended; None if it waits on."""
    ended = [event for event in receipt.events if event.name == "ExitClosed"]
    return ended[0].fields["outcome"] if ended else None


def pass_wait(stage: Stage, usd: dict[int, int] | None = None, wait_s: int = WAIT_S) -> None:
    """Begin the first block whose prices were observed after the wait."""
    block(stage, usd, seconds=wait_s + 1)


def less_reward(shares: int) -> int:
    """What leaves of so many shares."""
    return shares - shares // REWARD
