"""Oracle.first_price_after and its kin: at which price a request executes, whoever executes it and whenever."""

from __future__ import annotations

import pytest
from contracts.desk import Desk, Quote, five
from contracts.stage import FINE, HALTED, T0, WAD, WIDE

LOW, MID, HIGH = range(3)
SLOTS = 16


def first_usd(desk: Desk, time_s: int) -> float | None:
    """Mid of the first price after a time; None if there is none."""
    price = desk.oracle.read("first_price_after", 0, time_s)
    assert (price.status == HALTED) == (price.mid == 0)
    return price.mid / WAD or None


def quoted(desk: Desk, usd: float, seconds: int = 1) -> None:
    """A later block in which every venue says the same."""
    desk.advance(seconds)
    desk.quote(*[usd] * 5)


def test_a_request_waits_for_a_price_that_knows_nothing_older() -> None:
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(1)
    asked_at = T0 + 1
    desk.quote(101, 101, 101, 101)
    assert desk.price.observed_from_s == T0  # the fifth venue's
    desk.advance(1)
    desk.quote(102, 102, 102, 102)
    desk.advance(1)
    assert first_usd(desk, asked_at) is None
    desk.quote(None, None, None, None, 103)
    assert desk.price.observed_from_s == T0 + 2
    desk.advance(1)
    assert first_usd(desk, asked_at) == 102.0  # as of the block in which the last venue was heard
    assert first_usd(desk, T0 + 2) is None


def test_a_price_is_final_when_its_block_is_over() -> None:
    desk = five()
    desk.advance(2)
    desk.report([Quote(100 * WAD, 0, T0 + 1)] * 5)
    assert first_usd(desk, T0) is None
    desk.quote(101, 101, 101, 101, 101)
    assert first_usd(desk, T0) is None
    desk.advance(1)
    assert first_usd(desk, T0) == 101.0


@pytest.mark.parametrize("later", [1, 5, SLOTS - 1])
def test_who_waits_has_no_other_price_to_offer(later: int) -> None:
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    quoted(desk, 101)
    for step in range(later):
        quoted(desk, 101 + step % 3)
    assert first_usd(desk, T0) == 101.0
    assert desk.oracle.read("remembers", 0, T0)


def test_what_is_forgotten_is_not_answered_by_what_came_later() -> None:
    """The order book gives the order back instead."""
    desk = five()
    for _ in range(SLOTS + 1):
        quoted(desk, 101)
    assert desk.oracle.read("remembers", 0, T0 + 1)
    assert first_usd(desk, T0 + 1) == 101.0
    assert not desk.oracle.read("remembers", 0, T0)
    assert first_usd(desk, T0) is None


def test_a_feed_that_never_had_a_price_remembers_that() -> None:
    desk = five()
    assert desk.oracle.read("remembers", 0, 0)
    assert first_usd(desk, 0) is None


def test_a_price_from_before_a_halt_still_executes_what_waited_for_it() -> None:
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    quoted(desk, 101)
    desk.advance(70)
    desk.quote(90)
    assert desk.price.status == HALTED
    assert first_usd(desk, T0) == 101.0
    quoted(desk, 95)
    desk.advance(1)
    assert (first_usd(desk, T0), first_usd(desk, T0 + 1)) == (101.0, 95.0)


