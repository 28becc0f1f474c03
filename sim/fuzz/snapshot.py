"""The state of the contracts in exact integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Price(NamedTuple):
    """One feed; USD WAD."""

    low: int
    mid: int
    high: int
    collateral: int
    published_at: int
    status: int
    observed_from_s: int = 0
    shown: int = 0


class Bucket(NamedTuple):
    """One asset, token units."""

    pool: int
    reserved: int
    collateral: int


class Side(NamedTuple):
    """Sums over the positions of one side."""

    size: int
    cost: int
    borrow_index: int
    borrow_debt: int
    funding_index: int
    funding_debt: int


class Clock(NamedTuple):
    """A market's last accrual, its two pots, the verbs that its circuit breaker closes, and at which price."""

    accrued_at: int
    funding_pot: int
    impact_pool: int
    closed: int
    price: int


class Position(NamedTuple):
    """size > 0: long."""

    size: int
    cost: int
    reserve: int
    borrow_debt: int
    funding_debt: int
    given: int = 0  # of its profit, by haircuts that are not in its cost yet

    @property
    def stored(self) -> tuple[int, ...]:
        """As the market keeps it."""
        return self[:-1]

    @property
    def booked(self) -> int:
        """Cost with what haircuts took in it."""
        return self.cost + self.given if self.size > 0 else self.cost - self.given


class Aum(NamedTuple):
    """Value of all shares, USD WAD: the rebate budget is not in it."""

    low: int
    mid: int
    high: int
    status: int
    tokens_mid: int
    mode: int
    closed: int


class Health(NamedTuple):
    """Margin of an account, USD WAD."""

    equity: int
    free: int
    initial: int
    maintenance: int
    status: int  # of the positions' prices
    collateral_status: int
    notionals: tuple[int, ...]
    collateral: int

    @property
    def notional(self) -> int:
        """All positions together."""
        return sum(self.notionals)

    @property
    def is_liquidatable(self) -> bool:
        """Below maintenance margin."""
        return self.equity < self.maintenance


class Exit(NamedTuple):
    """A request to leave; without shares there is none."""

    k: int
    shares: int
    reward: int  # of the shares
    min_amount: int
    receiver: int  # its address as a number
    ends_s: int
    due_s: int
    window: int


class Entry(NamedTuple):
    """A request to enter; without an amount there is none."""

    k: int
    j: int  # asked for; `SHARES` stands for shares
    amount: int  # of k, the reward included
    reward: int
    min_out: int
    receiver: int  # its address as a number
    ends_s: int
    due_s: int


class Losses(NamedTuple):
    """What the liquidator remembers of bad debt."""

    epoch_ends_s: int
    epoch_loss_usd: int
    deficits: tuple[tuple[int, int], ...]  # by market, by the side that won
    given: tuple[tuple[int, int], ...]  # by market and side: what an index has ever taken from its winners
    unbooked: tuple[tuple[int, int], ...]  # the part of it that is not in the cost of their positions yet


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything of value that the contracts remember, and what they say it is worth now."""

    time_s: int
    prices: tuple[Price, ...]  # by feed
    buckets: tuple[Bucket, ...]  # by asset
    tokens: tuple[tuple[int, ...], ...]  # by asset: of the market, then of each actor, then of the contract of entries
    shares: tuple[int, ...]  # of the pool contract, then of each actor, then of the contract of exits
    exits: tuple[Exit, ...]  # by actor: what he asked to leave with
    entries: tuple[Entry, ...]  # by actor: what he asked to enter with
    supply: int
    rebate_budget: int  # USD WAD
    pending_losses: int  # USD WAD that nobody can pay: redemptions do not get it
    sides: tuple[tuple[Side, Side], ...]  # by market
    clocks: tuple[Clock, ...]  # by market
    losses: Losses
    collateral: dict[int, tuple[int, ...]]  # account -> by asset
    positions: dict[int, tuple[Position, ...]]  # account -> by market
    claims: dict[int, tuple[int, ...]]  # account -> by market: funding earned, not yet paid
    pool_claims: tuple[int, ...]  # by market: what bankrupt accounts had earned, not yet collected
    open_orders: dict[int, int]  # account -> how many
    aum: Aum
    health: dict[int, Health]

    def held(self) -> Iterator[tuple[int, int, Position]]:
        """(account, market, position) of every open position."""
        for account, row in self.positions.items():
            for m, position in enumerate(row):
                if position.size:
                    yield account, m, position


#: In place of an asset (contracts/Entries.vy).
SHARES = 8
NO_POSITION = Position(0, 0, 0, 0, 0)
