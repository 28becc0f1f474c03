"""Compiled loops of this process: fetched from the cache of objects, or compiled once.

An object is kept under the hash of every source that shapes it, the versions of numba and LLVM, and the processor.
"""

from __future__ import annotations

import ast
import ctypes
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from sim.inputs.compiler import CACHE, ROOT
from sim.kernels.columns import Field, arguments, axes, parameters

#: Names of numba's runtime that the paths of errors refer to; none of them is ever taken.
_NEVER_CALLED = (
    "NRT_Allocate",
    "NRT_Free",
    "NRT_MemInfo_call_dtor",
    "NRT_decref",
    "NRT_incref",
    "numba_do_raise",
    "numba_gil_ensure",
    "numba_gil_release",
    "numba_runtime_build_excinfo_struct",
    "numba_unpickle",
)


class Loop:
    """A kernel over all paths of its arrays, in machine code."""

    def __init__(self, target: str, code: bytes) -> None:
        """`target`: MODULE:FUNCTION of the kernel; `code`: what `fetch` gives."""
        module, name = target.split(":")
        function = getattr(import_module(module), name)
        symbol, _, obj = code.partition(b"\n")
        self._kinds, self._fields, self._axes = parameters(function), arguments(function), axes(function)
        self._engine = _engine(obj)
        numbers = [ctypes.c_int64 if f.is_whole else ctypes.c_double for f in self._fields]
        kinds = [ctypes.c_void_p if f.shape else number for f, number in zip(self._fields, numbers, strict=True)]
        face = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * len(self._axes), *kinds)
        self._call = face(self._engine.get_function_address(symbol.decode()))

    def bind(self, sizes: Mapping[str, int], given: Sequence[Any]) -> Bound:
        """Keep arguments for many calls; see `Bound`."""
        parts: list[Any] = []
        for kind, value in zip(self._kinds, given, strict=True):
            parts += [value] if kind in (int, float) else list(value)
        for field, part in zip(self._fields, parts, strict=True):
            _check(field, part, sizes)
        return Bound(self._call, [sizes[axis] for axis in self._axes], self._fields, parts)


class Bound:
    """A loop and the arrays that it works on, which it changes in place.

    Numbers among the arguments of the kernel itself (not of its tuples) are given with each call.
    """

    def __init__(self, call: Any, lengths: list[int], kinds: Sequence[Field], parts: list[Any]) -> None:
        self._call, self._parts = call, parts  # the arrays must live as long as their addresses are used
        self._values = [*lengths, *(part.ctypes.data if isinstance(part, np.ndarray) else part for part in parts)]
        self._free = [len(lengths) + i for i, field in enumerate(kinds) if not field.name]

    def __call__(self, *numbers: float) -> None:
        """Run the kernel for every path."""
        for i, number in zip(self._free, numbers, strict=True):
            self._values[i] = number
        self._call(*self._values)


@cache
def load(target: str) -> Loop:
    """The compiled loop of MODULE:FUNCTION."""
    return Loop(target, fetch(target))


def fetch(target: str) -> bytes:
    """Its object code, compiled in another process unless it is in the cache."""
    cached = CACHE / f"{target.split(':')[1]}-{key(target)}.kernel"
    if not cached.is_file():
        cached.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=cached.parent, suffix=".tmp")
        os.close(handle)
        try:
            command = [sys.executable, "-P", "-m", "sim.kernels.compiling", target, name]
            done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"the kernel {target} does not compile:\n{done.stderr}")
            os.replace(name, cached)  # atomic: two processes may compile the same kernel
        finally:
            Path(name).unlink(missing_ok=True)
    return cached.read_bytes()


def key(target: str) -> str:
    """Hash of the kernel's source and of all that it imports, of this room, the libraries and the processor."""
    features = llvm.get_host_cpu_features().flatten()
    versions = f"{version('numba')} {version('llvmlite')} {version('numpy')}"
    digest = hashlib.sha256(f"{target} {versions} {llvm.get_host_cpu_name()} {features}".encode())
    for source in sources(target):
        digest.update(source.relative_to(ROOT).as_posix().encode() + source.read_bytes())
    return digest.hexdigest()[:24]


def sources(target: str) -> list[Path]:
    """The files that shape a loop: its kernel's, those of `sim` that this imports, and so on, and this room's."""
    found, waiting = set(Path(__file__).parent.glob("*.py")), {_file(target.split(":")[0])}
    while waiting:
        file = waiting.pop()
        if file not in found and file.is_file():
            found.add(file)
            waiting |= {_file(name) for name in _imported(file)}
    return sorted(found)


def _file(module: str) -> Path:
    """Where a module of `sim` would be, or its package."""
    place = ROOT / module.replace(".", "/")
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _imported(file: Path) -> set[str]:
    """What of `sim` a file imports, in either way: modules, and names that may be modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return {name for name in found if name.split(".")[0] == "sim"}


def _engine(code: bytes) -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    never = ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value
    for name in _NEVER_CALLED:
        llvm.add_symbol(name, never)
    # an engine takes its machine along when it is dropped: each needs one of its own
    engine = llvm.create_mcjit_compiler(
        llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine(jit=True)
    )
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _check(field: Field, part: Any, sizes: Mapping[str, int]) -> None:
    """Machine code believes what it is told: an array of another kind must not reach it."""
    if field.shape is None:
        return
    shape = tuple(int(axis) if axis.isdigit() else sizes[axis] for axis in field.shape)
    if part.shape != shape or part.dtype != np.float64 or not part.flags.c_contiguous:
        raise TypeError(f"{field.name}: expected float64 {shape} without gaps, got {part.dtype} {part.shape}")
