"""Margin and circuit breakers: what a position of a stated size needs, and how long a stated move closes the verbs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import exp

from design.effects.table import DAY_S, MILLION, WAD, Case, effect, near, wad

from sim.workbench.bench import START_S, Bench

MARKETS = 8
PRICE = 50_000


def needed_usd(case: Case, m: int, notional_usd: float, open_interest_usd: float = 0.0) -> tuple[float, float]:
    """(initial, maintenance) margin of one position."""
    notionals, interest = [0] * MARKETS, [0] * MARKETS
    notionals[m], interest[m] = wad(Fraction(notional_usd)), wad(Fraction(open_interest_usd))
    initial, maintenance = case.policy.call("requirement", notionals, interest)
    return initial / WAD, maintenance / WAD


@effect(
    *("margin.flat_margin.initial_bps", "margin.square_root_margin.initial_bps"),
    *("margin.open_interest_margin.initial_bps", "margin.flat_margin.maintenance_bps"),
    "margin.square_root_margin.maintenance_bps",
)
def _ten_thousand_dollars_of_position_need_as_many_dollars(case: Case) -> None:
    for m, bps in case.markets():
        assert needed_usd(case, m, 10_000)[case.key.startswith("maintenance")] == near(bps)


@effect("margin.flat_margin.minimum_usd")
def _the_smallest_position_needs_as_many_dollars(case: Case) -> None:
    assert needed_usd(case, 0, 1) == (near(case.value), near(case.value))


@effect("margin.open_interest_margin.maintenance_share_bps")
def _of_every_dollar_of_initial_margin_this_share_is_maintenance(case: Case) -> None:
    for m, share_bps in case.markets():
        initial, maintenance = needed_usd(case, m, 10_000)
        assert maintenance / initial * 10_000 == near(share_bps)


@effect("margin.open_interest_margin.lower_cap_usd")
def _beyond_it_initial_margin_rises(case: Case) -> None:
    for m, cap_usd in case.markets():
        level, there, beyond = (needed_usd(case, m, 10_000, float(cap_usd) * k)[0] for k in (0, 1, 1.1))
        assert level == there < beyond


@effect("margin.open_interest_margin.upper_cap_usd")
def _from_it_on_initial_margin_is_the_whole_notional(case: Case) -> None:
    for m, cap_usd in case.markets():
        before, there, beyond = (needed_usd(case, m, 10_000, float(cap_usd) * k)[0] for k in (0.99, 1, 10))
        assert before < there == beyond == near(10_000)


@effect("margin.square_root_margin.imf_per_sqrt_usd")
def _a_hundred_million_dollars_need_ten_thousand_times_it_a_dollar_more(case: Case) -> None:
    """On top of four fifths of the base; a hundred million is the square of ten thousand."""
    for m, imf in case.markets():
        share = needed_usd(case, m, 100 * MILLION)[0] / (100 * MILLION)
        base = case.other("initial_bps", m) / 10_000
        assert share - 0.8 * base == near(10_000 * float(imf))


@effect("margin.step_tier_margin.leverage", "margin.step_tier_margin.lower_usd")
def _each_thousand_dollars_within_a_tier_need_one_over_its_leverage(case: Case) -> None:
    for m in range(len(case.design.markets)):
        tiers = list(zip(case.other("lower_usd", m), case.other("leverage", m), strict=True))
        for (lower_usd, leverage), below in zip(tiers, (None, *tiers), strict=False):
            lower = float(lower_usd)
            more = needed_usd(case, m, lower + 1_000)[0] - needed_usd(case, m, lower)[0]
            assert more == near(1_000 / leverage)
            if below is not None:
                less = needed_usd(case, m, lower)[0] - needed_usd(case, m, lower - 1_000)[0]
                assert less == near(1_000 / below[1])


def closes(policy: Bench, m: int, *blocks: tuple[int, float]) -> list[bool]:
    """Whether minting is closed after each block: (seconds later, price in USD)."""
    told, memo, now = [], 0, START_S
    for seconds, price in blocks:
        now += seconds
        verbs, memo = policy.at(now).call("closed", m, wad(Fraction(price)), [0, 0], [0, 0], seconds, memo)
        told.append(bool(verbs & 1))
    return told


@effect("circuit.price_move_circuit.on")
def _a_sudden_move_by_more_than_it_closes(case: Case) -> None:
    for m, share in case.markets():
        for sign in (1, -1):
            small, large = (PRICE * (1 + sign * float(share) * k) for k in (0.93, 1.12))
            assert closes(case.policy, m, (60, PRICE), (1, small)) == [False, False]
            assert closes(case.policy, m, (60, PRICE), (1, large)) == [False, True]


@effect("circuit.price_move_circuit.off")
def _it_opens_when_the_move_has_shrunk_to_less_than_it(case: Case) -> None:
    """When the least time is over, for a price that has come back that far, and not for one a tenth further off."""
    wait, window = case.other("minimum_s"), float(case.other("window_s"))
    kept = (window / (window + 1)) ** wait
    lags = window * (1 - kept) / wait  # of a straight line
    for m, share in case.markets():
        fallen = PRICE * (1 - 1.5 * float(case.other("on", m)))
        gap = (PRICE - fallen) * window / (window + 1)
        for k, is_open in ((0.9, True), (1.1, False)):
            move = k * float(share)
            back = (1 - move) * (fallen * lags + gap * kept) / (move + (1 - move) * lags)
            assert closes(case.policy, m, (60, PRICE), (1, fallen), (wait, back))[-1] is not is_open


@effect("circuit.price_move_circuit.window_s")
def _a_sudden_move_has_shrunk_to_an_eth_of_itself_after_it(case: Case) -> None:
    for m, _ in case.markets():
        fallen = PRICE * (1 - 3 * float(case.other("on", m)))
        _, memo = case.policy.call("closed", m, wad(PRICE), [0, 0], [0, 0], 60, 0)
        _, memo = case.policy.call("closed", m, wad(Fraction(fallen)), [0, 0], [0, 0], 1, memo)
        for k in (1, 3):
            seconds = k * case.value
            _, after = case.policy.call("closed", m, wad(Fraction(fallen)), [0, 0], [0, 0], seconds, memo)
            assert (after % 2**104 / WAD - fallen) / (PRICE - fallen) == near(exp(-k), 0.01)


@effect("circuit.price_move_circuit.minimum_s")
def _it_stays_closed_as_long_though_the_price_came_back(case: Case) -> None:
    for m, _ in case.markets():
        fallen = PRICE * (1 - 1.5 * float(case.other("on", m)))
        began = [(60, PRICE), (1, fallen), (1, PRICE)]
        assert closes(case.policy, m, *began, (case.value - 3, PRICE))[1:] == [True] * 3
        assert closes(case.policy, m, *began, (case.value, PRICE))[-1] is False


@effect(*(f"circuit.profit_ratio_circuit.{verb}_ratio" for verb in ("mint", "redeem", "increase")))
def _a_profit_above_the_share_of_what_backs_it_closes(case: Case) -> None:
    bit = {"mint": 0, "redeem": 1, "increase": 3}[case.key.removesuffix("_ratio")]
    for share, is_closed in ((Decimal("0.99"), False), (Decimal("1.01"), case.value > 0)):
        pnl = wad(MILLION * (case.value or 5) * share)
        verbs, _ = case.policy.call("closed", 0, wad(PRICE), [pnl, 0], [wad(MILLION), wad(MILLION)], DAY_S, 0)
        assert bool(verbs >> bit & 1) is is_closed
