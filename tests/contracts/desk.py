"""An oracle and its venues on a chain with nothing else on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

from contracts.stage import T0, WAD, Contract, Event, Receipt
from eth_abi import decode, encode
from eth_utils import event_abi_to_log_topic, to_checksum_address
from eth_utils.abi import collapse_if_tuple
from pyrevm import EVM, BlockEnv

from sim.chain.deployment import nominal_address
from sim.chain.evm import ADMIN, GAS_LIMIT, SPEC, status_of
from sim.chain.failures import OK
from sim.inputs.compiler import artifact

UNIT = 10**6  # wei per unit of a cached price
VENUES = 8
MEDIAN, CLAMPED_MEAN, SINGLE_VENUE, MEAN = range(4)  # aggregators
MARKET, REDEMPTION, MINIMUM, BLEND = range(4)  # valuations
AT_EDGE, AT_MID, NO_PRICE_WHEN_WIDE = range(3)  # what is told of a wide band


@dataclass(frozen=True, slots=True)
class Quote:
    """What a venue says; no venue says anything before 1970."""

    price_wad: int = 0
    confidence_wad: int = 0
    published_at: int = 0

    @property
    def word(self) -> int:
        return self.price_wad << 160 | self.confidence_wad << 64 | self.published_at


@dataclass(frozen=True, slots=True)
class VenueRule:
    """How far a venue is trusted."""

    weight: int = 1
    max_age_s: int = 60
    max_confidence_wad: int = WAD // 50


@dataclass(frozen=True, slots=True)
class FeedRule:
    """How quotes become a price."""

    min_price_wad: int = WAD
    max_price_wad: int = 10**6 * WAD
    floor_spread_wad: int = 0
    wide_spread_wad: int = WAD // 100
    max_age_s: int = 60
    min_venues: int = 3
    min_weight: int = 0
    max_venue_share_wad: int = WAD // 2
    aggregator: int = MEDIAN
    venue: int = 0
    max_median_distance_wad: int = 0
    max_average_distance_wad: int = 0
    average_s: int = 0
    max_step_wad: int = 0
    max_step_wad_per_s: int = 0
    redemption_base: int = 0
    redemption_rate_wad: int = 0
    redemption_band_wad: int = 0
    valuation: int = MARKET
    blend_wad: int = 0
    wide_price: int = AT_EDGE

    @property
    def arguments(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


class Room:
    """A chain with nothing on it but what a test deploys. It stands in for a `Stage` where nobody trades."""

    def __init__(self) -> None:
        self.time_s = T0
        self._number = 0
        self._evm = EVM(spec_id=SPEC)
        self.advance(0)

    @property
    def chain(self) -> Room:
        """Where calls are sent to."""
        return self

    def advance(self, seconds: int) -> None:
        """Begin a block later."""
        self.time_s += seconds
        self._number += 1
        self._evm.set_block_env(BlockEnv(number=self._number, timestamp=self.time_s, gas_limit=GAS_LIMIT))

    def address(self, role: str) -> str:
        """Address of a role; an address stands for itself."""
        return (
            role if role.startswith("0x") else to_checksum_address(ADMIN if role == "admin" else nominal_address(role))
        )

    def deploy(self, source: str, *arguments: Any) -> Contract:
        """Create a contract."""
        code = artifact(source)
        address = self._evm.deploy(ADMIN, code.initcode + encode([kind for _, kind in code.constructor], arguments))
        return Contract(self, code, to_checksum_address(address))  # type: ignore[arg-type]

    def send(self, path: int, sender: str, target: str, data: bytes) -> tuple[int, bytes]:
        """Any call by anybody: (status, output)."""
        try:
            return OK, bytes(self._evm.message_call(sender, target, data))
        except RuntimeError as error:
            return status_of(error), b""
        finally:
            self._evm.reset_transient_storage()

    def speaking(self, sender: str) -> AbstractContextManager[None]:
        """Let somebody send calls: here nobody has code in the way."""
        return nullcontext()

    def logged(self) -> tuple[Event, ...]:
        """The oracle's events of the last call, in order."""
        return tuple(_decoded(log) for log in self._evm.result.logs)


