"""Any number of a scenario may be absurd: the run's books close, or one line says which key of which file it is."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from storm import START, storm

from sim.chain import codec
from sim.design import load_design
from sim.inputs.errors import InputError
from sim.runs.experiment import Task, run_task
from sim.scenario import load_scenario, parse_scenario

HUGE = (1e6, 1e12, 1e30)
#: Keys that only make a run long: the time is the user's.
LONG = {("clock", "segment", "step_s")}


def document() -> dict[str, Any]:
    return storm(
        **{
            "event": [
                {
                    "venue": "Binance", "feeds": ["BTC"], "kind": "offset", "size_bps": -500.0, "ramp_s": 10,
                    "from": "2025-01-01T00:01:00Z", "until": "2025-01-01T00:02:00Z", "source": "made up",
                }
            ],
            "noise.storm": {"from": START, "until": "2025-01-01T00:02:00Z", "factor": 2.0, "source": "made up"},
        }
    ).model_dump(mode="json", by_alias=True, exclude_none=True)  # fmt: skip


def numbers(table: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where numbers stand; of a list of tables the first one's."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from numbers(value, (*at, key))
    elif isinstance(table, list) and table and isinstance(table[0], dict):
        yield from numbers(table[0], (*at, 0))
    elif isinstance(table, (int, float)) and not isinstance(table, bool):
        yield at


KEYS = [at for at in numbers(document()) if tuple(k for k in at if k != 0) not in LONG]


@pytest.mark.parametrize("at", KEYS, ids=lambda at: ".".join(map(str, at)))
def test_a_huge_value_runs_or_is_one_line(at: tuple[Any, ...]) -> None:
    for value in HUGE:
        changed = copy.deepcopy(document())
        inner = changed
        for key in at[:-1]:
            inner = inner[key]
        inner[at[-1]] = int(value) if isinstance(inner[at[-1]], int) else value
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # an overflow is told, not carried on with
                found = run_task(Task(load_design("gmx_v2"), parse_scenario(changed, "absurd.toml"), 1, (0,), None))
        except InputError as error:
            assert "\n" not in str(error)
            assert error.key
        else:
            assert all(np.isfinite(column).all() for column in found.totals.values())


def test_a_pool_that_a_design_does_not_take_is_the_scenario_s_key() -> None:
    with pytest.raises(InputError, match=r"liquidity_providers\.seed_usd: expected what glp.*POOL_CAP"):
        run_task(Task(load_design("glp"), storm(**{"liquidity_providers.seed_usd": 1e10}), 1, (0,), None))


def test_absurd_prices_of_a_file_are_one_line(tmp_path: Path) -> None:
    rows = [f"{1_735_689_600 + 60 * i},{price}" for i, price in enumerate((1e5, 1e5, 1e25, 1e25))]
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(["timestamp,BTC,ETH,SOL,USDC", *(f"{row},4000,200,1" for row in rows)]))
    scenario = load_scenario("replay", {"prices.file": str(file)})
    with pytest.raises(InputError) as raised:
        run_task(Task(load_design("glp"), scenario, 1, (0,), None))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", [1e10, -1e10, np.inf, -np.inf, np.nan])
def test_what_does_not_fit_is_an_error_and_no_other_number(value: float) -> None:
    with pytest.raises(InputError, match="9,223,372,037"):
        codec.words_from_floats(np.array([1.0, value]), 18)


def test_what_just_fits_is_kept() -> None:
    assert codec.floats_from_words(codec.words_from_floats(np.array([9.22e9]), 18))[0] == 9.22e9
