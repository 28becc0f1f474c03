"""Faults of how the quotes of a block become one price."""

from __future__ import annotations

from fuzz.faults.fault import fault

FAULTS = [
    fault(
        "the first report of a block makes its price",
        "Oracle",
        "        if fresh != 0:\n",
        "        if fresh != 0 and pw.made_at(history.cached[f]) != block.timestamp:\n",
        "OR-19",
    ),
    fault(
        "an empty batch fixes the price of a block",
        "Oracle",
        "        if fresh != 0:\n",
        "        if history.reaches[f] != block.timestamp:\n            history.reaches[f] = block.timestamp\n",
        "OR-19",
    ),
    fault(
        "a price that was replaced is forgotten at once",
        "Oracle",
        "            word |= pw.IS_REPLACED\n",
        "            word |= 0\n",
        "OR-20",
    ),
    fault(
        "the edge of a band counts, however wide it is",
        "Oracle",
        "    if is_wide and wide_price == rules.AT_MID:\n",
        "    if is_wide and wide_price > rules.NO_PRICE:\n",
        "OR-22",
        design="pdlp_paper",
    ),
]
