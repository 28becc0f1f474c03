"""The one error that a user's input can cause."""

from __future__ import annotations

from pathlib import Path


class InputError(Exception):
    """Something the user wrote cannot be used.

    The message is one line: which file (or flag), which key in it, what was expected, what was found.
    """

    def __init__(self, *, file: str | Path, key: str = "", expected: str, got: object = None) -> None:
        self.file = str(file)
        self.key = key
        self.expected = expected
        self.got = got
        place = f"{self.file}: {key}" if key else self.file
        found = "" if got is None else f", got {_short(got)}"
        super().__init__(f"{place}: expected {expected}{found}")

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return _restore, (self.file, self.key, self.expected, self.got)


def _restore(file: str, key: str, expected: str, got: object) -> InputError:
    return InputError(file=file, key=key, expected=expected, got=got)


def _short(value: object, limit: int = 120) -> str:
    """What was found, in a line: of what is long both ends (paths end with what counts, messages begin)."""
    text = " ".join(str(value).split()) if isinstance(value, str) else repr(value)
    half = (limit - 1) // 2
    return text if len(text) <= limit else f"{text[:half]}…{text[-half:]}"
