"""Scenarios load, say where their numbers come from, and complain in one line that names file and key."""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from sim import scenario as scenarios
from sim.inputs.errors import InputError
from sim.scenario.extending import SCENARIOS as FOLDER
from sim.scenario.extending import whole
from sim.scenario.tables import unix_s

STORM = "oct_2025_replay"
LATER, EARLIER = "2025-10-11T09:00:00Z", "2025-10-10T09:00:00Z"


@pytest.fixture
def document() -> dict[str, Any]:
    """The storm's TOML document, for a test to spoil."""
    return tomllib.loads((FOLDER / f"{STORM}.toml").read_text(encoding="utf-8"))


def tables_with_numbers(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every table of a kind that a source must back."""
    noise = document.get("noise", {})
    arrays = [*document.get("waypoint", []), *document.get("stable", []), *document.get("venue", [])]
    arrays += [
        *document.get("event", []),
        *noise.get("volatility", []),
        *noise.get("correlation", []),
    ]
    people = ["traders", "arbitrageur", "liquidity_providers", "keepers"]
    return [*arrays, *([noise["storm"]] if noise else []), *(document[name] for name in people if name in document)]


@pytest.mark.parametrize("name", scenarios.list_scenarios())
def test_every_shipped_number_has_a_source(name: str) -> None:
    file = FOLDER / f"{name}.toml"
    tables = tables_with_numbers(whole(tomllib.loads(file.read_text(encoding="utf-8")), file))
    assert tables and all(table["source"].strip() for table in tables)


def test_interpolated_waypoints_say_that_they_are_assumptions() -> None:
    points = scenarios.load_scenario(STORM).waypoints
    interpolated = [point for point in points if "interpolated" in point.source]
    assert len(interpolated) == 12
    assert all("[assumption]" in point.source for point in interpolated)


def test_summary_says_that_it_is_a_replay_which_takes_prices_as_given() -> None:
    summary = scenarios.load_scenario(STORM).summary
    assert "replay" in summary and "takes these prices as given" in summary


def test_storm_has_six_hundred_steps_and_the_worst_ninety_minutes_are_fine() -> None:
    times_s, steps_s = scenarios.load_scenario(STORM).clock.grid()
    assert len(times_s) == 601
    assert (steps_s == 10).sum() * 10 == 90 * 60
    assert times_s[-1] - times_s[0] == 150 * 60


def test_storm_weights_venues_as_hyperliquid_does() -> None:
    weights = {venue.name: venue.weight for venue in scenarios.load_scenario(STORM).venues}
    assert {name for name, weight in weights.items() if weight > 1} == {"Binance", "OKX", "Bybit"}
    assert (weights["Binance"], weights["OKX"], sum(weights.values())) == (3, 2, 12)


def test_market_shares_sum_to_one() -> None:
    shares = scenarios.load_scenario(STORM).traders.market_shares
    assert sum(shares.values()) == pytest.approx(1.0) and shares["BTC"] > shares["SOL"]


def test_scenario_survives_a_trip_to_another_process() -> None:
    storm = scenarios.load_scenario(STORM)
    assert pickle.loads(pickle.dumps(storm)) == storm


def test_overrides_reach_tables_and_lists() -> None:
    storm = scenarios.load_scenario(STORM, {"traders.count": 7, "venue[0].weight": 5, "title": "x"})
    assert (storm.traders.count, storm.venues[0].weight, storm.title) == (7, 5, "x")


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("traders.cuont", 7, "traders.cuont"),
        ("trader.count", 7, "trader: expected one of the keys"),
        ("venue[99].weight", 1, "venue[99].weight"),
        ("traders.count.x", 1, "traders.count.x"),
        ("traders.count", -1, "traders.count"),
        ("", 1, "a dotted key"),
    ],
)
def test_bad_override_names_its_key(key: str, value: object, named: str) -> None:
    with pytest.raises(InputError, match="expected") as caught:
        scenarios.load_scenario(STORM, {key: value})
    assert named in str(caught.value)


def test_example_of_the_message() -> None:
    with pytest.raises(InputError) as caught:
        scenarios.load_scenario(STORM, {"venue[2].weight": -1})
    assert str(caught.value).endswith("venue[2].weight: expected a positive number, got -1")


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Spoil a document by putting a value at a path."""

    def spoil(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return spoil


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """Spoil a document by dropping what is at a path."""

    def spoil(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        del place[path[-1]]

    return spoil


SPOILT = {
    "unknown key": (put("colour", value="red"), "colour"),
    "unknown key in a table": (put("venue", 1, "wieght", value=1), "venue[1].wieght"),
    "missing key": (drop("venue", 1, "weight"), "venue[1].weight"),
    "missing table": (drop("keepers"), "keepers"),
    "no venues": (put("venue", value=[]), "venue"),
    "unknown kind": (put("kind", value="random"), "kind"),
    "negative weight": (put("venue", 2, "weight", value=-1), "venue[2].weight"),
    "weight that is text": (put("venue", 2, "weight", value="heavy"), "venue[2].weight"),
    "infinite basis": (put("venue", 2, "basis_sd_bps", value=float("inf")), "venue[2].basis_sd_bps"),
    "venue twice": (put("venue", 1, "name", value="binance"), "venue[1].name"),
    "feed twice": (put("feeds", value=["BTC", "ETH", "SOL", "USDC", "BTC"]), "feeds"),
    "time without offset": (put("clock", "start", value="2025-10-10T20:30:00"), "clock.start"),
    "segments that go back": (put("clock", "segment", 1, "until", value=EARLIER), "clock.segment[1].until"),
    "step that does not fit": (put("clock", "segment", 1, "step_s", value=7), "clock.segment[1].step_s"),
    "fraction of a step": (put("clock", "segment", 1, "step_s", value=0.5), "clock.segment[1].step_s"),
    "waypoint outside the clock": (put("waypoint", 3, "time", value=LATER), "waypoint[3].time"),
    "waypoints that go back": (put("waypoint", 3, "time", value="2025-10-10T20:40:00Z"), "waypoint[3].time"),
    "waypoint off the grid": (put("waypoint", 3, "time", value="2025-10-10T21:20:05Z"), "waypoint[3].time"),
    "no waypoint at the start": (drop("waypoint", 0), "waypoint[0].time"),
    "waypoint of an unknown feed": (put("waypoint", 3, "feed", value="DOGE"), "waypoint[3].feed"),
    "waypoint of a stable feed": (put("waypoint", 3, "feed", value="USDC"), "waypoint[3].feed"),
    "price of zero": (put("waypoint", 3, "price_usd", value=0), "waypoint[3].price_usd"),
    "waypoint without a source": (drop("waypoint", 3, "source"), "waypoint[3].source"),
    "waypoint with an empty source": (put("waypoint", 3, "source", value=""), "waypoint[3].source"),
    "feed without waypoints": (put("feeds", value=["BTC", "ETH", "SOL", "USDC", "USDE", "WBETH", "XRP"]), "waypoint"),
    "wrapped that is no feed": (put("wrapped", 0, "feed", value="RETH"), "wrapped[0].feed"),
    "wrapped without a floating base": (put("wrapped", 0, "base", value="USDC"), "wrapped[0].base"),
    "wrapped that is stable too": (put("wrapped", 0, "feed", value="USDC"), "wrapped[0].feed"),
    "wrapped at no rate": (put("wrapped", 0, "rate", value=0), "wrapped[0].rate"),
    "margin in what is no feed": (put("traders", "margin_weights", value={"DAI": 1.0}), "traders.margin_weights"),
    "margin in nothing": (put("traders", "margin_weights", value={"USDC": 0.0}), "traders.margin_weights"),
    "blocks without gas": (put("blocks", "gas_per_s", value=0), "blocks.gas_per_s"),
    "stable that is no feed": (put("stable", 0, "feed", value="DAI"), "stable[0].feed"),
    "feed without noise": (drop("noise", "volatility", 1), "noise.volatility"),
    "noise of a stable feed": (put("noise", "volatility", 1, "feed", value="USDC"), "noise.volatility[1].feed"),
    "impossible correlations": (put("noise", "correlation", 0, "value", value=-0.9), "noise.correlation"),
    "correlation above 1": (put("noise", "correlation", 0, "value", value=1.1), "noise.correlation[0].value"),
    "correlation with itself": (
        put("noise", "correlation", 0, "feeds", value=["BTC", "BTC"]), "noise.correlation[0].feeds",
    ),
    "storm that ends before it starts": (put("noise", "storm", "until", value=EARLIER), "noise.storm.until"),
    "storm outside the clock": (put("noise", "storm", "until", value=LATER), "noise.storm.until"),
    "event at an unknown venue": (put("event", 0, "venue", value="Mt. Gox"), "event[0].venue"),
    "event of an unknown feed": (put("event", 0, "feeds", value=["DOGE"]), "event[0].feeds"),
    "event of an unknown kind": (put("event", 0, "kind", value="rumour"), "event[0].kind"),
    "event before the clock": (put("event", 0, "from", value=EARLIER), "event[0].from"),
    "offset without a size": (drop("event", 0, "size_bps"), "event[0].size_bps"),
    "ramps longer than the event": (put("event", 0, "ramp_s", value=3_000), "event[0].ramp_s"),
    "halt with a size": (put("event", 9, "size_bps", value=5.0), "event[9].size_bps"),
    "leverage shares that miss 1": (put("traders", "leverage", 0, "share", value=0.5), "traders.leverage"),
    "leverage of zero": (put("traders", "leverage", 0, "leverage", value=0), "traders.leverage[0].leverage"),
    "share above 1": (put("traders", "long_share", value=1.5), "traders.long_share"),
    "market without a feed": (put("traders", "market_weights", "DOGE", value=1.0), "traders.market_weights"),
    "no traders": (put("traders", "count", value=0), "traders.count"),
    "no providers": (put("liquidity_providers", "count", value=0), "liquidity_providers.count"),
    "negative market weight": (put("traders", "market_weights", "BTC", value=-1), "traders.market_weights.BTC"),
    "drawdowns in the wrong order": (
        put("liquidity_providers", "exit_drawdown_max", value=0.01), "liquidity_providers.exit_drawdown_max",
    ),
    "prices beside waypoints": (put("prices", value={"file": "x.csv"}), "prices"),
    "no clock": (drop("clock"), "clock"),
    "csv without prices": (put("kind", value="csv"), "prices"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "key"), SPOILT.values(), ids=SPOILT.keys())
def test_bad_input_names_file_and_key(document, spoil, key) -> None:
    spoil(document)
    with pytest.raises(InputError, match="expected") as caught:
        scenarios.parse_scenario(document, "mine.toml")
    assert (caught.value.file, caught.value.key) == ("mine.toml", key)
    assert "\n" not in str(caught.value)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        scenarios.load_scenario("oct_2052")
    assert all(name in str(caught.value) for name in scenarios.list_scenarios())


def test_missing_file_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere/mine\.toml: expected a file that can be read"):
        scenarios.load_scenario("nowhere/mine.toml")


def test_broken_toml_names_its_line(tmp_path) -> None:
    (tmp_path / "mine.toml").write_text('name = "x"\ntitle = \n')
    with pytest.raises(InputError, match=r"mine\.toml: line 2: expected valid TOML"):
        scenarios.load_scenario(tmp_path / "mine.toml")


def test_file_that_is_no_text_is_named(tmp_path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"mine\.toml: expected TOML in UTF-8"):
        scenarios.load_scenario(tmp_path / "mine.toml")


def test_replay_without_a_file_says_how_to_give_one() -> None:
    with pytest.raises(InputError, match=r"prices\.file: .*--prices"):
        scenarios.load_scenario("replay")


def test_design_that_needs_another_feed_is_told(document) -> None:
    storm = scenarios.load_scenario(STORM)
    scenarios.require_feeds(storm, ["BTC", "USDC"])
    with pytest.raises(InputError, match="the feed DOGE"):
        scenarios.require_feeds(storm, ["BTC", "DOGE"])


def test_last_waypoint_may_come_before_the_end(document) -> None:
    document["waypoint"] = [point for point in document["waypoint"] if "23:00" not in str(point["time"])]
    storm = scenarios.parse_scenario(document, "mine.toml")
    assert unix_s(storm.waypoints[-1].time) < unix_s(storm.clock.end)
