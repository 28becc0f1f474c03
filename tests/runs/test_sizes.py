"""Storms of several sizes: the news is scaled and nothing else, paths are the same, and what was run is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from people import crash
from records_factory import storm as records_of
from records_factory import with_series
from storm import storm

from sim.cli import main
from sim.design import load_design
from sim.inputs.errors import InputError
from sim.report.sizes import Sized, sentences
from sim.risk.comparison import compare
from sim.risk.curves import curve
from sim.runs.comparison_run import Finished, Interrupted, Plan
from sim.runs.sizes import FinishedSizes, InterruptedSizes, execute_sizes, read_sizes, scaled
from sim.runs.trust import Trust
from sim.scenario import list_scenarios, load_scenario

SIZES = (0.25, 2.0)


def _plan(out: Path, processes: int = 1) -> Plan:
    designs = (load_design("glp"), load_design("hlp"))
    return Plan(
        designs, crash(), seed=1, paths=2, tapes=0, processes=processes, out=out, audit_share=0.0, has_neighbours=False
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> FinishedSizes:
    return execute_sizes(_plan(tmp_path_factory.mktemp("runs")), SIZES)


def test_only_the_news_is_scaled():
    once, twice = crash(), scaled(crash(), 2.0)
    assert once.market is not None and twice.market is not None
    assert [n.size_bps for n in twice.market.news] == [2.0 * n.size_bps for n in once.market.news]
    assert twice.market.model_copy(update={"news": once.market.news}) == once.market
    assert scaled(crash(), 1.0) == once


def test_more_news_is_a_deeper_fall_and_more_is_liquidated(found: FinishedSizes):
    falls = [each.view.falls_pct(each.view.story.consensus_usd) for each in found.sizes if each.view is not None]
    assert (falls[1] > falls[0]).all()
    liquidated = [each.comparison.estimates["liquidated_usd", "glp"].mean for each in found.sizes]
    assert liquidated[1] > liquidated[0]


def test_a_size_is_the_comparison_that_one_gets_of_it_alone(found: FinishedSizes, tmp_path: Path):
    alone = execute_sizes(_plan(tmp_path, processes=2), SIZES[1:])
    assert alone.finished[0].comparison.to_json() == found.finished[1].comparison.to_json()


def test_the_report_has_the_curve_and_every_size_one_of_its_own(found: FinishedSizes):
    page = (found.folder / "report.html").read_text()
    assert "Storms of every size" in page and "A price that people make" in page
    for each in found.sizes:
        assert (found.folder / each.folder / "report.html").is_file()
    told = (found.folder / "table.txt").read_text()
    assert "Storms of 2 sizes" in told and "Outcomes by size" in page
    for outcome in ("LP return over basket", "bad debt, USD", "liquidated, USD", "worst basket against twin"):
        assert outcome in told and outcome in page


def test_what_is_kept_is_not_run_again(found: FinishedSizes, monkeypatch: pytest.MonkeyPatch):
    from sim.runs import experiment

    def never(*_: object) -> None:
        raise AssertionError("ran again")

    monkeypatch.setattr(experiment, "run_task", never)
    again = execute_sizes(_plan(found.folder.parent), SIZES)
    assert again.folder == found.folder


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Interrupted(Path("runs"), [], [])])
def test_whoever_stops_it_is_told_how_many_sizes_are_kept(
    stop: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whether it is stopped in a run or between two."""
    told: list[Plan] = []

    def second(plan: Plan, *_: object) -> Finished:
        told.append(plan)
        if len(told) > 1:
            raise stop
        return Finished(tmp_path, compare([records_of("a", paths=2)]), (), Trust(()), 1, ())

    monkeypatch.setattr("sim.runs.sizes.execute", second)
    with pytest.raises(InterruptedSizes, match=r"1 of 2 sizes.*the same command goes on"):
        execute_sizes(_plan(tmp_path), SIZES)


def test_whose_prices_are_given_has_no_size():
    for scenario in (storm(), crash(**{"market.news": []})):
        with pytest.raises(InputError, match="--size"):
            scaled(scenario, 2.0)


def test_no_news_is_larger_than_a_file_may_say():
    with pytest.raises(InputError, match=r"leaves 33.3 times"):
        scaled(crash(**{"market.news[0].size_bps": -300.0}), 34.0)


@pytest.mark.parametrize(("scenario", "size"), [("calm", "1,2"), ("oct_2025_replay", "1,2")])
def test_what_has_no_sizes_says_so_before_anything_is_run(scenario: str, size: str, tmp_path: Path):
    result = CliRunner(mix_stderr=False).invoke(
        main, ["compare", "glp", "hlp", "--scenario", scenario, "--size", size, "--out", str(tmp_path / "runs")]
    )
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and "--size" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "1,", "0", "-1", "nan", "inf", "1,1", "1;2", "a", "1e9"])
def test_what_is_no_size_is_one_line(text: str):
    with pytest.raises(InputError, match="--size"):
        read_sizes(text)
    result = CliRunner(mix_stderr=False).invoke(
        main, ["compare", "glp", "hlp", "--scenario", "oct_2025", "--size", text]
    )
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and result.stdout == ""


def test_sizes_stand_in_order_whatever_the_order_given():
    assert read_sizes("1.5,0.5,1") == (0.5, 1.0, 1.5)


def test_a_verdict_that_turns_with_the_size_is_told():
    """One design is better in a small storm and worse in a large one; bad debt begins at the larger."""
    shifted = {}
    for size, sign in ((0.5, 1.0), (2.0, -1.0)):
        base = records_of("a", paths=64)
        price = base.series["share_price_usd"] * (
            1.0 + sign * np.linspace(0.0, 0.1, base.series["share_price_usd"].shape[1])
        )
        debt = {"bad_debt_usd": np.full_like(price, 5.0 if size > 1.0 else 0.0)}
        shifted[size] = compare(
            [with_series(base, **debt), with_series(records_of("b", paths=64), share_price_usd=price, **debt)]
        )
    rows = [Sized(size, comparison, None, "") for size, comparison in shifted.items()]
    told = sentences(rows, curve([(row.size, row.comparison) for row in rows]))
    assert "earn more than with a at 0.5" in told[0] and "earn less than with a at 2" in told[0]
    assert "turns with the size" in told[0]
    assert "tests of it here (2) what is said of 0.5 and 2 times the news holds" in told[0]
    assert "a at 2 times the news (64 of 64 paths" in told[1]


def test_one_size_is_said_to_be_no_verdict():
    rows = [Sized(1.0, compare([records_of(name, paths=16) for name in "ab"]), None, "")]
    told = sentences(rows, curve([(row.size, row.comparison) for row in rows]))
    assert any("One size is no verdict" in sentence for sentence in told)


def test_every_shipped_market_with_news_has_sizes():
    for name in list_scenarios():
        if name != "replay" and (market := load_scenario(name).market) is not None and market.news:
            assert scaled(load_scenario(name), 0.5).name == name


@pytest.mark.parametrize("options", [[], ["--size", "0.5,1"]])
def test_a_stop_between_runs_is_one_line(options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.runs.comparison_run.execute", stopped)
    monkeypatch.setattr("sim.runs.sizes.execute", stopped)
    arguments = ["compare", "glp", "hlp", "--scenario", "oct_2025", "--out", str(tmp_path), *options]
    result = CliRunner(mix_stderr=False).invoke(main, arguments)
    last = result.stderr.splitlines()[-1] if result.stderr else ""
    assert result.exit_code == 130 and "stopped" in result.stderr and "Aborted" not in result.stderr, last
