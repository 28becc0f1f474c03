"""The accounts of a run: one instant for everything, parts that add up, wrongs by false collateral, savings."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from storm import WAYPOINTS, storm

from sim.chain.views import Pool, Views
from sim.design import load_design
from sim.engine import loop as engine
from sim.engine.ledger import insurance, outflow
from sim.risk.measures import MEASURES, by_key
from sim.risk.measures.model import LP, LP_PARTS
from sim.risk.records import PROVIDERS_PARTS, Records
from sim.runs.experiment import Task, run_task
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

#: At once and by request, one asset and many, with and without insurance, a cap on profit, an index that cuts.
DESIGNS = ("glp", "gmx_v2", "hlp", "jlp", "breakwater", "post_reform")
PATHS = (0, 1)


@cache
def played(name: str) -> tuple[Records, Pool, Pool]:
    """A storm, with the pool before and after it as the chain has it."""
    scenario, streams = storm(), Streams(1, PATHS)
    chain, window, _ = stage(load_design(name), scenario, 1, PATHS)
    agents = cast_agents(chain, window, scenario, streams)
    before = Views(chain).pool()
    found = engine.run(chain, window, agents, streams)
    return found, before, Views(chain).pool()


@pytest.mark.parametrize("name", DESIGNS)
def test_the_last_column_is_what_the_chain_has_after_the_last_call(name: str) -> None:
    found, _, after = played(name)
    series = found.series
    assert (series["share_price_usd"][:, -1] == after.aum_mid / after.supply).all()
    assert (series["pool_value_usd"][:, -1] == after.aum_mid).all()
    assert (series["bad_debt_usd"][:, -1] == after.lost_usd).all()
    assert series["liquidated_usd"][:, -1] == pytest.approx(
        [found.liquidations["closed_usd"][found.liquidations["path"] == path].sum() for path in PATHS]
    )
    at = [found.feeds.index(asset) for asset in found.assets]
    mid = series["oracle_mid_usd"][:, -1, at]
    protocol = found.totals["protocol_fee_usd"]  # what the opening book was charged left before
    held = (after.treasury * mid).sum(axis=1)
    assert ((protocol >= 0) & (protocol <= held) & ((protocol < held) | (held == 0))).all()
    assert series["insurance_usd"][:, -1] == pytest.approx((after.insurance * mid).sum(axis=1))


@pytest.mark.parametrize("name", DESIGNS)
def test_a_provider_s_result_is_the_sum_of_its_causes(name: str) -> None:
    found, before, after = played(name)
    gained = (after.aum_mid / after.supply - found.series["share_price_usd"][:, 0]) * before.supply
    parts = sum(found.totals[part] for part in PROVIDERS_PARTS)
    assert parts == pytest.approx(gained, abs=1e-5)
    assert by_key("lp_result_usd").per_path(found) == pytest.approx(gained, abs=1e-5)
    assert (np.abs(found.totals["lp_traders_usd"]) > 1.0).all()


@pytest.mark.parametrize("name", DESIGNS)
def test_insurance_s_result_is_the_sum_of_its_causes(name: str) -> None:
    totals = played(name)[0].totals
    received, used, positions, prices, result = (totals[part] for part in insurance.PARTS[1:])
    assert received - used + positions + prices == pytest.approx(result, abs=1e-6)
    assert received == pytest.approx(totals["penalty_usd"] + totals["margin_taken_over_usd"])


def test_what_insurance_takes_over_is_no_fee_and_its_loss_is_seen() -> None:
    totals = played("post_reform")[0].totals
    assert (totals["margin_taken_over_usd"] > 10 * totals["liquidation_fee_usd"]).all()
    assert (totals["insurance_positions_usd"] < 0).all()
    assert (totals["insurance_used_usd"] == 0).all()
    fees = by_key("fees_usd").per_path(played("post_reform")[0])
    assert (fees < totals["margin_taken_over_usd"]).all()


def test_bad_debt_is_at_least_what_liquidations_told() -> None:
    found = run_task(Task(load_design("jlp"), storm(**{"traders.long_share": 0.9}), 2, (0, 1, 2), None))
    told = [found.liquidations["bad_debt_usd"][found.liquidations["path"] == path].sum() for path in found.paths]
    assert found.series["bad_debt_usd"][:, -1] == pytest.approx(told)
    assert sum(told) > 0
    assert found.totals["lp_bad_debt_usd"] == pytest.approx(-np.array(told), rel=0.3)  # of the shares of the opening


def test_hedged_a_pool_without_people_earns_nothing() -> None:
    """Prices that fall by a fifth and recover: who has sold what the pool holds has neither won nor lost."""
    quiet = {"traders.seeded_share": 0.0, "traders.arrival_per_hour": 0.0, "liquidity_providers.action_share": 0.0}
    quiet["arbitrageur.capital_usd"] = 1.0
    found = run_task(Task(load_design("glp"), storm(**quiet), 1, (0,), None))
    assert abs(by_key("lp_return_pct").per_path(found)[0]) > 3
    assert by_key("lp_hedged_pct").per_path(found)[0] == pytest.approx(0.0, abs=1e-9)


def test_a_false_price_of_collateral_alone_makes_a_liquidation_wrongful() -> None:
    """Markets stand still, one venue shows WBETH at an eighth: the design that listens to it alone wrongs everybody."""
    event = {"venue": "Binance", "feeds": ["WBETH"], "kind": "offset", "size_bps": -8_800.0, "ramp_s": 30}
    event |= {"from": "2025-01-01T00:02:00Z", "until": "2025-01-01T00:06:00Z", "source": "made up"}
    times = ("2025-01-01T00:00:00Z", "2025-01-01T00:06:40Z")
    still = [
        {"feed": feed, "time": time, "price_usd": prices[0], "source": "made up"}
        for feed, prices in WAYPOINTS.items()
        for time in times
    ]
    posted = {"traders.margin_weights.WBETH": 800.0, "traders.count": 150}
    posted["traders.leverage"] = [{"leverage": 60.0, "share": 1.0}]
    scenario = storm(waypoint=still, event=[event], **posted)
    wronged = run_task(Task(load_design("pre_reform"), scenario, 1, (0, 1), None))
    rows = wronged.liquidations["is_wrongful"]
    assert len(rows) > 2 and (rows == 1).all()
    assert by_key("wrongful_accounts").per_path(wronged).sum() == len(
        {*zip(wronged.liquidations["path"], wronged.liquidations["account"], strict=True)}
    )
    spared = run_task(Task(load_design("post_reform"), scenario, 1, (0, 1), None))
    assert by_key("wrongful_accounts").per_path(spared).sum() == 0


def test_what_partial_liquidations_save_is_words_and_what_stays_open_is_the_market_s() -> None:
    found = run_task(Task(load_design("glp_partial"), storm(), 1, (0, 1), None))
    rows = found.liquidations
    has_kept = rows["exposure_result_usd"] != 0
    assert has_kept.any() and (rows["is_full"][has_kept] == 0).all()
    accounts = list(zip(rows["path"][has_kept], rows["account"][has_kept], strict=True))
    assert len(set(accounts)) == len(accounts)  # on the first liquidation of each
    avoided = rows["charges_avoided_usd"]
    assert (avoided <= np.minimum(rows["full_charges_usd"], np.maximum(rows["equity_usd"], 0.0)) + 1e-9).all()
    assert (avoided != 0).any()


@pytest.mark.parametrize("name", DESIGNS)
def test_where_traders_dollars_went_is_all_of_them(name: str) -> None:
    """Measured one by one, of states and of tokens: nothing is left over."""
    found = played(name)[0]
    totals = found.totals
    prices, pool, insured, keepers, kept = (totals[part] for part in outflow.PARTS)
    result = by_key("trader_result_usd").per_path(found)
    assert prices - pool - insured - keepers - kept + totals["unbooked_loss_usd"] == pytest.approx(result, abs=1e-4)
    assert (np.abs(pool) > 100).all()
    assert (keepers >= 0.99 * totals["keeper_reward_usd"]).all()


@pytest.mark.parametrize("name", ["glp", "gmx_v2"])
def test_what_the_last_to_leave_takes_is_not_what_traders_won(name: str) -> None:
    """He has a part of every asset, and his call's words tell of one: at once, and by request."""
    leave = {"count": 2, "action_share": 1.0, "exit_drawdown_min": 0.0, "exit_drawdown_max": 0.001}
    people = {f"liquidity_providers.{key}": value for key, value in leave.items()}
    people |= {"traders.seeded_share": 0.5, "traders.arrival_per_hour": 0.0, "keepers.cost_usd": 0.0}
    scenario = storm(**people)
    found = run_task(Task(load_design(name), scenario, 6, (0, 1), None))
    value, totals = found.series["pool_value_usd"], found.totals
    assert list(value.min(axis=1) < 1e-3 * value[:, 0]) == [False, True]  # on path 1 both have left
    for measure in MEASURES:  # nobody is left whose return the worth of dust could be
        if measure.group in (LP, LP_PARTS):
            assert np.isfinite(measure.per_path(found)).tolist() == [True, False]
    prices, *gone = (totals[part] for part in outflow.PARTS)
    kept = totals["trader_final_usd"] + totals["trader_withdrawal_usd"] - totals["trader_deposit_usd"]
    assert prices - sum(gone) + totals["unbooked_loss_usd"] == pytest.approx(kept, abs=1e-4)
