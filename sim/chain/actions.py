"""What agents may ask of a chain: verbs, and batches of them in natural units.

A batch is columns, one row per call; an agent writes floats (1.0 = one token, one USD, one unit of size) and ids, the
chain turns them into integers. Quantities are kept to nine decimals: finer than any agent needs, and exact in 64
bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

#: How one argument or one returned word is to be read. `amount:i` is in units of the asset that argument i names,
#: `units` in those of an asset that no argument names.
Kind = str


@dataclass(frozen=True, slots=True)
class Verb:
    """One entry point of the protocol."""

    name: str
    contract: Literal["market", "desk", "pool", "liquidator", "order_book", "exits", "entries", "oracle"]
    arguments: tuple[tuple[str, Kind], ...]
    returns: tuple[tuple[str, Kind], ...]


#: What a trade tells, executed at once or by an order.
_FILL = (
    ("size", "signed"),
    ("price_usd", "wad"),
    ("settled_usd", "signed"),
    ("fee_usd", "wad"),
    ("borrow_usd", "wad"),
    ("funding_usd", "signed"),
    ("impact_usd", "signed"),
    ("paid_usd", "wad"),
    ("unpaid_usd", "wad"),
)
#: Kind of an order that executes at the first price after it (contracts/OrderBook.vy).
AT_MARKET = 3
#: Outcomes of a request to leave or to enter (contracts/modules/waiting.vy): it waits on, for another price.
EXECUTED, POSTPONED = 0, 3
#: Accounts that one call of `deleverage` may name, in ascending order, the rest zero.
MAX_CANDIDATES = 16

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "mint",
            "pool",
            (("k", "id"), ("amount", "amount:0"), ("min_shares", "wad"), ("receiver", "actor")),
            (("shares", "wad"), ("fee_usd", "signed")),
        ),
        Verb(
            "redeem",
            "pool",
            (("k", "id"), ("amount", "wad"), ("min_amount", "amount:0"), ("receiver", "actor")),
            (("tokens", "amount:0"), ("fee_usd", "signed")),
        ),
        Verb(
            "request_exit",
            "exits",
            (("k", "id"), ("amount", "wad"), ("min_amount", "amount:0"), ("receiver", "actor")),
            (("ends_s", "id"),),
        ),
        # Token units of the asset that the request names: no argument says which. None: it waits on, or was returned.
        Verb(
            "execute_exit",
            "exits",
            (("holder", "actor"),),
            (("units", "units"), ("fee_usd", "signed"), ("outcome", "id"), ("shares", "wad")),
        ),
        Verb(
            "swap",
            "pool",
            (
                ("k", "id"),
                ("j", "id"),
                ("amount", "amount:0"),
                ("min_amount", "amount:1"),
                ("receiver", "actor"),
            ),
            (("tokens", "amount:1"), ("fee_usd", "signed")),
        ),
        Verb(
            "request_mint",
            "entries",
            (("k", "id"), ("amount", "amount:0"), ("min_shares", "wad"), ("receiver", "actor")),
            (("ends_s", "id"),),
        ),
        Verb(
            "request_swap",
            "entries",
            (
                ("k", "id"),
                ("j", "id"),
                ("amount", "amount:0"),
                ("min_amount", "amount:1"),
                ("receiver", "actor"),
            ),
            (("ends_s", "id"),),
        ),
        # Token units of what was asked for, and of what was given and is returned: no argument says which assets.
        Verb(
            "execute_entry",
            "entries",
            (("holder", "actor"),),
            (("shares", "wad"), ("units", "units"), ("fee_usd", "signed"), ("outcome", "id"), ("returned", "units")),
        ),
        Verb(
            "deposit_collateral",
            "market",
            (("account", "id"), ("k", "id"), ("amount", "amount:1")),
            (),
        ),
        Verb(
            "withdraw_collateral",
            "market",
            (("account", "id"), ("k", "id"), ("amount", "amount:1"), ("receiver", "actor")),
            (),
        ),
        Verb(
            "transfer_collateral",
            "market",
            (("account", "id"), ("k", "id"), ("amount", "amount:1"), ("target", "id")),
            (),
        ),
        Verb(
            "trade",
            "desk",
            (("account", "id"), ("m", "id"), ("size", "signed"), ("acceptable_price_usd", "wad")),
            _FILL,
        ),
        Verb("claim_funding", "market", (("account", "id"), ("m", "id")), (("usd", "wad"),)),
        Verb(
            "liquidate",
            "liquidator",
            (("account", "id"), ("keeper", "id")),
            (
                ("is_full", "id"),
                ("closed_usd", "wad"),
                ("equity_usd", "signed"),
                ("maintenance_usd", "wad"),
                ("notional_usd", "wad"),
                ("full_charges_usd", "wad"),
                ("fee_usd", "wad"),
                ("penalty_usd", "wad"),
                ("reward_usd", "wad"),
                ("forfeited_usd", "wad"),
                ("insured_usd", "wad"),
                ("bad_debt_usd", "wad"),
                ("borrow_usd", "wad"),
                ("assigned_usd", "wad"),
            ),
        ),
        Verb("unwind", "liquidator", (("m", "id"),), (("closed_usd", "wad"),)),
        Verb(
            "deleverage",
            "liquidator",
            (("m", "id"), ("side", "id"), *((f"candidate{i}", "id") for i in range(MAX_CANDIDATES))),
            (
                ("needed_usd", "wad"),
                ("taken_usd", "wad"),
                ("closed_usd", "wad"),
                ("overshoot_usd", "wad"),
                ("accounts", "id"),
                ("is_haircut", "id"),
            ),
        ),
        Verb(
            "place",
            "order_book",
            (
                ("account", "id"),
                ("m", "id"),
                ("kind", "id"),
                ("size", "signed"),
                ("trigger_price_usd", "wad"),
                ("acceptable_price_usd", "wad"),
                ("is_reduce_only", "id"),
                ("asset", "id"),
                ("margin", "amount:7"),
                ("reward", "amount:7"),
                ("expires_at_s", "id"),
            ),
            (("slot", "id"),),
        ),
        Verb("cancel", "order_book", (("account", "id"), ("slot", "id")), ()),
        Verb("execute", "order_book", (("account", "id"), ("slot", "id"), ("keeper", "id")), _FILL),
        Verb("release", "order_book", (("account", "id"),), ()),
        Verb("report", "oracle", (), ()),  # its argument is a matrix of quotes, not a row
    )
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Calls of one verb, in order. Rows of the same path are executed in the order in which they stand."""

    verb: str
    path: np.ndarray  # (n,) index of the path inside the chain
    actor: np.ndarray  # (n,) index of the actor who sends
    columns: dict[str, np.ndarray]  # each (n,), named as in VERBS

    def __len__(self) -> int:
        return len(self.path)


def batch(verb: str, path: np.ndarray, actor: int | np.ndarray, **columns: object) -> Batch:
    """Build a batch; scalars are broadcast over the rows."""
    path = np.asarray(path, dtype=np.int64)
    expected = [name for name, _ in VERBS[verb].arguments]
    if sorted(columns) != sorted(expected):
        raise TypeError(f"{verb} takes {expected}, not {sorted(columns)}")
    return Batch(
        verb=verb,
        path=path,
        actor=_column(np.asarray(actor, dtype=np.int64), path.shape),
        columns={name: _column(columns[name], path.shape) for name in expected},
    )


def _column(values: object, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(values)
    return array if array.shape == shape else np.full(shape, array)
