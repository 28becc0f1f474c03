"""Insurance, bad debt and deleveraging: AD."""

from __future__ import annotations

from sim.chain.failures import name_of
from sim.fuzz.facts import HALTED, INSURANCE, REDUCE_ONLY, WAD
from sim.fuzz.foresight import BY_RANK, BY_SHARE
from sim.fuzz.judges.shares import given_back, losses_told
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import (
    ACCOUNT_ROUNDING_WEI,
    changes,
    closing_price,
    free_equity,
    gross_equity,
    into_the_pot,
    owed,
    paid_for_better_prices,
    pnl_down,
    side_of,
    status_of,
    unit_usd,
    with_earned,
    worth,
)

#: Profit below which a share of it rounds to nothing.
_DUST_USD_WAD = 10**6
#: What winners need not give: rounding may leave it.
_CENT_USD_WAD = 10**16


@holds("AD-01", "P", "the pool loses, or winners give for it, only after insurance has nothing left")
def _insurance_pays_first(step: Step) -> bool:
    lost = losses_told(step) + given_back(step)
    if lost == 0:
        return False
    if step.accepted("unwind") is not None and _claimed(step):
        return False  # what the same call paid insurance came after the loss
    for k, left in enumerate(step.after.collateral[INSURANCE]):
        price = step.after.prices[step.facts.assets[k].feed]
        # An asset without a price is taken last, and not at all when insurance unwinds what is its own.
        kept = price.status == HALTED and step.accepted("unwind") is not None
        expect(left == 0 or kept, "asset {}: {} left, bad debt {}", k, left, lost)
    return True


def _claimed(step: Step) -> bool:
    """Insurance was paid funding."""
    assert step.call is not None
    m = step.call.arguments["m"]
    position = step.before.positions[INSURANCE][m]
    funding = owed(position, step.after.sides[m][side_of(position)])[1]
    pots = [state.clocks[m].funding_pot for state in (step.before, step.after)]
    return pots[1] < pots[0] + into_the_pot(step.facts, funding)


@holds("AD-02", "P", "insurance pays only bad debt, the flat reward, and what its own positions lose")
def _insurance_pays_nothing_else(step: Step) -> bool:
    moved = changes(step.before.collateral[INSURANCE], step.after.collateral[INSURANCE])
    if min(moved) >= 0:
        return False
    call = step.accepted("liquidate", "unwind")
    expect(call is not None, "changed by {}", moved)
    assert call is not None
    # Tokens are whole: each payment may take one unit of one asset more than its worth.
    unit = unit_usd(step.facts, step.after.prices)
    changed = worth(step.facts, step.after.prices, moved, "low")
    if call.verb == "unwind":
        may = _own_loss(step, call.arguments["m"]) + len(moved) * unit
        expect(changed >= -may, "lost {} of {}", int(changed), may)
        return True
    told, plan = call.returns, step.foresight.plan
    assert plan is not None
    flat = 0 if plan.pool_pays_keeper else min(plan.keeper_usd_wad, told["reward_usd"])
    least = told["penalty_usd"] - told["insured_usd"] - flat - 2 * unit
    expect(changed >= least, "changed by {}, told {}", int(changed), least)
    return True


def _own_loss(step: Step, m: int) -> int:
    """What closing insurance's position in a market can cost it."""
    position = step.before.positions[INSURANCE][m]
    side = side_of(position)
    borrow, funding = owed(position, step.after.sides[m][side])
    at = closing_price(step.facts, step.after.prices, m, side)
    return max(0, -pnl_down(abs(position.size), position.cost, at, side)) + borrow + max(0, funding)


@holds(
    "AD-03",
    "P",
    "losses above the limit of an epoch leave the pool open to smaller risk only, until the epoch ends",
    remembers=True,
)
def _losses_close_the_pool(step: Step) -> bool:
    facts, now, told = step.facts, step.after.time_s, step.after.losses
    ends, lost = step.memory.get("AD-03", (0, 0))
    new = losses_told(step)
    if new:
        if now >= ends:
            ends, lost = now + facts.epoch_s, 0
        lost += new
    step.memory["AD-03"] = ends, lost
    expect((told.epoch_ends_s, told.epoch_loss_usd) == (ends, lost), "{}, lost {} until {}", told, lost, ends)
    if lost <= facts.max_epoch_loss_usd_wad or now >= ends:
        return False
    expect(step.after.aum.mode >= REDUCE_ONLY, "lost {} of {}, mode {}", lost, facts.max_epoch_loss_usd_wad, 0)
    return True