class Desk:
    """An oracle with one feed at first, in a room of its own or in one that nobody moves."""

    def __init__(self, venues: Sequence[VenueRule], feed: FeedRule, room: Room | None = None) -> None:
        self.room = room or Room()
        self.oracle = self.room.deploy("Oracle.vy", self.room.address("admin"))
        self.venues, self.feeds = list(venues), [feed]
        for v, rule in enumerate(venues):
            self.set_venue(v, rule)
        self.set_feed(0, feed)

    def set_venue(self, v: int, rule: VenueRule, by: str = "reporter") -> None:
        """Change a venue, and who reports for it."""
        self.venues[v] = rule
        row = (self.room.address(by), rule.weight, rule.max_age_s, rule.max_confidence_wad)
        self.oracle.send("set_venue", v, row, by="admin")

    def set_feed(self, f: int, rule: FeedRule) -> None:
        """List or change a feed."""
        self.feeds[f : f + 1] = [rule]
        self.oracle.send("set_feed", f, rule.arguments, by="admin")

    def change_feed(self, f: int = 0, **changes: int) -> None:
        """Change some rules of a feed."""
        self.set_feed(f, replace(self.feeds[f], **changes))

    def advance(self, seconds: int) -> None:
        """Begin a block later."""
        self.room.advance(seconds)

    def quotes(self, prices_usd: Sequence[float | None]) -> list[Quote | None]:
        """Sure quotes of now."""
        now = self.room.time_s
        return [p if p is None else Quote(round(p * 10**9) * 10**9, 0, now) for p in prices_usd]

    def report(self, *rows: Sequence[Quote | None], by: str = "reporter") -> Receipt:
        """Report for the feeds, in their order; None says nothing new."""
        return self.oracle.send("report", self.words(*rows), by=by)

    def words(self, *rows: Sequence[Quote | None]) -> list[int]:
        """The batch of a report."""
        padded = [[*row, *[None] * (VENUES - len(row))] for row in (*rows, *[()] * (len(self.feeds) - len(rows)))]
        return [0 if quote is None else quote.word for row in padded for quote in row]

    def quote(self, *prices_usd: float | None) -> Receipt:
        """Report sure prices of now for the first feed."""
        return self.report(self.quotes(prices_usd))

    def quote_all(self, *rows: Sequence[float | None]) -> Receipt:
        """Report sure prices of now for each feed."""
        return self.report(*[self.quotes(row) for row in rows])

    @property
    def prices(self) -> list[SimpleNamespace]:
        """What readers get."""
        return self.oracle.read("prices")[: len(self.feeds)]

    @property
    def price(self) -> SimpleNamespace:
        """What readers of the first feed get."""
        return self.prices[0]

    @property
    def mid_usd(self) -> float:
        """The first feed's price."""
        return self.price.mid / WAD

    @property
    def band_usd(self) -> tuple[float, float, float]:
        """Low, mid and high, to a cent."""
        price = self.price
        return tuple(round(each / WAD, 2) for each in (price.low, price.mid, price.high))


def five(**changes: int) -> Desk:
    """Five equal venues."""
    return weighted(1, 1, 1, 1, 1, **changes)


def weighted(*weights: int, **changes: int) -> Desk:
    """Venues of these weights."""
    return Desk([VenueRule(weight=weight) for weight in weights], replace(FeedRule(), **changes))


@cache
def _events() -> dict[bytes, dict[str, Any]]:
    sources = ("Oracle.vy", "OracleController.vy")
    entries = [entry for source in sources for entry in artifact(source).abi if entry["type"] == "event"]
    return {event_abi_to_log_topic(entry): entry for entry in entries}


def _decoded(log: Any) -> Event:
    """A log of the oracle or its controller: an id or an address that is indexed, if any, and what is said about it."""
    (topic, *ids), data = log.data
    entry = _events()[bytes(topic)]
    kinds = [collapse_if_tuple(item) for item in entry["inputs"] if not item["indexed"]]
    values = [*(int.from_bytes(id_, "big") for id_ in ids), *decode(kinds, bytes(data))]
    names = [item["name"] for item in (*_indexed(entry, True), *_indexed(entry, False))]
    return Event(entry["name"], dict(zip(names, values, strict=True)))


def _indexed(entry: dict[str, Any], is_indexed: bool) -> list[dict[str, Any]]:
    return [item for item in entry["inputs"] if item["indexed"] == is_indexed]
