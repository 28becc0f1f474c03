"""Words of the ABI in call data and answers: what is outside its type reverts; addresses are ids on our side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from llvmlite import ir

from sim.native.context import (
    ADDRESS_ENTRY_BYTES,
    BYTES,
    HASH_MULTIPLIER,
    INT,
    LIMIT,
    LONG,
    LONGS,
    PANIC,
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
from sim.native.kernel.narrowing import Why, narrow
from sim.native.translator.memory import load_word, store_word
from sim.native.types import Array, List, Row, Scalar, Struct, Type, is_static

SELECTOR_BYTES = 4
#: Words of an array up to which each has code of its own; a longer one is a loop over its items.
UNROLLED_WORDS = 24
#: Words before a part: known now, or counted by a loop.
_At: TypeAlias = "int | ir.Value"


def decode(b: ir.IRBuilder, context: ir.Value, source: ir.Value, kind: Scalar) -> ir.Value:
    """One argument word."""
    return clamp(b, context, _load_swapped(b, source), kind)


def decode_static(b: ir.IRBuilder, context: ir.Value, source: ir.Value, kind: Type, target: ir.Value) -> None:
    """An argument that the ABI writes in place."""

    def decode_word(at: _At, scalar: Scalar) -> None:
        word = decode(b, context, byte_at(b, source, _bytes(b, at)), scalar)
        store_word(b, b.gep(target, [_plus(b, at, 0)]), word)

    _each_word(b, kind, 0, decode_word)


def clamp(b: ir.IRBuilder, context: ir.Value, word: ir.Value, kind: Scalar) -> ir.Value:
    """A word from outside; a value outside its type reverts, as does Vyper's own decoder."""
    if kind.is_address:
        leave_if(b, b.icmp_unsigned(">=", word, constant_word(2**160)), PANIC)
        signature = ir.FunctionType(LONG, [LONGS, WORD])
        number = b.call(helper(b.module, "address_id", signature, (), _write_address_id), [context, word])
        leave_if(b, b.icmp_signed("<", number, LONG(0)), LIMIT)
        return b.zext(number, WORD)
    if kind.is_bool:
        leave_if(b, b.icmp_unsigned(">", word, constant_word(1)), PANIC)
        return word
    low, high = kind.integer.low, kind.integer.high
    if kind.integer.bits < 256:
        compare = b.icmp_signed if kind.integer.is_signed else b.icmp_unsigned
        if kind.integer.is_signed:
            leave_if(b, compare("<", word, constant_word(low)), PANIC)
        leave_if(b, compare(">", word, constant_word(high)), PANIC)
    return word


def decode_list(
    b: ir.IRBuilder,
    context: ir.Value,
    data: ir.Value,
    length: ir.Value,
    head: int,
    kind: List,
    target: ir.Value,
) -> None:
    """A list: its head says where it begins, modulo 2**256. As on the EVM, bytes behind the call data are zero."""
    offset = _load_swapped(b, byte_at(b, data, LONG(head)))
    place = b.add(offset, constant_word(SELECTOR_BYTES))
    # Anything beyond the end reads as zero, so the end itself stands for all of it.
    is_beyond = b.icmp_unsigned(">", place, b.zext(length, WORD))
    first = b.select(is_beyond, length, narrow(b, place, LONG.width, Why.UNUSED))
    signature = ir.FunctionType(WORD, [BYTES, LONG, LONG])
    padded = helper(b.module, "padded_word", signature, (), _write_padded_word)
    count_word = b.call(padded, [data, length, first])
    leave_if(b, b.icmp_unsigned(">", count_word, constant_word(kind.capacity)), PANIC)
    count = narrow(b, count_word, LONG.width, Why.COMPARED)
    store_word(b, target, count_word)
    with _counted(b, count) as i:

        def decode_word(at: _At, scalar: Scalar) -> None:
            place = _plus(b, at, 0)
            source = b.add(first, b.add(LONG(WORD_BYTES), b.mul(place, LONG(WORD_BYTES))))
            word = clamp(b, context, b.call(padded, [data, length, source]), scalar)
            store_word(b, b.gep(target, [b.add(place, LONG(1))]), word)

        _each_word(b, kind.item, b.mul(i, LONG(kind.item.words)), decode_word)


