"""What a statement of a random program may mention: variables, functions, and how much work it may still cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random

from sim.certificate.programs.kinds import Fixed, Keyed, Kind, Listing, Number, Record

#: What a function may do, as an order.
PURE, VIEW, WRITE = 0, 1, 2
#: Statements that a call may execute, roughly: far from the gas of a call and from the room of the journal.
MOST_WORK = 1_500


@dataclass(frozen=True)
class Variable:
    """A name that holds a value."""

    name: str
    kind: Kind
    is_state: bool = False
    is_writable: bool = True


@dataclass(frozen=True)
class Known:
    """A function that may be called: of the own contract or a module, or of the other contract."""

    name: str  # as it is called: `self._f`, `store._f`; of another contract only its own name
    arguments: tuple[Kind, ...]
    returns: tuple[Kind, ...]
    does: int
    work: int
    interface: str = ""  # of another contract


@dataclass
class Names:
    """Names that are used once in all of a program."""

    random: Random
    _counts: dict[str, int] = field(default_factory=dict)

    def new(self, letter: str) -> str:
        """The next name that begins with this."""
        number = self._counts.get(letter, 0)
        self._counts[letter] = number + 1
        return f"{letter}{number}"


@dataclass
class Surroundings:
    """What all functions of a file share."""

    names: Names
    kinds: Sequence[Kind]  # that values have
    state: list[Variable] = field(default_factory=list)
    fixed: list[Variable] = field(default_factory=list)  # immutables: no pure function reads them
    functions: list[Known] = field(default_factory=list)
    peers: dict[str, list[str]] = field(default_factory=dict)  # interface -> what may stand before its function's name
    events: list[tuple[str, tuple[tuple[str, Kind], ...]]] = field(default_factory=list)
    constants: list[tuple[str, Number]] = field(default_factory=list)
    check: str = ""  # function that reverts with a code


class Scope:
    """Inside a function."""

    def __init__(self, around: Surroundings, does: int, returns: tuple[Kind, ...]) -> None:
        self.around, self.does, self.returns = around, does, returns
        self.random = around.names.random
        self.locals: list[Variable] = []
        self.loops = 0
        self.factor = 1  # how often the innermost loop's body runs
        self.work = 0
        self.walked: set[str] = set()  # state that is walked through: it must not be written

    def readable(self) -> list[Variable]:
        """All variables that may be read here."""
        shared = [*self.around.state, *self.around.fixed] if self.does >= VIEW else []
        return [*self.locals, *self.locals, *shared]

    def writable(self) -> list[Variable]:
        """All variables that may be written here."""
        state = self.around.state if self.does >= WRITE else []
        return [v for v in (*self.locals, *state, *state) if v.is_writable and v.name not in self.walked]

    def callable(self, does: int) -> list[Known]:
        """Functions that do no more than this, and for which there is time."""
        left = MOST_WORK - self.work
        return [f for f in self.around.functions if f.does <= does and f.work * self.factor < left]

    def spend(self, work: int) -> None:
        """Note work that is done in every round of the loops around it."""
        self.work += work * self.factor

    @contextmanager
    def block(self) -> Iterator[None]:
        """Names declared inside end with it."""
        kept = list(self.locals)
        yield
        self.locals = kept

    @contextmanager
    def loop(self, rounds: int, walked: str | None = None) -> Iterator[None]:
        """The body of a loop."""
        self.loops, self.factor, kept = self.loops + 1, self.factor * rounds, set(self.walked)
        if walked is not None:
            self.walked.add(walked)
        with self.block():
            yield
        self.loops, self.factor, self.walked = self.loops - 1, self.factor // rounds, kept


#: A way from a value to a part: a member's name, or None for an item.
Route = tuple[str | None, ...]


@cache
def routes(source: Kind, target: Kind) -> tuple[Route, ...]:
    """All ways from a value of a type to parts of another."""
    found: list[Route] = [()] if source == target else []
    if isinstance(source, Record):
        found += [(name, *rest) for name, kind in source.members for rest in routes(kind, target)]
    elif isinstance(source, (Fixed, Listing, Keyed)):
        found += [(None, *rest) for rest in routes(source.item, target)]
    return tuple(found)
