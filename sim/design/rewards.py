"""Whether the smallest account of a design can pay for its own liquidation: its own contracts are asked, in process.

Otherwise somebody else pays the keeper's flat reward, and whoever liquidates accounts of his own has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from eth_abi import decode, encode
from eth_utils import function_abi_to_4byte_selector
from eth_utils.abi import collapse_if_tuple
from pyrevm import EVM

from sim.design.model import Design
from sim.design.numbers import WAD, text_of
from sim.design.tables import PolicyChoice
from sim.inputs.compiler import artifact

#: The property that a design lists which keeps a reward beyond that.
PROPERTY = "LQ-16"
SPEC = "CANCUN"
_MARKETS = 8
_NOBODY = "0x" + "00" * 20
_CHARGES = ("fee_wad", "penalty_wad", "keeper_wad")


def uncovered(design: Design) -> Iterator[tuple[str, str, str]]:
    """Markets in which it cannot: (symbol, USD that a liquidation takes, USD that the account holds).

    A policy that cannot be deployed, or does not answer, is the deployment's affair: nothing is said of it here.
    """
    rules = [_plain(design.policies[slot]) for slot in ("margin", "liquidation")]
    for m, market in enumerate(design.markets):
        found = _smallest(*rules, m, market.min_position_usd_wad)
        if found is not None and found[0] > 0 and found[0] + found[1] > found[2]:
            yield market.symbol, _usd(found[0] + found[1]), _usd(found[2])


def _usd(wad: int) -> str:
    return text_of(Fraction(wad, WAD))


def _plain(choice: PolicyChoice) -> tuple[str, tuple[Any, ...]]:
    return str(choice.source), choice.arguments


@lru_cache(maxsize=256)
def _smallest(
    margin: tuple[str, tuple[Any, ...]], liquidation: tuple[str, tuple[Any, ...]], m: int, smallest_usd_wad: int
) -> tuple[int, int, int] | None:
    """(flat reward, charges, maintenance margin) of the smallest position, USD WAD; None without an answer."""
    evm = EVM(spec_id=SPEC)
    notionals = [smallest_usd_wad if i == m else 0 for i in range(_MARKETS)]
    try:
        _, maintenance = _ask(evm, margin, "requirement", notionals, [0] * _MARKETS)
        (plan,) = _ask(evm, liquidation, "plan", maintenance - 1, maintenance, notionals, 0)
    except RuntimeError:
        return None
    parts = artifact(liquidation[0]).function("plan")["outputs"][0]["components"]
    named = dict(zip((part["name"] for part in parts), plan, strict=True))
    charges = -(-smallest_usd_wad * sum(named[name] for name in _CHARGES) // WAD)
    return named["keeper_usd_wad"], charges, maintenance


def _ask(evm: EVM, rule: tuple[str, tuple[Any, ...]], function: str, *arguments: Any) -> tuple[Any, ...]:
    source, given = rule
    code = artifact(source)
    entry: Any = code.function(function)
    address = evm.deploy(_NOBODY, code.initcode + encode([kind for _, kind in code.constructor], given))
    types = [collapse_if_tuple(item) for item in entry["inputs"]]
    data = function_abi_to_4byte_selector(entry) + encode(types, arguments)
    answer = bytes(evm.message_call(_NOBODY, address, data, is_static=True))
    return decode([collapse_if_tuple(item) for item in entry["outputs"]], answer)
