"""Where a search begins: states of a pool, made from a design's own facts by the verbs of its contracts.

A scene that a design does not have (no breaker, no auto-deleveraging, no rebates) is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.chain.actions import MAX_CANDIDATES
from sim.chain.failures import OK, name_of
from sim.fuzz.facts import INSURANCE, LONG, SHORT, WAD, WIDE
from sim.fuzz.facts import OK as PRICED
from sim.fuzz.reader import signed
from sim.fuzz.search import desk
from sim.fuzz.search.calls import World
from sim.fuzz.search.stage import OUTSIDER, Stage

#: Kinds of a trial (`sim.fuzz.search.trial`).
BLOCK, DAYS, CARRY, EITHER, KNOWN, HARM, SHUT = "block", "days", "carry", "either", "known", "harm", "shut"
#: Of the first ten deposits.
NONE, MOST, ALL = 0, 9, 10
_STEP_S = 50
_INSURANCE_USD = 50_000.0
#: Seconds since the last price when a trial begins.
_AGE_S = 25


@dataclass(frozen=True, slots=True)
class Scene:
    """One state to begin from."""

    name: str
    says: str
    group_deposits: int  # of ten
    kinds: tuple[str, ...]
    build: Callable[[Stage, int], bool]  # on a market; False: the design has no such state


def room_usd(stage: Stage, m: int, side: int) -> float:
    """Notional that one account may still add to a side, as far as caps and reserves say."""
    market = stage.facts.markets[m]
    k = market.assets[side]
    (pool, reserved, *_), (_, cost, *_) = stage.ask([("bucket", k), ("side", m, side)])
    asset = stage.facts.assets[k]
    value = stage.truth[asset.feed] * asset.scale / 1e36
    cap = min(pool * value * market.max_open_interest_share_wad / WAD, market.max_open_interest_usd_wad / WAD)
    free = (pool - reserved) * value * WAD / market.reserve_factor_wad
    return max(0.0, 0.97 * min(cap - cost / WAD, free, cap * market.max_account_share_wad / WAD))


def world_of(stage: Stage, m: int, kind: str, bps: int) -> World:
    """What a trial of a kind may count on, from where a scene ended."""
    markets = range(len(stage.facts.markets))
    rooms = {(i, side): room_usd(stage, i, side) for i in markets for side in (LONG, SHORT)}
    value = stage.ask([("aum",)])[0][4] / 1e18
    moves_in_s = 12
    if kind in (KNOWN, SHUT):
        # A price of the block of a request would not be the one that executes it.
        moves_in_s = desk.NEXT_S if kind == KNOWN and stage.facts.is_by_order else 0
    return World(m, {stage.facts.markets[m].feed: bps}, moves_in_s, kind == KNOWN, rooms, value / 4)


# ------------------------------------------------------------------ how


def _calm(stage: Stage, seconds: int = 60) -> None:
    """Time passes at the same prices; twice, so that averages and breakers see it."""
    stage.report(stage.truth, seconds)
    stage.report(stage.truth, 1)


def _ramp(stage: Stage, feed: int, bps: int) -> bool:
    """Move a price step by step, no faster than the oracle believes; at most so far."""
    rules = stage.facts.oracle
    step = 200
    if rules.max_step_wad:
        step = min(step, int((rules.max_step_wad + rules.max_step_wad_per_s * _STEP_S) * 8_000 // WAD))
    if rules.max_average_distance_wad and rules.average_s:
        step = min(step, int(rules.max_average_distance_wad * 6_000 // WAD) * _STEP_S // rules.average_s)
    goal = stage.truth[feed] * (10_000 + bps) // 10_000
    while abs(stage.truth[feed] - goal) * 1_000 > goal:
        truth = list(stage.truth)
        up = goal > truth[feed]
        moved = truth[feed] * (10_000 + (step if up else -step)) // 10_000
        truth[feed] = min(moved, goal) if up else max(moved, goal)
        if stage.report(truth, _STEP_S) != OK:
            return False
    return stage.price_status(feed) == PRICED


def _fund(stage: Stage) -> None:
    """Something in the insurance fund."""
    k = stage.cash(0)
    stage.call("deposit_collateral", OUTSIDER, INSURANCE, k, stage.units(k, _INSURANCE_USD))


def _leverage(stage: Stage, account: int, m: int, usd: float) -> float:
    """Open a position with as little margin as is accepted; returns its share of the notional, 0 if none is."""
    for margin in (0.006, 0.012, 0.018, 0.025, 0.035, 0.06, 0.12, 0.3):
        mark = stage.mark()
        if desk.enter(stage, account, m, usd, margin) == OK:
            return margin
        stage.reset(mark)
    return 0.0


def _health(stage: Stage, account: int) -> tuple[int, int]:
    row = stage.ask([("health", account)])[0]
    return signed(row[0]), row[3]


# ------------------------------------------------------------------ scenes


def _quiet(stage: Stage, m: int) -> bool:
    _fund(stage)
    _calm(stage)
    stage.wait(_AGE_S)
    return True


def _crowded(stage: Stage, m: int) -> bool:
    _fund(stage)
    _calm(stage)
    for i in range(len(stage.facts.markets)):
        desk.enter_for(stage, stage.outsiders[0], i, 0.3 * room_usd(stage, i, LONG), 0.3)
        desk.enter_for(stage, stage.outsiders[1], i, -0.15 * room_usd(stage, i, SHORT), 0.3)
    _calm(stage, 3_600)
    stage.wait(_AGE_S)
    return True


def _one_sided(stage: Stage, m: int) -> bool:
    _fund(stage)
    _calm(stage)
    done = desk.enter_for(stage, stage.outsiders[0], m, 0.5 * room_usd(stage, m, LONG), 1.0)
    _calm(stage, 172_800)
    return done > 0


def _skewed(stage: Stage, m: int, side: int) -> bool:
    """Outsiders weigh on the other side; the group's account is just below maintenance margin."""
    _fund(stage)
    _calm(stage)
    sign = 1 if side == LONG else -1
    for account in stage.outsiders[:2]:
        desk.enter_for(stage, account, m, -sign * 0.9 * room_usd(stage, m, 1 - side), 0.5)
    usd = min(1_000_000.0, 0.5 * room_usd(stage, m, side))
    if not _leverage(stage, stage.main[0], m, sign * usd):
        return False
    feed = stage.facts.markets[m].feed
    for _ in range(200):
        equity, maintenance = _health(stage, stage.main[0])
        if equity < maintenance:
            return True
        truth = list(stage.truth)
        truth[feed] = truth[feed] * (10_000 - 5 * sign) // 10_000
        if stage.report(truth, 12) != OK:
            return False
    return False


