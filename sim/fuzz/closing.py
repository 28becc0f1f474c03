"""What a close costs, and what its account has for it: haircuts are no loss, and earned funding pays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sim.fuzz.arena import Call
from sim.fuzz.facts import HALTED, WAD, Facts
from sim.fuzz.properties import expect
from sim.fuzz.reckon import unit_usd, with_earned, worth
from sim.fuzz.snapshot import Side, Snapshot

PAYS_WHAT_IT_HAS = "a close pays its fee, or of what its account owns the part that what closes is of all its positions"
#: Kept back of every close, against the rounding of tokens (contracts/Desk.vy), and as much again.
_CENTS_USD_WAD = 2 * WAD // 100


def owned_in_full(state: Snapshot, facts: Facts, account: int, sides: Sequence[tuple[Side, Side]]) -> Fraction:
    """Equity with all collateral that has a price, haircuts left out; indices of now. USD WAD."""
    units = with_earned(state, facts, account, sides)
    priced = [
        held if state.prices[asset.feed].status < HALTED else 0 for held, asset in zip(units, facts.assets, strict=True)
    ]
    health = state.health[account]
    return health.equity - health.collateral + worth(facts, state.prices, priced, "low")


def pays_what_it_has(facts: Facts, before: Snapshot, after: Snapshot, call: Call, account: int, m: int) -> bool:
    """Judge an accepted trade by what it told; whether it was a close with something to say about."""
    told, old, new = call.returns, before.health[account], after.health[account]
    size, left = (abs(state.positions[account][m].size) for state in (before, after))
    if left >= size or not old.notional:
        return False
    fee = abs(told["size"]) * told["price_usd"] * facts.markets[m].trade_fee_wad // WAD**2
    # Who can pay all of it pays the fee apart; a better price may have paid more than it.
    if told["fee_usd"] or told["impact_usd"] < 0:
        return bool(told["fee_usd"])
    closed = Fraction(old.notionals[m] * (size - left), size * old.notional)
    if closed < 1 and old.equity >= 0:
        freed = max(old.maintenance - new.maintenance, 0)
        closed = min(closed, Fraction(freed, max(old.maintenance, 1)))
    had = closed * owned_in_full(before, facts, account, after.sides)
    rounding = _CENTS_USD_WAD + len(facts.assets) * unit_usd(facts, before.prices)
    paid = told["impact_usd"] + before.clocks[m].impact_pool  # out of which a better price pays a part of the fee
    expect(paid + rounding >= min(int(had), fee), "paid {} of {}, and had {} for it", paid, fee, int(had))
    return True
