"""Calls: of own functions, of other contracts, of builtins, and what looks like a call (structs, casts)."""

from __future__ import annotations

from collections.abc import Callable

import vyper.ast as syntax
from llvmlite import ir

from sim.native.context import (
    EXTERNAL,
    INT,
    LIMIT,
    LONG,
    LONGS,
    PANIC,
    Context,
    Instance,
    constant_word,
    get,
    pointer,
)
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import bits_of, known
from sim.native.translator import expressions
from sim.native.translator.declarations import Called, Function, Node
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Place, clear, list_item, load_word, member, read, spill, to_word, write
from sim.native.translator.nodes import literal, refusal
from sim.native.translator.widths import RESULT, variable_key
from sim.native.types import UINT256_SCALAR, List, Scalar, Struct, Type


def call(frame: Frame, node: syntax.Call) -> ir.Value | Place:
    """A call that stays inside the contract. Refuses a call without a value: that is a statement."""
    found = maybe_call(frame, node)
    if found is None:
        raise refusal(node, "a call that returns something")
    return found


def maybe_call(frame: Frame, node: syntax.Call) -> ir.Value | Place | None:
    """The same, also of what returns nothing."""
    called = frame.emitter.contract.called(node)
    if called.what == "internal":
        assert called.function is not None
        return _internal(frame, called.function, _arguments(frame, node, called))
    if called.what == "struct":
        return _struct(frame, node)
    if called.what == "cast":
        return expressions.value(frame, node.args[0])
    if called.what == "member":
        return _list_method(frame, node)
    builtin = _BUILTINS.get(called.name)
    if builtin is None:
        raise refusal(node, f"a builtin of the compilable subset (not {called.name})")
    return builtin(frame, node)


def call_into(frame: Frame, node: Node, target: Place) -> bool:
    """A call whose value of the target's type is written straight there; false for what is no such call."""
    if isinstance(node, (syntax.StaticCall, syntax.ExtCall)):
        maybe_remote_call(frame, node, target)
        return True
    if not isinstance(node, syntax.Call):
        return False
    called = frame.emitter.contract.called(node)
    if called.what == "internal":
        assert called.function is not None
        _internal(frame, called.function, _arguments(frame, node, called), target)
    elif called.what == "struct":
        _struct(frame, node, target)
    elif (called.what, called.name) == ("builtin", "empty"):
        clear(frame, target)
    else:
        return False
    return True


def _arguments(frame: Frame, node: syntax.Call, called: Called) -> list[ir.Value | Place]:
    """Values of all arguments of an own function, those included that the call leaves out."""
    return [expressions.value(frame, each) for each in (*node.args, *called.defaults)]


def _internal(
    frame: Frame, function: Function, arguments: list[ir.Value | Place], results: Place | None = None
) -> ir.Value | Place | None:
    code = frame.emitter.code_of(function)
    if results is None and function.returns is not None:
        results = frame.room(function.returns, variable_key(function, RESULT, function.returns))
    for argument, (name, kind) in zip(arguments, function.arguments, strict=True):
        if not isinstance(argument, Place):
            frame.emitter.widths.note(variable_key(function, name, kind), bits_of(argument))
    passed = [_passed(frame, a, kind) for a, (_, kind) in zip(arguments, function.arguments, strict=True)]
    own = [frame.context, frame.store, frame.row, frame.self_id, frame.sender]
    target = results.pointer if results is not None else frame.nowhere()
    frame.pass_on(frame.b.call(code, [*own, *passed, target]))
    return read(frame, results) if results is not None else None


def _passed(frame: Frame, argument: ir.Value | Place, kind: Type) -> ir.Value:
    """A scalar by value; anything larger by its place, or by a copy of storage, or of a list with less room."""
    if not isinstance(argument, Place):
        return argument
    is_copied = argument.is_storage or argument.kind != kind
    return spill(frame, argument, kind).pointer if is_copied else argument.pointer


def remote_call(frame: Frame, node: syntax.StaticCall | syntax.ExtCall) -> ir.Value | Place:
    """A call of another contract that returns something."""
    found = maybe_remote_call(frame, node)
    if found is None:
        raise refusal(node, "a call that returns something")
    return found


