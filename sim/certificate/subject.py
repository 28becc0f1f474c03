"""The probes of the broken translators: small contracts, and the calls that tell a healthy one from all others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from sim.certificate.machine import ANSWER_BYTES, EVENT_WORDS
from sim.certificate.probe import ACCOUNTS, Bench, Part, Ref
from sim.certificate.twin import Sent
from sim.native.context import LIMIT, MAX_DEPTH
from sim.native.world import JOURNAL_ROOM

_FOLDER = Path(__file__).parent / "probes"
WIDTHS = _FOLDER / "Widths.vy"
#: Rounds of loops, some too many: few enough for a translator that looks at no bound.
_ROUNDS = (0, 1, 2, 3, 9, 12, 13, 21)
#: Words of an event of the subject with its header, and how many a batch records beside those of all other calls.
_TOLD_WORDS = 4
_EVENTS = EVENT_WORDS // _TOLD_WORDS - 100
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
        *(call("kept_by_caller", x) for x in (0, 3, 2**256 - 6)),
        *(call("people", people[:n]) for n in range(4)),
        call("couples", people[1:]),
        *(call(name, [5, 9][:n]) for name in ("roomier", "roomier_still") for n in range(3)),
        *(call("family", [(n, who) for n, who in enumerate(people[:count])]) for count in range(3)),
        *(call("ask_often", n) for n in (1, 2, 200)),
        *inside(bench),
        *_short_and_long(bench),
    ]


def inside(bench: Bench) -> list[Sent]:
    """Calls that just have room: in the journal, on the stack, among keys and addresses, for events and answers."""
    return [call for call, _ in _bounds(bench)]


def beyond(bench: Bench) -> list[Sent]:
    """The same one step further: each is a LIMIT, and an answer would be wrong."""
    return [call for _, call in _bounds(bench)]


def differences(bench: Bench) -> list[str]:
    """Where native code differs from the bytecode, and where it has room for less or for more than it should."""
    sent = calls(bench)
    outcome = bench.run(sent)
    found = list(outcome.differences)
    for call, answer in zip(sent, outcome.native, strict=True):
        if answer.status == LIMIT:
            found.append(f"{_told(bench, call)}: a limit that is none")
    if found:  # what is wrong already need not be tried where there is no room
        return found
    sent = beyond(bench)
    for call, answer in zip(sent, bench.run(sent).native, strict=True):
        if answer.status != LIMIT:
            found.append(
                f"{bench.function_of(call)}, data {call.data[4:].hex()[:200]}: no limit, status {answer.status}"
            )
    return found


def _told(bench: Bench, call: Sent) -> str:
    return f"{bench.function_of(call)}, data {call.data[4:].hex()[:200]}"


def _bounds(bench: Bench) -> list[tuple[Sent, Sent]]:
    """Calls that just have room, and calls that just have none."""
    call = partial(bench.call, "subject")
    alice, last = Ref("alice"), ACCOUNTS - 1
    stranger = bench.raw("subject", "visit", 1, 0x5555, 1)
    return [
        (call("write_often", JOURNAL_ROOM), call("write_often", JOURNAL_ROOM + 1)),
        (call("descend", MAX_DEPTH - 1), call("descend", MAX_DEPTH)),
        (call("visit", 3, alice, last), call("visit", 4, alice, last)),
        (call("visit", 3, alice, last), call("visit", 3, alice, last + 1)),
        (call("visit", 0, Ref("carol"), 0), call("visit", 2**64, alice, 0)),
        (call("visit", 0, Ref("subject"), 0), stranger),
        (call("tell_often", _EVENTS), call("tell_often", EVENT_WORDS // _TOLD_WORDS + 1)),
        (call("long", ANSWER_BYTES // 32 - 2), call("long", ANSWER_BYTES // 32 - 1)),
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
