"""`breakwater scenarios`: what there is, what each says with units and sources, and single keys that are changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.design import Design
from sim.inputs.errors import InputError
from sim.live.demo import play_one_path
from sim.scenario import Scenario, list_scenarios, load_scenario
from sim.workbench.scenario_page import GIVEN, SAME, rows

OCTOBER = "oct_2025"


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_shipped_scenario_is_listed():
    told = run("scenarios").stdout
    assert all(name in told for name in list_scenarios())
    assert "people make its prices" in told and "ALT_A" in told and "2025-10-10 20:40" in told


def test_what_differs_is_shown_and_nothing_else(here: Path):
    assert run("scenarios", "diff", OCTOBER, OCTOBER).stdout == f"{SAME}\n"
    assert run("scenarios", "init", "mine", "--from", OCTOBER).exit_code == 0
    assert run("scenarios", "diff", OCTOBER, "mine.toml").stdout == f"{SAME}\n"
    told = run("scenarios", "diff", OCTOBER, "calm").stdout
    keys = [line.split()[0] for line in told.splitlines()[2:]]
    assert keys and all(key.startswith(("market.news", "market.event")) for key in keys)
    (line,) = run("scenarios", "diff", OCTOBER, "other.toml").stderr.splitlines()
    assert "other.toml" in line


#: How finely is simulated: nothing that happened.
RESOLUTION = re.compile(r"market\.cohorts|(market\.)?clock\.segment\[\d\]\.step_s")


@pytest.mark.parametrize("name", [name for name in list_scenarios() if name != "replay"])
def test_every_number_has_a_source(name: str):
    found = [row.key for row in rows(load_scenario(name)) if row.unit and not row.source]
    assert [key for key in found if not RESOLUTION.fullmatch(key)] == []


@pytest.mark.parametrize("name", [name for name in list_scenarios() if name != "replay"])
def test_every_number_is_shown_with_its_unit(name: str):
    scenario = load_scenario(name)
    is_number = re.compile(r"-?[\d,.]+(e[-+]?\d+)?")
    for row in rows(scenario):
        assert row.unit or not is_number.fullmatch(row.value), row.key
    told = run("scenarios", "show", name).stdout
    assert scenario.title in told and "[assumption]" in told


def test_every_key_that_is_shown_can_be_set_to_what_it_is():
    """By the names of entries, numbers, times, words and lists: what `init` writes is what `--set` takes."""
    scenario = load_scenario("squeeze_jul_2025")
    plain = [row for row in rows(scenario) if row.value != "none" and not row.key.startswith("feeds")]
    own = [row for row in plain if row.key.split(".")[0].split("[")[0] not in ("noise", "venue", "event")]
    assert len(own) > 700
    same = load_scenario("squeeze_jul_2025", given=[f"{row.key}={row.toml}" for row in own])
    assert same == scenario


def test_what_was_set_is_not_the_sources(here: Path):
    told = run("scenarios", "show", OCTOBER, "--set", "scenario.traders.count=7").stdout
    above, _, below = told.partition(GIVEN)
    assert below.split()[:2] == ["count", "7"] and GIVEN not in below


def test_prices_of_ones_own_are_shown(here: Path):
    Path("mine.csv").write_text("time,BTC,ETH,SOL\n" + "".join(f"{60 * i},1,1,1\n" for i in range(20)))
    assert "mine.csv" in run("scenarios", "show", "replay", "--prices", "mine.csv").stdout
    (line,) = run("scenarios", "show", "replay").stderr.splitlines()
    assert "--prices" in line


def test_a_key_that_is_set_is_changed_and_nothing_else():
    changed = load_scenario(OCTOBER, given=["market.venue[spot].depth[BTC].at_1pct_usd=1e8"])
    before = {row.key: row.value for row in rows(load_scenario(OCTOBER))}
    after = {row.key: row.value for row in rows(changed)}
    assert {key for key in after if after[key] != before[key]} == {"market.venue[spot].depth[BTC].at_1pct_usd"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("scenario.traders.cuont=5", ["traders.cuont", "seeded_share"]),
        ("scenario.traders.count=many", ["traders.count", "many"]),
        ("scenario.traders.count=1.5", ["traders.count", "whole number"]),
        ("scenario.traders.count=true", ["traders.count", "whole number"]),
        ('scenario.traders.count="50"', ["traders.count", "whole number"]),
        ("scenario.traders.long_share=false", ["traders.long_share", "a number"]),
        ("scenario.traders.market_weights.BTC=true", ["traders.market_weights.BTC", "a number"]),
        ("scenario.market.platform[thin].crowd[pairs].long.SOL=true", ["SOL", "a number"]),
        ("scenario.traders]count=5", ["traders]count", "dotted key"]),
        ("scenario.traders..count=5", ["traders..count", "dotted key"]),
        ("scenario.actor[whale].leverage=3", ["actor[whale]", "an entry"]),
        ("scenario.title.x.y=3", ["title.x.y"]),
        ('scenario.name="../elsewhere"', ["name", "letters"]),
        ("scenario.market.clock.start=yesterday", ["market.clock.start", "a time"]),
        ("scenario.market.clock.segment[start].step_s=1", ["segment[start]", "0, 1, 2"]),
        ("scenario.market.venue[nope].lag_s=1", ["market.venue[nope]", "spot"]),
        ("scenario.market.venue[99].lag_s=1", ["99", "spot"]),
        ("scenario.market.book.exponent=-1", ["market.book.exponent", "positive"]),
        ("scenario.market.nothing.at_all=1", ["market.nothing"]),
        ("scenario.traders.count", ["scenario.KEY=VALUE"]),
        ("scenario.=1", ["scenario.KEY=VALUE"]),
        ("scenario.traders.count=", ["traders.count"]),
        ("scenario.traders.count=[1", ["traders.count"]),
        ("traders.count=5", ["scenario.KEY=VALUE"]),
    ],
)
def test_what_cannot_be_set_is_one_line(given: str, words: list[str], here: Path):
    for command in (["scenarios", "show", OCTOBER], ["compare", "glp", "--scenario", OCTOBER, "--paths", "1"]):
        if given.startswith("traders.") and command[0] == "compare":
            continue
        result = run(*command, "--set", given)
        assert result.exit_code == 2 and result.stdout == "" and len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("error: --set") and all(word in result.stderr for word in words)
    assert list(here.iterdir()) == []


def test_one_of_ones_own_behaves_like_its_base_until_it_is_changed(here: Path):
    assert run("scenarios", "init", "mine", "--from", OCTOBER).exit_code == 0
    base, mine = load_scenario(OCTOBER), load_scenario("mine.toml")
    assert mine.model_copy(update={"name": base.name, "title": base.title}) == base
    with Path("mine.toml").open("a") as file:
        file.write('\n[traders]\ncount = 50\n\n[[market.venue]]\nname = "spot"\nlag_s = 7\n')
    changed = load_scenario("mine.toml")
    assert changed.market is not None and base.market is not None
    assert changed.traders.count == 50 and changed.traders.equity_median_usd == base.traders.equity_median_usd
    lags = {venue.name: venue.lag_s for venue in changed.market.venues}
    assert lags["spot"] == 7 and len(lags) == len(base.market.venues)
    assert run("scenarios", "init", "second", "--from", "mine.toml").exit_code == 0
    assert load_scenario("second.toml").traders.count == 50


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["init", "mine", "--from", "oct_1929"], ["oct_1929", OCTOBER]),
        (["init", OCTOBER, "--from", OCTOBER], ["NAME", OCTOBER]),
        (["init", "my-storm", "--from", OCTOBER], ["NAME", "my-storm"]),
        (["init", "mine", "--from", "replay"], ["--from", "[prices]"]),
        (["show", "nothing.toml"], ["nothing.toml"]),
        (["show", "oct_1929"], ["oct_1929", OCTOBER]),
    ],
)
def test_bad_names_are_one_line(arguments: list[str], words: list[str], here: Path):
    result = run("scenarios", *arguments)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert all(word in result.stderr for word in words)
    assert list(here.iterdir()) == []


def test_nothing_is_overwritten(here: Path):
    Path("mine.toml").write_text("mine")
    result = run("scenarios", "init", "mine", "--from", OCTOBER)
    assert result.exit_code == 2 and "mine.toml" in result.stderr
    assert Path("mine.toml").read_text() == "mine"


@pytest.mark.parametrize("lines", ['extends = "b.toml"', 'people = "b.toml"\nextends = "b.toml"'])
def test_files_that_extend_each_other_are_named(lines: str, here: Path):
    Path("a.toml").write_text(lines)
    Path("b.toml").write_text('extends = "a.toml"')
    result = run("scenarios", "show", "a.toml")
    assert result.exit_code == 2 and "does not lead back to itself" in result.stderr


def test_a_file_of_prices_stands_beside_the_file_that_names_it(here: Path):
    (here / "in").mkdir()
    (here / "in" / "base.toml").write_text('extends = "replay"\n\n[prices]\nfile = "mine.csv"\n')
    (here / "in" / "mine.csv").write_text("time,BTC,ETH,SOL\n" + "".join(f"{60 * i},1,1,1\n" for i in range(20)))
    (here / "top.toml").write_text('extends = "in/base.toml"\nname = "top"\n')
    found = load_scenario("top.toml").prices
    assert found is not None and found.file == Path("in/mine.csv")


def test_a_path_on_a_node_takes_the_same_keys(monkeypatch: pytest.MonkeyPatch):
    class Staged(Exception):
        pass

    def staged(design: Design, scenario: Scenario, *_: object) -> None:
        raise Staged(scenario.traders.count, int(design.losses.insurance_usd))

    monkeypatch.setattr("sim.live.demo.stage", staged)
    with pytest.raises(Staged, match="5, 7"):
        play_one_path("glp", OCTOBER, 0, None, overrides=["scenario.traders.count=5", "losses.insurance_usd=7"])
    with pytest.raises(InputError, match="cuont"):
        play_one_path("glp", OCTOBER, 0, None, overrides=["scenario.traders.cuont=5"])