def maybe_remote_call(
    frame: Frame, node: syntax.StaticCall | syntax.ExtCall, results: Place | None = None
) -> ir.Value | Place | None:
    """A call of whatever contract stands at an address; nothing there, or no such function: the call reverts."""
    b, inner = frame.b, node.value
    for keyword in inner.keywords:
        # A contract without an answer is not linked at all: the default is never used, but must not revert either.
        if keyword.arg != "default_return_value" or literal(keyword.value) is None:
            raise refusal(node, "an external call without ether, gas or other options than a literal default")
    remote = frame.emitter.contract.remote(inner)
    target = narrow(b, expressions.scalar(frame, inner.func.value), LONG.width, Why.ADDRESS)
    arguments = _argument_words(frame, inner.args, remote.arguments)
    if results is None and remote.returns is not None:
        results = frame.room(remote.returns)

    count = get(b, frame.context, Context.INSTANCE_COUNT)
    frame.panic_if(b.icmp_unsigned(">=", target, count))
    table = pointer(b, get(b, frame.row, Instance.IMPORTS), LONGS)
    entry = b.add(b.mul(LONG(frame.emitter.imported(remote)), count), target)
    function = b.load(b.gep(table, [entry]))
    frame.panic_if(b.icmp_unsigned("==", function, LONG(0)))
    out = results.pointer if results is not None else frame.nowhere()
    code = pointer(b, function, EXTERNAL.as_pointer())
    frame.pass_on(b.call(code, [frame.context, target, frame.self_id, arguments, out]))
    return read(frame, results) if results is not None else None


def _argument_words(frame: Frame, nodes: list[Node], kinds: tuple[Type, ...]) -> ir.Value:
    """Arguments one after the other in memory."""
    words = frame.room_for_words(max(1, sum(kind.words for kind in kinds)))
    at = 0
    for node, kind in zip(nodes, kinds, strict=True):
        expressions.evaluate_into(frame, node, Place(frame.b.gep(words, [LONG(at)]), kind))
        at += kind.words
    return words


def _struct(frame: Frame, node: syntax.Call, room: Place | None = None) -> Place:
    kind = frame.emitter.contract.type_of(node)
    if not isinstance(kind, Struct) or node.args:
        raise refusal(node, "a struct with named members")
    room = room or frame.room(kind)
    for keyword in node.keywords:
        expressions.evaluate_into(frame, keyword.value, member(frame, room, keyword.arg))
    return room


def scalar_members(frame: Frame, node: Node) -> list[tuple[str, ir.Value]] | None:
    """Names and values of a struct whose members are all of one word, in order; None for anything else."""
    if not isinstance(node, syntax.Call) or frame.emitter.contract.called(node).what != "struct":
        return None
    kind = frame.emitter.contract.type_of(node)
    if node.args or not isinstance(kind, Struct) or not all(isinstance(m, Scalar) for _, m in kind.members):
        return None
    return [(keyword.arg, expressions.scalar(frame, keyword.value)) for keyword in node.keywords]


def _list_method(frame: Frame, node: syntax.Call) -> ir.Value | Place | None:
    """append and pop of a list."""
    room = expressions.place(frame, node.func.value)
    kind = room.kind
    if not isinstance(kind, List):
        raise refusal(node, "append or pop of a list")
    length_place = Place(room.pointer, UINT256_SCALAR, room.is_storage)
    if node.func.attr == "append":
        if frame.emitter.contract.runs_code(node.args[0]):
            # Whether a full list or the item reverts first depends on what the two have in common.
            raise refusal(node, "an appended item without calls: give it a name first")
        item = expressions.value(frame, node.args[0])
        length = load_word(frame.b, room.pointer)
        frame.panic_if(frame.b.icmp_unsigned(">=", length, constant_word(kind.capacity)))
        write(frame, list_item(frame, room, narrow(frame.b, length, LONG.width, Why.COMPARED)), item)
        write(frame, length_place, frame.b.add(length, constant_word(1)))
        return None
    if node.func.attr == "pop":
        length = load_word(frame.b, room.pointer)
        frame.panic_if(frame.b.icmp_unsigned("==", length, constant_word(0)))
        shorter = frame.b.sub(length, constant_word(1))
        write(frame, length_place, shorter)
        return read(frame, list_item(frame, room, narrow(frame.b, shorter, LONG.width, Why.LENGTH)))
    raise refusal(node, "append or pop of a list")


# ------------------------------------------------------------------ builtins


def _extreme(name: str) -> Callable[[Frame, syntax.Call], ir.Value]:
    def translate(frame: Frame, node: syntax.Call) -> ir.Value:
        kind = _scalar_type(frame, node)
        left, right = (expressions.scalar(frame, argument) for argument in node.args)
        found: ir.Value = getattr(frame.emitter.kernel, name)(frame.b, left, right, kind.integer)
        return found

    return translate


