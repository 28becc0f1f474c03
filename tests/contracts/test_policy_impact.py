"""Price-impact policies: Jupiter's linear part and its window of a minute."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.bare import T0, WAD, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=40, deadline=None, derandomize=True)
WINDOW = "policies/price_impact/LinearWindowImpact.vy"
PRICE_WAD = 50_000 * WAD
HUGE_USD = 10**15


class Window:
    """The policy and its memo: calls pass it on, as Market does."""

    def __init__(self, scale_usd: int, threshold_usd: int, exponent: int, factor: int, most: int):
        self.policy = Policy(WINDOW, [scale_usd * WAD] * 8, [threshold_usd * WAD] * 8, exponent, factor, most)
        self.memo = 0

    def wait(self, seconds: int) -> None:
        """Begin a block later."""
        self.policy.at(self.policy.time_s + seconds)

    def trade(self, usd: int, *, grows: bool = True, direction: int = 1) -> int:
        """Fill price of a trade at a price of one USD."""
        arguments = (0, WAD, direction * usd * WAD, grows, 0, 0, self.memo)
        price_wad, self.memo = self.policy.call("fill_price", *arguments)
        return price_wad

    def bps(self, usd: int, *, grows: bool = True) -> int:
        """Impact of a buy; exact, as the price is one."""
        return (self.trade(usd, grows=grows) - WAD) * 10_000 // WAD


@pytest.fixture
def window() -> Window:
    """No linear part; a threshold of 1,000 USD in a minute, at most 100 bps."""
    return Window(HUGE_USD, 1_000, 1, 1, 100)


def linear(usd: int) -> int:
    return ceil(Fraction(usd * 10_000, HUGE_USD * 10**6))  # one bps, for any small trade


def test_flow_up_to_the_threshold_is_free_of_surcharge(window: Window) -> None:
    assert window.bps(1_000) == linear(1_000)
    assert window.bps(1) == linear(1) + 2  # 1,001 of 1,000: ceil(1.001) bps


def test_the_surcharge_grows_with_the_flow_of_the_minute(window: Window) -> None:
    window.bps(5_000)
    assert window.bps(500) == linear(500) + 6  # ceil(5.5)


def test_an_opposite_flow_inside_the_minute_cancels(window: Window) -> None:
    window.bps(5_000)
    assert window.bps(4_500, grows=False) == linear(4_500)
    assert window.bps(400) == linear(400)  # 900 net


def test_net_outflow_counts_like_inflow(window: Window) -> None:
    assert window.bps(3_000, grows=False) == linear(3_000) + 3


def test_a_gap_of_a_minute_forgets_everything(window: Window) -> None:
    window.bps(5_000)
    window.wait(60)
    assert window.bps(1_000) == linear(1_000)


def test_flow_leaves_the_window_in_slots_of_ten_seconds(window: Window) -> None:
    window.bps(600)
    window.wait(30)
    window.bps(600)
    window.wait(20)
    assert window.bps(1) == linear(1) + 2  # 1,201 in the window
    window.wait(10)
    assert window.bps(1) == linear(1)  # the first 600 are gone


def test_all_impact_ends_at_its_maximum() -> None:
    window = Window(1_000, 1_000, 3, 1, 44)
    assert window.bps(10**6) == 44


@EXACT
@given(price=st.integers(1, 10**27), sign=st.sampled_from([1, -1]))
def test_the_greatest_maximum_stays_inside_the_hard_bound(price: int, sign: int) -> None:
    """Market takes a tenth of the base, rounded down."""
    answer, _ = Window(1, 1, 3, 1, 1_000).policy.call("fill_price", 0, price, sign * 10**36, True, 0, 0, 0)
    assert answer == price + sign * (price // 10)


def test_sells_fill_below_the_base() -> None:
    window = Window(10_000, 10**6, 1, 1, 100)
    assert window.trade(50, direction=-1) == WAD - 50 * WAD // 10_000
    assert window.trade(50, direction=1) == WAD + 50 * WAD // 10_000


trades = st.lists(st.tuples(st.integers(0, 70), st.integers(1, 20_000), st.booleans()), min_size=1, max_size=12)


@EXACT
@given(
    scale_usd=st.integers(1, 10**6),
    threshold_usd=st.integers(1, 10**5),
    exponent=st.integers(1, 3),
    factor=st.integers(1, 10),
    most=st.integers(0, 1_000),
    history=trades,
)
def test_the_window_is_the_sum_over_six_slots(
    scale_usd: int,
    threshold_usd: int,
    exponent: int,
    factor: int,
    most: int,
    history: list[tuple[int, int, bool]],
) -> None:
    window = Window(scale_usd, threshold_usd, exponent, factor, most)
    past: list[tuple[int, int]] = []
    now = T0
    for wait, usd, grows in history:
        now += wait
        window.wait(wait)
        past.append((now // 10, usd if grows else -usd))
        flow = abs(sum(change for slot, change in past if slot > now // 10 - 6))
        bps = ceil(Fraction(usd * 10_000, scale_usd))
        if flow > threshold_usd:
            bps += ceil(Fraction(ceil(Fraction(flow, threshold_usd) ** exponent), factor))
        assert window.bps(usd, grows=grows) == min(bps, most)


@EXACT
@given(price=st.integers(1, 10**27), size=st.integers(1, 10**24), sign=st.sampled_from([1, -1]))
def test_rounding_is_against_the_trader(price: int, size: int, sign: int) -> None:
    window = Window(10**6, 10**9, 1, 1, 100)
    usd_wad = ceil(Fraction(size * price, WAD))
    bps = min(100, ceil(Fraction(usd_wad * 10_000, 10**6 * WAD)))
    if usd_wad > 10**9 * WAD:
        bps = 100
    impact = min(ceil(Fraction(price * bps, 10_000)), price // 10)
    answer, _ = window.policy.call("fill_price", 0, price, sign * size, True, 0, 0, 0)
    assert answer == price + sign * impact


def test_no_impact_fills_at_the_base() -> None:
    policy = Policy("policies/price_impact/NoImpact.vy")
    assert policy.call("fill_price", 0, PRICE_WAD, WAD, True, 0, 0, 5) == (PRICE_WAD, 5)
