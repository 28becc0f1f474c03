"""What a pool does to its market is told against the twin, and only where it does anything."""

from __future__ import annotations

import numpy as np
import pytest
from records_factory import flat, storm, with_liquidations, with_series

from sim.risk.comparison import compare
from sim.risk.measures import EXTERNALITY, by_key


def _value(key: str, records) -> list[float]:
    return by_key(key).per_path(records).tolist()


def test_whoever_holds_the_basket_lost_what_the_pool_pushed_it_down():
    fallen = with_series(
        flat(paths=2, steps=3),
        basket_price_usd=np.array([[1.0, 0.8, 0.9], [1.0, 0.8, 0.9]]),
        twin_basket_price_usd=np.array([[1.0, 0.8, 0.9], [1.0, 1.0, 0.9]]),
    )
    assert _value("basket_pull_pct", fallen) == [0.0, 0.0], "it came back"
    assert _value("worst_pull_pct", fallen) == pytest.approx([0.0, -20.0])


def test_providers_are_measured_by_the_market_that_would_have_been():
    records = with_series(
        flat(paths=1, steps=2),
        share_price_usd=np.array([[2.0, 1.9]]),
        basket_price_usd=np.array([[1.0, 0.90]]),
        twin_basket_price_usd=np.array([[1.0, 0.93]]),
    )
    assert _value("lp_excess_pct", records) == pytest.approx([5.0])
    assert _value("lp_over_twin_pct", records) == pytest.approx([2.0])


def test_an_account_counts_once_and_its_notional_each_time():
    rows = {"path": [0, 0, 1], "account": [7, 7, 7], "closed_usd": [100, 50, 10], "assigned_usd": [0, 5, 0]}
    records = with_liquidations(flat(paths=2), **rows, is_self_inflicted=[1, 1, 0], is_dislocated=[0, 0, 1])
    assert _value("self_inflicted_accounts", records) == [1.0, 0.0]
    assert _value("self_inflicted_usd", records) == [155.0, 0.0]
    assert _value("dislocated_accounts", records) == [0.0, 1.0]


def test_a_replay_tells_nothing_of_what_no_pool_can_do_there():
    one = with_series(storm("a"), twin_basket_price_usd=storm("a").series["basket_price_usd"])
    other = with_series(storm("b"), twin_basket_price_usd=storm("b").series["basket_price_usd"])
    assert EXTERNALITY not in {measure.group for measure in compare([one, other]).measures}
    assert EXTERNALITY in {measure.group for measure in compare([one, storm("b")]).measures}