def _unsafe(name: str) -> Callable[[Frame, syntax.Call], ir.Value]:
    """Unlike the checked operators these evaluate from right to left."""

    def translate(frame: Frame, node: syntax.Call) -> ir.Value:
        kind = _scalar_type(frame, node)
        right, left = (expressions.scalar(frame, argument) for argument in reversed(node.args))
        found: ir.Value = getattr(frame.emitter.kernel, name)(frame.b, left, right, kind.integer)
        return found

    return translate


def _absolute(frame: Frame, node: syntax.Call) -> ir.Value:
    operand = expressions.scalar(frame, node.args[0])
    found, bad = frame.emitter.kernel.absolute(frame.b, operand, _scalar_type(frame, node).integer)
    frame.panic_if(bad)
    return found


def _isqrt(frame: Frame, node: syntax.Call) -> ir.Value:
    return frame.emitter.kernel.isqrt(frame.b, expressions.scalar(frame, node.args[0]))


def _convert(frame: Frame, node: syntax.Call) -> ir.Value:
    source, target = frame.emitter.contract.type_of(node.args[0]), _scalar_type(frame, node)
    operand = expressions.scalar(frame, node.args[0])
    if not isinstance(source, Scalar) or source.is_address or target.is_address:
        raise refusal(node, "a conversion between numbers and truth values")
    if source.is_bool:
        return operand if target.is_bool else to_word(frame.b, operand)
    if target.is_bool:
        return frame.b.icmp_unsigned("!=", operand, constant_word(0))
    found, bad = frame.emitter.kernel.convert(frame.b, operand, source.integer, target.integer)
    frame.panic_if(bad)
    return found


def _length(frame: Frame, node: syntax.Call) -> ir.Value:
    room = expressions.place(frame, node.args[0])
    if not isinstance(room.kind, List):
        raise refusal(node, "the length of a list")
    return known(load_word(frame.b, room.pointer), room.kind.capacity.bit_length())


def _empty(frame: Frame, node: syntax.Call) -> ir.Value | Place:
    return expressions.empty(frame, frame.emitter.contract.type_of(node))


def _raw_revert(frame: Frame, node: syntax.Call) -> None:
    """`raw_revert(abi_encode(code, method_id=method_id("Failed(uint256)")))` and nothing else: leave with the code."""
    encoding = node.args[0]
    if not _is_failure(encoding) or not _is_code(frame.emitter.contract.type_of(encoding.args[0])):
        raise refusal(node, 'raw_revert(abi_encode(code, method_id=method_id("Failed(uint256)")))')
    code = expressions.scalar(frame, encoding.args[0])
    is_ours = frame.b.and_(
        frame.b.icmp_unsigned("<", code, constant_word(PANIC)), frame.b.icmp_unsigned(">", code, constant_word(0))
    )
    frame.b.ret(frame.b.select(is_ours, narrow(frame.b, code, INT.width, Why.UNUSED), INT(LIMIT)))


def _is_failure(node: Node) -> bool:
    if not isinstance(node, syntax.Call) or getattr(node.func, "id", "") != "abi_encode" or len(node.args) != 1:
        return False
    options = {keyword.arg: keyword.value for keyword in node.keywords}
    method = options.get("method_id")
    is_method = isinstance(method, syntax.Call) and getattr(method.func, "id", "") == "method_id"
    if method is None or not is_method or set(options) != {"method_id"} or method.keywords:
        return False
    return [each.value for each in method.args if isinstance(each, syntax.Str)] == ["Failed(uint256)"]


def _is_code(kind: Type) -> bool:
    is_number = isinstance(kind, Scalar) and not kind.is_bool and not kind.is_address
    return is_number and isinstance(kind, Scalar) and not kind.integer.is_signed


def _scalar_type(frame: Frame, node: Node) -> Scalar:
    kind = frame.emitter.contract.type_of(node)
    if not isinstance(kind, Scalar):
        raise refusal(node, "a value of one word")
    return kind


_BUILTINS: dict[str, Callable[[Frame, syntax.Call], ir.Value | Place | None]] = {
    "min": _extreme("minimum"),
    "max": _extreme("maximum"),
    "abs": _absolute,
    "isqrt": _isqrt,
    "convert": _convert,
    "len": _length,
    "empty": _empty,
    "raw_revert": _raw_revert,
    "unsafe_add": _unsafe("unsafe_add"),
    "unsafe_sub": _unsafe("unsafe_sub"),
    "unsafe_mul": _unsafe("unsafe_mul"),
    "unsafe_div": _unsafe("unsafe_div"),
}
