"""A whole program: types, modules, a second contract, state, a constructor, functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from sim.certificate.programs import declaring
from sim.certificate.programs.declaring import State, Types
from sim.certificate.programs.drawing import NOBODY, drawn
from sim.certificate.programs.kinds import PERSON, UINT256, Kind
from sim.certificate.programs.scope import PURE, VIEW, WRITE, Known, Names, Surroundings, Variable
from sim.certificate.programs.statements import routine
from sim.certificate.programs.tree import Declaration, Deployed, File, Line, Program, Routine, Term
from sim.chain.plan import Ref
from sim.native.extents import Extent

MAIN, OTHER = "main", "other"
_PEOPLE = (Ref("alice"), Ref("bob"), NOBODY)
_CHECK = """

@internal
@pure
def {}(ok: bool, code: uint256):
    if not ok:
        raw_revert(abi_encode(code, method_id=method_id("Failed(uint256)")))"""


def program(seed: int, number: int) -> Program:
    """The random program of a number."""
    return _Assembly(Names(Random(f"program {seed} {number}"))).program()


@dataclass
class _Draft:
    """A file that is being written."""

    name: str
    around: Surroundings
    declarations: list[Declaration] = field(default_factory=list)
    routines: list[Routine] = field(default_factory=list)

    def file(self) -> File:
        return File(self.name, tuple(self.declarations), tuple(self.routines))


class _Assembly:
    def __init__(self, names: Names) -> None:
        self.names, self.random = names, names.random
        self.is_split = self.random.random() < 0.45
        self.types = Types(names, "common." if self.is_split else "")
        self.extents: list[tuple[str, tuple[Extent, ...]]] = []
        self.files: list[File] = []
        self.work: dict[str, int] = {}  # of functions that other contracts call

    def program(self) -> Program:
        """All files, those that are imported first."""
        random, main = self.random, self._draft("Main")
        if self.is_split:
            self._common()
            main = self._draft("Main")
        else:
            main.declarations += self.types.declarations
            main.declarations.append(Declaration("_check", _CHECK.format("_check")))
        if self.is_split and random.random() < 0.45:
            self._modules(main)
        self._state(main, "s", random.randint(1, 3))
        self._constants(main)
        for _ in range(random.randint(0, 2)):
            declared, known = declaring.event(self.names, self.types)
            main.declarations.append(declared)
            main.around.events.append(known)
        self._internal(main)
        contracts = self._other(main) if self.is_split and random.random() < 0.65 else []
        arguments = self._constructor(main, has_peer=bool(contracts))
        if random.random() < 0.5:
            self._internal(main)
        for _ in range(2):
            self._external(main, "f", random.choice((PURE, VIEW, WRITE, WRITE, WRITE)))
        self.files.append(main.file())
        return Program(tuple(self.files), (*contracts, Deployed(MAIN, "Main", arguments)), tuple(self.extents))

    # ------------------------------------------------------------------ files

    def _draft(self, name: str) -> _Draft:
        around = Surroundings(self.names, self.types.kinds)
        around.check = "common.check" if self.is_split else "self._check"
        made = _Draft(name, around)
        if self.is_split and name != "Common":
            made.declarations.append(Declaration("common", "import Common as common"))
        return made

    def _common(self) -> None:
        """Types and pure functions."""
        draft = self._draft("Common")
        draft.declarations += self.types.declarations
        draft.declarations.append(Declaration("check", _CHECK.format("check")))
        self.files.append(draft.file())

    def _modules(self, main: _Draft) -> None:
        """State in a module, perhaps used by a second one."""
        store = self._draft("Store")
        self._state(store, "t", self.random.randint(1, 2))
        self._internal(store)
        lines = ["import Store as store", "initializes: store"]
        exported = self._external(store, "h", self.random.choice((VIEW, WRITE)))
        main.declarations.append(Declaration("store", "\n".join(lines)))
        self.files.append(store.file())
        self._lend(store, main, "store")
        main.declarations.append(Declaration("", f"exports: store.{exported.name}"))
        if self.random.random() < 0.4:
            clock = self._draft("Clock")
            clock.declarations.append(Declaration("store", "import Store as store\nuses: store"))
            self._lend(store, clock, "store")
            self._state(clock, "u", 1)
            self._use(clock)
            self._internal(clock)
            main.declarations.append(Declaration("clock", "import Clock as clock\ninitializes: clock[store := store]"))
            self.files.append(clock.file())
            self._lend(clock, main, "clock")

    def _use(self, clock: _Draft) -> None:
        """Vyper wants the state of a used module to be used."""
        lent = clock.around.state[0]
        name = self.names.new("_f")
        body = (Line("return {}", (Term(lent.kind, lent.name),)),)
        clock.routines.append(Routine(name, (), (lent.kind,), ("internal", "view"), body))
        clock.around.functions.append(Known(f"self.{name}", (), (lent.kind,), VIEW, 1))

    def _lend(self, module: _Draft, user: _Draft, name: str) -> None:
        """What a module has, as those that import it say it."""
        own = "self."
        for variable in module.around.state:
            if variable.name.startswith(own):
                user.around.state.append(replace(variable, name=f"{name}.{variable.name.removeprefix(own)}"))
        for known in module.around.functions:
            if known.name.startswith(own):
                user.around.functions.append(replace(known, name=f"{name}.{known.name.removeprefix(own)}"))

    def _other(self, main: _Draft) -> list[Deployed]:
        """A second contract, which may call back."""
        other = self._draft("Other")
        back = [self._external(main, "c", does, is_reentrant=self.random.random() < 0.5) for does in (VIEW, WRITE)]
        other.declarations.append(declaring.interface("IMain", list(zip(back, (VIEW, WRITE), strict=True))))
        other.around.peers = {"IMain": ["IMain(msg.sender)"]}
        for made, does in zip(back, (VIEW, WRITE), strict=True):
            kinds = tuple(kind for _, kind in made.arguments)
            work = self.work[made.name]
            other.around.functions.append(Known(made.name, kinds, made.returns, does, work, "IMain"))
        self._state(other, "p", 1)
        offered = []
        for does in (VIEW, WRITE):
            offered.append((self._external(other, "g", does), does))
        self.files.append(other.file())
        main.declarations.append(declaring.interface("IOther", offered))
        main.declarations.append(Declaration("peer", "peer: IOther"))
        main.declarations.append(Declaration("PEER", "PEER: immutable(IOther)"))
        main.around.peers = {"IOther": ["self.peer", "PEER"]}
        main.around.fixed.append(Variable("self.peer.address", PERSON, is_writable=False))
        for made, does in offered:
            kinds = tuple(kind for _, kind in made.arguments)
            main.around.functions.append(Known(made.name, kinds, made.returns, does, self.work[made.name], "IOther"))
        return [Deployed(OTHER, "Other")]

    # ------------------------------------------------------------------ parts of a file

    def _state(self, draft: _Draft, letter: str, count: int) -> None:
        made = State(self.types, letter, count)
        draft.declarations += made.declarations
        draft.around.state += made.variables
        self.extents += made.extents

    def _constants(self, draft: _Draft) -> None:
        for _ in range(self.random.randint(0, 2)):
            declared, known = declaring.constant(self.names)
            draft.declarations.append(declared)
            draft.around.constants.append(known)
        if self.random.random() < 0.3:
            declared, row = declaring.constant_row(self.names)
            draft.declarations.append(declared)
            draft.around.fixed.append(row)

    def _constructor(self, main: _Draft, *, has_peer: bool) -> tuple[Any, ...]:
        """Sets state and immutables to what it is given; what it is given."""
        arguments: list[tuple[str, Kind]] = []
        lines: list[Line] = []
        values: list[Any] = []
        if has_peer:
            arguments.append(("peer", Kind("IOther")))
            lines += [Line("self.peer = peer"), Line("PEER = peer")]
            values.append(Ref(OTHER))
        for _ in range(self.random.randint(0, 2)):
            name, kind = self.names.new("IMM"), self.types.scalar()
            main.declarations.append(Declaration(name, f"{name}: immutable({kind.text})"))
            main.around.fixed.append(Variable(name, kind, is_writable=False))
            lines.append(Line(f"{name} = {name.lower()}"))
            arguments.append((name.lower(), kind))
            values.append(drawn(kind, self.random, _PEOPLE))
        first = main.around.state[-1]
        if first.kind == UINT256:
            lines.append(Line("{} = {}", (Term(UINT256, first.name), Term(UINT256, "7"))))
        if lines:
            main.routines.insert(0, Routine("__init__", tuple(arguments), (), ("deploy",), tuple(lines)))
        return tuple(values)

    def _internal(self, draft: _Draft) -> None:
        random, name = self.random, self.names.new("_f")
        does = random.choice((PURE, VIEW, VIEW, WRITE, WRITE))
        arguments = self._arguments(self.types.any)
        returns = tuple(self.types.any() for _ in range(random.choice((0, 1, 1, 1, 2)) if does == WRITE else 1))
        if does < WRITE and random.random() < 0.2:
            returns = (*returns, self.types.scalar())
        made, known = routine(
            draft.around, name, does, arguments, returns, is_external=False, length=random.randint(1, 2)
        )
        draft.routines.append(made)
        draft.around.functions.append(replace(known, name=f"self.{name}"))

    def _arguments(self, draw: Callable[[], Kind]) -> tuple[tuple[str, Kind], ...]:
        """Some arguments, of which one is a number: each function has something to compute with."""
        kinds = [self.types.number(), *(draw() for _ in range(self.random.randint(0, 2)))]
        self.random.shuffle(kinds)
        return tuple((self.names.new("x"), kind) for kind in kinds)

    def _external(self, draft: _Draft, letter: str, does: int, *, is_reentrant: bool = False) -> Routine:
        random, name = self.random, self.names.new(letter)
        arguments = self._arguments(self.types.open)
        count = random.choice((0, 1, 1, 1, 2)) if does == WRITE else random.choice((1, 1, 2))
        returns = tuple(self.types.open(is_whole=count == 1) for _ in range(count))
        made, known = routine(
            draft.around,
            name,
            does,
            arguments,
            returns,
            is_external=True,
            is_reentrant=is_reentrant and does > PURE,
            length=random.randint(1, 3),
        )
        draft.routines.append(made)
        self.work[name] = known.work
        return made
