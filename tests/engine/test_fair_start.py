"""Everybody starts alike: the same people, whatever designs are called and however files are sorted."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from storm import storm

from sim.agents.wishes import Wishes
from sim.chain.digest import digest
from sim.design import Design, list_designs, load_design
from sim.design.layers import DESIGNS
from sim.inputs.errors import InputError
from sim.risk.records import Records
from sim.runs.experiment import Task, play, run_task
from sim.runs.kinds import Kind, chain_maker
from sim.runs.staging import stage
from sim.scenario import Scenario, load_scenario, parse_scenario
from sim.scenario.variation import Factors

PATHS = (0, 1)


def end_state(design: Design, scenario: Scenario, kind: Kind) -> str:
    """Hash of everything that the contracts hold after three steps of a path."""
    chain, window, _ = stage(design, scenario, 1, (1,), chain_maker(kind))
    try:
        play(Task(design, scenario, 1, (1,), None, chain=kind, steps=3), chain, window)
        return digest(chain)
    finally:
        chain.close()


def played(
    design: Design | str,
    scenario: Scenario | None = None,
    *,
    steps: int | None = 3,
    chain: Kind = "native",
    paths: tuple[int, ...] = PATHS,
) -> Records:
    made = load_design(design) if isinstance(design, str) else design
    return run_task(Task(made, scenario or storm(), 1, paths, None, steps=steps, chain=chain))


def assert_equal(one: Records, other: Records) -> None:
    """All that was recorded is the same to the last bit, but for the design's name."""
    assert (one.feeds, one.assets) == (other.feeds, other.assets)
    for group in ("series", "totals", "liquidations", "reverts", "actions"):
        first, second = getattr(one, group), getattr(other, group)
        assert first.keys() == second.keys(), group
        for key in first:
            assert np.array_equal(first[key], second[key], equal_nan=True), (group, key)


