"""Columns of numbers to columns of 32-byte words and back, without a loop over rows or an ABI library in the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.inputs.errors import InputError

#: Decimals to which quantities are kept on the way from floats to integers.
QUANTUM_DECIMALS = 9
#: Quantities (USD, prices, whole tokens, units of size) stay below it: with their decimals they fit 63 bits.
LIMIT = 2.0**63 / 10**QUANTUM_DECIMALS
_LOW_32 = 0xFFFFFFFF
_LIMB_VALUES = np.array([2.0**192, 2.0**128, 2.0**64, 1.0])
_POWERS = 10 ** np.arange(19 - QUANTUM_DECIMALS)
#: By decimals of a quantity: what a float is multiplied by before it is rounded, and what the integer is after that.
_SCALES = 10.0 ** np.minimum(np.arange(19), QUANTUM_DECIMALS)
_FACTORS = 10 ** np.maximum(np.arange(19) - QUANTUM_DECIMALS, 0)


def words_from_integers(values: np.ndarray, power_of_ten: int | np.ndarray = 0) -> np.ndarray:
    """`values * 10**power_of_ten` as two's-complement words: (...) integers -> (..., 32) bytes.

    Args:
        values: integers whose magnitude fits 63 bits.
        power_of_ten: 0 to 9, one or one for each value.
    """
    return _words(np.ascontiguousarray(values, dtype=np.int64), _POWERS[power_of_ten])


def words_from_floats(values: np.ndarray, decimals: int | np.ndarray, what: str = "a quantity") -> np.ndarray:
    """Quantities in natural units as integers with `decimals` decimals, rounded to the quantum: (...) -> (..., 32).

    Args:
        values: numbers; after rounding to the quantum their magnitude fits 63 bits.
        decimals: 0 to 18, one or one for each value.
        what: they are, for the message.

    Raises:
        InputError: one of them is no number, or does not fit.
    """
    return _words(_integers(values * _SCALES[decimals], values, what), _FACTORS[decimals])


def kept(values: np.ndarray, decimals: np.ndarray) -> np.ndarray:
    """Quantities as they reach a chain, rounded to the quantum of so many decimals each; still floats."""
    return np.rint(values * _SCALES[decimals]) / _SCALES[decimals]


def floats_from_words(words: np.ndarray, decimals: int = 18, *, signed: bool | np.ndarray = False) -> np.ndarray:
    """Words as floats: (..., 32) bytes -> (...). Exact to the precision of a double.

    `signed`: whether the words are in two's complement, all of them or by place on the last axis.
    """
    words = np.ascontiguousarray(words)
    value = _magnitudes(words)
    negative = (words[..., 0] >= 128) & signed
    if negative.any():
        value[negative] = -(_magnitudes(~words[negative]) + 1.0)
    return value / 10.0**decimals if decimals else value


def integers_from_words(words: np.ndarray) -> np.ndarray:
    """Small words as int64: (..., 32) -> (...); the upper 24 bytes are not looked at."""
    limbs = np.ascontiguousarray(words).view(">u8")
    return limbs[..., 3].astype(np.int64)


def address_words(addresses: list[str]) -> np.ndarray:
    """Addresses as words: (n, 32) bytes."""
    words = np.zeros((len(addresses), 32), dtype=np.uint8)
    for row, address in enumerate(addresses):
        words[row, 12:] = np.frombuffer(bytes.fromhex(address[2:]), dtype=np.uint8)
    return words


def words_from_answers(answers: Sequence[bytes], count: int) -> np.ndarray:
    """Answers of at most `count` words, zeros after the shorter: (n, count, 32)."""
    joined = b"".join(answer.ljust(32 * count, b"\0") for answer in answers)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(answers), count, 32)


def calldata(selector: bytes, words: np.ndarray) -> np.ndarray:
    """Selector and words side by side: (n, k, 32) -> (n, 4 + 32 * k) bytes."""
    rows, columns, _ = words.shape
    data = np.empty((rows, 4 + 32 * columns), dtype=np.uint8)
    data[:, :4] = np.frombuffer(selector, dtype=np.uint8)
    data[:, 4:] = words.reshape(rows, 32 * columns)
    return data


def quote_words(price_usd: np.ndarray, confidence_usd: np.ndarray, published_s: np.ndarray) -> np.ndarray:
    """Oracle quotes, `price 96 | confidence 96 | published_at 64`: three (n,) columns -> (n, 32) bytes.

    A row without a price (not a number) is a zero word: nothing new.
    """
    known = np.isfinite(price_usd)
    amounts = np.where(known, (price_usd, confidence_usd), 0.0) * _SCALES[18]
    low, high = _multiply(_integers(amounts, amounts / _SCALES[18], "a venue's price or half spread"), _FACTORS[18])
    words = np.empty((len(price_usd), 4), dtype=">i8")
    words[:, 0] = (high[0] << 32) | (low[0] >> 32 & _LOW_32)
    words[:, 1] = (low[0] << 32) | high[1]
    words[:, 2] = low[1]
    words[:, 3] = np.where(known, published_s, 0)
    return words.view(np.uint8)


def _integers(scaled: np.ndarray, values: np.ndarray, what: str) -> np.ndarray:
    """Whole numbers; `values` are what they come from, in natural units."""
    if not (np.abs(scaled) < 2.0**63).all():
        worst = values[~(np.abs(scaled) < 2.0**63)].flat[0]
        raise InputError(
            file="the scenario",
            key=what,
            expected=f"less than {LIMIT:,.0f} (USD, whole tokens or units) all through the run",
            got=float(worst),
        )
    return np.rint(scaled).astype(np.int64)


def _words(values: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Products of int64 and factors below 2**31 as two's-complement words: (...) -> (..., 32) bytes."""
    low, high = values, values >> 63
    if (factor != 1).any():
        low, high = _multiply(values, factor)
    limbs = np.empty((*values.shape, 4), dtype=">i8")
    limbs[..., :2] = (high >> 63)[..., None]
    limbs[..., 2] = high
    limbs[..., 3] = low
    return limbs.view(np.uint8)


def _magnitudes(words: np.ndarray) -> np.ndarray:
    """Contiguous words as floats, none of them negative."""
    return words.view(">u8").astype(np.float64) @ _LIMB_VALUES


def _multiply(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """128-bit product of int64 and a factor below 2**31, in two's complement, as (low, high)."""
    middle = (a >> 32) * b + ((a & _LOW_32) * b >> 32)
    return a * b, middle >> 32
