"""Few paths, paths without a number, no spread, nothing at all: every sentence and cell says only what is so."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from plotly.offline import get_plotlyjs
from records_factory import flat, with_series, with_totals
from rich.console import Console

from sim.report import sensitivity, words
from sim.report.html import render
from sim.report.strength import confidence
from sim.report.table import full_report
from sim.risk import paired
from sim.risk.comparison import Comparison, compare
from sim.risk.records import Records
from sim.risk.sensitivity import neighbour

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
    still, moved = np.zeros(n), _effects(shape, n)
    records = (_records("a", still, absent), _records("b", moved, absent), _records("twin", still, absent))
    found = compare(records, fingerprints={"a": "f", "twin": "f"})
    measure = next(m for m in found.measures if m.key == words.HEADLINE_MEASURE)
    base = {each.design: np.asarray(measure.per_path(each), float) for each in records}
    sign = {paired.HIGHER: 1, paired.LOWER: -1}
    signs = {name: sign.get(_headline(found, name).verdict, 0) for name in ("b", "twin")}
    few = {name: values[: max(n // 2, 1)] for name, values in base.items()}
    row = neighbour("steps twice as long", 5.0, base, few, np.arange(max(n // 2, 1)), signs)
    return replace(found, neighbours=(row,)), records


def _headline(found: Comparison, design: str) -> paired.Difference:
    return found.differences[words.HEADLINE_MEASURE, design]


def _sentences(found: Comparison) -> str:
    said = [words.headline(found), *confidence(found), *sensitivity.sentences(found), words.nowhere(found)]
    return "\n".join(said)


CASES = [case for case in product(N, MISSING, SHAPES) if case[0] > 1 or case[1] in ("none", "all")]


@pytest.mark.parametrize(("n", "missing", "shape"), CASES)
def test_nothing_is_said_that_is_not_so(n: int, missing: str, shape: str) -> None:
    found, records = comparison(n, missing, shape)
    console = Console(width=200, record=True, file=None, force_terminal=False, color_system=None)
    with console.capture() as captured:
        console.print(full_report(found))
    said = _sentences(found)
    for text in (said, captured.get()):
        wrong = NO_NUMBER.search(text)
        assert not wrong, text[max(0, wrong.start() - 80) :][:160]
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


@pytest.mark.parametrize(("n", "missing", "shape"), [(2, "one", "noise"), (6, "all", "zero"), (64, "one", "constant")])
def test_the_page_shows_no_number_that_is_none(n: int, missing: str, shape: str) -> None:
    found, records = comparison(n, missing, shape)
    page = render(found, records, {"command": "breakwater compare", "seed": 1}).replace(get_plotlyjs(), "")
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
    wrong = NO_NUMBER.search(text)
    assert not wrong, text[max(0, wrong.start() - 80) :][:160]


def test_a_difference_that_is_the_same_on_every_path_holds_where_it_stays() -> None:
    found, _ = comparison(64, "none", "constant")
    assert _headline(found, "b").effect == "better"
    assert "holds in 1 of 1 neighbour" in _sentences(found)
    assert "on each path" in sensitivity.cell(found.neighbours[0].shifts[0])
