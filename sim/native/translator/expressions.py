"""Expressions: one function for each kind of syntax node, and a refusal for every other.

Scalars become LLVM values (a truth value one bit, all else a word), anything larger a `Place`. Where two operands could
both revert, they are evaluated in the order of Vyper's own code: arithmetic from left to right, comparisons and bit
operations from right to left.
"""

from __future__ import annotations

from collections.abc import Callable

import vyper.ast as syntax
from llvmlite import ir

from sim.native.context import BIT, LONG, WORD, Context, constant_word, get
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import known
from sim.native.translator import branches, calls, membership
from sim.native.translator.declarations import Node
from sim.native.translator.frame import Frame
from sim.native.translator.memory import (
    Misfit,
    Place,
    clear,
    element,
    member,
    read,
    row_item,
    to_word,
    write,
)
from sim.native.translator.nodes import address_of, flag_bit, folded, is_module, literal, refusal
from sim.native.types import UINT256, UINT256_SCALAR, Array, List, Mapping, Row, Scalar, Struct, Text, Type

ARITHMETIC = {"Add": "add", "Sub": "sub", "Mult": "mul", "FloorDiv": "div", "Mod": "mod", "Pow": "power"}
SHIFTS = {"LShift": "shift_left", "RShift": "shift_right"}
BITWISE = {"BitAnd": "bit_and", "BitOr": "bit_or", "BitXor": "bit_xor"}
COMPARISONS = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}
_ENVIRONMENT = {("block", "timestamp"): Context.NOW_S, ("block", "number"): Context.NUMBER}


def value(frame: Frame, node: Node) -> ir.Value | Place:
    """Evaluate an expression."""
    known = folded(node)
    if isinstance(known, (syntax.Int, syntax.NameConstant)):
        return _constant(frame, node, known)
    if isinstance(known, syntax.List):
        return _list(frame, known, _type(frame, node))
    address = address_of(node)
    if address is not None:
        return _address(frame, address)
    constant = constant_of(frame, node)
    if constant is not None:
        return value(frame, constant)
    translate = _EXPRESSIONS.get(type(node))
    if translate is None:
        raise refusal(node, f"an expression of the compilable subset (not {type(node).__name__})")
    return translate(frame, node)


def scalar(frame: Frame, node: Node) -> ir.Value:
    """Evaluate an expression of one word."""
    found = value(frame, node)
    if isinstance(found, Place):
        raise refusal(node, "a value of one word")
    return found


def evaluate_into(frame: Frame, node: Node, target: Place) -> None:
    """Evaluate an expression straight into memory that nothing else refers to yet: larger values need no copy."""
    if folded(node) is node and not isinstance(target.kind, Scalar) and _type(frame, node) == target.kind:
        if isinstance(node, syntax.Tuple):
            for i, item in enumerate(node.elements):
                evaluate_into(frame, item, row_item(frame, target, i))
            return
        if calls.call_into(frame, node, target):
            return
    write(frame, target, value(frame, node))


def place(frame: Frame, node: Node) -> Place:
    """Where a variable, a member, an item, or a larger value stands."""
    if isinstance(node, syntax.Name) and node.id in frame.locals:
        return frame.locals[node.id]
    if isinstance(node, syntax.Attribute) and not is_module(node.value):
        outer = place(frame, node.value)
        if isinstance(outer.kind, Struct):
            return member(frame, outer, node.attr)
    if isinstance(node, syntax.Subscript):
        return _subscript(frame, node)
    if frame.emitter.contract.variable_of(node) is not None:
        return _variable(frame, node, [])
    constant = constant_of(frame, node)
    if constant is not None and folded(node) is node:
        return place(frame, constant)
    if not isinstance(node, (syntax.Name, syntax.Attribute)) or isinstance(folded(node), syntax.List):
        found = value(frame, node)
        if isinstance(found, Place):
            return found
    raise refusal(node, "a variable, a member or an item")


def _constant(frame: Frame, node: Node, known: Node) -> ir.Value:
    if isinstance(known, syntax.NameConstant):
        return BIT(int(known.value))
    return constant_word(known.value)


def constant_of(frame: Frame, node: Node) -> Node | None:
    """What a constant's name stands for, unless it is a local's."""
    if not isinstance(node, (syntax.Name, syntax.Attribute)):
        return None
    if isinstance(node, syntax.Name) and node.id in frame.locals:
        return None
    return frame.emitter.contract.constant_of(node)


