"""Statements: one function for each kind, and a refusal for every other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import vyper.ast as syntax
from llvmlite import ir

from sim.native.context import INT, LONG, OK, PANIC, WORD, constant_word
from sim.native.kernel.integers import Integer
from sim.native.kernel.narrowing import Why, narrow
from sim.native.kernel.ranges import bits_of, cut, word_of
from sim.native.translator import calls, events
from sim.native.translator.calls import scalar_members
from sim.native.translator.declarations import Function, Node
from sim.native.translator.expressions import evaluate_into, operate, place, scalar, value
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Misfit, Place, length_of, list_item, member, read, row_item, write
from sim.native.translator.nodes import descendants, literal, refusal
from sim.native.translator.order import check_order
from sim.native.translator.stack import NoRoom
from sim.native.translator.widths import COUNTED_BITS, RESULT, variable_key
from sim.native.types import UINT256, Array, List, Row, Scalar, Type

#: Rounds of a loop: more are a LIMIT, should it not be left before. On the EVM they take more gas than there is.
MOST_ROUNDS = 1 << 25


def body(frame: Frame, statements: Sequence[Node]) -> None:
    """Translate a block; what follows a statement that leaves is unreachable."""
    with frame.scope():
        for statement in statements:
            if frame.b.block.is_terminated:
                break
            translate = _STATEMENTS.get(type(statement))
            if translate is None:
                raise refusal(statement, f"a statement of the compilable subset (not {type(statement).__name__})")
            check_order(frame.emitter.contract, statement)
            if not isinstance(statement, syntax.Pass):
                frame.note(statement)
            try:
                translate(frame, statement)
            except Misfit as error:
                raise refusal(statement, f"a value of exactly the type of its place (not {error})") from error
            except NoRoom as error:
                raise refusal(statement, str(error)) from error


def _declare(frame: Frame, node: syntax.AnnAssign) -> None:
    kind = _type(frame, node.target)
    is_result = node.target.id == frame.returned and kind == frame.function.returns
    target = Place(frame.results, kind) if is_result else frame.variable_room(node.target.id, kind)
    evaluate_into(frame, node.value, target)
    frame.locals[node.target.id] = target


def _assign(frame: Frame, node: syntax.Assign) -> None:
    members = scalar_members(frame, node.value)
    if members is not None:
        # All members are evaluated by now: the target may be what they were read from.
        target = place(frame, node.target)
        for name, found in members:
            write(frame, member(frame, target, name), found)
        return
    found = value(frame, node.value)
    if isinstance(node.target, syntax.Tuple):
        if not isinstance(found, Place) or not isinstance(found.kind, Row):
            raise refusal(node, "several values from a call")
        for i, target in enumerate(node.target.elements):
            write(frame, place(frame, target), read(frame, row_item(frame, found, i)))
        return
    write(frame, place(frame, node.target), found)


def _augment(frame: Frame, node: syntax.AugAssign) -> None:
    target = place(frame, node.target)
    if not isinstance(target.kind, Scalar):
        raise refusal(node, "a number that is changed")
    old = read(frame, target)
    operand = scalar(frame, node.value)
    is_sum = isinstance(node.op, syntax.Add) and target.kind.integer == UINT256
    if is_sum and frame.emitter.widths.counts(target.key, bits_of(operand)):
        # Where something longer was written before, this translation is not the last.
        is_short = bits_of(old) <= COUNTED_BITS
        total = _counted(frame, old, operand) if is_short else operate(frame, "Add", old, operand, target.kind, node)
        # The width of a counter is known; to note what it is counted up to would make it grow.
        write(frame, replace(target, key=None), total)
        return
    write(frame, target, operate(frame, type(node.op).__name__, old, operand, target.kind, node))


def _counted(frame: Frame, old: ir.Value, step: ir.Value) -> ir.Value:
    """The sum of a counter and a step."""
    pair = frame.b.uadd_with_overflow(*(cut(frame.b, operand, COUNTED_BITS) for operand in (old, step)))
    frame.limit_if(frame.b.extract_value(pair, 1))
    return word_of(frame.b, frame.b.extract_value(pair, 0), COUNTED_BITS)


def _if(frame: Frame, node: syntax.If) -> None:
    test = scalar(frame, node.test)
    then, end = frame.block("then"), frame.block("end")
    otherwise = frame.block("else")
    frame.b.cbranch(test, then, otherwise)
    for block, statements, name in ((then, node.body, "taken"), (otherwise, node.orelse, "not taken")):
        frame.b.position_at_end(block)
        frame.note(node.test, name)
        body(frame, statements)
        if not frame.b.block.is_terminated:
            frame.b.branch(end)
    frame.b.position_at_end(end)


def _for(frame: Frame, node: syntax.For) -> None:
    name, kind = node.target.target.id, _type(frame, node.target.target)
    with frame.scope():
        if isinstance(node.iter, syntax.Call) and getattr(node.iter.func, "id", "") == "range":
            first, rounds, most = _range(frame, node.iter)
            variable = frame.variable_room(name, kind)
            with frame.loop(rounds) as i:
                if most > MOST_ROUNDS:
                    frame.limit_if(frame.b.icmp_unsigned(">=", i, LONG(MOST_ROUNDS)))
                write(frame, variable, _nth(frame.b, first, i, most))
                _round(frame, node, name, variable)
            return
        source = _items(frame, node)
        assert isinstance(source.kind, (Array, List))
        variable = frame.variable_room(name, kind)
        with frame.loop(length_of(frame, source)) as i:
            write(frame, variable, read(frame, list_item(frame, source, i)))
            _round(frame, node, name, variable)


def _round(frame: Frame, node: syntax.For, name: str, variable: Place) -> None:
    frame.note(node.iter, "round")
    frame.locals[name] = variable
    body(frame, node.body)


def _nth(b: ir.IRBuilder, first: ir.Value, i: ir.Value, most: int) -> ir.Value:
    """The value of a loop's variable in round i < most."""
    bits = max(bits_of(first), (most - 1).bit_length())
    if bits >= LONG.width:
        return b.add(first, b.zext(i, WORD))
    is_from_zero = isinstance(first, ir.Constant) and not first.constant
    return word_of(b, i, bits) if is_from_zero else word_of(b, b.add(cut(b, first, LONG.width), i), bits + 1)


