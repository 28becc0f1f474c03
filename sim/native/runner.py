"""The loops that run many calls over many paths without going back to Python, and undo what is refused."""

from __future__ import annotations

from llvmlite import ir

from sim.native.context import (
    BYTES,
    ENCODED,
    EXTERNAL,
    INT,
    JOURNAL_ENTRY_BYTES,
    LONG,
    LONGS,
    OK,
    WORDS,
    Call,
    Context,
    get,
    pointer,
    put,
)
from sim.native.translator.memory import load_word, store_word

BATCH, VIEW = "run", "view"


def runner_module() -> ir.Module:
    """Both loops."""
    module = ir.Module("runner")
    undo = _undo(module)
    _batch(module, undo)
    _view(module, undo)
    return module


def _view(module: ir.Module, undo: ir.Function) -> None:
    """`void view(context, worlds, stride, function, target, count, paths, arguments, width, results, room, status)`.

    One function on many paths with words in and words out: row i asks path `paths[i]` with the `width` words at
    `arguments + i * width` and has its answer in the `room` words at `results + i * room`. Whatever it wrote is undone.
    """
    signature = ir.FunctionType(
        ir.VoidType(), [LONGS, LONG, LONG, LONG, LONG, LONG, LONGS, WORDS, LONG, WORDS, LONG, INT.as_pointer()]
    )
    code = ir.Function(module, signature, VIEW)
    context, worlds, stride, function, target, count, paths, arguments, width, results, room, statuses = code.args
    entry, head, body, end = (code.append_basic_block(n) for n in ("entry", "head", "call", "end"))
    b = ir.IRBuilder(entry)
    put(b, context, Context.STACK, LONG(0))
    answer = pointer(b, function, EXTERNAL.as_pointer())
    b.branch(head)
    b.position_at_end(head)
    i = b.phi(LONG)
    i.add_incoming(LONG(0), entry)
    b.cbranch(b.icmp_unsigned("<", i, count), body, end)
    b.position_at_end(body)
    path = b.load(b.gep(paths, [i]))
    put(b, context, Context.WORLD, b.add(worlds, b.mul(path, stride)))
    put(b, context, Context.JOURNAL_USED, LONG(0))
    given, found = b.gep(arguments, [b.mul(i, width)]), b.gep(results, [b.mul(i, room)])
    status = b.call(answer, [context, target, LONG(0), given, found])
    b.store(status, b.gep(statuses, [i]))
    b.call(undo, [context])
    put(b, context, Context.STACK, LONG(0))
    i.add_incoming(b.add(i, LONG(1)), b.block)
    b.branch(head)
    b.position_at_end(end)
    b.ret_void()


def _batch(module: ir.Module, undo: ir.Function) -> None:
    """`void run(context, worlds, stride, calls, count, status)`: `worlds + path * stride` are the words of a path."""
    signature = ir.FunctionType(ir.VoidType(), [LONGS, LONG, LONG, LONGS, LONG, INT.as_pointer()])
    code = ir.Function(module, signature, BATCH)
    context, worlds, stride, calls, count, statuses = code.args
    entry, head, body, failed, done, end = (
        code.append_basic_block(n) for n in ("entry", "head", "call", "failed", "done", "end")
    )
    b = ir.IRBuilder(entry)
    b.branch(head)

    b.position_at_end(head)
    i = b.phi(LONG)
    i.add_incoming(LONG(0), entry)
    b.cbranch(b.icmp_unsigned("<", i, count), body, end)

    b.position_at_end(body)
    row = b.gep(calls, [b.mul(i, LONG(int(Call.SIZE)))])
    put(b, context, Context.WORLD, b.add(worlds, b.mul(get(b, row, Call.PATH), stride)))
    put(b, context, Context.NOW_S, get(b, row, Call.NOW_S))
    put(b, context, Context.CALL, i)
    put(b, context, Context.JOURNAL_USED, LONG(0))
    put(b, context, Context.STACK, LONG(0))
    put(b, context, Context.OUT_LENGTH, LONG(0))
    events = get(b, context, Context.EVENTS_USED)
    function = pointer(b, get(b, row, Call.FUNCTION), ENCODED.as_pointer())
    status = b.call(
        function,
        [
            context,
            get(b, row, Call.TARGET),
            get(b, row, Call.SENDER),
            pointer(b, get(b, row, Call.DATA), BYTES),
            get(b, row, Call.DATA_LENGTH),
            pointer(b, get(b, row, Call.OUT), BYTES),
            get(b, row, Call.OUT_ROOM),
        ],
    )
    b.store(status, b.gep(statuses, [i]))
    b.cbranch(b.icmp_unsigned("!=", status, INT(OK)), failed, done)

    b.position_at_end(failed)
    b.call(undo, [context])
    put(b, context, Context.EVENTS_USED, events)
    put(b, context, Context.OUT_LENGTH, LONG(0))
    b.branch(done)

    b.position_at_end(done)
    put(b, row, Call.OUT_LENGTH, get(b, context, Context.OUT_LENGTH))
    i.add_incoming(b.add(i, LONG(1)), done)
    b.branch(head)

    b.position_at_end(end)
    b.ret_void()


def _undo(module: ir.Module) -> ir.Function:
    """`void undo(context)`: put back what the journal holds, the last write first, and clear all locks."""
    code = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONGS]), "undo")
    code.linkage = "internal"
    (context,) = code.args
    entry, head, back, locks, clear, end = (
        code.append_basic_block(n) for n in ("entry", "head", "back", "locks", "clear", "end")
    )
    b = ir.IRBuilder(entry)
    used, journal = get(b, context, Context.JOURNAL_USED), get(b, context, Context.JOURNAL)
    b.branch(head)
    b.position_at_end(head)
    left = b.phi(LONG)
    left.add_incoming(used, entry)
    b.cbranch(b.icmp_unsigned("!=", left, LONG(0)), back, locks)
    b.position_at_end(back)
    last = b.sub(left, LONG(1))
    start = b.add(journal, b.mul(last, LONG(JOURNAL_ENTRY_BYTES)))
    target = pointer(b, b.load(pointer(b, start, LONGS)), WORDS)
    store_word(b, target, load_word(b, pointer(b, b.add(start, LONG(8)), WORDS)))
    left.add_incoming(last, back)
    b.branch(head)

    b.position_at_end(locks)
    table, count = pointer(b, get(b, context, Context.LOCKS), LONGS), get(b, context, Context.INSTANCE_COUNT)
    b.branch(clear)
    b.position_at_end(clear)
    k = b.phi(LONG)
    k.add_incoming(LONG(0), locks)
    b.store(LONG(0), b.gep(table, [k]))
    following = b.add(k, LONG(1))
    k.add_incoming(following, clear)
    b.cbranch(b.icmp_unsigned("<", following, count), clear, end)
    b.position_at_end(end)
    b.ret_void()
    return code
