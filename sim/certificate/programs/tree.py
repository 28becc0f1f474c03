"""Programs as trees: whoever looks for the part that matters can leave out any other and print the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sim.certificate.programs.kinds import Kind
from sim.native.extents import Extent

HEAD = "# pragma version 0.4.3\n# pragma nonreentrancy on\n"
_INDENT = "    "
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Term:
    """An expression: `form` has a `{}` for each part."""

    kind: Kind
    form: str
    parts: tuple[Term, ...] = ()
    is_known: bool = False  # the compiler knows its value, and may refuse the source for it

    def __str__(self) -> str:
        return self.form.format(*self.parts) if self.parts else self.form


@dataclass(frozen=True, slots=True)
class Block:
    """Statements below a line of their own."""

    head: str  # empty for those right below their statement
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A statement: `form` has a `{}` for each part."""

    form: str
    parts: tuple[Term, ...] = ()
    blocks: tuple[Block, ...] = ()

    def text(self, depth: int) -> Iterator[str]:
        """Its lines."""
        yield _INDENT * depth + (self.form.format(*self.parts) if self.parts else self.form)
        for block in self.blocks:
            if block.head:
                yield _INDENT * depth + block.head
            yield from body_text(block.lines, depth + 1)


def body_text(lines: Iterable[Line], depth: int) -> Iterator[str]:
    """Statements, or `pass` where there are none."""
    found = [text for line in lines for text in line.text(depth)]
    yield from found or [_INDENT * depth + "pass"]


@dataclass(frozen=True, slots=True)
class Routine:
    """A function."""

    name: str
    arguments: tuple[tuple[str, Kind], ...]
    returns: tuple[Kind, ...]
    decorators: tuple[str, ...]
    body: tuple[Line, ...]

    @property
    def is_external(self) -> bool:
        return "external" in self.decorators

    @property
    def declared(self) -> str:
        """Name, arguments and results."""
        given = ", ".join(f"{name}: {kind.text}" for name, kind in self.arguments)
        found = ", ".join(kind.text for kind in self.returns)
        answer = "" if not self.returns else f" -> {found}" if len(self.returns) == 1 else f" -> ({found})"
        return f"{self.name}({given}){answer}"

    def text(self) -> str:
        """All of it."""
        head = [*(f"@{name}" for name in self.decorators), f"def {self.declared}:"]
        return "\n".join([*head, *body_text(self.body, 1)])


@dataclass(frozen=True, slots=True)
class Declaration:
    """What stands before the functions; without a name it always stays, else only while something mentions it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """A source."""

    name: str
    declarations: tuple[Declaration, ...]
    routines: tuple[Routine, ...]

    def text(self, wanted: str = "") -> str:
        """The source without what nothing mentions; `wanted` is what other files say."""
        bodies = [routine.text() for routine in self.routines]
        kept: list[Declaration] = [d for d in self.declarations if not d.name]
        waiting = [d for d in self.declarations if d.name]
        said = set(_WORD.findall("\n".join([wanted, *bodies, *(d.text for d in kept)])))
        while found := [d for d in waiting if d.name in said]:
            kept += found
            waiting = [d for d in waiting if d.name not in said]
            said.update(_WORD.findall("\n".join(d.text for d in found)))
        standing = [d.text for d in self.declarations if d in kept]
        return HEAD + "\n".join(standing) + "\n\n\n" + "\n\n\n".join(bodies) + "\n"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract of a program: its name, its file, and what its constructor is given."""

    name: str
    file: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """Files, the contracts that are made of them, and how many keys their mappings have."""

    files: tuple[File, ...]
    contracts: tuple[Deployed, ...]
    extents: tuple[tuple[str, tuple[Extent, ...]], ...] = ()

    def sources(self) -> dict[str, str]:
        """Text by file name."""
        # What is imported stands first: the files after it say what they need of it.
        texts: list[str] = []
        for file in reversed(self.files):
            texts.append(file.text("\n".join(texts)))
        return {f"{file.name}.vy": text for file, text in zip(self.files, reversed(texts), strict=True)}

    def with_file(self, index: int, file: File) -> Program:
        """The same with another file in its place."""
        return replace(self, files=(*self.files[:index], file, *self.files[index + 1 :]))
