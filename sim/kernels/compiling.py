"""Compile a loop over paths, in a process of its own: `python -m sim.kernels.compiling MODULE:FUNCTION OBJECT`.

numba is needed here and nowhere else: whoever calls the compiled loop never imports it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numba
from numba import types

from sim.kernels.columns import Field, arguments, axes, parameters
from sim.kernels.marking import compile_with

#: Errors as in numpy (a division by 0 is infinite), no allocation, no reordering of sums.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False, "fastmath": False}


def object_code(target: str) -> tuple[bytes, str]:
    """Machine code of the loop over paths of a kernel, and the symbol of its entry."""
    compile_with(lambda function, is_part: numba.njit(forceinline=is_part, **OPTIONS)(function))
    module, name = target.split(":")
    function = getattr(import_module(module), name)
    kinds, flat = parameters(function), arguments(function)
    names: dict[str, Any] = {"carray": numba.carray, "kernel": function}
    names |= {f"kind_{i}": kind for i, kind in enumerate(kinds)}
    exec(_source(function, kinds, flat), names)  # a loop whose arguments are those that the kernel's annotations name
    lengths = [types.int64] * len(axes(function))
    signature = types.void(*lengths, *(_type(field) for field in flat))
    entry: Any = numba.cfunc(signature, error_model="numpy")(names["entry"])
    library = entry._library
    if hasattr(library, "_get_compiled_object"):
        return bytes(library._get_compiled_object()), str(entry.native_name)
    return bytes(library._compiled_object), str(entry.native_name)


def _source(function: Any, kinds: tuple[Any, ...], flat: tuple[Field, ...]) -> str:
    """Python text of the loop: pointers in, one call of the kernel for each path."""
    letters = axes(function)
    lines = [f"def entry({', '.join((*(f'n_{axis}' for axis in letters), *(f'x{i}' for i in range(len(flat)))))}):"]
    for i, field in enumerate(flat):
        if field.shape is not None:
            shape = ", ".join(axis if axis.isdigit() else f"n_{axis}" for axis in field.shape)
            lines.append(f"    a{i} = carray(x{i}, ({shape},))")
    lines.append("    for path in range(n_P):")
    calls, at = [], 0
    for i, kind in enumerate(kinds):
        count = 1 if kind in (int, float) else len(kind._fields)
        parts = ", ".join(_element(j, flat[j]) for j in range(at, at + count))
        calls.append(parts if kind in (int, float) else f"kind_{i}({parts})")
        at += count
    lines.append(f"        kernel({', '.join(calls)})")
    return "\n".join(lines) + "\n"


def _element(i: int, field: Field) -> str:
    if field.shape is None:
        return f"x{i}"
    return f"a{i}[path]" if field.has_paths else f"a{i}"


def _type(field: Field) -> Any:
    if field.shape is not None:
        return types.CPointer(types.float64)
    return types.int64 if field.is_whole else types.float64


def main() -> None:
    """Write the object: the symbol's name, a line's end, the code."""
    target, path = sys.argv[1:]
    code, symbol = object_code(target)
    Path(path).write_bytes(symbol.encode() + b"\n" + code)


if __name__ == "__main__":
    main()
