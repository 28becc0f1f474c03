"""Markets from files: what is wrong is said in one line, and the order in a file is nobody's business."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest
from market_factory import SOURCE, at, changed, run, shipped, small_document, small_market, world_of

from sim.inputs.errors import InputError
from sim.scenario.market import load_market, parse_market

#: Key that is changed, value, key that the complaint names.
BAD: list[tuple[str, Any, str]] = [
    ("reference", "DOGE", "reference"),
    ("momentum.signal_feed", "USDE", "momentum.signal_feed"),
    ("book.exponent", 0.0, "book.exponent"),
    ("book.colour", "red", "book.colour"),
    ("arbitrage.band_bps", "wide", "arbitrage.band_bps"),
    ("makers.flow_share", 1.5, "makers.flow_share"),
    ("makers.least_presence", 0.0, "makers.least_presence"),
    ("venue.0.depth.0.at_1pct_usd", 0.0, "venue[0].depth[0].at_1pct_usd"),
    ("venue.0.depth.0.feed", "DOGE", "venue[0].depth.feed"),
    ("venue.1.name", "spot", "venue.name"),
    ("platform.0.venue", "nowhere", "platform[0].venue"),
    ("platform.0.venue", "spot", "platform[0].collateral.feed"),
    ("platform.1.name", "perp_a", "platform.name"),
    ("platform.0.engine", "guillotine", "platform[0].engine"),
    ("platform.0.crowd.1.long", {"ETH": 0.9}, "platform[0].crowd[1].long"),
    ("platform.0.crowd.0.long", {"ETH": 0.5}, "platform[0].crowd[0].long"),
    ("platform.0.crowd.0.stop_loss_share", 0.0, "platform[0].crowd[0].stop_loss_share"),
    ("platform.0.crowd.0.collateral", {"BTC": 0.5}, "platform[0].crowd[0].collateral"),
    ("platform.0.crowd.3.fall_until_bps", 10, "platform[0].crowd[3].fall_until_bps"),
    ("platform.0.collateral.0.feed", "ETH", "platform[0].open_interest.feed"),
    ("fundamental.correlation.0.value", 1.5, "fundamental.correlation[0].value"),
    ("fundamental.correlation.0.feeds", ["BTC", "USDE"], "fundamental.correlation[0].feeds"),
    ("fundamental.jumps.branching", 1.0, "fundamental.jumps.branching"),
    ("stable.0.feed", "BTC", "feed"),
    ("news.0.until", at(5), "news[0].until"),
    ("cutting.shock_s", 0, "cutting.shock_s"),
]


@pytest.mark.parametrize(("key", "value", "named"), BAD, ids=[f"{key}={value}" for key, value, _ in BAD])
def test_a_bad_table_is_one_line_that_names_the_key(key, value, named):
    with pytest.raises(InputError) as caught:
        parse_market(changed(small_document(), {key: value}), "mine.toml")
    assert "mine.toml" in str(caught.value) and named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({"kind": "lie"}, "size_bps"),
        ({"kind": "halt", "size_bps": 5.0}, "size_bps"),
        ({"kind": "thin"}, "depth_factor"),
        ({"kind": "transfer_halt", "feeds": ["BTC"]}, "feeds"),
        ({"kind": "halt", "venue": "nowhere"}, "event[0].venue"),
        ({"kind": "earthquake"}, "event[0].kind"),
    ],
)
def test_an_event_has_what_its_kind_needs_and_nothing_else(event, named):
    whole = {"venue": "spot", "from": at(1), "until": at(2), "source": SOURCE} | event
    with pytest.raises(InputError, match=named.replace("[", r"\[").replace("]", r"\]")):
        small_market(event=[whole])


def _shuffled(value: Any, dice: random.Random) -> Any:
    """Every list of tables in another order; the clock's segments follow one another and stay."""
    if isinstance(value, dict):
        return {key: each if key == "clock" else _shuffled(each, dice) for key, each in value.items()}
    if isinstance(value, list):
        made = [_shuffled(each, dice) for each in value]
        dice.shuffle(made)
        return made
    return value


def test_the_order_in_a_file_changes_no_bit_of_a_run():
    document = small_document()
    straight = run(world_of(parse_market(document, "a.toml")), steps=150)
    for seed in range(3):
        other = parse_market(_shuffled(copy.deepcopy(document), random.Random(seed)), "b.toml")
        again = run(world_of(other), steps=150)
        assert all((straight[name] == again[name]).all() for name in straight)


def test_a_venue_more_leaves_the_noise_of_the_others():
    """Quotes are drawn by name: the prices of a market without anybody who trades hardly notice a tiny venue."""
    document = changed(small_document(), {"platform": [], "momentum.size_depths": 0.0, "arbitrage.capital_usd": 0.0})
    tiny = copy.deepcopy(document["venue"][2]) | {"name": "aaa"}
    for entry in tiny["depth"]:
        entry["at_1pct_usd"] = 1.0
    alone = world_of(parse_market(document, "a.toml"))
    more = world_of(parse_market(document | {"venue": [*document["venue"], tiny]}, "b.toml"))
    run(alone, steps=60)
    run(more, steps=60)
    assert more.mid_usd()[:, :, 1:] == pytest.approx(alone.mid_usd(), rel=1e-6)


def test_every_number_of_the_shipped_market_says_where_it_comes_from():
    def tables(value: Any) -> Any:
        if isinstance(value, dict):
            yield value
            for each in value.values():
                yield from tables(each)
        elif isinstance(value, list | tuple):
            for each in value:
                yield from tables(each)

    whole = shipped().model_dump()
    with_numbers = [
        table
        for table in tables(whole)
        if any(isinstance(value, float) for value in table.values()) and "source" in table
    ]
    assert len(with_numbers) > 80
    assert all(table["source"].strip() for table in with_numbers)


def test_a_bootstrap_draws_from_a_file_beside_the_scenario(tmp_path):
    rng, rows = np.random.default_rng(1), 400
    prices = 100.0 * np.exp(np.cumsum(rng.normal(size=rows) * 1e-3))
    lines = ["time,BTC,ETH"]
    lines += [f"{1_700_000_000 + 10 * i},{price:.6f},{price * price:.6f}" for i, price in enumerate(prices)]
    (tmp_path / "past.csv").write_text("\n".join(lines))
    document = changed(small_document(), {"news": [], "platform": []})
    document["fundamental"]["bootstrap"] = {"file": "past.csv", "mean_block_s": 300, "source": SOURCE}
    world = world_of(parse_market(document, tmp_path / "mine.toml"))
    records = run(world, steps=100)
    log = np.log(records["fundamental_usd"])
    moves = np.diff(log, axis=1)
    btc, eth = (moves[..., world.feeds.index(feed)] for feed in ("BTC", "ETH"))
    assert eth == pytest.approx(2.0 * btc, abs=1e-6) and btc.std() == pytest.approx(1e-3, rel=0.2)
    with pytest.raises(InputError, match=r"cutting.shock_s = 5"):
        world_of(parse_market(changed(document, {"cutting.shock_s": 5}), tmp_path / "mine.toml"))


def test_markets_are_found_by_name():
    assert load_market("oct_2025").name == "oct_2025"
    with pytest.raises(InputError, match="market: expected one of oct_2025, or the path of a .toml file, got oct_1929"):
        load_market("oct_1929")
