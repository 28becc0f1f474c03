"""Oracle.set_venue and set_feed: hard bounds, within which reports and reads go on."""

from __future__ import annotations

from typing import Any

import pytest
from contracts.codes import refuses
from contracts.desk import FeedRule, five
from contracts.stage import FINE, MAX_UINT, WAD, event

VENUE = {"weight": 2**32 - 1, "max_age_s": 60, "max_confidence_wad": WAD}
FEED = {
    "min_price_wad": 10**27 - 1,
    "max_price_wad": 10**27,
    "floor_spread_wad": WAD - 1,
    "wide_spread_wad": WAD - 1,
    "max_age_s": 60,
    "min_venues": 8,
    "min_weight": 2**35,
    "max_venue_share_wad": WAD,
    "is_single_venue": False,
    "venue": 7,
}


def test_a_venue_is_set_at_its_bounds() -> None:
    desk = five()
    params = (desk.stage.address("reporter"), *VENUE.values())
    receipt = desk.oracle.send("set_venue", 7, params, by="admin")
    (changed,) = receipt.events
    assert (changed.name, changed.fields["venue"]) == ("VenueChanged", 7)
    assert changed.fields["params"][1:] == params[1:]
    assert tuple(vars(desk.oracle.read("venues", 7)).values()) == params


def test_a_feed_is_listed_at_its_bounds() -> None:
    desk = five()
    params = tuple(FEED.values())
    receipt = desk.oracle.send("set_feed", 1, params, by="admin")
    assert receipt.events == (event("FeedChanged", feed=1, params=params),)
    assert tuple(vars(desk.oracle.read("feeds", 1)).values()) == params
    assert desk.oracle.read("feed_count") == 2


@refuses("set_venue", "ORACLE_BAD_PARAMS")
@pytest.mark.parametrize(("v", "changes"), [(8, {}), (0, {"weight": 2**32 + 1})])
def test_a_venue_out_of_bounds_is_refused(v: int, changes: dict[str, int]) -> None:
    desk = five()
    params = (desk.stage.address("reporter"), *(VENUE | changes).values())
    assert desk.oracle.refusal("set_venue", v, params, by="admin") == "ORACLE_BAD_PARAMS"


@refuses("set_feed", "ORACLE_BAD_PARAMS")
@pytest.mark.parametrize(
    ("f", "changes"),
    [
        (2, {}),  # feeds are listed one by one
        (8, {}),
        (1, {"min_price_wad": 10**27}),
        (1, {"max_price_wad": 10**27 + 1}),
        (1, {"floor_spread_wad": WAD // 2 + 1, "wide_spread_wad": WAD // 2}),
        (1, {"wide_spread_wad": WAD}),
        (1, {"venue": 8}),
        (1, {"max_venue_share_wad": WAD + 1}),
    ],
    ids=str,
)
def test_a_feed_out_of_bounds_is_refused(f: int, changes: dict[str, Any]) -> None:
    params = tuple((FEED | changes).values())
    assert five().oracle.refusal("set_feed", f, params, by="admin") == "ORACLE_BAD_PARAMS"


def test_there_are_at_most_eight_feeds() -> None:
    oracle = five().oracle
    for f in range(1, 8):
        assert oracle.refusal("set_feed", f, tuple(FEED.values()), by="admin") == "OK"
    status = oracle.refusal("set_feed", 8, tuple(FEED.values()), by="admin")
    assert status == "ORACLE_BAD_PARAMS"


@pytest.mark.parametrize("field", ["max_age_s", "max_confidence_wad"])
def test_no_accepted_venue_stops_reports(field: str) -> None:
    """OR-17"""
    desk = five()
    params = (desk.stage.address("reporter"), *(VENUE | {"weight": 1, field: MAX_UINT}).values())
    desk.oracle.attempt("set_venue", 4, params, by="admin")
    words = [quote.word for quote in desk.quotes([100] * 5)]
    assert desk.oracle.refusal("report", [*words, 0, 0, 0], by="reporter") == "OK"


@pytest.mark.parametrize("field", ["max_age_s", "min_venues", "min_weight"])
def test_no_accepted_feed_stops_reads(field: str) -> None:
    """OR-17"""
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    rule = dict(zip(FeedRule.__dataclass_fields__, FeedRule().arguments, strict=True))
    desk.oracle.attempt("set_feed", 0, tuple((rule | {field: MAX_UINT}).values()), by="admin")
    status, prices = desk.oracle.attempt("prices", by="stranger")
    assert status == "OK"
    assert prices[0].status == FINE
