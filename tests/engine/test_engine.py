"""The loop: what is screened is what is true, what is recorded can be played again, and designs meet the same storm."""

from __future__ import annotations

import numpy as np
import pytest
from storm import storm

from sim.chain.digest import digest
from sim.chain.evm import EvmChain
from sim.chain.tape import Recorder, play
from sim.chain.views import Views
from sim.design import load_design
from sim.engine import loop as engine
from sim.engine.opening import ROUNDS
from sim.risk.comparison import compare
from sim.risk.records import Records
from sim.runs.experiment import Task, run_task
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams


def played(name: str, paths: tuple[int, ...] = (0,), seed: int = 1, **overrides: object) -> Records:
    return run_task(Task(load_design(name), storm(**overrides), seed, paths, None))


def test_the_storm_makes_partial_and_full_liquidations_and_refusals() -> None:
    found = played("glp_partial", (0, 1))
    is_full = found.liquidations["is_full"]
    assert 0 < is_full.sum() < len(is_full)
    assert sum(counts.sum() for counts in found.reverts.values()) > 0


INDEX = ["deleverage.policy=index_haircut"]


@pytest.mark.parametrize(("design", "knobs"), [("glp_partial", []), ("pdlp_paper", INDEX)])
def test_screening_never_hides_an_account_below_maintenance(design: str, knobs: list[str]) -> None:
    """At every step the book's list of liquidatable accounts equals what asking for every account gives."""
    scenario, paths = storm(**{"traders.long_share": 0.6}), (0, 1)
    chain, window, _ = stage(load_design(design, knobs), scenario, 3, paths)
    streams = Streams(3, paths)
    agents = cast_agents(chain, window, scenario, streams)
    compared = []

    class Auditor:
        group, name, seats = "keepers", "auditor", 1  # before anybody else

        def act(self, seen, draws, may):
            path, account = np.nonzero(np.ones_like(seen.book.equity, dtype=bool))
            truth = Views(chain).accounts(path, account + seen.book.first_id)
            below = (truth.equity < truth.maintenance).reshape(seen.book.equity.shape)
            assert (seen.book.is_liquidatable == below).all()
            assert (seen.book.sizes.reshape(truth.sizes.shape) == truth.sizes).all()
            assert (seen.book.costs.reshape(truth.costs.shape) == truth.costs).all()
            compared.append(below.sum())
            return []

        def hear(self, outcome):
            raise AssertionError("the auditor asks for nothing")

    engine.run(chain, window, [Auditor(), *agents], streams)
    rounds = ROUNDS if chain.deployment.design.execution == "after_request" else 0
    assert len(compared) == rounds + 41
    assert sum(compared) > 10


def test_what_winners_gave_through_an_index_is_in_the_records() -> None:
    scenario = storm(**{"traders.long_share": 0.6})
    found = run_task(Task(load_design("pdlp_paper", INDEX), scenario, 3, (0, 1), None))
    given, lost = found.totals["deleverage_haircut_usd"], found.series["bad_debt_usd"][:, -1]
    assert (given > 0).any() and (given <= lost + 1e-6).all()
    assert found.totals["deleveraged_usd"].sum() == 0
    assert run_task(Task(load_design("glp"), scenario, 3, (0,), None)).totals["deleverage_haircut_usd"].sum() == 0


def test_a_recorded_path_plays_again_to_the_same_state() -> None:
    scenario, paths = storm(), (4, 5)
    chain, window, head = stage(load_design("jlp"), scenario, 1, paths)
    recorder, streams = Recorder(), Streams(1, paths)
    engine.run(chain, window, cast_agents(chain, window, scenario, streams), streams, recorder=recorder)
    for index in range(len(paths)):
        again, differences = play(recorder.tape(index, head), EvmChain)
        assert differences == []
        assert digest(again) == digest(chain, index)


def test_a_path_does_not_depend_on_its_company() -> None:
    together, alone = played("glp", (0, 1)), played("glp", (1,))
    for name, series in alone.series.items():
        assert (series[0] == together.series[name][1]).all(), name
    for name, total in alone.totals.items():
        assert total[0] == together.totals[name][1], name


def test_identical_designs_differ_by_exactly_zero() -> None:
    first, second = load_design("glp"), load_design("glp").model_copy(update={"label": "twin"})
    records = [run_task(Task(design, storm(), 1, (0, 1), None, False)) for design in (first, second)]
    frame = compare(records).to_frame()
    others = frame[frame["design"] == "twin"]
    assert (others["difference"].dropna() == 0.0).all()


def test_token_flows_balance_in_the_ledger() -> None:
    """What traders put in is what they took out, still own, and lost; nobody is paid twice."""
    found = played("glp", (0, 1, 2))
    deposits, taken = found.totals["trader_deposit_usd"], found.totals["trader_withdrawal_usd"]
    kept = found.totals["trader_final_usd"]
    assert (deposits > 0).all()
    assert (taken + kept < 2.0 * deposits).all()
    assert (np.diff(found.series["bad_debt_usd"], axis=1) >= 0).all()
    assert (np.diff(found.series["liquidated_usd"], axis=1) >= 0).all()


def test_a_full_close_saves_nobody_anything_against_itself() -> None:
    """Where nothing is liquidated in part there is nothing to be saved, to the last bit."""
    for name in ("glp", "jlp"):
        found = played(name, (0, 1))
        assert (found.liquidations["is_full"] == 1).all() and len(found.liquidations["path"]) > 0
        assert not found.liquidations["charges_avoided_usd"].any()
        assert not found.liquidations["exposure_result_usd"].any()


def test_the_basket_starts_at_one_and_follows_true_prices() -> None:
    found = played("glp")
    basket = found.series["basket_price_usd"][0]
    assert basket[0] == pytest.approx(1.0)
    weights = np.array([float(asset.target_weight) for asset in load_design("glp").assets])
    ends = np.array([0.9, 0.9, 0.9, found.series["true_price_usd"][0, -1, 3] / found.series["true_price_usd"][0, 0, 3]])
    assert basket[-1] == pytest.approx((weights * ends).sum(), rel=1e-6)
