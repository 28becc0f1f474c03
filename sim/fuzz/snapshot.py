"""The state of a market in exact integers, read through its own views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from sim.chain.compiler import Artifact, artifact
from sim.chain.deployment import encode_call
from sim.chain.protocol import Chain, Read
from sim.fuzz.facts import Facts


class Price(NamedTuple):
    """One feed; USD WAD."""

    low: int
    mid: int
    high: int
    published_at: int
    status: int


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
    """A market's last accrual and its funding pot."""

    accrued_at: int
    pot: int


class Position(NamedTuple):
    """size > 0: long."""

    size: int
    cost: int
    reserve: int
    borrow_debt: int
    funding_debt: int


class Aum(NamedTuple):
    """Value of the pool, USD WAD."""

    low: int
    mid: int
    high: int
    status: int


class Health(NamedTuple):
    """Margin of an account, USD WAD."""

    equity: int
    free: int
    initial: int
    maintenance: int
    status: int  # of the positions' prices
    collateral_status: int
    notionals: tuple[int, ...]

    @property
    def notional(self) -> int:
        """All positions together."""
        return sum(self.notionals)

    @property
    def is_liquidatable(self) -> bool:
        """Below maintenance margin."""
        return self.equity < self.maintenance


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything of value that the contracts remember, and what they say it is worth now."""

    time_s: int
    prices: tuple[Price, ...]  # by feed
    buckets: tuple[Bucket, ...]  # by asset
    tokens: tuple[tuple[int, ...], ...]  # by asset: balance of the market, then of each actor
    token_supply: tuple[int, ...]  # by asset
    shares: tuple[int, ...]  # of the market, then of each actor
    supply: int
    sides: tuple[tuple[Side, Side], ...]  # by market
    clocks: tuple[Clock, ...]  # by market
    collateral: dict[int, tuple[int, ...]]  # account -> by asset
    positions: dict[int, tuple[Position, ...]]  # account -> by market
    claims: dict[int, tuple[int, ...]]  # account -> by market: funding earned, not yet paid
    aum: Aum
    health: dict[int, Health]

    def held(self) -> Iterator[tuple[int, int, Position]]:
        """(account, market, position) of every open position."""
        for account, row in self.positions.items():
            for m, position in enumerate(row):
                if position.size:
                    yield account, m, position


#: Name of a read and what it is about.
_Key = tuple[Any, ...]
_SIGN = 1 << 255
_MODULUS = 1 << 256
_NO_POSITION = Position(0, 0, 0, 0, 0)


def words(answer: bytes) -> list[int]:
    """Answer of a view as unsigned words."""
    return [int.from_bytes(answer[i : i + 32], "big") for i in range(0, len(answer), 32)]


def signed(word: int) -> int:
    """A word in two's complement."""
    return word - _MODULUS if word & _SIGN else word


