"""Events: recorded where a context asks for them, as words behind a header, and dropped again with a refused call."""

from __future__ import annotations

from dataclasses import dataclass

import vyper.ast as syntax
from eth_utils import keccak
from llvmlite import ir

from sim.native.context import LONG, WORD, WORD_BYTES, WORDS, Context, constant_word, get, pointer, put
from sim.native.translator import expressions
from sim.native.translator.abi import UNROLLED_WORDS
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Place, load_word, move_block, store_word, write
from sim.native.translator.nodes import refusal
from sim.native.types import Type, is_static, signature

#: Bits of the header word: words that follow, event number, contract, row of the batch.
COUNT_BITS, EVENT_BITS, SELF_BITS = 32, 32, 64


@dataclass(frozen=True)
class Event:
    """What a contract logs: (name, type, indexed) of each argument."""

    name: str
    arguments: tuple[tuple[str, Type, bool], ...]

    @property
    def words(self) -> int:
        """Words of all arguments."""
        return sum(kind.words for _, kind, _ in self.arguments)

    @property
    def topic(self) -> int:
        """Hash of its signature, the first topic of its logs."""
        declared = ",".join(signature(kind) for _, kind, _ in self.arguments)
        return int.from_bytes(keccak(text=f"{self.name}({declared})"), "big")


def log(frame: Frame, node: syntax.Log) -> None:
    """Evaluate the arguments, which may revert, and record them."""
    b, call = frame.b, node.value
    name, declared = frame.emitter.contract.event(call)
    event = Event(name, declared)
    given = {k.arg: k.value for k in call.keywords}
    given |= {argument[0]: value for argument, value in zip(declared, call.args, strict=False)}
    for _, kind, is_indexed in declared:
        if not is_static(kind) or (is_indexed and kind.words > 1):
            raise refusal(node, "an event of static arguments whose indexed ones are one word")
    record = frame.room_for_words(max(1, event.words))
    for argument, at, kind in _in_order(event):
        write(frame, Place(b.gep(record, [LONG(at)]), kind), expressions.value(frame, given[argument]))

    buffer = get(b, frame.context, Context.EVENTS)
    with b.if_then(b.icmp_unsigned("!=", buffer, LONG(0)), likely=False):
        used = get(b, frame.context, Context.EVENTS_USED)
        after = b.add(used, LONG(1 + event.words))
        frame.limit_if(b.icmp_unsigned(">", after, get(b, frame.context, Context.EVENTS_ROOM)))
        start = pointer(b, b.add(buffer, b.mul(used, LONG(WORD_BYTES))), WORDS)
        store_word(b, start, _header(frame, frame.emitter.event_number(event), event.words))
        _copy(b, record, b.gep(start, [LONG(1)]), event.words)
        put(b, frame.context, Context.EVENTS_USED, after)


def _copy(b: ir.IRBuilder, source: ir.Value, target: ir.Value, words: int) -> None:
    if words > UNROLLED_WORDS:
        move_block(b, target, source, words)
        return
    for i in range(words):
        store_word(b, b.gep(target, [LONG(i)]), load_word(b, b.gep(source, [LONG(i)])))


def _in_order(event: Event) -> list[tuple[str, int, Type]]:
    """Name, offset and type of each argument as Vyper evaluates them: the indexed ones backwards, then the others."""
    indexed: list[tuple[str, int, Type]] = []
    others: list[tuple[str, int, Type]] = []
    at = 0
    for name, kind, is_indexed in event.arguments:
        (indexed if is_indexed else others).append((name, at, kind))
        at += kind.words
    return [*reversed(indexed), *others]


def _header(frame: Frame, number: int, words: int) -> ir.Value:
    """What a record begins with."""
    b = frame.b
    known = constant_word(words | number << COUNT_BITS)
    who = b.shl(b.zext(frame.self_id, WORD), constant_word(COUNT_BITS + EVENT_BITS))
    row = b.shl(b.zext(get(b, frame.context, Context.CALL), WORD), constant_word(COUNT_BITS + EVENT_BITS + SELF_BITS))
    return b.or_(known, b.or_(who, row))
