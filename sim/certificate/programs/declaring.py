"""What stands before the functions of a random source: types, state, constants, events, interfaces."""

from __future__ import annotations

from collections.abc import Sequence

from sim.certificate.programs.kinds import (
    NUMBERS,
    PERSON,
    TRUTH,
    UINT8,
    UINT256,
    Fixed,
    Flag,
    Keyed,
    Kind,
    Listing,
    Number,
    Record,
    edge,
    fixed,
    is_open,
    is_scalar,
    is_static,
    keyed,
    listing,
    words,
)
from sim.certificate.programs.scope import VIEW, WRITE, Names, Variable
from sim.certificate.programs.tree import Declaration, Routine
from sim.native.extents import Extent

#: Words that a variable takes at most, and keys of a mapping by number.
_MOST_WORDS, _KEYS = 40, (2, 3, 5)
_MOST_INDEXED = 3


class Types:
    """The types of a program; structs and flags are declared in one file for all."""

    def __init__(self, names: Names, home: str) -> None:
        self.names, self.random, self._home = names, names.random, home
        self.declarations: list[Declaration] = []
        self.scalars: list[Kind] = [TRUTH, PERSON]
        if self.random.random() < 0.4:
            self.scalars.append(self._flag())
        simple = self._record([self.scalar() for _ in range(self.random.randint(2, 4))])
        self.kinds: list[Kind] = [*self.scalars[1:], simple]
        self._add(fixed(self._item(), self.random.randint(2, 3)))
        self._add(listing(self.number(), self.random.randint(2, 4)))
        if self.random.random() < 0.5:
            self._add(listing(simple, self.random.randint(1, 3)))
        if self.random.random() < 0.3:
            self._add(fixed(simple, 2))
        if self.random.random() < 0.3:
            self._add(self.random.choice((fixed, listing))(self.kinds[-1], 2))
        if self.random.random() < 0.4:
            self._add(self._record([self.random.choice(self.kinds), self.scalar(), self.random.choice(self.kinds)]))
        if self.random.random() < 0.2:
            self._add(listing(UINT256, 5))
        if self.random.random() < 0.08:  # the ABI's words in a loop
            self._add(fixed(self._item(), self.random.randint(25, 30)))

    def scalar(self) -> Kind:
        """A type of one word."""
        return self.number() if self.random.random() < 0.65 else self.random.choice(self.scalars)

    def any(self) -> Kind:
        """A type of a value."""
        return self.scalar() if self.random.random() < 0.6 else self.random.choice(self.kinds)

    def _item(self) -> Kind:
        """A scalar that arrays may have: no flag."""
        found = self.scalar()
        return UINT256 if isinstance(found, Flag) else found

    def open(self, *, is_whole: bool = True) -> Kind:
        """A type that users may be given; static unless it is the whole answer."""
        fits = is_open if is_whole else is_static
        return self.random.choice([kind for kind in (self.any() for _ in range(4)) if fits(kind)] or [UINT256])

    def number(self) -> Number:
        """An integer type."""
        return self.random.choices(tuple(NUMBERS), tuple(NUMBERS.values()))[0]

    def _add(self, kind: Kind) -> None:
        if words(kind) <= _MOST_WORDS and kind not in self.kinds:
            self.kinds.append(kind)

    def _flag(self) -> Flag:
        name, members = self.names.new("F"), tuple("ABCDE"[: self.random.randint(1, 5)])
        body = "".join(f"\n    {member}" for member in members)
        self.declarations.append(Declaration(name, f"\n\nflag {name}:{body}"))
        return Flag(self._home + name, members)

    def _record(self, kinds: Sequence[Kind]) -> Record:
        name, members = self.names.new("S"), tuple(zip("abcdef", kinds, strict=False))
        # In the file of its home a type is called by its bare name.
        body = "".join(f"\n    {member}: {kind.text.replace(self._home or '.', '')}" for member, kind in members)
        self.declarations.append(Declaration(name, f"\n\nstruct {name}:{body}"))
        return Record(self._home + name, members)


