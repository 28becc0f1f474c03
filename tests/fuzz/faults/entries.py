"""Faults of entries by request."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults.fault import fault

_WAITS = str(Path(__file__).parents[1] / "waiting.toml")
_AT_ONCE = "    err.check(self.params.entry_wait_s == 0, err.ENTRY_BY_REQUEST)\n"

FAULTS = [
    fault(
        "where one enters by request deposits are taken at once, too",
        "Pool",
        _AT_ONCE + "    minted",
        "    minted",
        "LP-23",
        design=_WAITS,
    ),
    fault(
        "where one enters by request one swaps at once, too",
        "Pool",
        _AT_ONCE + "    tokens",
        "    tokens",
        "LP-23",
        design=_WAITS,
    ),
    fault(
        "a request to enter is executed at a price of before it",
        "Entries",
        "waiting._is_due(self._feeds(request), request.due_s)\n        if not is_due:",
        "waiting._is_due(self._feeds(request), 0)\n        if not is_due and request.k > 8:",
        "LP-23",
        design=_WAITS,
    ),
    fault(
        "who executes a request to enter chooses its price",
        "Entries",
        "waiting._is_due(self._feeds(request), request.due_s)\n        if not is_due:",
        "waiting._is_due(self._feeds(request), request.due_s)\n        if not is_due and request.k > 8:",
        "LP-25",
        design=_WAITS,
    ),
    fault(
        "less than what was asked for keeps a request to enter waiting",
        "Pool",
        "    if self._ends(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW, is_held):",
        "    if self._ends(tokens > 0 and tokens >= min_amount, err.TOKENS_TOO_FEW, False):",
        "LP-24",
        design=_WAITS,
    ),
    fault(
        "what returns is less than what was given, and the reward",
        "Entries",
        "        returned = request.amount - request.reward",
        "        returned = request.amount - 2 * request.reward",
        "TA-11",
        design=_WAITS,
    ),
    *(
        fault(
            f"who enters by request is given a little more than his part, by {caught_by}",
            "Pool",
            "minted = fp.mul_div_down(minted, supply, desk.aum.high)",
            "minted = fp.mul_div_down(minted, supply, desk.aum.high - desk.aum.high // 50)",
            caught_by,
            design=design,
        )
        for caught_by, design in (("LP-06", "breakwater"), ("SW-10", "gmx_v2"))
    ),
]
