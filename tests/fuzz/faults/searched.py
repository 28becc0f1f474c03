"""Faults that no sum shows: each is found by the searcher, as a gain or as harm, within so many sequences.

A rule that has been replaced is planted here as it stood; a fault without patches is how a contract is now.
"""

from __future__ import annotations

from dataclasses import dataclass

from fuzz.faults.forced import WITHOUT_IMPACT
from fuzz.patched import Patch

from sim.fuzz.search.trial import Place


@dataclass(frozen=True, slots=True)
class Searched:
    """One fault, and where it shows."""

    name: str
    design: str
    place: Place
    sequences: int  # that are enough
    least_usd: float
    found_as: str  # property
    patches: tuple[Patch, ...] = ()
    knobs: tuple[str, ...] = ()


AT_ONCE = ("execution=at_once",)

SEARCHED = [
    Searched(
        "one short of ten dollars earns what all longs pay",
        "breakwater",
        Place("one-sided", 0, "carry", 0),
        2_000,
        1_000,
        "SE-03",
        (Patch("    FUNDING_PER_UNIT = funding_per_unit", "    FUNDING_PER_UNIT = False"),),
        AT_ONCE,
    ),
    Searched(
        "a capped haircut is taken again and again",
        "breakwater",
        Place("deficit", 0, "harm", 0),
        4_000,
        1_000,
        "SE-06",
        (Patch("given_usd_wad=given.taken_usd_wad,", "given_usd_wad=0,"),),
        AT_ONCE,
    ),
    Searched(
        "padding the list of winners singles one out",
        "hlp",
        Place("deficit", 0, "harm", 0),
        4_000,
        1_000,
        "SE-06",
        (
            Patch(
                "    if ask.won_usd_wad >= roll.won_usd_wad:\n        return ask.won_usd_wad\n",
                "    if ask.won_usd_wad >= 0:\n        return roll.won_usd_wad\n",
            ),
        ),
    ),
    Searched(
        "rebates pay for a circle of swap, mint and redeem",
        "pdlp_paper",
        Place("budget", 0, "block", 0),
        3_000,
        100,
        "SE-01",
        (Patch("            if kind == c.MINT:\n                cost -= inward // 2", "            cost -= inward"),),
    ),
    Searched(
        "a share counts gains that reserves cannot pay", "gmx_v2", Place("owed", 2, "block", 0), 500, 1_000, "SE-01"
    ),
    Searched(
        "the next price is known", "breakwater", Place("quiet", 0, "known", 100), 300, 1_000, "SE-05", knobs=AT_ONCE
    ),
    Searched(
        "a liquidation is cheaper than a close",
        "gmx_v2",
        Place("long-below", 0, "block", 0),
        500,
        100,
        "SE-01",
        (Patch(*WITHOUT_IMPACT),),
    ),
    Searched(
        "an early call keeps a breaker from tripping",
        "post_reform",
        Place("breaker", 0, "shut", 0),
        200,
        1,
        "SE-08",
        (
            Patch(
                "    if elapsed == 0 and price_wad == self.clocks[m].price_wad:\n",
                "    if elapsed == 0:\n",
            ),
        ),
    ),
    Searched(
        "a stranger's deposit locks an account",
        "gmx_v2",
        Place("wide", 0, "harm", 0),
        6_000,
        1,
        "SE-07",
        (
            Patch(
                "gates.check_open(gates.WITHDRAW, h.status, access._mode()",
                "gates.check_open(gates.WITHDRAW, max(h.status, h.collateral_status), access._mode()",
            ),
        ),
        AT_ONCE,
    ),
    Searched(
        "an order without margin holds a liquidation up",
        "breakwater",
        Place("long-below", 0, "harm", 0),
        200,
        1,
        "SE-07",
        (
            Patch(
                "        self._check_may_wait(account, terms)\n    else:\n        self.orders_with_margin[account]",
                "        self.orders_with_margin[account] += 1\n    else:\n        self.orders_with_margin[account]",
            ),
            Patch(
                "    if margin > 0:\n        self.orders_with_margin[account] -= 1",
                "    if margin >= 0:\n        self.orders_with_margin[account] -= 1",
            ),
        ),
    ),
]
