"""Liquidations toward a target: what is closed is the least that reaches it."""

from __future__ import annotations

from sim.fuzz.facts import HALTED, WAD
from sim.fuzz.foresight import Plan
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import ACCOUNT_ROUNDING_WEI, is_capped, unit_usd

_BPS = 10_000
#: Tokens are paid in whole units: for a loss, for three charges, for funding, and for a profit.
_PAYMENTS = 8


def _steps(step: Step, account: int, plan: Plan) -> list[int]:
    """By market: equity above the target that closing a position whole may leave, though its smallest rest may not."""
    state, needs = step.before, step.foresight.smallest_needs_usd
    found = []
    for m, position in enumerate(state.positions[account]):
        smallest = step.facts.markets[m].min_position_usd_wad
        rest = smallest * state.health[account].notionals[m] // position.booked if position.booked else 0
        found.append(plan.target_wad * needs[m] // WAD + rest)
    return found


@holds(
    "LQ-19",
    "P",
    "a liquidation toward a target ends within a basis point or one smallest position of it; less would not have done",
)
def _no_less_would_have_done(step: Step) -> bool:
    call, plan = step.accepted("liquidate"), step.foresight.plan
    if call is None or plan is None or not plan.target_wad or plan.is_full:
        return False
    # While a side's profit is capped, what closes changes what is left of it.
    if is_capped(step.before, step.facts) or is_capped(step.after, step.facts):
        return False
    account, told = call.arguments["account"], call.returns
    old, new = step.before.health[account], step.after.health[account]
    positions = list(zip(step.before.positions[account], step.after.positions[account], strict=True))
    closed = [m for m, (was, now) in enumerate(positions) if now.size != was.size]
    whole = [m for m in closed if not positions[m][1].size]
    target = plan.target_wad * new.maintenance // WAD
    surplus = new.equity - target
    slack = target // _BPS + _PAYMENTS * unit_usd(step.facts, step.before.prices) + ACCOUNT_ROUNDING_WEI
    steps = _steps(step, account, plan)
    if told["is_full"]:
        hopeless: bool = old.equity * WAD <= _charges(step, plan) * old.notional + plan.keeper_usd_wad * WAD
        # What has no price pays last, for a full close alone.
        unpaid = told["insured_usd"] or told["bad_debt_usd"] or old.collateral_status >= HALTED
        expect(
            hopeless or bool(unpaid) or not whole or surplus <= slack + max(steps[m] for m in whole),
            "closed whole, with {} left beyond the target",
            surplus,
        )
        return not hopeless
    is_limited = plan.close_wad < WAD
    expect(is_limited or surplus >= -slack, "equity {} of a target of {}", new.equity, target)
    most = slack + sum(steps[m] for m in whole)
    expect(surplus <= most, "equity {} is {} above the target of {}: {} closed", new.equity, surplus, target, closed)
    for m in closed:
        was, now = positions[m]
        limit = -(-abs(was.size) * plan.close_wad // WAD)
        expect(
            m in whole or abs(was.size) - abs(now.size) <= limit, "market {}: {} -> {}, at most {}", m, was, now, limit
        )
    return True


def _charges(step: Step, plan: Plan) -> int:
    """What each USD closed costs in charges at least: never less than a close of the owner's."""
    fee = max(market.trade_fee_wad for market in step.facts.markets)
    return max(plan.charges_wad, fee + plan.keeper_wad)
