"""Amounts as chains keep them."""

from __future__ import annotations

import numpy as np

#: Quantities reach a chain with this many decimals; rounding down to it never asks for more than there is.
QUANTUM = 1e-9


#: Parts of an amount that stay behind where a double does not keep the quantum: sums of some hundred calls are wrong by
#: less, and who asks for a unit more than he has gets nothing.
_SLACK = 2.0**-44


def round_down(tokens: np.ndarray) -> np.ndarray:
    """Tokens rounded down to what a chain keeps, and one quantum more: a float may lie above its integer."""
    rounded = np.maximum(np.floor(tokens / QUANTUM) - 1.0, 0.0) * QUANTUM
    return np.minimum(rounded, tokens * (1.0 - _SLACK))


def tokens_for(usd: np.ndarray | float, price_usd: np.ndarray) -> np.ndarray:
    """Whole tokens, or units, that USD are; none where there is no price: the contracts say what they think of that."""
    return np.where(price_usd > 0.0, usd / np.where(price_usd > 0.0, price_usd, 1.0), 0.0)