def encode(
    b: ir.IRBuilder, context: ir.Value, kind: Type | None, results: ir.Value, out: ir.Value, room: ir.Value
) -> None:
    """Results as the ABI writes them, if there is room; else LIMIT."""
    if kind is None:
        put(b, context, Context.OUT_LENGTH, LONG(0))
        return
    if is_static(kind):
        size = LONG(kind.words * WORD_BYTES)
        leave_if(b, b.icmp_unsigned(">", size, room), LIMIT)

        def encode_static(at: _At, scalar: Scalar) -> None:
            _encode_word(b, context, b.gep(results, [_plus(b, at, 0)]), byte_at(b, out, _bytes(b, at)), scalar)

        _each_word(b, kind, 0, encode_static)
        put(b, context, Context.OUT_LENGTH, size)
        return
    assert isinstance(kind, List)
    count = narrow(b, load_word(b, results), LONG.width, Why.LENGTH)
    words = b.mul(count, LONG(kind.item.words))
    size = b.mul(b.add(words, LONG(2)), LONG(WORD_BYTES))
    leave_if(b, b.icmp_unsigned(">", size, room), LIMIT)
    _store_swapped(b, out, constant_word(WORD_BYTES))
    _store_swapped(b, byte_at(b, out, LONG(WORD_BYTES)), b.zext(count, WORD))
    with _counted(b, count) as i:

        def encode_item(at: _At, scalar: Scalar) -> None:
            target = byte_at(b, out, b.mul(_plus(b, at, 2), LONG(WORD_BYTES)))
            _encode_word(b, context, b.gep(results, [_plus(b, at, 1)]), target, scalar)

        _each_word(b, kind.item, b.mul(i, LONG(kind.item.words)), encode_item)
    put(b, context, Context.OUT_LENGTH, size)


def _encode_word(b: ir.IRBuilder, context: ir.Value, source: ir.Value, target: ir.Value, kind: Scalar) -> None:
    word = load_word(b, source)
    if kind.is_address:
        table = pointer(b, get(b, context, Context.ADDRESS_WORDS), WORDS)
        word = load_word(b, b.gep(table, [narrow(b, word, LONG.width, Why.ADDRESS)]))
    _store_swapped(b, target, word)


def _each_word(b: ir.IRBuilder, kind: Type, at: _At, visit: Callable[[_At, Scalar], None]) -> None:
    """Emit code for each word of a static value, in order; for the items of a long array once, in a loop."""
    if isinstance(kind, Scalar):
        visit(at, kind)
    elif isinstance(kind, Array) and kind.words > UNROLLED_WORDS:
        with _counted(b, LONG(kind.length)) as i:
            _each_word(b, kind.item, _plus(b, b.mul(i, LONG(kind.item.words)), at), visit)
    else:
        for part in _parts(kind):
            _each_word(b, part, at, visit)
            at = at + part.words if isinstance(at, int) else _plus(b, at, part.words)


def _parts(kind: Type) -> list[Type]:
    """What a static value of several words is made of."""
    if isinstance(kind, Struct):
        return [member for _, member in kind.members]
    if isinstance(kind, Row):
        return list(kind.items)
    assert isinstance(kind, Array)
    return [kind.item] * kind.length


def _plus(b: ir.IRBuilder, at: _At, words: _At) -> ir.Value:
    """So many words further."""
    if isinstance(at, int):
        return LONG(at + words) if isinstance(words, int) else _plus(b, words, at)
    if isinstance(words, int):
        return at if not words else b.add(at, LONG(words))
    return b.add(at, words)


def _bytes(b: ir.IRBuilder, at: _At) -> ir.Value:
    """Bytes of so many words."""
    return LONG(at * WORD_BYTES) if isinstance(at, int) else b.mul(at, LONG(WORD_BYTES))


# ---------------------------------------------------------------------- small things


