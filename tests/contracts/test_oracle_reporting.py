"""Oracle.report: who may speak, and one price per block."""

from __future__ import annotations

import pytest
from contracts.codes import refuses
from contracts.desk import FeedRule, Quote, VenueRule, five
from contracts.stage import FINE, HALTED, NOBODY, T0, WAD

# ------------------------------------------------------------------ one price per block


def test_a_second_report_in_a_block_changes_no_price() -> None:
    """OR-09"""
    desk = five()
    desk.quote(100, 100, 100)
    price, history = desk.price, desk.oracle.read("history", 0)
    receipt = desk.quote(None, None, None, 110, 110)
    assert receipt.events == ()
    assert (desk.price, desk.oracle.read("history", 0)) == (price, history)


def test_a_halt_is_the_decision_of_its_block() -> None:
    desk = five()
    desk.quote(100, 100)
    assert desk.quote(None, None, 100, 100, 100).events == ()
    assert desk.price.status == HALTED


def test_what_came_second_in_a_block_counts_in_the_next_report() -> None:
    """No reporter silences another by being first."""
    desk = five()
    for v, by in enumerate(("stranger", "lp", "keepers")):
        desk.set_venue(v, VenueRule(), by=by)
    for v, by in enumerate(("stranger", "lp", "keepers")):
        desk.report([Quote(100 * WAD, 0, T0) if v == mine else None for mine in range(3)], by=by)
    assert desk.price.status == HALTED  # the first one was alone
    desk.advance(1)
    desk.report([Quote(101 * WAD, 0, T0 + 1)], by="stranger")
    assert (desk.price.mid, desk.price.status) == (100 * WAD, FINE)


def test_feeds_have_a_block_each() -> None:
    desk = five()
    desk.set_feed(1, FeedRule())
    receipt = desk.quote_all([100, 100, 100], [200, 200, 200])
    assert [each.fields["feed"] for each in receipt.events] == [0, 1]
    desk.set_feed(2, FeedRule())
    receipt = desk.quote_all([110] * 5, [210] * 5, [300, 300, 300])
    assert [each.fields["feed"] for each in receipt.events] == [2]


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
    """Else anybody could make the price of a block, from what was held before it."""
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