@holds("AD-04", "P", "winners are called on if and only if the policy wants it, at the prices of the call")
def _deleverage_needs_a_reason(step: Step) -> bool:
    call, goal = step.tried("deleverage"), step.foresight.goal
    if call is None or goal is None:
        return False
    if call.accepted:
        expect(goal.needed_usd > 0, "nothing was needed")
        told = call.returns["needed_usd"], bool(call.returns["is_haircut"])
        expect(told == (goal.needed_usd, goal.is_haircut), "told {}, wanted {}", told, goal)
    if name_of(call.status) == "DELEVERAGE_NOT_TRIGGERED":
        expect(goal.needed_usd == 0, "needed {}", goal.needed_usd)
    return True


def _candidates(arguments: dict[str, int]) -> list[int]:
    named = [value for name, value in arguments.items() if name.startswith("candidate")]
    return named[: named.index(0)] if 0 in named else named


def _is_ascending(candidates: list[int]) -> bool:
    return candidates == sorted(set(candidates))


@holds("AD-05", "P", "where winners are wanted, naming everybody on their side is enough")
def _deleverage_is_possible(step: Step) -> bool:
    call, goal = step.tried("deleverage"), step.foresight.goal
    if call is None or goal is None or goal.needed_usd == 0:
        return False
    named = _candidates(call.arguments)
    m, side = call.arguments["m"], call.arguments["side"]
    is_open = status_of(step.facts, step.before.prices, m, side) < HALTED and step.before.aum.mode <= REDUCE_ONLY
    holders = {
        account
        for account, row in step.before.positions.items()
        if account != INSURANCE and row[m].size and side_of(row[m]) == side
    }
    wins = any(step.foresight.ranks[account].score for account in named if account in step.foresight.ranks)
    if not (is_open and wins and _is_ascending(named) and holders <= set(named)):
        return False
    if goal.is_haircut and goal.list_rule == BY_RANK and name_of(call.status) == "DELEVERAGE_NOT_ALL":
        return False  # who has left since the loss stood before them
    expect(call.accepted, "needed {}, refused", goal.needed_usd)
    return True


@holds(
    "AD-06",
    "P",
    "no more is taken from winners than is needed and one lot, or the rest of a position that were too small",
)
def _no_more_than_needed(step: Step) -> bool:
    call = step.accepted("deleverage")
    if call is None:
        return False
    told = call.returns
    over = max(0, told["taken_usd"] - told["needed_usd"])
    expect(told["overshoot_usd"] == over, "told {}, took {} too much", told["overshoot_usd"], over)
    # What would be left of a position may be too small to stand, and closes along with its profit.
    m, ranks = call.arguments["m"], step.foresight.ranks
    least = step.facts.markets[m].min_position_usd_wad
    rests = [
        rank.profit_usd * least // max(1, step.before.positions[account][m].booked) + _DUST_USD_WAD
        for account, rank in ranks.items()
        if rank.profit_usd
    ]
    most = step.facts.lot_usd_wad + max(rests, default=0)
    expect(over <= most, "took {} too much, a lot is {}", over, step.facts.lot_usd_wad)
    profits = sum(rank.profit_usd for rank in step.foresight.ranks.values())
    expect(told["taken_usd"] <= profits, "took {} of {}", told["taken_usd"], profits)
    return True


@holds(
    "AD-07",
    "P",
    "only winners of the side give, and nobody before one who ranks higher and has not given in this block",
    remembers=True,
)
def _winners_in_order(step: Step) -> bool:
    call = step.accepted("deleverage")
    if call is None:
        return False
    m, ranks = call.arguments["m"], step.foresight.ranks
    named = _candidates(call.arguments)
    gave = [a for a in ranks if step.before.positions[a][m] != step.after.positions[a][m]]
    expect(len(gave) == call.returns["accounts"], "{} gave, told {}", gave, call.returns["accounts"])
    for account in gave:
        expect(account in named and ranks[account].score > 0, "account {}: {}", account, ranks[account])
    if not gave:
        # Where each gives a share, those who are named may have given theirs.
        needed, goal = call.returns["needed_usd"], step.foresight.goal
        assert goal is not None
        expect(needed < _CENT_USD_WAD or goal.list_rule == BY_SHARE, "nobody gave, {} are needed", needed)
        return False
    block, before = step.memory.get("AD-07", (0, frozenset()))
    before = before if block == step.after.time_s else frozenset()
    step.memory["AD-07"] = step.after.time_s, before | {(m, account) for account in gave}
    # Whoever has begun to give goes on: what it was paid would put it behind others.
    lowest = min((ranks[account].score for account in gave if (m, account) not in before), default=2**256)
    for account in set(named) & set(ranks) - set(gave):
        rank = ranks[account]
        passed = rank.score <= lowest or (m, account) in before or rank.profit_usd < _DUST_USD_WAD
        expect(passed, "account {} was passed over: {}, lowest {}", account, rank, lowest)
    return True