class _Counted:
    """`with _counted(b, n) as i`: a loop over 0 <= i < n."""

    def __init__(self, b: ir.IRBuilder, count: ir.Value) -> None:
        self._b, self._count = b, count

    def __enter__(self) -> ir.Value:
        b, code = self._b, self._b.function
        before = b.block
        self._head, body, self._end = (code.append_basic_block() for _ in range(3))
        b.branch(self._head)
        b.position_at_end(self._head)
        self._i = b.phi(LONG)
        self._i.add_incoming(LONG(0), before)
        b.cbranch(b.icmp_unsigned("<", self._i, self._count), body, self._end)
        b.position_at_end(body)
        return self._i

    def __exit__(self, *_: object) -> None:
        b = self._b
        self._i.add_incoming(b.add(self._i, LONG(1)), b.block)
        b.branch(self._head)
        b.position_at_end(self._end)


_counted = _Counted


def leave_if(b: ir.IRBuilder, bad: ir.Value, status: int) -> None:
    """Leave the function with a status."""
    with b.if_then(bad, likely=False):
        b.ret(INT(status))


def byte_at(b: ir.IRBuilder, base: ir.Value, offset: ir.Value) -> ir.Value:
    """A pointer to a byte."""
    return b.gep(base, [offset])


def _load_swapped(b: ir.IRBuilder, source: ir.Value) -> ir.Value:
    word = b.load(b.bitcast(source, WORDS))
    word.align = 1
    return b.call(_swap(b.module), [word])


def _store_swapped(b: ir.IRBuilder, target: ir.Value, word: ir.Value) -> None:
    b.store(b.call(_swap(b.module), [word]), b.bitcast(target, WORDS)).align = 1


def _write_padded_word(b: ir.IRBuilder, data: ir.Value, length: ir.Value, at: ir.Value) -> None:
    """A word of call data, where whatever lies behind its end is zero."""
    with b.if_then(b.icmp_unsigned("<=", b.add(at, LONG(WORD_BYTES)), length)):
        b.ret(_load_swapped(b, byte_at(b, data, at)))
    found = b.alloca(WORD)
    store_word(b, found, constant_word(0))
    with _counted(b, LONG(WORD_BYTES)) as i, b.if_then(b.icmp_unsigned("<", b.add(at, i), length)):
        byte = b.zext(b.load(byte_at(b, data, b.add(at, i))), WORD)
        shift = b.mul(b.sub(LONG(WORD_BYTES - 1), i), LONG(8))
        store_word(b, found, b.or_(load_word(b, found), b.shl(byte, b.zext(shift, WORD))))
    b.ret(load_word(b, found))


def _swap(module: ir.Module) -> ir.Function:
    """Big-endian as in the ABI to little-endian as in memory, and back."""
    name = "llvm.bswap.i256"
    if name not in module.globals:
        ir.Function(module, ir.FunctionType(WORD, [WORD]), name)
    return module.globals[name]


def _write_address_id(b: ir.IRBuilder, context: ir.Value, address: ir.Value) -> None:
    """The id of an address, by linear probing in the world's table; -1 for one that is not in it."""
    start = b.block
    probe, other, found, absent, step = (b.append_basic_block(n) for n in ("probe", "other", "found", "absent", "step"))
    mask = get(b, context, Context.ADDRESS_MASK)
    table = get(b, context, Context.ADDRESS_TABLE)
    hashed = b.lshr(b.mul(narrow(b, address, LONG.width, Why.LOW), LONG(HASH_MULTIPLIER)), LONG(32))
    b.branch(probe)
    b.position_at_end(probe)
    place = b.phi(LONG)
    place.add_incoming(hashed, start)
    entry = b.add(table, b.mul(b.and_(place, mask), LONG(ADDRESS_ENTRY_BYTES)))
    number = b.load(pointer(b, b.add(entry, LONG(WORD_BYTES)), LONGS))
    b.cbranch(b.icmp_unsigned("==", load_word(b, pointer(b, entry, WORDS)), address), found, other)
    b.position_at_end(other)
    b.cbranch(b.icmp_signed("<", number, LONG(0)), absent, step)
    b.position_at_end(step)
    place.add_incoming(b.add(place, LONG(1)), step)
    b.branch(probe)
    b.position_at_end(found)
    b.ret(number)
    b.position_at_end(absent)
    b.ret(LONG(-1))
