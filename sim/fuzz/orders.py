"""Open orders, kept a second time: by what the calls said, not by what the order book remembers."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from sim.fuzz.arena import Call
from sim.fuzz.snapshot import Price

LIMIT, STOP, TAKE_PROFIT, AT_MARKET = range(4)
#: Prices before the last one that a feed remembers (contracts/lib/price_word.vy).
REMEMBERED = 16
#: After the request, what has a price is not withdrawn from whoever executes it (contracts/OrderBook.vy).
MIN_WAIT_S, MARKET_LIFE_S = 300, 86_400
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
        """The price is at the trigger, or past it on the side that the kind waits for; `AT_MARKET` waits for none."""
        if self.kind == AT_MARKET:
            return True
        if self.kind == STOP:
            return price.high >= self.trigger if self.size > 0 else price.low <= self.trigger
        return price.high <= self.trigger if self.size > 0 else price.low >= self.trigger


def executes_at(made: Mapping[int, Price], order: Order, now_s: int) -> Price | None:
    """The price of an order after the request: the first to reach its trigger of those that knew nothing older.

    `made`: by time, what the last finished blocks left. None: there is none yet, or nobody knows any more which it was.
    """
    later = {time_s: price for time_s, price in sorted(made.items()) if time_s > order.placed_at_s}
    due = [time_s for time_s, price in later.items() if time_s < now_s and price.observed_from_s > order.placed_at_s]
    reached = [time_s for time_s in due if order.is_reached(later[time_s])]
    forgets = len(later) > REMEMBERED
    if not reached or (forgets and (order.kind == AT_MARKET or reached[0] == due[0])):
        return None
    return later[reached[0]]


Orders = dict[tuple[int, int], Order]  # by account and slot


@dataclass(slots=True)
class OrderModel:
    """Orders that must be open."""

    open: Orders = field(default_factory=dict)

    def follow(
        self, call: Call | None, now_s: int, prices: Mapping[tuple[int, int], Price], stuck: Set[tuple[int, int]]
    ) -> None:
        """Take an accepted call into account.

        `prices`: of the orders that have one since their request; `stuck`: those that nobody can execute now.
        """
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
                    now_s + MARKET_LIFE_S if given["kind"] == AT_MARKET else given["expires_at_s"],
                    now_s,
                )
                self.open = {**self.open, (order.account, order.slot): order}
            case "cancel" | "execute":
                gone = given["account"], given["slot"]
                order = self.open[gone]
                if call.verb == "cancel" and gone in prices and not order.is_expired(now_s):
                    ends_at_s = now_s + (MARKET_LIFE_S if gone in stuck else MIN_WAIT_S)
                    if not 0 < order.expires_at_s <= ends_at_s:
                        self.open = {**self.open, gone: replace(order, expires_at_s=ends_at_s)}
                    return
                self.open = {key: order for key, order in self.open.items() if key != gone}
            case "release":
                self.open = {key: order for key, order in self.open.items() if key[0] != given["account"]}

    def of(self, account: int) -> list[Order]:
        """An account's open orders, by slot."""
        return [order for key, order in sorted(self.open.items()) if key[0] == account]
