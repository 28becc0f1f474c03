"""A differing program's shortest form: calls, functions, statements and expressions are left out while it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from time import process_time
from typing import TypeVar

from sim.certificate.machine import Sent
from sim.certificate.programs.kinds import TRUTH, Number
from sim.certificate.programs.tree import Block, Line, Program, Routine, Term

#: Seconds of the processor that the search for a shorter program may take.
MOST_S = 60.0
#: The difference that a program and its calls show, if any.
Differs = Callable[[Program, Sequence[Sent]], "str | None"]
_Item = TypeVar("_Item")


def told(made: Program, sent: Sequence[Sent], difference: str, differs: Differs) -> str:
    """The difference, with the shortest program and calls that were found to show one."""
    made, sent, difference = shrink(made, list(sent), difference, differs)
    sources = "\n".join(f"--- {name}\n{text}" for name, text in made.sources().items())
    shown = "\n".join(f"  {call.sender} -> {call.target} {call.data.hex()}" for call in sent[-10:])
    given = ", ".join(f"{each.name} is {each.file}.vy with {each.arguments}" for each in made.contracts)
    return f"{difference}\n{sources}\n{given}; {len(sent)} calls:\n{shown}"


def shrink(made: Program, sent: list[Sent], difference: str, differs: Differs) -> tuple[Program, list[Sent], str]:
    """Leave out whatever can be left out, coarse things first."""
    until = process_time() + MOST_S
    sent = _fewer(made, sent, differs, until)
    at, is_smaller = 0, False
    while process_time() < until:
        smaller = next(islice(_smaller(made), at, None), None)
        if smaller is None:
            if not is_smaller:
                break
            at, is_smaller = 0, False
        elif found := differs(smaller, sent):
            # What follows stands in the place of what was left out.
            made, difference, is_smaller = smaller, found, True
        else:
            at += 1
    return made, _fewer(made, sent, differs, until), difference


def _fewer(made: Program, sent: list[Sent], differs: Differs, until: float) -> list[Sent]:
    """The calls up to the first that differs, then without halves, quarters, and so on."""
    same, different = 0, len(sent)
    while different - same > 1 and process_time() < until:
        middle = (same + different) // 2
        same, different = (same, middle) if differs(made, sent[:middle]) else (middle, different)
    sent = sent[:different]
    size = len(sent) // 2
    while size and process_time() < until:
        at = 0
        while at < len(sent) - 1 and process_time() < until:
            shorter = sent[:at] + sent[min(at + size, len(sent) - 1) :]
            if len(shorter) < len(sent) and differs(made, shorter):
                sent = shorter
            else:
                at += size
        size //= 2
    return sent


# ---------------------------------------------------------------------- programs with a part less


def _smaller(made: Program) -> Iterator[Program]:
    """Programs with one part less, or one that is simpler; whoever calls comes before what is called."""
    files = list(enumerate(made.files))[::-1]
    for i, file in files:
        for j, routine in list(enumerate(file.routines))[::-1]:
            if routine.name != "__init__":
                yield made.with_file(i, replace(file, routines=(*file.routines[:j], *file.routines[j + 1 :])))
        for j, declared in enumerate(file.declarations):
            if not declared.name:
                rest = (*file.declarations[:j], *file.declarations[j + 1 :])
                yield made.with_file(i, replace(file, declarations=rest))
    for change in (_statements, _expressions):
        for i, file in files:
            for j, routine in enumerate(file.routines):
                for body in change(routine.body):
                    changed: Routine = replace(routine, body=body)
                    yield made.with_file(i, replace(file, routines=_put(file.routines, j, changed)))


def _put(items: tuple[_Item, ...], index: int, item: _Item) -> tuple[_Item, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _statements(body: tuple[Line, ...]) -> Iterator[tuple[Line, ...]]:
    """Without some statements, or with what is inside of one instead."""
    if len(body) > 2:
        yield body[len(body) // 2 :]
        yield body[-1:]
    for i, line in enumerate(body):
        yield (*body[:i], *body[i + 1 :])
        for block in line.blocks:
            yield (*body[:i], *block.lines, *body[i + 1 :])
        if len(line.blocks) > 1:
            yield _put(body, i, replace(line, blocks=line.blocks[:1]))
        for j, block in enumerate(line.blocks):
            for lines in _statements(block.lines):
                yield _put(body, i, replace(line, blocks=_put(line.blocks, j, Block(block.head, lines))))


def _expressions(body: tuple[Line, ...]) -> Iterator[tuple[Line, ...]]:
    """With one expression simpler."""
    for i, line in enumerate(body):
        for parts in _simpler_parts(line.parts):
            yield _put(body, i, replace(line, parts=parts))
        for j, block in enumerate(line.blocks):
            for lines in _expressions(block.lines):
                yield _put(body, i, replace(line, blocks=_put(line.blocks, j, Block(block.head, lines))))


def _simpler_parts(parts: tuple[Term, ...]) -> Iterator[tuple[Term, ...]]:
    for i, part in enumerate(parts):
        for simpler in _simpler(part):
            yield _put(parts, i, simpler)


def _simpler(term: Term) -> Iterator[Term]:
    """A part of the same type, the plainest value, or the same with a simpler part."""
    if not term.parts:
        return
    yield from (part for part in term.parts if part.kind == term.kind)
    if isinstance(term.kind, Number):
        yield Term(term.kind, "1", is_known=True)
    elif term.kind == TRUTH:
        yield Term(term.kind, "True", is_known=True)
    else:
        yield Term(term.kind, f"empty({term.kind.text})")
    for parts in _simpler_parts(term.parts):
        yield replace(term, parts=parts)
