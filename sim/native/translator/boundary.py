"""The two faces of a function that others may call: words for other contracts, ABI-encoded bytes for users.

Both take the contract's re-entrancy lock as Vyper does: a function that may write takes it, a view only asks for it. A
refused call leaves locks behind; whoever undoes its writes clears them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from sim.native.context import (
    ENCODED,
    EXTERNAL,
    INT,
    LIMIT,
    LONG,
    LONGS,
    OK,
    PANIC,
    STACK_BYTES,
    WORD_BYTES,
    Context,
    get,
    pointer,
    put,
)
from sim.native.translator.abi import SELECTOR_BYTES, byte_at, decode_list, decode_static, encode, leave_if
from sim.native.translator.declarations import Function
from sim.native.translator.frame import storage_of
from sim.native.translator.memory import from_word, load_word
from sim.native.translator.stack import room as room_for
from sim.native.translator.widths import variable_key
from sim.native.types import List, Scalar, Type, is_static

if TYPE_CHECKING:
    from sim.native.translator.emitter import Emitter


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
    taken = get(b, context, Context.STACK)
    with_this = b.add(taken, emitter.stack.cost(b, function.signature))
    with b.if_then(b.icmp_unsigned(">", with_this, LONG(STACK_BYTES)), likely=False):
        b.ret(INT(LIMIT))
    lock = b.gep(pointer(b, get(b, context, Context.LOCKS), LONGS), [self_id])
    if function.is_locked:
        with b.if_then(b.icmp_unsigned("!=", b.load(lock), LONG(0)), likely=False):
            b.ret(INT(PANIC))
    takes_lock = function.is_locked and not function.is_view
    if takes_lock:
        b.store(LONG(1), lock)
    put(b, context, Context.STACK, with_this)
    passed, at = [], 0
    for name, kind in function.arguments:
        emitter.widths.surrender(kind)
        if isinstance(kind, Scalar):
            emitter.widths.note(variable_key(function, name, kind), kind.integer.bits)
        place = b.gep(arguments, [LONG(at)])
        passed.append(from_word(b, load_word(b, place), kind) if isinstance(kind, Scalar) else place)
        at += kind.words
    status = b.call(emitter.code_of(function), [context, store, row, self_id, sender, *passed, results])
    put(b, context, Context.STACK, taken)
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
    arguments, results = room_for(entry, taken), room_for(entry, given)
    entry.branch(b.block)

    heads = sum(kind.words if is_static(kind) else 1 for _, kind in function.arguments)
    leave_if(b, b.icmp_unsigned("<", length, LONG(SELECTOR_BYTES + heads * WORD_BYTES)), PANIC)
    head, at = SELECTOR_BYTES, 0
    for _, kind in function.arguments:
        target = b.gep(arguments, [LONG(at)])
        if is_static(kind):
            decode_static(b, context, byte_at(b, data, LONG(head)), kind, target)
            head += kind.words * WORD_BYTES
        else:
            assert isinstance(kind, List)
            decode_list(b, context, data, length, head, kind, target)
            head += WORD_BYTES
        at += kind.words

    status = b.call(words, [context, self_id, sender, arguments, results])
    with b.if_then(b.icmp_unsigned("!=", status, INT(OK)), likely=False):
        b.ret(status)
    encode(b, context, function.returns, results, out, room)
    b.ret(INT(OK))
