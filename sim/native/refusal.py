"""Refuse, never guess: what the compiler says of a construct that it does not surely translate right."""

from __future__ import annotations

import re
from pathlib import Path

from sim.inputs.errors import InputError

#: What an author can write instead, by words of the rule; the first that fit. A rule with a colon says it itself.
REMEDIES: tuple[tuple[str, str], ...] = (
    ("stand alone", "give the call a statement of its own and its result a name"),
    ("without ether", "call without options, or with a literal default_return_value"),
    ("lock of its own", "put @nonreentrant on the external function instead"),
    ("no ether", "leave @payable and __default__ away: what is paid with is a token"),
    (
        r"not (Bytes|bytes|String|decimal|HexBytes|Hex|Str|Decimal)",
        "use uint256: a number for each name, WAD for fractions",
    ),
    ("a builtin", "use operators, min, max, abs, isqrt, convert, len, empty or unsafe_add and its like"),
    ("a statement of", "use assignments, if, for, assert, raise, return, log and calls"),
    ("an expression of|an operator of", "use numbers, truth values, addresses, structs and lists of them"),
    ("text|a type of", "use numbers, truth values, addresses, flags, structs, arrays and lists"),
    ("in storage, or an immutable", "keep it in storage, or pass it as an argument"),
    ("keyed by|keys that are", "give each key a number, and use that"),
    ("block.timestamp", "pass anything else as an argument or a parameter"),
    ("exactly the type", "declare both with one type and one capacity"),
    ("numbers and truth values", "keep an address as it is: compare it, or use it as a key"),
    (r"Failed\(uint256\)", "use check(ok, code) of contracts/lib/errors.vy"),
    ("literal|a range", "write a literal, a constant, or bound=..."),
    ("static arguments", "log every item, or a struct of numbers"),
    ("different names", "rename one of the files"),
    ("a variable, a member|a state variable", "give the value a name first; balances and code are not kept"),
    (
        "several values|of one word|an integer|of a list|an item|members",
        "give every part a name first, in a line of its own",
    ),
    ("returns something|a call as", "call a function that returns a value, or let it stand alone"),
    ("as sim/native/extents.py", "give the mapping another name"),
)


class Refusal(InputError):
    """A construct outside the compilable subset: file, line, rule, the source text, and what to write instead."""

    def __init__(self, file: str, line: int, rule: str, text: str | None) -> None:
        excerpt = " ".join((text or "").split())[:120]
        self.remedy = remedy_of(rule)
        expected = f"{rule} ({self.remedy})" if self.remedy else rule
        super().__init__(file=f"{Path(file).name}:{line}", expected=expected, got=f"`{excerpt}`")
        self.path, self.line, self.rule, self.text = file, line, rule, text

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return type(self), (self.path, self.line, self.rule, self.text)


class Failure(Refusal):
    """The translator itself failed on a source: a fault of ours, and for its author a refusal like any other."""

    @classmethod
    def of(cls, path: Path, error: Exception) -> Failure:
        """What is told of an exception that is no error of the input."""
        said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return cls(
            str(path), 1, f"a source that the translator can take: run it with --chain evm (it failed, {said})", ""
        )


def remedy_of(rule: str) -> str:
    """What to write instead; nothing where the rule itself says it."""
    if ": " in rule:
        return ""
    return next((remedy for words, remedy in REMEDIES if re.search(words, rule)), "")