class State:
    """Variables of a file: as the file itself names them."""

    def __init__(self, types: Types, letter: str, count: int) -> None:
        self.types, self.random, self._letter = types, types.random, letter
        self.declarations: list[Declaration] = []
        self.variables: list[Variable] = []
        self.extents: list[tuple[str, tuple[Extent, ...]]] = []
        self._number()
        for _ in range(count):
            self._declare(types.names.new(letter), self._kind())

    def _number(self) -> None:
        self._declare(self.types.names.new(self._letter), self.random.choice((UINT256, UINT256, *NUMBERS)))

    def _kind(self) -> Kind:
        random, item = self.random, self.types.any()
        if random.random() < 0.62 or words(item) > 8:
            return item
        inner = keyed(*random.choice(((UINT256, item, random.choice(_KEYS)), (PERSON, item, 0))))
        if random.random() < 0.2 and words(item) <= 4:
            return keyed(PERSON, inner)
        if random.random() < 0.2:
            return keyed(UINT8, item, random.choice(_KEYS))
        return inner

    def _declare(self, name: str, kind: Kind) -> None:
        self.variables.append(Variable(f"self.{name}", kind))
        extents: list[Extent] = []
        item = kind
        while isinstance(item, Keyed):
            extents.append(item.extent or "addresses")
            item = item.item
        if any(each != "addresses" for each in extents):
            self.extents.append((name, tuple(extents)))
        # A getter by number would be asked for keys that native storage has no room for.
        is_public = self.random.random() < 0.5 and not any(isinstance(each, int) for each in extents)
        is_public = is_public and is_static(_innermost(item))
        self.declarations.append(
            Declaration(name, f"{name}: public({kind.text})" if is_public else f"{name}: {kind.text}")
        )


def _innermost(kind: Kind) -> Kind:
    while isinstance(kind, (Fixed, Listing, Keyed)):
        kind = kind.item
    return kind


def constant(names: Names) -> tuple[Declaration, tuple[str, Number]]:
    """A number by a name."""
    random = names.random
    kind = random.choices(tuple(NUMBERS), tuple(NUMBERS.values()))[0]
    name = names.new("K")
    return Declaration(name, f"{name}: constant({kind.text}) = {edge(kind, random)}"), (name, kind)


def constant_row(names: Names) -> tuple[Declaration, Variable]:
    """An array by a name."""
    random = names.random
    kind = fixed(UINT256, random.randint(2, 3))
    name = names.new("KS")
    items = ", ".join(str(edge(UINT256, random)) for _ in range(kind.length))
    return Declaration(name, f"{name}: constant({kind.text}) = [{items}]"), Variable(name, kind, is_writable=False)


def event(names: Names, types: Types) -> tuple[Declaration, tuple[str, tuple[tuple[str, Kind], ...]]]:
    """An event of static arguments, of which some are indexed."""
    name, random = names.new("E"), names.random
    lines, arguments, indexed = [], [], 0
    for letter in "abcd"[: random.randint(1, 4)]:
        kind = types.open(is_whole=False)
        is_indexed = is_scalar(kind) and indexed < _MOST_INDEXED and random.random() < 0.4
        indexed += is_indexed
        lines.append(f"\n    {letter}: {f'indexed({kind.text})' if is_indexed else kind.text}")
        arguments.append((letter, kind))
    return Declaration(name, f"\n\nevent {name}:{''.join(lines)}"), (name, tuple(arguments))


def interface(name: str, routines: Sequence[tuple[Routine, int]]) -> Declaration:
    """What another contract can do."""
    words_of = {VIEW: "view", WRITE: "nonpayable"}
    lines = "".join(f"\n    def {made.declared}: {words_of[does]}" for made, does in routines)
    return Declaration(name, f"\n\ninterface {name}:{lines}")
