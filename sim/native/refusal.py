"""Refuse, never guess: what the compiler says of a construct that it does not surely translate right."""

from __future__ import annotations

from pathlib import Path

from sim.errors import InputError


class Refusal(InputError):
    """A construct outside the compilable subset: file, line, rule and the source text."""

    def __init__(self, file: str, line: int, rule: str, text: str | None) -> None:
        excerpt = " ".join((text or "").split())[:120]
        super().__init__(file=f"{Path(file).name}:{line}", expected=rule, got=f"`{excerpt}`")
        self.path, self.line, self.rule, self.text = file, line, rule, text

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return type(self), (self.path, self.line, self.rule, self.text)
