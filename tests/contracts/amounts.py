"""Amounts of USD for property tests: every order of magnitude is as likely, and wei do not vanish in round numbers."""

from __future__ import annotations

from contracts.bare import WAD
from hypothesis import strategies as st

_LEADING = 3  # digits


def usd(most_usd: int, *, least_wei: int = 1) -> st.SearchStrategy[int]:
    """WAD amounts from `least_wei` to a number of USD. (Hypothesis' own integers are small nearly always.)"""
    digits = len(str(most_usd * WAD)) - _LEADING
    drawn = st.builds(
        lambda leading, exponent, wei: leading * 10**exponent + wei,
        st.integers(1, 10**_LEADING - 1),
        st.integers(0, digits),
        st.integers(0, 9),
    )
    return drawn.map(lambda amount: max(least_wei, min(amount, most_usd * WAD)))
