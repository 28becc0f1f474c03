"""Second futures of a provider who leaves first: what those who stay lose to him."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from sim.chain.failures import name_of
from sim.fuzz import solve
from sim.fuzz.arena import Arena
from sim.fuzz.entering import ask
from sim.fuzz.entering import finish as finish_entry
from sim.fuzz.entering import is_by_request as by_request
from sim.fuzz.facts import NORMAL, OK, WAD
from sim.fuzz.judges.exits import ENDS_AT_ITS_PRICE, WAITS
from sim.fuzz.probes.leaving import finish, is_by_request, start
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import is_capped, units_down
from sim.fuzz.trading import trade

#: What those who stay may lose, of what they have.
STATED_WAD = WAD // 20_000
#: A block, and blocks until the oracle believes a fall at the latest.
BLOCK_S = 12
_MOST_BLOCKS = 120
_LEAVER = "lp1"
#: A dollar, within a tenth.
_DOLLAR_WAD = range(9 * WAD // 10, 11 * WAD // 10)
#: A fall that no margin survives, and stakes in parts of the pool: the largest that goes bankrupt in it is looked at.
_CRASH_BPS = 2_000
_STAKES = (40, 100, 400)

#: What happens after the leaver has left or asked; the same whether he does or not.
Story = Callable[[], None]


def fallen(truth: tuple[int, ...], bps: int) -> tuple[int, ...]:
    """Prices of everything but dollars so many basis points lower."""
    return tuple(price if price in _DOLLAR_WAD else price * (10_000 - bps) // 10_000 for price in truth)


def believe(lab: Lab, truth: tuple[int, ...]) -> bool:
    """Report prices, block by block, until the oracle stands behind them."""
    for _ in range(_MOST_BLOCKS):
        is_firm = lab.later(BLOCK_S, truth)
        mids = [price.mid for price in lab.arena.reader.prices()]
        if is_firm and all(abs(mid - price) * 1_000 <= price for mid, price in zip(mids, truth, strict=True)):
            return True
    return False


def liquidate_all(lab: Lab) -> None:
    """Keepers do what there is to do, several times over: ladders have steps."""
    arena, keeper = lab.arena, lab.facts.keeper_ids[0]
    for account in lab.facts.trader_ids:
        for _ in range(8):
            if not arena.reader.health(account).is_liquidatable:
                break
            arena.call("release", "keepers", account)
            if not arena.call("liquidate", "keepers", account, keeper).accepted:
                break


def lost_by_staying(lab: Lab, truth: tuple[int, ...], story: Story) -> Fraction | None:
    """
    Which share of what they have those lose who stay, WAD, where one provider leaves first.

    None if he cannot leave.
    """
    arena, facts = lab.arena, lab.facts
    per_share: list[Fraction] = []
    for leaves in (False, True):
        with arena.fork():
            if leaves and not _leaves(arena):
                return None
            story()
            stands = leaves and arena.snapshot().exits[facts.actor(_LEAVER)].shares > 0
            if is_by_request(facts) and not finish(lab, _LEAVER, truth, leaves=stands):
                return None
            supply = sum(arena.reader.shares())
            per_share.append(Fraction(arena.reader.aum().low, supply))
    stayed, left = per_share
    return (stayed - left) / stayed * WAD if stayed else None


def _leaves(arena: Arena) -> bool:
    """He takes what he may in dollars, or asks for it: what falls he leaves to the others."""
    dollar = arena.facts.markets[0].assets[1]
    shares = solve.most_redeem(arena, arena.snapshot(), dollar, _LEAVER)
    return shares > 0 and start(arena, _LEAVER, dollar, shares)


def lost_to_a_known_fall(lab: Lab, bps: int) -> Fraction | None:
    """What one costs who leaves at the last price before a fall that he knows of."""
    truth = fallen(lab.truth, bps)

    def story() -> None:
        believe(lab, truth)
        liquidate_all(lab)

    return lost_by_staying(lab, truth, story)


def lost_to_who_executes_himself(lab: Lab, bps: int) -> Fraction | None:
    """What one costs who keeps his request until he knows of a fall, and executes it at the last price before."""
    truth, arena = fallen(lab.truth, bps), lab.arena

    def story() -> None:
        lab.later(lab.facts.pool.exit_wait_s + 1)
        lab.later(BLOCK_S)
        arena.call("execute_exit", _LEAVER, lab.facts.actor(_LEAVER))
        believe(lab, truth)
        liquidate_all(lab)

    return lost_by_staying(lab, truth, story)


def lost_to_a_late_keeper(lab: Lab) -> Fraction | None:
    """What one costs who leaves while an account is under water and the keeper comes a block later."""
    truth = fallen(lab.truth, _CRASH_BPS)

    def story() -> None:
        lab.later(BLOCK_S, truth)
        liquidate_all(lab)

    for part in _STAKES:
        with lab.arena.fork():
            if _under_water(lab, part, truth):
                return lost_by_staying(lab, truth, story)
    return None


def _under_water(lab: Lab, part: int, truth: tuple[int, ...]) -> bool:
    """A long as large as its margin lets it be goes bankrupt beside an account with plenty: sums do not show it."""
    arena, facts = lab.arena, lab.facts
    market = facts.markets[0]
    k, price = market.assets[1], lab.state.prices[market.feed]
    asset, dollar = facts.assets[k], lab.state.prices[facts.assets[k].feed]
    poor, rich = facts.trader_ids[:2]
    for account, usd in ((poor, lab.state.aum.low // part), (rich, lab.state.aum.low // 4)):
        if not arena.call("deposit_collateral", "traders", account, k, units_down(asset, usd, dollar.low)).accepted:
            return False
    size = solve.most_open(arena, arena.snapshot(), poor, 0, True) * WAD // price.high
    if not any(trade(lab, poor, 0, size // n).accepted for n in (1, 2, 4)):
        return False
    return believe(lab, truth) and arena.reader.health(poor).equity < 0


def _is_calm(lab: Lab) -> bool:
    state = lab.state
    firm = all(price.status == OK for price in state.prices)
    return firm and state.aum.mode == NORMAL and state.aum.closed == 0 and not is_capped(state, lab.facts)


@probes("LP-18", "M", "who leaves at a price that he knows to be over takes nothing from those who stay", every=12)
def _a_known_fall_is_no_exit(lab: Lab) -> bool:
    if not _is_calm(lab) or any(lab.state.health[a].is_liquidatable for a in lab.facts.trader_ids):
        return False
    bps = (200, 1_000)[lab.turn % 2]
    if is_by_request(lab.facts) and lab.turn // 2 % 2:
        lost = lost_to_who_executes_himself(lab, bps)
    else:
        lost = lost_to_a_known_fall(lab, bps)
    if lost is None:
        return False
    expect(lost <= STATED_WAD, "those who stay lose {} bps", float(lost) * 1e4 / WAD)
    return True


@probes("LP-19", "M", "who leaves while a keeper is a block late takes nothing from those who stay", every=12)
def _a_late_keeper_is_no_exit(lab: Lab) -> bool:
    if not _is_calm(lab) or any(True for _ in lab.state.held()):
        return False
    lost = lost_to_a_late_keeper(lab)
    if lost is None:
        return False
    expect(lost <= STATED_WAD, "those who stay lose {} bps", float(lost) * 1e4 / WAD)
    return True


@probes("LP-21", "P", ENDS_AT_ITS_PRICE, every=8)
def _nothing_keeps_a_request(lab: Lab) -> bool:
    """At its first price somebody takes the tokens out of the pool that it asks for: he could bring them back later."""
    arena, facts = lab.arena, lab.facts
    me, k = facts.actor(_LEAVER), lab.turn % len(facts.assets)
    if not is_by_request(facts) or not _is_calm(lab) or lab.state.exits[me].shares:
        return False
    shares = solve.most_redeem(arena, lab.state, k, _LEAVER)
    if shares == 0 or not start(arena, _LEAVER, k, shares):
        return False
    first = max(0, facts.pool.exit_wait_s - facts.pool.entry_wait_s)  # so that both are executed at one price
    lab.later(first)
    given = (k + 1) % len(facts.assets)
    units = solve.most_swap(arena, arena.snapshot(), given, k)
    swap = partial(ask, lab, "swap", "arbitrageur", given, k, units, 0, facts.actor("arbitrageur"))
    asked = swap() if by_request(facts) else None
    lab.later(facts.pool.exit_wait_s - first + 1)
    if not (swap() if asked is None else finish_entry(lab, asked)).accepted:
        return False
    call = arena.call("execute_exit", "keepers", me)
    expect(call.accepted or name_of(call.status) in WAITS, "it stands: {}", call)
    return call.accepted
