"""Fees: what a rule charges, and nothing else."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.risk.measures.model import FEES, Kind, Measure, total
from sim.risk.records import Records

SOURCES = ("trade", "borrow", "mint", "redeem", "swap", "liquidation")
REBATED = ("mint", "redeem", "swap")  # below zero where who moves the pool toward its target is paid for it


def fee_usd(records: Records, source: str) -> np.ndarray:
    """Gross fees from one source."""
    return total(records, f"{source}_fee_usd")


def fees_usd(records: Records) -> np.ndarray:
    """Gross fees from all sources."""
    return np.sum([fee_usd(records, source) for source in SOURCES], axis=0)


def _fee(source: str, what: str, words: str, is_not: str, kind: Kind = "sum") -> Measure:
    return Measure(
        f"{source}_fee_usd", f"{source.capitalize()} fees", "USD", FEES, partial(fee_usd, source=source),
        f"Gross fees {what}.", f"sum of {'borrow' if source == 'borrow' else 'fee'}_usd of {words}",
        f"words of {words}", is_not, kind=kind, is_signed=source in REBATED,
    )  # fmt: skip


MEASURES = (
    _fee("trade", "for opening and closing positions", "trade and execute", "no price impact and no spread."),
    _fee("borrow", "for borrowing from the pool", "trade, execute and liquidate",
         "neither accrued and unpaid, nor what unwinding and deleveraging settle."),
    _fee("mint", "for adding liquidity", "mint and execute_entry", "below zero: a rebate.", "outlying"),
    _fee("redeem", "for taking liquidity out", "redeem and execute_exit", "below zero: a rebate."),
    _fee("swap", "for swapping against the pool", "swap and execute_entry", "not what the pool gains by swaps."),
    _fee("liquidation", "taken at liquidation", "liquidate",
         "no forfeited collateral, no penalty, no keeper's reward, no collateral taken over."),
    Measure(
        "fees_usd", "All fees", "USD", FEES, fees_usd, "Sum of the sources.",
        " + ".join(f"{source}_fee_usd" for source in SOURCES), "words of the calls",
        "no penalties, forfeits or takeovers; not net of the protocol's share.", kind="sum", is_signed=True,
    ),
    Measure(
        "protocol_fee_usd", "of which protocol", "USD", FEES, partial(total, name="protocol_fee_usd"),
        "Part of all fees that left to the treasury.", "tokens of the treasury at the end * mid",
        "Market.collateral of the treasury", "not its share of borrow fees that are not paid yet.", kind="sum",
    ),
    Measure(
        "penalty_usd", "Liquidation penalties", "USD", FEES, partial(total, name="penalty_usd"),
        "What liquidated traders paid to insurance.", "sum of penalty_usd of liquidate", "words of liquidate",
        "no fee of the pool, and no part of all fees.", kind="sum",
    ),
)  # fmt: skip
