"""A program that stands on both machines: compiled from one reading of each source, without the cache on disk."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyrevm import EVM, BlockEnv

from sim.certificate.probe import ACCOUNTS, ACTORS, START_S
from sim.certificate.programs.tree import Program
from sim.certificate.twin import Twin
from sim.chain.deployment import nominal_address
from sim.chain.evm import ADMIN, GAS_LIMIT, SPEC
from sim.chain.plan import Create, initcode
from sim.inputs.compiler import Artifact
from sim.native.extents import EXTENTS, Extents
from sim.native.objects import Loaded, Object, object_of
from sim.native.refusal import Failure, Refusal
from sim.native.translator.adapter import Contract
from sim.native.world import World


class NotAProgram(Exception):
    """Vyper does not compile it, or the EVM does not deploy it: says nothing about the translator."""


class Crash(Exception):
    """The translator, LLVM or the linker failed with something else than a refusal."""


@dataclass(frozen=True)
class Way:
    """How both sides are compiled."""

    is_optimized: bool  # by Vyper
    level: int  # of LLVM


@dataclass(frozen=True)
class Stand:
    """The twin, and what there is to call."""

    twin: Twin
    artifacts: dict[str, Artifact]
    addresses: dict[str, str]


def stand(program: Program, way: Way) -> Stand:
    """Compile and deploy.

    Raises:
        NotAProgram: Vyper or the EVM refuses.
        Refusal: the translator does.
        Crash: it fails.
    """
    extents: Extents = {**EXTENTS, **dict(program.extents)}
    evm = EVM(spec_id=SPEC)
    evm.set_block_env(BlockEnv(number=1, timestamp=START_S, gas_limit=GAS_LIMIT))
    addresses = {"admin": ADMIN, **{name: nominal_address(name) for name in ACTORS}}
    artifacts: dict[str, Artifact] = {}
    loaded: dict[str, Loaded] = {}
    code_bytes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in program.sources().items():
            (Path(folder) / name).write_text(text)
        for each in program.contracts:
            contract = _read(Path(folder) / f"{each.file}.vy", way)
            loaded[each.name] = Loaded(_translated(contract, extents, way))
            artifacts[each.name], code_bytes[each.name] = _bytecode(contract)
            step = Create(each.name, artifacts[each.name], each.arguments)
            addresses[each.name] = _deployed(evm, initcode(step, addresses))
    world = World(loaded, addresses, ACCOUNTS)
    twin = Twin(world, evm, code_bytes, time_s=START_S, is_kept=False)
    return Stand(twin, artifacts, addresses)


def _read(path: Path, way: Way) -> Contract:
    try:
        return Contract(path, is_optimized=way.is_optimized)
    except Refusal:
        raise
    except Exception as error:  # Vyper's own failures come as anything
        raise NotAProgram(f"{type(error).__name__}: {error}") from error


def _translated(contract: Contract, extents: Extents, way: Way) -> Object:
    try:
        return object_of(contract, extents=extents, level=way.level)
    except Failure as failed:
        raise Crash(str(failed)) from failed


def _bytecode(contract: Contract) -> tuple[Artifact, int]:
    try:
        abi, code, size = contract.bytecode()
    except Exception as error:
        raise NotAProgram(f"{type(error).__name__}: {error}") from error
    entries: tuple[dict[str, Any], ...] = tuple(abi)
    return Artifact(contract.name, contract.name, entries, code, b""), size


def _deployed(evm: EVM, code: bytes) -> str:
    try:
        address = evm.deploy(ADMIN, code)
    except RuntimeError as error:
        raise NotAProgram(f"not deployed: {error}") from error
    evm.reset_transient_storage()
    return str(address)
