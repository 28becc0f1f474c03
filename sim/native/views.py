"""One function of a contract, asked for whole arrays of paths and arguments at once.

Answers are words, exact. From numpy a `View` is called like a function; from numba-compiled code its `batch` is, with
pointers and numbers only, so that an agent's own loop can look at the contracts without going back to Python.
"""

from __future__ import annotations

import ctypes
from typing import Protocol

import numpy as np

from sim.native.context import OK
from sim.native.objects import load_runner
from sim.native.world import LIMBS, World

_LIMB_VALUES = np.array([1.0, 2.0**64, 2.0**128, 2.0**192])
_SIGNATURE = ctypes.CFUNCTYPE(
    None,
    ctypes.c_uint64,  # context
    ctypes.c_uint64,  # words of the first path
    ctypes.c_uint64,  # bytes of a path
    ctypes.c_uint64,  # function
    ctypes.c_uint64,  # id of the contract
    ctypes.c_uint64,  # rows
    ctypes.c_uint64,  # paths, (rows,) int64
    ctypes.c_uint64,  # arguments, (rows, width, 4) uint64
    ctypes.c_uint64,  # width
    ctypes.c_uint64,  # results, (rows, room, 4) uint64
    ctypes.c_uint64,  # room
    ctypes.c_uint64,  # status, (rows,) int32
)


class Asked(Protocol):
    """The chain that is asked."""

    world: World
    paths: int
    words: np.ndarray  # (paths, words of a path, limbs)

    def context(self) -> np.ndarray:
        """The numbers that compiled code runs with, set to the current block."""


class View:
    """A function of a contract by name, on all paths of a chain, as of its current block."""

    def __init__(self, chain: Asked, target: str, function: str) -> None:
        loaded = chain.world.contracts[target]
        found = [e for e in loaded.object.exports if e.signature.split("(")[0] == function]
        if not found:
            raise KeyError(f"{target} has no function {function}")
        (export,) = found
        self._chain = chain
        self._target = chain.world.id_of(target)
        self._function = loaded.words(export.signature)
        self.argument_words, self.answer_words = export.argument_words, export.answer_words
        #: For numba: call it with `handle` and pointers; see the types above.
        self.batch = _SIGNATURE(load_runner().address("view"))

    def __call__(self, path: np.ndarray, *columns: np.ndarray) -> np.ndarray:
        """Ask row by row.

        Args:
            path: (n,) path of each row.
            columns: one for each word of the arguments; (n,) integers, signed or not, or (n, 4) limbs.

        Returns:
            (n, words of an answer, 4) little-endian limbs.

        Raises:
            ValueError: some row was refused; the message tells which and with what status.
        """
        results, status = self.attempt(path, *columns)
        if status.any():
            row = int(np.argmax(status != OK))
            raise ValueError(f"row {row} was refused with status {status[row]}")
        return results

    def attempt(self, path: np.ndarray, *columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same where rows may be refused: (results, (n,) status). A verb may be tried, too: nothing stays of it."""
        n = len(path)
        arguments = np.zeros((n, max(1, self.argument_words), LIMBS), dtype=np.uint64)
        for i, column in enumerate(columns):
            if column.ndim == 2:
                arguments[:, i] = column
            elif column.dtype.kind in "ub":
                arguments[:, i, 0] = column
            elif column.dtype.kind == "i":
                signed = column.astype(np.int64)
                arguments[:, i, 0] = signed.view(np.uint64)
                arguments[:, i, 1:] = (signed >> 63).view(np.uint64)[:, None]
            else:
                raise TypeError(f"column {i} holds {column.dtype}: integers are expected, or limbs of them")
        results = np.zeros((n, max(1, self.answer_words), LIMBS), dtype=np.uint64)
        status = np.zeros(n, dtype=np.int32)
        paths = np.ascontiguousarray(path, dtype=np.int64)
        if n and not (paths.min() >= 0 and paths.max() < self._chain.paths):
            raise IndexError(f"a path outside 0..{self._chain.paths - 1}")
        self.batch(
            *self.handle,
            n,
            paths.ctypes.data,
            arguments.ctypes.data,
            arguments.shape[1],
            results.ctypes.data,
            results.shape[1],
            status.ctypes.data,
        )
        return results, status

    @property
    def handle(self) -> tuple[int, int, int, int, int]:
        """The first five arguments of `batch`: context, words, bytes of a path, function, contract."""
        context, words = self._chain.context(), self._chain.words
        return context.ctypes.data, words.ctypes.data, words.strides[0], self._function, self._target


def floats(limbs: np.ndarray, decimals: int = 18, *, signed: bool = False) -> np.ndarray:
    """Words as floats with so many decimals: (..., 4) -> (...). Exact to the precision of a double."""
    if not signed:
        return limbs.astype(np.float64) @ _LIMB_VALUES / 10.0**decimals
    negative = (limbs[..., 3] >> np.uint64(63)).astype(bool)
    magnitude = np.where(negative[..., None], ~limbs, limbs).astype(np.float64) @ _LIMB_VALUES
    return np.where(negative, -(magnitude + 1.0), magnitude) / 10.0**decimals


def integers(limbs: np.ndarray, *, signed: bool = False) -> list[int]:
    """Words as Python integers, in the order of a flat array."""
    raw = np.ascontiguousarray(limbs).tobytes()
    return [int.from_bytes(raw[i : i + 32], "little", signed=signed) for i in range(0, len(raw), 32)]
