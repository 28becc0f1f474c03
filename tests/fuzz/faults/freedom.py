"""Faults of what others can do to somebody's choice."""

from __future__ import annotations

from fuzz.faults.fault import SIEGE, fault

FAULTS = [
    fault(
        "a circuit breaker is asked once in a block, whatever the price becomes",
        "Market",
        "    if elapsed == 0 and price_wad == self.clocks[m].price_wad:\n",
        "    if elapsed == 0:\n",
        "AC-12",
        design=SIEGE,
    ),
    fault(
        "a circuit breaker hears of a price only if somebody calls in its block",
        "Rates",
        "    count: uint256 = len(marks)\n",
        "    count: uint256 = 0\n",
        "AC-12",
        (
            "block.timestamp - asking.at_s, memo)\n",
            "block.timestamp - asking.at_s, memo)\n    policies._remember(c.CIRCUIT, look.m, memo)\n"
            "    self.askings[look.m].at_s = block.timestamp\n",
        ),
        design=SIEGE,
    ),
    fault(
        "a grain of what has no sure price closes its account",
        "Market",
        "gates.check_open(gates.WITHDRAW, h.status, ",
        "gates.check_open(gates.WITHDRAW, max(h.status, h.collateral_status), ",
        "PO-16",
    ),
]
