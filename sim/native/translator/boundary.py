"""The two faces of a function that others may call: words for other contracts, ABI-encoded bytes for users.

Both take the contract's re-entrancy lock as Vyper does: a function that may write takes it, a view only asks for it. A
refused call leaves locks behind; whoever undoes its writes clears them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from sim.native.context import (
    ADDRESS_ENTRY_BYTES,
    ALIGN,
    BIT,
    BYTES,
    ENCODED,
    EXTERNAL,
    HASH_MULTIPLIER,
    INT,
    LIMIT,
    LONG,
    LONGS,
    MAX_DEPTH,
    OK,
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
from sim.native.translator.adapter import Function
from sim.native.translator.frame import storage_of
from sim.native.translator.memory import from_word, load_word, store_word
from sim.native.types import List, Scalar, Type, is_static, scalars

if TYPE_CHECKING:
    from sim.native.translator.emitter import Emitter

SELECTOR_BYTES = 4


def external(emitter: Emitter, function: Function) -> None:
    """Emit both faces of a function."""
    words = _for_contracts(emitter, function)
    if is_encoded(function):
        _for_users(emitter, function, words)


def is_encoded(function: Function) -> bool:
    """A face of bytes exists: our own ABI code reads its arguments and writes its results."""
    return all(_is_decodable(kind) for _, kind in function.arguments) and _is_decodable(function.returns)


def _is_decodable(kind: Type | None) -> bool:
    """Static, or a list of static items: what our own ABI code reads and writes."""
    return kind is None or is_static(kind) or (isinstance(kind, List) and is_static(kind.item))


# ---------------------------------------------------------------------- words


def _for_contracts(emitter: Emitter, function: Function) -> ir.Function:
    code = ir.Function(emitter.module, EXTERNAL, f"words.{function.signature}")
    context, self_id, sender, arguments, results = code.args
    b = ir.IRBuilder(code.append_basic_block())
    store, row = storage_of(b, context, self_id)
    depth = get(b, context, Context.DEPTH)
    with b.if_then(b.icmp_unsigned(">=", depth, LONG(MAX_DEPTH)), likely=False):
        b.ret(INT(LIMIT))
    lock = b.gep(pointer(b, get(b, context, Context.LOCKS), LONGS), [self_id])
    if function.is_locked:
        with b.if_then(b.icmp_unsigned("!=", b.load(lock), LONG(0)), likely=False):
            b.ret(INT(PANIC))
    takes_lock = function.is_locked and not function.is_view
    if takes_lock:
        b.store(LONG(1), lock)
    put(b, context, Context.DEPTH, b.add(depth, LONG(1)))
    passed, at = [], 0
    for _, kind in function.arguments:
        place = b.gep(arguments, [LONG(at)])
        passed.append(from_word(b, load_word(b, place), kind) if isinstance(kind, Scalar) else place)
        at += kind.words
    status = b.call(emitter.code_of(function), [context, store, row, self_id, sender, *passed, results])
    put(b, context, Context.DEPTH, depth)
    if takes_lock:
        b.store(LONG(0), lock)
    b.ret(status)
    return code


# ---------------------------------------------------------------------- bytes


def _for_users(emitter: Emitter, function: Function, words: ir.Function) -> None:
    code = ir.Function(emitter.module, ENCODED, f"bytes.{function.signature}")
    context, self_id, sender, data, length, out, room = code.args
    entry = ir.IRBuilder(code.append_basic_block("entry"))
    b = ir.IRBuilder(code.append_basic_block("decode"))
    taken = max(1, sum(kind.words for _, kind in function.arguments))
    given = max(1, function.returns.words if function.returns is not None else 1)
    arguments, results = entry.alloca(WORD, taken), entry.alloca(WORD, given)
    arguments.align = results.align = 16
    entry.branch(b.block)

    heads = sum(kind.words if is_static(kind) else 1 for _, kind in function.arguments)
    _leave_if(b, b.icmp_unsigned("<", length, LONG(SELECTOR_BYTES + heads * WORD_BYTES)), PANIC)
    head, at = SELECTOR_BYTES, 0
    for _, kind in function.arguments:
        target = b.gep(arguments, [LONG(at)])
        if is_static(kind):
            for i, scalar in enumerate(scalars(kind)):
                word = _decode(b, emitter, context, _at(b, data, LONG(head)), scalar)
                store_word(b, b.gep(target, [LONG(i)]), word)
                head += WORD_BYTES
        else:
            assert isinstance(kind, List)
            _decode_list(b, emitter, context, data, length, head, kind, target)
            head += WORD_BYTES
        at += kind.words

    status = b.call(words, [context, self_id, sender, arguments, results])
    with b.if_then(b.icmp_unsigned("!=", status, INT(OK)), likely=False):
        b.ret(status)
    _encode(b, context, function.returns, results, out, room)
    b.ret(INT(OK))


def _decode(b: ir.IRBuilder, emitter: Emitter, context: ir.Value, source: ir.Value, kind: Scalar) -> ir.Value:
    """One argument word."""
    return _clamp(b, emitter, context, _load_swapped(b, source), kind)


def _clamp(b: ir.IRBuilder, emitter: Emitter, context: ir.Value, word: ir.Value, kind: Scalar) -> ir.Value:
    """A word from outside; a value outside its type reverts, as does Vyper's own decoder."""
    if kind.is_address:
        _leave_if(b, b.icmp_unsigned(">=", word, constant_word(2**160)), PANIC)
        number = b.call(_address_id_function(emitter.module), [context, word])
        _leave_if(b, b.icmp_signed("<", number, LONG(0)), LIMIT)
        return b.zext(number, WORD)
    if kind.is_bool:
        _leave_if(b, b.icmp_unsigned(">", word, constant_word(1)), PANIC)
        return word
    low, high = kind.integer.low, kind.integer.high
    if kind.integer.bits < 256:
        compare = b.icmp_signed if kind.integer.is_signed else b.icmp_unsigned
        if kind.integer.is_signed:
            _leave_if(b, compare("<", word, constant_word(low)), PANIC)
        _leave_if(b, compare(">", word, constant_word(high)), PANIC)
    return word


