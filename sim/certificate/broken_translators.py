"""Translators and runners with one planted fault each: probes that miss one of them are no evidence.

A fault replaces one function while the probes are compiled and run; nothing of it stays behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import vyper.ast as syntax
from llvmlite import ir

from sim.certificate import subject
from sim.certificate.broken_faces import BROKEN_FACES
from sim.certificate.planting import Fault, inside, planted
from sim.native.context import LONG, constant_word
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import cut, known, word_of
from sim.native.translator import calls, events, expressions, memory, statements
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Place
from sim.native.translator.widths import STEP_BITS, Widths
from sim.native.types import Array, Struct


def caught(name: str | None) -> str | None:
    """The first difference that a planted fault (None: no fault) makes to the probes; None where they miss it."""
    with ExitStack() as stack:
        if name is not None:
            stack.enter_context(BROKEN_TRANSLATORS[name]())
        found = subject.differences(subject.bench())
    return found[0] if found else None


# ---------------------------------------------------------------------- places


def _element_beyond(frame: Frame, place: Place, index: ir.Value) -> Place:
    if isinstance(place.kind, Array):
        place = replace(place, kind=Array(place.kind.item, place.kind.length + 1))
    return memory.element(frame, place, index)


def _swapped_member(frame: Frame, place: Place, name: str) -> Place:
    assert isinstance(place.kind, Struct)
    others = [other for other, _ in place.kind.members]
    return memory.member(frame, place, others[len(others) - 1 - others.index(name)])


def _last_word_silently(frame: Frame, source: Place, target: Place) -> None:
    for i in range(source.kind.words):
        word = memory.load_word(frame.b, frame.b.gep(source.pointer, [LONG(i)]))
        put_word = memory._journaled if i < source.kind.words - 1 else _store_silently
        put_word(frame, frame.b.gep(target.pointer, [LONG(i)]), word)


def _store_silently(frame: Frame, target: ir.Value, word: ir.Value) -> None:
    memory.store_word(frame.b, target, word)


def _narrow_cell(frame: Frame, name: str, keys: list[ir.Value]) -> Place:
    """Outer keys reach one inner key too little far."""
    if len(keys) < 2:
        return _CELL_PLACE(frame, name, keys)
    right = _CELL_PLACE(frame, name, keys)
    step = frame.b.mul(narrow(frame.b, keys[0], LONG.width, Why.LOW), LONG(-right.kind.words))
    return replace(right, pointer=frame.b.gep(right.pointer, [step]))


def _short_cell(frame: Frame, name: str, keys: list[ir.Value]) -> Place:
    """Of the keys of a known number, the last is beyond the extent."""
    for key, extent in zip(keys, frame.emitter.cell(name).extents, strict=True):
        if isinstance(extent, int):
            word = memory.to_word(frame.b, key)
            frame.limit_if(frame.b.icmp_unsigned(">=", word, constant_word(extent - 1)))
    return _CELL_PLACE(frame, name, keys)


_CELL_PLACE = expressions.cell_place


# ---------------------------------------------------------------------- expressions and statements


def _sender_of_sender(frame: Frame, node: Any) -> Any:
    kept, frame.self_id = frame.self_id, frame.sender
    try:
        return _REMOTE(frame, node)
    finally:
        frame.self_id = kept


_REMOTE = calls.maybe_remote_call


def _backwards(frame: Frame, node: syntax.BinOp) -> ir.Value:
    right, left = expressions.scalar(frame, node.right), expressions.scalar(frame, node.left)
    kind = expressions._integer(frame, node)
    return expressions.operate(frame, type(node.op).__name__, left, right, kind, node)


def _all_operands(frame: Frame, node: syntax.BoolOp) -> ir.Value:
    found = [expressions.scalar(frame, operand) for operand in node.values]
    join = frame.b.and_ if isinstance(node.op, syntax.And) else frame.b.or_
    result = found[0]
    for operand in found[1:]:
        result = join(result, operand)
    return result


def _both_arms(frame: Frame, node: syntax.IfExp) -> ir.Value:
    test, yes, no = (expressions.scalar(frame, part) for part in (node.test, node.body, node.orelse))
    return frame.b.select(test, yes, no)


def _pop_without_shrinking(frame: Frame, node: syntax.Call) -> Any:
    with planted(calls, "write", lambda *_: None) if node.func.attr == "pop" else planted(calls, "write", memory.write):
        return _LIST_METHOD(frame, node)


_LIST_METHOD = calls._list_method


def _shared(frame: Frame, node: syntax.AnnAssign) -> None:
    found = expressions.value(frame, node.value)
    if isinstance(found, Place):
        frame.locals[node.target.id] = found
    else:
        frame.locals[node.target.id] = memory.spill(frame, found, statements._type(frame, node.target))


def _by_reference(frame: Frame, argument: ir.Value | Place, kind: Any) -> ir.Value:
    return argument.pointer if isinstance(argument, Place) else argument


def _one_round_more(frame: Frame, call: syntax.Call) -> tuple[ir.Value, ir.Value, int]:
    first, rounds, most = _RANGE(frame, call)
    return first, frame.b.add(rounds, LONG(1)), most + 1


_RANGE = statements._range


def _without_code(frame: Frame, node: syntax.Call) -> None:
    frame.panic_if(ir.Constant(ir.IntType(1), 1))


def _as_recorded(event: events.Event) -> list[tuple[str, int, Any]]:
    """Arguments lie in the order in which they are evaluated."""
    ordered, at = [], 0
    for name, _, kind in _IN_ORDER(event):
        ordered.append((name, at, kind))
        at += kind.words
    return ordered


_IN_ORDER = events._in_order


def _unchecked(frame: Frame, bad: ir.Value) -> None:
    """Neither bounds nor overflows are looked at."""


def _wrapping(frame: Frame, old: ir.Value, step: ir.Value) -> ir.Value:
    operands = (cut(frame.b, operand, STEP_BITS, Why.LOW) for operand in (old, step))
    return word_of(frame.b, frame.b.add(*operands), STEP_BITS)


def _short_nth(b: ir.IRBuilder, first: ir.Value, i: ir.Value, most: int) -> ir.Value:
    return known(_NTH(b, first, i, most), most.bit_length())


_NTH = statements._nth


def _by_name(frame: Frame, returned: syntax.ExprNode) -> bool:
    return isinstance(returned, syntax.Name) and returned.id == frame.returned


#: A fault by what is wrong with it.
BROKEN_TRANSLATORS: Mapping[str, Fault] = {
    **BROKEN_FACES,
    "the last word of a struct is written without the journal": inside(memory, "_store_words", _last_word_silently),
    "an index may be one beyond the end": inside(expressions, "element", _element_beyond),
    "members of a struct are taken for each other": inside(expressions, "member", _swapped_member),
    "keys of a mapping overlap": inside(expressions, "cell_place", _narrow_cell),
    "a callee sees the caller of its caller": inside(calls, "maybe_remote_call", _sender_of_sender),
    "the status of a callee is dropped": inside(Frame, "pass_on", lambda frame, status: None),
    "the right operand comes first": inside(expressions._EXPRESSIONS, syntax.BinOp, _backwards),
    "or evaluates all operands": inside(expressions._EXPRESSIONS, syntax.BoolOp, _all_operands),
    "a choice evaluates both arms": inside(expressions._EXPRESSIONS, syntax.IfExp, _both_arms),
    "a list that is popped keeps its length": inside(calls, "_list_method", _pop_without_shrinking),
    "a copy of a struct is the struct": inside(statements._STATEMENTS, syntax.AnnAssign, _shared),
    "storage is passed by reference": inside(calls, "_passed", _by_reference),
    "a loop runs once more": inside(statements, "_range", _one_round_more),
    "continue leaves the loop": inside(statements._STATEMENTS, syntax.Continue, statements._break),
    "a code is lost": inside(calls._BUILTINS, "raw_revert", _without_code),
    "arguments of an event change places": inside(events, "_in_order", _as_recorded),
    "the first translation is taken for the last": inside(Widths, "settle", lambda self: True),
    "words from elsewhere are as short as our own": inside(Widths, "surrender", lambda self, kind: None),
    "an argument is as short as can be": inside(calls, "bits_of", lambda value: 0),
    "a result is as short as can be": inside(statements, "variable_key", lambda function, name, kind: None),
    "a sum that counts wraps": inside(statements, "_counted", _wrapping),
    "a loop's variable is as short as its number of rounds": inside(statements, "_nth", _short_nth),
    "an argument that is changed is the caller's": inside(statements, "writes_to", lambda body, name: False),
    "a list with less room is returned as it lies": inside(statements, "_is_in_place", _by_name),
    "the last key has no room": inside(expressions, "cell_place", _short_cell),
    "nothing is checked": inside(Frame, "panic_if", _unchecked),
}
