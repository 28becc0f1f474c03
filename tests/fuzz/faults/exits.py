"""Faults of exits by request."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults.fault import fault

_WAITS = str(Path(__file__).parents[1] / "waiting.toml")

FAULTS = [
    fault(
        "where shares wait they leave at once, too",
        "Pool",
        "    err.check(self.params.exit_wait_s == 0, err.EXIT_BY_REQUEST)",
        "    err.check(k < c.MAX_ASSETS, err.EXIT_BY_REQUEST)",
        "LP-20",
        design=_WAITS,
    ),
    fault(
        "a request is paid at a price of before its end",
        "Exits",
        "err.check(px[f].observed_from_s > due_s, err.REQUEST_TOO_SOON)",
        "err.check(px[f].observed_from_s > 0, err.REQUEST_TOO_SOON)",
        "LP-20",
        (
            "waiting._is_due(waiting._feed_of(request.k), request.due_s)\n        if not is_due:",
            "waiting._is_due(waiting._feed_of(request.k), 0)\n        if not is_due and request.k > 8:",
        ),
        design=_WAITS,
    ),
    fault(
        "who executes a request chooses its price",
        "Exits",
        "waiting._is_due(waiting._feed_of(request.k), request.due_s)\n        if not is_due:",
        "waiting._is_due(waiting._feed_of(request.k), request.due_s)\n        if not is_due and request.k > 8:",
        "LP-18",
        design=_WAITS,
    ),
    fault(
        "a request to leave is worth nobody's while",
        "Exits",
        "    return max(amount // waiting.REWARD_DIVISOR, least)\n\n\n@external\ndef execute_exit",
        "    return min(amount // waiting.REWARD_DIVISOR, least)\n\n\n@external\ndef execute_exit",
        "LP-26",
        design=_WAITS,
    ),
    fault(
        "what is reserved keeps a request waiting",
        "Pool",
        "    if bucket.pool < amount + bucket.reserved + asset.buffer:\n        return False\n",
        "    assert bucket.pool + amount > 0\n",
        "LP-21",
        design=_WAITS,
    ),
    fault(
        "what a request brings to an end is paid for less than all of it",
        "Exits",
        "        extcall waiting.POOL.give_back(holder, returned, request.window)",
        "        extcall waiting.POOL.give_back(holder, returned - request.reward, request.window)",
        "LP-01",
        design=_WAITS,
    ),
]
