"""Every operator of every integer type, written in Vyper, with random operands: bytecode and machine code agree.

The kernel grid compares the kernel with Python at the edges; this compares what a contract makes of it with what Vyper
makes of the same source, including the clamps of hostile call data.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sim.certificate.probe import Bench, Part
from sim.certificate.twin import Sent
from sim.chain.failures import OK
from sim.native.kernel.integers import MODULUS, Integer

TYPES = tuple(
    Integer(bits, signed) for bits, signed in ((256, False), (256, True), (128, True), (64, False), (8, False))
)
_HEAD = "# pragma version 0.4.3\n# pragma nonreentrancy on\n"
_ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "div": "//", "mod": "%"}
_BITS = {"bit_and": "&", "bit_or": "|", "bit_xor": "^"}
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_DIVISORS = (1, 2, 3, 7, 100, 10_000, 2**64 - 59, 10**18, 10**27, 2**127, 2**128 + 1, 2**255)
_FACTORS = (1, 7, 10**18)
_EXPONENTS = (0, 1, 2, 3, 5, 77, 255)
_BASES = (-10, -2, -1, 0, 1, 2, 10, 10**18)
#: Calls of one batch, differences that are kept, and how often a word is one that its type does not hold.
_BATCH, _SHOWN, _HOSTILE_SHARE = 5_000, 20, 0.04


@dataclass(frozen=True, slots=True)
class OperatorsResult:
    """How many cases were compared, how many of them reverted, and the first differences: none, if all is right."""

    cases: int
    reverts: int
    differences: tuple[str, ...]
    functions: int


@dataclass(frozen=True, slots=True)
class Question:
    """A function of one operator: its name, the types of its operands, and its source."""

    name: str
    operands: tuple[Integer | None, ...]  # None is a truth value
    source: str


def run(cases: int = 150_000, seed: int = 1) -> OperatorsResult:
    """Compile all operators, and compare them on random operands, spread evenly over the functions."""
    asked = {f"of_{kind}": tuple(questions(kind)) for kind in TYPES}
    with tempfile.TemporaryDirectory() as folder:
        bench = _bench(asked, Path(folder))
    selectors = {(t, q.name): bench.selector(t, q.name) for t, group in asked.items() for q in group}
    pairs = [(target, question) for target, group in asked.items() for question in group]
    random = Random(seed)
    reverts, differences = 0, list[str]()
    for start in range(0, cases, _BATCH):
        chosen = [pairs[i % len(pairs)] for i in range(start, min(start + _BATCH, cases))]
        calls = [Sent("alice", t, selectors[t, q.name] + _data(q, random)) for t, q in chosen]
        outcome = bench.twin.run(calls)
        reverts += sum(answer.status != OK for answer in outcome.bytecode)
        differences.extend(outcome.differences)
        if outcome.limits:  # there are neither keys nor addresses, and every answer is a word
            differences.append(f"{outcome.limits} calls are limits that are none")
    return OperatorsResult(cases, reverts, tuple(differences[:_SHOWN]), len(pairs))


def _bench(asked: dict[str, tuple[Question, ...]], folder: Path) -> Bench:
    """One contract for each type: all in one would exceed what the EVM lets a contract have."""
    for name, group in asked.items():
        (folder / f"{name}.vy").write_text(_HEAD + "".join(question.source for question in group))
    return Bench([Part(name, folder / f"{name}.vy") for name in asked], is_cached=True)


# ---------------------------------------------------------------------- sources


def questions(kind: Integer) -> Iterator[Question]:
    """Every operator that Vyper has for a type."""
    yield from _of_two(kind)
    yield from _of_one(kind)
    yield from _with_literals(kind)
    yield from _conversions(kind)


def _of_two(kind: Integer) -> Iterator[Question]:
    for name, sign in (_ARITHMETIC | _BITS).items():
        yield _question(name, (kind, kind), kind, f"x {sign} y")
        yield _question(f"set_{name}", (kind, kind), kind, "own", f"own: {kind} = x", f"own {sign}= y")
    for name, sign in _COMPARISONS.items():
        yield _question(name, (kind, kind), None, f"x {sign} y")
    for name in ("min", "max", "unsafe_add", "unsafe_sub", "unsafe_mul", "unsafe_div"):
        yield _question(f"call_{name}", (kind, kind), kind, f"{name}(x, y)")
    if kind.bits == 256:
        for name, sign in (("shl", "<<"), ("shr", ">>")):
            yield _question(name, (kind, Integer(256, False)), kind, f"x {sign} y")
            yield _question(f"{name}_8", (kind, Integer(8, False)), kind, f"x {sign} y")


def _of_one(kind: Integer) -> Iterator[Question]:
    if kind.is_signed:
        yield _question("minus", (kind,), kind, "-x")
    if kind == Integer(256, True):
        yield _question("absolute", (kind,), kind, "abs(x)")
    if kind == Integer(256, False):
        yield _question("invert", (kind,), kind, "~x")
        yield _question("root", (kind,), kind, "isqrt(x)")
        yield from (_question(f"shl_{n}", (kind,), kind, f"x << {n}") for n in (0, 1, 96, 255))
        yield from (_question(f"shr_{n}", (kind,), kind, f"x >> {n}") for n in (0, 1, 96, 255))


def _with_literals(kind: Integer) -> Iterator[Question]:
    for divisor in _DIVISORS:
        for value, name in ((divisor, "by"), (-divisor, "by_minus")):
            if value in kind:
                yield _question(f"div_{name}_{divisor}", (kind,), kind, f"x // {_literal(value)}")
                yield _question(f"mod_{name}_{divisor}", (kind,), kind, f"x % {_literal(value)}")
            if value in kind and divisor in _FACTORS:
                yield _question(f"mul_{name}_{divisor}", (kind,), kind, f"x * {_literal(value)}")
                yield _question(f"of_{name}_{divisor}", (kind,), kind, f"{_literal(value)} // x")
    for exponent in _EXPONENTS:
        if exponent < kind.bits - kind.is_signed:  # Vyper refuses what always overflows
            yield _question(f"power_{exponent}", (kind,), kind, f"x ** {exponent}")
    for base in _BASES:
        if base in kind:
            sign = "minus_" if base < 0 else ""
            yield _question(f"power_of_{sign}{abs(base)}", (kind,), kind, f"{_literal(base)} ** x")


def _conversions(kind: Integer) -> Iterator[Question]:
    for other in TYPES:
        if other != kind:
            yield _question(f"to_{other}", (kind,), other, f"convert(x, {other})")
    yield _question("to_bool", (kind,), None, "convert(x, bool)")
    yield _question("of_bool", (None,), kind, f"convert(x, {kind})")


def _question(
    name: str, operands: tuple[Integer | None, ...], answer: Integer | None, expression: str, *before: str
) -> Question:
    given = ", ".join(f"{letter}: {kind or 'bool'}" for letter, kind in zip("xy", operands, strict=False))
    body = "".join(f"    {line}\n" for line in (*before, f"return {expression}"))
    source = f"\n\n@external\n@pure\ndef {name}({given}) -> {answer or 'bool'}:\n{body}"
    return Question(name, operands, source)


def _literal(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


# ---------------------------------------------------------------------- operands


def _data(question: Question, random: Random) -> bytes:
    return b"".join((_operand(kind, random) % MODULUS).to_bytes(32, "big") for kind in question.operands)


def _operand(kind: Integer | None, random: Random) -> int:
    """A small number, a bound or one of any length; sometimes a word that is no value of the type."""
    if random.random() < _HOSTILE_SHARE:
        return random.getrandbits(random.randint(1, 256))
    if kind is None:
        return random.getrandbits(1)
    choice = random.random()
    if choice < 0.2:
        return max(kind.low, random.randint(-10, 10))
    if choice < 0.4:
        return random.choice((kind.low, kind.low + 1, kind.high, kind.high - 1, kind.high // 2, kind.high // 2 + 1))
    magnitude = random.getrandbits(random.randint(1, kind.bits))
    return min(max(-magnitude if kind.is_signed and choice < 0.7 else magnitude, kind.low), kind.high)
