"""Second futures of a holder who wants to leave while others run, mint and shift shares about."""

from __future__ import annotations

from sim.chain.failures import name_of
from sim.fuzz.entering import enter
from sim.fuzz.facts import NORMAL, WAD
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import units_down, value_down

_VICTIM, _RUNNER, _FRIEND = "lp1", "lp0", "arbitrageur"
_HALVINGS = 10
_ROUND_TRIPS = 2


def _redeems(lab: Lab, who: str, shares: int) -> str:
    """What a redemption is answered by the first asset that pays it, or by the one with most free tokens."""
    arena, facts = lab.arena, lab.facts
    prices = arena.reader.prices()
    free = {
        k: value_down(asset, max(0, bucket.pool - bucket.reserved - asset.buffer), prices[asset.feed].low)
        for k, (asset, bucket) in enumerate(zip(facts.assets, arena.reader.buckets(), strict=True))
    }
    answers = []
    for k in sorted(free, key=lambda k: -free[k]):
        call = arena.call("redeem", who, k, shares, 0, facts.actor(who))
        if call.accepted:
            return "OK"
        answers.append(name_of(call.status))
    return answers[0]


def _run(lab: Lab) -> None:
    """The runner shifts all shares to a friend and back, adds dust to the victim's, and redeems what is let go."""
    arena, facts = lab.arena, lab.facts
    addresses = arena.chain.deployment.addresses
    for _ in range(_ROUND_TRIPS):
        held = arena.reader.shares()[facts.actor(_RUNNER) + 1]
        arena.send(_RUNNER, "pool", "transfer", addresses[_FRIEND], held)
        arena.send(_FRIEND, "pool", "transfer", addresses[_VICTIM], 1)
        arena.send(_FRIEND, "pool", "transfer", addresses[_RUNNER], held - 1)
    held = arena.reader.shares()[facts.actor(_RUNNER) + 1]
    for halvings in range(_HALVINGS):
        _redeems(lab, _RUNNER, held >> halvings)


@probes(
    "LP-17",
    "M",
    "whatever others redeem, mint and transfer, a holder can redeem his part of a window until its last quarter",
    every=5,
)
def _everybody_has_his_part(lab: Lab) -> bool:
    arena, facts, limit = lab.arena, lab.facts, lab.facts.pool
    if limit.redeem_limit_wad >= WAD or 4 * limit.redeem_delay_s >= limit.redeem_window_s:
        return False
    if not lab.later(limit.redeem_window_s) or _redeems(lab, _RUNNER, WAD) != "OK":  # opens a window
        return False
    promised = arena.reader.shares()[facts.actor(_VICTIM) + 1] * limit.redeem_limit_wad // WAD
    if lab.turn % 2:
        k = lab.turn // 2 % len(facts.assets)
        asset, price = facts.assets[k], arena.reader.prices()[facts.assets[k].feed]
        enter(lab, "mint", _RUNNER, k, units_down(asset, lab.state.aum.mid // 10, price.mid), 0, facts.actor(_RUNNER))
    if not lab.later(limit.redeem_delay_s + 1) or arena.reader.aum().mode != NORMAL:
        return False
    _run(lab)
    answer = _redeems(lab, _VICTIM, promised)
    expect(answer != "POOL_REDEEM_LIMIT", "{} of {} shares are refused", promised, arena.reader.shares())
    return answer == "OK"
