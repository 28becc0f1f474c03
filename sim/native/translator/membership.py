"""`in` and `not in`: a value among the items of a list, or flags among flags."""

from __future__ import annotations

import vyper.ast as syntax
from llvmlite import ir

from sim.native.context import BIT, constant_word
from sim.native.translator import expressions
from sim.native.translator.declarations import Node
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Place, length_of, list_item, read, to_word, write
from sim.native.translator.nodes import address_of, descendants, folded, literal, refusal
from sim.native.types import BOOL, Array, List


def test(frame: Frame, node: syntax.Compare) -> ir.Value:
    """Whether it is in, or not in: one bit."""
    is_list = isinstance(frame.emitter.contract.type_of(node.right), (Array, List))
    found = _in_list(frame, node) if is_list else _in_flags(frame, node)
    return found if isinstance(node.op, syntax.In) else frame.b.not_(found)


def _in_flags(frame: Frame, node: syntax.Compare) -> ir.Value:
    """Whether two sets of flags have a member in common."""
    right, left = expressions.scalar(frame, node.right), expressions.scalar(frame, node.left)
    return frame.b.icmp_unsigned("!=", frame.b.and_(left, right), constant_word(0))


def _in_list(frame: Frame, node: syntax.Compare) -> ir.Value:
    """Whether an item of a list equals a value, which is evaluated first."""
    items = folded(node.right)
    items = folded(expressions.constant_of(frame, items) or items)
    needle = to_word(frame.b, expressions.scalar(frame, node.left))
    if isinstance(items, syntax.List):
        return _in_literal(frame, needle, items)
    source = expressions.place(frame, node.right)
    assert isinstance(source.kind, (Array, List))
    found = frame.room(BOOL)
    write(frame, found, BIT(0))
    with frame.loop(length_of(frame, source)) as i:
        item = read(frame, list_item(frame, source, i))
        if isinstance(item, Place):
            raise refusal(node, "a search among values of one word: compare members in a loop")
        is_equal = frame.b.icmp_unsigned("==", needle, to_word(frame.b, item))
        with frame.b.if_then(is_equal):
            write(frame, found, BIT(1))
    result = read(frame, found)
    assert not isinstance(result, Place)
    return result


def _in_literal(frame: Frame, needle: ir.Value, items: syntax.List) -> ir.Value:
    """The same for a list that is written out. Its items may not revert: the first that is equal ends the search."""
    found: ir.Value = BIT(0)
    for item in items.elements:
        if not _cannot_revert(frame, item):
            raise refusal(item, "names and literals in a list that is searched: give the value a name first")
        is_equal = frame.b.icmp_unsigned("==", needle, to_word(frame.b, expressions.scalar(frame, item)))
        found = frame.b.or_(found, is_equal)
    return found


def _cannot_revert(frame: Frame, node: Node) -> bool:
    """A literal, a name, or a zero value."""
    if literal(node) is not None or address_of(node) is not None:
        return True
    if isinstance(node, syntax.Call):
        called = frame.emitter.contract.called(node)
        return (called.what, called.name) == ("builtin", "empty")
    return all(isinstance(each, (syntax.Name, syntax.Attribute)) for each in descendants(node))
