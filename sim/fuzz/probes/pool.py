"""Second futures of the pool: its value, ways in and out, the curve of its fee."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz.entering import enter, enter_all, is_by_request
from sim.fuzz.facts import LONG, MAX_FEE_WAD, WAD
from sim.fuzz.foresight import weight_fee_of
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import HAIRCUT_ROUNDING_WEI, profit_cap, side_of, units_down, value_down
from sim.fuzz.snapshot import Snapshot
from sim.fuzz.trading import calmed

#: Roundings between the pool's value and exact reckoning: one for each asset and five for each market
#: (profit and pending fees of two sides, the protocol's share of the fees) and two of pending funding, and one for the
#: rebate budget.
_AUM_ROUNDING_WEI = 8 + 7 * 8 + 1
#: Kinds of a weight fee (contracts/lib/constants.vy).
_MINT, _REDEEM, _SWAP = range(3)
_MANY = 2**255 - 1
_ARBITRAGEUR = "arbitrageur"
_CROWD = (_ARBITRAGEUR, "lp0", "lp1", "keepers")
_MAX_TAX_BPS = 500  # bound of every policy


@probes(
    "LP-03",
    "I",
    "the pool's value is its tokens and its share of pending borrow fees, minus profits, pots and the rebate budget; "
    "funding that is settled per unit counts as it accrues",
    every=1,
)
def _value_is_exact(lab: Lab) -> bool:
    state, arena = lab.state, lab.arena
    if any(side.size for sides in state.sides for side in sides):
        arena.accrue()
        accrued = arena.reader.after_accrual(state)
        same = accrued.aum._replace(closed=0) == state.aum._replace(closed=0)
        expect(same, "accrual moves it: {} -> {}", state.aum, accrued.aum)
        state = accrued
    unbooked = HAIRCUT_ROUNDING_WEI * sum(position.given > 0 for _, _, position in state.held())
    for name in ("low", "mid", "high"):
        exact = max(_exact_value(state, lab, name), Fraction(0))
        told = getattr(state.aum, name)
        expect(abs(told - exact) <= _AUM_ROUNDING_WEI + unbooked, "{}: {} but {}", name, told, int(exact))
    return any(True for _ in state.held())


def _exact_value(state: Snapshot, lab: Lab, which: str) -> Fraction:
    """The pool in rationals, position by position; indices must be of now."""
    facts = lab.facts
    total = Fraction(0)
    for bucket, asset in zip(state.buckets, facts.assets, strict=True):
        total += Fraction(bucket.pool * asset.scale * getattr(state.prices[asset.feed], which), WAD)
    opposite = {"low": "high", "mid": "mid", "high": "low"}[which]
    profits: dict[tuple[int, int], Fraction] = {}
    funding = [Fraction(0)] * len(facts.markets)
    for _, m, position in state.held():
        side = side_of(position)
        # Worst for the pool: longs at the high price, shorts at the low one.
        price = getattr(state.prices[facts.markets[m].feed], opposite if side == LONG else which)
        direction = 1 if side == LONG else -1
        profit = direction * (Fraction(abs(position.size) * price, WAD) - position.booked)
        profits[m, side] = profits.get((m, side), Fraction(0)) + profit
        pending = Fraction(position.cost * state.sides[m][side].borrow_index, WAD) - position.borrow_debt
        total += pending * Fraction(WAD - facts.protocol_fee_wad, WAD)
        funding[m] += Fraction(abs(position.size) * state.sides[m][side].funding_index, WAD) - position.funding_debt
    if facts.is_funding_per_unit:
        total += sum(funding)
    for (m, side), profit in profits.items():
        total -= min(profit, Fraction(profit_cap(state, facts, m, side)))
    total -= sum(clock.funding_pot + clock.impact_pool for clock in state.clocks)
    if not facts.is_funding_per_unit:  # what the pool has of the pot, as far as it is there or still owed to it
        for m, clock in enumerate(state.clocks):
            total += min(Fraction(state.pool_claims[m]), max(clock.funding_pot + funding[m], Fraction(0)))
    return max(total, Fraction(0)) - state.rebate_budget


@probes("LP-08", "M", "a mint or swap in pieces gives no more than at once, but for the tax on its fee", every=5)
def _pieces(lab: Lab) -> bool:
    calm = calmed(lab)
    if calm is None or any(entry.amount for entry in calm.state.entries):
        return False
    lab, arena, facts, state = calm, calm.arena, calm.facts, calm.state
    n = len(facts.assets)
    k = lab.turn % n
    j = (k + 1 + lab.turn // n % max(n - 1, 1)) % n
    asset = facts.assets[k]
    amount = units_down(asset, state.aum.tokens_mid >> (3 + lab.turn % 20), state.prices[asset.feed].mid) // 4 * 4
    mints = lab.turn % 2 == 0 or n == 1
    results = []
    fee = 0
    for parts in (1, 2, 4):
        total = fees = 0
        with arena.fork():
            # By request one after the other at one price: each by somebody else, all for one.
            who = _CROWD[:parts] if is_by_request(facts) else [_ARBITRAGEUR] * parts
            given = ("mint", who, k) if mints else ("swap", who, k, j)
            for call in enter_all(lab, *given, amount // parts, 0, facts.actor(_ARBITRAGEUR)):
                if not call.accepted:
                    return False
                total += call.returns["shares" if mints else "tokens"]
                fees += abs(call.returns["fee_usd"])
        fee = max(fee, fees)
        results.append(total)
    # The fee looks at what would move without it. A later piece begins where the fees of the earlier ones have left the
    # pool, so that pieces may save the tax on the fee.
    usd = value_down(asset, amount, state.prices[asset.feed].low)
    saved = results[0] * fee * _MAX_TAX_BPS // (10_000 * max(usd, 1)) + 4
    expect(max(results) <= results[0] + saved, "at once {}, in pieces {}", results[0], results[1:])
    return amount > 0


@probes("SW-04", "M", "swapping away and back in one block, over one asset or two, never gains", every=4)
def _cycle(lab: Lab) -> bool:
    calm = calmed(lab)
    if calm is None:
        return False
    lab, facts, state = calm, calm.facts, calm.state
    n = len(facts.assets)
    if n == 1:
        return False
    k = lab.turn % n
    way = [k, (k + 1 + lab.turn // n % (n - 1)) % n]
    if lab.turn % 3 == 0 and n > 2:
        way.append(next(i for i in range(n) if i not in way))
    me = facts.actor(_ARBITRAGEUR)
    asset = facts.assets[k]
    amount = units_down(asset, state.aum.tokens_mid >> (3 + lab.turn % 24), state.prices[asset.feed].mid) + 1
    have = amount
    for source, target in zip(way, [*way[1:], k], strict=True):
        call = enter(lab, "swap", _ARBITRAGEUR, source, target, have, 0, me)
        if not call.accepted:
            return False
        have = call.returns["tokens"]
    expect(have <= amount, "{} for {} by way of {}", have, amount, way)
    return True


@probes("TA-02", "M", "tokens sent to a contract past its verbs change nothing but its balance", every=11)
def _donation(lab: Lab) -> bool:
    arena, state = lab.arena, lab.state
    target = ("market", "pool", "liquidator", "order_book", "oracle", "controller")[lab.turn // 4 % 6]
    k = lab.turn % len(arena.facts.assets)
    amount = min(10 ** (lab.turn % 19), state.tokens[k][arena.facts.actor(_ARBITRAGEUR) + 1])
    arena.donate(k, amount, target)
    after = arena.snapshot()
    ours = after.tokens[k][0] - state.tokens[k][0]
    expect(ours == (amount if target == "market" else 0), "balance changed by {} instead of {}", ours, amount)
    for name in ("prices", "buckets", "aum", "health", "collateral", "positions", "sides", "shares", "claims"):
        was, now = getattr(state, name), getattr(after, name)
        expect(was == now, "{}: {} -> {}", name, was, now)
    return True


@probes("TA-10", "M", "moving to oneself, and moving nothing, changes nothing or is refused", every=11)
def _nothing_moves_nothing(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    for account in facts.trader_ids:
        arena.assess(account)
    before = arena.snapshot()
    account = facts.trader_ids[lab.turn % len(facts.trader_ids)]
    k = lab.turn % len(facts.assets)
    me, held = facts.actor("traders"), before.collateral[account][k]
    lp = arena.chain.deployment.addresses["lp0"]
    shares = before.shares[facts.actor("lp0") + 1]
    arena.call("transfer_collateral", "traders", account, k, held, account)
    arena.call("transfer_collateral", "traders", account, k, 0, facts.trader_ids[0])
    arena.call("deposit_collateral", "traders", account, k, 0)
    arena.call("withdraw_collateral", "traders", account, k, 0, me)
    arena.call("trade", "traders", account, 0, 0, 0)
    arena.call("mint", "lp0", k, 0, 0, facts.actor("lp0"))
    arena.call("redeem", "lp0", k, 0, 0, facts.actor("lp0"))
    arena.send("lp0", "pool", "transfer", lp, shares)
    arena.send("lp0", "pool", "transfer", arena.chain.deployment.addresses["lp1"], 0)
    expect(arena.snapshot() == before, "something changed")
    return held > 0


def _curve(lab: Lab) -> tuple[int, int, int, int]:
    """(asset, its value, its target, its distance to the target), USD WAD."""
    facts, state = lab.facts, lab.state
    k = lab.turn % len(facts.assets)
    asset = facts.assets[k]
    current = value_down(asset, state.buckets[k].pool, state.prices[asset.feed].mid)
    target = state.aum.tokens_mid * asset.target_weight_wad // WAD
    return k, current, target, abs(current - target)


@probes(
    "SW-01",
    "M",
    "the fee is within its bounds, never below zero, and has no cliff where a trade meets the target",
    every=7,
)
def _fee_is_continuous(lab: Lab) -> bool:
    k, current, target, gap = _curve(lab)
    grows = current < target
    if gap < WAD:
        return False
    points = (gap, 2 * gap, gap // 3 + 1, 10 * gap)
    for usd in points:
        step = usd // 10**6 + 1
        if not grows and usd + step > current:
            continue
        low, high = (
            weight_fee_of(lab.arena, _MINT if grows else _REDEEM, k, k, current, target, delta, grows)
            for delta in (usd, usd + step)
        )
        expect(0 <= low <= MAX_FEE_WAD, "fee {} for {}", low, usd)
        # A thousandth of a basis point: a millionth more of a trade cannot change its mean fee by more.
        expect(abs(high - low) <= 10**11, "fee {} for {}, {} for {} more", low, usd, high, step)
    return True


@probes("SW-02", "M", "toward the target costs at most what away from it costs; across it, the mean of both", every=7)
def _toward_is_cheaper(lab: Lab) -> bool:
    k, current, target, gap = _curve(lab)
    if gap < WAD or current < WAD:
        return False
    grows = current < target
    usd = min(gap, current) // (1 + lab.turn % 5)
    toward, away = (
        weight_fee_of(lab.arena, _MINT if up else _REDEEM, k, k, current, target, usd, up) for up in (grows, not grows)
    )
    expect(toward <= away, "toward {}, away {}, of {} USD WAD", toward, away, usd)
    if not grows and 2 * gap > current:
        return True
    # Crossing is charged on the mean of both distances: nine tenths past the target it is nearly what a trade at the
    # target is charged, and never only what the way in is. Two basis points for policies that say whole ones.
    kind = _MINT if grows else _REDEEM
    across = weight_fee_of(lab.arena, kind, k, k, current, target, 19 * gap // 10, grows)
    inward = weight_fee_of(lab.arena, kind, k, k, current, target, gap, grows)
    there = weight_fee_of(lab.arena, kind, k, k, target, target, WAD, grows)
    if max(across, inward, there) < _MANY:
        expect(2 * across + 4 * 10**14 >= inward + there, "across {}, inward {}, there {}", across, inward, there)
    return True
