"""Random statements, and functions made of them."""

from __future__ import annotations

from collections.abc import Callable

from sim.certificate.programs.kinds import NUMBERS, TRUTH, UINT256, Keyed, Kind, Listing, Number, is_scalar
from sim.certificate.programs.loops import Loops
from sim.certificate.programs.numbers import MOST_PARTS
from sim.certificate.programs.scope import PURE, VIEW, WRITE, Known, Scope, Surroundings, Variable, routes
from sim.certificate.programs.tree import Block, Line, Routine, Term

_SIGNS = ("+", "+", "-", "*", "//", "%", "&", "|", "^")
_MOST_CODE = 60
_DECORATORS = {PURE: ("pure",), VIEW: ("view",), WRITE: ()}


class Statements(Loops):
    """The statements of one function."""

    def body(self, count: int, depth: int) -> tuple[Line, ...]:
        """Some statements; what leaves comes last."""
        return tuple(line for _ in range(count) for line in self._some(depth))

    def block(self, count: int, depth: int, *, may_leave: bool) -> Block:
        """The statements below an `if` or `else`."""
        with self.scope.block():
            lines = self.body(count, depth)
            if may_leave and self.random.random() < 0.25:
                lines = (*lines, self._leaving())
        return Block("", lines)

    def _some(self, depth: int) -> list[Line]:
        self.scope.spend(1)
        self.left = MOST_PARTS
        ways: list[tuple[int, Callable[[int], list[Line]]]] = [
            (20, self._declared),
            (20, self._assigned),
            (14, self._augmented),
            (8, self._listed),
            (7, self._asserted),
            (10, self._calling),
        ]
        if depth > 0:
            ways += [(12, self._branched), (9, self.looped)]
        if self.scope.does == WRITE and self.scope.around.events:
            ways.append((7, self._logged))
        if self.scope.loops:
            ways.append((7, self._jumped))
        weight, make = zip(*ways, strict=True)
        return self.random.choices(make, weight)[0](depth)

    # ------------------------------------------------------------------ values

    def _declared(self, depth: int) -> list[Line]:
        kind = self.some_kind()
        return [self.declared(self.scope.around.names.new("v"), kind, self._source(kind))]

    def declared(self, name: str, kind: Kind, source: Term) -> Line:
        """A new local, visible from here on."""
        self.scope.locals.append(Variable(name, kind))
        return Line(f"{name}: {kind.text} = {{}}", (source,))

    def some_kind(self) -> Kind:
        """A type that values have here."""
        if self.random.random() < 0.5:
            return self.some_number()
        return self.random.choice([TRUTH, *self.scope.around.kinds])

    def _source(self, kind: Kind) -> Term:
        """A value for a place; a longer list takes a shorter one, too."""
        if isinstance(kind, Listing) and self.random.random() < 0.3:
            shorter = [
                variable
                for variable in self.scope.readable()
                if isinstance(variable.kind, Listing)
                and variable.kind.item == kind.item
                and variable.kind.capacity < kind.capacity
            ]
            if shorter:
                chosen = self.random.choice(shorter)
                return Term(chosen.kind, chosen.name)
        return self.term(kind, 2, is_free=True)

    def _target(self, kinds: list[Kind]) -> Term | None:
        """A place of one of these types that may be written."""
        found = [(v, route) for v in self.scope.writable() for kind in kinds for route in routes(v.kind, kind)]
        if not found:
            return None
        return self.reach(*self.random.choice(found), 1)

    def _assigned(self, depth: int) -> list[Line]:
        kinds = [self.some_kind(), self.some_kind(), *self.scope.around.kinds]
        target = self._target(kinds)
        if target is None:
            return self._declared(depth)
        # Behind an index the parts of a larger value call nothing: the subset says so.
        is_plain = is_scalar(target.kind) or "[" not in str(target)
        source = self._source(target.kind) if is_plain else self.silent(lambda: self._source(target.kind))
        return [Line("{} = {}", (target, source))]

    def kept(self) -> list[Line]:
        """State is written, mostly."""
        if self.random.random() < 0.3 or not self.scope.around.state:
            return []
        self.left = MOST_PARTS
        variable = self.random.choice(self.scope.around.state)
        found = [(kind, r) for kind in (*NUMBERS, *self.scope.around.kinds) for r in routes(variable.kind, kind)]
        kind, route = self.random.choice(found) if found else (variable.kind, ())
        if isinstance(kind, Keyed):
            return []
        source = self.silent(lambda: self._source(kind))
        return [Line("{} = {}", (self.reach(variable, route, 1), source))]

    def guarded(self) -> list[Line]:
        """A late refusal, sometimes."""
        self.left = MOST_PARTS
        return self._asserted(0) if self.random.random() < 0.5 else []

    def _augmented(self, depth: int) -> list[Line]:
        kinds = {v.kind for v in self.scope.writable() if isinstance(v.kind, Number)}
        target = self._target([UINT256, *sorted(kinds, key=lambda kind: kind.text), self.some_number()])
        if target is None or not isinstance(target.kind, Number):
            return self._assigned(depth)
        sign = self.random.choice(_SIGNS)
        value = self.number(target.kind, 1, is_free=True)
        if sign in ("//", "%"):
            value = self._divisor(target.kind, value)
        return [Line(f"{{}} {sign}= {{}}", (target, value))]

    def _listed(self, depth: int) -> list[Line]:
        """append or pop."""
        lists = [v for v in self.scope.writable() if not isinstance(v.kind, Number)]
        held = [(v, kind) for v in lists for kind in self.scope.around.kinds if isinstance(kind, Listing)]
        found = [(v, route, kind) for v, kind in held for route in routes(v.kind, kind)]
        if not found:
            return self._assigned(depth)
        variable, route, kind = self.random.choice(found)
        target = self.reach(variable, route, 1)
        if self.random.random() < 0.62:
            item = self.silent(lambda: self.term(kind.item, 1, is_free=True))
            return [Line("{}.append({})", (target, item))]
        if self.random.random() < 0.4:
            return [Line("{}.pop()", (target,))]
        return [self.declared(self.scope.around.names.new("v"), kind.item, Term(kind.item, "{}.pop()", (target,)))]

    # ------------------------------------------------------------------ control

    def _branched(self, depth: int) -> list[Line]:
        test = self.truth(2)
        first = self.block(self.random.randint(1, 2), depth - 1, may_leave=True)
        if self.random.random() < 0.5:
            return [Line("if {}:", (test,), (first,))]
        other = self.block(1, depth - 1, may_leave=False)
        return [Line("if {}:", (test,), (first, Block("else:", other.lines)))]

    def _leaving(self) -> Line:
        if self.random.random() < 0.08:
            return Line(self.random.choice(('raise "no"', "raise")))
        return self.returned()

    def returned(self) -> Line:
        """Leave with a result."""
        given = tuple(self._source(kind) for kind in self.scope.returns)
        return Line(f"return {', '.join(['{}'] * len(given))}".rstrip(), given)

    def _jumped(self, depth: int) -> list[Line]:
        where = Line(self.random.choice(("break", "continue")))
        return [Line("if {}:", (self.truth(1),), (Block("", (where,)),))]

    def _asserted(self, depth: int) -> list[Line]:
        test = self.truth(2)
        if self.random.random() < 0.75:  # most calls should go on
            test = Term(TRUTH, "({} or {})", (test, self.truth(1)))
        if self.random.random() < 0.7:
            code = Term(UINT256, str(self.random.randint(1, _MOST_CODE)), is_known=True)
            if self.random.random() < 0.1:
                code = Term(UINT256, "({} + 1)", (self.small(1, _MOST_CODE, is_free=False),))
            return [Line(f"{self.scope.around.check}({{}}, {{}})", (test, code))]
        return [Line(self.random.choice(("assert {}", 'assert {}, "no"')), (test,))]

    # ------------------------------------------------------------------ calls and events

    def _calling(self, depth: int) -> list[Line]:
        """A call that stands alone; it may change state."""
        known = [f for f in self.scope.callable(self.scope.does) if f.does > VIEW or len(f.returns) > 1]
        if self.scope.walked:
            known = [f for f in known if f.does < WRITE or f.interface]
        if not known:
            return self._assigned(depth)
        function = self.random.choice(known)
        call = self.call(function, 2)
        if len(function.returns) > 1:
            return self._unpacked(function, call)
        if not function.returns or self.random.random() < 0.25:
            return [Line("{}", (call,))]
        kind = function.returns[0]
        plain = [v for v in self.scope.writable() if v.kind == kind]
        if plain and self.random.random() < 0.5:
            return [Line("{} = {}", (Term(kind, self.random.choice(plain).name), call))]
        return [self.declared(self.scope.around.names.new("v"), kind, call)]

    def _unpacked(self, function: Known, call: Term) -> list[Line]:
        """Several results into variables, some of them new."""
        lines: list[Line] = []
        targets: list[Term] = []
        for kind in function.returns:
            plain = [v.name for v in self.scope.writable() if v.kind == kind and v.name not in map(str, targets)]
            if not plain or self.random.random() < 0.4:
                name = self.scope.around.names.new("v")
                lines.append(self.declared(name, kind, Term(kind, f"empty({kind.text})")))
                plain = [name]
            targets.append(Term(kind, self.random.choice(plain)))
        form = ", ".join(["{}"] * len(targets))
        return [*lines, Line(f"{form} = {{}}", (*targets, call))]

    def _logged(self, depth: int) -> list[Line]:
        name, arguments = self.random.choice(self.scope.around.events)
        form = ", ".join(f"{argument}={{}}" for argument, _ in arguments)
        return [Line(f"log {name}({form})", tuple(self.term(kind, 1, is_free=True) for _, kind in arguments))]


def routine(
    around: Surroundings,
    name: str,
    does: int,
    arguments: tuple[tuple[str, Kind], ...],
    returns: tuple[Kind, ...],
    *,
    is_external: bool,
    is_reentrant: bool = False,
    length: int,
) -> tuple[Routine, Known]:
    """A random function, and what its callers have to know."""
    scope = Scope(around, does, returns)
    scope.locals = [Variable(each, kind, is_writable=not is_external) for each, kind in arguments]
    statements = Statements(scope)
    if does == WRITE:  # what is written, and then refused, has to be undone
        body = (*statements.kept(), *statements.body(length, 2), *statements.kept(), *statements.guarded())
    else:
        body = statements.body(length, 2)
    if returns:
        body = (*body, statements.returned())
    decorators = ("external" if is_external else "internal", *_DECORATORS[does])
    if is_reentrant:
        decorators = (*decorators, "reentrant")
    kinds = tuple(kind for _, kind in arguments)
    made = Routine(name, arguments, returns, decorators, body)
    return made, Known(name, kinds, returns, does, scope.work + 2)
