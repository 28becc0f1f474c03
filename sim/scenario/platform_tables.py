"""The tables of the platforms off the chain, and of the crowds on them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.inputs.tomlfile import bad
from sim.scenario.people import Weights
from sim.scenario.tables import NonNegative, Positive, PositiveCount, Share, Table, Text

SHARE_SUM_TOLERANCE = 1e-9


class OpenInterest(Table):
    """A perpetual of the platform."""

    feed: Text
    usd: Positive  # of one side
    maintenance_bps: NonNegative
    source: Text


class Collateral(Table):
    """What may be posted beside dollars; it is marked and, in a liquidation, sold on the platform's venue."""

    feed: Text
    haircut_bps: NonNegative
    mark_own_share: Share
    source: Text


class Crowd(Table):
    """Leveraged accounts of one kind."""

    name: Text
    kind: Literal["long", "short", "pair"]
    share: Share  # of one side of the open interest; of a pair: of all of it
    leverage_median: Positive
    leverage_log_sd: NonNegative
    leverage_max: Positive = 50.0
    concentration: Positive = 0.6  # of portfolios: shape of the gamma weights; large: everybody holds the market
    portfolios: PositiveCount = 16  # that are drawn; each is held at all leverages
    cohort_weight: Positive = 1.0  # of the platform's cohorts that this crowd gets
    opens: Literal["start", "fall", "during"] = "start"
    fall_from_bps: NonNegative = 0.0  # of those who open on a fall, each at his own
    fall_until_bps: NonNegative = 0.0
    stop_share: Share = 0.0  # that places a stop
    stop_loss_share: Share = 0.0  # of equity
    long: Weights = {}  # what a pair holds, shares of its notional
    short: Weights = {}
    collateral: Weights = {}  # share of equity that is posted in a feed
    source: Text

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Crowd:
        total = sum(self.long.values()) + sum(self.short.values())
        if self.kind == "pair" and abs(total - 1.0) > SHARE_SUM_TOLERANCE:
            raise bad("long", "weights that, with those of `short`, sum to 1", total)
        if self.kind != "pair" and total:
            raise bad("long", f"no such key in a crowd of kind {self.kind}", total)
        if self.opens == "fall" and not self.fall_from_bps < self.fall_until_bps:
            raise bad("fall_until_bps", f"more than fall_from_bps = {self.fall_from_bps}", self.fall_until_bps)
        if (self.stop_share > 0) != (self.stop_loss_share > 0):
            raise bad(
                "stop_loss_share", "a share above 0 where there are stops, and none otherwise", self.stop_loss_share
            )
        if sum(self.collateral.values()) > 1:
            raise bad("collateral", "shares that sum to at most 1", sum(self.collateral.values()))
        return self


class Platform(Table):
    """A platform of perpetuals on one venue."""

    name: Text
    venue: Text
    engine: Literal["full", "ladder"]
    execution_s: Positive
    stop_s: Positive
    deleverage_s: Positive
    deleverage_below_usd: float = 0.0  # net worth of the fund
    insurance_usd: NonNegative
    mark_own_share: Share
    fee_bps: NonNegative  # of what is liquidated
    leave_per_hour: NonNegative  # share of positions that are closed by choice, in the calm
    leave_panic: NonNegative  # more of them per calm 5-minute deviation that prices have run
    open_interest: Annotated[tuple[OpenInterest, ...], Field(min_length=1)]
    collateral: tuple[Collateral, ...] = ()
    crowds: Annotated[tuple[Crowd, ...], Field(alias="crowd")] = ()
    source: Text
