"""How many random programs it takes to find a fault that is planted in the translator or the runner."""

from __future__ import annotations

from sim.certificate.broken_translators import BROKEN_TRANSLATORS
from sim.certificate.programs.running import compare


def found_by(fault: str, most: int, seed: int = 1) -> int | None:
    """The number of programs up to the first that differs; None where as many as `most` do not."""
    with BROKEN_TRANSLATORS[fault]():
        for number in range(most):
            if compare(seed, number)[0].differences:
                return number + 1
    return None
