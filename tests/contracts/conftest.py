"""Fixtures of the contract tests: a fresh stage for each test."""

from __future__ import annotations

import pytest
from contracts.codes import MARKERS
from contracts.stage import Stage


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def stage() -> Stage:
    """The plain design, nothing in it."""
    return Stage()
