"""The end of a sequence: everybody goes home (kind T)."""

from __future__ import annotations

from sim.fuzz.facts import BOOK, NORMAL, WAD
from sim.fuzz.probes.leaving import leave, settle_requests
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import DEAD_SHARES, value_down
from sim.fuzz.trading import trade

_ROUNDS = 400
_ENDING_S = 301
#: Shares worth less than this may stay: what is left of the last ones rounds to no tokens.
_DUST_USD_WAD = WAD


def _calm(lab: Lab) -> bool:
    """A later block with honest quotes, after whatever limits the oracle or an epoch set; whether all is open then."""
    facts = lab.facts
    for _ in range(6):
        if lab.later(max(facts.epoch_s, facts.pool.redeem_delay_s, 3_600)) and lab.arena.reader.aum().mode == NORMAL:
            break
    else:
        return False
    lab.arena.accrue()
    return lab.arena.reader.aum().closed == 0


def _everybody_closes(lab: Lab) -> None:
    """Orders are cancelled, accounts below maintenance liquidated, positions closed."""
    arena, facts = lab.arena, lab.facts
    for account in facts.trader_ids:
        for key, order in lab.orders.items():
            if key[0] == account:
                call = arena.call("cancel", "traders", account, order.slot)
                expect(call.accepted, "an order cannot be cancelled: {}", call)
    if facts.is_by_order and lab.orders:  # what had a price ends a little later, and anybody may sweep it
        lab.later(_ENDING_S)
        for account, slot in lab.orders:
            arena.call("cancel", "keepers", account, slot)
    for account in facts.trader_ids:
        for _ in range(24):
            if not arena.reader.health(account).is_liquidatable:
                break
            call = arena.call("liquidate", "keepers", account, facts.keeper_ids[0])
            expect(call.accepted, "an account cannot be liquidated: {}", call)
        left = [m for m in range(len(facts.markets)) if arena.reader.position(account, m).size]
        for _ in range(len(left)):  # a loss may need the profit of another market first
            for m in list(left):
                size = arena.reader.position(account, m).size
                if trade(lab, account, m, -size).accepted:
                    left.remove(m)
        expect(not left, "account {} cannot close markets {}", account, left)


def _insurance_unwinds(lab: Lab) -> None:
    """Insurance gives up what it took over, a tenth of each market at a time."""
    arena, facts = lab.arena, lab.facts
    for m in range(len(facts.markets)):
        for _ in range(_ROUNDS):
            if not arena.reader.position(1, m).size:
                break
            arena.advance(1)
            arena.report(lab.quotes())
            call = arena.call("unwind", "keepers", m)
            expect(call.accepted, "insurance cannot unwind: {}", call)


@probes(
    "LV-01", "T", "at calm prices everybody can close and take out what is theirs, and nothing stays reserved", every=0
)
def _traders_go_home(lab: Lab) -> bool:
    if not _calm(lab):
        return False
    arena, facts = lab.arena, lab.facts
    _everybody_closes(lab)
    _insurance_unwinds(lab)
    me = facts.actor("traders")
    for account in facts.trader_ids:
        for k, units in enumerate(arena.reader.collateral(account)):
            if units:
                call = arena.call("withdraw_collateral", "traders", account, k, units, me)
                expect(call.accepted, "collateral cannot leave: {}", call)
    end = arena.snapshot()
    for k, bucket in enumerate(end.buckets):
        expect(bucket.reserved == 0, "asset {}: {} stay reserved", k, bucket.reserved)
    expect(not any(end.collateral[BOOK]), "orders are gone, their margin is not: {}", end.collateral[BOOK])
    sums = [side.size or side.cost or side.borrow_debt or side.funding_debt for sides in end.sides for side in sides]
    expect(not any(sums), "sums over no positions: {}", end.sides)
    return any(True for _ in lab.state.held())


def _leaves(lab: Lab, actor: str) -> None:
    """A provider redeems in parts, of the asset that is furthest above its target, until a dollar is left."""
    arena, facts = lab.arena, lab.facts
    prices, parts = arena.reader.prices(), 4
    for _ in range(_ROUNDS):
        aum, buckets, shares = arena.reader.aum(), arena.reader.buckets(), arena.reader.shares()
        supply, held = sum(shares), shares[facts.actor(actor) + 1]
        if held * aum.low <= _DUST_USD_WAD * supply:
            return
        values = [value_down(a, buckets[k].pool, prices[a.feed].low) for k, a in enumerate(facts.assets)]
        over = [usd - aum.tokens_mid * facts.assets[k].target_weight_wad // WAD for k, usd in enumerate(values)]
        for k in sorted(range(len(values)), key=lambda k: -over[k]):
            most = min(held, values[k] * supply // aum.high)
            if most and leave(lab, actor, k, max(most // parts, 1)):
                break
        else:
            # Where no part of this size may leave a smaller one may: weights stay in their band.
            expect(parts < 2**20, "{} cannot redeem: {} of {}", actor, shares, buckets)
            parts *= 4


@probes(
    "LV-03",
    "T",
    "after the last trader the last liquidity provider leaves at once, and only dust stays: no fee, buffer or budget",
    every=0,
)
def _providers_go_home(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    if facts.pool.redeem_limit_wad < WAD or not _calm(lab):
        return False
    _everybody_closes(lab)
    _insurance_unwinds(lab)
    settle_requests(lab)
    lab.later(1)
    held = {actor: arena.reader.shares()[facts.actor(actor) + 1] for actor in ("lp0", "lp1")}
    last = max(held, key=lambda actor: held[actor])
    _leaves(lab, min(held, key=lambda actor: held[actor]))
    prices, buckets, shares = arena.reader.prices(), arena.reader.buckets(), arena.reader.shares()
    values = [value_down(a, buckets[k].pool, prices[a.feed].high) for k, a in enumerate(facts.assets)]
    supply, mine = sum(shares), shares[facts.actor(last) + 1]
    if sum(values) <= _DUST_USD_WAD or (supply - DEAD_SHARES - mine) * 10_000 > supply - DEAD_SHARES:
        return False  # the others' dollar is not dust beside what is left
    owed = arena.reader.aum()
    expect(leave(lab, last, values.index(max(values)), mine) > 0, "{} cannot leave with {}", last, mine)
    # A keeper's reward stays behind where shares leave by request.
    mine = supply - sum(arena.reader.shares())
    stays = arena.reader.aum().tokens_mid
    due = owed.tokens_mid - owed.mid + (supply - mine) * owed.high // supply
    budget = lab.arena.snapshot().rebate_budget
    expect(stays <= due + _DUST_USD_WAD and budget == 0, "{} USD WAD stay, of which {} are owed", stays, due)
    return True