def _long_below(stage: Stage, m: int) -> bool:
    return _skewed(stage, m, LONG)


def _short_below(stage: Stage, m: int) -> bool:
    return _skewed(stage, m, SHORT)


def _wants_deleveraging(stage: Stage, m: int, side: int) -> bool:
    """Whether an honest call with everybody's name would go through."""
    mark = stage.mark()
    names = desk.members(stage.outsiders, MAX_CANDIDATES)
    status = stage.call("deleverage", "keepers", m, side, *names)
    stage.reset(mark)
    return status == OK


def _won(stage: Stage, m: int, side: int) -> bool:
    """A side's profit is as large as its backing allows."""
    _calm(stage)
    sign = 1 if side == LONG else -1
    for account, share in zip(stage.outsiders[:3], (0.5, 0.6, 0.7), strict=True):
        desk.enter_for(stage, account, m, sign * share * room_usd(stage, m, side), 0.5 if side == LONG else 1.0)
    feed = stage.facts.markets[m].feed
    for _ in range(16):
        if not _ramp(stage, feed, sign * 500):
            return False
        if _wants_deleveraging(stage, m, side):
            _calm(stage, 50)
            for _ in range(20):
                stage.report(stage.truth, 50)
            return _wants_deleveraging(stage, m, side)
    return False


def _longs_won(stage: Stage, m: int) -> bool:
    return _won(stage, m, LONG)


def _shorts_won(stage: Stage, m: int) -> bool:
    return _won(stage, m, SHORT)


def _deficit(stage: Stage, m: int) -> bool:
    """An outsider went bankrupt, the others won on it, and nobody has asked them yet."""
    _calm(stage)
    loser, *winners = stage.outsiders
    if not desk.enter_for(stage, loser, m, -0.25 * room_usd(stage, m, SHORT), 0.1):
        return False
    for account, share in zip(winners, (0.1, 0.2, 0.3), strict=True):
        desk.enter_for(stage, account, m, share * room_usd(stage, m, LONG), 0.5)
    if not _ramp(stage, stage.facts.markets[m].feed, 3_000):
        return False
    for _ in range(20):
        stage.report(stage.truth, 50)
    for _ in range(30):  # a ladder may take many steps
        if stage.call("liquidate", "keepers", loser, stage.honest_keeper) != OK:
            break
        if _wants_deleveraging(stage, m, LONG):  # winners are asked in the block of a loss or never
            return True
        stage.report(stage.truth, 50)
    return False


def _budget(stage: Stage, m: int) -> bool:
    """Others paid swap fees, of which the design keeps a part for rebates; the weights are back where they were."""
    _calm(stage)
    assets = range(len(stage.facts.assets))
    value = stage.ask([("aum",)])[0][4] / 1e18
    me = stage.facts.actor(OUTSIDER)
    for share in (0.05, 0.03, 0.02) * 8:
        for j in assets[1:]:
            for k, other in ((0, j), (j, 0)):
                desk.liquidity(stage, "swap", OUTSIDER, k, other, stage.units(k, share * value), 0, me)
    _calm(stage)
    return stage.ask([("budget",)])[0][0] > WAD


