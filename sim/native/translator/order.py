"""A call that may change state stands alone in its statement.

Vyper does not evaluate every expression from left to right, and the order is not part of its specification. Where
nothing but one call changes state, no order can make a difference, so the compiler refuses everything else.
"""

from __future__ import annotations

import vyper.ast as syntax

from sim.native.translator.adapter import Contract
from sim.native.translator.declarations import Node
from sim.native.translator.nodes import descendants, literal, refusal

RULE = "a call that changes state to stand alone: `x: T = call(..)`, `x = call(..)`, `return call(..)`, or a statement"


def check_order(contract: Contract, statement: Node) -> None:
    """Refuse a statement in which a call that changes state is only a part of an expression."""
    _check_target(contract, statement)
    parts, allowed = _parts(statement)
    for part in parts:
        for node in descendants(part):
            # `extcall x.f()` is two nodes, of which the outer one writes.
            if contract.writes(node) and node is not allowed:
                raise refusal(node, RULE)


def _parts(statement: Node) -> tuple[list[Node], Node | None]:
    """The expressions of a statement, and the node that may be such a call."""
    if isinstance(statement, syntax.If):
        return [statement.test], None
    if isinstance(statement, syntax.For):
        return [statement.iter], None
    if isinstance(statement, syntax.Assert):
        return [statement.test], statement.test
    if isinstance(statement, syntax.AugAssign):
        return [statement], None
    if isinstance(statement, syntax.Assign):
        # With an index or member on the left, the place might depend on what the call changes.
        alone = statement.value if _is_plain(statement.target) else None
        return [statement], alone
    if isinstance(statement, (syntax.AnnAssign, syntax.Expr, syntax.Return)):
        return [statement], statement.value
    return [statement], None


def _check_target(contract: Contract, statement: Node) -> None:
    """Refuse `x[i] = Struct(f())`: whether place or members come first depends on what the two have in common."""
    if not isinstance(statement, syntax.Assign) or _is_plain(statement.target):
        return
    source = statement.value
    is_struct = isinstance(source, syntax.Call) and contract.called(source).what == "struct"
    if (is_struct or isinstance(source, (syntax.List, syntax.Tuple))) and contract.runs_code(source):
        raise refusal(statement, "members without calls where the target has an index: give them names first")


def _is_plain(target: Node) -> bool:
    """Names, members and items at literal indices: finding the place evaluates nothing."""
    if isinstance(target, syntax.Tuple):
        return all(_is_plain(item) for item in target.elements)
    while isinstance(target, (syntax.Attribute, syntax.Subscript)):
        if isinstance(target, syntax.Subscript) and literal(target.slice) is None:
            return False
        target = target.value
    return isinstance(target, syntax.Name)
