"""The tables of a design file, each with its natural values and the integers that contracts take.

A name that ends in `_wad` or `_units` is such an integer; the rest is what the file says.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sim.chain.compiler import artifact
from sim.design.numbers import (
    WAD,
    WAD_PER_BPS,
    Bps,
    Number,
    Seconds,
    Share,
    Tokens,
    Usd,
    Whole,
    scaled_down,
)

Symbol = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Text = Annotated[str, Field(min_length=1)]


class Table(BaseModel):
    """A table that cannot change and holds no key but those it lists."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Fed(Table):
    """A table with a price feed, which is called like the symbol if nothing else is said."""

    symbol: Symbol
    feed: Symbol

    @model_validator(mode="before")
    @classmethod
    def _default_feed(cls, data: Any) -> Any:
        if isinstance(data, dict) and "feed" not in data and "symbol" in data:
            return {**data, "feed": data["symbol"]}
        return data


class Asset(_Fed):
    """An asset of the pool."""

    decimals: Annotated[Whole, Field(ge=1, le=18)]
    target_weight: Share
    haircut: Share  # share of the value that does not count as collateral
    max_pool: Tokens  # the pool takes no more than this
    buffer: Tokens  # the pool keeps at least this

    @property
    def scale(self) -> int:
        """Factor from the token's own units to WAD."""
        return 10 ** (18 - self.decimals)

    @property
    def target_weight_wad(self) -> int:
        return scaled_down(self.target_weight, WAD)

    @property
    def haircut_wad(self) -> int:
        return scaled_down(self.haircut, WAD)

    @property
    def max_pool_units(self) -> int:
        return scaled_down(self.max_pool, 10**self.decimals)

    @property
    def buffer_units(self) -> int:
        return scaled_down(self.buffer, 10**self.decimals)


class Market(_Fed):
    """A perpetual future, and the assets that back its two sides."""

    long_asset: Symbol
    short_asset: Symbol
    reserve_factor: Annotated[Number, Field(gt=0, le=100, decimal_places=18)]  # USD per USD
    max_open_interest_usd: Annotated[Usd, Field(gt=0)]  # per side
    min_position_usd: Usd
    trade_fee_bps: Annotated[Whole, Field(ge=0, le=1_000)]

    @property
    def reserve_factor_wad(self) -> int:
        return scaled_down(self.reserve_factor, WAD)

    @property
    def max_open_interest_usd_wad(self) -> int:
        return scaled_down(self.max_open_interest_usd, WAD)

    @property
    def min_position_usd_wad(self) -> int:
        return scaled_down(self.min_position_usd, WAD)

    @property
    def trade_fee_wad(self) -> int:
        return self.trade_fee_bps * WAD_PER_BPS


class Feed(Table):
    """Bounds of a price; a quote outside them does not count."""

    symbol: Symbol
    min_usd: Annotated[Usd, Field(gt=0)]
    max_usd: Annotated[Usd, Field(gt=0)]

    @property
    def min_usd_wad(self) -> int:
        return scaled_down(self.min_usd, WAD)

    @property
    def max_usd_wad(self) -> int:
        return scaled_down(self.max_usd, WAD)


class Oracle(Table):
    """How the venues' quotes become one price band. The scenario names and weighs the venues."""

    mode: Literal["weighted_median", "single_venue"]
    venue: Text | None = None  # of the mode single_venue
    min_venues: Annotated[Whole, Field(ge=1, le=8)]  # fresh ones
    min_weight_share: Share  # fresh weight / weight of all venues
    max_venue_share: Annotated[Share, Field(gt=0)]  # one venue's weight / fresh weight
    floor_spread_bps: Bps  # least half width of the band
    wide_bps: Annotated[Bps, Field(gt=0)]  # half width above which the status is WIDE
    max_price_age_s: Seconds
    max_venue_age_s: Seconds
    max_confidence_bps: Annotated[Bps, Field(gt=0)]
    feeds: Annotated[tuple[Feed, ...], Field(alias="feed", min_length=1, max_length=8)]

    @property
    def is_single_venue(self) -> bool:
        return self.mode == "single_venue"

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
    def max_confidence_wad(self) -> int:
        return self.max_confidence_bps * WAD_PER_BPS


class Rule(Table):
    """A rule of the protocol that a design stands for, and how far the design holds it."""

    rule: Text
    held: Literal["exactly", "approximately", "omitted"]
    note: str = ""


class Break(Table):
    """A property that the design is known to break."""

    property: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{2}$")]
    reason: Text


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


class PolicyChoice(Table):
    """The policy in a slot."""

    policy: str  # a shipped policy's name, or the path of a Vyper file
    source: Path
    arguments: Annotated[tuple[Any, ...], BeforeValidator(_frozen)]  # int, bool or nested tuples
    parameters: dict[str, Any]  # as the file has them

    @property
    def code_sha256(self) -> str:
        """Hash of what gets deployed, the arguments apart."""
        return hashlib.sha256(artifact(self.source).initcode).hexdigest()


def is_number(value: Any) -> bool:
    """Say whether a natural value is a number (a flag is none)."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
