"""What liquidity providers get: the return of a share, what is left of it without the basket, and its causes in USD."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.risk.measures.model import LP, LP_PARTS, Measure, change_pct, ratio, total
from sim.risk.records import PROVIDERS_PARTS, Records

_SHARE = "Pool.aum at the oracle's mid over Pool.totalSupply, as each step begins and once more after the last"


def lp_return_pct(records: Records) -> np.ndarray:
    """Share price at the end over the start, minus one."""
    return change_pct(records, "share_price_usd")


def lp_excess_pct(records: Records) -> np.ndarray:
    """Return of a share minus the return of holding the initial basket."""
    return lp_return_pct(records) - change_pct(records, "basket_price_usd")


def lp_drawdown_pct(records: Records) -> np.ndarray:
    """Largest fall of the share price from an earlier high."""
    price = records.series["share_price_usd"]
    high = np.maximum.accumulate(price, axis=1)
    return 100.0 * np.max(ratio(high - price, high), axis=1)


def lp_loss_pct(records: Records) -> np.ndarray:
    """Loss of a share: the return with its sign turned, what tail measures are taken of."""
    return -lp_return_pct(records)


def lp_result_usd(records: Records) -> np.ndarray:
    """The sum of the parts."""
    return np.sum([total(records, name) for name in PROVIDERS_PARTS], axis=0)


def _part(name: str, label: str, what: str, source: str, is_not: str) -> Measure:
    return Measure(
        name, label, "USD", LP_PARTS, partial(total, name=name), what, f"totals.{name}", source, is_not,
        kind="sum", is_signed=True,
    )  # fmt: skip


MEASURES = (
    Measure(
        "lp_return_pct", "LP return", "%", LP, lp_return_pct,
        "Price of a pool share at the end over the start, minus one.",
        "share_price_usd[last] / share_price_usd[first] - 1", _SHARE,
        "no verdict on a design by itself: most of it is which assets the pool holds. No number on a path on which all "
        "providers have left: none of them has had it.", "higher", is_signed=True,
    ),
    Measure(
        "lp_excess_pct", "LP return over basket", "pp", LP, lp_excess_pct,
        "LP return minus the return of holding the design's own target basket, bought at the start.",
        "LP return - (basket_price_usd[last] / basket_price_usd[first] - 1)",
        f"{_SHARE}; the basket at true prices",
        "not free of prices: a pool drifts from its target, and its traders are its other side.", "higher",
        is_signed=True,
    ),
    Measure(
        "lp_hedged_pct", "LP return, hedged", "%", LP, partial(change_pct, series="hedged_price_usd"),
        "What a share returns whose holder sells at mid, without cost, all that the pool gains or loses with each "
        "feed's price, anew in every step.",
        "product over steps of (share price - delta per share * price change) / share price before, minus one",
        f"{_SHARE}; delta by feed from the Lens: tokens held less the traders' net size, or what backs a side whose "
        "profit is capped",
        "no return that somebody can have: hedging costs spread and funding, and it leaves jumps inside a step.",
        "higher", "uneven", is_signed=True,
    ),
    Measure(
        "lp_drawdown_pct", "LP max drawdown", "%", LP, lp_drawdown_pct,
        "Largest fall of the share price from an earlier high.",
        "max over time of 1 - share_price_usd / its highest until then", _SHARE,
        "not the loss at the end.", "lower",
    ),
    Measure(
        "lp_result_usd", "LP result", "USD", LP_PARTS, lp_result_usd,
        "What the shares of the opening gained. The rows below are its causes, and add up to it.",
        "(share_price_usd[last] - share_price_usd[first]) * supply at the start = sum of the parts", _SHARE,
        "not the result of who came later or left.", "higher", "sum", True,
    ),
    _part("lp_allocation_usd", "· allocation",
          "Price changes of the tokens that the pool holds.",
          "the pool's tokens at the oracle's mid", "no merit of the rules: it is what the basket did."),
    _part("lp_traders_usd", "· traders' result",
          "What traders lost to the pool less what they won from it, at mid: price and impact. What is left of the "
          "result when all other rows are taken off.",
          "Market's tokens and Pool.aum", "not the traders' own result: fees are rows of their own."),
    _part("lp_bad_debt_usd", "· bad debt",
          "Losses that traders could not pay and nobody else paid: they stand in the traders' result as if they were "
          "paid, and here they are taken back.",
          "Liquidator.lost_usd_wad", "not reduced by what winners gave back."),
    _part("lp_trade_fee_usd", "· trade fees",
          "Fees for opening and closing positions.", "words of trade and execute", "not net of the protocol's share."),
    _part("lp_borrow_fee_usd", "· borrow fees",
          "Fees for borrowing from the pool as they accrue, paid or not.",
          "cost of both sides * change of their borrow indices, from the Lens as each step begins",
          "not what calls settled in the run: borrow_fee_usd."),
    _part("lp_funding_usd", "· funding",
          "What one side is charged and the other does not earn, where the pool stands between them; else nothing: all "
          "of it is the traders'.",
          "size of both sides * change of their funding indices, from the Lens as each step begins",
          "no fee: below zero the pool pays for the skew that it wants away."),
    _part("lp_liquidation_fee_usd", "· liquidation fees",
          "Fees that liquidated traders paid.", "words of liquidate", "no forfeited collateral and no penalties."),
    _part("lp_forfeited_usd", "· forfeits",
          "What liquidated traders had left and the pool kept.", "words of liquidate", "no fee."),
    _part("lp_swap_usd", "· swaps",
          "Tokens that swaps brought less those that they took, at the oracle's mid: fee, spread and what arbitrage "
          "gains.",
          "words of swap and execute_entry", "not at true prices: see arbitrage_loss_usd."),
    _part("lp_flow_usd", "· entering, leaving",
          "What deposits and redemptions left to those who stay: fees, rounding, the spread between low, mid and high.",
          "tokens of mint, redeem and executed requests at mid; Pool.totalSupply", "no profit of providers together."),
    _part("lp_protocol_usd", "· to the protocol",
          "The protocol's share of all fees, which leaves the pool, or will when they are paid.",
          "the treasury's tokens at mid; Lens.books", "the rows of fees are gross: this is what goes off them."),
)  # fmt: skip
