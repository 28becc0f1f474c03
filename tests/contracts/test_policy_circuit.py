"""Circuit breakers: when they close, when they let go, and what they close."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import log

import pytest
from contracts.amounts import usd
from contracts.bare import WAD, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=60, deadline=None, derandomize=True)
OPEN = "policies/circuit/NoCircuit.vy"
MOVE = "policies/circuit/PriceMoveCircuit.vy"
RATIO = "policies/circuit/ProfitRatioCircuit.vy"

MINT, REDEEM, SWAP, INCREASE, DECREASE, WITHDRAW = (1 << verb for verb in range(6))
REDUCE_ONLY = MINT | REDEEM | SWAP | INCREASE | WITHDRAW
PRICE_BITS = 104
FLAT = ([0, 0], [0, 0])  # no profit, no pool

ON, OFF = Fraction(1, 10), Fraction(2, 100)
WINDOW_S, MINIMUM_S = 300, 60
PRICE = 50_000 * WAD


class Breaker:
    """A price-move breaker and its memory, called as Market does."""

    def __init__(self, on: Fraction = ON, off: Fraction = OFF, window_s: int = WINDOW_S, minimum_s: int = MINIMUM_S):
        shares = [[int(share * WAD)] * 8 for share in (on, off)]
        self.policy = Policy(MOVE, *shares, window_s, minimum_s)
        self.memo = 0
        self.see(0, PRICE)

    def see(self, later_s: int, price: Fraction | int) -> int:
        """Bitmap at a price, so many seconds after the last call."""
        self.policy.at(self.policy.time_s + later_s)
        verbs, self.memo = self.policy.call("closed", 0, int(price), *FLAT, later_s, self.memo)
        return verbs

    @property
    def average(self) -> int:
        return self.memo & (2**PRICE_BITS - 1)

    @property
    def tripped_for_s(self) -> int | None:
        """Seconds since it closed; None while it is open."""
        told = self.memo >> 2 * PRICE_BITS
        return told - 1 if told else None

    @property
    def price(self) -> int:
        return self.memo >> PRICE_BITS & (2**PRICE_BITS - 1)


# ------------------------------------------------------------------ none


def test_no_circuit_closes_nothing_and_forgets() -> None:
    assert Policy(OPEN).call("closed", 0, 0, [WAD, WAD], [0, 0], 10, 2**256 - 1) == (0, 0)


# ------------------------------------------------------------------ price move: closing


def test_the_first_price_is_the_average_and_closes_nothing() -> None:
    breaker = Breaker()
    assert (breaker.average, breaker.tripped_for_s) == (PRICE, None)
    assert breaker.see(0, PRICE) == 0


@pytest.mark.parametrize("sign", [-1, 1])
def test_only_a_move_above_the_threshold_trips(sign: int) -> None:
    at = PRICE + sign * PRICE // 10
    assert Breaker().see(0, at) == 0
    breaker = Breaker()
    assert breaker.see(0, at + sign) == REDUCE_ONLY == 0b101111
    assert breaker.tripped_for_s == 0
    assert breaker.average == PRICE  # no time has passed


def test_a_drift_slower_than_the_window_does_not_trip() -> None:
    breaker, price = Breaker(), PRICE
    for _ in range(720):  # 1.8 % a minute for two hours: 9 % in a window
        price += price * 3 // 1_000
        assert breaker.see(10, price) == 0
    assert price > 8 * PRICE


def test_a_drift_faster_than_the_window_does() -> None:
    breaker, price = Breaker(), PRICE
    for _ in range(180):  # 3 % a minute: 15 % in a window
        price += price // 200
        breaker.see(10, price)
    assert breaker.tripped_for_s is not None


def test_what_moved_over_a_quiet_hour_is_no_jump() -> None:
    assert Breaker().see(3_600, PRICE * 3 // 4) == 0
    assert Breaker().see(10, PRICE * 3 // 4) == REDUCE_ONLY


def test_each_market_has_its_own_threshold() -> None:
    on = [WAD // 100 * (m + 1) for m in range(8)]
    policy = Policy(MOVE, on, [1] * 8, WINDOW_S, MINIMUM_S)
    fallen = PRICE * 955 // 1_000  # 4.5 %
    verbs = [policy.call("closed", m, fallen, *FLAT, 0, PRICE | PRICE << PRICE_BITS)[0] for m in range(8)]
    assert verbs == [REDUCE_ONLY] * 4 + [0] * 4


# ------------------------------------------------------------------ price move: letting go


def test_it_stays_closed_between_the_thresholds_and_opens_below_the_lower() -> None:
    breaker = Breaker()
    assert breaker.see(0, PRICE * 8 // 10) == REDUCE_ONLY
    still = PRICE * 97 // 100  # 3 %: it would not have tripped
    assert breaker.see(0, still) == REDUCE_ONLY
    for _ in range(10 * MINIMUM_S):
        still = breaker.average * 97 // 100
        assert breaker.see(1, still) == REDUCE_ONLY
    average = breaker.average
    still = average * 97 // 100
    assert breaker.see(0, average * 98 // 100 - 1) == REDUCE_ONLY  # at the lower threshold
    assert breaker.see(0, average * 98 // 100 + 2) == 0
    assert breaker.see(0, still) == 0  # open again: the upper threshold counts


def test_it_stays_closed_for_the_minimum_even_when_the_price_is_back() -> None:
    breaker = Breaker()
    assert breaker.see(0, PRICE * 8 // 10) == REDUCE_ONLY
    assert breaker.see(MINIMUM_S - 1, PRICE) == REDUCE_ONLY
    assert breaker.see(1, PRICE) == 0


def seconds_closed(breaker: Breaker, price: int, step_s: int) -> Iterator[int]:
    """Call at a price that stays: the seconds after which it was still closed."""
    for n in range(1, 24 * 3_600 // step_s):
        if breaker.see(step_s, price) == 0:
            return
        yield n * step_s
    raise AssertionError("it never lets go")


def test_it_lets_go_of_a_crash_that_lasts_and_stays_open() -> None:
    breaker, fallen = Breaker(), PRICE * 7 // 10
    assert breaker.see(0, fallen) == REDUCE_ONLY
    closed_s = list(seconds_closed(breaker, fallen, 10))[-1]
    move = float(Fraction(3, 7))  # of the average that it ends at
    # 300 / 301 a second is a little slower than the exponential
    assert WINDOW_S * log(move / 0.02) - 30 < closed_s < WINDOW_S * log(move / 0.02) * 1.03
    assert all(breaker.see(10, fallen) == 0 for _ in range(360))
    assert breaker.see(10, fallen * 8 // 10) == REDUCE_ONLY  # and sees the next one


def test_it_opens_at_the_same_second_however_often_it_is_asked() -> None:
    """Once, every second, or a few times: nobody can hold it closed, or open it, by asking."""
    fallen = PRICE * 7 // 10
    opens_s = {}
    for often, asked_s in {"every second": range(1, 2_000), "now and then": range(7, 2_000, 13)}.items():
        breaker = Breaker()
        breaker.see(0, fallen)
        before_s = 0
        for at_s in asked_s:
            if breaker.see(at_s - before_s, fallen) == 0:
                opens_s[often] = at_s
                break
            before_s = at_s
    first_s = opens_s["every second"]
    assert first_s <= opens_s["now and then"] < first_s + 13
    for later_s, verbs in ((first_s - 1, REDUCE_ONLY), (first_s, 0)):
        breaker = Breaker()
        breaker.see(0, fallen)
        assert breaker.see(later_s, fallen) == verbs


@EXACT
@given(
    parts=st.lists(st.integers(1, 5_000), min_size=2, max_size=8),
    slope=st.integers(-4, 4),
    window_s=st.integers(1, 86_400),
    jump_bps=st.integers(-5_000, 5_000),
)
def test_on_a_straight_line_who_asked_on_the_way_changes_nothing(
    parts: list[int], slope: int, window_s: int, jump_bps: int
) -> None:
    often, once = Breaker(window_s=window_s), Breaker(window_s=window_s)
    price = PRICE * (10_000 + jump_bps) // 10_000
    for breaker in (often, once):
        breaker.see(1, price)
    at = price
    for part_s in parts:
        at += slope * part_s * WAD // 10
        often.see(part_s, at)
    once.see(sum(parts), at)
    assert abs(often.average - once.average) <= price // 10**15


def test_without_a_price_nothing_changes() -> None:
    breaker = Breaker()
    before = breaker.memo
    assert (breaker.see(10, 0), breaker.memo) == (0, before)
    breaker.see(0, PRICE // 2)
    before = breaker.memo
    assert (breaker.see(10, 0), breaker.memo) == (REDUCE_ONLY, before)
    assert Policy(MOVE, [WAD] * 8, [WAD] * 8, 1, 0).call("closed", 0, 0, *FLAT, 0, 0) == (0, 0)


calls = st.lists(st.tuples(st.sampled_from([0, 1, 10, 60, 3_600]), st.integers(-3_000, 3_000)), min_size=1, max_size=25)


@EXACT
@given(
    on=usd(1),
    off_share=st.integers(1, 100),
    window_s=st.integers(1, 86_400),
    minimum_s=st.integers(0, 86_400),
    path=calls,
)
def test_every_call_follows_the_rule_exactly(
    on: int, off_share: int, window_s: int, minimum_s: int, path: list[tuple[int, int]]
) -> None:
    off = max(1, on * off_share // 100)
    breaker = Breaker(Fraction(on, WAD), Fraction(off, WAD), window_s, minimum_s)
    price = PRICE
    for later_s, bps in path:
        price = max(WAD, price + price * bps // 10_000)
        average, last, tripped_for_s = breaker.average, breaker.price, breaker.tripped_for_s
        verbs = breaker.see(later_s, price)
        kept = Fraction(window_s, window_s + 1) ** later_s
        lags = (1 - kept) * window_s / later_s if later_s else 1  # of a straight line
        gap = (last - average) * kept + (price - last) * lags
        exact = price - gap
        assert abs(breaker.average - exact) <= 2 + Fraction(price, 10**20)
        move, rounding = abs(gap) / exact, Fraction(2, 10**17)
        assert verbs == (0 if breaker.tripped_for_s is None else REDUCE_ONLY)
        if tripped_for_s is None:
            assert breaker.tripped_for_s in (None, 0)
            if abs(move - Fraction(on, WAD)) > rounding:
                assert (breaker.tripped_for_s == 0) == (move > Fraction(on, WAD))
        elif tripped_for_s + later_s < minimum_s:
            assert breaker.tripped_for_s == tripped_for_s + later_s
        elif abs(move - Fraction(off, WAD)) > rounding:
            assert (breaker.tripped_for_s is None) == (move < Fraction(off, WAD))


@EXACT
@given(
    price=st.one_of(st.integers(0, 2**256 - 1), st.just(2**256 - 1)),
    elapsed_s=st.one_of(st.integers(0, 2**256 - 1), st.just(2**256 - 1)),
    memo=st.integers(0, 2**248 - 1),
    pnl=st.lists(st.integers(-(2**255), 2**255 - 1), min_size=2, max_size=2),
)
def test_no_price_and_no_memory_make_it_fail(price: int, elapsed_s: int, memo: int, pnl: list[int]) -> None:
    policy = Policy(MOVE, [WAD // 10] * 8, [WAD // 50] * 8, WINDOW_S, MINIMUM_S)
    verbs, after = policy.call("closed", 7, price, pnl, [0, 0], elapsed_s, memo)
    assert verbs == (REDUCE_ONLY if after >> 2 * PRICE_BITS else 0)


# ------------------------------------------------------------------ profit ratio

#: GMX v2: mints up to 90 %, redemptions up to 70 %; increases here up to 80 %.
GMX_V2 = (WAD * 90 // 100, WAD * 70 // 100, WAD * 80 // 100)


@pytest.mark.parametrize(
    ("profits_usd", "pools_usd", "verbs"),
    [
        ((70, 0), (100, 100), 0),  # at the limit
        ((71, 0), (100, 100), REDEEM | SWAP),
        ((0, 71), (100, 100), REDEEM | SWAP),  # the worse side counts
        ((-500, 81), (100, 100), REDEEM | SWAP | INCREASE),  # losses of the other do not help
        ((91, 81), (100, 100), REDEEM | SWAP | INCREASE | MINT),
        ((71, 71), (1_000, 100), REDEEM | SWAP),
        ((-1, -1), (0, 0), 0),
        ((0, 0), (0, 0), 0),
        ((1, 0), (0, 100), REDEEM | SWAP | INCREASE | MINT),  # nothing backs it
    ],
)
def test_verbs_close_as_the_profit_of_the_worse_side_grows(
    profits_usd: tuple[int, int], pools_usd: tuple[int, int], verbs: int
) -> None:
    pnl = [usd * WAD for usd in profits_usd]
    pool = [usd * WAD for usd in pools_usd]
    assert Policy(RATIO, *GMX_V2).call("closed", 0, PRICE, pnl, pool, 10, 99) == (verbs, 0)


def test_a_ratio_of_zero_never_closes() -> None:
    for verb, ratios in ((MINT, (1, 0, 0)), (REDEEM | SWAP, (0, 1, 0)), (INCREASE, (0, 0, 1)), (0, (0, 0, 0))):
        assert Policy(RATIO, *ratios).call("closed", 0, PRICE, [WAD, 0], [0, 0], 10, 0) == (verb, 0)


@EXACT
@given(
    ratios=st.lists(usd(10), min_size=3, max_size=3),
    pnl=st.lists(st.one_of(usd(10**10), st.just(-WAD)), min_size=2, max_size=2),
    pool=st.lists(st.one_of(usd(10**10), st.just(0)), min_size=2, max_size=2),
)
def test_the_limits_are_exact(ratios: list[int], pnl: list[int], pool: list[int]) -> None:
    verbs, _ = Policy(RATIO, *ratios).call("closed", 3, PRICE, pnl, pool, 10, 0)
    for ratio, closes in zip(ratios, (MINT, REDEEM | SWAP, INCREASE), strict=True):
        is_closed = any(p > Fraction(ratio * value, WAD) for p, value in zip(pnl, pool, strict=True))
        assert verbs & closes == (closes if is_closed else 0)
    assert verbs & (DECREASE | WITHDRAW) == 0
