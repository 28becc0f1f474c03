"""Second futures of funding: who is paid more because somebody holds both sides."""

from __future__ import annotations

from sim.fuzz.facts import OK, WAD
from sim.fuzz.probes.positions import fund, idle_in
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped, owed, side_of
from sim.fuzz.trading import pass_time, trade_all

_SECONDS = (3_600, 21_600, 86_400)
_USD = (12, 1_000, 200_000)


@probes(
    "FF-11",
    "M",
    "an equal long and short take no more funding from others than the pool takes without them: they add nothing for "
    "whoever is the provider",
    every=9,
)
def _a_pair_adds_nothing(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    m = lab.turn % len(facts.markets)
    others = [account for account, market, _ in lab.state.held() if market == m]
    idle = idle_in(lab, m)
    price = lab.state.prices[facts.markets[m].feed]
    if not others or len(idle) < 2 or price.status != OK or is_capped(lab.state, facts):
        return False
    usd = max(facts.markets[m].min_position_usd_wad * 11 // 10, _USD[lab.turn // 3 % 3] * WAD)
    seconds = _SECONDS[lab.turn % 3]
    taken = []
    for size in (0, usd * WAD // price.low):
        with arena.fork():
            arena.accrue()
            if not size:
                pass_time(lab)
                arena.accrue()
            elif not _opens(lab, idle, m, size):
                return False
            before = _due(lab, m, others)
            arena.advance(seconds)
            arena.accrue()
            taken.append(_due(lab, m, others) - before)
    alone, beside = taken
    rounding = 2 * len(others) + 4 + sum(abs(size) for size in _sizes(lab, m, others)) // WAD
    expect(
        beside <= alone + rounding, "market {}: others pay {}, beside a pair of {} USD {}", m, alone, usd // WAD, beside
    )
    return beside != 0


def _opens(lab: Lab, idle: list[int], m: int, size: int) -> bool:
    pair = idle[:2]
    if not all(fund(lab, account, lab.facts.markets[m].assets[1]) for account in pair):
        return False
    return all(call.accepted for call in trade_all(lab, [(pair[0], m, size), (pair[1], m, -size)]))


def _sizes(lab: Lab, m: int, accounts: list[int]) -> list[int]:
    return [lab.state.positions[account][m].size for account in accounts]


def _due(lab: Lab, m: int, accounts: list[int]) -> int:
    """What accounts owe since they were last settled, net of what they have earned. USD WAD."""
    sides = lab.arena.reader.sides(m)
    rows = [lab.arena.reader.position(account, m) for account in accounts]
    return sum(owed(row, sides[side_of(row)])[1] for row in rows if row.size)
