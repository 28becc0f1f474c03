"""Everything that only a role may call: who, after which notice, for how long, and what it can do to anybody at most.

The table is complete by a test that reads the contracts' ABIs: a new function fails it until it stands here, or among
what anybody may call. What stands here is put to the test by the probe AC-07 (`probes/privileges.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sim.chain.actions import VERBS
from sim.inputs.compiler import artifact

DAY_S = 86_400
#: What was announced may be done once, within six days after a day's notice; a market is wound up after four weeks'.
NOTICE_S, WIND_UP_NOTICE_S, LAPSES_S = DAY_S, 28 * DAY_S, 6 * DAY_S
#: What is tightened at once lasts so long, once in a week.
BRAKE_S = 3 * DAY_S

SOURCES = {
    "market": "Market.vy",
    "desk": "Desk.vy",
    "rates": "Rates.vy",
    "pool": "Pool.vy",
    "liquidator": "Liquidator.vy",
    "order_book": "OrderBook.vy",
    "exits": "Exits.vy",
    "entries": "Entries.vy",
    "cohorts": "Cohorts.vy",
    "controller": "RiskController.vy",
    "doctor": "Doctor.vy",
    "oracle": "Oracle.vy",
    "oracle_controller": "OracleController.vy",
}
#: What anybody may call, besides the verbs of the simulator.
OPEN = {
    "market": {"open_account", "set_operator", "accrue", "assess"},
    "pool": {"transfer", "transferFrom", "approve"},
    "liquidator": {"release_and_liquidate", "settle_position"},
    "controller": {"end_brake"},
    "doctor": {"fails"},
}


@dataclass(frozen=True, slots=True)
class Privilege:
    """One function that only a role may call."""

    who: str
    at_most: str  # what it can do to anybody, in one block
    notice_s: int = 0
    lasts_s: int | None = None  # where it ends by itself; None: it does not
    is_safety: bool = False  # closes verbs or lowers caps, at once

    @property
    def is_sudden(self) -> bool:
        """Nobody could know of it: it may change no health and no share's value."""
        return self.notice_s == 0


_ADMIN = "admin of the controller"
_EITHER = "guardian or admin of the controller"
_SET_UP = "nothing: the set-up is over at the seal, before which nobody else has tokens here"


def _announced(at_most: str) -> Privilege:
    return Privilege(_ADMIN, at_most, notice_s=NOTICE_S)


def _safety(at_most: str) -> Privilege:
    return Privilege(_EITHER, at_most, lasts_s=BRAKE_S, is_safety=True)


def _within(who: str) -> Privilege:
    return Privilege(who, "what that contract's own verbs do: it is named at set-up and never replaced")


_CONTROLLER_RULES = {
    "bind": Privilege(_ADMIN, _SET_UP),
    "bind_doctor": Privilege(_ADMIN, _SET_UP),
    "seal": Privilege(_ADMIN, "opens the pool, once"),
    "nominate_admin": Privilege(_ADMIN, "a name; who is nominated has to accept"),
    "accept_admin": Privilege("who was nominated", "a name: the rows of this table are his"),
    "set_guardian": Privilege(_ADMIN, "a name: the safety rows of this table are his"),
    **{
        f"announce_{what}": Privilege(_ADMIN, "words; what stood announced of the same subject is forgotten")
        for what in (
            *("policy", "asset", "market", "pool", "protocol_fee", "sale_order", "mode"),
            *("unlist_market", "unlist_asset", "settle_market", "wind_up_market"),
        )
    },
    "set_policy": _announced(
        "a weight fee 25 bps, a rate 100 % a year, a maintenance margin half or 50 bps of the notional above those of "
        "the rule in force, at the samples of lib/rehearsal.vy; a liquidation, impact, deleveraging or circuit rule: "
        "any"
    ),
    "set_asset": _announced(
        "haircut 5 points, depth 5 % of what any holding counts and half of itself or 1 % of the pool up, target "
        "weight 5 points, cap half of itself or 1 % of the pool; a new asset: 1 % of the pool, nothing as collateral. "
        "Where depth bounds open interest a small one, a new asset's of the same feed, too, lets no position grow"
    ),
    "set_market": _announced(
        "trade fee 10 bps, reserve factor 25 points, caps half of themselves, 1 % of the pool or back to before a cut, "
        "cap on profit one point up; a new market: a cap of 1 % of the pool"
    ),
    "set_pool": _announced(
        "delay and window a day, waits of exits and entries five minutes, limit and rebates 25 points, any cap"
    ),
    "set_protocol_fee": _announced("5 points"),
    "set_sale_order": _announced("any order: who is liquidated pays with another asset first, at the same prices"),
    "unlist_market": _announced("nothing: nobody has a position in it, and what it owes stays payable"),
    "unlist_asset": _announced(
        "a thousandth of the pool's value: what the pool holds of it. It counts for nothing as collateral before, and "
        "is withdrawn any time"
    ),
    "settle_market": _announced(
        "what has had no price for three days is closed at the last one, at which it has counted since, by anybody"
    ),
    "wind_up_market": Privilege(
        _ADMIN,
        "nobody enters a market again, and its positions are closed by anybody, whole, at a price of the moment, "
        "without impact or fee",
        notice_s=WIND_UP_NOTICE_S,
    ),
    "set_mode": _safety("closes the verbs of lib/gates.vy; the admin may open again at once"),
    "set_reduce_only": _safety("no position grows in a market; the admin may open again at once"),
    "lower_open_interest_cap": _safety("no position grows in a market; an announced change brings the cap back"),
}

