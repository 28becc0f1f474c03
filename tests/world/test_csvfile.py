"""A user's price file becomes a world, or one line says what is wrong with it and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.inputs.errors import InputError
from sim.scenario import load_scenario, scenario_from_prices
from sim.scenario.extending import SCENARIOS as FOLDER
from sim.world.history import build_history
from sim.world.streams import Streams

STREAMS = Streams(7, (0, 1))
START = pd.Timestamp("2025-01-01T00:00:00Z")


@pytest.fixture
def file(tmp_path):
    """Writes `my.csv`."""

    def write(text: str):
        path = tmp_path / "my.csv"
        path.write_text(text)
        return path

    return write


def rows(count: int, step_s: int = 60, **prices: float) -> pd.DataFrame:
    """A wide table with constant prices."""
    times = [START + pd.Timedelta(seconds=i * step_s) for i in range(count)]
    return pd.DataFrame({"timestamp": [time.isoformat() for time in times], **prices})


WIDE = """timestamp,BTC,ETH
2025-01-01T00:00:00Z,100,10
2025-01-01T00:01:00Z,121,10
2025-01-01T00:02:00Z,110,11
"""


# ---- layouts ----


def test_wide_file_is_the_one_true_path_of_all(file) -> None:
    world = build_history(scenario_from_prices(file(WIDE)), STREAMS)
    assert world.feeds == ("BTC", "ETH", "USDC")
    for path in range(2):
        assert world.true_price_usd[path, :, 0].tolist() == [100, 121, 110]
        assert world.true_price_usd[path, :, 1].tolist() == [10, 10, 11]
    assert world.times_s.tolist() == [START.timestamp() + 60 * i for i in range(3)]
    quotes = world.quotes(1).price_usd
    assert (quotes[0] != quotes[1]).all()


def test_prices_between_rows_are_interpolated_in_the_logarithm(file) -> None:
    world = build_history(scenario_from_prices(file(WIDE), step_s=30), STREAMS)
    assert world.true_price_usd[0, :, 0] == pytest.approx([100, 110, 121, np.sqrt(121 * 110), 110])
    assert (world.step_s == 30).all()


def test_venue_columns_are_shown_as_they_are(file) -> None:
    text = WIDE.replace("ETH\n", "ETH,BTC@binance\n").replace("Z,100,10\n", "Z,100,10,99\n")
    text = text.replace("121,10\n", "121,10,98\n").replace("110,11\n", "110,11,97\n")
    world = build_history(scenario_from_prices(file(text)), STREAMS)
    shown = [world.quotes(t).price_usd[:, 0, world.venues.index("Binance")].tolist() for t in range(3)]
    assert shown == [[99, 99], [98, 98], [97, 97]]


def test_true_price_is_the_median_of_venues_where_it_is_not_given(file) -> None:
    text = "timestamp,BTC@OKX,BTC@Binance,BTC@Gate\n1735689600,90,100,101\n1735689660,90,104,103\n"
    world = build_history(scenario_from_prices(file(text)), STREAMS)
    assert world.true_price_usd[0, :, 0].tolist() == [100, 103]


def test_long_file_equals_the_wide_one(file) -> None:
    wide = build_history(scenario_from_prices(file(WIDE)), STREAMS)
    text = "time,asset,venue,price\n"
    for i, (btc, eth) in enumerate([(100, 10), (121, 10), (110, 11)]):
        text += f"{1735689600 + 60 * i},ETH,,{eth}\n{1735689600 + 60 * i},BTC,,{btc}\n"
    long = build_history(scenario_from_prices(file(text)), STREAMS)
    assert (long.quoted_usd == wide.quoted_usd).all()


def test_long_file_may_be_sorted_by_asset_and_name_venues(file) -> None:
    text = "timestamp,asset,price,venue\n0,BTC,100,\n60,BTC,101,\n0,BTC,99,okx\n60,BTC,98,okx\n"
    world = build_history(scenario_from_prices(file(text)), STREAMS)
    assert world.true_price_usd[0, :, 0].tolist() == [100, 101]
    assert world.quotes(1).price_usd[0, 0, world.venues.index("OKX")] == 98


BARS = """date,Open,High,Low,Close,volume
2025-01-01 00:00:00,100,105,95,102,1
2025-01-01 01:00:00,102,110,90,91,1
"""


def test_rising_bar_visits_low_first_and_falling_bar_high_first(file) -> None:
    world = build_history(scenario_from_prices(file(BARS), asset="BTC"), STREAMS)
    assert world.true_price_usd[0, :, 0].tolist() == [100, 95, 105, 102, 102, 110, 90, 91]
    assert (world.step_s == 900).all()


@pytest.mark.parametrize("step_s", [60, 300, 720])
def test_extremes_of_bars_are_hit_whatever_the_step(file, step_s) -> None:
    world = build_history(scenario_from_prices(file(BARS), asset="BTC", step_s=step_s), STREAMS)
    assert {95, 105, 110, 90} <= set(world.true_price_usd[0, :, 0].tolist())


def test_bars_of_several_feeds_have_their_feed_in_the_column(file) -> None:
    text = "t_utc,BTC:open,BTC:high,BTC:low,BTC:close\n2025-01-01,5,7,4,6\n2025-01-02,6,6,6,6\n"
    world = build_history(scenario_from_prices(file(text)), STREAMS)
    assert world.true_price_usd[0, :4, 0].tolist() == [5, 4, 7, 6]


def test_columns_rename(file) -> None:
    text = WIDE.replace("BTC,ETH", "btc_price,weth.price")
    mine = scenario_from_prices(file(text), columns={"BTC": "btc_price", "ETH": "weth.price"})
    assert mine.feeds == ("BTC", "ETH", "USDC")


def test_own_stable_column_replaces_the_peg(file) -> None:
    text = "timestamp,BTC,USDC\n0,100,0.99\n60,100,0.88\n"
    world = build_history(scenario_from_prices(file(text)), STREAMS)
    assert world.true_price_usd[0, :, world.feeds.index("USDC")].tolist() == [0.99, 0.88]


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_unix_times_in_any_unit(file, unit) -> None:
    text = f"timestamp,BTC\n{1735689600 * unit},100\n{1735689660 * unit},100\n"
    world = build_history(scenario_from_prices(file(text)), STREAMS)
    assert world.times_s.tolist() == [1735689600, 1735689660]


def test_parquet_reads_like_csv(tmp_path, file) -> None:
    pytest.importorskip("pyarrow", reason="no pyarrow that works", exc_type=ImportError)
    table = pd.read_csv(file(WIDE), parse_dates=["timestamp"]).set_index("timestamp")
    table.to_parquet(tmp_path / "my.parquet")
    one, other = (build_history(scenario_from_prices(tmp_path / name), STREAMS) for name in ("my.csv", "my.parquet"))
    assert (one.quoted_usd == other.quoted_usd).all() and (one.times_s == other.times_s).all()


# ---- cutting ----


def test_long_file_is_cut(file) -> None:
    table = rows(100, BTC=100.0)
    path = file(table.to_csv(index=False))
    cut = {"start": "2025-01-01T00:10:30Z", "until": "2025-01-01T00:20:00Z"}
    world = build_history(scenario_from_prices(path, **cut), STREAMS)
    first = START.timestamp() + 11 * 60
    assert (world.times_s[0], world.times_s[-1]) == (first, first + 9 * 60)
    world = build_history(scenario_from_prices(path, start=cut["start"], max_steps=5), STREAMS)
    assert (world.times_s[0], len(world.times_s)) == (first, 5)


def test_rows_outside_the_cut_may_be_bad(file) -> None:
    table = rows(100, BTC=100.0)
    table.loc[:9, "BTC"] = np.nan
    table.loc[50:, "BTC"] = -1.0
    path = file(table.to_csv(index=False))
    scenario_from_prices(path, start="2025-01-01T00:10:00Z", max_steps=20)
    with pytest.raises(InputError, match="column BTC, row 1: expected a positive number"):
        scenario_from_prices(path, max_steps=20)


# ---- scenario files ----


def test_scenario_file_finds_prices_beside_it(tmp_path, file) -> None:
    file(WIDE)
    text = (FOLDER / "replay.toml").read_text(encoding="utf-8")
    text = text.replace("[prices]", '[prices]\nfile = "my.csv"')
    (tmp_path / "mine.toml").write_text(text.replace('"ETH", "SOL"', '"ETH"').replace("SOL = 13.1", ""))
    mine = load_scenario(tmp_path / "mine.toml")
    assert build_history(mine, STREAMS).true_price_usd[0, 1, 0] == 121


def test_feed_that_the_template_does_not_know_gets_the_smallest_weight(file) -> None:
    mine = scenario_from_prices(file(WIDE.replace("ETH", "AVAX")), feeds=["BTC", "AVAX", "USDC"])
    weights = mine.traders.market_weights
    assert weights["AVAX"] == 13.1 and set(weights) == {"BTC", "AVAX"}


def test_needed_feed_that_is_missing_is_named(file) -> None:
    with pytest.raises(InputError, match=r"my\.csv: column SOL: expected a price column named SOL"):
        scenario_from_prices(file(WIDE), feeds=["BTC", "SOL", "USDC"])


# ---- bad files ----

HEAD = "timestamp,BTC\n"
BAD = {
    "no rows": (HEAD, {}, "rows: expected at least 2 rows, got 0 rows"),
    "one row": (HEAD + "0,1\n", {}, "rows: expected at least 2 rows, got 1 rows"),
    "empty": ("", {}, "expected a table"),
    "no time": ("when,BTC\n0,1\n60,1\n", {}, "columns: expected a time column"),
    "no price": ("timestamp,DOGE\n0,1\n60,1\n", {}, "column BTC: expected a price column named BTC"),
    "time that is none": (HEAD + "0,1\nsoon,1\n", {}, "column timestamp, row 1: expected an ISO 8601 time"),
    "ambiguous date": (HEAD + "10/11/2025,1\n11/11/2025,1\n", {}, "row 1: expected an ISO 8601 time"),
    "empty time": (HEAD + "0,1\n,1\n", {}, "column timestamp, row 2: expected"),
    "unsorted": (HEAD + "60,1\n120,1\n0,1\n", {}, "row 3: expected rows in order of time"),
    "duplicate": (HEAD + "0,1\n60,1\n60,1\n", {}, "row 3: expected no time twice, got 1970-01-01T00:01:00Z"),
    "gap": (HEAD + "0,1\n60,1\n120,1\n7200,1\n", {}, "row 4: expected at most max_gap_s = 300 s"),
    "own gap": (HEAD + "0,1\n60,1\n180,1\n", {"max_gap_s": 60}, "row 3: expected at most max_gap_s = 60 s"),
    "text": (HEAD + "0,1\n60,cheap\n", {}, "column BTC, row 2: expected a positive number, got cheap"),
    "missing price": (HEAD + "0,1\n60,\n", {}, "column BTC, row 2: expected a positive number"),
    "negative": (HEAD + "0,1\n60,-5\n", {}, "column BTC, row 2: expected a positive number, got -5"),
    "zero": (HEAD + "0,0\n60,5\n", {}, "column BTC, row 1: expected a positive number, got 0"),
    "infinite": (HEAD + "0,inf\n60,5\n", {}, "column BTC, row 1: expected a positive number, got inf"),
    "extra field": (HEAD + "0,1,2\n60,1,2\n", {}, "row 1: expected as many fields as the header"),
    "ragged": (HEAD + "0,1\n60,1,2\n", {}, "expected a table in CSV"),
    "unknown venue": ("timestamp,BTC,BTC@mtgox\n0,1,1\n60,1,1\n", {}, "column BTC@mtgox: expected a venue of"),
    "bars of whom": (BARS, {}, "expected a price column named BTC or ETH or SOL, or bars"),
    "impossible bar": (BARS.replace("105", "99"), {"asset": "BTC"}, "row 1: expected low <= open, close <= high"),
    "coarse steps": (BARS, {"asset": "BTC", "step_s": 1_800}, "step_s: expected a divisor of the bars' 3600 s"),
    "start after the end": (WIDE, {"start": "2026-01-01T00:00:00Z"}, "start: expected a time within the file"),
    "until before the start": (WIDE, {"until": "2024-01-01T00:00:00Z"}, "until: expected a time within the file"),
    "too small a cut": (WIDE, {"start": "2025-01-01T00:02:00Z"}, "rows: expected at least 2 rows between"),
    "step beyond the file": (WIDE, {"step_s": 600}, "rows: expected a span of at least one step of 600 s"),
    "long duplicate": (
        "timestamp,asset,price\n0,BTC,1\n0,ETH,1\n60,BTC,1\n60,BTC,1\n", {}, "row 4: expected no time twice",
    ),
    "long unsorted": ("timestamp,asset,price\n60,BTC,1\n0,BTC,1\n", {}, "row 2: expected rows in order of time"),
    "long hole": (
        "timestamp,asset,price\n0,BTC,1\n0,ETH,1\n60,BTC,1\n", {}, "column ETH, row 3: expected a positive number",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options", "message"), BAD.values(), ids=BAD.keys())
def test_bad_file_is_named_with_the_place_in_it(file, text, options, message) -> None:
    with pytest.raises(InputError) as caught:
        scenario_from_prices(file(text), **options)
    assert "my.csv: " in str(caught.value) and message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"step_s": 0}, "prices.step_s"),
        ({"asset": "DOGE"}, "prices.asset"),
        ({"columns": {"DOGE": "BTC"}}, "prices.columns"),
        ({"start": "yesterday"}, "prices.start"),
        ({"max_steps": 1}, "prices.max_steps"),
    ],
)
def test_bad_option_is_named(file, options, key) -> None:
    with pytest.raises(InputError) as caught:
        scenario_from_prices(file(WIDE), feeds=["BTC", "USDC"], **options)
    assert caught.value.key == key


@pytest.mark.parametrize("name", ["missing.csv", "folder.csv", "notes.docx"])
def test_unreadable_file_is_named(tmp_path, name) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=f"{name}: expected a file that"):
        scenario_from_prices(tmp_path / name)


def test_damaged_parquet_is_named(tmp_path) -> None:
    (tmp_path / "my.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match=r"my\.parquet: expected a (table|Parquet reader)"):
        scenario_from_prices(tmp_path / "my.parquet")