def _decode_list(
    b: ir.IRBuilder,
    emitter: Emitter,
    context: ir.Value,
    data: ir.Value,
    length: ir.Value,
    head: int,
    kind: List,
    target: ir.Value,
) -> None:
    """A list: its head says where it begins, modulo 2**256. As on the EVM, bytes behind the call data are zero."""
    offset = _load_swapped(b, _at(b, data, LONG(head)))
    place = b.add(offset, constant_word(SELECTOR_BYTES))
    # Anything beyond the end reads as zero, so the end itself stands for all of it.
    is_beyond = b.icmp_unsigned(">", place, b.zext(length, WORD))
    first = b.select(is_beyond, length, b.trunc(place, LONG))
    padded = _padded_word_function(b.module)
    count_word = b.call(padded, [data, length, first])
    _leave_if(b, b.icmp_unsigned(">", count_word, constant_word(kind.capacity)), PANIC)
    count = b.trunc(count_word, LONG)
    store_word(b, target, count_word)
    layout = scalars(kind.item)
    with _counted(b, count) as i:
        for j, scalar in enumerate(layout):
            place = b.add(b.mul(i, LONG(len(layout))), LONG(j))
            source = b.add(first, b.add(LONG(WORD_BYTES), b.mul(place, LONG(WORD_BYTES))))
            word = _clamp(b, emitter, context, b.call(padded, [data, length, source]), scalar)
            store_word(b, b.gep(target, [b.add(place, LONG(1))]), word)


