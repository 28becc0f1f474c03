"""Block space: calls fit in order until the gas of a step is used up, on each path for itself; and what they cost."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from storm import storm

from sim.chain import gas as measured
from sim.chain.actions import VERBS, Batch, batch
from sim.chain.nameless import nameless
from sim.design import Design, load_design
from sim.design.layers import DESIGNS
from sim.engine.blockspace import BlockSpace, gas_of, gas_tables
from sim.engine.order import StepOrder
from sim.risk.records import NO_ROOM
from sim.runs.experiment import Task, run_all, run_task, tasks
from sim.scenario.variation import Factors

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PRICE = 1_000_000
GAS = dict.fromkeys(VERBS, PRICE)


def liquidations(path: list[int]) -> Batch:
    return batch("liquidate", np.array(path), 2, account=np.arange(len(path)), keeper=9)


def test_calls_fit_in_order_on_each_path_for_itself() -> None:
    space = BlockSpace(GAS, np.full(2, 2.5 * PRICE))
    space.open(np.full(2, 1.0))
    fitting, late = space.admit(liquidations([0, 1, 0, 0, 0]))
    assert fitting.columns["account"].tolist() == [0, 1, 2]
    assert late.tolist() == [0, 0]


def test_what_one_batch_used_is_gone_for_the_next_and_back_in_the_next_step() -> None:
    space = BlockSpace(GAS, np.full(1, 0.25 * PRICE))
    space.open(np.full(1, 10.0))
    assert len(space.admit(liquidations([0, 0]))[0]) == 2
    assert len(space.admit(liquidations([0]))[0]) == 0
    space.open(np.full(1, 10.0))
    assert len(space.admit(liquidations([0]))[0]) == 1


@pytest.mark.parametrize("length", [0, 3])
def test_room_for_everything_leaves_a_batch_as_it_is(length: int) -> None:
    space = BlockSpace(GAS, np.full(1, 1e12))
    space.open(np.full(1, 1.0))
    made = liquidations([0] * length)
    fitting, late = space.admit(made)
    assert fitting is made
    assert len(late) == 0


# ------------------------------------------------------------------ gas is the code's own


def written(folder: Path, name: str, text: str) -> Design:
    """A design out of a file of one's own."""
    path = folder / f"{name}.toml"
    path.write_text(text)
    return load_design(str(path))


def blocks_turned_round(text: str, *headers: str) -> str:
    """A design file whose tables of some kinds stand in the other order."""
    blocks = re.split(r"\n(?=\[)", text)
    for header in headers:
        places = [i for i, block in enumerate(blocks) if block.startswith(header)]
        assert len(places) > 1
        turned = [blocks[i] for i in reversed(places)]
        for i, block in zip(places, turned, strict=True):
            blocks[i] = block
    return "\n".join(blocks)


@pytest.mark.parametrize("name", ["glp", "breakwater"])
def test_a_copy_under_another_name_costs_the_same(name: str, tmp_path: Path) -> None:
    text = (DESIGNS / f"{name}.toml").read_text()
    retold = re.sub(r'^title = ".*"$', 'title = "Something else"', text, flags=re.MULTILINE)
    assert gas_of(written(tmp_path, "mine", retold)) == gas_of(load_design(name))
    assert gas_of(written(tmp_path, "hlp", retold)) == gas_of(load_design(name))  # nor does a name that others have


@pytest.mark.parametrize(
    "headers", [("[[asset]]",), ("[[market]]",), ("[[oracle.feed]]",), ("[[asset]]", "[[market]]")]
)
@pytest.mark.parametrize("name", ["jlp", "breakwater", "post_reform"])
def test_tables_in_another_order_cost_the_same(name: str, headers: tuple[str, ...], tmp_path: Path) -> None:
    text = (DESIGNS / f"{name}.toml").read_text()
    assert gas_of(written(tmp_path, "turned", blocks_turned_round(text, *headers))) == gas_of(load_design(name))


def test_symbols_in_other_words_cost_the_same(tmp_path: Path) -> None:
    """Also where they sort in another order."""
    text = (DESIGNS / "glp.toml").read_text()
    for old, new in (("BTC", "ZORB"), ("SOL", "ABBA"), ("USDC", "MARK")):
        text = re.sub(rf"\b{old}\b", new, text)
    design = written(tmp_path, "renamed", text)
    assert {market.symbol for market in design.markets} == {"ZORB", "ETH", "ABBA"}
    assert gas_of(design) == gas_of(load_design("glp"))


