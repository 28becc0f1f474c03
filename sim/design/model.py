"""A pool design: what a protocol designer chooses."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from sim.design import storage
from sim.design.numbers import WAD, WAD_PER_BPS, Bps, Share, scaled_down
from sim.design.oracle import Oracle
from sim.design.tables import (
    Asset,
    Break,
    Limits,
    Losses,
    Market,
    PolicyChoice,
    Ratio,
    Rule,
    Table,
    Text,
    by_feed,
    integers_of,
    is_number,
)
from sim.inputs.errors import InputError
from sim.inputs.tomlfile import validation_input_error

#: Policy slots, in the order of contracts/lib/constants.vy.
SLOTS = (
    "weight_fee",
    "borrow_rate",
    "funding_rate",
    "price_impact",
    "margin",
    "liquidation",
    "deleverage",
    "circuit",
)

#: Keys that stand in no table.
PLAIN = (
    "protocol_fee_share",
    "execution",
    "age_spread_bps_per_s",
    "funding_settlement",
    "open_interest_depth_share",
    "sale_order",
)


class Design(Table):
    """A pool: assets, markets, oracle and one policy per slot.

    Assets and markets stand in the order of their feeds' symbols, whatever their order in a file: a place is an id on
    the chain, and what happens must not depend on how somebody sorted a file.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    label: str = ""  # tells apart two designs of one name in a comparison; the name if empty
    title: Text
    summary: Text
    protocol_fee_share: Share  # part of every fee that goes to the treasury
    #: Trades fill at the price of now, or at the first one all of whose quotes were observed after their request.
    execution: Literal["at_once", "after_request"] = "at_once"
    #: How much worse a trade at once fills for each second since its price was published: what it may have moved.
    age_spread_bps_per_s: Annotated[Bps, Field(le=100)] = 0
    assets: Annotated[tuple[Asset, ...], AfterValidator(by_feed), Field(alias="asset", min_length=1, max_length=8)]
    markets: Annotated[tuple[Market, ...], AfterValidator(by_feed), Field(alias="market", min_length=1, max_length=8)]
    oracle: Oracle
    pool: Limits = Field(default_factory=Limits)
    losses: Losses = Field(default_factory=Losses)
    #: Who is paid what a side owes: the other side, all of it; or each unit the same, and the pool for the skew.
    funding_settlement: Literal["other_side", "per_unit"] = "per_unit"
    #: What a side may have open at most, of the depth_usd of the coin that it follows; other caps hold beside it.
    open_interest_depth_share: Ratio | None = None
    sale_order: tuple[Text, ...] = ()  # which collateral pays first; in the order of their feeds if empty
    policies: dict[str, PolicyChoice]  # by slot, in the order of SLOTS
    sources: dict[str, Text] = Field(default_factory=dict)
    rules: Annotated[tuple[Rule, ...], Field(alias="rule")] = ()
    breaks: tuple[Break, ...] = ()
    changes: tuple[str, ...] = ()  # overrides that were applied

    def __str__(self) -> str:
        return self.label or self.name

    @property
    def protocol_fee_share_wad(self) -> int:
        return scaled_down(self.protocol_fee_share, WAD)

    @property
    def age_spread_wad_per_s(self) -> int:
        """Share of a price per second of its age, WAD."""
        return scaled_down(self.age_spread_bps_per_s, WAD_PER_BPS)

    @property
    def open_interest_depth_share_wad(self) -> int:
        """Open interest of a side over the depth of its coin's books, WAD; 0 where they do not bound it."""
        return scaled_down(self.open_interest_depth_share or 0, WAD)

    @property
    def is_funding_per_unit(self) -> bool:
        """Say whether the pool stands between the sides (contracts/Rates.vy)."""
        return self.funding_settlement == "per_unit"

    @property
    def is_cut_by_index(self) -> bool:
        """Say whether winners give back what others lose through an index, all at once (contracts/Cohorts.vy)."""
        return self.policies["deleverage"].policy == "index_haircut"

    @property
    def feeds(self) -> tuple[str, ...]:
        """Symbols of the price feeds; their place is the feed's id."""
        return tuple(feed.symbol for feed in self.oracle.feeds)

    @property
    def dollar(self) -> str:
        """Symbol of the asset that most markets pay shorts in: what traders think in, and insurance opens with."""
        payers = Counter(market.short_asset for market in self.markets)
        return max((asset.symbol for asset in self.assets), key=lambda symbol: payers[symbol])  # the first of equals

    def asset_id(self, symbol: str) -> int:
        """Place of an asset in the pool."""
        return [asset.symbol for asset in self.assets].index(symbol)

    def market_id(self, symbol: str) -> int:
        """Place of a market."""
        return [market.symbol for market in self.markets].index(symbol)

    def feed_id(self, symbol: str) -> int:
        """Place of a price feed."""
        return self.feeds.index(symbol)

    def numbers(self) -> dict[str, Any]:
        """List every number that the design sets, by its key in the file."""
        plain = {"protocol_fee_share", "age_spread_bps_per_s", "open_interest_depth_share"}
        shown = plain | {"oracle", "pool", "losses"}
        tables = self.model_dump(by_alias=True, include=shown, exclude_unset=True)
        tables["asset"] = [asset.model_dump(exclude_unset=True) for asset in self.assets]
        tables["market"] = [market.model_dump(exclude_unset=True) for market in self.markets]
        tables |= {slot: choice.parameters for slot, choice in self.policies.items()}
        return {key: value for key, value in _leaves("", tables) if is_number(value)}

    def source_of(self, key: str) -> str | None:
        """Look up where a number comes from: the source of its key, or of the nearest table."""
        covering = [source for source in self.sources if covers(source, key)]
        return self.sources[max(covering, key=len)] if covering else None

    @property
    def fingerprint(self) -> str:
        """Hash of what decides how the pool behaves: its integers and its policies' code.

        Names, titles, sources and notes do not count.
        """
        content = {
            "protocol_fee_share_wad": self.protocol_fee_share_wad,
            "execution": self.execution,
            "age_spread_wad_per_s": self.age_spread_wad_per_s,
            "assets": [integers_of(asset) for asset in self.assets],
            "markets": [integers_of(market) for market in self.markets],
            "oracle": integers_of(self.oracle),
            "pool": integers_of(self.pool),
            "losses": integers_of(self.losses),
            "funding_settlement": self.funding_settlement,
            "open_interest_depth_share_wad": self.open_interest_depth_share_wad,
            "sale_order": list(self.sale_order),
            "feeds": [integers_of(feed) for feed in self.oracle.feeds],
            "policies": [[slot, self.policies[slot].code_sha256, self.policies[slot].arguments] for slot in SLOTS],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Write everything, own policies' source text included, as JSON types."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"policies"})
        content["policies"] = {slot: storage.write_policy(choice) for slot, choice in self.policies.items()}
        content["fingerprint"] = self.fingerprint
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, file: str = "design") -> Design:
        """Read what `to_dict` wrote.

        The fingerprint of the result differs from the stored one if a shipped policy has changed
        since.

        Raises:
            InputError: the content is not that of a design (`file` is named).
        """
        try:
            policies = storage.read_policies(content["policies"])
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(file=file, key="policies", expected="the policies of a design") from error
        rest = {key: content[key] for key in content if key != "fingerprint"}
        try:
            design = cls.model_validate_json(json.dumps({**rest, "policies": policies}))
        except ValidationError as error:
            raise validation_input_error(error, file=file, model=cls) from error
        restored = {slot: storage.with_fractions(choice) for slot, choice in design.policies.items()}
        return design.model_copy(update={"policies": restored})


def covers(source: str, key: str) -> bool:
    """Say whether a key of [sources] speaks for the number at `key`."""
    return key == source or key.startswith((f"{source}.", f"{source}["))


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Walk tables; items of a list are named by their symbol, or by nothing."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{key}.{name}" if key else str(name), inner)
    elif isinstance(value, list | tuple):
        for item in value:
            is_table = isinstance(item, Mapping)
            yield from _leaves(f"{key}[{item['symbol']}]" if is_table else key, item)
    else:
        yield key, value
