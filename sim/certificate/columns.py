"""Kernel operations compiled to loops over columns of operands, for tests and measurements.

A column holds n words of 256 bits: an array (n, 4) of uint64, least limb first.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from llvmlite import binding as llvm
from llvmlite import ir
from numpy.typing import NDArray

from sim.native.kernel.emitting import LIMB, NEVER, WORD
from sim.native.kernel.integers import MODULUS
from sim.native.kernel.operations import Checked, Kernel

Words = NDArray[np.uint64]
#: Emits one operation on two words; a bit for a value counts as the word 0 or 1.
Emit = Callable[[Kernel, ir.IRBuilder, ir.Value, ir.Value], "Checked | ir.Value"]
WORD_BYTES, _OPTIMISATION = 32, 2
_FLAG = ir.IntType(8)
_SIGNATURE = ir.FunctionType(ir.VoidType(), [LIMB, *[WORD.as_pointer()] * 3, _FLAG.as_pointer()])
_PROTOTYPE = ctypes.CFUNCTYPE(None, ctypes.c_uint64, *[ctypes.c_void_p] * 4)


def words_of(values: Iterable[int]) -> Words:
    """A column of these values modulo 2**256."""
    packed = b"".join((value % MODULUS).to_bytes(WORD_BYTES, "little") for value in values)
    return np.frombuffer(packed, np.uint64).reshape(-1, 4)


def word_at(column: Words, row: int) -> int:
    """One word of a column, unsigned."""
    return int.from_bytes(column[row].tobytes(), "little")


class Columns:
    """Operations by name, compiled with one kernel into one module."""

    def __init__(self, kernel: type[Kernel], operations: dict[str, Emit]) -> None:
        module = ir.Module()
        emitter = kernel(module)
        names = {name: f"operation_{number}" for number, name in enumerate(operations)}
        for name, emit in operations.items():
            _emit_loop(emitter, ir.Function(module, _SIGNATURE, names[name]), emit)
        self._engine = _compiled(str(module))
        addresses = {name: self._engine.get_function_address(symbol) for name, symbol in names.items()}
        self._functions = {name: _PROTOTYPE(address) for name, address in addresses.items()}

    def run(self, name: str, x: Words, y: Words) -> tuple[Words, NDArray[np.bool_]]:
        """Values (n, 4) and failures (n,) of one operation on each row of two columns."""
        values, failures = np.zeros_like(x), np.zeros(len(x), np.bool_)
        columns: Sequence[NDArray[np.generic]] = (np.ascontiguousarray(x), np.ascontiguousarray(y), values, failures)
        self._functions[name](len(x), *(column.ctypes.data for column in columns))
        return values, failures


def _emit_loop(kernel: Kernel, function: ir.Function, emit: Emit) -> None:
    """Write the loop of `void f(rows, x[], y[], values[], failures[])`, for at least one row."""
    rows, x, y, values, failures = function.args
    start, loop, end = (function.append_basic_block(name) for name in ("start", "loop", "end"))
    ir.IRBuilder(start).branch(loop)
    ir.IRBuilder(end).ret_void()
    b = ir.IRBuilder(loop)
    row = b.phi(LIMB)
    # columns of numpy are aligned to limbs, not to words
    operands = [b.load(b.gep(column, [row]), align=8) for column in (x, y)]
    result = emit(kernel, b, *operands)
    value, failed = result if isinstance(result, tuple) else (result, NEVER)
    b.store(b.zext(value, WORD) if value.type.width < WORD.width else value, b.gep(values, [row]), align=8)
    b.store(b.zext(failed, _FLAG), b.gep(failures, [row]))
    after = b.add(row, LIMB(1))
    row.add_incoming(LIMB(0), start)
    row.add_incoming(after, b.block)
    b.cbranch(b.icmp_unsigned("<", after, rows), loop, end)


def _compiled(assembly: str) -> llvm.ExecutionEngine:
    """Machine code for this processor, optimised as the contracts are."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        opt=_OPTIMISATION, cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), jit=True
    )
    module = llvm.parse_assembly(assembly)
    module.verify()
    engine = llvm.create_mcjit_compiler(module, machine)
    tuning = llvm.create_pipeline_tuning_options(speed_level=_OPTIMISATION)
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
    engine.finalize_object()
    return engine
