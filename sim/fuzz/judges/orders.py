"""Orders: margin that counts once, prices that came later, rewards that are earned."""

from __future__ import annotations

from fractions import Fraction

from sim.chain.failures import name_of
from sim.fuzz.arena import Call
from sim.fuzz.facts import BOOK, HALTED, INSURANCE, LONG, MAX_IMPACT_WAD, PAUSED, SHORT, WAD
from sim.fuzz.judges.reserves import cap_of
from sim.fuzz.orders import AT_MARKET, MAX_ORDERS, MIN_WAIT_S, Order
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import changes, unit_usd, worth

_INCREASE = 3  # a verb (contracts/lib/gates.vy)
#: An order of a twentieth of what an account may have finds room, at an impact that the desk takes.
_MANY = 20


def moved_since_its_price(step: Step) -> int:
    """What the trader of an order, filled at an earlier price, has by what the price did since. USD WAD."""
    call = step.traded()
    if call is None or call.verb == "trade":
        return 0
    key = call.arguments["account"], call.arguments["slot"]
    price, now = step.order_prices.get(key), step.after.prices[step.facts.markets[step.orders[key].m].feed]
    size = call.returns["size"]
    if price is None:
        return 0
    gained = max(size * (getattr(now, edge) - getattr(price, edge)) for edge in ("low", "mid", "high"))
    return max(-(-gained // WAD), 0)


@holds(
    "PO-10",
    "I",
    "the margin of every order lies in the order book's account, counts nowhere else, and nothing else does",
)
def _margin_backs_one_thing(step: Step) -> bool:
    margins = [0] * len(step.facts.assets)
    for order in step.orders_after.values():
        margins[order.asset] += order.margin
    held = list(step.after.collateral[BOOK])
    expect(held == margins, "the book holds {}, orders {}", held, margins)
    for account, count in step.after.open_orders.items():
        known = sum(1 for key in step.orders_after if key[0] == account)
        expect(count == known, "account {}: {} open orders, {} known", account, count, known)
    return any(margins)


@holds("PO-11", "P", "an order is never executed at a price of its own time or before, nor after it expired")
def _not_before_a_later_price(step: Step) -> bool:
    call = step.tried("execute")
    if call is None:
        return False
    order = step.orders.get((call.arguments["account"], call.arguments["slot"]))
    if order is None:
        expect(not call.accepted, "there is no such order")
        return False
    price = step.before.prices[step.facts.markets[order.m].feed]
    too_early = price.published_at <= order.placed_at_s
    if step.facts.is_by_order:
        too_early = (order.account, order.slot) not in step.order_prices
    too_late = order.is_expired(step.before.time_s)
    expect(not call.accepted or not (too_early or too_late), "{} at a price of {}", order, price.published_at)
    return too_early or too_late


@holds("OR-08", "P", "the price that executes an order was published after it, and is at its trigger")
def _executed_at_a_later_price(step: Step) -> bool:
    call = step.accepted("execute")
    if call is None:
        return False
    order = step.orders[call.arguments["account"], call.arguments["slot"]]
    price = step.after.prices[step.facts.markets[order.m].feed]
    if step.facts.is_by_order:
        found = step.order_prices.get((order.account, order.slot))
        expect(found is not None, "{} without a price since it was placed", order)
        return True
    expect(price.published_at > order.placed_at_s, "{} at a price of {}", order, price.published_at)
    expect(order.is_reached(price), "{} at {}", order, price)
    position = step.before.positions[order.account][order.m]
    expect(not order.only_reduces or position.size * order.size < 0, "{} on {}", order, position)
    return True


@holds(
    "AC-11", "P", "a keeper has the reward of an order if and only if the order executes, and chooses nothing but when"
)
def _rewards_are_for_execution(step: Step) -> bool:
    call = step.tried("execute", "cancel", "release")
    if call is None or not call.accepted:
        return False
    for account in step.facts.keeper_ids:
        was, now = step.before.collateral[account], step.after.collateral[account]
        due = list(was)
        if call.verb == "execute" and call.arguments["keeper"] == account:
            order = step.orders[call.arguments["account"], call.arguments["slot"]]
            due[order.asset] += order.reward
        expect(list(now) == due, "keeper {}: {} instead of {}", account, now, due)
    if call.verb == "execute":
        order = step.orders[call.arguments["account"], call.arguments["slot"]]
        position = step.before.positions[order.account][order.m]
        size = call.returns["size"]
        if step.facts.is_by_order and size == 0:  # it did not bear its price, and ended
            return True
        closes = position.size * order.size < 0
        most = min(abs(order.size), abs(position.size)) if closes else abs(order.size)
        expect(abs(size) == most and size * order.size > 0, "traded {} of {}", size, order)
    return True


@holds(
    "PO-18",
    "P",
    "after the request an order fills at the first price that knew nothing older, whoever executes it and whenever",
)
def _fills_at_its_price(step: Step) -> bool:
    call = step.traded()
    if call is None or not step.facts.is_by_order:
        return False
    expect(call.verb == "execute", "a trade at once")
    account, slot = call.arguments["account"], call.arguments["slot"]
    order, price = step.orders[account, slot], step.order_prices.get((account, slot))
    if price is None:
        expect(False, "{} without a price since it was placed", order)
        return False
    told, buys = call.returns, order.size > 0
    base = price.high if buys else price.low
    if order.reward == 0 and step.before.positions[account][order.m].size * order.size < 0:
        # What is nobody's while has the worse of its price and that of now.
        now = step.after.prices[step.facts.markets[order.m].feed]
        base = max(base, now.high) if buys else min(base, now.low)
    # What is better than the price was paid out of others' impact; what is worse stays within the bound.
    better = (base - told["price_usd"]) * (1 if buys else -1) * abs(told["size"]) // WAD
    paid = step.before.clocks[order.m].impact_pool - step.after.clocks[order.m].impact_pool
    expect(better <= max(paid, 0) + 1, "filled at {}, its price is {}: {} better", told["price_usd"], base, better)
    same = abs(told["price_usd"] - base) * abs(told["size"]) < 2 * WAD
    expect(same or told["impact_usd"] != 0, "filled at {} without an impact, its price is {}", told["price_usd"], base)
    expect(abs(told["price_usd"] - base) * WAD <= base * MAX_IMPACT_WAD + WAD, "{} at {}", told["price_usd"], base)
    return price != step.after.prices[step.facts.markets[order.m].feed]._replace(shown=price.shown)


#: Why an order has no price yet, or none any more; a price that nobody stands behind is waited for.
_NO_PRICE = {"ORDER_UNKNOWN", "ORDER_EXPIRED", "ORDER_PRICE_TOO_OLD", "ORDER_NOT_TRIGGERED", "PRICE_HALTED"}


@holds("PO-20", "P", "after the request an order that has its price is filled or ends: nothing of its owner's keeps it")
def _ends_or_fills(step: Step) -> bool:
    call = step.tried("execute")
    if call is None or not step.facts.is_by_order:
        return False
    if call.accepted:
        return call.returns["size"] == 0
    reason = name_of(call.status)
    if reason == "ACCESS_CLOSED_BY_MODE":
        # Paused, margin moves neither here nor back: its owner can neither lift that nor withdraw meanwhile.
        order = step.orders[call.arguments["account"], call.arguments["slot"]]
        expect(step.before.aum.mode == PAUSED and order.margin > 0, "closed by mode {}", step.before.aum.mode)
        return False
    expect(reason in _NO_PRICE, "it waits for {}", reason)
    return False


@holds("PO-22", "P", "what an order loses that is not filled is no more than its price went against it, and its stake")
def _a_stake_is_what_a_fill_would_have_lost(step: Step) -> bool:
    call = step.accepted("execute", "release")
    if call is None:
        return False
    if call.verb == "release":
        return _released_at_a_cost(step, call)
    lost = changes(step.before.collateral[INSURANCE], step.after.collateral[INSURANCE])
    if not any(lost):
        return False
    order = step.orders[call.arguments["account"], call.arguments["slot"]]
    expect(call.returns["size"] == 0 and step.facts.is_by_order, "{} costs {}", call, lost)
    others = [units for k, units in enumerate(lost) if k != order.asset]
    expect(not any(others) and 0 < lost[order.asset] <= order.margin - order.reward, "{} of {}", lost, order)
    against = moved_against(step, order)
    usd = worth(step.facts, step.after.prices, lost, "low")
    expect(usd <= against + unit_usd(step.facts, step.after.prices), "{} USD WAD, and {} against it", usd, against)
    return True


def _released_at_a_cost(step: Step, call: Call) -> bool:
    """Below maintenance margin a release ends all orders: those that could have been filled are no option either."""
    facts, prices = step.facts, step.after.prices
    lost = worth(facts, prices, changes(step.before.collateral[INSURANCE], step.after.collateral[INSURANCE]), "low")
    due = sure = Fraction(0)
    for order in step.orders.values():
        if order.account == call.arguments["account"] and not order.only_reduces and facts.is_by_order:
            stake = [(order.margin - order.reward) * (k == order.asset) for k in range(len(facts.assets))]
            if _may_have_grown(step, order):
                usd = min(worth(facts, prices, stake, "low"), Fraction(moved_against(step, order)))
                due += usd
                sure += usd * _nothing_is_in_its_way(step, order)
    rounding = MAX_ORDERS * unit_usd(facts, prices)
    expect(
        sure - rounding <= lost <= due + rounding,
        "{} USD WAD to insurance, of {} to {}",
        int(lost),
        int(sure),
        int(due),
    )
    return due > 0


def _nothing_is_in_its_way(step: Step, order: Order) -> bool:
    """The market is open to it, with room for many times its size, and any impact that there may be is accepted."""
    state, market = step.after, step.facts.markets[order.m]
    price = step.order_prices[order.account, order.slot]
    side = LONG if order.size > 0 else SHORT
    bucket = state.buckets[market.assets[side]]
    cost = abs(order.size) * price.high // WAD
    cap = cap_of(step, order.m, side)
    is_open = not state.aum.mode and not any(clock.closed for clock in state.clocks)
    has_room = (
        state.sides[order.m][side].cost < cap // 2
        and _MANY * cost < cap * market.max_account_share_wad // WAD
        and 2 * bucket.reserved < bucket.pool
    )
    slack = price.high * MAX_IMPACT_WAD // WAD
    is_borne = price.high + slack <= order.acceptable if order.size > 0 else price.low - slack >= order.acceptable
    is_sure = not price.status and not any(each.status for each in state.prices)
    return is_open and has_room and is_borne and is_sure and cost >= 2 * market.min_position_usd_wad


def _may_have_grown(step: Step, order: Order) -> bool:
    """It has a price that its owner accepts, would not have made a position smaller, and its market is open to it."""
    price = step.order_prices.get((order.account, order.slot))
    held = step.before.positions[order.account][order.m].size
    if price is None or held * order.size < 0:
        return False
    if step.after.prices[step.facts.markets[order.m].feed].status < HALTED and (
        step.after.aum.mode or price.status or step.after.clocks[order.m].closed >> _INCREASE & 1
    ):
        return False
    return price.high <= order.acceptable if order.size > 0 else price.low >= order.acceptable


def moved_against(step: Step, order: Order) -> int:
    """How much less its fill would be worth now. USD WAD."""
    price = step.order_prices[order.account, order.slot]
    now = step.after.prices[step.facts.markets[order.m].feed]
    moved = price.high - now.high if order.size > 0 else now.low - price.low
    return max(moved * abs(order.size) // WAD, 0)


@holds("AC-13", "P", "after the request nobody looks at an order's price first and cancels then")
def _no_look_and_cancel(step: Step) -> bool:
    call = step.tried("cancel", "place")
    if call is None or not step.facts.is_by_order:
        return False
    if call.verb == "place":
        lives_s = call.arguments["expires_at_s"] - step.before.time_s if call.arguments["expires_at_s"] else MIN_WAIT_S
        expect(not call.accepted or lives_s >= MIN_WAIT_S, "left for {} s alone", lives_s)
        return lives_s < MIN_WAIT_S
    key = call.arguments["account"], call.arguments["slot"]
    order = step.orders.get(key)
    if order is None or order.is_expired(step.before.time_s):
        return False
    if order.kind == AT_MARKET:
        early = step.before.time_s < order.placed_at_s + MIN_WAIT_S
        expect(not (early and call.accepted), "{} cancelled after {} s", order, step.before.time_s - order.placed_at_s)
        if early:
            return True
    if call.accepted and key in step.order_prices:
        left = step.after.open_orders[order.account] == step.before.open_orders[order.account]
        expect(left, "{} has a price, and was cancelled", order)
        return True
    return False
