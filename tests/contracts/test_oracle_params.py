"""Oracle.set_venue and set_feed: hard bounds, within which reports and reads go on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from contracts.codes import refuses
from contracts.desk import BLEND, CLAMPED_MEAN, MINIMUM, SINGLE_VENUE, FeedRule, five
from contracts.stage import FINE, MAX_UINT, WAD, event

BPS = WAD // 10_000
VENUE = {"weight": 2**32 - 1, "max_age_s": 60, "max_confidence_wad": WAD}
FEED = FeedRule(
    min_price_wad=10**27 - 1,
    max_price_wad=10**27,
    floor_spread_wad=WAD - 1,
    wide_spread_wad=WAD - 1,
    max_age_s=2**32 - 1,
    min_venues=8,
    min_weight=2**35,
    max_venue_share_wad=WAD,
    aggregator=CLAMPED_MEAN,
    venue=7,
    max_median_distance_wad=WAD - 1,
    max_average_distance_wad=WAD - 1,
    average_s=86_400,
    max_step_wad=WAD - 1,
    max_step_wad_per_s=WAD,
    redemption_base=1,
    redemption_rate_wad=10**24,
    redemption_band_wad=WAD,
    valuation=BLEND,
    blend_wad=WAD,
    wide_price=2,
)
PLAIN = FeedRule()
REDEEMED = FeedRule(redemption_rate_wad=WAD, redemption_band_wad=BPS)


def test_a_venue_is_set_at_its_bounds() -> None:
    desk = five()
    params = (desk.room.address("reporter"), *VENUE.values())
    receipt = desk.oracle.send("set_venue", 7, params, by="admin")
    (changed,) = receipt.events
    assert (changed.name, changed.fields["venue"]) == ("VenueChanged", 7)
    assert changed.fields["params"][1:] == params[1:]
    assert tuple(vars(desk.oracle.read("venues", 7)).values()) == params


@pytest.mark.parametrize(
    "rule", [FEED, PLAIN, replace(REDEEMED, redemption_rate_wad=10**12)], ids=["most", "least", "tiny"]
)
def test_a_feed_is_listed_at_its_bounds(rule: FeedRule) -> None:
    desk = five()
    receipt = desk.oracle.send("set_feed", 1, rule.arguments, by="admin")
    assert receipt.events == (event("FeedChanged", feed=1, params=rule.arguments),)
    assert tuple(vars(desk.oracle.read("feeds", 1)).values()) == rule.arguments
    assert desk.oracle.read("feed_count") == 2


@refuses("set_venue", "ORACLE_BAD_PARAMS")
@pytest.mark.parametrize(("v", "changes"), [(8, {}), (0, {"weight": 2**32 + 1})])
def test_a_venue_out_of_bounds_is_refused(v: int, changes: dict[str, int]) -> None:
    desk = five()
    params = (desk.room.address("reporter"), *(VENUE | changes).values())
    assert desk.oracle.refusal("set_venue", v, params, by="admin") == "ORACLE_BAD_PARAMS"


@refuses("set_feed", "ORACLE_BAD_PARAMS")
@pytest.mark.parametrize("f", [2, 8, MAX_UINT])
def test_feeds_are_listed_one_by_one(f: int) -> None:
    assert five().oracle.refusal("set_feed", f, PLAIN.arguments, by="admin") == "ORACLE_BAD_PARAMS"


@pytest.mark.parametrize(
    "changes",
    [
        {"min_price_wad": 10**27},
        {"max_price_wad": 10**27 + 1},
        {"floor_spread_wad": WAD // 2 + 1, "wide_spread_wad": WAD // 2},
        {"wide_spread_wad": WAD},
        {"max_age_s": 2**32},
        {"max_venue_share_wad": WAD + 1},
        {"aggregator": 4},
        {"venue": 8},
        {"max_median_distance_wad": WAD},
        {"max_median_distance_wad": 0},  # a clamp needs a distance
        {"aggregator": SINGLE_VENUE},  # and one venue has none
        {"max_average_distance_wad": WAD},
        {"max_average_distance_wad": 0},  # an average that nothing looks at
        {"average_s": 0},
        {"average_s": 86_401},
        {"max_step_wad": WAD},
        {"max_step_wad": 0},
        {"max_step_wad_per_s": WAD + 1},
        {"max_step_wad_per_s": BPS - 1},  # a real crash would wait too long
        {"max_step_wad_per_s": 0},
        {"redemption_base": 2},  # itself
        {"redemption_base": 3},  # not listed
        {"redemption_base": MAX_UINT},
        {"redemption_rate_wad": 10**24 + 1},
        {"redemption_rate_wad": 10**12 - 1},
        {"redemption_band_wad": WAD + 1},
        {"valuation": 4},
        {"valuation": MINIMUM},  # with a blend
        {"blend_wad": 0},
        {"wide_price": 3},
        {"blend_wad": WAD + 1},
    ],
    ids=str,
)
def test_a_feed_out_of_bounds_is_refused(changes: dict[str, int]) -> None:
    params = replace(FEED, **changes).arguments
    assert five().oracle.refusal("set_feed", 1, params, by="admin") == "ORACLE_BAD_PARAMS"


@pytest.mark.parametrize(
    "changes", [{"redemption_base": 1}, {"redemption_band_wad": BPS}, {"valuation": 1}, {"blend_wad": BPS}], ids=str
)
def test_nothing_is_said_about_redemption_without_a_rate(changes: dict[str, int]) -> None:
    params = replace(PLAIN, **changes).arguments
    assert five().oracle.refusal("set_feed", 1, params, by="admin") == "ORACLE_BAD_PARAMS"


def test_redemptions_neither_chain_nor_circle() -> None:
    desk = five()
    for _ in range(2):
        desk.set_feed(len(desk.feeds), PLAIN)

    def refusal(f: int, base: int) -> str:
        return desk.oracle.refusal("set_feed", f, replace(REDEEMED, redemption_base=base + 1).arguments, by="admin")

    assert refusal(0, base=0) == "ORACLE_BAD_PARAMS"
    assert refusal(1, base=0) == "OK"
    assert refusal(2, base=1) == "ORACLE_BAD_PARAMS"  # which is redeemed for the first
    assert refusal(0, base=2) == "ORACLE_BAD_PARAMS"  # the second would be two steps away
    assert refusal(0, base=1) == "ORACLE_BAD_PARAMS"
    assert refusal(1, base=2) == "OK"
    assert refusal(0, base=2) == "OK"


def test_there_are_at_most_eight_feeds() -> None:
    oracle = five().oracle
    for f in range(1, 8):
        assert oracle.refusal("set_feed", f, FEED.arguments, by="admin") == "OK"
    assert oracle.refusal("set_feed", 8, FEED.arguments, by="admin") == "ORACLE_BAD_PARAMS"


@pytest.mark.parametrize("field", ["max_age_s", "max_confidence_wad"])
def test_no_accepted_venue_stops_reports(field: str) -> None:
    """OR-17"""
    desk = five()
    params = (desk.room.address("reporter"), *(VENUE | {"weight": 1, field: MAX_UINT}).values())
    desk.oracle.attempt("set_venue", 4, params, by="admin")
    words = [quote.word for quote in desk.quotes([100] * 5)]
    assert desk.oracle.refusal("report", [*words, 0, 0, 0], by="reporter") == "OK"


@pytest.mark.parametrize("field", ["max_age_s", "min_venues", "min_weight"])
def test_no_accepted_feed_stops_reads(field: str) -> None:
    """OR-17"""
    desk = five()
    desk.quote(100, 100, 100, 100, 100)
    desk.oracle.attempt("set_feed", 0, replace(PLAIN, **{field: MAX_UINT}).arguments, by="admin")
    status, prices = desk.oracle.attempt("prices", by="stranger")
    assert status == "OK"
    assert prices[0].status == FINE
