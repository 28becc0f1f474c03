"""Orders, written in whole dollars, and a stage on which they are worth placing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from contracts.stage import (
    ALICE,
    BTC,
    BTC_1,
    KEEPER,
    MAX_UINT,
    PRICES_USD,
    USDC,
    USDC_1,
    WAD,
    Event,
    Receipt,
    Stage,
    event,
)

LIMIT, STOP, TAKE_PROFIT = range(3)  # kinds
CANCELLED, EXECUTED, RELEASED = range(3)  # outcomes
BOOK = 3  # the order book's own account, where margin lies
MAX_ORDERS = 8
BLOCK_S = 10
FULL = "policies/liquidation/FullLiquidation.vy"
RESTORE = "policies/liquidation/RestoreMargin.vy"
CANDIDATES = 16


class Terms(NamedTuple):
    """The struct of the order book."""

    m: int
    kind: int
    size_delta_wad: int
    trigger_price_wad: int
    acceptable_price_wad: int
    is_reduce_only: bool
    asset: int
    margin: int
    reward: int
    expires_at_s: int


def order(
    size_wad: int,
    trigger_usd: int,
    *,
    kind: int = LIMIT,
    m: int = BTC,
    worst_usd: int | None = None,
    is_reduce_only: bool = False,
    asset: int = USDC,
    margin: int = 0,
    reward: int = 0,
    expires_at_s: int = 0,
) -> Terms:
    """Write an order; without `worst_usd` it takes any price."""
    anything = MAX_UINT if size_wad > 0 else 0
    worst = anything if worst_usd is None else worst_usd * WAD
    return Terms(m, kind, size_wad, trigger_usd * WAD, worst, is_reduce_only, asset, margin, reward, expires_at_s)


def open_stage(*overrides: str) -> Stage:
    """A pool of 10 BTC, 200 ETH and 500,000 USDC; Alice has 10,000 USDC. Initial margin is 10 %, maintenance 2 %."""
    stage = Stage(*overrides)
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 10_000 * USDC_1)
    return stage


def block(stage: Stage, usd: dict[int, int] | None = None, seconds: int = BLOCK_S) -> None:
    """Begin a block; every feed publishes, those that are named a new price."""
    stage.advance(seconds)
    for feed, price in (dict(enumerate(PRICES_USD)) | (usd or {})).items():
        stage.price(feed, price * WAD)


def place(stage: Stage, account: int, terms: Terms) -> int:
    """Leave an order that has to be accepted. Its slot."""
    slot: int = stage.order_book.send("place", account, terms, by="trader").returned
    return slot


def execute(stage: Stage, account: int, slot: int, keeper: int = KEEPER) -> Receipt:
    """Execute an order that has to be accepted, as somebody without any right in the account."""
    return stage.order_book.send("execute", account, slot, keeper, by="keeper")


def refusal_to_execute(stage: Stage, account: int, slot: int, keeper: int = KEEPER) -> str:
    """What a keeper is answered; OK if the order is executed."""
    return stage.order_book.refusal("execute", account, slot, keeper, by="keeper")


def moved(account: int, delta: int, asset: int = USDC) -> Event:
    """Collateral of an account that moved."""
    return event("CollateralMoved", account=account, asset=asset, delta=delta)


def paid_in(delta: int, asset: int = USDC) -> Event:
    """Tokens that entered the pool, or left it."""
    return event("PoolMoved", asset=asset, delta=delta)


def candidates(*accounts: int) -> list[int]:
    """As `deleverage` takes them."""
    return [*accounts, *[0] * (CANDIDATES - len(accounts))]


class Fill(NamedTuple):
    """The struct of a trade that happened."""

    size_delta_wad: int
    price_wad: int
    settled_usd_wad: int = 0
    fee_usd_wad: int = 0
    borrow_usd_wad: int = 0
    funding_usd_wad: int = 0
    impact_usd_wad: int = 0
    paid_usd_wad: int = 0
    unpaid_usd_wad: int = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """All that an account and its orders have of an asset."""

    account: int
    set_aside: int

    @property
    def total(self) -> int:
        return self.account + self.set_aside


def holding(stage: Stage, account: int, k: int = USDC) -> Holding:
    """What the account has free, and what its open orders have set aside."""
    held = [stage.order_book.read("orders", account, slot) for slot in range(MAX_ORDERS)]
    aside = sum(each.terms.margin for each in held if each.placed_at_s and each.terms.asset == k)
    return Holding(stage.collateral(account, k), aside)
