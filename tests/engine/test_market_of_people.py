"""Designs in a market that people make: a pool moves prices, its twin does not, and nothing else differs."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from people import crash
from storm import storm

from sim.agents.arbitrageur import Arbitrageur
from sim.design import load_design
from sim.engine.ledger.judge import Judge
from sim.risk.records import Records
from sim.runs import staging, twins
from sim.runs.experiment import Task, run_task
from sim.scenario.model import Scenario
from sim.world.base import Honest
from sim.world.replay import Replay

SEED, PATHS = 3, (0, 1, 2)
#: Whoever is hedged is by much, in a book that takes little: the pool is felt.
FELT = {"market.hedge.share": 1.0, "market.hedge.venue": "thin", "market.hedge.delay_s": 5.0}


def _run(design: str, scenario: Scenario, paths: tuple[int, ...] = PATHS, **more) -> Records:
    return run_task(Task(load_design(design), scenario, SEED, paths, None, **more))


@cache
def _felt(design: str) -> Records:
    return _run(design, crash(**FELT))


def _same(one: Records, other: Records) -> bool:
    columns = [(one.series, other.series), (one.totals, other.totals), (one.liquidations, other.liquidations)]
    return all(np.array_equal(a[name], b[name], equal_nan=True) for a, b in columns for name in a)


def test_what_nobody_hedges_leaves_the_market_as_its_twin_to_the_bit():
    found = _run("glp", crash(**{"market.hedge.share": 0.0, "arbitrageur.capital_usd": 0.0}))
    assert found.totals["opening_open_usd"].min() > 1e6
    assert (found.series["basket_price_usd"] == found.series["twin_basket_price_usd"]).all()
    assert (found.totals["hedge_result_usd"] == 0.0).all()


def test_a_pool_that_is_hedged_moves_the_market_away_from_its_twin():
    moved = np.abs(_felt("glp").series["basket_price_usd"] / _felt("glp").series["twin_basket_price_usd"] - 1.0)
    assert (moved[:, 0] == 0.0).all(), "nobody has traded yet"
    assert (moved.max(axis=1) > 5e-5).all()


def test_every_design_has_the_same_twin_and_a_market_of_its_own():
    one, other = _felt("glp"), _run("hlp", crash(**FELT))
    feeds = [one.feeds.index("BTC"), other.feeds.index("BTC")]
    fundamental = [r.series["true_price_usd"][:, 0, f] for r, f in zip((one, other), feeds, strict=True)]
    assert (fundamental[0] == fundamental[1]).all()
    later = [r.series["true_price_usd"][:, -1, f] for r, f in zip((one, other), feeds, strict=True)]
    assert (later[0] != later[1]).all()


def test_the_same_design_twice_differs_by_exactly_nothing():
    assert _same(_felt("glp"), _run("glp", crash(**FELT)))


@pytest.mark.parametrize("design", ["glp", "pre_reform"])
def test_a_path_is_the_same_alone_and_among_others(design: str):
    among, alone = _felt(design), _run(design, crash(**FELT), (1,))
    for name, series in alone.series.items():
        assert np.array_equal(series, among.series[name][1:2], equal_nan=True), name
    for name, total in alone.totals.items():
        assert np.array_equal(total, among.totals[name][1:2], equal_nan=True), name


def test_bytecode_says_the_same_as_native_code():
    paths = (0, 1)
    assert _same(_run("glp", crash(**FELT), paths, steps=12), _run("glp", crash(**FELT), paths, steps=12, chain="evm"))


def test_a_twin_that_is_kept_is_the_one_that_is_run(tmp_path):
    scenario = crash()
    run, kept, read = (twins.of(scenario, SEED, (2, 0, 2), folder) for folder in (None, tmp_path, tmp_path))
    for twin in (kept, read):
        for name in ("true_price_usd", "low_usd", "high_usd"):
            assert np.array_equal(getattr(run, name), getattr(twin, name))
    assert np.array_equal(run.true_price_usd[0], run.true_price_usd[2])
    assert not np.array_equal(run.true_price_usd[0], run.true_price_usd[1])


def test_arbitrage_costs_what_the_books_take_for_it():
    """Quotes alike, and a tenth of the depth at every venue: what the swaps bring beyond fees is less."""
    results = []
    for factor in (1.0, 0.05):
        document = crash().model_dump(mode="json", by_alias=True, exclude_none=True)["market"]["venue"]
        for venue in document:
            for depth in venue["depth"]:
                depth["at_1pct_usd"] *= factor
        eager = {"arbitrageur.min_profit_bps": 0.0, "arbitrageur.cost_usd": 0.0}
        found = _run("jlp", crash(**{"market.venue": document, "market.hedge.share": 0.0} | eager))
        results.append(found.totals["arbitrageur_result_usd"].sum())
    assert results[1] < results[0]


# ---- judgement ----


class _Forgetful(Replay):
    """Knows what is to come, and does not tell."""

    def honest(self) -> Honest:
        now = self.medians_usd[:, self.step]
        known = super().honest()
        return Honest(now, now, False, known.twin_low_usd, known.twin_high_usd)


@pytest.mark.parametrize("design", ["single_venue", "glp", "hlp", "pre_reform", "breakwater", "gmx_v2"])
def test_who_waits_for_hindsight_judges_as_whoever_has_it(design: str, monkeypatch: pytest.MonkeyPatch):
    """A venue lies for two minutes, and most prices fall to where it was in the five that follow."""
    lie = {"kind": "offset", "size_bps": -900.0, "ramp_s": 20, "feeds": ["BTC", "ETH"], "venue": "Binance"}
    span = {"from": "2025-01-01T00:00:30Z", "until": "2025-01-01T00:02:30Z", "source": "made up"}
    scenario = storm(event=[lie | span])
    known = _run(design, scenario)
    monkeypatch.setattr(staging, "Replay", _Forgetful)
    waited = _run(design, scenario)
    assert len(known.liquidations["path"]) > 5
    assert (known.liquidations["is_wrongful"] == waited.liquidations["is_wrongful"]).all()
    assert all(np.array_equal(known.totals[name], waited.totals[name]) for name in known.totals)


def test_there_are_those_whom_only_hindsight_condemns(monkeypatch: pytest.MonkeyPatch):
    cleared = []
    keep = Judge.observe
    monkeypatch.setattr(staging, "Replay", _Forgetful)
    monkeypatch.setattr(Judge, "observe", lambda self, seen: (keep(self, seen), cleared.append(self.cleared))[0])
    lie = {"kind": "offset", "size_bps": -900.0, "ramp_s": 20, "feeds": ["BTC", "ETH"], "venue": "Binance"}
    span = {"from": "2025-01-01T00:00:30Z", "until": "2025-01-01T00:02:30Z", "source": "made up"}
    found = _run("single_venue", storm(event=[lie | span]))
    assert sum(len(rows) for rows in cleared[-1]) > 0
    assert found.liquidations["is_wrongful"].sum() > 0


def test_no_liquidation_is_the_pools_own_where_nothing_that_it_does_is_traded():
    found = _run("glp", crash(**{"market.hedge.share": 0.0, "arbitrageur.capital_usd": 0.0}))
    assert len(found.liquidations["path"]) > 5
    assert not found.liquidations["is_self_inflicted"].any()


def test_the_arbitrageur_is_named_as_the_source_of_his_orders():
    assert Arbitrageur.name in staging.build_world(crash(), staging.Streams(SEED, (0,))).sources
