"""OracleController: free until the seal; then every change is announced, paced and small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from contracts.codes import happy, refuses
from contracts.desk import CLAMPED_MEAN, MINIMUM, REDEMPTION, Desk, FeedRule, Room, VenueRule
from contracts.stage import HALTED, NOBODY, WAD, Contract, event

DAY_S = 86_400
BPS, PERCENT = WAD // 10_000, WAD // 100
RULE = FeedRule(
    min_price_wad=10 * WAD,
    max_price_wad=1_000 * WAD,
    floor_spread_wad=10 * BPS,
    wide_spread_wad=200 * BPS,
    min_venues=3,
    min_weight=3,
    max_venue_share_wad=WAD // 2,
    max_median_distance_wad=2 * PERCENT,
)


class Governed(Desk):
    """A desk whose oracle obeys a controller: five equal venues, a feed in USD, and one redeemed for 1.1 of it."""

    def __init__(self) -> None:
        self.room = Room()
        self.controller: Contract = self.room.deploy("OracleController.vy", self.room.address("admin"))
        self.oracle = self.room.deploy("Oracle.vy", self.controller.address)
        self.controller.send("bind", self.oracle.address, by="admin")
        self.venues, self.feeds = [VenueRule()] * 5, [RULE, replace(RULE, redemption_base=1, redemption_rate_wad=WAD)]
        for v, rule in enumerate(self.venues):
            self.controller.send("set_venue", v, self.venue(rule), by="admin")
        for f, rule in enumerate(self.feeds):
            self.controller.send("set_feed", f, rule.arguments, by="admin")
        self.controller.send("seal", by="admin")
        self.quote_all([100] * 5, [100] * 5)

    def venue(self, rule: VenueRule, by: str = "reporter") -> tuple[Any, ...]:
        return (self.room.address(by), rule.weight, rule.max_age_s, rule.max_confidence_wad)

    def wait(self, seconds: int) -> None:
        """Venues go on reporting, of the same prices."""
        self.advance(seconds)
        self.quote_all([100] * 5, [100] * 5)

    def changed(self, what: str, id_: int, params: tuple[Any, ...]) -> str:
        """What becomes of a change that is announced and set a day later."""
        self.controller.send(f"announce_{what}", id_, params, by="admin")
        self.wait(DAY_S)
        return self.controller.refusal(f"set_{what}", id_, params, by="admin")


@pytest.fixture
def desk() -> Governed:
    return Governed()


def other_venue(desk: Governed, **changes: int) -> tuple[Any, ...]:
    return desk.venue(replace(VenueRule(), **changes))


def other_feed(f: int = 0, **changes: int) -> Callable[[Governed], tuple[int, ...]]:
    return lambda desk: replace(desk.feeds[f], **changes).arguments


# ------------------------------------------------------------------ set-up


@happy("oracle_controller.bind")
@happy("oracle_controller.set_venue")
@happy("oracle_controller.set_feed")
@happy("oracle_controller.seal")
def test_before_the_seal_everything_is_free() -> None:
    room = Room()
    controller = room.deploy("OracleController.vy", room.address("admin"))
    oracle = room.deploy("Oracle.vy", controller.address)
    controller.send("bind", oracle.address, by="admin")
    for weight in (1, 2**32 - 1):
        controller.send("set_venue", 0, (NOBODY, weight, 60, WAD), by="admin")
    for rule in (RULE, replace(RULE, floor_spread_wad=WAD // 10, wide_spread_wad=WAD // 2)):
        controller.send("set_feed", 0, rule.arguments, by="admin")
    assert controller.send("seal", by="admin").events == (event("Sealed", time_s=room.time_s),)
    assert controller.read("is_sealed")
    assert controller.refusal("set_feed", 0, RULE.arguments, by="admin") == "ACCESS_TOO_SOON"


@refuses("oracle_controller.bind", "ACCESS_ALREADY_BOUND")
def test_an_oracle_is_bound_once(desk: Governed) -> None:
    assert desk.controller.refusal("bind", NOBODY, by="admin") == "ACCESS_ALREADY_BOUND"


def test_the_oracle_obeys_nobody_else(desk: Governed) -> None:
    assert desk.oracle.refusal("set_venue", 0, other_venue(desk), by="admin") == "ORACLE_NOT_ADMIN"
    assert desk.oracle.refusal("set_feed", 0, RULE.arguments, by="admin") == "ORACLE_NOT_ADMIN"


@happy("oracle_controller.nominate_admin")
@happy("oracle_controller.accept_admin")
def test_the_admin_changes_in_two_steps(desk: Governed) -> None:
    desk.controller.send("nominate_admin", desk.room.address("keeper"), by="admin")
    assert desk.controller.refusal("accept_admin", by="stranger") == "ACCESS_NOT_PENDING_ADMIN"
    desk.controller.send("accept_admin", by="keeper")
    assert desk.controller.refusal("seal", by="admin") == "ACCESS_NOT_ADMIN"


# ------------------------------------------------------------------ notice and pace


@happy("oracle_controller.announce_venue")
@happy("oracle_controller.announce_feed")
@refuses("oracle_controller.set_venue", "ACCESS_TOO_SOON")
@refuses("oracle_controller.set_feed", "ACCESS_TOO_SOON")
@pytest.mark.parametrize("what", ["venue", "feed"])
def test_a_change_waits_a_day_and_lapses_after_a_week(desk: Governed, what: str) -> None:
    params = other_venue(desk, max_age_s=90) if what == "venue" else other_feed(max_age_s=90)(desk)
    beside = other_venue(desk, max_age_s=91) if what == "venue" else other_feed(max_age_s=91)(desk)
    assert desk.controller.refusal(f"set_{what}", 0, params, by="admin") == "ACCESS_TOO_SOON"
    receipt = desk.controller.send(f"announce_{what}", 0, params, by="admin")
    assert [each.name for each in receipt.events] == [f"{what.title()}Announced"]
    desk.wait(DAY_S - 1)
    assert desk.controller.refusal(f"set_{what}", 0, params, by="admin") == "ACCESS_TOO_SOON"
    desk.wait(1)
    assert desk.controller.refusal(f"set_{what}", 0, beside, by="admin") == "ACCESS_TOO_SOON"  # not what was announced
    desk.wait(6 * DAY_S + 1)
    assert desk.controller.refusal(f"set_{what}", 0, params, by="admin") == "ACCESS_TOO_SOON"
    assert desk.changed(what, 0, params) == "OK"
    assert desk.controller.refusal(f"set_{what}", 0, params, by="admin") == "ACCESS_TOO_SOON"  # once


def test_one_venue_a_day(desk: Governed) -> None:
    """However early they were announced."""
    params = other_venue(desk, max_age_s=90)
    for v in range(5):
        desk.controller.send("announce_venue", v, params, by="admin")
    for v in range(3):
        desk.wait(DAY_S)
        assert desk.controller.refusal("set_venue", v, params, by="admin") == "OK"
        assert desk.controller.refusal("set_venue", v + 1, params, by="admin") == "ACCESS_TOO_SOON"


def test_feeds_change_once_a_day_each(desk: Governed) -> None:
    assert desk.changed("feed", 0, other_feed(max_age_s=90)(desk)) == "OK"
    desk.controller.send("announce_feed", 0, other_feed(max_age_s=80)(desk), by="admin")
    desk.wait(DAY_S - 1)
    assert desk.controller.refusal("set_feed", 0, other_feed(max_age_s=80)(desk), by="admin") == "ACCESS_TOO_SOON"


# ------------------------------------------------------------------ steps


@refuses("oracle_controller.set_venue", "ACCESS_STEP_TOO_LARGE")
@pytest.mark.parametrize(
    ("v", "by", "changes", "answer"),
    [
        (0, "reporter", {"weight": 0}, "OK"),
        (0, "reporter", {"weight": 2}, "OK"),
        (0, "reporter", {"weight": 3}, "ACCESS_STEP_TOO_LARGE"),  # two of five
        (0, "stranger", {}, "OK"),  # one of five changes hands
        (0, "stranger", {"weight": 2}, "ACCESS_STEP_TOO_LARGE"),
        (5, "stranger", {}, "OK"),  # a sixth venue
        (5, "stranger", {"weight": 2}, "ACCESS_STEP_TOO_LARGE"),
        (0, "reporter", {"max_age_s": 30}, "OK"),
        (0, "reporter", {"max_age_s": 29}, "ACCESS_STEP_TOO_LARGE"),
        (0, "reporter", {"max_confidence_wad": WAD}, "ACCESS_STEP_TOO_LARGE"),
    ],
)
def test_a_quarter_of_the_weight_at_most_changes_hands(
    desk: Governed, v: int, by: str, changes: dict[str, int], answer: str
) -> None:
    assert desk.changed("venue", v, desk.venue(replace(VenueRule(), **changes), by)) == answer


@refuses("oracle_controller.set_feed", "ACCESS_STEP_TOO_LARGE")
@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"floor_spread_wad": 20 * BPS}, "OK"),
        ({"floor_spread_wad": 21 * BPS}, "ACCESS_STEP_TOO_LARGE"),
        ({"floor_spread_wad": WAD * 45 // 100, "wide_spread_wad": WAD // 2}, "ACCESS_STEP_TOO_LARGE"),
        ({"wide_spread_wad": 400 * BPS}, "OK"),
        ({"wide_spread_wad": 401 * BPS}, "ACCESS_STEP_TOO_LARGE"),
        ({"min_price_wad": 20 * WAD}, "OK"),
        ({"min_price_wad": 99 * WAD}, "ACCESS_STEP_TOO_LARGE"),
        ({"max_price_wad": 101 * WAD}, "ACCESS_STEP_TOO_LARGE"),
        ({"max_age_s": 1}, "ACCESS_STEP_TOO_LARGE"),
        ({"min_venues": 4}, "OK"),
        ({"min_venues": 8}, "ACCESS_STEP_TOO_LARGE"),
        ({"min_weight": 7}, "ACCESS_STEP_TOO_LARGE"),
        ({"max_venue_share_wad": WAD}, "ACCESS_STEP_TOO_LARGE"),
        ({"max_median_distance_wad": PERCENT}, "OK"),
        ({"max_median_distance_wad": 0}, "ACCESS_STEP_TOO_LARGE"),  # off at once
        ({"max_average_distance_wad": PERCENT, "average_s": 60}, "ACCESS_STEP_TOO_LARGE"),  # narrow at once
        ({"max_average_distance_wad": WAD // 2, "average_s": 60}, "OK"),
        ({"max_step_wad": PERCENT, "max_step_wad_per_s": BPS}, "ACCESS_STEP_TOO_LARGE"),
        ({"aggregator": CLAMPED_MEAN}, "ACCESS_STEP_TOO_LARGE"),  # another feed
        ({"venue": 1}, "ACCESS_STEP_TOO_LARGE"),
    ],
    ids=str,
)
def test_a_feed_moves_by_a_step(desk: Governed, changes: dict[str, int], answer: str) -> None:
    assert desk.changed("feed", 0, other_feed(**changes)(desk)) == answer


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"redemption_rate_wad": 101 * PERCENT}, "OK"),
        ({"redemption_rate_wad": 102 * PERCENT}, "ACCESS_STEP_TOO_LARGE"),
        ({"redemption_rate_wad": 5 * PERCENT}, "ACCESS_STEP_TOO_LARGE"),
        ({"redemption_base": 0}, "ACCESS_STEP_TOO_LARGE"),
        ({"valuation": MINIMUM}, "OK"),
        ({"valuation": REDEMPTION, "redemption_rate_wad": 99 * PERCENT}, "OK"),
    ],
    ids=str,
)
def test_what_collateral_counts_for_moves_by_a_step(desk: Governed, changes: dict[str, int], answer: str) -> None:
    before = desk.prices[1].collateral
    assert desk.changed("feed", 1, other_feed(1, **changes)(desk)) == answer
    assert abs(desk.prices[1].collateral - before) * 100 <= before


def test_a_valuation_far_from_the_market_is_refused(desk: Governed) -> None:
    """However long it was announced: it would liquidate whoever has the asset in the same block."""
    desk.controller.send("announce_feed", 1, other_feed(1, valuation=REDEMPTION)(desk), by="admin")
    desk.advance(DAY_S)
    desk.quote_all([100] * 5, [103] * 5)
    answer = desk.controller.refusal("set_feed", 1, other_feed(1, valuation=REDEMPTION)(desk), by="admin")
    assert answer == "ACCESS_STEP_TOO_LARGE"


def test_a_new_feed_is_announced_like_a_change(desk: Governed) -> None:
    assert desk.controller.refusal("set_feed", 2, RULE.arguments, by="admin") == "ACCESS_TOO_SOON"
    assert desk.changed("feed", 2, RULE.arguments) == "OK"
    assert desk.oracle.read("feed_count") == 3


def test_the_venues_of_a_dead_feed_are_replaced_one_a_day(desk: Governed) -> None:
    for v in range(3):
        desk.controller.send("announce_venue", v, desk.venue(VenueRule(), by="stranger"), by="admin")
    for v in range(3):
        desk.advance(DAY_S)
        desk.controller.send("set_venue", v, desk.venue(VenueRule(), by="stranger"), by="admin")
    assert [price.status for price in desk.prices] == [HALTED, HALTED]
    desk.report(desk.quotes([90] * 3), desk.quotes([90] * 3), by="stranger")
    assert [price.mid for price in desk.prices] == [90 * WAD] * 2


# ------------------------------------------------------------------ bounds


@refuses("oracle_controller.announce_venue", "ORACLE_BAD_PARAMS")
@refuses("oracle_controller.announce_feed", "ORACLE_BAD_PARAMS")
@refuses("oracle_controller.set_venue", "ORACLE_BAD_PARAMS")
@refuses("oracle_controller.set_feed", "ORACLE_BAD_PARAMS")
def test_what_the_oracle_would_refuse_is_not_announced(desk: Governed) -> None:
    venue, feed = other_venue(desk), RULE.arguments
    for function in ("announce_venue", "set_venue"):
        assert desk.controller.refusal(function, 8, venue, by="admin") == "ORACLE_BAD_PARAMS"
    for function in ("announce_feed", "set_feed"):
        assert desk.controller.refusal(function, 8, feed, by="admin") == "ORACLE_BAD_PARAMS"
    wild = other_venue(desk, weight=2**32)
    assert desk.controller.refusal("announce_venue", 0, wild, by="admin") == "ORACLE_BAD_PARAMS"
    assert desk.controller.refusal("announce_feed", 0, other_feed(venue=8)(desk), by="admin") == "ORACLE_BAD_PARAMS"
