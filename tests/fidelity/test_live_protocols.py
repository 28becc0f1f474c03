"""Recorded states of live protocols, run through our own policies and books."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.fidelity import glp, gmx_v2
from sim.inputs.errors import InputError

DATA = Path(__file__).parents[1] / "data"
GMX = DATA / "gmx_v2_eth_usdc_2025-11-11.parquet"
GLP = DATA / "glp_avalanche_2024-10-15.parquet"


@pytest.fixture(scope="module")
def states() -> pd.DataFrame:
    return gmx_v2.read_states(GMX, "2025-11-11")


def test_borrowing_factors_grow_as_gmx_v2_s_did_within_two_percent_per_side(states: pd.DataFrame) -> None:
    grown = gmx_v2.borrowing(states)
    assert [growth.factor for growth in grown] == ["borrowing, long", "borrowing, short"]
    for growth in grown:
        assert abs(growth.error) < 0.02, growth


def test_the_side_that_paid_no_funding_pays_none(states: pd.DataFrame) -> None:
    long, short = gmx_v2.funding(states)
    assert short.recorded == short.ours == 0.0
    assert long.recorded > 0


def test_the_adaptive_rate_explains_the_funding_with_one_fitted_number(states: pd.DataFrame) -> None:
    by_default, fitted = gmx_v2.funding(states)[0], gmx_v2.funding(states, gmx_v2.fitted_increase_s(states))[0]
    assert abs(fitted.error) < 0.002
    assert by_default.error > 0.2  # the default's three hours are not this market's


def test_half_of_the_day_predicts_the_other_half(states: pd.DataFrame) -> None:
    """Fitted to one half and not again; the saved rate at its beginning is what each half's first hour shows."""
    morning, evening = states.iloc[:720].reset_index(drop=True), states.iloc[720:].reset_index(drop=True)
    forward = gmx_v2.funding(evening, gmx_v2.fitted_increase_s(morning))[0]
    back = gmx_v2.funding(morning, gmx_v2.fitted_increase_s(evening))[0]
    assert -0.04 < forward.error < 0
    assert 0 < back.error < 0.12


def test_pool_value_and_share_price_are_glp_s_to_rounding() -> None:
    values = list(glp.pool_values(glp.read_states(GLP, every=8)))
    assert len(values) == 3
    for value in values:
        assert abs(value.error) < 1e-12, value
        assert value.ours_share_usd == pytest.approx(value.recorded_share_usd, rel=1e-12)


@pytest.mark.parametrize("module", [gmx_v2, glp])
def test_a_missing_file_is_named(module, tmp_path: Path) -> None:
    arguments = ("2025-11-11",) if module is gmx_v2 else ()
    with pytest.raises(InputError, match=r"none\.parquet"):
        module.read_states(tmp_path / "none.parquet", *arguments)


def test_a_missing_column_is_named(tmp_path: Path, states: pd.DataFrame) -> None:
    file = tmp_path / "lacking.parquet"
    states.drop(columns="indexPrice").to_parquet(file)
    with pytest.raises(InputError, match="indexPrice"):
        gmx_v2.read_states(file, "2025-11-11")


def test_a_day_without_rows_is_named() -> None:
    with pytest.raises(InputError, match="2025-11-12"):
        gmx_v2.read_states(GMX, "2025-11-12")
