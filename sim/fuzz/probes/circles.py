"""Second futures of the pool: circles of deposits, withdrawals and swaps, and jumps over a band."""

from __future__ import annotations

from sim.fuzz.facts import OK, WAD
from sim.fuzz.foresight import weight_fee_of
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import units_down, value_down

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


@probes("SW-10", "M", "a circle of deposits, withdrawals and swaps in one block never gains, by whatever way", every=4)
def _circle(lab: Lab) -> bool:
    arena, facts, state = lab.arena, lab.facts, lab.state
    n = len(facts.assets)
    if n == 1 or state.aum.status != OK or state.aum.low == 0 or facts.pool.redeem_delay_s:
        return False
    k = lab.turn % n
    j, other = (k + 1 + lab.turn // n % (n - 1)) % n, next((i for i in range(n) if i != k), k)
    letters = {"k": k, "j": j, "l": next((i for i in range(n) if i not in (k, j)), other)}
    me, asset = facts.actor(_ARBITRAGEUR), facts.assets[k]
    start = units_down(asset, state.aum.tokens_mid >> (2 + lab.turn % 16), state.prices[asset.feed].mid) + 1
    have = start
    for _ in range(3):
        for step in _WAYS[lab.turn // 3 % len(_WAYS)]:
            verb, _, places = step.partition(" ")
            assets = [letters[letter] for letter in places]
            if verb == "swap" and assets[0] == assets[1]:
                continue
            call = arena.call(verb, _ARBITRAGEUR, *assets, have, 0, me)
            if not call.accepted:
                return False
            have = call.returns["shares" if verb == "mint" else "tokens"]
    expect(have <= start, "{} units of asset {} became {}", start, k, have)
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
