"""The memory that compiled code runs in, and where each thing lies: the one description for both sides.

`Context` is a row of 64-bit numbers that a thread owns: the block, pointers to a path's words, the journal, the tables
of a world. `Instance` is a row of numbers for one deployed contract. Python fills them as numpy arrays; compiled code
reads them by the indices below.
"""

from __future__ import annotations

from enum import IntEnum

from llvmlite import ir

BIT = ir.IntType(1)
BYTE = ir.IntType(8)
INT = ir.IntType(32)
LONG = ir.IntType(64)
WORD = ir.IntType(256)
BYTES = BYTE.as_pointer()
LONGS = LONG.as_pointer()
WORDS = WORD.as_pointer()
#: Words are kept on 8-byte boundaries.
ALIGN = 8
WORD_BYTES = 32

#: Status of a call. Numbers between are codes of the contracts' `Failed(code)`; PANIC is as in `sim.chain.failures`.
OK, PANIC, LIMIT = 0, 9_999, 10_000


class Context(IntEnum):
    """Index of a number in a thread's context."""

    NOW_S = 0
    NUMBER = 1  # of the block
    WORLD = 2  # pointer to the words of the current path
    JOURNAL = 3  # pointer to entries of what writes replaced
    JOURNAL_USED = 4  # entries
    JOURNAL_ROOM = 5
    INSTANCES = 6  # pointer to pointers to instance rows, by address id
    INSTANCE_COUNT = 7  # ids below this are contracts (0 is none)
    LOCKS = 8  # pointer to one number per id
    ADDRESS_COUNT = 9  # ids in all
    ACCOUNT_COUNT = 10  # account ids that mappings have room for
    ADDRESS_WORDS = 11  # pointer to the address of each id
    ADDRESS_TABLE = 12  # pointer to a hash table from addresses to ids
    ADDRESS_MASK = 13  # its size less one
    EVENTS = 14  # pointer to records of events, or 0: not wanted
    EVENTS_USED = 15  # words
    EVENTS_ROOM = 16
    STACK = 17  # bytes of stack that the calls under way may take
    OUT_LENGTH = 18  # bytes that the last call returned
    CALL = 19  # row of the running call
    SIZE = 20


class Instance(IntEnum):
    """Index of a number in a contract's row.

    Offsets of mappings that a world sizes follow, then the ids of the addresses that the source names.
    """

    BASE = 0  # of its storage in a path, bytes
    IMPORTS = 1  # pointer to function pointers: [remote function][address id]
    OFFSETS = 2


class Call(IntEnum):
    """Index of a number in a row of the batch that `run` executes."""

    PATH = 0
    NOW_S = 1
    SENDER = 2  # address id
    TARGET = 3  # address id
    FUNCTION = 4  # pointer
    DATA = 5  # pointer to call data
    DATA_LENGTH = 6
    OUT = 7  # pointer
    OUT_ROOM = 8  # bytes
    OUT_LENGTH = 9  # bytes returned
    SIZE = 10


#: Bytes of a journal entry: the pointer, and the word that stood there.
JOURNAL_ENTRY_BYTES = 8 + WORD_BYTES
#: Bytes of an entry of the address table: the address, and its id.
ADDRESS_ENTRY_BYTES = WORD_BYTES + 8
#: Multiplier of the table's hash (2**64 over the golden ratio).
HASH_MULTIPLIER = 0x9E3779B97F4A7C15
#: Bytes of stack that a call with all that it calls may take: a quarter of what a thread usually has.
STACK_BYTES = 1 << 21
#: Calls of contracts inside each other.
MAX_DEPTH = 64

#: A function of a contract as another contract calls it: context, self, sender, arguments, results.
EXTERNAL = ir.FunctionType(INT, [LONGS, LONG, LONG, WORDS, WORDS])
#: The same with ABI-encoded bytes: context, self, sender, call data, its length, output, its room.
ENCODED = ir.FunctionType(INT, [LONGS, LONG, LONG, BYTES, LONG, BYTES, LONG])


def get(b: ir.IRBuilder, row: ir.Value, index: int) -> ir.Value:
    """A number of a context, an instance or a call."""
    return b.load(b.gep(row, [LONG(int(index))]))


def put(b: ir.IRBuilder, row: ir.Value, index: int, value: ir.Value) -> None:
    """Set a number."""
    b.store(value, b.gep(row, [LONG(int(index))]))


def pointer(b: ir.IRBuilder, number: ir.Value, kind: ir.Type) -> ir.Value:
    """A number as a pointer."""
    return b.inttoptr(number, kind)


def constant_word(value: int) -> ir.Constant:
    """A word."""
    return ir.Constant(WORD, value % 2**256)
