"""Second futures of winners who have to give: named together, alone, and again."""

from __future__ import annotations

from collections.abc import Sequence

from sim.chain.actions import MAX_CANDIDATES
from sim.fuzz.arena import Call
from sim.fuzz.facts import INSURANCE, WAD
from sim.fuzz.foresight import goal_of, rank_of
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import side_of
from sim.fuzz.snapshot import Snapshot

#: Rounding of tokens, and what may be left because it troubles nobody, for each call.
_CENT_USD_WAD = WAD // 100
_REPEATS = 3


def _subject(lab: Lab) -> tuple[int, int, list[int], dict[int, int]] | None:
    """(market, side, its traders, their profits) of a side that has to give and has no losers."""
    facts, state = lab.facts, lab.state
    for turn in range(2 * len(facts.markets)):
        m, side = divmod((lab.turn + turn) % (2 * len(facts.markets)), 2)
        holders = _holders(lab, m, side)
        ranks = {account: rank_of(lab.arena, state, account, m, side) for account in holders}
        if not holders or not all(rank.score for rank in ranks.values()):
            continue
        if goal_of(lab.arena, m, side).needed_usd > _CENT_USD_WAD:
            return m, side, holders, {account: rank.profit_usd for account, rank in ranks.items()}
    return None


def _closed(lab: Lab, m: int, profits: dict[int, int], after: Snapshot) -> dict[int, int]:
    """Profit of what was closed of each."""
    sizes = {a: (abs(lab.state.positions[a][m].size), abs(after.positions[a][m].size)) for a in profits}
    return {a: profits[a] * (was - now) // was for a, (was, now) in sizes.items()}


def _taken(call: Call) -> int:
    """Profit that was realised, or given back."""
    return call.returns["taken_usd"] if call.accepted else 0


def _name(lab: Lab, m: int, side: int, accounts: Sequence[int]) -> Call:
    padded = [*sorted(accounts), *[0] * (MAX_CANDIDATES - len(accounts))]
    return lab.arena.call("deleverage", "keepers", m, side, *padded)


def _holders(lab: Lab, m: int, side: int) -> list[int]:
    rows = {account: lab.state.positions[account][m] for account in lab.facts.trader_ids}
    return [account for account, position in rows.items() if position.size and side_of(position) == side]


@probes(
    "AD-12",
    "M",
    "nobody gives more for being named alone, or again and again, than one call that names everybody closes of him",
    every=2,
)
def _lists_make_no_difference(lab: Lab) -> bool:
    """Where profits are capped, what is closed may be paid in part: less is given, and the next call asks for more."""
    found = _subject(lab)
    if found is None:
        return False
    m, side, holders, profits = found
    if lab.state.positions[INSURANCE][m].size:
        return False  # what insurance takes over or leaves in between is another matter
    with lab.arena.fork():
        is_haircut = goal_of(lab.arena, m, side).is_haircut
        _name(lab, m, side, holders)
        once = _closed(lab, m, profits, lab.arena.snapshot())
        rest = goal_of(lab.arena, m, side)
    if rest.is_haircut != is_haircut and rest.needed_usd > _CENT_USD_WAD:
        return False  # once a loss is given back a profit is to be realised: the next call is for something else
    given = dict.fromkeys(holders, 0)
    with lab.arena.fork():
        for account in holders[:: 1 - 2 * (lab.turn % 2)] * _REPEATS:
            given[account] += _taken(_name(lab, m, side, [account]))
        later = sum(_taken(_name(lab, m, side, holders)) for _ in range(_REPEATS))
        closed = _closed(lab, m, profits, lab.arena.snapshot())
    if any(usd[account] == profits[account] for usd in (once, closed) for account in holders):
        return False  # a rest that was too small to stand closed along
    may = lab.facts.lot_usd_wad + 2 * _REPEATS * (len(holders) + 1) * _CENT_USD_WAD
    for account in holders:
        text = "account {} gave {} for being named alone, and {} was closed of it in one call with all"
        expect(given[account] <= once[account] + may, text, account, given[account], once[account])
    total, least = sum(given.values()) + later, sum(once.values())
    expect(total <= least + len(holders) * may, "{} was given one by one, {} closed in one call", total, least)
    return True


@probes("AD-13", "M", "whoever wins after the block of a loss gives nothing for it", every=1)
def _later_winners_owe_nothing(lab: Lab) -> bool:
    sides = [(m, side) for m, row in enumerate(lab.state.losses.deficits) for side, lost in enumerate(row) if lost]
    found = [(m, side, _holders(lab, m, side)) for m, side in sides if _holders(lab, m, side)]
    if not found:
        return False
    m, side, holders = found[lab.turn % len(found)]
    with lab.arena.fork():
        lab.later(1)
        call = _name(lab, m, side, holders)
    expect(not (call.accepted and call.returns["is_haircut"]), "{}", call)
    return True
