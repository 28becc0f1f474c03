"""Fixtures of the contract tests: a fresh stage for each test."""

from __future__ import annotations

import pytest
from contracts.codes import MARKER
from contracts.stage import Stage


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def stage() -> Stage:
    """The plain design, nothing in it."""
    return Stage()