_MENDED = (
    "nothing while the rules in force answer; while one fails, or was announced where it fails at the samples alone: "
    "another instead of it, with a weight fee 25 bps, a rate "
    "100 % a year, a maintenance margin half or 50 bps of the notional above its answers at the samples of "
    "lib/rehearsal.vy, or 25 bps, 100 % a year, 5 % where it has none; a liquidation, impact, deleveraging or circuit "
    "rule: any. Borrow and funding rates fail together"
)

_ORACLE_ADMIN = "admin of the oracle's controller"
_ORACLE_RULES = {
    "bind": Privilege(_ORACLE_ADMIN, _SET_UP),
    "seal": Privilege(_ORACLE_ADMIN, "ends the set-up of the oracle, once"),
    "nominate_admin": Privilege(_ORACLE_ADMIN, "a name; who is nominated has to accept"),
    "accept_admin": Privilege("who was nominated", "a name: the rows of this table are his"),
    "announce_venue": Privilege(_ORACLE_ADMIN, "words; what stood announced of the same venue is forgotten"),
    "announce_feed": Privilege(_ORACLE_ADMIN, "words; what stood announced of the same feed is forgotten"),
    "set_venue": Privilege(_ORACLE_ADMIN, "one venue a day, with a quarter of all weight at most", notice_s=NOTICE_S),
    "set_feed": Privilege(
        _ORACLE_ADMIN, "a feed's rules by a step; collateral moves by 1 % at most", notice_s=NOTICE_S
    ),
}

PRIVILEGES: dict[tuple[str, str], Privilege] = {
    **{("controller", name): entry for name, entry in _CONTROLLER_RULES.items()},
    **{
        ("market", name): _within("the controller")
        for name in ("set_mode", "set_policy", "set_asset", "set_market", "set_protocol_fee", "set_sale_order")
    },
    ("pool", "set_params"): _within("the controller"),
    ("controller", "replace_failed"): Privilege("the doctor", _MENDED),
    ("doctor", "mend"): Privilege(_ADMIN, _MENDED),
    ("market", "exchange"): _within("the pool"),
    **{("pool", name): _within("the contract of exits") for name in ("hold", "give_back", "redeem_held")},
    **{("pool", name): _within("the contract of entries") for name in ("mint_held", "swap_held")},
    **{
        ("market", name): _within("the liquidator")
        for name in ("assign", "restrict", "seize", "credit", "pay_from_pool")
    },
    ("market", "settle"): _within("the trade desk"),
    ("desk", "close_out"): _within("the liquidator"),
    ("desk", "fill"): _within("the order book"),
    ("rates", "advance"): _within("the market"),
    ("cohorts", "store"): _within("the market"),
    ("cohorts", "haircut"): _within("the liquidator"),
    ("rates", "retire"): _within("the controller"),
    ("liquidator", "open_settlement"): _within("the controller"),
    **{(home, "set_policy"): _within("the controller") for home in ("desk", "liquidator", "pool", "rates")},
    **{("oracle", name): _within("the oracle's controller") for name in ("set_venue", "set_feed")},
    **{("oracle_controller", name): entry for name, entry in _ORACLE_RULES.items()},
}


@cache
def functions() -> tuple[tuple[str, dict[str, Any]], ...]:
    """(contract, ABI entry) of every function that only a role may call."""
    return tuple(_found())


def _found() -> Iterator[tuple[str, dict[str, Any]]]:
    for target, source in SOURCES.items():
        for entry in artifact(source).abi:
            if entry["type"] != "function" or entry["stateMutability"] in ("view", "pure"):
                continue
            if entry["name"] not in VERBS and entry["name"] not in OPEN.get(target, ()):
                yield target, dict(entry)
