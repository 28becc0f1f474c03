"""Integer types of Vyper: how wide, signed or not, and which values they hold."""

from __future__ import annotations

from dataclasses import dataclass

WORD_BITS = 256
#: Words are numbers modulo this.
MODULUS = 1 << WORD_BITS


@dataclass(frozen=True, slots=True)
class Integer:
    """`uint8` .. `uint256`, `int8` .. `int256`. Every value is kept sign- or zero-extended in a word of 256 bits."""

    bits: int
    is_signed: bool

    @property
    def low(self) -> int:
        """The least value."""
        return -(1 << (self.bits - 1)) if self.is_signed else 0

    @property
    def high(self) -> int:
        """The greatest value."""
        return (1 << (self.bits - self.is_signed)) - 1

    def __contains__(self, value: int) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{'' if self.is_signed else 'u'}int{self.bits}"

    def value_of(self, word: int) -> int:
        """The value that a word stands for; a value that is not a word yet stands for itself."""
        word %= MODULUS
        return word - MODULUS if self.is_signed and word >> (WORD_BITS - 1) else word
