"""Second futures of accounts in trouble: how the ladder ends, in which order, and whether it is worth being on it."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz.facts import REDUCE_ONLY, WAD
from sim.fuzz.foresight import plan_of
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import priced_markets, unit_usd, worth
from sim.fuzz.trading import calmed, pass_time, trade

#: Steps after which one account's ladder must have ended, at fixed prices: what closing a third at a time needs.
MAX_STEPS = 24


def troubled_accounts(lab: Lab) -> list[int]:
    """Accounts that can be liquidated now, once their orders are released."""
    state = lab.state
    if state.aum.mode > REDUCE_ONLY:
        return []
    accounts = [a for a in lab.facts.trader_ids if state.health[a].is_liquidatable]
    return [a for a in accounts if priced_markets(state, lab.facts, a)]


def _ladder(lab: Lab, account: int) -> tuple[int, bool]:
    """Liquidate until the account is healthy or empty: (steps, ended)."""
    arena, keeper = lab.arena, lab.facts.keeper_ids[0]
    if lab.state.open_orders[account]:
        expect(arena.call("release", "keepers", account).accepted, "orders of {} cannot be released", account)
    for step in range(MAX_STEPS + 1):
        health = arena.reader.health(account)
        if not health.is_liquidatable:
            return step, True
        sizes = [arena.reader.position(account, m).size for m in priced_markets(lab.state, lab.facts, account)]
        if not any(sizes):
            return step, True  # what is left waits for its price
        call = arena.call("liquidate", "keepers", account, keeper)
        expect(call.accepted, "account {} cannot be liquidated: {}", account, call)
    return MAX_STEPS, False


@probes("LQ-09", "M", "at fixed prices the ladder of an account ends within some steps, healthy or closed", every=2)
def _ladder_ends(lab: Lab) -> bool:
    troubled = troubled_accounts(lab)
    if not troubled:
        return False
    account = troubled[lab.turn % len(troubled)]
    steps, ended = _ladder(lab, account)
    expect(ended, "account {} is still below maintenance after {} steps", account, steps)
    return True


@probes(
    "LQ-10",
    "M",
    "the order in which accounts are liquidated at fixed prices changes neither who survives nor the pool, where no "
    "index takes what one lost from the other",
    every=2,
)
def _order_does_not_matter(lab: Lab) -> bool:
    troubled = troubled_accounts(lab)
    if len(troubled) < 2:
        return False
    first, second = troubled[lab.turn % len(troubled)], troubled[lab.turn % len(troubled) - 1]
    # Insurance takes over whom it can carry, and whoever comes first uses that up.
    if any(plan_of(lab.arena, lab.state, account).takes_over for account in (first, second)):
        return False
    ends = []
    for pair in ((first, second), (second, first)):
        with lab.arena.fork():
            for account in pair:
                _ladder(lab, account)
            if lab.facts.is_cut_by_index and lab.arena.snapshot().losses.given != lab.state.losses.given:
                return False
            survivors = tuple(bool(lab.arena.reader.health(account).notional) for account in (first, second))
            ends.append((survivors, lab.arena.reader.aum().low))
    (alive, aum), (alive_too, aum_too) = ends
    expect(alive == alive_too, "survivors {} or {}", alive, alive_too)
    # The flat rewards that insurance paid before it was empty, and whole tokens for each asset of each account.
    facts = lab.facts
    terms = 2 * facts.keeper_usd_wad + 8 * len(facts.assets) * unit_usd(facts, lab.state.prices)
    terms += _spread(lab, first) + _spread(lab, second)
    expect(abs(aum - aum_too) <= terms, "pool {} or {}, may differ by {}", aum, aum_too, terms)
    return True


def _spread(lab: Lab, account: int) -> int:
    """What the band of prices and the protocol's share of fees can make of an account, USD WAD."""
    health, facts = lab.state.health[account], lab.facts
    wide = max(price.high - price.low for price in lab.state.prices if price.low)
    band = max(Fraction(price.high - price.low, price.low) for price in lab.state.prices) if wide else Fraction(0)
    return int((health.collateral + health.notional) * (band + Fraction(facts.charges_wad, WAD)))


@probes("LQ-12", "M", "liquidating oneself keeps no more than closing, or than the reward that any keeper has", every=2)
def _no_gain_from_ones_own_liquidation(lab: Lab) -> bool:
    calm = calmed(lab)
    troubled = [a for a in troubled_accounts(calm) if not calm.state.open_orders[a]] if calm else []
    if not (calm and troubled):
        return False
    lab, arena, facts = calm, lab.arena, lab.facts
    account, keeper = troubled[lab.turn % len(troubled)], facts.keeper_ids[0]
    owned = worth(facts, lab.state.prices, lab.state.collateral[keeper], "mid")
    kept: list[Fraction] = []
    reward = 0
    for way in ("close", "liquidate"):
        with arena.fork():
            sizes = [(m, p.size) for m, p in enumerate(lab.state.positions[account]) if p.size]
            if way == "liquidate":
                pass_time(lab, len(sizes))
                told = arena.call("liquidate", "keepers", account, keeper).returns
                accepted = told.get("is_full", 0) == 1
                # The keeper is paid before the pool: of an account with next to nothing it has all there is.
                reward = told.get("reward_usd", 0)
            else:
                # Winners first: what they earn pays the losers.
                sizes.sort(key=lambda each: lab.state.sides[each[0]][int(each[1] < 0)].cost)
                accepted = all(trade(lab, account, m, -size).accepted for m, size in sizes)
            if not accepted:
                return False
            rows = [arena.reader.collateral(each) for each in (account, keeper)]
            # A reward is paid at the low price of what it is paid in.
            edge = "mid" if way == "close" else "low"
            kept.append(sum((worth(facts, lab.state.prices, row, edge) for row in rows), Fraction(0)))
    closed, liquidated = kept
    most = max(closed, owned + reward) + unit_usd(facts, lab.state.prices)
    expect(liquidated <= most, "{} instead of {}", int(liquidated), int(closed))
    return True
