"""The printed table: every design and measure, at any usual width, with or without colour."""

from __future__ import annotations

from io import StringIO

import pytest
from records_factory import storm
from rich.console import Console

from sim.report.table import full_report
from sim.risk.comparison import compare
from sim.risk.measures import MEASURES


def printed(width: int, *records) -> str:
    console = Console(width=width, record=True, no_color=True, file=StringIO())
    console.print(full_report(compare(records, fingerprints={"a": "f00", "twin": "f00"})))
    return console.export_text()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_every_measure_and_design_is_printed_whole(width: int) -> None:
    text = printed(width, storm("glp"), storm("jlp", partial=1.0))
    flat = " ".join(text.split())
    for measure in MEASURES:
        assert measure.label in flat, measure.label
    assert "glp" in text and "jlp" in text
    assert "…" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_the_table_says_when_no_difference_is_shown_and_when_there_is_none() -> None:
    text = printed(120, storm("a", seed=1), storm("b", seed=2), storm("twin", seed=1))
    assert "no difference shown" in text
    assert "identical" in text


def test_a_correction_is_named_only_where_something_was_tested() -> None:
    assert "Holm" in printed(120, storm("a"), storm("b", partial=1.0))
    assert "Holm" not in printed(120, storm("a"))


def test_reasons_of_refusal_have_a_table_of_their_own() -> None:
    text = printed(120, storm("a"), storm("b", partial=1.0))
    assert "RESERVE_LIMIT" in text
