"""Second futures of an account that closes with hardly any margin: for a haircut, or before its funding has come."""

from __future__ import annotations

from dataclasses import replace

from sim.fuzz import solve
from sim.fuzz.closing import PAYS_WHAT_IT_HAS, owned_in_full, pays_what_it_has
from sim.fuzz.facts import OK, WAD
from sim.fuzz.probes.exits import believe
from sim.fuzz.properties import Lab, probes
from sim.fuzz.reckon import is_capped, units_down
from sim.fuzz.snapshot import Snapshot
from sim.fuzz.trading import request_all, trade

_MARGIN_USD_WAD = 5_000 * WAD
_DAY_S = 86_400
#: Looks until the price is where it was meant to be: collateral moves with it.
_LOOKS = 3


def _opens(lab: Lab, account: int, m: int, k: int, sign: int) -> bool:
    """Fund an account in an asset and open as much as that carries."""
    arena, asset = lab.arena, lab.facts.assets[k]
    units = units_down(asset, _MARGIN_USD_WAD, arena.reader.prices()[asset.feed].low)
    if not arena.call("deposit_collateral", "traders", account, k, units).accepted:
        return False
    price = arena.reader.prices()[lab.facts.markets[m].feed]
    size = solve.most_open(arena, arena.snapshot(), account, m, sign > 0) * WAD // price.high
    return any(trade(lab, account, m, sign * size // n).accepted for n in (1, 2, 4))


def _accrued(lab: Lab) -> Snapshot:
    """The state, all markets brought to now."""
    with lab.arena.fork():
        lab.arena.accrue()
        return lab.arena.snapshot()


def _falls_to(lab: Lab, account: int, m: int, left_of: float) -> Lab | None:
    """Move a market's price until of what an account owns so much is left, in parts of what its margin leaves out.

    What venues show then is what they go on to show.
    """
    arena, facts = lab.arena, lab.facts
    feed = facts.markets[m].feed
    prices = [price.mid for price in arena.reader.prices()]
    for _ in range(_LOOKS):
        state = _accrued(lab)
        health, position = state.health[account], state.positions[account][m]
        if not position.size:
            return None
        owned = int(owned_in_full(state, facts, account, state.sides))
        hidden = abs(owned - health.equity)
        prices[feed] -= (owned - int(hidden * left_of)) * WAD // position.size
        if prices[feed] <= 0 or not believe(lab, tuple(prices)):
            return None
    return replace(lab, truth=tuple(prices))


def _closes(lab: Lab, account: int, m: int, parts: int) -> bool:
    """Let the owner close in parts, each of which is judged."""
    arena, hit = lab.arena, False
    for part in range(parts, 0, -1):
        size = arena.reader.position(account, m).size
        (fill,) = request_all(lab, [(account, m, -size // part)])
        before = _accrued(lab)
        call = fill()
        if not call.accepted:
            break
        hit = pays_what_it_has(lab.facts, before, arena.snapshot(), call, account, m) or hit
    return hit


@probes("PO-17", "P", PAYS_WHAT_IT_HAS, every=8)
def _hardly_any_margin(lab: Lab) -> bool:
    facts, state = lab.facts, lab.state
    flat = [a for a in facts.trader_ids if not any(p.size for p in state.positions[a]) and not any(state.claims[a])]
    if len(flat) < 2 or any(price.status != OK for price in state.prices) or is_capped(state, facts):
        return False
    m, account = lab.turn % len(facts.markets), flat[0]
    dollar = facts.markets[m].assets[1]
    if lab.turn // len(facts.markets) % 2:
        k = max(range(len(facts.assets)), key=lambda each: facts.assets[each].haircut_wad)
        left_of = (0.5, 0.95, 1.2)[lab.turn // 2 % 3]
        fallen = _falls_to(lab, account, m, left_of) if _opens(lab, account, m, k, 1) else None
        return fallen is not None and _closes(fallen, account, m, 2)
    # Others weigh more on the other side, and pay; what its collateral alone would leave is next to nothing.
    sign = (1, -1)[lab.turn // 2 % 2]
    opened = all(_opens(lab, each, m, dollar, way) for each, way in ((account, sign), *((a, -sign) for a in flat[1:3])))
    fallen = _falls_to(lab, account, m, 1.0) if opened and lab.later(_DAY_S) else None
    return fallen is not None and _closes(fallen, account, m, 1)
