"""Takes snapshots: the contracts' own views, asked all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sim.chain.encode import CONTRACT_SOURCES
from sim.chain.plan import encode_call
from sim.chain.protocol import Chain, Read
from sim.fuzz.facts import POOL, Facts
from sim.fuzz.snapshot import (
    NO_POSITION,
    Aum,
    Bucket,
    Clock,
    Entry,
    Exit,
    Health,
    Losses,
    Position,
    Price,
    Side,
    Snapshot,
)
from sim.inputs.compiler import artifact

#: Name of a read and what it is about.
_Key = tuple[Any, ...]
_SIGN = 1 << 255
_MODULUS = 1 << 256
_PRICE_WORDS = 8
#: Whose addresses snapshots ask about, besides the actors'.
_CONTRACTS = ("market", "pool", "exits", "entries")


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
        addresses = tuple(chain.deployment.addresses[name] for name in _CONTRACTS + facts.actors)
        self.reads = _reads(addresses, facts)  # by what they are about
        self._keys = list(self.reads)
        self._sums = [key for key in self._keys if key[0] in ("side", "clock", "aum")]

    def take(self, time_s: int) -> Snapshot:
        """The state of path 0 as of the current block."""
        got = self._ask(self._keys)
        facts = self._facts
        assets, markets = range(len(facts.assets)), range(len(facts.markets))
        everyone = range(1, facts.accounts + 1)
        bearers = facts.bearer_ids
        holders = range(len(facts.actors) + 2)
        losses = [
            tuple((got[what, m, 0][0], got[what, m, 1][0]) for m in markets) if (what, 0, 0) in got else _none(facts)
            for what in ("deficit", "given", "unbooked")
        ]
        return Snapshot(
            time_s=time_s,
            prices=self._prices(got["prices",]),
            buckets=tuple(Bucket(*got["bucket", k]) for k in assets),
            tokens=tuple(tuple(got["token", k, h][0] for h in holders) for k in assets),
            shares=tuple(got["shares", h][0] for h in range(len(facts.actors) + 2)),
            exits=tuple(Exit(*got["exit", i]) for i in range(len(facts.actors))),
            entries=tuple(Entry(*got["entry", i]) for i in range(len(facts.actors))),
            supply=got["supply",][0],
            rebate_budget=got["budget",][0],
            pending_losses=got["pending",][0],
            sides=tuple((_side(got["side", m, 0]), _side(got["side", m, 1])) for m in markets),
            clocks=tuple(Clock(*got["clock", m]) for m in markets),
            losses=Losses(got["epoch end",][0], got["epoch loss",][0], *losses),
            collateral={a: tuple(got["collateral", a, k][0] for k in assets) for a in everyone},
            positions={a: tuple(self._held(got, a, m) for m in markets) for a in bearers},
            claims={a: tuple(got["claim", a, m][0] for m in markets) for a in bearers},
            pool_claims=tuple(got["claim", POOL, m][0] for m in markets),
            open_orders={a: got["orders", a][0] for a in facts.trader_ids},
            aum=Aum(*got["aum",]),
            health={a: _health(got["health", a]) for a in bearers},
        )

    def prices(self) -> tuple[Price, ...]:
        """What the oracle says."""
        return self._prices(self._ask([("prices",)])["prices",])

    def health(self, account: int) -> Health:
        """Margin of one account as of now."""
        return _health(self._ask([("health", account)])["health", account])

    def collateral(self, account: int) -> tuple[int, ...]:
        """Collateral of one account, by asset."""
        keys = [("collateral", account, k) for k in range(len(self._facts.assets))]
        return tuple(row[0] for row in self._ask(keys).values())

    def position(self, account: int, m: int) -> Position:
        """One position of an account."""
        return self._held(self._ask([("position", account, m), ("side", m, 0), ("side", m, 1)]), account, m)

    def claims(self, account: int) -> int:
        """Funding that an account earned and was not paid yet, USD WAD."""
        keys = [("claim", account, m) for m in range(len(self._facts.markets))]
        return sum(row[0] for row in self._ask(keys).values())

    def sides(self, m: int) -> tuple[Side, Side]:
        """Both sides of a market."""
        got = self._ask([("side", m, 0), ("side", m, 1)])
        return _side(got["side", m, 0]), _side(got["side", m, 1])

    def aum(self) -> Aum:
        """Value of all shares."""
        return Aum(*self._ask([("aum",)])["aum",])

    def buckets(self) -> tuple[Bucket, ...]:
        """What is whose, by asset."""
        keys = [("bucket", k) for k in range(len(self._facts.assets))]
        return tuple(Bucket(*row) for row in self._ask(keys).values())

    def shares(self) -> tuple[int, ...]:
        """Shares of the pool contract, then of each actor, then of the contract of exits."""
        keys = [("shares", h) for h in range(len(self._facts.actors) + 2)]
        return tuple(row[0] for row in self._ask(keys).values())

    def balance(self, k: int, actor: int) -> int:
        """Units of an asset that an actor has in his wallet."""
        return self._ask([("token", k, actor + 1)])["token", k, actor + 1][0]

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

    def _held(self, got: dict[_Key, list[int]], account: int, m: int) -> Position:
        """A position as it is stored, and what haircuts took of it since."""
        row = got["position", account, m]
        position = _position(row)
        if not (self._facts.is_cut_by_index and position.size):
            return position
        sides = (got["side", m, 0], got["side", m, 1])
        stored = (_tuple_of(_POSITION_SIGNS, row), [_tuple_of(_SIDE_SIGNS, side) for side in sides])
        data = encode_call(artifact(CONTRACT_SOURCES["cohorts"]), "booked", (account, m, *stored))
        (answer,) = self._chain.read(0, [Read("cohorts", data)])
        return position._replace(given=abs(words(answer)[1] - position.cost))

    def _prices(self, row: list[int]) -> tuple[Price, ...]:
        feeds = range(len(self._facts.oracle.bounds_wad))
        return tuple(Price(*row[_PRICE_WORDS * f : _PRICE_WORDS * (f + 1)]) for f in feeds)

    def _ask(self, keys: list[_Key]) -> dict[_Key, list[int]]:
        answers = self._chain.read(0, [self.reads[key] for key in keys])
        return {key: words(answer) for key, answer in zip(keys, answers, strict=True)}


#: Which words of a struct are signed.
_POSITION_SIGNS = (True, False, False, True, True)
_SIDE_SIGNS = (False, False, False, True, True, True)


def _tuple_of(signs: tuple[bool, ...], row: list[int]) -> tuple[int, ...]:
    return tuple(signed(word) if is_signed else word for is_signed, word in zip(signs, row, strict=True))


def _none(facts: Facts) -> tuple[tuple[int, int], ...]:
    return ((0, 0),) * len(facts.markets)


def _side(row: list[int]) -> Side:
    return Side(*_tuple_of(_SIDE_SIGNS, row))


def _position(row: list[int]) -> Position:
    if not any(row):
        return NO_POSITION
    return Position(*_tuple_of(_POSITION_SIGNS, row))


def _health(row: list[int]) -> Health:
    return Health(signed(row[0]), signed(row[1]), row[2], row[3], row[4], row[5], tuple(row[6:14]), row[14])


@lru_cache(maxsize=16)
def _reads(addresses: tuple[str, ...], facts: Facts) -> dict[_Key, Read]:
    """The reads that make a snapshot; `addresses` of the contracts, then of each actor."""
    market, pool, exits, entries, *actors = addresses
    reads: dict[_Key, Read] = {}

    def asker(target: str, source: str = "") -> Callable[..., None]:
        code = artifact(source or CONTRACT_SOURCES[target])

        def ask(key: _Key, function: str, *arguments: object) -> None:
            reads[key] = Read(target, encode_call(code, function, arguments))

        return ask

    asker("oracle")(("prices",), "prices")
    for k, asset in enumerate(facts.assets):
        ask_token = asker(f"token:{asset.symbol}", "mocks/MockToken.vy")
        for h, address in enumerate((market, *actors, entries)):
            ask_token(("token", k, h), "balanceOf", address)
    ask = asker("pool")
    ask(("supply",), "totalSupply")
    ask(("budget",), "rebate_budget_usd_wad")
    ask(("pending",), "pending_losses")
    ask(("aum",), "aum")
    for h, address in enumerate((pool, *actors, exits)):
        ask(("shares", h), "balanceOf", address)
    ask = asker("exits")
    for i, address in enumerate(actors):
        ask(("exit", i), "requests", address)
    ask = asker("entries")
    for i, address in enumerate(actors):
        ask(("entry", i), "requests", address)
    ask = asker("liquidator")
    ask(("epoch end",), "epoch_ends_s")
    ask(("epoch loss",), "epoch_loss_usd_wad")
    for m in range(len(facts.markets)):
        for side in range(2):
            ask(("deficit", m, side), "deficits", m, side)
    ask_rates = asker("rates")
    for m in range(len(facts.markets)):
        ask_rates(("carried", m), "carried_usd_wad", m)
    if facts.is_cut_by_index:
        ask = asker("cohorts")
        for m in range(len(facts.markets)):
            for side in range(2):
                ask(("given", m, side), "given_usd_wad", 2 * m + side)
                ask(("unbooked", m, side), "owed_by_side", m, side)
    ask_book = asker("order_book")
    for account in facts.trader_ids:
        ask_book(("orders", account), "open_orders", account)
    ask = asker("market")
    for k in range(len(facts.assets)):
        ask(("bucket", k), "buckets", k)
    for m in range(len(facts.markets)):
        ask(("clock", m), "clocks", m)
        ask(("claim", POOL, m), "funding_claims", POOL, m)
        for side in range(2):
            ask(("side", m, side), "sides", m, side)
    for account in range(1, facts.accounts + 1):
        for k in range(len(facts.assets)):
            ask(("collateral", account, k), "collateral", account, k)
    for account in facts.bearer_ids:
        ask(("health", account), "health", account)
        for m in range(len(facts.markets)):
            ask(("position", account, m), "positions", account, m)
            ask(("claim", account, m), "funding_claims", account, m)
    return reads