def _address(frame: Frame, address: int) -> ir.Value:
    """The id that the world gave to an address of the source."""
    if address == 0:
        return constant_word(0)
    found = get(frame.b, frame.row, frame.emitter.named_address(address))
    return known(frame.b.zext(found, WORD), LONG.width)


def _named(frame: Frame, node: syntax.Name) -> ir.Value | Place:
    if node.id == "self":
        return frame.b.zext(frame.self_id, WORD)
    return read(frame, place(frame, node))


def _attribute(frame: Frame, node: syntax.Attribute) -> ir.Value | Place:
    bit = flag_bit(node)
    if bit is not None:
        return constant_word(bit)
    if isinstance(node.value, syntax.Name):
        if (node.value.id, node.attr) == ("msg", "sender"):
            return frame.b.zext(frame.sender, WORD)
        known = _ENVIRONMENT.get((node.value.id, node.attr))
        if known is not None:
            return frame.now(known)
        if node.value.id in ("block", "msg", "tx", "chain"):
            raise refusal(node, "block.timestamp, block.number or msg.sender")
    if node.attr == "is_contract":
        return _is_contract(frame, scalar(frame, node.value))
    if node.attr == "address" and isinstance(node.value, (syntax.Name, syntax.Attribute)):
        inner = frame.emitter.contract.type_of(node.value)
        if isinstance(inner, Scalar) and inner.is_address:
            return value(frame, node.value)
    return read(frame, place(frame, node))


def _is_contract(frame: Frame, address: ir.Value) -> ir.Value:
    """Ids of contracts come first; zero is nobody."""
    b = frame.b
    count = b.zext(get(b, frame.context, Context.INSTANCE_COUNT), WORD)
    return b.and_(b.icmp_unsigned("<", address, count), b.icmp_unsigned("!=", address, constant_word(0)))


def _subscript_value(frame: Frame, node: syntax.Subscript) -> ir.Value | Place:
    return read(frame, place(frame, node))


def _subscript(frame: Frame, node: syntax.Subscript) -> Place:
    """An item of an array, list or mapping, or one of several returned values."""
    keys: list[Node] = []
    base: Node = node
    while isinstance(base, syntax.Subscript) and isinstance(_type(frame, base.value), Mapping):
        keys.insert(0, base.slice)
        base = base.value
    if keys:
        return _variable(frame, base, keys)
    outer = place(frame, node.value)
    if isinstance(outer.kind, Row):
        index = literal(node.slice)
        if not isinstance(index, int):
            raise refusal(node, "a literal index of a returned value")
        return row_item(frame, outer, index)
    if isinstance(outer.kind, (Array, List)):
        return element(frame, outer, scalar(frame, node.slice))
    raise refusal(node, "an item of an array, a list or a mapping")


def _variable(frame: Frame, node: Node, keys: list[Node]) -> Place:
    """A state variable, or what lies behind all keys of a mapping."""
    variable = frame.emitter.contract.variable_of(node)
    if variable is None:
        raise refusal(node, "a state variable or a local")
    cell = frame.emitter.cell(variable.name)
    if len(keys) != len(cell.keys):
        raise refusal(node, "a mapping with all its keys")
    return cell_place(frame, variable.name, [scalar(frame, key) for key in keys])


def cell_place(frame: Frame, name: str, keys: list[ir.Value]) -> Place:
    """The place behind keys of a state variable's cell. A key beyond the extent is a LIMIT."""
    b, cell = frame.b, frame.emitter.cell(name)
    index: ir.Value = LONG(0)
    for key, extent in zip(keys, cell.extents, strict=True):
        size = LONG(extent) if isinstance(extent, int) else frame.extent(extent)
        word = to_word(b, key)
        frame.limit_if(b.icmp_unsigned(">=", word, b.zext(size, WORD)))
        index = b.add(b.mul(index, size), narrow(b, word, LONG.width, Why.COMPARED))
    start = frame.variable(name)
    if keys:
        start = b.gep(start, [b.mul(index, LONG(cell.item.words))])
    if isinstance(cell.item, Text):
        raise Misfit("text, which nothing computes with")
    return Place(start, cell.item, is_storage=True)


def _binary(frame: Frame, node: syntax.BinOp) -> ir.Value:
    name = type(node.op).__name__
    if name in BITWISE:
        right, left = scalar(frame, node.right), scalar(frame, node.left)
    else:
        left, right = scalar(frame, node.left), scalar(frame, node.right)
    return operate(frame, name, left, right, _integer(frame, node), node)


