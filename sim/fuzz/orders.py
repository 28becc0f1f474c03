"""Open orders, kept a second time: by what the calls said, not by what the order book remembers."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.fuzz.arena import Call
from sim.fuzz.snapshot import Price

LIMIT, STOP, TAKE_PROFIT = range(3)
#: Open orders of one account.
MAX_ORDERS = 8


@dataclass(frozen=True, slots=True)
class Order:
    """The terms of an order, and when it was placed."""

    account: int
    slot: int
    m: int
    kind: int
    size: int
    trigger: int
    acceptable: int
    is_reduce_only: bool
    asset: int
    margin: int
    reward: int
    expires_at_s: int  # 0: never
    placed_at_s: int

    @property
    def only_reduces(self) -> bool:
        """It never opens or grows a position."""
        return self.is_reduce_only or self.kind == TAKE_PROFIT

    def is_expired(self, now_s: int) -> bool:
        """It can only be swept."""
        return 0 < self.expires_at_s <= now_s

    def is_reached(self, price: Price) -> bool:
        """The price is at the trigger, or past it on the side that the kind waits for."""
        if self.kind == STOP:
            return price.high >= self.trigger if self.size > 0 else price.low <= self.trigger
        return price.high <= self.trigger if self.size > 0 else price.low >= self.trigger


Orders = dict[tuple[int, int], Order]  # by account and slot


@dataclass(slots=True)
class OrderModel:
    """Orders that must be open."""

    open: Orders = field(default_factory=dict)

    def follow(self, call: Call | None, now_s: int) -> None:
        """Take an accepted call into account."""
        if call is None or not call.accepted:
            return
        given = call.arguments
        match call.verb:
            case "place":
                order = Order(
                    given["account"],
                    call.returns["slot"],
                    given["m"],
                    given["kind"],
                    given["size"],
                    given["trigger_price_usd"],
                    given["acceptable_price_usd"],
                    bool(given["is_reduce_only"]),
                    given["asset"],
                    given["margin"],
                    given["reward"],
                    given["expires_at_s"],
                    now_s,
                )
                self.open = {**self.open, (order.account, order.slot): order}
            case "cancel" | "execute":
                gone = given["account"], given["slot"]
                self.open = {key: order for key, order in self.open.items() if key != gone}
            case "release":
                self.open = {key: order for key, order in self.open.items() if key[0] != given["account"]}

    def of(self, account: int) -> list[Order]:
        """An account's open orders, by slot."""
        return [order for key, order in sorted(self.open.items()) if key[0] == account]
