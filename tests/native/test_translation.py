"""Whatever the language can say, bytecode and machine code do the same: probes of one theme each, called at random."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from sim.certificate import operators
from sim.certificate.arguments import calls
from sim.certificate.probe import Bench, Part, Ref
from sim.certificate.subject import WIDTHS
from sim.chain.failures import OK, PANIC
from sim.native.context import LIMIT
from sim.native.extents import Extents
from sim.native.objects import compile_contract

PROBES = Path(__file__).parent / "probes"
CALLEE = Part("callee", PROBES / "Callee.vy")
CALLS = 3_000

#: Theme: contracts with constructor arguments, keys of mappings by number, functions that are left out.
THEMES: dict[str, tuple[tuple[Part, ...], Extents, tuple[str, ...]]] = {
    "structs": ((Part("structs", PROBES / "Structs.vy"),), {"points_of": (8,), "segments_of": ("addresses", 8)}, ()),
    "results": ((Part("results", PROBES / "Results.vy"),), {}, ()),
    "arrays": ((Part("arrays", PROBES / "Arrays.vy"),), {"lists_of": (8,)}, ()),
    # bytes of nested lists are left to Vyper: there is no such function to call
    "lists": ((Part("lists", PROBES / "Lists.vy"),), {"trees": (6,)}, ("leaves", "tree_of")),
    "long": ((Part("long", PROBES / "Long.vy"),), {}, ()),
    "loops": ((Part("loops", PROBES / "Loops.vy"),), {}, ()),
    "flow": ((Part("flow", PROBES / "Flow.vy", (7, Ref("bob"))),), {}, ()),
    "modules": ((Part("modules", PROBES / "Modules.vy", (1_000,)),), {}, ()),
    "getters": (
        (Part("getters", PROBES / "Getters.vy"),),
        {"list_of": (6,), "big_of": ("addresses", 6), "by_truth": (2,), "by_small": (256,)},
        ("title", "NAMES"),  # nothing computes with text
    ),
    "widths": ((Part("told", WIDTHS, (Ref("alice"),)), Part("widths", WIDTHS, (Ref("told"),))), {}, ()),
    "events": ((Part("events", PROBES / "Events.vy"),), {}, ("many",)),
    "calls": ((CALLEE, Part("caller", PROBES / "Caller.vy", (Ref("callee"),))), {}, ()),
    "locks": ((Part("guarded", PROBES / "Guarded.vy"), Part("visitor", PROBES / "Visitor.vy")), {}, ()),
}
#: These only ever revert or meet what is not linked: the callee has no such function, or another one of that name.
NEVER_ACCEPTED = {"missing", "missing_silently", "static_write", "other_width", "other_capacity", "defaulted"}


def bench_of(theme: str) -> Bench:
    parts, extents, _ = THEMES[theme]
    return Bench(parts, extents=extents)


@pytest.mark.parametrize("theme", THEMES)
def test_both_machines_agree(theme: str):
    bench = bench_of(theme)
    sent = calls(bench, bench.parts, CALLS, 1, without=THEMES[theme][2])
    outcome = bench.run(sent)
    assert outcome.differences == []
    assert outcome.limits < CALLS / 10
    accepted = Counter(bench.function_of(call) for call, a in zip(sent, outcome.native, strict=True) if a.status == OK)
    assert {bench.function_of(call) for call in sent} - set(accepted) <= NEVER_ACCEPTED


@pytest.mark.parametrize(("probe", "extents"), [("OrderOfOperands", {}), ("OrderOfParts", {"of": (8, 8)})])
def test_the_first_of_two_reverts_is_the_same(probe: str, extents: Extents):
    source = PROBES / f"{probe}.vy"
    parts = [Part("other", source, (Ref("alice"),)), Part("order", source, (Ref("other"),))]
    bench = Bench(parts, extents=extents)
    sent = [
        bench.call("order", entry["name"], *values)
        for entry in bench.functions("order")
        if entry["name"] != "given"
        for values in product((0, 1, 2, 5, 2**255), repeat=len(entry["inputs"]))
    ]
    outcome = bench.run(sent)
    assert outcome.differences == []
    assert outcome.limits < len(sent) / 20
    coded = {bench.function_of(c) for c, a in zip(sent, outcome.native, strict=True) if 0 < a.status < PANIC}
    assert coded == {entry["name"] for entry in bench.functions("order")} - {"given"}


def test_every_operator_of_every_type_agrees():
    result = operators.run(60_000, seed=2)
    assert result.differences == ()
    assert result.reverts > result.cases / 20


@pytest.mark.parametrize("word", range(0, 40, 13))
def test_a_word_of_a_long_array_is_clamped_like_any_other(word: int):
    bench = bench_of("long")
    for function, words, wild in (("narrow", 26, 2**23), ("grid", 60, 2**64), ("same", 41, 2**256 - 1)):
        given = [0] * words
        given[word % words] = wild
        bench_words = (bench.raw("long", function, *given), bench.raw("long", function, *given[:-1]))
        outcome = bench.run(bench_words)
        assert outcome.differences == []
        assert [answer.status for answer in outcome.native] == [OK if function == "same" else PANIC, PANIC]


def test_a_long_array_takes_no_code_for_each_of_its_words(tmp_path: Path):
    sizes = []
    for length in (100, 400):
        source = tmp_path / f"Of{length}.vy"
        kind = f"uint256[{length}]"
        source.write_text(f"# pragma version 0.4.3\n@external\n@pure\ndef f(x: {kind}) -> {kind}:\n    return x\n")
        sizes.append(len(compile_contract(source).code))
    # How far a loop is unrolled is the processor's business; with code for each word it were four times as much.
    assert sizes[1] < 2 * sizes[0]


# ---------------------------------------------------------------------- locks and addresses


def test_a_lock_holds_against_a_call_back():
    bench = bench_of("locks")
    bench.run([bench.call("guarded", "invite", Ref("visitor"))])
    for function, closed in (("act", {0, 2, 4, 6, 8, 9}), ("act_open", {9})):
        outcome = bench.run([bench.call("guarded", function, what) for what in range(11)])
        assert outcome.differences == []
        assert {what for what, answer in enumerate(outcome.native) if answer.status} == closed
    outcome = bench.run([bench.call("guarded", "peek", what) for what in range(8)])
    assert outcome.differences == []
    assert [answer.status for answer in outcome.native] == [PANIC, PANIC, OK, OK, OK, PANIC, PANIC, OK]


def test_a_late_revert_undoes_two_contracts():
    bench = bench_of("calls")
    before = bench.twin.words.copy()
    outcome = bench.run([bench.call("caller", "keep", 2, 5), bench.call("caller", "keep", 3, 5)])
    assert outcome.differences == []
    assert [answer.status for answer in outcome.native] == [PANIC, 53]
    assert [answer.logs for answer in outcome.native] == [(), ()]
    assert np.array_equal(bench.twin.words, before)


@pytest.mark.parametrize("who", [Ref("alice"), Ref("caller"), "0x" + "00" * 20])
def test_a_call_of_what_is_no_such_contract_reverts(who: Ref | str):
    bench = bench_of("calls")
    sent = [bench.call("caller", "retarget", who)]
    sent += [bench.call("caller", "codes", 1, 1), bench.call("caller", "keep", 1, 1), bench.call("caller", "senders")]
    sent += [bench.call("caller", "keep_at", who, 1), bench.call("caller", "missing_silently", 1)]
    outcome = bench.run(sent)
    assert outcome.differences == []
    assert [answer.status for answer in outcome.native] == [OK, *[PANIC] * 5]


@pytest.mark.parametrize("function", ["static_write", "other_width", "defaulted"])
def test_a_function_that_is_declared_otherwise_is_never_answered(function: str):
    bench = bench_of("calls")
    outcome = bench.run([bench.call("caller", function)])
    assert [answer.status for answer in outcome.native] == [LIMIT]


def test_a_getter_of_text_is_never_answered():
    parts = (Part("getters", PROBES / "Getters.vy"), Part("limits", PROBES / "Limits.vy"))
    bench = Bench(parts, extents=THEMES["getters"][1])
    outcome = bench.run([bench.call("limits", "title_of", Ref(who)) for who in ("getters", "limits", "alice")])
    assert [answer.status for answer in outcome.native] == [LIMIT, PANIC, PANIC]
    assert outcome.differences == []


def test_a_list_of_another_capacity_is_never_answered():
    bench = bench_of("calls")
    outcome = bench.run([bench.call("caller", "other_capacity", [1] * n) for n in range(3)])
    assert {answer.status for answer in outcome.native} == {LIMIT}


def test_the_block_is_seen_and_moves_on():
    bench = bench_of("flow")
    seen = set()
    for seconds in (0, 1, 86_400):
        bench.twin.advance(seconds)
        outcome = bench.run([bench.call("flow", "who", sender=sender) for sender in ("alice", "bob")])
        assert outcome.differences == []
        seen |= {answer.output for answer in outcome.native}
    assert len(seen) == 6


# ---------------------------------------------------------------------- limits


@pytest.mark.parametrize("key", [8, 9, 2**31, 2**64, 2**64 + 1, 2**128 + 3, 2**255, 2**256 - 1])
def test_a_key_beyond_the_extent_is_a_limit(key: int):
    bench = bench_of("structs")
    before = bench.twin.words.copy()
    sent = [bench.call("structs", "mapped", key, (1, 2)), bench.call("structs", "points_of", key)]
    sent += [bench.call("structs", "segments_of", Ref("alice"), key), bench.call("structs", "of", Ref("bob"), key)]
    outcome = bench.run(sent)
    assert [answer.status for answer in outcome.native] == [LIMIT] * 4
    assert outcome.limits == 4
    assert np.array_equal(bench.twin.words, before)


def test_an_address_that_the_world_does_not_know_is_a_limit():
    bench = bench_of("structs")
    outcome = bench.run([bench.raw("structs", "of", 0x1234, 1), bench.raw("structs", "of", 2**160, 1)])
    assert [answer.status for answer in outcome.native] == [LIMIT, PANIC]
    assert outcome.differences == []


def test_a_full_journal_is_a_limit_and_undone():
    bench = Bench([Part("limits", PROBES / "Limits.vy")])
    few, many = bench.run([bench.call("limits", "write", n) for n in (60_000, 70_000)]).native
    assert (few.status, many.status) == (OK, LIMIT)
    assert bench.run([bench.call("limits", "count")]).native[0].output == (60_000).to_bytes(32, "big")


def test_a_full_buffer_of_events_is_a_limit_and_undone():
    bench = bench_of("events")
    outcome = bench.run([bench.call("events", "many", n) for n in (40_000, 40_000, 10)])
    assert [answer.status for answer in outcome.native] == [OK, LIMIT, OK]
    assert [len(answer.logs) for answer in outcome.native] == [40_000, 0, 10]
    assert outcome.differences == []


def test_calls_nested_too_deeply_are_a_limit():
    bench = Bench([Part("limits", PROBES / "Limits.vy")])
    outcome = bench.run([bench.call("limits", "descend", n) for n in (0, 3, 60, 70)])
    assert [answer.status for answer in outcome.native] == [OK, OK, OK, LIMIT]
    assert outcome.differences == []
