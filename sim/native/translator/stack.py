"""How many bytes of stack a call takes: known before it is made, so that none runs into the end of it.

Locals lie on the stack, in full capacity. Inside a contract no call returns to where it came from, so what a face takes
at most is a sum over its code, inlined or not. Calls between contracts are counted while they run: each face adds its
bytes to `Context.STACK`, and beyond `STACK_BYTES` it is a LIMIT.
"""

from __future__ import annotations

from llvmlite import ir

from sim.native.context import LONG, MAX_DEPTH, STACK_BYTES, WORD, WORD_BYTES

#: What is added for registers that a function saves, for words that have no register, and for the kernel's functions.
SPILL_SHARE, SPILL_BYTES = 4, 8_192
#: Every face counts for at least this, so that no more than `MAX_DEPTH` calls stand inside each other.
LEAST_BYTES = STACK_BYTES // MAX_DEPTH


class NoRoom(Exception):
    """Locals take more bytes than there are."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"locals of at most {STACK_BYTES:,} bytes in a call with all that it calls (not {count:,}): "
            "use shorter lists, or read items where they are stored, one by one"
        )


def room(entry: ir.IRBuilder, words: int) -> ir.Value:
    """Words on the stack, at the beginning of a function.

    Raises:
        NoRoom: no stack has as many.
    """
    if words * WORD_BYTES > STACK_BYTES:
        raise NoRoom(words * WORD_BYTES)
    made = entry.alloca(WORD, words)
    made.align = 16
    return made


class Stack:
    """The bytes that the faces of one module take; each is a constant whose value is known at the end."""

    def __init__(self, module: ir.Module) -> None:
        self._module = module
        self._costs: dict[str, ir.GlobalVariable] = {}

    def cost(self, b: ir.IRBuilder, signature: str) -> ir.Value:
        """Bytes of a call of a face."""
        cost = ir.GlobalVariable(self._module, LONG, f"stack.{signature}")
        cost.linkage, cost.global_constant = "internal", True
        self._costs[signature] = cost
        return b.load(cost)

    def settle(self) -> dict[str, int]:
        """Set the bytes of every face, once all code is there; by signature."""
        known: dict[str, int] = {}
        found = {}
        for signature, cost in self._costs.items():
            names = [name for name in (f"bytes.{signature}", f"words.{signature}") if name in self._module.globals]
            found[signature] = padded(_bytes(self._module.globals[names[0]], known))
            cost.initializer = LONG(max(LEAST_BYTES, found[signature]))
        return found


def padded(count: int) -> int:
    """Bytes of locals with what a compiler adds to them."""
    return count + count // SPILL_SHARE + SPILL_BYTES


def own_bytes(function: ir.Function) -> int:
    """Bytes of a function's own locals."""
    return sum(_size(each) for block in function.blocks for each in block.instructions if _is_local(each))


def _bytes(function: ir.Function, known: dict[str, int]) -> int:
    """Bytes of a function and of every call in it: each may be inlined, and then has room of its own."""
    if function.name not in known:
        calls = [each for block in function.blocks for each in block.instructions if isinstance(each, ir.CallInstr)]
        inner = [call.callee for call in calls if isinstance(call.callee, ir.Function)]
        known[function.name] = own_bytes(function) + sum(_bytes(callee, known) for callee in inner)
    return known[function.name]


def _is_local(each: ir.Instruction) -> bool:
    return isinstance(each, ir.AllocaInstr)


def _size(each: ir.Instruction) -> int:
    count = int(each.operands[0].constant) if each.operands else 1
    return count * max(8, int(each.allocated_type.width) // 8)
