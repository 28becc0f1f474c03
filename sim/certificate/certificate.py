"""The certificate: what was compared to say that native code does what the bytecode does, kept beside the artifacts.

It holds for the sources, the compiler and the processor that it was made with, and for nothing else.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from llvmlite import binding as llvm
from pydantic import TypeAdapter

from sim.design import Design
from sim.inputs.compiler import CACHE, CONTRACTS, artifact
from sim.native.objects import compiler_digest, write_atomic

PACKAGES = ("vyper", "llvmlite", "pyrevm", "numpy")


@dataclass(frozen=True, slots=True)
class Lockstep:
    """One design's part."""

    actions: int
    accepted: int
    limits: int  # calls that needed more room than native storage has: not compared
    checkpoints: int
    words: int
    statements: tuple[int, int]  # reached, all
    branches: tuple[int, int]
    bytecode_s: float
    native_s: float
    codes: int  # different error codes
    never_accepted: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """How many times faster native ran the same calls."""
        return self.bytecode_s / self.native_s if self.native_s else 0.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """Counts, hashes, and what was found."""

    key: str
    made_at: str  # ISO 8601, UTC
    seed: int
    processor: str
    versions: Mapping[str, str]
    sources: Mapping[str, str]  # SHA-256 of every file below the contracts folder
    bytecode: Mapping[str, str]  # SHA-256 of the runtime code of every deployable contract
    grid_cases: int
    operator_cases: int
    faults: Mapping[str, bool]  # planted faults of the compiler: whether the certificate found them
    designs: Mapping[str, Lockstep]
    differences: tuple[str, ...]
    fallbacks: tuple[str, ...]  # designs that do not compile, and why
    is_whole: bool  # nothing was left out, and nobody interrupted it
    policies: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of every rule that a design used, and its name
    has_cohorts: bool = False  # a design cut winners by an index

    @property
    def actions(self) -> int:
        """Of all designs."""
        return sum(part.actions for part in self.designs.values())

    @property
    def ratio(self) -> float:
        """How many times faster native was, over all designs."""
        native_s = sum(part.native_s for part in self.designs.values())
        return sum(part.bytecode_s for part in self.designs.values()) / native_s if native_s else 0.0

    @property
    def limits(self) -> int:
        """Calls of all designs that native storage had no room for: not compared."""
        return sum(part.limits for part in self.designs.values())

    @property
    def is_good(self) -> bool:
        """No difference, no fallback, every planted fault found."""
        return not self.differences and not self.fallbacks and all(self.faults.values())

    def quote(self) -> str:
        """One line for a report."""
        caught = f"{sum(self.faults.values())} of {len(self.faults)}"
        which = f"{len(self.designs)} designs" if len(self.designs) > 1 else "".join(self.designs)
        parts = (
            f"native = bytecode: {len(self.differences)} differences in {self.actions:,} actions",
            f"({which}; {self.limits:,} more had no room), kernel grid {self.grid_cases:,} cases,",
            f"operators {self.operator_cases:,} cases, {caught} planted faults found;",
            f"native {self.ratio:.0f} times faster; certificate {self.key} of {self.made_at[:10]}",
        )
        return " ".join(parts)

    def uncovered(self, design: Design) -> set[str]:
        """Rules of a design that nothing exercised, by name."""
        rules = {choice.source.name for choice in design.policies.values() if choice.code_sha256 not in self.policies}
        return rules | ({"Cohorts.vy"} if design.is_cut_by_index and not self.has_cohorts else set())

    def to_json(self) -> str:
        """All of it."""
        return _ADAPTER.dump_json(self, indent=1).decode()

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """What `to_json` wrote."""
        return _ADAPTER.validate_json(text)

    def keep(self) -> bool:
        """Keep it beside the artifacts: one that found a difference always, another unless a better one is there.

        Returns:
            Whether it is kept.
        """
        before = last_valid()
        is_better_there = before is not None and before.is_good and before.actions > self.actions
        if not self.differences and (self.fallbacks or is_better_there):
            return False
        write_atomic(_kept(self.key), self.to_json().encode())
        return True


_ADAPTER = TypeAdapter(Certificate)


def last_valid() -> Certificate | None:
    """The last certificate that holds for the sources, the compiler and the processor of now; None if there is none."""
    path = _kept(current_key())
    return Certificate.from_json(path.read_text()) if path.is_file() else None


def current_key() -> str:
    """Hash of everything that a certificate is about."""
    digest = hashlib.sha256(compiler_digest())
    for name, found in source_hashes().items():
        digest.update(f"{name} {found}".encode())
    return digest.hexdigest()[:16]


def source_hashes() -> dict[str, str]:
    """SHA-256 of every Vyper file below the contracts folder."""
    paths = sorted(path for path in CONTRACTS.rglob("*.vy*") if path.is_file())
    return {str(path.relative_to(CONTRACTS)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def bytecode_hashes() -> dict[str, str]:
    """SHA-256 of the runtime code of every contract that a design may deploy."""
    paths = [*CONTRACTS.glob("*.vy"), *CONTRACTS.glob("policies/*/*.vy"), CONTRACTS / "mocks" / "MockToken.vy"]
    return {
        str(path.relative_to(CONTRACTS)): hashlib.sha256(artifact(path).runtime).hexdigest() for path in sorted(paths)
    }


def versions() -> dict[str, str]:
    """Of everything that takes part."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def processor() -> str:
    """As LLVM knows it."""
    return f"{platform.machine()} {llvm.get_host_cpu_name()}"


def _kept(key: str) -> Path:
    return CACHE / f"certificate-{key}.json"
