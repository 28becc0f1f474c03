"""Random expressions of a wanted type."""

from __future__ import annotations

from sim.certificate.programs.kinds import (
    PERSON,
    TRUTH,
    UINT256,
    Fixed,
    Flag,
    Keyed,
    Kind,
    Listing,
    Number,
    Record,
    is_scalar,
)
from sim.certificate.programs.numbers import Numbers
from sim.certificate.programs.scope import PURE, VIEW, Known, Scope, Variable, routes
from sim.certificate.programs.tree import Term

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class Terms(Numbers):
    """Expressions that may stand in a scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope.random, scope.around.constants)
        self.scope = scope

    def term(self, kind: Kind, depth: int = 2, *, is_free: bool = False) -> Term:
        """An expression of a type.

        Args:
            depth: of operators inside operators.
            is_free: it may also be a literal: its type is told by where it stands.
        """
        random = self.random
        depth = self.spend(depth)
        if isinstance(kind, Number):
            return self.number(kind, depth, is_free=is_free)
        if depth > 0 and random.random() < 0.2 and (found := self._called(kind, depth)):
            return found
        if depth > 0 and random.random() < 0.1 and not isinstance(kind, (Fixed, Listing)):
            # Vyper itself fails on some choices between values that are made on the spot.
            arms = self._read(kind, depth - 1), self._read(kind, depth - 1)
            if arms[0] is not None and arms[1] is not None:
                return Term(kind, "({} if {} else {})", (arms[0], self.truth(depth - 1), arms[1]))
        if kind == TRUTH:
            return self.truth(depth, is_free=is_free)
        if isinstance(kind, Flag):
            return self._flags(kind, depth)
        found = self._read(kind, depth)
        if found is not None and random.random() < (0.8 if is_scalar(kind) else 0.6):
            return found
        return self._made(kind, depth, is_free=is_free)

    def _made(self, kind: Kind, depth: int, *, is_free: bool) -> Term:
        """A value that is put together."""
        if kind == PERSON:
            choices = ["empty(address)"] if self.scope.does == PURE else ["msg.sender", "msg.sender", "self"]
            return Term(kind, self.random.choice(choices))
        if self.random.random() < 0.15:
            return Term(kind, f"empty({kind.text})")
        if isinstance(kind, Record):
            form = ", ".join(f"{name}={{}}" for name, _ in kind.members)
            parts = tuple(self.term(member, depth - 1, is_free=True) for _, member in kind.members)
            return Term(kind, f"{kind.text}({form})", parts)
        if isinstance(kind, Fixed):
            return self._row(kind, kind.item, kind.length, depth)
        if isinstance(kind, Listing) and is_free:
            count = self.random.randint(0, min(kind.capacity, 3))
            return self._row(kind, kind.item, count, depth) if count else Term(kind, "[]")
        return Term(kind, f"empty({kind.text})")

    def _row(self, kind: Kind, item: Kind, count: int, depth: int) -> Term:
        parts = tuple(self.term(item, min(1, depth - 1)) for _ in range(count))
        return Term(kind, f"[{', '.join(['{}'] * count)}]", parts)

    def _flags(self, kind: Flag, depth: int) -> Term:
        found = self._read(kind, depth)
        member = Term(kind, f"{kind.text}.{self.random.choice(kind.members)}")
        if self.scope.does == PURE:  # Vyper takes a member there for state
            member = Term(kind, f"empty({kind.text})")
        if depth <= 0 or found is None:
            return found if found is not None and self.random.random() < 0.6 else member
        choice = self.random.random()
        if choice < 0.15:
            return Term(kind, "(~{})", (found,))
        if choice < 0.5:
            sign = self.random.choice("&|^")
            return Term(kind, f"({{}} {sign} {{}})", (found, self._flags(kind, depth - 1)))
        if choice < 0.6:
            return Term(
                kind, f"convert({{}}, {kind.text})", (self.small(depth - 1, 2 ** len(kind.members), is_free=False),)
            )
        return found if choice < 0.8 else member

    # ------------------------------------------------------------------ truth values

    def truth(self, depth: int = 2, *, is_free: bool = False) -> Term:
        """A truth value."""
        random, choice = self.random, self.random.random()
        depth = self.spend(depth)
        if is_free and choice < 0.1:
            return Term(TRUTH, random.choice(("True", "False")), is_known=True)
        if depth <= 0:
            return self._read(TRUTH, 0) or self._compared(0)
        if choice < 0.5:
            return self._compared(depth - 1)
        if choice < 0.72:
            words = f" {random.choice(('and', 'or'))} "
            parts = tuple(self.truth(depth - 1) for _ in range(random.choice((2, 2, 3))))
            return Term(TRUTH, f"({words.join(['{}'] * len(parts))})", parts)
        if choice < 0.8:
            return Term(TRUTH, "(not {})", (self.truth(depth - 1),))
        if choice < 0.84:
            return Term(TRUTH, "convert({}, bool)", (self.number(self.some_number(), depth - 1),))
        if choice < 0.92 and (found := self._called(TRUTH, depth)):
            return found
        return self._read(TRUTH, depth) or self._compared(depth - 1)

    def _compared(self, depth: int) -> Term:
        random, choice = self.random, self.random.random()
        if choice < 0.12 and self.scope.does > PURE:
            if random.random() < 0.2:
                return Term(TRUTH, "{}.is_contract", (self._read(PERSON, depth) or Term(PERSON, "msg.sender"),))
            parts = self.term(PERSON, depth), self.term(PERSON, depth)
            return Term(TRUTH, f"({{}} {random.choice(_COMPARISONS[-2:])} {{}})", parts)
        flags = [kind for kind in self.scope.around.kinds if isinstance(kind, Flag)]
        if choice < 0.2 and flags:
            kind = random.choice(flags)
            parts = self._flags(kind, depth), self._flags(kind, depth)
            return Term(TRUTH, f"({{}} {random.choice(_COMPARISONS[-2:])} {{}})", parts)
        number = self.some_number()
        parts = self.number(number, depth), self.number(number, depth, is_free=True)
        return Term(TRUTH, f"({{}} {random.choice(_COMPARISONS)} {{}})", parts)

    # ------------------------------------------------------------------ variables and calls

    def _read(self, kind: Kind, depth: int) -> Term | None:
        """A variable or a part of one; None where there is no such."""
        found = [(v, route) for v in self.scope.readable() for route in routes(v.kind, kind)]
        if depth <= 0:  # rather without an index, which would be an expression again
            found = [(v, route) for v, route in found if None not in route] or found
        if not found:
            return None
        variable, route = self.random.choice(found)
        return self.reach(variable, route, depth)

    def reach(self, variable: Variable, route: tuple[str | None, ...], depth: int) -> Term:
        """The part of a variable at the end of a route."""
        at = Term(variable.kind, variable.name)
        for step in route:
            kind = at.kind
            if isinstance(kind, Record):
                member = next(member for name, member in kind.members if name == step)
                at = Term(member, f"{{}}.{step}", (at,))
            elif isinstance(kind, (Fixed, Listing)):
                at = Term(kind.item, "{}[{}]", (at, self._index(at, depth - 1)))
            else:
                assert isinstance(kind, Keyed)
                key = self._key(kind, depth - 1)
                at = Term(kind.item, "{}[{}]", (at, key))
        return at

    def _key(self, kind: Keyed, depth: int) -> Term:
        """A key for which native storage has room."""
        if isinstance(kind.key, Number) and depth < 0:
            return Term(kind.key, str(self.random.randrange(kind.extent)), is_known=True)
        if depth < 0:
            return Term(PERSON, "msg.sender" if self.scope.does > PURE else "empty(address)")
        if isinstance(kind.key, Number):
            return self.small(depth, kind.extent, kind.key)
        return self.term(kind.key, depth)

    def _index(self, base: Term, depth: int) -> Term:
        """Mostly one of an item that exists."""
        kind, choice = base.kind, self.random.random()
        room = kind.length if isinstance(kind, Fixed) else kind.capacity if isinstance(kind, Listing) else 0
        if depth < 0 or choice < (0.5 if isinstance(kind, Fixed) else 0.2):
            return Term(UINT256, str(self.random.randrange(room)), is_known=True)
        if choice < 0.55 and isinstance(kind, Listing):
            return Term(UINT256, "({} % max(len({}), 1))", (self.number(UINT256, depth), base))
        if choice < 0.88:
            return self.small(depth, room)
        if choice < 0.96:  # perhaps the first beyond the end
            return self.small(depth, room + 1, is_free=False)
        return self.number(self.some_number() if self.random.random() < 0.4 else UINT256, depth)

    def _called(self, kind: Kind, depth: int) -> Term | None:
        """A call that changes nothing."""
        found = [f for f in self.scope.callable(min(VIEW, self.scope.does)) if kind in f.returns]
        if not found:
            return None
        function = self.random.choice(found)
        call = self.call(function, depth - 1)
        if len(function.returns) == 1:
            return call
        index = self.random.choice([i for i, each in enumerate(function.returns) if each == kind])
        return Term(kind, f"{{}}[{index}]", (call,))

    def call(self, function: Known, depth: int) -> Term:
        """A call with arguments."""
        self.scope.spend(function.work)
        kind = function.returns[0] if function.returns else TRUTH
        given = tuple(self.term(each, min(1, depth), is_free=True) for each in function.arguments)
        holes = ", ".join(["{}"] * len(given))
        if not function.interface:
            return Term(kind, f"{function.name}({holes})", given)
        word = "extcall" if function.does > VIEW else "staticcall"
        if self.random.random() < 0.15:
            who = Term(PERSON, f"{function.interface}({{}})", (self.term(PERSON, 0),))
        else:
            who = Term(PERSON, self.random.choice(self.scope.around.peers[function.interface]))
        form = f"{word} {{}}.{function.name}({holes})"
        return Term(kind, form if function.does > VIEW else f"({form})", (who, *given))

    # ------------------------------------------------------------------ what numbers ask for

    def number_read(self, kind: Number, depth: int) -> Term | None:
        return self._read(kind, depth)

    def number_called(self, kind: Number, depth: int) -> Term | None:
        return self._called(kind, depth)

    def length(self) -> Term | None:
        """The length of some list."""
        lists = {k for k in self.scope.around.kinds if isinstance(k, Listing)}
        found = [self._read(kind, 0) for kind in sorted(lists, key=lambda k: k.text)]
        known = [each for each in found if each is not None]
        return Term(UINT256, "len({})", (self.random.choice(known),)) if known else None

    def flags_read(self) -> Term | None:
        kinds = [kind for kind in self.scope.around.kinds if isinstance(kind, Flag)]
        return self._read(self.random.choice(kinds), 0) if kinds else None

    def condition(self, depth: int) -> Term:
        return self.truth(depth)

    def sees_the_block(self) -> bool:
        return self.scope.does > PURE