def operate(frame: Frame, name: str, left: ir.Value, right: ir.Value, kind: Scalar, node: Node) -> ir.Value:
    """A checked operation; what does not fit reverts."""
    kernel = frame.emitter.kernel
    if name in ARITHMETIC:
        result, bad = getattr(kernel, ARITHMETIC[name])(frame.b, left, right, kind.integer)
        frame.panic_if(bad)
        return result
    if name in SHIFTS:
        return getattr(kernel, SHIFTS[name])(frame.b, left, right, kind.integer)
    if name in BITWISE:
        return getattr(kernel, BITWISE[name])(frame.b, left, right, kind.integer)
    raise refusal(node, f"an operator of the compilable subset (not {name})")


def _unary(frame: Frame, node: syntax.UnaryOp) -> ir.Value:
    operand = scalar(frame, node.operand)
    if isinstance(node.op, syntax.Not):
        return frame.b.not_(operand)
    kind = _integer(frame, node)
    if isinstance(node.op, syntax.USub):
        result, bad = frame.emitter.kernel.negate(frame.b, operand, kind.integer)
        frame.panic_if(bad)
        return result
    if isinstance(node.op, syntax.Invert):
        if kind.integer != UINT256:  # a flag: only the bits of its members
            return frame.b.xor(operand, constant_word(kind.integer.high))
        return frame.emitter.kernel.bit_not(frame.b, operand, kind.integer)
    raise refusal(node, "not, minus or ~")


def _compare(frame: Frame, node: syntax.Compare) -> ir.Value:
    if isinstance(node.op, (syntax.In, syntax.NotIn)):
        return membership.test(frame, node)
    operator = COMPARISONS.get(type(node.op).__name__)
    kind = _type(frame, node.left)
    if operator is None or not isinstance(kind, Scalar):
        raise refusal(node, "a comparison of two values of one word")
    right, left = scalar(frame, node.right), scalar(frame, node.left)
    if kind.is_bool:
        return frame.b.icmp_unsigned(operator, left, right)
    return frame.emitter.kernel.compare(frame.b, operator, left, right, kind.integer)


def _list(frame: Frame, node: syntax.List, kind: Type) -> Place:
    if not isinstance(kind, (Array, List)):
        raise refusal(node, "a list of a known type")
    room = frame.room(kind)
    start = 0
    if isinstance(kind, List):
        write(frame, Place(room.pointer, UINT256_SCALAR), constant_word(len(node.elements)))
        start = 1
    for i, item in enumerate(node.elements):
        write(frame, room.at(frame.b, start + i * kind.item.words, kind.item), value(frame, item))
    return room


def _tuple(frame: Frame, node: syntax.Tuple) -> Place:
    room = frame.room(_type(frame, node))
    for i, item in enumerate(node.elements):
        write(frame, row_item(frame, room, i), value(frame, item))
    return room


def empty(frame: Frame, kind: Type) -> ir.Value | Place:
    """The zero value of a type."""
    if isinstance(kind, Scalar):
        return BIT(0) if kind.is_bool else constant_word(0)
    room = frame.room(kind)
    clear(frame, room)
    return room


def _type(frame: Frame, node: Node) -> Type:
    return frame.emitter.contract.type_of(node)


def _integer(frame: Frame, node: Node) -> Scalar:
    kind = _type(frame, node)
    if not isinstance(kind, Scalar):
        raise refusal(node, "an integer")
    return kind


_EXPRESSIONS: dict[type, Callable[[Frame, Node], ir.Value | Place]] = {
    syntax.Name: _named,
    syntax.Attribute: _attribute,
    syntax.Subscript: _subscript_value,
    syntax.BinOp: _binary,
    syntax.UnaryOp: _unary,
    syntax.Compare: _compare,
    syntax.BoolOp: lambda frame, node: branches.boolean(frame, node),
    syntax.IfExp: lambda frame, node: branches.choice(frame, node),
    syntax.Tuple: _tuple,
    # Looked up when used: calls have arguments, which are expressions.
    syntax.Call: lambda frame, node: calls.call(frame, node),
    syntax.StaticCall: lambda frame, node: calls.remote_call(frame, node),
    syntax.ExtCall: lambda frame, node: calls.remote_call(frame, node),
}
