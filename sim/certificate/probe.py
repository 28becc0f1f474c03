"""A small bench for any Vyper sources: they are deployed as bytecode and compiled to machine code, as one `Twin`.

The certificate's other parts compare the shipped contracts; a bench compares the language, one small source at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyrevm import EVM, BlockEnv

from sim.certificate.twin import Outcome, Sent, Twin
from sim.chain.deployment import nominal_address
from sim.chain.evm import ADMIN, GAS_LIMIT, SPEC
from sim.chain.plan import Create, Ref, encode_call, initcode, resolve, selector
from sim.inputs.compiler import artifact
from sim.native.extents import EXTENTS, Extents
from sim.native.kernel.operations import Kernel
from sim.native.objects import Loaded, Object, compile_contract, fetch
from sim.native.world import World

WORD_BYTES = 32
ACTORS = ("alice", "bob", "carol")
ACCOUNTS = 6
START_S = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A contract of a bench: name, source, and what its constructor is given (`Ref` for an address by name)."""

    name: str
    source: Path
    arguments: tuple[Any, ...] = ()


class Bench:
    """Contracts on both machines, and calls to them by name."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        extents: Extents | None = None,
        kernel: type[Kernel] | None = None,
        is_cached: bool = False,
    ) -> None:
        """Deploy and compile.

        Args:
            extents: keys of mappings by number, beside those of `extents.EXTENTS`.
            kernel: a broken one, if that is what is tried.
            is_cached: take objects from the cache, where neither extents nor kernel differ from the usual.
        """
        evm = EVM(spec_id=SPEC)
        evm.set_block_env(BlockEnv(number=1, timestamp=START_S, gas_limit=GAS_LIMIT))
        self.addresses = {"admin": ADMIN, **{name: nominal_address(name) for name in ACTORS}}
        self.parts = tuple(part.name for part in parts)
        self._artifacts = {part.name: artifact(part.source) for part in parts}
        for part in parts:
            step = Create(part.name, self._artifacts[part.name], part.arguments)
            self.addresses[part.name] = evm.deploy(ADMIN, initcode(step, self.addresses))
            evm.reset_transient_storage()
        made = {source: _compiled(source, extents, kernel, is_cached) for source in {part.source for part in parts}}
        contracts = {part.name: Loaded(made[part.source]) for part in parts}
        world = World(contracts, self.addresses, ACCOUNTS)
        code_bytes = {name: len(each.runtime) for name, each in self._artifacts.items()}
        self.twin = Twin(world, evm, code_bytes, time_s=START_S)

    def call(self, target: str, function: str, *arguments: Any, sender: str = "alice") -> Sent:
        """A call with arguments as Python has them."""
        return Sent(sender, target, encode_call(self._artifacts[target], function, resolve(arguments, self.addresses)))

    def raw(self, target: str, function: str, *words: int, tail: bytes = b"", sender: str = "alice") -> Sent:
        """A call with any words behind the selector, also such as no encoder would write."""
        body = b"".join((word % 2**256).to_bytes(WORD_BYTES, "big") for word in words)
        return Sent(sender, target, self.selector(target, function) + body + tail)

    def functions(self, target: str) -> list[dict[str, Any]]:
        """ABI entries of a contract's functions."""
        return [entry for entry in self._artifacts[target].abi if entry["type"] == "function"]

    def selector(self, target: str, function: str) -> bytes:
        """First four bytes of a function's call data."""
        return selector(self._artifacts[target].function(function))

    def function_of(self, call: Sent) -> str:
        """Name of the function that a call names."""
        return self.twin.world.contracts[call.target].by_selector[call.data[:4]].signature.split("(")[0]

    def run(self, calls: Sequence[Sent]) -> Outcome:
        """Run calls on both machines; differences of storage are among those of the outcome."""
        outcome = self.twin.run(calls)
        outcome.differences.extend(f"storage: {each}" for each in self.twin.compare_storage())
        return outcome


def _compiled(source: Path, extents: Extents | None, kernel: type[Kernel] | None, is_cached: bool) -> Object:
    if is_cached:
        return fetch(source)
    return compile_contract(source, kernel=kernel, extents={**EXTENTS, **(extents or {})})


__all__ = ["Bench", "Part", "Ref"]
