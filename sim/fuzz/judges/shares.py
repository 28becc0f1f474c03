"""Shares and the value of the pool: LP."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from sim.chain.failures import name_of
from sim.fuzz.facts import OK, WAD
from sim.fuzz.judges.orders import moved_since_its_price
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import DEAD_SHARES, changes, is_capped, is_empty, leaves_last, unit_usd, worth
from sim.fuzz.snapshot import Snapshot

#: The pool's value is a sum of rounded terms. Between two calls at the same prices they can differ from
#: exact reckoning by one wei for each asset (up to 8) and five for each market (profit of two sides is
#: exact in favour of the pool; pending fees and funding of two sides and the protocol's share are rounded down).
AUM_ROUNDING_WEI = 8 + 5 * 8


@holds("LP-01", "I", "the supply is the sum of share balances, which change by what mint and redeem tell")
def _supply_is_the_sum(step: Step) -> bool:
    expect(step.after.supply == sum(step.after.shares), "{} but {}", step.after.supply, sum(step.after.shares))
    call = step.entry("mint") or step.accepted("redeem")
    told = _told_by_exits(step)
    for holder, (was, now) in enumerate(zip(step.before.shares, step.after.shares, strict=True)):
        change = told.get(holder, 0)
        if call is not None and call.verb == "mint" and holder == call.arguments["receiver"] + 1:
            change = call.returns["shares"]
        if call is not None and call.verb == "redeem" and holder == call.actor + 1:
            change = -call.arguments["amount"]
        expect(now - was == change, "holder {}: {} shares instead of {}", holder, now - was, change)
    return call is not None


def _told_by_exits(step: Step) -> dict[int, int]:
    """Shares that a request takes from its holder, and that its end gives: by place in the snapshot."""
    call = step.accepted("request_exit", "execute_exit")
    if call is None:
        return {}
    exits = len(step.after.shares) - 1
    if call.verb == "request_exit":
        return {call.actor + 1: -call.arguments["amount"], exits: call.arguments["amount"]}
    holder = call.arguments["holder"]
    if step.after.exits[holder].shares:  # it waits on
        return {}
    shares, reward = step.before.exits[holder].shares, step.before.exits[holder].reward
    moved = Counter({exits: -shares, call.actor + 1: reward})
    moved[holder + 1] += call.returns["shares"]
    expect(call.returns["shares"] == (0 if call.returns["units"] else shares - reward), "{} of {}", call, shares)
    return dict(moved)


@holds("LP-02", "P", "low <= mid <= high; mint pays the pool's high value, redeem gets its low one")
def _value_is_against_the_caller(step: Step) -> bool:
    aum = step.after.aum
    expect(aum.low <= aum.mid <= aum.high, "{}", aum)
    call = step.entry("mint") or step.redemption()
    if call is None:
        return False
    old, supply = step.before.aum, step.before.supply
    asset = step.facts.assets[call.arguments["k"]]
    price = step.before.prices[asset.feed]
    fee = call.returns["fee_usd"]
    if call.verb == "mint":
        paid = call.arguments["amount"] * asset.scale * price.low - fee * WAD
        expect(call.returns["shares"] * old.high * WAD <= paid * supply, "shares {}", call.returns["shares"])
    elif not leaves_last(step.before, call):  # that is a part of every token, whatever its price
        taken = call.returns["tokens"] * asset.scale * price.high + fee * WAD
        expect(taken * supply <= call.arguments["amount"] * old.low * WAD, "tokens {}", call.returns["tokens"])
    return True


def given_back(step: Step) -> int:
    """USD WAD that an index took from winners in a call, for what it lost."""
    return sum(map(sum, step.after.losses.given)) - sum(map(sum, step.before.losses.given))


def losses_told(step: Step) -> int:
    """USD WAD of bad debt that a call left to the pool, less what winners gave back in it."""
    call = step.accepted("liquidate", "unwind", "deleverage")
    if call is None:
        return 0
    if call.verb == "liquidate" and not (given_back(step) and is_capped(step.before, step.facts)):
        return call.returns["bad_debt_usd"] - given_back(step)
    # These do not tell, nor what winners gave of a profit that a cap withheld: a deficit grew, or it was too old and
    # began anew. What winners gave back to a deficit is on their own side.
    mine = (call.arguments["m"], call.arguments["side"]) if call.verb == "deleverage" else None
    lost = 0
    for m, (old, new) in enumerate(zip(step.before.losses.deficits, step.after.losses.deficits, strict=True)):
        for side, (was, now) in enumerate(zip(old, new, strict=True)):
            if (m, side) != mine and was != now:
                lost += now if now < was else now - was
    return lost


def _pool_may_lose(step: Step) -> int:
    """USD WAD that a call may take from liquidity providers: what is written down here, and nothing else.

    1. Bad debt: the loss that neither collateral nor insurance paid.
    2. In designs that say so, the flat reward of an account that could not pay it. It could if it paid anything else.
    3. What was set off against a bad debt and is not collected yet: the pool has earned it instead of the account.
    """
    lost = losses_told(step) + max(0, sum(step.after.pool_claims) - sum(step.before.pool_claims))
    call = step.accepted("liquidate")
    if call is not None and step.foresight.plan is not None and step.foresight.plan.pool_pays_keeper:
        told = call.returns
        if told["fee_usd"] + told["penalty_usd"] + told["forfeited_usd"] == 0:
            lost += min(step.foresight.plan.keeper_usd_wad, told["reward_usd"])
    return lost


def _price_falls(aum: int, supply: int, new_aum: int, new_supply: int, lost: int) -> bool:
    """Share price fell by more than the loss, one wei of price and the rounding of the pool's value.

    Holds if WAD * (new_aum + lost + rounding) / new_supply >= WAD * aum / supply - 1, by cross multiplication.
    """
    kept = (new_aum + lost + AUM_ROUNDING_WEI) * WAD * supply + supply * new_supply
    return kept < aum * WAD * new_supply


#: Verbs by which one comes or goes as a provider, or swaps.
_LIQUIDITY = ("mint", "redeem", "execute_exit", "swap", "execute_entry")


@holds("LP-04", "P", "at fixed prices and time no call but realised bad debt lowers the price of a share, low or high")
def share_price_never_falls(step: Step) -> bool:
    call = step.accepted()
    before, after = step.before, step.after
    if call is None or before.supply == 0:
        return False
    # Capped profit is a share of what backs it: a fee that comes in raises it, and a winner who leaves lowers it by
    # less than it was paid. Who comes or goes as a provider must not.
    if call.verb not in _LIQUIDITY and is_capped(before, step.facts):
        return False
    lost = _pool_may_lose(step) + moved_since_its_price(step)
    for name in ("low", "high"):
        was, now = getattr(before.aum, name), getattr(after.aum, name)
        expect(
            not _price_falls(was, before.supply, now, after.supply, lost),
            "p_{}: value {} -> {}, supply {} -> {}, may lose {}",
            *(name, was, now, before.supply, after.supply, lost),
        )
    return before.aum != after.aum


#: Verbs whose flows say by how much the value of the pool changes.
_FLOWING = (
    *_LIQUIDITY,
    "request_mint",
    "request_swap",
    "deposit_collateral",
    "withdraw_collateral",
    "transfer_collateral",
)
_TRADING = ("trade", "execute")


@holds("LP-05", "P", "the pool's mid value changes by the flows of the call: deposits, fees kept, spread and impact")
def _value_follows_the_flows(step: Step) -> bool:
    call = step.accepted(*_FLOWING, "place", "cancel", *_TRADING)
    before, after, facts = step.before, step.after, step.facts
    # Where the value is zero or a profit is capped, what comes in is not what the shares gain.
    if call is None or is_capped(before, facts) or is_capped(after, facts) or 0 in (before.aum.low, after.aum.low):
        return False
    changed = after.aum.mid + after.rebate_budget - before.aum.mid - before.rebate_budget
    moved = changes([b.pool for b in before.buckets], [b.pool for b in after.buckets])
    if call.verb not in _TRADING:
        flow = worth(facts, after.prices, moved, "mid")
        expect(abs(changed - flow) <= AUM_ROUNDING_WEI, "changed by {} at flows of {}", changed, int(flow))
        return bool(flow)
    told = call.returns
    account = call.arguments["account"]
    m = call.arguments["m"] if call.verb == "trade" else step.orders[account, call.arguments["slot"]].m
    price = after.prices[facts.markets[m].feed]
    edge = Fraction(told["size"] * (told["price_usd"] - price.mid), WAD)  # > 0: the fill is worse than mid
    kept = edge + Fraction(told["fee_usd"] * (WAD - facts.protocol_fee_wad), WAD)
    impact, saved = told["impact_usd"], after.clocks[m].impact_pool - before.clocks[m].impact_pool
    due = impact * facts.markets[m].impact_pool_share_wad // WAD if impact > 0 else impact
    if is_empty(after, m):  # nobody is left to whom it could be given
        due = -before.clocks[m].impact_pool
    expect(saved == due, "the impact pool changed by {} instead of {}", saved, due)
    kept -= saved
    # Tokens come in at their low price and go out at their high one, whole units against the account; what a reserve
    # does not let out, and what the treasury cannot have, stays.
    swung = worth(facts, after.prices, [abs(units) + 1 for units in moved], "high")
    swung -= worth(facts, after.prices, [abs(units) for units in moved], "low")
    paid = told["settled_usd"] - told["paid_usd"] if told["settled_usd"] > 0 else 0
    fees = told["fee_usd"] + told["borrow_usd"]
    most = kept + swung + paid + fees + 2 * unit_usd(facts, after.prices)
    expect(kept - AUM_ROUNDING_WEI <= changed <= most, "changed by {}, flows {} to {}", changed, int(kept), int(most))
    return True


@holds("LP-09", "I", "there are no shares, or at least the dead ones, which the pool keeps")
def _dead_shares_stay(step: Step) -> bool:
    expect(step.after.supply == 0 or step.after.shares[0] >= DEAD_SHARES, "pool holds {}", step.after.shares[0])
    return step.accepted("redeem") is not None


@holds("LP-11", "P", "mint gives shares, redeem and swap give tokens, or they are refused")
def _nothing_for_something(step: Step) -> bool:
    call = step.entry() or step.accepted("redeem")
    if call is None:
        return False
    expect(call.returns.get("shares", 1) > 0 and call.returns.get("tokens", 1) > 0, "gave nothing")
    return True


@holds("LP-12", "P", "mint, redeem and swap give at least the least that the caller named")
def _least_is_honoured(step: Step) -> bool:
    call = step.entry() or step.redemption()
    if call is None:
        return False
    name, least = ("shares", "min_shares") if call.verb == "mint" else ("tokens", "min_amount")
    expect(call.returns[name] >= call.arguments[least], "{} of {}", call.returns[name], call.arguments[least])
    return call.arguments[least] > 0


@holds(
    "LP-13",
    "P",
    "a redemption leaves what is reserved, the buffer and, net of what is minted, the limit of a window, or is refused",
    remembers=True,
)
def _reserves_stay(step: Step) -> bool:
    _count_minted(step)
    call = step.tried("redeem")
    if call is None:
        return False
    k = call.arguments["k"]
    bucket, asset = step.after.buckets[k], step.facts.assets[k]
    if call.accepted and not leaves_last(step.before, call):
        expect(bucket.pool >= bucket.reserved + asset.buffer, "{} with a buffer of {}", bucket, asset.buffer)
        _check_window(step, call.arguments["amount"])
    return bucket.reserved + asset.buffer > 0


def _count_minted(step: Step) -> None:
    call = step.entry("mint")
    if call is not None and "LP-13" in step.memory:
        began, supply, left = step.memory["LP-13"]
        step.memory["LP-13"] = began, supply, left - call.returns["shares"]


def _check_window(step: Step, amount: int) -> None:
    limit = step.facts.pool
    began, supply, left = step.memory.get("LP-13", (0, 0, 0))
    if step.after.time_s >= began + limit.redeem_window_s:
        began, supply, left = step.after.time_s, step.before.supply, 0
    left += amount
    step.memory["LP-13"] = began, supply, left
    expect(left * WAD <= supply * limit.redeem_limit_wad, "{} of {} shares left in a window", left, supply)


@holds(
    "LP-15",
    "P",
    "while anything that the pool holds or owes has no firm price nobody mints or redeems; nothing else does",
)
def _no_entry_without_a_price(step: Step) -> bool:
    call = step.entry("mint") or step.tried("mint", "redeem")
    if call is None:
        return False
    price = step.before.prices[step.facts.assets[call.arguments["k"]].feed]
    worst = max(price.status, _pool_status(step.before, step))
    expect(not call.accepted or worst == OK, "accepted at status {}", worst)
    expect(worst > OK or name_of(call.status) not in _PRICES, "refused for a price that nobody holds: {}", call)
    return worst > OK


_PRICES = ("PRICE_WIDE", "PRICE_HALTED")


def _pool_status(state: Snapshot, step: Step) -> int:
    held = [state.prices[a.feed].status for a, b in zip(step.facts.assets, state.buckets, strict=True) if b.pool > 0]
    traded = zip(step.facts.markets, state.sides, strict=True)
    return max(
        [OK, *held, *(state.prices[market.feed].status for market, sides in traded if any(s.size for s in sides))]
    )


@holds("LP-16", "P", "bad debt lowers the value of all shares once, by no more than what insurance did not pay")
def _bad_debt_counts_once(step: Step) -> bool:
    lost = losses_told(step)
    if lost == 0 or is_capped(step.before, step.facts):
        return False
    fell = step.before.aum.low - step.after.aum.low
    most = _pool_may_lose(step) + AUM_ROUNDING_WEI
    expect(fell <= most, "the pool lost {} by a bad debt of {}", fell, lost)
    return True
