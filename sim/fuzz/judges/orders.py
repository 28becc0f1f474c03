"""Orders: margin that counts once, prices that came later, rewards that are earned."""

from __future__ import annotations

from sim.fuzz.facts import BOOK
from sim.fuzz.properties import Step, expect, holds


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
        closes = position.size * order.size < 0
        most = min(abs(order.size), abs(position.size)) if closes else abs(order.size)
        expect(abs(size) == most and size * order.size > 0, "traded {} of {}", size, order)
    return True
