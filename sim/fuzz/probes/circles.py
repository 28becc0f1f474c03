"""Second futures of the pool: circles of deposits, withdrawals and swaps, in and out around a fee, and over a band."""

from __future__ import annotations

from sim.fuzz.entering import enter
from sim.fuzz.facts import OK, WAD
from sim.fuzz.foresight import weight_fee_of
from sim.fuzz.probes.leaving import grown, is_by_request, leave, start, unlocked
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped, units_down, value_down
from sim.fuzz.trading import calmed, trade

_MINT, _REDEEM = 0, 1
_REFUSED = 2**255 - 1
_ARBITRAGEUR = "arbitrageur"
#: Ways around: what is done one after the other with what the last step gave (k, j, l are three assets).
_WAYS = (
    ("swap kj", "mint j", "redeem k"),
    ("mint k", "redeem j", "swap jk"),
    ("swap kj", "swap jl", "mint l", "redeem k"),
    ("mint k", "redeem j", "swap jl", "mint l", "redeem k"),
)


@probes(
    "SW-10", "M", "a circle of deposits, withdrawals and swaps at fixed prices never gains, by whatever way", every=4
)
def _circle(lab: Lab) -> bool:
    calm = calmed(lab)
    if calm is None or any(entry.amount for entry in calm.state.entries):
        return False
    lab, arena, facts, state = calm, calm.arena, calm.facts, calm.state
    n = len(facts.assets)
    if n == 1 or state.aum.status != OK or state.aum.low == 0:
        return False
    k = lab.turn % n
    j, other = (k + 1 + lab.turn // n % (n - 1)) % n, next((i for i in range(n) if i != k), k)
    letters = {"k": k, "j": j, "l": next((i for i in range(n) if i not in (k, j)), other)}
    asset = facts.assets[k]
    start = units_down(asset, state.aum.tokens_mid >> (2 + lab.turn % 16), state.prices[asset.feed].mid) + 1
    have, began_s = start, arena.time_s
    rounds = 1 if is_by_request(facts) else 3
    with arena.fork():
        for _ in range(rounds):
            have = _around(lab, letters, have)
            if not have:
                return False
        took_s = arena.time_s - began_s
    # By request time passes, in which shares earn what they earn anyway.
    most = start * grown(lab, took_s) + rounds * bool(took_s)
    expect(have <= most, "{} units of asset {} became {}", start, k, have)
    return True


def _around(lab: Lab, letters: dict[str, int], start: int) -> int:
    """Once around, with so many units: what they became; 0 where a step is refused."""
    have, me = start, lab.facts.actor(_ARBITRAGEUR)
    for step in _WAYS[lab.turn // 3 % len(_WAYS)]:
        verb, _, places = step.partition(" ")
        assets = [letters[letter] for letter in places]
        if verb == "swap" and assets[0] == assets[1]:
            continue
        if verb == "redeem":
            unlocked(lab)
            have = leave(lab, _ARBITRAGEUR, assets[0], have)
        else:
            call = enter(lab, verb, _ARBITRAGEUR, *assets, have, 0, me)
            have = call.returns["shares" if verb == "mint" else "tokens"] if call.accepted else 0
        if not have:
            break
    return have


@probes("LP-06", "M", "mint and redeem at fixed prices do not enrich", every=4)
def _in_and_out(lab: Lab) -> bool:
    calm = calmed(lab)
    if calm is None or any(entry.amount for entry in calm.state.entries):
        return False
    lab, arena, facts, state = calm, calm.arena, calm.facts, calm.state
    if state.aum.status != OK or state.aum.low == 0:
        return False
    k = lab.turn % len(facts.assets)
    asset = facts.assets[k]
    amount = units_down(asset, state.aum.low >> (lab.turn % 24), state.prices[asset.feed].low) + 1
    receiver = facts.actor(_ARBITRAGEUR)
    began_s = arena.time_s
    with arena.fork():
        minted = enter(lab, "mint", _ARBITRAGEUR, k, amount, 0, receiver)
        unlocked(lab)
        got = leave(lab, _ARBITRAGEUR, k, minted.returns["shares"]) if minted.accepted else 0
        took_s = arena.time_s - began_s
    most = amount * grown(lab, took_s) + bool(took_s)
    expect(got <= most, "{} for {} of asset {}", got, amount, k)
    return got > 0


@probes(
    "LP-07",
    "M",
    "who mints before a fee and redeems after it earns no more than a share of the fee; nothing where shares wait",
    every=5,
)
def _around_a_fee(lab: Lab) -> bool:
    calm = calmed(lab)
    if calm is None:
        return False
    lab, arena, facts, state = calm, lab.arena, lab.facts, calm.state
    held = [(a, m, p.size) for a, m, p in state.held() if a in facts.trader_ids]
    # What a capped winner is paid is not what the pool's value counted: who leaves moves it, beside the fee.
    if not held or state.aum.status != OK or state.aum.low == 0 or is_capped(state, facts):
        return False
    k, me = lab.turn % len(facts.assets), facts.actor(_ARBITRAGEUR)
    asset = facts.assets[k]
    amount = units_down(asset, state.aum.low >> (2 + lab.turn % 3), state.prices[asset.feed].low) + 1
    account, m, size = held[lab.turn % len(held)]
    began_s = arena.time_s
    with arena.fork():
        minted = enter(lab, "mint", _ARBITRAGEUR, k, amount, 0, me)
        if not minted.accepted:
            return False
        closed = trade(lab, account, m, -size)
        if facts.pool.redeem_delay_s:
            is_locked = not start(arena, _ARBITRAGEUR, k, minted.returns["shares"])
            expect(is_locked, "redeemed at once: {}", minted)
            return True
        tokens = leave(lab, _ARBITRAGEUR, k, minted.returns["shares"])
        took_s = arena.time_s - began_s
    if not closed.accepted or not tokens:
        return False
    told = closed.returns
    price = state.prices[facts.markets[m].feed]
    # What the others pay beside the fee: the band of what is closed and of the tokens that settle it, and price impact.
    income = (
        told["fee_usd"] + told["borrow_usd"] + abs(told["impact_usd"]) + abs(size) * (price.high - price.low) // WAD
    )
    income += max(0, told["settled_usd"] - told["paid_usd"]) + abs(told["settled_usd"]) // 1_000 + 2 * WAD // 1_000
    # By request time passes, in which shares earn what they earn anyway.
    income += int(state.aum.low * (grown(lab, took_s) - 1))
    gained = value_down(asset, max(0, tokens - amount), state.prices[asset.feed].high)
    expect(
        gained * state.supply <= income * (state.supply + minted.returns["shares"]), "gained {} of {}", gained, income
    )
    return True


@probes("SW-11", "M", "what is refused from the target outward is refused from across the target, too", every=7)
def _no_jump_over_the_band(lab: Lab) -> bool:
    facts, state = lab.facts, lab.state
    k = lab.turn % len(facts.assets)
    asset = facts.assets[k]
    target = state.aum.tokens_mid * asset.target_weight_wad // WAD
    held = value_down(asset, state.buckets[k].pool, state.prices[asset.feed].mid)
    if target < WAD:
        return False
    # From further off than the place on the other side, so that the way there leads nearer to the target.
    place = target * (1 + lab.turn % 9) // 10
    start, grows = max(held, target + place + place // 8 + 1), False
    kind, to = _REDEEM, target - place
    if lab.turn % 2:
        start, grows, kind, to = min(held, target - min(place + place // 8 + 1, target)), True, _MINT, target + place
    out = weight_fee_of(lab.arena, kind, k, k, target, target, abs(to - target), grows)
    across = weight_fee_of(lab.arena, kind, k, k, start, target, abs(to - start), grows)
    expect(out < _REFUSED or across == _REFUSED, "from {} over {} to {} costs {}", start, target, to, across)
    return True
