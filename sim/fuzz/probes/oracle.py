"""Second futures of prices: one venue lies, all venues scale."""

from __future__ import annotations

from sim.fuzz import draws
from sim.fuzz.facts import HALTED
from sim.fuzz.model import Quote
from sim.fuzz.properties import Lab, expect, probes

_FACTORS = ((0, 1), (1, 2**40), (9, 10), (11, 10), (10, 1), (2**60, 1))
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