def _range(frame: Frame, call: syntax.Call) -> tuple[ir.Value, ir.Value, int]:
    """First value, number of rounds (64 bits), and how many there may be.

    More rounds than the bound, or an end before the start, revert.
    """
    bounds = [k.value for k in call.keywords if k.arg == "bound"]
    first = scalar(frame, call.args[0]) if len(call.args) == 2 else constant_word(0)
    last = scalar(frame, call.args[-1])
    rounds = frame.b.sub(last, first)
    if bounds:
        # From the greatest number to the least is one round modulo 2**256, so the difference alone does not tell.
        integer = _integer(frame, call.args[-1])
        frame.panic_if(frame.emitter.kernel.compare(frame.b, ">", first, last, integer))
        bound = literal(bounds[0])
        if not isinstance(bound, int):
            raise refusal(call, "a literal bound")
        frame.panic_if(frame.b.icmp_unsigned(">", rounds, constant_word(bound)))
        return first, *_rounds(frame, rounds, bound)
    limits = [literal(argument) for argument in call.args]
    numbers = [limit for limit in limits if isinstance(limit, int)]
    if len(numbers) < len(limits):
        raise refusal(call, "a range of literals, or one with a bound")
    return first, *_rounds(frame, rounds, numbers[-1] - (numbers[0] if len(numbers) == 2 else 0))


def _rounds(frame: Frame, rounds: ir.Value, most: int) -> tuple[ir.Value, int]:
    """A number of rounds, which is at most `most`, in 64 bits; of too many, the one round that is a LIMIT as well."""
    if most <= MOST_ROUNDS:
        return narrow(frame.b, rounds, LONG.width, Why.COMPARED), most
    is_more = frame.b.icmp_unsigned(">", rounds, constant_word(MOST_ROUNDS))
    few = narrow(frame.b, rounds, LONG.width, Why.UNUSED)
    return frame.b.select(is_more, LONG(MOST_ROUNDS + 1), few), MOST_ROUNDS + 1


def _integer(frame: Frame, node: Node) -> Integer:
    kind = _type(frame, node)
    if not isinstance(kind, Scalar):
        raise refusal(node, "an integer")
    return kind.integer


