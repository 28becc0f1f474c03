"""Words are exact, whatever the sign and the scale; the ABI library is the reference."""

from __future__ import annotations

import numpy as np
import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from sim.chain import codec
from sim.chain.actions import VERBS

integers_63 = st.integers(-(2**63) + 1, 2**63 - 1)


@given(values=st.lists(integers_63, min_size=1, max_size=8), power=st.integers(0, 9))
def test_words_from_integers_equal_the_abi_encoding(values: list[int], power: int) -> None:
    words = codec.words_from_integers(np.array(values, dtype=np.int64), power)
    expected = b"".join(encode(["int256"], [value * 10**power]) for value in values)
    assert words.tobytes() == expected


@given(value=integers_63, power=st.integers(0, 9))
def test_floats_from_words_return_the_value(value: int, power: int) -> None:
    words = codec.words_from_integers(np.array([value]), power)
    found = codec.floats_from_words(words, power, signed=True)[0]
    assert found == pytest.approx(float(value), rel=1e-15, abs=0)


def test_quantities_are_kept_to_nine_decimals_at_any_scale() -> None:
    values = np.array([1.5, 0.123456789, 1e-10])
    assert codec.floats_from_words(codec.words_from_floats(values, 18)).tolist() == [1.5, 0.123456789, 0.0]
    assert codec.floats_from_words(codec.words_from_floats(values, 6), 6).tolist() == [1.5, 0.123457, 0.0]


def test_decimals_may_differ_from_row_to_row() -> None:
    words = codec.words_from_floats(np.array([2.0, 3.0]), np.array([6, 8]))
    assert codec.integers_from_words(words).tolist() == [2_000_000, 300_000_000]


def test_a_quote_word_holds_price_confidence_and_time() -> None:
    word = codec.quote_words(np.array([1_234.5]), np.array([0.25]), np.array([1_700_000_000]))[0].tobytes()
    number = int.from_bytes(word, "big")
    assert number >> 160 == 12_345 * 10**17
    assert (number >> 64) & (2**96 - 1) == 25 * 10**16
    assert number & (2**64 - 1) == 1_700_000_000


def test_a_quote_without_a_price_is_a_zero_word() -> None:
    words = codec.quote_words(np.array([np.nan]), np.array([1.0]), np.array([5]))
    assert not words.any()


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_verb_returns_as_a_small_number_is_one(verb: str) -> None:
    """Of an `id` only the lowest 64 bits are read, signed: 9.3 ether would come out negative."""
    small = {"slot", "accounts", "ends_s", "outcome", "is_haircut", "is_full"}
    assert {name for name, kind in VERBS[verb].returns if kind == "id"} <= small
