"""Expressions of which only a part is evaluated: `and`, `or`, and a choice."""

from __future__ import annotations

import vyper.ast as syntax
from llvmlite import ir

from sim.native.context import BIT
from sim.native.kernel.integers import WORD_BITS
from sim.native.kernel.ranges import bits_of, known
from sim.native.translator import expressions
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Place, read, write


def boolean(frame: Frame, node: syntax.BoolOp) -> ir.Value:
    """`and` and `or` stop at the first operand that decides."""
    b, end = frame.b, frame.block("decided")
    is_and = isinstance(node.op, syntax.And)
    arrivals = []
    for operand in node.values[:-1]:
        found = expressions.scalar(frame, operand)
        arrivals.append((found, frame.b.block))
        go_on = frame.block("undecided")
        frame.b.cbranch(found, *((go_on, end) if is_and else (end, go_on)))
        frame.b.position_at_end(go_on)
        frame.note(operand, "goes on")
    last = expressions.scalar(frame, node.values[-1])
    arrivals.append((last, frame.b.block))
    b.branch(end)
    b.position_at_end(end)
    result = b.phi(BIT)
    for found, block in arrivals:
        result.add_incoming(found, block)
    return result


def choice(frame: Frame, node: syntax.IfExp) -> ir.Value | Place:
    kind = frame.emitter.contract.type_of(node)
    room = frame.room(kind)
    test = expressions.scalar(frame, node.test)
    bits = 0
    with frame.b.if_else(test) as (then, otherwise):
        for arm, branch in ((then, node.body), (otherwise, node.orelse)):
            with arm:
                frame.note(branch, "chosen")
                chosen = expressions.value(frame, branch)
                write(frame, room, chosen)
                bits = WORD_BITS if isinstance(chosen, Place) else max(bits, bits_of(chosen))
    found = read(frame, room)
    return found if isinstance(found, Place) else known(found, bits)
