"""The measures of a run, one number per path each, and their registry.

Every function takes Records and returns (P,) floats in the order of `records.paths`. NaN means that
a path has no such number (a share price that starts at zero, no open interest at all); it is never
used for zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from sim.records import NO_ROOM, STATUS_HALTED, STATUS_OK, Records

DUST_USD = 0.01  # a loss below one cent is rounding, not bad debt
FEE_SOURCES = ("trade", "borrow", "mint", "redeem", "swap", "liquidation")
GROUPS = ("Liquidity providers", "Solvency", "Liquidations", "Traders", "Market", "Fees")

Direction = Literal["higher", "lower", "neither"]
Kind = Literal["mean", "skewed", "probability", "sum", "count", "loss"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per path, and how to read it.

    `kind` says how paths are spread, and so when their mean has an interval: "probability" for an indicator (0 or 1),
    "mean" for what is close to symmetric, "skewed" for what is not, "sum" for amounts of USD, "count" for whole
    numbers, "loss" for what is zero on most paths and very large on a few.
    """

    key: str
    label: str
    unit: str
    group: str
    per_path: Callable[[Records], np.ndarray]
    help: str
    better: Direction = "neither"
    kind: Kind = "mean"
    is_signed: bool = False  # may be below zero, and so may the interval of its mean

    @property
    def adds_up(self) -> bool:
        """Whether the sum over paths means something."""
        return self.unit in ("USD", "count")


def lp_return_pct(records: Records) -> np.ndarray:
    """Share price at the end over the start, minus one."""
    return _change_pct(records.series["share_price_usd"])


def lp_excess_pct(records: Records) -> np.ndarray:
    """Return of a share minus the return of holding the initial basket."""
    return lp_return_pct(records) - _change_pct(records.series["basket_price_usd"])


def lp_drawdown_pct(records: Records) -> np.ndarray:
    """Largest fall of the share price from an earlier high."""
    price = records.series["share_price_usd"]
    high = np.maximum.accumulate(price, axis=1)
    return 100.0 * np.max(_ratio(high - price, high), axis=1)


def lp_loss_pct(records: Records) -> np.ndarray:
    """Loss of a share: the return with its sign turned, what tail measures are taken of."""
    return -lp_return_pct(records)


def has_bad_debt(records: Records) -> np.ndarray:
    """One where the pool took any loss from traders it could not collect, else zero."""
    return (records.series["bad_debt_usd"][:, -1] > DUST_USD).astype(float)


def bad_debt_bps(records: Records) -> np.ndarray:
    """Bad debt over the highest open interest of the path."""
    peak = np.max(records.series["open_interest_usd"], axis=1)
    return 1e4 * _ratio(records.series["bad_debt_usd"][:, -1], peak)


def full_liquidations(records: Records) -> np.ndarray:
    """Liquidations that closed everything."""
    return _per_path(records, records.liquidations["is_full"] != 0)


def partial_liquidations(records: Records) -> np.ndarray:
    """Liquidations that closed a part."""
    return _per_path(records, records.liquidations["is_full"] == 0)


def trader_result_usd(records: Records) -> np.ndarray:
    """What traders hold at the end and took out, minus what they put in."""
    totals = records.totals
    kept = totals["trader_final_equity_usd"] + totals["trader_withdrawal_usd"]
    return kept - totals["trader_deposit_usd"]


def oracle_error_bps(records: Records) -> np.ndarray:
    """Mean absolute distance of the oracle's price from the true price, where there is a price."""
    true = records.series["true_price_usd"]
    error = np.abs(_ratio(records.series["oracle_mid_usd"], true) - 1.0)
    is_priced = (records.series["oracle_status"] != STATUS_HALTED) & np.isfinite(error)
    total = np.sum(np.where(is_priced, error, 0.0), axis=(1, 2))
    return 1e4 * _ratio(total, np.sum(is_priced, axis=(1, 2)).astype(float))


def oracle_not_ok_pct(records: Records) -> np.ndarray:
    """Share of steps times feeds at which the price was wide or missing."""
    return 100.0 * np.mean(records.series["oracle_status"] != STATUS_OK, axis=(1, 2))


def weight_distance_pct(records: Records) -> np.ndarray:
    """Mean over time of half the sum of the weights' distances to their targets."""
    return 100.0 * np.mean(records.series["weight_distance"], axis=1)


def utilisation_peak_pct(records: Records) -> np.ndarray:
    """Highest share of the pool that was reserved for positions."""
    return 100.0 * np.max(records.series["utilisation"], axis=1)


