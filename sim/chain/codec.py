"""Columns of numbers to columns of 32-byte words and back, without a loop over rows or an ABI library in the way."""

from __future__ import annotations

import numpy as np

#: Decimals to which quantities are kept on the way from floats to integers.
QUANTUM_DECIMALS = 9
_LOW_32 = np.uint64(0xFFFFFFFF)
_SHIFT_32 = np.uint64(32)
_LIMB_VALUES = np.array([2.0**192, 2.0**128, 2.0**64, 1.0])


def words_from_integers(values: np.ndarray, power_of_ten: int = 0) -> np.ndarray:
    """`values * 10**power_of_ten` as two's-complement words: (n,) integers -> (n, 32) bytes.

    Args:
        values: integers whose magnitude fits 63 bits.
        power_of_ten: 0 to 19; the product is exact in 128 bits.
    """
    values = np.ascontiguousarray(values, dtype=np.int64)
    magnitude = np.abs(values).astype(np.uint64)
    limbs = np.zeros((len(values), 4), dtype=np.uint64)
    if power_of_ten == 0:
        limbs[:, 3] = magnitude
    else:
        limbs[:, 3], limbs[:, 2] = _multiply(magnitude, np.uint64(10**power_of_ten))
    negative = values < 0
    if negative.any():
        limbs[negative] = ~limbs[negative]
        limbs[negative, 3] += np.uint64(1)
        carry = negative & (limbs[:, 3] == 0)
        limbs[carry, 2] += np.uint64(1)
    return limbs.astype(">u8").view(np.uint8).reshape(len(values), 32)


def words_from_floats(values: np.ndarray, decimals: int) -> np.ndarray:
    """Quantities in natural units as integers with `decimals` decimals, rounded to the quantum: (n,) -> (n, 32)."""
    kept = min(decimals, QUANTUM_DECIMALS)
    integers = np.rint(np.asarray(values, dtype=np.float64) * 10.0**kept).astype(np.int64)
    return words_from_integers(integers, decimals - kept)


def words_from_floats_by_row(values: np.ndarray, decimals: np.ndarray) -> np.ndarray:
    """As `words_from_floats`, with decimals of its own for each row."""
    words = np.empty((len(values), 32), dtype=np.uint8)
    for each in np.unique(decimals):
        rows = decimals == each
        words[rows] = words_from_floats(values[rows], int(each))
    return words


def floats_from_words(words: np.ndarray, decimals: int = 18, *, signed: bool = False) -> np.ndarray:
    """Words as floats: (..., 32) bytes -> (...). Exact to the precision of a double."""
    limbs = np.ascontiguousarray(words).view(">u8").astype(np.uint64)
    if not signed:
        return limbs.astype(np.float64) @ _LIMB_VALUES / 10.0**decimals
    negative = (limbs[..., 0] >> np.uint64(63)).astype(bool)
    limbs = np.where(negative[..., None], ~limbs, limbs)
    value = limbs.astype(np.float64) @ _LIMB_VALUES
    return np.where(negative, -(value + 1.0), value) / 10.0**decimals


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


def calldata(selector: bytes, *columns: np.ndarray) -> np.ndarray:
    """Selector and word columns side by side: (n, 4 + 32 * len(columns)) bytes."""
    rows = len(columns[0])
    data = np.empty((rows, 4 + 32 * len(columns)), dtype=np.uint8)
    data[:, :4] = np.frombuffer(selector, dtype=np.uint8)
    for i, column in enumerate(columns):
        data[:, 4 + 32 * i : 36 + 32 * i] = column
    return data


def quote_words(price_usd: np.ndarray, confidence_usd: np.ndarray, published_s: np.ndarray) -> np.ndarray:
    """Oracle quotes, `price 96 | confidence 96 | published_at 64`: three (n,) columns -> (n, 32) bytes.

    A row without a price (not a number) is a zero word: nothing new.
    """
    known = np.isfinite(price_usd)
    price = words_from_floats(np.where(known, price_usd, 0.0), 18)
    confidence = words_from_floats(np.where(known, confidence_usd, 0.0), 18)
    words = np.zeros((len(price_usd), 32), dtype=np.uint8)
    words[:, :12] = price[:, 20:]
    words[:, 12:24] = confidence[:, 20:]
    words[:, 24:] = words_from_integers(np.where(known, published_s, 0))[:, 24:]
    return words


def _multiply(a: np.ndarray, b: np.uint64) -> tuple[np.ndarray, np.ndarray]:
    """128-bit product of 64-bit numbers, as (low, high), by 32-bit halves."""
    a_low, a_high = a & _LOW_32, a >> _SHIFT_32
    b_low, b_high = b & _LOW_32, b >> _SHIFT_32
    cross = (a_low * b_low >> _SHIFT_32) + (a_high * b_low & _LOW_32) + (a_low * b_high & _LOW_32)
    low = a * b
    high = a_high * b_high + (a_high * b_low >> _SHIFT_32) + (a_low * b_high >> _SHIFT_32) + (cross >> _SHIFT_32)
    return low, high
