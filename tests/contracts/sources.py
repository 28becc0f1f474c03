"""The verbs of the protocol, from the ABI; and what they can answer, from their source.

A verb is named by its function; where a contract has a function of the same name as RiskController, it is called
`<contract>.<function>`, as in `market.set_mode`; so is whatever OracleController does, `oracle_controller.set_feed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from eth_utils.abi import collapse_if_tuple

from sim.inputs.compiler import CONTRACTS, artifact

#: Whose functions these are, but those of policies, mocks, Lens and Driver.
SHELLS = (
    *("Market", "Desk", "Rates", "Pool", "Liquidator", "OrderBook", "Exits", "Entries", "Cohorts"),
    *("RiskController", "Doctor", "Oracle", "OracleController"),
)


def _verbs() -> Iterator[tuple[str, tuple[str, str]]]:
    changing = {
        shell: [
            entry["name"]
            for entry in artifact(f"{shell}.vy").abi
            if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
        ]
        for shell in SHELLS
    }
    for shell, names in changing.items():
        for name in names:
            is_shared = shell != "RiskController" and name in changing["RiskController"]
            prefix = f"{shell.lower()}." if is_shared else ""
            yield "oracle_controller." + name if shell == "OracleController" else prefix + name, (shell, name)


#: Every function that can change something -> contract and function.
VERBS = dict(_verbs())

FILES = {path.stem: path for folder in ("", "modules", "lib") for path in (CONTRACTS / folder).glob("*.vy")}
_CALL = re.compile(r"\b([a-z_]+)\.(\w+)\(")
_CODE = re.compile(r"\berr\.([A-Z_]{2,})\b")
_GATE = re.compile(r"\bgates\.([A-Z_]{2,})\b")


def zero_arguments(source: str, function: str) -> list[Any]:
    """Arguments with nothing in them."""
    return [_zero(collapse_if_tuple(item)) for item in artifact(source).function(function)["inputs"]]


def _zero(kind: str) -> Any:
    if kind.endswith("]"):
        element, length = kind[:-1].rsplit("[", 1)
        return [_zero(element)] * int(length or 0)
    if kind.startswith("("):
        return tuple(_zero(part) for part in kind[1:-1].split(","))
    return {"address": "0x" + "00" * 20, "bool": False}.get(kind, 0)


@cache
def functions(stem: str) -> dict[str, str]:
    """Functions of a file by name, each with its text; comments and NatSpec are left out."""
    source = re.sub(r'"""[\s\S]*?"""|#.*', "", FILES[stem].read_text())
    parts = re.split(r"^(?=\S)", source, flags=re.MULTILINE)
    named: dict[str, str] = {}
    name = ""
    for part in parts:
        if found := re.match(r"def (\w+)\(", part):
            name = found[1]
            named[name] = part
        elif part.startswith(")") and name:  # the end of a signature that is broken over lines
            named[name] += part
        else:
            name = ""
    return named


def home(stem: str, function: str) -> str:
    """The file in which an external function is written: the shell itself, or a module that it exports."""
    if function in functions(stem):
        return stem
    exports = " ".join(re.findall(r"^exports: (.*)$", FILES[stem].read_text(), re.MULTILINE))
    return next(module for module, name in re.findall(r"(\w+)\.(\w+)", exports) if name == function)


def answers(stem: str, function: str) -> tuple[set[str], set[str]]:
    """Codes and gates of an external function, but for those of other contracts that it calls."""
    waiting, seen = [(home(stem, function), function)], set()
    codes: set[str] = set()
    gates: set[str] = set()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        body = functions(here[0])[here[1]]
        if here[0] != "gates":
            codes |= set(_CODE.findall(body))
            gates |= set(_GATE.findall(body)) - {"CLOSABLE"}
        for target, name in _CALL.findall(body):
            file = here[0] if target == "self" else target
            if file in FILES and name in functions(file):
                waiting.append((file, name))
    return codes, gates
