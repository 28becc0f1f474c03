"""What traders are left with."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.risk.measures.model import TRADERS, Measure, liquidation_sum, total
from sim.risk.records import Records

_WORDS = "words of liquidate"


def trader_result_usd(records: Records) -> np.ndarray:
    """What traders hold at the end and took out, minus what they put in."""
    kept = total(records, "trader_final_usd") + total(records, "trader_withdrawal_usd")
    return kept - total(records, "trader_deposit_usd")


def _cause(name: str, label: str, what: str, source: str, is_not: str) -> Measure:
    return Measure(
        name, label, "USD", TRADERS, partial(total, name=name), what, f"totals.{name}", source, is_not,
        kind="sum", is_signed=True,
    )  # fmt: skip


def _of_liquidations(records: Records, column: str) -> np.ndarray:
    return liquidation_sum(records, records.liquidations[column])


MEASURES = (
    Measure(
        "trader_result_usd", "Traders' net result", "USD", TRADERS, trader_result_usd,
        "What traders have at the end and took home, minus what they put in: collateral and positions at the oracle's "
        "mid without haircuts, margin and stakes of waiting orders included.",
        "trader_final_usd + trader_withdrawal_usd - trader_deposit_usd",
        "Lens.worths of all traders at the end, nobody below zero; deposits and withdrawals at mid of the moment",
        "not what they could withdraw at once; prices of their collateral are in it.", "higher", "sum",
        True,
    ),
    _cause("trader_prices_usd", "· prices of collateral",
           "Price changes of what accounts hold. The result is this less the four rows below, and plus losses that are "
           "not booked.",
           "collateral of all accounts but insurance and treasury, at the oracle's mid", "no result of positions."),
    _cause("trader_to_pool_usd", "· gone to the pool",
           "What the pool got of accounts: losses less profits, fees, forfeits, the protocol's share included.",
           "the pool's and the treasury's tokens as each step begins; Pool.aum",
           "not the providers' result: deposits, redemptions and swaps are not in it."),
    _cause("trader_to_insurance_usd", "· gone to insurance",
           "What insurance got of accounts less what it paid for them, open positions included: its result without "
           "prices.",
           "insurance's tokens as each step begins; Lens.worths", "not only penalties: losses that it pays go off."),
    _cause("trader_to_keepers_usd", "· gone to keepers",
           "What keepers' accounts have more: rewards of liquidations and of orders.",
           "Lens.worths of keepers' accounts", "no rewards for exits and entries, which others pay."),
    _cause("trader_kept_usd", "· kept for others",
           "What the pool owes and no position has: price impact kept for better prices, funding less what is promised "
           "of it, the protocol's part of unpaid fees, rebates set aside.",
           "Market's tokens less Pool.aum less what positions are worth", "neither the pool's nor any account's."),
    Measure(
        "liquidation_charges_usd", "Liquidation charges", "USD", TRADERS,
        partial(_of_liquidations, column="charges_usd"),
        "Keeper reward, penalty and fee taken from liquidated traders.",
        "sum of min(reward_usd + penalty_usd + fee_usd, equity before)", _WORDS,
        "no forfeited collateral, and none that insurance took over with positions: rows of their own.",
        "lower", "sum",
    ),
    Measure(
        "forfeited_usd", "Forfeited collateral", "USD", TRADERS, partial(total, name="forfeited_usd"),
        "What fully liquidated traders had left and the pool kept.",
        "sum of forfeited_usd where nothing was taken over", _WORDS, "no fee.", "lower", "sum",
    ),
    Measure(
        "margin_taken_over_usd", "Collateral taken over", "USD", TRADERS, partial(total, name="margin_taken_over_usd"),
        "Collateral that went to insurance together with positions.",
        "sum of forfeited_usd where assigned_usd > 0", _WORDS,
        "no income: the loss of the positions goes along.", kind="sum",
    ),
    Measure(
        "charges_avoided_usd", "Charges avoided", "USD", TRADERS,
        partial(_of_liquidations, column="charges_avoided_usd"),
        "What closing everything would have charged accounts whose first liquidation was partial, less what they were "
        "charged from then on.",
        "sum over those accounts of min(full_charges_usd, equity) - their charges", _WORDS,
        "zero where nothing is liquidated in part; below zero where slices cost more than one cut.", "higher", "sum",
        True,
    ),
    Measure(
        "exposure_result_usd", "Result of exposure kept", "USD", TRADERS,
        partial(_of_liquidations, column="exposure_result_usd"),
        "What became, at mid, of what a first partial liquidation left open: worth at the end and taken home, less "
        "worth right after it, later charges of liquidations left out.",
        "sum over those accounts of final worth + withdrawn + later charges - worth then",
        "Lens.worths after the liquidation and at the end", "luck of the market after the cut, no merit of the rule.",
        kind="sum", is_signed=True,
    ),
)  # fmt: skip
