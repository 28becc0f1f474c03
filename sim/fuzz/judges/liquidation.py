"""Liquidation and margin: LQ."""

from __future__ import annotations

from sim.chain.failures import name_of
from sim.fuzz.facts import HALTED, INSURANCE, REDUCE_ONLY, WAD, WIDE
from sim.fuzz.foresight import Plan
from sim.fuzz.judges.gates import gate_of
from sim.fuzz.judges.tokens import touched_by
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import (
    closing_price,
    gross_equity,
    is_capped,
    owed,
    paid_for_better_prices,
    pnl_down,
    priced_markets,
    side_of,
    unit_usd,
    worth,
)
from sim.fuzz.snapshot import Health

#: Charges are taken asset by asset, each valued with one rounding: at most one wei for each of eight assets.
_CHARGE_ROUNDING_WEI = 8
#: Verbs that are made upon an account rather than by its owner.
_UPON = ("liquidate", "deleverage", "unwind")


def _may_liquidate(step: Step, account: int) -> bool:
    health = step.before.health[account]
    is_priced = not health.notional or bool(priced_markets(step.before, step.facts, account))
    is_open = is_priced and step.before.aum.mode <= REDUCE_ONLY
    holds_margin = any(order.margin for order in step.orders.values() if order.account == account)
    return health.is_liquidatable and is_open and not holds_margin


@holds(
    "LQ-01",
    "P",
    "an account can be liquidated if and only if it is below maintenance, has a price and no margin in orders",
)
def _liquidation_is_for_the_unhealthy(step: Step) -> bool:
    call = step.tried("liquidate")
    if call is None:
        return False
    account = call.arguments["account"]
    health = step.before.health[account]
    may = _may_liquidate(step, account)
    expect(call.accepted == may, "equity {}, maintenance {}, status {}", health.equity, *health[3:5])
    return True


@holds("LQ-03", "P", "no call of a user makes a healthy account liquidatable")
def _users_make_nobody_liquidatable(step: Step) -> bool:
    call = step.accepted()
    if call is None or call.verb in _UPON:
        return False
    hit = False
    for account, old in step.before.health.items():
        if old.notional and not old.is_liquidatable:
            hit = True
            new = step.after.health[account]
            expect(not new.is_liquidatable, "account {}: equity {} of {}", account, new.equity, new.maintenance)
    return hit


@holds(
    "LQ-04",
    "P",
    "a call on one account leaves the margin of every other as it was, at fixed prices and time, but for what an index "
    "takes of its profits",
)
def _margin_is_ones_own(step: Step) -> bool:
    call = step.accepted()
    # A capped profit is a share of what backs it: whatever comes into that, or leaves it, moves every winner's.
    if call is None or is_capped(step.before, step.facts) or is_capped(step.after, step.facts):
        return False
    own = touched_by(call)
    hit = False
    for account, old in step.before.health.items():
        if account not in own and old.notional:
            new = step.after.health[account]
            # Initial margin may rise with the open interest of others; what decides on liquidation may not.
            same = (old.maintenance, old.notionals) == (new.maintenance, new.notionals)
            positions = zip(step.before.positions[account], step.after.positions[account], strict=True)
            gave = sum(abs(now.given - was.given) for was, now in positions)
            # Its profit counts as whole tokens of what would pay it.
            most = gave + unit_usd(step.facts, step.after.prices) if gave else 0
            expect(same and 0 <= old.equity - new.equity <= most, "account {}: {} -> {}", account, old, new)
            hit = True
    return hit


def _liquidated(step: Step) -> tuple[Health, Health, Plan, dict[str, int]] | None:
    call = step.accepted("liquidate")
    plan = step.foresight.plan
    if call is None or plan is None:
        return None
    account = call.arguments["account"]
    return step.before.health[account], step.after.health[account], plan, call.returns


@holds(
    "LQ-05",
    "P",
    "a partial liquidation starts above charges that no better price pays, raises the margin ratio, lowers notional",
)
def _partial_liquidation_heals(step: Step) -> bool:
    found = _liquidated(step)
    if found is None or found[3]["is_full"]:
        return False
    old, new, plan, _ = found
    is_above = old.equity * WAD > plan.charges_wad * old.notional
    expect(is_above or paid_for_better_prices(step.before, step.after) > 0, "equity {} of {}", old.equity, old.notional)
    expect(new.notional < old.notional, "notional {} -> {}", old.notional, new.notional)
    if new.notional:
        # Toward a target the ratio is that of equity to the requirement; else to what is open.
        was, now = (old.maintenance, new.maintenance) if plan.target_wad else (old.notional, new.notional)
        expect(new.equity * was > old.equity * now, "margin {} / {} -> {} / {}", old.equity, was, new.equity, now)
    return True