def test_a_price_that_its_own_block_took_back_never_was_one() -> None:
    desk = five(max_step_wad=WAD // 100, max_step_wad_per_s=WAD // 1_000)
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(2)
    desk.report([Quote(101 * WAD, 0, T0 + 1)] * 5)
    desk.quote(120, 120, 120, 120, 120)
    desk.advance(1)
    assert first_usd(desk, T0) is None
    assert desk.price.status == HALTED


def test_the_status_is_that_of_the_making() -> None:
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(1)
    desk.quote(97, 97, 100, 103, 103)
    quoted(desk, 100)
    desk.advance(1)
    assert desk.oracle.read("first_price_after", 0, T0).status == WIDE
    assert desk.oracle.read("first_price_after", 0, T0 + 1).status == FINE


@pytest.mark.parametrize(
    ("edge", "bound_usd", "is_rising", "found_usd"),
    [
        (MID, 102, True, 103),
        (MID, 103, True, 103),
        (MID, 99, False, 98),
        (LOW, 98, False, 98),
        (HIGH, 103, True, 103),
        (MID, 200, True, None),
        (LOW, 100, True, 103),  # the band of 100 reaches below it
    ],
)
def test_a_trigger_takes_the_first_price_that_reached_it(
    edge: int, bound_usd: int, is_rising: bool, found_usd: float | None
) -> None:
    """Whoever could have executed at 103 has no 105 to offer later."""
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    for usd in (100, 103, 98, 105, 97, 100):
        quoted(desk, usd)
    desk.advance(1)
    price = desk.oracle.read("first_price_reaching", 0, T0, edge, bound_usd * WAD, is_rising)
    assert (price.mid / WAD or None) == found_usd


def test_what_was_first_is_not_guessed_when_it_is_forgotten() -> None:
    """Who lets a limit lie has no choice among later prices: the bound is left and reached again, or there is none."""
    desk = five()
    desk.quote(100, 100, 100, 100, 100)

    def reached_usd() -> float | None:
        return desk.oracle.read("first_price_reaching", 0, T0, MID, 103 * WAD, True).mid / WAD or None

    for usd in (104, *range(105, 104 + SLOTS)):
        quoted(desk, usd)
    assert reached_usd() == 104.0
    quoted(desk, 103)
    quoted(desk, 103)
    assert reached_usd() is None
    for usd in (102, *[101] * (SLOTS - 1)):
        quoted(desk, usd)
    quoted(desk, 106)
    quoted(desk, 107)
    assert reached_usd() == 106.0


def test_it_knows_the_edges_of_the_prices_that_it_remembers() -> None:
    desk = five(floor_spread_wad=WAD // 100)
    assert not desk.oracle.read("has_shown", 0, 0, False)
    desk.quote(100, 100, 100, 100, 100)
    price = desk.price
    for step in range(SLOTS + 1):
        known = [desk.oracle.read("has_shown", 0, *edge) for edge in ((price.low, False), (price.high, True))]
        strange = [
            (price.mid, False),
            (price.mid, True),
            (price.low, True),
            (price.high, False),
            (price.low + 1, False),
        ]
        assert known == [True, True]
        assert not any(desk.oracle.read("has_shown", 0, *edge) for edge in strange)
        quoted(desk, 200 + step)
    assert not desk.oracle.read("has_shown", 0, price.low, False)


# ------------------------------------------------------------------ catching up


def test_while_a_step_limit_binds_readers_see_where_venues_are() -> None:
    desk = five(max_step_wad=WAD // 100, max_step_wad_per_s=WAD // 1_000)
    desk.quote(100, 100, 100, 100, 100)
    assert desk.price.shown == desk.price.mid
    quoted(desk, 90)
    assert (desk.mid_usd, desk.price.shown, desk.price.status) == (100.0, 90 * WAD, HALTED)
    quoted(desk, 1_000_000 - 1)
    assert desk.price.shown == 938_860_700_000_000_000_000  # as far as is told


def test_a_minority_is_not_shown_as_the_way_things_go() -> None:
    desk = five(max_step_wad=WAD // 100, max_step_wad_per_s=WAD // 1_000)
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(1)
    desk.quote(100, 100, 100, 50, 50)
    assert desk.price.shown == 100 * WAD
    desk.advance(70)
    desk.quote(50, 50)
    assert (desk.price.status, desk.price.shown) == (HALTED, 0)  # no quorum shows nothing


def test_a_price_against_the_median_of_all_is_wide() -> None:
    """Three of five venues fell out of the average's reach; the two that lag make a price, and nobody is sure of it."""
    desk = five(max_average_distance_wad=WAD // 20, average_s=1_000, min_venues=2, max_venue_share_wad=WAD)
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(1)
    desk.quote(90, 90, 90, 100, 100)
    assert (desk.mid_usd, desk.price.shown, desk.price.status) == (100.0, 90 * WAD, WIDE)


def test_the_age_of_the_oldest_quote_ends_at_what_is_told() -> None:
    desk = five(max_age_s=100_000)
    for v in range(5):
        desk.set_venue(v, desk.venues[v].__class__(max_age_s=100_000))
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(2**14 - 2)
    desk.quote(None, 100, 100, 100, 100)
    assert desk.price.observed_from_s == T0
    desk.advance(1)
    desk.quote(None, 100, 100, 100, 100)
    assert desk.price.observed_from_s == 0
