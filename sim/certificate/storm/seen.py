"""The state as numbers, as of the current block, and which keepers' calls would be accepted now.

Recipes draw from it. It is a hint and no oracle: within a batch it grows old, and what was wrong of it is only refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.certificate.storm.stage import ACTORS, Stage, rows_of
from sim.native.world import LIMBS

WAD = 10**18
INSURANCE, TREASURY, BOOK = 1, 2, 3
#: Accounts that one call of `deleverage` names.
CANDIDATES = 16
_PROBE_USD_WAD = 10_000 * WAD
_HALF = 2**255


@dataclass(slots=True)
class Seen:
    """Integers as the contracts have them. Lists are by asset, market, feed, account id, or as said."""

    now_s: int
    prices: list[list[int]]  # by feed: low, mid, high, collateral, published_at, status
    aum: list[int]  # low, mid, high, status, tokens_mid, mode, closed
    assets: list[list[int]]  # parameters
    markets: list[list[int]]
    buckets: list[list[int]]  # pool, reserved, collateral
    sides: list[list[list[int]]]  # by market and side: size, cost, ...
    accounts: int  # the last id
    health: list[list[int]]  # equity, free, initial, maintenance, status, collateral_status, notionals, collateral
    collateral: list[list[int]]  # by account and asset
    sizes: list[list[int]]  # by account and market
    owners: list[str]  # by account; "" for none
    orders: list[tuple[int, int, list[int]]]  # account, slot, terms
    supply: int
    shares: dict[str, int]  # by actor
    locked_until_s: dict[str, int]
    held_by_exits: int  # shares
    exits: list[str]  # actors whose request to leave stands
    held_by_entries: list[int]  # units by asset
    entries: list[str]  # actors whose request to enter stands
    limits: list[int]  # of the pool
    liquidations: list[int]  # accounts
    executions: list[tuple[int, int]]  # account, slot
    releases: list[int]
    unwinds: list[int]  # markets
    deleveragings: list[tuple[int, int, list[int]]]  # market, side, everybody on it
    claims: list[tuple[int, int]]  # account, market
    admin: str
    guardian: str
    leverage: list[int]  # by market: notional for each dollar of initial margin
    notices: list[list[int]]  # what the controller announced, by kind * 16 + id: time, name, row

    def price(self, k: int) -> list[int]:
        """Price of an asset."""
        return self.prices[self.assets[k][2]]

    def usd(self, k: int, units: int) -> int:
        """USD WAD of token units at the low price."""
        return units * self.assets[k][1] * self.price(k)[0] // WAD

    def units(self, k: int, usd_wad: int) -> int:
        """Token units worth so much at the high price."""
        return usd_wad * WAD // (max(self.price(k)[2], 1) * max(self.assets[k][1], 1))

    @property
    def holders(self) -> list[tuple[int, int]]:
        """(account, market) of every position."""
        return [(a, m) for a, row in enumerate(self.sizes) for m, size in enumerate(row) if size]


def look(stage: Stage) -> Seen:
    """The twin's state."""
    ask, stored = stage.ask, stage.stored
    accounts, assets, markets = (_words(stored(f"market.{what}_count"))[0] for what in ("account", "asset", "market"))
    health = ask("market", "health", np.arange(accounts + 1))[0]
    for row in health:
        row[0], row[1] = _signed(row[0]), _signed(row[1])
    prices = ask("oracle", "prices")[0][0]
    sides = rows_of(stored("market.sides")[:markets].reshape(2 * markets, 6, 4))
    shares, locked = (_words(stored(f"pool.{what}")) for what in ("balanceOf", "locked_until_s"))
    ids = [stage.world.id_of(name) for name in ACTORS]
    asked, entries = (rows_of(stored(f"{what}.requests")) for what in ("exits", "entries"))
    seen = Seen(
        now_s=stage.twin.time_s,
        prices=[prices[i : i + 8] for i in range(0, 8 * len(stage.design.feeds), 8)],
        aum=ask("market", "aum")[0][0],
        assets=rows_of(stored("market.asset_params")[:assets]),
        markets=rows_of(stored("market.market_params")[:markets]),
        buckets=rows_of(stored("market.buckets")[:assets]),
        sides=[sides[i : i + 2] for i in range(0, len(sides), 2)],
        accounts=accounts,
        health=health,
        collateral=rows_of(stored("market.collateral")[: accounts + 1, :assets, 0]),
        sizes=[
            [_signed(size) for size in row] for row in rows_of(stored("market.positions")[: accounts + 1, :markets, 0])
        ],
        owners=[stage.names.get(owner, "") for owner in _words(stored("market.owner_of")[: accounts + 1])],
        orders=_orders(stage),
        supply=_words(stored("pool.totalSupply"))[0],
        shares={name: shares[i] for name, i in zip(ACTORS, ids, strict=True)},
        locked_until_s={name: locked[i] for name, i in zip(ACTORS, ids, strict=True)},
        held_by_exits=shares[stage.world.id_of("exits")],
        exits=[name for name, i in zip(ACTORS, ids, strict=True) if asked[i][1]],
        held_by_entries=[sum(row[2] for row in entries if row[0] == k) for k in range(assets)],
        entries=[name for name, i in zip(ACTORS, ids, strict=True) if entries[i][2]],
        limits=_words(stored("pool.params")),
        liquidations=[],
        executions=[],
        releases=[],
        unwinds=[],
        deleveragings=[],
        claims=[],
        admin=stage.names.get(_words(stored("controller.admin"))[0], "admin"),
        guardian=stage.names.get(_words(stored("controller.guardian"))[0], "admin"),
        leverage=[_leverage(stage, m) for m in range(markets)],
        notices=rows_of(stored("controller.notices")),
    )
    _sanitise(seen)
    _try(stage, seen)
    return seen


