"""Second futures of prices: one venue lies; the same quotes come in other batches; somebody trades between them."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz import draws
from sim.fuzz.entering import ask, finish, is_by_request
from sim.fuzz.facts import HALTED, OK, WAD
from sim.fuzz.model import Quote
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import units_down
from sim.fuzz.snapshot import Health, Price

_FACTORS = ((0, 1), (1, 2**40), (9, 10), (11, 10), (10, 1), (2**60, 1))
_LIES = ((1, 2), (97, 100), (999, 1_000), (1_001, 1_000), (103, 100), (2, 1))
_MOST = 2**96 - 1


@probes("OR-03", "M", "one venue, whatever it says, moves a price no further than the others are apart", every=5)
def _one_liar(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    venues = len(facts.oracle.weights)
    liar, f = lab.turn % venues, lab.turn // venues % len(lab.truth)
    n, d = _FACTORS[lab.turn % len(_FACTORS)]
    with arena.fork():
        if not lab.later(1):
            return False
    arena.advance(1)
    rows = [draws.honest(price, arena.time_s, venues) for price in lab.truth]
    others = [quote.price for v, quote in enumerate(rows[f]) if v != liar]
    rows[f][liar] = Quote(min(lab.truth[f] * n // d, _MOST), 0, arena.time_s)
    arena.report([[quote.word for quote in row] for row in rows])
    price = arena.reader.prices()[f]
    expect(price.status < HALTED, "feed {}: venue {} alone takes the price away", f, liar)
    unit = 10**6
    fits = min(others) - unit <= price.mid <= max(others) + unit
    expect(fits, "feed {}: {} although the others say {} to {}", f, price.mid, min(others), max(others))
    return True


@probes(
    "OR-02",
    "M",
    "venues of less than half of the weight, saying anything, leave the price between honest quotes, or take it away",
    every=5,
)
def _a_minority_lies(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    weights = facts.oracle.weights
    n, d = _LIES[lab.turn % len(_LIES)]
    liars: set[int] = set()
    for v in range(len(weights)):  # from another venue each time, as many as less than half of the weight allows
        liar = (v + lab.turn) % len(weights)
        if 2 * sum(weights[each] for each in (*liars, liar)) < sum(weights):
            liars.add(liar)
    with arena.fork():
        if not lab.later(1):
            return False
    arena.advance(1)
    rows = [draws.honest(price, arena.time_s, len(weights)) for price in lab.truth]
    f = lab.turn // len(_LIES) % len(rows)
    honest = [quote.price for v, quote in enumerate(rows[f]) if v not in liars]
    for v in liars:
        rows[f][v] = Quote(min(lab.truth[f] * n // d, _MOST), 0, arena.time_s)
    arena.report([[quote.word for quote in row] for row in rows])
    price = arena.reader.prices()[f]
    unit = 10**6
    fits = price.status == HALTED or min(honest) - unit <= price.mid <= max(honest) + unit
    expect(fits, "feed {}: {} although the others say {} to {}", f, price.mid, min(honest), max(honest))
    return price.status != HALTED


@probes(
    "OR-22",
    "M",
    "venues of less than half of the weight take no more of an account than its exposure to what honest quotes span, "
    "and to a band that is not wide",
    every=5,
)
def _a_minority_liquidates_nobody(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    weights, n, d = facts.oracle.weights, *_LIES[lab.turn % len(_LIES)]
    f = lab.turn // len(_LIES) % len(lab.truth)
    arena.advance(1)
    rows = [draws.honest(price, arena.time_s, len(weights)) for price in lab.truth]
    spans = [max(q.price for q in row) - min(q.price for q in row) for row in rows]
    liars: set[int] = set()
    for v in sorted(range(len(weights)), key=lambda v: (-weights[v], (v + lab.turn) % len(weights))):
        if 2 * sum(weights[each] for each in (*liars, v)) < sum(weights):
            liars.add(v)
    told: list[tuple[Price, ...]] = []
    equities: list[dict[int, Health]] = []
    for is_honest in (True, False):
        with arena.fork():
            if not is_honest:
                for v in liars:
                    rows[f][v] = Quote(min(lab.truth[f] * n // d, _MOST), 0, arena.time_s)
            arena.report([[quote.word for quote in row] for row in rows])
            told.append(arena.reader.prices())
            equities.append({account: arena.reader.health(account) for account in facts.trader_ids})
    honest, lied = equities
    if any(price.status != OK for price in told[0]) or told[1][f].status == HALTED:
        return False
    share = Fraction(spans[f], lab.truth[f]) + 2 * Fraction(facts.oracle.wide_wad, WAD)
    hit = False
    for account, health in honest.items():
        if not health.notional:
            continue
        hit = True
        exposed = 2 * (health.notional + abs(health.equity) + health.collateral)
        lost = health.equity - lied[account].equity
        expect(
            lost <= share * exposed, "account {} loses {} of {} to a minority about feed {}", account, lost, health, f
        )
    return hit


def _in_batches(lab: Lab, rows: list[list[int]]) -> list[list[list[int]]]:
    """The same quotes in three batches and an empty one, in an order of the turn."""
    parts = [
        [[word if (v + lab.turn) % 3 == part else 0 for v, word in enumerate(row)] for row in rows] for part in range(4)
    ]
    first = lab.turn % 4
    return parts[first:] + parts[:first]


def _moved(lab: Lab) -> tuple[int, ...]:
    """What honest venues see after a small move of every price but the dollars'."""
    bps = (-80, 30, -10, 70)[lab.turn % 4]
    return tuple(price if price == WAD else price * (10_000 + bps) // 10_000 for price in lab.truth)


@probes(
    "OR-19", "M", "the quotes of a block make the price that they make at once, in any batches, empty ones too", every=5
)
def _batches_do_not_matter(lab: Lab) -> bool:
    arena = lab.arena
    arena.advance(1)
    rows = lab.quotes(_moved(lab))
    told = []
    for batches in ([rows], _in_batches(lab, rows)):
        with arena.fork():
            for batch in batches:
                arena.report(batch)
            now = arena.reader.prices()
            arena.advance(1)
            told.append((now, arena.reader.prices()))
    (at_once, later), (in_parts, as_later) = told
    for f, (one, other) in enumerate(zip(at_once, in_parts, strict=True)):
        expect(one.mid == other.mid and one.status == other.status, "feed {}: {} but at once {}", f, other, one)
        expect(other.low <= one.low and one.high <= other.high, "feed {}: {} but at once {}", f, other, one)
    expect(later == as_later, "a block later {} but at once {}", as_later, later)
    return all(price.status < HALTED for price in at_once)


@probes("OR-20", "P", "", every=7)
def _nothing_is_gained_around_a_merge(lab: Lab) -> bool:
    """Swap, let the block's venues speak again, swap back: that leaves no more than there was."""
    arena, facts = lab.arena, lab.facts
    k = lab.turn % len(facts.assets)
    j = (k + 1 + lab.turn // len(facts.assets)) % len(facts.assets)
    arena.advance(2)
    # Everybody has spoken once in this block, of a second ago, and speaks again.
    arena.report([[word - 1 for word in row] for row in lab.quotes()])
    held = []
    for moves in (False, True):
        with arena.fork():
            told = _there_and_back(lab, k, j, _moved(lab) if moves else None)
            if told is None:
                return False
            held.append(told)
    most = max(_units(lab, k), held[0])  # where a rule pays whoever restores the weights
    expect(held[1] <= most, "{} of asset {} around a merge, {} without", held[1], k, held[0])
    return True


def _there_and_back(lab: Lab, k: int, j: int, merged: tuple[int, ...] | None) -> int | None:
    """What two swaps in one block leave, the second after a merge of its prices if there is one."""
    arena, facts = lab.arena, lab.facts
    me, units = facts.actor("arbitrageur"), _units(lab, k)
    if is_by_request(facts):
        # Asked for at once, by two who share what they have, so that both are executed in one block.
        ways = (("arbitrageur", k, j, units), ("lp0", j, k, _units(lab, j)))
        asked = [ask(lab, "swap", actor, *way, 0, me) for actor, *way in ways]
        arena.advance(facts.pool.entry_wait_s + 2)
        arena.report([[word - 1 for word in row] for row in lab.quotes()])
        if not all(call.accepted for call in asked) or not finish(lab, asked[0]).accepted:
            return None
        if merged is not None:
            arena.report(lab.quotes(merged))
        back = finish(lab, asked[1])
    else:
        swap = arena.call("swap", "arbitrageur", k, j, units, 0, me)
        if not swap.accepted:
            return None
        if merged is not None:
            arena.report(lab.quotes(merged))
        back = arena.call("swap", "arbitrageur", j, k, swap.returns["tokens"], 0, me)
    return back.returns["tokens"] if back.accepted else None


def _units(lab: Lab, k: int) -> int:
    """Some 1,000 USD of an asset."""
    asset = lab.facts.assets[k]
    return units_down(asset, 1_000 * WAD, max(lab.state.prices[asset.feed].low, 1))
