"""`breakwater explain`: every measure says what it is, how it is reckoned, from what, and what it is not."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner, Result
from records_factory import flat

from sim.cli.root import main
from sim.report.explain import hover, parts
from sim.risk.measures import GROUPS, MEASURES
from sim.risk.records import FEED_SERIES, LIQUIDATION_COLUMNS, PATH_SERIES, TOTALS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.key)
def test_every_measure_is_explained_whole(measure) -> None:
    told = run(measure.key)
    assert told.exit_code == 0
    for _, text in parts(measure):
        assert len(text) > 3 and squeezed(text) in squeezed(told.output)
    assert squeezed(run(measure.label).output) == squeezed(told.output)
    assert measure.is_not in hover(measure) and measure.formula in hover(measure)
    assert measure.group in GROUPS
    assert measure.help[0].isupper() and measure.help.endswith(".") and measure.is_not.endswith(".")


def test_formulas_name_what_is_in_records() -> None:
    """Words that look like names of records are: nothing renamed stays in a definition."""
    known = {*PATH_SERIES, *FEED_SERIES, *TOTALS, *LIQUIDATION_COLUMNS, *(measure.key for measure in MEASURES)}
    words = {"fee_usd", "penalty_usd", "reward_usd", "taken_usd", "insured_usd", "forfeited_usd", "borrow_usd"}
    words |= {"overshoot_usd", "given_usd_wad", "lost_usd_wad"}  # of calls and contracts
    records = flat(paths=1)
    for measure in MEASURES:
        for name in re.findall(r"[a-z]+(?:_[a-z]+)*_usd(?:_wad)?\b", f"{measure.formula} {measure.is_not}"):
            assert name in known | words, (measure.key, name)
        assert measure.per_path(records).shape == (1,)


def test_without_a_name_all_are_listed_by_group() -> None:
    told = squeezed(run().output)
    for group in GROUPS:
        assert group in told
    assert all(measure.key in told for measure in MEASURES)


@pytest.mark.parametrize(
    ("name", "near"), [("bad_dept_usd", "bad_debt_usd"), ("arbitrage", "arbitrage_loss_usd"), ("FEES", "fees_usd")]
)
def test_an_unknown_name_is_one_line_with_what_is_near(name: str, near: str) -> None:
    told = run(name)
    assert told.exit_code == 2
    (line,) = told.output.strip().splitlines()
    assert line.startswith("error: explain: MEASURE: expected") and near in line and name in line


@pytest.mark.parametrize("name", ["", "xyzzy", "0"])
def test_a_name_like_none_is_one_line_too(name: str) -> None:
    told = run(name)
    assert told.exit_code == 2 and "Traceback" not in told.output
    assert len(told.output.strip().splitlines()) == 1
