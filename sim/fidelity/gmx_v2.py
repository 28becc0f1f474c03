"""GMX v2: the growth of a market's borrowing and funding factors, minute by minute, by our own policies.

The file is one of minute states of a GM market (zelos-alpha/demeter, samples of ETH/USDC on Arbitrum), with columns
named as there. Parameters are the market's own (gmx-synthetics, config/markets.ts, ETH/USD on Arbitrum).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import bisect

from sim.inputs.errors import InputError
from sim.workbench.bench import Bench

WAD = 10**18
YEAR_S = 31_536_000
STEP_S = 60

#: openInterestReserveFactor, optimalUsageFactor, baseBorrowingFactor and aboveOptimalUsageBorrowingFactor of ETH/USDC.
RESERVE_FACTOR = 2.70
OPTIMAL_USAGE = 0.85
BASE_PER_YEAR = 0.45
ABOVE_PER_YEAR = 0.90

#: FUNDING_RATE_CONFIG_LOW and the increase and decrease of the default configuration.
MAXIMUM_PER_YEAR = 0.75
MINIMUM_PER_YEAR = 0.01
INCREASE_S = 3 * 3_600
DECREASE_S = 48 * 3_600
STABLE_THRESHOLD = 0.04
DECREASE_THRESHOLD = 0.0

COLUMNS = (
    "timestamp",
    "longAmount",
    "shortAmount",
    "longPrice",
    "shortPrice",
    "indexPrice",
    "openInterestLong",
    "openInterestShort",
    "openInterestInTokensLong",
    "cumulativeBorrowingFactorLong",
    "cumulativeBorrowingFactorShort",
    "shortTokenFundingFeeAmountPerSizeLong",
    "shortTokenFundingFeeAmountPerSizeShort",
)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a factor grew by on the chain, and what our policy makes of the same states."""

    factor: str
    recorded: float
    ours: float

    @property
    def error(self) -> float:
        """Relative, signed."""
        return self.ours / self.recorded - 1.0


def read_states(file: Path, day: str) -> pd.DataFrame:
    """The minute states of one day.

    Raises:
        InputError: the file is missing, lacks a column, or has no such day.
    """
    if not file.is_file():
        raise InputError(file=file, expected="a Parquet file of minute states")
    table = pd.read_parquet(file)
    for column in COLUMNS:
        if column not in table.columns:
            raise InputError(file=file, key=column, expected="a column of this name")
    chosen = table[table["timestamp"].dt.strftime("%Y-%m-%d") == day]
    chosen = chosen[list(COLUMNS)].dropna().reset_index(drop=True)
    if len(chosen) < 2:
        raise InputError(file=file, key=day, expected="at least two complete rows of this day")
    return chosen


def borrowing(states: pd.DataFrame) -> list[Growth]:
    """Growth of the accrued borrowing factors of both sides."""
    at_kink = BASE_PER_YEAR * OPTIMAL_USAGE
    policy = Bench(
        "policies/borrow_rate/KinkedBorrow.vy",
        0,
        _per_second(at_kink),
        # GMX's base slope goes on above the kink, and the additional one comes on top of it.
        _per_second(BASE_PER_YEAR + (ABOVE_PER_YEAR - BASE_PER_YEAR)),
        _wad(OPTIMAL_USAGE),
        True,
    )
    long_reserved = states["openInterestInTokensLong"] * states["indexPrice"]
    long_use = long_reserved / (RESERVE_FACTOR * states["longAmount"] * states["longPrice"])
    short_use = states["openInterestShort"] / (RESERVE_FACTOR * states["shortAmount"] * states["shortPrice"])
    grown = np.zeros(2)
    columns = (long_use, short_use, states["openInterestLong"], states["openInterestShort"])
    for row in zip(*(column.iloc[:-1] for column in columns), strict=True):
        uses, sides = [_wad(value) for value in row[:2]], [_wad(value) for value in row[2:]]
        long_rate, short_rate, _ = policy.call("rates", 0, *uses, *sides, STEP_S, 0)
        grown += np.array([long_rate, short_rate], dtype=float) / WAD * STEP_S
    recorded = [_growth(states[f"cumulativeBorrowingFactor{side}"]) for side in ("Long", "Short")]
    return [
        Growth("borrowing, long", recorded[0], float(grown[0])),
        Growth("borrowing, short", recorded[1], float(grown[1])),
    ]


def funding(states: pd.DataFrame, increase_s: int = INCREASE_S) -> list[Growth]:
    """Growth of the funding that each side paid per USD of its size, in the short token.

    The saved rate at the beginning is not in the file: it is taken from what longs paid in the first hour. The original
    charges the rate on the larger side and lets the paying one bear it, whichever that is (MarketUtils.sol,
    getNextFundingAmountPerSize); our Market charges it on the paying side.
    """
    policy = Bench(
        "policies/funding_rate/AdaptiveFunding.vy",
        _per_second(MINIMUM_PER_YEAR),
        _per_second(MAXIMUM_PER_YEAR),
        increase_s,
        DECREASE_S,
        _wad(STABLE_THRESHOLD),
        _wad(DECREASE_THRESHOLD),
    )
    memo = 2**127 + _per_second(first_rate_per_year(states))
    paid = {"Long": 0.0, "Short": 0.0}
    for long, short in zip(states["openInterestLong"].iloc[:-1], states["openInterestShort"].iloc[:-1], strict=True):
        rate, memo = policy.call("rate", 0, _wad(long), _wad(short), STEP_S, memo)
        paying = long if rate > 0 else short
        paid["Long" if rate > 0 else "Short"] += abs(rate) / WAD * STEP_S * max(long, short) / paying
    return [
        Growth(
            f"funding, {side.lower()}",
            _growth(states[f"shortTokenFundingFeeAmountPerSize{side}"]),
            paid[side],
        )
        for side in ("Long", "Short")
    ]


def fitted_increase_s(states: pd.DataFrame, least_s: int = 3_600, most_s: int = 48 * 3_600) -> int:
    """The time from nought to the maximum with which our policy pays what longs paid in these states."""

    def above(increase_s: int) -> float:
        long, _ = funding(states, increase_s)
        return long.error

    return int(bisect(lambda seconds: above(round(seconds)), least_s, most_s, xtol=60))


def first_rate_per_year(states: pd.DataFrame, minutes: int = 60) -> float:
    """What longs paid per USD of size in the first minutes, per year."""
    column = states["shortTokenFundingFeeAmountPerSizeLong"]
    return float(column.iloc[minutes] - column.iloc[0]) * YEAR_S / (minutes * STEP_S)


def _growth(column: pd.Series) -> float:
    return float(column.iloc[-1] - column.iloc[0])


def _wad(value: float) -> int:
    return round(value * 10**9) * 10**9


def _per_second(per_year: float) -> int:
    return round(per_year * 10**9) * 10**9 // YEAR_S