def test_a_parameter_or_a_rule_that_differs_is_measured_anew() -> None:
    base = measured.gas_of(load_design("glp"))
    other_rule = measured.gas_of(load_design("glp", ["borrow_rate.policy=kinked_borrow", *KINKED]))
    assert other_rule.of("execute") > base.of("execute")
    closes_entries = measured.gas_of(load_design("glp", ["pool.entry_wait_s=1"]))
    assert "mint" in base.used
    assert "mint" in closes_entries.closed()


KINKED = (
    "borrow_rate.minimum_per_year=0.05",
    "borrow_rate.target_per_year=0.4",
    "borrow_rate.maximum_per_year=1.5",
    "borrow_rate.target_utilisation=0.75",
    "borrow_rate.smaller_side_is_free=false",
)


def test_a_rule_of_ones_own_costs_no_more_than_the_rule() -> None:
    """Asked once for each side of each market, it may cost what some multiplications do: nothing else differs."""
    base, own = gas_of(load_design("glp_partial")), gas_of(load_design(str(EXAMPLES / "own_rule.toml")))
    changed = {verb: own[verb] - base[verb] for verb in VERBS if own[verb] != base[verb]}
    assert 0 < len(changed) < len(VERBS)
    assert max(map(abs, changed.values())) < 0.03 * base["liquidate"]
    assert not {"deposit_collateral", "report", "trade", "cancel"} & changed.keys()  # these ask for no rate


def test_measured_twice_is_measured_the_same() -> None:
    bare = nameless(load_design("hlp"))
    assert measured.measure(bare) == measured.measure(bare) == measured.gas_of(load_design("hlp"))


def test_designs_that_are_the_same_are_measured_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[Design] = []
    monkeypatch.setattr(measured, "CACHE", tmp_path)
    monkeypatch.setattr(measured, "measure", lambda bare: seen.append(bare) or FEW)
    twice = [load_design("glp"), load_design("glp").model_copy(update={"name": "other"})]
    assert len(gas_tables([*twice, *twice])) == 1
    assert gas_of(twice[1]) == GAS
    assert len(seen) == 1


def test_a_copy_has_the_same_history_where_blocks_are_full(tmp_path: Path) -> None:
    """What is called otherwise gets the same share of them."""
    copy = written(tmp_path, "mine", (DESIGNS / "glp.toml").read_text())
    scenario = storm(**{"blocks.gas_per_s": 300_000})
    first, second = (run_task(Task(design, scenario, 1, (0,), None)) for design in (load_design("glp"), copy))
    assert sum(count.sum() for (_, reason), count in first.reverts.items() if reason == NO_ROOM) > 0
    assert first.reverts.keys() == second.reverts.keys()
    for name, total in first.totals.items():
        assert (total == second.totals[name]).all(), name
    for name, series in first.series.items():
        assert (series == second.series[name]).all(), name


def test_an_arbitrageur_bids_by_the_call_that_is_let_through() -> None:
    """The other one is refused, and costs next to nothing: by it he would outbid everybody."""
    scenario = storm()
    bids = {}
    for name in ("glp", "breakwater"):
        gas = gas_of(load_design(name))
        order = StepOrder.of(scenario.keepers, scenario.arbitrageur, scenario.blocks, gas, Factors.of((), 1))
        bids[name] = order.bids[1]
    assert bids["glp"] == scenario.arbitrageur.cost_usd / gas_of(load_design("glp"))["swap"]
    assert bids["breakwater"] == scenario.arbitrageur.cost_usd / gas_of(load_design("breakwater"))["request_swap"]


# ------------------------------------------------------------------ kept on disk

FEW = measured.Gas({verb: {"one": PRICE} for verb in VERBS}, {})


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"used": 3}', '{"used": {}, "refused": {}}', b"\xff\xfe"])
def test_a_damaged_cache_is_measured_again_and_mended(
    content: str | bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(measured, "CACHE", tmp_path)
    monkeypatch.setattr(measured, "measure", lambda bare: FEW)
    design = load_design("glp")
    measured.gas_of(design)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert measured.gas_of(design) == FEW
    assert file.read_bytes() == good


def test_a_cache_that_cannot_be_written_is_only_slower(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(measured, "CACHE", tmp_path / "file" / "below")
    monkeypatch.setattr(measured, "measure", lambda bare: FEW)
    assert measured.gas_of(load_design("glp")) == FEW


def test_the_workers_are_given_what_was_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr("sim.runs.experiment.run_task", lambda task: given.append(task.gas))
    designs = [load_design("glp"), load_design("hlp")]
    work = tasks(designs, storm(), seed=1, paths=3, folder=None, tapes=0)
    assert len(list(run_all(work, processes=1))) == 2
    assert given == [gas_of(design) for design in designs]
