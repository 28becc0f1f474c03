"""Who pays when traders cannot: the pool, insurance, winners."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.risk.measures.model import INSURANCE, SOLVENCY, Direction, Kind, Measure, last, ratio, total
from sim.risk.records import Records

DUST_USD = 0.01  # a loss below one cent is rounding, not bad debt
_BOOKED = "Liquidator.lost_usd_wad: every call that books a loss, liquidations, unwinding, settlements and deleveraging"


def has_bad_debt(records: Records) -> np.ndarray:
    """One where the pool took any loss from traders it could not collect, else zero."""
    return (records.series["bad_debt_usd"][:, -1] > DUST_USD).astype(float)


def bad_debt_bps(records: Records) -> np.ndarray:
    """Bad debt over the highest open interest of the path."""
    peak = np.max(records.series["open_interest_usd"], axis=1)
    return 1e4 * ratio(records.series["bad_debt_usd"][:, -1], peak)


def _insurance(
    name: str,
    label: str,
    what: str,
    formula: str,
    source: str,
    is_not: str,
    better: Direction = "neither",
    kind: Kind = "sum",
    is_signed: bool = False,
) -> Measure:
    per_path = partial(total, name=name)
    return Measure(
        name, label, "USD", INSURANCE, per_path, what, formula, source, is_not, better, kind, is_signed
    )  # fmt: skip


MEASURES = (
    Measure(
        "bad_debt_probability", "Chance of bad debt", "probability", SOLVENCY, has_bad_debt,
        "Share of paths on which the pool took a loss it could not collect (over one cent).",
        "1 if bad_debt_usd[last] > 0.01 else 0", _BOOKED,
        "not the chance that insurance pays.", "lower", "probability",
    ),
    Measure(
        "bad_debt_usd", "Bad debt", "USD", SOLVENCY, partial(last, series="bad_debt_usd"),
        "Loss of traders that fell on the pool, after the insurance and before winners give any of it back.",
        "bad_debt_usd[last]", _BOOKED,
        "neither what insurance lost nor what accounts under water have not been made to book: insurance_result_usd, "
        "unbooked_loss_usd.", "lower", "loss",
    ),
    Measure(
        "bad_debt_bps", "Bad debt / peak OI", "bps", SOLVENCY, bad_debt_bps,
        "Bad debt in basis points of the path's highest open interest.",
        "1e4 * bad_debt_usd[last] / max(open_interest_usd)", _BOOKED, "no share of the pool's value.", "lower",
        "loss",
    ),
    Measure(
        "unbooked_loss_usd", "Losses not booked", "USD", SOLVENCY, partial(total, name="unbooked_loss_usd"),
        "By how much traders are below zero at the end and nobody has liquidated them: the pool's value counts it as "
        "if it were paid.",
        "sum over traders of max(-worth, 0) at the end", "Lens.worths at mid",
        "no bad debt yet: prices may come back.", "lower", "loss",
    ),
    Measure(
        "deleveraged_usd", "Deleveraged notional", "USD", SOLVENCY, partial(total, name="deleveraged_usd"),
        "Notional of winners' positions closed by auto-deleveraging.",
        "sum of closed_usd of deleverage", "words of deleverage", "no loss: they are paid what they won.",
        "lower", "loss",
    ),
    Measure(
        "deleverage_haircut_usd", "Deleveraging haircut", "USD", SOLVENCY,
        partial(total, name="deleverage_haircut_usd"),
        "Profit that winners gave back to the pool for the losses of bankrupt accounts.",
        "sum of taken_usd of haircuts + what Cohorts.given_usd_wad has grown by", "words of deleverage; Cohorts",
        "not taken off bad debt.", "lower", "loss",
    ),
    Measure(
        "deleverage_overshoot_usd", "Deleveraging overshoot", "USD", SOLVENCY,
        partial(total, name="deleverage_overshoot_usd"),
        "Profit closed or taken back beyond what was needed.",
        "sum of overshoot_usd of deleverage", "words of deleverage",
        "not told by an index that cuts all winners at once.", "lower", "loss",
    ),
    _insurance("insurance_opening_usd", "Insurance opens with",
               "What the fund holds before the start. Nobody who is measured paid it: the first provider's wallet did, "
               "and his shares do not show it. It stands beside the results, and counts in none.",
               "insurance_usd[first]", "the design's insurance_usd, in tokens of the account at mid",
               "no merit: a design with a larger fund had it given."),
    _insurance("insurance_result_usd", "Insurance result",
               "What the fund has at the end, its open positions included, less what it opened with. The rows below "
               "add up to it.",
               "received - paid + positions + prices", "Lens.worths of its account and its tokens, at mid",
               "not what is left in it.", "higher", is_signed=True),
    _insurance("insurance_received_usd", "· received",
               "Penalties, and the collateral of accounts that it took over.",
               "penalty_usd + margin_taken_over_usd", "words of liquidate, at the oracle's low", "no fee of a rule."),
    _insurance("insurance_used_usd", "· paid (minus)",
               "Losses of bankrupt accounts that it paid, so that the pool did not.",
               "sum of insured_usd of liquidate", "words of liquidate",
               "not what it lost on positions of its own.", "lower", "loss"),
    _insurance("insurance_positions_usd", "· positions taken over",
               "What became of them at mid, realised and open; less rewards of keepers that it topped up, and "
               "the spread between low and mid at which it is paid.",
               "tokens that came and went at mid of the moment - received + paid + change in worth of open positions",
               "the account's tokens as each step begins; Lens.worths at the end",
               "mostly not visible as paid: who takes a position over takes its loss with it.", "higher",
               is_signed=True),
    _insurance("insurance_prices_usd", "· prices",
               "Price changes of the tokens that it holds.", "sum of tokens * change of mid",
               "the account's tokens at the oracle's mid", "no merit of the rules.", is_signed=True),
    _insurance("taken_over_usd", "Taken over, notional",
               "Cost of the positions that insurance took over at the bankruptcy price.",
               "sum of assigned_usd of liquidate", "words of liquidate",
               "no loss, and no part of the liquidated notional: nothing is closed then."),
)  # fmt: skip
