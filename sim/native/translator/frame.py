"""The state of one function while it is being translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from llvmlite import ir

from sim.native.context import (
    BYTES,
    INT,
    LIMIT,
    LONG,
    LONGS,
    OK,
    PANIC,
    WORD,
    WORDS,
    Context,
    Instance,
    get,
    pointer,
)
from sim.native.translator.declarations import Function, Node
from sim.native.translator.memory import Place
from sim.native.translator.stack import room
from sim.native.translator.widths import Key, variable_key
from sim.native.types import Type

if TYPE_CHECKING:
    from sim.native.translator.emitter import Emitter

#: Weights of a branch that a healthy call never takes.
_SELDOM = (1, 2_000)


class Frame:
    """Builder, parameters, locals and loops of a function.

    Parameters of every translated function: context, the contract's words, its instance row, its own id, the sender's
    id, the arguments (a scalar as a word or bit, anything larger as a pointer), a pointer for the results.
    """

    def __init__(self, emitter: Emitter, function: Function, code: ir.Function) -> None:
        self.emitter = emitter
        self.function = function
        self.code = code
        self.context, self.store, self.row, self.self_id, self.sender = code.args[:5]
        self.arguments = code.args[5:-1]
        self.results = code.args[-1]
        self._entry = code.append_basic_block("entry")
        self.b = ir.IRBuilder(code.append_basic_block("body"))
        self.locals: dict[str, Place] = {}
        self.returned: str | None = None  # the local that lives where the results go
        self.loops: list[tuple[ir.Block, ir.Block]] = []  # where `continue` and `break` lead
        self._exits: dict[int, ir.Block] = {}

    def finish(self) -> None:
        """Close the entry block, which holds the rooms of all locals."""
        ir.IRBuilder(self._entry).branch(self.code.blocks[1])

    # ------------------------------------------------------------------ memory

    def room(self, kind: Type, key: Key | None = None) -> Place:
        """Fresh memory for a value, or for the variable of that key."""
        place = Place(self.room_for_words(max(1, kind.words)), kind)
        return place if key is None else replace(place, key=key, bits=self.emitter.widths.of(key))

    def variable_room(self, name: str, kind: Type) -> Place:
        """Fresh memory for a local or an argument of this function."""
        return self.room(kind, variable_key(self.function, name, kind))

    def room_for_words(self, words: int) -> ir.Value:
        """Fresh memory, as a pointer."""
        return room(ir.IRBuilder(self._entry), words)

    def nowhere(self) -> ir.Value:
        """A pointer for results that there are none of."""
        return ir.Constant(WORDS, None)

    def variable(self, name: str) -> ir.Value:
        """Pointer to the words of a state variable's cell."""
        cell = self.emitter.cell(name)
        if cell.offset is not None:
            return self.b.gep(self.store, [LONG(cell.offset)])
        assert cell.index is not None
        return self.b.gep(self.store, [get(self.b, self.row, Instance.OFFSETS + cell.index)])

    def now(self, index: Context) -> ir.Value:
        """A number of the context as a word."""
        return self.b.zext(get(self.b, self.context, index), WORD)

    # ------------------------------------------------------------------ control

    def block(self, name: str = "") -> ir.Block:
        """A new block."""
        return self.code.append_basic_block(name)

    def panic_if(self, bad: ir.Value) -> None:
        """Revert without a code."""
        self.stop_if(bad, PANIC)

    def stop_if(self, bad: ir.Value, status: int) -> None:
        """Leave the function with a status."""
        if isinstance(bad, ir.Constant) and not bad.constant:
            return
        if status not in self._exits:
            leave = self.block(f"leave{status}")
            ir.IRBuilder(leave).ret(INT(status))
            self._exits[status] = leave
        go_on = self.block()
        self.b.cbranch(bad, self._exits[status], go_on).set_weights(list(_SELDOM))
        self.b.position_at_end(go_on)

    def limit_if(self, bad: ir.Value) -> None:
        """Leave because a key or a buffer is beyond what this world has room for."""
        self.stop_if(bad, LIMIT)

    def extent(self, name: str) -> ir.Value:
        """How many keys a world gives to its accounts or addresses."""
        return get(self.b, self.context, Context.ACCOUNT_COUNT if name == "accounts" else Context.ADDRESS_COUNT)

    def pass_on(self, status: ir.Value) -> None:
        """Leave with a callee's status unless it is OK."""
        leave, go_on = self.block(), self.block()
        self.b.cbranch(self.b.icmp_unsigned("!=", status, INT(OK)), leave, go_on).set_weights(list(_SELDOM))
        ir.IRBuilder(leave).ret(status)
        self.b.position_at_end(go_on)

    @contextmanager
    def loop(self, rounds: ir.Value) -> Iterator[ir.Value]:
        """A counted loop over 0 <= i < rounds (64 bits); `continue` and `break` of the body work."""
        counter = ir.IRBuilder(self._entry).alloca(LONG)
        head, body, step, end = (self.block(name) for name in ("head", "round", "step", "end"))
        self.b.store(LONG(0), counter)
        self.b.branch(head)
        self.b.position_at_end(head)
        i = self.b.load(counter)
        self.b.cbranch(self.b.icmp_unsigned("<", i, rounds), body, end)
        self.b.position_at_end(body)
        self.loops.append((step, end))
        yield i
        self.loops.pop()
        if not self.b.block.is_terminated:
            self.b.branch(step)
        self.b.position_at_end(step)
        self.b.store(self.b.add(i, LONG(1)), counter)
        self.b.branch(head)
        self.b.position_at_end(end)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Locals declared inside end with it."""
        saved = dict(self.locals)
        yield
        self.locals = saved

    def note(self, node: Node, branch: str = "") -> None:
        """Count that this place was reached, where counting was asked for."""
        self.emitter.count(self.b, node, branch)


def storage_of(b: ir.IRBuilder, context: ir.Value, self_id: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Words and instance row of a contract in the current path."""
    table = pointer(b, get(b, context, Context.INSTANCES), LONGS)
    row = pointer(b, b.load(b.gep(table, [self_id])), LONGS)
    world = pointer(b, get(b, context, Context.WORLD), BYTES)
    store = b.bitcast(b.gep(world, [get(b, row, Instance.BASE)]), WORDS)
    return store, row
