"""Translators and runners with one planted fault each: probes that miss one of them are no evidence.

A fault replaces one function while the probes are compiled and run; nothing of it stays behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import vyper.ast as syntax
from llvmlite import ir

from sim.native import runner, world
from sim.native.certificate import subject
from sim.native.codegen import Code, object_code
from sim.native.context import JOURNAL_ENTRY_BYTES, LONG, Context, constant_word, get, put
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import cut, known, word_of
from sim.native.translator import abi, boundary, calls, events, expressions, memory, statements
from sim.native.translator.adapter import Function
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Place
from sim.native.translator.widths import STEP_BITS, Widths
from sim.native.types import Array, Scalar, Struct

Fault = Callable[[], AbstractContextManager[None]]


def caught(name: str | None) -> str | None:
    """The first difference that a planted fault (None: no fault) makes to the probes; None where they miss it."""
    with ExitStack() as stack:
        if name is not None:
            stack.enter_context(BROKEN_TRANSLATORS[name]())
        bench = subject.bench()
        found = bench.run(subject.calls(bench)).differences
    return found[0] if found else None


# ---------------------------------------------------------------------- how a fault is planted


@contextmanager
def _planted(holder: Any, name: str, fault: Any) -> Iterator[None]:
    """Replace an attribute of a module or class, or an entry of a table."""
    is_table = isinstance(holder, dict)
    kept = holder[name] if is_table else getattr(holder, name)
    put = holder.__setitem__ if is_table else partial(setattr, holder)
    put(name, fault)
    try:
        yield
    finally:
        put(name, kept)


def _in(holder: Any, name: Any, fault: Any) -> Fault:
    return lambda: _planted(holder, name, fault)


def _in_runner(name: str, fault: Any) -> Fault:
    """The runner is compiled anew, since the shipped one is already loaded."""

    @contextmanager
    def planted() -> Iterator[None]:
        with _planted(runner, name, fault):
            code = Code(object_code(str(runner.runner_module())))
        with _planted(world, "load_runner", lambda: code):
            yield

    return planted


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
        _planted(runner, "JOURNAL_ENTRY_BYTES", -JOURNAL_ENTRY_BYTES),
        _in_runner("get", _get_from_the_first)(),
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
    with (
        _planted(calls, "write", lambda *_: None) if node.func.attr == "pop" else _planted(calls, "write", memory.write)
    ):
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


#: A fault by what is wrong with it.
BROKEN_TRANSLATORS: Mapping[str, Fault] = {
    "a refused call keeps its writes": _in_runner("store_word", lambda *_: None),
    "writes are undone in the order in which they were made": _undoes_in_order,
    "events of a refused call stay": _in_runner("put", _put_but_events),
    "the last word of a struct is written without the journal": _in(memory, "_store_words", _last_word_silently),
    "a bool is not clamped": _in(abi, "clamp", _unclamped(lambda kind: kind.is_bool, 3)),
    "an address is not clamped": _in(abi, "clamp", _unclamped(lambda kind: kind.is_address, 2**160 - 1)),
    "a narrow integer is not clamped": _in(abi, "clamp", _unclamped(_is_narrow, 2**256 - 1)),
    "a lock is not taken": _in(boundary, "_for_contracts", _with_other_lock(is_view=True)),
    "a lock is not asked for": _in(boundary, "_for_contracts", _with_other_lock(is_locked=False)),
    "an index may be one beyond the end": _in(expressions, "element", _element_beyond),
    "members of a struct are taken for each other": _in(expressions, "member", _swapped_member),
    "keys of a mapping overlap": _in(expressions, "cell_place", _narrow_cell),
    "a callee sees the caller of its caller": _in(calls, "maybe_remote_call", _sender_of_sender),
    "the status of a callee is dropped": _in(Frame, "pass_on", lambda frame, status: None),
    "the right operand comes first": _in(expressions._EXPRESSIONS, syntax.BinOp, _backwards),
    "or evaluates all operands": _in(expressions._EXPRESSIONS, syntax.BoolOp, _all_operands),
    "a choice evaluates both arms": _in(expressions._EXPRESSIONS, syntax.IfExp, _both_arms),
    "a list that is popped keeps its length": _in(calls, "_list_method", _pop_without_shrinking),
    "a copy of a struct is the struct": _in(statements._STATEMENTS, syntax.AnnAssign, _shared),
    "storage is passed by reference": _in(calls, "_passed", _by_reference),
    "a loop runs once more": _in(statements, "_range", _one_round_more),
    "continue leaves the loop": _in(statements._STATEMENTS, syntax.Continue, statements._break),
    "a code is lost": _in(calls._BUILTINS, "raw_revert", _without_code),
    "arguments of an event change places": _in(events, "_in_order", _as_recorded),
    "the first translation is taken for the last": _in(Widths, "settle", lambda self: True),
    "words from elsewhere are as short as our own": _in(Widths, "surrender", lambda self, kind: None),
    "an argument is as short as can be": _in(calls, "bits_of", lambda value: 0),
    "a result is as short as can be": _in(statements, "variable_key", lambda function, name, kind: None),
    "a sum that counts wraps": _in(statements, "_counted", _wrapping),
    "a loop's variable is as short as its number of rounds": _in(statements, "_nth", _short_nth),
    "nothing is checked": _in(Frame, "panic_if", _unchecked),
}
