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
        "a grain of what has no sure price closes its account",
        "Market",
        "    gates.check_open(gates.WITHDRAW, h.status, access._mode(), markets._closed())",
        "    gates.check_open(gates.WITHDRAW, max(h.status, h.collateral_status), access._mode(), markets._closed())",
        "PO-16",
    ),
]