@holds("LQ-06", "P", "at or below the charges everything closes, and charges are at most what equity there was")
def _broken_margin_closes_whole(step: Step) -> bool:
    found = _liquidated(step)
    if found is None:
        return False
    old, new, plan, told = found
    if told["is_full"]:
        assert step.call is not None
        left = step.after.positions[step.call.arguments["account"]]
        priced = priced_markets(step.before, step.facts, step.call.arguments["account"])
        expect(not any(left[m].size for m in priced), "positions of {} are left", new.notional)
    charges = -(-old.notional * plan.charges_wad // WAD) + plan.keeper_usd_wad
    if old.equity > charges:
        return False
    if not told["is_full"]:
        expect(
            paid_for_better_prices(step.before, step.after) > 0,
            "equity {} covers no charges of {}, but the close was partial",
            old.equity,
            charges,
        )
    most = max(0, _gross(step)) + _CHARGE_ROUNDING_WEI
    expect(told["penalty_usd"] + told["fee_usd"] <= most, "charges {} of equity {}", told, most)
    return True


def _gross(step: Step) -> int:
    """What the account was worth, and what it got for better prices."""
    assert step.call is not None
    return paid_for_better_prices(step.before, step.after) + gross_equity(
        step.before, step.facts, step.after.sides, step.call.arguments["account"]
    )


@holds(
    "LQ-07",
    "P",
    "a liquidation closes no more than the policy planned, unless what remained were too small or hopeless",
)
def _no_more_than_planned(step: Step) -> bool:
    found = _liquidated(step)
    if found is None or step.call is None or found[2].is_full or found[2].target_wad:
        return False  # toward a target: LQ-19
    old, _, plan, told = found
    account = step.call.arguments["account"]
    was, now = step.before.positions[account], step.after.positions[account]
    if told["is_full"]:
        part = old.notionals[plan.market] * plan.close_wad // WAD
        cost = -(-part * plan.charges_wad // WAD) + plan.keeper_usd_wad
        heals = max(old.equity, 0) * part > cost * old.notional
        expect(not heals or _could_not_pay(step, account, plan), "closed whole, planned {}", plan)
        return True
    for m, (old_position, new_position) in enumerate(zip(was, now, strict=True)):
        closed = abs(old_position.size) - abs(new_position.size)
        if m != plan.market:
            expect(closed == 0, "market {} was not planned: {} -> {}", m, old_position, new_position)
            continue
        rest = old_position.booked * (WAD - plan.close_wad) // WAD
        whole = rest <= step.facts.markets[m].min_position_usd_wad
        most = abs(old_position.size) if whole else -(-abs(old_position.size) * plan.close_wad // WAD)
        expect(0 < closed <= most, "market {}: closed {} of {}, at most {}", m, closed, old_position, most)
    return True


def _could_not_pay(step: Step, account: int, plan: Plan) -> bool:
    """The planned part alone loses more than the tokens of the account are worth."""
    facts, prices = step.facts, step.before.prices
    position = step.before.positions[account][plan.market]
    side = side_of(position)
    at = closing_price(facts, prices, plan.market, side)
    profit = pnl_down(abs(position.size), position.booked, at, side) * plan.close_wad // WAD
    borrow, funding = owed(position, step.after.sides[plan.market][side])
    tokens = [
        0 if prices[asset.feed].status == HALTED else units
        for units, asset in zip(step.before.collateral[account], facts.assets, strict=True)
    ]
    return worth(facts, prices, tokens, "low") < borrow + funding - profit + len(tokens) * unit_usd(facts, prices)


@holds(
    "LQ-08", "P", "reward, penalty and fee are within the equity; without any the keeper's flat reward is insurance's"
)
def _charges_are_within_equity(step: Step) -> bool:
    found = _liquidated(step)
    if found is None:
        return False
    _, _, plan, told = found
    equity = _gross(step)
    charges = told["reward_usd"] + told["penalty_usd"] + told["fee_usd"]
    charges += 0 if told["assigned_usd"] else told["forfeited_usd"]
    expect(charges <= max(equity, plan.keeper_usd_wad) + _CHARGE_ROUNDING_WEI, "charges {} of {}", charges, equity)
    if equity <= 0:
        rest = told["penalty_usd"] + told["fee_usd"] + (0 if told["assigned_usd"] else told["forfeited_usd"])
        expect(rest <= _CHARGE_ROUNDING_WEI, "{} taken from nothing", rest)
    expect(not plan.pool_pays_keeper, "the plan lets the pool pay the keeper")
    return True


#: Gates through which nothing goes that adds risk.
_REDUCING = ("decrease", "withdraw free", "claim", "liquidate", "deposit", "deleverage")


@holds(
    "LQ-11", "P", "while a price is wide only what reduces risk is open, and closing is open as long as liquidation is"
)
def _wide_prices_only_reduce(step: Step) -> bool:
    call = step.call
    found = None if call is None else gate_of(step, call)
    if call is None or found is None or found[1] != WIDE:
        return False
    gate, _ = found
    expect(not call.accepted or gate in _REDUCING, "accepted at a wide price: {}", gate)
    closed = name_of(call.status) == "PRICE_WIDE" and gate in _REDUCING
    # A transfer is a withdrawal and a deposit: from an account without positions it may still be refused where it goes.
    expect(not closed or call.verb == "transfer_collateral", "refused at a wide price: {}", gate)
    return True


@holds("LQ-13", "P", "a keeper earns by what is closed and a flat sum per call: liquidating in pieces earns no more")
def _rewards_are_per_size(step: Step) -> bool:
    found = _liquidated(step)
    if found is None:
        return False
    _, _, plan, told = found
    most = told["closed_usd"] * plan.keeper_wad // WAD + plan.keeper_usd_wad
    expect(told["reward_usd"] <= most, "reward {} for {}", told["reward_usd"], told["closed_usd"])
    return told["reward_usd"] > 0


@holds("LQ-14", "P", "liquidation works with an empty insurance and a pool whose tokens are all reserved")
def _works_without_help(step: Step) -> bool:
    call = step.tried("liquidate")
    if call is None or not _may_liquidate(step, call.arguments["account"]):
        return False
    expect(call.accepted, "refused")
    full = any(b.pool == b.reserved > 0 for b in step.before.buckets)
    return full or not any(step.before.collateral[INSURANCE])