class Reader:
    """Takes snapshots of one chain."""

    def __init__(self, chain: Chain, facts: Facts) -> None:
        self._chain = chain
        self._facts = facts
        addresses = tuple(chain.deployment.addresses[name] for name in ("market", *facts.actors))
        self._read_of = _reads(addresses, facts)
        self._keys = list(self._read_of)
        self._sums = [key for key in self._keys if key[0] in ("side", "clock", "aum")]

    def take(self, time_s: int) -> Snapshot:
        """The state of path 0 as of the current block."""
        got = self._ask(self._keys)
        facts = self._facts
        assets, markets = range(len(facts.assets)), range(len(facts.markets))
        everyone = range(1, facts.accounts + 1)
        traders = set(facts.trader_ids)
        holders = range(len(facts.actors) + 1)
        prices = got["prices",]
        feeds = len(facts.oracle.bounds_wad)
        return Snapshot(
            time_s=time_s,
            prices=tuple(Price(*prices[5 * f : 5 * f + 5]) for f in range(feeds)),
            buckets=tuple(Bucket(*got["bucket", k]) for k in assets),
            tokens=tuple(tuple(got["token", k, h][0] for h in holders) for k in assets),
            token_supply=tuple(got["token supply", k][0] for k in assets),
            shares=tuple(got["shares", h][0] for h in holders),
            supply=got["supply",][0],
            sides=tuple((_side(got["side", m, 0]), _side(got["side", m, 1])) for m in markets),
            clocks=tuple(Clock(*got["clock", m]) for m in markets),
            collateral={a: tuple(got["collateral", a, k][0] for k in assets) for a in everyone},
            positions={
                a: tuple(_position(got["position", a, m]) if a in traders else _NO_POSITION for m in markets)
                for a in everyone
            },
            claims={a: tuple(got["claim", a, m][0] for m in markets) for a in facts.trader_ids},
            aum=Aum(*got["aum",]),
            health={a: _health(got["health", a]) for a in facts.trader_ids},
        )

    def health(self, account: int) -> Health:
        """Margin of one account as of now."""
        return _health(self._ask([("health", account)])["health", account])

    def collateral(self, account: int) -> tuple[int, ...]:
        """Collateral of one account, by asset."""
        keys = [("collateral", account, k) for k in range(len(self._facts.assets))]
        return tuple(row[0] for row in self._ask(keys).values())

    def position(self, account: int, m: int) -> Position:
        """One position of an account."""
        return _position(self._ask([("position", account, m)])["position", account, m])

    def after_accrual(self, state: Snapshot) -> Snapshot:
        """The state with sums, clocks and value read again: all that accrual may change."""
        got = self._ask(self._sums)
        markets = range(len(self._facts.markets))
        return replace(
            state,
            sides=tuple((_side(got["side", m, 0]), _side(got["side", m, 1])) for m in markets),
            clocks=tuple(Clock(*got["clock", m]) for m in markets),
            aum=Aum(*got["aum",]),
        )

    def _ask(self, keys: list[_Key]) -> dict[_Key, list[int]]:
        answers = self._chain.read(0, [self._read_of[key] for key in keys])
        return {key: words(answer) for key, answer in zip(keys, answers, strict=True)}


def _side(row: list[int]) -> Side:
    return Side(row[0], row[1], row[2], row[3], signed(row[4]), signed(row[5]))


def _position(row: list[int]) -> Position:
    if not any(row):
        return _NO_POSITION
    return Position(signed(row[0]), row[1], row[2], row[3], signed(row[4]))


def _health(row: list[int]) -> Health:
    return Health(signed(row[0]), signed(row[1]), row[2], row[3], row[4], row[5], tuple(row[6:14]))


@cache
def _reads(addresses: tuple[str, ...], facts: Facts) -> dict[_Key, Read]:
    """The reads that make a snapshot; `addresses` of the market, then of each actor."""
    market, token = artifact("Market.vy"), artifact("mocks/MockToken.vy")
    reads: dict[_Key, Read] = {}

    def asker(target: str, source: Artifact) -> Callable[..., None]:
        def ask(key: _Key, function: str, *arguments: object) -> None:
            reads[key] = Read(target, encode_call(source, function, arguments))

        return ask

    asker("oracle", artifact("Oracle.vy"))(("prices",), "prices")
    for k, asset in enumerate(facts.assets):
        ask_token = asker(f"token:{asset.symbol}", token)
        ask_token(("token supply", k), "totalSupply")
        for h, address in enumerate(addresses):
            ask_token(("token", k, h), "balanceOf", address)
    ask = asker("market", market)
    ask(("supply",), "totalSupply")
    ask(("aum",), "aum")
    for h, address in enumerate(addresses):
        ask(("shares", h), "balanceOf", address)
    for k in range(len(facts.assets)):
        ask(("bucket", k), "buckets", k)
    for m in range(len(facts.markets)):
        ask(("clock", m), "clocks", m)
        for side in range(2):
            ask(("side", m, side), "sides", m, side)
    for account in range(1, facts.accounts + 1):
        for k in range(len(facts.assets)):
            ask(("collateral", account, k), "collateral", account, k)
        if account in facts.trader_ids:
            ask(("health", account), "health", account)
            for m in range(len(facts.markets)):
                ask(("position", account, m), "positions", account, m)
                ask(("claim", account, m), "funding_claims", account, m)
    return reads