def backwards(document: dict) -> dict:
    """A document with every table and every list of tables upside down."""
    turned = {}
    for key, value in reversed(document.items()):
        if isinstance(value, dict):
            value = backwards(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            value = [backwards(item) for item in reversed(value)]
        turned[key] = value
    return turned


def resorted(name: str, folder: Path) -> Design:
    """A shipped design under another name, its tables upside down."""
    plain, *tables = re.split(r"(?m)^(?=\[)", (DESIGNS / f"{name}.toml").read_text())
    file = folder / "zebra.toml"
    renamed = re.sub(r'(?m)^name = ".*"$', 'name = "zebra"', plain)
    file.write_text(renamed + "\n".join(reversed(tables)))
    return load_design(str(file))


def turned(scenario: Scenario) -> Scenario:
    document = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    segments, points = document["clock"]["segment"], document["waypoint"]
    document = backwards(document)
    document["clock"]["segment"] = segments  # in order of time
    document["waypoint"] = sorted(points, key=lambda point: point["feed"], reverse=True)
    document["feeds"] = document["feeds"][::-1]
    return parse_scenario(document, "turned.toml")


@pytest.mark.parametrize("name", list_designs())
def test_neither_names_nor_the_order_of_files_change_a_run(name: str, tmp_path: Path) -> None:
    scenario = storm()
    assert [venue.name for venue in turned(scenario).venues] == [venue.name for venue in scenario.venues]
    assert_equal(played(name, scenario, steps=None), played(resorted(name, tmp_path), turned(scenario), steps=None))


def renamed(design: Design) -> Design:
    """A design whose assets and markets are called otherwise; their feeds are what they were."""
    called = {asset.symbol: f"Z{asset.symbol[::-1]}" for asset in design.assets}
    perps = {market.symbol: f"{market.symbol[::-1]}-PERP" for market in design.markets}

    def told(value: object) -> object:
        """A parameter of a rule, by market or of assets, in the new names."""
        if isinstance(value, dict):
            return {perps.get(key, key): told(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [told(item) for item in value]
        return called.get(value, value) if isinstance(value, str) else value

    markets = [
        market.model_copy(
            update={
                "symbol": perps[market.symbol],
                "long_asset": called[market.long_asset],
                "short_asset": called[market.short_asset],
            }
        )
        for market in design.markets
    ]
    return design.model_copy(
        update={
            "assets": tuple(asset.model_copy(update={"symbol": called[asset.symbol]}) for asset in design.assets),
            "markets": tuple(markets),
            "sale_order": tuple(called[symbol] for symbol in design.sale_order),
            "policies": {
                slot: choice.model_copy(update={"parameters": told(choice.parameters)})
                for slot, choice in design.policies.items()
            },
        }
    )


@pytest.mark.parametrize("name", ["breakwater", "jlp", "post_reform"])
def test_neither_do_the_names_of_assets_and_markets(name: str) -> None:
    design = load_design(name)
    one, other = played(design, steps=None), played(renamed(design), steps=None)
    assert set(one.assets).isdisjoint(other.assets)
    assert_equal(one, replace(other, assets=one.assets))


def twice(folder: Path, *, market: str, asset: str) -> Design:
    """A glp with two markets and two assets on one feed each, of which the second has a name."""
    file = folder / f"twice_{market}_{asset}.toml"
    file.write_text(
        f"""
        extends = "glp"
        name = "twice"
        [[asset]]
        symbol = "USDC"
        target_weight = 0.3
        [[asset]]
        symbol = "{asset}"
        feed = "USDC"
        decimals = 6
        target_weight = 0.2
        haircut = 0.1
        max_pool = 1_000_000_000
        buffer = 0
        [[market]]
        symbol = "{market}"
        feed = "BTC"
        long_asset = "BTC"
        short_asset = "{asset}"
        reserve_factor = 1
        max_open_interest_usd = 500_000_000
        min_position_usd = 10
        trade_fee_bps = 60
        """
    )
    return load_design(str(file))


def test_nor_which_of_two_on_one_feed_is_called_what(tmp_path: Path) -> None:
    one, other = twice(tmp_path, market="AAA", asset="AUSD"), twice(tmp_path, market="ZZZ", asset="ZUSD")
    first, second = played(one, steps=None), played(other, steps=None)
    assert first.assets != second.assets
    assert_equal(first, replace(second, assets=first.assets))


def test_people_who_want_a_feed_go_to_all_markets_of_it(tmp_path: Path) -> None:
    one, other = twice(tmp_path, market="AAA", asset="AUSD"), load_design("glp")
    deployed = [stage(design, storm(), 1, PATHS)[0].deployment for design in (one, other)]
    wishes = [Wishes(storm().traders, deployment, Factors.of((), 2)) for deployment in deployed]
    wanted = [each._market(np.linspace(0.0, 1.0, 10_000, endpoint=False)) for each in wishes]
    shares = [np.bincount(each, minlength=4) / 10_000 for each in wanted]
    assert shares[0][0] == pytest.approx(shares[0][1], abs=1e-3)
    assert shares[0][0] + shares[0][1] == pytest.approx(shares[1][0], abs=1e-3)
    assert np.array_equal(wanted[0] >= 2, wanted[1] >= 1)  # whoever wants another feed wants it in every design


def test_a_design_with_no_market_that_anybody_wants_is_told_so() -> None:
    scenario = storm()
    elsewhere = scenario.traders.model_copy(update={"market_weights": {"AVAX": 1.0, "BTC": 0.0}})
    with pytest.raises(InputError, match=r"traders\.market_weights.*glp's markets, BTC, ETH, SOL"):
        played("glp", scenario.model_copy(update={"traders": elsewhere}))


@pytest.mark.parametrize("chain", ["evm", "devnet"])
def test_they_do_not_on_other_chains_either(chain: Kind, tmp_path: Path) -> None:
    scenario = storm(**{"traders.count": 6, "liquidity_providers.count": 2})
    one = played("post_reform", scenario, chain=chain, paths=(1,))
    assert_equal(one, played(resorted("post_reform", tmp_path), turned(scenario), chain=chain, paths=(1,)))
    assert_equal(one, played("post_reform", scenario, paths=(1,)))


def test_nor_do_they_change_what_the_contracts_hold(tmp_path: Path) -> None:
    scenario, design = storm(**{"traders.count": 12}), load_design("breakwater")
    states = {
        end_state(design, scenario, "native"),
        end_state(resorted("breakwater", tmp_path), turned(scenario), "native"),
        end_state(resorted("breakwater", tmp_path), turned(scenario), "evm"),
    }
    assert len(states) == 1
    assert end_state(design, storm(**{"traders.count": 13}), "native") not in states


def test_another_feed_moves_nobody_else() -> None:
    """What a feed draws is its own: one that only some designs use changes nothing for the others."""
    document = storm().model_dump(mode="json", by_alias=True, exclude_none=True)
    document["feeds"].append("AAA")
    document["stable"].append({"feed": "AAA", "peg_usd": 1.0, "sd_bps": 9.0, "half_life_s": 60, "source": "made up"})
    assert_equal(played("glp"), played("glp", parse_scenario(document, "more.toml")))


def test_the_same_people_come_to_every_design() -> None:
    opened = {name: played(name, steps=1).totals for name in list_designs()}
    first = opened.pop("glp")
    assert (first["opening_wished"] > 25).all()
    for name, totals in opened.items():
        for key in ("wished", "wished_usd", "wished_margin_usd", "wished_long_usd"):
            assert np.array_equal(totals[f"opening_{key}"], first[f"opening_{key}"]), (name, key)


def test_blocks_do_not_decide_who_exists() -> None:
    """However little room the blocks of a step have: what was open before the first one is."""
    roomy, narrow = (played("breakwater", storm(**{"blocks.gas_per_s": gas}), steps=1) for gas in (1e9, 2e5))
    for key in (key for key in roomy.totals if key.startswith("opening_")):
        assert np.array_equal(roomy.totals[key], narrow.totals[key]), key
    assert (roomy.totals["opening_entered"] > 25).all()


def test_more_people_open_more() -> None:
    few, many = (played("glp", storm(**{"traders.count": count}), steps=1).totals for count in (40, 120))
    assert (many["opening_open_usd"] > 1.5 * few["opening_open_usd"]).all()


def test_the_opening_book_is_what_the_scenario_says() -> None:
    """Size, side and leverage, over some paths, where a design lets everybody in."""
    scenario = load_scenario("oct_2025_replay")
    paths = tuple(range(24))
    found = run_task(Task(load_design("gmx_v2"), scenario, 5, paths, None, steps=1)).totals
    people = scenario.traders.count * scenario.traders.seeded_share
    assert abs(found["opening_entered"].mean() - people) < 4 * np.sqrt(people / len(paths))
    wished = found["opening_wished_usd"].sum() / found["opening_wished_margin_usd"].sum()
    mix = sum(entry.leverage * entry.share for entry in scenario.traders.leverage)
    assert wished == pytest.approx(mix, rel=0.15)
    assert found["opening_open_usd"].sum() / found["opening_margin_usd"].sum() == pytest.approx(wished, rel=0.1)
    longs = found["opening_long_usd"].sum() / found["opening_open_usd"].sum()
    assert longs == pytest.approx(scenario.traders.long_share, abs=0.05)


def test_who_is_refused_a_leverage_takes_what_is_allowed() -> None:
    """With more margin asked for, the same people come with smaller positions, not fewer people."""
    easy = played("glp", steps=1).totals
    strict = played(load_design("glp", ["margin.initial_bps=2000"]), steps=1).totals
    assert (strict["opening_entered"] >= 0.9 * easy["opening_entered"]).all()
    assert (strict["opening_reduced"] > easy["opening_reduced"] + 10).all()
    assert (strict["opening_open_usd"] / strict["opening_margin_usd"] <= 5.0).all()
    assert (strict["opening_open_usd"] / strict["opening_margin_usd"] > 3.0).all()


def test_whoever_is_refused_asks_again_for_less_or_gives_up() -> None:
    """A side is nearly full: with patience more people have something, without it most have gone."""
    full = load_design("glp", [f"market.{symbol}.max_open_interest_usd=60_000" for symbol in ("BTC", "ETH", "SOL")])
    runs = [played(full, storm(**{"traders.leave_share": share}), steps=None) for share in (0.0, 1.0)]
    patient, hasty = (found.totals for found in runs)
    too_small = runs[0].reverts["wish", "TRADE_POSITION_TOO_SMALL"]  # by then: who is, has no use for patience
    assert (patient["wishes_given_up"] == too_small).all()
    assert (hasty["wishes_given_up"] > 0).all()
    assert patient["wishes_met"].sum() > hasty["wishes_met"].sum()


def test_nobody_is_given_what_he_did_not_wish() -> None:
    """Who waits from the opening on is among those who wish after it: with nobody else, all that is met was wished."""
    full = load_design("glp", [f"market.{symbol}.max_open_interest_usd=60_000" for symbol in ("BTC", "ETH", "SOL")])
    found = played(full, storm(**{"traders.arrival_per_hour": 0.0}), steps=None).totals
    assert (found["wishes_made"] > 0).all()
    assert (found["wishes_met"] + found["wishes_given_up"] <= found["wishes_made"]).all()
    assert (found["opening_entered"] + found["wishes_made"] <= found["opening_wished"]).all()


@pytest.mark.parametrize("name", list_designs())
def test_whoever_is_missing_or_has_less_was_refused_for_a_reason(name: str) -> None:
    """On every path where somebody did not get what he wished, a reason is counted, and nowhere else."""
    found = played(name, storm(**{"traders.equity_median_usd": 20_000.0}), steps=1, paths=(0, 1, 2, 3))
    lacking = found.totals["opening_wished"] - found.totals["opening_entered"] + found.totals["opening_reduced"]
    told = [count for (verb, _), count in found.reverts.items() if verb.startswith("opening: ")]
    reasons = np.sum(told, axis=0) if told else np.zeros(4)
    assert (lacking > 0).any()
    assert ((reasons > 0) >= (lacking > 0)).all()
