"""The probes of the broken translators: small contracts, and the calls that tell a healthy one from all others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from sim.native.certificate.probe import Bench, Part, Ref
from sim.native.certificate.twin import Sent

_FOLDER = Path(__file__).parent / "probes"
WIDTHS = _FOLDER / "Widths.vy"
#: Rounds of loops, some too many: few enough for a translator that looks at no bound.
_ROUNDS = (0, 1, 2, 3, 9, 12, 13, 21)
#: Bounds of all widths.
_NUMBERS = (0, 1, 3, 9, 2**32, 2**48 - 1, 2**64 - 1, 2**64, 2**128 - 1, 2**200 + 3, 2**256 - 1)
_VALUES: dict[str, tuple[Any, ...]] = {
    "uint256": _NUMBERS,
    "uint64": (0, 1, 2**63, 2**64 - 1),
    "bool": (False, True),
    "tuple": tuple((number,) for number in _NUMBERS),
}


def bench() -> Bench:
    """The contracts, compiled now: with whatever fault is planted at the moment."""
    witness = Part("witness", _FOLDER / "Witness.vy")
    subject = Part("subject", _FOLDER / "Subject.vy", (Ref("witness"),))
    told = Part("told", WIDTHS, (Ref("alice"),))
    return Bench((witness, subject, told, Part("widths", WIDTHS, (Ref("told"),))))


def calls(bench: Bench) -> list[Sent]:
    """What a healthy translator answers like the bytecode."""
    alice = int(bench.addresses["alice"], 16)
    call = partial(bench.call, "subject")
    people = (Ref("alice"), Ref("bob"), Ref("carol"))
    return [
        *(call("write_twice", x) for x in (1, 4, 3)),
        call("look"),
        *(call("set_pair", x, y) for x, y in ((1, 2), (6, 7), (5, 5))),
        call("members"),
        call("copies", 3),
        call("passed", 4),
        *(call("at", i) for i in (0, 2, 3, 2**255)),
        *(bench.raw("subject", "given", x, flag, who) for x, flag, who in _words(alice)),
        *(call("push", x) for x in range(6)),
        *(call("drop") for _ in range(5)),
        *(call("keep", a, b, i + 3 * j) for i, a in enumerate(people) for j, b in enumerate(people)),
        *(call("pairs", a, b) for a in people for b in people),
        *(call("rounds", n) for n in range(7)),
        *(call(name, x, y) for name in ("first", "short") for x in (0, 1, 9) for y in (0, 3, 9)),
        *(call("tell", a, b) for a, b in ((1, 2), (9, 3), (4, 5))),
        *(call("ask", x) for x in (1, 5, 2)),
        call("sender"),
        *(call("invite", what) for what in (0, 1, 0, 2)),
        call("touch"),
        call("look"),
        *(call("choose", flag, x) for flag in (True, False) for x in (0, 7)),
        *(call("grow", i, x) for i in (0, 1, 3) for x in (0, 1, 5, 2**256 - 1)),
        *_short_and_long(bench),
    ]


def _short_and_long(bench: Bench) -> list[Sent]:
    """Every function of the contract of widths, with all short and long numbers."""
    return [
        bench.call("told", "keep", 2**256 - 1, 0),
        *(
            bench.call("widths", entry["name"], *values)
            for entry in bench.functions("widths")
            for values in product(*map(_values, entry["inputs"]))
        ),
    ]


def _values(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return _ROUNDS if item["name"] == "n" else _VALUES[item["type"]]


def _words(alice: int) -> list[tuple[int, int, int]]:
    """Arguments of which all but the first and the last are hostile."""
    return [(5, 1, alice), (5, 2, alice), (5, 0, alice + 2**160), (2**63, 1, alice), (-(2**63), 0, alice)]
