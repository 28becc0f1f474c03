"""Prices, open interest, arbitrage, and those who keep the pool going."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.risk.measures.model import MARKET, Measure, peak, ratio, total
from sim.risk.records import NO_ROOM, STATUS_HALTED, STATUS_OK, WISH, Records

_COMMON = "averaged over the feeds that all compared designs have, by symbol"


def oracle_error_bps(records: Records) -> np.ndarray:
    """Mean absolute distance of the oracle's price from the true price, where there is a price."""
    true = records.series["true_price_usd"]
    error = np.abs(ratio(records.series["oracle_mid_usd"], true) - 1.0)
    is_priced = (records.series["oracle_status"] != STATUS_HALTED) & np.isfinite(error)
    summed = np.sum(np.where(is_priced, error, 0.0), axis=(1, 2))
    return 1e4 * ratio(summed, np.sum(is_priced, axis=(1, 2)).astype(float))


def oracle_not_ok_pct(records: Records) -> np.ndarray:
    """Share of steps times feeds at which the price was wide or missing."""
    is_off = records.series["oracle_status"] != STATUS_OK
    count = np.full(len(records.paths), float(is_off.shape[1] * is_off.shape[2]))
    return 100.0 * ratio(np.sum(is_off, axis=(1, 2)).astype(float), count)


def weight_distance_pct(records: Records) -> np.ndarray:
    """Mean over time of half the sum of the weights' distances to their targets."""
    return 100.0 * np.mean(records.series["weight_distance"], axis=1)


def peak_pct(records: Records, series: str) -> np.ndarray:
    """Highest value of a share."""
    return 100.0 * peak(records, series)


def reverted_actions(records: Records) -> np.ndarray:
    """Actions that the contracts refused; what found no room in a block was never asked, and a wish is no action."""
    told = records.reverts.items()
    asked = [count for (verb, reason), count in told if reason != NO_ROOM and not verb.endswith(WISH)]
    counts = [np.asarray(count, dtype=float) for count in asked]
    return np.sum(counts, axis=0) if counts else np.zeros(len(records.paths))


MEASURES = (
    Measure(
        "weight_distance_pct", "Distance to target", "%", MARKET, weight_distance_pct,
        "Share of the pool that sits in the wrong asset, mean over time.",
        "mean over time of sum over assets of |weight - target| / 2", "the pool's tokens at the oracle's mid",
        "not comparable where designs have different assets.", "lower", "outlying",
    ),
    Measure(
        "oracle_error_bps", "Oracle error", "bps", MARKET, oracle_error_bps,
        "Mean distance of the oracle's price from the true price, while there is a price.",
        f"mean over steps and feeds of |oracle_mid_usd / true_price_usd - 1|, {_COMMON}",
        "Oracle.prices as each step begins; the world's true prices",
        "no error of the price that a trade got: that one is low or high.", "lower", by_feed=True,
    ),
    Measure(
        "oracle_not_ok_pct", "Time price wide or missing", "%", MARKET, oracle_not_ok_pct,
        "Share of steps and feeds without a normal price.",
        f"mean over steps and feeds of oracle_status != 0, {_COMMON}", "Oracle.prices as each step begins",
        "no outage by itself: a wide price still closes positions.", "lower", by_feed=True,
    ),
    Measure(
        "open_interest_peak_usd", "Peak open interest", "USD", MARKET, partial(peak, series="open_interest_usd"),
        "Highest notional of all positions, long plus short, insurance's among them.",
        "max over time of sum over markets of (long + short size) * mid", "Market.sides at the oracle's mid",
        "neither net nor at cost: caps on open interest are on one side, at cost.", kind="skewed",
    ),
    Measure(
        "utilisation_peak_pct", "Peak open interest / pool", "%", MARKET, partial(peak_pct, series="utilisation"),
        "Highest ratio of open interest to the value of the pool's tokens.",
        "max over time of open_interest_usd / sum of tokens * mid", "Market.sides and Market.buckets at mid",
        "not what the design calls utilisation: how much it reserves for a position is its own rule.",
        kind="skewed",
    ),
    Measure(
        "reserved_peak_pct", "Peak reserved share", "%", MARKET, partial(peak_pct, series="reserved_share"),
        "Highest share of the pool's tokens that is reserved for what positions may win, by the design's own rule.",
        "max over time of sum of reserved * mid / sum of tokens * mid", "Market.buckets at mid",
        "not comparable between designs that reserve by different rules.", kind="skewed",
    ),
    Measure(
        "arbitrage_loss_usd", "Pool's loss to arbitrage", "USD", MARKET, partial(total, name="arbitrage_loss_usd"),
        "What the arbitrageur's swaps took out of the pool less what they brought, at true prices of the moment: below "
        "zero where the pool gains.",
        "sum over executed swaps of tokens out * true price - tokens in * true price",
        "words of swap and execute_entry; the world's true prices",
        "not what the arbitrageur makes: he buys and sells at venues' quotes. The protocol's share of the fee is not "
        "taken off.", "lower", "sum", True,
    ),
    Measure(
        "arbitrageur_result_usd", "Arbitrageur's result", "USD", MARKET, partial(total, name="arbitrageur_result_usd"),
        "What arbitrage makes at its fills: gives what it bought at the best ask, sells what it gets at the best bid.",
        "sum over swaps of tokens got * bid - tokens given * ask; what a request returns, or still holds, at the bid",
        "words of swap, request_swap and execute_entry; the venues' quotes",
        "no loss of the pool: most of it comes from venues whose quotes are off, bought without impact.", kind="sum",
        is_signed=True,
    ),
    Measure(
        "keeper_reward_usd", "Liquidation rewards", "USD", MARKET, partial(total, name="keeper_reward_usd"),
        "What keepers were paid for liquidations, by accounts, insurance or the pool.",
        "sum of reward_usd of liquidate", "words of liquidate",
        "no rewards for orders, exits and entries, which those who ask set aside.", kind="sum",
    ),
    Measure(
        "reverted_actions", "Reverted actions", "count", MARKET, reverted_actions,
        "Actions that the contracts refused, for any reason.", "calls with a status other than OK",
        "status of every call", "not what found no room in a block.", kind="count",
    ),
)  # fmt: skip
