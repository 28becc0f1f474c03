"""Random loops."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TypeVar

from sim.certificate.programs.kinds import UINT256, Fixed, Kind, Listing, Number
from sim.certificate.programs.scope import MOST_WORK, Variable, routes
from sim.certificate.programs.terms import Terms
from sim.certificate.programs.tree import Block, Line, Term

_ROUNDS = (1, 2, 3, 3, 5)
_T = TypeVar("_T")


class Loops(Terms):
    """Statements that repeat others."""

    @abstractmethod
    def body(self, count: int, depth: int) -> tuple[Line, ...]:
        """Some statements."""

    @abstractmethod
    def _assigned(self, depth: int) -> list[Line]:
        """An assignment."""

    def silent(self, make: Callable[[], _T]) -> _T:
        """What is made calls no function."""
        kept, self.scope.around.functions = self.scope.around.functions, []
        try:
            return make()
        finally:
            self.scope.around.functions = kept

    def looped(self, depth: int) -> list[Line]:
        """A loop over numbers or over items."""
        if self.scope.loops >= 2 or self.scope.work + 30 * self.scope.factor > MOST_WORK:
            return self._assigned(depth)
        if self.random.random() < 0.45 and (found := self._walk(depth)):
            return [found]
        kind = self.some_number() if self.random.random() < 0.4 else UINT256
        rounds = self.random.choice(_ROUNDS)
        parts, span = self._span(kind, rounds)
        return [self._round(kind, f"range({span})", parts, rounds, depth)]

    def _span(self, kind: Number, rounds: int) -> tuple[tuple[Term, ...], str]:
        """Bounds: literals, or expressions with a bound that they mostly keep."""
        choice = self.random.random()
        if choice < 0.3:
            return (), str(rounds)
        if choice < 0.45:
            low = max(kind.low, self.random.choice((-2, 0, 1, 7, kind.high - rounds)))
            return (), f"{low}, {low + rounds}"
        end = Term(kind, f"({{}} % {rounds + 1})", (self.number(kind, 1),))
        if choice < 0.75:
            wild = self.number(kind, 1) if self.random.random() < 0.15 else end
            return (wild,), f"{{}}, bound={rounds}"
        first = self._leaf(kind)
        name = self.random.choice(("unsafe_add", "max"))
        last = Term(kind, f"{name}({{}}, {{}})", (first, end))
        return (first, last), f"{{}}, {{}}, bound={rounds}"

    def _walk(self, depth: int) -> Line | None:
        """Through the items of a variable."""
        kinds: list[Kind] = [k for k in self.scope.around.kinds if isinstance(k, (Fixed, Listing))]
        found = [(v, route, kind) for v in self.scope.readable() for kind in kinds for route in routes(v.kind, kind)]
        if not found:
            return None
        variable, route, kind = self.random.choice(found)
        source = self.reach(variable, route, 0)
        if isinstance(kind, Fixed):
            return self._round(kind.item, "{}", (source,), kind.length, depth, variable)
        assert isinstance(kind, Listing)
        return self._round(kind.item, "{}", (source,), kind.capacity, depth, variable)

    def _round(
        self, kind: Kind, span: str, parts: tuple[Term, ...], rounds: int, depth: int, walked: Variable | None = None
    ) -> Line:
        name = self.scope.around.names.new("i")
        with self.scope.loop(rounds, walked.name if walked is not None else None):
            self.scope.locals.append(Variable(name, kind, is_writable=False))
            lines = self.body(self.random.randint(1, 2), depth - 1)
        return Line(f"for {name}: {kind.text} in {span}:", parts, (Block("", lines),))
