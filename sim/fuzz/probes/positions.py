"""Second futures of positions: opened and closed, in parts, and on both sides."""

from __future__ import annotations

from dataclasses import replace

from sim.fuzz.arena import Call
from sim.fuzz.facts import LONG, SHORT, WAD
from sim.fuzz.foresight import requirement_of
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped, unit_usd, units_down, worth
from sim.fuzz.trading import calmed, trade, trade_all

_MARGIN_USD_WAD = 1_000_000 * WAD


def open_position(lab: Lab, account: int, m: int, size: int) -> Call:
    return trade(lab, account, m, size)


def fund(lab: Lab, account: int, k: int) -> bool:
    asset = lab.facts.assets[k]
    units = units_down(asset, _MARGIN_USD_WAD, lab.state.prices[asset.feed].low)
    return lab.arena.call("deposit_collateral", "traders", account, k, units).accepted


def idle_in(lab: Lab, m: int) -> list[int]:
    """Accounts with no position in a market and nothing to claim there."""
    state = lab.state
    return [a for a in lab.facts.trader_ids if not state.positions[a][m].size and not state.claims[a][m]]


def _subject(lab: Lab) -> tuple[int, int, int] | None:
    """(account without a position, market, size), of every market, side and size in turn."""
    facts = lab.facts
    m = lab.turn % len(facts.markets)
    idle = idle_in(lab, m)
    if not idle:
        return None
    is_long = lab.turn // len(facts.markets) % 2 == 0
    account = idle[lab.turn % len(idle)]
    market = facts.markets[m]
    usd = max(market.min_position_usd_wad, WAD) * (3, 100, 2_000)[lab.turn % 3]
    size = usd * WAD // lab.state.prices[market.feed].low
    return account, m, size if is_long else -size


@probes("PO-01", "M", "a position opened and closed in one block costs at least both fees", every=4)
def _round_trip(lab: Lab) -> bool:
    calm = calmed(lab)
    found = _subject(calm) if calm else None
    if not (calm and found):
        return False
    lab = calm
    arena, facts, state = lab.arena, lab.facts, lab.state
    account, m, size = found
    if not fund(lab, account, facts.markets[m].assets[1]):
        return False
    before, claimed = arena.reader.collateral(account), arena.reader.claims(account)
    opened, closed = open_position(lab, account, m, size), open_position(lab, account, m, -size)
    if not (opened.accepted and closed.accepted):
        expect(not opened.accepted, "opened, but the close was refused: {}", closed)
        return False
    after = arena.reader.collateral(account)
    fees = opened.returns["fee_usd"] + closed.returns["fee_usd"]
    # By the seconds that requests take; and what was owed before may be paid now.
    earned = max(-closed.returns["funding_usd"], 0) + claimed - arena.reader.claims(account)
    price = state.prices[facts.markets[m].feed]
    least = 2 * abs(size) * price.low * facts.markets[m].trade_fee_wad // WAD**2 * 8 // 10
    expect(fees >= least, "fees {} for {}", fees, size)
    expect(arena.reader.position(account, m).size == 0, "a position is left")
    for which in ("low", "high"):
        old, new = (worth(facts, state.prices, row, which) for row in (before, after))
        expect(old - new + earned >= fees, "{}: lost {} at fees {}", which, int(old - new), fees)
    return True


@probes(
    "PO-02",
    "M",
    "opening in two parts is opening at once, up to rounding against the trader, price impact apart",
    every=6,
)
def _two_parts(lab: Lab) -> bool:
    calm = calmed(lab)
    found = _subject(calm) if calm else None
    if not (calm and found):
        return False
    lab = calm
    arena, facts = lab.arena, lab.facts
    account, m, size = found
    if not fund(lab, account, facts.markets[m].assets[1]):
        return False
    results = []
    part = size * (1 + lab.turn % 7) // 8
    for sizes in ((size,), (part, size - part)):
        with arena.fork():
            calls = trade_all(lab, [(account, m, each) for each in sizes])
            position = arena.reader.position(account, m)
        impact = sum(call.returns.get("impact_usd", 0) for call in calls)
        # The fee is a share of the fill price, and so of the impact in it.
        fees = sum(call.returns.get("fee_usd", 0) for call in calls)
        fees -= impact * facts.markets[m].trade_fee_wad // WAD * (1 if size > 0 else -1)
        cost = position.booked - (impact if size > 0 else -impact)
        results.append((all(call.accepted for call in calls), cost, position.reserve, fees, position.size))
    once, parts = results
    if not (once[0] and parts[0]):
        return False
    wei = 8
    direction = 1 if size > 0 else -1
    expect(-wei <= direction * (parts[1] - once[1]) <= wei, "cost {} at once, {} in parts", once[1], parts[1])
    expect(parts[3] >= once[3] - wei, "fees {} at once, {} in parts", once[3], parts[3])
    expect(parts[4] == once[4] == size, "size {} at once, {} in parts", once[4], parts[4])
    if facts.policy("price_impact") == "no_impact":
        expect(parts[2] >= once[2], "reserve {} at once, {} in parts", once[2], parts[2])
    return True


