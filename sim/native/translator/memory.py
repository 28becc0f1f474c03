"""Places in memory and storage: reading, writing with a journal, copying, indexing.

A `Place` is a run of words of one type. Writes to storage note what stood there, so that a refused call can be undone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llvmlite import ir

from sim.native.context import (
    ALIGN,
    BIT,
    BYTE,
    BYTES,
    JOURNAL_ENTRY_BYTES,
    LIMIT,
    LONG,
    LONGS,
    WORD,
    WORD_BYTES,
    WORDS,
    Context,
    constant_word,
    get,
    pointer,
    put,
)
from sim.native.kernel.emitting import helper
from sim.native.kernel.integers import WORD_BITS
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import bits_of, known, width_for, word_of
from sim.native.translator.widths import Key, member_key
from sim.native.types import Array, List, Row, Scalar, Struct, Type, holds, is_static, shape

if TYPE_CHECKING:
    from sim.native.translator.frame import Frame

#: A value: one word (a truth value is one bit), or a place that holds several.
Value = "ir.Value | Place"


class Misfit(Exception):
    """A value whose words lie otherwise than those of the place for it."""


@dataclass(frozen=True)
class Place:
    """Words of a type."""

    pointer: ir.Value
    kind: Type
    is_storage: bool = False
    key: Key | None = None  # of the variable that it is, if its width is found
    bits: int = WORD_BITS  # that a word of it takes at most

    def at(self, b: ir.IRBuilder, words: int | ir.Value, kind: Type) -> Place:
        """A part that begins so many words further."""
        offset = LONG(words) if isinstance(words, int) else words
        return Place(b.gep(self.pointer, [offset]), kind, self.is_storage)


def load_word(b: ir.IRBuilder, source: ir.Value) -> ir.Value:
    """A word from memory."""
    word = b.load(source)
    word.align = ALIGN
    return word


def store_word(b: ir.IRBuilder, target: ir.Value, word: ir.Value) -> None:
    """A word to memory."""
    b.store(word, target).align = ALIGN


def to_word(b: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """A scalar as it stands in memory."""
    return b.zext(value, WORD) if value.type == BIT else value


def from_word(b: ir.IRBuilder, word: ir.Value, kind: Scalar) -> ir.Value:
    """A scalar as it is computed with: a truth value as one bit."""
    return narrow(b, word, BIT.width, Why.TRUTH) if kind.is_bool else word


def read(frame: Frame, place: Place) -> ir.Value | Place:
    """The value of a place: a scalar is loaded, anything larger stays where it is."""
    if not isinstance(place.kind, Scalar):
        return place
    if place.kind.is_bool:
        return from_word(frame.b, load_word(frame.b, place.pointer), place.kind)
    bits = min(place.bits, _most_bits(place.kind))
    width = width_for(bits)
    if width is None:
        return known(load_word(frame.b, place.pointer), bits)
    limbs = frame.b.load(frame.b.bitcast(place.pointer, ir.IntType(width).as_pointer()))
    limbs.align = ALIGN
    return word_of(frame.b, limbs, bits)


def _most_bits(kind: Scalar) -> int:
    """Bits of any value of a type; an address is a small id. Negative numbers take all."""
    if kind.is_address:
        return LONG.width
    return WORD_BITS if kind.integer.is_signed else kind.integer.bits


def write(frame: Frame, target: Place, value: ir.Value | Place) -> None:
    """Put a value into a place."""
    if isinstance(value, Place):
        if not holds(target.kind, value.kind):
            raise Misfit(f"{shape(value.kind)} for {shape(target.kind)}")
        copy(frame, value, target)
        return
    word = to_word(frame.b, value)
    frame.emitter.widths.note(target.key, bits_of(word))
    if target.is_storage:
        _journaled(frame, target.pointer, word)
    else:
        store_word(frame.b, target.pointer, word)


def copy(frame: Frame, source: Place, target: Place) -> None:
    """Copy all words. A copy inside storage goes through memory, since the places may overlap."""
    if not target.is_storage:
        move_block(frame.b, target.pointer, source.pointer, source.kind.words)
    else:
        _store(frame, spill(frame, source) if source.is_storage else source, target)


def _store(frame: Frame, source: Place, target: Place) -> None:
    """Copy memory to storage. Behind the end of a list what stood there stays, as on the EVM."""
    kind = source.kind
    if is_static(kind):
        _store_words(frame, source, target)
    elif isinstance(kind, Struct):
        for name, _ in kind.members:
            _store(frame, member(frame, source, name), member(frame, target, name))
    elif isinstance(kind, (Array, List)):
        count: ir.Value = LONG(kind.length) if isinstance(kind, Array) else None
        if isinstance(kind, List):
            length = load_word(frame.b, source.pointer)
            _journaled(frame, target.pointer, length)
            count = narrow(frame.b, length, LONG.width, Why.LENGTH)
        with frame.loop(count) as i:
            _store(frame, list_item(frame, source, i), list_item(frame, target, i))
    else:
        raise Misfit(f"a variable of type {shape(kind)}")


def _store_words(frame: Frame, source: Place, target: Place) -> None:
    words = source.kind.words
    if words <= _UNROLLED_WORDS:
        for i in range(words):
            offset = [LONG(i)]
            _journaled(
                frame, frame.b.gep(target.pointer, offset), load_word(frame.b, frame.b.gep(source.pointer, offset))
            )
        return
    with frame.loop(LONG(words)) as i:
        _journaled(frame, frame.b.gep(target.pointer, [i]), load_word(frame.b, frame.b.gep(source.pointer, [i])))


#: Copies into storage up to this size are written out.
_UNROLLED_WORDS = 24


def spill(frame: Frame, value: ir.Value | Place, kind: Type | None = None) -> Place:
    """A fresh copy in memory, of its own type or of one that holds it."""
    if kind is None:
        assert isinstance(value, Place)
        kind = value.kind
    fresh = frame.room(kind)
    write(frame, fresh, value)
    return fresh


def clear(frame: Frame, place: Place) -> None:
    """Zero all words of a place in memory."""
    function = _intrinsic(frame.b.module, "llvm.memset.p0.i64", [BYTES, BYTE, LONG, BIT])
    size = LONG(place.kind.words * WORD_BYTES)
    frame.b.call(function, [frame.b.bitcast(place.pointer, BYTES), BYTE(0), size, BIT(0)])


def member(frame: Frame, place: Place, name: str) -> Place:
    """A member of a struct."""
    assert isinstance(place.kind, Struct)
    offset, kind = place.kind.member(name)
    part = place.at(frame.b, offset, kind)
    key = member_key(place.kind, name, kind)
    if place.is_storage or key is None:
        return part
    return replace(part, key=key, bits=frame.emitter.widths.of(key))


def row_item(frame: Frame, place: Place, index: int) -> Place:
    """One of several returned values."""
    assert isinstance(place.kind, Row)
    return place.at(frame.b, place.kind.offset(index), place.kind.items[index])


def element(frame: Frame, place: Place, index: ir.Value) -> Place:
    """An item of an array or list; beyond its end the call reverts."""
    kind = place.kind
    assert isinstance(kind, (Array, List))
    if isinstance(index, ir.Constant) and isinstance(kind, Array) and index.constant < kind.length:
        return place.at(frame.b, int(index.constant) * kind.item.words, kind.item)
    length = constant_word(kind.length) if isinstance(kind, Array) else load_word(frame.b, place.pointer)
    frame.panic_if(frame.b.icmp_unsigned(">=", index, length))
    return list_item(frame, place, narrow(frame.b, index, LONG.width, Why.COMPARED))


def length_of(frame: Frame, source: Place) -> ir.Value:
    """Items of an array or a list, in 64 bits."""
    if isinstance(source.kind, Array):
        return LONG(source.kind.length)
    return narrow(frame.b, load_word(frame.b, source.pointer), LONG.width, Why.LENGTH)


def list_item(frame: Frame, place: Place, index: ir.Value) -> Place:
    """An item by a 64-bit index that is known to be inside."""
    kind = place.kind
    assert isinstance(kind, (Array, List))
    offset = frame.b.mul(index, LONG(kind.item.words))
    if isinstance(kind, List):
        offset = frame.b.add(offset, LONG(1))
    return place.at(frame.b, offset, kind.item)


def move_block(b: ir.IRBuilder, target: ir.Value, source: ir.Value, words: int) -> None:
    """Copy so many words of memory; the two may overlap."""
    if words == 1:
        store_word(b, target, load_word(b, source))
        return
    function = _intrinsic(b.module, "llvm.memmove.p0.p0.i64", [BYTES, BYTES, LONG, BIT])
    b.call(function, [b.bitcast(target, BYTES), b.bitcast(source, BYTES), LONG(words * WORD_BYTES), BIT(0)])


def _journaled(frame: Frame, target: ir.Value, word: ir.Value) -> None:
    """Write a word of storage; a full journal is a LIMIT."""
    module = frame.b.module
    write_function = helper(module, "journaled_write", ir.FunctionType(BIT, [LONGS, WORDS, WORD]), (), _write_journaled)
    frame.stop_if(frame.b.call(write_function, [frame.context, target, word]), LIMIT)


def _write_journaled(b: ir.IRBuilder, context: ir.Value, target: ir.Value, word: ir.Value) -> None:
    """Note the old word, write the new one; 1 where the journal is full."""
    used = get(b, context, Context.JOURNAL_USED)
    with b.if_then(b.icmp_unsigned(">=", used, get(b, context, Context.JOURNAL_ROOM)), likely=False):
        b.ret(BIT(1))
    start = b.add(get(b, context, Context.JOURNAL), b.mul(used, LONG(JOURNAL_ENTRY_BYTES)))
    b.store(b.ptrtoint(target, LONG), pointer(b, start, LONGS))
    store_word(b, pointer(b, b.add(start, LONG(8)), WORDS), load_word(b, target))
    store_word(b, target, word)
    put(b, context, Context.JOURNAL_USED, b.add(used, LONG(1)))
    b.ret(BIT(0))


def _intrinsic(module: ir.Module, name: str, arguments: list[ir.Type]) -> ir.Function:
    if name not in module.globals:
        ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
    return module.globals[name]
