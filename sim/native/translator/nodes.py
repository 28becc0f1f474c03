"""What the compiler knows about a single node of a syntax tree, and the types of Vyper as ours.

Like `adapter` this touches the compiler's private metadata (pinned to one version of Vyper); nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import vyper.ast as syntax
from vyper.semantics.types import (
    AddressT,
    BoolT,
    BytesM_T,
    DArrayT,
    HashMapT,
    IntegerT,
    InterfaceT,
    SArrayT,
    StructT,
    TupleT,
)
from vyper.semantics.types.base import TYPE_T
from vyper.semantics.types.bytestrings import _BytestringT
from vyper.semantics.types.module import ModuleT
from vyper.semantics.types.user import FlagT

from sim.native import types
from sim.native.extents import Extent
from sim.native.kernel.integers import Integer
from sim.native.refusal import Refusal
from sim.native.translator.declarations import Node

#: A comment on the line of a mapping: how many keys it has, for each key that is a number of more than eight bits.
_KEYS = re.compile(r"#\s*keys:\s*(.*)$")


def extents_of(declaration: Node) -> tuple[Extent, ...] | None:
    """What the line of a mapping's declaration says about its keys: `# keys: 8`, `# keys: accounts, 16`."""
    lines = declaration.full_source_code.splitlines()[declaration.lineno - 1 : declaration.end_lineno]
    said = _KEYS.search(lines[-1]) if lines else None
    if said is None:
        return None
    found: list[Extent] = []
    for word in (each.strip() for each in said.group(1).split(",")):
        if word == "accounts":
            found.append("accounts")
        elif word.isdecimal() and int(word):
            found.append(int(word))
        else:
            raise refusal(declaration, "a comment such as `# keys: 8` or `# keys: accounts, 16`: a number for each key")
    return tuple(found)


def refusal(node: Node, rule: str) -> Refusal:
    """An error that names the place."""
    return Refusal(file_of(node), node.lineno, rule, node.node_source_code)


def literal(node: Node) -> int | bool | None:
    """Value of a number or truth value that the compiler knows, also behind a constant's name."""
    if node.has_folded_value:
        node = node.get_folded_value()
    if isinstance(node, (syntax.Int, syntax.NameConstant)):
        value: int | bool = node.value
        return value
    return None


def address_of(node: Node) -> int | None:
    """An address that stands in the source as a number."""
    node = folded(node)
    if isinstance(node, syntax.Hex) and isinstance(node._metadata.get("type"), (AddressT, InterfaceT)):
        return int(node.value, 16)
    return None


def folded(node: Node) -> Node:
    """The literal that an expression of constants stands for, or the node itself."""
    return node.get_folded_value() if node.has_folded_value else node


def is_module(node: Node) -> bool:
    """The name is an imported module's, or `self`."""
    return isinstance(node, syntax.Name) and (
        node.id == "self" or isinstance(node._metadata.get("type"), (ModuleT, InterfaceT))
    )


def flag_bit(node: Node) -> int | None:
    """Value of a flag's member."""
    kind = node._metadata.get("type")
    is_flag = isinstance(node, syntax.Attribute) and isinstance(kind, FlagT)
    if is_flag and isinstance(node.value._metadata.get("type"), TYPE_T):
        return 1 << int(kind._flag_members[node.attr])
    return None


def location(node: Node) -> tuple[str, int]:
    """File and line."""
    return file_of(node), node.lineno


def descendants(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    return iter(node.get_descendants(include_self=True))


def file_of(node: Node) -> str:
    module = node if isinstance(node, syntax.Module) else node.get_ancestor(syntax.Module)
    return str(module.resolved_path)


def type_of(kind: Any, node: Node) -> types.Type:
    if isinstance(kind, IntegerT):
        return types.Scalar(str(kind), Integer(kind.bits, kind.is_signed))
    if isinstance(kind, BoolT):
        return types.BOOL
    if isinstance(kind, (AddressT, InterfaceT)):
        return types.ADDRESS
    if isinstance(kind, FlagT):
        return types.Scalar("uint256", Integer(len(kind._flag_members), False))
    if isinstance(kind, StructT):
        return types.Struct(kind.name, tuple((n, type_of(m, node)) for n, m in kind.member_types.items()))
    if isinstance(kind, TupleT):
        return types.Row(tuple(type_of(item, node) for item in kind.member_types))
    if isinstance(kind, SArrayT):
        return types.Array(type_of(kind.value_type, node), kind.count)
    if isinstance(kind, DArrayT):
        return types.List(type_of(kind.value_type, node), kind.count)
    if isinstance(kind, HashMapT):
        if isinstance(kind.key_type, (BytesM_T, _BytestringT)):
            raise refusal(
                node, f"keys that are addresses, unsigned numbers or flags: give each {kind.key_type} a number"
            )
        key = type_of(kind.key_type, node)
        if not isinstance(key, types.Scalar) or key.integer.is_signed:
            raise refusal(node, "a mapping keyed by addresses, unsigned numbers, flags or truth values")
        return types.Mapping(key, type_of(kind.value_type, node))
    raise refusal(node, f"a type of the compilable subset (not {kind})")
