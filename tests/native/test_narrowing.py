"""No number is cut to fewer bits unless it is known to fit: one place cuts, with a reason, and the reasons hold."""

from __future__ import annotations

import ast
import ctypes
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from llvmlite import ir
from native.test_translation import CALLS, PROBES, THEMES, bench_of

import sim.native
from sim.certificate import subject
from sim.certificate.arguments import calls
from sim.certificate.probe import Bench, Part
from sim.chain.failures import OK, PANIC
from sim.native.context import LIMIT, LONG, WORD
from sim.native.kernel import narrowing
from sim.native.kernel.narrowing import LOSES, Why, narrow
from sim.native.kernel.ranges import cut
from sim.native.translator.statements import MOST_ROUNDS

PACKAGE = Path(sim.native.__file__).parent
#: The methods of a builder after which a number has fewer bits.
CUTTING = {"trunc", "fptoui", "fptosi", "fptrunc"}


def cuts(source: str, path: Path) -> Iterator[str]:
    """Places that make numbers shorter on their own."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in CUTTING:
            yield f"{path.name}:{node.lineno}: {node.attr}"


def reasons(source: str, path: Path) -> Iterator[str]:
    """Calls of `narrow` without a reason that is written down there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "narrow":
            given = node.args[3] if len(node.args) == 4 else None
            is_reason = isinstance(given, ast.Attribute) and getattr(given.value, "id", "") == "Why"
            if not is_reason and path.name != "ranges.py":
                yield f"{path.name}:{node.lineno}: no reason"


def test_one_place_cuts_numbers() -> None:
    found = [each for path in sorted(PACKAGE.rglob("*.py")) for each in cuts(path.read_text(), path)]
    assert [each.split(":")[0] for each in found] == ["narrowing.py"]


def test_every_cut_gives_a_reason() -> None:
    assert [each for path in sorted(PACKAGE.rglob("*.py")) for each in reasons(path.read_text(), path)] == []


def test_the_lint_sees_a_cut_and_a_missing_reason() -> None:
    assert list(cuts("def f(b, x):\n    return b.trunc(x, LONG)\n", Path("a.py"))) == ["a.py:2: trunc"]
    assert list(reasons("narrow(b, x, 64, why)\n", Path("a.py"))) == ["a.py:1: no reason"]


def test_a_constant_or_a_known_word_that_does_not_fit_is_refused() -> None:
    function = ir.Function(ir.Module(), ir.FunctionType(WORD, [WORD]), "f")
    b = ir.IRBuilder(function.append_basic_block())
    assert narrow(b, WORD(2**64 - 1), 64, Why.COMPARED).constant == 2**64 - 1
    assert narrow(b, WORD(2**64 + 5), 64, Why.LOW).constant == 5
    with pytest.raises(ValueError, match="more than 64 bits"):
        narrow(b, WORD(2**64), 64, Why.COMPARED)
    with pytest.raises(ValueError, match="not known to fit"):
        cut(b, function.args[0], 64)


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code counts the numbers that did not fit where a reason says that they do."""

    def emit(b: ir.IRBuilder, value: ir.Value, kind: ir.IntType, why: Why) -> ir.Value:
        short = b.trunc(value, kind)
        if why not in LOSES:
            if "misfits" not in b.module.globals:
                counter = ir.GlobalVariable(b.module, LONG, "misfits")
                counter.initializer = LONG(0)
            counter = b.module.globals["misfits"]
            is_lost = b.icmp_unsigned("!=", b.zext(short, value.type), value)
            b.store(b.add(b.load(counter), b.zext(is_lost, LONG)), counter)
        return short

    monkeypatch.setattr(narrowing, "_emit", emit)


def misfits(bench: Bench) -> int:
    loaded = set(bench.twin.world.contracts.values())
    return sum(ctypes.c_int64.from_address(each._code.address("misfits")).value for each in loaded)


@pytest.mark.parametrize("theme", ["lists", "getters"])
def test_every_reason_holds(theme: str, checked: None) -> None:
    bench = bench_of(theme)
    sent = calls(bench, bench.parts, CALLS // 3, 5, without=THEMES[theme][2])
    assert bench.run(sent).differences == []
    assert misfits(bench) == 0


def test_every_reason_holds_for_the_subject(checked: None) -> None:
    bench = subject.bench()
    assert bench.run(subject.calls(bench)).differences == []
    assert misfits(bench) == 0


def test_a_reason_that_does_not_hold_is_seen(checked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.native.translator.frame import Frame

    monkeypatch.setattr(Frame, "limit_if", lambda frame, bad: None)
    bench = bench_of("getters")
    bench.run([bench.call("getters", "by_truth", True)])
    assert misfits(bench) == 0
    # a view of a key that no one compared: the sum wraps, and reads what lies at the lower bits
    bench.run([bench.call("getters", "list_of", 2**64 + 1, 0)])
    assert misfits(bench) == 1


# ---------------------------------------------------------------------- loops

ENDS = (0, 1, 3, 6)


def loops() -> Bench:
    return Bench([Part("loops", PROBES / "LongLoops.vy")])


@pytest.mark.parametrize("function", ["literal_64", "literal_128", "far_from_zero", "whole_signed"])
def test_a_literal_range_of_any_length_runs(function: str) -> None:
    bench = loops()
    outcome = bench.run([bench.call("loops", function, stop) for stop in ENDS])
    assert outcome.differences == [] and outcome.limits == 0
    assert len({answer.output for answer in outcome.native}) == len(ENDS)


@pytest.mark.parametrize(
    ("function", "bound"), [("bound_65", 2**65), ("bound_any", 2**256 - 1), ("narrow", 2**128 - 1)], ids=str
)
def test_a_bound_of_any_length_is_kept(function: str, bound: int) -> None:
    most = 2**128 - 1 if function == "narrow" else 2**256 - 1
    numbers = {0, 1, 4, 2**25, 2**25 + 1, 2**32, 2**64 - 1, 2**64, 2**64 + 1, bound - 1, bound, bound + 1, most}
    bench = loops()
    pairs = list(product(sorted(n for n in numbers if n <= most), (0, 2, 3)))
    outcome = bench.run([bench.call("loops", function, n, stop) for n, stop in pairs])
    assert outcome.differences == [] and outcome.limits == 0
    assert {n for (n, _), answer in zip(pairs, outcome.native, strict=True) if answer.status == PANIC} == {
        n for n, _ in pairs if n > bound
    }


def test_starts_and_ends_of_any_length() -> None:
    bench = loops()
    near = (0, 1, 5, 2**64 - 1, 2**64, 2**64 + 4, 2**255, 2**256 - 3, 2**256 - 1)
    outcome = bench.run([bench.call("loops", "between", *pair) for pair in product(near, near)])
    assert outcome.differences == [] and outcome.limits == 0
    near = (-(2**255), 1 - 2**255, -(2**64), -2, 0, 3, 2**63, 2**254, 2**255 - 1)
    outcome = bench.run([bench.call("loops", "between_signed", *pair) for pair in product(near, near)])
    assert outcome.differences == [] and outcome.limits == 0


def test_more_rounds_than_gas_could_pay_are_a_limit() -> None:
    bench = loops()
    outcome = bench.run([bench.call("loops", "endless", n) for n in (3, MOST_ROUNDS + 1, 2**64, 2**64 + 2, 2**256 - 1)])
    assert [answer.status for answer in outcome.native] == [OK, *[LIMIT] * 4]
    assert outcome.differences == []
