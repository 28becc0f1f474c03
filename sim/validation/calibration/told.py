"""The calibration in words."""

from __future__ import annotations


def sections(market: str) -> list[str]:
    """Sections for the page."""
    return []
