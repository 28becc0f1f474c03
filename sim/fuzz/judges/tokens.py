"""Tokens and whose they are: TA."""

from __future__ import annotations

from fractions import Fraction

from sim.chain.actions import EXECUTED, POSTPONED
from sim.fuzz.arena import Call
from sim.fuzz.facts import BOOK, HALTED, INSURANCE, TREASURY, WAD
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import changes, leaves_last, owed, side_of, unit_usd, worth

#: Verbs that may touch insurance, and those that move the margin of orders.
_INSURED = ("liquidate", "unwind")
_ORDERS = ("place", "cancel", "execute", "release")


def _moved(step: Step) -> dict[tuple[int, int], int]:
    """Balance changes that arguments and answer explain: (asset, holder) -> units; holder 0 is the market."""
    call = step.call
    if call is None or not call.accepted:
        return {}
    call = step.redemption() or call
    given, told, sender, entries = call.arguments, call.returns, call.actor + 1, len(step.facts.actors) + 1
    moves: list[tuple[int, int, int]] = []  # asset, holder, units
    match call.verb:
        case "mint" | "deposit_collateral":
            moves = [(given["k"], sender, -given["amount"]), (given["k"], 0, given["amount"])]
        case "redeem":
            receiver = given["receiver"] if given["receiver"] >= 0 else call.actor  # the machine asks for itself
            moves = [(given["k"], 0, -told["tokens"]), (given["k"], receiver + 1, told["tokens"])]
            if leaves_last(step.before, call):  # the answer tells of one token; what left the pool, of the others
                for k, units in enumerate(changes(*([b.pool for b in s.buckets] for s in (step.before, step.after)))):
                    moves += [] if k == given["k"] else [(k, 0, units), (k, receiver + 1, -units)]
        case "swap":
            moves = [(given["k"], sender, -given["amount"]), (given["k"], 0, given["amount"])]
            moves += [(given["j"], 0, -told["tokens"]), (given["j"], given["receiver"] + 1, told["tokens"])]
        case "request_mint" | "request_swap":
            moves = [(given["k"], sender, -given["amount"]), (given["k"], entries, given["amount"])]
        case "execute_entry":
            moves = _moved_by_an_entry(step, call)
        case "withdraw_collateral":
            moves = [(given["k"], 0, -given["amount"]), (given["k"], given["receiver"] + 1, given["amount"])]
    total: dict[tuple[int, int], int] = {}
    for k, holder, units in moves:
        total[k, holder] = total.get((k, holder), 0) + units
    return total


def _moved_by_an_entry(step: Step, call: Call) -> list[tuple[int, int, int]]:
    """What the end of a request moves: its tokens to the market or back, the reward to whoever brought it there."""
    holder, told, entries = call.arguments["holder"], call.returns, len(step.facts.actors) + 1
    asked = step.before.entries[holder]
    if told["outcome"] == POSTPONED:
        return []
    taker = 0 if told["outcome"] == EXECUTED else holder + 1
    moves = [(asked.k, entries, -asked.amount), (asked.k, taker, asked.amount - asked.reward)]
    moves += [(asked.k, call.actor + 1, asked.reward)]
    if told["units"]:
        moves += [(asked.j, 0, -told["units"]), (asked.j, holder + 1, told["units"])]
    return moves


@holds("TA-01", "I", "the market's token balance is its pool plus its collateral, to the wei")
def token_identity(step: Step) -> bool:
    for k, bucket in enumerate(step.after.buckets):
        balance = step.after.tokens[k][0]
        expect(balance == bucket.pool + bucket.collateral, "asset {}: balance {}, {}", k, balance, bucket)
    return step.accepted() is not None


@holds("TA-03", "P", "a call's balance changes sum to zero and are the amounts that it was given and told")
def _balances_move_as_told(step: Step) -> bool:
    moved = _moved(step)
    for k, (old, new) in enumerate(zip(step.before.tokens, step.after.tokens, strict=True)):
        expect(sum(old) == sum(new), "asset {}: {} units appeared", k, sum(new) - sum(old))
        for holder, (was, now) in enumerate(zip(old, new, strict=True)):
            told = moved.get((k, holder), 0)
            expect(now - was == told, "asset {} of holder {}: moved {}, told {}", k, holder, now - was, told)
    return bool(moved)


@holds("TA-04", "I", "an asset's collateral is the sum over accounts")
def _collateral_is_the_sum(step: Step) -> bool:
    for k, bucket in enumerate(step.after.buckets):
        total = sum(row[k] for row in step.after.collateral.values())
        expect(bucket.collateral == total, "asset {}: {} but accounts hold {}", k, bucket.collateral, total)
    return step.accepted() is not None and step.before.collateral != step.after.collateral


def touched_by(call: Call) -> set[int]:
    """Accounts that a call may change."""
    given = call.arguments
    touched = {given[name] for name in ("account", "keeper", "target") if name in given}
    touched |= {units for name, units in given.items() if name.startswith("candidate") and units}
    if call.verb not in ("report", "deposit_collateral", "withdraw_collateral"):
        touched.add(TREASURY)
    if call.verb in (*_INSURED, "execute", "release"):
        touched.add(INSURANCE)
    if call.verb in _ORDERS:
        touched.add(BOOK)
    return touched


