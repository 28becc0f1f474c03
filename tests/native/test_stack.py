"""Long lists in locals and calls inside each other: as on the bytecode, or a limit; never the end of the stack."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
from native.stack_frames import deepest

from sim.certificate.probe import Bench, Part
from sim.chain.failures import OK
from sim.inputs.compiler import CONTRACTS
from sim.native.context import LIMIT, MAX_DEPTH, STACK_BYTES
from sim.native.translator.adapter import Contract
from sim.native.translator.emitter import translate

DEEP = Path(__file__).parent / "probes" / "Deep.vy"
#: Of a stack that is used up by a share of this or less, there is room for Python and all else.
MOST_OF_A_STACK = 1 / 4
#: The last depth at which each function of the probe fits, about: 160, 130 and 33 kB a call.
LAST = {"lists": 9, "bags": 15, "small": MAX_DEPTH - 1}


def test_deep_calls_are_answered_alike_until_they_are_a_limit() -> None:
    bench = Bench([Part("deep", DEEP)])
    assert bench.run([bench.call("deep", "fill", 30)]).differences == []
    for function, last in LAST.items():
        depths = (0, 1, last, last + 1, 40, 70, 200)
        outcome = bench.run([bench.call("deep", function, n) for n in depths])
        assert outcome.differences == []
        assert [answer.status for answer in outcome.native] == [OK if n <= last else LIMIT for n in depths]


def test_a_call_that_is_too_deep_leaves_nothing_and_hinders_no_other() -> None:
    bench = Bench([Part("deep", DEEP)])
    bench.run([bench.call("deep", "fill", 3)])
    before = bench.twin.words.copy()
    assert bench.run([bench.call("deep", "small", 100)] * 3).limits == 3
    assert np.array_equal(bench.twin.words, before)
    outcome = bench.run([bench.call("deep", "small", MAX_DEPTH - 1)] * 3)
    assert [answer.status for answer in outcome.native] == [OK] * 3
    assert outcome.differences == []


@pytest.mark.parametrize("source", [DEEP, CONTRACTS / "OrderBook.vy", CONTRACTS / "Lens.vy"], ids=lambda p: p.stem)
def test_compiled_code_takes_no_more_than_was_counted(source: Path) -> None:
    emitter = translate(Contract(source))
    counted, taken = emitter.stack.settle(), deepest(str(emitter.module))
    for signature, most in counted.items():
        face = next(f"{kind}.{signature}" for kind in ("bytes", "words") if f"{kind}.{signature}" in taken)
        assert taken[face] <= most * 3 // 4, signature
    assert max(taken.values()) > 500  # the assembly was understood


def test_the_budget_is_a_small_part_of_a_stack() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_STACK)
    assert soft == resource.RLIM_INFINITY or soft * MOST_OF_A_STACK >= STACK_BYTES
