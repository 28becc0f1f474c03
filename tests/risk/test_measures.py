"""Each measure on records made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from records_factory import flat, with_liquidations, with_series, with_totals

from sim.risk.measures import MEASURES, by_key


def value(records, key: str) -> list[float]:
    return np.asarray(by_key(key).per_path(records), dtype=float).tolist()


def two_paths(**series: list[list[float]]):
    rows = {name: np.array(values, dtype=float) for name, values in series.items()}
    return with_series(flat(paths=2, steps=3), **rows)


def test_a_flat_world_measures_zero_wherever_something_would_have_to_happen() -> None:
    quiet = {"utilisation_peak_pct": 50.0, "reserved_peak_pct": 40.0, "open_interest_peak_usd": 5e7}
    for measure in MEASURES:
        assert value(flat(paths=2), measure.key) == [quiet.get(measure.key, 0.0)] * 2, measure.key


def test_lp_return_is_end_over_start_and_excess_is_over_the_basket() -> None:
    records = two_paths(share_price_usd=[[1.0, 0.5, 0.9], [2.0, 2.5, 3.0]], basket_price_usd=[[1, 1, 0.8], [1, 1, 1]])
    assert value(records, "lp_return_pct") == pytest.approx([-10.0, 50.0])
    assert value(records, "lp_excess_pct") == pytest.approx([10.0, 50.0])


def test_drawdown_is_the_largest_fall_from_an_earlier_high() -> None:
    records = two_paths(share_price_usd=[[1.0, 2.0, 1.5], [1.0, 1.1, 1.2]])
    assert value(records, "lp_drawdown_pct") == pytest.approx([25.0, 0.0])


def test_bad_debt_counts_at_the_end_and_against_the_highest_open_interest() -> None:
    records = two_paths(bad_debt_usd=[[0, 0, 50], [0, 0, 0.001]], open_interest_usd=[[1_000, 10_000, 100], [1, 1, 1]])
    assert value(records, "bad_debt_probability") == [1.0, 0.0]  # a tenth of a cent is dust
    assert value(records, "bad_debt_usd")[0] == 50
    assert value(records, "bad_debt_bps")[0] == pytest.approx(50.0)


def test_liquidations_are_counted_and_summed_by_path() -> None:
    records = with_liquidations(
        flat(paths=2),
        path=[1, 1, 0],
        is_full=[1, 0, 1],
        charges_usd=[10, 20, 40],
        charges_avoided_usd=[5, -7, 0],
        exposure_result_usd=[1, 2, 0],
    )
    assert value(records, "full_liquidations") == [1, 1]
    assert value(records, "partial_liquidations") == [0, 1]
    assert value(records, "liquidation_charges_usd") == [40, 30]
    assert value(records, "charges_avoided_usd") == [0, -2]
    assert value(records, "exposure_result_usd") == [0, 3]


def test_wrongs_are_counted_by_account_and_by_notional_whatever_the_slices() -> None:
    """One account in one cut, in four slices, and taken over: the same account, the same notional."""
    at_once = with_liquidations(flat(paths=2), path=[1], account=[7], is_wrongful=[1], closed_usd=[400])
    sliced = with_liquidations(flat(paths=2), path=[1] * 4, account=[7] * 4, is_wrongful=[1] * 4, closed_usd=[100] * 4)
    taken = with_liquidations(flat(paths=2), path=[1], account=[7], is_wrongful=[1], assigned_usd=[400])
    for records in (at_once, sliced, taken):
        assert value(records, "wrongful_accounts") == [0, 1]
        assert value(records, "wrongful_usd") == [0, 400]
    mixed = with_liquidations(
        flat(paths=2), path=[0, 0, 1, 1], account=[7, 7, 7, 8], is_wrongful=[0, 1, 1, 1], closed_usd=[1, 2, 4, 8]
    )
    assert value(mixed, "wrongful_accounts") == [1, 2]
    assert value(mixed, "wrongful_usd") == [2, 12]
    assert value(mixed, "liquidated_accounts") == [1, 2]


def test_liquidations_belong_to_path_ids_and_not_to_rows() -> None:
    records = replace(flat(paths=2), paths=np.array([9, 0]))
    assert value(with_liquidations(records, path=[0], is_full=[1]), "full_liquidations") == [0, 1]


def test_traders_result_is_kept_plus_taken_minus_put_in() -> None:
    two = np.array([100.0, 50.0])
    records = with_totals(
        flat(paths=2), trader_deposit_usd=two, trader_withdrawal_usd=two / 2, trader_final_usd=two / 5
    )
    assert value(records, "trader_result_usd") == pytest.approx([-30.0, -15.0])


def test_all_fees_are_the_sum_of_the_sources() -> None:
    sources = ("trade", "borrow", "mint", "redeem", "swap", "liquidation")
    fees = {f"{source}_fee_usd": np.array([float(2**i)]) for i, source in enumerate(sources)}
    records = with_totals(flat(paths=1), **fees)
    assert value(records, "fees_usd") == [63.0]
    assert value(records, "redeem_fee_usd") == [8.0]


def test_oracle_error_looks_only_where_there_is_a_price() -> None:
    records = flat(paths=1, steps=2)
    mid = records.series["true_price_usd"].copy()
    mid[0, 0, 0] *= 1.01
    mid[0, 1, 0] *= 2.0
    status = records.series["oracle_status"].copy()
    status[0, 1, 0] = 2  # halted: its price says nothing
    status[0, 0, 1] = 1
    found = with_series(records, oracle_mid_usd=mid, oracle_status=status)
    assert value(found, "oracle_error_bps") == pytest.approx([100.0 / 7])
    assert value(found, "oracle_not_ok_pct") == pytest.approx([25.0])


def test_reverted_actions_add_up_over_reasons() -> None:
    reverts = {("swap", "PRICE_WIDE"): np.array([1, 2]), ("trade", "POOL_RESERVED"): np.array([3, 0])}
    assert value(flat(paths=2, reverts=reverts), "reverted_actions") == [4, 2]


def test_keys_are_unique() -> None:
    keys = [measure.key for measure in MEASURES]
    assert len(keys) == len(set(keys))