def _sanitise(seen: Seen) -> None:
    """Where settings have gone mad, ids point anywhere: recipes want some that exist."""
    for row in seen.assets:
        row[2] %= len(seen.prices)
    for row in seen.markets:
        row[0] %= len(seen.prices)
        row[1], row[2] = row[1] % len(seen.assets), row[2] % len(seen.assets)


def _try(stage: Stage, seen: Seen) -> None:
    """Find the keepers' calls that would be accepted."""
    keeper, holders = stage.cast.keeper_ids[0], seen.holders
    poor = [a for a, row in enumerate(seen.health) if row[0] < row[3] and a > TREASURY]
    if poor:
        seen.liquidations = _accepted(stage, "liquidator", "liquidate", np.array(poor), np.full(len(poor), keeper))
    if any(account == INSURANCE for account, _ in holders):
        seen.unwinds = _accepted(stage, "liquidator", "unwind", np.arange(len(seen.markets)))
    open_orders = sorted({(account, slot) for account, slot, _ in seen.orders})
    if open_orders:
        accounts, slots = np.array(open_orders).T
        found = _accepted(stage, "order_book", "execute", accounts, slots, accounts * 0 + keeper, whole=True)
        seen.executions = [open_orders[i] for i in found]
        seen.releases = _accepted(stage, "order_book", "release", np.unique(accounts))
    pairs = [(a, m) for a, m in np.argwhere(stage.stored("market.funding_claims")[:, :, 0, 0]).tolist()]
    if pairs:
        accounts, at = np.array(pairs).T
        seen.claims = [pairs[i] for i in _accepted(stage, "market", "claim_funding", accounts, at, whole=True)]
    rows = [(m, side, _on(seen, holders, m, side)) for m in range(len(seen.markets)) for side in range(2)]
    rows = [row for row in rows if 0 < len(row[2]) <= CANDIDATES]
    if rows:
        table = np.array([[m, side, *named, *[0] * (CANDIDATES - len(named))] for m, side, named in rows])
        seen.deleveragings = [rows[i] for i in _accepted(stage, "liquidator", "deleverage", *table.T, whole=True)]


def _accepted(stage: Stage, target: str, function: str, *columns: np.ndarray, whole: bool = False) -> list[int]:
    """First argument of each row that would be accepted, or the rows' numbers where `whole`."""
    _, status = stage.ask(target, function, *columns)
    return [i if whole else int(columns[0][i]) for i, code in enumerate(status) if code == 0]


#: Where an order says when it was placed: its last word but one (contracts/OrderBook.vy).
_PLACED_AT = -2


def _orders(stage: Stage) -> list[tuple[int, int, list[int]]]:
    """Open orders: terms, and when they were placed."""
    orders = stage.stored("order_book.orders")
    found = np.argwhere(orders[:, :, _PLACED_AT, 0])
    rows = rows_of(orders[found[:, 0], found[:, 1]])
    return [(account, slot, row) for (account, slot), row in zip(found.tolist(), rows, strict=True)]


def _on(seen: Seen, holders: list[tuple[int, int]], m: int, side: int) -> list[int]:
    """Traders who hold a side of a market, in ascending order."""
    return [a for a, at in holders if at == m and (seen.sizes[a][m] < 0) == bool(side) and a > TREASURY]


def _leverage(stage: Stage, m: int) -> int:
    """What the margin policy asks of a position of moderate size, turned round."""
    limbs = np.zeros((16, 1, 4), dtype=np.uint64)
    limbs[m, 0, :2] = _PROBE_USD_WAD % 2**64, _PROBE_USD_WAD >> 64
    rows, status = stage.ask("policy:margin", "requirement", *limbs)
    return 1 if status[0] or not rows[0][0] else max(1, _PROBE_USD_WAD // rows[0][0])


def _words(limbs: np.ndarray) -> list[int]:
    """All words of an array, unsigned."""
    return rows_of(limbs.reshape(1, -1, LIMBS))[0]


def _signed(word: int) -> int:
    return word - 2 * _HALF if word >= _HALF else word
