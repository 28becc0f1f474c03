"""The oracle of a design: every stage that a file turns on reaches the contract, and what cannot work is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sim.chain.deployment import feeds_of
from sim.chain.settings import Venue, oracle_settings
from sim.design import list_designs, load_design
from sim.inputs.compiler import artifact
from sim.inputs.errors import InputError

VENUES = [Venue("binance", 3), Venue("okx", 2), Venue("kraken", 1)]
BTC, ETH, SOL, USDC = range(4)
BPS, WAD = 10**14, 10**18
STAGES = (
    "aggregator",
    "venue",
    "max_median_distance_wad",
    "max_average_distance_wad",
    "average_s",
    "max_step_wad",
    "max_step_wad_per_s",
    "redemption_base",
    "redemption_rate_wad",
    "redemption_band_wad",
    "valuation",
    "blend_wad",
    "wide_price",
)
#: ETH as a token that is redeemed for SOL, which is listed after it.
REDEEMED = ("oracle.feed.ETH.redemption_rate=1.25", "oracle.feed.ETH.redemption_base=SOL")


def set_feeds(name: str, *overrides: str, venues: Sequence[Venue] = VENUES) -> list[tuple[int, dict[str, Any]]]:
    """Every set_feed of a deployment, in order: the feed, and its rules by name."""
    design = load_design(name, overrides)
    fields = artifact("Oracle.vy").function("set_feed")["inputs"][1]["components"]
    return [
        (step.arguments[0], dict(zip([field["name"] for field in fields], step.arguments[1], strict=True)))
        for step in oracle_settings(design, feeds_of(design), venues, "reporter")
        if step.function == "set_feed"
    ]


def stages(*overrides: str, feed: int = BTC) -> dict[str, int]:
    """What is on for a feed in the end."""
    rules = dict(set_feeds("glp", *overrides))[feed]
    return {name: rules[name] for name in STAGES if rules[name]}


def complaint(*overrides: str) -> str:
    with pytest.raises(InputError) as caught:
        load_design("glp", overrides)
    return str(caught.value)


# ------------------------------------------------------------------ what is set reaches the contract


@pytest.mark.parametrize("name", list_designs())
def test_a_shipped_design_lists_its_feeds_in_their_order(name):
    design = load_design(name)
    listed = [f for f, _ in set_feeds(name, venues=[*VENUES, Venue(str(design.oracle.venue), 1)])]
    feeds = len(feeds_of(design))
    assert listed[:feeds] == list(range(feeds))
    assert set(listed[feeds:]) <= set(range(feeds))


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ((), {}),
        (("mode=weighted_median",), {}),
        (("mode=clamped_mean", "max_median_distance_bps=50"), {"aggregator": 1, "max_median_distance_wad": 50 * BPS}),
        (("mode=single_venue", "venue=kraken"), {"aggregator": 2, "venue": 2}),
        (("mode=mean",), {"aggregator": 3}),
        (("max_median_distance_bps=300",), {"max_median_distance_wad": 300 * BPS}),
        (
            ("max_average_distance_bps=500", "average_s=150"),
            {"max_average_distance_wad": 500 * BPS, "average_s": 150},
        ),
        (("max_step_bps=200", "max_step_bps_per_s=5"), {"max_step_wad": 200 * BPS, "max_step_wad_per_s": 5 * BPS}),
    ],
)
def test_a_stage_that_is_set_reaches_every_feed(overrides, expected):
    keys = [f"oracle.{each}" for each in overrides]
    assert [stages(*keys, feed=f) for f in range(4)] == [expected] * 4


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (("valuation=redemption",), {"valuation": 1}),
        (("valuation=minimum",), {"valuation": 2}),
        (("valuation=blend", "blend=0.25"), {"valuation": 3, "blend_wad": WAD // 4}),
        (("redemption_band_bps=150",), {"redemption_band_wad": 150 * BPS}),
    ],
)
@pytest.mark.parametrize(("base", "id_"), [("USD", 0), ("BTC", BTC + 1), ("USDC", USDC + 1)])
def test_a_redemption_reaches_its_feed_and_no_other(overrides, expected, base, id_):
    place = "oracle.feed.ETH."
    keys = [f"{place}redemption_rate=1.0625", f"{place}redemption_base={base}", *(place + each for each in overrides)]
    base_id = {"redemption_base": id_} if id_ else {}
    assert stages(*keys, feed=ETH) == {"redemption_rate_wad": 10625 * BPS, **expected, **base_id}
    assert stages(*keys, feed=BTC) == {}


def test_a_feed_whose_base_is_listed_later_is_set_again():
    listed = set_feeds("glp", *REDEEMED, "oracle.feed.ETH.valuation=minimum")
    assert [(f, rules["redemption_base"]) for f, rules in listed] == [(BTC, 0), (ETH, 0), (SOL, 0), (USDC, 0), (ETH, 3)]


def test_no_staleness_is_a_limit_of_a_century():
    (_, rules), *_ = set_feeds("glp", "oracle.max_price_age_s=4_000_000_000", "oracle.max_venue_age_s=4_000_000_000")
    assert rules["max_age_s"] == 4_000_000_000
    too_long = complaint("oracle.max_price_age_s=5_000_000_000")
    assert too_long == "--set: oracle.max_price_age_s: expected a number below 4294967296, got 5000000000"


@pytest.mark.parametrize(
    "overrides",
    [
        ("oracle.mode=mean",),
        ("oracle.max_median_distance_bps=300",),
        ("oracle.max_average_distance_bps=500", "oracle.average_s=150"),
        ("oracle.max_step_bps=200", "oracle.max_step_bps_per_s=5"),
        (*REDEEMED, "oracle.feed.ETH.valuation=minimum"),
    ],
)
def test_every_stage_counts_in_the_fingerprint(overrides):
    assert load_design("glp", overrides).fingerprint != load_design("glp").fingerprint


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("oracle.average_s=150", "oracle.average_s=151"),
        ("oracle.max_step_bps_per_s=5", "oracle.max_step_bps_per_s=6"),
        ("oracle.feed.ETH.redemption_rate=1.25", "oracle.feed.ETH.redemption_rate=1.250000000000000001"),
        ("oracle.feed.ETH.redemption_base=SOL", "oracle.feed.ETH.redemption_base=USD"),
        ("oracle.feed.ETH.redemption_band_bps=100", "oracle.feed.ETH.redemption_band_bps=101"),
        ("oracle.feed.ETH.blend=0.5", "oracle.feed.ETH.blend=0.51"),
    ],
)
def test_every_number_of_a_stage_counts_in_the_fingerprint(first, second):
    rest = (
        *("oracle.max_average_distance_bps=500", "oracle.average_s=150"),
        *("oracle.max_step_bps=200", "oracle.max_step_bps_per_s=5"),
        *(*REDEEMED, "oracle.feed.ETH.redemption_band_bps=100"),
        *("oracle.feed.ETH.valuation=blend", "oracle.feed.ETH.blend=0.5"),
    )
    assert load_design("glp", [*rest, first]).fingerprint != load_design("glp", [*rest, second]).fingerprint


# ------------------------------------------------------------------ what cannot work is named


@pytest.mark.parametrize(
    ("overrides", "key", "expected"),
    [
        (
            ("oracle.mode=median",),
            "oracle.mode",
            "'weighted_median', 'clamped_mean', 'single_venue' or 'mean', got median",
        ),
        (
            ("oracle.mode=clamped_mean",),
            "oracle.max_median_distance_bps",
            "a number of basis points to clamp to (mode clamped_mean)",
        ),
        (
            ("oracle.mode=single_venue", "oracle.venue=a", "oracle.max_median_distance_bps=5"),
            "oracle.max_median_distance_bps",
            "no value, as one venue is its own median (mode single_venue), got 5",
        ),
        (("oracle.max_median_distance_bps=10_000",), "oracle.max_median_distance_bps", "a number below 10000"),
        (("oracle.max_median_distance_bps=0",), "oracle.max_median_distance_bps", "a positive number"),
        (("oracle.average_s=150",), "oracle.max_average_distance_bps", "a number, as average_s is set"),
        (("oracle.max_average_distance_bps=5",), "oracle.average_s", "a number, as max_average_distance_bps is set"),
        (
            ("oracle.max_average_distance_bps=5", "oracle.average_s=86_401"),
            "oracle.average_s",
            "a number of at most 86400",
        ),
        (("oracle.max_step_bps=5",), "oracle.max_step_bps_per_s", "a number, as max_step_bps is set"),
        (("oracle.max_step_bps_per_s=5",), "oracle.max_step_bps", "a number, as max_step_bps_per_s is set"),
        (("oracle.wide_bps=10_000",), "oracle.wide_bps", "a number below 10000"),
        (("oracle.floor_spread_bps=101",), "oracle.floor_spread_bps", "at most wide_bps, got 101"),
    ],
)
def test_limits_that_cannot_work_are_named(overrides, key, expected):
    assert complaint(*overrides).startswith(f"--set: {key}: expected {expected}")


@pytest.mark.parametrize(
    ("keys", "key", "expected"),
    [
        (("redemption_base=SOL",), "redemption_rate", "a number, as redemption_base is set"),
        (("redemption_band_bps=5",), "redemption_rate", "a number, as redemption_band_bps is set"),
        (("valuation=minimum",), "redemption_rate", "a number, as valuation is set"),
        (("blend=0.5",), "redemption_rate", "a number, as blend is set"),
        (("redemption_rate=0",), "redemption_rate", "a positive number"),
        (("redemption_rate=0.0000009",), "redemption_rate", "a number of at least 0.000001, got 0.0000009"),
        (("redemption_rate=1e7",), "redemption_rate", "a number of at most 1000000"),
        (
            ("redemption_rate=1", "redemption_base=SOL"),
            "redemption_rate",
            "redemption_band_bps or a valuation beside it, else nothing uses it",
        ),
        (
            ("redemption_rate=1", "valuation=minimum"),
            "redemption_base",
            "USD or another feed (BTC, SOL, USDC)",
        ),
        (
            ("redemption_rate=1", "valuation=minimum", "redemption_base=ETH"),
            "redemption_base",
            "USD or another feed (BTC, SOL, USDC), got ETH",
        ),
        (
            ("redemption_rate=1", "valuation=blend", "redemption_base=SOL"),
            "blend",
            "a share for the valuation blend, and none for another",
        ),
        (
            ("redemption_rate=1", "valuation=minimum", "redemption_base=SOL", "blend=0.5"),
            "blend",
            "a share for the valuation blend, and none for another, got 0.5",
        ),
        (("valuation=maximum",), "valuation", "'market', 'redemption', 'minimum' or 'blend', got maximum"),
    ],
)
def test_redemptions_that_cannot_work_are_named(keys, key, expected):
    overrides = [f"oracle.feed.ETH.{each}" for each in keys]
    assert complaint(*overrides).startswith(f"--set: oracle.feed[ETH].{key}: expected {expected}")


def test_a_base_that_is_redeemed_itself_is_named():
    chain = [f"oracle.feed.SOL.{each}" for each in ("redemption_rate=2", "redemption_base=BTC", "valuation=minimum")]
    message = complaint(*REDEEMED, "oracle.feed.ETH.valuation=minimum", *chain)
    expected = "a feed that is not redeemed for another feed (SOL is, for BTC), got SOL"
    assert message == f"--set: oracle.feed[ETH].redemption_base: expected {expected}"
    dollar = [each.replace("BTC", "USD") for each in chain]
    assert stages(*REDEEMED, "oracle.feed.ETH.valuation=minimum", *dollar, feed=ETH)["redemption_base"] == SOL + 1


def test_a_venue_that_the_scenario_does_not_have_is_named():
    with pytest.raises(InputError) as caught:
        set_feeds("glp", "oracle.mode=single_venue", "oracle.venue=bybit")
    assert str(caught.value) == (
        "glp: oracle.venue: expected one of the scenario's venues binance, okx, kraken, got bybit"
    )
