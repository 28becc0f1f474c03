"""A surrogate: each moment as a polynomial of second order of the parameters, by ridge regression.

How much it bends and how much it is held back (the ridge) is chosen by leaving one point out at a time, whose error has
a closed form; that error is the surrogate's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Order = Literal["linear", "squares", "products"]
ORDERS: tuple[Order, ...] = ("linear", "squares", "products")
RIDGES = (1e-2, 1e-1, 1.0, 10.0, 100.0)


@dataclass(frozen=True, slots=True)
class Surrogate:
    """One moment."""

    order: Order
    mean: float
    coefficients: np.ndarray
    error: float  # deviation, of points that it has not seen

    def __call__(self, places: np.ndarray) -> np.ndarray:
        """The moment at places (N, D) of the unit cube, (N,)."""
        return self.mean + features(places, self.order) @ self.coefficients


def features(places: np.ndarray, order: Order) -> np.ndarray:
    """(N, K), about the middle of the cube."""
    x = 2.0 * places - 1.0
    parts = [x]
    if order != "linear":
        parts.append(x**2 - 1.0 / 3.0)
    if order == "products":
        i, j = np.triu_indices(x.shape[1], 1)
        parts.append(x[:, i] * x[:, j])
    return np.concatenate(parts, axis=1)


def fitted(places: np.ndarray, values: np.ndarray) -> Surrogate:
    """The best of all orders and ridges for values (N,) at places (N, D)."""
    best: Surrogate | None = None
    for order in ORDERS:
        inputs = features(places, order)
        middle = inputs.mean(axis=0)
        u, s, vt = np.linalg.svd(inputs - middle, full_matrices=False)
        away = values - values.mean()
        along = u.T @ away
        for ridge in RIDGES:
            kept = s**2 / (s**2 + ridge)
            hat = (u**2 * kept).sum(axis=1) + 1.0 / len(values)
            left_out = (away - u @ (kept * along)) / np.maximum(1.0 - hat, 1e-6)
            error = float(np.sqrt(np.mean(left_out**2)))
            if best is None or error < best.error:
                slopes = vt.T @ (s / (s**2 + ridge) * along)
                best = Surrogate(order, float(values.mean() - middle @ slopes), slopes, error)
    assert best is not None
    return best