@probes("PO-03", "M", "closing in steps pays no more than closing at once", every=5)
def _in_steps(lab: Lab) -> bool:
    calm = calmed(lab)
    if calm is None:
        return False
    lab, arena, facts, state = calm, lab.arena, lab.facts, calm.state
    held = [(a, m, p) for a, m, p in state.held() if a in facts.trader_ids]
    # While the profit of a side is capped, the share of it that a winner gets rises as others, or its own parts, leave.
    if not held or is_capped(state, facts):
        return False
    account, m, position = held[lab.turn % len(held)]
    results = []
    third = position.size // 3
    for sizes in ((position.size,), (third, position.size - third)):
        with arena.fork():
            calls = trade_all(lab, [(account, m, -each) for each in sizes if each])
            exact = all(call.accepted and call.returns["impact_usd"] == 0 for call in calls)
            results.append((exact, arena.reader.collateral(account), arena.reader.claims(account)))
    (is_whole, once, owed_once), (is_split, steps, owed_steps) = results
    if not (is_whole and is_split):
        return False
    for which in ("low", "high"):
        one = worth(facts, state.prices, once, which) + owed_once
        many = worth(facts, state.prices, steps, which) + owed_steps
        # Each step rounds against the account, but to units of another asset where the first one is used up.
        expect(many <= one + unit_usd(facts, state.prices), "{}: {} at once, {} in steps", which, int(one), int(many))
    return True


@probes(
    "PO-06", "M", "a long and a short of one size, opened and closed at the same prices, earn nothing together", every=9
)
def _both_sides(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    found = _subject(lab)
    if found is None:
        return False
    _, m, size = found
    idle = idle_in(lab, m)
    if len(idle) < 2 or is_capped(lab.state, facts):
        return False
    pair = {LONG: idle[0], SHORT: idle[1]}
    if not all(fund(lab, account, facts.markets[m].assets[1]) for account in pair.values()):
        return False
    opened = trade_all(lab, [(pair[LONG], m, abs(size)), (pair[SHORT], m, -abs(size))])
    feed = facts.markets[m].feed
    percent = (99, 101, 100)[lab.turn % 3]
    prices = tuple(p * percent // 100 if f == feed else p for f, p in enumerate(lab.truth))
    if not all(call.accepted for call in opened) or not lab.later(5, prices) or is_capped(arena.snapshot(), facts):
        return False
    closed = trade_all(replace(lab, truth=prices), [(pair[LONG], m, -abs(size)), (pair[SHORT], m, abs(size))])
    if not all(call.accepted for call in closed):
        return False
    earned = 0
    for call in closed:
        told = call.returns
        earned += told["settled_usd"] + told["fee_usd"] + told["borrow_usd"] + max(0, told["funding_usd"])
    # What both lose together is the distance of the prices at which they came and went.
    buy, sell = opened[0].returns["price_usd"], opened[1].returns["price_usd"]
    sold, bought = closed[0].returns["price_usd"], closed[1].returns["price_usd"]
    exact = abs(size) * ((sold - buy) + (sell - bought)) // WAD
    expect(exact - 6 <= earned <= exact + 1, "earned {}, prices say {}", earned, exact)
    return True


@probes("LQ-02", "I", "margins grow with size; initial is above maintenance, maintenance above the charges", every=6)
def _margins_are_ordered(lab: Lab) -> bool:
    facts, state = lab.facts, lab.state
    m = lab.turn % len(facts.markets)
    interest = [max(side.cost for side in sides) for sides in state.sides]
    last = (0, 0)
    for power in range(4, 9):
        usd = 10**power * WAD * (1 + lab.turn % 9) // 2
        notionals = [usd if i == m else 0 for i in range(len(facts.markets))]
        asked = requirement_of(lab.arena, notionals, interest)
        initial, maintenance = asked
        expect(initial > maintenance, "{} USD WAD: initial {}, maintenance {}", usd, initial, maintenance)
        charges = usd * facts.charges_wad // WAD
        expect(maintenance > charges, "{} USD WAD: maintenance {}, charges {}", usd, maintenance, charges)
        expect(asked >= last, "{} USD WAD: {} after {}", usd, asked, last)
        last = asked
    return True
