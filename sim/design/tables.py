"""The tables of a design file, each with its natural values and the integers that contracts take.

A name that ends in `_wad` or `_units` is such an integer; the rest is what the file says.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from sim.design.numbers import (
    WAD,
    WAD_PER_BPS,
    Number,
    Share,
    Tokens,
    Usd,
    Whole,
    scaled_down,
)
from sim.inputs.compiler import artifact

Symbol = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Text = Annotated[str, Field(min_length=1)]
#: Of the value of what backs a side.
Ratio = Annotated[Number, Field(gt=0, le=1_000, decimal_places=18)]


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


Fed = TypeVar("Fed", bound=_Fed)


def by_feed(items: tuple[Fed, ...], info: ValidationInfo) -> tuple[Fed, ...]:
    """The items in the order of their feeds' symbols; of one feed, of all that they set, names last."""
    places = {asset.symbol: place for place, asset in enumerate(info.data.get("assets", ()))}

    def told(item: Fed) -> tuple[str, str, str]:
        content = integers_of(item)
        del content["symbol"]
        content |= {key: places.get(content[key], -1) for key in ("long_asset", "short_asset") if key in content}
        return item.feed, json.dumps(content, sort_keys=True), item.symbol

    return tuple(sorted(items, key=told))


def integers_of(table: Table) -> dict[str, Any]:
    """Integers and names of a table: the integer view of a fraction, else the field itself."""
    view: dict[str, Any] = {}
    for name in type(table).model_fields:
        value = getattr(table, name)
        for integer in (f"{name}_wad", f"{name}_units"):
            if hasattr(type(table), integer):
                view[integer] = getattr(table, integer)
                break
        else:
            if value is None or isinstance(value, int | str):
                view[name] = value
    return view


class Asset(_Fed):
    """An asset of the pool."""

    decimals: Annotated[Whole, Field(ge=1, le=18)]
    target_weight: Share
    haircut: Share  # share of the value that does not count as collateral
    depth_usd: Usd = Decimal(
        0
    )  # at this value a holding counts half of what the haircut leaves; 0: size does not matter
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
    def depth_usd_wad(self) -> int:
        return scaled_down(self.depth_usd, WAD)

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
    max_open_interest_share: Ratio = Decimal(1_000)  # per side, of the value of the asset that backs it
    max_account_share: Annotated[Share, Field(gt=0)] = Decimal(1)  # of a side's cap, for one account
    max_profit_share: Ratio = Decimal(1_000)  # a side's profit counts at most this share of what backs it
    impact_pool_share: Share = Decimal(0)  # of adverse price impact, kept to pay better prices
    min_position_usd: Usd
    trade_fee_bps: Annotated[Whole, Field(ge=0, le=1_000)]

    @property
    def reserve_factor_wad(self) -> int:
        return scaled_down(self.reserve_factor, WAD)

    @property
    def max_open_interest_usd_wad(self) -> int:
        return scaled_down(self.max_open_interest_usd, WAD)

    @property
    def max_open_interest_share_wad(self) -> int:
        return scaled_down(self.max_open_interest_share, WAD)

    @property
    def max_account_share_wad(self) -> int:
        return scaled_down(self.max_account_share, WAD)

    @property
    def max_profit_share_wad(self) -> int:
        return scaled_down(self.max_profit_share, WAD)

    @property
    def impact_pool_share_wad(self) -> int:
        return scaled_down(self.impact_pool_share, WAD)

    @property
    def min_position_usd_wad(self) -> int:
        return scaled_down(self.min_position_usd, WAD)

    @property
    def trade_fee_wad(self) -> int:
        return self.trade_fee_bps * WAD_PER_BPS


class Limits(Table):
    """What liquidity providers may do, and the part of their fees that pays rebates."""

    max_aum_usd: Annotated[Usd, Field(gt=0)] = Decimal(10**15)  # a deposit may not lift the pool's value above
    redeem_delay_s: Annotated[Whole, Field(ge=0, le=2_592_000)] = 0  # shares stay with whoever minted them
    redeem_window_s: Annotated[Whole, Field(ge=0, le=604_800)] = 0  # in each window
    redeem_limit: Annotated[Share, Field(ge=0.01)] = Decimal(1)  # at most this share of the supply is redeemed
    rebate_share: Share = Decimal(0)  # of the weight fees that the pool keeps
    exit_wait_s: Annotated[Whole, Field(ge=0, le=3_600)] = 0  # shares leave by request, so long after it; 0 = at once
    entry_wait_s: Annotated[Whole, Field(ge=0, le=3_600)] = 0  # so do deposits and swaps; 0 = at once

    @property
    def max_aum_usd_wad(self) -> int:
        return scaled_down(self.max_aum_usd, WAD)

    @property
    def redeem_limit_wad(self) -> int:
        return scaled_down(self.redeem_limit, WAD)

    @property
    def rebate_share_wad(self) -> int:
        return scaled_down(self.rebate_share, WAD)


class Losses(Table):
    """How much bad debt the pool takes in an epoch before it stops new risk."""

    max_epoch_loss_usd: Usd = Decimal(10**15)
    insurance_usd: Usd = Decimal(0)  # that the insurance account begins with, in the first market's dollar
    epoch_s: Annotated[Whole, Field(ge=60, le=2_592_000)] = 86_400

    @property
    def insurance_usd_wad(self) -> int:
        return scaled_down(self.insurance_usd, WAD)

    @property
    def max_epoch_loss_usd_wad(self) -> int:
        return scaled_down(self.max_epoch_loss_usd, WAD)


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
