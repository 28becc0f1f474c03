"""Each sentence on how sure a comparison is says for itself what it is about, and how sure it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from records_factory import flat, storm, with_series

from sim.report import table, words
from sim.report.strength import confidence
from sim.report.words import HEADLINE_MEASURE, difference, estimate_interval
from sim.risk.comparison import Comparison, compare
from sim.risk.looks import Looks
from sim.risk.records import Records

P = 64


def indebted(design: str, paths: int, shift: float = 0.0) -> Records:
    """A storm of which the first so many paths leave bad debt, and a share price moved by some per cent."""
    record = storm(design, paths=P)
    debt = np.zeros_like(record.series["bad_debt_usd"])
    debt[:paths, -1] = 1e3
    price = record.series["share_price_usd"].copy()
    price[:, -1] *= 1.0 + shift / 100.0
    return with_series(record, bad_debt_usd=debt, share_price_usd=price)


def sentences(comparison: Comparison) -> list[str]:
    return [sentence for told in confidence(comparison) for sentence in told.split(". ")]


def about(comparison: Comparison, *words: str) -> str:
    (found,) = (s for s in sentences(comparison) if all(word in s for word in words))
    return found


def test_bad_debt_that_differs_is_judged_by_its_own_test() -> None:
    """The LP return survives; the share of paths with bad debt is 3 against none, which proves nothing."""
    comparison = compare([indebted("a", 0), indebted("b", 3, shift=1.0)])
    assert comparison.differences[HEADLINE_MEASURE, "b"].survives_holm
    assert "holds after correction" in about(comparison, "LP return", "b")
    assert "no difference" in about(comparison, "Between a and b")
    shares = about(comparison, "Share of paths")
    assert "4.7 % [1.0, 13.1] (b)" in shares and "0 % [0, 5.6] (a)" in shares


def test_bad_debt_that_surely_differs_says_so_beside_a_return_that_does_not() -> None:
    comparison = compare([indebted("a", 0), indebted("b", 40)])
    assert "holds after correction" in about(comparison, "With b it was left more often")
    assert "holds after correction" not in about(comparison, "LP return")


@pytest.mark.parametrize("n", [2, 64])
def test_bad_debt_that_nobody_saw_is_not_said_to_be_impossible(n: int) -> None:
    comparison = compare([flat("a", paths=n), flat("b", paths=n)])
    told = about(comparison, "Bad debt")
    assert f"none seen with any design on {n} paths" in told
    assert {2: "84 %", 64: "6 %"}[n] in told


def test_no_sentence_covers_another() -> None:
    """Whatever is corrected is named in the same sentence."""
    comparison = compare([indebted("a", 1), indebted("b", 40, shift=1.0), indebted("c", 1), indebted("d", 5)])
    for sentence in sentences(comparison):
        if "correction" in sentence:
            assert any(f" {name} " in f" {sentence} " for name in "bcd"), sentence
            assert not sentence.startswith("This")


def test_a_difference_is_said_to_be_from_the_baseline_and_not_from_the_next_in_the_list() -> None:
    comparison = compare([indebted("a", 1), *(indebted(name, 1, shift=1.0) for name in "bc")])
    assert "the differences of b and c from a hold after correction" in about(comparison, "LP return over", "b and c")
    unclear = words.headline(compare([storm(name, paths=P) for name in "abc"]))
    assert unclear.startswith("No difference shown for LPs between a and b or c (")


def test_only_the_same_deployed_design_is_called_the_same() -> None:
    records = [storm("a", paths=P), storm("b", paths=P)]
    assert "same deployed design" in " ".join(confidence(compare(records, fingerprints={"a": "f00", "b": "f00"})))
    assert "below some 6 % of paths to differ" in " ".join(confidence(compare(records)))


def test_looks_are_told_with_their_level() -> None:
    records = [indebted("a", 0), indebted("b", 0, shift=1.0)]
    looks = replace(Looks.of(0.5, 256), stopped_at=64, is_reached=True)
    told = " ".join(confidence(compare(records, looks=looks)))
    assert "64 of at most 256" in told
    assert "64, 128, 256 paths" in told and "98.33 %" in told
    assert '("below some x %") are the exception: 95 % for the number of paths' in told
    once = Looks.of(0.5, 64)  # one look: every number of the report is at 95 %
    assert "exception" not in " ".join(
        confidence(compare(records, looks=replace(once, stopped_at=64, is_reached=True)))
    )
    missed = " ".join(confidence(compare(records, looks=replace(looks, stopped_at=256, is_reached=False))))
    assert "256 were not enough" in missed


def test_rare_events_are_told_as_such() -> None:
    records = [indebted("a", 0), indebted("b", 0)]
    found = compare(records)
    told = difference(found.differences["bad_debt_usd", "b"], "USD")
    assert told == "none seen on 64 paths (below some 6 %)"
    assert estimate_interval(found.estimates["bad_debt_usd", "b"], "USD") == told


def test_what_needs_more_paths_says_how_many_and_why() -> None:
    found = compare([indebted("a", 0), indebted("b", 3)])
    told = difference(found.differences["bad_debt_usd", "b"], "USD")
    assert told == "+46.9 (3 of 64 paths differ; an interval needs some 430 paths)"
    few = compare([storm("a", paths=16), storm("b", paths=16, seed=2)])
    assert "an interval needs 32 paths" in difference(few.differences["liquidated_usd", "b"], "USD")


def test_what_is_zero_everywhere_is_named_once_and_has_no_row() -> None:
    """Nothing is dropped in silence: each measure has a row or stands in that sentence."""
    comparison = compare([storm("glp"), storm("other", seed=2)])
    absent = words.nowhere(comparison).split(": ", 1)[1].rstrip(".").split("; ")
    shown = [m for _, group in table.groups(comparison) for m in group]
    assert 0 < len(shown) < len(comparison.measures) == len(shown) + len(absent)
    for measure in comparison.measures:
        named = [label for label in absent if label.endswith(measure.label)]
        assert (measure in shown) != bool(named)


def test_paths_on_which_all_providers_left_are_counted_and_named() -> None:
    kept, left = indebted("a", 0), indebted("b", 0, shift=1.0)
    assert not any("providers left" in told for told in sentences(compare([kept, left])))
    gone = left.series["share_price_usd"].copy()
    gone[:5, -1] = np.nan
    comparison = compare([kept, with_series(left, share_price_usd=gone)])
    assert "All providers left on some of 64 paths: 5 (b)" in about(comparison, "providers left")
    assert comparison.differences[HEADLINE_MEASURE, "b"].n == P - 5


def test_an_opening_book_without_anybody_has_neither_leverage_nor_side() -> None:
    (opening, _) = compare([flat("a"), flat("b")]).openings
    assert words.opening_cells(opening) == ("0 of 0", "0", "0 of 0", words.MISSING, words.MISSING)
