"""Designs written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

WriteDesign = Callable[..., str]


@pytest.fixture
def write_design(tmp_path: Path) -> WriteDesign:
    """Write a design file that extends a shipped one, and return its path."""

    def write(text: str, *, name: str = "mine.toml", extends: str | None = "glp") -> str:
        head = f'extends = "{extends}"\n' if extends else ""
        path = tmp_path / name
        path.write_text(head + text)
        return str(path)

    return write