@holds(
    "TA-05", "P", "a call touches no account but those it names; insurance, treasury and order margin by their verbs"
)
def _strangers_are_untouched(step: Step) -> bool:
    call = step.call
    touched = touched_by(call) if call is not None and call.accepted else set()
    before, after = step.before, step.after
    for account in before.collateral:
        if account not in touched:
            same = before.collateral[account] == after.collateral[account]
            expect(same, "collateral of {}: {} -> {}", account, before.collateral[account], after.collateral[account])
    for account in before.claims:
        if account not in touched:
            # What haircuts took of its profit is AD-14's.
            stored = [[position.stored for position in state.positions[account]] for state in (before, after)]
            expect(
                stored[0] == stored[1] and before.claims[account] == after.claims[account], "positions of {}", account
            )
    return bool(touched)


def _fees(step: Step, call: Call) -> int:
    """USD WAD of fees that a call charged, of which the protocol has its share."""
    told = call.returns
    fees = max(told.get("fee_usd", 0), 0) + told.get("borrow_usd", 0)
    if call.verb in ("unwind", "deleverage"):  # they do not tell what was settled
        m = call.arguments["m"]
        for account, row in step.before.positions.items():
            if row[m].stored != step.after.positions[account][m].stored:
                fees += owed(row[m], step.after.sides[m][side_of(row[m])])[0]
    return fees


@holds("TA-06", "P", "the treasury only grows, by at most the protocol's share of the fees of the call")
def _treasury_takes_its_share(step: Step) -> bool:
    gained = changes(step.before.collateral[TREASURY], step.after.collateral[TREASURY])
    expect(min(gained) >= 0, "changed by {}", gained)
    call = step.accepted()
    fees = 0 if call is None else _fees(step, call)
    usd = worth(step.facts, step.after.prices, gained, "high")
    allowed = Fraction(fees * step.facts.protocol_fee_wad, WAD)
    expect(usd <= allowed, "took {} USD WAD of fees {}", int(usd), fees)
    return usd > 0


@holds(
    "TA-07", "P", "of each fee the treasury has its share to the unit, as far as free tokens go; keepers what was told"
)
def _fees_arrive(step: Step) -> bool:
    call = step.entry() or step.accepted("trade", "execute", "liquidate") or step.redemption()
    if call is None:
        return False
    given, told, facts = call.arguments, call.returns, step.facts
    if call.verb == "liquidate":
        gained = _changes_of(step, given["keeper"])
        low, high = (worth(facts, step.after.prices, gained, which) for which in ("low", "high"))
        units = len(facts.assets) * unit_usd(facts, step.after.prices)
        # Tokens are whole and have a band: at its low end no more than was told, at its high end no less.
        expect(low - 2 * units <= told["reward_usd"] <= high + 1, "keeper got {} to {} for {}", low, high, told)
        moved = _changes_of(step, INSURANCE)
        saved = worth(facts, step.after.prices, [max(0, each) for each in moved], "high")
        saved -= worth(facts, step.after.prices, [max(0, -each) for each in moved], "low")
        flat = step.facts.keeper_usd_wad
        expect(
            saved + told["insured_usd"] + flat + units >= told["penalty_usd"], "insurance got {} for {}", saved, told
        )
        return told["reward_usd"] > 0
    m = given.get("m", 0) if call.verb != "execute" else step.orders[given["account"], given["slot"]].m
    k = {"mint": given.get("k"), "redeem": given.get("k"), "swap": given.get("j")}.get(
        call.verb, facts.markets[m].assets[1]
    )
    assert k is not None
    got = step.after.collateral[TREASURY][k] - step.before.collateral[TREASURY][k]
    asset, bucket = facts.assets[k], step.after.buckets[k]
    price = step.after.prices[asset.feed]
    share = _fees(step, call) * facts.protocol_fee_wad // WAD
    free = max(0, bucket.pool + got - bucket.reserved - asset.buffer)
    due = 0 if price.status == HALTED else min(free, share * WAD // (price.high * asset.scale))
    expect(got == due, "asset {}: treasury got {} of {} due", k, got, due)
    return got > 0


def _changes_of(step: Step, account: int) -> list[int]:
    return changes(step.before.collateral[account], step.after.collateral[account])


@holds(
    "TA-08",
    "P",
    "a claim pays what is owed as far as it was collected, once: claimed again it pays nothing",
    remembers=True,
)
def _claims_pay_once(step: Step) -> bool:
    call = step.tried("claim_funding")
    last = step.memory.get("TA-08")
    step.memory["TA-08"] = call if call is not None and call.accepted else None
    if call is None:
        return False
    account, m = call.arguments["account"], call.arguments["m"]
    if isinstance(last, Call) and last.arguments == call.arguments:
        expect(not call.accepted, "paid again")
        return True
    if call.accepted:
        usd = call.returns["usd"]
        was, pot = step.before.claims[account][m], step.before.clocks[m].funding_pot
        expect(0 < usd <= min(was, pot), "paid {} of {} out of {}", usd, was, pot)
        expect(step.after.claims[account][m] == was - usd, "left {}", step.after.claims[account][m])
        expect(step.after.clocks[m].funding_pot == pot - usd, "pot {}", step.after.clocks[m].funding_pot)
    return False