def _items(frame: Frame, node: syntax.For) -> Place:
    found = value(frame, node.iter)
    if not isinstance(found, Place) or not isinstance(found.kind, (Array, List)):
        raise refusal(node, "a range or a list")
    return found


def _break(frame: Frame, node: syntax.Break) -> None:
    frame.b.branch(frame.loops[-1][1])


def _continue(frame: Frame, node: syntax.Continue) -> None:
    frame.b.branch(frame.loops[-1][0])


def _return(frame: Frame, node: syntax.Return) -> None:
    returns = frame.function.returns
    if node.value is not None and returns is not None and not _is_in_place(frame, node.value):
        key = variable_key(frame.function, RESULT, returns)
        evaluate_into(frame, node.value, Place(frame.results, returns, key=key))
    frame.b.ret(INT(OK))


def _is_in_place(frame: Frame, returned: syntax.ExprNode) -> bool:
    """Whether it lives where the results go. A list with less room than the result's type does not."""
    if not isinstance(returned, syntax.Name) or returned.id != frame.returned:
        return False
    return frame.locals[returned.id].kind == frame.function.returns


def returned_variable(function: Function) -> str | None:
    """The one local that a function returns, whatever way it takes: it may live where the results go."""
    nodes = [node for statement in function.body for node in descendants(statement)]
    returned = {n.value.id if isinstance(n.value, syntax.Name) else None for n in nodes if isinstance(n, syntax.Return)}
    if len(returned) != 1 or isinstance(function.returns, Scalar):
        return None
    (name,) = returned
    declared = [n for n in nodes if isinstance(n, syntax.AnnAssign) and getattr(n.target, "id", None) == name]
    is_plain = len(declared) == 1 and any(declared[0] is statement for statement in function.body)
    return name if is_plain and name not in dict(function.arguments) else None


def _assert(frame: Frame, node: syntax.Assert) -> None:
    if node.msg is not None and not isinstance(node.msg, syntax.Str):
        raise refusal(node, "a reason that is a literal")
    frame.panic_if(frame.b.not_(scalar(frame, node.test)))


def _raise(frame: Frame, node: syntax.Raise) -> None:
    if node.exc is not None and not isinstance(node.exc, syntax.Str):
        raise refusal(node, "a reason that is a literal")
    frame.b.ret(INT(PANIC))


def _expression(frame: Frame, node: syntax.Expr) -> None:
    inner = node.value
    if isinstance(inner, syntax.Call):
        calls.maybe_call(frame, inner)
    elif isinstance(inner, (syntax.ExtCall, syntax.StaticCall)):
        calls.maybe_remote_call(frame, inner)
    elif not isinstance(inner, syntax.Str):
        raise refusal(node, "a call as a statement")


def _log(frame: Frame, node: syntax.Log) -> None:
    events.log(frame, node)


def _pass(frame: Frame, node: syntax.Pass) -> None:
    pass


def writes_to(statements: Sequence[Node], name: str) -> bool:
    """Some statement changes the local `name` (then an argument has to be copied first)."""
    for node in (n for statement in statements for n in descendants(statement)):
        if isinstance(node, (syntax.Assign, syntax.AugAssign)):
            targets = node.target.elements if isinstance(node.target, syntax.Tuple) else [node.target]
            if any(_root(target) == name for target in targets):
                return True
        is_method = isinstance(node, syntax.Call) and getattr(node.func, "attr", "") in ("append", "pop")
        if is_method and _root(node.func) == name:
            return True
    return False


def _root(node: Node) -> str | None:
    while isinstance(node, (syntax.Attribute, syntax.Subscript)):
        node = node.value
    return node.id if isinstance(node, syntax.Name) else None


def _type(frame: Frame, node: Node) -> Type:
    return frame.emitter.contract.type_of(node)


_STATEMENTS: dict[type, Callable[[Frame, Node], None]] = {
    syntax.AnnAssign: _declare,
    syntax.Assign: _assign,
    syntax.AugAssign: _augment,
    syntax.If: _if,
    syntax.For: _for,
    syntax.Break: _break,
    syntax.Continue: _continue,
    syntax.Return: _return,
    syntax.Assert: _assert,
    syntax.Raise: _raise,
    syntax.Expr: _expression,
    syntax.Log: _log,
    syntax.Pass: _pass,
}
