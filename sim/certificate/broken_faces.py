"""Faults of what surrounds a function: the runner, the journal and the stack, and what reads and writes the ABI."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from llvmlite import ir

from sim.certificate.planting import Fault, in_runner, inside, planted
from sim.native import runner, world
from sim.native.context import JOURNAL_ENTRY_BYTES, LONG, STACK_BYTES, Context, constant_word, get, put
from sim.native.translator import abi, boundary, memory
from sim.native.translator.declarations import Function
from sim.native.types import Scalar, is_static
from sim.native.world import JOURNAL_ROOM

# ---------------------------------------------------------------------- the runner


def _get_from_the_first(b: ir.IRBuilder, row: ir.Value, index: int) -> ir.Value:
    """The journal from its last entry on: with steps backwards, the first write is put back last."""
    found = get(b, row, index)
    if index is not Context.JOURNAL:
        return found
    last = b.sub(get(b, row, Context.JOURNAL_USED), LONG(1))
    return b.add(found, b.mul(last, LONG(JOURNAL_ENTRY_BYTES)))


def _put_but_events(b: ir.IRBuilder, row: ir.Value, index: int, value: ir.Value) -> None:
    if index is not Context.EVENTS_USED:
        put(b, row, index, value)


@contextmanager
def _undoes_in_order() -> Iterator[None]:
    with (
        planted(runner, "JOURNAL_ENTRY_BYTES", -JOURNAL_ENTRY_BYTES),
        in_runner("get", _get_from_the_first)(),
    ):
        yield


# ---------------------------------------------------------------------- faces of a function


def _unclamped(is_meant: Callable[[Scalar], bool], mask: int) -> Any:
    """The clamp of some types lets everything pass, less the bits that have no room."""
    right = abi.clamp

    def clamp(b: ir.IRBuilder, context: ir.Value, word: ir.Value, kind: Scalar) -> ir.Value:
        if not is_meant(kind):
            return right(b, context, word, kind)
        kept = b.and_(word, constant_word(mask))
        return right(b, context, kept, kind) if kind.is_address else kept

    return clamp


def _is_narrow(kind: Scalar) -> bool:
    return not kind.is_bool and not kind.is_address and kind.integer.bits < 256


def _with_other_lock(**changes: Any) -> Any:
    """The face for contracts sees a function as locked otherwise than it is."""
    right = boundary._for_contracts

    def face(emitter: Any, function: Function) -> ir.Function:
        known = emitter.code_of(function)
        other = replace(function, **changes)
        emitter._codes[id(other)] = known
        emitter.kept = [*getattr(emitter, "kept", []), other]  # so that nothing else takes its id
        return right(emitter, other)

    return face


def _encode_id(b: ir.IRBuilder, context: ir.Value, source: ir.Value, target: ir.Value, kind: Scalar) -> None:
    abi._store_swapped(b, target, memory.load_word(b, source))


def _encode_ids_in_lists(b: ir.IRBuilder, context: ir.Value, kind: Any, *others: ir.Value) -> None:
    right = _ENCODE_WORD if kind is None or is_static(kind) else _encode_id
    with planted(abi, "_encode_word", right):
        _ENCODE(b, context, kind, *others)


_ENCODE, _ENCODE_WORD = abi.encode, abi._encode_word


def _put_but_returned_stack(b: ir.IRBuilder, row: ir.Value, index: int, value: ir.Value) -> None:
    """What a call takes is a sum; what was taken before it is not."""
    if index is not Context.STACK or value.opname == "add":
        put(b, row, index, value)


#: A fault by what is wrong with it.
BROKEN_FACES: Mapping[str, Fault] = {
    "a refused call keeps its writes": in_runner("store_word", lambda *_: None),
    "writes are undone in the order in which they were made": _undoes_in_order,
    "events of a refused call stay": in_runner("put", _put_but_events),
    "a bool is not clamped": inside(abi, "clamp", _unclamped(lambda kind: kind.is_bool, 3)),
    "an address is not clamped": inside(abi, "clamp", _unclamped(lambda kind: kind.is_address, 2**160 - 1)),
    "a narrow integer is not clamped": inside(abi, "clamp", _unclamped(_is_narrow, 2**256 - 1)),
    "a lock is not taken": inside(boundary, "_for_contracts", _with_other_lock(is_view=True)),
    "a lock is not asked for": inside(boundary, "_for_contracts", _with_other_lock(is_locked=False)),
    "addresses are answered as ids": inside(abi, "_encode_word", _encode_id),
    "addresses in a list are answered as ids": inside(boundary, "encode", _encode_ids_in_lists),
    "a call that returns keeps its part of the stack": inside(boundary, "put", _put_but_returned_stack),
    "the stack has no end": inside(boundary, "STACK_BYTES", 1 << 23),
    "the stack ends one call early": inside(boundary, "STACK_BYTES", STACK_BYTES - 1),
    "the journal has room for one word more": inside(world, "JOURNAL_ROOM", JOURNAL_ROOM + 1),
    "the journal has room for one word less": inside(world, "JOURNAL_ROOM", JOURNAL_ROOM - 1),
}
