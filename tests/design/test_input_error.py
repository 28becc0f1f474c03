"""What was found is told in one line of bounded length that keeps both of its ends."""

from __future__ import annotations

import pytest

from sim.inputs.errors import InputError

LONG = [
    "/very" * 60 + "/long/folder/none.toml",
    "the machine itself failed: UnicodeDecodeError: " + "in position 61, " * 30 + "invalid start byte",
    "word\nword\t" * 80 + "end",
    ["feed"] * 200,
]


@pytest.mark.parametrize("got", LONG, ids=["path", "message", "lines", "list"])
def test_what_is_long_keeps_its_beginning_and_its_end(got: object) -> None:
    told = str(InputError(file="a.toml", key="k", expected="less", got=got))
    whole = " ".join(got.split()) if isinstance(got, str) else repr(got)
    found = told.removeprefix("a.toml: k: expected less, got ")
    assert "\n" not in told
    assert len(found) < 125 < len(whole)
    assert found.startswith(whole[:50])
    assert found.endswith(whole[-50:])


@pytest.mark.parametrize("got", ["", "short", "x" * 100, 7, [1, 2]])
def test_what_is_short_is_told_whole(got: object) -> None:
    told = str(InputError(file="a.toml", expected="less", got=got))
    assert told.endswith(f"got {got if isinstance(got, str) else repr(got)}")
