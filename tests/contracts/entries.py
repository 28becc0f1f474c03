"""Entries by request on the stage: a pool into which one enters by request, and what holders and keepers do."""

from __future__ import annotations

from contracts.orders import block, open_stage
from contracts.pools import limit
from contracts.stage import BTC, USDC, USDC_1, Receipt, Stage

WAIT_S = 12
LIFE_S = 3_600
#: What a keeper gets of the tokens, one part of so many; five cents at least.
REWARD = 10_000
EXECUTED, RETURNED, EXPIRED, POSTPONED = range(4)
SHARES = 8  # in place of an asset
AMOUNT = 10_000 * USDC_1
LESS = AMOUNT - AMOUNT // REWARD


def waiting_stage(*overrides: str, wait_s: int = WAIT_S, **limits: int) -> Stage:
    """A pool of 1,500,000 USD into which one enters by request."""
    stage = open_stage(*overrides)
    limit(stage, entry_wait_s=wait_s, **limits)
    return stage


def ask_mint(stage: Stage, amount: int = AMOUNT, *, k: int = USDC, least: int = 0, by: str = "stranger") -> Receipt:
    """Request shares; they go to whoever asks."""
    return stage.entries.send("request_mint", k, amount, least, stage.address(by), by=by)


def ask_swap(
    stage: Stage, amount: int = AMOUNT, *, k: int = USDC, j: int = BTC, least: int = 0, by: str = "stranger"
) -> Receipt:
    """Request tokens; they go to whoever asks."""
    return stage.entries.send("request_swap", k, j, amount, least, stage.address(by), by=by)


ASKS = (ask_mint, ask_swap)


def mint_asked(stage: Stage, amount: int = AMOUNT, *, k: int = USDC, by: str = "stranger") -> str:
    """What a request of shares is answered."""
    return stage.entries.refusal("request_mint", k, amount, 0, stage.address(by), by=by)


def swap_asked(stage: Stage, amount: int = AMOUNT, *, k: int = USDC, j: int = BTC, by: str = "stranger") -> str:
    """What a request of tokens is answered."""
    return stage.entries.refusal("request_swap", k, j, amount, 0, stage.address(by), by=by)


def go(stage: Stage, holder: str = "stranger") -> Receipt:
    """Let a keeper bring a request to its end, or further."""
    return stage.entries.send("execute_entry", stage.address(holder), by="keeper")


def gone(stage: Stage, holder: str = "stranger") -> str:
    """What a keeper is answered."""
    return stage.entries.refusal("execute_entry", stage.address(holder), by="keeper")


def outcome(receipt: Receipt) -> int | None:
    """How a request ended; None if it waits on."""
    ended = [event for event in receipt.events if event.name == "EntryClosed"]
    return ended[0].fields["outcome"] if ended else None


def pass_wait(stage: Stage, usd: dict[int, int] | None = None, wait_s: int = WAIT_S) -> None:
    """Begin the first block whose prices were observed after the wait."""
    block(stage, usd, seconds=wait_s + 1)
