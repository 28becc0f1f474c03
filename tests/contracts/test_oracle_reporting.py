"""Oracle.report: who may speak, and how the quotes of a block become one price."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.desk import Desk, FeedRule, Quote, VenueRule, five
from contracts.stage import FINE, HALTED, NOBODY, T0, WAD

# ------------------------------------------------------------------ quotes of a block are merged


def words_of(desk: Desk) -> list[int]:
    """What the oracle keeps of the first feed but its quotes."""
    kept = [desk.oracle.read(name, 0) for name in ("cached", "averages")]
    return kept + [desk.oracle.read("recent", slot) for slot in range(16)]


@pytest.mark.parametrize("others", [[None] * 5, [None, None, None, None, 500], [90, 90, 90, 90, 90]])
def test_who_brings_nothing_new_changes_nothing_for_anybody(others: list[float | None]) -> None:
    """An empty batch, one of a venue without weight, one of what is held already: first in a block, or last."""
    desk = five()
    desk.set_venue(4, VenueRule(weight=0))
    desk.quote(100, 100, 100, 100)
    desk.advance(1)
    silent = [Quote(round(p) * WAD, 0, T0 + (v == 4)) if p is not None else None for v, p in enumerate(others)]
    price, kept = desk.price, words_of(desk)
    assert desk.report(silent).events == ()
    assert (desk.price, words_of(desk)) == (price, kept)
    desk.quote(110, 110, 110, 110)
    price, kept = desk.price, words_of(desk)
    assert price.mid == 110 * WAD
    assert desk.report(silent).events == ()
    assert (desk.price, words_of(desk)) == (price, kept)


def test_a_venue_that_speaks_in_the_same_block_is_heard() -> None:
    """No reporter silences another by being first."""
    desk = five()
    for v, by in enumerate(("stranger", "lp", "keepers")):
        desk.set_venue(v, VenueRule(), by=by)
    for v, by in enumerate(("stranger", "lp", "keepers")):
        assert desk.price.status == HALTED  # alone, or with one other
        desk.report([Quote((100 + v) * WAD, 0, T0) if v == mine else None for mine in range(3)], by=by)
    assert (desk.price.mid, desk.price.status) == (101 * WAD, FINE)


def test_a_lone_venue_does_not_decide_whether_there_is_a_price() -> None:
    """An unsure message first in the block takes the price away; as soon as the others have spoken it is back."""
    desk = Desk([VenueRule()] * 4, FeedRule())
    desk.quote(100, 100, 100)
    desk.advance(1)
    desk.report([Quote(100 * WAD, 50 * WAD, T0 + 1)])
    assert (desk.mid_usd, desk.price.status) == (100.0, HALTED)
    desk.quote(None, 101, 101, 101)
    assert (desk.mid_usd, desk.price.status) == (101.0, FINE)


def test_a_step_is_measured_from_the_last_price_of_an_earlier_block() -> None:
    """1 % and 0.1 % a second: one block lets a price go as far as one batch does, however often it is replaced."""
    desk = five(max_step_wad=WAD // 100, max_step_wad_per_s=WAD // 1_000, wide_spread_wad=WAD // 2)
    desk.quote(100, 100, 100, 100, 100)
    desk.advance(3)
    desk.report([Quote(101 * WAD, 0, T0 + 1)] * 5)
    desk.report([Quote(102 * WAD, 0, T0 + 2)] * 5)
    assert (desk.mid_usd, desk.price.status) == (100.0, HALTED)  # 1.3 % are allowed, and the block's own 101 is gone
    desk.quote(101.3, 101.3, 101.3, 101.3, 101.3)
    assert (desk.mid_usd, desk.price.status) == (101.3, FINE)
    desk.advance(10)
    desk.quote(103.3, 103.3, 103.3, 103.3, 103.3)
    assert desk.mid_usd == 103.3  # 2 % from 101.3, not from any price that was replaced


def test_the_band_reaches_to_the_mids_that_it_replaced_and_not_to_their_edges() -> None:
    """Until the block is over: two venues of five show 50 first, and no account is liquidated at that."""
    desk = five(wide_spread_wad=WAD // 2)
    desk.advance(2)
    desk.report([Quote(p * WAD, 0, T0) for p in (60, 60, 100, 100, 100)])
    assert desk.band_usd == (60.0, 100.0, 140.0)
    desk.report([Quote(p * WAD, 0, T0 + 1) for p in (104, 104, 104, 104, 104)])
    assert desk.band_usd == (100.0, 104.0, 104.0)
    desk.quote(103, 103, 103, 103, 103)
    assert desk.band_usd == (100.0, 103.0, 104.0)
    desk.advance(1)
    assert desk.band_usd == (103.0, 103.0, 103.0)


def test_feeds_are_merged_each_for_itself() -> None:
    desk = five()
    desk.set_feed(1, FeedRule())
    receipt = desk.quote_all([100, 100, 100], [200, 200, 200])
    assert [each.fields["feed"] for each in receipt.events] == [0, 1]
    desk.set_feed(2, FeedRule())
    receipt = desk.quote_all([], [None, None, None, 210, 210], [300, 300, 300])
    assert [each.fields["feed"] for each in receipt.events] == [1, 2]


# ------------------------------------------------------------------ refusals


@refuses("report", "ORACLE_BAD_BATCH")
@pytest.mark.parametrize("length", [0, 7, 9, 16])
def test_a_report_has_eight_words_for_each_feed(length: int) -> None:
    assert five().oracle.refusal("report", [0] * length, by="reporter") == "ORACLE_BAD_BATCH"


@refuses("report", "ORACLE_NOT_REPORTER")
def test_only_its_reporter_speaks_for_a_venue() -> None:
    desk = five()
    batch = desk.words([None, None, Quote(100 * WAD, 0, T0)])
    assert desk.oracle.refusal("report", batch, by="stranger") == "ORACLE_NOT_REPORTER"
    desk.set_venue(2, VenueRule(), by="stranger")
    assert desk.oracle.refusal("report", batch, by="stranger") == "OK"
    assert desk.oracle.refusal("report", batch, by="reporter") == "ORACLE_NOT_REPORTER"


def test_only_a_reporter_may_say_nothing() -> None:
    desk = five()
    assert desk.oracle.refusal("report", [0] * 8, by="stranger") == "ORACLE_NOT_REPORTER"
    desk.set_venue(4, VenueRule(), by="stranger")
    assert desk.oracle.refusal("report", [0] * 8, by="stranger") == "OK"


def test_a_venue_that_is_not_set_has_no_reporter() -> None:
    batch = [*[0] * 7, Quote(100 * WAD, 0, T0).word]
    assert five().oracle.refusal("report", batch, by="reporter") == "ORACLE_NOT_REPORTER"


@refuses("set_venue", "ORACLE_NOT_ADMIN")
@refuses("set_feed", "ORACLE_NOT_ADMIN")
@pytest.mark.parametrize("role", ["reporter", "stranger"])
def test_only_the_admin_sets_venues_and_feeds(role: str) -> None:
    refusal = five().oracle.refusal
    assert refusal("set_venue", 0, (NOBODY, 1, 1, 1), by=role) == "ORACLE_NOT_ADMIN"
    assert refusal("set_feed", 0, FeedRule().arguments, by=role) == "ORACLE_NOT_ADMIN"