def _encode(
    b: ir.IRBuilder, context: ir.Value, kind: Type | None, results: ir.Value, out: ir.Value, room: ir.Value
) -> None:
    """Results as the ABI writes them, if there is room; else LIMIT."""
    if kind is None:
        put(b, context, Context.OUT_LENGTH, LONG(0))
        return
    if is_static(kind):
        layout = scalars(kind)
        size = LONG(len(layout) * WORD_BYTES)
        _leave_if(b, b.icmp_unsigned(">", size, room), LIMIT)
        for i, scalar in enumerate(layout):
            _encode_word(b, context, b.gep(results, [LONG(i)]), _at(b, out, LONG(i * WORD_BYTES)), scalar)
        put(b, context, Context.OUT_LENGTH, size)
        return
    assert isinstance(kind, List)
    layout = scalars(kind.item)
    count = b.trunc(load_word(b, results), LONG)
    words = b.mul(count, LONG(len(layout)))
    size = b.mul(b.add(words, LONG(2)), LONG(WORD_BYTES))
    _leave_if(b, b.icmp_unsigned(">", size, room), LIMIT)
    _store_swapped(b, out, constant_word(WORD_BYTES))
    _store_swapped(b, _at(b, out, LONG(WORD_BYTES)), b.zext(count, WORD))
    with _counted(b, count) as i:
        for j, scalar in enumerate(layout):
            place = b.add(b.mul(i, LONG(len(layout))), LONG(j))
            target = _at(b, out, b.mul(b.add(place, LONG(2)), LONG(WORD_BYTES)))
            _encode_word(b, context, b.gep(results, [b.add(place, LONG(1))]), target, scalar)
    put(b, context, Context.OUT_LENGTH, size)


def _encode_word(b: ir.IRBuilder, context: ir.Value, source: ir.Value, target: ir.Value, kind: Scalar) -> None:
    word = load_word(b, source)
    if kind.is_address:
        table = pointer(b, get(b, context, Context.ADDRESS_WORDS), WORDS)
        word = load_word(b, b.gep(table, [b.trunc(word, LONG)]))
    _store_swapped(b, target, word)


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


def _leave_if(b: ir.IRBuilder, bad: ir.Value, status: int) -> None:
    with b.if_then(bad, likely=False):
        b.ret(INT(status))


def _at(b: ir.IRBuilder, base: ir.Value, offset: ir.Value) -> ir.Value:
    return b.gep(base, [offset])


def _load_swapped(b: ir.IRBuilder, source: ir.Value) -> ir.Value:
    word = b.load(b.bitcast(source, WORDS))
    word.align = 1
    return b.call(_swap(b.module), [word])


def _store_swapped(b: ir.IRBuilder, target: ir.Value, word: ir.Value) -> None:
    b.store(b.call(_swap(b.module), [word]), b.bitcast(target, WORDS)).align = 1


def _padded_word_function(module: ir.Module) -> ir.Function:
    """`word padded(data, length, at)`: a word of call data, where whatever lies behind its end is zero."""
    name = "padded_word"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(WORD, [BYTES, LONG, LONG]), name)
    function.linkage = "internal"
    data, length, at = function.args
    b = ir.IRBuilder(function.append_basic_block())
    with b.if_then(b.icmp_unsigned("<=", b.add(at, LONG(WORD_BYTES)), length)):
        b.ret(_load_swapped(b, _at(b, data, at)))
    found = b.alloca(WORD)
    store_word(b, found, constant_word(0))
    with _counted(b, LONG(WORD_BYTES)) as i, b.if_then(b.icmp_unsigned("<", b.add(at, i), length)):
        byte = b.zext(b.load(_at(b, data, b.add(at, i))), WORD)
        shift = b.mul(b.sub(LONG(WORD_BYTES - 1), i), LONG(8))
        store_word(b, found, b.or_(load_word(b, found), b.shl(byte, b.zext(shift, WORD))))
    b.ret(load_word(b, found))
    return function


def _swap(module: ir.Module) -> ir.Function:
    """Big-endian as in the ABI to little-endian as in memory, and back."""
    name = "llvm.bswap.i256"
    if name not in module.globals:
        ir.Function(module, ir.FunctionType(WORD, [WORD]), name)
    return module.globals[name]


def _address_id_function(module: ir.Module) -> ir.Function:
    """`long id(context, address)`: linear probing in the world's table; -1 for an address that is not in it."""
    name = "address_id"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(LONG, [LONGS, WORD]), name)
    function.linkage = "internal"
    context, address = function.args
    start, probe, other, found, absent, step = (
        function.append_basic_block(n) for n in ("start", "probe", "other", "found", "absent", "step")
    )
    b = ir.IRBuilder(start)
    mask = get(b, context, Context.ADDRESS_MASK)
    table = get(b, context, Context.ADDRESS_TABLE)
    hashed = b.lshr(b.mul(b.trunc(address, LONG), LONG(HASH_MULTIPLIER)), LONG(32))
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
    return function


__all__ = ["ALIGN", "BIT", "BYTES", "external"]
