"""Books: what an order moves, whatever came before it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.endogenous.book import Books, BookTerms, move_of, trade, usd_of

EXPONENTS = st.sampled_from([0.5, 0.8, 1.0, 1.6])
#: Of the USD in the book: the search stops where its next step would be the cube of ROUNDING.
EXACT = 1e-13


def _book(depth_usd: float, exponent: float, patient: float, d: float = 0.0, presence: float = 1.0):
    books = Books(np.zeros(1), np.zeros(1), np.zeros(1), np.full((1, 1), d), np.full((1, 1), presence))
    return books, BookTerms(np.full((1, 1), depth_usd), np.ones((1, 1)), np.zeros(1), exponent, patient)


@given(st.floats(-0.5, 0.5), st.floats(4, 10), st.floats(0.01, 1.0), EXPONENTS, st.sampled_from([0.0, 0.06, 1.0]))
def test_move_undoes_usd(d, log_depth, presence, exponent, patient):
    depth_usd = 10.0**log_depth
    usd = usd_of(d, depth_usd * presence, depth_usd * patient, exponent)
    moved = move_of(usd, depth_usd * presence, depth_usd * patient, exponent)
    assert abs(moved - d) <= 1e-12 + EXACT * abs(d) or abs(usd) < 1e-6


@given(st.floats(-0.3, 0.3), st.floats(-5, 1), st.floats(-5, 1), st.booleans(), st.booleans(), EXPONENTS)
def test_two_orders_in_a_row_move_like_one_of_their_sum(d, log_a, log_b, buys_a, buys_b, exponent):
    depth_usd = 1e8
    a, b = (depth_usd * 10.0**log * (1 if buys else -1) for log, buys in ((log_a, buys_a), (log_b, buys_b)))
    twice, terms = _book(depth_usd, exponent, 0.06, d, 0.3)
    once, _ = _book(depth_usd, exponent, 0.06, d, 0.3)
    trade(twice, terms, 0, 0, a)
    trade(twice, terms, 0, 0, b)
    trade(once, terms, 0, 0, a + b)
    ends = [usd_of(x.displacement_log[0, 0], 0.3 * depth_usd, 0.06 * depth_usd, exponent) for x in (twice, once)]
    start = usd_of(d, 0.3 * depth_usd, 0.06 * depth_usd, exponent)
    assert abs(ends[0] - ends[1]) <= EXACT * (abs(start) + abs(a) + abs(b)) * 10


@given(st.floats(-12, 0), st.floats(-6, 11), st.booleans(), st.floats(-2, 9), st.floats(2, 9), st.floats(0.2, 2.0))
def test_an_order_ends_where_the_book_has_taken_it_however_far_that_is(
    log_d, log_usd, buys, log_makers, log_patient, exponent
):
    makers_usd, patient_usd = 10.0**log_makers, 10.0**log_patient
    usd = 10.0**log_usd * (1 if buys else -1)
    books, terms = _book(makers_usd, exponent, patient_usd / makers_usd, 10.0**log_d)
    start = usd_of(10.0**log_d, makers_usd, patient_usd, exponent)
    trade(books, terms, 0, 0, usd)
    end = usd_of(books.displacement_log[0, 0], makers_usd, patient_usd, exponent)
    assert abs(end - start - usd) <= EXACT * (abs(start) + abs(usd)) * 10 + 1e-6  # the last: less than any order


def test_a_change_of_depth_moves_no_price():
    books, terms = _book(1e8, 0.8, 0.06, 0.01)
    for depth_usd, presence in ((1e7, 1.0), (1e8, 0.01)):
        terms.depth_usd[:], books.presence[:] = depth_usd, presence
        assert trade(books, terms, 0, 0, 0.0) == 0.0
        assert books.displacement_log[0, 0] == 0.01


@pytest.mark.parametrize(("size_usd", "slope"), [(1e4, 1 / 0.8), (1e13, 0.5)])
def test_impact_of_small_orders_is_the_makers_and_of_large_ones_a_square_root(size_usd, slope):
    moves = [move_of(size_usd * factor, 1e8, 6e6, 0.8) for factor in (1.0, 10.0)]
    assert math.log10(moves[1] / moves[0]) == pytest.approx(slope, abs=0.01)


def test_there_and_back_costs_the_taker_and_leaves_the_price():
    books, terms = _book(1e8, 0.8, 0.06)
    there = trade(books, terms, 0, 0, 5e7)
    back = trade(books, terms, 0, 0, -5e7)
    assert there > 0 and there + back == pytest.approx(0.0, abs=1e-14)
