"""Call data by the ABI of the deployed contracts, as flat words: all that is dynamic is one list at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.chain.plan import selector
from sim.inputs.compiler import Artifact
from sim.native.context import WORD_BYTES
from sim.native.world import World

SELECTOR_BYTES = 4
_MASK = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A word of the head: the argument's name (the innermost one), and its type; a list has its offset here."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Form:
    """How a function is called."""

    target: str
    function: str
    selector: bytes
    slots: tuple[Slot, ...]
    is_view: bool

    @property
    def role(self) -> str:
        """What the contract is: all tokens are alike, and so are all policies."""
        return self.target.partition(":")[0]

    @property
    def key(self) -> tuple[str, str]:
        """The function, whichever token or policy has it."""
        return self.role, self.function

    def data(self, words: Iterable[int]) -> bytes:
        """Call data of these words, negative ones in two's complement."""
        return self.selector + b"".join([(word & _MASK).to_bytes(WORD_BYTES, "big") for word in words])


def forms_of(world: World, artifacts: Mapping[str, Artifact]) -> dict[tuple[str, str], Form]:
    """Every function of every contract of a world that has call data, by (target, function)."""
    found = {}
    for target, loaded in world.contracts.items():
        entries = {selector(e): e for e in artifacts[target].abi if e["type"] == "function"}
        for head, export in loaded.by_selector.items():
            entry = entries[head]
            slots = tuple(slot for item in entry["inputs"] for slot in _slots(item))
            found[target, entry["name"]] = Form(target, entry["name"], head, slots, export.is_view)
    return found


def _slots(item: Mapping[str, Any]) -> list[Slot]:
    """Words of an argument in the head."""
    kind, name = item["type"], item["name"]
    if kind.endswith("[]"):
        return [Slot(name, "list")]
    base, bracket, size = kind.partition("[")
    inner = [slot for part in item["components"] for slot in _slots(part)] if base == "tuple" else [Slot(name, base)]
    return inner * int(size[:-1]) if bracket else inner