def _wide(stage: Stage, m: int) -> bool:
    """Venues disagree about an asset that outsiders do not use."""
    _calm(stage)
    desk.enter_for(stage, stage.outsiders[0], m, 0.3 * room_usd(stage, m, LONG), 0.3)
    desk.enter_for(stage, stage.outsiders[1], m, -0.15 * room_usd(stage, m, SHORT), 0.3)
    market = stage.facts.markets[m]
    used = {market.feed, *(stage.facts.assets[k].feed for k in market.assets)}
    others = [asset.feed for asset in stage.facts.assets if asset.feed not in used]
    for feed in others:
        for width in (110, 150, 200, 300, 500):
            mark = stage.mark()
            stage.report(stage.truth, 30)
            stage.report_wide(feed, 12, width)
            if stage.price_status(feed) == WIDE:
                return True
            stage.reset(mark)
    return False


def _breaker(stage: Stage, m: int) -> bool:
    """A price comes next that shuts a verb: it is held back."""
    if not _crowded(stage, m):
        return False
    k, me = stage.cash(m), stage.facts.actor(OUTSIDER)
    for seconds in (30, 40):  # somebody acts, so that breakers have seen the prices of now
        stage.report(stage.truth, seconds)
        desk.liquidity(stage, "mint", OUTSIDER, k, stage.units(k, 1_000.0), 0, me)
    stage.wait(45)  # a step limit lets a larger move pass
    return True


def shutting_bps(stage: Stage, m: int) -> int:
    """The smallest move, in basis points, whose report makes a circuit breaker close a verb; 0 if none does."""
    feed, market = stage.facts.markets[m].feed, stage.facts.markets[m]
    me = stage.facts.actor(OUTSIDER)
    for bps in (-100, -200, -300, -350, -400, -450, -600, -900):
        mark = stage.mark()
        truth = list(stage.truth)
        truth[feed] = truth[feed] * (10_000 + bps) // 10_000
        stage.report(truth)
        k = market.assets[1]
        if stage.facts.pool.entry_wait_s:  # a request is taken all the same, and returned
            margin = stage.outsiders[0], k, stage.units(k, 1.0)
            status = stage.call("withdraw_collateral", "traders", *margin, me)
        else:
            status = stage.call("mint", OUTSIDER, k, stage.units(k, 1_000.0), 0, me)
        is_shut = status != OK and name_of(status) == "ACCESS_CLOSED_BY_CIRCUIT"
        stage.reset(mark)
        if is_shut:
            return bps
    return 0


def _owed(stage: Stage, m: int) -> bool:
    """Outsiders' shorts won more than was set aside for them."""
    _calm(stage)
    desk.enter_for(stage, stage.outsiders[0], m, -0.4 * room_usd(stage, m, SHORT), 1.0)
    return _ramp(stage, stage.facts.markets[m].feed, -6_500)


SCENES = (
    Scene("quiet", "a pool of others, nobody trades", NONE, (BLOCK, EITHER, KNOWN), _quiet),
    Scene("sole", "the group is the pool, nobody else trades", ALL, (DAYS,), _quiet),
    Scene("crowded", "others hold longs and shorts", NONE, (BLOCK, EITHER, KNOWN, HARM), _crowded),
    Scene("one-sided", "two days of longs, not one short", NONE, (CARRY, BLOCK, HARM), _one_sided),
    Scene("landlord", "the group is nine tenths of the pool, others are long", MOST, (CARRY,), _one_sided),
    Scene(
        "long-below", "others are short; the group's long is just below maintenance", NONE, (BLOCK, HARM), _long_below
    ),
    Scene(
        "short-below", "others are long; the group's short is just below maintenance", NONE, (BLOCK, HARM), _short_below
    ),
    Scene("longs-won", "the profit of longs is near what backs them", NONE, (BLOCK, HARM), _longs_won),
    Scene("shorts-won", "the profit of shorts is near what backs them", NONE, (BLOCK, HARM), _shorts_won),
    Scene("deficit", "a bankrupt short cost the pool what longs won", NONE, (BLOCK, HARM), _deficit),
    Scene("budget", "others' fees were set aside for rebates", NONE, (BLOCK,), _budget),
    Scene("wide", "venues disagree about an asset that others do not hold", NONE, (HARM,), _wide),
    Scene("breaker", "the next price closes verbs", NONE, (SHUT,), _breaker),
    Scene("owed", "others' shorts won more than their reserve", NONE, (BLOCK, HARM), _owed),
)
