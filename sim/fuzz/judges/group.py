"""What no sequence of one's own calls may do, and amounts at which rounding shows: DF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sim.fuzz import draws
from sim.fuzz.facts import LONG, WAD
from sim.fuzz.judges.shares import share_price_never_falls
from sim.fuzz.judges.swap import rounded_against_the_caller
from sim.fuzz.judges.tokens import token_identity
from sim.fuzz.orders import Order
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import closing_price, owed, side_of, worth
from sim.fuzz.snapshot import Side, Snapshot

#: Verbs by which nobody is meant to gain. Keepers' verbs are: they are paid by those whom they serve.
_OWN = (
    *("mint", "redeem", "swap", "request_mint", "request_exit", "request_swap"),
    *("trade", "claim_funding", "place", "cancel"),
    *("deposit_collateral", "withdraw_collateral", "transfer_collateral"),
)
#: Roundings between exact worth and what a call settles: some for each market and asset.
_ROUNDING_WEI = 64


def _wealth(
    state: Snapshot,
    step: Step,
    actor: int,
    sides: Sequence[tuple[Side, Side]],
    orders: Mapping[tuple[int, int], Order],
) -> Fraction:
    """Wallet and shares, and the accounts of traders: tokens at low prices, positions where they close. USD WAD."""
    facts = step.facts
    total = worth(facts, state.prices, [row[actor + 1] for row in state.tokens], "low")
    if state.supply:
        total += Fraction((state.shares[actor + 1] + state.exits[actor].shares) * state.aum.low, state.supply)
    asked = state.entries[actor]
    if asked.amount:
        total += worth(facts, state.prices, [asked.amount * (k == asked.k) for k in range(len(facts.assets))], "low")
    if facts.actors[actor] != "traders":
        return total
    for account in facts.trader_ids:
        total += worth(facts, state.prices, state.collateral[account], "low")
        for m, position in enumerate(state.positions[account]):
            total += state.claims[account][m]
            if position.size:
                side = side_of(position)
                at = closing_price(facts, state.prices, m, side)
                direction = 1 if side == LONG else -1
                total += direction * (Fraction(abs(position.size) * at, WAD) - position.booked)
                borrow, funding = owed(position, sides[m][side])
                total -= borrow + funding
    margins = [0] * len(facts.assets)
    for order in orders.values():
        margins[order.asset] += order.margin
    return total + worth(facts, state.prices, margins, "low")


@holds(
    "DF-09",
    "P",
    "a call makes nobody richer, all of the caller's accounts and shares together, but for what it is told",
)
def _nobody_gains_by_calling(step: Step) -> bool:
    call = step.accepted(*_OWN)
    if call is None:
        return False
    sides = step.after.sides
    before = _wealth(step.before, step, call.actor, sides, step.orders)
    after = _wealth(step.after, step, call.actor, sides, step.orders_after)
    told = call.returns
    # A rebate or a better price is told; it comes out of what others paid before.
    given = max(0, -told.get("fee_usd", 0)) + max(0, -told.get("impact_usd", 0))
    expect(after <= before + given + _ROUNDING_WEI, "{} -> {}, told {}", int(before), int(after), given)
    return after != before


@holds("DF-05", "P", "at amounts of a few units tokens, roundings and the price of shares hold as at any other")
def _dust_changes_nothing(step: Step) -> bool:
    call = step.accepted()
    if call is None or call.arguments.get("amount") not in draws.DUST:
        return False
    token_identity(step)
    rounded_against_the_caller(step)
    share_price_never_falls(step)
    return True
