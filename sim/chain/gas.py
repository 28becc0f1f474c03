"""Gas of every verb of a design, as transactions use it: measured on what is deployed, once for each thing that is.

What is measured is the design without its names (`sim.chain.nameless`): a copy under another name, or with its tables
in another order, costs the same, and what differs in code or in a parameter is measured anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from sim.chain.actions import VERBS
from sim.chain.deployment import simulation_plan
from sim.chain.gauge import cast_of, play
from sim.chain.meter import START_S, Meter
from sim.chain.nameless import VENUES, fingerprint_of, nameless
from sim.chain.transactions import TransactionChain
from sim.design import Design
from sim.inputs.compiler import CACHE
from sim.inputs.files import write_atomic

_SEED_S = START_S - 1


@dataclass(frozen=True, slots=True)
class Gas:
    """What transactions of each verb used: by kind of call, and by the code of the refusal."""

    used: Mapping[str, Mapping[str, int]]
    refused: Mapping[str, Mapping[int, int]]

    def of(self, verb: str) -> int:
        """What block space a call takes: the dearest kind; of a verb that is never let through, the dearest refusal."""
        return max((self.used.get(verb) or self.refused[verb]).values())

    def table(self) -> dict[str, int]:
        """`of` every verb."""
        return {verb: self.of(verb) for verb in VERBS}

    def closed(self) -> dict[str, int]:
        """Verbs that were never let through, and the code of the dearest refusal."""
        return {
            verb: max(self.refused[verb], key=self.refused[verb].__getitem__) for verb in VERBS if verb not in self.used
        }


def gas_of(design: Design) -> Gas:
    """Gas of a design, measured in process or found on disk. A cache that cannot be read or written only costs time.

    Raises:
        ContractError: the design refuses its own set-up, or the first deposits.
    """
    bare = nameless(design)
    path = CACHE / f"gas-{fingerprint(bare)[:24]}-{_how()[:8]}.json"
    found = _read(path)
    if found is None:
        found = measure(bare)
        _write(path, found)
    return found


def fingerprint(bare: Design) -> str:
    """Hash of all that is deployed of a nameless design before its history begins."""
    return fingerprint_of(simulation_plan(bare, VENUES, cast_of(bare), _SEED_S))


def measure(bare: Design) -> Gas:
    """Measure a nameless design in process, on bytecode."""
    with closing(TransactionChain(bare, VENUES, cast_of(bare), time_s=_SEED_S)) as chain:
        return _played(Meter(chain))


def measure_on_node(bare: Design) -> Gas:
    """Measure a nameless design as transactions on a private Anvil: what the figures of `measure` are held against."""
    from sim.chain.devnet import DevnetChain  # a node's client takes time to import

    with closing(DevnetChain(bare, VENUES, cast_of(bare), time_s=_SEED_S)) as chain:
        for actor in chain.deployment.cast.actors:
            chain.endow(chain.deployment.addresses[actor])
        return _played(Meter(chain))


def _played(meter: Meter) -> Gas:
    play(meter)
    return Gas(meter.gas, meter.refused)


@cache
def _how() -> str:
    """Hash of what measures: the machine, and all that stands between a history and its transactions."""
    hasher = hashlib.sha256(version("pyrevm").encode())
    folder = Path(__file__).parent
    for file in sorted(folder.glob("*.py")):
        hasher.update(file.read_bytes())
    return hasher.hexdigest()


def _read(path: Path) -> Gas | None:
    """Figures from disk; nothing where there are none, or none that can be used."""
    try:
        stored = json.loads(path.read_text())
        used = {verb: {kind: int(gas) for kind, gas in kinds.items()} for verb, kinds in stored["used"].items()}
        refused = {verb: {int(code): int(gas) for code, gas in of.items()} for verb, of in stored["refused"].items()}
        found = Gas(used, refused)
        return found if min(found.table().values()) > 0 else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(path: Path, gas: Gas) -> None:
    """Atomic: several processes may measure the same design, and others read meanwhile."""
    text = json.dumps({"used": gas.used, "refused": gas.refused})
    with suppress(OSError):
        write_atomic(path, lambda handle: handle.write(text.encode()))
