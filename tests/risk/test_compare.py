"""Paired statistics: matched by path, honest about what is not shown."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from records_factory import flat, storm, with_series
from scipy import stats

from sim.inputs.errors import InputError
from sim.risk.comparison import compare
from sim.risk.looks import Looks
from sim.risk.measures import MEASURES
from sim.risk.records import Records


def shares(design: str, ends: list[float], paths: list[int] | None = None) -> Records:
    """Records whose share price goes from 1 to each end."""
    price = np.stack([np.ones(len(ends)), np.array(ends)], axis=1)
    records = with_series(flat(design, paths=len(ends), steps=2), share_price_usd=price)
    return records if paths is None else replace(records, paths=np.array(paths))


def lp_return(comparison, design: str):
    return comparison.differences["lp_return_pct", design]


A = 2 * [0.90, 0.95, 1.00, 1.02, 0.97, 0.99, 0.93, 1.01]
B = 2 * [0.91, 0.97, 1.03, 1.06, 0.98, 1.01, 0.96, 1.05]  # one to four points better, as often each: no skewness


def test_the_interval_is_that_of_scipys_paired_t_where_nothing_is_skewed() -> None:
    found = lp_return(compare([shares("a", A), shares("b", B)]), "b")
    gains = 100 * (np.array(B) - np.array(A))
    expected = stats.ttest_rel(100 * np.array(B), 100 * np.array(A)).confidence_interval()
    assert found.mean == pytest.approx(gains.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.verdict, found.effect) == ("higher", "better")


def test_paths_are_matched_by_id_and_not_by_position() -> None:
    straight = compare([shares("a", A, list(range(16))), shares("b", B, list(range(16)))])
    turned = compare([shares("a", A, list(range(16))), shares("b", B[::-1], list(range(16))[::-1])])
    assert lp_return(turned, "b").mean == pytest.approx(lp_return(straight, "b").mean)
    assert lp_return(turned, "b").low == pytest.approx(lp_return(straight, "b").low)


def test_one_deployed_design_under_two_names_is_identical_in_everything() -> None:
    comparison = compare([storm("a"), storm("b")], fingerprints={"a": "f00", "b": "f00"})
    for difference in comparison.differences.values():
        assert (difference.mean, difference.low, difference.high) == (0.0, 0.0, 0.0)
        assert difference.verdict == "identical"
        assert not difference.survives_holm
    assert comparison.tails[1].verdict == "identical"


@pytest.mark.parametrize("fingerprints", [{}, {"a": "f00", "b": "ba4"}, {"b": "f00"}])
def test_designs_that_only_behaved_alike_on_these_paths_are_not_identical(fingerprints: dict[str, str]) -> None:
    comparison = compare([storm("a"), storm("b")], fingerprints=fingerprints)
    for difference in comparison.differences.values():
        assert difference.mean == 0.0
        assert difference.verdict in ("equal on all paths", "none seen")
        assert difference.high - difference.low != 0.0


def test_an_interval_that_includes_zero_shows_no_difference() -> None:
    found = lp_return(compare([shares("a", A), shares("b", 2 * [0.95, 0.90, 1.04, 0.98, 0.97, 0.98, 0.95, 1.00])]), "b")
    assert found.low < 0.0 < found.high
    assert (found.verdict, found.effect) == ("no difference shown", "")


def test_pairing_sees_what_separate_intervals_hide() -> None:
    """Both designs swing by ten per cent over paths; the one is better by a tenth of one on each."""
    rng = np.random.default_rng(1)
    swing = rng.normal(1.0, 0.1, 30)
    better = swing + 0.001 + rng.normal(0.0, 0.0005, 30)
    comparison = compare([shares("a", swing.tolist()), shares("b", better.tolist())])
    assert lp_return(comparison, "b").verdict == "higher"
    a, b = (comparison.estimates["lp_return_pct", name] for name in "ab")
    assert a.low < b.mean < a.high


def test_other_paths_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="paths"):
        compare([shares("a", A), shares("b", B, [*range(15), 99])])


def test_one_path_gives_no_interval_and_no_verdict() -> None:
    found = lp_return(compare([shares("a", [0.9]), shares("b", [1.1])]), "b")
    assert found.mean == pytest.approx(20.0)
    assert np.isnan([found.low, found.high]).all()
    assert found.verdict == "one path: no interval"


def test_a_path_without_a_number_is_left_out_and_counted() -> None:
    broken = [*B[:2], float("nan"), *B[3:]]
    found = lp_return(compare([shares("a", A), shares("b", broken)]), "b")
    assert (found.n, found.n_missing) == (15, 1)
    assert np.isfinite(found.mean)


def test_the_baseline_may_be_named() -> None:
    comparison = compare([shares("a", A), shares("b", B)], "b")
    assert comparison.designs == ("b", "a")
    assert lp_return(comparison, "a").verdict == "lower"


def test_frame_and_json_say_the_same() -> None:
    comparison = compare([storm("a"), storm("b", partial=1.0)])
    frame = comparison.to_frame().set_index(["measure", "design"])
    told = {(row["measure"], row["design"]): row for row in json.loads(comparison.to_json())["measures"]}
    assert len(told) == len(frame)
    assert told["lp_return_pct", "b"]["difference"] == frame.loc[("lp_return_pct", "b"), "difference"]
    assert told["lp_return_pct", "a"]["difference"] is None


def test_reasons_of_reverts_are_averaged_over_paths() -> None:
    reverts = {("swap", "PRICE_WIDE"): np.array([2, 4])}
    comparison = compare([flat("a", paths=2, reverts=reverts), flat("b", paths=2)])
    (row,) = comparison.reverts
    assert (row.verb, row.error, row.means) == ("swap", "PRICE_WIDE", (3.0, 0.0))


def test_the_order_of_designs_and_measures_changes_no_number() -> None:
    """Nor their names: a difference is what it is whatever stands beside it."""
    a, b, c = storm("a", seed=1), storm("b", seed=2), storm("c", partial=1.0)
    straight, turned = compare([a, b, c]), compare([a, c, b], shown=MEASURES[::-1])
    renamed = compare([a, replace(b, design="z"), c])
    for measure in MEASURES:
        numbers = [
            (found.mean, found.low, found.high, found.p_value)
            for found in (
                straight.differences[measure.key, "b"],
                turned.differences[measure.key, "b"],
                renamed.differences[measure.key, "z"],
            )
        ]
        assert np.array_equal(numbers[0], numbers[1], equal_nan=True)
        assert np.array_equal(numbers[0], numbers[2], equal_nan=True)


def test_more_looks_make_every_interval_wider_and_are_told() -> None:
    records = [shares("a", A), shares("b", B)]
    alone, looked = compare(records), compare(records, looks=Looks.of(0.5, 512))
    assert looked.widest("lp_return_pct") > alone.widest("lp_return_pct")
    assert json.loads(looked.to_json())["looks"] == {
        "width": 0.5,
        "planned": [64, 128, 256, 512],
        "stopped_at": 0,
        "is_reached": False,
        "confidence": pytest.approx(0.9875),
    }
    assert json.loads(alone.to_json())["looks"] is None


def test_a_difference_without_an_interval_is_not_narrow() -> None:
    assert compare([shares("a", A[:3]), shares("b", B[:3])]).widest("lp_return_pct") == np.inf


def test_averages_over_feeds_are_over_those_that_all_designs_have_by_symbol() -> None:
    """The same errors of BTC and ETH; one design has them in another order and a feed of its own, which is far off."""
    first = flat("a", paths=2)
    mid = first.series["true_price_usd"] * np.array([1.01, 1.03, 1.0, 1.0])
    first = with_series(first, oracle_mid_usd=mid)
    turned = replace(first.over(["SOL", "ETH", "BTC"]), design="b", feeds=("USDE", "ETH", "BTC"))
    own = turned.series["oracle_mid_usd"].copy()
    own[:, :, 0] *= 2.0
    turned = with_series(turned, oracle_mid_usd=own)
    comparison = compare([first, turned])
    frame = comparison.to_frame().set_index(["measure", "design"])
    assert comparison.feeds == ("BTC", "ETH")
    for design in ("a", "b"):
        assert frame.loc[("oracle_error_bps", design), "mean"] == pytest.approx(200.0)
        assert frame.loc[("oracle_error_bps", design), "feeds"] == "BTC ETH"
        assert frame.loc[("lp_return_pct", design), "feeds"] == ""
    assert json.loads(comparison.to_json())["feeds"] == ["BTC", "ETH"]


def test_designs_without_a_common_feed_have_no_average_over_feeds() -> None:
    other = replace(flat("b"), feeds=("A", "B", "C", "D"))
    found = compare([flat("a"), other]).estimates
    assert np.isnan(found["oracle_error_bps", "a"].mean) and np.isnan(found["oracle_not_ok_pct", "b"].mean)
