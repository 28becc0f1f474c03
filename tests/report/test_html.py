"""The report: one file that works offline, says what the numbers say, and runs nothing that a user typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs
from records_factory import storm

from sim.report.html import render, write_report
from sim.risk.comparison import compare

META = {"command": "breakwater compare", "seed": 1}


def report(*records, **meta: object) -> str:
    fingerprints = {"glp": "f00", "twin": "f00"}
    return render(compare(records, fingerprints=fingerprints), records, META | meta)


@pytest.fixture(scope="module")
def page() -> str:
    return report(storm("glp"), storm("jlp", partial=1.0), storm("twin"))


def without_plotly(page: str) -> str:
    return page.replace(get_plotlyjs(), "")


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    own = without_plotly(page)
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", own)
    assert "@import" not in own
    assert "url(http" not in own


def test_the_drawing_library_is_there_once(page: str) -> None:
    assert page.count(get_plotlyjs()[:2_000]) == 1


def test_every_design_is_named(page: str) -> None:
    for name in ("glp", "jlp", "twin"):
        assert name in without_plotly(page)


def test_the_headline_says_what_the_numbers_say(page: str) -> None:
    headline = re.search(r"<h1[^>]*>(.*?)</h1>", without_plotly(page), re.DOTALL)
    assert headline
    text = " ".join(headline.group(1).split())
    assert text.startswith("Over their own basket LPs earned more with jlp")
    assert "LPs got exactly the same with twin as with glp" in text


def test_without_a_difference_the_headline_claims_none() -> None:
    headline = re.search(r"<h1[^>]*>(.*?)</h1>", report(storm("a", seed=1), storm("b", seed=2)), re.DOTALL)
    assert headline
    assert "no difference shown" in headline.group(1).lower()


def test_what_a_user_wrote_is_shown_and_not_run() -> None:
    nasty = "<script>alert(1)</script>"
    page = without_plotly(report(storm(nasty), storm("b"), title=nasty, scenario={"title": nasty}))
    assert nasty not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_correction_is_named_only_where_something_was_tested(page: str) -> None:
    assert "Holm's correction" in without_plotly(page)
    assert "Holm's correction" not in without_plotly(report(storm("a")))


def test_who_checked_the_machine_is_said_before_any_figure() -> None:
    own = without_plotly(report(storm("a"), storm("b"), trust=["replayed on bytecode: 0 differences"]))
    assert own.count("replayed on bytecode: 0 differences") == 1
    assert own.index("replayed on bytecode") < own.index("<figure")


def test_the_page_has_a_language_a_title_and_captions(page: str) -> None:
    own = without_plotly(page)
    assert '<html lang="en"' in own
    assert "<title>" in own
    assert own.count("<figcaption") == own.count("<figure")


def test_the_file_appears_whole(tmp_path: Path) -> None:
    records = (storm("a"), storm("b", partial=1.0))
    write_report(tmp_path / "report.html", compare(records), records, META)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text().rstrip().endswith("</html>")
