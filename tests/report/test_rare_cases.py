"""Few paths, paths without a number, no spread, nothing at all: every sentence and cell says only what is so."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plotly.offline import get_plotlyjs
from records_factory import flat, with_series, with_totals
from rich.console import Console

from sim.report import sensitivity, words
from sim.report.figures import all_figures
from sim.report.html import render
from sim.report.strength import confidence
from sim.report.table import full_report
from sim.risk import paired
from sim.risk.comparison import Comparison, compare
from sim.risk.records import Records
from sim.risk.sensitivity import HOLDS, neighbour, shifted

N = (1, 2, 3, 6, 64)
MISSING = ("none", "one", "all but one", "all")
SHAPES = ("zero", "constant", "once", "noise", "skewed")
NO_NUMBER = re.compile(r"\bnan\b|\binf\b|\b1 paths\b|-0\.00?\b|\b0 paths\b", re.IGNORECASE)


def _effects(shape: str, n: int) -> np.ndarray:
    """Of each path, what one design has more than the other, in per cent."""
    rng = np.random.default_rng(7)
    return {
        "zero": np.zeros(n),
        "constant": np.full(n, 0.5),
        "once": np.where(np.arange(n) == n - 1, 2.0, 0.0),
        "noise": rng.normal(0.1, 1.0, n),
        "skewed": np.exp(rng.normal(-2.0, 2.0, n)),
    }[shape]


def _absent(missing: str, n: int) -> np.ndarray:
    path = np.arange(n)
    return {"none": path < 0, "one": path == 0, "all but one": path > 0, "all": path >= 0}[missing]


def _records(design: str, effect: np.ndarray, absent: np.ndarray) -> Records:
    record = flat(design, paths=len(effect))
    price = record.series["share_price_usd"].copy()
    price[:, -1] *= 1.0 + effect / 100.0
    price[absent, -1] = np.nan
    debt = np.zeros_like(price)
    debt[:, -1] = np.where(effect > 0.4, 1e4 * effect, 0.0)
    moved = with_series(record, share_price_usd=price, hedged_price_usd=price, bad_debt_usd=debt)
    return with_totals(moved, trade_fee_usd=100.0 * np.abs(effect))


@cache
def comparison(n: int, missing: str, shape: str) -> tuple[Comparison, tuple[Records, ...]]:
    """Of a with b, which differs, and with a twin that is the same deployed design."""
    absent = _absent(missing, n)
    return compared(_effects(shape, n), (absent, absent, absent), absent)


def compared(
    effect: np.ndarray, absent: tuple[np.ndarray, np.ndarray, np.ndarray], gone: np.ndarray
) -> tuple[Comparison, tuple[Records, ...]]:
    """Of a with b and a twin, each without a number on some paths, and two neighbours, in one of which b has fewer.

    Args:
        gone: paths without a number in the second neighbour, of those that it has.
    """
    n = len(effect)
    still = np.zeros(n)
    effects = {"a": still, "b": effect, "twin": still}
    records = tuple(_records(name, each, mask) for (name, each), mask in zip(effects.items(), absent, strict=True))
    found = compare(records, fingerprints={"a": "f", "twin": "f"})
    measure = next(m for m in found.measures if m.key == words.HEADLINE_MEASURE)
    base = {each.design: np.asarray(measure.per_path(each), float) for each in records}
    sign = {paired.HIGHER: 1, paired.LOWER: -1}
    signs = {name: sign.get(_headline(found, name).verdict, 0) for name in ("b", "twin")}
    rows = np.arange(max(n // 2, 1))
    few = {name: values[rows] for name, values in base.items()}
    less = few | {"b": np.where(gone[rows], np.nan, few["b"])}
    around = (
        neighbour("steps twice as long", 5.0, base, few, rows, signs),
        neighbour("half the leverage", np.nan, base, less, rows, signs),
    )
    return replace(found, neighbours=around), records


def _headline(found: Comparison, design: str) -> paired.Difference:
    return found.differences[words.HEADLINE_MEASURE, design]


def _sentences(found: Comparison) -> str:
    said = [words.headline(found), *confidence(found), *sensitivity.sentences(found), words.nowhere(found)]
    return "\n".join(said)


def _terminal(found: Comparison) -> str:
    console = Console(width=200, record=True, file=None, force_terminal=False, color_system=None)
    with console.capture() as captured:
        console.print(full_report(found))
    return captured.get()


def _page(found: Comparison, records: tuple[Records, ...]) -> str:
    """What a reader sees of the page, and every text of its drawings."""
    page = render(found, records, {"command": "breakwater compare", "seed": 1}).replace(get_plotlyjs(), "")
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
    drawn = (text for figure in all_figures(found, records) for text in _texts(figure.drawing.to_dict()))
    return "\n".join([shown, *drawn])


def _texts(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from _texts(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _texts(value)


def _is_clean(text: str) -> None:
    wrong = NO_NUMBER.search(text)
    assert not wrong, text[max(0, wrong.start() - 80) :][:160]


def _agrees_with_values(found: Comparison, records: tuple[Records, ...]) -> None:
    """What every cell says of how many paths, of zeros and of equality is so of the values, counted anew."""
    for measure in found.measures:
        values = [np.asarray(measure.per_path(each), float) for each in records]
        for record, its in zip(records, values, strict=True):
            known = its[np.isfinite(its)]
            said = words.estimate_interval(found.estimates[measure.key, record.design], measure.unit)
            _counts(said, len(known), len(its))
            assert "none seen" not in said or not np.any(known)
            assert ("a number on" in said) == (0 < len(known) < len(its)), (measure.key, said)
            if record is records[0]:
                continue
            pairs = (its - values[0])[np.isfinite(its) & np.isfinite(values[0])]
            said = words.difference(found.differences[measure.key, record.design], measure.unit)
            _counts(said, len(pairs), len(its))
            assert ("a number on" in said) == (0 < len(pairs) < len(its)), (measure.key, said)
            assert said.startswith("no data") == (len(pairs) == 0)
            is_equal = np.allclose(pairs, 0.0, rtol=0, atol=1e-4)
            for claim in ("none seen", "equal on all", "identical"):
                assert claim not in said or (is_equal and len(pairs) > 1), (measure.key, said)
            assert "identical" not in said or record.design == "twin"
            assert "no difference shown" not in said or len(pairs) > 1
            if re.search(r"^[+-]\S+ on each of", said):
                assert np.ptp(pairs) <= 1e-6 * np.max(np.abs(pairs)) and np.any(pairs)


def _counts(said: str, n: int, total: int) -> None:
    """Numbers of paths in a cell are those that there are."""
    for number in re.findall(r"(?:on|on all|on each of|all) (\d+) paths", said):
        assert int(number) == n, said
    for number, of in re.findall(r"a number on (\d+) of (\d+)", said):
        assert (int(number), int(of)) == (n, total), said
    for of in re.findall(r"\d+ of (\d+) paths differs?", said):
        assert int(of) == n, said


def _neighbours_agree(found: Comparison, records: tuple[Records, ...], gone: np.ndarray) -> None:
    """The sentence of each design counts the neighbours, and their paths, that its rows show; b lacks some in one."""
    measure = next(m for m in found.measures if m.key == words.HEADLINE_MEASURE)
    is_there = {each.design: np.isfinite(np.asarray(measure.per_path(each), float)) for each in records}
    for row in found.neighbours:
        for shift in row.shifts:
            both = (is_there[shift.design] & is_there["a"])[: row.n]
            lacks = gone[: row.n] & (shift.design == "b") & (row.name == "half the leverage")
            assert shift.n == np.count_nonzero(both & ~lacks)
    sentences = dict(zip(found.designs[1:], sensitivity.sentences(found), strict=True))
    for design, said in sentences.items():
        shifts = [next(s for s in row.shifts if s.design == design) for row in found.neighbours]
        counts = {shift.n for shift in shifts if shift.n}
        for low, high in re.findall(r"\((\d+)(?: to (\d+))? paths? each\)", said):
            assert {int(low), int(high or low)} == {min(counts), max(counts)}, said
        assert ("paths each" in said or "path each" in said) == bool(counts), said
        assert ("no path has a number" in said or "has no number with" in said) == any(s.n == 0 for s in shifts), said
        if told := re.search(r"holds in (\d+) of", said):
            assert int(told[1]) == sum(shift.verdict == HOLDS for shift in shifts)
        for row, shift in zip(found.neighbours, shifts, strict=True):
            cell = sensitivity.cell(row, shift)
            assert ("a number on" in cell) == (0 < shift.n < row.n)
            assert (cell == "no path has a number") == (shift.n == 0)


CASES = [case for case in product(N, MISSING, SHAPES) if case[0] > 1 or case[1] in ("none", "all")]


@pytest.mark.parametrize(("n", "missing", "shape"), CASES)
def test_nothing_is_said_that_is_not_so(n: int, missing: str, shape: str) -> None:
    found, records = comparison(n, missing, shape)
    said = _sentences(found)
    for text in (said, _terminal(found), *([_page(found, records)] if n in (1, 6) else [])):
        _is_clean(text)
    _agrees_with_values(found, records)
    _neighbours_agree(found, records, _absent(missing, n))
    there = int(np.count_nonzero(~_absent(missing, n)))
    for number in re.findall(r"(?:a number on|on each of|difference rests on the other) (\d+)", said):
        assert int(number) == there
    shown, opening = _headline(found, "b"), said.split("\n")[0]
    differs = shown.n_apart > 0
    if n > 1:
        assert ("no path has a number" in opening.lower()) == (there == 0)
        assert not (there == 0 and "o difference shown" in said)
        assert not (0 < there < n and f"({there} of" not in said and f"number on {there} of {n}" not in said), said
        assert ("exactly the same with twin" in opening) == (there > 1)
    if differs:
        assert "exactly the same with b" not in said and f"equals the baseline on all {there}" not in said
    absent = said.split("\n")[-1].partition("with every design")[2]
    for measure in found.measures:
        numbers = np.concatenate([np.asarray(measure.per_path(each), float) for each in records])
        if re.search(rf"(?:: |; |\w ){re.escape(measure.label)}(?:;|\.$)", absent):
            same_label = [m for m in found.measures if m.label == measure.label]
            assert any(not np.any(np.asarray(m.per_path(each), float)) for m in same_label for each in records)
            assert len(same_label) > 1 or not np.any(numbers)


@given(data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_nor_where_each_design_lacks_paths_of_its_own(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 40), label="paths")
    shape = data.draw(st.sampled_from(SHAPES), label="shape")
    share = st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0))
    rng = np.random.default_rng(data.draw(st.integers(0, 99), label="seed"))
    masks = [rng.random(n) < data.draw(share, label="missing") for _ in range(4)]
    found, records = compared(_effects(shape, n), (masks[0], masks[1], masks[2]), masks[3])
    for text in (_sentences(found), _terminal(found)):
        _is_clean(text)
    _agrees_with_values(found, records)
    _neighbours_agree(found, records, masks[3])


def test_a_difference_that_is_the_same_on_every_path_holds_where_it_stays() -> None:
    found, _ = comparison(64, "none", "constant")
    assert _headline(found, "b").effect == "better"
    assert "holds in 2 of 2 neighbours (32 paths each)" in _sentences(found)
    row = found.neighbours[0]
    assert "on each path" in sensitivity.cell(row, row.shifts[0])


def test_a_difference_that_few_paths_of_a_neighbour_leave_as_it_is_holds_there() -> None:
    """Four paths prove nothing by themselves, but that they change nothing of what twenty-six show casts no doubt."""
    base, rows = np.full(26, 0.5), np.arange(4)
    assert shifted(base, base[rows], rows) == (0.5, 0.5, 0.5)
    mean, low, high = shifted(base, base[rows] + 0.1, rows)
    assert mean == pytest.approx(0.6) and np.isnan(low) and np.isnan(high)


def test_a_book_with_nobody_in_it_has_no_leverage() -> None:
    found, records = comparison(6, "none", "noise")
    few = [each.part(np.arange(4), np.arange(4)) for each in records]
    (row,) = sensitivity.judged([("nobody", few)], records, found)
    assert np.isnan(row.leverage)
