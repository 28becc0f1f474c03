"""The tables of a market that people make: assets, news, venues with depth, makers, arbitrage, followers of trends.

Every number has its unit in its key, and every table says where its numbers come from, or that they are an assumption.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.inputs.tomlfile import bad
from sim.scenario.people import Weights
from sim.scenario.tables import (
    Correlation,
    Count,
    NonNegative,
    Positive,
    PositiveCount,
    Share,
    Table,
    Text,
    Venue,
    Window,
)


class Asset(Table):
    """A feed whose fundamental price floats."""

    feed: Text
    price_usd: Positive  # at the start
    sd_bps_per_5min: NonNegative  # of log returns in the calm
    news_beta: float  # of its move to that of the news and of jumps
    risk: Positive  # of holding it, in that of the reference: leverage falls with it
    drift_log_per_year: float = 0.0
    source: Text


class Jumps(Table):
    """Jumps of the reference asset; they cluster (Hawkes), or not (Merton: branching 0)."""

    rate_per_hour: NonNegative
    mean_bps: float
    sd_bps: NonNegative
    branching: Annotated[float, Field(ge=0, lt=1)]  # jumps that one causes, on average
    decay_s: Positive  # in which the raised rate goes
    source: Text


class Crisis(Window):
    """A window in which the fundamental itself is wilder and more alike."""

    factor: Positive  # of standard deviations
    factors: Weights = {}  # of those of single feeds: betas of a crisis are not those of the calm
    correlation: Annotated[float, Field(ge=-1, le=1)] | None = None  # of all pairs; none: as in the calm
    source: Text


class Bootstrap(Table):
    """Returns of a price file in blocks of random length, all assets together, instead of diffusion and jumps."""

    file: Path
    columns: dict[str, str] = {}
    mean_block_s: Positive
    source: Text


class Fundamental(Table):
    """How the fundamental moves by itself."""

    correlation: tuple[Correlation, ...] = ()
    crisis: tuple[Crisis, ...] = ()
    jumps: Jumps | None = None
    bootstrap: Bootstrap | None = None


#: One piece of news takes at most some two thirds off, or multiplies by e.
NewsBps = Annotated[float, Field(ge=-1e4, le=1e4)]


class News(Window):
    """A move of the reference asset's fundamental, even over the window in logs."""

    size_bps: NewsBps
    source: Text


class Depth(Table):
    """What one side of a venue's book holds within 1 % of the price in the calm."""

    feed: Text
    at_1pct_usd: Positive
    source: Text


class MarketVenue(Venue):
    """A venue with books of its own; a feed without depth is not listed."""

    known_as: Text | None = None  # by designs whose oracle names one venue; default: by its name
    depth: Annotated[tuple[Depth, ...], Field(min_length=1)]
    lag_s: Count = 0  # of its quotes
    maker_capital_depths: NonNegative  # in what its books hold within 1 %
    maker_limit_depths: Positive  # of inventory, in what a book holds within 1 %


class MarketEvent(Window):
    """Something that happens at a venue; without feeds, to all that it lists.

    `halt`: nobody trades there and it shows its last quote. `transfer_halt`: arbitrage cannot move money or coins
    there. `lie`: it shows prices that are off by `size_bps`. `thin`: its books hold `depth_factor` of their calm
    depth.
    """

    venue: Text
    feeds: tuple[str, ...] = ()
    kind: Literal["halt", "transfer_halt", "lie", "thin"]
    size_bps: float | None = None
    ramp_s: Count | None = None
    depth_factor: Positive | None = None
    source: Text

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> MarketEvent:
        needed = {"lie": ("size_bps", "ramp_s"), "thin": ("depth_factor",)}.get(self.kind, ())
        for key in ("size_bps", "ramp_s", "depth_factor"):
            value = getattr(self, key)
            if key in needed and value is None:
                raise bad(key, f"a number (a {self.kind} needs it)")
            if key not in needed and value is not None:
                raise bad(key, f"no such key in a {self.kind}", value)
        if self.kind == "transfer_halt" and self.feeds:
            raise bad("feeds", "no such key in a transfer_halt: it is the venue's", list(self.feeds))
        return self


class BookTable(Table):
    """How books answer to trades, and how consensus follows them."""

    exponent: Annotated[float, Field(gt=0, lt=2)]  # of cumulative depth in the distance
    patient_share: (
        NonNegative  # of the depth within 1 % that nobody withdraws; it grows with the square of the distance
    )
    follow_s: Positive
    own_s: Positive
    fade_s: Positive
    believed_share: Share
    lasting_share: Share
    source: Text


class MakersTable(Table):
    """When makers leave and come back."""

    flow_share: Share
    withdrawal_exponent: NonNegative
    loss_withdrawal: Share
    loss_stop_share: Share
    beyond_stop: Share
    least_presence: Annotated[float, Field(gt=0, le=1)]
    average_s: Positive
    variance_s: Positive
    leave_s: Positive
    return_s: Positive
    hand_over_s: Positive
    source: Text


class ArbitrageTable(Table):
    """Arbitrage between the venues."""

    capital_usd: NonNegative
    band_bps: NonNegative
    close_s: Positive
    transfer_s: Positive
    source: Text


class MomentumTable(Table):
    """Followers of the trend, and the fall that those look at who open on one."""

    size_depths: NonNegative  # of their position, in present depth within 1 %
    theta_bps: Positive  # trend of the reference asset at which they are in
    trend_s: Positive
    act_s: Positive
    signal_feed: Text
    source: Text


class FundingTable(Table):
    """What perps pay for standing off spot; rates are per 8 hours."""

    interval_s: PositiveCount
    interest_bps: float
    damper_bps: NonNegative
    cap_bps: NonNegative
    source: Text


class HedgeTable(Table):
    """Who hedges what pools on the chain have closed or taken over: how a pool moves the market."""

    share: Share  # of the delta that is hedged at all
    venue: Text
    delay_s: Positive  # in which it is traded
    capital_usd: NonNegative  # that bounds what hedgers hold
    source: Text


class Cutting(Table):
    """How finely time is cut."""

    shock_s: PositiveCount  # grid of all random shocks, whatever the steps
    most_substeps: PositiveCount = 16
    tolerance_bps: Positive = 10.0  # move of the reference asset within a substep
    review_s: PositiveCount = 60  # how often people come and go by choice
    source: Text
