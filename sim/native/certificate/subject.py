"""The probes of the broken translators: two small contracts, and the calls that tell a healthy one from all others."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sim.native.certificate.probe import Bench, Part, Ref
from sim.native.certificate.twin import Sent

_FOLDER = Path(__file__).parent / "probes"


def bench() -> Bench:
    """Both contracts, compiled now: with whatever fault is planted at the moment."""
    witness = Part("witness", _FOLDER / "Witness.vy")
    return Bench((witness, Part("subject", _FOLDER / "Subject.vy", (Ref("witness"),))))


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
    ]


def _words(alice: int) -> list[tuple[int, int, int]]:
    """Arguments of which all but the first and the last are hostile."""
    return [(5, 1, alice), (5, 2, alice), (5, 0, alice + 2**160), (2**63, 1, alice), (-(2**63), 0, alice)]
