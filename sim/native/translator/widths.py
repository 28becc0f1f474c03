"""How many bits the words of a contract's own variables take, found by translating until assumption and finding agree.

Locals, arguments, results and members of structs start as numbers of no bits at all. Whatever a translation writes to
them is noted; as long as something longer was written than was assumed, the contract is translated once more with what
was found. In the last translation nothing was: each write was seen to fit, so each read may rely on it.

Words that come from elsewhere (storage, other contracts, call data) are of any length; see `surrender`.
"""

from __future__ import annotations

from collections.abc import Hashable

from sim.native.kernel.integers import WORD_BITS
from sim.native.translator.declarations import Function
from sim.native.types import Array, List, Mapping, Row, Scalar, Struct, Type

#: A variable: its function and name, or its struct and member.
Key = Hashable
#: Stands for a function's result where its locals have names.
RESULT = "return"
#: Translations after which what still grows is taken to be of any length.
_PATIENCE = 5
#: A counter: of at most this many bits but for additions, which are of at most so many each.
COUNTER_BITS, COUNTED_BITS, STEP_BITS = 48, 64, 32


class Widths:
    """What was assumed of each variable, and what the translation that is under way has found."""

    def __init__(self) -> None:
        self._assumed: dict[Key, int] = {}
        self._found: dict[Key, int] = {}
        self._counted: set[Key] = set()
        self._counted_before: set[Key] = set()
        self._rounds = 0

    def of(self, key: Key) -> int:
        """Bits that a variable is assumed to take, or has been found to take: then this translation is not the last."""
        assumed = max(self._assumed.get(key, 0), self._found.get(key, 0))
        return max(assumed, COUNTED_BITS) if key in self._counted else assumed

    def variables(self) -> set[Key]:
        """All keys that were met."""
        return set(self._assumed) | self._counted

    def note(self, key: Key | None, bits: int) -> None:
        """A word of so many bits is written to a variable."""
        if key is not None:
            self._found[key] = max(bits, self._found.get(key, 0))

    def counts(self, key: Key | None, bits: int) -> bool:
        """A word of so many bits is added to a variable: whether that may be taken for counting.

        Then it takes 64 bits, and a sum beyond that is a LIMIT: no call has the gas for as many additions.
        """
        if key is None or bits > STEP_BITS or self._assumed.get(key, 0) > COUNTER_BITS:
            return False
        self._counted.add(key)
        return True

    def surrender(self, kind: Type) -> None:
        """Words of this type come from elsewhere: the members of its structs may be of any length."""
        if isinstance(kind, Struct):
            for name, member in kind.members:
                self.note(member_key(kind, name, member), WORD_BITS)
                self.surrender(member)
        elif isinstance(kind, (Array, List)):
            self.surrender(kind.item)
        elif isinstance(kind, Mapping):
            self.surrender(kind.value)
        elif isinstance(kind, Row):
            for item in kind.items:
                self.surrender(item)

    def settle(self) -> bool:
        """Whether every write of the translation fitted; if not, assume what was found and translate again."""
        self._rounds += 1
        grown = {key: bits for key, bits in self._found.items() if bits > self._assumed.get(key, 0)}
        self._assumed |= {key: bits if self._rounds < _PATIENCE else WORD_BITS for key, bits in grown.items()}
        self._counted = {key for key in self._counted if self._assumed.get(key, 0) <= COUNTER_BITS}
        is_settled = not grown and self._counted == self._counted_before
        self._found, self._counted_before = {}, set(self._counted)
        return is_settled


def variable_key(function: Function, name: str, kind: Type) -> Key | None:
    """The key of a function's local, argument or result; None for what is no unsigned number."""
    return (function.source, function.name, name) if _is_number(kind) else None


def member_key(struct: Struct, name: str, kind: Type) -> Key | None:
    """The key of a member, one for all values of the struct."""
    return (struct, name) if _is_number(kind) else None


def _is_number(kind: Type) -> bool:
    return isinstance(kind, Scalar) and not kind.integer.is_signed and not kind.is_bool and not kind.is_address