def open_interest_peak_usd(records: Records) -> np.ndarray:
    """Highest notional of all positions."""
    return np.max(records.series["open_interest_usd"], axis=1)


def fee_usd(records: Records, source: str) -> np.ndarray:
    """Gross fees from one source."""
    return _total(records, f"{source}_fee_usd")


def fees_usd(records: Records) -> np.ndarray:
    """Gross fees from all sources."""
    return np.sum([fee_usd(records, source) for source in FEE_SOURCES], axis=0)


def reverted_actions(records: Records) -> np.ndarray:
    """Actions that the contracts refused; what found no room in a block was never asked."""
    asked = [count for (_, reason), count in records.reverts.items() if reason != NO_ROOM]
    counts = [np.asarray(count, dtype=float) for count in asked]
    return np.sum(counts, axis=0) if counts else np.zeros(len(records.paths))


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the bottom is not positive."""
    out = np.full(np.broadcast_shapes(np.shape(top), np.shape(bottom)), np.nan)
    return np.divide(top, bottom, out=out, where=np.asarray(bottom) > 0.0)


def _change_pct(price: np.ndarray) -> np.ndarray:
    return 100.0 * (_ratio(price[:, -1], price[:, 0]) - 1.0)


def late_liquidations(records: Records) -> np.ndarray:
    """Liquidations that found no room in a block, (P,)."""
    return np.asarray(records.reverts.get(("liquidate", NO_ROOM), np.zeros(len(records.paths))), dtype=float)


def _per_path(records: Records, weights: np.ndarray) -> np.ndarray:
    """Sum of a liquidation column by path, (n,) -> (P,)."""
    order = np.argsort(records.paths, kind="stable")
    at = order[np.searchsorted(records.paths, records.liquidations["path"], sorter=order)]
    return np.bincount(at, np.asarray(weights, dtype=float), minlength=len(records.paths))


def _liquidation_sum(records: Records, column: str) -> np.ndarray:
    return _per_path(records, records.liquidations[column])


def _last(records: Records, series: str) -> np.ndarray:
    return np.asarray(records.series[series][:, -1], dtype=float)


def _total(records: Records, name: str) -> np.ndarray:
    return np.asarray(records.totals[name], dtype=float)


def _fee(source: str, what: str) -> Measure:
    return Measure(
        f"{source}_fee_usd", f"{source.capitalize()} fees", "USD", "Fees",
        partial(fee_usd, source=source), f"Gross fees {what}.", kind="sum",
    )  # fmt: skip


_LP, _SOLVENCY, _LIQUIDATIONS, _TRADERS, _MARKET, _FEES = GROUPS

MEASURES: tuple[Measure, ...] = (
    Measure("lp_return_pct", "LP return", "%", _LP, lp_return_pct,
            "Price of a pool share at the end over the start, minus one.", "higher", is_signed=True),
    Measure("lp_excess_pct", "LP return over basket", "pp", _LP, lp_excess_pct,
            "LP return minus the return of holding the initial target basket.", "higher", is_signed=True),
    Measure("lp_drawdown_pct", "LP max drawdown", "%", _LP, lp_drawdown_pct,
            "Largest fall of the share price from an earlier high.", "lower"),
    Measure("bad_debt_probability", "Chance of bad debt", "probability", _SOLVENCY, has_bad_debt,
            "Share of paths on which the pool took a loss it could not collect (over one cent).",
            "lower", "probability"),
    Measure("bad_debt_usd", "Bad debt", "USD", _SOLVENCY, partial(_last, series="bad_debt_usd"),
            "Loss of traders that fell on the pool, after the insurance.", "lower", "loss"),
    Measure("bad_debt_bps", "Bad debt / peak OI", "bps", _SOLVENCY, bad_debt_bps,
            "Bad debt in basis points of the path's highest open interest.", "lower", "loss"),
    Measure("insurance_used_usd", "Insurance used", "USD", _SOLVENCY,
            partial(_total, name="insurance_used_usd"),
            "Bad debt that the insurance account paid.", "lower", "loss"),
    Measure("taken_over_usd", "Taken over by insurance", "USD", _SOLVENCY,
            partial(_total, name="taken_over_usd"),
            "Cost of the positions that insurance took over at the bankruptcy price.", kind="sum"),
    Measure("deleveraged_usd", "Deleveraged notional", "USD", _SOLVENCY,
            partial(_total, name="deleveraged_usd"),
            "Notional of winners' positions closed by auto-deleveraging.", "lower", "loss"),
    Measure("deleverage_haircut_usd", "Deleveraging haircut", "USD", _SOLVENCY,
            partial(_total, name="deleverage_haircut_usd"),
            "Profit that winners gave back to the pool for the losses of bankrupt accounts.", "lower", "loss"),
    Measure("deleverage_overshoot_usd", "Deleveraging overshoot", "USD", _SOLVENCY,
            partial(_total, name="deleverage_overshoot_usd"),
            "Profit closed or taken back beyond what was needed.", "lower", "loss"),
    Measure("liquidated_usd", "Liquidated notional", "USD", _LIQUIDATIONS,
            partial(_last, series="liquidated_usd"),
            "Notional of positions closed by liquidation.", "lower", "sum"),
    Measure("full_liquidations", "Full liquidations", "count", _LIQUIDATIONS, full_liquidations,
            "Liquidations that closed the whole account.", "lower", "count"),
    Measure("partial_liquidations", "Partial liquidations", "count", _LIQUIDATIONS,
            partial_liquidations, "Liquidations that closed a part of the account.", kind="count"),
    Measure("wrongful_liquidations", "Wrongful liquidations", "count", _LIQUIDATIONS,
            partial(_liquidation_sum, column="is_wrongful"),
            "Liquidations at a price that no honest median showed, then or in the next five minutes.",
            "lower", "count"),
    Measure("late_liquidations", "Liquidations without room", "count", _LIQUIDATIONS, late_liquidations,
            "Liquidations that keepers sent and that did not fit into the blocks of a step.", "lower", "count"),
    Measure("liquidation_charges_usd", "Liquidation charges", "USD", _TRADERS,
            partial(_liquidation_sum, column="charges_usd"),
            "Keeper reward, penalty, fee and forfeited margin taken from liquidated traders.",
            "lower", "sum"),
    Measure("equity_saved_usd", "Equity saved", "USD", _TRADERS,
            partial(_liquidation_sum, column="equity_saved_usd"),
            "What liquidated traders kept over what a full close at the first liquidation leaves.",
            "higher", "sum", is_signed=True),
    Measure("trader_result_usd", "Traders' net result", "USD", _TRADERS, trader_result_usd,
            "Final equity plus withdrawals minus deposits; mostly the pool's loss.",
            "higher", "sum", is_signed=True),
    Measure("weight_distance_pct", "Distance to target", "%", _MARKET, weight_distance_pct,
            "Share of the pool that sits in the wrong asset, mean over time.", "lower", "skewed"),
    Measure("oracle_error_bps", "Oracle error", "bps", _MARKET, oracle_error_bps,
            "Mean distance of the oracle's price from the true price, while there is a price.",
            "lower"),
    Measure("oracle_not_ok_pct", "Time price wide or missing", "%", _MARKET, oracle_not_ok_pct,
            "Share of steps and feeds without a normal price.", "lower"),
    Measure("utilisation_peak_pct", "Peak utilisation", "%", _MARKET, utilisation_peak_pct,
            "Highest share of the pool reserved for positions.", kind="skewed"),
    Measure("open_interest_peak_usd", "Peak open interest", "USD", _MARKET,
            open_interest_peak_usd, "Highest notional of all positions, long plus short.", kind="sum"),
    Measure("arbitrage_profit_usd", "Arbitrage profit", "USD", _MARKET,
            partial(_total, name="arbitrage_profit_usd"),
            "What arbitrageurs earned against the pool.", kind="sum", is_signed=True),
    Measure("keeper_reward_usd", "Keeper rewards", "USD", _MARKET,
            partial(_total, name="keeper_reward_usd"), "What keepers were paid.", kind="sum"),
    Measure("reverted_actions", "Reverted actions", "count", _MARKET, reverted_actions,
            "Actions that the contracts refused, for any reason.", kind="count"),
    _fee("trade", "for opening and closing positions"),
    _fee("borrow", "for borrowing from the pool"),
    _fee("mint", "for adding liquidity"),
    _fee("redeem", "for taking liquidity out"),
    _fee("swap", "for swapping against the pool"),
    _fee("liquidation", "taken at liquidation"),
    Measure("fees_usd", "All fees", "USD", _FEES, fees_usd, "Sum of the sources.", kind="sum"),
    Measure("protocol_fee_usd", "of which protocol", "USD", _FEES,
            partial(_total, name="protocol_fee_usd"),
            "Part of all fees that left to the treasury.", kind="sum"),
)  # fmt: skip


def by_key(key: str) -> Measure:
    """The registered measure of that key."""
    return next(measure for measure in MEASURES if measure.key == key)