@holds("AD-09", "P", "whoever is deleveraged keeps all but that profit, and pays no fee for it")
def _winners_keep_the_rest(step: Step) -> bool:
    call = step.accepted("deleverage")
    if call is None:
        return False
    facts, m = step.facts, call.arguments["m"]
    unit = unit_usd(facts, step.after.prices)
    hit = False
    sides = step.after.sides
    for account, rank in step.foresight.ranks.items():
        if step.before.positions[account][m] == step.after.positions[account][m]:
            continue
        hit = True
        was, now = (
            free_equity(facts, s.prices, with_earned(s, facts, account, sides), s.positions[account], sides)
            for s in (step.before, step.after)
        )
        # Profit that is taken back leaves in the order of sale, at low prices, and may take what had a haircut.
        spread = sum(p.high - p.low for p in step.after.prices) * WAD // min(p.low for p in step.after.prices)
        cost = rank.profit_usd * spread // WAD if call.returns["is_haircut"] else 0
        least = was - cost - len(facts.assets) * unit - ACCOUNT_ROUNDING_WEI
        expect(now >= least, "account {}: free equity {} -> {}", account, was, now)
    return hit


@holds("AD-10", "P", "bad debt is what an account lacks, is told once, and a deficit falls by what winners gave")
def _bad_debt_is_recognised_once(step: Step) -> bool:
    call = step.accepted("liquidate", "deleverage")
    if call is None:
        return False
    told = call.returns
    old, new = step.before.losses.deficits, step.after.losses.deficits
    if call.verb == "deleverage":
        m, side = call.arguments["m"], call.arguments["side"]
        was, now = old[m][side], new[m][side]
        due = max(0, was - told["taken_usd"]) if told["is_haircut"] else was
        expect(now == due, "deficit {} -> {}, taken {}", was, now, told["taken_usd"])
        return bool(told["is_haircut"])
    unpaid = told["insured_usd"] + told["bad_debt_usd"]
    if unpaid == 0:
        return False
    account = call.arguments["account"]
    gross = gross_equity(step.before, step.facts, step.after.sides, account)
    # A close that evens out the sides is paid for it, forced or not.
    rebates = paid_for_better_prices(step.before, step.after)
    expect(unpaid + rebates + _DUST_USD_WAD >= -gross, "recognised {} of {}", unpaid, -gross)
    left = [units for units, a in zip(step.after.collateral[account], step.facts.assets, strict=True) if a.scale]
    expect(not any(left), "account {} keeps {}", account, left)
    added = sum(sum(row) for row in new) - sum(sum(row) for row in old)
    expect(added <= told["bad_debt_usd"], "deficits rose by {}, told {}", added, told["bad_debt_usd"])
    return True


@holds(
    "AD-13",
    "P",
    "before insurance or the pool lose by an account, all that it owns is gone: collateral, earned funding, margin of "
    "orders",
)
def _what_it_owns_is_gone_first(step: Step) -> bool:
    call = step.accepted("liquidate", "release_and_liquidate", "unwind")
    if call is None:
        return False
    account = INSURANCE if call.verb == "unwind" else call.arguments["account"]
    if losses_told(step) + given_back(step) + call.returns.get("insured_usd", 0) == 0:
        return False
    owed = step.after.claims[account]
    expect(not any(owed), "account {} is still owed {} of funding", account, owed)
    margins = [order.margin for (owner, _), order in step.orders_after.items() if owner == account]
    expect(not any(margins), "account {} still has {} in orders", account, margins)
    return True


@holds(
    "AD-11", "I", "tokens cover what every account has of its own and what is owed to it: traders come before shares"
)
def _traders_are_covered(step: Step) -> bool:
    state, facts = step.after, step.facts
    everything = [bucket.pool + bucket.collateral for bucket in state.buckets]
    have = worth(facts, state.prices, everything, "high")
    owned = [max(0, health.equity) for account, health in state.health.items() if account in facts.trader_ids]
    claims = sum(sum(row) for row in state.claims.values())
    pots = sum(clock.funding_pot for clock in state.clocks)
    due = sum(owned) + min(claims, pots)
    expect(have >= due, "{} in tokens, {} owed", int(have), due)
    return any(health.notional for health in state.health.values())
