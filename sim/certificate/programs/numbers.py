"""Random expressions of an integer type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from random import Random

from sim.certificate.programs.kinds import INT256, NUMBERS, UINT8, UINT256, Kind, Number, edge
from sim.certificate.programs.tree import Term

#: Parts of a statement's expressions; Vyper's compiling time grows faster than they do.
MOST_PARTS = 12
_ARITHMETIC = {"+": 6, "-": 3, "*": 4, "//": 3, "%": 3}
_UNSAFE = ("add", "sub", "mul", "div")
_EXPONENTS = (0, 1, 2, 2, 3, 5, 7)
_BASES = (-2, -1, 0, 1, 2, 2, 3, 10)


class Numbers(ABC):
    """What reads variables and calls functions is the heir's."""

    def __init__(self, random: Random, constants: Sequence[tuple[str, Number]] = ()) -> None:
        self.random, self.constants = random, constants
        self.left = MOST_PARTS

    def spend(self, depth: int) -> int:
        """Depth for a further part of a statement: none where it has many already."""
        self.left -= 1
        return depth if self.left > 0 else 0

    @abstractmethod
    def number_read(self, kind: Number, depth: int) -> Term | None:
        """A variable of the type."""

    @abstractmethod
    def number_called(self, kind: Number, depth: int) -> Term | None:
        """A function's answer."""

    @abstractmethod
    def length(self) -> Term | None:
        """Of a list."""

    @abstractmethod
    def flags_read(self) -> Term | None:
        """A variable that holds flags."""

    @abstractmethod
    def condition(self, depth: int) -> Term:
        """A truth value."""

    @abstractmethod
    def sees_the_block(self) -> bool:
        """Time and number of the block may be read."""

    def some_number(self) -> Number:
        """A type."""
        return self.random.choices(tuple(NUMBERS), tuple(NUMBERS.values()))[0]

    def literal(self, kind: Number) -> Term:
        """A number as it is written."""
        named = [name for name, other in self.constants if other == kind]
        if named and self.random.random() < 0.3:
            return Term(kind, self.random.choice(named), is_known=True)
        value = edge(kind, self.random)
        if value in (kind.low, kind.high) and self.random.random() < 0.5 and value:
            return Term(kind, f"{'min' if value == kind.low else 'max'}_value({kind.text})", is_known=True)
        return Term(kind, f"({value})" if value < 0 else str(value), is_known=True)

    def small(self, depth: int, most: int, kind: Number = UINT256, *, is_free: bool = True) -> Term:
        """A number below `most`."""
        if is_free and self.random.random() < 0.3:
            return Term(kind, str(self.random.randrange(most)), is_known=True)
        return Term(kind, f"({{}} % {most})", (self.number(kind, depth),))

    def number(self, kind: Number, depth: int, *, is_free: bool = False) -> Term:
        """An expression; the compiler does not know its value unless `is_free`."""
        if is_free and self.random.random() < 0.3:
            return self.literal(kind)
        depth = self.spend(depth)
        if depth <= 0:
            return self._leaf(kind, depth)
        weight, make = zip(*self._ways(kind), strict=True)
        return self.random.choices(make, weight)[0](kind, depth - 1) or self._leaf(kind)

    def _ways(self, kind: Number) -> list[tuple[int, Callable[[Number, int], Term | None]]]:
        ways: list[tuple[int, Callable[[Number, int], Term | None]]] = [
            (30, lambda kind, depth: self._leaf(kind, depth)),
            (32, self._arithmetic),
            (9, self._bits),
            (9, self._of_two),
            (10, self._converted),
            (5, self._choice),
            (14, self.number_called),
            (4, self._power),
        ]
        if kind.integer.is_signed:
            ways.append((5, lambda kind, depth: Term(kind, "(-{})", (self.number(kind, depth),))))
        if kind == INT256:
            ways.append((4, lambda kind, depth: Term(kind, "abs({})", (self.number(kind, depth),))))
        if kind == UINT256:
            ways.append((3, lambda kind, depth: Term(kind, "isqrt({})", (self.number(kind, depth),))))
            ways.append((3, lambda kind, depth: Term(kind, "(~{})", (self.number(kind, depth),))))
        if kind.integer.bits == 256:
            ways.append((8, self._shifted))
        return ways

    def _leaf(self, kind: Number, depth: int = 1) -> Term:
        """A variable, often made small: what always overflows says little."""
        choice = self.random.random()
        if kind == UINT256 and choice < 0.1 and self.sees_the_block():
            return Term(kind, self.random.choice(("block.timestamp", "block.number")))
        if kind == UINT256 and choice < 0.22 and (found := self.length()):
            return found
        read = self.number_read(kind, depth)
        if read is None:
            other = next((r for o in self._others(kind) if (r := self.number_read(o, min(depth, 0)))), None)
            return Term(kind, f"convert({{}}, {kind.text})", (self._tamed(other),)) if other else _empty(kind)
        return self._tamed(read) if self.random.random() < 0.55 else read

    def _tamed(self, term: Term) -> Term:
        kind = term.kind
        assert isinstance(kind, Number)
        most = self.random.choice((2, 3, 7, 10, 100))
        if kind == UINT256 and self.random.random() < 0.2:
            return Term(kind, f"({{}} {self.random.choice(('>> 200', '>> 128', '& 255', '& 7'))})", (term,))
        if kind.integer.is_signed or self.random.random() < 0.6:
            return Term(kind, f"({{}} % {most})", (term,))
        return Term(kind, f"min({{}}, {most})", (term,))

    def _others(self, kind: Number) -> list[Number]:
        others = [other for other in NUMBERS if other != kind]
        self.random.shuffle(others)
        return others

    def _arithmetic(self, kind: Number, depth: int) -> Term:
        sign = self.random.choices(tuple(_ARITHMETIC), tuple(_ARITHMETIC.values()))[0]
        left, right = self.number(kind, depth), self.number(kind, depth, is_free=True)
        if sign in ("//", "%"):
            right = self._divisor(kind, right)
        elif right.is_known and sign != "-" and self.random.random() < 0.3:
            left, right = right, left
        return Term(kind, f"({{}} {sign} {{}})", (left, right))

    def _divisor(self, kind: Number, found: Term) -> Term:
        """The compiler refuses a divisor that is known to be zero."""
        if found.is_known:
            value = edge(kind, self.random) or 3
            return Term(kind, f"({value})" if value < 0 else str(value), is_known=True)
        if self.random.random() < 0.65:
            return Term(kind, "max({}, 1)", (found,))
        return found

    def _bits(self, kind: Number, depth: int) -> Term:
        parts = self.number(kind, depth), self.number(kind, depth, is_free=True)
        return Term(kind, f"({{}} {self.random.choice('&|^')} {{}})", parts)

    def _of_two(self, kind: Number, depth: int) -> Term:
        name = self.random.choice(("min", "max", "min", "max", *(f"unsafe_{each}" for each in _UNSAFE)))
        parts = self.number(kind, depth), self.number(kind, depth, is_free=True)
        if name.endswith("div") and parts[1].is_known:
            parts = parts[0], self._divisor(kind, parts[1])
        return Term(kind, f"{name}({{}}, {{}})", parts)

    def _shifted(self, kind: Number, depth: int) -> Term:
        by = self.random.choice((UINT256, UINT256, UINT8))
        amount = self.small(depth, 258) if by == UINT256 else self.number(by, depth)
        if amount.is_known:  # Vyper refuses a literal beyond the word
            amount = Term(by, str(self.random.choice((0, 1, 8, 64, 96, 128, 255))), is_known=True)
        return Term(kind, f"({{}} {self.random.choice(('<<', '>>'))} {{}})", (self.number(kind, depth), amount))

    def _power(self, kind: Number, depth: int) -> Term:
        if self.random.random() < 0.6:
            exponents = [each for each in _EXPONENTS if each < kind.integer.bits - kind.integer.is_signed]
            return Term(kind, f"({{}} ** {self.random.choice(exponents)})", (self._tamed(self._leaf(kind)),))
        base = self.random.choice([each for each in _BASES if each in kind.integer])
        return Term(kind, f"({f'({base})' if base < 0 else base} ** {{}})", (self._tamed(self._leaf(kind)),))

    def _converted(self, kind: Number, depth: int) -> Term:
        choice = self.random.random()
        if choice < 0.1:
            return Term(kind, f"convert({{}}, {kind.text})", (self.condition(depth),))
        if choice < 0.2 and kind == UINT256 and (flags := self.flags_read()):
            return Term(kind, "convert({}, uint256)", (flags,))
        other = self._others(kind)[0] if self.random.random() < 0.6 or kind == UINT256 else UINT256
        return Term(kind, f"convert({{}}, {kind.text})", (self.number(other, depth),))

    def _choice(self, kind: Number, depth: int) -> Term:
        arms = self.number(kind, depth), self.number(kind, depth)
        return Term(kind, "({} if {} else {})", (arms[0], self.condition(depth), arms[1]))


def _empty(kind: Kind) -> Term:
    return Term(kind, f"empty({kind.text})")
