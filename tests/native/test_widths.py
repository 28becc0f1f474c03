"""A variable is computed as short as everything that is written to it, and no shorter."""

from __future__ import annotations

import pytest

from sim.certificate.subject import WIDTHS
from sim.native.translator.adapter import Contract
from sim.native.translator.emitter import translate
from sim.native.translator.widths import COUNTED_BITS, COUNTER_BITS, RESULT, STEP_BITS, Widths

ANY = 256


@pytest.fixture(scope="module")
def bits() -> dict[tuple[str, str], int]:
    """By function and variable, or struct and member."""
    widths = translate(Contract(WIDTHS)).widths
    named = {(key[-2] if isinstance(key[-2], str) else key[-2].name, key[-1]): key for key in widths.variables()}
    return {short: widths.of(key) for short, key in named.items()}


@pytest.mark.parametrize(
    ("variable", "length"),
    [
        (("orders", "a"), 64),  # x & (2**64 - 1)
        (("orders", "b"), 128),  # y >> 128
        (("counted", "count"), COUNTED_BITS),
        (("counted", "i"), 5),  # of 20 rounds
        (("counted", "at"), ANY),  # an argument from outside, counted down
        (("counted_from", "a"), COUNTED_BITS),  # from 48 bits on
        (("counted_from", "b"), ANY),  # from 64 bits on a counter could overflow
        (("later", "a"), ANY),  # short at first, long later
        (("grows", "a"), ANY),
        (("_square", "x"), 255),  # of two callers, one has x >> 1
        (("_pick", RESULT), ANY),  # of two returns, one is of any length
        (("Seen", "newest"), 32),
        (("Seen", "count"), COUNTED_BITS),
        (("Seen", "total"), ANY),
        (("Kept", "at"), ANY),  # in storage, too
        (("Told", "value"), ANY),  # from another contract, too
        (("Given", "value"), ANY),  # from call data, too
    ],
)
def test_a_variable_is_as_short_as_what_is_written_to_it(
    bits: dict[tuple[str, str], int], variable: tuple[str, str], length: int
) -> None:
    assert bits[variable] == length


def test_what_was_assumed_too_short_is_translated_again() -> None:
    widths = Widths()
    widths.note("x", 9)
    assert not widths.settle()
    widths.note("x", 9)
    assert widths.settle()
    assert widths.of("x") == 9


def test_what_keeps_growing_is_of_any_length() -> None:
    widths = Widths()
    rounds = 0
    while True:
        widths.note("x", min(ANY, widths.of("x") + 1))
        rounds += 1
        if widths.settle():
            break
    assert widths.of("x") == ANY
    assert rounds < 10


def test_a_counter_starts_short_and_steps_short() -> None:
    widths = Widths()
    widths.note("x", COUNTER_BITS)
    assert widths.counts("x", STEP_BITS)
    assert not widths.counts("x", STEP_BITS + 1)
    assert not widths.settle()  # reads before the count assumed less
    widths.note("x", COUNTER_BITS)
    assert widths.counts("x", STEP_BITS)
    assert widths.settle()
    assert widths.of("x") == COUNTED_BITS
    widths.note("x", COUNTER_BITS + 1)
    assert not widths.settle()
    assert not widths.counts("x", STEP_BITS)
