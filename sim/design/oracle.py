"""The oracle's tables of a design file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sim.design.numbers import WAD, WAD_PER_BPS, Bps, Number, Seconds, Share, Usd, Whole, scaled_down
from sim.design.tables import Symbol, Table, Text

#: What the oracle stores in 32 bits.
OracleSeconds = Annotated[Seconds, Field(lt=2**32)]
#: Share of a price by which another may differ from it.
Distance = Annotated[Whole, Field(gt=0, lt=10_000)]

#: Names of the ids in contracts/lib/feed_rules.vy, in their order.
AGGREGATORS = ("weighted_median", "clamped_mean", "single_venue", "mean")
WIDE_PRICES = ("edge", "mid", "none")
VALUATIONS = ("market", "redemption", "minimum", "blend")
#: A redemption base that is no feed.
DOLLAR = "USD"
#: The oracle's own bound.
LEAST_RATE_WAD = 10**12


class Feed(Table):
    """A price: its bounds, outside which a quote does not count, and what the asset is redeemed for."""

    symbol: Symbol
    min_usd: Annotated[Usd, Field(gt=0, le=10**9)]
    max_usd: Annotated[Usd, Field(gt=0, le=10**9)]
    redemption_rate: Annotated[Number, Field(gt=0, le=10**6, decimal_places=18)] | None = None
    redemption_base: Symbol | None = None  # one token is redeemed for redemption_rate of it: a feed's symbol, or USD
    redemption_band_bps: Annotated[Bps, Field(gt=0)] | None = None  # further than this from redemption is WIDE
    valuation: Literal["market", "redemption", "minimum", "blend"] = "market"  # at which collateral counts
    blend: Annotated[Share, Field(gt=0)] | None = None  # share of redemption in the valuation blend

    @property
    def min_usd_wad(self) -> int:
        return scaled_down(self.min_usd, WAD)

    @property
    def max_usd_wad(self) -> int:
        return scaled_down(self.max_usd, WAD)

    @property
    def redemption_rate_wad(self) -> int:
        return scaled_down(self.redemption_rate or 0, WAD)

    @property
    def redemption_band_wad(self) -> int:
        return (self.redemption_band_bps or 0) * WAD_PER_BPS

    @property
    def valuation_id(self) -> int:
        return VALUATIONS.index(self.valuation)

    @property
    def blend_wad(self) -> int:
        return scaled_down(self.blend or 0, WAD)


def _by_symbol(feeds: tuple[Feed, ...]) -> tuple[Feed, ...]:
    return tuple(sorted(feeds, key=lambda feed: feed.symbol))


class Oracle(Table):
    """How the venues' quotes become one price band. The scenario names and weighs the venues.

    A stage whose keys are left out is off. Limits come in pairs: a step has a size and a rate per second, so that a
    crash that is real passes; a distance to the time average has a time constant.
    """

    mode: Literal["weighted_median", "clamped_mean", "single_venue", "mean"]
    venue: Text | None = None  # of the mode single_venue
    min_venues: Annotated[Whole, Field(ge=1, le=8)]  # fresh ones
    min_weight_share: Share  # fresh weight / weight of all venues
    max_venue_share: Annotated[Share, Field(gt=0)]  # one venue's weight / fresh weight
    floor_spread_bps: Bps  # least half width of the band
    wide_bps: Annotated[Whole, Field(gt=0, lt=10_000)]  # half width above which the status is WIDE
    wide_price: Literal["edge", "mid", "none"] = "edge"  # of a WIDE band: all of it, its mid, or no price
    max_price_age_s: OracleSeconds  # as good as no limit: 4_000_000_000
    max_venue_age_s: OracleSeconds
    max_confidence_bps: Annotated[Bps, Field(gt=0)]
    max_median_distance_bps: Distance | None = None  # quotes beyond drop out; clamped_mean clamps them
    max_average_distance_bps: Distance | None = None  # quotes beyond drop out
    average_s: Annotated[Seconds, Field(le=86_400)] | None = None  # time constant of the average
    max_step_bps: Distance | None = None  # a price further from the last one is none
    max_step_bps_per_s: Annotated[Bps, Field(gt=0)] | None = None  # and for each second since the last one
    feeds: Annotated[tuple[Feed, ...], AfterValidator(_by_symbol), Field(alias="feed", min_length=1, max_length=8)]

    @property
    def is_single_venue(self) -> bool:
        return self.mode == "single_venue"

    @property
    def aggregator(self) -> int:
        """Id of the mode in contracts/lib/feed_rules.vy."""
        return AGGREGATORS.index(self.mode)

    @property
    def min_weight_share_wad(self) -> int:
        return scaled_down(self.min_weight_share, WAD)

    @property
    def max_venue_share_wad(self) -> int:
        return scaled_down(self.max_venue_share, WAD)

    @property
    def floor_spread_wad(self) -> int:
        return self.floor_spread_bps * WAD_PER_BPS

    @property
    def wide_wad(self) -> int:
        return self.wide_bps * WAD_PER_BPS

    @property
    def wide_price_id(self) -> int:
        return WIDE_PRICES.index(self.wide_price)

    @property
    def max_confidence_wad(self) -> int:
        return self.max_confidence_bps * WAD_PER_BPS

    @property
    def max_median_distance_wad(self) -> int:
        return (self.max_median_distance_bps or 0) * WAD_PER_BPS

    @property
    def max_average_distance_wad(self) -> int:
        return (self.max_average_distance_bps or 0) * WAD_PER_BPS

    @property
    def max_step_wad(self) -> int:
        return (self.max_step_bps or 0) * WAD_PER_BPS

    @property
    def max_step_wad_per_s(self) -> int:
        return (self.max_step_bps_per_s or 0) * WAD_PER_BPS
